"""Shared work, counted by hand; keys of content; rules asked arrival by arrival."""

import dataclasses
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from alma_core import specs
from alma_core.policies.schedules import Schedule, Seen
from alma_core.simulate import graph as graph_module
from alma_core.simulate.graph import Graph, Known
from alma_core.streams.digests import Digests, of_examples
from alma_core.streams.sources import Source
from alma_core.streams.stream import cut

QUICK = specs.recipe("quick")


def names_of(source: Source, mega_batches: int, seeds: int = 1, **stream: Any) -> list[Digests]:
    named = of_examples(source)
    spec = specs.StreamSpec(source.name, mega_batches, **stream)
    return [Digests(cut(source, spec, seed), named) for seed in range(seeds)]


def planned(policies: tuple[specs.PolicySpec, ...], names: list[Digests], recipe: specs.Recipe = QUICK) -> Graph:
    graph = Graph(policies, recipe, names)
    graph.grow()
    return graph


def keys_in(graph: Graph) -> list[str]:
    """Return the updates of the first policy on the first seed's stream."""
    return [key for step in graph.chains[0, 0].steps for key in step.trained]


def distinct(few: Source, policies: tuple[specs.PolicySpec, ...], seeds: int = 1) -> tuple[int, int]:
    graph = planned(policies, names_of(few, 20, seeds))
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
def test_equal_updates_are_one(few: Source, policies: tuple[specs.PolicySpec, ...], asked_for: int, updates: int):
    assert distinct(few, policies) == (asked_for, updates)


def test_seeds_share_nothing(few: Source):
    policies = specs.grid([1, 5], starts=["scratch"], replays=[1.0])
    assert distinct(few, policies, seeds=3) == (72, 60)


def test_an_update_comes_after_what_it_starts_from(few: Source):
    policies = specs.grid([1, 2, 5], starts=["warm", "scratch"], replays=[0.0, 1.0])
    graph = planned(policies, names_of(few, 20, 2))
    depths = {key: update.depth for key, update in graph.updates.items()}
    assert all(u.depth == (0 if u.parent is None else depths[u.parent] + 1) for u in graph.updates.values())
    assert graph.complete


def test_what_arrives_after_the_last_multiple_waits(few: Source):
    graph = planned((specs.PolicySpec(7),), names_of(few, 20))
    updates = [graph.updates[key] for key in keys_in(graph)]
    assert [(u.t, u.first, u.last) for u in updates] == [(7, 0, 140), (14, 140, 280)]
    assert [list(graph.judged_at(u.key)) for u in updates] == [list(range(8, 15)), list(range(15, 21))]


def test_warm_chains_start_from_the_update_before(few: Source):
    graph = planned((specs.PolicySpec(5, 1, replay=1.0),), names_of(few, 20))
    keys = keys_in(graph)
    assert [graph.updates[key].parent for key in keys] == [None, *keys[:-1]]
    assert [(graph.updates[k].first, graph.updates[k].last) for k in keys] == [
        (0, 20), (0, 100), (0, 200), (0, 300), (0, 400)
    ]  # fmt: skip


def keys_of(source: Source, policy: specs.PolicySpec, mega_batches: int = 4, recipe=QUICK, device="cpu", **stream: Any):
    graph = Graph((policy,), recipe, names_of(source, mega_batches, **stream), device)
    graph.grow()
    return keys_in(graph)


def test_a_key_is_of_content(few: Source):
    """It changes with anything that changes the numbers, and with nothing else."""
    policy = specs.PolicySpec(2)
    base = keys_of(few, policy)
    x = few.x.copy()
    x[300, 5] += 1  # one pixel
    y = few.y.copy()
    y[300] = (y[300] + 1) % 10
    for changed in (
        keys_of(dataclasses.replace(few, x=x), policy),
        keys_of(dataclasses.replace(few, y=y), policy),
        keys_of(dataclasses.replace(few, largest=None), policy),
        keys_of(few, policy, in_order=True),
        keys_of(few, policy, recipe=specs.recipe("quick", 3)),
        keys_of(few, policy, device="cuda"),
        keys_of(few, specs.PolicySpec(2, learner=specs.LearnerSpec(capacity="L"))),
    ):
        assert changed[-1] != base[-1]
    assert keys_of(dataclasses.replace(few, name="other", licence="free"), policy) == base
    assert keys_of(few, policy, recipe=dataclasses.replace(QUICK, name="hasty")) == base
    assert keys_of(few, policy, arrival_unit="month") == base
    # (N, w) and (2 N, w / 2) are the same updates, and so is a longer stream's beginning
    assert keys_of(few, specs.PolicySpec(4), mega_batches=8) == base
    assert keys_of(few, policy, arrived=2) == base[:1]


def test_what_changes_in_the_future_changes_no_key_before(few: Source):
    y = few.y.copy()
    y[399] = (y[399] + 1) % 10
    policy = specs.PolicySpec(1, replay=1.0)
    one, other = (keys_of(s, policy, in_order=True) for s in (few, dataclasses.replace(few, y=y)))
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, True, True, False]


def test_the_arithmetic_is_part_of_the_key(few: Source, monkeypatch: pytest.MonkeyPatch):
    before = keys_of(few, specs.PolicySpec(2))
    monkeypatch.setattr("alma_core.simulate.graph.NUMERICS", graph_module.NUMERICS + 1)
    assert not set(before) & set(keys_of(few, specs.PolicySpec(2)))


def test_a_rule_that_looks_is_asked_arrival_by_arrival(few: Source):
    """Update at the first arrival, then whenever the serving model errs on more than half of what arrives."""

    def above_half(t: int, seen: Seen) -> bool:
        assert len(seen.error_arriving) == t
        return t == 1 or seen.error_arriving[-1] > 0.5

    graph = Graph(
        (specs.PolicySpec(1),), QUICK, names_of(few, 5), "cpu", lambda _policy: Schedule(above_half, looks=True)
    )
    known: dict[tuple[str | None, int], float] = {(None, 1): float("nan")}
    answers = iter([0.9, 0.2, 0.4, 0.7])  # at t = 2, 3, 4, 5
    rounds = 0
    while not graph.complete:
        graph.grow(Known(lambda _seed, key, t: known.get((key, t))))
        if graph.complete:
            break
        newest = keys_in(graph)[-1]
        assert graph.judged_at(newest)[-1] == graph.chains[0, 0].t  # what it waits for is asked for
        known[newest, graph.chains[0, 0].t] = next(answers)
        rounds += 1
    assert [graph.updates[key].t for key in keys_in(graph)] == [1, 2, 5]
    assert rounds == 4


def test_a_graph_of_5000_updates_is_planned_in_two_seconds_whatever_the_data():
    def peak(n: int) -> tuple[float, int]:
        draws = np.random.default_rng(0)
        x = draws.random((n + 100, 4), np.float32)
        source = Source("s", x, draws.integers(0, 3, n + 100), ("a", "b", "c"), np.arange(n, n + 100), 1.0, "")
        names = names_of(source, 50, seeds=5)
        policies = specs.grid([1, 2, 5, 10, 25, 50], ["S", "M", "L"], ["warm", "scratch"], [0.0, 1.0], ["w", "1"])
        tracemalloc.start()
        started = time.process_time()
        graph = planned(policies, names)
        seconds = time.process_time() - started
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(graph.updates) > 5000
        return seconds, held

    (_, small), (seconds, large) = peak(1_000), peak(50_000)
    assert seconds < 4  # of the processor, traced; 0.2 s untraced
    assert large < 1.1 * small
