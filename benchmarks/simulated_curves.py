"""Learning curves whose truth is known, as a run would see them: error at each arrival, three seeds.

Two families are those that the forecast fits; three are not, and of those one falls, turns or waves as it likes: one
curve in seven is not well behaved (RESEARCH, section 4).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Truth = Callable[[Array], Array]

COUNTS = {"pow3": 200, "mmf4": 200, "exponential": 229, "broken power law": 228, "not monotone": 143}
"""How many of the thousand curves are of each family; the first two are fitted."""
SEEDS = 3
ARRIVALS = (6, 25)
"""Fewest and most that are seen."""
BEYOND = (1.5, 4.0)
"""How many times the data seen the last arrival lies at."""
NOISE = (0.02, 0.12)
"""Standard deviation over seeds as a share of the error; in shipped runs nine of ten rows lie below 0.13."""


class Simulated(NamedTuple):
    """One curve.

    Args:
        family: of COUNTS.
        x: [N] examples at each arrival seen, in mega-batches.
        y: [S, N] error seen.
        at: [2] examples half-way from the last arrival seen to the end, and at the end.
        truth: [2] error there, without noise.
        measured: [2] what as many seeds would show there.
    """

    family: str
    x: Array
    y: Array
    at: Array
    truth: Array
    measured: Array


def simulated(seed: int) -> Iterator[Simulated]:
    """Yield a thousand curves."""
    draws = np.random.default_rng(seed)
    for family, count in COUNTS.items():
        for _curve in range(count):
            yield _one(family, draws)


def _one(family: str, draws: np.random.Generator) -> Simulated:
    truth = FAMILIES[family](draws)
    seen = int(draws.integers(ARRIVALS[0], ARRIVALS[1] + 1))
    factor = draws.uniform(*BEYOND)
    noise = _between(draws, *NOISE)
    x, at = np.arange(1.0, seen + 1), seen * np.array([(1 + factor) / 2, factor])

    def measured(where: Array) -> Array:
        return np.abs(truth(where) * (1 + noise * draws.standard_normal((SEEDS, len(where)))))

    return Simulated(family, x, measured(x), at, truth(at), measured(at).mean(0))


def _between(draws: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(draws.uniform(np.log(low), np.log(high))))


def _falling(shape: Truth, draws: np.random.Generator, least_floor: float = 0.0) -> Truth:
    """Return the curve that starts at 0.15 to 0.9 and falls by `shape` to a floor of up to half of that."""
    start = draws.uniform(0.15, 0.9)
    floor = start * draws.uniform(least_floor, 0.5) * (least_floor > 0 or draws.random() < 0.8)
    first = shape(np.ones(1))
    return lambda x: floor + (start - floor) * shape(x) / first


def _pow3(draws: np.random.Generator) -> Truth:
    c = _between(draws, 0.15, 1.3)
    return _falling(lambda x: x**-c, draws)


def _mmf4(draws: np.random.Generator) -> Truth:
    s, d = _between(draws, 1.5, 20), _between(draws, 0.6, 3)
    return _falling(lambda x: 1 / (1 + (x / s) ** d), draws)


def _exponential(draws: np.random.Generator) -> Truth:
    s = _between(draws, 2, 30)
    return _falling(lambda x: np.exp(-x / s), draws, least_floor=0.03)


def _broken(draws: np.random.Generator) -> Truth:
    """One power law up to a number of examples, another from there on."""
    before = _between(draws, 0.1, 0.8)
    after, at = before * _between(draws, 0.3, 3), _between(draws, 3, 30)
    return _falling(lambda x: x**-before * (1 + (x / at) ** 4) ** ((before - after) / 4), draws)


def _not_monotone(draws: np.random.Generator) -> Truth:
    """A power law that rises again from some point on, or has a hump, or waves."""
    falls, at = _pow3(draws), _between(draws, 3, 25)
    kind, height = draws.integers(3), draws.uniform(0.1, 0.5)
    if kind == 0:
        return lambda x: falls(x) * (1 + height * np.log(x / at).clip(min=0))
    if kind == 1:
        width = draws.uniform(0.15, 0.5)
        return lambda x: falls(x) * (1 + height * np.exp(-0.5 * (np.log(x / at) / width) ** 2))
    speed, phase = draws.uniform(3, 10), draws.uniform(0, 2 * np.pi)
    return lambda x: falls(x) * (1 + height / 2 * np.sin(phase + speed * np.log(x)))


FAMILIES: dict[str, Callable[[np.random.Generator], Truth]] = {
    "pow3": _pow3,
    "mmf4": _mmf4,
    "exponential": _exponential,
    "broken power law": _broken,
    "not monotone": _not_monotone,
}
