"""Whether an intermediate wait is the best trade-off, and which wait is best where."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.coarsening import coarser
from alma_core.decide.evidence import Claim, Evidence, Part, Wait, over_pairs
from alma_core.decide.kpis import mean_error
from alma_core.decide.matching import SIZE, by_wait, on_new_data
from alma_core.decide.panel import Panel, prefix
from alma_core.decide.trials import Trial
from alma_core.language import mark

INTERMEDIATE: Final = Claim(
    mark("an intermediate wait"),
    mark("An intermediate wait has less mean error than both the shortest and the longest (new data only)."),
    mark("one network on new data at three waits or more"),
)
FACTORS: Final = (1, 2)
"""Arrivals that come as one mega-batch, where the best wait is looked up."""


def intermediate_wait(trial: Trial) -> list[Evidence]:
    """Test the best of the waits in between against the shortest and against the longest, averaged over sizes.

    The best of several waits on the seeds that it was chosen by would flatter the claim. So for each seed the wait is
    chosen by the mean of the other seeds and judged by this one. What all seeds share, such as the order in time of
    the data, is in the choice nevertheless.
    """
    of_wait = by_wait(trial.policies)
    waits = list(of_wait)
    if len(waits) < 3:
        return []
    error = np.stack([trial.figures["mean_error"][at].mean(0) for at in of_wait.values()])  # [W, S]
    between = error[1:-1]  # [W - 2, S]
    own = np.take_along_axis(between, chosen_elsewhere(between)[None], 0)  # [1, S]
    best = Wait(waits[1 + int(between.mean(1).argmin())])
    parts = tuple(Part(best, Wait(waits[end]), over_pairs(own, error[None, end])) for end in (0, -1))
    return [Evidence(INTERMEDIATE, trial.name, trial.unit, trial.panel.measure, parts)]


def chosen_elsewhere(error: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return [S] for each seed the row of [W, S] errors that is lowest over the other seeds; a lone seed's own.

    >>> chosen_elsewhere(np.array([[0.1, 0.6, 0.3], [0.4, 0.4, 0.4]])).tolist()
    [1, 0, 0]
    """
    others = error.sum(1, keepdims=True) - error if error.shape[1] > 1 else error
    return np.asarray(others.argmin(0))


class Best(NamedTuple):
    """The wait with the lowest mean error over seeds; horizon, factor (the size of a mega-batch), wait in arrivals."""

    horizon: int
    factor: int
    architecture: str
    capacity: str
    wait: int


def best_waits(trial: Trial) -> list[Best]:
    """Return the best wait by horizon, size of mega-batch and size of network.

    Of half the run and of all of it, single networks on new data; where there are two waits or more to choose from.
    This describes the seeds that there are: the best of several is no estimate.
    """
    full = trial.panel
    return [
        Best(horizon, factor, one["architecture"], one["capacity"], factor * int(one["waiting_time"]))
        for factor in FACTORS
        for horizon in sorted({full.horizon // 2, full.horizon})
        if horizon >= 2 * factor
        for one in _best_by_size(coarser(prefix(full, horizon), factor)).to_dict("records")
    ]


def _best_by_size(rows: Panel) -> pd.DataFrame:
    """Return the policy of each size with the lowest mean error, of those whose wait fits into the horizon."""
    shown = on_new_data(rows.policies)
    shown = shown[shown["waiting_time"] <= rows.horizon]
    error = mean_error(rows["error"]).mean(1)  # [P]
    ranked = shown.assign(error=error[shown.index]).sort_values(["error", "waiting_time"])
    has_choice = ranked.duplicated(list(SIZE), keep=False)
    return ranked[has_choice].drop_duplicates(list(SIZE))
