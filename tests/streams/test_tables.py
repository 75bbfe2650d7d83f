"""One file -> a table."""

import datetime
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alma_core.errors import DataError
from alma_core.streams import readings, tables, values, workbooks
from alma_core.streams.headers import Header, header_of
from alma_core.streams.tables import Reading, Table
from tests.streams.badfiles import GOOD, arrays, book, columns, frame, packed, sheet_of, two_sheets

ROWS = [["2024/4/1", "A", "5"], ["2024/4/2", "B", "6"], ["2024/4/3", "A", "7"]]
JAPANESE = "日付,品番,数量\n2024/4/1,ネジ,5\n2024/4/2,歯車,7\n"
KANA = "日付,ヒンメイ,数量\n2024/4/1,ネジテスト,5\n2024/4/2,ハグルマ,7\n"
HALF_WIDTH = "日付,ﾋﾝﾒｲ,数量\n2024/4/1,ﾈｼﾞ,5\n2024/4/2,ﾊｸﾞﾙﾏ,7\n"


def read(folder: Path, name: str, content: str | bytes, **asked: Any) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return tables.read(path, Reading(**asked))


@pytest.mark.parametrize("text", [JAPANESE, KANA], ids=["kanji", "kana"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
def test_the_encoding_is_found(tmp_path: Path, text: str, encoding: str):
    table = read(tmp_path, "a.csv", text.encode(encoding))
    assert table.reading == Reading(encoding, ",", '"', ".", 1, None)
    pd.testing.assert_frame_equal(table.frame, pd.read_csv(io.StringIO(text), dtype="str"))


def test_half_width_kana_in_cp932(tmp_path: Path):
    assert read(tmp_path, "a.csv", HALF_WIDTH.encode("cp932")).reading.encoding == "cp932"


def test_a_short_text_that_reads_twice_is_noted(tmp_path: Path):
    """Two kanji in EUC-JP are four half-width kana in CP932."""
    text = "品番,a\n1,2\n".encode("euc_jp")
    assert text.decode("cp932") == "ﾉﾊﾈﾖ,a\n1,2\n"
    table = read(tmp_path, "a.csv", text)
    assert list(table.frame.columns) == ["品番", "a"]
    assert table.notes == ("a.csv was read as EUC-JP; choose Shift_JIS (CP932) if the text looks wrong.",)
    assert list(read(tmp_path, "a.csv", text, encoding="cp932").frame.columns) == ["ノハネヨ", "a"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, end: str):
    table = read(tmp_path, "a.txt", GOOD.replace(",", delimiter).replace("\n", end))
    assert (table.reading.delimiter, table.frame.shape) == (delimiter, (2, 3))
    assert table.frame["line"].tolist() == ["A", "B"]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_the_quote_is_found(tmp_path: Path, quote: str):
    cells = [["day", "note"], ["2024-04-01", "one, two"], ["2024-04-02", "three\nfour"]]
    text = "\n".join(",".join(f"{quote}{cell}{quote}" for cell in row) for row in cells)
    table = read(tmp_path, "a.csv", text)
    assert table.reading.quote == quote
    assert table.frame["note"].tolist() == ["one, two", "three\nfour"]


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("a;b\n1,5;2\n3,25;4\n", ","),
        ("a;b\n1.234,56;x\n2.000,00;y\n", ","),
        ("a;b\n1.5;2\n", "."),
        ("a;b\n1,234.5;2\n", "."),
        ("a;b\n1.234;2\n", "."),
        ('a,b\n"1,5",x\n"2,25",y\n', ","),
        ('a,b\n"1,234",x\n"2,250",y\n', "."),
        ('a,b\n"1,234,567",1.25\n"2,250",2.5\n', "."),
    ],
)
def test_the_decimal_mark_is_found(tmp_path: Path, text: str, decimal: str):
    assert read(tmp_path, "a.csv", text).reading.decimal == decimal


def test_a_decimal_comma_is_read_as_such(tmp_path: Path):
    table = read(tmp_path, "a.csv", "d;x\n01.02.2024;1.234,5\n03.02.2024;△2,25\n")
    assert values.typed(table.frame["x"], "number", ",").tolist() == [1234.5, -2.25]
    assert values.typed(table.frame["d"], "date", ",").dt.month.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("above", "names", "line"),
    [
        ([["日", "店", "数"]], ("日", "店", "数"), 1),
        ([["日", "店", "2024"]], ("日", "店", "2024"), 1),
        ([], ("c1", "c2", "c3"), 0),
        ([["売上一覧"], ["日", "店", "数"]], ("日", "店", "数"), 2),
        ([["売上一覧"], [], ["作成日", "2024/5/1"], [], ["日", "店", "数"]], ("日", "店", "数"), 5),
        ([["会社", "A社", ""], ["日", "店", "数"]], ("日", "店", "数"), 2),
        ([["日", "店", "数"], []], ("日", "店", "数"), 1),
        ([["", "店", "数"]], ("c1", "店", "数"), 1),
        ([["0", "1", "2"]], ("0", "1", "2"), 1),
        ([["日", "販売", ""], ["", "店", "数"]], ("日", "販売 店", "販売 数"), 1),
        ([["題"], ["日", "販売", ""], ["", "店", "数"]], ("日", "販売 店", "販売 数"), 2),
        ([["day", "shop", "sold"], ["日", "店", "個"]], ("day 日", "shop 店", "sold 個"), 1),
    ],
)
def test_the_header_is_found(tmp_path: Path, above: list[list[str]], names: tuple[str, ...], line: int):
    text = "\n".join(",".join(row) for row in [*above, *ROWS])
    sheets = sheet_of([*above, *([day, shop, int(count)] for day, shop, count in ROWS)])
    for table in (read(tmp_path, "a.csv", text), read(tmp_path, "a.xlsx", sheets)):
        assert tuple(table.frame.columns) == names
        assert table.reading.header == line
        assert table.frame.iloc[:, 0].tolist() == ["2024/4/1", "2024/4/2", "2024/4/3"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["店", "売上"], ["A", "-"], ["B", "5"], ["C", "6"]], 0),
        ([["店", "売上"], ["A", "休業"], ["B", "5"], ["C", "6"]], 0),
        ([["店", "2024/4", "2024/5"], ["A", "1", "2"], ["B", "3", "4"]], 0),
        ([["a", "b"], ["x", "y"], ["z", "w"]], 0),
        ([["表"], ["a", "b"], ["x", "y"]], 0),
        ([["a"], ["1"], ["2"]], 0),
        ([["", "a"], ["0", "5"], ["1", "6"]], 0),
        ([["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]], 0),
        ([["3", "2"], ["3", "4"], ["5", "6"], ["7", "8"]], -1),
    ],
)
def test_the_header_row(rows: list[list[str]], expected: int):
    assert header_of(rows, 2, ".").last == expected


def test_the_header_that_was_asked_for():
    rows = [["a", "b"], ["日", "数"], ["1", "2"], ["3", "4"]]
    assert header_of(rows, 2, ".", asked=1) == Header(1, 1, ("日", "数"))
    assert header_of(rows, 2, ".", asked=-1) == Header(-1, -1, ("", ""))


@pytest.mark.parametrize("asked", [{}, {"header": 0}, {"header": 2}, {"header": 3}])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_was_found_can_be_asked_for(tmp_path: Path, name: str, asked: dict[str, Any]):
    rows = [["題", "", ""], ["日", "販売", ""], ["", "店", "数"], *ROWS]
    text = "\n".join(",".join(row) for row in rows)
    first = read(tmp_path, name, text if name == "a.csv" else sheet_of(rows), **asked)
    again = tables.read(tmp_path / name, first.reading)
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert again.reading == first.reading
    assert first.reading.header == asked.get("header", 2)


def test_a_name_is_shown_and_gives_the_ending(tmp_path: Path):
    (tmp_path / "1").write_text(GOOD)
    table = tables.read(tmp_path / "1", name=" 売上\u3000表.CSV")
    assert table.name == "売上 表.CSV"
    assert table.frame.shape == (2, 3)


def test_blank_rows_and_nameless_blank_columns_are_left_out(tmp_path: Path):
    table = read(tmp_path, "a.csv", "a,b,\n1,2,\n,,\n\n \t,\u3000,\n3,,\n")
    assert list(table.frame.columns) == ["a", "b"]
    assert table.frame["a"].tolist() == ["1", "3"]
    assert table.frame["b"].isna().tolist() == [False, True]
    assert table.frame.index.equals(pd.RangeIndex(2))


def test_cells_stay_as_they_stood(tmp_path: Path):
    table = read(tmp_path, "a.csv", 'a,b\n" 1 ",-\nNA,"x\ny"\n')
    assert table.frame["a"].tolist() == [" 1 ", "NA"]
    assert table.frame["b"].tolist() == ["-", "x\ny"]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        (["A,5", "B,6", "\uff34otal,11"], 2),
        (["A,5", "小計,5", "B,6", "小計,6", "総計,11"], 5),
        (["A,5", "B,6", "A 小計,11"], 2),
        (["A,5", "B,6", "計,11"], 2),
        (["A,5", "B,6", "Total,11"], 2),
        (["A,5", "B,6", "GRAND TOTAL,11"], 2),
        (["A,5", "B,6", "合計,11"], 2),
        (["計測器,5", "設計,6", "totals,3"], 3),
        (["合計,5"], 1),
        (["合計,5", "合計,6", "合計,7", *["A,1"] * 4], 7),
        ([*["合計,5"] * 3, *["A,1"] * 20], 23),
        ([*["合計,"] * 3, *["A,1"] * 20], 20),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_rows_that_add_up_others_are_left_out(tmp_path: Path, name: str, rows: list[str], kept: int):
    cells = [row.split(",") for row in rows]
    sheet = sheet_of([["品", "数"], *([shop, int(count) if count else None] for shop, count in cells)])
    table = read(tmp_path, name, sheet if name == "a.xlsx" else "\n".join(["品,数", *rows]))
    assert len(table.frame) == kept
    assert bool(table.notes) == (kept < len(rows))


def test_a_packed_file_is_the_same_table(tmp_path: Path):
    one, other = read(tmp_path, "a.csv", GOOD), read(tmp_path, "a.csv.gz", packed(GOOD))
    pd.testing.assert_frame_equal(one.frame, other.frame)


def test_a_file_of_many_blocks_is_one_table(tmp_path: Path):
    """Rows lie across the blocks in which a file is unpacked, decoded and parsed."""
    made = pd.DataFrame(
        {"番号": np.arange(150_000).astype(str), "品名": "歯車" + pd.Series(range(150_000)).astype(str)}
    )
    made["数"] = "1"
    for encoding in ("utf-8", "cp932", "utf-16"):
        table = read(tmp_path, "a.csv", made.to_csv(index=False).encode(encoding))
        pd.testing.assert_frame_equal(table.frame, made.astype("str"))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npz"])
@pytest.mark.parametrize(("cap", "allowed"), [("MOST_ROWS", 5), ("MOST_CELLS", 10)])
def test_rows_and_cells_have_a_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, cap: str, allowed: int):
    made = pd.DataFrame({"a": range(5), "b": range(5)})
    contents = {
        "a.csv": made.to_csv(index=False),
        "a.parquet": columns(pa.Table.from_pandas(made)),
        "a.npz": arrays(x=made[["a"]].to_numpy(), y=made["b"].to_numpy()),
    }
    monkeypatch.setattr(readings, cap, allowed)
    assert len(read(tmp_path, name, contents[name]).frame) == 5
    monkeypatch.setattr(readings, cap, allowed - 1)
    with pytest.raises(DataError, match=r"has 5 rows of 2 columns or more, at most .* split it into several files\.$"):
        read(tmp_path, name, contents[name])


def test_a_sheet_has_a_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    content = sheet_of([["a", "b"], [1, 2], [3, 4]])
    monkeypatch.setattr(workbooks, "MOST_WORKBOOK_CELLS", 6)
    assert read(tmp_path, "a.xlsx", content).frame.shape == (2, 2)
    monkeypatch.setattr(workbooks, "MOST_WORKBOOK_CELLS", 5)
    with pytest.raises(DataError, match=r"^a\.xlsx has more than 1,048,576 rows or 5 cells in sheet Sheet"):
        read(tmp_path, "a.xlsx", content)


def test_a_sheet_is_chosen(tmp_path: Path):
    content = book(two_sheets)
    assert read(tmp_path, "a.xlsx", content).reading == Reading(header=1, sheet="data")
    first = read(tmp_path, "a.xlsx", content, sheet="表紙", header=0)
    assert first.frame["c1"].tolist() == ["月次報告"]


def test_a_workbook_keeps_its_types(tmp_path: Path):
    made = frame()
    made["mixed"] = [1, "x", 2.5, None, datetime.datetime(2024, 4, 1, 9, 5)]
    made["flag"] = [True, False, True, True, False]
    table = read(tmp_path, "a.xlsx", sheet_of([list(made), *map(list, made.itertuples(index=False))]))
    assert [str(dtype) for dtype in table.frame.dtypes] == [
        *("datetime64[us]", "int64", "float64", "str", "str", "bool"),
    ]
    assert table.frame["mixed"].tolist()[:3] == ["1", "x", "2.5"]
    assert table.frame["mixed"].iloc[4] == "2024-04-01 09:05:00"


PARQUET: list[tuple[pa.Array, str, list[Any]]] = [
    (pa.array([1, 2], pa.int8()), "int64", [1, 2]),
    (pa.array([1, None], pa.int32()), "float64", [1.0, None]),
    (pa.array([2**60, None]), "str", [str(2**60), None]),
    (pa.array([2**64 - 1, 1], pa.uint64()), "str", [str(2**64 - 1), "1"]),
    (pa.array([1.5, None], pa.float32()), "float64", [1.5, None]),
    (pa.array([1, None]).cast(pa.decimal128(25, 2)), "float64", [1.0, None]),
    (pa.array([True, False]), "bool", [True, False]),
    (pa.array([True, None]), "str", ["TRUE", None]),
    (pa.array(["x", None], pa.large_string()), "str", ["x", None]),
    (pa.array(["x", " "]), "str", ["x", None]),
    (pa.array(["x", None]).dictionary_encode(), "str", ["x", None]),
    (pa.array([5, None]).dictionary_encode(), "float64", [5.0, None]),
    (pa.array([None, None], pa.null()), "str", [None, None]),
    (pa.array([datetime.date(9999, 12, 31), None]), "datetime64[us]", [pd.Timestamp("9999-12-31"), None]),
    (pa.array([1, None], pa.timestamp("ns")), "datetime64[us]", [pd.Timestamp(1970, 1, 1), None]),
    (
        pa.array([0, None], pa.timestamp("s", "Asia/Tokyo")),
        "datetime64[us]",
        [pd.Timestamp(1970, 1, 1, 9), None],
    ),
    (pa.array([90, None], pa.duration("s")), "float64", [90.0, None]),
    (pa.array([3600, None], pa.time32("s")), "str", ["01:00:00.000", None]),
]


@pytest.mark.parametrize(("column", "dtype", "expected"), PARQUET, ids=[str(column.type) for column, *_ in PARQUET])
def test_a_parquet_column_gets_a_plain_type(tmp_path: Path, column: pa.Array, dtype: str, expected: list[Any]):
    table = read(tmp_path, "a.parquet", columns(pa.table({"a": column, "b": [1, 2]})))
    read_column = table.frame["a"]
    assert read_column.dtype == dtype
    assert [None if pd.isna(cell) else cell for cell in read_column] == expected


def test_row_numbers_that_pandas_stored_are_left_out(tmp_path: Path):
    made = frame()[lambda rows: rows["line"] == "A"]
    made.to_parquet(tmp_path / "a.parquet")
    assert list(tables.read(tmp_path / "a.parquet").frame.columns) == list(made.columns)


def test_arrays_are_columns(tmp_path: Path):
    table = read(tmp_path, "a.npz", arrays(x=np.array([[1, 2], [3, 4]], np.uint8), y=np.array(["NG", "OK"])))
    assert table.frame.to_dict("list") == {"c1": [1, 3], "c2": [2, 4], "y": ["NG", "OK"]}
    assert read(tmp_path, "b.npz", arrays(x=np.array([[0.5, np.nan]]))).frame.shape == (1, 2)


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1, max_size=12
)
NAMES = st.lists(st.from_regex(r"[a-zぁ-ん]{1,6}( [a-z]{1,3})?", fullmatch=True), min_size=1, max_size=5, unique=True)


def cells_of(alphabet: st.SearchStrategy[str]) -> st.SearchStrategy[pd.DataFrame]:
    """Return tables of text that name their columns; no row is blank, no first cell adds up others."""

    def made(names: list[str]) -> st.SearchStrategy[pd.DataFrame]:
        row = st.lists(st.none() | alphabet, min_size=len(names), max_size=len(names))
        rows = st.lists(row.filter(lambda cells: any(cell and cell.strip() for cell in cells)), min_size=1, max_size=8)
        return rows.map(lambda cells: pd.DataFrame(cells, columns=names, dtype="str"))

    return NAMES.flatmap(made)


def blanked(made: pd.DataFrame) -> pd.DataFrame:
    """Return the table with what is only spaces missing."""
    return made.where(made.apply(lambda column: column.str.strip() != ""), None).astype("str")


@given(cells_of(TEXTS), st.sampled_from([",", "\t", ";", "|"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_table_that_pandas_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, made: pd.DataFrame, delimiter: str, encoding: str
):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    made.to_csv(path, index=False, sep=delimiter, encoding=encoding)
    table = tables.read(path, Reading(delimiter=delimiter, header=1, quote='"'))
    pd.testing.assert_frame_equal(table.frame, blanked(made))


@given(
    cells_of(st.text(st.sampled_from("売上数量品番歯車アイウ表能ソ―~①㈱5,;\t\"'\n "), min_size=1, max_size=8)),
    st.sampled_from(["cp932", "euc_jp", "utf-8"]),
)
def test_any_japanese_table_comes_back(tmp_path_factory: pytest.TempPathFactory, made: pd.DataFrame, encoding: str):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    try:
        made.to_csv(path, index=False, encoding=encoding)
    except UnicodeEncodeError:
        assume(False)
    table = tables.read(path, Reading(encoding=encoding, delimiter=",", header=1, quote='"'))
    pd.testing.assert_frame_equal(table.frame, blanked(made))


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DAYS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2199, 12, 31))
TYPED = st.lists(
    st.tuples(NUMBERS, st.integers(-(2**53), 2**53), DAYS, st.sampled_from("ABC")), min_size=2, max_size=20
)


@given(TYPED, st.sampled_from(["utf-8", "cp932", "utf-16"]), st.booleans())
def test_typed_columns_come_back_from_text_with_nothing_asked(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], encoding: str, is_packed: bool
):
    made = pd.DataFrame(rows, columns=["比率", "個数", "日時", "線"])
    made["日時"] = made["日時"].astype("datetime64[us]")
    path = tmp_path_factory.mktemp("csv") / ("a.csv.gz" if is_packed else "a.csv")
    made.to_csv(path, index=False, encoding=encoding)
    found = tables.read(path).frame
    assert list(found.columns) == list(made.columns)
    np.testing.assert_array_equal(values.typed(found["比率"], "number"), made["比率"])
    np.testing.assert_array_equal(values.typed(found["個数"], "number"), made["個数"])
    np.testing.assert_array_equal(values.typed(found["日時"], "date"), made["日時"])
    assert values.typed(found["線"], "category").tolist() == made["線"].tolist()


@given(TYPED)
def test_typed_columns_come_back_from_parquet(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]):
    made = pd.DataFrame(rows, columns=["比率", "個数", "日時", "線"])
    made["日時"] = made["日時"].astype("datetime64[us]")
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    made.to_parquet(path)
    pd.testing.assert_frame_equal(tables.read(path).frame, made)


EXCEL_DAYS = st.datetimes(datetime.datetime(1901, 1, 1), datetime.datetime(2199, 12, 31)).map(
    lambda day: day.replace(microsecond=0)
)
EXCEL = st.lists(
    st.tuples(st.floats(-1e300, 1e300), st.integers(-(2**50), 2**50), EXCEL_DAYS, st.sampled_from(["A", "あ", "x y"])),
    min_size=1,
    max_size=10,
)


@given(EXCEL)
def test_typed_columns_come_back_from_excel(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]):
    made = pd.DataFrame(rows, columns=["比率", "個数", "日時", "線"])
    made["日時"] = made["日時"].astype("datetime64[us]")
    path = tmp_path_factory.mktemp("excel") / "a.xlsx"
    made.to_excel(path, index=False)
    found = tables.read(path).frame
    assert found["日時"].sub(made["日時"]).abs().max() < pd.Timedelta("1s")
    np.testing.assert_allclose(found["比率"].astype(float), made["比率"], rtol=1e-14)
    assert found["個数"].tolist() == made["個数"].tolist()
    assert found["線"].tolist() == made["線"].tolist()


def test_a_reading_is_replaced_where_it_was_asked_for(tmp_path: Path):
    table = read(tmp_path, "a.csv", GOOD)
    asked = replace(table.reading, header=0)
    assert tables.read(tmp_path / "a.csv", asked).frame.iloc[0].tolist() == ["day", "price", "line"]
