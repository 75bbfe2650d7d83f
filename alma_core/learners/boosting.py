"""Boosting by weighted resampling: SAMME (Zhu, Zou, Rosset, Hastie 2009). No torch."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALLEST_ERROR: Final = 1e-6
"""A booster that errs nowhere would otherwise have the only vote there is."""


def vote(weights: NDArray[np.float64], wrong: NDArray[np.bool_], n_classes: int) -> float:
    """Return the weight of a booster's vote, ln((1 - e) / e) + ln(C - 1), e its weighted error; 0 at chance level.

    Args:
        weights: [n] of the examples, summing to 1.
        wrong: [n] where it errs.
        n_classes: C >= 2.

    >>> round(vote(np.full(4, 0.25), np.array([True, False, False, False]), 2), 4)
    1.0986
    """
    error = min(max(float(weights @ wrong), SMALLEST_ERROR), 1 - SMALLEST_ERROR)
    return max(0.0, float(np.log((1 - error) / error) + np.log(n_classes - 1)))


def weights_after(wrong: Sequence[NDArray[np.bool_]], n: int, n_classes: int) -> NDArray[np.float64]:
    """Return [n] the weights of n examples, which sum to 1, after boosters that err at `wrong` ([n] each), in order.

    >>> weights_after([np.array([True, False, False, False])], 4, 2).round(4).tolist()
    [0.5, 0.1667, 0.1667, 0.1667]
    """
    weights = np.full(n, 1 / max(1, n))
    for where in wrong:
        weights = weights * np.exp(vote(weights, where, n_classes) * where)
        weights /= weights.sum()
    return weights
