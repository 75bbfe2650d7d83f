"""What an answer depends on and leaves out: what is foretold, shifts, ranges of prices, limits."""

import math
from typing import Final

from alma_core import language
from alma_core.decide import advise, limits
from alma_core.decide.advise import Answer
from alma_core.decide.forecast import REASONS
from alma_core.decide.ranged import ranged
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import terms

MOST_SHIFTS: Final = 3
"""Columns that are named."""


def foreseen(answer: Answer, unit: str) -> str:
    """Say which part of the answer is an estimate, and which policies it leaves out; nothing where all is known."""
    if answer.foreseen is None:
        return ""
    said = _("An estimate: only the first {known} are known, the rest is read off learning curves.").format(
        known=wording.arrivals(answer.foreseen.known, unit)
    )
    if answer.panel.sunk:
        said = language.joined(said, _("Amounts are of the rest alone."))
    if not answer.foreseen.refused:
        return said
    left = n_("{count} policy is left out", "{count} policies are left out", len(answer.foreseen.refused))
    why = dict.fromkeys(_(REASONS[code]) for code in answer.foreseen.refused.values())
    return language.joined(said, _("{policies}: {reasons}.").format(policies=left, reasons=_("; ").join(why)))


def condition(answer: Answer, unit: str) -> str:
    """Say on what a recommendation depends, where a shift of the data was found; else nothing."""
    if answer.verdict != advise.ON_CONDITION:
        return ""
    named = [
        _("“{column}” (last after {t})").format(column=one.column, t=wording.arrivals(one.since, unit))
        for one in answer.shifts[:MOST_SHIFTS]
    ]
    count = len(answer.shifts)
    columns = n_("{count} column shifted", "{count} columns shifted", count)
    return _("On condition that the data go on as they did: {columns}, most of all {named}.").format(
        columns=columns, named=_(", ").join(named)
    )


def in_ranges(answer: Answer) -> str:
    """Say what is left of the answer if prices lie anywhere in their ranges; nothing where none has a range."""
    found = ranged(answer)
    if found is None:
        return ""
    if answer.recommended == answer.baseline or math.isnan(found.saving.low):
        return _("With prices anywhere in their ranges it stays cheapest in {share} of draws.").format(
            share=language.percent(found.cheapest, 0)
        )
    return _(
        "With prices anywhere in their ranges it saves {interval} (90 % of draws, repeats included) and stays cheapest "
        "in {share} of them."
    ).format(
        interval=terms.interval(answer, found.saving.low, found.saving.high), share=language.percent(found.cheapest, 0)
    )


def left_out(answer: Answer) -> str:
    """Say how many policies the limits exclude; nothing where they exclude none."""
    count = sum(bool(excess) for excess in answer.excesses)
    if not count or answer.verdict == advise.NONE_ALLOWED:
        return ""
    words = limits.words(answer.measure)
    names = dict.fromkeys(_(words[excess.limit]) for one in answer.excesses for excess in one)
    policies = n_("{count} policy exceeds", "{count} policies exceed", count)
    return _("{policies} the limits ({limits}) and cannot be recommended.").format(
        policies=policies, limits=_(", ").join(names)
    )


def closest(answer: Answer, unit: str) -> str:
    """Say that no policy keeps to the limits, which comes closest, and what keeps it from being allowed."""
    worst = max(answer.excesses[answer.recommended], key=lambda excess: excess.ratio)
    return _("No policy keeps to all limits. “{policy}” comes closest: {what} is {has}, {allowed} is allowed.").format(
        policy=terms.name(answer, answer.recommended, unit),
        what=_(limits.words(answer.measure)[worst.limit]),
        has=terms.limit(answer, worst.limit, worst.has),
        allowed=terms.limit(answer, worst.limit, worst.allowed),
    )
