"""How a text file is laid out, found from its beginning: delimiter, quote, decimal mark, header."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from typing import Final, NamedTuple

from alma_core.errors import DataError
from alma_core.language import _, number
from alma_core.streams.cells import plain_text
from alma_core.streams.headers import header_of
from alma_core.streams.readings import LONGEST_ROW_BYTES, Reading, check_width, no_header_there, no_rows, too_long_cell

DELIMITERS: Final = (",", "\t", ";", "|")
QUOTES: Final = ('"', "'")
SAMPLED_ROWS: Final = 200
"""Rows below the header that are looked at."""
COMMA_DECIMAL: Final = re.compile(r"[-+(△▲]*(?:\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,}))\)?")
POINT_DECIMAL: Final = re.compile(r"[-+(△▲]*(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,}))\)?")
"""Numbers that can be read with one decimal mark only; 1.234 and 1,234 are not among them."""


class Layout(NamedTuple):
    """How a text file is laid out.

    Args:
        reading: all that was asked for or found.
        names: what each column is called in the file.
        skipped: characters before the first row of data.
        lines: lines before it.
        titles: lines before the header.
        two: whether two header rows were joined.
    """

    reading: Reading
    names: tuple[str, ...]
    skipped: int
    lines: int
    titles: int
    two: bool


class Line(NamedTuple):
    """A row of a sample: the line it starts in, the line it ends in (from 1), and its cells."""

    start: int
    end: int
    cells: list[str]


def layout_of(sample: str, reading: Reading, name: str) -> Layout:
    """Return how a text file is laid out.

    Args:
        sample: the beginning of the file, whole lines of it.
        reading: what is asked for; None is found.
        name: how the file is called in sentences.

    Raises:
        DataError: there is nothing to read, or the header is not where it was said to be.
    """
    lines = io.StringIO(sample, newline="").readlines()
    delimiter, quote, rows = _split(lines, reading, name)
    asked = _asked(rows, reading.header, name)
    width = _width(rows[max(asked or 0, 0) :])
    # A row of delimiters is blank by one way of splitting and a cell by another.
    if not width or not sample.strip("".join((*DELIMITERS, *QUOTES, " \r\n\u3000"))):
        raise no_rows(name)
    check_width(name, width)
    decimal = reading.decimal or _decimal(rows, delimiter)
    header = header_of([row.cells for row in rows], width, decimal, asked)
    end = rows[header.last].end if header.last >= 0 else 0
    start = rows[header.first].start if header.first >= 0 else 0
    too_many = rows[header.last].cells[width:] if header.last >= 0 else []
    if any(cell.strip() for cell in too_many):
        raise DataError(
            _(
                "{name} names {names} columns in line {line} but has {columns} cells in most rows, as many names as "
                "cells were expected; add the missing cells, or check the delimiter and the header line."
            ).format(name=name, names=number(width + len(too_many)), line=number(end), columns=number(width))
        )
    found = replace(reading, delimiter=delimiter, quote=quote, decimal=decimal, header=start)
    skipped = sum(map(len, lines[:end]))
    return Layout(found, header.names, skipped, end, max(start - 1, 0), header.first != header.last)


def _split(lines: list[str], reading: Reading, name: str) -> tuple[str, str, list[Line]]:
    """Return the delimiter and quote under which most rows are equally wide, and the rows."""
    delimiters = (reading.delimiter,) if reading.delimiter else DELIMITERS
    quotes = (reading.quote,) if reading.quote else QUOTES
    most = SAMPLED_ROWS + (reading.header or 0)
    tried = {(d, q): _rows(lines, d, q, most) for q in quotes for d in delimiters}
    split = [(delimiter, quote, rows) for (delimiter, quote), rows in tried.items() if rows is not None]
    best = max(split, key=lambda one: _evenness(one[2], one[1]), default=None)
    # Where a quote is left open, the other kind of quote only seems to fit.
    if best is None or tried[best[0], quotes[0]] is None:
        raise too_long_cell(name, csv.field_size_limit())
    return best


def _rows(lines: list[str], delimiter: str, quote: str, most: int) -> list[Line] | None:
    """Return the first rows, blank ones without cells, or None where a cell is longer than the csv module allows."""
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    rows: list[Line] = []
    end = 0
    try:
        for cells in reader:
            rows.append(Line(end + 1, reader.line_num, cells if any(cell.strip() for cell in cells) else []))
            end = reader.line_num
            if len(rows) >= most:
                break
    except csv.Error:
        return None
    return rows


def _evenness(rows: list[Line], quote: str) -> tuple[float, bool, int]:
    """Return what makes one way of splitting better than another; larger is better."""
    width = _width(rows)
    even = sum(len(row.cells) == width for row in rows) / max(sum(bool(row.cells) for row in rows), 1)
    # Another quote is only believed where no cell keeps quotes around it.
    bare = not any(len(cell) > 1 and cell[0] in QUOTES and cell[0] == cell[-1] for row in rows for cell in row.cells)
    return (even if width > 1 else 0.0), bare or quote == QUOTES[0], width


def _width(rows: list[Line]) -> int:
    """Return how many cells most rows have, among equals the larger; 0 if no row has any."""
    counts = Counter(len(row.cells) for row in rows if row.cells)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _decimal(rows: list[Line], delimiter: str) -> str:
    cells = [plain_text(cell) for row in rows for cell in row.cells if cell]
    commas, points = (sum(bool(form.fullmatch(cell)) for cell in cells) for form in (COMMA_DECIMAL, POINT_DECIMAL))
    return "," if commas > points and not (delimiter == "," and commas < len(rows) / 2) else "."


def _asked(rows: list[Line], line: int | None, name: str) -> int | None:
    """Return the index of the row that starts in the line said to be the header; -1 for none, None if not said."""
    if not line:
        return None if line is None else -1
    index = next((i for i, row in enumerate(rows) if row.start == line and row.cells), None)
    if index is None:
        raise no_header_there(name, line)
    return index


def too_long_row(name: str, line: int) -> DataError:
    """Return the sentence for a row that does not end."""
    return DataError(
        _(
            "{name} has a row of more than {most} kB after line {line}, shorter rows were expected; check that every "
            "quote is closed and that lines end."
        ).format(name=name, most=number(LONGEST_ROW_BYTES // 1024), line=number(line))
    )
