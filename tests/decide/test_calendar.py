"""When the rows of a run happen."""

import numpy as np
import pytest

from alma_core.decide.calendar import Calendar
from alma_core.errors import QuestionError


@pytest.mark.parametrize(
    ("unit", "factor", "stated", "days"),
    [
        ("day", 1, None, 1.0), ("week", 1, None, 7.0), ("month", 1, None, 30.4375), ("quarter", 1, None, 91.3125),
        ("year", 1, None, 365.25), ("week", 4, None, 28.0), ("lot", 1, None, None), ("lot", 3, 10.0, 30.0),
        ("month", 1, 30.0, 30.0),
    ],
)  # fmt: skip
def test_how_long_a_row_is(unit: str, factor: int, stated: float | None, days: float | None):
    assert Calendar(unit, factor, stated_days=stated).days == days


def test_a_lot_of_unknown_length_is_no_time():
    with pytest.raises(QuestionError, match="state how many days a lot is"):
        Calendar().known_days()
    with pytest.raises(QuestionError, match="state how many days a lot is"):
        Calendar().years(3)
    with pytest.raises(QuestionError, match="have no dates"):
        Calendar("month").months()
    with pytest.raises(QuestionError, match="have no dates"):
        Calendar("month", dates=("2024-01-01", "")).months()


@pytest.mark.parametrize(
    ("unit", "date", "month", "fiscal_year"),
    [
        ("month", "2024-02-01", 3, 2023),  # February's data serve from March on
        ("month", "2024-03-01", 4, 2024),
        ("month", "2023-12-01", 1, 2023),
        ("quarter", "2024-01-01", 4, 2024),
        ("quarter", "2024-10-01", 1, 2024),
        ("year", "2023-01-01", 1, 2023),
        ("week", "2024-03-25", 4, 2024),
        ("week", "2024-03-18", 3, 2023),
        ("day", "2024-03-31", 4, 2024),
        ("day", "2024-02-28", 2, 2023),
        ("lot", "2024-03-31", 3, 2023),
        ("month", "2024-01-31", 2, 2023),  # files are dated by any day of what they hold
        ("quarter", "2024-03-31", 4, 2024),
        ("week", "2024-03-27", 4, 2024),
        ("lot", "2024-04-01", 4, 2024),
    ],
)
def test_a_row_begins_to_serve_once_its_arrival_is_complete(unit: str, date: str, month: int, fiscal_year: int):
    calendar = Calendar(unit, dates=(date,))
    assert calendar.months().tolist() == [month]
    assert calendar.fiscal_years(1, 4).tolist() == [fiscal_year]
    assert calendar.fiscal_years(1, 1).tolist() == [fiscal_year + (month < 4)]


def test_without_dates_a_fiscal_year_is_a_year_from_the_first_row():
    assert Calendar("quarter").fiscal_years(9, 4).tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert Calendar("month").fiscal_years(25, 4).tolist() == [0] * 12 + [1] * 12 + [2]
    assert Calendar("month").years(25)[[0, 12, 24]].tolist() == pytest.approx([0, 1, 2])


def test_shorter_and_coarser():
    calendar = Calendar("month", dates=tuple(f"2024-{month:02}-01" for month in range(1, 10)))
    assert calendar.prefix(2).dates == ("2024-01-01", "2024-02-01")
    coarse = calendar.coarser(3, np.array([2, 5, 8]))
    assert coarse.days == pytest.approx(91.3125)
    assert coarse.months().tolist() == [4, 7, 10]  # as soon as the last of the three has arrived
    assert Calendar("lot").coarser(2, np.array([1, 3])) == Calendar("lot", 2)
