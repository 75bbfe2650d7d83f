"""One file -> a table: CSV, TSV, text, .csv.gz, .xlsx, .parquet and .npz, whatever encoding is used in Japan.

Nothing here runs what a file holds: no pickle, no formula, no macro. How large a file may be: see `archives`,
`readings` and `workbooks`. Rows without a filled cell are left out, and so are columns with neither name nor value.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _, n_, number
from alma_core.streams.archives import checked_size
from alma_core.streams.cells import text_column
from alma_core.streams.columnar import Columns, read_arrays, read_parquet
from alma_core.streams.contents import format_of
from alma_core.streams.delimited import read_text
from alma_core.streams.naming import distinct, excerpt, listed, plain_name
from alma_core.streams.readings import LONGEST_NAME, Reading, Table
from alma_core.streams.totals import total_rows
from alma_core.streams.values import doubts
from alma_core.streams.workbooks import read_workbook, typed_cells

__all__ = ["Reading", "Table", "read"]

FOUND = Reading()
"""All that can be found is found."""


def read(path: Path, reading: Reading = FOUND, name: str | None = None) -> Table:
    """Return a file as a table.

    Args:
        path: where the file lies.
        reading: how it is to be read; what is None is found.
        name: what the file is called, if not as its path says; its ending says which format is expected.

    Raises:
        DataError: it cannot be read; the sentence says what was found, what was expected and what to do.
    """
    name = plain_name(name or path.name)
    checked_size(path, name)
    inside = format_of(path, name)
    if inside in ("text", "gzip"):
        return _from_text(path, name, inside == "gzip", reading)
    if inside == "workbook":
        return _from_workbook(path, name, reading)
    columns = read_parquet(path, name) if inside == "parquet" else read_arrays(path, name)
    return _table(name, columns, Reading(), ())


def _from_text(path: Path, name: str, packed: bool, asked: Reading) -> Table:
    table, layout, notes = read_text(path, name, packed, asked)
    totals = total_rows(table.columns)
    kept = table.filter(pa.array(~totals)) if totals.any() else table
    columns = [(c, text_column(column)) for c, column in zip(layout.names, kept.columns, strict=True)]
    return _table(name, columns, layout.reading, (*notes, *_total_notes(totals)))


def _from_workbook(path: Path, name: str, asked: Reading) -> Table:
    cells = read_workbook(path, name, asked)
    # What is no text stands as a digit: it is filled, and no word for a total.
    texts = [pa.array([v if v is None or isinstance(v, str) else "0" for v in c], pa.string()) for c in cells.columns]
    totals = total_rows(texts)
    kept = np.flatnonzero(~totals)
    columns = [
        (c, typed_cells([values[i] for i in kept] if totals.any() else values))
        for c, values in zip(cells.header.names, cells.columns, strict=True)
    ]
    return _table(name, columns, cells.reading, (*cells.notes, *_total_notes(totals)))


def _table(name: str, columns: Columns, reading: Reading, notes: Sequence[str]) -> Table:
    kept = [(c, values) for c, values in columns if plain_name(c) or values.notna().any()]
    too_long = next((c for c, _values in kept if len(c) > LONGEST_NAME), None)
    if too_long is not None:
        raise DataError(
            _(
                "{name} has a column whose name has {length} characters ({start}), at most {most} were expected; "
                "shorten it, or choose the line of the header."
            ).format(name=name, length=number(len(too_long)), start=excerpt(too_long), most=LONGEST_NAME)
        )
    names, repeated = distinct([c for c, _values in kept])
    frame = pd.DataFrame({n: values.reset_index(drop=True) for n, (_c, values) in zip(names, kept, strict=True)})
    return Table(name, frame, reading, (*notes, *_name_notes(repeated), *_doubts(frame, reading)))


def _total_notes(totals: NDArray[np.bool_]) -> Iterator[str]:
    if totals.any():
        yield n_(
            "{count} row that adds up others (such as 合計 or Total) was left out.",
            "{count} rows that add up others (such as 合計 or Total) were left out.",
            int(totals.sum()),
        )


def _name_notes(repeated: Sequence[str]) -> Iterator[str]:
    if repeated:
        yield _("More than one column is called {names}; the later ones were numbered.").format(names=listed(repeated))


def _doubts(frame: pd.DataFrame, reading: Reading) -> Iterator[str]:
    """Yield what is doubtful about columns of dates with the year last, as far as their beginning shows such."""
    for column in frame.columns:
        if frame[column].dtype == "str" and doubts(frame[column].dropna().head(100), reading.decimal or "."):
            yield from doubts(frame[column], reading.decimal or ".")
