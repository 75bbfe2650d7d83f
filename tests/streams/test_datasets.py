"""Data sets that are kept: added to, extended, opened, removed; nothing personal on disk, nothing half written."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from alma_core.errors import DataError, SpecError
from alma_core.home import home
from alma_core.streams import adding, datasets, deliveries, outline, schema
from alma_core.streams.adding import Contents
from alma_core.streams.cutting import Cutting, cutting_of
from alma_core.streams.deliveries import Delivery
from alma_core.streams.schema import Schema


def month(folder: Path, year_month: str, rows: int = 30, name: str = "検査_{}.csv", **columns: str) -> Path:
    """Write a month of invented inspections in CP932; `columns` gives one cell for all rows, or takes a column out."""
    draw = np.random.default_rng(int(year_month.replace("-", "")))
    table = pd.DataFrame(
        {
            "製造日": [f"{year_month}-{day:02}" for day in np.sort(draw.integers(1, 28, rows))],
            "温度": draw.normal(size=rows).round(3),
            "担当者": draw.choice(["架空一郎", "架空花子"], rows),
            "判定": draw.choice(["OK", "NG"], rows),
        }
    )
    for column, cell in columns.items():
        table[column] = cell
    path = folder / name.format(year_month)
    path.write_bytes(table.to_csv(index=False).encode("cp932"))
    return path


def drafted(paths: list[Path], cutting: Cutting | None = None, name: str = "検査", **how: str) -> Contents:
    delivery = deliveries.deliver(paths)
    return adding.drafted(name, delivery, guessed(delivery, **how), cutting or cutting_of("month"))


def guessed(delivery: Delivery, **how: str) -> Schema:
    return schema.guess(delivery.cells, deliveries.kinds_of(delivery), decimal=delivery.decimal, **how)


def everything_on_disk() -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home().rglob("*")) if path.is_file())


def test_what_is_kept_comes_back(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04"), month(tmp_path, "2024-05")]))
    again = adding.opened("検査")
    assert again.data == kept.data
    assert again.rows.frame.equals(kept.rows.frame)
    assert np.array_equal(again.arrays.source.x, kept.arrays.source.x)
    assert again.arrays.source.digest == kept.arrays.source.digest
    assert [one.name for one in datasets.listed()] == ["検査"]
    assert again.data.files[0].added.startswith("20")


def test_the_name_is_never_a_path(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")]))
    folder = kept.data.folder
    assert folder.parent == home() / "data"
    assert folder.name.isascii()
    assert datasets.load(" 検査 ").name == "検査"
    for name in ("../x", "a/b", "a\\b", "", " ", "x" * 101, "digits", "openml:iris", "a.npz", "a\x00b"):
        with pytest.raises(DataError, match="was given as the name of a data set"):
            datasets.plain_name(name)


def test_names_that_look_alike_have_folders_of_their_own():
    slugs = {datasets.slug(name) for name in ("Line 3", "line-3", "LINE 3", "工場", "工程", "a" * 80, "a" * 81)}
    assert len(slugs) == 7


def test_what_is_personal_is_not_kept(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    assert "架空" not in "".join(map(str, adding.opened("検査").rows.frame.to_numpy().ravel()))
    assert "架空".encode() not in everything_on_disk()
    assert not (home() / "salts").exists()


def test_what_is_personal_is_kept_as_a_hash_where_so_asked(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")], personal="hash"))
    names = kept.rows.frame["担当者"]
    assert names.nunique() == 2
    assert names.str.fullmatch("[0-9a-f]{16}").all()
    assert "架空".encode() not in everything_on_disk()
    salt = home() / "salts" / datasets.slug("検査")
    assert salt.stat().st_mode & 0o077 == 0
    assert salt.read_bytes() not in b"".join(path.read_bytes() for path in kept.data.folder.iterdir())
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05")]))
    assert more.rows.frame["担当者"].nunique() == 2
    other = adding.keep(drafted([month(tmp_path, "2024-04")], name="別", personal="hash"))
    assert set(other.rows.frame["担当者"]).isdisjoint(names)


def test_without_its_secret_a_hashed_set_is_not_extended(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")], personal="hash"))
    (home() / "salts" / datasets.slug("検査")).unlink()
    with pytest.raises(DataError, match="secret of the hashed columns of 検査 does not read"):
        adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05")]))


def test_the_next_month_moves_nothing(tmp_path: Path):
    first = adding.keep(drafted([month(tmp_path, "2024-04"), month(tmp_path, "2024-05")]))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-06")]))
    n = len(first.arrays.source.x)
    assert np.array_equal(more.arrays.source.x[:n], first.arrays.source.x)
    assert np.array_equal(more.arrays.source.y[:n], first.arrays.source.y)
    assert more.arrays.source.cut.arrives[:n].tolist() == first.arrays.source.cut.arrives.tolist()
    assert more.arrays.source.cut.mega_batches == 3
    assert [file.addition for file in datasets.load("検査").files] == [1, 1, 2]
    assert adding.opened("検査").rows.frame.equals(more.rows.frame)


def test_late_rows_arrive_with_the_newest_month_and_are_noted(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04"), month(tmp_path, "2024-06")]))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05")]))
    assert more.arrays.arrivals.sizes.tolist() == [30, 0, 60]
    said = outline.remarks(more.rows, more.data.schema, more.arrays, more.data.cutting)
    assert (
        "30 rows belong to periods that were over when they came; they arrive with the newest mega-batch of then."
        in said
    )
    assert any(sentence.startswith("2024-05: no rows") for sentence in said)


def test_a_file_that_is_in_already_is_left_out_or_refused(tmp_path: Path):
    first, second = month(tmp_path, "2024-04"), month(tmp_path, "2024-05")
    adding.keep(drafted([first]))
    more = adding.extend("検査", deliveries.deliver([first, second]))
    assert len(more.rows) == 60
    assert "検査_2024-04.csv is in the data set already (as 検査_2024-04.csv) and was left out." in more.notes
    with pytest.raises(DataError, match="All of these files are in 検査 already"):
        adding.extend("検査", deliveries.deliver([first, second]))


def test_a_new_column_is_left_out_unless_it_is_asked_for(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05", 振動="0.5")]))
    assert "The columns 振動 were not in the data set before and were left out." in more.notes
    assert "振動" not in more.rows.frame
    width = more.arrays.source.x.shape[1]
    new = deliveries.deliver([month(tmp_path, "2024-06", 振動="0.7")])
    more = adding.extend("検査", new, ["振動"])
    assert more.rows.frame["振動"].isna().tolist() == [True] * 60 + [False] * 30
    assert more.arrays.source.x.shape[1] > width
    assert (more.arrays.source.x[:60, width:] == 0).all()
    assert adding.opened("検査").rows.frame.equals(more.rows.frame)
    with pytest.raises(SpecError, match="温度 was given as a new input, but has the role feature"):
        adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-07")]), ["温度"])


def test_a_column_that_is_missing_is_blank_and_noted(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    path = month(tmp_path, "2024-05")
    table = pd.read_csv(path, encoding="cp932").drop(columns="温度")
    path.write_bytes(table.to_csv(index=False).encode("cp932"))
    more = adding.extend("検査", deliveries.deliver([path]))
    assert "温度 is not in 検査_2024-05.csv; its cells count as blank there." in more.notes
    assert more.rows.frame["温度"][30:].isna().all()


def test_a_new_class_is_the_last_and_is_noted(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05", 判定="保留")]))
    assert more.data.schema.classes == ("OK", "NG", "保留")
    assert any("保留 did not stand in 判定 before" in note for note in more.notes)
    assert datasets.load("検査").schema.classes == ("OK", "NG", "保留")


def test_a_month_without_labels_yet_can_be_added(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05", 判定="")]))
    assert more.arrays.source.cut.volume == (30, 30)
    assert len(more.arrays.source.x) == 30


def test_files_of_something_else_are_refused(tmp_path: Path):
    adding.keep(drafted([month(tmp_path, "2024-04")]))
    (tmp_path / "other.csv").write_text("a,b\n1,x\n2,y\n", "utf-8")
    with pytest.raises(DataError, match=r"other\.csv have none of the columns"):
        adding.extend("検査", deliveries.deliver([tmp_path / "other.csv"]))
    assert len(datasets.load("検査").files) == 1


def test_a_renamed_column_stays_joined_when_files_are_added(tmp_path: Path):
    first = deliveries.deliver([month(tmp_path, "2024-04")]).renamed({"温度": "炉温度"})
    roles = guessed(first)
    columns = tuple(
        schema.Column(c.name, c.role, c.kind, ("温度",)) if c.name == "炉温度" else c for c in roles.columns
    )
    joined = Schema(columns, roles.task, classes=roles.classes)
    adding.keep(adding.drafted("検査", first, joined, cutting_of("month")))
    more = adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05")]))
    assert more.rows.frame["炉温度"].notna().all()


def test_a_name_that_is_taken_is_refused(tmp_path: Path):
    draft = drafted([month(tmp_path, "2024-04")])
    adding.keep(draft)
    with pytest.raises(DataError, match="A data set 検査 is kept already"):
        adding.keep(draft)


def test_what_is_removed_is_gone_for_good(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")], personal="hash"))
    datasets.remove("検査")
    assert not kept.data.folder.exists()
    assert not (home() / "salts" / datasets.slug("検査")).exists()
    assert datasets.listed() == []
    with pytest.raises(DataError, match=r"There is no data set 検査, only these are kept: \(none\)"):
        datasets.remove("検査")


def test_nothing_is_there_until_all_of_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    draft = drafted([month(tmp_path, "2024-04"), month(tmp_path, "2024-05")])

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", full)
        with pytest.raises(DataError, match="cannot be written"):
            adding.keep(draft)
    assert datasets.listed() == []
    adding.keep(draft)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(DataError, match="cannot be written"):
            adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-06")]))
    assert len(datasets.load("検査").files) == 2
    assert len(adding.opened("検査").rows) == 60


def test_shift_between_months_is_found(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04", 60), month(tmp_path, "2024-05", 60, 温度=9)]))
    found = kept.data.shift()
    assert found.loc[(found["column"] == "温度") & (found["test"] == "ks"), "p_adjusted"].tolist() == pytest.approx(
        [0], abs=1e-9
    )
    assert set(found["column"]) == {"温度", "判定", ""}


def test_two_do_not_change_one_data_set_at_once(tmp_path: Path):
    draft = drafted([month(tmp_path, "2024-04")])
    adding.keep(draft)
    folder = draft.data.folder
    with (
        FileLock(folder.with_name(f".{folder.name}.lock")),
        pytest.raises(DataError, match="being changed by somebody"),
    ):
        adding.extend("検査", deliveries.deliver([month(tmp_path, "2024-05")]))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "name": "a", "schema": {}, "cutting": {}, "files": []}'],
)
def test_a_damaged_data_set_is_said_and_can_be_removed(tmp_path: Path, text: str):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")]))
    (kept.data.folder / datasets.ABOUT).write_text(text, "utf-8")
    assert datasets.listed() == []
    assert len(datasets.damaged()) == 1
    with pytest.raises((DataError, SpecError)):
        datasets.load("検査")
    datasets.remove("検査")
    assert not kept.data.folder.exists()


def test_a_damaged_table_is_said(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")]))
    next(kept.data.folder.glob("*.parquet")).write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match="does not read"):
        adding.opened("検査")


def test_a_newer_version_is_refused(tmp_path: Path):
    kept = adding.keep(drafted([month(tmp_path, "2024-04")]))
    about = json.loads((kept.data.folder / datasets.ABOUT).read_text("utf-8"))
    (kept.data.folder / datasets.ABOUT).write_text(json.dumps(about | {"version": 99}), "utf-8")
    with pytest.raises(DataError, match="kept by a newer version"):
        datasets.load("検査")


def test_rows_are_put_in_order_of_time_within_their_file(tmp_path: Path):
    path = month(tmp_path, "2024-04")
    table = pd.read_csv(path, encoding="cp932")
    path.write_bytes(table.iloc[::-1].to_csv(index=False).encode("cp932"))
    draft = drafted([path])
    assert draft.rows.frame["製造日"].is_monotonic_increasing
    assert any("did not stand in order of time" in note for note in draft.notes)


def test_sensor_rows_are_put_together_by_the_day(tmp_path: Path):
    delivery = deliveries.deliver([month(tmp_path, "2024-04"), month(tmp_path, "2024-05")])
    draft = adding.drafted("日", delivery, guessed(delivery), cutting_of("month"), bucket="day")
    assert draft.rows.frame["製造日"].is_unique
    assert sum(file.rows for file in draft.rows.files) == len(draft.rows) < 60
    assert any(note.startswith("60 rows were put together into") for note in draft.notes)


def test_no_order_and_what_needs_one_do_not_go_together(tmp_path: Path):
    delivery = deliveries.deliver([month(tmp_path, "2024-04", 検査日="2024-05-01")])
    roles = guessed(delivery)
    assert roles.only("label_date") == "検査日"
    with pytest.raises(SpecError, match="The rows stand in no order"):
        adding.drafted("検査", delivery, roles, cutting_of("number:3", in_order=False))


def test_cells_that_do_not_read_as_their_kind_are_counted(tmp_path: Path):
    path = month(tmp_path, "2024-04", rows=60)
    text = path.read_bytes().decode("cp932").split("\n")
    cells = text[3].split(",")
    text[3] = ",".join([cells[0], "高い", *cells[2:]])
    path.write_bytes("\n".join(text).encode("cp932"))
    assert "Cells of 温度 that do not read as numeric and count as blank: 1." in drafted([path]).notes
