"""What was decided: the policy that was adopted, what it promises, and what came of it period by period."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from alma_core import language
from alma_core.decide.advise import Answer
from alma_core.decide.expected import Judgement, Observed, Promise, judged, promise
from alma_core.decide.sheets import Sheet, is_changed, written
from alma_core.errors import SpecError
from alma_core.language import _
from alma_core.specs import ARRIVAL_UNITS

LONGEST_NAME: Final = 100
LONGEST_NOTE: Final = 500
MOST_PERIODS: Final = 5_000
MOST_CASES: Final = 10**12
MOST_ERROR: Final = 1e15
FIRST_YEAR, LAST_YEAR = 1900, 2200
ANEW, ONWARD = "anew", "onward"
"""How the schedule of an adopted policy begins."""
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Actual:
    """How one period turned out.

    Args:
        period: counted from the adoption, from 1.
        error: a share 0..1, or >= 0 in the target's unit.
        cases: labelled cases it was measured on, 1 or more.
        note: what people say of it.
        entry: what was entered at once has one number, from 1.
    """

    period: int
    error: float
    cases: int
    note: str = ""
    entry: int = 1

    def __post_init__(self) -> None:
        _whole(self.period, _("the period"), MOST_PERIODS)
        _whole(self.cases, _("the number of cases"), MOST_CASES)
        if not (math.isfinite(self.error) and 0 <= self.error <= MOST_ERROR):
            raise _wrong(f"{self.error:g}", _("the error"), _("a number from 0 up"))
        _text(self.note, _("the note"), LONGEST_NOTE)


@dataclass(frozen=True)
class Adoption:
    """A policy that was adopted.

    Args:
        policy: its fingerprint.
        adopted_on: the day from which it holds.
        approver: who approved it.
        note: what people say of it.
        prices: the price sheet it was chosen at, as the text of its file.
        unit: the arrival unit of the run.
        factor: arrivals that come as one mega-batch: a period is so many units.
        horizon: arrivals that counted when it was chosen.
        baseline: fingerprint of the policy that was today's then.
        behind: places of the schedule that lay behind; 0: the schedule begins with the adoption.
        promise: what it promises, place by place.
        made_on: when it was written down, ISO 8601.
        actuals: what was entered since, in that order; of two of one period the later counts.
    """

    policy: str
    adopted_on: datetime.date
    approver: str
    note: str
    prices: str
    unit: str
    factor: int
    horizon: int
    baseline: str
    behind: int
    promise: Promise
    made_on: str
    actuals: tuple[Actual, ...] = ()

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.adopted_on.year <= LAST_YEAR:
            years = _("a day from {first} to {last}").format(first=FIRST_YEAR, last=LAST_YEAR)
            raise _wrong(self.adopted_on.isoformat(), _("the date"), years)
        if self.unit not in ARRIVAL_UNITS:
            raise _wrong(repr(self.unit), _("the arrival unit"), ", ".join(ARRIVAL_UNITS))
        for actual in self.actuals:
            self.check(actual)
        _text(self.approver, _("the approver"), LONGEST_NAME)
        _text(self.note, _("the note"), LONGEST_NOTE)

    def check(self, actual: Actual) -> None:
        """Raise SpecError where an error cannot be one of this run."""
        if self.promise.is_share and actual.error > 1:
            raise _wrong(f"{100 * actual.error:g} %", _("the error"), _("0 to 100 %"))

    @property
    def known(self) -> list[Actual]:
        """What counts of each period that was entered, in the order of time."""
        latest = {actual.period: actual for actual in self.actuals}
        return [latest[period] for period in sorted(latest)]

    @property
    def judgement(self) -> Judgement:
        """What the periods that are `known` say."""
        observed = [
            Observed(self.promise.at(self.behind + one.period), one.error, one.cases) for one in self.known
        ]  # fmt: skip
        return judged(observed, self.promise.is_share)

    @property
    def last_entry(self) -> tuple[Actual, ...]:
        """What was entered last, at once; none where nothing was."""
        number = self.actuals[-1].entry if self.actuals else 0
        return tuple(actual for actual in self.actuals if actual.entry == number)

    @property
    def has_dates(self) -> bool:
        """Whether a period has a place in the calendar; lots have none."""
        return self.unit != "lot"

    def begins_on(self, period: int) -> datetime.date | None:
        """Return the first day of a period; period 1 is the first of the calendar that begins on the date or later.

        None for lots, and for a period so late that the calendar ends.
        """
        steps = (period - 1) * self.factor
        try:
            if self.unit in _MONTHS:
                return _first_of_month(self._first_month + steps * _MONTHS[self.unit])
            days = {"day": 1, "week": 7}.get(self.unit)
            return None if days is None else self._first_day + datetime.timedelta(days=steps * days)
        except (OverflowError, ValueError):
            return None

    def period_on(self, day: datetime.date) -> int:
        """Return the period that a day lies in.

        Raises:
            SpecError: it is before the first one, or the run's arrivals are lots.
        """
        first = self.begins_on(1)
        if first is None:
            raise _wrong(day.isoformat(), _("the period"), _("a number, for lots have no dates"))
        if self.unit in _MONTHS:
            steps = (12 * day.year + day.month - 1 - self._first_month) // _MONTHS[self.unit]
        else:
            steps = (day - first).days // {"day": 1, "week": 7}[self.unit]
        if steps < 0:
            raise _wrong(day.isoformat(), _("the period"), _("a day from {first} on").format(first=first.isoformat()))
        return steps // self.factor + 1

    @property
    def _first_day(self) -> datetime.date:
        to_monday = -self.adopted_on.weekday() % 7 if self.unit == "week" else 0
        return self.adopted_on + datetime.timedelta(days=to_monday)

    @property
    def _first_month(self) -> int:
        """Months since the year 0; a year begins in any month, a quarter in January, April, July or October."""
        month = 12 * self.adopted_on.year + self.adopted_on.month - 1 + (self.adopted_on.day > 1)
        return month + (-month % 3 if self.unit == "quarter" else 0)


def adopted(
    answer: Answer, sheet: Sheet, unit: str, policy: int, on: datetime.date, made_on: datetime.datetime,
    approver: str = "", note: str = "", begins: str | None = None,
) -> Adoption:  # fmt: skip
    """Return the adoption of a policy of an answer whose rows are all known.

    Args:
        answer: what a run says.
        sheet: that its prices come from.
        unit: the arrival unit of the run.
        policy: number of the policy.
        on: the day from which it holds.
        made_on: now.
        approver: who approved it.
        note: what people say of it.
        begins: ANEW, its schedule with the adoption; or ONWARD, it goes on after the data; None: see `usual`.

    Raises:
        SpecError: the date, the approver or the note do not do.
    """
    assert answer.foreseen is None
    question, panel = answer.question, answer.panel
    names = panel.policies["policy"]
    return Adoption(
        policy=str(names[policy]),
        adopted_on=on,
        approver=" ".join(approver.split()),
        note=" ".join(note.split()),
        prices=written(_as_used(sheet, answer)),
        unit=unit,
        factor=question.factor,
        horizon=panel.horizon * question.factor,
        baseline=str(names[answer.baseline]),
        behind=panel.horizon if (begins or usual(answer)) == ONWARD else 0,
        promise=promise(answer, policy),
        made_on=made_on.isoformat(timespec="milliseconds"),
    )


def usual(answer: Answer) -> str:
    """Return how a schedule usually begins: where the data stands in the order of time, it goes on after the data."""
    return ONWARD if answer.measure.in_order else ANEW


def _as_used(sheet: Sheet, answer: Answer) -> Sheet:
    """Return a sheet with the prices of an answer; where they are not its own, its name says so."""
    prices, limits = answer.question.prices, answer.question.limits
    if not is_changed(sheet, prices, limits):
        return replace(sheet, prices=prices)
    changed = {}
    for spoken, called in (("en", sheet.name), ("ja", (sheet.japanese or (sheet.name,))[0])):
        with language.speaking(spoken):
            changed[spoken] = _("{sheet}, changed").format(sheet=called)
    about = sheet.japanese[1] if sheet.japanese else sheet.about
    return replace(sheet, name=changed["en"], japanese=(changed["ja"], about), prices=prices, limits=limits)


def next_period(adoption: Adoption) -> int:
    """Return the period after the last that was entered."""
    return max((actual.period for actual in adoption.actuals), default=0) + 1


def in_force(adoptions: Sequence[Adoption]) -> Adoption | None:
    """Return the newest adoption; None: there is none."""
    return adoptions[-1] if adoptions else None


def undated() -> SpecError:
    """Return the sentence for an adoption without a day."""
    return SpecError(_("No day was given from which the policy holds, a date was expected; choose one."))


def incomplete() -> SpecError:
    """Return the sentence for an entry that lacks something."""
    return SpecError(
        _(
            "Nothing was entered: an error and the number of labelled cases, or a table of them, were expected; add "
            "them."
        )
    )


def _first_of_month(months: int) -> datetime.date:
    return datetime.date(months // 12, months % 12 + 1, 1)


def _whole(value: int, what: str, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise _wrong(str(value)[:LONGEST_NAME], what, _("a whole number from 1 to {most}").format(most=f"{most:,}"))


def _text(text: str, what: str, most: int) -> None:
    if len(text) > most or not text.isprintable():
        raise _wrong(
            repr(text[:LONGEST_NAME]), what, _("at most {most} letters, digits or signs on one line").format(most=most)
        )


def _wrong(given: str, what: str, expected: str) -> SpecError:
    return SpecError(
        _("{given} was given for {where}, {expected} was expected; change it.").format(
            given=given, where=what, expected=expected
        )
    )
