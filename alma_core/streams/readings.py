"""How a file is read, what comes of it, and how large a table may be."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from alma_core.errors import DataError
from alma_core.language import _, number

MOST_ROWS: Final = 5_000_000
MOST_COLUMNS: Final = 2_000
MOST_CELLS: Final = 30_000_000
LONGEST_CELL: Final = 32_767
"""Characters in a cell; Excel's own limit."""
LONGEST_NAME: Final = 200
"""Characters in the name of a column."""
LONGEST_ROW_BYTES: Final = 1024**2
"""A row of a text file, in UTF-8."""


@dataclass(frozen=True)
class Reading:
    """How a file is read; what is None is found from the file, and what does not apply to its format stays None.

    Args:
        encoding: "utf-8-sig", "utf-8", "cp932", "euc_jp" or "utf-16".
        delimiter: comma, tab, ";" or "|".
        quote: '"' or "'".
        decimal: the decimal mark, "." or ",".
        header: the line of the (first) header row, counted from 1; 0: there is none, and columns are called c1, c2, ...
        sheet: which sheet of a workbook.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    decimal: str | None = None
    header: int | None = None
    sheet: str | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """A file as a table.

    Args:
        name: the file's own name, as shown; never a path.
        frame: columns with distinct plain names. Cells of text files are `str` as they stood, missing where blank;
            those of other formats are int64, float64, bool, datetime64[us] or `str`.
        reading: how the file was read.
        notes: sentences on what was noticed and done.
    """

    name: str
    frame: pd.DataFrame
    reading: Reading
    notes: tuple[str, ...] = ()


def check_width(name: str, n_columns: int) -> None:
    """Raise DataError where a table has more columns than MOST_COLUMNS."""
    if n_columns > MOST_COLUMNS:
        raise DataError(
            _(
                "{name} has {count} columns, at most {most} were expected; remove columns, or check the delimiter and "
                "whether rows and columns are swapped."
            ).format(name=name, count=number(n_columns), most=number(MOST_COLUMNS))
        )


def check_size(name: str, n_rows: int, n_columns: int) -> None:
    """Raise DataError where a table has more rows than MOST_ROWS or more cells than MOST_CELLS."""
    if n_rows > MOST_ROWS or n_rows * n_columns > MOST_CELLS:
        raise DataError(
            _(
                "{name} has {rows} rows of {columns} columns or more, at most {most_rows} rows and {most_cells} cells "
                "were expected; split it into several files."
            ).format(
                name=name,
                rows=number(n_rows),
                columns=number(n_columns),
                most_rows=number(MOST_ROWS),
                most_cells=number(MOST_CELLS),
            )
        )


def no_rows(name: str) -> DataError:
    """Return the sentence for a table without a row of data."""
    return DataError(
        _("{name} has no row of data, a header and at least one row were expected; check what was exported.").format(
            name=name
        )
    )


def too_long_cell(name: str, length: int) -> DataError:
    """Return the sentence for a cell that is longer than LONGEST_CELL."""
    return DataError(
        _(
            "{name} has a cell of {length} characters or more, at most {most} were expected; shorten it, or check the "
            "delimiter and that every quote is closed."
        ).format(name=name, length=number(length), most=number(LONGEST_CELL))
    )


def no_header_there(name: str, line: int) -> DataError:
    """Return the sentence for a header line in which there is no row."""
    return DataError(
        _(
            "Line {line} of {name} was chosen as the header, but no row with cells starts there; choose another line, "
            "or 0 for no header."
        ).format(line=number(line), name=name)
    )
