"""The data of a run as each worker holds it once, and which rows of it a range means. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.seeds import is_validation
from alma_core.simulate.results import Place
from alma_core.streams.stream import Stream, in_force, inputs, scaling, target_scaling


@dataclass(frozen=True, eq=False)
class Materials:
    """The data of a run, as each worker holds it once.

    Args:
        name: tells the materials of one run from another's.
        x: [N, inputs] float32, of the whole source.
        y: [N] true class numbers, or targets in their unit.
        taught: [T, N] what updates see of them: class numbers, or targets standardised by a stream's mega-batch 1.
        n_classes: C; 0: regression.
        test: [n_test] indices of the test set.
        streams: [seeds] the order of each.
    """

    name: str
    x: NDArray[np.float32]
    y: NDArray[Any]
    taught: NDArray[Any]
    n_classes: int
    test: NDArray[np.int64]
    streams: list["Order"]

    def rows(self, seed: int, place: Place) -> NDArray[np.int64]:
        """Return [n] the indices of the examples that stand at a place of a seed's stream."""
        if place.among == "test":
            return self.test
        stream = self.streams[seed]
        if place.among in ("validation", "compared"):
            rows = stream.in_force(place.first, place.last)
            return rows[is_validation(rows)]
        return (stream.arriving if place.among == "arriving" else stream.labels)[place.first : place.last]

    def truth(self, seed: int, place: Place, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return [n] the class numbers or standardised targets of `rows`: as taught among labels, true elsewhere."""
        stream = self.streams[seed]
        if place.among in ("labels", "validation", "compared"):
            return np.asarray(self.taught[stream.block][rows])
        true: NDArray[Any] = self.y[rows]
        return true if self.n_classes else _standardised(true, stream.target)


@dataclass(frozen=True, eq=False)
class Order:
    """How the examples of one seed come.

    Args:
        labels: [n] indices in the order in which their labels arrive.
        arriving: [m] indices in the order in which they arrive themselves.
        replaced_at: [n] position in `labels` of the row that corrects this one; n where none does.
        scaling: centre and spread of the features, or None.
        target: centre and spread of the target; 0 and 1 for classes.
        block: row of `Materials.taught`.
    """

    labels: NDArray[np.int64]
    arriving: NDArray[np.int64]
    replaced_at: NDArray[np.int64] | None
    scaling: tuple[NDArray[np.float32], NDArray[np.float32]] | None
    target: tuple[float, float]
    block: int

    def in_force(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the examples at positions [first, last) of `labels` that no other one before `last` corrects."""
        return in_force(self.labels, self.replaced_at, first, last)


def materials(name: str, streams: Sequence[Stream]) -> Materials:
    """Return the materials of a run on `streams`, one for each seed."""
    source = streams[0].source
    targets = [(0.0, 1.0) if source.classes else target_scaling(stream) for stream in streams]
    kinds = list(dict.fromkeys(targets))
    orders = [
        Order(s.order, s.arriving, s.replaced_at, scaling(s), target, kinds.index(target))
        for s, target in zip(streams, targets, strict=True)
    ]
    taught = streams[0].taught
    if not source.classes:
        taught = np.stack([_standardised(taught, target) for target in kinds])
    taught = taught.reshape(len(kinds), -1)  # [T, N]
    return Materials(name, inputs(source), source.y, taught, len(source.classes), source.test, orders)


def _standardised(targets: NDArray[np.float64], scaling: tuple[float, float]) -> NDArray[np.float32]:
    return ((targets - scaling[0]) / scaling[1]).astype(np.float32)
