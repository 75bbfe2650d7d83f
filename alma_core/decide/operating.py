"""At which level a model is used: how readily it flags, or by how much its predictions are shifted (DESIGN, section 7).

The level is the cheapest on the validation rows that had arrived by the model's update, and is applied to the rows
judged. So it moves with the prices and never sees what comes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.panel import Panel
from alma_core.decide.prices import TWO_CLASSES, Prices
from alma_core.ledger import LEVELS

ONE_HALF: Final = LEVELS // 2
"""Counted from 0: level 11, one half, or a shift by the median residual."""
FEWEST: Final = 5
"""Validation cases of each kind below which a level is not chosen."""
OUTWARD: Final = sorted(range(LEVELS), key=lambda level: (abs(level - ONE_HALF), level))
"""Levels from the middle outward: of equally cheap ones the first is taken."""


def prices_of_both(prices: Prices) -> tuple[float, float]:
    """Return the price of a miss and of a false alarm, or of a unit too few and too many."""
    pair = (
        (prices.miss_price, prices.false_alarm_price)
        if prices.kind == TWO_CLASSES
        else (prices.shortage_price, prices.excess_price)
    )
    one, other = (0.0 if price is None else price for price in pair)
    return one, other


def weights(
    cases: NDArray[np.float64], prices: Prices
) -> tuple[NDArray[np.float64] | float, NDArray[np.float64] | float]:
    """Return what a = 1 and b = 1 cost, for one prediction.

    Args:
        cases: [2, ...] positives and negatives behind the rates, from which their shares follow unless stated.
        prices: of TWO_CLASSES or TWO_SIDES.

    >>> prices = Prices(miss_price=50.0, false_alarm_price=1.0, positives=0.25)
    >>> weights(np.ones((2, 1)), prices)
    (12.5, 0.75)
    """
    (one, other), (of_a, of_b) = prices_of_both(prices), shares(cases, prices)
    return one * of_a, other * of_b


def priced(rates: NDArray[np.float64], cases: NDArray[np.float64], prices: Prices) -> NDArray[np.float64]:
    """Return [...] what errors of one prediction cost, of [2, ...] rates and the cases behind them; see `weights`."""
    of_a, of_b = weights(cases, prices)
    return np.asarray(of_a * rates[0] + of_b * rates[1])


def shares(
    cases: NDArray[np.float64], prices: Prices
) -> tuple[NDArray[np.float64] | float, NDArray[np.float64] | float]:
    """Return the shares of predictions that may be a miss and a false alarm; of a number, all may be either.

    Args:
        cases: [2, ...] positives and negatives behind the rates.
        prices: of TWO_CLASSES or TWO_SIDES.
    """
    if prices.kind != TWO_CLASSES:
        return 1.0, 1.0
    if prices.positives is not None:
        return prices.positives, 1 - prices.positives
    share = cases[0] / np.maximum(cases.sum(0), 1)
    return share, 1 - share


def levels(panel: Panel, prices: Prices) -> NDArray[np.int64]:
    """Return [P, S, T, J] the level, 0..20, at which each model in service is used."""
    rates, cases = panel.models["validation"], panel.models["validation_cases"]  # [2, 21, P, S, T, J], [2, P, S, T, J]
    of_a, of_b = (np.asarray(weight, rates.dtype) for weight in weights(cases, prices))
    best = np.full(cases.shape[1:], ONE_HALF)
    least = np.full(cases.shape[1:], np.inf, rates.dtype)
    for level in OUTWARD:
        cost = of_a * rates[0, level] + of_b * rates[1, level]  # [P, S, T, J]
        cheaper = cost < least
        best[cheaper] = level
        np.minimum(least, cost, out=least)
    best[(cases < FEWEST).any(0)] = ONE_HALF
    return best


def at(array: NDArray[np.float64], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return [2, P, S, T, J] of [2, 21, P, S, T, J] at the levels chosen, [P, S, T, J]."""
    return np.take_along_axis(array, chosen[None, None], 1)[:, 0]
