"""Money, to the yen."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarser
from alma_core.decide.costs import costs, hours_of_predictions, hours_of_updates
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices, examples
from alma_core.errors import QuestionError
from tests.decide import hand

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=500, price_per_label=2, price_per_device_hour=36,
                peak_flops=1e12, utilisation=0.5)  # fmt: skip


def test_every_cause_by_hand():
    """One policy, four arrivals of 1,000: updates at 2 and 4, 1e12 FLOPs each; a device second costs 0.01."""
    table = hand.table(hand.rows("two", [[0.9, 0.2, 0.2, 0.1]], [2, 4], waiting_time=2, first_update=2))
    found = costs(panels.panel(table), PRICES)
    assert found.errors[0, 0].tolist() == pytest.approx([9000, 2000, 2000, 1000])
    assert found.of("people")[0, 0].tolist() == [0, 500, 0, 500]
    serving = 1000 * 1e6 / 0.5e12 * 0.01
    training = 1e12 / 0.5e12 * 0.01
    assert found.of("training", "predicting")[0, 0].tolist() == pytest.approx(
        [0, training + serving, serving, training + serving]
    )
    assert found.of("labels")[0, 0].tolist() == [2000] * 4
    assert found.total[0, 0] == pytest.approx(14000 + 1000 + 2 * training + 3 * serving + 8000)


def trees(**facts: object) -> panels.Panel:
    """Return a policy that updates at 2 and 4, in 5 and 7 CPU seconds; a prediction takes a millisecond."""
    counted = {"compute_basis": "seconds", "train_flops": 0.0, "inference_flops": 0.0, "architecture": "trees"}
    times = {"seconds": [0.0, 5.0, 0.0, 7.0], "inference_seconds": [0.0, 1e-3, 1e-3, 1e-3], "capacity": "none"}
    facts = counted | times | {"waiting_time": 2, "first_update": 2} | facts
    return panels.panel(hand.table(hand.rows("trees", [[0.9, 0.2, 0.2, 0.1]], [2, 4], **facts)))


def test_what_has_no_flops_is_charged_by_its_cpu_seconds():
    """A second costs 0.01; 1,000 predictions take a second."""
    found = costs(trees(), PRICES)
    assert found.of("training", "predicting")[0, 0].tolist() == pytest.approx([0, 0.05 + 0.01, 0.01, 0.07 + 0.01])
    assert (3600 * hours_of_updates(trees(), PRICES)[0, 0]).tolist() == pytest.approx([0, 5, 0, 7])
    assert (3600 * hours_of_predictions(trees(), PRICES)[0, 0]).tolist() == pytest.approx([0, 1, 1, 1])


def test_the_speed_of_the_device_is_no_matter_of_cpu_seconds_but_the_volume_is():
    faster = dataclasses.replace(PRICES, peak_flops=1e15)
    assert costs(trees(), faster).total.tolist() == costs(trees(), PRICES).total.tolist()
    more = panels.with_volume(trees(), 5000)
    assert costs(more, PRICES).of("predicting")[0, 0, 2] == pytest.approx(0.05)


def test_a_network_is_never_charged_by_the_clock():
    """Its seconds are its share of a stack of many updates that were simulated together."""
    rows = {"compute_basis": "flops", "train_flops": [0, 1e12, 0, 1e12], "inference_flops": 0.0}
    found = costs(trees(**rows, architecture="mlp", capacity="M"), PRICES)
    assert found.of("training", "predicting")[0, 0].tolist() == pytest.approx([0, 0.02, 0, 0.02])


def test_passes_that_choose_are_part_of_an_update():
    rows = hand.rows("firefly", [[0.2, 0.1]], [1, 2], evaluation_flops=[0.0, 3e12], inference_flops=0.0)
    hours = hours_of_updates(panels.panel(hand.table(rows)), PRICES)
    assert (3600 * hours[0, 0]).tolist() == pytest.approx([2, 8])


def test_who_never_updates_buys_no_labels():
    found = costs(panels.panel(hand.example()), PRICES)
    assert found.of("labels")[0].sum() == 0
    assert found.of("labels")[1].sum() == 2 * 4 * 2000


def test_a_stated_volume_replaces_the_ledger_s():
    panel = panels.with_volume(panels.panel(hand.example()), 50)
    assert costs(panel, PRICES).errors[0, 0, 0] == pytest.approx(50 * 10 * 0.9)
    coarse = coarser(panel, 2)
    assert coarse["volume"][1, 0].tolist() == [100, 50]


def test_a_unit_too_many_or_too_few_has_its_price():
    """Off by 18, 4, 4 and 2 rentals for 1,000 predictions each, at 10 a rental."""
    table = hand.numbers(hand.table(hand.rows("two", [[0.9, 0.2, 0.2, 0.1]], [2, 4], waiting_time=2, first_update=2)))
    found = costs(panels.panel(table), PRICES)
    assert found.errors[0, 0].tolist() == pytest.approx([180_000, 40_000, 40_000, 20_000])


@pytest.mark.parametrize("scale", [1e-6, 0.5, 137.0, 52_300.0, 1e12])
def test_example_prices_suit_the_scale(scale: float):
    example = examples(Measure("regression", scale))
    assert 2_000 * (1 - 1e-9) <= example.price_per_error * scale <= 20_000 * (1 + 1e-9)
    assert not example.confirmed
    assert examples(Measure()) == Prices()


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e4), st.floats(0, 10))
def test_cost_is_linear_in_the_prices(error: float, update: float, hour: float, times: float):
    panel = panels.panel(hand.example())
    one = costs(
        panel, Prices(price_per_error=error, days_per_update=1, day_rate=update, price_per_device_hour=hour)
    ).total
    more = costs(
        panel,
        Prices(
            price_per_error=error * times,
            days_per_update=1,
            day_rate=update * times,
            price_per_device_hour=hour * times,
        ),
    ).total
    assert np.allclose(more, one * times, rtol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"price_per_error": -1.0}, "-1.0 was given for Price of one error, zero or a positive number"),
        ({"day_rate": float("nan")}, "nan was given for Price of a person-day"),
        ({"price_per_device_hour": float("inf")}, "inf was given"),
        ({"volume": -5.0}, "Predictions between two arrivals"),
        ({"utilisation": 0.0}, "utilisation of 0.0"),
        ({"utilisation": 1.5}, "up to 1"),
        ({"peak_flops": 0.0}, "A peak of 0.0"),
    ],
)
def test_prices_that_make_no_sense(wrong: dict[str, float], says: str):
    with pytest.raises(QuestionError, match=says):
        Prices(**wrong)


def test_prices_are_examples_until_they_are_confirmed():
    assert not Prices().confirmed
    assert not Prices(volume=10, price_per_error=301).confirmed
