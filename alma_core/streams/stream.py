"""A stream: the mega-batches in order, and the data they are judged on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.seeds import generator
from alma_core.specs import StreamSpec
from alma_core.streams.sources import Source

MOST_SPREADS_FROM_ZERO = 1e4
"""Farther from zero than so many standard deviations, float32 keeps fewer than three digits of a feature."""


@dataclass(frozen=True, eq=False)
class MegaBatch:
    """One arrival.

    Args:
        t: 1..B.
        indices: [n_t] examples of the source, in order of arrival.
    """

    t: int
    indices: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stream:
    """Mega-batches 1..B; `stream[t]` is the one that arrives at t.

    Args:
        source: the examples.
        order: [n] indices of all that arrive, in order of arrival.
        boundaries: [B + 1] positions in `order`; mega-batch t is `order[boundaries[t-1]:boundaries[t]]`.
    """

    source: Source
    order: NDArray[np.int64]
    boundaries: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.boundaries) - 1

    def __getitem__(self, t: int) -> MegaBatch:
        if not 1 <= t <= len(self):
            raise IndexError(t)
        return MegaBatch(t, self.order[self.boundaries[t - 1] : self.boundaries[t]])

    def __iter__(self) -> Iterator[MegaBatch]:
        return (self[t] for t in range(1, len(self) + 1))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """[B] examples in each mega-batch."""
        return np.diff(self.boundaries)


def boundaries(count: int, mega_batches: int) -> NDArray[np.int64]:
    """Return [B + 1] positions t * n // B, which nest: every m-th one is the boundary of a cut by B / m.

    >>> boundaries(10, 4).tolist()
    [0, 2, 5, 7, 10]
    """
    return np.arange(mega_batches + 1, dtype=np.int64) * count // mega_batches


def cut(source: Source, spec: StreamSpec, seed: int) -> Stream:
    """Cut `source` into mega-batches; a seed permutes i.i.d. data and leaves time-ordered data alone.

    Raises:
        DataError: more mega-batches than examples.
    """
    order = np.setdiff1d(np.arange(len(source.x), dtype=np.int64), source.test)
    if spec.mega_batches > len(order):
        raise DataError(
            _(
                "{count} mega-batches were asked of {name}, which has {examples} examples to arrive; ask for "
                "{examples} or fewer."
            ).format(count=spec.mega_batches, name=source.name, examples=len(order))
        )
    if not spec.in_order:
        order = generator(seed, "permutation").permutation(order)
    edges = boundaries(len(order), spec.mega_batches)[: spec.length + 1]
    return Stream(source, order[: edges[-1]], edges)


def scaling(stream: Stream) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return [features] what is taken off each feature and [features] what then divides it; None for known ranges.

    Known ranges are divided by their largest value. Others are centred and scaled by mega-batch 1 alone, so
    that nothing of the future is used.

    Raises:
        DataError: a feature would lose what tells its values apart.
    """
    if stream.source.largest is not None:
        return None
    first = stream.source.x[stream[1].indices].astype(np.float64)
    centre, spread = first.mean(axis=0), first.std(axis=0)
    lost = (spread > 0) & ((np.abs(centre) > MOST_SPREADS_FROM_ZERO * spread) | (spread < 1e-30))
    if lost.any():
        raise DataError(
            _(
                "{name} has a feature (number {feature}) whose values vary too little for their distance from zero to "
                "survive single precision; subtract its smallest value, or divide it by its spread, and save it again."
            ).format(name=stream.source.name, feature=int(lost.argmax()) + 1)
        )
    return centre.astype(np.float32), np.where(spread > 0, spread, 1.0).astype(np.float32)


def inputs(source: Source) -> NDArray[np.float32]:
    """Return [N, features] the examples as float32, known ranges brought to 0..1."""
    x = source.x.astype(np.float32)
    if source.largest is not None:
        x /= np.float32(source.largest)
    return x
