"""Policies that differ in their waits alone share a learning curve; here are its points."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.learning_curves import Array, Extended, extend
from alma_core.decide.panel import Panel
from alma_core.decide.timeline import Timeline

APART_FROM: Final = ("policy", "label", "waiting_time", "first_update", "place")
"""Columns of policies in which those on one curve may differ."""
CAUTION: Final = 0.06
"""Ridge on an exponent: its usual size is 0.2, the noise of a point 0.05, and this is the square of their ratio."""


class Points(NamedTuple):
    """Models as points of a curve, the same model once.

    Args:
        x: [N] examples that went into each.
        y: [S, N] how it did, >= 0.
        known_at: [N] row at which that became known.
        weight: [N] how much it counts.
        term: [N] beside examples, what its value goes by: see `term`.
    """

    x: Array
    y: Array
    known_at: NDArray[np.int64]
    weight: Array
    term: Array


def curves(policies: pd.DataFrame) -> list[NDArray[np.int64]]:
    """Return the numbers of the policies on each curve: alike in everything but waiting time and first update."""
    alike = [name for name in policies if name not in APART_FROM]
    return [numbers.to_numpy(np.int64) for numbers in policies.groupby(alike, sort=False, dropna=False).groups.values()]


def term(panel: Panel, when: Timeline) -> Array:
    """Return [P, H] beside examples, what an error goes by, to some power; 0 where there is no such thing.

    Judged on the next mega-batch it is the age of the model, 1 + arrivals since its update: data drifts. On a fixed
    test set it is the number of updates, where they leave something behind: in a chain that goes on from its last
    weights (many small updates and few large ones end at different errors), in a model that grows. In logs.
    """
    if panel.measure.judged == "next":
        rows = np.arange(1, when.since.shape[1] + 1)
        return np.where(when.since > 0, np.log1p(rows - when.since), 0.0)
    leaves = (panel.policies["start"] != "scratch") | (panel.policies["growth"] != "none")
    return np.log(np.maximum(when.count, 1)) * leaves.to_numpy()[:, None]


def points(panel: Panel, values: Array, when: Timeline, numbers: NDArray[np.int64]) -> Points:
    """Return the points of the curve of these policies [n].

    On a fixed test set a model does the same at every row, so its first is taken. Judged on the next mega-batch each
    row is a point; what the mega-batch adds is shared by all points of the row, which count as one together.

    Args:
        panel: T rows.
        values: [P, S, T] what is looked at, >= 0.
        when: at least to T.
        numbers: of the policies.
    """
    rows = np.arange(1, panel.horizon + 1)
    since = when.since[numbers, : panel.horizon]  # [n, T]
    is_next = panel.measure.judged == "next"
    taken = (since > 0) & (panel["test_size"][numbers].min(1) > 0) if is_next else since == rows
    taken &= when.examples[numbers, : panel.horizon] > 0
    who, at = np.nonzero(taken)  # [N] each
    found = np.column_stack([
        rows[at], when.examples[numbers[who], at], term(panel, when)[numbers[who], at], values[numbers[who], :, at],
    ])  # [N, 3 + S]  # fmt: skip
    known_at, x, beside, *y = np.unique(found, axis=0).T
    _row, inverse, count = np.unique(known_at, return_inverse=True, return_counts=True)
    weight = 1 / count[inverse] if is_next else np.ones_like(x)
    return Points(x, np.array(y), known_at.astype(np.int64), weight, beside)


def exponent(of: Points) -> float:
    """Return the power of `term` by which values go, from points that became known at the same row.

    Those differ in it and hardly in anything else, whatever the curve is and whatever the row adds.
    """
    if not of.term.any() or not of.y.any():
        return 0.0
    value = np.log(np.maximum(of.y.mean(0), 1e-3 * of.y.max()))
    _row, inverse = np.unique(of.known_at, return_inverse=True)
    terms, values = (v - (np.bincount(inverse, v) / np.bincount(inverse))[inverse] for v in (of.term, value))  # [N]
    return float(terms @ values / (terms @ terms + CAUTION))


def read_off(of: Points, x: Array, beside: Array) -> Extended:
    """Return what the curve says of models with `x` examples [M] and `beside` [M] in `term`.

    Raises:
        TooFewPointsError: the curve has fewer than four.
    """
    power = exponent(of)
    found = extend(of.x, of.y * np.exp(-power * of.term), x, of.known_at, of.weight)
    return found.times(np.exp(power * beside))


def offsets(of: Points) -> Array:
    """Return [S] by which share each seed differs from the mean over seeds, over the points of a curve; the sum is 0.

    >>> nothing, row = np.zeros(2), np.arange(2)
    >>> offsets(Points(nothing, np.array([[0.3, 0.6], [0.1, 0.2]]), row, nothing, nothing)).round(6).tolist()
    [0.5, -0.5]
    """
    mean = of.y.mean(0)
    above = mean > 0
    if not above.any():
        return np.zeros(len(of.y))
    return np.asarray((of.y[:, above] / mean[above] - 1).mean(1))


def persistence(curves_: list[Points]) -> float:
    """Return how much of a seed's offset in the earlier half of what was seen is there in the later, 0..1.

    Seeds that shuffle the data differ for long, those that vary the training of one order in time hardly do.
    """
    both, squares = 0.0, 0.0
    for of in curves_:
        is_late = of.known_at > np.median(of.known_at) if len(of.x) else np.zeros(0, bool)
        if is_late.any() and not is_late.all():
            early, late = (offsets(of._replace(x=of.x[s], y=of.y[:, s])) for s in (~is_late, is_late))
            both, squares = both + float(early @ late), squares + float(early @ early)
    return min(max(both / squares, 0.0), 1.0) if squares > 0 else 0.0
