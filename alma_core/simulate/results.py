"""What finished work leaves: the outcome of an update, and judgements of a state on ranges of examples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

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
        seconds: its share of its stack's wall clock; of an estimator, CPU seconds.
        choosing_flops: of passes made to choose rows, neurons or experts, and of teachers'.
        inference_seconds: CPU seconds of one prediction, of an estimator.
        parameters: of an estimator; of trees, nodes.
    """

    examples: int
    epochs: int
    validation_rows: int
    seconds: float
    choosing_flops: float = 0.0
    inference_seconds: float = 0.0
    parameters: int = 0


NO_LEVELS: Final[NDArray[np.float64]] = np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Judgement:
    """How a state did on a range of examples; those of ranges that meet add up.

    Args:
        counts: [C, C] rows by true and predicted class; regression: [1, 1] rows.
        wrong: rows predicted wrong; regression: summed absolute error, in the target's unit.
        loss: summed cross-entropy, nats; regression: summed Huber loss.
        levels: [21, 2] at each level (DESIGN, section 7): of two classes, the positives missed and the negatives
            flagged; regression: summed shortfall and excess, in the target's unit. [0, 2] otherwise.
    """

    counts: NDArray[np.int64]
    wrong: float
    loss: float
    levels: NDArray[np.float64] = field(default_factory=lambda: NO_LEVELS)

    @property
    def rows(self) -> int:
        """Rows judged."""
        return int(self.counts.sum())

    @property
    def cases(self) -> tuple[int, int]:
        """How many rows stand behind the two columns of `levels`: positives and negatives; regression: all, twice."""
        of_class = self.counts.sum(1)
        return (int(of_class[1]), int(of_class[0])) if len(of_class) == 2 else (self.rows, self.rows)

    def __add__(self, other: "Judgement") -> "Judgement":
        return Judgement(
            self.counts + other.counts, self.wrong + other.wrong, self.loss + other.loss, self.levels + other.levels
        )


def counted(true: NDArray[np.int64], predicted: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """Return [C, C] how many rows are of which true and predicted class."""
    cells = np.bincount(true * n_classes + predicted, minlength=n_classes * n_classes)  # [C * C]
    return cells.reshape(n_classes, n_classes)


@dataclass(frozen=True)
class Range:
    """What a state is judged on, by name: the examples between two positions of a stream, or a set apart."""

    since: str
    until: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands between the two, so that nothing can be judged."""
        return self.since == self.until


@dataclass(frozen=True)
class Place:
    """Where the examples of a range stand.

    Args:
        among: "labels" (what updates see, as labels arrive), "arriving" (all examples, as they arrive), "validation"
            (those of "labels" that are held back: they set operating levels), "compared" (the same, to hold updates
            against each other) or "test" (the test set, whole).
        first, last: positions [first, last).
    """

    among: str
    first: int = 0
    last: int = 0


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
