"""Bad files: each with the sentence that its owner reads."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from alma_core import language
from alma_core.errors import AlmaError, DataError
from alma_core.streams.tables import Reading, read
from tests.streams.badfiles import (
    GOOD,
    OLE,
    arrays,
    as_json,
    beyond_excel,
    bomb,
    book,
    book_bomb,
    changed_book,
    columns,
    far_corner,
    formulas,
    hidden_list,
    huge_array,
    laughing,
    locked_zip,
    many_styles,
    outside,
    packed,
    pickled,
    repeated_text,
    sheet_of,
    tarred,
    two_sheets,
    zipped,
)

Content = str | bytes | Callable[[], str | bytes] | None
R = Reading
W = ",".join(f"column_{i}" for i in range(20_000))


class Case(NamedTuple):
    """A bad file and what its owner reads.

    Args:
        name: how the file is called.
        content: what it holds, or what makes that; None: there is no such file.
        sentence: key of SENTENCES.
        gaps: what stands in the gaps of the sentence.
        asked: how the file is read.
    """

    name: str
    content: Content
    sentence: str
    gaps: dict[str, str] = {}  # noqa: RUF012 - never changed
    asked: Reading = R()


SENTENCES = {
    "empty": ("{name} is empty (0 bytes), a table was expected; save or download the file again."),
    "no_rows": ("{name} has no row of data, a header and at least one row were expected; check what was exported."),
    "missing": ("There is no file {name}, a table was expected there; check the path."),
    "folder": ("{name} is a folder, a file was expected; hand in the files inside it."),
    "wide": (
        "{name} has {count} columns, at most 2,000 were expected; remove columns, or check the delimiter and "
        "whether rows and columns are swapped."
    ),
    "row": (
        "{name} has a row of more than 1,024 kB after line {line}, shorter rows were expected; check that every "
        "quote is closed and that lines end."
    ),
    "cell": (
        "{name} has a cell of {length} characters or more, at most 32,767 were expected; shorten it, or check "
        "the delimiter and that every quote is closed."
    ),
    "ragged": (
        "{name} has {cells} cells in line {line} ({start}), {expected} were expected as in the other rows; add "
        "or remove cells there, or check the delimiter."
    ),
    "names": (
        "{name} names 3 columns in line 1 but has 2 cells in most rows, as many names as cells were expected; "
        "add the missing cells, or check the delimiter and the header line."
    ),
    "quote": (
        '{name} opens a quote (") in line {line} that is never closed, a closing one was expected; add it, or '
        "choose another quote."
    ),
    "nul": (
        "{name} holds NUL characters in line {line}, text was expected; save it as CSV in UTF-8, or choose "
        "UTF-16 if it is that."
    ),
    "encoding": (
        "{name} reads in none of UTF-8 with a mark, UTF-8, Shift_JIS (CP932), EUC-JP, UTF-16 (UTF-8 stops at "
        "byte {byte} in line {line}), text in one of them was expected; save it as UTF-8."
    ),
    "chosen": (
        "{name} does not read as {encoding} after line 1; choose the encoding in which it was saved, or save it "
        "as UTF-8."
    ),
    "other": ("{name} is {inside}, a table was expected; export it as CSV, .xlsx or .parquet."),
    "zip": ("{name} is a zip archive, a table was expected; unpack it and hand in the files inside."),
    "ending": (
        "{name} is {inside} by its content, but {expected} was expected by its name; give it the ending that "
        "fits, or save it again."
    ),
    "unknown": (
        "{name} ends in none of .csv, .tsv, .txt, .csv.gz, .tsv.gz, .xlsx, .parquet, .npz, which are the files "
        "that can be read; save the table as one."
    ),
    "old": ("{name} is an old Office file such as .xls, a table was expected; open it in Excel and save it as .xlsx."),
    "locked": ("{name} is locked with a password, an open file was expected; save it without one."),
    "damaged": ("{name} is damaged or was cut off, a whole file was expected; save or download it again."),
    "bomb": (
        "{name} unpacks to {size} MB or more, at most {most} MB and 250 times its own size were expected; check "
        "where the file comes from, or split it."
    ),
    "cells": (
        "{name} has more than 1,048,576 rows or 5,000,000 cells in sheet {sheet}, fewer were expected; save it "
        "as CSV, or split it."
    ),
    "sheet": ("{name} has no sheet {sheet}, one of {sheets} was expected; choose one of them."),
    "line": (
        "Line {line} of {name} was chosen as the header, but no row with cells starts there; choose another "
        "line, or 0 for no header."
    ),
    "entries": ("{name} holds 10,001 entries, at most 10,000 were expected; check where the file comes from."),
    "objects": (
        "{name} holds Python objects or is damaged, plain arrays of numbers were expected; save it again with "
        "numpy.savez, without objects."
    ),
    "shapes": (
        "{name} holds {arrays}, but x of shape (rows, columns) and y of shape (rows,) were expected; save them "
        "under those names."
    ),
    "array_type": (
        "{name} holds {array} of type {type}, numbers, dates or text were expected; save it as one of them."
    ),
    "type": (
        "{name} has the column a of type {type}, numbers, dates or text were expected; split it into columns of "
        "single values or leave it out."
    ),
    "long_name": (
        "{name} has a column whose name has {length} characters ({start}), at most 200 were expected; shorten "
        "it, or choose the line of the header."
    ),
}
CASES = [
    Case("empty.csv", b"", "empty"),
    Case("spaces.csv", b"  \n\n \n", "no_rows"),
    Case("commas.csv", b",,\n,,\n", "no_rows"),
    Case("header.csv", "a,b\n", "no_rows"),
    Case("one.csv", "a", "no_rows"),
    Case("missing.csv", None, "missing"),
    Case("wide.csv", lambda: W + "\n" + W + "\n", "wide", {"count": "20,000"}),
    Case("long.csv", lambda: "a,b\n1," + "x" * 3000000 + "\n", "row", {"line": "1"}),
    Case("cell.csv", lambda: "a,b\n1," + "x" * 50000 + "\n", "cell", {"length": "50,000"}),
    Case("line.csv", lambda: "x" * 3000000, "row", {"line": "0"}),
    Case("field.csv", lambda: 'a,b\n1,"' + "x" * 200000 + '"\n', "cell", {"length": "131,072"}),
    Case(
        "ragged.csv",
        "a,b,c\n1,2,3\n4,5\n6,7,8\n",
        "ragged",
        {"cells": "2", "line": "3", "start": "4,5", "expected": "3"},
    ),
    Case(
        "longer.csv", "a,b\n1,2\n3,4\n5,6,7\n", "ragged", {"cells": "3", "line": "4", "start": "5,6,7", "expected": "2"}
    ),
    Case("names.csv", "a,b,c\n1,2\n3,4\n5,6\n", "names"),
    Case("quote.csv", 'a,b\n1,2\n3,"4\n5,6\n', "quote", {"line": "3"}),
    Case("quote2.csv", lambda: 'a,b\n1,"2\n' + "3,4\n" * 400000, "cell", {"length": "131,072"}),
    Case("nul.csv", "a,b\n1,\x00\n", "nul", {"line": "2"}),
    Case("utf16.csv", lambda: "a,b\n1,2\n".encode("utf-16-le"), "nul", {"line": "1"}),
    Case("binary.csv", lambda: bytes(range(128, 256)) * 4, "encoding", {"byte": "0x80", "line": "1"}),
    Case(
        "mixed.csv",
        lambda: "日付,数\n1,2\n".encode() + "品番,3\n".encode("cp932"),
        "encoding",
        {"byte": "0x95", "line": "3"},
    ),
    Case("sjis.csv", lambda: "日付,数量\n1,2\n".encode("cp932"), "chosen", {"encoding": "UTF-8"}, R(encoding="utf-8")),
    Case("utf8.csv", lambda: "日付,数量\n1,2\n".encode(), "chosen", {"encoding": "EUC-JP"}, R(encoding="euc_jp")),
    Case("odd.csv", b"\xff\xfea,b\n1", "chosen", {"encoding": "UTF-16"}, R()),
    Case("png.csv", lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "other", {"inside": "an image (PNG)"}),
    Case("jpeg.csv", lambda: b"\xff\xd8\xff\xe0" + bytes(50), "other", {"inside": "an image (JPEG)"}),
    Case("gif.csv", lambda: b"GIF89a" + bytes(50), "other", {"inside": "an image (GIF)"}),
    Case("doc.csv", b"%PDF-1.7\n", "other", {"inside": "a PDF document"}),
    Case("web.csv", "<!DOCTYPE html><table><tr><td>1</td></tr></table>", "other", {"inside": "a web page or XML"}),
    Case("web.xls", "<html><table>", "other", {"inside": "a web page or XML"}),
    Case("data.csv", lambda: as_json(), "other", {"inside": "JSON"}),
    Case("xml.csv", "<?xml version='1.0'?><a/>", "other", {"inside": "a web page or XML"}),
    Case("pickle.csv", lambda: pickled({"a": [1]}), "other", {"inside": "a Python pickle, which is never opened"}),
    Case("data.sqlite.csv", lambda: b"SQLite format 3\x00" + bytes(50), "other", {"inside": "a SQLite database"}),
    Case("rtf.txt", b"{\\rtf1}", "other", {"inside": "an RTF document"}),
    Case("feather.csv", lambda: b"ARROW1\x00\x00" + bytes(50), "other", {"inside": "a Feather (Arrow) file"}),
    Case("npy.npz", lambda: b"\x93NUMPY\x01\x00" + bytes(50), "other", {"inside": "a single NumPy array (.npy)"}),
    Case("zip.csv", lambda: zipped({"a.csv": GOOD.encode()}), "zip"),
    Case("zip.zip", lambda: zipped({"a.csv": GOOD.encode()}), "zip"),
    Case("seven.csv", lambda: b"7z\xbc\xaf'\x1c" + bytes(50), "other", {"inside": "a 7z archive"}),
    Case("rar.csv", b"Rar!\x1a\x07", "other", {"inside": "a RAR archive"}),
    Case(
        "book.csv",
        lambda: sheet_of([["a"], [1]]),
        "ending",
        {"inside": "an Excel workbook (.xlsx)", "expected": "a text file"},
    ),
    Case(
        "table.csv",
        lambda: columns(pa.table({"a": [1]})),
        "ending",
        {"inside": "a Parquet file", "expected": "a text file"},
    ),
    Case("csv.xlsx", GOOD, "ending", {"inside": "a text file", "expected": "an Excel workbook (.xlsx)"}),
    Case("csv.parquet", GOOD, "ending", {"inside": "a text file", "expected": "a Parquet file"}),
    Case("csv.npz", GOOD, "ending", {"inside": "a text file", "expected": "a NumPy file (.npz)"}),
    Case("packed.csv", lambda: packed(GOOD), "ending", {"inside": "a gzip file", "expected": "a text file"}),
    Case("plain.csv.gz", GOOD, "ending", {"inside": "a text file", "expected": "a gzip file"}),
    Case("data.dat", GOOD, "unknown"),
    Case("data", GOOD, "unknown"),
    Case("data.json", lambda: as_json(), "other", {"inside": "JSON"}),
    Case("data.xls", OLE, "old"),
    Case("data.xlsx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "locked"),
    Case(
        "data.docx",
        lambda: zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
        "other",
        {"inside": "another office document"},
    ),
    Case(
        "data.xlsb",
        lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}),
        "other",
        {"inside": "a binary Excel workbook (.xlsb)"},
    ),
    Case("macro.xlsm", lambda: sheet_of([["a"], [1]]), "unknown"),
    Case("half.csv.gz", lambda: packed(GOOD * 50)[:-40], "damaged"),
    Case("crc.csv.gz", lambda: packed(GOOD)[:-8] + bytes(8), "damaged"),
    Case("tar.csv.gz", lambda: tarred(), "other", {"inside": "a tar archive"}),
    Case("bomb.csv.gz", lambda: packed(b"a,b\n" + b"1,1\n" * 20000000), "bomb", {"size": "19", "most": "512"}),
    Case("nested.csv.gz", lambda: packed(packed(GOOD)), "encoding", {"byte": "0x8B", "line": "1"}),
    Case("bomb.xlsx", book_bomb, "bomb", {"size": "191", "most": "512"}),
    Case("corner.xlsx", lambda: far_corner(), "wide", {"count": "16,384"}),
    Case("beyond.xlsx", lambda: beyond_excel(), "cells", {"sheet": "Sheet"}),
    Case("laugh.xlsx", lambda: laughing(), "damaged"),
    Case("outside.xlsx", lambda: outside(), "damaged"),
    Case("half.xlsx", lambda: sheet_of([["a"], [1]])[:-200], "damaged"),
    Case("broken.xlsx", lambda: changed_book({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}), "damaged"),
    Case("noparts.xlsx", lambda: zipped({"xl/workbook.xml": b"<x/>"}), "damaged"),
    Case("blank.xlsx", lambda: sheet_of([]), "no_rows"),
    Case("header.xlsx", lambda: sheet_of([["a", "b"]]), "no_rows"),
    Case("sheet.xlsx", lambda: book(two_sheets), "sheet", {"sheet": "売上", "sheets": "表紙, data"}, R(sheet="売上")),
    Case(
        "wide.xlsx", lambda: sheet_of([[f"c{i}" for i in range(3000)], list(range(3000))]), "wide", {"count": "3,000"}
    ),
    Case("line9.xlsx", lambda: sheet_of([["a"], [1]]), "line", {"line": "9"}, R(header=9)),
    Case("styles.xlsx", many_styles, "bomb", {"size": "4.8", "most": "4.0"}),
    Case("hidden.xlsx", hidden_list, "damaged"),
    Case("control.csv", b"\x1f", "no_rows"),
    Case("many.xlsx", lambda: zipped({f"x{i}": b"" for i in range(10001)}), "entries"),
    Case("bomb.npz", lambda: bomb("x.npy"), "bomb", {"size": "191", "most": "512"}),
    Case("huge.npz", lambda: huge_array(), "objects"),
    Case("objects.npz", lambda: arrays(x=np.array([{"a": 1}], dtype=object)), "objects"),
    Case("locked.npz", lambda: locked_zip(), "locked"),
    Case(
        "three.npz", lambda: arrays(x=np.zeros((2, 3, 4)), y=np.zeros(2)), "shapes", {"arrays": "x (2, 3, 4), y (2,)"}
    ),
    Case("uneven.npz", lambda: arrays(x=np.zeros((2, 3)), y=np.zeros(3)), "shapes", {"arrays": "x (2, 3), y (3,)"}),
    Case("other.npz", lambda: arrays(a=np.zeros(3)), "shapes", {"arrays": "a"}),
    Case(
        "complex.npz", lambda: arrays(x=np.zeros((2, 2), complex)), "array_type", {"array": "x", "type": "complex128"}
    ),
    Case("norows.npz", lambda: arrays(x=np.zeros((0, 3))), "no_rows"),
    Case("wide.npz", lambda: arrays(x=np.zeros((1, 20000))), "wide", {"count": "20,001"}),
    Case("junk.npz", lambda: zipped({"x.npy": b"junk"}), "shapes", {"arrays": "x"}),
    Case("half.npz", lambda: arrays(x=np.zeros((50, 3)))[:-30], "damaged"),
    Case("list.parquet", lambda: columns(pa.table({"a": [[1, 2], [3]]})), "type", {"type": "list<element: int64>"}),
    Case("struct.parquet", lambda: columns(pa.table({"a": [{"b": 1}]})), "type", {"type": "struct<b: int64>"}),
    Case("bytes.parquet", lambda: columns(pa.table({"a": [b"\xff"]})), "type", {"type": "binary"}),
    Case("half.parquet", lambda: columns(pa.table({"a": [1]}))[:-20], "damaged"),
    Case("junk.parquet", lambda: b"PAR1" + bytes(100) + b"PAR1", "damaged"),
    Case("norows.parquet", lambda: columns(pa.table({"a": pa.array([], pa.int64())})), "no_rows"),
    Case("repeat.parquet", lambda: repeated_text(), "bomb", {"size": "1,144", "most": "512"}),
    Case("wide.parquet", lambda: columns(pa.table({f"c{i}": [1] for i in range(2001)})), "wide", {"count": "2,001"}),
    Case("nocols.parquet", lambda: columns(pa.table({})), "no_rows"),
    Case("line.csv", "a,b\n1,2\n", "line", {"line": "5"}, R(header=5)),
    Case("blankline.csv", "a,b\n\n1,2\n", "line", {"line": "2"}, R(header=2)),
    Case(
        "name.csv",
        lambda: "x" * 300 + ",b\n1,2\n",
        "long_name",
        {"length": "300", "start": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"},
    ),
]
NOTED: list[tuple[str, Content, str]] = [
    (
        "twohead.csv",
        "日付,売上,,在庫\n,数量,金額,数量\n2024/4/1,1,2,3\n2024/4/2,3,4,5\n",
        ("twohead.csv has two header rows; their names were joined."),
    ),
    ("dup.csv", "備考,備考\nA,B\n", ("More than one column is called 備考; the later ones were numbered.")),
    (
        "merged.xlsx",
        lambda: sheet_of([["a", "b"], [1, 2], [None, 3]], ("A2:A3",)),
        ("1 merged range was found: only its first cell holds the value, the others are blank."),
    ),
    (
        "formula.xlsx",
        lambda: book(formulas),
        ("2 formulas have no stored result and are blank here; open the file in Excel and save it."),
    ),
    ("cover.xlsx", lambda: book(two_sheets), ("Sheet data was read; the file also has 表紙.")),
    (
        "days.csv",
        "d,n\n01/02/2024,1\n03/04/2024,2\n",
        (
            "The dates in d, such as 01/02/2024, do not show whether day or month comes first and are read with the "
            "month first; write them as year, month, day if that is wrong."
        ),
    ),
    (
        "both.csv",
        "d,n\n13/02/2024,1\n02/13/2024,2\n",
        (
            "The dates in d are written with the day first in some rows and with the month first in others; write "
            "them all as year, month, day."
        ),
    ),
    (
        "total.csv",
        "d,n\n2024/4/1,1\n2024/4/2,2\n合計,3\n",
        ("1 row that adds up others (such as 合計 or Total) was left out."),
    ),
    ("title.csv", "売上一覧\n作成日,2024/5/1\n\n日付,数\n2024/4/1,1\n", ("3 lines above the header were skipped.")),
    (
        "nohead.csv",
        "2024/4/1,1\n2024/4/2,2\n",
        ("nohead.csv has no header row; the columns are called c1, c2 and so on."),
    ),
]


def laid(folder: Path, name: str, content: Content) -> Path:
    path = folder / name
    made = content() if callable(content) else content
    if made is not None:
        path.write_bytes(made.encode() if isinstance(made, str) else made)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, case: Case):
    path = laid(tmp_path, case.name, case.content)
    expected = SENTENCES[case.sentence].format(name=case.name, **case.gaps)
    assert refusal(path, case.asked) == expected
    with language.speaking("ja"):
        spoken = refusal(path, case.asked)
    assert case.name in spoken
    assert spoken != expected


def refusal(path: Path, asked: Reading) -> str:
    with pytest.raises(DataError) as caught:
        read(path, asked)
    return str(caught.value)


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_says_what_was_given_and_what_to_do(sentence: str):
    given, to_do = sentence.split("; ")
    assert "{name}" in given
    assert to_do.endswith(".")


def test_a_folder_is_no_file(tmp_path: Path):
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv", R()) == SENTENCES["folder"].format(name="folder.csv")


def test_every_sentence_is_heard():
    assert {case.sentence for case in CASES} | {"folder"} == set(SENTENCES)
    assert len(CASES) >= 60


@pytest.mark.parametrize(("name", "content", "expected"), NOTED, ids=[name for name, _content, _note in NOTED])
def test_what_is_odd_is_read_and_noted(tmp_path: Path, name: str, content: Content, expected: str):
    assert " ".join(read(laid(tmp_path, name, content)).notes) == expected


def test_a_name_from_a_user_is_only_shown(tmp_path: Path):
    path = laid(tmp_path, "upload-1", GOOD)
    assert read(path, name="../../etc/passwd.csv").name == "../../etc/passwd.csv"
    with pytest.raises(AlmaError, match=r"^\{0\}%s<b>\.exe ends in none"):
        read(path, name="{0}%s<b>.exe")


def test_text_from_a_file_is_no_format(tmp_path: Path):
    table = read(laid(tmp_path, "a.csv", "=cmd|calc,{0.__class__},{0.__class__}\n<b>,5,6\n"))
    assert list(table.frame.columns) == ["=cmd|calc", "{0.__class__}", "{0.__class__} (2)"]
    assert table.notes == ("More than one column is called {0.__class__}; the later ones were numbered.",)
