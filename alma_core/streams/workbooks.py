"""Excel workbooks -> columns of Python values: the stored results of formulas, never the formulas.

openpyxl reads row by row in Python, so memory is bounded by what is kept. Faster readers lay out the whole rectangle
between the outermost cells at once, and two cells far apart end the process.
"""

import datetime
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pandas as pd

from alma_core.errors import DataError
from alma_core.language import _, n_, number
from alma_core.streams.archives import BLOCK_BYTES, bomb, checked_zip, damaged
from alma_core.streams.headers import Header, header_of
from alma_core.streams.naming import excerpt, listed
from alma_core.streams.readings import LONGEST_CELL, Reading, check_width, no_header_there, no_rows, too_long_cell

LARGEST_WORKBOOK_BYTES: Final = 128 * 1024**2
"""What the parts of a workbook may unpack to."""
LARGEST_STRUCTURE_BYTES: Final = 4 * 1024**2
"""What each part may unpack to that openpyxl turns into objects at once: styles, the list of sheets, relations."""
STREAMED: Final = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings\.xml|media/.*|pivotCache/.*)", re.IGNORECASE)
"""Parts that are read row by row, or not at all."""
MAIN_PART: Final = "xl/workbook.xml"
MOST_WORKBOOK_ROWS: Final = 1_048_576
"""Excel's own limit."""
MOST_WORKBOOK_CELLS: Final = 5_000_000
"""Cells of a sheet; more belong in CSV or Parquet."""
SAMPLED_ROWS: Final = 200
MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell ")
UNCOMPUTED: Final = re.compile(rb"</(?:\w+:)?f>(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>")
"""A formula without a stored result."""

Row = tuple[Any, ...]


class Sheet(NamedTuple):
    """A sheet of a workbook as it stands.

    Args:
        title: what the sheet is called.
        rows: [R] the cells of each row, None where blank, none at the end; a blank row has none.
        part: where it lies in the file.
    """

    title: str
    rows: list[Row]
    part: str


class Cells(NamedTuple):
    """The table in a sheet.

    Args:
        columns: [W] the values of each column below the header.
        header: which rows are the header, and the names in it.
        reading: how the sheet was read.
        notes: sentences on what was noticed.
    """

    columns: list[Row]
    header: Header
    reading: Reading
    notes: tuple[str, ...]


def read_workbook(path: Path, name: str, asked: Reading) -> Cells:
    """Return the table in a sheet of a workbook.

    Args:
        path: where the file lies.
        name: how it is called in sentences.
        asked: sheet and header, where they are asked for; otherwise the first sheet with a table.

    Raises:
        DataError: it is no workbook that can be read, it is too large, or it has no such sheet.
    """
    checked_zip(path, name, LARGEST_WORKBOOK_BYTES)
    try:
        _check_structure(path, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not matter here
            sheet, others = _sheet(path, name, asked.sheet)
            notes = (*_other_sheets(sheet, others), *_part_notes(path, sheet))
    except DataError:
        raise
    except Exception as error:  # openpyxl lets through whatever broken XML raises
        raise damaged(name) from error
    return _cells(sheet, name, asked, notes)


def _check_structure(path: Path, name: str) -> None:
    """Raise DataError where parts that become objects at once are large, or hide behind another name."""
    with ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        largest = max((size for part, size in sizes.items() if not STREAMED.fullmatch(part)), default=0)
        if largest > LARGEST_STRUCTURE_BYTES:
            raise bomb(name, largest, LARGEST_STRUCTURE_BYTES)
        types = ElementTree.fromstring(archive.read("[Content_Types].xml"))
    mains = {part.get("PartName") for part in types if "main+xml" in part.get("ContentType", "")}
    if mains != {f"/{MAIN_PART}"}:
        raise damaged(name)


def typed_cells(values: Sequence[Any]) -> "pd.Series[Any]":
    """Return the values of a column as numbers, dates or booleans where all are, else as text.

    >>> [str(typed_cells(cells).dtype) for cells in ((1, 2), (1, 2.5), (1, None), (True, "x"))]
    ['int64', 'float64', 'float64', 'str']
    """
    types = {type(value) for value in values if value is not None}
    is_full = None not in values
    if types == {bool} and is_full:
        return pd.Series(values, dtype=bool)
    if types == {int} and is_full and all(abs(value) < 2**63 for value in values):
        return pd.Series(values, dtype=np.int64)
    if types and types <= {int, float}:
        return pd.Series([np.nan if value is None else value for value in values], dtype=np.float64)
    if types and types <= {datetime.datetime, datetime.date}:
        return pd.Series(np.array(values, dtype="datetime64[us]"))
    return pd.Series([None if value is None else cell_text(value) for value in values], dtype="str")


def cell_text(value: Any) -> str:
    """Return a value as a person would type it: whole numbers without a point, midnight without a time.

    >>> [cell_text(value) for value in (5.0, True, datetime.datetime(2024, 4, 1), "x")]
    ['5', 'TRUE', '2024-04-01', 'x']
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value)


def _sheet(path: Path, name: str, asked: str | None) -> tuple[Sheet, list[str]]:
    """Return the sheet that was asked for or the first with a table, and the names of all sheets."""
    import openpyxl

    # Where a workbook is broken, openpyxl does not close what it opened itself.
    with (
        path.open("rb") as file,
        closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book,
    ):
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if asked is not None and asked not in sheets:
            raise DataError(
                _("{name} has no sheet {asked}, one of {sheets} was expected; choose one of them.").format(
                    name=name, asked=excerpt(asked), sheets=listed(list(sheets))
                )
            )
        chosen = None
        for title in sheets if asked is None else [asked]:
            sheet = Sheet(title, _rows(sheets[title], name), sheets[title]._worksheet_path)
            if sum(len(row) > 1 for row in sheet.rows) > 1:
                return sheet, list(sheets)
            if chosen is None or not any(chosen.rows):
                chosen = sheet
    if chosen is None or not any(chosen.rows):
        raise no_rows(name)
    return chosen, list(sheets)


def _rows(sheet: Any, name: str) -> list[Row]:
    sheet.reset_dimensions()  # what a file says of its own size need not be true
    rows: list[Row] = []
    n_cells = 0
    for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        row = _trimmed(cells)
        n_cells += len(cells)
        if line > MOST_WORKBOOK_ROWS or n_cells > MOST_WORKBOOK_CELLS:
            raise DataError(
                _(
                    "{name} has more than {rows} rows or {cells} cells in sheet {sheet}, fewer were expected; save it "
                    "as CSV, or split it."
                ).format(
                    name=name,
                    rows=number(MOST_WORKBOOK_ROWS),
                    cells=number(MOST_WORKBOOK_CELLS),
                    sheet=excerpt(sheet.title),
                )
            )
        check_width(name, len(row))
        longest = max((len(cell) for cell in row if isinstance(cell, str)), default=0)
        if longest > LONGEST_CELL:
            raise too_long_cell(name, longest)
        rows.append(row)
    return rows


def _trimmed(cells: Row) -> Row:
    """Return a row with None for blank text, without the None at its end."""
    row = [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]
    while row and row[-1] is None:
        row.pop()
    return tuple(row)


def _cells(sheet: Sheet, name: str, asked: Reading, notes: tuple[str, ...]) -> Cells:
    width = max(map(len, sheet.rows))
    begin = next(i for i, row in enumerate(sheet.rows) if row)
    sampled = sheet.rows[: max(begin, asked.header or 0) + SAMPLED_ROWS]
    sample = [["" if cell is None else cell_text(cell) for cell in row] for row in sampled]
    header = header_of(sample, width, ".", _asked(sheet, asked.header, name))
    data = list(filter(None, sheet.rows[header.last + 1 :]))
    if not data:
        raise no_rows(name)
    columns = list(zip(*(row + (None,) * (width - len(row)) for row in data), strict=True))
    return Cells(columns, header, replace(asked, header=header.first + 1, sheet=sheet.title), notes)


def _asked(sheet: Sheet, line: int | None, name: str) -> int | None:
    if not line:
        return None if line is None else -1
    if line > len(sheet.rows) or not sheet.rows[line - 1]:
        raise no_header_there(name, line)
    return line - 1


def _other_sheets(sheet: Sheet, titles: Sequence[str]) -> Iterator[str]:
    if len(titles) > 1:
        yield _("Sheet {sheet} was read; the file also has {others}.").format(
            sheet=excerpt(sheet.title), others=listed([title for title in titles if title != sheet.title])
        )


def _part_notes(path: Path, sheet: Sheet) -> Iterator[str]:
    """Yield what the cells do not show: merged ranges, and formulas whose result was never stored."""
    merged = uncomputed = 0
    left = b""
    with ZipFile(path) as archive, archive.open(sheet.part) as part:
        while block := part.read(BLOCK_BYTES):
            # What lies across two blocks is seen in the second; what ended in the first is not counted again.
            block, seen = left + block, len(left)
            merged += sum(found.end() > seen for found in MERGED.finditer(block))
            uncomputed += sum(found.end() > seen for found in UNCOMPUTED.finditer(block))
            left = block[-100:]
    if merged:
        yield n_(
            "{count} merged range was found: only its first cell holds the value, the others are blank.",
            "{count} merged ranges were found: only the first cell of each holds the value, the others are blank.",
            merged,
        )
    if uncomputed:
        yield n_(
            "{count} formula has no stored result and is blank here; open the file in Excel and save it.",
            "{count} formulas have no stored result and are blank here; open the file in Excel and save it.",
            uncomputed,
        )
