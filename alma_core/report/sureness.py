"""How sure an answer is, in words with the reason, no finer than the repeats behind it bear."""

from alma_core import language
from alma_core.decide import advise
from alma_core.decide.advise import Answer
from alma_core.decide.chances import Chance, chance
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import terms


def certainty(answer: Answer, unit: str) -> str:
    """Say how sure the answer is: against today's policy, against the runner-up, and among all compared."""
    seeds = answer.panel.seeds
    if seeds == 1:
        return _("How sure: cannot be said from a single repeat; run three or more.")
    return language.joined(_against_others(answer), _among_all(answer), to_settle(answer, unit))


def _against_others(answer: Answer) -> str:
    seeds = answer.panel.seeds
    won = int((answer.costs.total[answer.baseline] > answer.costs.total[answer.recommended]).sum())
    if answer.verdict == advise.NOT_ENOUGH:
        said = _("How sure: low – cheaper than today's in {won} of {seeds} repeats.")
        return said.format(won=won, seeds=seeds)
    leads = answer.lead is None or answer.lead.sign > 0
    if answer.recommended == answer.baseline:
        sure = _("How sure: high – it beats the runner-up, and the interval of its lead leaves zero.")
        unsure = _("How sure: on condition – today's policy and the runner-up cannot be told apart.")
        return sure if leads else unsure
    sure = _("How sure: high – cheaper than today's in {won} of {seeds} repeats, and ahead of the runner-up.")
    unsure = _(
        "How sure: high that it beats today's (in {won} of {seeds} repeats), but it cannot be told apart from the "
        "runner-up."
    )
    return (sure if leads else unsure).format(won=won, seeds=seeds)


def _among_all(answer: Answer) -> str:
    """Say how probable it is that the recommended policy is the cheapest of all that keep to the limits."""
    count = int(answer.allowed.sum())
    found = chance(float(answer.probability_best[answer.recommended]), answer.panel.seeds)
    if found is None or count < 2:
        return ""
    return _("Probability that it is the cheapest of all {count}: {chance}.").format(
        count=count, chance=in_words(found)
    )


def in_words(found: Chance) -> str:
    """Write a rounded probability: about 8 in 10, at least 9 in 10."""
    words = {
        0: _("about {part} in {of}"),
        1: _("at least {part} in {of}"),
        -1: _("at most {part} in {of}"),
    }
    return words[found.bound].format(part=found.part, of=found.of)


def to_settle(answer: Answer, unit: str) -> str:
    """Say how much more evidence should settle whether anything is saved; nothing where that is settled."""
    if answer.verdict != advise.NOT_ENOUGH or answer.foreseen is not None:
        return ""
    further = answer.to_settle
    if further is None:
        return _("No number of further repeats that anybody would wait for is expected to settle it.")
    if further == 0:
        return _("Whether it is more than luck to have been picked, further repeats would show.")
    if answer.by_arrivals:
        return _("About {further} more are expected to settle it.").format(further=wording.arrivals(further, unit))
    return _("About {further} further repeats are expected to settle it.").format(further=terms.count(further))
