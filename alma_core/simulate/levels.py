"""Operating points: how readily two classes are told apart, and by how much a predicted number is shifted.

Level k = 1..21 (DESIGN, section 7). Which level serves is for prices to decide; here each is only counted.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.ledger import LEVELS

THRESHOLDS: Final = 0.6 * (11 - np.arange(1, LEVELS + 1))
"""[21] log-odds of the second class above which level k flags; level 1 never does and level 21 always."""

SHARES: Final = (np.arange(1, LEVELS + 1) - 0.5) / LEVELS
"""[21] of the validation rows whose target lies below the prediction as level k shifts it."""


def of_two(true: NDArray[np.int64], log_odds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return [21, 2] the positives missed and the negatives flagged at each level.

    Args:
        true: [n] 0 or 1.
        log_odds: [n] of class 1.

    >>> of_two(np.array([1, 0]), np.array([0.1, -9.0]))[[0, 9, 10, 20]].tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    """
    limits = np.concatenate([[np.inf], THRESHOLDS[1:-1], [-np.inf]])
    found = np.zeros((LEVELS, 2))
    for column, odds in enumerate((log_odds[true == 1], log_odds[true == 0])):
        flagged = len(odds) - np.searchsorted(np.sort(odds.astype(np.float64)), limits, side="right")  # [21]
        found[:, column] = flagged if column else len(odds) - flagged
    return found


def shifts(missed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [21] what each level adds to a prediction: a quantile of the validation residuals.

    Args:
        missed: [n] target - prediction on validation rows, in the target's unit; none: nothing is added.
    """
    return np.quantile(missed, SHARES) if len(missed) else np.zeros(LEVELS)


def of_values(missed: NDArray[np.float64], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [21, 2] the summed shortfall and excess at each level, in the target's unit.

    Args:
        missed: [n] target - prediction.
        shifts: [21] added to each prediction.

    >>> of_values(np.array([3.0, -1.0]), np.full(21, 1.0))[0].tolist()
    [2.0, 2.0]
    """
    ordered = np.sort(missed)  # [n]
    total = np.append(0.0, np.cumsum(ordered))  # [n + 1]
    below = np.searchsorted(ordered, shifts)  # [21] rows of which the shifted prediction is too large
    excess = below * shifts - total[below]
    shortfall = total[-1] - total[below] - (len(ordered) - below) * shifts
    return np.stack([shortfall, excess], 1)
