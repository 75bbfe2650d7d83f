"""Rows that add up other rows (合計, 小計, Total): found by their words, and told from ordinary rows."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from alma_core.streams.cells import flags, plain

WORDS: Final = (
    r"(?i)^(?:(?:.{0,20}[ _])?(?:総?合計|小計|中計|総計|累計)|\[?計\]?|(?:.{0,20} )?(?:grand |sub[- ]?)?total)$"
)
"""What such a row carries, after NFKC and trimming, perhaps behind the name of what is added up."""
MOST_SHARE: Final = 0.25
"""A word in more rows than this is an ordinary value of its column."""
FEW: Final = 2
"""So many rows are totals by their word alone; more of them must also leave blank what other rows fill."""
USUAL: Final = 0.9
"""A column that is filled in this share of the other rows is blank in totals only."""


def total_rows(columns: Sequence[Any]) -> NDArray[np.bool_]:
    """Return [N] which rows add up other rows.

    Args:
        columns: Arrow arrays of text [N], null where blank.
    """
    n_rows = len(columns[0]) if columns else 0
    found = np.zeros(n_rows, dtype=bool)
    for column in columns:
        worded = _worded(column)
        if worded.sum() <= FEW:
            found |= worded
        elif worded.sum() <= MOST_SHARE * n_rows:
            found |= worded & _leave_blanks(columns, worded)
    # A table of totals only is a table.
    return found if found.sum() < n_rows else np.zeros(n_rows, dtype=bool)


def _worded(column: Any) -> NDArray[np.bool_]:
    """Return [N] in which rows a column has such a word."""
    near = pc.match_substring_regex(column, pattern="(?i)計|total|\uff34")
    rows = np.flatnonzero(flags(near))
    worded = np.zeros(len(column), dtype=bool)
    worded[rows] = flags(pc.match_substring_regex(plain(column.take(rows)), pattern=WORDS))
    return worded


def _leave_blanks(columns: Sequence[Any], worded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return [N] which rows leave a column blank that the rows without a word usually fill."""
    blanks = np.zeros(len(worded), dtype=bool)
    for column in columns:
        filled = flags(column.is_valid())
        if filled[~worded].mean() >= USUAL:
            blanks |= ~filled
    return blanks
