"""Files that people hand in by mistake, or on purpose: each made by hand, as bytes."""

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

GOOD = "day,price,line\n2024-04-01,5,A\n2024-04-02,7,B\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def frame() -> pd.DataFrame:
    """Return a small table that every format can hold."""
    days = pd.date_range("2024-04-01", periods=5).astype("datetime64[us]")
    return pd.DataFrame({"day": days, "price": [5, 7, 8, 9, 4], "rate": [0.5, 0.25, 1, 2, 3], "line": list("ABABA")})


def book(fill: Callable[[openpyxl.Workbook], Any]) -> bytes:
    """Return a workbook after `fill` has written into it."""
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    fill(workbook)
    workbook.save(file)
    return file.getvalue()


def sheet_of(rows: list[list[Any]], merged: tuple[str, ...] = ()) -> bytes:
    """Return a workbook with one sheet of `rows`."""

    def fill(workbook: openpyxl.Workbook) -> None:
        for row in rows:
            workbook.active.append(row)
        for cells in merged:
            workbook.active.merge_cells(cells)

    return book(fill)


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of `entries`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def changed_book(changes: dict[str, bytes]) -> bytes:
    """Return a good workbook in which some parts are others."""
    with zipfile.ZipFile(io.BytesIO(sheet_of([["a", "b"], [1, 2]]))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return zipped(entries | changes)


def worksheet(inside: str) -> bytes:
    """Return the XML of a worksheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}">{inside}</worksheet>'.encode()


def arrays(**members: Any) -> bytes:
    """Return an .npz file; members of Python objects are pickled."""
    file = io.BytesIO()
    np.savez_compressed(file, **members)
    return file.getvalue()


def columns(table: pa.Table) -> bytes:
    """Return a Parquet file."""
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def tarred() -> bytes:
    """Return a .tar.gz of one CSV."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(GOOD)
        archive.addfile(member, io.BytesIO(GOOD.encode()))
    return file.getvalue()


def locked_zip() -> bytes:
    """Return a zip archive whose entry says that it has a password."""
    content = bytearray(zipped({"x.npy": b"x"}, zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def bomb(entry: str) -> bytes:
    """Return 200 MB of zeros in a zip archive of 200 kB."""
    return zipped({entry: bytes(200_000_000)})


def book_bomb() -> bytes:
    """Return a workbook with a sheet of 200 MB of spaces."""
    return changed_book({"xl/worksheets/sheet1.xml": worksheet("<sheetData>" + " " * 200_000_000 + "</sheetData>")})


def far_corner() -> bytes:
    """Return a workbook of two cells that lie as far from each other as Excel allows."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return changed_book({"xl/worksheets/sheet1.xml": worksheet(f"<sheetData>{rows}</sheetData>")})


def beyond_excel() -> bytes:
    """Return a workbook with a row whose number is past Excel's last."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="999999999999"><c r="A999999999999"><v>2</v></c></row>'
    return changed_book({"xl/worksheets/sheet1.xml": worksheet(f"<sheetData>{rows}</sheetData>")})


def laughing() -> bytes:
    """Return a workbook whose XML expands ten entities ten times each, nine levels deep."""
    levels = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><worksheet>&l9;</worksheet>'
    return changed_book({"xl/worksheets/sheet1.xml": xml.encode()})


def outside() -> bytes:
    """Return a workbook whose XML asks for a file of the server."""
    xml = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet>&f;</worksheet>'
    return changed_book({"xl/worksheets/sheet1.xml": xml.encode()})


def many_styles() -> bytes:
    """Return a workbook with 5 MB of styles, each of which would become an object."""
    return changed_book({"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 1_000_000 + b"</styleSheet>"})


def hidden_list() -> bytes:
    """Return a workbook whose list of sheets hides among the sheets."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName='
        '"/xl/worksheets/w.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main'
        '+xml"/></Types>'
    )
    return changed_book({"[Content_Types].xml": types.encode(), "xl/worksheets/w.xml": worksheet("")})


def formulas(workbook: openpyxl.Workbook) -> None:
    """Write formulas, whose results openpyxl does not know."""
    for row in (["a", "b"], [1, "=1+1"], [2, "=A2*2"]):
        workbook.active.append(row)


def two_sheets(workbook: openpyxl.Workbook) -> None:
    """Write a cover sheet and a table."""
    workbook.active.title = "表紙"
    workbook.active["A1"] = "月次報告"
    data = workbook.create_sheet("data")
    for row in (["a", "b"], [1, 2], [3, 4]):
        data.append(row)


def repeated_text() -> bytes:
    """Return a Parquet file of 20 kB that holds one text of 30,000 characters 40,000 times."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(40_000, np.int32)), pa.array(["x" * 30_000]))
    return columns(pa.table({"a": texts}))


def huge_array() -> bytes:
    """Return an .npz file whose header promises more numbers than there are."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 10)})
    return zipped({"x.npy": header.getvalue()})


def pickled(value: Any) -> bytes:
    """Return a Python pickle."""
    return pickle.dumps(value)


def packed(content: bytes | str) -> bytes:
    """Return `content` packed with gzip."""
    return gzip.compress(content if isinstance(content, bytes) else content.encode(), mtime=0)


def as_json() -> bytes:
    """Return rows as JSON."""
    return json.dumps([{"a": 1, "b": 2}]).encode()
