"""A stream: the mega-batches in order, and the data they are judged on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.seeds import generator, is_validation, per_mille
from alma_core.specs import StreamSpec
from alma_core.streams.source import Source
from alma_core.streams.taught import spread, taught_of

MOST_SPREADS_FROM_ZERO = 1e4
"""Farther from zero than so many standard deviations, float32 keeps fewer than three digits of a feature."""


@dataclass(frozen=True, eq=False)
class MegaBatch:
    """One arrival.

    Args:
        t: 1..B.
        indices: [n_t] examples of the source whose labels arrive, in order.
    """

    t: int
    indices: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stream:
    """Mega-batches 1..B; `stream[t]` is the one that arrives at t.

    Args:
        source: the examples.
        order: [n] indices of all whose labels arrive, in order of arrival.
        boundaries: [B + 1] positions in `order`; mega-batch t is `order[boundaries[t-1]:boundaries[t]]`.
        arriving: [m] indices of all that arrive, labelled or not yet; `order` itself where no label comes late.
        arriving_boundaries: [B + 1] positions in `arriving`.
        taught: [N] targets as updates see them: `source.y`, or with some labels made wrong on purpose.
        judged: "test", or "next": row t is judged on what arrives at t + 1.
    """

    source: Source
    order: NDArray[np.int64]
    boundaries: NDArray[np.int64]
    arriving: NDArray[np.int64]
    arriving_boundaries: NDArray[np.int64]
    taught: NDArray[Any]
    judged: str = "test"

    def __len__(self) -> int:
        return len(self.boundaries) - 1

    def __getitem__(self, t: int) -> MegaBatch:
        if not 1 <= t <= len(self):
            raise IndexError(t)
        return MegaBatch(t, self.order[self.boundaries[t - 1] : self.boundaries[t]])

    def __iter__(self) -> Iterator[MegaBatch]:
        return (self[t] for t in range(1, len(self) + 1))

    @property
    def rows(self) -> int:
        """Arrivals at which policies are judged: all, or all but the last, which then only judges."""
        return len(self) - (self.judged == "next")

    @property
    def sizes(self) -> NDArray[np.int64]:
        """[B] labels in each mega-batch."""
        return np.diff(self.boundaries)

    @property
    def first(self) -> NDArray[np.int64]:
        """[n_1] examples of the first mega-batch that brings a label: all that may be fitted before anything trains."""
        t = int(np.flatnonzero(self.boundaries)[0])
        return self.order[: self.boundaries[t]]

    @property
    def volume(self) -> NDArray[np.int64]:
        """[B] predictions asked for between arrivals t and t + 1: those of mega-batch t + 1, at last of the last."""
        cut, known = self.source.cut, np.diff(self.arriving_boundaries)
        if cut and cut.volume and cut.arrives is not None:
            known = np.array(cut.volume, np.int64)[: len(self)]
        elif cut and cut.volume:  # in no order: every arriving example stands for as many
            asked = sum(cut.volume) / (len(self.source.x) - len(self.source.test))
            known = np.rint(known * asked).astype(np.int64)
        return np.append(known[1:], known[-1])

    @cached_property
    def replaced_at(self) -> NDArray[np.int64] | None:
        """[n] position in `order` of the example that corrects each one, n where none does; None: no corrections."""
        cut, count = self.source.cut, len(self.order)
        if cut is None or cut.replaced_by is None:
            return None
        place = np.full(len(self.source.y) + 1, count, np.int64)  # [N + 1] by index; the last stands for "none does"
        place[self.order] = np.arange(count)
        return place[cut.replaced_by[self.order]]

    def in_force(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the examples at positions [first, last) that no other one before `last` corrects."""
        return in_force(self.order, self.replaced_at, first, last)

    @cached_property
    def _trainable(self) -> NDArray[np.int64]:
        """[B + 1] how many examples up to each boundary are not held back for validation."""
        return np.append(0, np.cumsum(~is_validation(self.order)))[self.boundaries]

    def trainable(self, first: int, last: int) -> int:
        """Return how many examples an update may train on at positions [first, last), both of them boundaries."""
        if self.replaced_at is not None:
            return int((~is_validation(self.in_force(first, last))).sum())
        there = self._trainable[np.searchsorted(self.boundaries, (first, last))]
        return int(there[1] - there[0])

    def judged_at(self, row: int) -> tuple[int, int]:
        """Return the positions in `arriving` of what row t is judged on with "next": mega-batch t + 1."""
        return int(self.arriving_boundaries[row]), int(self.arriving_boundaries[row + 1])


def in_force(
    order: NDArray[np.int64], replaced_at: NDArray[np.int64] | None, first: int, last: int
) -> NDArray[np.int64]:
    """Return the examples at positions [first, last) that no other one before `last` corrects; see Stream."""
    rows = order[first:last]
    return rows if replaced_at is None else rows[replaced_at[first:last] >= last]


def boundaries(count: int, mega_batches: int) -> NDArray[np.int64]:
    """Return [B + 1] positions t * n // B, which nest: every m-th one is the boundary of a cut by B / m.

    >>> boundaries(10, 4).tolist()
    [0, 2, 5, 7, 10]
    """
    return np.arange(mega_batches + 1, dtype=np.int64) * count // mega_batches


def cut(source: Source, spec: StreamSpec, seed: int) -> Stream:
    """Cut `source` into mega-batches; a seed permutes i.i.d. data and leaves time-ordered data alone.

    Raises:
        DataError: it cannot be cut as asked.
    """
    _check(source, spec)
    candidates = np.setdiff1d(np.arange(len(source.x), dtype=np.int64), _kept_from_training(source))
    if source.cut is not None and source.cut.arrives is not None:
        arrives, trains = source.cut.arrives, source.cut.trains
        arriving, arriving_edges = _by_number(candidates, arrives, spec.length)
        labels = arrives if trains is None else trains
        order, edges = (arriving, arriving_edges) if labels is arrives else _by_number(candidates, labels, spec.length)
    else:
        if spec.mega_batches > len(candidates):
            raise DataError(
                _(
                    "{count} mega-batches were asked of {name}, which has {examples} examples to arrive; ask for "
                    "{examples} or fewer."
                ).format(count=spec.mega_batches, name=source.name, examples=len(candidates))
            )
        order = candidates if spec.in_order else _permuted(candidates, source, seed)
        edges = boundaries(len(order), spec.mega_batches)[: spec.length + 1]
        order = order[: edges[-1]]
        arriving, arriving_edges = order, edges
    if spec.labelled_share < 1:
        order, edges = _labelled(order, edges, spec.labelled_share)
    if not edges[spec.rows]:
        raise DataError(
            _(
                "No label of {name} arrives before the last mega-batch, at least one was expected; check the target "
                "column, the label date and the cut."
            ).format(name=source.name)
        )
    taught = taught_of(source, spec.label_noise, order[: edges[np.flatnonzero(edges)[0]]])
    return Stream(source, order, edges, arriving, arriving_edges, taught, spec.judged)


def _check(source: Source, spec: StreamSpec) -> None:
    own = source.cut
    if own is not None and own.arrives is not None and spec.mega_batches != own.mega_batches:
        raise DataError(
            _(
                "{count} mega-batches were asked of {name}, which is cut into {own}; leave --mega-batches out, or add "
                "the data with another cut."
            ).format(count=spec.mega_batches, name=source.name, own=own.mega_batches)
        )
    arriving = len(source.x) - len(source.test)
    if own is not None and own.first is not None and len(own.first) * spec.mega_batches > arriving:
        raise DataError(
            _(
                "{count} mega-batches were asked of {name}, but its first one, off which its columns are read, is "
                "larger than that; ask for {most} or fewer."
            ).format(count=spec.mega_batches, name=source.name, most=arriving // len(own.first))
        )
    if spec.judged == "test" and not len(source.test):
        raise DataError(
            _("{name} has no test set; judge it on the next mega-batch, or add it with a held-back share.").format(
                name=source.name
            )
        )
    if spec.rows < 1:
        raise DataError(
            _("{name} has a single mega-batch and no next one to be judged on; cut it finer.").format(name=source.name)
        )


def _kept_from_training(source: Source) -> NDArray[np.int64]:
    """Return the test set with all other versions of its examples: they tell its answers."""
    replaced_by = None if source.cut is None else source.cut.replaced_by
    if replaced_by is None:
        return source.test
    kept = np.zeros(len(replaced_by), np.bool_)
    kept[source.test] = True
    older = np.flatnonzero(replaced_by >= 0)
    before = -1
    while before != kept.sum():
        before = int(kept.sum())
        kept[replaced_by[older[kept[older]]]] = True
        kept[older[kept[replaced_by[older]]]] = True
    return np.flatnonzero(kept)


def _permuted(candidates: NDArray[np.int64], source: Source, seed: int) -> NDArray[np.int64]:
    """Return the candidates in a seed's order; those on which an encoding is fitted come first."""
    draws = generator(seed, "permutation")
    if source.cut is None or source.cut.first is None:
        return draws.permutation(candidates)
    first = np.intersect1d(candidates, source.cut.first)
    return np.append(draws.permutation(first), draws.permutation(np.setdiff1d(candidates, first)))


def _by_number(
    candidates: NDArray[np.int64], numbers: NDArray[np.int64], length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return [n] the candidates whose mega-batch number is 1..length, by number, and [length + 1] their boundaries."""
    there = candidates[(numbers[candidates] >= 1) & (numbers[candidates] <= length)]
    order = there[np.argsort(numbers[there], kind="stable")]
    return order, np.searchsorted(numbers[order], np.arange(length + 1), side="right")


def _labelled(
    order: NDArray[np.int64], edges: NDArray[np.int64], share: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keep the examples that get a label: drawn by index alone, so that a smaller share is part of a larger one."""
    keep = per_mille(order, "labelled") < round(1000 * share)
    return order[keep], np.append(0, np.cumsum(keep))[edges]


def scaling(stream: Stream) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Return [features] what is taken off each feature and [features] what then divides it; None for known ranges.

    Known ranges are divided by their largest value. Others are centred and scaled by mega-batch 1 alone, so
    that nothing of the future is used.

    Raises:
        DataError: a feature would lose what tells its values apart.
    """
    if stream.source.largest is not None:
        return None
    first = stream.source.x[stream.first].astype(np.float64)
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


def target_scaling(stream: Stream) -> tuple[float, float]:
    """Return mean and standard deviation of mega-batch 1's target (1 if 0): what a regression network learns in."""
    first = stream.taught[stream.first]
    return float(first.mean()), spread(first)


def error_scale(stream: Stream) -> float:
    """Return the mean absolute deviation of mega-batch 1's target about its median (1 if 0), in the target's unit.

    An error of 1 then is that of a constant guess. Classification: 1.
    """
    if stream.source.classes:
        return 1.0
    first = stream.source.y[stream.first]
    return float(np.abs(first - np.median(first)).mean()) or 1.0


def inputs(source: Source) -> NDArray[np.float32]:
    """Return [N, features] the examples as float32, known ranges brought to 0..1."""
    x = source.x.astype(np.float32)
    if source.largest is not None:
        x /= np.float32(source.largest)
    return x
