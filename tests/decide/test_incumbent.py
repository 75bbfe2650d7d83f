"""What serves before the first update, as the reader states it."""

import dataclasses

import numpy as np
import pytest

from alma_core.decide.costs import costs
from alma_core.decide.incumbent import with_incumbent
from alma_core.decide.panel import Panel
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices
from alma_core.errors import QuestionError
from tests.decide import hand, made

TWO = Prices(miss_price=50.0, false_alarm_price=2.0)
SIDES = Prices(shortage_price=3.0, excess_price=1.0)
THREE = Prices(price_matrix=((0.0, 1.0, 2.0), (3.0, 0.0, 4.0), (5.0, 6.0, 0.0)))
OF_TASK = {made.TWO: TWO, made.NUMBER: SIDES, made.MANY: THREE}


def panel(task: str, judged: str = "test", **changes: object) -> Panel:
    prices = dataclasses.replace(OF_TASK[task], **changes)
    return panel_for(made.run(9, task, judged, among=("incumbent", "S2", "new")), prices)


@pytest.mark.parametrize("task", list(OF_TASK))
def test_what_has_updated_is_left_as_it_is(task: str):
    full = panel(task)
    found = with_incumbent(full, 0.25)
    before = full["model_t"] == 0
    assert before[0].all()
    assert (found["error"][before] == 0.25).all()
    assert np.array_equal(found["error"][~before], full["error"][~before])
    for name, array in full.models.items():
        untouched = name.startswith("validation") or name == "cases"
        same = array == found.models[name]
        assert same[..., ~before, :].all(), name
        assert same.all() == untouched, name


@pytest.mark.parametrize(("error", "rates"), [(0.25, None), (None, (0.4, 0.1))])
def test_one_error_is_that_of_both_kinds_and_two_say_how_often_they_are_wrong(error: float | None, rates: object):
    full = panel(made.TWO)
    found = with_incumbent(full, error, rates)
    a, b = rates or (0.25, 0.25)
    assert found.models["rates"][:, :, 0] == pytest.approx(np.broadcast_to(
        np.array([a, b]).reshape(2, 1, 1, 1, 1), full.models["rates"][:, :, 0].shape))  # fmt: skip
    n_a, n_b = full.models["cases"][:, 0, 0, 0, 0]
    if rates is None:
        assert found["error"][0] == pytest.approx(0.25)
    elif full.models["cases"][:, 0, 0].std(-2).max() == 0:
        by_seed = full.models["cases"][:, 0, :, 0, 0]
        expected = (by_seed[0].sum() * a + by_seed[1].sum() * b) / by_seed.sum()
        assert found["error"][0] == pytest.approx(expected)
        assert n_a + n_b > 0


def test_a_number_is_as_often_too_low_as_too_high():
    found = with_incumbent(panel(made.NUMBER), 8.0)
    assert found.models["rates"][:, :, 0] == pytest.approx(4.0)
    stated = with_incumbent(panel(made.NUMBER), None, (5.0, 1.5))
    assert stated["error"][0] == pytest.approx(6.5)
    priced = costs(dataclasses.replace(stated, models={n: a[..., :1] for n, a in stated.models.items()}), SIDES)
    assert priced.errors[0] == pytest.approx(stated["volume"][0] * (3.0 * 5.0 + 1.5))


def test_an_error_falls_evenly_on_the_wrong_classes():
    full = panel(made.MANY)
    found = with_incumbent(full, 0.3).models["cells"][:, :, 0]
    of_class = full.models["cells"][:, :, 0].sum(1)
    assert found.sum(1) == pytest.approx(of_class)
    for true in range(3):
        for predicted in range(3):
            share = 0.7 if true == predicted else 0.15
            assert found[true, predicted] == pytest.approx(share * of_class[true], rel=1e-5)


def test_what_is_stated_holds_at_later_rows_too():
    found = with_incumbent(panel(made.NUMBER, "next", release_days=40.0), 8.0)
    before = found["model_t"] == 0
    error = found.models["error"]
    known = ~np.isnan(error)
    assert known[..., 1].any()
    assert (error[before][known[before]] == 8.0).all()


@pytest.mark.parametrize(
    ("task", "error", "rates", "says"),
    [
        (made.TWO, None, (0.3, 1.2), "An error of 1.2 was given"),
        (made.TWO, None, (-0.1, 0.2), "An error of -0.1 was given"),
        (made.NUMBER, None, (1.0, float("nan")), "A prediction error of nan"),
        (made.MANY, None, (0.3, 0.2), "the prices do not tell them apart"),
    ],
)
def test_rates_that_make_no_sense(task: str, error: float | None, rates: tuple[float, float], says: str):
    with pytest.raises(QuestionError, match=says):
        with_incumbent(panel(task), error, rates)


def test_rates_where_one_price_holds_for_all_errors():
    with pytest.raises(QuestionError, match="the prices do not tell them apart"):
        with_incumbent(panel_for(hand.record(hand.example()), Prices()), None, (0.1, 0.2))
