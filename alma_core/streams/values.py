"""The kind of a column, found from its filled cells, and its cells as that kind.

The kinds and what they are read from, tried in this order:

- `number`: see `numerals`. A column in which a cell starts with a zero that is followed by digits only is a code, and
  one that holds 0 and 1 only is a boolean.
- `date`: see `dates`. Whole numbers such as 20240401 or 202404 are dates when all of them are.
- `boolean`: ○ and ×, はい and いいえ, 有 and 無, yes and no, true and false; both must occur.
- `category` and `text`: all else. Text is long or has words in it, and hardly repeats.

A number or a date needs READABLE of the filled cells; the rest of them become blank.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alma_core.language import _
from alma_core.streams import dates, numerals
from alma_core.streams.cells import Words, arrow, words

KINDS: Final = ("number", "boolean", "date", "category", "text")
READABLE: Final = 0.95
"""Share of the filled cells that must read as a number or a date for the column to be one."""
TEXT_LENGTH: Final = 20
"""Characters from which a typical cell counts as free text."""
TEXT_DISTINCT: Final = 50
"""A column with no more distinct values than this is a category, however long they are."""
BOOLEANS: Final = (
    (("true",), ("false",)),
    (("yes", "y"), ("no", "n")),
    (("on",), ("off",)),
    (("\u3007", "○", "◯", "◎", "●"), ("×", "✕", "✖", "x")),
    (("はい",), ("いいえ",)),
    (("有", "有り", "あり"), ("無", "無し", "なし")),
)
"""What means yes and what means no, in small letters after NFKC. OK and NG, 合格 and 不合格 are names of classes."""


def kind_of(values: "pd.Series[Any]", decimal: str = ".") -> str:
    """Return the kind of a column, one of KINDS; a column without a filled cell is a category.

    Args:
        values: [N] cells as they stood, or already numbers, dates or booleans.
        decimal: the decimal mark, "." or ",".

    >>> [kind_of(pd.Series(cells)) for cells in (["1", "2.5"], ["○", "×"], ["R6.4.1"], ["A", "B"], ["007", "123"])]
    ['number', 'boolean', 'date', 'category', 'category']
    """
    if values.dtype.kind in "bM":
        return {"b": "boolean", "M": "date"}[values.dtype.kind]
    if values.dtype.kind in "iuf":
        return _kind_of_numbers(values.to_numpy())
    plainly = _plain_numbers(values, decimal)
    if plainly is not None:
        return "category" if _has_codes(arrow(values)) else _kind_of_numbers(plainly)
    if dates.written_plainly(arrow(values)) is not None:
        return "date"
    return _kind_of_words(words(values), decimal)


def typed(values: "pd.Series[Any]", kind: str, decimal: str = ".") -> "pd.Series[Any]":
    """Return a column as its kind; what is blank or does not read as that kind is missing.

    Args:
        values: [N] cells as they stood, or already numbers, dates or booleans.
        kind: one of KINDS. number: float64, never infinite. boolean: float64, 1 and 0. date: datetime64[us].
            category and text: `str` after NFKC and trimming.
        decimal: the decimal mark, "." or ",".

    >>> typed(pd.Series(["△1,000", "-", "5"]), "number").tolist()
    [-1000.0, nan, 5.0]
    """
    read = {"number": _numbers, "boolean": _booleans, "date": _dates}
    cells = read[kind](values, decimal) if kind in read else _texts(values)
    return pd.Series(cells, index=values.index, name=values.name)


WHOLE: Final = r"-?(0|[1-9][0-9]{0,14})(\.0+)?"
"""Texts of whole numbers, without the leading zeros of a code."""


def unreadable(values: "pd.Series[Any]", kind: str, decimal: str = ".") -> int:
    """Return how many cells are filled but do not read as `kind`."""
    if kind in ("category", "text"):
        return 0
    return filled(values) - int(typed(values, kind, decimal).notna().sum())


def filled(values: "pd.Series[Any]") -> int:
    """Return how many cells are not blank."""
    if values.dtype.kind in "biufM":
        return int(values.notna().sum())
    plainly = _plain_numbers(values, ".")
    # "nan" is a blank word that also reads as a number; infinity is filled.
    return int((words(values).codes >= 0).sum()) if plainly is None else int((~np.isnan(plainly)).sum())


def doubts(values: "pd.Series[Any]", decimal: str = ".") -> tuple[str, ...]:
    """Return a sentence where the dates of a column can be read in two ways, or are written in two ways."""
    texts = words(values).texts
    by_day, by_month = dates.fits(texts)
    if (by_day & ~by_month).any() and (by_month & ~by_day).any():
        return (
            _(
                "The dates in {column} are written with the day first in some rows and with the month first in others; "
                "write them all as year, month, day."
            ).format(column=values.name),
        )
    if not by_day.any() or (by_day != by_month).any():
        return ()
    reading = _("the day first") if dates.order(texts, decimal) == "day first" else _("the month first")
    return (
        _(
            "The dates in {column}, such as {example}, do not show whether day or month comes first and are read with "
            "{reading}; write them as year, month, day if that is wrong."
        ).format(column=values.name, example=texts[int(np.argmax(by_day))], reading=reading),
    )


def _kind_of_numbers(values: NDArray[Any]) -> str:
    seen = values[np.isfinite(values)]
    if not len(seen):
        return "category" if not len(values) or np.isnan(values).all() else "number"
    low, high = seen.min(), seen.max()
    if low == 0 and high == 1 and np.isin(seen, (0, 1)).all():
        return "boolean"
    # Only whole numbers from 180001 to 99991231 can be months or days.
    if low >= 180001 and high <= 99991231 and (seen == np.floor(seen)).all():
        days = dates.dates(pa.array(np.unique(seen).astype(np.int64).astype(str)))
        return "number" if np.isnat(days).any() else "date"
    return "number"


def _kind_of_words(known: Words, decimal: str) -> str:
    if not len(known.texts):
        return "category"
    counts = known.counts
    enough = READABLE * counts.sum()
    read = numerals.numbers(known.texts, decimal)
    if counts[~np.isnan(read)].sum() >= enough:
        return "category" if _has_codes(known.texts) else _kind_of_numbers(read)
    if counts[~np.isnat(dates.dates(known.texts, decimal))].sum() >= enough:
        return "date"
    if _pair(known.texts) is not None:
        return "boolean"
    lengths = np.asarray(pc.utf8_length(known.texts).to_numpy(zero_copy_only=False))
    is_text = len(counts) > TEXT_DISTINCT and len(counts) > counts.sum() / 2 and np.median(lengths) >= TEXT_LENGTH
    return "text" if is_text else "category"


def _has_codes(texts: Any) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern=r"^\s*0[0-9]+\s*$")).as_py())


def _plain_numbers(values: "pd.Series[Any]", decimal: str) -> NDArray[np.float64] | None:
    """Return [N] the numbers of a column that a programme wrote, or None: then each text has to be looked at."""
    return numerals.written_plainly(arrow(values)) if decimal == "." else None


def _numbers(values: "pd.Series[Any]", decimal: str) -> NDArray[np.float64]:
    if values.dtype.kind in "biuf":
        cells = values.to_numpy().astype(np.float64)
    elif values.dtype.kind == "M":
        cells = np.full(len(values), np.nan)
    else:
        plainly = _plain_numbers(values, decimal)
        cells = _worded(values, decimal) if plainly is None else plainly
    return np.where(np.isfinite(cells), cells, np.nan)


def _worded(values: "pd.Series[Any]", decimal: str) -> NDArray[np.float64]:
    known = words(values)
    return known.spread(numerals.numbers(known.texts, decimal), np.nan)


def _booleans(values: "pd.Series[Any]", decimal: str) -> NDArray[np.float64]:
    if values.dtype.kind in "biuf":
        cells = values.to_numpy().astype(np.float64)
        return np.where(np.isin(cells, (0, 1)), cells, np.nan)
    known = words(values)
    small = np.asarray(pc.utf8_lower(known.texts).to_numpy(zero_copy_only=False), dtype=str)
    yes = np.isin(small, [word for pair in BOOLEANS for word in pair[0]])
    no = np.isin(small, [word for pair in BOOLEANS for word in pair[1]])
    digits = numerals.numbers(known.texts, decimal)
    digits[~np.isin(digits, (0, 1))] = np.nan
    return known.spread(np.where(yes, 1.0, np.where(no, 0.0, digits)), np.nan)


def _pair(texts: Any) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what means yes and no in a column that holds nothing else, or None."""
    if len(texts) > max(len(yes) + len(no) for yes, no in BOOLEANS) * 2:
        return None
    small = set(pc.utf8_lower(texts).to_pylist())
    return next((pair for pair in BOOLEANS if small <= {*pair[0], *pair[1]} and all(small & {*s} for s in pair)), None)


def _dates(values: "pd.Series[Any]", decimal: str) -> NDArray[np.datetime64]:
    if values.dtype.kind == "M":
        return values.to_numpy().astype("datetime64[us]")
    if values.dtype.kind in "iuf":
        cells = values.to_numpy().astype(np.float64)
        whole = np.isfinite(cells) & (np.abs(cells) < 1e15)
        texts = pd.Series(np.where(whole, cells, 0).astype(np.int64)).astype("str").where(whole)
        return _dates(texts, decimal)
    plainly = dates.written_plainly(arrow(values))
    if plainly is not None:
        return plainly
    known = words(values)
    return known.spread(dates.dates(known.texts, decimal), np.datetime64("NaT", "us"))


def _texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    known = words(values)
    texts = known.texts.take(pa.array(known.codes, mask=known.codes < 0))
    written = pd.Series(texts.to_pandas().array, index=values.index).astype("str")
    distinct = written.dropna().drop_duplicates()
    if len(distinct) and distinct.str.fullmatch(WHOLE).all():  # 1.0 is 1: a program that met a blank wrote it so
        return written.str.replace(r"\.0+$", "", regex=True)
    return written
