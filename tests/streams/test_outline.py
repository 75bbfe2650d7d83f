"""A data set as it is cut: a row for each mega-batch, and a sentence on whatever is out of the ordinary."""

import pytest

from alma_core import language
from alma_core.streams.cutting import Cutting, cutting_of
from alma_core.streams.outline import RULES, names_of, remarks, rules, timeline
from alma_core.streams.rows import Rows
from alma_core.streams.schema import Schema
from tests.streams.test_arrays import COLUMNS, DEFECTS, LATEST, MONTHS, arrays, rows


def said(table: Rows, schema: Schema = DEFECTS, cutting: Cutting = MONTHS) -> list[str]:
    return remarks(table, schema, arrays(table, schema, cutting), cutting)


def test_the_timeline_by_hand():
    table = rows(
        day=["2024-01-05", "2024-01-06", "2024-03-01", "2024-03-02"],
        known=["2024-02-01", None, None, "2024-09-01"],
        no=["A", "B", "A", "C"],
        pieces=[5.0, 1.0, 9.0, 2.0],
        y=["OK", None, "NG", "NG"],
    )
    found = timeline(table, arrays(table, LATEST), MONTHS)
    assert found["t"].tolist() == [1, 2, 3]
    assert found["name"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert found["rows"].tolist() == [2, 0, 2]
    assert found["judged"].tolist() == [1, 0, 1]
    assert found["labels"].tolist() == [0, 1, 1]
    assert found["corrections"].tolist() == [0, 0, 1]
    assert found["volume"].tolist() == [6, 0, 2]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"day": ["2024-01-01", None], "y": ["OK", "NG"]}, "Rows without a readable time in day: 1; each goes"),
        ({"day": ["2024-01-01", "2024-03-01"], "y": ["OK", "NG"]}, "2024-02: no rows, so an empty mega-batch"),
        ({"day": ["2024-01-01"] * 3, "y": ["OK", None, "NG"]}, "Rows without y: 1; they count as predictions"),
        ({"day": ["2024-01-01", "2024-02-01"], "y": ["OK", "NG"]}, "2024-01, 2024-02: labels of a single class"),
        ({"day": ["2024-01-01", "2024-02-01"], "y": ["OK", "NG"]}, "Classes that come later: NG (2024-02); until"),
        ({"day": ["2024-01-01"] * 2, "y": ["OK", "NG"]}, "There is one mega-batch so far"),
        ({"day": ["2024-01-01"] * 2, "known": ["2025-01-01", None], "y": ["OK", "NG"]}, "Labels dated after the last"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(columns: dict, sentence: str):
    assert any(one.startswith(sentence) for one in said(rows(**columns)))


def test_corrections_are_said():
    table = rows(day=["2024-01-01", "2024-02-01"], no=["A", "A"], y=["OK", "NG"])
    assert "Rows that correct earlier ones with the same no: 1; they replace them from their arrival on." in said(
        table, LATEST
    )


def test_of_ordinary_data_nothing_is_said():
    table = rows(day=["2024-01-01"] * 2 + ["2024-02-01"] * 2, heat=[1.0, 2.0, 3.0, 4.0], y=["OK", "NG", "OK", "NG"])
    assert said(table) == []


def test_of_rows_in_no_order_nothing_is_said_about_single_mega_batches():
    schema = Schema(COLUMNS[2:], "classification", classes=("OK", "NG"))
    table = rows(heat=[1.0, 2.0, 3.0, 4.0], y=["OK", "OK", "NG", "NG"])
    assert said(table, schema, cutting_of("number:2", in_order=False)) == []


def test_a_mega_batch_is_called_by_its_file_its_period_or_its_number():
    table = rows([1, 1], day=["2024-01-01", "2024-02-09"], y=["OK", "NG"])
    assert names_of(table, arrays(table, cutting=cutting_of("file")), cutting_of("file")) == ("0.csv", "1.csv")
    assert names_of(table, arrays(table, cutting=cutting_of("rows:1")), cutting_of("rows:1")) == (
        "2024-01-01",
        "2024-02-09",
    )


def test_rules_are_stated_in_the_language_in_use():
    with language.speaking("ja"):
        assert len(rules()) == len(RULES)
        assert not set(rules()) & set(RULES)
