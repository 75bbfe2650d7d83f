"""The written policy: when the model is updated, who decides, what stops it; one text for Word, Markdown and Guide."""

import math
from dataclasses import dataclass
from typing import Final

from alma_core import language
from alma_core.decide import advise, spells
from alma_core.decide.abtest import labelled_of_row
from alma_core.decide.advise import Answer
from alma_core.decide.spells import Spell, allowance
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import (
    costing,
    flips,
    memo_tables,
    memo_trial,
    offline,
    provisos,
    reasons,
    statements,
    sureness,
    terms,
)
from alma_core.report.memo_tables import Table
from alma_core.report.paper import Paper

EFFECT: Final = 3
REVIEW: Final = 5
STOP: Final = 6
"""Numbers of the parts that others name."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the policy.

    Args:
        heading: above it, without its number.
        sentences: each a point of its own.
        tables: beneath.
    """

    heading: str
    sentences: list[str]
    tables: tuple[Table, ...] = ()


def title() -> str:
    """Return what the policy is called."""
    return _("Operating policy: when the model is updated")


def subject(paper: Paper) -> str:
    """Say what it is about, and that prices or data are examples where they are."""
    about = offline.subject(paper.run, paper.answer)
    return terms.clean(
        _("{name} ({unit})").format(name=about, unit=_(", ").join(paper.marks)) if paper.marks else about
    )


def parts(paper: Paper) -> list[Part]:
    """Return the parts of the policy in their order; what only the reader knows is in brackets."""
    answer, unit = paper.answer, paper.unit
    found = [
        Part(_("Rule"), _rule(answer, unit)),
        Part(_("Exception that triggers an update at once"), _exception(answer, unit)),
        Part(_("Why, and what it should bring"), _why(answer, unit),
             (memo_tables.errors(answer, followed(answer), unit),)),
        Part(_("Who decides"), [], (memo_tables.signatures(),)),
        Part(_("When it is reviewed"), _review(answer, unit)),
        Part(_("What stops it"), _stop(answer, unit)),
        Part(_("Test that confirms it"), memo_trial.sentences(answer, unit, EFFECT, STOP)),
        Part(_("Investment in stages"), _invest(paper), memo_tables.stages(paper)),
        Part(_("What it rests on"), _basis(paper)),
    ]  # fmt: skip
    return [_cleaned(part) for part in found]


def written(paper: Paper) -> str:
    """Return the whole policy as plain text; of a table, each row is a point with its headings."""
    sections = []
    for number, part in enumerate(parts(paper), 1):
        points = [*part.sentences, *(point for table in part.tables for point in _told(table))]
        sections.append("\n".join([f"{number}. {part.heading}", *(f"   - {point}" for point in points)]))
    return "\n\n".join([f"{title()}\n{subject(paper)}", *sections]) + "\n"


def _told(table: Table) -> list[str]:
    """Return what stands above a table, and each of its rows as one line."""
    pair = _("{heading}: {cell}")
    lines = [
        _("; ").join(pair.format(heading=heading, cell=cell) for heading, cell in row.items())
        for row in table.rows.to_dict("records")
    ]
    return [*filter(None, [table.caption]), *lines]


def _cleaned(part: Part) -> Part:
    tables = tuple(
        Table(
            terms.clean(table.caption),
            table.rows.map(terms.clean).rename(columns=lambda heading: terms.clean(str(heading))),
        )
        for table in part.tables
    )
    return Part(part.heading, [terms.clean(sentence) for sentence in part.sentences if sentence], tables)


def followed(answer: Answer) -> int:
    """Return the number of the policy that is put in writing: today's, where no other can be put in force."""
    return answer.baseline if answer.verdict == advise.NONE_ALLOWED else answer.adopted


def _rule(answer: Answer, unit: str) -> list[str]:
    number, fixed = followed(answer), ""
    rule = wording.sentence(terms.policy(answer, number), unit)
    if answer.is_incumbent(number) and answer.question.incumbent_error is None:
        rule = _("Do not introduce a model: at these prices none pays for itself.")
    if not answer.is_incumbent(number):
        fixed = _("How long to wait is laid down here and is no setting of the system: it changes by a review (item "
                  "{item}) alone.").format(item=REVIEW)  # fmt: skip
    return [rule, fixed, _standing(answer, unit), provisos.condition(answer, unit)]


def _standing(answer: Answer, unit: str) -> str:
    """Say how the rule stands to today's, where it is the same."""
    if answer.verdict == advise.NONE_ALLOWED:
        until = _("Until a limit is changed, or a policy is found that keeps to all of them, today's rule goes on.")
        return language.joined(provisos.closest(answer, unit), until)
    if answer.verdict == advise.NOT_ENOUGH:
        return _("This is today's rule: that another one is cheaper is not shown beyond chance (item {item}).").format(
            item=EFFECT
        )
    return _("This is today's rule: it costs least of those compared.") if answer.verdict == advise.KEEP else ""


def _exception(answer: Answer, unit: str) -> list[str]:
    number, people = followed(answer), answer.question.prices.price_per_update
    shifted = [_("“{name}”").format(name=one.column) for one in answer.shifts[: provisos.MOST_SHIFTS]]
    drifted = _("Or the check of new data against earlier data finds a shift (page Data).")
    if shifted:
        drifted = _("Or the check of new data against earlier data finds a shift, as in the past in {columns}.").format(
            columns=_(", ").join(shifted)
        )
    then = _("Then the model is updated at once in the same way, and the waiting starts over.")
    if answer.is_incumbent(number):
        then = _("Then decide anew whether a model is to be updated (item {item}).").format(item=REVIEW)
    elif people:
        costs = _("Such an update is not in the amounts below; it costs {amount} of people's time.")
        then = language.joined(then, costs.format(amount=terms.amount(answer, people)))
    changed = _("Or the product, the process or the way of measuring has changed: [list].")
    return [_level(answer, number, unit), drifted, changed, then]


def _level(answer: Answer, number: int, unit: str) -> str:
    """Say which error triggers an update: beyond what any repeat of the simulation gave, early and later."""
    found = [one for one in spells.spells(answer, number) if not math.isnan(one.high)]
    highs = {one.name: one.high for one in found} or {spells.LONG: float(answer.panel["error"][number].max())}
    most = max(highs.values())
    later = max((high for name, high in highs.items() if name != spells.SHORT), default=most)
    level, later_level = (answer.measure.text(error + allowance(answer, error, 1)) for error in (most, later))
    said = answer.measure.worded(
        _("The error rate on newly labelled data exceeds {level}, the most that any repeat of the simulation gave."),
        _("The prediction error on newly labelled data exceeds {level}, the most that any repeat of the simulation "
          "gave."),
    )  # fmt: skip
    if allowance(answer, most, 1):
        said = _("The error rate on the newly labelled data of {span} ({cases} cases) exceeds {level}: the most that "
                 "any repeat of the simulation gave, {most}, and three standard errors.")  # fmt: skip
    said = said.format(
        level=level,
        most=answer.measure.text(most),
        span=terms.span(answer, 1, unit),
        cases=language.number(labelled_of_row(answer)),
    )
    if later_level == level:
        return said
    after = _("After {span} the limit is {level}.")
    return language.joined(
        said, after.format(span=terms.span(answer, answer.question.short or 1, unit), level=later_level)
    )


def _why(answer: Answer, unit: str) -> list[str]:
    if answer.verdict == advise.NONE_ALLOWED:
        return [_("Nothing is to be expected of a change as long as no policy keeps to all limits.")]
    weak = "" if answer.verdict == advise.NOT_ENOUGH else statements.weak_point(answer, unit)
    return [
        statements.worth(answer, unit),
        *reasons.reasons(answer, unit),
        weak,
        sureness.certainty(answer, unit),
    ]


def _review(answer: Answer, unit: str) -> list[str]:
    regular = _("Every [half-year], and as soon as an assumption no longer holds.")
    return [regular, *flips.sentences(answer, unit)]


def _stop(answer: Answer, unit: str) -> list[str]:
    number = followed(answer)
    *before, last = spells.spells(answer, number)
    said = answer.measure.worded(
        _("The mean error rate over {span} exceeds {limit}, the most that any repeat gave at the end."),
        _("The mean prediction error over {span} exceeds {limit}, the most that any repeat gave at the end."),
    )
    if answer.measure.in_order and len(before) > 1:  # how hard the end of the data was says little of what comes
        last = max(last, before.pop(), key=lambda spell: spell.limit)
        said = answer.measure.worded(
            _("The mean error rate over {span} exceeds {limit}, the most that any repeat gave over so long."),
            _("The mean prediction error over {span} exceeds {limit}, the most that any repeat gave over so long."),
        )
    elif allowance(answer, last.limit, last.rows):
        said = _(
            "The mean error rate over {span} exceeds {limit}: the most that any repeat gave at the end, {most}, and "
            "three standard errors."
        )
    said = said.format(
        span=terms.span(answer, answer.question.long or 1, unit),
        limit=_limit(answer, last),
        most=answer.measure.text(last.limit),
    )
    said = language.joined(said, _before(answer, before, unit))
    if number == answer.baseline:
        return [said, _("Then decide anew.")]
    today = terms.name(answer, answer.baseline, unit)
    return [said, _("Then go back to “{today}” and decide anew.").format(today=today)]


def _before(answer: Answer, spells: list[Spell], unit: str) -> str:
    """Say which limits hold before the last one does; nothing where there is none."""
    limits = {_limit(answer, one): one.first - 1 for one in reversed(spells)}  # of equal ones, the earlier counts
    told = [
        (_("{limit} after {span}") if since else _("{limit} from the start")).format(
            limit=limit, span=terms.span(answer, since, unit)
        )
        for limit, since in reversed(limits.items())
    ]
    return _("Earlier the limit is {limits}.").format(limits=_(", ").join(told)) if told else ""


def _limit(answer: Answer, spell: Spell) -> str:
    """Write the mean error that stops the policy in a spell."""
    rows = min(spell.rows, answer.question.long or 1)
    return answer.measure.text(spell.limit + allowance(answer, spell.limit, rows))


def _invest(paper: Paper) -> list[str]:
    answer, unit = paper.answer, paper.unit
    if answer.verdict == advise.NONE_ALLOWED:
        return [_("No stage is released as long as no policy keeps to all limits.")]
    way = _("Start small, find the best size and frequency, then invest in stages: each stage is approved by [name and "
            "role] once its condition holds.")  # fmt: skip
    if answer.is_incumbent(followed(answer)):
        way = _("No stage is released: at these prices none pays for itself. They are:")
    return [way, *costing.next_in_words(answer, costing.a_million(answer), unit)]


def _basis(paper: Paper) -> list[str]:
    answer = paper.answer
    prices = _("Run “{run}”, prices “{sheet}”.").format(run=paper.called, sheet=paper.prices_called)
    examples = _("Marked as: {marks}.").format(marks=_(", ").join(paper.marks)) if paper.marks else ""
    return [
        language.joined(prices, examples),
        provisos.foreseen(answer, paper.unit),
        statements.not_included(answer),
        paper.footer,
    ]
