"""Examples as arrays, with what is known of them: what everything after the reading of files stands on."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cut:
    """How data that brings its own mega-batches is cut.

    Args:
        mega_batches: B.
        arrival_unit: of specs.ARRIVAL_UNITS.
        in_order: the examples stand in the order of time.
        judged: "next" or "test".
        arrives: [N] mega-batch 1..B in which each example arrives; 0: it corrects an earlier one and is never judged.
            None: the stream is cut by number.
        trains: [N] mega-batch from which its label is known; above B: not yet.
        replaced_by: [N] index of the example that corrects it, -1 where none does.
        arrived_on: [B] ISO date of each arrival, empty where unknown.
        first: where the examples stand in no order, those that are in mega-batch 1 whatever the seed: the encoding
            is fitted on them.
        volume: [B] predictions that the rows of each mega-batch ask for, those without a label included.
        dates_labels: labels have a date of their own, from which `trains` follows.
    """

    mega_batches: int
    arrival_unit: str = "lot"
    in_order: bool = True
    judged: str = "next"
    arrives: NDArray[np.int64] | None = None
    trains: NDArray[np.int64] | None = None
    replaced_by: NDArray[np.int64] | None = None
    arrived_on: tuple[str, ...] = ()
    volume: tuple[int, ...] = ()
    first: NDArray[np.int64] | None = None
    dates_labels: bool = False

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """All that it holds as arrays, for a digest."""
        said = "\0".join((self.arrival_unit, self.judged, *self.arrived_on)).encode()
        numbers = np.array([self.mega_batches, self.in_order, *self.volume], np.int64)
        given = (self.arrives, self.trains, self.replaced_by, self.first)
        none = np.zeros(0, np.int64)
        return [np.frombuffer(said, np.uint8), numbers, *(none if array is None else array for array in given)]


@dataclass(frozen=True, eq=False)
class Source:
    """Examples with their targets.

    Args:
        name: how the set is called.
        x: [N, features] of any real dtype.
        y: [N] class numbers 0..C-1; regression: float64 in the target's unit.
        classes: [C] how each class is called; of two, the second is the one that is looked for. Regression: none.
        test: [n_test] indices of the fixed test set, all others arrive; may be empty where policies are judged on
            the next mega-batch.
        largest: what divides every value, where the range is known (255 for bytes, 1 for encoded tables); None: each
            feature is centred and scaled by the first mega-batch.
        licence: under which terms the set is given out.
        image: channels, height, width of each example, where the examples are images; a row of `x` then holds
            them by height, width, channels. None: no images.
        cut: how it is cut, where it brings that.
        target, unit: what the target is called, and its unit.
    """

    name: str
    x: NDArray[Any]
    y: NDArray[Any]
    classes: tuple[str, ...]
    test: NDArray[np.int64]
    largest: float | None
    licence: str
    image: tuple[int, int, int] | None = None
    cut: Cut | None = None
    target: str = ""
    unit: str = ""

    @property
    def task(self) -> str:
        """What a model does with an example: "classification" or "regression"."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """Values that a network gives for an example: one a class, or the target itself."""
        return len(self.classes) or 1

    @property
    def has_levels(self) -> bool:
        """Whether its predictions have operating points: two classes (how readily to flag), or a number (shifted)."""
        return len(self.classes) in (0, 2)

    @property
    def digest(self) -> str:
        """SHA-256 of the examples, their targets and the split."""
        digest = hashlib.sha256()
        cut = () if self.cut is None else self.cut.arrays
        for array in (self.x, self.y, self.test, *cut):
            digest.update(f"{array.shape}{array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
