"""Rows as a spreadsheet takes them: text that would become a formula is told from one."""

import re
from typing import Final

import pandas as pd

_FORMULA: Final = re.compile(r"^(?=[=+\-@\t\r])")


def literal(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return _FORMULA.sub("'", text)


def csv(rows: pd.DataFrame) -> bytes:
    """Return rows as CSV that Excel opens in any language; text that would become a formula gets an apostrophe."""
    headings = [literal(str(name)) for name in rows]
    text = {
        str(name): column.map(lambda cell: literal(cell) if isinstance(cell, str) else cell)
        for name, column in rows.items()
        if not pd.api.types.is_numeric_dtype(column)
    }
    return rows.assign(**text).set_axis(headings, axis=1).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
