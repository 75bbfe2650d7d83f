"""What an answer rests on, as text in rows: what was asked, the prices in force, the limits, where it comes from."""

from collections.abc import Iterable

import pandas as pd

from alma_core import language
from alma_core.decide.advise import Answer
from alma_core.decide.limits import words as limit_words
from alma_core.decide.price_words import words as price_words
from alma_core.decide.prices import EVERY, PER_ERROR
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import progress, terms
from alma_core.report.paper import Paper

SHARES = ("use", "positives", "utilisation", "discount_rate")
OF_ERRORS = ("price_per_error", "miss_price", "false_alarm_price", "shortage_price", "excess_price")
AMOUNTS = (
    *OF_ERRORS,
    *("day_rate", "day_rate_beyond", "price_per_label", "price_per_device_hour"),
)
IN_FORCE = (
    *("miss_price", "false_alarm_price", "positives", "shortage_price", "excess_price", "use", "volume"),
    *("days_per_update", "day_rate", "updates_included", "day_rate_beyond", "price_per_label"),
    *("price_per_device_hour", "peak_flops", "utilisation", "nightly_hours"),
    *("discount_rate", "label_delay", "release_days", "days_per_arrival"),
)
"""Numbers of a price sheet, in the order of its sections."""
ZERO_SAYS = (
    *OF_ERRORS,
    *("use", "positives", "volume", "days_per_update", "day_rate", "day_rate_beyond", "updates_included"),
)
"""Numbers that say something at zero too; the others are left out there."""


def rows(paper: Paper) -> pd.DataFrame:
    """Return each assumption with its value, and its range where prices have one; as text."""
    return _table([*settings(paper).itertuples(index=False), *_stated(paper.answer)], paper.answer)


def settings(paper: Paper) -> pd.DataFrame:
    """Return what was asked of the run, and the limits; as text."""
    return _table([*_asked(paper), *_limits(paper.answer)], paper.answer).iloc[:, :2]


def prices(answer: Answer) -> pd.DataFrame:
    """Return the prices in force, with their ranges where there are any; as text."""
    return _table(_stated(answer), answer)


def _table(lines: Iterable[tuple[str, ...]], answer: Answer) -> pd.DataFrame:
    """Lay out lines of an assumption, its value and perhaps its range."""
    filled = [(what, value, *(rest or ("",))) for what, value, *rest in lines]
    table = pd.DataFrame(filled, columns=[_("assumption"), _("as it is"), _("Range")])
    return table if answer.question.prices.ranges else table.iloc[:, :2]


def _stated(answer: Answer) -> list[tuple[str, ...]]:
    """Return what the price sheet says, a line each."""
    ranges = {name: (low, high) for name, low, high in answer.question.prices.ranges}
    words = price_words(answer.measure)
    numbers = [
        (_(words[name]), value, _range(answer, name, ranges.get(name))) for name, value in _prices(answer).items()
    ]
    return [*numbers, *_beside(answer)]


def _asked(paper: Paper) -> list[tuple[str, str]]:
    """Return what was asked of the run."""
    answer, unit = paper.answer, paper.unit
    question = answer.question
    error = question.incumbent_error
    return [
        (_("Today's policy"), terms.name(answer, answer.baseline, unit)),
        (
            answer.measure.worded(_("Error today"), _("Prediction error today")),
            _("no model yet") if error is None else answer.measure.text(error),
        ),
        (_("Horizon"), terms.span(answer, answer.panel.horizon, unit)),
        (_("Mega-batch size"), terms.span(answer, 1, unit)),
        (_("Short-term: the first"), terms.span(answer, question.short or 1, unit)),
        (_("Long-term: the last"), terms.span(answer, question.long or 1, unit)),
        (_("Price sheet"), language.joined(paper.prices_called, *(f"({mark})" for mark in paper.marks[:1]))),
        (_("Currency"), paper.currency),
    ]


def _prices(answer: Answer) -> dict[str, str]:
    """Return the numbers of the price sheet that have a say."""
    prices = answer.question.prices
    of_errors = ("price_per_error",) if prices.kind == PER_ERROR else ()
    values = {name: getattr(prices, name) for name in (*of_errors, *IN_FORCE)}
    as_in_data = {name: _("as in the data") for name in ("volume",) if values[name] is None}
    said = {
        name: written(answer, name, value)
        for name, value in values.items()
        if value or (value is not None and name in ZERO_SAYS)
    }
    return {name: (said | as_in_data)[name] for name in values if name in said | as_in_data}


def written(answer: Answer, name: str, value: float) -> str:
    """Write a number of a price sheet as its kind asks for."""
    if name in AMOUNTS:
        return terms.price(answer, value)
    if name in SHARES:
        return language.percent(value)
    return language.flops(value) if name == "peak_flops" else language.number(value, 0 if value == round(value) else 2)


def _range(answer: Answer, name: str, ends: tuple[float, float] | None) -> str:
    if ends is None:
        return ""
    low, high = (written(answer, name, end) for end in ends)
    return _("{low} to {high}").format(low=low, high=high)


def _beside(answer: Answer) -> list[tuple[str, str]]:
    """Return what a price sheet holds beside its numbers."""
    prices, comma = answer.question.prices, _(", ")
    matrix = prices.price_matrix
    rates = prices.incumbent_rates
    write = language.percent if answer.measure.is_share else answer.measure.text
    found = [
        (_("Prices by true and predicted class"), matrix and _("{n} x {n} prices").format(n=len(matrix))),
        (_("Errors of both kinds before the first update"), rates and comma.join(map(write, rates))),
        (
            _("Upkeep a year"),
            comma.join(f"{_method(name)}: {terms.amount(answer, amount)}" for name, amount in prices.upkeep),
        ),
        (
            _("Hardware to buy"),
            comma.join(
                f"{_(wording.CAPACITY_WORDS[size])}: {terms.amount(answer, cost)}" for size, cost in prices.hardware
            ),
        ),
        (_("Months without releases"), comma.join(map(language.month, prices.freeze_months))),
        (_("First month of the fiscal year"), language.month(prices.fiscal_year_from)),
    ]
    return [(what, value) for what, value in found if value]


def _method(name: str) -> str:
    """Return what a method is called that upkeep is stated of."""
    if name == EVERY:
        return _("all methods")
    if name not in wording.METHOD_WORDS:
        return _("plain network")
    return _(wording.METHOD_WORDS[name][0]).format(k="k", updates="k", often="…")


def _limits(answer: Answer) -> list[tuple[str, str]]:
    """Return the limits that no policy may exceed."""
    words = limit_words(answer.measure)
    return [
        (_("Limit: {what}").format(what=_(words[name])), terms.limit(answer, name, value))
        for name, value in answer.question.limits.given.items()
    ]


def provenance(paper: Paper) -> pd.DataFrame:
    """Return where the figures come from, a line for each fact of `offline.provenance`, and when the file was made."""
    known, spec = paper.run.manifest, paper.run.spec
    rows = [
        (_("Run"), paper.run.id),
        (_("Data"), str(known["data"]["name"])),
        ("SHA-256", str(known["data"]["sha256"])[:16]),
        (_("Repeats"), language.number(spec.seeds)),
        (_("Recipe"), spec.recipe.name),
        (_("Source revision"), str(known["source_revision"])),
        (_("Device"), progress.device_name(known["device"])),
        (_("Calculated on"), language.date(known["finished"])),
        (_("Made on"), language.date(paper.made.date())),
    ]
    return pd.DataFrame(rows, columns=[_("What"), _("value")])
