"""Models go into service late: against a simulation in continuous time, moment by moment."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core.decide.costs import costs
from alma_core.decide.late import in_service, service
from alma_core.decide.limits import Limits
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question, placed
from alma_core.errors import QuestionError
from tests.decide import hand, made, naive

DAYS = 365.25 / 12
FREE = {"price_per_error": 10.0, "days_per_update": 1.0, "day_rate": 0.0, "price_per_device_hour": 0.0}

lags = st.builds(Fraction, st.integers(0, 40), st.integers(1, 12))


@given(lags, st.lists(st.booleans(), min_size=1, max_size=9))
@settings(max_examples=300)
def test_who_serves_at_every_moment(lag: Fraction, is_open: list[bool]):
    found = service(len(is_open), float(lag), np.array(is_open))
    for row, expected in enumerate(naive.served(lag, is_open)):
        shares: dict[int, float] = {}
        for model, share in zip(found.served[:, row].tolist(), found.shares[:, row].tolist(), strict=True):
            shares[max(model, -1)] = shares.get(max(model, -1), 0.0) + share
        assert {m: s for m, s in shares.items() if s} == pytest.approx({m: float(s) for m, s in expected.items()})


@given(lags, st.lists(st.booleans(), min_size=1, max_size=9))
@settings(max_examples=300)
def test_when_each_update_is_released_and_with_which_others(lag: Fraction, is_open: list[bool]):
    found = service(len(is_open), float(lag), np.array(is_open))
    times = naive.release_times(lag, is_open)
    rows = [len(is_open) if time is None or time >= len(is_open) else int(time) for time in times]
    assert found.released.tolist() == rows
    inside = [n for n, row in enumerate(rows) if row < len(is_open)]
    starts = [time is not None and time == int(time) for time in times]
    assert [bool(found.held[n]) for n in inside] == [starts[n] for n in inside]


def every_month(rows: int = 8, **facts: object) -> Panel:
    """Return what serves before, erring by 0.9, and a policy that updates every month and errs by 0.01 x t at row t."""
    table = hand.table(
        hand.incumbent([[0.9] * rows]), hand.rows("every", [[0.01 * t for t in range(1, rows + 1)]],
                                                  list(range(1, rows + 1)), **facts)
    ).assign(arrived_on=lambda t: [made.MONTHS[row - 1] for row in t["t"]])  # fmt: skip
    return panel_for(hand.record(table, unit="month"), Prices())


def test_a_month_and_a_quarter_late_by_hand():
    """Row t has for a quarter the model of t - 2, then that of t - 1; before the first ones what served before."""
    late = in_service(every_month(4), Prices(release_days=1.25 * DAYS))
    assert late["error"][1, 0].tolist() == pytest.approx([0.9, 0.75 * 0.01 + 0.25 * 0.9, 0.0175, 0.0275])
    assert late["updated"][1, 0].tolist() == [0, 1, 1, 1]


MARCH_AND_APRIL = (3, 4)
"""Rows 2 and 3, for a month of data serves from the next one on: row 1 is February."""


def test_what_a_freeze_holds_up_is_one_release():
    """Updates of rows 1 and 4 at once; those of 2 and 3 wait, and 4 makes them needless: two releases, four trained."""
    prices = Prices(freeze_months=MARCH_AND_APRIL, day_rate=1.0, days_per_update=1.0, price_per_device_hour=36.0,
                    peak_flops=1e12, utilisation=1.0)  # fmt: skip
    late = in_service(every_month(4, inference_flops=0.0), prices)
    assert late["error"][1, 0].tolist() == pytest.approx([0.01, 0.01, 0.01, 0.04])
    found = costs(late, prices)
    assert found.of("people")[1, 0].tolist() == [1, 0, 0, 1]
    assert found.of("training")[1, 0].tolist() == pytest.approx([0.01, 0, 0, 0.03])


def test_what_is_ready_after_a_freeze_is_a_release_of_its_own():
    """A quarter of a month late. Row 4 starts with the model of row 3, which waited; that of row 4 follows it."""
    prices = Prices(freeze_months=MARCH_AND_APRIL, release_days=0.25 * DAYS, day_rate=1.0, days_per_update=1.0)
    late = in_service(every_month(4), prices)
    assert late["error"][1, 0].tolist() == pytest.approx(
        [0.75 * 0.01 + 0.25 * 0.9, 0.01, 0.01, 0.25 * 0.03 + 0.75 * 0.04]
    )
    assert costs(late, prices).of("people")[1, 0].tolist() == [1, 0, 0, 2]


def test_two_releases_in_a_row_are_counted_one_by_one():
    """The third release of the year is beyond the two included, though it falls in the row of the second."""
    prices = Prices(freeze_months=MARCH_AND_APRIL, release_days=0.25 * DAYS, days_per_update=1.0, day_rate=1.0,
                    updates_included=2, day_rate_beyond=9.0, fiscal_year_from=1,
                    hardware=(("M", 100.0),))  # fmt: skip
    found = costs(in_service(every_month(4), prices), prices)
    assert found.of("people")[1, 0].tolist() == [1, 0, 0, 1]
    assert found.of("people_beyond")[1, 0].tolist() == [0, 0, 0, 9]
    both = Prices(freeze_months=(2, 3), release_days=0.25 * DAYS, hardware=(("M", 100.0),))
    assert costs(in_service(every_month(4), both), both).of("hardware")[1, 0].tolist() == [0, 0, 100, 0]


def test_each_update_has_its_own_night():
    """Three updates of three hours wait for one release; each fits four free hours, together they would not."""
    prices = Prices(freeze_months=MARCH_AND_APRIL, nightly_hours=4.0, peak_flops=1e12, utilisation=1.0)
    panel = every_month(4, train_flops=3 * 3600e12)
    assert costs(in_service(panel, prices), prices).of("training").sum() == 0
    answered = hand.answer(
        hand.table(hand.incumbent([[0.9] * 4]), hand.rows("every", [[0.1] * 4], [1, 2, 3, 4], train_flops=3 * 3600e12)
                   ).assign(arrived_on=lambda t: [made.MONTHS[row - 1] for row in t["t"]]),
        Question(prices=prices, limits=Limits(update_hours=3.5)), unit="month",
    )  # fmt: skip
    assert answered.excesses == [[], []]


def test_an_update_that_is_not_released_within_the_horizon_is_not_charged():
    prices = Prices(release_days=2 * DAYS, day_rate=1.0, days_per_update=1.0, peak_flops=1e12, utilisation=1.0,
                    price_per_device_hour=3600.0)  # fmt: skip
    late = in_service(every_month(5, inference_flops=0.0), prices)
    found = costs(late, prices)
    assert found.of("people")[1, 0].tolist() == [0, 0, 1, 1, 1]
    assert found.of("training")[1, 0].tolist() == pytest.approx([0, 0, 1, 1, 1])
    assert late["train_flops"][1, 0].tolist() == [1e12] * 3 + [0] * 2


def test_nothing_late_changes_nothing():
    panel = every_month()
    for prices in (Prices(), Prices(freeze_months=(12,))):
        same = in_service(panel, prices)
        assert all(np.array_equal(same[name], panel[name], equal_nan=True) for name in panel.rows)
        assert same.shares is None


def test_labels_with_dates_of_their_own_come_when_they_come():
    panel = every_month(4)
    dated = dataclasses.replace(panel, measure=Measure(dates_labels=True))
    late = Prices(label_delay=DAYS, release_days=DAYS)
    assert in_service(panel, late)["error"][1, 0].tolist() == pytest.approx([0.9, 0.9, 0.01, 0.02])
    assert in_service(dated, late)["error"][1, 0].tolist() == pytest.approx([0.9, 0.01, 0.02, 0.03])


def judged_next(rows: int = 6, lags: int = 3, **facts: object) -> hand.Record:
    """Return a policy that errs by 0.1 x its arrival + 0.01 x the row, updating at rows 1 and 3; 0.9 before."""

    def error(place: hand.Place) -> float:
        _policy, _seed, model, t = place
        return 0.1 * model + 0.01 * t if model else 0.9

    at = [max(u for u in (1, 3) if u <= t) for t in range(1, rows + 1)]
    table = hand.table(
        hand.incumbent([[0.9] * rows]),
        hand.rows("two", [[0.1 * model + 0.01 * t for t, model in enumerate(at, 1)]], [1, 3], **facts),
    ).assign(arrived_on=lambda t: [made.MONTHS[row - 1] for row in t["t"]])
    return hand.record(table, Measure(judged="next"), unit="month", judged=hand.judged(table, error, lags))


def test_judged_next_a_late_model_is_judged_where_it_serves():
    prices = Prices(release_days=1.5 * DAYS)
    late = in_service(panel_for(judged_next(), prices), prices)
    served = [[0.9, 0.9], [0.1 + 0.02, 0.9], [0.1 + 0.03] * 2, [0.3 + 0.04, 0.1 + 0.04], [0.3 + 0.05] * 2,
              [0.3 + 0.06] * 2]  # fmt: skip
    assert late["error"][1, 0].tolist() == pytest.approx([np.mean(row) for row in served])


@pytest.mark.parametrize(
    ("prices", "days"),
    [(Prices(release_days=3.5 * DAYS), 4), (Prices(release_days=2 * DAYS, freeze_months=(5, 6)), 4)],
)
def test_judged_next_a_model_is_never_guessed_at_a_row_that_nobody_judged(prices: Prices, days: int):
    with pytest.raises(QuestionError, match=f"go into service {days} arrivals late at times.*at 3 later"):
        placed(panel_for(judged_next(), prices), Question(prices=prices))
    assert placed(panel_for(judged_next(), prices), Question(prices=prices, horizon=4)).horizon == 4


def test_judged_next_a_coarse_row_has_no_later_ones():
    prices = Prices(release_days=3 * DAYS)
    with pytest.raises(QuestionError, match="at 0 later"):
        placed(panel_for(judged_next(), prices), Question(prices=prices, factor=2))


@pytest.mark.parametrize(
    ("unit", "prices", "says"),
    [
        ("lot", Prices(release_days=3.0), "lots of unknown length"),
        ("day", Prices(freeze_months=(3,)), "have no dates"),
    ],
)
def test_time_that_nobody_has_stated(unit: str, prices: Prices, says: str):
    with pytest.raises(QuestionError, match=says):
        hand.answer(hand.example(), Question(prices=prices), unit=unit)


def test_a_lot_is_as_long_as_the_reader_says():
    prices = Prices(**FREE, release_days=3.0, days_per_arrival=2.0)
    found = hand.answer(hand.example(), Question(prices=prices))
    assert found.panel["error"][1, 0].tolist() == pytest.approx([0.9, 0.5 * 0.4 + 0.5 * 0.9, 0.35, 0.3])


def test_late_without_what_serves_before():
    with pytest.raises(QuestionError, match="holds no rows of what serves before"):
        hand.answer(hand.table(hand.rows("every", [[0.1] * 3], [1, 2, 3])),
                    Question(prices=Prices(release_days=3.0, days_per_arrival=2.0)))  # fmt: skip
