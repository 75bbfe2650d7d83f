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
    each draw prices all rows anew. Seeds add a draw of Student's t about the mean difference of that draw, and what is
    foretold a draw of the doubt in it.
    """
    prices = answer.question.prices
    if not prices.ranges:
        return None
    draws = np.random.Generator(np.random.Philox(KEY))
    names = [name for name, _low, _high in prices.ranges]
    ends = [(low, getattr(prices, name), high) for name, low, high in prices.ranges]
    values = np.column_stack([_drawn(draws, *one) for one in ends])  # [D, K]
    doubt = _doubt(answer)
    savings, wins = np.empty(DRAWS), 0
    for at, drawn in enumerate(values.tolist()):
        total = _priced(answer, dict(zip(names, drawn, strict=True)))  # [P, S]
        saved = total[answer.baseline] - total[answer.recommended]  # [S]
        savings[at] = saved.mean() + _chance(draws, saved) + (doubt and doubt * draws.standard_normal())
        mean = np.where(answer.allowed, total.mean(1), np.inf)
        wins += int(mean[answer.recommended] <= mean.min())
    low, high = np.quantile(savings, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    if answer.panel.seeds < 2:
        low = high = float("nan")
    return Ranged(Estimate(float(savings.mean()), low, high, answer.panel.seeds), wins / DRAWS)


def _drawn(draws: np.random.Generator, low: float, likely: float, high: float) -> Array:
    return draws.triangular(low, likely, high, DRAWS) if low < high else np.full(DRAWS, likely)


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


def _chance(draws: np.random.Generator, saved: Array) -> float:
    """Return a draw of how far the mean over seeds may be off; 0 with a single seed."""
    n = len(saved)
    return 0.0 if n < 2 else float(draws.standard_t(n - 1) * saved.std(ddof=1) / np.sqrt(n))
