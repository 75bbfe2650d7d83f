"""Names for what stands in a stream: digests of encoded examples, so that equal work can be recognised.

A digest is of examples, never of a file: a file grows, and what a finished update has seen stays as it was.
"""

import hashlib
from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.seeds import is_validation
from alma_core.streams.source import Source
from alma_core.streams.stream import Stream, scaling, target_scaling

DIGEST_BYTES = 16


def digest(*parts: object) -> str:
    """Return 32 hexadecimal digits that name `parts`."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def of_examples(source: Source, taught: NDArray[Any] | None = None) -> NDArray[np.uint8]:
    """Return [N, 16] a digest of each example.

    It is of its features, its target, the target that updates see, whether it is held back for validation, and which
    earlier example it corrects. Nothing of a test set is held back: where it stands in a file that grows is of no
    account.

    Args:
        taught: [N] targets as updates see them; None: `source.y`.
    """
    rows = np.ascontiguousarray(source.x)
    held_back = is_validation(np.arange(len(rows)))
    held_back[source.test] = False
    labels = np.stack([source.y.view(np.int64), held_back.astype(np.int64)], 1)  # [N, 2]
    beside = np.zeros((len(rows), 2), np.int64)
    if taught is not None and taught is not source.y:
        beside[:, 0] = taught.view(np.int64) - source.y.view(np.int64)
    corrected = None if source.cut is None else source.cut.replaced_by
    if corrected is not None:
        replaced = np.flatnonzero(corrected >= 0)
        beside[corrected[replaced], 1] = replaced + 1
    named = b"".join(
        hashlib.blake2b(row.data, digest_size=DIGEST_BYTES, salt=label.tobytes(), person=more.tobytes()).digest()
        for row, label, more in zip(rows, labels, beside, strict=True)
    )
    return np.frombuffer(named, np.uint8).reshape(len(rows), DIGEST_BYTES)


class Names:
    """Names of ranges of one order of examples.

    Args:
        rows: [n, 16] digests of the examples in that order.
        encoding: how they become what a network sees.
    """

    def __init__(self, rows: NDArray[np.uint8], encoding: str) -> None:
        self._rows, self._encoding = np.ascontiguousarray(rows), encoding
        self._known: dict[int, tuple[list[int], list[Any]]] = {}
        self._names: dict[tuple[int, int], str] = {}  # a plan asks for each of its few ranges time and again

    def examples(self, first: int, last: int) -> str:
        """Name the examples at positions [first, last)."""
        name = self._names.get((first, last))
        if name is None:
            name = self._names[first, last] = digest(self._encoding, self._hashed(first, last).hexdigest())
        return name

    def _hashed(self, first: int, last: int) -> Any:
        ends, hashes = self._known.setdefault(first, ([first], [hashlib.sha256()]))
        place = bisect_right(ends, last) - 1  # the longest range known that is not longer: only the rest is read
        if ends[place] < last:
            longer = hashes[place].copy()
            longer.update(self._rows[ends[place] : last].data)
            place += 1
            ends.insert(place, last)
            hashes.insert(place, longer)
        return hashes[place]

    def until(self, position: int) -> str:
        """Name a position by all that stands before it, so that judged ranges that meet can be put together."""
        return self.examples(0, position)


class Digests:
    """Names of the ranges of one stream.

    Args:
        stream: the stream.
        examples: [N, 16] as `of_examples` gives them; shared by the streams of all seeds.

    `labels` names what updates may see, in the order in which labels arrive; `arriving` all examples as they arrive.
    """

    def __init__(self, stream: Stream, examples: NDArray[np.uint8]) -> None:
        self.stream = stream
        self.encoding = _encoding(stream)
        self.test = digest(self.encoding, _hashed(examples[stream.source.test]).hexdigest())
        self.labels = Names(examples[stream.order], self.encoding)
        as_told = digest(self.encoding, "true") if stream.taught is not stream.source.y else self.encoding
        is_one = stream.arriving is stream.order and as_told == self.encoding
        self.arriving = self.labels if is_one else Names(examples[stream.arriving], as_told)


def _hashed(rows: NDArray[np.uint8]) -> Any:
    return hashlib.sha256(np.ascontiguousarray(rows).data)


def _encoding(stream: Stream) -> str:
    """Name how the examples become what a network sees: their dtype and how they are scaled."""
    source, scaled = stream.source, scaling(stream)
    fitted = "" if scaled is None else _hashed(np.stack(scaled).view(np.uint8)).hexdigest()
    target = () if source.classes else target_scaling(stream)
    return digest(source.x.dtype, source.x.shape[1], source.largest, fitted, len(source.classes), *target)
