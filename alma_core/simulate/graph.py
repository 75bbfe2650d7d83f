"""Policies -> the graph of updates, shared where equal (DESIGN, section 3). No torch.

A policy on a stream with a seed is a chain of updates. An update is determined by its learner, its recipe, its
seed, the range of examples it sees and the update it starts from; two chains that ask for the same one share it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from alma_core.policies.replay import seen_by_update
from alma_core.policies.schedules import schedule
from alma_core.specs import LearnerSpec, PolicySpec, Recipe, fingerprint


@dataclass(frozen=True)
class Update:
    """One training from start to stop.

    Args:
        key: names everything that determines it.
        t: the arrival at which it happens.
        learner: the network.
        seed: whose stream and draws.
        first, last: the positions it may see, [first, last) in the order of arrival.
        parent: key of the update whose weights it starts from; None: from scratch.
        depth: number of updates that must be done before it.
    """

    key: str
    t: int
    learner: LearnerSpec
    seed: int
    first: int
    last: int
    parent: str | None
    depth: int


@dataclass(frozen=True)
class Graph:
    """All updates that a run needs, each once.

    Args:
        updates: by key.
        chains: the keys of each policy's updates, oldest first, by (number of the policy, seed).
    """

    updates: dict[str, Update]
    chains: dict[tuple[int, int], list[str]]

    @property
    def asked_for(self) -> int:
        """Updates that the policies ask for, shared ones counted for each."""
        return sum(map(len, self.chains.values()))

    @property
    def fronts(self) -> list[list[Update]]:
        """Updates by depth: each front needs nothing but the fronts before it."""
        fronts: list[list[Update]] = [[] for _ in range(1 + max(u.depth for u in self.updates.values()))]
        for update in self.updates.values():
            fronts[update.depth].append(update)
        return fronts


def plan(policies: Sequence[PolicySpec], seeds: int, recipe: Recipe, boundaries: Sequence[int]) -> Graph:
    """Return the graph of updates of `policies` on a stream cut at `boundaries` (B + 1 positions)."""
    updates: dict[str, Update] = {}
    chains = {
        (number, seed): _chain(policy, seed, recipe, boundaries, updates)
        for number, policy in enumerate(policies)
        for seed in range(seeds)
    }
    return Graph(updates, chains)


def _chain(
    policy: PolicySpec, seed: int, recipe: Recipe, boundaries: Sequence[int], updates: dict[str, Update]
) -> list[str]:
    """Add one policy's updates for one seed to `updates` and return their keys."""
    due = schedule(policy)
    keys: list[str] = []
    seen = 0
    for t in range(1, len(boundaries)):
        if due(t):
            first, last = seen_by_update(policy.replay, seen, boundaries[t])
            parent = keys[-1] if keys and policy.start == "warm" else None
            key = _key(policy.learner, recipe, seed, first, last, parent)
            depth = updates[parent].depth + 1 if parent else 0
            updates.setdefault(key, Update(key, t, policy.learner, seed, first, last, parent, depth))
            keys.append(key)
            seen = boundaries[t]
    return keys


def _key(learner: LearnerSpec, recipe: Recipe, seed: int, first: int, last: int, parent: str | None) -> str:
    text = f"{fingerprint(learner)}/{fingerprint(recipe)}/{seed}/{first}/{last}/{parent}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]
