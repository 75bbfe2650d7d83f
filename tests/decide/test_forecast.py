"""Rows that have not happened."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core.decide import continued, pooling
from alma_core.decide import forecast as forecasts
from alma_core.decide.coarsening import coarser
from alma_core.decide.forecast import forecast
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel, panel, prefix
from alma_core.decide.timeline import timeline
from alma_core.errors import QuestionError
from tests.decide import hand

NEXT = Measure(judged="next")


def falling(x: np.ndarray) -> np.ndarray:
    """The error after x mega-batches."""
    return 0.05 + 0.4 * np.asarray(x, float) ** -0.5


def flat(_x: float) -> float:
    return 0.3


def terrible(_x: float) -> float:
    return 0.9


def policy(
    wait: int,
    rows: int,
    noise: float = 0.01,
    first: int | None = None,
    truth: Any = falling,
    **facts: Any,
) -> pd.DataFrame:
    """Return a policy whose models follow `truth` of what had arrived, the incumbent's 0.9 before the first."""
    first = wait if first is None else first
    updates = [t for t in range(1, rows + 1) if t % wait == 0 or t == first]
    draws = np.random.default_rng([wait, first])
    errors = []
    for _seed in range(3):
        curve, now = [], 0.9
        for t in range(1, rows + 1):
            if t in updates:
                now = float(truth(t) * (1 + noise * draws.standard_normal()))
            curve.append(now)
        errors.append(curve)
    return hand.rows(f"w{wait}f{first}", errors, updates, waiting_time=wait, first_update=first, **facts)


def run(*blocks: pd.DataFrame, measure: Measure | None = None) -> Panel:
    seeds, rows = blocks[0]["seed"].nunique(), blocks[0]["t"].nunique()
    return panel(hand.table(hand.incumbent([[0.9] * rows] * seeds), *blocks), measure)


def test_what_is_known_stays_bit_for_bit():
    known = run(policy(1, 8), policy(4, 8))
    said = forecast(known, 20)
    assert (said.known, said.panel.horizon, said.value.shape) == (8, 20, (3, 3, 20))
    for name, rows in known.rows.items():
        assert np.array_equal(said.panel[name][:, :, :8], rows, equal_nan=True), name
    assert np.array_equal(said.low[:, :8], known["error"].mean(1))
    assert np.array_equal(said.high[:, :8], known["error"].mean(1))
    assert np.array_equal(said.value, said.panel["error"])


@pytest.mark.parametrize("horizon", [8, 3])
def test_a_horizon_that_is_known(horizon: int):
    with pytest.raises(QuestionError, match=f"to arrival {horizon} was asked for, but 8 are known"):
        forecast(run(policy(1, 8)), horizon)


def test_the_error_follows_the_curve():
    said = forecast(run(policy(1, 10)), 20)
    assert said.panel["error"][1, :, 10:].mean(0) == pytest.approx(falling(np.arange(11, 21)), rel=0.05)
    assert (said.low[1, 10:] < falling(np.arange(11, 21))).all()
    assert (said.high[1, 10:] > falling(np.arange(11, 21))).all()


def test_a_policy_that_has_not_updated_reads_its_future_off_the_curve_it_shares():
    """Waits of 12 and 1: the long one is the incumbent to row 11, and then where the short one is at row 12."""
    said = forecast(run(policy(1, 10), policy(12, 10)), 14)
    short, long = said.panel["error"][1:].mean(1)
    assert long[:11].tolist() == [0.9] * 11
    assert long[11:] == pytest.approx([short[11]] * 3)
    assert said.high[2, 10] == said.low[2, 10] == 0.9


def test_on_a_fixed_test_set_what_serves_stays_as_it_is():
    known = run(policy(1, 10), policy(4, 10))
    said = forecast(known, 13)
    assert np.array_equal(said.panel["error"][2, :, 10], known["error"][2, :, 9])
    assert said.low[2, 10] == said.high[2, 10] == known["error"][2, :, 9].mean()
    assert said.low[2, 11] < said.high[2, 11]
    assert np.array_equal(said.panel["error"][0, :, 10:], np.full((3, 3), 0.9))


@pytest.mark.parametrize(
    ("facts", "updates", "model_t"),
    [
        ({"wait": 4}, [12, 16], [8, 12, 12, 12, 12, 16]),
        ({"wait": 4, "first": 1}, [12, 16], [8, 12, 12, 12, 12, 16]),
        ({"wait": 13}, [13], [0, 0, 13, 13, 13, 13]),
        ({"wait": 13, "first": 1}, [13], [1, 1, 13, 13, 13, 13]),
    ],
)
def test_updates_to_come_are_those_of_the_rule(facts: dict[str, int], updates: list[int], model_t: list[int]):
    said = forecast(run(policy(1, 10), policy(rows=10, **facts)), 16)
    later = said.panel["updated"][2, 0, 10:]
    assert (np.flatnonzero(later) + 11).tolist() == updates
    assert np.array_equal(said.panel["deployed"][2, 0, 10:], later)
    assert said.panel["model_t"][2, 0, 10:].tolist() == model_t


def test_the_first_model_for_ever_stays():
    never = hand.rows("never", [[0.4] * 6] * 3, [1], schedule="once")
    said = forecast(run(policy(1, 6), never), 9)
    assert said.panel["updated"][2, :, 6:].sum() == 0
    assert said.panel["error"][2].tolist() == [[0.4] * 9] * 3


def test_a_single_update_that_is_still_to_come_happens_once():
    late = hand.rows("late", [[0.9] * 6], [], schedule="once", waiting_time=8, first_update=8)
    when = timeline(panel(hand.table(late)), 20)
    assert np.flatnonzero(when.updates[0]).tolist() == [7]


def test_arrivals_go_on_as_they_were():
    block = policy(1, 4)
    block[["volume", "test_size", "labels_bought"]] = block[["volume", "test_size", "labels_bought"]].astype(float)
    block["volume"] = np.tile([10.0, 20.0, 30.0, 40.0], 3)
    block["examples_arrived"] = np.tile([5.0, 20.0, 30.0, 40.0], 3)
    said = forecast(run(block), 6).panel
    assert said["volume"][1, 0].tolist() == [10, 20, 30, 40, 25, 25]
    assert said["examples_arrived"][1, 0].tolist() == [5, 20, 30, 40, 50, 60]
    assert said["labels_bought"][1, 0, 4:].tolist() == [1000, 1000]
    assert said["test_size"][1, 0, 4:].tolist() == [100, 100]


def test_nothing_is_said_where_nothing_is_known():
    said = forecast(run(policy(1, 6)), 8).panel
    assert np.isnan(said["loss"][:, :, 6:]).all()
    assert np.isnan(said["error_arriving"][:, :, 6:]).all()


@pytest.mark.parametrize(
    ("facts", "examples"),
    [
        ({"replay": 1.0, "start": "scratch"}, [10, 12]),
        ({"replay": 1.0}, [10, 12]),
        ({"window": 3, "start": "scratch"}, [3, 3]),
        ({}, [2, 2]),
    ],
)
def test_an_update_takes_as_much_for_an_example_as_before(facts: dict[str, Any], examples: list[int]):
    """Two FLOPs and three milliseconds for each example that it could see; waits of two, one of which is short."""
    block = policy(2, 8, **facts)
    could_see = {2: 2, 4: 2, 6: 2, 8: 2} if not facts.get("replay") else {2: 2, 4: 4, 6: 6, 8: 8}
    could_see = {t: min(t, 3) for t in could_see} if "window" in facts else could_see
    block["train_flops"] = [2e3 * could_see.get(t, 0) for t in block["t"]]
    block["seconds"] = [3.0 * could_see.get(t, 0) for t in block["t"]]
    said = forecast(run(block), 12).panel
    flops = [0, 2e3 * examples[0], 0, 2e3 * examples[1]]
    assert said["train_flops"][1, 0, 8:] == pytest.approx(flops)
    assert said["seconds"][1, 0, 8:] == pytest.approx([0, 3 * examples[0], 0, 3 * examples[1]])
    assert said["evaluation_flops"][1, 0, 8:].tolist() == [0] * 4


def test_what_updates_took_is_averaged():
    block = policy(2, 8)
    block["seconds"] = np.tile([0.0, 2, 0, 4, 0, 6, 0, 16], 3)
    assert forecast(run(block), 10).panel["seconds"][1, 0, 8:] == pytest.approx([0, 7])


def test_the_first_update_of_a_policy_takes_what_others_on_its_curve_took():
    short = policy(1, 8, replay=1.0, params=77)
    short["train_flops"] = 2.0 * short["examples_arrived"]
    long = policy(9, 8, replay=1.0, params=0, members=0)
    said = forecast(run(short, long), 10).panel
    assert said["train_flops"][2, 0, 8:] == pytest.approx([18_000, 0])
    assert said["params"][2, 0].tolist() == [0] * 8 + [77, 77]
    assert said["members"][2, 0, 8:].tolist() == [1, 1]
    assert said["inference_flops"][2, 0, 8:].tolist() == [1e6, 1e6]


def test_members_keep_growing():
    """Of a wait of 1 each update adds one; the n-th update of a wait of 5 has as many as the n-th of the other."""
    facts = {"method": "gens", "growth": "members", "truth": flat}
    one, five = policy(1, 6, **facts), policy(5, 6, **facts)
    one["members"], five["members"] = np.tile([1, 2, 3, 4, 5, 6], 3), np.tile([0, 0, 0, 0, 1, 1], 3)
    for block in (one, five):
        block["params"] = 10 * block["members"]
    said = forecast(run(one, five), 15).panel
    assert said["members"][1, 0, 6:].tolist() == list(range(7, 16))
    assert said["params"][1, 0, 6:].tolist() == [10 * n for n in range(7, 16)]
    assert said["members"][2, 0, 6:].tolist() == [1, 1, 1, 2, 2, 2, 2, 2, 3]


def test_growth_that_has_reached_its_end_stays_there():
    assert continued._nth(np.array([[1.0, 2.0, 3.0, 3.0, 3.0, 3.0]]), np.array([2, 9])).tolist() == [[2, 3]]


def test_rules_that_look_are_refused():
    rule = policy(1, 8, schedule="error", threshold=0.1).assign(policy="rule")
    said = forecast(run(policy(2, 8), rule), 12)
    assert said.refused == {"rule": forecasts.LOOKS}
    assert said.panel.policies["policy"].tolist() == ["incumbent", "w2f2"]
    assert len(said.panel["error"]) == len(said.value) == len(said.low) == len(said.high) == 2


def test_curves_of_three_points_are_refused_and_those_of_four_are_not():
    known = run(policy(3, 11), policy(2, 11, capacity="S"))
    assert forecast(known, 12).refused == {"w3f3": forecasts.TOO_FEW}


def test_a_model_of_many_is_one_point():
    """Scratch on all data: at row 4 the waits of 1, 2 and 4 have one model; three sizes are too few."""
    facts = {"start": "scratch", "replay": 1.0, "noise": 0.0}
    assert set(forecast(run(*(policy(w, 3, **facts) for w in (1, 2, 3))), 6).refused) == {"w1f1", "w2f2", "w3f3"}
    assert forecast(run(*(policy(w, 4, **facts) for w in (1, 2, 4))), 5).refused == {}


def test_sizes_that_were_never_seen_are_refused_where_only_few_were():
    """From scratch on new data alone: a wait of 1 sees one mega-batch each time, which says nothing about eight."""
    facts = {"start": "scratch", "truth": flat}
    said = forecast(run(policy(1, 6, **facts), policy(8, 6, **facts)), 12)
    assert said.refused == {"w8f8": forecasts.TOO_FEW}
    assert said.panel["error"][1, :, 6:] == pytest.approx(np.full((3, 6), 0.3), rel=0.02)


def test_values_with_holes_are_refused():
    known = run(policy(1, 8), policy(2, 8))
    values = known["error"].copy()
    values[1, 0, 3] = np.nan
    said = forecast(known, 10, values)
    assert said.refused == {"w1f1": forecasts.UNKNOWN}
    assert np.isfinite(said.value).all()


def test_every_refusal_has_its_reason():
    assert set(forecasts.REASONS) == {forecasts.LOOKS, forecasts.TOO_FEW, forecasts.UNKNOWN}


def test_what_went_into_a_model():
    """By hand, at rows 4 and 5 of five that bring 1, 2, 3, 4 and 5 thousand; the sixth brings the mean, 3."""
    kinds: Sequence[dict[str, Any]] = (
        {"start": "scratch"}, {"start": "scratch", "window": 3}, {"start": "scratch", "replay": 1.0}, {},
        {"start": "scratch", "growth": "members"}, {"start": "shrink_perturb"},
    )  # fmt: skip
    blocks = [
        hand.rows(str(n), [[0.1] * 5], [2, 4], waiting_time=2, **kind).assign(
            examples_arrived=np.array([1, 3, 6, 10, 15]) * 1000
        )
        for n, kind in enumerate(kinds)
    ]
    when = timeline(panel(hand.table(*blocks)), 6)
    assert when.arrived.tolist() == [1000, 3000, 6000, 10_000, 15_000, 18_000]
    assert when.since[0].tolist() == [0, 2, 2, 4, 4, 6]
    assert when.count[0].tolist() == [0, 1, 1, 2, 2, 3]
    assert (when.examples[:, 4] / 1000).tolist() == [7, 9, 10, 10, 10, 10]
    assert (when.drawn[:, 4] / 1000).tolist() == [7, 9, 10, 7, 7, 7]
    assert (when.examples[:, 5] / 1000).tolist() == [8, 12, 18, 18, 18, 18]
    assert when.examples[:, 0].tolist() == [0] * 6


def test_policies_on_one_curve_differ_in_their_waits_alone():
    blocks = [policy(1, 4), policy(2, 4), policy(2, 4, first=1), policy(1, 4, capacity="S").assign(policy="small")]
    assert [numbers.tolist() for numbers in pooling.curves(run(*blocks).policies)] == [[0], [1, 2, 3], [4]]


def test_many_small_updates_and_few_large_ones_end_at_different_errors():
    """Errors grow with the number of updates to the power of 0.2: found, and kept in what is foretold."""

    def blocks(rows: int) -> list[pd.DataFrame]:
        return [policy(w, rows, noise=0.002, truth=lambda t, w=w: falling(t) * (t / w) ** 0.2) for w in (1, 2, 4)]

    known = run(*blocks(12))
    when = timeline(known, 12)
    of = pooling.points(known, known["error"], when, np.array([1, 2, 3]))
    assert len(of.x) == 12 + 6 + 3
    assert pooling.exponent(of) == pytest.approx(0.2, abs=0.02)
    said = forecast(known, 24).panel["error"][1:].mean(1)[:, -1]
    truth = run(*blocks(24))["error"][1:].mean(1)[:, -1]
    assert said == pytest.approx(truth, rel=0.1)
    assert said[0] / said[2] == pytest.approx(4**0.2, rel=0.04)


def test_from_scratch_the_number_of_updates_leaves_nothing_behind():
    known = run(policy(1, 6, start="scratch", replay=1.0), policy(2, 6))
    assert pooling.term(known, timeline(known, 6))[1].tolist() == [0] * 6
    assert pooling.term(known, timeline(known, 6))[2].tolist() == pytest.approx(np.log([1, 1, 1, 2, 2, 3]).tolist())


def aged(wait: int, rows: int, power: float, noise: np.ndarray) -> pd.DataFrame:
    """Return a policy judged on what comes next: older models do worse, and each row has its own luck."""
    t = np.arange(1, rows + 1)
    since = t // wait * wait
    error = np.where(since > 0, 0.2 * (1.0 + t - since) ** power, 0.5) * (1 + noise)
    updates = [u for u in t.tolist() if u % wait == 0]
    errors = [error.tolist(), (error * 1.001).tolist()]
    return hand.rows(f"w{wait}", errors, updates, waiting_time=wait, first_update=wait)


def test_models_that_age_are_worse_and_the_luck_of_a_row_is_shared():
    noise = 0.1 * np.random.default_rng(0).standard_normal(24)
    known = run(*(aged(w, 24, 0.3, noise) for w in (1, 3, 6)), measure=NEXT)
    of = pooling.points(known, known["error"], timeline(known, 24), np.array([1, 2, 3]))
    assert len(of.x) == 24 + 14 + 9, "what is one model at one row is one point"
    assert of.weight[of.known_at == 2].tolist() == [1]
    assert of.weight[of.known_at == 10].tolist() == pytest.approx([1 / 3] * 3)
    assert pooling.exponent(of) == pytest.approx(0.3, abs=0.01)
    said = forecast(known, 30)
    mean, width = said.value[:, :, 24:].mean(1), (said.high - said.low)[:, 24:]
    assert mean[3] == pytest.approx(0.2 * np.array([2, 3, 4, 5, 6, 1.0]) ** 0.3, rel=0.1)
    assert (mean[1] < 0.24).all()
    assert (width[1] / mean[1] > 2 * 1.5 * noise.std()).all()


def test_before_the_first_model_the_next_rows_are_held_at_their_mean():
    shares = [[0.4, 0.6, 0.5, 0.5, 0.4, 0.6]] * 2
    late = hand.rows("late", shares, [], waiting_time=9, first_update=9)
    every = aged(1, 6, 0.0, np.zeros(6))
    known = panel(hand.table(hand.incumbent(shares), every, late), NEXT)
    said = forecast(known, 8)
    assert said.value[[0, 2], 0, 6:] == pytest.approx(np.full((2, 2), 0.5))
    spread = np.std(shares[0], ddof=1) * np.sqrt(1 + 1 / 6) * 2.015  # Student's t, 5 degrees of freedom
    assert said.high[0, 7] == pytest.approx(0.5 + spread, rel=1e-3)
    assert said.low[0, 7] == pytest.approx(0.5 - spread, rel=1e-3)


def test_rows_that_judge_nothing_are_no_points():
    every = aged(1, 8, 0.0, np.zeros(8)).assign(test_size=[100, 100, 0, 100, 100, 100, 100, 100] * 2)
    known = run(every, measure=NEXT)
    of = pooling.points(known, known["error"], timeline(known, 8), np.array([1]))
    assert of.known_at.tolist() == [1, 2, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("late", "stays"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0), (-1.0, 0.0)])
def test_seeds_stay_apart_as_far_as_they_did(late: float, stays: float):
    """One seed 10 % above and one below in the first half, `late` of that in the second."""
    of_time = np.repeat([0.1, 0.1 * late], 4)
    y = 0.3 * np.array([1 + of_time, 1 - of_time])
    nothing, row = np.ones(8), np.arange(8)
    assert pooling.persistence([pooling.Points(nothing, y, row, nothing, nothing)]) == pytest.approx(stays)


def test_a_better_seed_stays_better():
    block = policy(1, 10, noise=0.0)
    block["error"] *= block["seed"].map({0: 1.1, 1: 1.0, 2: 0.9})
    said = forecast(run(block), 14)
    assert said.value[1, :, -1] / said.value[1, 1, -1] == pytest.approx([1.1, 1.0, 0.9])
    assert said.value[1, :, -1].mean() == pytest.approx(falling(14), rel=0.05)


def test_other_values_are_continued_beside_the_error():
    """A price of each prediction's error that is 500 times the error goes on as that."""
    known = run(policy(1, 10), policy(4, 10))
    plain, said = forecast(known, 14), forecast(known, 14, 500 * known["error"])
    assert said.value == pytest.approx(500 * plain.value)
    assert said.high == pytest.approx(500 * plain.high)
    assert np.array_equal(said.panel["error"], plain.panel["error"])


def test_no_more_than_everything_is_wrong():
    bad = policy(1, 8, noise=0.1, truth=terrible)
    bad["error"] = bad["error"].clip(0, 1)
    said = forecast(run(bad), 24)
    assert said.high[1].max() == 1
    assert said.panel["error"].max() <= 1


def test_a_coarser_run_is_foretold_as_well():
    coarse = coarser(run(policy(2, 16), policy(4, 16)), 2)
    said = forecast(coarse, 12)
    assert (np.flatnonzero(said.panel["updated"][2, 0]) + 1).tolist() == [2, 4, 6, 8, 10, 12]
    assert said.panel["error"][1, :, -1].mean() == pytest.approx(falling(24), rel=0.1)


@settings(max_examples=20)
@given(st.integers(4, 9), st.integers(0, 2**32 - 1), st.booleans())
def test_rows_after_the_last_seen_change_nothing(seen: int, seed: int, is_next: bool):
    """Whatever happens after T, a forecast from T is the same."""
    table = hand.table(hand.incumbent([[0.9] * 10] * 3), policy(1, 10), policy(2, 10), policy(5, 10))
    measure = NEXT if is_next else None
    other = table.copy()
    later = other["t"] > seen
    draws = np.random.default_rng(seed)
    for name in ("error", "train_flops", "seconds", "inference_flops", "loss"):
        other.loc[later, name] = draws.random(later.sum())
    for name in ("volume", "test_size", "params", "labels_bought"):
        other.loc[later, name] = draws.integers(1, 1000, later.sum())
    one, two = (forecast(prefix(panel(rows, measure), seen), 14) for rows in (table, other))
    assert one.refused == two.refused
    assert np.array_equal(one.value, two.value)
    assert np.array_equal(one.high, two.high)
    for name, rows in one.panel.rows.items():
        assert np.array_equal(rows, two.panel[name], equal_nan=True), name
