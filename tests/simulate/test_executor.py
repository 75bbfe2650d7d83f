"""The executor against a plain loop over arrivals; no peeking; the same spec twice; the coarse slider."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_core import seeds, sizes, specs
from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarser
from alma_core.learners.networks import initial_mlp
from alma_core.simulate import stacks
from alma_core.simulate.executor import simulate
from alma_core.simulate.store import Store
from alma_core.streams.sources import Source
from alma_core.streams.stream import cut, inputs
from tests.conftest import ledger_of, unequal
from tests.learners import plain

QUICK = specs.recipe("quick", 2)


def plain_rows(spec: specs.RunSpec, source: Source, policy: specs.PolicySpec, seed: int) -> pd.DataFrame:
    """Walk one policy through one stream, an arrival at a time, as it would be written without any of this package."""
    stream, x = cut(source, spec.stream, seed), inputs(source)
    shape = sizes.shape_of(policy.learner, x.shape[1], len(source.classes))
    fresh = initial_mlp(shape, seeds.generator(seed, "initialisation", 0))
    model, since, rows = None, 0, []
    for batch in stream:
        arrived = stream.boundaries[batch.t]
        before = batch.indices
        arriving = np.nan
        if model is not None:
            arriving = plain.errors(plain.sequential(model), x, source.y, before).mean()
        elif batch.t > 1:
            past = source.y[stream.order[: stream.boundaries[batch.t - 1]]]
            arriving = (source.y[before] != np.bincount(past).argmax()).mean()
        updated = batch.t % policy.waiting_time == 0 or batch.t == policy.first_update
        flops = 0.0
        if updated:
            first = 0 if policy.replay else since
            seen = stream.order[first:arrived]
            held_back = seeds.is_validation(seen)
            start = fresh if model is None or policy.start == "scratch" else model
            order = seeds.generator(seed, "order", 0, first, arrived)
            model, epochs = plain.train(
                start, x, source.y, seen[~held_back], seen[held_back], spec.recipe, order
            )  # fmt: skip
            flops = float(sizes.train_flops(shape)) * (~held_back).sum() * epochs
            since = arrived
        if model is None:
            error = (source.y[source.test] != np.bincount(source.y[stream.order[:arrived]]).argmax()).mean()
        else:
            error = plain.errors(plain.sequential(model), x, source.y, source.test).mean()
        rows.append(
            {"t": batch.t, "updated": updated, "error": error, "error_arriving": arriving, "train_flops": flops}
        )
    return pd.DataFrame(rows)


def test_the_ledger_is_what_a_plain_loop_finds(small_run, few: Source):
    """Every policy of the small run, first seed; at most one of 80 test rows may fall on the other side by rounding."""
    spec, table, _confusion = small_run
    for policy in spec.policies:
        rows = table[(table["policy"] == specs.fingerprint(policy)) & (table["seed"] == 0)]
        twin = plain_rows(spec, few, policy, 0)
        assert rows["updated"].tolist() == twin["updated"].tolist()
        assert rows["train_flops"].tolist() == twin["train_flops"].tolist()
        assert np.abs(rows["error"].to_numpy() - twin["error"].to_numpy()).max() <= 1 / 80 + 1e-9, policy
        same = np.isclose(rows["error_arriving"], twin["error_arriving"], atol=1 / 50 + 1e-9, equal_nan=True)
        assert same.all(), policy


def test_the_same_spec_and_seed_give_the_same_ledger(small_run, few: Source):
    spec, table, confusion = small_run
    again, confusion_again = ledger_of(spec, few)
    assert unequal(table, again) == []
    pd.testing.assert_frame_equal(confusion, confusion_again)


def test_numbers_do_not_depend_on_which_policies_run_beside(small_run, few: Source):
    spec, table, _confusion = small_run
    alone = specs.RunSpec(spec.stream, spec.policies[3:4], spec.recipe, spec.seeds)
    rows, _ = ledger_of(alone, few)
    name = specs.fingerprint(spec.policies[3])
    ours = table[table["policy"] == name].reset_index(drop=True)
    assert unequal(ours, rows[rows["policy"] == name].reset_index(drop=True)) == []


def test_numbers_do_not_depend_on_the_size_of_stacks(small_run, few: Source, monkeypatch: pytest.MonkeyPatch):
    spec, table, _confusion = small_run
    monkeypatch.setitem(stacks.MOST_LEARNERS, "cpu", 5)
    assert unequal(table, ledger_of(spec, few)[0]) == []


POLICIES = (
    *specs.grid([1, 2, 4], ["S"], ["warm", "scratch"], [0.0, 1.0], ["w", "1"]),
    specs.PolicySpec(3, learner=specs.LearnerSpec(capacity="S")),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5), st.integers(0, 2**16))
def test_no_policy_sees_the_future(few: Source, t: int, noise: int):
    """Shuffle all that arrives after t, examples and labels alike: rows up to t stay as they were, to the bit."""
    spec = specs.RunSpec(specs.StreamSpec("few", 6, in_order=True), POLICIES, QUICK, 2)
    later = np.arange(cut(few, spec.stream, 0).boundaries[t], 400)
    draws = np.random.default_rng(noise)
    x, y = few.x.copy(), few.y.copy()
    x[later], y[later] = x[draws.permutation(later)], draws.permutation(y[later])
    changed = Source("few", x, y, few.classes, few.test, few.largest, "")
    one, other = (ledger_of(spec, source)[0] for source in (few, changed))
    upto = (one["t"] <= t).to_numpy()
    assert unequal(one[upto], other[upto]) == []
    assert unequal(one, other) != []


def test_a_scaling_fitted_on_the_data_sees_no_future_either(few: Source):
    raw = Source("raw", few.x * 1.0, few.y, few.classes, few.test, None, "")
    spec = specs.RunSpec(specs.StreamSpec("raw", 6, in_order=True), POLICIES[:4], QUICK, 1)
    later = np.arange(cut(raw, spec.stream, 0).boundaries[2], 400)
    x = raw.x.copy()
    x[later] *= 100
    changed = Source("raw", x, few.y, few.classes, few.test, None, "")
    one, other = (ledger_of(spec, source)[0] for source in (raw, changed))
    upto = (one["t"] <= 2).to_numpy()
    assert unequal(one[upto], other[upto]) == []


@pytest.mark.parametrize("factor", [2, 4])
def test_the_coarse_slider_equals_a_run_made_at_that_size(small_run, few: Source, factor: int):
    """Errors and training columns, from the first update on; before it the computed default moves with each arrival."""
    spec, table, _confusion = small_run
    coarse = coarser(panels.panel(table), factor)
    policies = [
        specs.PolicySpec(p.waiting_time // factor, p.first_update // factor, p.start, p.replay, p.learner)
        for p in spec.policies
        if p.waiting_time % factor == 0 and p.first_update % factor == 0
    ]
    native_spec = specs.RunSpec(
        specs.StreamSpec("few", 8 // factor), tuple(dict.fromkeys(policies)), spec.recipe, spec.seeds
    )  # fmt: skip
    native = panels.panel(ledger_of(native_spec, few)[0])
    keys = ["method", "capacity", "waiting_time", "first_update", "start", "replay"]
    assert sorted(map(tuple, coarse.policies[keys].to_numpy())) == sorted(map(tuple, native.policies[keys].to_numpy()))
    place = {tuple(row): number for number, row in enumerate(native.policies[keys].to_numpy())}
    for number, row in enumerate(coarse.policies[keys].to_numpy()):
        twin = place[tuple(row)]
        served = coarse["model_t"][number] > 0
        for column in ("error", "loss", "model_t"):
            ours, theirs = coarse[column][number], native[column][twin]
            assert np.allclose(ours[served], theirs[served], rtol=1e-12), (column, row)
        for column in ("train_flops", "train_macs_forward", "updated", "labels_bought", "evaluation_flops"):
            assert np.array_equal(coarse[column][number], native[column][twin]), (column, row)


def test_confusion_adds_up_to_the_error(small_run, few: Source):
    spec, table, confusion = small_run
    for policy in table["policy"].unique():
        for seed in range(spec.seeds):
            rows = table[(table["policy"] == policy) & (table["seed"] == seed)].set_index("t")
            cells = confusion[(confusion["policy"] == policy) & (confusion["seed"] == seed)]
            held = None
            for t in range(1, 9):
                now = cells[cells["t"] == t]
                held = now if len(now) else held
                assert held is not None
                assert held["count"].sum() == len(few.test)
                wrong = held.loc[held["true"] != held["predicted"], "count"].sum()
                assert np.isclose(wrong / len(few.test), rows.loc[t, "error"])


def test_progress_only_moves_forward(few: Source, tmp_path: Path):
    spec = specs.RunSpec(specs.StreamSpec("few", 6), POLICIES, QUICK, 2)
    with Store(tmp_path) as store:
        seen = list(simulate(spec, few, store))
    done = [progress.updates_done for progress in seen]
    assert done == sorted(done)
    assert done[0] == 0
    assert seen[-1].updates_done == seen[-1].updates
    assert seen[-1].flops_done == seen[-1].flops
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == 0
    assert [progress.tables is None for progress in seen] == [True] * (len(seen) - 1) + [False]


def test_as_many_mega_batches_as_examples(few: Source):
    """One example an arrival: some updates have nothing to train on, and say so."""
    spec = specs.RunSpec(specs.StreamSpec("few", 400), specs.grid([100], ["S"]), QUICK, 1)
    table, _ = ledger_of(spec, few)
    assert len(table) == 800
    one_by_one = specs.RunSpec(
        specs.StreamSpec("few", 40),
        specs.grid([1], ["S"]),
        QUICK,
        1,
    )
    assert ledger_of(one_by_one, Source("f", few.x, few.y, few.classes, np.arange(40, 480), 16.0, ""))[0].shape[0] == 80


def test_many_classes_leave_no_confusion_table():
    x = np.random.default_rng(0).random((600, 5), np.float32)
    source = Source("many", x, np.arange(600) % 60, tuple(map(str, range(60))), np.arange(500, 600), 1.0, "")
    table, confusion = ledger_of(specs.RunSpec(specs.StreamSpec("many", 2), specs.grid([1], ["S"]), QUICK, 1), source)
    assert len(confusion) == 0
    assert table["error"].between(0, 1).all()


def test_a_partial_ledger_holds_rows_of_the_whole_one(few: Source, tmp_path: Path):
    spec = specs.RunSpec(specs.StreamSpec("few", 6, in_order=True), POLICIES, QUICK, 2)
    with Store(tmp_path) as store:
        parts = [
            (progress.updates_done, progress.partial(), progress.tables) for progress in simulate(spec, few, store)
        ]
    assert parts[-1][2] is not None
    whole = parts[-1][2][0].set_index(["policy", "seed", "t"]).sort_index()
    lengths = [len(part) for _done, part, _tables in parts]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[len(parts) // 2] < lengths[-1] == len(whole)
    for _done, part, _tables in parts[:: max(1, len(parts) // 5)]:
        rows = part.set_index(["policy", "seed", "t"]).sort_index()
        assert unequal(rows.reset_index(), whole.loc[rows.index].reset_index()) == []
