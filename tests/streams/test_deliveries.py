"""Files handed in together -> their rows, in order, as kinds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core.errors import DataError
from alma_core.streams.deliveries import deliver, kinds_of, typed_rows
from alma_core.streams.readings import Reading
from alma_core.streams.schema import Column, Schema


def written(folder: Path, **files: str) -> list[Path]:
    """Write files whose text has a row a word; a name's underscores become dashes."""
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.csv").write_text("\n".join(text.split()) + "\n", "utf-8")
    return [folder / f"{name.replace('_', '-')}.csv" for name in files]


def test_files_stand_in_the_order_of_the_dates_in_their_names(tmp_path: Path):
    paths = written(tmp_path, m2024_10="a,b 1,x 2,x", m2024_4="a,b 3,y 4,z")
    delivery = deliver(paths)
    assert [file.name for file in delivery.files] == ["m2024-4.csv", "m2024-10.csv"]
    assert [file.dated for file in delivery.files] == ["2024-04-01", "2024-10-01"]
    assert delivery.cells["a"].tolist() == ["3", "4", "1", "2"]
    assert delivery.numbers.tolist() == [0, 0, 1, 1]
    assert deliver(paths, as_given=True).cells["a"].tolist() == ["1", "2", "3", "4"]


def test_names_are_for_screens_only(tmp_path: Path):
    paths = written(tmp_path, upload1="a,b 1,x 2,x", upload2="a,b 3,y 4,z")
    delivery = deliver(paths, names=["../2024年10月.csv", "../2024年4月.csv"])
    assert [file.name for file in delivery.files] == ["../2024年4月.csv", "../2024年10月.csv"]


def test_the_same_file_twice_is_read_once(tmp_path: Path):
    delivery = deliver(written(tmp_path, one="a,b 1,x 2,y", two="a,b 1,x 2,y"))
    assert len(delivery.cells) == 2
    assert delivery.notes == ("two.csv holds the same as one.csv and was left out.",)


def test_a_column_that_a_file_lacks_is_blank_there(tmp_path: Path):
    delivery = deliver(written(tmp_path, one="a,b 1,x 2,y", two="a,b,late 3,x,7 4,y,8"))
    assert delivery.cells["late"].isna().tolist() == [True, True, False, False]
    assert delivery.missing(["a", "late"]) == ["late is not in one.csv; its cells count as blank there."]
    assert kinds_of(delivery)["late"] == "number"


def test_columns_of_unlike_types_meet(tmp_path: Path):
    pd.DataFrame({"a": [1, 2], "b": [True, False], "c": [0.5, 1.5]}).to_parquet(tmp_path / "1.parquet")
    pd.DataFrame({"a": [3.5], "b": [True], "d": [1]}).to_parquet(tmp_path / "2.parquet")
    (tmp_path / "3.csv").write_text("c,d\n7,8\n9,9\n", "utf-8")
    cells = deliver([tmp_path / "1.parquet", tmp_path / "2.parquet", tmp_path / "3.csv"]).cells
    assert cells["a"].tolist()[:3] == [1.0, 2.0, 3.5]
    assert cells["b"].tolist()[:3] == [1.0, 0.0, 1.0]
    assert [str(cells[name].dtype) for name in "abcd"] == ["float64", "float64", "str", "str"]
    assert cells["c"].fillna("").tolist() == ["0.5", "1.5", "", "7", "9"]


def test_notes_are_gathered_over_files(tmp_path: Path):
    titled = "検査記録 a,b,c 1,x,5 2,y,6 3,x,7"
    notes = deliver(written(tmp_path, one=titled, two=titled.replace("5", "4"))).notes
    assert len(notes) == 1
    assert notes[0].startswith("all files: ")


def test_a_renamed_column_is_one_column(tmp_path: Path):
    delivery = deliver(written(tmp_path, one="heat,b 1,x 2,y", two="temperature,b 3,x 4,y"))
    joined = delivery.renamed({"heat": "temperature"})
    assert joined.cells["temperature"].tolist() == ["1", "2", "3", "4"]
    assert "heat" not in joined.cells
    assert joined.missing(["temperature"]) == []
    assert list(delivery.cells) == ["heat", "b", "temperature"]  # the delivery itself stays


def test_where_a_row_has_both_names_the_name_of_now_counts(tmp_path: Path):
    joined = deliver(written(tmp_path, one="old,new,b 1,5,x 2,,y")).renamed({"old": "new"})
    assert joined.cells["new"].tolist() == ["5", "2"]
    assert list(joined.heads[0].frame) == ["new", "b"]


def test_kept_columns_are_typed_and_the_rest_is_left_out(tmp_path: Path):
    delivery = deliver(written(tmp_path, one="a,who,junk,y 1.5,A,z,OK x,B,z,NG"))
    columns = (
        Column("a", "feature", "number"),
        Column("who", "personal", "category"),
        Column("junk", "ignore", "category"),
        Column("gone", "feature", "date"),
        Column("y", "target", "category"),
    )
    typed = typed_rows(delivery, Schema(columns, "classification"))
    assert list(typed) == ["a", "gone", "y"]
    assert np.isnan(typed["a"][1])
    assert typed["gone"].dtype.kind == "M"
    assert typed["gone"].isna().all()


def test_each_file_has_its_own_decimal_mark(tmp_path: Path):
    (tmp_path / "1.csv").write_text("a;y\n1,5;OK\n2,25;NG\n", "utf-8")
    (tmp_path / "2.csv").write_text("a,y\n1.5,OK\n2.25,NG\n", "utf-8")
    delivery = deliver([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert [head.reading.decimal for head in delivery.heads] == [",", "."]
    schema = Schema((Column("a", "feature", "number"), Column("y", "target", "category")), "classification")
    assert typed_rows(delivery, schema)["a"].tolist() == [1.5, 2.25, 1.5, 2.25]


def test_years_of_two_digits_are_written_out_and_noted(tmp_path: Path):
    delivery = deliver(written(tmp_path, one="day,y 1/30/11,OK 2/1/11,NG"))
    assert kinds_of(delivery)["day"] == "date"
    assert "read as month, day, year" in delivery.notes[0]


def test_a_file_that_is_not_there_is_said_by_its_name(tmp_path: Path):
    with pytest.raises(DataError, match=r"upload\.csv cannot be read"):
        deliver([tmp_path / "gone"], names=["upload.csv"])
    with pytest.raises(DataError, match="No file was given"):
        deliver([])


def test_a_reading_is_passed_on(tmp_path: Path):
    (tmp_path / "1.csv").write_text("a;b\n1;2\n3;4\n", "utf-8")
    assert list(deliver([tmp_path / "1.csv"], Reading(delimiter=";", header=0)).cells) == ["c1", "c2"]
