"""Dates whose year has two digits -> ISO text, with the order of year, month and day found from the whole column."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _, mark

FORM: Final = r"\s*(\d{1,2})([/.\-])(\d{1,2})\2(\d{1,2})((?:[ T].*)?)"
ORDERS: Final = {
    mark("year, month, day"): [0, 1, 2],
    mark("month, day, year"): [2, 0, 1],
    mark("day, month, year"): [2, 1, 0],
}
"""Orders of the parts and where year, month and day stand in each; the more usual here first."""
LOOKED_AT: Final = 20
"""Cells that are looked at before the whole column is."""
CENTURY_ENDS: Final = 69
"""Years 69 to 99 lie in the 20th century, others in the 21st, as POSIX has it."""


def with_long_years(cells: "pd.Series[Any]") -> tuple["pd.Series[Any]", str]:
    """Return a column with its two-digit years written out, and a sentence on how; other columns as they are, and "".

    The order is one in which all cells are dates. Of several it is the one with the fewest years between the first and
    the last day, then one in which the rows never go back in time, then the first of ORDERS.

    >>> with_long_years(pd.Series(["1/30/11", "2/1/11"]))[0].tolist()
    ['2011-01-30', '2011-02-01']
    """
    is_text = isinstance(cells.dtype, pd.StringDtype)
    if not is_text or not cells.dropna().head(LOOKED_AT).str.fullmatch(FORM).all():
        return cells, ""
    codes, texts = pd.factorize(cells)
    parts = pd.Series(texts, dtype="str").str.extract("^" + FORM + "$")
    if not len(texts) or parts[0].isna().any():
        return cells, ""
    written = parts[[0, 2, 3]].to_numpy(str)  # [W, 3]
    read = {name: _days(written[:, order]) for name, order in ORDERS.items()}
    fitting = {name: days for name, days in read.items() if not np.isnat(days).any()}
    if not fitting:
        return cells, ""
    name = min(fitting, key=lambda name: _oddness(fitting[name][codes[codes >= 0]]))
    texts_now = np.append(np.char.add(fitting[name].astype(str), parts[4].to_numpy(str)), "")
    column = pd.Series(texts_now[codes], index=cells.index, name=cells.name, dtype="str").where(codes >= 0)
    sentence = _("The dates in {column}, such as {example}, have years of two digits and are read as {order}.")
    return column, sentence.format(column=cells.name, example=texts[0], order=_(name))


def _oddness(days: NDArray[np.datetime64]) -> tuple[int, bool]:
    """Return the years between the first and the last of [n] days, and whether they go back in time anywhere."""
    years = (days.max() - days.min()) // np.timedelta64(365, "D")
    return int(years), bool((np.diff(days) < np.timedelta64(0)).any())


def _days(parts: NDArray[np.str_]) -> NDArray[np.datetime64]:
    """Return [W] the days that [W, 3] years, months and days make; NaT where a year has one digit or no such day is."""
    year, month, day = parts.astype(np.int64).T
    year = year + np.where(year < CENTURY_ENDS, 2000, 1900)
    is_month = (month >= 1) & (month <= 12)
    first = ((year - 1970) * 12 + np.where(is_month, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day - 1)
    is_day = (np.char.str_len(parts[:, 0]) == 2) & is_month & (day >= 1) & (days.astype("datetime64[M]") == first)
    return np.where(is_day, days, np.datetime64("NaT", "D"))
