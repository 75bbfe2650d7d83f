"""Which policies of a run may be compared: those alike in everything but what the comparison is about."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.panel import KINDS, plain
from alma_core.policyspec import CAPACITIES

Numbers = NDArray[np.int64]
"""Rows of policies in their panel."""

ALIKE: Final = (*KINDS, "capacity", "waiting_time", "first_update", "start", "replay", "window")
"""What tells the policies of one run apart."""


def matched(one: pd.DataFrame, other: pd.DataFrame, apart_from: Collection[str]) -> tuple[Numbers, Numbers]:
    """Return every pair of a policy of `one` and a policy of `other` that are alike, as two lists of their numbers.

    Args:
        one, other: rows of a panel's policies, under their numbers.
        apart_from: columns in which the two of a pair may differ.
    """
    same = [name for name in ALIKE if name not in apart_from]
    pairs = one[same].assign(one=one.index).merge(other[same].assign(other=other.index), on=same)
    return pairs["one"].to_numpy(np.int64), pairs["other"].to_numpy(np.int64)


def rungs(policies: pd.DataFrame) -> NDArray[np.float64]:
    """Return [P] the place of each policy's size on the ladder, from 0; NaN where it has none."""
    return np.asarray(policies["capacity"].map({name: n for n, name in enumerate(CAPACITIES)}), np.float64)


def on_new_data(policies: pd.DataFrame) -> pd.DataFrame:
    """Return the single networks that continue on new data alone; of two choices of the first update, the later."""
    shown = policies[plain(policies)]
    shown = shown[(shown["start"] == "warm") & (shown["replay"] == 0) & (shown["window"] == 0)]
    return shown.sort_values("first_update", ascending=False).drop_duplicates(["waiting_time", *SIZE])


SIZE: Final = ("architecture", "capacity")


def by_wait(policies: pd.DataFrame) -> dict[int, Numbers]:
    """Return the policies on new data for each wait, shortest first, each wait with the same sizes in the same order.

    They are the sizes of the shortest wait; a wait that lacks one of them is left out.
    """
    shown = on_new_data(policies).sort_values(list(SIZE))
    size = shown["architecture"] + shown["capacity"]
    waits = sorted(map(int, shown["waiting_time"].unique()))
    sizes_of = {wait: set(size[shown["waiting_time"] == wait]) for wait in waits}
    waits = [wait for wait in waits if sizes_of[waits[0]] <= sizes_of[wait]]
    shown = shown[size.isin(sizes_of[waits[0]])] if waits else shown
    return {wait: shown.index[shown["waiting_time"] == wait].to_numpy(np.int64) for wait in waits}
