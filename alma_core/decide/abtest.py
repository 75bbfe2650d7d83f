"""The A/B test that would confirm a policy: how many labelled cases or arrivals show the difference it promises.

Two-sided at ALPHA, with a chance of POWER to see a difference that is there.
"""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from alma_core.decide.advise import Answer

ALPHA: Final = 0.05
"""Chance of seeing a difference where there is none, on both sides together."""
POWER: Final = 0.8
"""Chance of seeing the difference where there is one."""
FALSE: Final = float(ndtri(1 - ALPHA / 2))  # 1.960
SEEN: Final = float(ndtri(POWER))  # 0.842
UPDATES: Final = 2
"""A test lasts as long as both policies take for so many updates: what is tested is a policy, not one of its models."""


class Design(NamedTuple):
    """A test of the cheapest policy against today's, in halves of the cases side by side.

    Args:
        before: today's mean error over the rows that count: a share, or in the target's unit.
        after: that of the policy to test.
        size: labelled cases in each half, or rows where numbers are predicted; None: the two do not differ, or there
            is one row of one repeat, which varies in nothing.
        labelled: labelled cases of one row, both halves together, the mean over rows.
        rows: how many rows it takes; None: without end.
        most: rows that were simulated.
        least: smallest difference that so many rows would show; None: none.
    """

    before: float
    after: float
    size: int | None
    labelled: float
    rows: int | None
    most: int
    least: float | None

    @property
    def is_feasible(self) -> bool:
        """Whether it ends within the time that was simulated."""
        return self.rows is not None and self.rows <= self.most


def cases_per_arm(one: float, other: float) -> int | None:
    """Return how many labelled cases each half needs to tell two error rates apart; None where they are the same.

    Normal approximation, with the variance pooled where there is no difference (Fleiss, Levin and Paik, Statistical
    Methods for Rates and Proportions, 2003, chapter 4), each case on its own.

    Formula: (1.960 x sqrt(2 p (1 - p)) + 0.842 x sqrt(p1 (1 - p1) + p2 (1 - p2)))^2 / (p1 - p2)^2, p = (p1 + p2) / 2.
    Unit: labelled cases in each half.
    Range: from 1 up, rounded up.

    Args:
        one, other: shares of wrong predictions, 0..1.

    >>> cases_per_arm(0.10, 0.08), cases_per_arm(0.5, 0.4), cases_per_arm(0.1, 0.1)
    (3213, 388, None)
    """
    if one == other:
        return None
    pooled = (one + other) / 2
    spread = FALSE * math.sqrt(2 * pooled * (1 - pooled))
    spread += SEEN * math.sqrt(one * (1 - one) + other * (1 - other))
    return math.ceil((spread / (one - other)) ** 2)


def periods(difference: float, sd: float) -> int | None:
    """Return how many periods show a mean difference between two halves that run in the same periods.

    Each period gives one difference of two mean absolute errors, so what a season does to both cancels out. The last
    term stands for the variance having to be estimated from these few periods (Guenther, The American Statistician 35,
    1981).

    Formula: (1.960 + 0.842)^2 x sd^2 / difference^2 + 1.960^2 / 2.
    Unit: periods.
    Range: from 2 up, rounded up.

    Args:
        difference: to be seen, in the target's unit.
        sd: standard deviation of the difference of one period, in the same unit, >= 0; NaN: unknown.

    >>> periods(10.0, 10.0), periods(5.0, 10.0), periods(0.0, 10.0)
    (10, 34, None)
    """
    if not difference or math.isnan(sd):
        return None
    return math.ceil(((FALSE + SEEN) * sd / difference) ** 2 + FALSE**2 / 2)


def rows_of_cases(per_arm: int, labelled: float) -> int | None:
    """Return how many arrivals bring so many labelled cases to both halves; None where none is labelled.

    Formula: 2 x cases in each half / labelled cases of one arrival.
    Unit: arrivals.
    Range: from 1 up, rounded up.

    >>> rows_of_cases(3213, 1200.0), rows_of_cases(10, 0.0)
    (6, None)
    """
    return math.ceil(2 * per_arm / labelled) if labelled > 0 else None


def design(answer: Answer) -> Design | None:
    """Return the test of the cheapest policy against today's; None where these are one and the same.

    Args:
        answer: the smallest difference worth seeing is the one between the mean errors that it rests on.
    """
    panel, new, old = answer.panel, answer.recommended, answer.baseline
    if new == old:
        return None
    errors = panel["error"][[old, new], :, panel.sunk :]  # [2, S, T]
    before, after = (float(error.mean()) for error in errors)
    labelled = labelled_of_row(answer)
    if answer.measure.is_share:
        size = cases_per_arm(before, after)
        by_size = None if size is None else rows_of_cases(size, labelled)
        least = _least_share((before + after) / 2, panel.counted * labelled / 2)
    else:
        sd = _sd(errors[0] - errors[1])
        size = by_size = periods(before - after, sd)
        least = _least_mean(sd, panel.counted)
    waits = panel.policies["waiting_time"].iloc[[old, new]]
    rows = None if by_size is None else max(by_size, UPDATES * int(waits.max()))
    return Design(before, after, size, labelled, rows, panel.counted, least)


def labelled_of_row(answer: Answer) -> float:
    """Return the labelled cases of a row, the mean over rows: predictions x the share of them that get a label."""
    panel, new = answer.panel, answer.recommended
    volume, labels = (panel[name][new, :, panel.sunk :] for name in ("volume", "labels_bought"))  # [S, T]
    return float(min(volume.mean(), labels.mean()))


def _sd(differences: NDArray[np.float64]) -> float:
    """Return the standard deviation of [S, T] differences over rows and repeats; NaN of a single one."""
    return float(differences.std(ddof=1)) if differences.size > 1 else math.nan


def _least_share(pooled: float, per_arm: float) -> float | None:
    """Return the smallest difference of two shares about `pooled` that so many cases in each half show."""
    found = (FALSE + SEEN) * math.sqrt(2 * pooled * (1 - pooled) / per_arm) if per_arm else math.inf
    return found if found < 1 else None


def _least_mean(sd: float, rows: int) -> float | None:
    """Return the smallest mean difference that so many periods show."""
    left = rows - FALSE**2 / 2
    return (FALSE + SEEN) * sd / math.sqrt(left) if left > 0 and not math.isnan(sd) else None
