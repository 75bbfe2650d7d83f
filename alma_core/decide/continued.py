"""The columns of a panel beyond its errors, continued: what arrives, what updates take, what serves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.panel import Panel
from alma_core.decide.pooling import curves
from alma_core.decide.timeline import Timeline

Array = NDArray[np.float64]

AS_SO_FAR: Final = ("volume", "test_size", "labels_bought")
"""Continued at the mean of what was seen."""
OF_AN_UPDATE: Final = ("train_flops", "train_macs_forward", "evaluation_flops", "seconds", "examples_trained")
"""In proportion to the examples that the update could see."""
OF_A_MODEL: Final = ("inference_flops", "inference_seconds", "members", "params")
"""As with the last model; of a method that grows, as growth went on so far."""
UNKNOWN: Final = ("loss", "error_arriving")
"""Nothing is said about them: NaN."""


def continued(panel: Panel, when: Timeline, kept: NDArray[np.bool_]) -> dict[str, Array]:
    """Return every column but the error for all H rows, [P', S, H]; the first T are those of the panel.

    An update takes, for each example that it could see, what the policy's updates so far took on average: with replay
    it grows with what has arrived, with a window or new data alone it stays. A policy that has not updated yet is
    taken to need what others on its curve did. Models that grow are larger after each update: the n-th update of any
    policy on the curve stands for the n-th of all; beyond those seen, growth goes on in a straight line, as from the
    middle update seen to the last.

    Args:
        panel: T rows.
        when: to H.
        kept: [P] which policies are wanted; each of them has updated, or another on its curve has, or it never will.
    """
    seen, horizon = panel.horizon, when.since.shape[1]
    shape = (*panel["error"].shape[:2], horizon - seen)
    future = {name: np.repeat(panel[name].mean(2, keepdims=True), shape[2], 2) for name in AS_SO_FAR}
    later = np.arange(1, shape[2] + 1)
    future["examples_arrived"] = panel["examples_arrived"][:, :, -1:] * (1 + later / seen)
    updates = np.broadcast_to(when.updates[:, None, seen:], shape)
    future |= {"updated": updates.astype(np.float64), "deployed": updates.astype(np.float64)}
    since = np.broadcast_to(when.since[:, None, seen:], shape)
    future["model_t"] = np.where(since > seen, since, panel["model_t"][:, :, -1:])
    future |= {name: np.full(shape, np.nan) for name in UNKNOWN}
    future |= {name: np.zeros(shape) for name in OF_AN_UPDATE}
    future |= {name: np.repeat(panel[name][:, :, -1:], shape[2], 2) for name in OF_A_MODEL}
    for numbers in curves(panel.policies):
        for number in numbers[kept[numbers]]:
            _fill(future, panel, when, int(number), numbers)
    return {name: np.concatenate([panel[name], future[name]], 2)[kept] for name in future}


def _fill(future: dict[str, Array], panel: Panel, when: Timeline, number: int, mates: NDArray[np.int64]) -> None:
    """Fill in what the updates of one policy take, and what serves since; `mates` are all policies on its curve."""
    seen = panel.horizon
    rows = np.flatnonzero(when.updates[number, seen:])  # [U] future rows with an update
    if not len(rows):
        return
    grows = panel.policies["growth"].iloc[number] != "none"
    counts = when.count[mates, seen - 1]  # [n]
    like = int(mates[counts.argmax()]) if grows or not when.count[number, seen - 1] else number
    for name in OF_AN_UPDATE:
        each = _of_updates(panel[name] / _at_least_one(when.drawn[:, None, :seen]), when, like)  # [S, U'] per example
        each = each if grows else each.mean(1, keepdims=True)
        future[name][number][:, rows] = _nth(each, when.count[number, seen + rows]) * when.drawn[number, seen + rows]
    serving = np.flatnonzero(when.since[number, seen:] > seen)  # rows of models that are not there yet
    for name in OF_A_MODEL:
        each = _of_updates(panel[name], when, like)
        each = each if grows else each[:, -1:]
        size = _nth(each, when.count[number, seen + serving])  # [S, rows]
        future[name][number][:, serving] = np.rint(size) if name in ("members", "params") else size


def _at_least_one(examples: Array) -> Array:
    return np.maximum(examples, 1.0)


def _of_updates(values: Array, when: Timeline, number: int) -> Array:
    """Return [S, U] the values of a policy at its updates so far, U >= 1."""
    seen = values.shape[2]
    return np.asarray(values[number][:, when.updates[number, :seen]])


def _nth(each: Array, n: NDArray[np.int64]) -> Array:
    """Return [S, M] the value at the n-th update [M], n >= 1, from those at the first U [S, U].

    >>> _nth(np.array([[1.0, 1.0, 2.0, 3.0]]), np.array([2, 4, 6])).tolist()
    [[1.0, 3.0, 5.0]]
    """
    last, middle = each.shape[1], (each.shape[1] + 1) // 2
    slope = (each[:, -1:] - each[:, middle - 1 : middle]) / max(last - middle, 1)  # [S, 1] 0 where U is 1
    known = each[:, np.minimum(n, last) - 1]  # [S, M]
    return np.asarray(known + slope * np.maximum(n - last, 0))
