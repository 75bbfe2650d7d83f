"""Which row of a table names its columns, found from a sample of rows; two header rows are joined.

Columns whose cells mostly read as numbers, or as dates, tell data from names: the first row that agrees with them is
data. The header is the first row of the block above it, up to a blank row, that is mostly filled and has words in
those columns, or else the row right above the data. What stands higher are titles. Where no column tells, the first row
that is at least half filled is the header.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa

from alma_core.streams.cells import BLANKS, plain_text
from alma_core.streams.dates import dates
from alma_core.streams.numerals import numbers

Row = Sequence[str]
Kinds = Sequence[str]
"""What each cell of a row reads as: number, date, text, or "" where blank."""
AGREEING: Final = 0.8
"""Share of a column's filled cells that must be of one kind for the column to tell."""
SAMPLED_CELLS: Final = 20_000
"""No more than this are looked at, in at least two rows."""


class Header(NamedTuple):
    """Where the header of a sample is.

    Args:
        first: index of the header row, or of the upper one of two; -1: there is none.
        last: index of the header row, or of the lower one of two; -1: there is none.
        names: what each column is called in the file; blank where it is not.
    """

    first: int
    last: int
    names: tuple[str, ...]


def header_of(rows: Sequence[Row], width: int, decimal: str, asked: int | None = None) -> Header:
    """Return where the header of a sample of rows is.

    Args:
        rows: the first rows of a file as text, titles and all.
        width: columns of the table.
        decimal: the decimal mark, "." or ",".
        asked: index of the header row, -1 for none, where somebody has said so.

    >>> header_of([["orders"], ["day", "sales"], ["2024/4/1", "5"], ["2024/4/2", "7"]], 2, ".")
    Header(first=1, last=1, names=('day', 'sales'))
    """
    sampled = rows[: max(2, SAMPLED_CELLS // width) + (asked or 0) + 1]
    kinds = cell_kinds(sampled, width, decimal)
    telling = _telling(kinds[0 if asked is None else asked + 1 :], width)
    data = _first_data(sampled, kinds, telling, width, -1 if asked is None else asked)
    first = _upper(rows, kinds, telling, width, data) if asked is None else asked
    if first < 0:
        return Header(-1, -1, ("",) * width)
    two = data is not None and first + 1 < data and _is_pair(rows[first], rows[first + 1], kinds[first + 1], telling)
    names = _joined(rows[first], rows[first + 1], width) if two else tuple(_padded(rows[first], width))
    return Header(first, first + two, names)


def cell_kinds(rows: Sequence[Row], width: int, decimal: str) -> list[list[str]]:
    """Return for each cell "number", "date", "text" or "" (blank); rows are cut or filled to `width`."""
    texts = [plain_text(cell) for row in rows for cell in _padded(row, width)]
    array = pa.array(texts, pa.string())
    is_number, is_date = ~np.isnan(numbers(array, decimal)), ~np.isnat(dates(array, decimal))
    kinds = [
        "" if text in BLANKS else "number" if a_number else "date" if a_date else "text"
        for text, a_number, a_date in zip(texts, is_number, is_date, strict=True)
    ]
    return [kinds[start : start + width] for start in range(0, len(kinds), width)]


def _telling(kinds: Sequence[Kinds], width: int) -> dict[int, str]:
    """Return the columns that are numbers or dates, as far as a sample shows, and which of the two."""
    telling = {}
    for column in range(width):
        cells = [row[column] for row in kinds if row[column]]
        kind = max(("number", "date"), key=cells.count)
        count = cells.count(kind)
        # Two header rows among few must not outvote them; below the first such cell nearly all must be alike.
        if count and count >= AGREEING * max(len(cells) - 2, len(cells) - cells.index(kind)):
            telling[column] = kind
    return telling


def _first_data(
    rows: Sequence[Row], kinds: Sequence[Kinds], telling: Mapping[int, str], width: int, after: int
) -> int | None:
    """Return the first row below row `after` that agrees with the columns that tell, or None where none does."""
    begin = next((i for i, row in enumerate(kinds) if any(row)), 0)
    for i, row in enumerate(kinds):
        if i <= after or not _half_filled(row, width) or (i == begin and _counts_up(rows[i])):
            continue
        agree = sum(row[column] == kind for column, kind in telling.items())
        disagree = sum(row[column] not in ("", kind) for column, kind in telling.items())
        if agree > disagree:
            return i
    return None


def _upper(
    rows: Sequence[Row], kinds: Sequence[Kinds], telling: Mapping[int, str], width: int, data: int | None
) -> int:
    """Return the header row, the upper one of two, above row `data`; -1: there is none."""
    if data is None:
        return next((i for i, row in enumerate(kinds) if _half_filled(row, width)), -1)
    above = [i for i, row in enumerate(kinds[:data]) if any(row)]
    block = [i for i in above if all(map(any, kinds[i:data]))] or above[-1:]
    words = {i: sum(kinds[i][column] == "text" for column in telling) for i in block}
    named = [i for i in block if 2 * sum(map(bool, kinds[i])) > width and 2 * words[i] > len(telling)]
    first = (named[:1] or block[-1:] or [-1])[0]
    pair = first - 1 in block and _is_pair(rows[first - 1], rows[first], kinds[first], telling)
    return first - pair


def _counts_up(row: Row) -> bool:
    """Return whether a row numbers the columns, as programmes do where columns have no names."""
    numbered = [plain_text(cell) for cell in row if cell.strip()]
    return len(numbered) > 1 and any(numbered == [str(start + i) for i in range(len(numbered))] for start in (0, 1))


def _is_pair(upper: Row, lower: Row, lower_kinds: Kinds, telling: Mapping[int, str]) -> bool:
    """Return whether two rows name the columns together: groups above, or units below."""
    width = len(lower_kinds)
    above, below = ([cell.strip() for cell in _padded(row, width)] for row in (upper, lower))
    if not all(_joined(upper, lower, width)) or sum(map(bool, above)) < 2:
        return False
    if all(above):
        return sum(lower_kinds[column] == "text" for column in telling) >= 2
    return len(set(below)) < width or any(a and not b for a, b in zip(above, below, strict=True))


def _joined(upper: Row, lower: Row, width: int) -> tuple[str, ...]:
    """Return names from two rows; a group's name goes on to the right over blanks that the lower row fills."""
    names, group = [], ""
    for above, below in zip(_padded(upper, width), _padded(lower, width), strict=True):
        group = above.strip() or (group if below.strip() else "")
        names.append(f"{group} {below.strip()}".strip())
    return tuple(names)


def _half_filled(kinds: Kinds, width: int) -> bool:
    return 2 * sum(map(bool, kinds)) >= width


def _padded(row: Row, width: int) -> list[str]:
    return [*row[:width], *[""] * (width - len(row))]
