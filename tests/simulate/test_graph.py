"""Shared work, counted by hand."""

import pytest

from alma_core import specs
from alma_core.simulate.graph import plan
from alma_core.streams.stream import boundaries

EDGES = boundaries(400, 20).tolist()
QUICK = specs.recipe("quick")


def distinct(policies: tuple[specs.PolicySpec, ...], seeds: int = 1) -> tuple[int, int]:
    graph = plan(policies, seeds, QUICK, EDGES)
    return graph.asked_for, len(graph.updates)


@pytest.mark.parametrize(
    ("policies", "asked_for", "updates"),
    [
        # warm, new data: 20 + 10 + 4 + 2 + 1; chains of different rhythm share nothing
        (specs.grid([1, 2, 5, 10, 20]), 37, 37),
        # scratch, all data: the update at t is one, whatever the wait; t = 1..20
        (specs.grid([1, 2, 5, 10, 20], starts=["scratch"], replays=[1.0]), 37, 20),
        # without w = 1: multiples of 2 and of 5 up to 20: 10 + 4 - 2
        (specs.grid([2, 5, 10, 20], starts=["scratch"], replays=[1.0]), 17, 12),
        # warm and scratch, all data: the first update of each wait is one and the same
        (specs.grid([5, 10], starts=["warm", "scratch"], replays=[1.0]), 12, 8),
        # the first update at 1 or at w, from scratch on new data: what follows the second update is shared
        (specs.grid([5], starts=["scratch"], first_updates=["w", "1"]), 9, 6),
        (specs.grid([1], capacities=["S", "M"]), 40, 40),
    ],
)
def test_equal_updates_are_one(policies: tuple[specs.PolicySpec, ...], asked_for: int, updates: int):
    assert distinct(policies) == (asked_for, updates)


def test_seeds_share_nothing():
    policies = specs.grid([1, 5], starts=["scratch"], replays=[1.0])
    assert distinct(policies, seeds=3) == (72, 60)


def test_a_front_needs_only_the_fronts_before_it():
    graph = plan(specs.grid([1, 2, 5], starts=["warm", "scratch"], replays=[0.0, 1.0]), 2, QUICK, EDGES)
    done: set[str] = set()
    for front in graph.fronts:
        assert all(update.parent is None or update.parent in done for update in front)
        done |= {update.key for update in front}
    assert done == set(graph.updates)


def test_what_arrives_after_the_last_multiple_waits():
    graph = plan((specs.PolicySpec(7),), 1, QUICK, EDGES)
    updates = [graph.updates[key] for key in graph.chains[0, 0]]
    assert [(u.t, u.first, u.last) for u in updates] == [(7, 0, 140), (14, 140, 280)]


def test_warm_chains_start_from_the_update_before():
    graph = plan((specs.PolicySpec(5, 1, replay=1.0),), 1, QUICK, EDGES)
    keys = graph.chains[0, 0]
    assert [graph.updates[key].parent for key in keys] == [None, *keys[:-1]]
    assert [(graph.updates[k].first, graph.updates[k].last) for k in keys] == [
        (0, 20), (0, 100), (0, 200), (0, 300), (0, 400)
    ]  # fmt: skip


def test_the_recipe_is_part_of_the_key():
    one, other = (plan((specs.PolicySpec(5),), 1, specs.recipe(name), EDGES) for name in ("quick", "paper"))
    assert not set(one.updates) & set(other.updates)
