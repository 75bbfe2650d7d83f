"""What moving a slider, a longer stream or another policy costs: counted in updates and FLOPs."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from alma_core import specs
from alma_core.policies.schedules import Schedule, Seen
from alma_core.simulate.executor import simulate
from alma_core.simulate.store import Store
from alma_core.streams.sources import Source
from tests.conftest import ledger_of, run_of, unequal

QUICK = specs.recipe("quick", 1)
ONE = specs.grid([1], ["S"], ["warm", "scratch"])
REPLAY = specs.grid([1], ["S"], ["warm", "scratch"], [1.0])


def flops_of(store: Path, spec: specs.RunSpec, source: Source) -> tuple[float, float]:
    """Run `spec` on what is in the store; return the FLOPs it trains, and those of the whole run."""
    with Store(store) as opened:
        first, *_between, last = simulate(spec, source, opened)
    return last.flops - first.flops_done, last.flops


@pytest.mark.parametrize(("policies", "share"), [(ONE, 1.2), (REPLAY, 2.4)], ids=["new data", "all data"])
def test_one_more_mega_batch_costs_little(policies, share: float, few: Source, tmp_path: Path):
    """The first B arrivals of a stream cut into B + 1, then all of it."""
    b = 12
    spec = specs.RunSpec(specs.StreamSpec("few", b + 1, arrived=b), policies, QUICK, 2)
    _, all_before = flops_of(tmp_path, spec, few)
    longer = dataclasses.replace(spec, stream=dataclasses.replace(spec.stream, arrived=None))
    more, _ = flops_of(tmp_path, longer, few)
    assert 0 < more <= share / b * all_before
    assert unequal(ledger_of(longer, few, tmp_path)[0], ledger_of(longer, few)[0]) == []


def test_a_file_that_grows_costs_what_is_new(digits: Source, tmp_path: Path):
    """Test rows stand behind the training rows and move when these grow; they are the same test rows all the same."""

    def first(n: int) -> Source:
        rows = np.r_[0:n, 1700:1797]
        test = np.arange(n, n + 97)
        return dataclasses.replace(digits, x=digits.x[rows], y=digits.y[rows], test=test)

    def spec(b: int) -> specs.RunSpec:
        return specs.RunSpec(specs.StreamSpec("digits", b, in_order=True), ONE + REPLAY, QUICK, 1)

    run_of(spec(6), first(600), tmp_path)
    last = run_of(spec(7), first(700), tmp_path)
    assert last.trained == 4  # one for each policy
    assert last.tables is not None
    assert unequal(last.tables[0], ledger_of(spec(7), first(700))[0]) == []


def test_a_shorter_horizon_trains_nothing(few: Source, tmp_path: Path):
    spec = specs.RunSpec(specs.StreamSpec("few", 8), ONE + REPLAY, QUICK, 2)
    run_of(spec, few, tmp_path)
    shorter = dataclasses.replace(spec, stream=dataclasses.replace(spec.stream, arrived=5))
    last = run_of(shorter, few, tmp_path)
    assert (last.trained, last.updates) == (0, 2 * (4 * 5 - 3))  # the four first updates of a seed are one


@pytest.mark.parametrize("factor", [2, 4])
def test_a_coarser_mega_batch_trains_nothing(factor: int, few: Source, tmp_path: Path):
    """(N, w) and (2 N, w / 2) share their updates, and what was judged on two mega-batches adds up to one."""
    fine = specs.RunSpec(specs.StreamSpec("few", 8), specs.grid([4], ["S"], ["warm", "scratch"], [0.0, 1.0]), QUICK, 2)
    run_of(fine, few, tmp_path)
    waits = [dataclasses.replace(p, waiting_time=4 // factor, first_update=4 // factor) for p in fine.policies]
    coarse = dataclasses.replace(fine, stream=specs.StreamSpec("few", 8 // factor), policies=tuple(waits))
    last = run_of(coarse, few, tmp_path)
    assert last.trained == 0
    assert last.tables is not None
    native = ledger_of(coarse, few)[0]
    assert [name for name in unequal(last.tables[0], native) if name != "loss"] == []
    assert np.allclose(last.tables[0]["loss"], native["loss"], equal_nan=True)


def test_another_policy_trains_only_what_is_new(few: Source, tmp_path: Path):
    spec = specs.RunSpec(specs.StreamSpec("few", 8), specs.grid([1, 2], ["S"], ["scratch"], [1.0]), QUICK, 1)
    assert run_of(spec, few, tmp_path).trained == 8
    more = dataclasses.replace(spec, policies=specs.grid([1, 2, 4], ["S"], ["warm", "scratch"], [1.0]))
    # warm: 7 more at w = 1, 3 at w = 2, 1 at w = 4; their first updates are those from scratch at t = 1, 2, 4, whose
    # weights nobody waited for then, so that they are trained again
    assert run_of(more, few, tmp_path).trained == 11 + 3
    assert run_of(more, few, tmp_path).trained == 0


def above(level: float):
    """Update with the first arrival, then whenever the serving model errs on more than `level` of what arrives."""

    def due(t: int, seen: Seen) -> bool:
        return t == 1 or seen.error_arriving[-1] > level

    return lambda _policy: Schedule(due, looks=True)


def test_a_triggered_schedule_goes_the_lazy_way(few: Source, tmp_path: Path):
    policies = (specs.PolicySpec(1, learner=specs.LearnerSpec(capacity="S")),)
    spec = specs.RunSpec(specs.StreamSpec("few", 10), policies, specs.recipe("quick", 3), 2)
    always, _ = ledger_of(spec, few, schedule=above(-1.0))
    every, _ = ledger_of(spec, few)
    assert unequal(always, every) == []
    table, _ = ledger_of(spec, few, tmp_path, schedule=above(0.7))
    rows = table[table["method"] == "single"]
    expected = (rows["t"] == 1) | (rows["error_arriving"] > 0.7)
    assert (rows["updated"] == expected).all()
    assert 2 < rows["updated"].sum() < 20
    assert run_of(spec, few, tmp_path, schedule=above(0.7)).trained == 0


def test_a_triggered_schedule_sees_no_future(few: Source):
    """Shuffle all that arrives after t: what the rule decided up to t stays as it was."""
    policies = (specs.PolicySpec(1, learner=specs.LearnerSpec(capacity="S")),)
    spec = specs.RunSpec(specs.StreamSpec("few", 8, in_order=True), policies, specs.recipe("quick", 3), 1)
    draws = np.random.default_rng(0)
    y = few.y.copy()
    y[200:400] = draws.permutation(y[200:400])
    one = ledger_of(spec, few, schedule=above(0.6))[0]
    other = ledger_of(spec, dataclasses.replace(few, y=y), schedule=above(0.6))[0]
    upto = (one["t"] <= 4).to_numpy()
    assert unequal(one[upto], other[upto]) == []
    assert unequal(one, other) != []


def test_stacks_respect_their_memory(few: Source):
    from alma_core.simulate.plan import Plan
    from alma_core.simulate.results import Results
    from alma_core.simulate.stacks import bytes_of

    spec = specs.RunSpec(specs.StreamSpec("few", 8), ONE, QUICK, 9)
    roomy = Plan(spec, few, "cpu")
    roomy.grow(Results())
    each = bytes_of(roomy.stacks[0][0].shape, QUICK.minibatch, "cpu")
    tight = Plan(spec, few, "cpu", budget=4 * each)
    tight.grow(Results())
    assert max(map(len, roomy.stacks)) == 16  # 63 that train at any time, in four stacks of at most 18
    assert max(map(len, tight.stacks)) == 4
    assert sorted(u.key for s in roomy.stacks for u in s) == sorted(u.key for s in tight.stacks for u in s)
