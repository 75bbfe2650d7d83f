"""Text files -> Arrow columns: pyarrow parses, block by block, what layout and decoding have found."""

import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from alma_core.errors import DataError
from alma_core.language import _, n_, number
from alma_core.streams.archives import blocks
from alma_core.streams.contents import HEAD_BYTES, refuse_other
from alma_core.streams.decoding import decoded, encoding_of
from alma_core.streams.layout import Layout, layout_of, too_long_row
from alma_core.streams.naming import excerpt
from alma_core.streams.readings import LONGEST_CELL, LONGEST_ROW_BYTES, Reading, check_size, no_rows, too_long_cell

END: Final = "\x03end of table\x03"
"""A last row of our own: where it does not come back, a quote swallowed it."""


class Bytes(io.RawIOBase):
    """A file that is made of blocks as they are asked for.

    Args:
        pieces: the blocks; none is empty.
    """

    def __init__(self, pieces: Iterable[bytes]):
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from the blocks and return how many bytes were put there; 0 at the end."""
        self._left = self._left or next(self._pieces, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count


def read_text(path: Path, name: str, packed: bool, asked: Reading) -> tuple[Any, Layout, tuple[str, ...]]:
    """Return the cells of a text file, its layout and what was noticed.

    Args:
        path: where the file lies.
        name: how it is called in sentences.
        packed: whether it is packed with gzip.
        asked: how it is to be read.

    Returns:
        An Arrow table of text columns, missing where blank, without blank rows; the layout; sentences.

    Raises:
        DataError: it is no text, or no table.
    """
    pieces = partial(blocks, path, name, packed)
    head = b"".join(itertools.islice(pieces(), 1))[:HEAD_BYTES]
    refuse_other(name, head)
    encoding, notes = (asked.encoding, ()) if asked.encoding else encoding_of(pieces, name)
    texts = partial(decoded, pieces, encoding, name)
    layout = layout_of(_sample(texts(), name), replace(asked, encoding=encoding), name)
    return _parsed(texts(), layout, name), layout, (*notes, *_layout_notes(layout, name))


def _sample(texts: Iterable[str], name: str) -> str:
    """Return the first LONGEST_ROW_BYTES characters, cut at the end of a line."""
    sample = ""
    for text in texts:
        sample += text
        if len(sample) > LONGEST_ROW_BYTES:
            end = max(sample.rfind("\n", 0, LONGEST_ROW_BYTES), sample.rfind("\r", 0, LONGEST_ROW_BYTES))
            if end < 0:
                raise too_long_row(name, 0)
            return sample[: end + 1]
    return sample


def _parsed(texts: Iterable[str], layout: Layout, name: str) -> Any:
    columns = [f"c{i}" for i in range(len(layout.names))]
    source = io.BufferedReader(Bytes(_data(texts, layout)), LONGEST_ROW_BYTES)
    uneven: list[Any] = []
    batches: list[Any] = []
    n_rows = -1  # our own last row does not count
    try:
        for batch in csv.open_csv(source, *_options(layout, columns, uneven)):
            n_rows += len(batch)
            check_size(name, n_rows, len(columns))
            _check_cells(batch, name)
            batches.append(batch)
    except pa.ArrowInvalid as error:
        if uneven:
            raise _ragged(uneven[0], layout, name) from error
        raise too_long_row(name, layout.lines + max(n_rows, 0)) from error
    table = pa.Table.from_batches(batches)
    if table.column(0)[-1].as_py() != END:
        raise _open_quote(layout, n_rows, name)
    table = _without_blank_rows(table.slice(0, n_rows))
    if not len(table):
        raise no_rows(name)
    return table


def _data(texts: Iterable[str], layout: Layout) -> Iterator[bytes]:
    """Yield the rows of data in UTF-8, and one of our own behind them."""
    skip = layout.skipped
    for text in texts:
        if rest := text[skip:]:
            yield rest.encode()
        skip = max(0, skip - len(text))
    delimiter = layout.reading.delimiter or ","
    yield ("\n" + END + delimiter * (len(layout.names) - 1) + "\n").encode()


def _options(layout: Layout, columns: list[str], uneven: list[Any]) -> tuple[Any, Any, Any]:
    def keep(row: Any) -> str:
        uneven.append(row)
        return "error"

    return (
        csv.ReadOptions(use_threads=False, block_size=LONGEST_ROW_BYTES, column_names=columns),
        csv.ParseOptions(
            delimiter=layout.reading.delimiter,
            quote_char=layout.reading.quote,
            newlines_in_values=True,
            invalid_row_handler=keep,
        ),
        csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False),
    )


def _check_cells(batch: Any, name: str) -> None:
    longest = max(pc.max(pc.utf8_length(column)).as_py() or 0 for column in batch.columns) if len(batch) else 0
    if longest > LONGEST_CELL:
        raise too_long_cell(name, longest)


def _without_blank_rows(table: Any) -> Any:
    """Return the table with null for blank cells, without rows that have nothing else."""
    blank = [pc.equal(pc.utf8_trim_whitespace(column), "") for column in table.columns]
    columns = [pc.if_else(is_blank, None, column) for is_blank, column in zip(blank, table.columns, strict=True)]
    empty = blank[0]
    for is_blank in blank[1:]:
        empty = pc.and_(empty, is_blank)
    named = pa.Table.from_arrays(columns, names=table.column_names)
    return named.filter(pc.invert(empty)) if pc.any(empty).as_py() else named


def _ragged(row: Any, layout: Layout, name: str) -> DataError:
    return DataError(
        _(
            "{name} has {cells} cells in line {line} ({start}), {expected} were expected as in the other rows; add or "
            "remove cells there, or check the delimiter."
        ).format(
            name=name,
            cells=number(row.actual_columns),
            line=number(layout.lines + (row.number or 0)),
            start=excerpt(str(row.text)),
            expected=number(row.expected_columns),
        )
    )


def _open_quote(layout: Layout, n_rows: int, name: str) -> DataError:
    return DataError(
        _(
            "{name} opens a quote ({quote}) in line {line} that is never closed, a closing one was expected; add it, "
            "or choose another quote."
        ).format(name=name, quote=layout.reading.quote, line=number(layout.lines + max(n_rows, 0) + 1))
    )


def _layout_notes(layout: Layout, name: str) -> Iterator[str]:
    if layout.titles:
        yield n_(
            "{count} line above the header was skipped.", "{count} lines above the header were skipped.", layout.titles
        )
    if layout.reading.header == 0:
        yield _("{name} has no header row; the columns are called c1, c2 and so on.").format(name=name)
    if layout.two:
        yield _("{name} has two header rows; their names were joined.").format(name=name)
