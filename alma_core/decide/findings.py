"""Claims about a stream, tested on its own run: each with a paired estimate over seeds and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, estimate
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
    """Return what waiting does early and late, on new data alone, averaged over the capacities that each wait has."""
    policies = _learning(answer)
    plain = policies[(policies["start"] == "warm") & (policies["replay"] == 0) & (policies["window"] == 0)]
    plain = plain.sort_values("first_update", ascending=False).drop_duplicates(["waiting_time", "capacity"])
    waits = sorted(plain["waiting_time"].unique())
    sizes_of = {wait: set(plain.loc[plain["waiting_time"] == wait, "capacity"]) for wait in waits}
    waits = [wait for wait in waits if 1 in sizes_of and sizes_of[1] <= sizes_of[wait]]
    if len(waits) < 2:
        return []
    plain = plain[plain["capacity"].isin(sizes_of[1])]
    of_wait = {wait: plain.index[plain["waiting_time"] == wait] for wait in waits}
    short = {wait: answer.kpis["short_term_error"][at].mean(0) for wait, at in of_wait.items()}  # [S]
    final = {wait: answer.kpis["final_error"][at].mean(0) for wait, at in of_wait.items()}  # [S]
    rival = min(waits[1:], key=lambda wait: float(short[wait].mean()))  # the strongest: a hard test of the claim
    patient = waits[-1]  # named beforehand: the best of several on the same seeds would flatter the claim
    return [
        Finding(EARLY, {"wait": int(rival)}, estimate(short[1] - short[rival])),
        Finding(LATE, {"wait": int(patient)}, estimate(final[patient] - final[1])),
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
    rest = [c for c in ("capacity", "waiting_time", "first_update", "start", "replay", "window") if c != column]
    numbered = policies[[*rest, column]].assign(number=policies.index)
    pairs = numbered[numbered[column] == one].merge(numbered[numbered[column] == other], on=rest)
    if pairs.empty:
        return None
    values: NDArray[np.float64] = answer.kpis[kpi]
    return estimate((values[pairs["number_x"]] - values[pairs["number_y"]]).mean(0))
