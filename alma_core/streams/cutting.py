"""Rows -> mega-batches: by file, by calendar, by so many rows, or into so many.

Numbers never move: what is added later arrives with the newest mega-batch or after it. The newest one stays open, and
takes rows until the next one begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import language, specs
from alma_core.asked import counted, one_of
from alma_core.errors import DataError, SpecError
from alma_core.language import _, mark

Days = NDArray[np.datetime64]
"""Dates to the day, [N]; NaT where unknown."""

CALENDAR: Final = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "fiscal-year": "year"}
"""Cuts by calendar, and the arrival unit of each."""
CUTS: Final = ("file", *CALENDAR, "rows", "number")
MOST_MEGA_BATCHES: Final = 5_000
"""A cut into more is refused: a mistyped year would make thousands of empty ones."""
APRIL: Final = 3
"""Months from January to the start of a fiscal year."""


@dataclass(frozen=True)
class Cutting:
    """How the rows of a data set become mega-batches.

    Args:
        by: one of CUTS.
        size: rows of each mega-batch with "rows", number of them with "number"; else 0.
        unit: what the pages call one arrival, of specs.ARRIVAL_UNITS.
        in_order: the rows stand in the order of time.
        judged: "next" mega-batch, or "test" on a share of each that is held back.
    """

    by: str
    size: int = 0
    unit: str = "lot"
    in_order: bool = True
    judged: str = "next"

    def __post_init__(self) -> None:
        one_of(CUTS, self.by, mark("the cut"))
        one_of(tuple(specs.ARRIVAL_UNITS), self.unit, mark("the arrival unit"))
        one_of(specs.JUDGED, self.judged, mark("what policies are judged on"))
        if self.by == "rows":
            counted(self.size, 10_000_000, mark("the rows of each mega-batch"))
        if self.by == "number":
            counted(self.size, MOST_MEGA_BATCHES, mark("the number of mega-batches"))
        if not self.in_order and self.by != "number":
            raise SpecError(
                _(
                    "{cut} was given as the cut of rows that stand in no order, a number of mega-batches was expected; "
                    "cut by number, or say that the rows are in order."
                ).format(cut=self.by)
            )


def cutting_of(words: str, unit: str | None = None, in_order: bool = True, judged: str | None = None) -> Cutting:
    """Read a cut as it is written on the command line: file, month, rows:500, number:20.

    Args:
        words: one of CUTS, with its size after a colon where it has one.
        unit: the arrival unit; None: that of the cut.
        in_order: whether the rows stand in the order of time.
        judged: "next" or "test"; None: next where there is an order.

    Raises:
        SpecError: there is no such cut, or it lacks its size.

    >>> cutting_of("number:20").size, cutting_of("week").unit, cutting_of("number:9", in_order=False).judged
    (20, 'week', 'test')
    """
    by, _colon, size = words.partition(":")
    is_complete = size.isdecimal() if by in ("rows", "number") else not size
    if by not in CUTS or not is_complete:
        raise SpecError(
            _(
                "{given} was given as the cut, {cuts}, rows:N or number:B was expected (such as rows:500); "
                "choose one of them."
            ).format(given=words, cuts=", ".join(("file", *CALENDAR)))
        )
    judged = judged or ("next" if in_order else "test")
    return Cutting(by, int(size or 0), unit or CALENDAR.get(by, "lot"), in_order, judged)


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Which row arrives when.

    Args:
        arrives: [N] mega-batch of each row, 1..B.
        first_days: [B] the date that stands for each mega-batch: the first day of a period, the date of a file.
        last_days: [B] the last day on which something of it can be known; a label of that day has arrived.
        late: [N] rows of a period that was closed when they came; they arrive with the newest mega-batch.
    """

    arrives: NDArray[np.int64]
    first_days: Days
    last_days: Days
    late: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.first_days)

    @property
    def arrived_on(self) -> tuple[str, ...]:
        """[B] the date of each mega-batch as ISO text, empty where unknown."""
        return tuple("" if np.isnat(day) else str(day) for day in self.first_days)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """[B] rows in each mega-batch."""
        return np.bincount(self.arrives - 1, minlength=len(self))

    def trains(self, label_days: Days) -> NDArray[np.int64]:
        """Return [N] the mega-batch from which each row may be trained on; B + 1: its label has not arrived.

        That is the first arrival after the date of the label, never before the row itself. A label without a date came
        with its row.

        Raises:
            DataError: no date of an arrival is known.
        """
        if np.isnat(self.last_days).all():
            raise DataError(
                _(
                    "A label date was given, but the mega-batches have no dates to hold it against, dates were "
                    "expected; name a time column, or put the date into the names of the files."
                )
            )
        known = _running_last(self.last_days)
        told = np.searchsorted(known, np.where(np.isnat(label_days), known[0], label_days)) + 1
        return np.maximum(self.arrives, told)


def by_calendar(days: Days, additions: NDArray[np.int64], by: str) -> Arrivals:
    """Cut by the period of the calendar in which each row lies; a period without rows is an empty mega-batch.

    Args:
        days: [N] date of each row, none blank.
        additions: [N] which addition to the data set brought each row: 1, 2, ..., never falling.
        by: one of CALENDAR.

    Raises:
        DataError: there would be more than MOST_MEGA_BATCHES.
    """
    periods = periods_of(days, by)
    late = np.zeros(len(days), np.bool_)
    edges = np.append(np.flatnonzero(np.diff(additions, prepend=0)), len(days))
    newest = int(periods.min())
    for start, end in pairwise(edges):
        closed = periods[start:end] < newest
        newest = max(newest, int(periods[start:end].max()))
        periods[start:end][closed], late[start:end] = newest, closed
    first = int(periods.min())
    _check_count(newest - first + 1, days)
    first_days = first_days_of(np.arange(first, newest + 2), by)
    return Arrivals(periods - first + 1, first_days[:-1], first_days[1:] - 1, late)


def by_file(sizes: Sequence[int], dates: Days, unit: str) -> Arrivals:
    """Cut by file: each is one mega-batch, an empty one too.

    Args:
        sizes: [B] rows of each file.
        dates: [B] date of each file.
        unit: the arrival unit; a file of a month is known by the month's end, a lot on its own date.
    """
    last_days = dates
    if unit in CALENDAR:
        last_days = np.where(np.isnat(dates), dates, first_days_of(periods_of(dates, unit) + 1, unit) - 1)
    arrives = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    return Arrivals(arrives, dates, last_days, np.zeros(len(arrives), np.bool_))


def by_count(days: Days, first_rows: int, cutting: Cutting) -> Arrivals:
    """Cut by so many rows, or the first addition into so many; rows that come later go on at the same pace.

    Args:
        days: [N] date of each row.
        first_rows: rows of the first addition.
        cutting: by "rows" or "number".

    Raises:
        DataError: there would be more than MOST_MEGA_BATCHES, or more than rows.
    """
    lots, rows = (1, cutting.size) if cutting.by == "rows" else (cutting.size, first_rows)
    if lots > rows:
        raise DataError(
            _("{count} mega-batches were asked of {rows} rows, at most one a row was expected; ask for fewer.").format(
                count=lots, rows=rows
            )
        )
    arrives = (np.arange(1, len(days) + 1) * lots - 1) // rows + 1  # t holds the rows [(t-1) * rows // lots, t * ...)
    _check_count(int(arrives[-1]), days)
    last_days = np.full(arrives[-1], np.datetime64("NaT", "D"))
    np.fmax.at(last_days, arrives - 1, days)
    return Arrivals(arrives, last_days, last_days, np.zeros(len(arrives), np.bool_))


def _check_count(count: int, days: Days) -> None:
    if count > MOST_MEGA_BATCHES:
        raise DataError(
            _(
                "The cut gives {count} mega-batches (from {first} to {last}), at most {most} were expected; correct "
                "the dates, or cut more coarsely."
            ).format(count=count, first=days.min(), last=days.max(), most=MOST_MEGA_BATCHES)
        )


def periods_of(days: Days, by: str) -> NDArray[np.int64]:
    """Return the number of the period in which each day lies; weeks begin on Monday, fiscal years in April.

    >>> periods_of(np.array(["2024-03-31", "2024-04-01"], "M8[D]"), "fiscal-year").tolist()
    [53, 54]
    """
    if by in ("day", "week"):
        numbers = days.astype(np.int64)
        return numbers if by == "day" else (numbers + 3) // 7  # 1970 began on a Thursday
    months = days.astype("datetime64[M]").astype(np.int64)
    return {"month": months, "quarter": months // 3, "fiscal-year": (months - APRIL) // 12}[by]


def first_days_of(periods: NDArray[np.int64], by: str) -> Days:
    """Return the first day of each period that `periods_of` numbers."""
    if by in ("day", "week"):
        return (periods if by == "day" else periods * 7 - 3).astype("datetime64[D]")
    months = {"month": periods, "quarter": periods * 3, "fiscal-year": periods * 12 + APRIL}[by]
    return months.astype("datetime64[M]").astype("datetime64[D]")


def days_of(times: "pd.Series[Any]", files: NDArray[np.int64]) -> Days:
    """Return [N] the day of each row; a row without a time goes with the row before it in its file, or else after it.

    Args:
        times: [N] of a date dtype.
        files: [N] which file each row stands in.
    """
    filled = times.groupby(files).ffill().groupby(files).bfill()
    return filled.to_numpy().astype("datetime64[D]")


def _running_last(days: Days) -> Days:
    """Return the latest day so far at each position; before any is known, the beginning of time."""
    latest = np.fmax.accumulate(days)
    return np.where(np.isnat(latest), np.datetime64("0001-01-01"), latest)


def called(by: str, number: int, day: str) -> str:
    """Return what a mega-batch is called on a screen.

    Args:
        by: one of CUTS.
        number: t, 1..B.
        day: its date as ISO text, or empty.

    >>> called("month", 3, "2024-10-01"), called("quarter", 1, "2024-10-01"), called("rows", 3, "")
    ('2024-10', '2024-10 to 12', 'lot 3')
    """
    if not day:
        return _("lot {number}").format(number=number)
    year, month, of_month = (int(part) for part in day.split("-"))
    form = {
        "week": _("week of {year}-{month}-{day}"),
        "month": _("{year}-{month}"),
        "quarter": _("{year}-{month} to {last}"),
        "fiscal-year": _("fiscal {year}"),
    }.get(by, _("{year}-{month}-{day}"))
    digits = "" if language.current() == "ja" else "02"  # 4月, but 2024-04
    parts = {
        name: format(number, digits) for name, number in (("month", month), ("day", of_month), ("last", month + 2))
    }
    return form.format(year=year, **parts)
