"""Money, to the yen."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarser
from alma_core.decide.costs import CAUSES, costs, hours_of_predictions, hours_of_updates
from alma_core.decide.measure import Measure
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices, examples
from alma_core.decide.question import Question, placed
from alma_core.errors import QuestionError
from tests.decide import hand, made, naive

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


FEW = ("incumbent", "S1", "M2", "new", "ens", "trees")


@given(
    st.integers(0, 10**6), st.sampled_from((made.MANY, made.TWO, made.NUMBER)), st.sampled_from(("test", "next")),
    st.booleans(), st.booleans(), st.sampled_from(("month", "month", "lot")), st.integers(1, 8),
)  # fmt: skip
@settings(max_examples=45)
def test_every_cause_of_every_row_against_plain_loops(
    seed: int, task: str, judged: str, late: bool, stated: bool, unit: str, rows: int
):
    """Section 7 twice: as arrays, and one number at a time from the tables (see `naive`)."""
    run = made.run(seed, task, judged, rows, unit=unit, lacking=seed % 3 == 0, among=FEW)
    prices = made.prices(seed, task, late=late, unit=unit)
    question = Question(prices=prices, incumbent_error=(seed % 97) / 97 if stated else None, horizon=1 + seed % rows)
    try:
        panel = placed(panel_for(run, prices), question)
    except QuestionError as refused:
        assume("arrivals late at times" not in str(refused))
        raise
    found, expected = costs(panel, prices), naive.bills(run, question)
    for number, policy in enumerate(panel.policies["policy"]):
        for one in range(panel.seeds):
            for cause in CAUSES:
                rows_ = [row.get(cause, 0.0) for row in expected[policy, one]]
                assert found.of(cause)[number, one] == pytest.approx(rows_, rel=1e-5, abs=1e-6), (policy, cause)
            whole = sum(sum(row.values()) for row in expected[policy, one])
            assert found.total[number, one] == pytest.approx(whole, rel=1e-5)


def test_what_is_stated_of_two_kinds_serves_before_the_first_update():
    """Miss and false-alarm rate, or shortfall and excess, in the place of one error."""
    for task, rates in ((made.TWO, (0.3, 0.05)), (made.NUMBER, (7.0, 2.0))):
        run = made.run(5, task, "next", among=FEW)
        prices = dataclasses.replace(
            made.prices(3, task, rich=False), incumbent_rates=rates, price_per_error=300.0,
            **({"miss_price": 31.0, "false_alarm_price": 4.0} if task == made.TWO else
               {"shortage_price": 31.0, "excess_price": 4.0}),
        )  # fmt: skip
        question = Question(prices=prices)
        panel = placed(panel_for(run, prices), question)
        found, expected = costs(panel, prices), naive.bills(run, question)
        for number, policy in enumerate(panel.policies["policy"]):
            amounts = [sum(sum(row.values()) for row in expected[policy, one]) for one in range(panel.seeds)]
            assert found.total[number] == pytest.approx(amounts, rel=1e-5)


def test_an_hour_of_a_rented_device_and_a_server_of_one_s_own():
    """1e15 FLOPs at 1e12 a second and half of it are 2,000 s; what fits the night is free, the rest is paid whole."""
    rows = hand.rows("every", [[0.1] * 2], [1, 2], train_flops=[9e15, 18e15], inference_flops=1e9)
    panel = panels.panel(hand.table(rows))
    rented = Prices(peak_flops=1e12, utilisation=0.5, price_per_device_hour=100.0)
    assert costs(panel, rented).of("training")[0, 0].tolist() == pytest.approx([500, 1000])
    assert costs(panel, rented).of("predicting")[0, 0].tolist() == pytest.approx([1000 * 1e9 / 0.5e12 / 36] * 2)
    owned = dataclasses.replace(rented, nightly_hours=5.0)
    assert costs(panel, owned).of("training")[0, 0].tolist() == pytest.approx([0, 1000])
    assert costs(panel, owned).of("predicting").sum() == 0


def test_the_second_rate_begins_anew_each_fiscal_year():
    """Months from January 2023, which serve from February on; the fiscal year turns in April, at row 3."""
    rows = hand.rows("every", [[0.1] * 5], [1, 2, 3, 4, 5])
    table = hand.table(rows).assign(arrived_on=made.MONTHS[:5])
    prices = Prices(days_per_update=2.0, day_rate=10.0, updates_included=1, day_rate_beyond=15.0)
    found = costs(panel_for(hand.record(table, unit="month"), prices), prices)
    assert found.of("people")[0, 0].tolist() == [20, 0, 20, 0, 0]
    assert found.of("people_beyond")[0, 0].tolist() == [0, 30, 0, 30, 30]


def test_files_may_come_in_any_order_of_their_dates():
    """The update of row 2 belongs to the year before those of rows 1 and 3."""
    table = hand.table(hand.rows("every", [[0.1] * 3], [1, 2, 3])).assign(
        arrived_on=["2024-05-01", "2023-05-01", "2024-06-01"]
    )
    prices = Prices(days_per_update=1.0, day_rate=1.0, updates_included=1, day_rate_beyond=9.0)
    found = costs(panel_for(hand.record(table, unit="lot"), prices), prices)
    assert found.of("people_beyond")[0, 0].tolist() == [0, 0, 9]


def test_a_fiscal_year_without_dates_is_a_year_from_the_first_row():
    table = hand.table(hand.rows("every", [[0.1] * 4], [1, 2, 3, 4]))
    prices = Prices(
        days_per_update=1.0, day_rate=1.0, updates_included=1, day_rate_beyond=9.0, days_per_arrival=182.625
    )
    found = costs(panel_for(hand.record(table), prices), prices)
    assert found.of("people_beyond")[0, 0].tolist() == [0, 9, 0, 9]


def test_upkeep_discount_and_hardware_by_hand():
    blocks = [hand.incumbent([[0.9] * 3]), hand.rows("single", [[0.1] * 3], [2], capacity="L"),
              hand.rows("ens", [[0.1] * 3], [1], method="ensemble", k=3)]  # fmt: skip
    prices = Prices(upkeep=(("every", 120.0), ("ensemble", 240.0)), hardware=(("L", 1000.0),), discount_rate=0.1,
                    days_per_arrival=365.25)  # fmt: skip
    found = costs(panel_for(hand.record(hand.table(*blocks)), prices), prices)
    assert found.of("upkeep")[:, 0].tolist() == [
        [0, 0, 0], pytest.approx([120, 120 / 1.1, 120 / 1.21]), pytest.approx([240, 240 / 1.1, 240 / 1.21]),
    ]  # fmt: skip
    assert found.of("hardware")[1, 0].tolist() == pytest.approx([0, 1000 / 1.1, 0])
    assert found.of("hardware")[[0, 2]].sum() == 0


@pytest.mark.parametrize("task", [made.MANY, made.TWO, made.NUMBER])
def test_arrivals_that_come_two_at_a_time_cost_the_same_errors(task: str):
    """On a fixed test set at one volume; row 1 alone is dropped."""
    prices = made.prices(2, task, rich=False)
    kinds = {
        made.TWO: {"miss_price": 61.7, "false_alarm_price": 17.3},
        made.NUMBER: {"shortage_price": 3.7, "excess_price": 2.3},
    }
    prices = dataclasses.replace(prices, volume=100.0, **kinds.get(task, {}))
    run = made.run(7, task, "test", 7, among=("incumbent", "S2", "M2", "trees"))
    full = panel_for(run, prices)
    fine = costs(placed(full, Question(prices=prices)), prices)
    coarse_panel = placed(full, Question(prices=prices, factor=2))
    coarse = costs(coarse_panel, prices)
    assert coarse_panel.policies["policy"].tolist() == ["incumbent", "S2", "M2"]
    assert coarse.errors.sum(-1) == pytest.approx(fine.errors[:3, :, 1:].sum(-1), rel=1e-5)
    assert coarse.of("people").sum(-1) == pytest.approx(fine.of("people")[:3].sum(-1))
    assert coarse.of("training").sum(-1) == pytest.approx(fine.of("training")[:3].sum(-1))


def test_judged_next_cases_of_rows_that_come_together_add_up():
    """Rows 2 and 3 together: 20 of 40 positives missed at 0.5 and 15 of 60 at 0.25 are 35 of 100."""
    table = hand.table(hand.incumbent([[0.5] * 3]), hand.rows("two", [[0.1] * 3], [2], waiting_time=2, first_update=2))
    rates = {1: (0.0, 0), 2: (0.5, 40), 3: (0.25, 60), 0: (0.1, 10)}
    points = hand.operating(table, lambda place: hand.flat(rates[place[3]][0], 0.0, rates[place[3]][1], 100))
    prices = Prices(miss_price=10.0, false_alarm_price=1.0, volume=50.0)
    run = hand.record(table, Measure(judged="next"), operating=points)
    panel = placed(panel_for(run, prices), Question(prices=prices, factor=2))
    assert panel.models["cases"][:, 1, 0, :, 0].tolist() == [[100.0], [200.0]]
    # 100 predictions, a third of them positives, of which 35 in a hundred are missed
    assert costs(panel, prices).errors[1, 0].tolist() == pytest.approx([100 * (1 / 3) * 0.35 * 10])
