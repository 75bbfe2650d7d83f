"""The tables beside a ledger, as arrays: what was judged where."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alma_core.decide import panel as panels
from alma_core.decide.measure import Measure
from alma_core.decide.priced import panel_for, with_models
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.record import Record
from alma_core.errors import QuestionError
from tests.decide import hand, made

TWO = Prices(miss_price=50.0, false_alarm_price=2.0)
THREE = Prices(price_matrix=((0.0, 1.0, 2.0), (3.0, 0.0, 4.0), (5.0, 6.0, 0.0)))


def two_classes(points: Any, judged: str = "test", updates: tuple[int, ...] = (2,)) -> Record:
    """Return what serves before, and a policy that updates at these of four arrivals."""
    table = hand.table(
        hand.incumbent([[0.5] * 4]), hand.rows("p", [[0.1] * 4], list(updates), arrived_on=made.MONTHS[:4])
    )
    operating = hand.operating(table, points, 3 if judged == "next" else 0)
    return hand.record(table, Measure(judged=judged), operating=operating, unit="month")


def test_on_a_test_set_a_model_does_alike_until_the_next_one():
    def points(place: hand.Place) -> hand.Points:
        return hand.flat(0.1 * place[2], 0.01 * place[2])

    run = two_classes(points, updates=(2, 3))
    changes = run.tables.operating.drop_duplicates(["policy", "split", "level", "a", "b"])  # as a run keeps them
    for table in (run.tables.operating, changes):
        tables = dataclasses.replace(run.tables, operating=table)
        found = panel_for(Record(tables, run.measure), TWO).models
        assert found["rates"][0, 5, 1, 0, :, 0].tolist() == pytest.approx([0, 0.2, 0.3, 0.3])
        assert found["rates"][1, 5, 1, 0, :, 0].tolist() == pytest.approx([0, 0.02, 0.03, 0.03])
        assert found["cases"][:, 1, 0].tolist() == [[[50.0]] * 4] * 2


def test_judged_next_a_model_has_points_at_every_later_row():
    run = two_classes(lambda place: hand.flat(0.1 * place[2] + 0.01 * place[3], 0.0, 10 * place[3] + 1), "next")
    now, late = (panel_for(run, prices).models for prices in (TWO, dataclasses.replace(TWO, release_days=1.0)))
    assert now["rates"].shape[-1] == 1
    assert late["rates"][0, 0, 1, 0, 1, :3].tolist() == pytest.approx([0.22, 0.23, 0.24])
    assert late["cases"][0, 1, 0, 1].tolist() == [21, 31, 41, 0]
    assert now["rates"][0, 0, 1, 0, :, 0].tolist() == pytest.approx([0.01, 0.22, 0.23, 0.24])


def test_validation_is_that_of_the_update_of_the_model_that_serves():
    def points(place: hand.Place) -> hand.Points:
        _policy, _seed, model, t = place
        return hand.flat(0.1 * model, 0.0, 10 + model) if t == 0 else hand.flat(0.9, 0.9)

    found = panel_for(two_classes(points, updates=(2, 4)), TWO).models
    assert found["validation"][0, 3, 1, 0, :, 0].tolist() == pytest.approx([0, 0.2, 0.2, 0.4])
    assert found["validation_cases"][0, 1, 0, :, 0].tolist() == [0, 12, 12, 14]
    assert found["validation_cases"][:, 0].sum() == 0  # the incumbent has none


def lacking(no_positives: set[int], usual: float = 0.7) -> np.ndarray:
    """Return [4] the miss rates priced, where rows without positives have none of their own."""

    def points(place: hand.Place) -> hand.Points:
        policy, _seed, _model, t = place
        n = 0 if t in no_positives else 10 * t + 1
        rate = usual if policy == "incumbent" else 0.1 * t
        return hand.flat(rate if n else 0.0, 0.0, n)

    found = panel_for(two_classes(points, "next", updates=(1, 2, 3, 4)), TWO)
    return np.asarray(found.models["rates"][0, 0, 1, 0, :, 0])


def test_a_row_without_positives_takes_the_rate_of_the_rows_before_together():
    assert lacking({3}).tolist() == pytest.approx([0.1, 0.2, (0.1 * 11 + 0.2 * 21) / 32, 0.4])
    assert lacking({2, 3}).tolist() == pytest.approx([0.1, 0.1, 0.1, 0.4])


def test_with_none_before_it_takes_the_incumbent_s():
    assert lacking({1}).tolist() == pytest.approx([0.7, 0.2, 0.3, 0.4])
    assert lacking({1, 2}).tolist() == pytest.approx([0.7, 0.7, 0.3, 0.4])


def test_no_rate_is_pooled_from_what_comes_later():
    calm = lacking({3})
    assert np.array_equal(lacking({3, 4})[:3], calm[:3])


def counts(place: hand.Place) -> np.ndarray:
    _policy, _seed, model, t = place
    return np.array([[8, model, 0], [0, 4, 0], [t, 0, 4]])


def of_three(judged: str) -> Record:
    table = hand.table(hand.incumbent([[0.5] * 4]), hand.rows("p", [[0.1] * 4], [2], arrived_on=made.MONTHS[:4]))
    confusion = hand.confusion(table, counts, 3 if judged == "next" else 0)
    return hand.record(table, Measure(judged=judged), confusion=confusion, unit="month")


def test_cells_are_shares_of_the_rows_judged():
    found = panel_for(of_three("next"), THREE).models["cells"]  # [C, C, P, S, T, 1]
    assert found[:, :, 1, 0, 2, 0].tolist() == [pytest.approx([x / 21 for x in row]) for row in counts(("p", 0, 2, 3))]
    assert found.sum((0, 1)) == pytest.approx(1)
    late = panel_for(of_three("next"), dataclasses.replace(THREE, release_days=1.0)).models["cells"]
    assert late[2, 0, 1, 0, 1].tolist() == pytest.approx([2 / 20, 3 / 21, 4 / 22, np.nan], nan_ok=True)


def test_cells_hold_on_a_test_set_until_they_change():
    run = of_three("test")
    first = run.tables.confusion[run.tables.confusion["served_t"].isin((1, 2))]
    found = panel_for(Record(dataclasses.replace(run.tables, confusion=first), run.measure), THREE).models["cells"]
    assert np.array_equal(found[..., 1, 0, 3, 0], found[..., 1, 0, 1, 0])
    assert found[0, 1, 1, 0, :, 0].tolist() == pytest.approx([0, 2 / 20, 2 / 20, 2 / 20])


def test_a_run_without_what_the_prices_ask_for():
    plain = hand.record(hand.example())
    with pytest.raises(QuestionError, match="holds no operating points"):
        panel_for(plain, TWO)
    with pytest.raises(QuestionError, match="for 3 classes was given, but the run tells 0 apart"):
        panel_for(plain, THREE)


@pytest.mark.parametrize("prices", [TWO, dataclasses.replace(TWO, release_days=40.0), Prices()])
def test_some_of_the_policies_are_those_of_all(prices: Prices):
    run = made.run(2, made.TWO, "next", lacking=True)
    full = panel_for(run, prices)
    keep = full.policies["policy"].isin(("incumbent", "M2", "new")).to_numpy()
    rows = panels.chosen(panels.panel(run.ledger, run.measure), keep)
    some, expected = with_models(rows, run, prices, run.lags if prices.is_late else 0), panels.chosen(full, keep)
    for name, array in expected.models.items():
        assert np.array_equal(some.models[name], array, equal_nan=True), name


def without(run: Record, t: int) -> Record:
    """Return a run in which row t is judged on nothing: the ledger says as before, the other tables nothing."""
    left = run.tables
    ledger = left.ledger.copy()
    ledger.loc[ledger["t"] == t, "test_size"] = 0
    before = ledger.loc[ledger["t"] == t - 1, "error"].to_numpy() if t > 1 else 1.0
    ledger.loc[ledger["t"] == t, "error"] = before

    def rest(table: pd.DataFrame) -> pd.DataFrame:
        validates = table["split"] == "validation" if "split" in table else False
        return table[(table["t"] != t) | validates]

    others = {name: rest(getattr(left, name)) for name in ("judged", "operating", "confusion")}
    return Record(dataclasses.replace(left, ledger=ledger, **others), run.measure)


OF_TASK = {made.MANY: THREE, made.TWO: TWO, made.NUMBER: Prices(shortage_price=3.0, excess_price=1.0)}


@pytest.mark.parametrize("days", [0.0, 45.0])
@pytest.mark.parametrize("t", [1, 3])
@pytest.mark.parametrize("task", list(OF_TASK))
def test_a_row_that_is_judged_on_nothing_has_a_price_all_the_same(task: str, t: int, days: float):
    run = made.run(3, task, "next", among=("incumbent", "S1", "M2"))
    for kind in (OF_TASK[task], Prices()):
        prices = dataclasses.replace(kind, release_days=days)
        question = Question(prices=prices)
        found, whole = (hand.advise.answer(one, question).costs.rows for one in (without(run, t), run))
        assert np.isfinite(found).all()
        last = 0 if t == 1 else t - 2
        assert found[..., :last] == pytest.approx(whole[..., :last])
        assert found[..., t + 3 :] == pytest.approx(whole[..., t + 3 :])


def test_a_model_does_on_nothing_as_at_the_row_before():
    run = without(made.run(3, made.MANY, "next", among=("incumbent", "S1")), 4)
    late = panel_for(run, dataclasses.replace(THREE, release_days=1.0)).models
    for name in ("error", "cells"):
        assert np.array_equal(late[name][..., 2, 1], late[name][..., 2, 0])
        assert np.array_equal(late[name][..., 1, 2], late[name][..., 1, 1])
        assert np.array_equal(late[name][..., 3, 0], late[name][..., 2, 0])
