"""The tables of the written policy, as text: expected errors, who signs, the ladder of sizes, the plan in hindsight."""

import math
from typing import Final, NamedTuple

import pandas as pd

from alma_core import language
from alma_core.decide import advise, spells, value
from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate
from alma_core.decide.ladder import Gate, Rung, ladder
from alma_core.decide.spells import Spell
from alma_core.language import _, mark, n_
from alma_core.policies import wording
from alma_core.report import costing, terms
from alma_core.report.paper import Paper

SPELLS: Final = {
    spells.SHORT: mark("Short-term KPI (first {span})"),
    spells.BETWEEN: mark("In between ({span})"),
    spells.LONG: mark("Long-term KPI (last {span})"),
}
MOST_STEPS: Final = 8
"""Steps of the plan in hindsight that are listed."""


class Table(NamedTuple):
    """A table: what stands above it, or nothing, and its rows, text under headings."""

    caption: str
    rows: pd.DataFrame


def errors(answer: Answer, policy: int, unit: str) -> Table:
    """Return what errors are expected early, in between and late, against today's where that is another policy."""
    rows = [_errors_of(answer, spell, unit) for spell in spells.spells(answer, policy)]
    found = pd.DataFrame(rows)
    if policy == answer.baseline:
        found = found.drop(columns=[_("today's"), _("difference (90 % interval)")])
    said = _("Expected errors; the range covers every {span} and repeat since the first update.")
    return Table(said.format(span=_one(answer, unit)), found)


def _errors_of(answer: Answer, spell: Spell, unit: str) -> dict[str, str]:
    write = answer.measure.text
    ends = _("{low} to {high}").format(low=write(spell.low), high=write(spell.high))
    error = answer.measure.worded(_("mean error rate"), _("mean prediction error"))
    return {
        error: _(SPELLS[spell.name]).format(span=terms.span(answer, spell.rows, unit)),
        _("today's"): write(spell.today),
        _("this rule"): write(spell.mean),
        _("difference (90 % interval)"): _difference(answer, spell.difference),
        _("expected range of each {span}").format(span=_one(answer, unit)): "–" if math.isnan(spell.low) else ends,
    }


def _difference(answer: Answer, found: Estimate) -> str:
    said = answer.measure.change(found.mean)
    if math.isnan(found.low):
        return said
    ends = _("{low} to {high}").format(low=answer.measure.signed(found.low), high=answer.measure.signed(found.high))
    return _("{value} ({interval})").format(value=said, interval=ends)


def _one(answer: Answer, unit: str) -> str:
    """Write one row of the answer as a stretch of time: month, 3 months."""
    return terms.span(answer, 1, unit).removeprefix("1" + language.NO_BREAK).removeprefix("1 ")


def signatures() -> Table:
    """Return who decides, with blanks for what only the reader knows."""
    person = _("[name and role]")
    blanks = {
        _("Drawn up by"): person,
        _("Decides on updates"): person,
        _("In their absence"): person,
        _("Approved by, signature"): person,
        _("In force from"): _("[date]"),
    }
    return Table("", pd.DataFrame([blanks]))


def sizes(answer: Answer, unit: str) -> Table:
    """Return the cheapest policy of each size, what it takes and saves, and what lets one go on to the next size."""
    length = value.years(answer)
    each = terms.span(answer, answer.panel.counted, unit) if length is None else _("a year")
    rows = [
        {
            _("stage"): _(wording.CAPACITY_WORDS[rung.capacity]),
            _("cheapest policy of this size"): terms.name(answer, rung.policy, unit),
            _("hardware, once"): terms.amount(answer, rung.hardware) if rung.hardware else _("none"),
            _("spend, {span}").format(span=each): terms.amount(answer, rung.spend / (length or 1)),
            _("saving against today's, {span}").format(span=each): _saving(answer, rung, length or 1),
            _("on to the next stage"): "–" if rung.gate is None else _gate(answer, rung.gate, length or 1),
        }
        for rung in ladder(answer)
    ]
    return Table(_("The sizes as simulated, each with its cheapest policy:"), pd.DataFrame(rows))


def _saving(answer: Answer, rung: Rung, years: float) -> str:
    if rung.policy == answer.baseline:
        return _("is today's")
    return terms.amount(answer, answer.simulated(rung.policy).mean / years)


def _gate(answer: Answer, gate: Gate, years: float) -> str:
    """Say when to go on to the next size: now, once it is surer, once errors are dearer, or not at all."""
    size, less = _(wording.CAPACITY_WORDS[gate.capacity]), terms.amount(answer, abs(gate.saving.mean) / years)
    if gate.saving.sign > 0:
        return _("yes, to {size}: {amount} less").format(size=size, amount=less)
    if gate.saving.mean > 0:
        return _("to {size} once it is beyond chance that it costs {amount} less").format(size=size, amount=less)
    if gate.times is None:
        return _("not to {size}: its errors cost no less").format(size=size)
    times = language.number(gate.times, 1 if gate.times < 10 else 0)
    return _("to {size} if errors become {times} times as dear").format(size=size, times=times)


def stages(paper: Paper) -> tuple[Table, ...]:
    """Return the ladder of sizes, and the first steps of the best plan in hindsight where the run gives one."""
    answer, unit = paper.answer, paper.unit
    if answer.verdict == advise.NONE_ALLOWED or not answer.panel.learns.any():
        return ()
    ladder_of_sizes = sizes(answer, unit)
    if paper.plan is None or not paper.plan.plan.releases:
        return (ladder_of_sizes,)
    steps = costing.staged(answer, paper.plan, unit)
    left = len(steps) - MOST_STEPS
    further = n_("{count} further update is not listed.", "{count} further updates are not listed.", max(left, 0))
    said = language.joined(costing.plan_in_words(answer, paper.plan, unit), further if left > 0 else "")
    return ladder_of_sizes, Table(said, steps.iloc[:MOST_STEPS])
