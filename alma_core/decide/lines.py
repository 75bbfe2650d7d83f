"""Costs as straight lines: how each policy's cost moves as one number moves, piece by piece where levels move with it.

At fixed levels a cost is linear in each price, so two price lists tell the whole line between them. Where prices tell
two kinds of errors apart, the cheapest level of each model changes along the way: there its policy's line breaks.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import operating
from alma_core.decide.costs import Costs, costs, worth_of_rows
from alma_core.decide.panel import Panel
from alma_core.decide.prices import MATRIX, PER_ERROR, TWO_CLASSES, Prices
from alma_core.ledger import LEVELS

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Breaks:
    """Where lines break.

    Args:
        policy: [E] whose line.
        x: [E] where, in order.
        at_zero, slope: [E] by how much its line changes there.
    """

    policy: NDArray[np.int64]
    x: Array
    at_zero: Array
    slope: Array

    def of(self, one: int, other: int) -> "Breaks":
        """Return those of two policies."""
        keep = (self.policy == one) | (self.policy == other)
        return Breaks(self.policy[keep], self.x[keep], self.at_zero[keep], self.slope[keep])


ROUNDING: Final = 1e-9
"""Numbers closer than this, relative to their size, are one."""
NONE = Breaks(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(3)))


@dataclass(frozen=True, eq=False)
class Lines:
    """The cost of each policy over x >= 0, averaged over seeds: at_zero + slope x up to its first break.

    Args:
        at_zero, slope: [P].
        breaks: of all policies.
    """

    at_zero: Array
    slope: Array
    breaks: Breaks = NONE

    def at(self, x: float) -> Array:
        """Return [P] the costs at x; just after a break, where there is one."""
        at_zero, slope = self._pieces(self.breaks.x <= x)
        return at_zero + x * slope

    def _pieces(self, passed: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return [P] what the lines are at zero, and their slopes, once these breaks [E] are passed."""
        who, n = self.breaks.policy[passed], len(self.at_zero)
        at_zero, slope = (np.bincount(who, jump[passed], n) for jump in (self.breaks.at_zero, self.breaks.slope))
        return self.at_zero + at_zero, self.slope + slope

    def below(self, one: int, other: int) -> list[tuple[float, float]]:
        """Return the stretches of x in which `other` costs less than `one`, as (from, to), in order."""
        if not len(self.breaks.x):
            at_zero, slope = (float(of[other] - of[one]) for of in (self.at_zero, self.slope))
            return _below_zero(at_zero, slope)
        breaks = self.breaks.of(one, other)
        sign = np.where(breaks.policy == other, 1.0, -1.0)  # [E]
        start = np.concatenate([[0.0], breaks.x])
        end = np.concatenate([breaks.x, [np.inf]])
        zeros, slopes = (
            float(base[other] - base[one]) + np.concatenate([[0.0], np.cumsum(sign * jumps)])
            for base, jumps in ((self.at_zero, breaks.at_zero), (self.slope, breaks.slope))
        )  # [E + 1] of the difference on each stretch
        with np.errstate(divide="ignore", invalid="ignore"):
            root = -zeros / slopes
        low = np.where(slopes < 0, np.maximum(start, root), start)
        high = np.where(slopes > 0, np.minimum(end, root), end)
        is_lower = (low < high) & ((slopes != 0) | (zeros < 0))
        found = list(zip(low[is_lower].tolist(), high[is_lower].tolist(), strict=True))
        return _joined(found)

    def winners(self, start: float, end: float, among: NDArray[np.bool_]) -> list[tuple[float, int]]:
        """Return from which x in start..end on which policy of those `among` [P] is cheapest, smallest x first."""
        x, best = start, self.cheapest(start, among)
        found = [(x, best)]
        while True:
            nearest = float(self.nearest(best, among, x)[1])
            if nearest > end:
                return found
            x, best = nearest, self.cheapest(nearest, among)
            if best == found[-1][1]:  # no more than a touch
                x = float(np.nextafter(x, np.inf))
            else:
                found.append((x, best))

    def cheapest(self, x: float, among: NDArray[np.bool_], after: bool = True) -> int:
        """Return the policy of those `among` [P] that is cheapest just after x, or just before it."""
        at_zero, slope = self._pieces(self.breaks.x <= x if after else self.breaks.x < x)
        costs = np.where(among, at_zero + x * slope, np.inf)
        equal = costs <= costs.min() + ROUNDING * max(1.0, abs(float(costs.min())))  # at x: beside it the slope decides
        return int(np.where(equal, slope if after else -slope, np.inf).argmin())

    def crossings(self, best: int, other: int, x: float) -> tuple[float | None, float | None]:
        """Return the nearest x below and above at which `other` becomes cheaper than `best`; None: nowhere."""
        stretches = self.below(best, other)
        lower = [high for low, high in stretches if high <= x]
        upper = [low for low, _high in stretches if low >= x]
        return (lower[-1] if lower else None), (upper[0] if upper else None)

    def nearest(self, best: int, among: NDArray[np.bool_], x: float) -> tuple[float, float]:
        """Return the nearest x below and above at which one of those `among` [P] becomes cheaper than `best`.

        That is: the last and the first of their `crossings`; -inf and inf: nowhere.
        """
        rivals = among & (np.arange(len(among)) != best)
        if len(self.breaks.x):
            found = [self.crossings(best, other, x) for other in np.flatnonzero(rivals).tolist()]
            below = max((low for low, _high in found if low is not None), default=-math.inf)
            return below, min((high for _low, high in found if high is not None), default=math.inf)
        at_zero, slope = (of[rivals] - of[best] for of in (self.at_zero, self.slope))  # [R]
        with np.errstate(divide="ignore", invalid="ignore"):
            root = -at_zero / slope
        low, high = np.where(slope < 0, np.maximum(root, 0.0), 0.0), np.where(slope > 0, root, np.inf)
        is_cheaper = np.where(slope == 0, at_zero < 0, low < high)  # from low to high
        ends, starts = high[is_cheaper & (high <= x)], low[is_cheaper & (low >= x)]
        return float(ends.max(initial=-math.inf)), float(starts.min(initial=math.inf))


def _below_zero(at_zero: float, slope: float) -> list[tuple[float, float]]:
    """Return the stretch of x >= 0 in which one unbroken line is below zero, if any.

    >>> _below_zero(4.0, -2.0), _below_zero(-4.0, 2.0), _below_zero(4.0, 2.0), _below_zero(-1.0, 0.0)
    ([(2.0, inf)], [(0.0, 2.0)], [], [(0.0, inf)])
    """
    if not slope:
        return [(0.0, math.inf)] if at_zero < 0 else []
    root = -at_zero / slope
    low, high = (max(0.0, root), math.inf) if slope < 0 else (0.0, root)
    return [(low, high)] if low < high else []


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return stretches with those that meet made one."""
    result: list[tuple[float, float]] = []
    for low, high in stretches:
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return result


@dataclass(frozen=True, eq=False)
class End:
    """One point of a line: x, what a policy's rows and prices are there, and their costs where they are known."""

    x: float
    panel: Panel
    prices: Prices
    known: Costs | None = None

    @cached_property
    def costs(self) -> Costs:
        """What policies cost there."""
        return costs(self.panel, self.prices) if self.known is None else self.known


def between(one: End, other: End) -> Lines:
    """Return the lines through two points; exact at x >= 0 as far as cost is linear in x at fixed levels.

    Args:
        one: with the smaller x.
        other: with the larger; its models and policies are those of `one`.
    """
    ends = (one, other)
    if one.prices.kind in (PER_ERROR, MATRIX):
        return Lines(*_through(ends, *(at.costs.total.mean(1) for at in ends)))
    (at_one, tested_one, free), (at_other, tested_other, _free) = (_by_level(at) for at in ends)  # [21, P, N], [P, N]
    validation, tested = _through(ends, at_one, at_other), _through(ends, tested_one, tested_other)
    level = _first_levels(validation, free)  # [P, N]
    at_zero, slope = _through(ends, *(at.costs.spend.sum(-1).mean(1) for at in ends))
    at_zero, slope = (rest + _taken(of, level).sum(-1) for rest, of in zip((at_zero, slope), tested, strict=True))
    return Lines(at_zero, slope, _breaks(validation, tested, level, free))


def _through(ends: tuple[End, End], start: Array, end: Array) -> tuple[Array, Array]:
    """Return what lines that take these values at the two ends are at x = 0, and their slopes."""
    slope = (end - start) / (ends[1].x - ends[0].x)
    return start - slope * ends[0].x, slope


def _by_level(at: End) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return, for all levels, what each model costs on a validation row and on its test rows, a share of the seed mean.

    [21, P, N] both, N = S x T x J models in service, levels from the middle outward: of equal ones the first is taken;
    and [P, N] whether its level is chosen at all.
    """
    panel, prices = at.panel, at.prices
    models, n_policies = panel.models, len(panel.policies)
    cases = models["validation_cases"].astype(np.float64)
    rates = models["validation"].astype(np.float64)  # [2, 21, P, S, T, J]
    if prices.kind == TWO_CLASSES:  # of whole cases: models that trade as many of either kind step at the same x
        rates = np.rint(rates * cases[:, None]) / np.maximum(cases, 1)[:, None]
    validation = operating.priced(rates, cases, prices)  # [21, P, S, T, J]
    acted = panel["volume"] * prices.use * worth_of_rows(panel, prices.discount_rate)  # [P, S, T]
    part = acted[..., None] * panel.served_shares.T / panel.seeds  # [P, S, T, J]
    tested = operating.priced(models["rates"], models["cases"].astype(np.float64), prices) * part
    free = (models["validation_cases"] >= operating.FEWEST).all(0)
    flat = (LEVELS, n_policies, -1)
    validation, tested = (array[operating.OUTWARD].reshape(flat) for array in (validation, tested))
    return validation, tested, free.reshape(n_policies, -1)


def _first_levels(validation: tuple[Array, Array], free: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return [P, N] the place of each model's level just above x = 0: the cheapest there, of equals the flattest."""
    at_zero, slope = validation  # [21, P, N]
    lowest = at_zero == at_zero.min(0)
    return np.where(free, np.where(lowest, slope, np.inf).argmin(0), 0)  # 0: one half


def _taken(array: Array, level: NDArray[np.int64]) -> Array:
    """Return [P, N] of [21, P, N] at these places."""
    return np.asarray(np.take_along_axis(array, level[None], 0)[0])


def _breaks(
    validation: tuple[Array, Array], tested: tuple[Array, Array], level: NDArray[np.int64], free: NDArray[np.bool_]
) -> Breaks:
    """Walk along the lower envelope of each model's validation lines; each step breaks its policy's line."""
    found = []
    policy, model = np.nonzero(free)  # [M] models that may step on
    level = level.copy()
    while len(policy):
        at_zero, slope = (array[:, policy, model] for array in validation)  # [21, M]
        now = level[policy, model]
        mine = np.arange(len(policy))
        flatter = slope < slope[now, mine]
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = (at_zero - at_zero[now, mine]) / (slope[now, mine] - slope)
        crossing = np.where(flatter, crossing, np.inf)
        x = crossing.min(0)  # [M]
        steps = np.isfinite(x)
        policy, model, x, now = policy[steps], model[steps], x[steps], now[steps]
        tied = np.where(crossing[:, steps] <= x, slope[:, steps], np.inf)
        level[policy, model] = tied.argmin(0)
        new = level[policy, model]
        jumps = [array[new, policy, model] - array[now, policy, model] for array in tested]
        found.append((policy, x, *jumps))
    if not found:
        return NONE
    policy, x, at_zero, slope = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return in_order(Breaks(policy, x, at_zero, slope))


def in_order(breaks: Breaks) -> Breaks:
    """Return breaks in the order of x."""
    order = np.argsort(breaks.x, kind="stable")
    return Breaks(breaks.policy[order], _told_apart(breaks.x[order]), breaks.at_zero[order], breaks.slope[order])


def _told_apart(x: Array) -> Array:
    """Return rising x [E] where those that rounding alone tells apart are one, so that no line lies between them.

    >>> _told_apart(np.array([1.0, 1.0 + 1e-12, 2.0])).tolist()
    [1.0, 1.0, 2.0]
    """
    is_new = np.diff(x, prepend=-np.inf) > ROUNDING * x
    return np.asarray(x[np.maximum.accumulate(np.where(is_new, np.arange(len(x)), 0))])
