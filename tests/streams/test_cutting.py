"""Rows -> mega-batches: known answers, naive twins, and that nothing that has arrived ever moves."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.errors import DataError, SpecError
from alma_core.streams.cutting import (
    CALENDAR,
    MOST_MEGA_BATCHES,
    Arrivals,
    Cutting,
    by_calendar,
    by_count,
    by_file,
    called,
    cutting_of,
    days_of,
    first_days_of,
    periods_of,
)

DATES = st.dates(date(2019, 1, 1), date(2026, 12, 31))
ADDITIONS = st.lists(st.lists(DATES, min_size=1, max_size=8), min_size=1, max_size=5)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[D]")


def additions_of(lists: list[list[date]]) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.repeat(np.arange(1, len(lists) + 1), [len(one) for one in lists])
    return np.array([day for one in lists for day in one], "datetime64[D]"), numbers


def start_of(day: date, by: str) -> date:
    """Return the first day of the period, the slow way."""
    while not {
        "day": True,
        "week": day.weekday() == 0,
        "month": day.day == 1,
        "quarter": day.day == 1 and day.month in (1, 4, 7, 10),
        "fiscal-year": day.day == 1 and day.month == 4,
    }[by]:
        day -= timedelta(days=1)
    return day


@given(DATES, st.sampled_from(list(CALENDAR)))
def test_a_period_begins_where_a_person_would_say(day: date, by: str):
    first = first_days_of(periods_of(days(str(day)), by), by)
    assert first.astype(object).tolist() == [start_of(day, by)]


@given(ADDITIONS, st.sampled_from(list(CALENDAR)))
def test_the_calendar_against_a_plain_loop(lists: list[list[date]], by: str):
    arrivals = by_calendar(*additions_of(lists), by)
    arrives, newest, is_late = [], None, []
    for addition in lists:
        closed_before = newest
        newest = max([start_of(day, by) for day in addition] + ([newest] if newest else []))
        for day in addition:
            late = closed_before is not None and start_of(day, by) < closed_before
            is_late.append(late)
            arrives.append(newest if late else start_of(day, by))
    starts, day = [], min(arrives)
    while day <= max(arrives):
        starts.append(day)
        day = start_of(
            day + timedelta(days={"day": 1, "week": 7, "month": 31, "quarter": 92, "fiscal-year": 366}[by]), by
        )
    assert arrivals.first_days.astype(object).tolist() == starts
    assert arrivals.arrives.tolist() == [starts.index(one) + 1 for one in arrives]
    assert arrivals.late.tolist() == is_late
    assert (arrivals.last_days[:-1] + 1).tolist() == arrivals.first_days[1:].tolist()


@given(ADDITIONS, st.sampled_from(list(CALENDAR)))
def test_adding_never_moves_what_was_there_by_calendar(lists: list[list[date]], by: str):
    whole = by_calendar(*additions_of(lists), by)
    for count in range(1, len(lists)):
        part = by_calendar(*additions_of(lists[:count]), by)
        assert whole.arrives[: len(part.arrives)].tolist() == part.arrives.tolist()
        assert whole.arrived_on[: len(part)] == part.arrived_on


@given(ADDITIONS, st.sampled_from(list(CALENDAR)))
def test_what_is_added_never_arrives_before_the_newest_mega_batch(lists: list[list[date]], by: str):
    whole = by_calendar(*additions_of(lists), by)
    numbers = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    for addition in range(1, len(lists)):
        assert whole.arrives[numbers == addition].min() >= whole.arrives[numbers < addition].max()


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 20), st.booleans())
def test_counting_against_a_plain_loop(first_rows: int, more: int, size: int, by_rows: bool):
    nothing = np.full(first_rows + more, np.datetime64("NaT", "D"))
    lots = first_rows if by_rows else min(size, first_rows)
    cutting = Cutting("rows", size) if by_rows else Cutting("number", lots)
    arrivals = by_count(nothing, first_rows, cutting)
    edge = (lambda t: t * size) if by_rows else (lambda t: t * first_rows // lots)
    assert arrivals.arrives.tolist() == [
        next(t for t in range(1, 200) if edge(t - 1) <= p < edge(t)) for p in range(first_rows + more)
    ]
    assert (
        by_count(nothing[:first_rows], first_rows, cutting).arrives.tolist() == arrivals.arrives[:first_rows].tolist()
    )
    if not by_rows:
        assert len(by_count(nothing[:first_rows], first_rows, cutting)) == lots


def test_a_month_without_rows_is_an_empty_mega_batch():
    arrivals = by_calendar(days("2024-01-31", "2024-03-01"), np.array([1, 1]), "month")
    assert arrivals.arrives.tolist() == [1, 3]
    assert arrivals.sizes.tolist() == [1, 0, 1]
    assert arrivals.arrived_on == ("2024-01-01", "2024-02-01", "2024-03-01")


def test_late_rows_arrive_with_the_newest_mega_batch_of_their_addition():
    arrivals = by_calendar(
        days("2024-01-05", "2024-02-05", "2024-01-20", "2024-02-20", "2024-04-01"), np.array([1, 1, 2, 2, 2]), "month"
    )
    assert arrivals.arrives.tolist() == [1, 2, 4, 2, 4]
    assert arrivals.late.tolist() == [False, False, True, False, False]


def test_a_file_is_a_mega_batch_also_an_empty_one():
    arrivals = by_file([2, 0, 1], days("2024-04-01", "NaT", "2024-06-01"), "month")
    assert arrivals.arrives.tolist() == [1, 1, 3]
    assert arrivals.arrived_on == ("2024-04-01", "", "2024-06-01")
    assert arrivals.last_days.astype(str).tolist() == ["2024-04-30", "NaT", "2024-06-30"]
    assert by_file([1], days("2024-04-03"), "lot").last_days.tolist() == days("2024-04-03").tolist()


def test_lots_are_dated_by_their_newest_row():
    arrivals = by_count(days("2024-01-01", "2024-01-09", "NaT", "2024-01-05"), 4, Cutting("rows", 2))
    assert arrivals.arrived_on == ("2024-01-09", "2024-01-05")


def test_a_label_is_known_from_the_first_arrival_after_its_date():
    arrivals = by_calendar(
        days("2024-01-05", "2024-01-06", "2024-02-10", "2024-03-01"), np.array([1, 1, 1, 1]), "month"
    )
    label_days = days("2024-01-31", "2024-02-01", "NaT", "2024-07-01")
    assert arrivals.trains(label_days).tolist() == [1, 2, 2, 4]


@given(st.lists(st.tuples(DATES, DATES), min_size=1, max_size=12))
def test_labels_against_a_plain_loop(pairs: list[tuple[date, date]]):
    arrivals = by_calendar(*additions_of([[row for row, _label in pairs]]), "month")
    expected = [
        next(
            (t for t in range(own, len(arrivals) + 1) if label <= arrivals.last_days[t - 1].astype(object)),
            len(arrivals) + 1,
        )
        for own, (_row, label) in zip(arrivals.arrives.tolist(), pairs, strict=True)
    ]
    assert arrivals.trains(days(*(str(label) for _row, label in pairs))).tolist() == expected


def test_a_label_never_trains_before_a_lot_whose_days_go_back():
    arrivals = by_count(days("2024-03-01", "2024-01-01", "NaT"), 3, Cutting("rows", 1))
    assert arrivals.trains(days("2024-02-01", "2024-02-01", "2024-03-02")).tolist() == [1, 2, 4]


def test_label_dates_need_dates_of_arrival():
    with pytest.raises(DataError, match="mega-batches have no dates"):
        by_file([1], days("NaT"), "lot").trains(days("2024-01-01"))


def test_a_row_without_a_time_goes_with_the_one_before_it_in_its_file():
    times = pd.Series(pd.to_datetime([None, "2024-01-05", None, None, "2024-02-01"]))
    found = days_of(times, np.array([0, 0, 0, 1, 1]))
    assert found.astype(str).tolist() == ["2024-01-05", "2024-01-05", "2024-01-05", "2024-02-01", "2024-02-01"]


def test_a_mistyped_year_is_refused_before_thousands_of_empty_mega_batches():
    with pytest.raises(DataError, match=r"gives 29220 mega-batches.*correct the dates"):
        by_calendar(days("2024-01-01", "2104-01-01"), np.array([1, 1]), "day")
    assert MOST_MEGA_BATCHES < 29_220


def test_more_mega_batches_than_rows_are_refused():
    with pytest.raises(DataError, match="3 mega-batches were asked of 2 rows"):
        by_count(days("2024-01-01", "2024-01-02"), 2, Cutting("number", 3))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("year", "year was given as the cut"),
        ("rows", "rows was given as the cut, .*rows:N"),
        ("rows:0", "0 was given for the rows"),
        ("month:3", "month:3 was given as the cut"),
        ("number:x", "number:x was given as the cut"),
        ("number:99999999", "99999999 was given for the number of mega-batches"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(words: str, sentence: str):
    with pytest.raises(SpecError, match=sentence):
        cutting_of(words)


def test_rows_in_no_order_are_cut_by_number_only():
    with pytest.raises(SpecError, match="stand in no order"):
        cutting_of("month", in_order=False)


@pytest.mark.parametrize(
    ("by", "english", "japanese"),
    [
        ("month", "2024-10", "2024年10月"),
        ("day", "2024-10-07", "2024年10月7日"),
        ("week", "week of 2024-10-07", "2024年10月7日の週"),
        ("quarter", "2024-10 to 12", "2024年10〜12月"),
        ("fiscal-year", "fiscal 2024", "2024年度"),
    ],
)
def test_mega_batches_are_called_as_people_call_them(by: str, english: str, japanese: str):
    assert called(by, 3, "2024-10-07") == english
    with language.speaking("ja"):
        assert called(by, 3, "2024-10-07") == japanese
        assert called(by, 3, "") == "ロット3"


def test_arrivals_have_as_many_sizes_as_mega_batches():
    arrivals = Arrivals(np.array([1, 3]), days("NaT", "NaT", "NaT"), days("NaT", "NaT", "NaT"), np.zeros(2, bool))
    assert arrivals.sizes.tolist() == [1, 0, 1]
    assert arrivals.arrived_on == ("", "", "")
