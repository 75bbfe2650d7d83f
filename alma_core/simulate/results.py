"""What finished work leaves: the outcome of an update, and judgements of a state on ranges of examples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from alma_core.learners.states import State


@dataclass(frozen=True)
class Outcome:
    """What training cost.

    Args:
        examples: distinct examples trained on.
        epochs: passes over them.
        validation_rows: rows judged during training.
        seconds: its share of its stack's wall clock.
    """

    examples: int
    epochs: int
    validation_rows: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a state did on a range of examples.

    Args:
        counts: [C, C] rows by true and predicted class.
        loss: summed cross-entropy, nats.
    """

    counts: NDArray[np.int64]
    loss: float

    @property
    def rows(self) -> int:
        """Rows judged."""
        return int(self.counts.sum())

    @property
    def error(self) -> float:
        """Share of wrong predictions, 0..1."""
        return error_of(self.counts)

    @property
    def mean_loss(self) -> float:
        """Mean cross-entropy, nats."""
        return self.loss / self.rows

    def __add__(self, other: "Judgement") -> "Judgement":
        return Judgement(self.counts + other.counts, self.loss + other.loss)


def error_of(counts: NDArray[np.int64]) -> float:
    """Return the share off the diagonal of [C, C] counts."""
    total = int(counts.sum())
    return (total - int(np.trace(counts))) / total


@dataclass(frozen=True)
class Range:
    """What a state is judged on: the examples between two named positions of a stream, or a test set."""

    since: str
    until: str


def test_set(name: str) -> Range:
    """Return the range that stands for the test set called `name`."""
    return Range("test", name)


@dataclass(frozen=True, eq=False)
class Judged:
    """A judgement with what was judged on what."""

    key: str
    on: Range
    judgement: Judgement


@dataclass(frozen=True, eq=False)
class Finished:
    """What one member of a stack leaves.

    Args:
        key: of the update.
        outcome: what training cost; None where an older state was only judged.
        state: its weights; None where nobody will need them.
        judged: how they did.
    """

    key: str
    outcome: Outcome | None
    state: State | None
    judged: Sequence[Judged]


@dataclass
class Results:
    """Outcomes by key of the update, and judgements by key and range; ranges that meet add up to a longer one."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    pieces: dict[tuple[str, str], dict[str, Judgement]] = field(default_factory=dict)

    def take_in(self, other: "Results") -> None:
        """Add what `other` knows."""
        self.outcomes |= other.outcomes
        for place, pieces in other.pieces.items():
            self.pieces.setdefault(place, {}).update(pieces)

    def add(self, judged: Iterable[Judged]) -> None:
        """Take in judgements."""
        for one in judged:
            self.pieces.setdefault((one.key, one.on.since), {})[one.on.until] = one.judgement

    def judgement(self, key: str, on: Range) -> Judgement | None:
        """Return how the state of `key` did on a range, put together from shorter ranges if need be; None: not known.

        So a run on mega-batches of twice the size finds what the finer run has judged.
        """
        reached: dict[str, Judgement | None] = {on.since: None}  # the sum of the pieces up to each position
        ends = [on.since]
        while ends and on.until not in reached:
            here = ends.pop()
            for until, piece in self.pieces.get((key, here), {}).items():
                if until not in reached:
                    before = reached[here]
                    reached[until] = piece if before is None else before + piece
                    ends.append(until)
        return reached.get(on.until)
