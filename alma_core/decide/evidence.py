"""The shape of an answer to a claim: estimates over seeds, the range in which the claim puts each, a verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.compare import Estimate, estimate
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.measure import Measure

LEVEL: Final = 0.95
"""Of the intervals that claims are tested by."""
LOWER: Final = (-math.inf, 0.0)
"""Where a difference lies if the first of the two has less error."""
CHEAPER: Final = (-math.inf, 1.0)
"""Where a ratio lies if the first of the two takes less."""


@dataclass(frozen=True)
class Claim:
    """What is said of data that arrives in mega-batches; all in English, marked for translation.

    Args:
        topic: in a few words.
        says: the claim, in a sentence.
        needs: what a run must hold to test it.
    """

    topic: str
    says: str
    needs: str


class Wait(NamedTuple):
    """A waiting time, in arrivals."""

    arrivals: int


class Passes(NamedTuple):
    """Passes over the examples of an update."""

    epochs: int


class Kind(NamedTuple):
    """A method with its numbers, and from which weights its updates start."""

    method: str
    k: int = 1
    grow_every: int = 0
    grow_after: int = 0
    start: str = "warm"


class Data(NamedTuple):
    """From which weights and on which past data an update trains; a window is in arrivals."""

    start: str
    replay: float
    window: int


Side = str | Wait | Passes | Kind | Data
"""One of the two things that are compared; text is a size."""


@dataclass(frozen=True)
class Part:
    """One comparison.

    Args:
        one, other: what is compared.
        found: one minus other, an error; or the ratio of their FLOPs, where `is_ratio`.
        within: range that the claim puts it in; touching its ends is not enough.
        is_ratio: what `found` is.
        counts: it decides on the claim; else it is shown beside.
    """

    one: Side
    other: Side
    found: Estimate
    within: tuple[float, float] = LOWER
    is_ratio: bool = False
    counts: bool = True

    @property
    def verdict(self) -> str:
        """HOLDS where the whole interval lies inside the range, FAILS where it lies outside, else UNCLEAR."""
        low, high = self.within
        if low < self.found.low and self.found.high < high:
            return HOLDS
        return FAILS if self.found.low > high or self.found.high < low else UNCLEAR


class Portrait(NamedTuple):
    """How one of two that are compared did, averaged over seeds; errors are finals but for `worst_error`."""

    who: Side
    final_error: float
    spread: float
    worst_error: float
    shape_changes: float


@dataclass(frozen=True)
class Evidence:
    """What one run, or several that belong together, say to a claim.

    Args:
        claim: put to the test.
        run: name of the run, or of the runs.
        unit: their arrival unit.
        measure: how their errors are measured.
        parts: the claim holds where all of those that count do.
        portraits: figures of both sides, for claims that are about more than one.
    """

    claim: Claim
    run: str
    unit: str
    measure: Measure
    parts: tuple[Part, ...]
    portraits: tuple[Portrait, ...] = ()

    @property
    def verdict(self) -> str:
        """FAILS where one part does, HOLDS where all do, else UNCLEAR."""
        verdicts = {part.verdict for part in self.parts if part.counts}
        if FAILS in verdicts:
            return FAILS
        return HOLDS if verdicts == {HOLDS} else UNCLEAR


def over_pairs(one: NDArray[np.float64], other: NDArray[np.float64]) -> Estimate:
    """Return the estimate of `one` minus `other`, [N, S] each: averaged over N pairs, then paired over seeds."""
    return estimate((one - other).mean(0), LEVEL)


def ratio_over_pairs(one: NDArray[np.float64], other: NDArray[np.float64]) -> Estimate:
    """Return the estimate of `one` over `other`, [N, S] each, likewise; none of `other` may be 0."""
    return estimate((one / other).mean(0), LEVEL)


def untested(claims: Sequence[Claim], found: Sequence[Evidence]) -> list[Claim]:
    """Return the claims that no run could test."""
    return [claim for claim in claims if claim not in {evidence.claim for evidence in found}]
