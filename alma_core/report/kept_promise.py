"""Whether an adopted policy keeps its promise, in words and rows: what is in force, what came of it, what to do."""

import datetime
import math

import pandas as pd

from alma_core import language
from alma_core.adoption import Adoption
from alma_core.decide import sheets
from alma_core.decide.expected import ABOVE, BETTER, IN_A_ROW, LAST, REVIEW, WIDE
from alma_core.decide.measure import Measure
from alma_core.decide.sheets import Sheet
from alma_core.language import _, n_
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report.columns import VERDICTS
from alma_core.streams.naming import excerpt

AHEAD, FEWEST = 3, 12
"""Periods that are drawn after the last one entered, and at least."""


def policy(run: Run, fingerprint: str) -> str:
    """Name a policy of a run in the language in use; by its fingerprint where the run does not have it."""
    rows = run.ledger[run.ledger["policy"] == fingerprint].head(1)
    if not len(rows):
        return excerpt(fingerprint)
    return wording.label({str(name): value for name, value in rows.to_dict("records")[0].items()}, run.unit)


def period(adoption: Adoption, number: int) -> str:
    """Name a period: by its place in the calendar, else by its number."""
    first = adoption.begins_on(number)
    if first is None:
        return _("lot {number}").format(number=language.number(number)) if adoption.factor == 1 else _nth(number)
    if adoption.factor > 1 or adoption.unit in ("week", "quarter", "year"):
        return _("from {date}").format(date=language.date(first))
    return language.date(first) if adoption.unit == "day" else language.month_of_year(f"{first:%Y-%m}")


def _nth(number: int) -> str:
    return _("period {number}").format(number=language.number(number))


def counted(adoption: Adoption, count: int) -> str:
    """Write so many periods: "4 months"; of several arrivals each: "4 periods of 3 months"."""
    if adoption.factor == 1:
        return wording.arrivals(count, adoption.unit)
    periods = n_("{count} period", "{count} periods", count)
    return _("{periods} of {span}").format(periods=periods, span=wording.arrivals(adoption.factor, adoption.unit))


def sheet(adoption: Adoption) -> Sheet:
    """Return the price sheet that a policy was adopted at."""
    return sheets.read(adoption.prices, "decision.json")


def in_force(run: Run, adoption: Adoption) -> str:
    """Say which policy holds since when, who approved it, and at which prices it was chosen."""
    approved = _("approved by {who}").format(who=adoption.approver) if adoption.approver else _("approver not stated")
    return _("“{policy}” since {date}, {approved}, at the prices “{sheet}”.").format(
        policy=policy(run, adoption.policy),
        date=language.date(adoption.adopted_on),
        approved=approved,
        sheet=sheet(adoption).spoken[0],
    )


def headline(adoption: Adoption, measure: Measure) -> str:
    """Say whether the promise is kept so far."""
    known, judgement = adoption.known, adoption.judgement
    if not known:
        return _("Nothing has been entered yet; {period} comes first.").format(period=period(adoption, 1))
    good = sum(one not in (REVIEW, ABOVE) for one in judgement.periods)
    kept = _("{kept} of {count} as predicted or better").format(
        kept=language.number(good), count=counted(adoption, len(known))
    )
    if judgement.overall == REVIEW:
        return _("Review: {why}. So far {kept}.").format(why=_why(adoption, measure), kept=kept)
    if judgement.overall == BETTER:
        return _("Better than predicted: {kept}.").format(kept=kept)
    return _("As predicted: {kept}.").format(kept=kept)


def _why(adoption: Adoption, measure: Measure) -> str:
    """Say what the first review is called for by."""
    at = adoption.judgement.periods.index(REVIEW)
    one, reason = adoption.known[at], adoption.judgement.reason
    said = {"period": period(adoption, one.period), "error": measure.text(one.error)}
    if reason == WIDE:
        high = adoption.promise.at(adoption.behind + one.period).band(one.cases, measure.is_share)[1]
        return _("the error of {error} ({period}) is far above its band, which ends at {high}").format(
            high=measure.text(high), **said
        )
    if reason == IN_A_ROW:
        return _("{period} ({error}) is the second in a row above its band").format(**said)
    return _("up to {period} the mean of the last {last} is above what was promised").format(last=LAST, **said)


def to_do(run: Run, adoption: Adoption) -> str:
    """Say what a review asks for; nothing where there is none."""
    if adoption.judgement.overall != REVIEW:
        return ""
    return _(
        "What to do: hold the next update back. First check labels and counts of these periods; then look for a shift "
        "on the page Data, simulate again with the new data, and adopt this or another policy anew, or go back to "
        "“{today}”. The review stays until then."
    ).format(today=policy(run, adoption.baseline))


def rule() -> str:
    """Say when a review is called for, and how often that is a false alarm."""
    return _(
        "A review is called for by two periods in a row above the band, by one more than twice as far above as the "
        "band reaches, or by a mean of the last {last} well above. Where all is as promised, one period in 20 lies "
        "above its band, and a year of twelve calls for a review in at most 9 of 100 cases (16 with a single repeat)."
    ).format(last=LAST)


def covers(adoption: Adoption, measure: Measure) -> str:
    """Say what the band covers."""
    chance = _("chance in training")
    if not any(place.training for place in (*adoption.promise.places, adoption.promise.onward)):
        chance = ""
    between = _("how periods differ") if measure.judged == "next" else ""
    parts = _(", ").join(filter(None, (chance, between, _("how few cases an error is measured on"))))
    said = _("The band is for one period (90 %): {parts}. It does not cover a change of the data.").format(parts=parts)
    if not rows(adoption)["is_estimate"].any():
        return said
    return language.joined(said, _("Dashed: after the data, where the long-term error goes on as an estimate."))


def n_drawn(adoption: Adoption) -> int:
    """Return how many periods are drawn."""
    last = max((one.period for one in adoption.actuals), default=0)
    return max(len(adoption.promise.places) - adoption.behind, last + AHEAD, FEWEST)


def rows(adoption: Adoption) -> pd.DataFrame:
    """Return one row a period, up to a few after the last one entered.

    Columns: period, begins_on (where it has a date), expected, low and high (of the cases entered, else of those of the
    last entry, else of those the run was judged on), is_estimate (after the data), actual, cases and verdict (blank
    where nothing was entered).
    """
    known = {one.period: one for one in adoption.known}
    verdicts = dict(zip(known, adoption.judgement.periods, strict=True))
    usual = adoption.actuals[-1].cases if adoption.actuals else 0
    told = []
    for number in range(1, n_drawn(adoption) + 1):
        place, actual = adoption.behind + number, known.get(number)
        expected = adoption.promise.at(place)
        cases = actual.cases if actual else usual or expected.judged
        low, high = expected.band(cases, adoption.promise.is_share)
        told.append((
            number, adoption.begins_on(number), expected.error, low, high, place > len(adoption.promise.places),
            actual.error if actual else math.nan, actual.cases if actual else math.nan, verdicts.get(number),
        ))  # fmt: skip
    names = ["period", "begins_on", "expected", "low", "high", "is_estimate", "actual", "cases", "verdict"]
    found = pd.DataFrame(told, columns=names)
    return found if adoption.has_dates else found.drop(columns="begins_on")


def history(run: Run, adoptions: list[Adoption], measure: Measure) -> pd.DataFrame:
    """Return what was decided and entered as text under headings, the newest first."""
    told = []
    for adoption in adoptions:
        told.append((
            language.date(adoption.adopted_on), _("adopted"), policy(run, adoption.policy), adoption.approver,
            "", adoption.note,
        ))  # fmt: skip
        verdicts = dict(zip(adoption.known, adoption.judgement.periods, strict=True))
        for one in adoption.actuals:
            verdict = _(VERDICTS[verdicts[one]]) if one in verdicts else _("replaced")
            error = _("{error} on {count}").format(
                error=measure.text(one.error), count=n_("{count:,} case", "{count:,} cases", one.cases)
            )
            told.append((period(adoption, one.period), _("entered"), error, "", verdict, one.note))
    headings = [_("when"), _("what"), _("policy, or error"), _("approver"), _("verdict"), _("note")]
    return pd.DataFrame(told[::-1], columns=headings)


def tick(adoption: Adoption, number: int) -> str:
    """Write a period as an axis does, in few signs."""
    first = adoption.begins_on(number)
    if first is None:
        return language.number(number)
    if adoption.unit in ("day", "week"):
        return f"{first.month}/{first.day}" if language.current() == "ja" else f"{first.day} {_month(first)}"
    is_japanese = language.current() == "ja"
    return f"{first.year}/{first.month}" if is_japanese else f"{_month(first)} {first.year}"


def _month(day: datetime.date) -> str:
    return language.month(day.month)[:3]
