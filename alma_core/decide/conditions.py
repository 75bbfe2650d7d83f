"""On what a recommendation depends: that the data go on as they did where a shift was found."""

from typing import Final, NamedTuple

import pandas as pd

STRONG: Final = 0.25
"""Population stability index from which a column counts as shifted; the usual threshold for "significant"."""
LEVEL: Final = 0.01
"""Adjusted p of the column's own test below which that is no accident of few rows."""


class Shifted(NamedTuple):
    """A column that changed from one mega-batch to the next: how strongly at most, and since which arrival."""

    column: str
    strength: float
    since: int


def shifted(shift: pd.DataFrame, horizon: int) -> list[Shifted]:
    """Return the columns that shifted within the horizon, the strongest first; since the last time it happened.

    Args:
        shift: table of a run; empty where the data are no table.
        horizon: arrivals looked at.
    """
    if not len(shift):
        return []
    seen = shift[(shift["t"] <= horizon) & (shift["column"] != "")]
    index = seen[(seen["test"] == "psi") & (seen["statistic"] >= STRONG)]
    tested = seen[seen["test"].isin(("ks", "chi2")) & (seen["p_adjusted"] < LEVEL)]
    both = index.merge(tested[["t", "column"]].drop_duplicates(), on=["t", "column"])
    found = [
        Shifted(str(column), float(rows["statistic"].max()), int(rows["t"].max()))
        for column, rows in both.groupby("column")
    ]
    return sorted(found, key=lambda one: (-one.strength, one.column))
