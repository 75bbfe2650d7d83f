"""Names for what stands in a stream: digests of encoded examples, so that equal work can be recognised.

A digest is of examples, never of a file: a file grows, and what a finished update has seen stays as it was.
"""

import hashlib
from bisect import bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.seeds import is_validation
from alma_core.streams.sources import Source
from alma_core.streams.stream import Stream, scaling

DIGEST_BYTES = 16


def digest(*parts: object) -> str:
    """Return 32 hexadecimal digits that name `parts`."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def of_examples(source: Source) -> NDArray[np.uint8]:
    """Return [N, 16] a digest of each example: its features, its label, and whether it is held back for validation.

    Nothing of a test set is: where it stands in a file that grows is of no account.
    """
    rows = np.ascontiguousarray(source.x)
    held_back = is_validation(np.arange(len(rows)))
    held_back[source.test] = False
    labels = np.stack([source.y, held_back.astype(np.int64)], 1)  # [N, 2]
    named = b"".join(
        hashlib.blake2b(row.data, digest_size=DIGEST_BYTES, salt=label.tobytes()).digest()
        for row, label in zip(rows, labels, strict=True)
    )
    return np.frombuffer(named, np.uint8).reshape(len(rows), DIGEST_BYTES)


class Digests:
    """Names of the ranges of one stream.

    Args:
        stream: the stream.
        examples: [N, 16] as `of_examples` gives them; shared by the streams of all seeds.
    """

    def __init__(self, stream: Stream, examples: NDArray[np.uint8]) -> None:
        self.stream = stream
        self.encoding = _encoding(stream)
        self.test = digest(self.encoding, _hashed(examples[stream.source.test]).hexdigest())
        self._arriving = np.ascontiguousarray(examples[stream.order])  # [n, 16]
        self._known: dict[int, tuple[list[int], list[Any]]] = {}

    def examples(self, first: int, last: int) -> str:
        """Name the examples at positions [first, last) in the order of arrival, encoded."""
        ends, hashes = self._known.setdefault(first, ([first], [hashlib.sha256()]))
        place = bisect_right(ends, last) - 1  # the longest range known that is not longer: only the rest is read
        if ends[place] < last:
            longer = hashes[place].copy()
            longer.update(self._arriving[ends[place] : last].data)
            place += 1
            ends.insert(place, last)
            hashes.insert(place, longer)
        return digest(self.encoding, hashes[place].hexdigest())

    def until(self, position: int) -> str:
        """Name a position by all that arrived before it, so that judged ranges that meet can be put together."""
        return self.examples(0, position)


def _hashed(rows: NDArray[np.uint8]) -> Any:
    return hashlib.sha256(np.ascontiguousarray(rows).data)


def _encoding(stream: Stream) -> str:
    """Name how the examples become what a network sees: their dtype and how they are scaled."""
    source, scaled = stream.source, scaling(stream)
    fitted = "" if scaled is None else _hashed(np.stack(scaled).view(np.uint8)).hexdigest()
    return digest(source.x.dtype, source.x.shape[1], source.largest, fitted, len(source.classes))
