"""Judged on the next mega-batch: against a plain loop, with labels that come late, corrections and empty months."""

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alma_core import seeds, sizes, specs
from alma_core.decide import measure
from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarser
from alma_core.errors import DataError
from alma_core.learners.networks import initial_mlp
from alma_core.simulate import levels
from alma_core.simulate.incumbent import Incumbent
from alma_core.simulate.progress import Tables
from alma_core.streams.source import Cut, Source
from alma_core.streams.stream import cut, error_scale
from tests.conftest import run_of, unequal
from tests.learners import plain

RECIPE = specs.Recipe("test", "adam", 1e-2, 16, 4)
SIZES = (60, 45, 0, 70, 38, 52, 41)
"""Rows of each mega-batch; nothing arrives in the third."""


def months(task: str, n_classes: int = 2, late: bool = True) -> Source:
    """Seven months of five numbers whose relation to the target turns slowly; every fourth label a month late."""
    draws = np.random.default_rng(5)
    arrives = np.repeat(np.arange(1, 8), SIZES)
    n = len(arrives)
    x = draws.normal(size=(n, 5)).astype(np.float32)
    value = x[:, 0] * np.cos(arrives / 4) + x[:, 1] * np.sin(arrives / 4) + 0.2 * draws.normal(size=n)
    trains = arrives + (late & (np.arange(n) % 4 == 3))
    replaced_by = np.full(n, -1)
    if late:  # rows 130.. correct rows 10.. and are not judged themselves
        replaced_by[10:14] = np.arange(130, 134)
        arrives[130:134] = 0
    own = Cut(7, "month", True, "next", arrives, trains, replaced_by, ("2024-01-31",) * 7, tuple(s + 3 for s in SIZES))
    if task == "regression":
        return Source("months", x, 500 + 40 * value, (), np.zeros(0, np.int64), 1.0, "", cut=own, unit="pieces")
    y = np.digitize(value, np.quantile(value, np.arange(1, n_classes) / n_classes))
    return Source("months", x, y, tuple("abcd"[:n_classes]), np.zeros(0, np.int64), 1.0, "", cut=own)


def spec_of(*policies: specs.PolicySpec, seeds_: int = 1, **stream: Any) -> specs.RunSpec:
    made = specs.StreamSpec("months", 7, "month", True, judged="next", **stream)
    return specs.RunSpec(made, policies, RECIPE, seeds_)


def tables(spec: specs.RunSpec, source: Source, **how: Any) -> Tables:
    found = run_of(spec, source, **how).tables
    assert found is not None
    return found


SMALL = specs.LearnerSpec(capacity="S")
POLICIES = (
    specs.PolicySpec(1, learner=SMALL),
    specs.PolicySpec(2, replay=1.0, learner=SMALL),
    specs.PolicySpec(1, start="scratch", replay=1.0, learner=SMALL),
    specs.PolicySpec(2, 1, start="scratch", window=2, learner=SMALL),
    specs.PolicySpec(3, start="warm", window=1, learner=SMALL),
)


class Model(NamedTuple):
    """What serves: the arrival of its update, its weights (None: a constant), and that constant."""

    t: int
    state: Any
    constant: float


def standard(source: Source) -> tuple[NDArray[np.float32] | NDArray[np.int64], float, float]:
    """Return the targets as networks see them, and what undoes that."""
    if source.classes:
        return source.y, 0.0, 1.0
    assert source.cut is not None
    first = source.y[source.cut.trains == 1]
    return ((source.y - first.mean()) / first.std()).astype(np.float32), first.mean(), first.std()


def walked(source: Source, policy: specs.PolicySpec, rows: int) -> tuple[list[Model], list[dict[str, Any]]]:
    """Walk one policy month by month, as it would be written without any of this package."""
    own = source.cut
    assert own is not None
    y, _centre, _spread = standard(source)
    shape = sizes.shape_of(policy.learner, source.x.shape[1], source.outputs)
    fresh = initial_mlp(shape, seeds.generator(0, "initialisation", 0))
    known = np.argsort(own.trains, kind="stable")  # in the order in which labels arrive
    ends = [int((own.trains <= t).sum()) for t in range(8)]
    model, since, served, found = None, 0, [], []
    for t in range(1, rows + 1):
        due = t % policy.waiting_time == 0 or t == policy.first_update
        first = 0 if policy.replay else ends[max(0, t - policy.window)] if policy.window else since
        seen = known[first : ends[t]]
        new = known[max(first, since) : ends[t]]
        updated = due and bool((~seeds.is_validation(new)).any())
        if updated:
            order = seeds.generator(0, "order", 0, first, ends[t])
            replaced = own.replaced_by[seen]
            seen = seen[(replaced < 0) | (own.trains[replaced] > t)]
            held_back = seeds.is_validation(seen)
            start = fresh if model is None or policy.start == "scratch" else model.state
            state, _ = plain.train(start, source.x, y, seen[~held_back], seen[held_back], RECIPE, order)
            model, since = Model(t, state, np.nan), ends[t]
        arrived = source.y[known[: ends[t]]]
        constant = float(np.bincount(arrived).argmax() if source.classes else np.median(arrived))
        served.append(model or Model(0, None, constant))
        found.append({"t": t, "updated": updated})
    return served, found


def wrong(source: Source, model: Model, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return [n] what a model gets wrong: 0 or 1, or by how much in the target's unit."""
    if model.state is None:
        return source.y[rows] != model.constant if source.classes else np.abs(source.y[rows] - model.constant)
    y, _centre, spread = standard(source)
    return plain.errors(plain.sequential(model.state), source.x, y, rows) * spread


def scores(source: Source, model: Model, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return [n] the log-odds of class 1, or the prediction in the target's unit."""
    with torch.no_grad():
        said = plain.sequential(model.state)(torch.from_numpy(source.x[rows])).numpy().astype(np.float64)
    _y, centre, spread = standard(source)
    return said[:, 1] - said[:, 0] if source.classes else said[:, 0] * spread + centre


@pytest.mark.parametrize(("task", "n_classes"), [("classification", 2), ("classification", 3), ("regression", 0)])
@pytest.mark.parametrize("policy", POLICIES, ids=["warm", "replay", "scratch", "window", "narrow"])
def test_a_plain_loop_finds_the_same(task: str, n_classes: int, policy: specs.PolicySpec):
    source = months(task, n_classes)
    own = source.cut
    assert own is not None
    found = tables(spec_of(policy), source)
    name = specs.fingerprint(policy)
    rows = found.ledger[found.ledger["policy"] == name].set_index("t")
    served, twin = walked(source, policy, 6)
    assert rows.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert rows["updated"].tolist() == [row["updated"] for row in twin]
    assert rows["model_t"].tolist() == [model.t for model in served]
    scale = float(rows["error_scale"].iloc[0])
    assert scale == pytest.approx(1.0 if n_classes else 30, rel=0.3)
    last = np.nan
    for t, model in enumerate(served, 1):
        judged = np.flatnonzero(own.arrives == t + 1)
        assert rows.loc[t, "test_size"] == len(judged)
        assert rows.loc[t, "volume"] == SIZES[t] + 3
        close = (1.01 / max(1, len(judged))) if n_classes else 1e-3
        last = wrong(source, model, judged).mean() / scale if len(judged) else last
        assert rows.loc[t, "error"] == pytest.approx(last, abs=close)
        labels = np.flatnonzero(own.trains == t)
        if t > 1 and len(labels):
            arriving = wrong(source, served[t - 2], labels).mean() / scale
            assert rows.loc[t, "error_arriving"] == pytest.approx(
                arriving, abs=1.01 / len(labels) if n_classes else 1e-3
            )
    late = found.judged[found.judged["policy"] == name]
    reach = 6 if policy.waiting_time == 1 and policy.start == "scratch" else 3
    expected = [
        (s, t) for s in range(1, 7) for t in range(s + 1, min(s + reach, 6) + 1) if SIZES[t]
    ]  # fmt: skip
    assert list(zip(late["served_t"], late["t"], strict=True)) == expected
    for row in late.itertuples():
        judged = np.flatnonzero(own.arrives == row.t + 1)
        error = wrong(source, served[row.served_t - 1], judged).mean() / scale
        assert row.error == pytest.approx(error, abs=1.01 / len(judged) if n_classes else 1e-3)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_operating_points_are_counted_one_by_one(task: str):
    source, policy = months(task), POLICIES[0]
    own = source.cut
    assert own is not None
    found = tables(spec_of(policy), source)
    points = found.operating[found.operating["policy"] == specs.fingerprint(policy)]
    served, _twin = walked(source, policy, 6)
    model = served[4]
    held = np.flatnonzero((own.trains <= model.t) & seeds.is_validation(np.arange(len(source.y))))
    judged = np.flatnonzero(own.arrives == 6)
    for split, rows, t in (("validation", held, model.t), ("test", judged, 5)):
        some = points[(points["split"] == split) & (points["served_t"] == t) & (points["t"] == t)]
        assert some["level"].tolist() == list(range(1, 22))
        said, true = scores(source, model, rows), source.y[rows]
        if task == "classification":
            for level, a, b, n_a, n_b in some[["level", "a", "b", "n_a", "n_b"]].itertuples(index=False):
                flags = said > 0.6 * (11 - level) if 1 < level < 21 else np.full(len(rows), level == 21)
                assert (n_a, n_b) == ((true == 1).sum(), (true == 0).sum())
                assert a == pytest.approx((~flags & (true == 1)).sum() / max(1, n_a), abs=1.01 / max(1, n_a))
                assert b == pytest.approx((flags & (true == 0)).sum() / max(1, n_b), abs=1.01 / max(1, n_b))
        else:
            residuals = source.y[held] - scores(source, model, held)
            for level, a, b, n_a, n_b in some[["level", "a", "b", "n_a", "n_b"]].itertuples(index=False):
                shifted = said + np.quantile(residuals, (level - 0.5) / 21)
                assert n_a == n_b == len(rows)
                assert a == pytest.approx(np.maximum(true - shifted, 0).mean(), abs=0.05)
                assert b == pytest.approx(np.maximum(shifted - true, 0).mean(), abs=0.05)


def test_the_incumbent_is_in_every_table():
    found = tables(spec_of(POLICIES[0]), months("regression"))
    for table in (found.ledger, found.judged, found.operating):
        assert "incumbent" in set(table["policy"])
    source = months("regression")
    assert source.cut is not None
    median = np.median(source.y[source.cut.trains <= 2])
    judged = source.y[source.cut.arrives == 5] - median
    late = found.judged[(found.judged["policy"] == "incumbent") & (found.judged["served_t"] == 2)].set_index("t")
    scale = found.ledger["error_scale"].iloc[0]
    assert late.loc[4, "error"] == pytest.approx(np.abs(judged).mean() / scale)
    points = found.operating[(found.operating["policy"] == "incumbent") & (found.operating["served_t"] == 2)]
    at = points[points["t"] == 4]
    assert at["a"].to_numpy() == pytest.approx(np.maximum(judged, 0).mean())
    assert at["b"].to_numpy() == pytest.approx(np.maximum(-judged, 0).mean())


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["classification", "regression"]), st.integers(2, 5), st.integers(0, 2**16))
def test_no_policy_sees_the_future(task: str, t: int, noise: int):
    """Shuffle all that arrives after t: rows up to t - 1 stay, and at t all that does not judge, to the bit."""
    source = months(task)
    assert source.cut is not None
    # What has arrived by t is judged by then, though its label may come later; a correction arrives with its label.
    own = source.cut
    later = np.flatnonzero(np.where(own.arrives > 0, own.arrives, own.trains) > t)
    draws = np.random.default_rng(noise)
    x, y = source.x.copy(), source.y.copy()
    x[later], y[later] = x[draws.permutation(later)], draws.permutation(y[later])
    one, other = (tables(spec_of(*POLICIES), s) for s in (source, dataclasses.replace(source, x=x, y=y)))
    for name in ("ledger", "judged", "operating"):
        a, b = getattr(one, name), getattr(other, name)
        upto = (a["t"] < t).to_numpy()
        pd.testing.assert_frame_equal(
            a[upto].drop(columns="seconds", errors="ignore"), b[upto].drop(columns="seconds", errors="ignore")
        )  # fmt: skip
    rows = [table.ledger[table.ledger["t"] == t].reset_index(drop=True) for table in (one, other)]
    assert set(unequal(*rows)) <= {"error", "loss"}
    held = [o.operating[(o.operating["split"] == "validation") & (o.operating["t"] == t)] for o in (one, other)]
    assert np.array_equal(held[0]["a"], held[1]["a"])


def test_one_more_month_trains_only_its_own_updates(tmp_path: Path):
    """The last month judges at first; when the next one comes its updates are trained, and no older one again."""
    source = months("regression")
    before = run_of(spec_of(*POLICIES, arrived=6), source, tmp_path)
    after = run_of(spec_of(*POLICIES), source, tmp_path)
    assert after.updates - before.updates == after.trained
    assert after.trained <= len(POLICIES)
    assert before.tables is not None
    assert after.tables is not None
    fresh = tables(spec_of(*POLICIES), source)
    assert unequal(after.tables.ledger, fresh.ledger) == []
    pd.testing.assert_frame_equal(after.tables.judged, fresh.judged)
    pd.testing.assert_frame_equal(after.tables.operating, fresh.operating)
    rows = after.tables.ledger["t"] <= 5
    assert unequal(after.tables.ledger[rows].reset_index(drop=True), before.tables.ledger) == []


def test_numbers_do_not_depend_on_the_stack():
    source = months("regression")
    whole = tables(spec_of(*POLICIES, seeds_=3), source).ledger
    for policy in POLICIES[1:4]:
        name = specs.fingerprint(policy)
        alone = tables(spec_of(policy, seeds_=3), source).ledger
        mine = [t[t["policy"] == name].reset_index(drop=True) for t in (whole, alone)]
        assert unequal(*mine) == []


def test_the_coarse_slider_equals_a_run_made_at_that_size():
    fine = months("classification", 3, late=False)
    arrives = np.repeat(np.arange(1, 9), (40, 45, 30, 40, 38, 52, 31, 30))
    both = [
        dataclasses.replace(fine, cut=Cut(n, "month", arrives=a, trains=a))
        for n, a in ((8, arrives), (4, (arrives + 1) // 2))
    ]
    wide = [
        specs.PolicySpec(4, start="scratch", window=2, learner=SMALL),
        specs.PolicySpec(2, replay=1.0, learner=SMALL),
    ]
    narrow = [
        dataclasses.replace(p, waiting_time=p.waiting_time // 2, first_update=0, window=p.window // 2) for p in wide
    ]
    asked = [
        dataclasses.replace(spec_of(*p), stream=specs.StreamSpec("months", b, "month", True, judged="next"))
        for b, p in ((8, wide), (4, narrow))
    ]  # fmt: skip
    tall, native = (tables(spec, source).ledger for spec, source in zip(asked, both, strict=True))
    coarse = coarser(panels.panel(tall, measure.of(tall, asked[0].stream)), 2)
    native = panels.panel(native, measure.of(native, asked[1].stream))
    assert coarse.horizon == native.horizon == 3
    for ours, theirs in ((coarse.number(specs.fingerprint(w)), native.number(specs.fingerprint(n)))
                         for w, n in zip(wide, narrow, strict=True)):  # fmt: skip
        served = coarse["model_t"][ours] > 0
        assert served.any()
        for column in ("error", "loss", "model_t"):
            assert np.allclose(coarse[column][ours][served], native[column][theirs][served]), column
        for column in ("train_flops", "updated", "labels_bought", "volume", "test_size"):
            assert np.array_equal(coarse[column][ours], native[column][theirs]), column


def test_one_update_at_two_arrivals_leaves_each_policy_its_own():
    """Nothing arrives in the third month: what w = 1 trains in the second is what w = 3 trains in the third."""
    source = months("classification", late=False)
    one, three = (specs.PolicySpec(w, start="scratch", replay=1.0, learner=SMALL) for w in (1, 3))
    alone = [tables(spec_of(p), source).ledger.query("method == 'single'") for p in (one, three)]
    for order in ((one, three), (three, one)):
        both = tables(spec_of(*order), source)
        for policy, rows in zip((one, three), alone, strict=True):
            mine = both.ledger[both.ledger["policy"] == specs.fingerprint(policy)]
            assert unequal(mine.reset_index(drop=True), rows.reset_index(drop=True)) == []
        first = both.judged[(both.judged["policy"] == specs.fingerprint(three)) & (both.judged["served_t"] == 3)]
        assert set(first["model_t"]) == {3}
    assert alone[0]["model_t"].tolist() == [1, 2, 2, 4, 5, 6]
    assert alone[1]["model_t"].tolist() == [0, 0, 3, 3, 3, 6]


def test_a_month_with_nothing_to_judge_or_hold_back():
    """Six rows, none of them held back, then a month without any: two classes, and a number."""
    for task in ("classification", "regression"):
        whole = months(task, late=False)
        rows = np.flatnonzero(~seeds.is_validation(np.arange(60)))[:6]
        assert rows.tolist() == list(range(6))
        few = Source("few", whole.x[:6], whole.y[:6], whole.classes, whole.test, 1.0, "",
                     cut=Cut(2, arrives=np.ones(6, int), trains=np.ones(6, int)))  # fmt: skip
        spec = specs.RunSpec(specs.StreamSpec("few", 2, judged="next"), (specs.PolicySpec(learner=SMALL),), RECIPE, 1)
        ledger = tables(spec, few).ledger
        assert ledger["test_size"].tolist() == [0, 0]
        assert ledger["error"].notna().all()


def test_a_target_that_is_constant_at_first_is_not_divided_by_rounding():
    source = months("regression", late=False)
    y = np.where(np.arange(len(source.y)) < SIZES[0], 0.1, source.y / 500)
    ledger = tables(spec_of(POLICIES[0]), dataclasses.replace(source, y=y)).ledger.query("method == 'single'")
    assert ledger["loss"].max() < 100


def test_what_is_corrected_no_longer_counts():
    """Five labels "1", four of them corrected to "0" a month later: the class seen most is then "0"."""
    x = np.zeros((9, 1), np.float32)
    own = Cut(3, arrives=np.array([1] * 5 + [0] * 4), trains=np.array([1] * 5 + [2] * 4),
              replaced_by=np.array([5, 6, 7, 8, -1, -1, -1, -1, -1]))  # fmt: skip
    source = Source("s", x, np.array([1] * 5 + [0] * 4), ("0", "1"), np.zeros(0, np.int64), 1.0, "", cut=own)
    stream = cut(source, specs.StreamSpec("s", 3, judged="next"), 0)
    assert Incumbent(stream).answers.tolist() == [1, 0, 0]
    held = dataclasses.replace(source, test=np.array([0, 6]))
    kept = cut(held, specs.StreamSpec("s", 3, judged="test"), 0)
    assert set(kept.order.tolist()) == {2, 3, 4, 7, 8}  # neither the later version of 0 nor the earlier one of 6


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_operating_levels_are_read_off_what_is_in_force(task: str):
    """What month 1 brought is corrected in the months after: from then on only the later versions count."""
    plain_source = months(task, late=False)
    own = plain_source.cut
    assert own is not None
    assert own.arrives is not None
    replaced_by, arrives = np.full(len(own.arrives), -1), own.arrives.copy()
    replaced_by[:60] = np.arange(60, 120)
    arrives[60:120] = 0
    source = dataclasses.replace(plain_source, cut=dataclasses.replace(own, arrives=arrives, replaced_by=replaced_by))
    points = tables(spec_of(POLICIES[0]), source).operating.query("split == 'validation' and policy != 'incumbent'")
    held = seeds.is_validation(np.arange(len(arrives)))
    gone = np.zeros(len(arrives), bool)
    gone[:45] = True  # their later versions, rows 60 to 104, come in month 2
    for t, expected in ((1, held[:60].sum()), (2, (held & ~gone)[:105].sum())):
        at = points[(points["t"] == t) & (points["level"] == 11)].iloc[0]
        assert at["n_a"] + at["n_b"] * (task == "classification") == expected
    assert (held & gone).any()


def test_a_correction_that_stands_before_its_row_makes_another_update(tmp_path: Path):
    """With a window the two runs see the same positions, but in one of them some rows are out of force."""
    plain_source = months("classification", late=False)
    own = plain_source.cut
    assert own is not None
    assert own.arrives is not None
    trains = own.arrives.copy()
    trains[60:90] = 4  # labels of month 2 that come in month 4, when their corrections are long known
    replaced_by = np.full(len(trains), -1)
    replaced_by[60:90] = np.arange(30, 60)
    found = []
    for corrected in (None, replaced_by):
        cut_ = dataclasses.replace(own, trains=trains, replaced_by=corrected)
        source = dataclasses.replace(plain_source, cut=cut_)
        policy = specs.PolicySpec(1, start="scratch", window=1, learner=SMALL)
        shared = run_of(spec_of(policy), source, tmp_path).tables
        assert shared is not None
        assert unequal(shared.ledger, tables(spec_of(policy), source).ledger) == []
        found.append(shared.ledger.query("method == 'single' and t == 4")["examples_trained"].iloc[0])
    assert found[1] < found[0]


def test_label_noise_is_taught_and_not_judged():
    source = months("classification", 3, late=False)
    clean, noisy = (cut(source, spec_of(POLICIES[0], label_noise=noise).stream, 0) for noise in (0.0, 0.3))
    changed = clean.taught != noisy.taught
    assert 0.2 < changed.mean() < 0.4
    assert clean.taught is source.y
    more = cut(source, spec_of(POLICIES[0], label_noise=0.5).stream, 0)
    assert (more.taught[changed] == noisy.taught[changed]).all()  # a smaller share is part of a larger one
    errors = {}
    for noise in (0.0, 0.5, 1.0):
        found = tables(spec_of(POLICIES[0], label_noise=noise), months("classification", 2, late=False))
        errors[noise] = found.ledger.query("method == 'single'")["error"].to_numpy()
    assert errors[0.5].mean() > errors[0.0].mean() + 0.05
    assert np.allclose(errors[1.0], 1 - errors[0.0], atol=0.1)  # of two classes, all taught wrong: judged on the truth


def test_fewer_labels_cost_less_and_judge_the_same():
    source = months("regression", late=False)
    whole, part = (tables(spec_of(POLICIES[2], labelled_share=s), source).ledger.query("method == 'single'")
                   for s in (1.0, 0.3))  # fmt: skip
    assert part["test_size"].tolist() == whole["test_size"].tolist()
    assert part["volume"].tolist() == whole["volume"].tolist()
    assert 0.2 < part["labels_bought"].sum() / whole["labels_bought"].sum() < 0.4
    assert part["error"].mean() > whole["error"].mean()
    assert set(part["labelled_share"]) == {np.float32(0.3)}


def test_the_error_scale_makes_a_constant_guess_one():
    source = months("regression", late=False)
    stream = cut(source, spec_of(POLICIES[0]).stream, 0)
    first = source.y[:60]
    assert error_scale(stream) == np.abs(first - np.median(first)).mean()
    flat = dataclasses.replace(source, y=np.full(len(source.y), 7.0))
    assert error_scale(cut(flat, spec_of(POLICIES[0]).stream, 0)) == 1.0
    assert tables(spec_of(POLICIES[0]), flat).ledger["error"].notna().all()


@pytest.mark.parametrize(
    ("change", "stream", "sentence"),
    [
        ({}, {"mega_batches": 5}, "5 mega-batches were asked of months, which is cut into 7"),
        ({}, {"judged": "test"}, "months has no test set"),
        ({"arrives": None}, {"mega_batches": 1}, "a single mega-batch"),
        ({"trains": np.full(306, 7)}, {}, "No label of months arrives before the last mega-batch"),
    ],
)
def test_what_cannot_be_cut(change: dict[str, Any], stream: dict[str, Any], sentence: str):
    source = months("regression")
    assert source.cut is not None
    source = dataclasses.replace(source, cut=dataclasses.replace(source.cut, **change))
    asked = dataclasses.replace(spec_of(POLICIES[0]).stream, **stream)
    with pytest.raises(DataError, match=sentence):
        cut(source, asked, 0)


def test_levels_against_counting():
    draws = np.random.default_rng(0)
    missed, shifts = draws.normal(size=200), np.sort(draws.normal(size=21))
    found = levels.of_values(missed, shifts)
    for level in range(21):
        left = missed - shifts[level]
        assert found[level] == pytest.approx([np.maximum(left, 0).sum(), np.maximum(-left, 0).sum()])
    assert levels.of_values(missed[:0], shifts).tolist() == [[0.0, 0.0]] * 21
    assert levels.of_two(np.array([], int), np.array([], np.float32)).sum() == 0
