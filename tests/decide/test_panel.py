"""Views of a run that train nothing."""

import numpy as np
import pytest

from alma_core import ledger
from alma_core.decide import panel as panels
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
    changed = panels.with_incumbent(panels.panel(hand.example()), 0.08)
    assert changed["error"][:, 0].tolist() == [[0.08] * 4, [0.4, 0.3, 0.3, 0.2], [0.08, 0.2, 0.2, 0.1]]


def test_no_model_yet_leaves_the_computed_default():
    full = panels.panel(hand.example())
    assert panels.with_incumbent(full, None) is full


@pytest.mark.parametrize("error", [-0.1, 1.1, float("nan")])
def test_an_incumbent_error_out_of_range(error: float):
    with pytest.raises(QuestionError, match="from 0 to 1"):
        panels.with_incumbent(panels.panel(hand.example()), error)


def test_coarser_by_hand():
    """Rows of two: row 1 is the mean of fine rows 2 and 3, row 2 is fine row 4 alone; fine row 1 is dropped."""
    coarse = panels.coarser(panels.panel(hand.example()), 2)
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
    assert panels.coarser(panels.panel(table), 2)["error"][0, 0].tolist() == pytest.approx([(30 * 0.2 + 10 * 0.6) / 40])


def test_coarser_than_the_horizon():
    with pytest.raises(QuestionError, match="choose 1 to 4"):
        panels.coarser(panels.panel(hand.example()), 5)


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
