"""Every method against its naive twin, on many classes, two, and a number."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from alma_core import seeds, specs
from alma_core.methods import METHODS
from alma_core.policies import catalogue
from alma_core.simulate.executor import simulate
from alma_core.simulate.store import Store
from alma_core.streams.source import Source
from alma_core.streams.stream import cut
from tests.conftest import ledger_of, run_of, unequal
from tests.simulate.method_twin import Twin

SMALL = specs.LearnerSpec(capacity="S")
QUICK = specs.Recipe("test", "adam", 5e-3, 32, 3)
B = 6


def of_method(name: str, start: str, waiting_time: int = 1, **more) -> specs.PolicySpec:
    """Return a policy of a method, with three members or a growth at every other update where it takes any."""
    method = METHODS[name]
    told = {"members": 3} if method.has_members else {}
    told |= {method.grows_by: 2} if method.grows_by else {}
    return specs.PolicySpec(waiting_time, start=start, method=name, learner=SMALL, **(told | more))


EVERY = tuple(
    of_method(name, start, wait, replay=replay)
    for name, method in METHODS.items()
    for start in method.starts
    for wait, replay in ((1, 1.0), (2, 0.0))
)
OTHERS = (
    *(specs.PolicySpec(1, learner=SMALL, window=2, start=start) for start in ("warm", "scratch")),
    of_method("keep_better", "warm", window=2),
    of_method("distilled", "scratch", window=3),
    specs.PolicySpec(2, learner=SMALL, schedule="once"),
    specs.PolicySpec(1, learner=SMALL, schedule="shift", threshold=0.3),
    specs.PolicySpec(1, learner=SMALL, schedule="error", threshold=0.02),
    specs.PolicySpec(2, 1, learner=SMALL, schedule="threshold", threshold=0.5),
    of_method("gens", "warm", schedule="cumulative", threshold=1.1),
    of_method("keep_better", "warm", schedule="threshold", threshold=0.3, replay=1.0),
    of_method("gens_best", "warm", schedule="threshold", threshold=0.3, replay=1.0),
    specs.PolicySpec(2, 1, learner=specs.LearnerSpec("trees"), start="scratch", replay=1.0),
    specs.PolicySpec(1, learner=specs.LearnerSpec("linear"), start="scratch", window=2),
    specs.PolicySpec(1, learner=specs.LearnerSpec("sgd")),
)


def synthetic(n_classes: int) -> Source:
    """Return 480 rows of six numbers in 0..1; 400 arrive, 80 judge."""
    draws = np.random.default_rng(3)
    x = draws.random((480, 6), np.float32)
    value = np.sin(4 * x[:, 0]) + 2 * x[:, 1] * x[:, 2] + 0.1 * draws.normal(size=480)
    y = (value > np.median(value)).astype(np.int64) if n_classes else 500 + 40 * value
    return Source("drawn", x, y, ("no", "yes") if n_classes else (), np.arange(400, 480), 1.0, "")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Small products on several threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def differences(
    source: Source, policies: tuple[specs.PolicySpec, ...], recipe: specs.Recipe, b: int = B
) -> list[str]:  # fmt: skip
    """Return where ledger and twin differ by more than a row; in all else but the loss, at all.

    Adam makes whole steps of gradients that are next to nothing, so the last bits, which differ by processor, may show.
    """
    spec = specs.RunSpec(specs.StreamSpec(source.name, b), policies, recipe, 1)
    table, _ = ledger_of(spec, source)
    found = []
    for policy in policies:
        rows = table[table["policy"] == specs.fingerprint(policy)]
        twin = Twin(spec, source, policy, 0).ledger()
        found += [
            f"{policy}: {column} {rows[column].tolist()} {twin[column].tolist()}"
            for column in ("updated", "deployed", "members", "train_flops")
            if rows[column].tolist() != twin[column].tolist()
        ]
        for column, most in (("error", 1 / 80), ("error_arriving", b / 399), ("loss", 6e-3)):
            if not np.allclose(rows[column], twin[column], rtol=0, atol=most + 1e-9, equal_nan=True):
                found.append(f"{policy}: {column} {rows[column].round(3).tolist()} {twin[column].round(3).tolist()}")
    return found


def test_the_ledger_of_every_method_is_what_a_plain_loop_finds(few: Source):
    assert differences(few, EVERY + OTHERS, QUICK) == []


def test_of_two_classes_too():
    source = synthetic(2)
    assert differences(source, EVERY[::3] + OTHERS, QUICK) == []


def test_of_a_number_too():
    source = synthetic(0)
    policies = tuple(p for p in EVERY[1::2] + OTHERS if not METHODS[p.method].needs_classes)
    assert differences(source, policies, QUICK) == []


def test_of_updates_on_ten_rows_too(few: Source):
    """Of some of them none is held back, and none fills a minibatch."""
    policies = of_method("keep_better", "warm"), of_method("gens_best", "warm"), of_method("batch_ensemble", "warm")
    assert differences(few, policies, QUICK, 40) == []


def test_where_no_row_tells_the_newcomer_serves(few: Source):
    """Of two models that nobody can tell apart the one that has seen more is in service; else nothing ever would be."""
    spec = specs.RunSpec(specs.StreamSpec(few.name, 40), (of_method("keep_better", "warm"),), QUICK, 1)
    table = ledger_of(spec, few)[0].query("method == 'keep_better'")
    rows = [seeds.is_validation(batch.indices).sum() for batch in cut(few, spec.stream, 0)]
    held_back = np.array(rows[1:])
    deployed = table["deployed"].to_numpy()[1:]
    assert 0 < (held_back == 0).sum() < 39
    assert deployed[held_back == 0].all()
    assert not deployed[held_back > 0].all()


def one_each(few: Source, arrived: int | None, *policies: specs.PolicySpec) -> specs.RunSpec:
    return specs.RunSpec(specs.StreamSpec(few.name, B, arrived=arrived), policies, QUICK, 1)


# How many trainings two more arrivals take
MORE = {
    "gens": (of_method("gens", "warm"), 2),
    "gens afresh": (of_method("gens", "scratch", replay=1.0), 2),
    "gens_newest": (of_method("gens_newest", "warm"), 2),
    "gens_best": (of_method("gens_best", "warm"), 2),
    "gens_best replay": (of_method("gens_best", "scratch", replay=1.0), 2),
    "keep_better": (of_method("keep_better", "warm"), 2),
    "keep_better replay": (of_method("keep_better", "warm", replay=1.0), 2),
    "ema": (of_method("ema", "warm"), 2),
    "ensemble": (of_method("ensemble", "warm"), 6),
    "bagging": (of_method("bagging", "shrink_perturb", replay=1.0), 6),
    "adaboost": (of_method("adaboost", "warm"), 6),
    "snapshot": (of_method("snapshot", "warm"), 6),
    "distilled": (of_method("distilled", "warm"), 8),
    "gmoe": (of_method("gmoe", "warm"), 2),
    "firefly": (of_method("firefly", "warm"), 2),
    # a forest is not kept, so the fourth is grown again to be judged on the fifth arrival
    "trees": (specs.PolicySpec(learner=specs.LearnerSpec("trees"), start="scratch", window=2), 3),
    "sgd": (specs.PolicySpec(learner=specs.LearnerSpec("sgd")), 2),
    "once": (specs.PolicySpec(learner=SMALL, schedule="once"), 0),
    "threshold": (specs.PolicySpec(learner=SMALL, schedule="threshold", threshold=0.01), 2),
    "cumulative": (of_method("keep_better", "warm", schedule="cumulative", threshold=0.01), 2),
    "error": (of_method("gens_best", "warm", schedule="threshold", threshold=0.01, replay=1.0), 2),
}


@pytest.mark.parametrize("case", MORE)
def test_two_more_arrivals_train_what_is_new(case: str, few: Source, tmp_path: Path):
    """Rows before them stay to the bit; the rest is what a run of all six would have found."""
    policy, new = MORE[case]
    before = same_clock(ledger_of(one_each(few, 4, policy), few, tmp_path)[0])
    last = run_of(one_each(few, None, policy), few, tmp_path)
    assert last.tables is not None
    after = same_clock(last.tables.ledger)
    assert unequal(before, after[after["t"] <= 4]) == []
    assert unequal(after, same_clock(ledger_of(one_each(few, None, policy), few)[0])) == []
    assert last.trained == new


def same_clock(table: pd.DataFrame) -> pd.DataFrame:
    """Return a ledger without the seconds that a prediction took, and the volume that the last arrival guesses."""
    return table.assign(inference_seconds=0.0, volume=0)


ALL = tuple(dict.fromkeys([*(policy for policy, _new in MORE.values()), *EVERY[::2], *OTHERS]))


@pytest.fixture(scope="module")
def whole(few: Source) -> pd.DataFrame:
    return same_clock(ledger_of(one_each(few, None, *ALL), few)[0])


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    rows = same_clock(table).astype({"policy": str})
    return rows.sort_values(["policy", "seed", "t"]).reset_index(drop=True)


def test_a_run_that_is_killed_goes_on(whole: pd.DataFrame, few: Source, tmp_path: Path):
    """Left twice half way, with the weights that were at hand then, and begun again."""
    for stacks in (12, 40):
        with Store(tmp_path) as store:
            walk = simulate(one_each(few, None, *ALL), few, store)
            for _ in range(stacks):
                progress = next(walk)
            assert 0 < progress.updates_done < progress.updates
            walk.close()
    assert unequal(whole, same_clock(ledger_of(one_each(few, None, *ALL), few, tmp_path)[0])) == []


def test_neither_the_order_of_policies_nor_processes_matter(whole: pd.DataFrame, few: Source):
    backwards, _ = ledger_of(one_each(few, None, *ALL[::-1]), few, jobs=2)
    assert unequal(sorted_rows(whole), sorted_rows(backwards)) == []


@pytest.mark.parametrize("first", range(4))
def test_who_runs_beside_does_not_matter(first: int, whole: pd.DataFrame, few: Source, tmp_path: Path):
    """A quarter of the policies by themselves; then the next quarter on the store that they left."""
    for quarter in (first, (first + 1) % 4):
        policies = ALL[quarter::4]
        alone, _ = ledger_of(one_each(few, None, *policies), few, tmp_path)
        names = [specs.fingerprint(policy) for policy in policies]
        beside = whole[whole["policy"].isin([*names, "incumbent"])]
        assert unequal(sorted_rows(beside), sorted_rows(alone)) == []


@pytest.mark.parametrize("name", ["keep_better", "gens_best"])
def test_what_another_run_has_compared_is_not_taken_for_more(name: str, tmp_path: Path):
    """Both hold the first network against a later one: on the data of three arrivals, then on those of two."""
    source = synthetic(0)
    every_third, every_other = (of_method(name, "warm", wait, first_update=1, replay=1.0) for wait in (3, 2))
    ledger_of(one_each(source, None, every_third), source, tmp_path)
    after, _ = ledger_of(one_each(source, None, every_other), source, tmp_path)
    assert unequal(after, ledger_of(one_each(source, None, every_other), source)[0]) == []


def test_the_whole_catalogue_runs_on_real_data(digits: Source):
    named, left_out = catalogue.chosen(["all"], "classification")
    policies = catalogue.expand(named, [1], ["S"])
    assert (left_out, len(policies)) == ([], len(catalogue.CATALOGUE))
    spec = specs.RunSpec(specs.StreamSpec("digits", 4), policies, specs.recipe("quick", 2), 2)
    table, _ = ledger_of(spec, digits)
    names = [*map(specs.fingerprint, policies), "incumbent"]
    place = pd.MultiIndex.from_product([names, range(2), range(1, 5)])
    rows = table.astype({"policy": str}).set_index(["policy", "seed", "t"])
    assert sorted(rows.index) == sorted(place)
    assert set(rows["method"]) == {*METHODS, "incumbent"}
    served = rows["model_t"] > 0
    assert np.isfinite(rows.loc[served, "loss"]).all()
    assert rows["error"].between(0, 1).all()
    arriving = rows["error_arriving"][rows.index.get_level_values("t") > 1]
    assert arriving.between(0, 1).all()
    numbers = rows.select_dtypes("number").drop(columns=["loss", "error_arriving"])
    assert np.isfinite(numbers).all(axis=None)
    assert (rows.loc[rows["updated"], "examples_trained"] > 0).all()
    assert (rows.loc[rows["updated"] & (rows["compute_basis"] == "flops"), "train_flops"] > 0).all()
    assert (rows.loc[~rows["updated"], ["train_flops", "evaluation_flops", "epochs"]] == 0).all(axis=None)
    better = rows["error"].groupby("policy").mean()
    assert (better.drop("incumbent") < better["incumbent"]).all()
