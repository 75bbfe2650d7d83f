"""One learning curve - error against examples trained on - fitted, tried on its own past, and extended.

Two falling curves and, as a control, the last value; each counts by how well it would have foreseen the later points
from the earlier ones. Error forms of what LCDB compares (RESEARCH, section 4), z = x / largest x seen:

    pow3   a + b z^-c
    mmf4   a + b / (1 + (z / s)^d)        that is (ab + c x^d) / (b + x^d) with its constants renamed
    last   the newest value at the nearest number of examples

For a shape (c, or s and d) the rest is linear least squares with a, b >= 0, so every shape of a grid is solved at once
and no start is random. No shape is chosen: all count by their likelihood. With a, b >= 0 no extension rises, falls
below zero or is not finite.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from alma_core.decide.compare import LEVEL
from alma_core.errors import QuestionError
from alma_core.language import _

Array = NDArray[np.float64]

FEWEST: Final = 4
"""Points below which a curve is refused."""
POWERS: Final = np.geomspace(0.05, 3.0, 20)
"""c of pow3."""
HALVES, BENDS = (
    grid.ravel() for grid in np.meshgrid(np.geomspace(0.02, 10.0, 20), np.geomspace(0.3, 4.5, 9), indexing="ij")
)
"""s and d of mmf4."""
MEMBERS: Final = ("pow3", "mmf4", "last")

# The constants below were chosen on 2,000 simulated curves that benchmarks/forecast.py does not report on.
DRIFT: Final = {"pow3": 0.15, "mmf4": 0.15, "last": 0.3}
"""How far, as a share of its value, a member is taken to stray as examples grow by a factor e beyond those seen."""
EXPECTED_MISS: Final = {"pow3": 0.06, "mmf4": 0.06, "last": 0.3}
"""Relative miss of a member before it is tried, worth one try."""
SHARPNESS: Final = 3.0
"""Members count by their mean squared miss to the power of minus this."""
TRIES: Final = 6
"""Most times that a curve is cut and its later points are foreseen."""
CALM: Final = 4.0
"""Tries that it takes to move the interval half-way from its usual width to what they say."""
LEAST_NOISE: Final = 1e-5
"""Smallest squared relative noise: a plateau that never moved is not known without error."""


class TooFewPointsError(QuestionError):
    """A curve has fewer than four points."""


class Extended(NamedTuple):
    """A curve extended to M numbers of examples.

    Args:
        mean: [M] of the combination, >= 0.
        low, high: [M] 90 % interval of the curve itself: what infinitely many seeds would show.
        low_measured, high_measured: [M] 90 % interval of what will be measured, with as many seeds as the points.
        alone: [M] what each member says, by its name.
        counts: how much each member counts, 0..1, by its name; they add up to 1.
    """

    mean: Array
    low: Array
    high: Array
    low_measured: Array
    high_measured: Array
    alone: dict[str, Array]
    counts: dict[str, float]

    def times(self, factor: Array) -> "Extended":
        """Return the same in other units: every value and interval multiplied by `factor` [M]."""
        return Extended(
            self.mean * factor,
            self.low * factor,
            self.high * factor,
            self.low_measured * factor,
            self.high_measured * factor,
            {name: said * factor for name, said in self.alone.items()},
            self.counts,
        )


def extend(
    x: Array, y: Array, at: Array, known_at: NDArray[np.generic] | None = None, weight: Array | None = None
) -> Extended:
    """Extend a learning curve.

    Args:
        x: [N] examples trained on, > 0.
        y: [S, N] error, or whatever is wanted small, >= 0, of S seeds.
        at: [M] numbers of examples, > 0.
        known_at: [N] when each point became known; the past is tried in this order. None: in the order of `x`.
        weight: [N] how much each point counts; 1 where its noise is its own. Points that share their noise share 1.

    Raises:
        TooFewPointsError: there are fewer than four.

    >>> x = np.arange(1.0, 11.0)
    >>> found = extend(x, (0.1 + 0.4 * x**-0.5)[None], np.array([20.0]))
    >>> round(float(found.mean[0]), 2)  # the truth is 0.1 + 0.4 / sqrt(20) = 0.19
    0.19
    """
    if len(x) < FEWEST:
        raise TooFewPointsError(
            _("A learning curve of {given} points was given, at least {fewest} were expected; wait for more.").format(
                given=len(x), fewest=FEWEST
            )
        )
    known_at = x if known_at is None else known_at
    order = np.lexsort((x, known_at))
    scale = float(y.mean(0).max())
    weight = np.ones(len(x)) if weight is None else weight
    seen = _Seen(x[order], y[:, order] / (scale or 1.0), known_at[order], weight[order])
    cuts = seen.cuts()
    tries = [seen.foreseen(cut, seen.x[cut:]) for cut in cuts]  # ([3, N - cut], [3, N - cut]) each
    counts = _counts(seen, cuts, tries)
    widened = _widened(seen, cuts, tries, counts)
    means, variances = seen.foreseen(len(x), at)  # [3, M] each
    mean, variance = _combined(counts, means, variances)  # [M] each
    half = ndtri((1 + LEVEL) / 2) * widened * np.sqrt(variance)
    half_measured = ndtri((1 + LEVEL) / 2) * np.sqrt(widened**2 * variance + seen.noise[-1] * mean**2)
    return Extended(
        mean,
        np.maximum(mean - half, 0),
        mean + half,
        np.maximum(mean - half_measured, 0),
        mean + half_measured,
        dict(zip(MEMBERS, means, strict=True)),
        dict(zip(MEMBERS, counts.tolist(), strict=True)),
    ).times(np.full(len(at), scale))


class _Fit(NamedTuple):
    """Every shape of one member, fitted to every beginning of the points at once.

    Args:
        share: [G, N] how much each shape counts, from the likelihood of the points up to n.
        a, b: [G, N] its linear constants.
        aa, ab, bb: [G, N] their covariance, in units of the noise.
    """

    share: Array
    a: Array
    b: Array
    aa: Array
    ab: Array
    bb: Array


class _Seen:
    """The points of a curve, in the order in which they became known."""

    def __init__(self, x: Array, y: Array, known_at: NDArray[np.generic], weight: Array) -> None:
        self.x, self.y, self.known_at, self.weight = x, y.mean(0), known_at, weight  # [N] each
        self.level = _level(x, self.y)  # [N]
        self.shapes = _shapes(x / x.max())  # [G, N] each
        by_weight = weight / self.level**2  # [N]
        apart = ((y - self.y) ** 2 * by_weight).sum() / len(y)  # of a mean over seeds, so that once more by S
        freedom = (len(y) - 1) * weight.sum()
        solved = {name: _solve(shape, self.y, by_weight) for name, shape in self.shapes.items()}
        missed = np.minimum.reduce([squares.min(0) for _fit, squares in solved.values()])  # [N]
        self.noise = _noise(missed, np.cumsum(weight), apart, freedom)  # [N] squared, relative
        self.fits = {name: _shared(fit, squares, self.noise) for name, (fit, squares) in solved.items()}

    def cuts(self) -> list[int]:
        """Return after how many points the past is cut, so that what is known together stays together."""
        times, starts = np.unique(self.known_at, return_index=True)
        first = -(-len(times) // 3)
        possible = [n for n in starts[first:].tolist() if n >= FEWEST - 1]
        if len(possible) <= TRIES:
            return possible
        return [possible[n] for n in np.linspace(0, len(possible) - 1, TRIES).round().astype(int)]

    def foreseen(self, n: int, at: Array) -> tuple[Array, Array]:
        """Return what each member says at `at` [M] from the first n points: means and variances [3, M]."""
        seen = self.x[:n]
        beyond = np.maximum(np.log(at / seen.max()), np.log(seen.min() / at)).clip(min=0)  # [M] how far, in logs
        means, variances = [], []
        for name, shape in _shapes(at / self.x.max()).items():
            share, a, b, aa, ab, bb = (part[:, n - 1, None] for part in self.fits[name])  # [G, 1] each
            said = a + b * shape  # [G, M]
            mean = (share * said).sum(0)  # [M]
            doubt = self.noise[n - 1] * (aa + 2 * ab * shape + bb * shape**2) + (DRIFT[name] * beyond * said) ** 2
            means.append(mean)
            variances.append((share * (doubt + (said - mean) ** 2)).sum(0))
        last = _newest_nearby(seen, self.y[:n], self.known_at[:n], at)  # [M]
        means.append(last)
        variances.append(last**2 * (self.noise[n - 1] + (DRIFT["last"] * beyond) ** 2))
        return np.array(means), np.array(variances)


def _level(x: Array, y: Array) -> Array:
    """Return [N] about how high the curve is at each point, > 0: noise is taken to be in proportion to it."""
    order = np.argsort(x, kind="stable")
    padded = np.pad(y[order], 1, mode="edge")
    level = np.empty_like(y)
    level[order] = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return np.maximum(level, 1e-3 * level.max() or 1.0)


def _shapes(z: Array) -> dict[str, Array]:
    """Return what is multiplied by b, of each shape [G, N]; it falls with z."""
    return {"pow3": z ** -POWERS[:, None], "mmf4": 1 / (1 + (z / HALVES[:, None]) ** BENDS[:, None])}


def _solve(shape: Array, y: Array, weight: Array) -> tuple[_Fit, Array]:
    """Fit a + b f to the first n points for n = 1..N by weighted least squares with a, b >= 0.

    Args:
        shape: [G, N] f.
        y: [N].
        weight: [N].

    Returns:
        the fit, all shapes counting alike, and [G, N] the weighted sum of squares that it leaves.
    """
    w, y_, yy = np.cumsum(weight), np.cumsum(weight * y), np.cumsum(weight * y * y)  # [N] each
    f, ff, fy = (np.cumsum(weight * of, 1) for of in (shape, shape**2, shape * y))  # [G, N] each
    determinant = w * ff - f**2
    varies = determinant > 1e-6 * w * ff  # by a thousandth of itself; less drowns in rounding, and is flat
    safe = np.where(varies, determinant, 1.0)
    b = (w * fy - f * y_) / safe
    a = (y_ - b * f) / w
    is_flat = ~varies | (b < 0)
    has_floor = (a >= 0) & ~is_flat
    a = np.where(is_flat, y_ / w, np.where(has_floor, a, 0.0))
    b = np.where(is_flat, 0.0, np.where(has_floor, b, fy / ff))
    aa = np.where(is_flat, 1 / w, np.where(has_floor, ff / safe, 0.0))
    ab = np.where(has_floor, -f / safe, 0.0)
    bb = np.where(is_flat, 0.0, np.where(has_floor, w / safe, 1 / ff))
    squares = yy + a * a * w + b * b * ff + 2 * (a * b * f - a * y_ - b * fy)
    return _Fit(np.ones_like(a), a, b, aa, ab, bb), np.maximum(squares, 0.0)


def _noise(missed: Array, count: Array, apart: float, freedom: float) -> Array:
    """Return [N] the squared relative noise of a point: what seeds differ by and what the best fit leaves, pooled.

    Args:
        missed: [N] squares that the best shape leaves of the first n points.
        count: [N] how many those are.
        apart: sum of squares between seeds, as they count in a mean over seeds.
        freedom: its degrees of freedom; 0 with one seed.
    """
    pooled = (missed + apart) / (np.maximum(count - 3, 1) + freedom)
    return np.maximum(np.maximum(pooled, missed / np.maximum(count - 1, 1)), LEAST_NOISE)


def _shared(fit: _Fit, squares: Array, noise: Array) -> _Fit:
    """Return the fit with its shapes counting by their likelihood."""
    likely = np.exp((squares.min(0) - squares) / (2 * noise))  # [G, N]
    return fit._replace(share=likely / likely.sum(0))


NEARBY: Final = 0.05
"""Numbers of examples that differ by less, in logs, are taken as the same by "last"."""


def _newest_nearby(x: Array, y: Array, known_at: NDArray[np.generic], at: Array) -> Array:
    """Return [M] the newest value among those with about as many examples as `at`, or as near as there are."""
    apart = np.abs(np.log(at[:, None] / x))  # [M, N]
    is_near = apart <= apart.min(1, keepdims=True) + NEARBY
    when = np.unique(known_at, return_inverse=True)[1]  # [N]
    newest = np.where(is_near, when, -1).max(1, keepdims=True)  # [M, 1]
    chosen = is_near & (when == newest)
    return np.asarray((chosen * y).sum(1) / chosen.sum(1))


def _combined(counts: Array, means: Array, variances: Array) -> tuple[Array, Array]:
    """Return mean and variance [M] of the members [3, M] together."""
    mean = counts @ means
    return mean, counts @ (variances + (means - mean) ** 2)


Tries = list[tuple[Array, Array]]


def _counts(seen: _Seen, cuts: list[int], tries: Tries) -> Array:
    """Return [3] how much each member counts, by how it would have foreseen later points from earlier ones."""
    total = np.array([EXPECTED_MISS[name] ** 2 for name in MEMBERS])  # [3]
    for cut, (means, _variances) in zip(cuts, tries, strict=True):
        miss = (means - seen.y[cut:]) / seen.level[cut:]  # [3, N - cut]
        total += np.average(miss**2, axis=1, weights=seen.weight[cut:])
    worth = (total / (1 + len(cuts)) + seen.noise[-1]) ** -SHARPNESS
    return np.asarray(worth / worth.sum())


def _widened(seen: _Seen, cuts: list[int], tries: Tries, counts: Array) -> float:
    """Return by which factor the past missed by more than was expected, drawn towards 1 while there were few tries."""
    total = CALM
    for cut, (means, variances) in zip(cuts, tries, strict=True):
        mean, variance = _combined(counts, means, variances)
        expected = variance + seen.noise[cut - 1] * seen.level[cut:] ** 2  # [N - cut]
        total += float(np.average((mean - seen.y[cut:]) ** 2 / expected, weights=seen.weight[cut:]))
    return float(np.sqrt(total / (CALM + len(cuts))))
