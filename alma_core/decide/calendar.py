"""When the rows of a run happen: how long an arrival is, in which month and fiscal year each row serves."""

import datetime
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.specs import ARRIVAL_UNITS

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


@dataclass(frozen=True)
class Calendar:
    """The time of a run's rows.

    Args:
        unit: what an arrival is called.
        factor: arrivals that come as one mega-batch.
        dates: [T] ISO date of each arrival, empty where unknown: a day of it, of a year the first.
        stated_days: length of an arrival in days as the reader gives it; None: that of the unit.
    """

    unit: str = "lot"
    factor: int = 1
    dates: tuple[str, ...] = ()
    stated_days: float | None = None

    @property
    def days(self) -> float | None:
        """Days from one row to the next; None where nobody has said how long a lot is."""
        one = ARRIVAL_UNITS[self.unit] if self.stated_days is None else self.stated_days
        return None if one is None else one * self.factor

    def known_days(self) -> float:
        """Return the days from one row to the next.

        Raises:
            QuestionError: nobody has said how long a lot is.
        """
        if self.days is None:
            raise QuestionError(
                _(
                    "The prices ask for time (a year, days of delay, a discount rate), but this run's arrivals are "
                    "lots of unknown length; state how many days a lot is."
                )
            )
        return self.days

    def years(self, rows: int) -> NDArray[np.float64]:
        """Return [T] the years from the first row to each; raises as `known_days` does."""
        return np.arange(rows, dtype=np.float64) * (self.known_days() / DAYS_PER_YEAR)

    def months(self) -> NDArray[np.int64]:
        """Return [T] the month, 1..12, in which each row begins to serve: once its arrival is complete.

        Raises:
            QuestionError: the arrivals have no dates.
        """
        return np.array([day.month for day in self._days_of_service()], np.int64)

    def fiscal_years(self, rows: int, starts_in: int) -> NDArray[np.int64]:
        """Return [T] the fiscal year of each row, by its date; without dates, years since the first row.

        Args:
            rows: T.
            starts_in: first month of a fiscal year, 1..12.
        """
        if not self.has_dates:
            return np.floor(self.years(rows) + 1e-9).astype(np.int64)
        return np.array([day.year - (day.month < starts_in) for day in self._days_of_service()], np.int64)

    @property
    def has_dates(self) -> bool:
        """Whether every arrival has a date."""
        return bool(self.dates) and all(self.dates)

    def prefix(self, rows: int) -> "Calendar":
        """Return the calendar of the first rows."""
        return replace(self, dates=self.dates[:rows])

    def longer(self, rows: int) -> "Calendar":
        """Return the calendar with rows that have not happened; lots have no dates to come, so they lose all."""
        if not self.has_dates or self.unit == "lot":
            return replace(self, dates=())
        days = [datetime.date.fromisoformat(date) for date in self.dates]
        while len(days) < rows:
            days.append(_complete(days[-1], self.unit))
        return replace(self, dates=tuple(day.isoformat() for day in days))

    def coarser(self, factor: int, read_at: NDArray[np.int64]) -> "Calendar":
        """Return the calendar of mega-batches of `factor` arrivals, read at these rows (counted from 0)."""
        dates = tuple(self.dates[at] for at in read_at.tolist()) if self.dates else ()
        return replace(self, dates=dates, factor=self.factor * factor)

    def _days_of_service(self) -> list[datetime.date]:
        if not self.has_dates:
            raise QuestionError(
                _(
                    "Months without releases were given, but this run's arrivals have no dates; leave those months "
                    "out, or cut the data by its dates."
                )
            )
        return [_complete(datetime.date.fromisoformat(date), self.unit) for date in self.dates]


def _complete(within: datetime.date, unit: str) -> datetime.date:
    """Return the day after the period of the calendar that a date lies in; a lot is complete on its date.

    A year begins with its date: organisations begin theirs in different months.
    """
    if unit in ("lot", "day", "week"):
        days = {"lot": 0, "day": 1, "week": 7 - within.weekday()}[unit]
        return within + datetime.timedelta(days=days)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    this = within.year * 12 + within.month - 1
    begun = this if unit == "year" else this // months * months
    year, month = divmod(begun + months, 12)
    return datetime.date(year, month + 1, 1)
