"""Kept rows -> arrays: who is an example, when it arrives, when it trains, what corrects it, what counts as volume."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.errors import DataError
from alma_core.streams.arrays import Arrays, arrays_of
from alma_core.streams.cutting import Cutting, cutting_of
from alma_core.streams.deliveries import File
from alma_core.streams.rows import Rows
from alma_core.streams.schema import Column, Schema

COLUMNS = (
    Column("day", "time", "date"),
    Column("known", "label_date", "date"),
    Column("no", "key", "category"),
    Column("pieces", "quantity", "number"),
    Column("heat", "feature", "number"),
    Column("y", "target", "category"),
)
DEFECTS = Schema(COLUMNS, "classification", classes=("OK", "NG"))
LATEST = Schema(COLUMNS, "classification", corrections="latest", classes=("OK", "NG"))
MONTHS = cutting_of("month")


def rows(sizes: list[int] | None = None, additions: list[int] | None = None, **columns: list[Any]) -> Rows:
    """Return rows of one file, or of several; columns that are not given are blank."""
    count = len(next(iter(columns.values())))
    dtypes = {"date": "datetime64[us]", "category": "str", "number": "float64"}
    cells = {c.name: pd.Series(columns.get(c.name, [None] * count), dtype=dtypes[c.kind]) for c in COLUMNS}
    sizes = sizes or [count]
    additions = additions or [1] * len(sizes)
    files = [File(f"{k}.csv", str(k), n, "", a) for k, (n, a) in enumerate(zip(sizes, additions, strict=True))]
    return Rows(pd.DataFrame(cells), tuple(files))


def arrays(of: Rows, schema: Schema = DEFECTS, cutting: Cutting = MONTHS, **how: Any) -> Arrays:
    return arrays_of("set", of, schema, cutting, **how)


def test_rows_without_a_label_are_volume_and_no_examples():
    made = arrays(
        rows(day=["2024-01-01", "2024-01-02", "2024-03-01"], heat=[1.0, 2.0, 3.0], y=["NG", None, "OK"])
    ).source
    assert made.y.tolist() == [1, 0]
    assert made.x.shape[0] == 2
    assert made.cut.arrives.tolist() == [1, 3]
    assert made.cut.volume == (2, 0, 1)
    assert made.cut.arrived_on == ("2024-01-01", "2024-02-01", "2024-03-01")
    assert (made.classes, made.target, made.task) == (("OK", "NG"), "y", "classification")


def test_rows_without_a_label_help_to_fit_the_encoding():
    days = ["2024-01-01"] * 4
    made = arrays(rows(day=days, heat=[0.0, 2.0, 4.0, 6.0], y=["NG", None, None, "OK"]))
    assert made.source.x[:, 0].tolist() == pytest.approx([-3 / np.sqrt(5), 3 / np.sqrt(5)])


def test_a_number_is_its_own_target():
    columns = (COLUMNS[0], COLUMNS[4], Column("pieces", "target", "number"))
    made = arrays(
        rows(day=["2024-01-01"] * 3, pieces=[5.0, None, -1.5]), Schema(columns, "regression"), unit="pieces"
    ).source
    assert made.y.dtype == np.float64
    assert made.y.tolist() == [5.0, -1.5]
    assert (made.task, made.unit, made.classes, made.cut.volume) == ("regression", "pieces", (), (3,))


def test_a_quantity_asks_for_so_many_predictions_of_a_class():
    made = arrays(
        rows(day=["2024-01-01"] * 3 + ["2024-02-01"], pieces=[5.0, None, -2.0, 2.6], y=["OK", "NG", "OK", None])
    )
    assert made.source.cut.volume == (6, 3)


def test_a_label_trains_from_the_first_arrival_after_its_date():
    days = ["2024-01-05", "2024-01-06", "2024-02-01", "2024-03-01"]
    known = ["2024-01-31", "2024-02-02", None, "2024-09-01"]
    made = arrays(rows(day=days, known=known, y=["OK", "NG", "OK", "NG"])).source
    assert made.cut.arrives.tolist() == [1, 1, 2, 3]
    assert made.cut.trains.tolist() == [1, 2, 2, 4]


def test_the_latest_of_corrected_rows_counts_from_its_arrival_on():
    days = ["2024-01-01", "2024-01-02", "2024-02-01", "2024-03-01", "2024-03-02", "2024-03-03"]
    made = arrays(
        rows(day=days, no=["A", "B", "A", "A", None, None], y=["OK", "OK", "NG", "OK", "NG", "OK"]), LATEST
    ).source
    assert made.cut.arrives.tolist() == [1, 1, 0, 0, 3, 3]
    assert made.cut.trains.tolist() == [1, 1, 2, 3, 3, 3]
    assert made.cut.replaced_by.tolist() == [2, -1, 3, -1, -1, -1]
    assert made.cut.volume == (2, 0, 2)


def test_both_of_corrected_rows_count_where_so_asked():
    made = arrays(rows(day=["2024-01-01", "2024-02-01"], no=["A", "A"], y=["OK", "NG"])).source
    assert (made.cut.arrives.tolist(), made.cut.volume, made.cut.replaced_by) == ([1, 2], (1, 1), None)


def test_of_versions_in_one_mega_batch_the_last_is_judged():
    days = ["2024-01-01", "2024-01-02", "2024-02-01", "2024-02-02"]
    made = arrays(rows(day=days, no=["A", "A", "A", "A"], y=["OK", "NG", "OK", "NG"]), LATEST).source
    assert made.cut.arrives.tolist() == [0, 1, 0, 0]
    assert made.cut.replaced_by.tolist() == [1, 2, 3, -1]
    assert made.cut.volume == (1, 0)


def test_a_label_that_comes_with_a_later_version_is_judged_where_it_comes():
    made = arrays(
        rows(day=["2024-01-01", "2024-02-01", "2024-03-01"], no=["A"] * 3, y=[None, "NG", None]), LATEST
    ).source
    assert (made.y.tolist(), made.cut.arrives.tolist(), made.cut.volume) == ([1], [2], (1, 0, 0))


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from("ABC"), st.sampled_from(["OK", "NG", None])),
        min_size=1,
        max_size=12,
    )
)
def test_corrections_against_a_plain_loop(cells: list[tuple[int, str, str | None]]):
    months, keys, labels = zip(*cells, strict=True)
    table = rows(day=[f"2024-0{month}-01" for month in months], no=list(keys), y=list(labels))
    cut = arrays(table, LATEST).source.cut
    first = min(months)
    labelled = [k for k, label in enumerate(labels) if label]
    replaced_by, arrives = [-1] * len(labelled), [0] * len(labelled)
    asked = [0] * (max(months) - first + 1)
    for key in set(keys):
        versions = sorted((months[k], k) for k in range(len(cells)) if keys[k] == key)
        asked[versions[0][0] - first] += 1
        known = [(month, labelled.index(k)) for month, k in versions if labels[k]]
        for (_month, one), (_later, other) in pairwise(known):
            replaced_by[one] = other
        if known:
            judged = [k for month, k in known if month == known[0][0]][-1]
            arrives[judged] = known[0][0] - first + 1
    assert cut.replaced_by.tolist() == replaced_by
    assert cut.arrives.tolist() == arrives
    assert list(cut.volume) == asked


def test_adding_never_moves_what_was_there():
    days = ["2024-01-01", "2024-02-01", "2024-02-02", "2024-01-15", "2024-03-01", "2024-04-01"]
    columns = {"day": days, "heat": [1.0, 2.0, 3.0, 9.0, 5.0, 6.0], "y": ["OK", "NG", "OK", "NG", "OK", "NG"]}
    whole = arrays(rows([3, 2, 1], [1, 2, 3], **columns)).source
    part = arrays(rows([3], [1], **{name: cells[:3] for name, cells in columns.items()})).source
    assert np.array_equal(whole.x[:3], part.x)
    assert whole.cut.arrives.tolist() == [1, 2, 2, 3, 3, 4]
    assert part.cut.arrives.tolist() == [1, 2, 2]
    assert whole.cut.volume[:2] == part.cut.volume


def test_rows_in_no_order_are_left_to_the_seeds():
    table = rows(heat=np.arange(40.0).tolist(), y=["OK", "NG"] * 20)
    made = arrays(table, cutting=cutting_of("number:4", in_order=False)).source
    assert (made.cut.mega_batches, made.cut.arrives, made.cut.in_order, made.cut.judged) == (4, None, False, "test")
    assert 0 < len(made.test) < 20


def test_an_extended_set_keeps_its_test_set():
    table = {"heat": np.arange(60.0).tolist(), "y": ["OK", "NG"] * 30}
    cutting = cutting_of("rows:10", judged="test")
    schema = Schema(COLUMNS[2:], "classification", classes=("OK", "NG"))
    whole = arrays(rows([40, 20], [1, 2], **table), schema, cutting).source
    part = arrays(rows([40], [1], **{name: cells[:40] for name, cells in table.items()}), schema, cutting).source
    assert len(part.test)
    assert whole.test.tolist() == part.test.tolist()


def test_blank_cells_are_passed_on_to_the_encoding():
    table = rows(day=["2024-01-01"] * 200, heat=np.arange(200.0).tolist(), y=["OK", "NG"] * 100)
    clean, dirty = arrays(table), arrays(table, missing_share=0.4)
    blank = [slot.name for slot in clean.encoded.slots].index("heat / blank")
    assert clean.source.x[:, blank].sum() == 0
    assert 50 < dirty.source.x[:, blank].sum() < 110


def test_a_file_without_any_date_cannot_be_cut_by_calendar():
    with pytest.raises(DataError, match=r"1\.csv has no date to cut by"):
        arrays(rows([1, 1], day=["2024-01-01", None], y=["OK", "NG"]))


def test_the_date_of_a_file_stands_in_for_a_time():
    table = rows([1, 1], heat=[1.0, 2.0], y=["OK", "NG"])
    dated = Rows(table.frame, (File("a", "a", 1, "2024-04-01"), File("b", "b", 1, "2024-06-01")))
    schema = Schema(COLUMNS[1:], "classification", classes=("OK", "NG"))
    assert arrays(dated, schema).source.cut.arrives.tolist() == [1, 3]
    by_file = arrays(dated, schema, cutting_of("file", "month")).source.cut
    assert (by_file.arrives.tolist(), by_file.arrived_on) == ([1, 2], ("2024-04-01", "2024-06-01"))


def test_a_file_without_a_date_is_dated_by_its_newest_row():
    table = rows([2, 1], day=["2024-04-09", "2024-04-01", "2024-05-02"], y=["OK", "NG", "OK"])
    assert arrays(table, cutting=cutting_of("file")).source.cut.arrived_on == ("2024-04-09", "2024-05-02")
