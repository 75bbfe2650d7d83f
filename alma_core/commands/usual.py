"""The run that answers the usual question about a data set: how long to wait, on which past data, how large a model."""

from typing import Final

WAITS: Final = {
    "day": (1, 2, 7, 14, 28, 56, 91),
    "week": (1, 2, 4, 8, 13, 26, 52),
    "month": (1, 2, 3, 4, 5, 6, 12),
    "quarter": (1, 2, 3, 4, 8),
    "year": (1, 2, 3, 5),
    "lot": (1, 2, 3, 5, 9, 15, 30),
}
"""Waiting times in arrivals that people would consider, by arrival unit."""

WINDOWS: Final = {"day": 28, "week": 13, "month": 6, "quarter": 4, "year": 3, "lot": 5}
"""Last mega-batches of the window that stands for "only what is recent"."""


def words(data: str, unit: str, rows: int) -> list[str]:
    """Return the words after `alma run`: warm on new data, from scratch on all data and on a window, sizes S and M.

    Args:
        data: name of the data set.
        unit: its arrival unit.
        rows: arrivals at which policies are judged; longer waits are left out.
    """
    waits = ",".join(str(wait) for wait in WAITS[unit] if wait <= max(1, rows))
    grid = f"--capacities S,M --waits {waits}"
    window = min(WINDOWS[unit], max(1, rows))
    return [
        "--data", data,
        *grid.split(),
        f"--also={grid} --starts scratch --replay 1",
        f"--also={grid} --starts scratch --window {window}",
    ]  # fmt: skip
