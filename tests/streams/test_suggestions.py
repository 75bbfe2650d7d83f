"""How rows could be cut where nobody has said so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core.streams.deliveries import deliver
from alma_core.streams.schema import Column, Schema
from alma_core.streams.suggestions import suggested, unit_between

SCHEMA = Schema(
    (Column("day", "time", "date"), Column("x", "feature", "number"), Column("y", "target", "category")),
    "classification",
)
WITHOUT_TIME = Schema(SCHEMA.columns[1:], "classification")


def files(folder: Path, days: list[str], *names: str) -> list[Path]:
    for k, name in enumerate(names):
        table = pd.DataFrame({"day": days, "x": np.arange(len(days)) + k, "y": ["OK", "NG"] * (len(days) // 2)})
        table.to_csv(folder / name, index=False)
    return [folder / name for name in names]


@pytest.mark.parametrize(
    ("last", "by"), [("2024-12-31", "month"), ("2024-03-01", "week"), ("2024-01-09", "day"), ("2024-01-02", "number")]
)
def test_the_calendar_where_there_is_time_enough(tmp_path: Path, last: str, by: str):
    found = suggested(deliver(files(tmp_path, ["2024-01-01", last] * 2, "a.csv")), SCHEMA)
    assert found.by == by
    assert found.size == (4 if by == "number" else 0)


def test_files_where_there_are_several(tmp_path: Path):
    delivery = deliver(files(tmp_path, ["2024-01-01"] * 4, "2024-01.csv", "2024-02.csv", "2024-03.csv"))
    found = suggested(delivery, WITHOUT_TIME)
    assert (found.by, found.unit) == ("file", "month")


@pytest.mark.parametrize(
    ("days", "unit"),
    [
        (["2024-01-01", "2024-01-02", "2024-01-05", "2024-01-06"], "day"),
        (["2024-01-01", "2024-01-08"], "week"),
        (["2024-01-01", "2024-04-01", "2024-07-01"], "quarter"),
        (["2024-01-01", "NaT", "2024-03-01"], "lot"),
        (["2024-01-01", "2024-01-20"], "lot"),
        (["2024-01-01"], "lot"),
    ],
)
def test_the_unit_of_files_is_that_between_their_dates(days: list[str], unit: str):
    assert unit_between(np.array(days, "datetime64[D]")) == unit
