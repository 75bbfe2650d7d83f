"""What errors a policy is expected to make early, in between and late: against these its operation is held."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from alma_core.decide.abtest import labelled_of_row
from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, paired

SHORT, BETWEEN, LONG = SPELLS = ("short-term", "between", "long-term")
"""Spells of the horizon, in their order."""

STANDARD_ERRORS: Final = 3.0
"""Beyond which a share is not taken for chance: about one in 700 is."""


class Spell(NamedTuple):
    """One spell of the horizon; errors are shares or in the target's unit.

    Args:
        name: of SPELLS.
        first, last: its rows, from 1, both included.
        mean: mean error of the policy, over rows and repeats.
        today: that of today's policy.
        difference: mean less today's, paired over repeats.
        low, high: smallest and largest error of any row and repeat in which a model of the policy's own served; NaN
            where none did.
        limit: largest mean over as many rows in a row as the last spell has, of any repeat; over the whole of a spell
            that is shorter.
    """

    name: str
    first: int
    last: int
    mean: float
    today: float
    difference: Estimate
    low: float
    high: float
    limit: float

    @property
    def rows(self) -> int:
        """How many rows it covers."""
        return self.last - self.first + 1


def spells(answer: Answer, policy: int) -> list[Spell]:
    """Return what a policy's errors are in each spell; there is none in between where the other two meet."""
    short, long, horizon = answer.question.short or 1, answer.question.long or 1, answer.panel.horizon
    ends = {SHORT: (0, short), BETWEEN: (short, horizon - long), LONG: (horizon - long, horizon)}
    return [_spell(answer, policy, name, first, last) for name, (first, last) in ends.items() if first < last]


def largest_mean(error: NDArray[np.float64], rows: int) -> float:
    """Return the largest mean error over so many rows in a row, of any repeat; over all rows where there are fewer.

    Args:
        error: [S, T] by repeat and row.
        rows: from 1 up.

    >>> largest_mean(np.array([[0.8, 0.4, 0.2, 0.2], [0.6, 0.7, 0.2, 0.1]]), 2)
    0.65
    """
    windows = sliding_window_view(error, min(rows, error.shape[-1]), axis=-1)  # [S, windows, rows]
    return float(windows.mean(-1).max().round(12))


def allowance(answer: Answer, error: float, rows: int) -> float:
    """Return by how much the error rate of so many rows may exceed one that is measured on a test set, by chance alone.

    Errors that are judged on the data of a row have that chance in them; of numbers it is not recorded.

    Formula: 3 x sqrt(error x (1 - error) / labelled cases), as on a control chart of shares.
    Unit: share of wrong predictions.
    Range: from 0 up.
    """
    cases = rows * labelled_of_row(answer)
    if not answer.measure.is_share or answer.measure.judged != "test" or not cases:
        return 0.0
    return STANDARD_ERRORS * math.sqrt(error * (1 - error) / cases)


def _spell(answer: Answer, policy: int, name: str, first: int, last: int) -> Spell:
    error, model_t = (answer.panel[column][:, :, first:last] for column in ("error", "model_t"))  # [P, S, t]
    mean, today = (error[number].mean(-1) for number in (policy, answer.baseline))  # [S]
    own = error[policy]
    if not answer.is_incumbent(policy):
        own = own[model_t[policy] > 0]
    low, high = (float(own.min()), float(own.max())) if own.size else (math.nan, math.nan)
    limit = largest_mean(error[policy], answer.question.long or 1)
    return Spell(name, first + 1, last, float(mean.mean()), float(today.mean()), paired(mean, today), low, high, limit)
