"""What each method trains when a policy updates, and what may serve from then on. No torch.

Methods share what they have in common: the members of an ensemble of three are those of one of five, a growing
ensemble that goes on from its last member trains what a single network trains, and so do a network that is only
deployed if it is better and one whose weights are averaged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from alma_core.sizes import AnyShape, Mixture, Network, RankOne, split, widened
from alma_core.specs import PolicySpec


@dataclass(frozen=True)
class Step:
    """One update of a policy.

    Args:
        t: the arrival.
        trained: keys of the updates it takes, in the order in which they are made.
        members: keys of those that serve together from then on, where that needs no choice; else the newcomer.
        combine: "mean", "votes" or "average", where they are more than one.
        choice: "", "better" (the newcomer or what serves) or "best" (of what serves and the newcomer, as many as the
            policy names), decided on validation rows.
        first, last: the positions it may see.
    """

    t: int
    trained: tuple[str, ...]
    members: tuple[str, ...]
    combine: str
    choice: str
    first: int
    last: int


class Train(Protocol):
    """What adds an update to the graph.

    Args:
        member: whose draws it takes.
        line: whose newest weights it starts from and replaces; None: `member`.
        fresh: whether it starts from fresh weights; None: as the policy says.
        shape: of the network; None: as the capacity says.
        others: keys of earlier boosters, or of teachers.
        how: more of `nodes.How`.
    """

    def __call__(
        self,
        member: int = 0,
        *,
        line: int | None = None,
        fresh: bool | None = None,
        shape: AnyShape | None = None,
        others: tuple[str, ...] = (),
        **how: Any,
    ) -> str:
        """Add one update; return its key."""
        ...


@dataclass(frozen=True)
class Due:
    """An update that has fallen due.

    Args:
        policy: whose.
        number: of the policy's updates, 1..
        base: shape of the plain network.
        epochs: of the recipe.
        before: what the policy's earlier updates trained, oldest first.
        train: adds one.
    """

    policy: PolicySpec
    number: int
    base: AnyShape
    epochs: int
    before: Sequence[Step]
    train: Train

    @property
    def network(self) -> Network:
        """The plain network: no method but the single one is made of anything else."""
        assert isinstance(self.base, Network)
        return self.base


@dataclass(frozen=True)
class Serves:
    """Who may serve after an update: see `Step`."""

    members: tuple[str, ...]
    combine: str = "mean"
    choice: str = ""


AVERAGED: Final = 26
"""Updates whose weights are averaged: what is older would count for less than a float32 can tell."""


def _single(due: Due) -> Serves:
    return Serves((due.train(),))


def _keep_better(due: Due) -> Serves:
    return Serves((due.train(),), choice="better")


def _ema(due: Due) -> Serves:
    return Serves((*_all_members(due), due.train())[-AVERAGED:], combine="average")


def _all_members(due: Due) -> tuple[str, ...]:
    return due.before[-1].members if due.before else ()


def _ensemble(due: Due) -> Serves:
    return Serves(tuple(due.train(member) for member in range(due.policy.members)))


def _bagging(due: Due) -> Serves:
    return Serves(tuple(due.train(member, rows="bootstrap") for member in range(due.policy.members)))


def _adaboost(due: Due) -> Serves:
    boosters: tuple[str, ...] = ()
    for member in range(due.policy.members):
        boosters += (due.train(member, rows="boosted", others=boosters),)
    return Serves(boosters, combine="votes")


def _newcomer(due: Due) -> str:
    """Train one more member: a copy of the last that goes on, or a fresh one."""
    return due.train(due.number - 1 if due.policy.start == "scratch" else 0, line=0)


def _gens(due: Due) -> Serves:
    return Serves((*_all_members(due), _newcomer(due)))


def _gens_newest(due: Due) -> Serves:
    return Serves((*_all_members(due), _newcomer(due))[-due.policy.members :])


def _gens_best(due: Due) -> Serves:
    return Serves((_newcomer(due),), choice="best")


def _hybrid(due: Due) -> Serves:
    if due.number <= due.policy.grow_after:
        return Serves((due.train(),))
    return Serves((*_all_members(due), _newcomer(due)))


def _umix(due: Due) -> Serves:
    return Serves((due.train(shape=Mixture(due.network, due.policy.members)),))


def _moe(due: Due) -> Serves:
    return Serves((due.train(shape=Mixture(due.network, due.policy.members, gated=True)),))


def _batch_ensemble(due: Due) -> Serves:
    return Serves((due.train(shape=RankOne(due.network, due.policy.members)),))


def _growths(due: Due) -> tuple[int, bool]:
    """Return how often the network has grown by now, and whether it grows now: at every g-th update after the first."""
    times, rest = divmod(due.number - 1, due.policy.grow_every)
    return times, times > 0 and rest == 0


def _splits(due: Due, growth: str) -> Serves:
    times, now = _growths(due)
    shape: Network | Mixture = due.network
    for _ in range(times):
        shape = split(shape)
    return Serves((due.train(shape=shape, growth=growth if now else ""),))


def _firefly(due: Due) -> Serves:
    times, now = _growths(due)
    shape = due.network
    for _ in range(times):
        shape = widened(shape, due.network)
    return Serves((due.train(shape=shape, growth="firefly" if now else ""),))


def cycles(epochs: int, count: int) -> list[int]:
    """Return the epochs of each of a snapshot ensemble's cycles, at least one each.

    >>> cycles(5, 3), cycles(2, 3)
    ([2, 2, 1], [1, 1, 1])
    """
    each, more = divmod(epochs, count)
    return [max(1, each + (cycle < more)) for cycle in range(count)]


def _snapshot(due: Due) -> Serves:
    lengths = enumerate(cycles(due.epochs, due.policy.members))
    return Serves(tuple(due.train(n, line=0, epochs=epochs, fresh=False if n else None) for n, epochs in lengths))


def _distilled(due: Due) -> Serves:
    teachers = tuple(due.train(member) for member in range(due.policy.members))
    student = due.train(due.policy.members, others=teachers, taught_by="others")
    return Serves((student,))


METHOD: Final[dict[str, Callable[[Due], Serves]]] = {
    "single": _single,
    "keep_better": _keep_better,
    "ensemble": _ensemble,
    "umix": _umix,
    "bagging": _bagging,
    "adaboost": _adaboost,
    "gens": _gens,
    "gens_newest": _gens_newest,
    "gens_best": _gens_best,
    "hybrid": _hybrid,
    "moe": _moe,
    "gmoe": lambda due: _splits(due, "split_used"),
    "gmoe_random": lambda due: _splits(due, "split_random"),
    "firefly": _firefly,
    "ema": _ema,
    "snapshot": _snapshot,
    "batch_ensemble": _batch_ensemble,
    "distilled": _distilled,
}
"""What each of methods.METHODS trains at an update."""
