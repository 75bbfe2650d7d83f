"""The rows that pages, charts and files share, and the claims tested on a run."""

import numpy as np
import pytest

from alma_core.decide import findings, tables
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

FREE = Prices(price_per_error=10, days_per_update=1, day_rate=100, price_per_device_hour=0)


def test_curves():
    rows = tables.curves(hand.answer(hand.example(), Question(prices=FREE)), [1])
    assert rows["t"].tolist() == [1, 2, 3, 4]
    assert rows["error"].tolist() == pytest.approx([0.4, 0.3, 0.25, 0.2])
    assert rows["low"].tolist() == pytest.approx([0.4, 0.3, 0.2, 0.2])
    assert rows["high"].tolist() == pytest.approx([0.4, 0.3, 0.3, 0.2])
    assert rows["cost_so_far"].tolist() == pytest.approx([4100, 7200, 9800, 11900])
    assert rows["updates_so_far"].tolist() == [1, 2, 3, 4]


def test_curves_of_a_coarser_mega_batch_keep_the_calendar():
    rows = tables.curves(hand.answer(hand.example(), Question(factor=2)), [1])
    assert rows["t"].tolist() == [2, 4]


def test_early_and_late():
    rows = tables.early_and_late(hand.answer(hand.example(), Question(prices=FREE)))
    assert rows["is_baseline"].tolist() == [False, True, False]
    assert rows["is_best"].tolist() == [False, True, False]
    assert rows["on_front"].tolist() == [False, True, True]
    assert rows["short_term_error"].tolist() == pytest.approx([0.9, 0.4, 0.9])
    assert rows["long_term_error"].tolist() == pytest.approx([0.9, 0.2, 0.1])


def test_ranking_holds_every_policy_once():
    rows = tables.ranking(hand.answer(hand.example(), Question(prices=FREE)))
    assert rows["number"].tolist() == [1, 2, 0]
    assert rows["saving"].iloc[0] == 0
    assert (rows["saving"].diff().dropna() <= 0).all()
    assert rows["updates"].tolist() == [4, 2, 0]


def test_the_ranking_counts_cpu_hours_where_there_are_no_flops():
    facts = {"compute_basis": "seconds", "train_flops": 0.0, "seconds": 1800.0, "architecture": "trees"}
    blocks = [hand.rows("trees", [[0.1] * 2] * 2, [1, 2], **facts), hand.rows("mlp", [[0.2] * 2] * 2, [1, 2])]
    prices = Prices(peak_flops=1e12, utilisation=0.5, price_per_error=10, price_per_device_hour=1)
    rows = tables.ranking(hand.answer(hand.table(*blocks), Question(prices=prices)))
    assert rows["device_hours"].tolist() == pytest.approx([1.0, 2 * 2 / 3600])


def test_findings_on_a_run_made_to_show_them():
    draws = np.random.default_rng(0)

    def curve(early: float, late: float) -> list[list[float]]:
        return [np.linspace(early, late + draws.normal(0, 0.001), 5).tolist() for _ in range(4)]

    blocks = [hand.incumbent([[0.9] * 5] * 4)]
    for capacity, gain in (("S", 0.0), ("L", 0.05)):
        for replay, better in ((0.0, 0.0), (1.0, 0.02)):
            for wait, early, late in ((1, 0.5, 0.2), (2, 0.7, 0.15)):
                facts = {"capacity": capacity, "replay": replay, "waiting_time": wait, "first_update": wait}
                name = f"{capacity}{replay}{wait}"
                errors = curve(early - gain, late - gain - better)
                blocks.append(hand.rows(name, errors, list(range(wait, 6, wait)), **facts))
    found = findings.findings(hand.answer(hand.table(*blocks), Question()))
    assert [(f.verdict, round(f.difference.mean, 2)) for f in found] == [
        (findings.HOLDS, -0.05), (findings.HOLDS, -0.2), (findings.HOLDS, -0.05), (findings.HOLDS, -0.02)
    ]  # fmt: skip


def test_a_claim_that_does_not_hold_is_reported_so():
    blocks = [
        hand.rows("s", [[0.3, 0.1], [0.3, 0.11]], [1, 2], capacity="S"),
        hand.rows("m", [[0.3, 0.2], [0.3, 0.22]], [1, 2], capacity="M"),
    ]
    (found,) = findings.findings(hand.answer(hand.table(*blocks), Question()))
    assert found.verdict == findings.FAILS
    assert found.difference.mean == pytest.approx(0.105)


def test_one_seed_cannot_tell():
    blocks = [hand.rows("s", [[0.3, 0.3]], [1], capacity="S"), hand.rows("m", [[0.2, 0.2]], [1], capacity="M")]
    (found,) = findings.findings(hand.answer(hand.table(*blocks), Question()))
    assert found.verdict == findings.UNCLEAR


def test_units_stand_above_errors_and_nothing_else():
    rows = tables.ranking(hand.answer(hand.example(), Question(prices=FREE)))
    assert list(tables.with_units(rows, Measure())) == list(rows)
    headed = tables.with_units(rows, hand.RENTALS)
    assert {name for name in headed if "(rentals)" in name} == {
        f"{kpi}_error (rentals)" for kpi in ("short_term", "long_term", "mean", "final", "worst", "cumulative")
    }
    curves = tables.with_units(tables.curves(hand.answer(hand.example(), Question()), [1]), hand.RENTALS)
    assert {"t", "error (rentals)", "low (rentals)", "high (rentals)", "cost_so_far", "updates_so_far"} < set(curves)


def test_past_data_is_compared_with_new_data_not_with_a_window():
    one = {("warm", 0.0, 0): 0.5, ("warm", 1.0, 0): 0.4, ("warm", 0.0, 3): 0.1}
    found = findings.findings(hand.answer(hand.of_windows(one), Question()))
    assert [(f.claim, round(f.difference.mean, 6)) for f in found] == [(findings.REPLAY, -0.1)]
    assert findings.untested(found) == [findings.BIGGER, findings.EARLY, findings.LATE]
    del one["warm", 0.0, 0]
    found = findings.findings(hand.answer(hand.of_windows(one), Question()))
    assert found == []
    assert findings.untested(found) == list(findings.CLAIMS)


def test_sizes_are_compared_within_a_method_and_waits_of_single_networks():
    facts = {"method": "ensemble", "k": 3}
    blocks = [
        hand.rows("s", [[0.5, 0.4]] * 2, [1, 2], capacity="S"),
        hand.rows("m3", [[0.5, 0.1]] * 2, [1, 2], **facts),
        hand.rows("s3", [[0.5, 0.3]] * 2, [1, 2], capacity="S", **facts),
        hand.rows("wait3", [[0.9, 0.1]] * 2, [2], waiting_time=2, first_update=2, capacity="S", **facts),
    ]
    (found,) = findings.findings(hand.answer(hand.table(*blocks), Question()))
    assert (found.claim, round(found.difference.mean, 6)) == (findings.BIGGER, -0.2)


def test_sizes_are_compared_within_a_window():
    blocks = [
        hand.rows(f"{size}{window}", [[error] * 2] * 2, [1, 2], capacity=size, window=window)
        for size, window, error in (("S", 0, 0.5), ("S", 3, 0.3), ("M", 3, 0.2))
    ]
    (found,) = findings.findings(hand.answer(hand.table(*blocks), Question()))
    assert found.difference.mean == pytest.approx(-0.1)


def test_waiting_is_about_new_data_alone():
    blocks = [
        hand.rows(f"{wait}{window}", [[0.5, error]] * 2, list(range(wait, 3, wait)), waiting_time=wait,
                  first_update=wait, window=window)
        for wait, window, error in ((1, 0, 0.4), (2, 0, 0.3), (1, 3, 0.1), (2, 3, 0.2))
    ]  # fmt: skip
    late = {f.claim: f.difference.mean for f in findings.findings(hand.answer(hand.table(*blocks), Question()))}
    assert late[findings.LATE] == pytest.approx(-0.1)
