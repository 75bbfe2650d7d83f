"""Dates and natural order from names of files; names of columns."""

import datetime
import itertools
import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.streams import naming

NAMES = [
    ("売上2024年10月.csv", "2024-10-01"),
    ("2024年4月1日.csv", "2024-04-01"),
    ("2024年04月分_受注.xlsx", "2024-04-01"),
    ("orders_202404_v2.csv", "2024-04-01"),
    ("202404.csv.gz", "2024-04-01"),
    ("2024-04.csv", "2024-04-01"),
    ("2024_4.csv", "2024-04-01"),
    ("2024.04.parquet", "2024-04-01"),
    ("sales 2024-04-15 final.csv", "2024-04-15"),
    ("20240415.csv", "2024-04-15"),
    ("log_20240415093000.txt", "2024-04-15"),
    ("R6.4.csv", "2024-04-01"),
    ("r6_4.csv", "2024-04-01"),
    ("H31.4.csv", "2019-04-01"),
    ("R6年4月.csv", "2024-04-01"),
    ("令和6年4月1日.csv", "2024-04-01"),
    ("令和元年5月.csv", "2019-05-01"),
    ("FY2024Q1.csv", "2024-04-01"),
    ("FY2024_Q4.csv", "2025-01-01"),
    ("2024年度第1四半期.csv", "2024-04-01"),
    ("2024年度第4四半期.csv", "2025-01-01"),
    ("令和6年度第2四半期.csv", "2024-07-01"),
    ("2024年度4月.csv", "2024-04-01"),
    ("2024年度1月.csv", "2025-01-01"),
    ("2024年度.csv", "2024-04-01"),
    ("FY2024.csv", "2024-04-01"),
    ("2024Q2.csv", "2024-04-01"),
    ("2024-Q4.csv", "2024-10-01"),
    ("Apr 2024.csv", "2024-04-01"),
    ("september_2024.csv", "2024-09-01"),
    ("2024-Sep.csv", "2024-09-01"),
    ("2024.csv", "2024-01-01"),
    ("C:\\data\\2023\\202404.csv", "2024-04-01"),
    ("lot12.csv", None),
    ("202413.csv", None),
    ("20240231.csv", None),
    ("1234567.csv", None),
    ("4月.csv", None),
    ("2024-W05.csv", None),
    ("Sensor4.csv", None),
    ("", None),
    (".csv", None),
]


@pytest.mark.parametrize(("name", "day"), NAMES)
def test_the_date_in_a_name(name: str, day: str | None):
    assert naming.date_in(name) == (day and datetime.date.fromisoformat(day))


def test_a_full_width_name_has_its_date():
    wide = "202404.csv".translate({narrow: narrow + 0xFEE0 for narrow in range(0x21, 0x7F)})
    assert naming.date_in(wide) == datetime.date(2024, 4, 1)


MONTHS = [datetime.date(2023 + month // 12, month % 12 + 1, 1) for month in range(2, 27)]


@pytest.mark.parametrize(
    "form",
    [
        "{0.year}年{0.month}月.csv",
        "{0:%Y%m}.csv",
        "orders_{0.year}_{0.month}.xlsx",
        "{0:%b} {0.year}.csv",
        "R{1}.{0.month}.csv",
        "令和{1}年{0.month}月分.csv",
    ],
)
def test_months_stand_in_their_order(form: str):
    names = [form.format(month, month.year - 2018) for month in MONTHS]
    assert [naming.date_in(name) for name in names] == MONTHS
    shuffled = random.Random(0).sample(names, len(names))
    assert [shuffled[i] for i in naming.in_order(shuffled)] == names


@pytest.mark.parametrize(
    "names",
    [
        ["lot2.csv", "lot10.csv"],
        ["4月.csv", "10月.csv"],
        ["2024年4月.csv", "2024年10月.csv"],
        ["A 1.csv", "a 2.csv", "B 1.csv"],
        ["1-2.csv", "1-10.csv", "2-1.csv"],
        ["202404_1.csv", "202404_2.csv", "202404_10.csv"],
        ["2024-W5.csv", "2024-W05b.csv", "2024-W10.csv"],
    ],
)
def test_the_natural_order(names: list[str]):
    for given_ in itertools.permutations(names):
        assert [given_[i] for i in naming.in_order(given_)] == names


@given(st.lists(st.text(max_size=12)))
def test_any_names_have_an_order(names: list[str]):
    order = naming.in_order(names)
    assert sorted(order) == list(range(len(names)))
    assert naming.in_order([names[i] for i in order]) == list(range(len(names)))


def test_equal_names_stay_as_they_came():
    assert naming.in_order(["a.csv", "b.csv", "A.csv", "a.csv"]) == [0, 2, 3, 1]


@given(st.text())
def test_a_plain_name_is_one_line_and_stays_plain(name: str):
    plain = naming.plain_name(name)
    assert naming.plain_name(plain) == plain
    assert plain == unicodedata.normalize("NFKC", plain).strip()
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in plain)


@given(st.lists(st.sampled_from(["a", " a", "a (2)", "", "c1", "c2", "b"]), max_size=8))
def test_names_are_made_distinct(names: list[str]):
    given_, repeated = naming.distinct(names)
    assert len(set(given_)) == len(given_) == len(names)
    for number, (one, name) in enumerate(zip(given_, names, strict=True), 1):
        called = naming.plain_name(name) or f"c{number}"
        assert one == called or (called in repeated and one.startswith(f"{called} ("))
    assert bool(repeated) == (given_ != [naming.plain_name(name) or f"c{i}" for i, name in enumerate(names, 1)])
