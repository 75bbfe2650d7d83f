"""Text cells -> numbers, booleans, dates; the kind of a column."""

import datetime
import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.streams import cells, dates, numerals, values

CIRCLE = "\u3007"
NUMBERS = [
    ("5", 5), ("-5", -5), ("+5", 5), ("0.5", 0.5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E-2", 0.01),
    ("1,234", 1234), ("1,234,567.8", 1234567.8), ("12,34", math.nan), ("1 234", 1234), ("1'234", 1234),
    ("△3", -3), ("▲1,000", -1000), ("−2", -2), ("(12)", -12), ("(12", math.nan), ("12)", math.nan),
    ("¥1,000", 1000), ("\\1,000", 1000), ("$5", 5), ("1,000円", 1000), ("-¥5", -5), ("¥-5", -5),
    ("12%", 0.12), ("△1.5%", -0.015), (" 7 ", 7),
    ("", math.nan), ("x", math.nan), ("5kg", math.nan), ("1.2.3", math.nan), ("-", math.nan), (".", math.nan),
    ("1e999", math.nan), ("inf", math.nan), ("0x10", math.nan), ("1_000", math.nan), ("--5", math.nan),
    ("e5", math.nan),
]  # fmt: skip
COMMAS = [("1.234,5", 1234.5), ("1,5", 1.5), ("1.234", 1234), ("1.5", math.nan), ("1 234,5", 1234.5), ("5", 5)]
DATES = [
    ("2024-04-01", "2024-04-01"), ("2024/4/1", "2024-04-01"), ("2024.4.1", "2024-04-01"), ("20240401", "2024-04-01"),
    ("2024年4月1日", "2024-04-01"), ("2024年4月", "2024-04-01"), ("2024/4", "2024-04-01"), ("202404", "2024-04-01"),
    ("令和6年4月1日", "2024-04-01"), ("令和元年5月1日", "2019-05-01"), ("㋿6年4月1日", "2024-04-01"),
    ("平成30年1月5日", "2018-01-05"), ("昭和64年1月7日", "1989-01-07"), ("大正15年12月24日", "1926-12-24"),
    ("R6.4.1", "2024-04-01"), ("R6.4", "2024-04-01"), ("H30.1.5", "2018-01-05"), ("S64/1/7", "1989-01-07"),
    ("2024年4月1日", "2024-04-01"), ("1 Apr 2024", "2024-04-01"), ("1-Apr-2024", "2024-04-01"),
    ("April 1, 2024", "2024-04-01"), ("Apr 2024", "2024-04-01"), ("2024/4/1(月)", "2024-04-01"),
    ("2024-04-01T09:05:07", "2024-04-01T09:05:07"), ("2024/4/1 9:05", "2024-04-01T09:05"),
    ("2024-04-01 09:05:07.25", "2024-04-01T09:05:07.250000"), ("2024-04-01T09:05Z", "2024-04-01T09:05"),
    ("2024-04-01T09:05:00+09:00", "2024-04-01T09:05"), ("2024年4月1日 午後3時5分", "2024-04-01T15:05"),
    ("2024年4月1日 午前0時", "2024-04-01"), ("2024/4/1 12:05 AM", "2024-04-01T00:05"),
    ("20240401090507", "2024-04-01T09:05:07"),
    ("20240401 0905", "2024-04-01T09:05"), ("2024-04-01 09", "2024-04-01T09:00"), ("9999-12-31", "9999-12-31"),
    ("2024-02-29", "2024-02-29"), ("2023-02-29", "NaT"), ("2024-13-01", "NaT"), ("2024-04-31", "NaT"),
    ("20241301", "NaT"),
    ("2024-04-01 24:00", "NaT"), ("2024-04-01 10:60", "NaT"), ("2024-04-01 x", "NaT"), ("0000-00-00", "NaT"),
    ("M6-10", "NaT"), ("H30-5", "NaT"), ("12:30", "NaT"), ("5月1日", "NaT"), ("2024", "NaT"), ("1234-5", "NaT"),
    ("x", "NaT"), ("24/4/1", "NaT"), ("", "NaT"),
]  # fmt: skip


def plain(*texts: str) -> Any:
    return cells.plain(pa.array(texts, pa.string()))


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_a_number(text: str, number: float):
    np.testing.assert_allclose(numerals.numbers(plain(text)), [number], rtol=1e-15)


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_a_number_in_full_width(text: str, number: float):
    wide = text.translate({narrow: narrow + 0xFEE0 for narrow in range(0x21, 0x7F)})
    np.testing.assert_allclose(numerals.numbers(plain(wide)), [number], rtol=1e-15)


@pytest.mark.parametrize(("text", "number"), COMMAS)
def test_a_number_with_a_decimal_comma(text: str, number: float):
    np.testing.assert_array_equal(numerals.numbers(plain(text), ","), [number])


@pytest.mark.parametrize(("text", "day"), DATES)
def test_a_date(text: str, day: str):
    assert dates.dates(plain(text))[0].astype(str) == np.datetime64(day, "us").astype(str)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_that_a_programme_wrote_come_back(numbers: list[float]):
    column = pd.Series([repr(number) for number in numbers], dtype="str")
    np.testing.assert_array_equal(values.typed(column, "number"), numbers)
    np.testing.assert_array_equal(numerals.numbers(plain(*column)), numbers)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1))
def test_thousands_come_back_either_way(numbers: list[int]):
    american = pd.Series([f"{number:,}" for number in numbers], dtype="str")
    np.testing.assert_array_equal(values.typed(american, "number"), numbers)
    np.testing.assert_array_equal(values.typed(american.str.replace(",", "."), "number", ","), numbers)


@given(st.lists(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2199, 12, 31)), min_size=1))
def test_dates_come_back_in_every_form(moments: list[datetime.datetime]):
    days = [moment.date() for moment in moments]
    forms = {
        "{:%Y-%m-%d}": days,
        "{0.year}/{0.month}/{0.day}": days,
        "{0.year}年{0.month}月{0.day}日": days,
        "{:%Y%m%d}": days,
        "{:%d %b %Y}": days,
        "{:%Y-%m-%d %H:%M:%S.%f}": moments,
        "{0.year}/{0.month}/{0.day} {0.hour}:{0.minute:02}:{0.second:02}.{0.microsecond:06}": moments,
    }
    for form, expected in forms.items():
        column = pd.Series([form.format(one) for one in expected], dtype="str")
        read = values.typed(column, "date").to_numpy()
        np.testing.assert_array_equal(read, np.array(expected, dtype="datetime64[us]"), err_msg=form)


@given(st.lists(st.sampled_from(["5", "1,5", "x", "-", "", "△1", "2024/4/1", CIRCLE, "×", "はい", "inf", " NA "])))
def test_a_column_is_read_as_its_cells_are(texts: list[str]):
    """The naive twin: one cell at a time, where the column is read by distinct texts."""
    column = pd.Series(texts, dtype="str")
    for kind in ("number", "boolean", "date", "category"):
        together = values.typed(column, kind)
        alone = [values.typed(column[i : i + 1], kind).iloc[0] for i in range(len(column))]
        assert all(
            one == other or (pd.isna(one) and pd.isna(other)) for one, other in zip(together, alone, strict=True)
        )
        assert values.unreadable(column, kind) == sum(values.unreadable(column[i : i + 1], kind) for i in column.index)


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "2.5", ""], "number"),
        (["1,000", "△5", "-"], "number"),
        (["1"] * 19 + ["測定不能"], "number"),
        (["1"] * 18 + ["測定不能"] * 2, "category"),
        (["1", "1"], "number"),
        (["0", "1"], "boolean"),
        (["0", "1", "2"], "number"),
        ([CIRCLE, "×"], "boolean"),
        (["○", "x", "NA"], "boolean"),
        (["はい", "いいえ"], "boolean"),
        (["有", "無"], "boolean"),
        (["あり", "なし"], "boolean"),
        (["Yes", "no"], "boolean"),
        (["TRUE", "FALSE"], "boolean"),
        ([CIRCLE, CIRCLE], "category"),
        ([CIRCLE, "×", "△"], "category"),
        (["yes", "×"], "category"),
        (["OK", "NG"], "category"),
        (["合格", "不合格"], "category"),
        (["2024/4/1", "R6.4.1"], "date"),
        (["2024/4/1"] * 19 + ["未定"], "date"),
        (["20240401", "20240402"], "date"),
        (["202404", "202405"], "date"),
        (["202404", "202413"], "number"),
        (["2023", "2024"], "number"),
        (["007", "123"], "category"),
        (["03-1234-5678"], "category"),
        (["A", "B"], "category"),
        ([], "category"),
        (["", "-", "?", "\uff0d", "N/A", "#DIV/0!"], "category"),
        ([f"{i} 番目の作業者が書いた自由な記述の文章です" for i in range(60)], "text"),
        ([f"{i % 40} 番目の作業者が書いた自由な記述の文章です" for i in range(60)], "category"),
        ([f"LOT-{i:06}" for i in range(60)], "category"),
    ],
)
def test_the_kind_of_a_column(texts: list[str], kind: str):
    assert values.kind_of(pd.Series(texts, dtype="str")) == kind


@pytest.mark.parametrize(
    ("cells_", "kind"),
    [
        (np.array([1, 2]), "number"),
        (np.array([0, 1]), "boolean"),
        (np.array([1.5, np.nan]), "number"),
        (np.array([np.nan]), "category"),
        (np.array([np.inf, 1.0]), "number"),
        (np.array([True, False]), "boolean"),
        (np.array(["2024-04-01"], "datetime64[ns]"), "date"),
        (np.array([20240401, 20240402]), "date"),
    ],
)
def test_the_kind_of_typed_cells(cells_: np.ndarray, kind: str):
    assert values.kind_of(pd.Series(cells_)) == kind


@pytest.mark.parametrize("kind", values.KINDS)
@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["1", None, CIRCLE, "2024/4/1", " x  y "], dtype="str", index=[7, 3, 5, 1, 0], name="列"),
        pd.Series([1.0, np.nan, np.inf, 20240401.0]),
        pd.Series([1, 0]),
        pd.Series([True, False]),
        pd.Series(np.array(["2024-04-01", "NaT"], "datetime64[s]")),
        pd.Series([], dtype="str"),
    ],
    ids=["text", "float", "int", "bool", "date", "empty"],
)
def test_a_column_keeps_its_place_and_gets_its_type(column: pd.Series, kind: str):
    read = values.typed(column, kind)
    dtypes = {"number": "float64", "boolean": "float64", "date": "datetime64[us]", "category": "str", "text": "str"}
    assert read.dtype == dtypes[kind]
    assert read.index.equals(column.index)
    assert read.name == column.name
    if kind == "number":
        assert not np.isinf(read).any()
    if kind == "boolean":
        assert set(read.dropna()) <= {0.0, 1.0}


def test_text_is_plain():
    column = pd.Series([" A\uff11 ", "A1", "\uff0d", "なし", None], dtype="str")
    assert values.typed(column, "category").tolist()[:2] == ["A1", "A1"]
    assert values.typed(column, "category").isna().tolist() == [False, False, True, False, True]


def test_whole_numbers_are_called_as_they_are():
    assert values.typed(pd.Series([1.0, 0.0, np.nan]), "category").tolist()[:2] == ["1", "0"]


def test_infinity_is_no_number_but_filled():
    column = pd.Series(["NaN", "inf", "1", "-inf", "nan"], dtype="str")
    assert values.typed(column, "number").tolist()[1:4] != [np.inf, 1.0, -np.inf]
    assert values.filled(column) == 3
    assert values.unreadable(column, "number") == 2


@pytest.mark.parametrize(
    ("texts", "decimal", "days", "doubt"),
    [
        (["01/02/2024", "03/04/2024"], ".", ["2024-01-02", "2024-03-04"], "the month first"),
        (["01/02/2024", "03/04/2024"], ",", ["2024-02-01", "2024-04-03"], "the day first"),
        (["01/02/2024", "13/04/2024"], ".", ["2024-02-01", "2024-04-13"], ""),
        (["01/02/2024", "04/13/2024"], ".", ["2024-01-02", "2024-04-13"], ""),
        (["13/02/2024", "02/13/2024"], ".", ["NaT", "2024-02-13"], "in others"),
        (["2024/4/1"], ".", ["2024-04-01"], ""),
        (["99/99/2024", "x"], ".", ["NaT", "NaT"], ""),
    ],
)
def test_the_order_of_day_and_month(texts: list[str], decimal: str, days: list[str], doubt: str):
    column = pd.Series(texts, dtype="str", name="day")
    np.testing.assert_array_equal(
        values.typed(column, "date", decimal).to_numpy(), np.array(days, dtype="datetime64[us]")
    )
    said = " ".join(values.doubts(column, decimal))
    assert doubt in said
    assert bool(said) == bool(doubt)


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["1.0", "2.0", "1"], ["1", "2", "1"]),
        (["1.0", "2.5", "1"], ["1.0", "2.5", "1"]),
        (["01", "02.0"], ["01", "02.0"]),
        (["-3.00", "0"], ["-3", "0"]),
        (["1.0", "A"], ["1.0", "A"]),
    ],
)
def test_whole_numbers_are_one_category_however_they_are_written(cells: list[str], kept: list[str]):
    assert values.typed(pd.Series(cells, dtype="str"), "category").tolist() == kept
