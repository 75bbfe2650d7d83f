"""How far a run is: one event for each stack that is done, for a bar, a file or a page to follow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd


class Tables(NamedTuple):
    """What a run leaves; a table that does not apply has no rows."""

    ledger: pd.DataFrame
    confusion: pd.DataFrame
    judged: pd.DataFrame
    operating: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run is; the last one carries the tables.

    Args:
        asked_for: updates that the policies ask for, shared ones counted for each.
        updates_done, updates: distinct updates; those found in the store are done.
        trained: updates trained in this process's time, not found.
        flops_done, flops: training FLOPs; an estimate where updates can stop early.
        seconds: since the start.
        seconds_left: an estimate from the work of this run so far; None before there is any.
        partial: makes the ledger of the rows that are known by now.
        tables: what the run leaves, at the end.
    """

    asked_for: int
    updates_done: int
    updates: int
    trained: int
    flops_done: float
    flops: float
    seconds: float
    seconds_left: float | None
    partial: Callable[[], pd.DataFrame]
    tables: Tables | None = None

    @property
    def facts(self) -> dict[str, float | None]:
        """The figures, without the tables."""
        names = ("asked_for", "updates_done", "updates", "trained", "flops_done", "flops", "seconds", "seconds_left")
        return {name: getattr(self, name) for name in names}
