"""Years of two digits: the order of year, month and day is found from the whole column."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.streams.short_years import ORDERS, with_long_years


def column(*cells: str | None) -> "pd.Series[str]":
    return pd.Series(cells, dtype="str", name="日付")


@pytest.mark.parametrize(
    ("cells", "expected", "order"),
    [
        (["1/30/11", "2/1/11"], ["2011-01-30", "2011-02-01"], "month, day, year"),
        (["30/1/11", "1/2/11"], ["2011-01-30", "2011-02-01"], "day, month, year"),
        (["24/4/1", "24/4/2"], ["2024-04-01", "2024-04-02"], "year, month, day"),
        (["1/2/24", "1/3/24", "1/2/24"], ["2024-01-02", "2024-01-03", "2024-01-02"], "month, day, year"),
        (["3/2/24", "1/3/24"], ["2024-02-03", "2024-03-01"], "day, month, year"),  # the rows do not go back in time
        (["98-12-31", "01-01-01"], ["1998-12-31", "2001-01-01"], "year, month, day"),
        (["24.4.1 9:05", None], ["2024-04-01 9:05", None], "year, month, day"),
    ],
)
def test_the_order_is_found(cells: list[str | None], expected: list[str | None], order: str):
    found, sentence = with_long_years(column(*cells))
    assert found.equals(column(*expected))
    assert sentence.endswith(f"read as {order}.")


@pytest.mark.parametrize(
    "cells", [["1/30/11", "x"], ["32/32/32"], ["2024/4/1"], ["1-2/24"], [None], [], ["31/2/31"], ["1.5", "2.5"]]
)
def test_other_columns_stay_as_they_are(cells: list[str | None]):
    found, sentence = with_long_years(column(*cells))
    assert found.equals(column(*cells))
    assert sentence == ""


def test_numbers_stay_as_they_are():
    assert with_long_years(pd.Series([1, 2]))[0].tolist() == [1, 2]


@given(st.dates(date(2009, 12, 1), date(2068, 1, 1)), st.integers(40, 400), st.sampled_from(list(ORDERS)))
def test_days_in_a_row_are_read_in_the_order_in_which_they_are_written(first: date, count: int, order: str):
    days = [first + timedelta(days=k) for k in range(count)]
    year, month, day = ORDERS[order]
    written = []
    for one in days:
        parts = {year: f"{one.year % 100:02}", month: str(one.month), day: str(one.day)}
        written.append("/".join(parts[place] for place in range(3)))
    assert with_long_years(column(*written))[0].tolist() == [one.isoformat() for one in days]
