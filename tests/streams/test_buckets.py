"""Rows of sensors -> one row for each bucket of time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.errors import SpecError
from alma_core.streams.buckets import aggregated, check_bucket
from alma_core.streams.schema import Column, Schema

COLUMNS = (
    Column("time", "time", "date"),
    Column("heat", "feature", "number"),
    Column("on", "feature", "boolean"),
    Column("line", "feature", "category"),
    Column("served", "feature", "date"),
    Column("pieces", "quantity", "number"),
    Column("verdict", "target", "category"),
)
DEFECTS = Schema(COLUMNS, "classification", classes=("OK", "NG"))


def frame(**columns: list[object]) -> pd.DataFrame:
    kinds = {column.name: column.kind for column in COLUMNS}
    typed = {"date": "datetime64[us]", "category": "str"}
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=typed.get(kinds[name], "float64")) for name, cells in columns.items()}
    )


HAND = frame(
    time=["2024-04-01 10:05", "2024-04-01 12:00", "2024-04-01 10:59", None, "2024-04-01 10:30"],
    heat=[1.0, 5.0, None, 9.0, 3.0],
    on=[1.0, 0.0, 0.0, 1.0, None],
    line=["A", None, "B", "A", "B"],
    served=["2024-01-01", None, "2024-02-01", "2025-01-01", None],
    pieces=[2.0, 7.0, 3.0, 9.0, None],
    verdict=["OK", None, "NG", "OK", "OK"],
)


def test_by_hand():
    found = aggregated(HAND, DEFECTS, "hour")
    assert found["time"].astype(str).tolist() == ["2024-04-01 10:00:00", "2024-04-01 12:00:00"]
    assert found["heat"].tolist() == [2.0, 5.0]
    assert found["on"].tolist() == [0.5, 0.0]
    assert found["line"].tolist()[:1] == ["B"]
    assert found["line"].isna().tolist() == [False, True]
    assert found["served"].tolist() == [pd.Timestamp("2024-02-01"), pd.NaT]
    assert found["pieces"].tolist() == [5.0, 7.0]
    assert found["verdict"].tolist()[:1] == ["NG"]  # one of the three says so
    assert found["verdict"].isna().tolist() == [False, True]
    assert found.dtypes.equals(HAND.dtypes)


def test_a_class_among_many_is_the_most_frequent_and_a_number_its_mean():
    three = Schema(COLUMNS, "classification", classes=("OK", "NG", "?"))
    assert aggregated(HAND, three, "day")["verdict"].tolist() == ["OK"]
    numbers = (*COLUMNS[:1], Column("heat", "target", "number"), Column("on", "feature", "boolean"))
    assert aggregated(HAND[["time", "heat", "on"]], Schema(numbers, "regression"), "day")["heat"].tolist() == [3.0]


def test_classes_that_are_written_as_numbers():
    columns = (COLUMNS[0], COLUMNS[1], Column("bad", "target", "number"))
    table = HAND[["time", "heat"]].assign(bad=[0.0, 0.0, 1.0, 1.0, 0.0])
    found = aggregated(table, Schema(columns, "classification", classes=("0", "1")), "hour")
    assert found["bad"].tolist() == [1.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["A", "B", None]), st.floats(-9, 9)), min_size=1))
def test_against_a_plain_loop(rows: list[tuple[int, str | None, float]]):
    minutes, lines, heats = zip(*rows, strict=True)
    table = frame(time=[], heat=[]).reindex(range(len(rows)))
    table["time"] = np.datetime64("2024-01-01", "us") + np.array(minutes, "timedelta64[m]")
    table["heat"], table["line"] = heats, pd.Series(lines, dtype="str")
    table["verdict"] = pd.Series(["OK"] * len(rows), dtype="str")
    found = aggregated(table[["time", "heat", "line", "verdict"]], DEFECTS, "hour")
    hours = sorted({minute // 60 for minute in minutes})
    assert [int(hour) for hour in (found["time"] - pd.Timestamp("2024-01-01")) / pd.Timedelta("1h")] == hours
    for at, hour in enumerate(hours):
        inside = [k for k, minute in enumerate(minutes) if minute // 60 == hour]
        assert found["heat"][at] == pytest.approx(np.mean([heats[k] for k in inside]))
        filled = [line for line in (lines[k] for k in inside) if line]
        assert (max(filled, key=filled.count) if filled else None) == (
            None if pd.isna(found["line"][at]) else found["line"][at]
        )


def test_what_cannot_be_put_together_is_refused():
    with pytest.raises(SpecError, match="week was given for the bucket of time"):
        check_bucket("week", DEFECTS)
    with pytest.raises(SpecError, match="no column is the time"):
        check_bucket("hour", Schema(COLUMNS[1:], "classification"))
    keyed = Schema((*COLUMNS, Column("no", "key", "category")), "classification", corrections="latest")
    with pytest.raises(SpecError, match="corrected by their key too"):
        check_bucket("hour", keyed)
