"""The rows behind a chart as words: headings and figures as the page writes them, for the table beside it."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.costs import CAUSES
from alma_core.decide.expected import ABOVE, AS_PREDICTED, BETTER, REVIEW
from alma_core.decide.measure import Measure
from alma_core.language import _, mark
from alma_core.report import terms


@dataclass(frozen=True)
class Units:
    """In what the figures of rows are.

    Args:
        measure: of errors; None: they are written as the numbers they are.
        currency: of amounts; empty: likewise.
    """

    measure: Measure | None = None
    currency: str = ""


AS_THEY_ARE: Final = Units()
ERRORS: Final = {
    "error": mark("error"), "low": mark("low"), "high": mark("high"), "value": mark("value"),
    "short_term_error": mark("short-term"), "short_low": mark("short-term, low"),
    "short_high": mark("short-term, high"), "long_term_error": mark("long-term"), "long_low": mark("long-term, low"),
    "long_high": mark("long-term, high"), "mean_error": mark("mean"), "final_error": mark("last"),
    "worst_error": mark("worst"), "difference": mark("difference"), "expected": mark("expected"),
    "actual": mark("actual"),
}  # fmt: skip
AMOUNTS: Final = {
    "cost": mark("cost"), "cost_so_far": mark("cost so far"), "amount": mark("amount"), "spend": mark("spend"),
    "errors": mark("cost of errors"), "halved": mark("halved"), "doubled": mark("doubled"),
    "cost_difference": mark("difference in cost"), "cost_value": mark("value"), "cost_low": mark("cost, low"),
    "cost_high": mark("cost, high"),
}  # fmt: skip
COUNTS: Final = {
    "t": mark("arrival"), "updates_so_far": mark("updates so far"), "updates": mark("updates"),
    "waiting_time": mark("waiting time"), "horizon": mark("horizon"), "seeds": mark("repeats"), "rows": mark("rows"),
    "labelled": mark("rows with a label"), "blank": mark("rows without a label"), "labels": mark("labels that arrive"),
    "volume": mark("predictions"), "early_place": mark("place, short-term"), "late_place": mark("place, long-term"),
    "period": mark("period"), "cases": mark("cases"),
}  # fmt: skip
OTHERS: Final = {
    "policy": mark("policy"), "cause": mark("cause"), "assumption": mark("assumption"), "capacity": mark("model size"),
    "is_baseline": mark("today's"), "is_best": mark("recommended"), "on_front": mark("not beaten"),
    "x": mark("assumption"), "turns": mark("the cheapest changes"), "times": mark("errors dearer by"),
    "name": mark("name"), "arrived_on": mark("arrived on"), "balance": mark("balance"), "column": mark("column"),
    "sign": mark("against today's"), "test": mark("test"),
    "begins_on": mark("begins on"), "is_estimate": mark("estimate"), "verdict": mark("verdict"),
    "statistic": mark("difference"), "p": mark("p"), "p_adjusted": mark("p, adjusted"),
}  # fmt: skip
SIGNS: Final = {-1: mark("less"), 0: mark("not told apart"), 1: mark("more")}
VERDICTS: Final = {
    AS_PREDICTED: mark("as predicted"), BETTER: mark("better"), ABOVE: mark("above once"), REVIEW: mark("review"),
}  # fmt: skip
WORDS: Final = ERRORS | AMOUNTS | COUNTS | OTHERS


def named(rows: pd.DataFrame, names: Sequence[str], measure: Measure) -> pd.DataFrame:
    """Return rows with each policy's name instead of its number, the name first, and the unit of the errors.

    Args:
        rows: with `number`, or of something else than policies.
        names: of the policies, by number.
        measure: of the errors.
    """
    shown = tables.with_units(rows, measure)
    if "number" not in rows:
        return shown
    policies = [names[int(number)] for number in rows["number"]]
    return pd.DataFrame({"policy": policies} | {str(name): shown[name] for name in shown if name != "number"})


def in_words(rows: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Return rows as text under headings in the language in use; a heading that is not known stays as it is."""
    shown = {}
    for heading, values in rows.items():
        code, bracket, unit = str(heading).partition(" (")
        word = _word(code, units)
        named = word
        if bracket:
            in_its_unit = units.measure.heading(word) if units.measure else ""
            named = in_its_unit or _("{name} ({unit})").format(name=word, unit=unit.removesuffix(")"))
        shown[named] = [_written(code, value, units) for value in values.tolist()]
    return pd.DataFrame(shown)


def _word(code: str, units: Units) -> str:
    """Return what a column is called; where numbers are predicted, an error is how far one is off."""
    if code == "error" and units.measure:
        return units.measure.worded(_("error"), _("prediction error"))
    if code == "errors" and units.measure:
        return units.measure.worded(_("cost of errors"), _("cost of prediction errors"))
    return _(WORDS[code]) if code in WORDS else code


def _written(code: str, value: Any, units: Units) -> str:
    """Write one figure as its column asks for."""
    if isinstance(value, bool):
        return _("yes") if value else ""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if code == "cause" and value == "errors" and units.measure:
        return units.measure.worded(_("errors"), _("prediction errors"))
    if code == "cause":
        return _(CAUSES[value])
    if code == "sign":
        return _(SIGNS[int(value)])
    if code == "verdict":
        return _(VERDICTS[value])
    if code in ERRORS and units.measure:
        return units.measure.figure(float(value))
    if code in AMOUNTS and units.currency:
        return language.money(float(value), units.currency)
    if code in COUNTS:
        return terms.count(float(value))
    if isinstance(value, datetime.date):
        return language.date(value)
    return _significant(value) if isinstance(value, float) else str(value)


def _significant(value: float) -> str:
    """Write a number to four figures.

    >>> _significant(0.0123456), _significant(12345.678), _significant(0.1), _significant(0.0)
    ('0.01235', '12,346', '0.1', '0')
    """
    digits = max(3 - math.floor(math.log10(abs(value))), 0) if value else 0
    while digits and round(value, digits) == round(value, digits - 1):
        digits -= 1
    return language.number(value, digits)
