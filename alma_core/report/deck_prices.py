"""What an answer assumes, as text in rows: every price in use by its name, and what else was set."""

from functools import partial
from typing import Any, Final

import pandas as pd

from alma_core import language
from alma_core.decide import limits, price_words
from alma_core.decide.advise import Answer
from alma_core.decide.flips import OF_KIND
from alma_core.decide.prices import EVERY, Prices
from alma_core.language import _
from alma_core.report import comparing, progress, terms
from alma_core.report.paper import Paper

SHARES: Final = ("use", "positives", "discount_rate", "utilisation")
NUMBERS: Final = (
    "days_per_update", "updates_included", "nightly_hours", "label_delay", "release_days", "days_per_arrival",
)  # fmt: skip
ALWAYS: Final = ("use", "volume", "days_per_update", "day_rate")
IF_ANY: Final = (
    "updates_included", "day_rate_beyond", "upkeep", "price_per_label", "price_per_device_hour", "peak_flops",
    "utilisation", "nightly_hours", "hardware", "discount_rate", "label_delay", "release_days", "days_per_arrival",
    "incumbent_rates",
)  # fmt: skip


def prices(answer: Answer) -> pd.DataFrame:
    """Return the prices that the answer rests on, by their names, with the range of those that have one."""
    given, words = answer.question.prices, price_words.words(answer.measure)
    ranges = {name: (low, high) for name, low, high in given.ranges}
    rows = []
    for name in _in_use(answer, given):
        write = partial(_written, answer, name)
        text = write(getattr(given, name))
        if name in ranges:
            text = _("{value} ({low} to {high})").format(
                value=text, low=write(ranges[name][0]), high=write(ranges[name][1])
            )
        rows.append({_("Assumption"): _(words[name]), _("value"): text})
    return pd.DataFrame(rows)


def _in_use(answer: Answer, given: Prices) -> list[str]:
    """Return the names of the prices that amounts rest on; those of operations only where operations are counted."""
    of_operations = () if answer.panel.in_seconds.all() else ("peak_flops", "utilisation")
    others = [name for name in IF_ANY if name not in ("peak_flops", "utilisation") or name in of_operations]
    stated = [name for name in (*OF_KIND[given.kind], *ALWAYS) if name in ALWAYS or getattr(given, name) is not None]
    return [*stated, *(name for name in others if getattr(given, name))]


def _written(answer: Answer, name: str, value: Any) -> str:
    """Write one of the fields of `Prices`."""
    if name == "volume":
        shown = float(answer.panel["volume"].mean()) if value is None else value
        return language.number(shown)
    if name in SHARES:
        return language.percent(value, 0 if round(100 * value, 6) == round(100 * value) else 1)
    if name in NUMBERS:
        return language.number(value, 0 if value == round(value) else 1)
    if name == "peak_flops":
        return language.flops(value)
    if name == "incumbent_rates":
        return _(" · ").join(map(answer.measure.text, value))
    if name in ("upkeep", "hardware"):
        return _by_name(answer, value)
    if name == "price_matrix":
        flat = [price for row in value for price in row]
        return terms.interval(answer, min(flat), max(flat))
    return terms.price(answer, value)


def _by_name(answer: Answer, table: tuple[tuple[str, float], ...]) -> str:
    """Write amounts by capacity; of those by method the ends, for the names of methods are no reader's words."""
    amounts = [amount for _name, amount in table]
    if all(name in ("S", "M", "L", "XL") for name, _amount in table):
        return _(" · ").join(f"{name} {terms.amount(answer, amount)}" for name, amount in table)
    if [name for name, _amount in table] == [EVERY]:
        return terms.amount(answer, amounts[0])
    return terms.interval(answer, min(amounts), max(amounts))


def settings(paper: Paper) -> pd.DataFrame:
    """Return what else was set: prices by name and standing, today's policy, spans, limits."""
    answer, unit, question = paper.answer, paper.unit, paper.answer.question
    early, late = comparing.early_and_late(answer, unit)
    rows = [
        (_("Price sheet"), paper.prices_called),
        (_("Prices"), _("your own") if question.prices.confirmed else _("example prices")),
        (_("Today's policy"), terms.name(answer, answer.baseline, unit)),
        (_("Horizon"), terms.span(answer, answer.panel.horizon, unit)),
        (_("Short-term error"), early),
        (_("Long-term error"), late),
    ]
    if question.incumbent_error is not None:
        rows.append((_("Error of what is in service"), answer.measure.text(question.incumbent_error)))
    if question.prices.freeze_months:
        rows.append((_("Months without releases"), _(", ").join(map(language.month, question.prices.freeze_months))))
    rows.extend(_limits(answer))
    return pd.DataFrame(rows, columns=[_("Setting"), _("value")])


def _limits(answer: Answer) -> list[tuple[str, str]]:
    """Return the limits, each by its name; a line that says so where there are none."""
    words, given = limits.words(answer.measure), answer.question.limits.given
    if not given:
        return [(_("Limits"), _("none"))]
    said = _("Limit: {what}")
    return [(said.format(what=_(words[name])), terms.limit(answer, name, most)) for name, most in given.items()]


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
