"""What planning takes grows with the plan and no faster, and a later round looks only at what has changed."""

import cProfile
import dataclasses
import pstats
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alma_core import specs
from alma_core.policies import catalogue
from alma_core.simulate import plan as plan_module
from alma_core.simulate import shifts
from alma_core.simulate.nodes import Node
from alma_core.simulate.plan import Plan, Todo
from alma_core.simulate.results import Place, Range, Results
from alma_core.simulate.store import Store
from alma_core.streams.arrivals import shift_ps
from alma_core.streams.digests import Digests
from alma_core.streams.source import Source
from alma_core.streams.stream import cut
from tests.conftest import ledger_of, run_of, unequal

QUICK = specs.recipe("quick", 1)
SMALL = specs.LearnerSpec(capacity="S")
WATCHING = (
    specs.PolicySpec(1, learner=SMALL, schedule="error", threshold=0.05),
    specs.PolicySpec(1, learner=SMALL, schedule="threshold", threshold=0.3, method="ensemble", members=2),
    specs.PolicySpec(1, start="scratch", learner=specs.LearnerSpec("linear"), schedule="cumulative", threshold=0.5),
)
"""Policies whose rules look: each arrival takes a round of its own."""


def calls_a_node(source: Source, seeds: int, waits: list[int]) -> tuple[int, float]:
    """Return the updates and models of the whole catalogue, and the function calls that planning one of them takes."""
    named, _left_out = catalogue.chosen(["all"], source.task)
    policies = catalogue.expand(named, waits, ["S", "M"])
    profile = cProfile.Profile()
    plan = Plan(specs.RunSpec(specs.StreamSpec("few", 20), policies, QUICK, seeds), source, "cpu", 10**9)
    profile.enable()
    plan.grow(Results())
    plan.left_to_do(Results(), set())
    profile.disable()
    n_nodes = len(plan.graph.nodes)
    return n_nodes, pstats.Stats(profile).total_calls / n_nodes  # type: ignore[attr-defined]


def test_a_node_of_a_large_plan_costs_what_one_of_a_small_plan_does(few: Source, monkeypatch: pytest.MonkeyPatch):
    """Counted in calls, so that a busy machine changes nothing; what the tests for shift take is of the data alone."""
    monkeypatch.setattr(plan_module, "shift_ps", lambda _stream, arrivals, _threads: [0.5] * len(arrivals))
    few_nodes, small = calls_a_node(few, 1, [1, 5])
    many_nodes, large = calls_a_node(few, 6, [1, 2, 3, 5])
    assert many_nodes > 8 * few_nodes
    assert large < 1.2 * small


SHIFTING = tuple(specs.PolicySpec(w, learner=SMALL, schedule="shift", threshold=0.05) for w in (1, 2, 5))


def test_a_stream_is_tested_for_shift_once_whatever_asks(few: Source):
    asked: Counter[int] = Counter()

    def counting(names: Digests) -> list[float]:
        asked[id(names)] += 1
        return [0.5] * names.stream.rows

    spec = specs.RunSpec(specs.StreamSpec("few", 10), SHIFTING, QUICK, 2)
    Plan(spec, few, "cpu", 10**9, shifts=counting).grow(Results())
    assert sorted(asked.values()) == [1, 1]


def test_tests_for_shift_are_remembered_by_what_they_compare(
    few: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Another run makes none of them again; a longer stream makes those of what is new, other data all of them."""
    made: list[int] = []

    def counting(stream: Any, arrivals: list[int], threads: int) -> list[float]:
        made.extend(arrivals)
        return shift_ps(stream, arrivals, threads)

    monkeypatch.setattr(shifts, "shift_ps", counting)

    def asked(source: Source, **how: Any) -> tuple[list[int], list[float]]:
        made.clear()
        spec = specs.RunSpec(specs.StreamSpec("few", 10, in_order=True, **how), SHIFTING, QUICK, 1)
        with Store(tmp_path) as store:
            plan = Plan(spec, source, "cpu", 10**9, shifts=shifts.remembered(store))
            plan.grow(Results())
        return list(made), [plan.shift_p(0, t) for t in range(1, plan.streams[0].rows + 1)]

    first, p = asked(few, arrived=6)
    assert first == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(
        p, shift_ps(cut(few, specs.StreamSpec("few", 10, in_order=True), 0), first, 1), equal_nan=True
    )
    assert asked(few, arrived=6)[0] == []
    again, longer = asked(few)
    assert again == [7, 8, 9, 10]
    assert np.array_equal(longer[:6], p, equal_nan=True)
    x = few.x.copy()
    x[215] = 16.0 - x[215]  # in the sixth mega-batch
    assert asked(dataclasses.replace(few, x=x))[0] == [6, 7]


@pytest.fixture
def held_against_all(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hold what each round leaves to do, found from what has changed, against a look at every node; count rounds."""
    rounds: list[int] = []
    real = Plan.left_to_do

    def both(self: Plan, results: Results, states: set[str], changed: Collection[str] | None = None) -> Todo:
        assert changed is not None
        found = real(self, results, states, changed)
        assert found == real(self, results, states)
        rounds.append(len(found.train | found.judge))
        return found

    monkeypatch.setattr(Plan, "left_to_do", both)
    return rounds


@pytest.mark.parametrize("judged", ["test", "next"])
def test_a_round_finds_all_that_is_left(few: Source, held_against_all: list[int], tmp_path: Path, judged: str):
    """A whole run, the same run whose weights and some results are gone, and one that finds everything."""
    named, _left_out = catalogue.chosen(["gens-best-3", "keep-better", "ensemble-3"], few.task)
    policies = (*WATCHING, *catalogue.expand(named, [1, 3], ["S"]))
    spec = specs.RunSpec(specs.StreamSpec("few", 8, judged=judged, in_order=judged == "next"), policies, QUICK, 1)
    first, _ = ledger_of(spec, few, tmp_path)
    assert sum(map(bool, held_against_all)) >= 3
    with Store(tmp_path) as store:
        store.prune()
        keys = [key for (key,) in store._db.connection.execute("SELECT key FROM outcomes ORDER BY key")]
        for key in keys[::3]:
            store._db.connection.execute("DELETE FROM judgements WHERE key = ?", (key,))
            store._db.connection.execute("DELETE FROM outcomes WHERE key = ?", (key,))
    assert unequal(first, ledger_of(spec, few, tmp_path)[0]) == []
    assert run_of(spec, few, tmp_path).trained == 0


def test_rounds_do_not_look_at_what_is_done(few: Source, monkeypatch: pytest.MonkeyPatch):
    """Twenty rounds of three policies that look, beside many that do not: a few looks at each node, not one a round."""
    looks: Counter[str] = Counter()
    real = Plan.asked_of

    def counting(self: Plan, node: Node) -> dict[Range, Place]:
        looks[node.key] += 1
        return real(self, node)

    monkeypatch.setattr(Plan, "asked_of", counting)
    still = specs.grid([1, 2, 5], ["S"], ["warm", "scratch"], [0.0, 1.0], ["w", "1"])
    run_of(specs.RunSpec(specs.StreamSpec("few", 20), (*still, *WATCHING), QUICK, 1), few)
    assert len(looks) > 100
    assert sum(looks.values()) < 6 * len(looks)


def test_heights_of_some_are_those_of_all(few: Source):
    policies = (*specs.grid([1, 2], ["S", "M"], ["warm", "scratch"]), specs.PolicySpec(2, method="gens"))
    plan = Plan(specs.RunSpec(specs.StreamSpec("few", 8), policies, QUICK, 2), few, "cpu", 10**9)
    plan.grow(Results())
    whole = plan.heights(plan.flops)
    for update in list(plan.graph.updates.values())[::7]:
        some = plan.heights(plan.flops, [update.key])
        assert some.items() <= whole.items()
        assert update.key in some
        assert set(plan.children[update.key]) <= some.keys()
