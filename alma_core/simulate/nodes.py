"""The nodes of the graph: updates, which leave a state, and models, which combine states to serve. No torch."""

from dataclasses import dataclass, field

from alma_core.sizes import AnyShape, Estimator
from alma_core.specs import LearnerSpec


@dataclass(frozen=True, slots=True)
class How:
    """What an update does otherwise than a plain one.

    Args:
        member: whose draws it takes: of initialisation, order, bootstrap.
        rows: "all" it may see; "bootstrap", as many drawn with replacement; or "boosted", drawn by how much the
            earlier members err on them.
        start: "parent", the weights before as they are (fresh ones where there are none), or "shrunk" with fresh
            ones added.
        growth: of the weights before it starts: "", "split_used", "split_random" or "firefly".
        epochs: passes at most, with a learning rate that falls to zero over them; 0: those of the recipe.
        taught_by: "labels", or "others": what the other models say of each example.
    """

    member: int = 0
    rows: str = "all"
    start: str = "parent"
    growth: str = ""
    epochs: int = 0
    taught_by: str = "labels"

    @property
    def values(self) -> tuple[object, ...]:
        """All of it in order, for a key."""
        return self.member, self.rows, self.start, self.growth, self.epochs, self.taught_by

    @property
    def loop(self) -> tuple[int, str]:
        """What the training loop does otherwise, so that only updates that are alike in it train together."""
        return self.epochs, self.taught_by


PLAIN = How()


@dataclass(frozen=True, slots=True)
class Update:
    """One training from start to stop.

    Args:
        key: names everything that determines it.
        t: the arrival at which it happens first.
        learner, shape: what learns.
        seed: whose stream and draws.
        first, last: the positions it may see, [first, last) in the order of arrival.
        parent: key of the update whose weights it starts from; None: from scratch.
        depth: number of updates that must be done before it.
        how: what it does otherwise than a plain one.
        others: keys of what else it needs: earlier boosters, or teachers.
        rank: how many updates of the same arrival must be done before it.
        grows_from: shape of its parent, where it grows.
    """

    key: str
    t: int
    learner: LearnerSpec
    shape: AnyShape
    seed: int
    first: int
    last: int
    parent: str | None
    depth: int
    how: How = PLAIN
    others: tuple[str, ...] = ()
    rank: int = 0
    grows_from: AnyShape | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """Keys of all whose weights it needs."""
        return self.others if self.parent is None else (self.parent, *self.others)

    @property
    def has_state(self) -> bool:
        """Whether it leaves weights that are kept; trees and linear models are fitted anew where they are needed."""
        return not isinstance(self.shape, Estimator) or self.shape.kind == "sgd"

    @property
    def alike(self) -> object:
        """What updates have in common that train in one stack."""
        return self.shape, self.how.loop

    @property
    def width(self) -> int:
        """Networks that stand beside each other in it."""
        return 1


@dataclass(frozen=True, slots=True)
class Model:
    """What serves together.

    Args:
        key: names its members and how they are combined.
        members: keys of the updates whose states serve, in order.
        combine: "mean" of what they predict, "votes" as they were boosted, or "average" of their weights, the newer the
            heavier.
        learner, shape, seed: of each member.
        t, last: of the newest.
        depth: number of updates that must be done before it.
    """

    key: str
    members: tuple[str, ...]
    combine: str
    learner: LearnerSpec
    shape: AnyShape
    seed: int
    t: int
    last: int
    depth: int
    parent: None = field(default=None)

    @property
    def parents(self) -> tuple[str, ...]:
        """Keys of all whose weights it needs."""
        return self.members

    @property
    def has_state(self) -> bool:
        """Nothing starts from it."""
        return False

    @property
    def alike(self) -> object:
        """What models have in common that are judged in one stack."""
        return self.shape, self.combine, self.width

    @property
    def width(self) -> int:
        """Networks that run for one prediction."""
        return 1 if self.combine == "average" else len(self.members)


Node = Update | Model
