"""The computed default that serves before the first update: the class seen most so far, or the median so far."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.ledger import LEVELS
from alma_core.simulate.results import NO_LEVELS, Judgement, counted
from alma_core.streams.stream import Stream


class Incumbent:
    """The computed default of one stream.

    Args:
        stream: whose labels it counts, as far as they have arrived.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    @cached_property
    def answers(self) -> NDArray[Any]:
        """[B] what it predicts once mega-batch t has arrived: a class (the lowest of equals), or a value."""
        stream, n_classes = self.stream, len(self.stream.source.classes)
        known = (stream.taught[stream.in_force(0, end)] for end in stream.boundaries[1:].tolist())
        if n_classes == 0:
            return np.array([np.median(values) if len(values) else 0.0 for values in known])
        return np.array([np.bincount(values, minlength=n_classes).argmax() for values in known])

    def arriving(self, t: int) -> Judgement | None:
        """Judge what it predicted before mega-batch t on the labels that t brings; None at t = 1."""
        return None if t == 1 else self._judged(t - 1, self.stream[t].indices, self.stream.taught)

    def judged(self, served: int, row: int) -> Judgement:
        """Judge what it predicts at row `served` on what row `row` is judged on."""
        stream = self.stream
        if stream.judged == "test":
            return self._judged(served, stream.source.test, stream.source.y)
        return self._judged(served, stream.arriving[slice(*stream.judged_at(row))], stream.source.y)

    def _judged(self, t: int, rows: NDArray[np.int64], truth: NDArray[Any]) -> Judgement:
        source = self.stream.source
        true, answer, n_classes = truth[rows], self.answers[t - 1], len(source.classes)
        if n_classes == 0:
            short, over = np.maximum(true - answer, 0).sum(), np.maximum(answer - true, 0).sum()
            levels = np.tile([short, over], (LEVELS, 1))
            return Judgement(np.array([[len(rows)]]), float(short + over), np.nan, levels)
        counts = counted(true, np.full(len(rows), answer), n_classes)
        wrong = float(counts.sum() - np.trace(counts))
        missed, flagged = counts[1, 0] if n_classes == 2 else 0, counts[0, 1] if n_classes == 2 else 0
        levels = np.tile([missed, flagged], (LEVELS, 1)).astype(float) if n_classes == 2 else NO_LEVELS
        return Judgement(counts, wrong, np.nan, levels)
