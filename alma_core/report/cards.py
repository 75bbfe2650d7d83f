"""The recommended policy's figures in a few words each, held against today's policy."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from alma_core import language
from alma_core.decide import compare_tables, kpis, tables
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.methods import TRIGGERED
from alma_core.report import statements, terms

MILLISECOND = 1e-3 / 3600  # hours
ERRORS = ("short_term_error", "long_term_error")


class Card(NamedTuple):
    """One figure.

    Args:
        label: what it is.
        figure: with its unit.
        change: against today's policy, with its sign.
        sign: of the change as it is written, -1, 0 or 1.
        interval: 90 % interval of the change; empty where there is none.
        explained: what the figure is, where its label does not say it.
    """

    label: str
    figure: str
    change: str
    sign: int
    interval: str = ""
    explained: str = ""


def of(answer: Answer) -> list[Card]:
    """Return the figures of the recommended policy, its errors first, its cost last."""
    ranked, order = tables.ranking(answer), answer.order.tolist()
    best, today = (ranked.iloc[order.index(number)] for number in (answer.recommended, answer.baseline))
    labels = {name: _(what) for name, what in kpis.words(answer.measure).items()}
    by_rule = answer.panel.policies["schedule"].iloc[answer.recommended] in TRIGGERED
    counted = _("The mean over repeats: when the rule calls for an update depends on the data.") if by_rule else ""
    money = partial(terms.amount, answer)

    def card(name: str, label: str, write: Callable[[float], str], size: Callable[[float], str], why: str = "") -> Card:
        change = float(best[name] - today[name])
        if name == "device_hours" and abs(change) < MILLISECOND:
            change = 0.0  # written as "under 1 ms", which bears no sign
        sign = (change > 0) - (change < 0)
        written = ("−" if sign < 0 else "+") + size(abs(change))
        return Card(label, write(float(best[name])), written, sign, _interval(answer, name), why)

    measure = answer.measure
    return [
        *(card(name, labels[name], measure.text, measure.size) for name in ERRORS),
        card("updates", _("Updates"), terms.count, terms.count, counted),
        card("device_hours", _("Device time"), language.duration, language.duration, statements.device_time(answer)),
        card("cost", labels["cost"], money, money),
    ]


def _interval(answer: Answer, name: str) -> str:
    """Write the 90 % interval of a change; nothing where there is none, or one repeat gives none."""
    best, today = answer.recommended, answer.baseline
    if best == today or name not in (*ERRORS, "cost"):
        return ""
    change = compare_tables.more(answer, best, name)
    write: Callable[[float], str] = partial(terms.amount, answer) if name == "cost" else answer.measure.signed
    if math.isnan(change.low) or change.low == change.high == 0:
        return ""
    return _("(90 %: {low} to {high})").format(low=write(change.low), high=write(change.high))
