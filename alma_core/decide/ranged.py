"""Prices that are known only to a range: all of them drawn together, with the chance of seeds."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.compare import LEVEL, Estimate
from alma_core.decide.costs import costs
from alma_core.decide.panel import times_volume
from alma_core.decide.prices import changed

Array = NDArray[np.float64]
DRAWS: Final = 300
APART: Final = ("price_per_error", "day_rate", "day_rate_beyond", "price_per_label", "price_per_device_hour")
"""Prices of one of each thing: costs are a straight line in each of them, whatever the others are."""
KEY: Final = 20261129
"""Of the generator: the same question gets the same answer."""


class Ranged(NamedTuple):
    """What ranges of prices leave of a recommendation.

    Args:
        saving: against today's policy; its interval covers the ranges and seeds.
        cheapest: share of draws, 0..1, in which no other policy that keeps to the limits is cheaper on average.
    """

    saving: Estimate
    cheapest: float


@lru_cache(maxsize=4)  # words and files ask the same answer
def ranged(answer: Answer) -> Ranged | None:
    """Return what the ranges of the prices leave of the answer; None where no price has one.

    Each price is drawn from a triangle over its range, with its top at the price itself, independently of the others;
    each draw prices all rows anew, or follows lines that come to the same. Seeds add a draw of Student's t about the
    mean difference of that draw, and what is foretold a draw of the doubt in it.
    """
    prices = answer.question.prices
    if not prices.ranges:
        return None
    draws = np.random.Generator(np.random.Philox(KEY))
    names = [name for name, _low, _high in prices.ranges]
    ends = [(low, getattr(prices, name), high) for name, low, high in prices.ranges]
    values = np.column_stack([_drawn(draws, *one) for one in ends])  # [D, K]
    total = _totals(answer, names, values)  # [D, P, S]
    saved = total[:, answer.baseline] - total[:, answer.recommended]  # [D, S]
    savings = saved.mean(1) + _chance(draws, saved, _doubt(answer))  # [D]
    mean = np.where(answer.allowed, total.mean(2), np.inf)  # [D, P]
    wins = int((mean[:, answer.recommended] <= mean.min(1)).sum())
    low, high = np.quantile(savings, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    if answer.panel.seeds < 2:
        low = high = float("nan")
    return Ranged(Estimate(float(savings.mean()), low, high, answer.panel.seeds), wins / DRAWS)


def _drawn(draws: np.random.Generator, low: float, likely: float, high: float) -> Array:
    return draws.triangular(low, likely, high, DRAWS) if low < high else np.full(DRAWS, likely)


def _totals(answer: Answer, names: list[str], values: Array) -> Array:
    """Return [D, P, S] what policies cost at each draw, values being [D, K] by draw and name."""
    if not set(names) <= set(APART):
        return np.stack([_priced(answer, dict(zip(names, drawn, strict=True))) for drawn in values.tolist()])
    total = answer.costs.total
    for name, drawn in zip(names, values.T, strict=True):
        given = getattr(answer.question.prices, name)
        other = given / 2 or 1.0
        slope = (_priced(answer, {name: other}) - answer.costs.total) / (other - given)  # [P, S]
        total = total + (drawn - given)[:, None, None] * slope
    return total


def _priced(answer: Answer, changes: dict[str, Any]) -> Array:
    """Return [P, S] what policies cost at other prices, or at another volume."""
    panel, prices = answer.panel, answer.question.prices
    if "volume" in changes and prices.volume:  # as many times the predictions of each row, however long that is
        panel = times_volume(panel, changes["volume"] / prices.volume)
    return costs(panel, changed(prices, **changes)).total


def _doubt(answer: Answer) -> float:
    """Return the standard deviation of the saving for what is foretold; 0 where all is known."""
    names = answer.panel.policies["policy"]
    found = answer.foreseen
    return 0.0 if found is None else found.of(names[answer.baseline], names[answer.recommended])


def _chance(draws: np.random.Generator, saved: Array, doubt: float) -> Array:
    """Return [D] draws of how far means over seeds, of [D, S], may be off (with a single seed: not), and of a doubt."""
    n = saved.shape[1]
    spread = saved.std(1, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(DRAWS)  # [D]
    of_seeds, of_doubt = np.array(
        [(draws.standard_t(n - 1) if n > 1 else 0.0, draws.standard_normal() if doubt else 0.0) for _ in range(DRAWS)]
    ).T
    return np.asarray(of_seeds * spread + of_doubt * doubt)
