"""Policies -> the graph of updates and evaluations, shared where equal (DESIGN, section 3). No torch.

A policy on a stream with a seed is a chain of updates. The key of an update is a digest of everything that
determines it: the examples it sees as they are encoded, the weights it starts from, the network, the recipe, the
draws, and the arithmetic. An evaluation is a state (the key of its update) and a range of examples.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from alma_core.ledger import LAGS
from alma_core.policies.replay import seen_by_update
from alma_core.policies.schedules import Schedule, Seen, schedule
from alma_core.sizes import AnyShape, shape_of
from alma_core.specs import LearnerSpec, PolicySpec, Recipe
from alma_core.streams.digests import Digests, digest

NUMERICS: Final = 1
"""Raised when the arithmetic of training or judging changes, so that no older result is taken for a newer one."""

DTYPE: Final = "float32"

Positions = tuple[int, int]
"""[first, last) in the order in which a seed's labels arrive."""


@dataclass(frozen=True, slots=True)
class Update:
    """One training from start to stop.

    Args:
        key: names everything that determines it.
        t: the arrival at which it happens first.
        learner, shape: the network.
        seed: whose stream and draws.
        first, last: the positions it may see, [first, last) in the order of arrival.
        parent: key of the update whose weights it starts from; None: from scratch.
        depth: number of updates that must be done before it.
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


@dataclass
class Chain:
    """One policy on one seed's stream, as far as it has been expanded.

    Args:
        policy, seed: whose it is.
        schedule: its rule.
        keys: its updates so far, oldest first.
        times: the arrival of each; one update may serve two chains from different arrivals, if nothing came in between.
        t: the next arrival at which the rule is to be asked.
        error_arriving: what the rule has seen, where it looks.
    """

    policy: PolicySpec
    seed: int
    schedule: Schedule
    keys: list[str] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    t: int = 1
    error_arriving: list[float] = field(default_factory=list)


ErrorArriving = Callable[[int, str | None, int], float | None]
"""(seed, key of the serving update or None, t) -> its error on mega-batch t, or None while that is not known."""


def _nothing_seen(_seed: int, _key: str | None, _t: int) -> None:
    return None


class Graph:
    """All updates that a run needs, each once, and the arrivals and rows on which each is judged.

    Args:
        policies: in the order of the run.
        recipe: how updates train.
        digests: [seeds] the stream of each seed, with its names.
        device: "cpu" or "cuda": results of one are not taken for the other's.
        schedule: the rule of each policy.

    `updates` holds them by key, `chains` by (number of the policy, seed).
    """

    def __init__(
        self,
        policies: Sequence[PolicySpec],
        recipe: Recipe,
        digests: Sequence[Digests],
        device: str = "cpu",
        schedule: Callable[[PolicySpec], Schedule] = schedule,
    ) -> None:
        self.digests = digests
        self.updates: dict[str, Update] = {}
        self.chains = {
            (number, seed): Chain(policy, seed, schedule(policy))
            for number, policy in enumerate(policies)
            for seed in range(len(digests))
        }
        self._serves_from: dict[str, int] = {}
        self._serves_until: dict[str, int] = {}
        self._hindsight: set[str] = set()
        self._arithmetic = digest(NUMERICS, DTYPE, device, *dataclasses.astuple(dataclasses.replace(recipe, name="")))

    @property
    def asked_for(self) -> int:
        """Updates that the policies ask for, shared ones counted for each."""
        return sum(len(chain.keys) for chain in self.chains.values())

    @property
    def complete(self) -> bool:
        """Whether every chain has been expanded to the end of its stream."""
        return all(chain.t > self.digests[chain.seed].stream.rows for chain in self.chains.values())

    def grow(self, error_arriving: ErrorArriving = _nothing_seen) -> list[Update]:
        """Expand every chain as far as is known and return the updates that are new.

        A rule that looks is asked arrival by arrival: where it has to see an error that is not known yet, its chain
        waits, and the evaluation that would tell is asked for (`judged_at`).
        """
        before = len(self.updates)
        for chain in self.chains.values():
            self._expand(chain, error_arriving)
        return list(self.updates.values())[before:]

    def judged_at(self, key: str) -> range:
        """Return the arrivals on whose mega-batch the update `key` is judged: those that find it in service."""
        return range(self._serves_from[key] + 1, self._serves_until[key] + 1)

    def rows_judged(self, key: str) -> range:
        """Return the rows at which the update `key` is judged on the next mega-batch: in service, and LAGS beyond.

        Those that a plan in hindsight is made of are judged at every later row.
        """
        first, last = self._serves_from[key], self.digests[self.updates[key].seed].stream.rows
        reach = max(first, self._serves_until[key] - 1) + LAGS
        return range(first, (last if key in self._hindsight else min(reach, last)) + 1)

    def mega_batch(self, seed: int, t: int) -> Positions:
        """Return the positions of the labels that mega-batch t brings."""
        edges = self.digests[seed].stream.boundaries
        return int(edges[t - 1]), int(edges[t])

    def _expand(self, chain: Chain, error_arriving: ErrorArriving) -> None:
        while chain.t <= self.digests[chain.seed].stream.rows:
            serving = chain.keys[-1] if chain.keys else None
            if serving is not None:
                self._serves_until[serving] = max(self._serves_until[serving], chain.t)
            if chain.schedule.looks:
                error = error_arriving(chain.seed, serving, chain.t)
                if error is None:
                    return
                chain.error_arriving.append(error)
            if chain.schedule.due(chain.t, Seen(tuple(chain.error_arriving))):
                self._update(chain)
            chain.t += 1

    def _update(self, chain: Chain) -> None:
        """Add the update of `chain` at its arrival t, unless it is there already or nothing new can be trained on."""
        policy, names = chain.policy, self.digests[chain.seed]
        stream = names.stream
        newest = self.updates[chain.keys[-1]] if chain.keys else None
        before = newest.last if newest else 0
        first, last = seen_by_update(policy, stream.boundaries, before, chain.t)
        if not stream.trainable(max(first, before), last):
            return
        parent = newest if policy.start == "warm" else None
        source = stream.source
        shape = shape_of(policy.learner, source.x.shape[1], source.outputs, source.image)
        above = parent.key if parent else None
        what = [names.labels.examples(first, last)]
        if source.task == "regression":  # its levels are read off the validation rows of all that has arrived
            what.append(names.labels.until(last))
        if stream.replaced_at is not None:  # a correction may stand before the row that it replaces
            what.append(digest((stream.replaced_at[first:last] >= last).tobytes().hex()))
        key = digest("update", self._arithmetic, shape, chain.seed, first, last, *what, above)
        depth = parent.depth + 1 if parent else 0
        update = Update(key, chain.t, policy.learner, shape, chain.seed, first, last, above, depth)
        self.updates.setdefault(key, update)
        self._serves_from[key] = min(self._serves_from.get(key, chain.t), chain.t)
        self._serves_until[key] = max(self._serves_until.get(key, chain.t), chain.t)
        if policy.serves_hindsight:
            self._hindsight.add(key)
        chain.times.append(chain.t)
        chain.keys.append(key)
