"""Views of a run that train nothing."""

import numpy as np
import pytest

from alma_core import ledger, library
from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarsens, coarser, factors
from alma_core.decide.incumbent import with_incumbent
from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from tests.decide import hand


def test_rows_find_their_place_in_any_order():
    table = hand.example().sample(frac=1, random_state=1)
    panel = panels.panel(table)
    for number, policy in enumerate(panel.policies["policy"]):
        for seed in range(2):
            ours = table[(table["policy"] == policy) & (table["seed"] == seed)].sort_values("t")
            assert panel["error"][number, seed].tolist() == ours["error"].tolist()


def test_a_shorter_horizon_is_a_prefix():
    full = panels.panel(hand.example())
    short = panels.prefix(full, 2)
    assert short.horizon == 2
    assert np.array_equal(short["error"], full["error"][:, :, :2])


@pytest.mark.parametrize("horizon", [0, 5, -1])
def test_a_horizon_the_run_does_not_have(horizon: int):
    with pytest.raises(QuestionError, match="choose one from 1 to 4"):
        panels.prefix(panels.panel(hand.example()), horizon)


def test_the_incumbent_s_error_holds_until_the_first_update():
    changed = with_incumbent(panels.panel(hand.example()), 0.08)
    assert changed["error"][:, 0].tolist() == [[0.08] * 4, [0.4, 0.3, 0.3, 0.2], [0.08, 0.2, 0.2, 0.1]]


def test_no_model_yet_leaves_the_computed_default():
    full = panels.panel(hand.example())
    assert with_incumbent(full, None) is full


@pytest.mark.parametrize("error", [-0.1, 1.1, float("nan")])
def test_an_incumbent_error_out_of_range(error: float):
    with pytest.raises(QuestionError, match="from 0 to 1"):
        with_incumbent(panels.panel(hand.example()), error)


def test_coarser_by_hand():
    """Rows of two: row 1 is the mean of fine rows 2 and 3, row 2 is fine row 4 alone; fine row 1 is dropped."""
    coarse = coarser(panels.panel(hand.example()), 2)
    assert coarse.policies["policy"].tolist() == ["incumbent", "two"]
    assert coarse.policies["waiting_time"].tolist() == [0, 1]
    assert np.allclose(coarse["error"][1], [[0.2, 0.1]] * 2)
    assert coarse["updated"][1, 0].tolist() == [1, 1]
    assert coarse["train_flops"][1, 0].tolist() == [1e12, 1e12]
    assert coarse["labels_bought"][1, 0].tolist() == [2000, 2000]
    assert coarse["volume"][1, 0].tolist() == [2000, 1000]
    assert coarse["model_t"][1, 0].tolist() == [1, 2]


def test_coarser_weighs_by_test_size():
    table = hand.table(hand.rows("two", [[0.9, 0.2, 0.6]], [2], waiting_time=2, first_update=2, test_size=[10, 30, 10]))
    assert coarser(panels.panel(table), 2)["error"][0, 0].tolist() == pytest.approx([(30 * 0.2 + 10 * 0.6) / 40])


def test_coarser_than_the_horizon():
    with pytest.raises(QuestionError, match="choose 1 to 4"):
        coarser(panels.panel(hand.example()), 5)


def test_neighbours_never_share_a_hue(small_run):
    policies = panels.panel(small_run[1]).policies
    assert sorted(policies["place"]) == sorted(set(policies["place"]))
    columns = ["waiting_time", "capacity", "start", "replay", "is_late"]
    told = policies.assign(is_late=policies["first_update"] == policies["waiting_time"])[[*columns, "place"]].iloc[1:]
    for column in ("waiting_time", "capacity", "start", "replay"):
        for _, alike in told.groupby([c for c in columns if c != column]):
            hues = alike["place"] % panels.PLACES_APART
            assert hues.nunique() == len(hues), alike


def test_a_policy_that_is_not_there():
    with pytest.raises(QuestionError, match="they are incumbent, every, two"):
        panels.panel(hand.example()).number("nobody")


def test_a_ledger_with_holes():
    with pytest.raises(QuestionError, match="lacks rows"):
        panels.panel(hand.example().iloc[1:])


def test_a_ledger_with_nan():
    table = hand.example()
    table.loc[3, "error"] = np.nan
    with pytest.raises(QuestionError, match="without an error"):
        panels.panel(table)


def test_columns_an_older_run_lacks_take_their_default():
    old = hand.example().drop(columns=["label_noise", "growth", "compute_basis"])
    shaped = ledger.shaped(old, ledger.LEDGER)
    assert shaped["growth"].unique().tolist() == ["none"]
    assert shaped["compute_basis"].unique().tolist() == ["flops"]
    assert list(shaped) == list(ledger.LEDGER)


def test_errors_of_numbers_are_in_the_target_s_unit():
    panel = panels.panel(hand.numbers(hand.example()))
    assert panel["error"][1].tolist() == [[8, 6, 6, 4], [8, 6, 4, 4]]
    assert panel["error_arriving"][1].tolist() == [[10] * 4] * 2


def test_an_error_above_one_is_one_of_numbers():
    table = hand.table(hand.rows("a", [[1.7, 0.3]], [1]))
    assert panels.panel(hand.numbers(table))["error"][0, 0].tolist() == pytest.approx([34, 6])
    with pytest.raises(QuestionError, match="without an error"):
        panels.panel(table)
    with pytest.raises(QuestionError, match="without an error"):
        panels.panel(hand.numbers(hand.table(hand.rows("a", [[-0.1, 0.3]], [1]))))


def test_the_incumbent_s_error_is_given_in_the_target_s_unit():
    full = panels.panel(hand.numbers(hand.example()))
    assert with_incumbent(full, 30)["error"][2].tolist() == [[30, 4, 4, 2]] * 2
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(QuestionError, match="zero or a positive number in the target's unit"):
            with_incumbent(full, wrong)


def judged_next(errors: list[float], size: list[int], **facts: object) -> panels.Panel:
    """Return a policy that updates at 2 and 4, on a window of four, judged on the next mega-batch."""
    facts = {"waiting_time": 2, "first_update": 2, "window": 4, "test_size": size, "volume": size} | facts
    return panels.panel(hand.table(hand.rows("two", [errors], [2, 4], **facts)), Measure(judged="next"))


def test_coarser_adds_up_what_is_judged_on_what_comes_next():
    """Fine rows 1..5 of six mega-batches; row 1 is the mean of rows 2 and 3, row 2 of rows 4 and 5."""
    coarse = coarser(judged_next([0.9, 0.2, 0.6, 0.1, 0.2], [7, 10, 30, 20, 20]), 2)
    assert coarse["test_size"][0, 0].tolist() == [40, 40]
    assert coarse["volume"][0, 0].tolist() == [40, 40]
    assert coarse["error"][0, 0].tolist() == pytest.approx([0.5, 0.15])
    assert coarse.policies["window"].tolist() == [2]
    assert coarser(panels.prefix(judged_next([0.9, 0.2, 0.6, 0.1], [1] * 4), 3), 2)["error"].shape[2] == 1


def test_an_empty_mega_batch_has_no_weight_and_divides_nothing():
    coarse = coarser(judged_next([0.9, 0.2, 0.2, 0.1, 0.3], [5, 10, 0, 0, 0]), 2)
    assert coarse["error"][0, 0].tolist() == pytest.approx([0.2, 0.2])
    assert coarse["test_size"][0, 0].tolist() == [10, 0]


def test_what_arrives_empty_has_no_weight_either():
    arriving = {"error_arriving": [np.nan, 0.4, np.nan, 0.2], "labels_bought": [10, 10, 0, 10]}
    coarse = coarser(judged_next([0.9, 0.2, 0.2, 0.1], [1] * 4, **arriving), 2)
    assert np.isnan(coarse["error_arriving"][0, 0, 0])
    assert coarse["error_arriving"][0, 0, 1] == pytest.approx(0.2)


@pytest.mark.parametrize("windows", [(3,), (3, 6)])
def test_ways_of_training_never_share_a_hue(windows: tuple[int, ...]):
    facts = [{"start": "scratch", "replay": 1.0}, {"start": "warm", "replay": 0.0}]
    facts += [{"start": "scratch", "window": window} for window in windows]
    blocks = [hand.rows(str(n), [[0.1]], [1], **fact) for n, fact in enumerate(facts)]
    places = panels.panel(hand.table(*blocks)).policies["place"]
    assert (places % panels.PLACES_APART).nunique() == len(facts)


def test_no_window_leaves_colours_as_they_were():
    ways = [(start, replay) for start in ("warm", "scratch") for replay in (0.0, 1.0)]
    blocks = [hand.rows(f"{s}{r}", [[0.1]], [1], start=s, replay=r) for s, r in ways]
    assert panels.panel(hand.table(*blocks)).policies["place"].tolist() == [6, 2, 2 + 7, 5]


def test_members_may_change_from_row_to_row():
    """They are what serves, not what a policy is: a growing model stays one policy. A coarser row reads the last."""
    grows = hand.rows("gens", [[0.5, 0.4, 0.3, 0.2]], [2, 4], waiting_time=2, first_update=2, members=[0, 1, 1, 2])
    full = panels.panel(hand.table(grows))
    assert "members" not in full.policies
    assert full["members"][0, 0].tolist() == [0, 1, 1, 2]
    assert coarser(full, 2)["members"][0, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("schedule", "wait", "first", "stays"),
    [
        ("every", 2, 2, True), ("every", 4, 2, True), ("every", 2, 1, False), ("every", 3, 3, False),
        ("once", 2, 2, True), ("once", 1, 1, False),
        ("shift", 2, 2, False), ("error", 2, 2, False), ("threshold", 2, 2, False), ("cumulative", 2, 2, False),
        ("triggered", 2, 2, False),
    ],
)  # fmt: skip
def test_which_schedules_exist_at_coarser_mega_batches(schedule: str, wait: int, first: int, stays: bool):
    rows = hand.rows("p", [[0.1] * 4], [first], schedule=schedule, waiting_time=wait, first_update=first)
    policies = panels.panel(hand.table(hand.incumbent([[0.9] * 4]), rows)).policies
    assert coarsens(policies, 2).tolist() == [True, stays]


@pytest.mark.parametrize("name", ["digits", "mnist", "mnist-policies", "monthly-demand"])
def test_sizes_of_mega_batches_at_which_some_policy_exists(name: str):
    policies = panels.panel(library.find(name).ledger).policies
    exist = [size for size in range(1, 26) if (coarsens(policies, size) & panels.learns(policies)).any()]
    assert factors(policies, 25) == exist
    assert factors(policies, 1) == [1]


def test_a_policy_s_columns_and_its_number():
    found = panels.panel(hand.example())
    assert found.described == found.policies.to_dict("records")
    assert [found.numbers[policy] for policy in found.policies["policy"]] == [0, 1, 2]


def test_growth_goes_by_updates_whatever_the_size_of_mega_batches():
    facts = {"method": "gmoe", "growth": "experts", "grow_every": 3, "waiting_time": 2, "first_update": 2}
    coarse = coarser(panels.panel(hand.table(hand.rows("gmoe", [[0.1] * 4], [2, 4], **facts))), 2)
    assert coarse.policies[["waiting_time", "grow_every"]].to_numpy().tolist() == [[1, 3]]
    assert coarse["updated"][0, 0].tolist() == [1, 1]


def test_cpu_seconds_add_up():
    facts = {"compute_basis": "seconds", "seconds": [0.0, 5.0, 0.0, 7.0], "inference_seconds": [0.0, 1e-3, 1e-3, 2e-3]}
    rows = hand.rows("trees", [[0.1] * 4], [2, 4], waiting_time=2, first_update=2, **facts)
    coarse = coarser(panels.panel(hand.table(rows)), 2)
    assert coarse["seconds"][0, 0].tolist() == [5, 7]
    assert coarse["inference_seconds"][0, 0].tolist() == [1e-3, 2e-3]


@pytest.mark.parametrize("column", ["seconds", "inference_seconds"])
def test_times_below_zero_make_no_sense(column: str):
    with pytest.raises(QuestionError, match="counts below zero"):
        panels.panel(hand.table(hand.rows("trees", [[0.1]], [1], **{column: -1.0})))


def test_methods_never_share_a_hue():
    """Up to seven of them at one wait, size and start, told apart by any of the columns that make a method."""
    kinds = [{}, {"method": "ensemble", "k": 3}, {"method": "ensemble", "k": 5}, {"method": "gmoe", "grow_every": 2},
             {"method": "gmoe", "grow_every": 5}, {"schedule": "error", "threshold": 0.1},
             {"schedule": "error", "threshold": 0.2}]  # fmt: skip
    blocks = [hand.rows(str(n), [[0.1]], [1], **kind) for n, kind in enumerate(kinds)]
    places = panels.panel(hand.table(hand.incumbent([[0.9]]), *blocks)).policies["place"]
    assert places.iloc[0] == 0
    assert (places.iloc[1:] % panels.PLACES_APART).nunique() == len(kinds)


SORTS = [{}, {"method": "ensemble", "k": 3}, {"schedule": "once"}, {"architecture": "trees", "capacity": "none"}]


def test_what_is_plain_and_what_is_a_network():
    blocks = [hand.rows(str(n), [[0.1]], [1], **facts) for n, facts in enumerate(SORTS)]
    policies = panels.panel(hand.table(hand.incumbent([[0.9]]), *blocks)).policies
    assert panels.learns(policies).tolist() == [False, True, True, True, True]
    assert panels.networks(policies).tolist() == [False, True, True, True, False]
    assert panels.plain(policies).tolist() == [False, True, False, False, False]
