"""Claims about a stream, tested on its own run: each with a paired estimate over seeds and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, estimate
from alma_core.decide.matching import by_wait, matched
from alma_core.decide.panel import learns
from alma_core.language import mark
from alma_core.specs import CAPACITIES

HOLDS, FAILS, UNCLEAR = mark("holds"), mark("does not hold"), mark("cannot tell")


@dataclass(frozen=True)
class Claim:
    """What is said of streams in general, in English, marked for translation; may name {bigger}, {smaller}, {wait}.

    Args:
        topic: in a few words.
        of_shares: said where errors are shares of wrong predictions.
        of_numbers: said where errors are how far predictions are off.
    """

    topic: str
    of_shares: str
    of_numbers: str


BIGGER: Final = Claim(
    mark("model size"),
    mark("Bigger is better in the end: {bigger} errs less than {smaller} over the last arrivals."),
    mark("Bigger is better in the end: {bigger} is off by less than {smaller} over the last arrivals."),
)
EARLY: Final = Claim(
    mark("waiting, early"),
    mark("Updating at every arrival is best early: it errs less than a wait of {wait} over the first arrivals."),
    mark("Updating at every arrival is best early: it is off by less than a wait of {wait} over the first arrivals."),
)
LATE: Final = Claim(
    mark("waiting, in the end"),
    mark("Waiting is better in the end, without past data: a wait of {wait} ends with less error than no wait."),
    mark("Waiting is better in the end, without past data: a wait of {wait} ends off by less than no wait."),
)
REPLAY: Final = Claim(
    mark("past data"),
    mark("Training on all past data again ends with less error than on new data only."),
    mark("Training on all past data again ends off by less than on new data only."),
)
CLAIMS: Final = (BIGGER, EARLY, LATE, REPLAY)


@dataclass(frozen=True)
class Finding:
    """One claim and what the run says of it.

    Args:
        claim: what is put to the test.
        names: what fills the claim.
        difference: the error that should be lower minus the one that should be higher.
    """

    claim: Claim
    names: dict[str, str | int]
    difference: Estimate

    @property
    def verdict(self) -> str:
        """HOLDS where the interval lies below zero, FAILS above it, else UNCLEAR."""
        return {-1: HOLDS, 1: FAILS, 0: UNCLEAR}[self.difference.sign]


def findings(answer: Answer) -> list[Finding]:
    """Return the claims that the run holds policies for."""
    found = [_bigger_is_better(answer), *_waiting(answer), _replay_helps(answer)]
    return [finding for finding in found if finding is not None]


def untested(found: Sequence[Finding]) -> list[Claim]:
    """Return the claims that are not among the findings: the run lacks policies that differ in what they are about."""
    return [claim for claim in CLAIMS if claim not in {finding.claim for finding in found}]


def _bigger_is_better(answer: Answer) -> Finding | None:
    policies = _learning(answer)
    present = [capacity for capacity in CAPACITIES if (policies["capacity"] == capacity).any()]
    if len(present) < 2:
        return None
    difference = _matched(answer, policies, "capacity", present[-1], present[0], "long_term_error")
    return difference and Finding(BIGGER, {"bigger": present[-1], "smaller": present[0]}, difference)


def _waiting(answer: Answer) -> list[Finding]:
    """Return what waiting does early and late, on new data alone, averaged over the sizes that each wait has."""
    of_wait = by_wait(answer.panel.policies)
    waits = list(of_wait)
    if len(waits) < 2 or waits[0] != 1:
        return []
    short = {wait: answer.kpis["short_term_error"][at].mean(0) for wait, at in of_wait.items()}  # [S]
    final = {wait: answer.kpis["final_error"][at].mean(0) for wait, at in of_wait.items()}  # [S]
    rival = min(waits[1:], key=lambda wait: float(short[wait].mean()))  # the strongest: a hard test of the claim
    patient = waits[-1]  # named beforehand: the best of several on the same seeds would flatter the claim
    return [
        Finding(EARLY, {"wait": rival}, estimate(short[1] - short[rival])),
        Finding(LATE, {"wait": patient}, estimate(final[patient] - final[1])),
    ]


def _replay_helps(answer: Answer) -> Finding | None:
    policies = _learning(answer)
    warm = policies[policies["start"] == "warm"]
    difference = _matched(answer, warm, "replay", 1.0, 0.0, "final_error")
    return difference and Finding(REPLAY, {}, difference)


def _learning(answer: Answer) -> pd.DataFrame:
    return answer.panel.policies[learns(answer.panel.policies)]


def _matched(
    answer: Answer, policies: pd.DataFrame, column: str, one: object, other: object, kpi: str
) -> Estimate | None:
    """Return the figure of `one` minus `other` in `column`, averaged over policies alike in everything else."""
    these, those = matched(policies[policies[column] == one], policies[policies[column] == other], apart_from=(column,))
    if not len(these):
        return None
    values: NDArray[np.float64] = answer.kpis[kpi]
    return estimate((values[these] - values[those]).mean(0))
