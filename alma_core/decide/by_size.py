"""Single networks by how an update trains, by wait and by size: the rows of the charts that show sizes."""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import kpis, tables
from alma_core.decide.advise import Answer
from alma_core.decide.compare import estimates
from alma_core.decide.measure import Measure
from alma_core.decide.panel import plain
from alma_core.language import mark
from alma_core.specs import CAPACITIES

MOST_WAITS: Final = 7
"""Lines in one panel, as many as there are hues."""
EFFORT: Final = {"updates": mark("Updates"), "device_hours": mark("Device time")}
"""What a map shows beside errors and the cost."""


class Way(NamedTuple):
    """How an update trains: from which weights, on which data; a window is in arrivals, 0 where there is none."""

    start: str
    replay: float
    window: int


def ways(answer: Answer) -> list[Way]:
    """Return the ways in which single networks train, in the order of the run; none where it holds no plain ones."""
    policies = answer.panel.policies[plain(answer.panel.policies)]
    windows = policies["window"] * answer.question.factor
    listed = zip(policies["start"], policies["replay"], windows, strict=True)
    return list(dict.fromkeys(Way(start, float(replay), int(window)) for start, replay, window in listed))


def usual(answer: Answer) -> Way | None:
    """Return the way to look at first: the recommended policy's, or the first of all; None where there is none."""
    known, policy = ways(answer), answer.panel.described[answer.recommended]
    own = Way(policy["start"], float(policy["replay"]), int(policy["window"]) * answer.question.factor)
    return own if own in known else next(iter(known), None)


def words(measure: Measure) -> dict[str, str]:
    """Return the figures that a map can show, and what they are called in English."""
    return kpis.words(measure) | EFFORT


def heat(answer: Answer, figure: str, way: Way) -> pd.DataFrame:
    """Return one row for each waiting time and capacity of one way of updating, with a figure and its interval.

    Of single networks that are updated at multiples of their wait: other methods differ in more than wait and size.
    Where a run holds both choices of the first update, the later one (after the first wait) is shown.

    Args:
        answer: what a run says.
        figure: one of `words`.
        way: one of `ways`.
    """
    shown = _of_way(answer, way)
    found = estimates(_values(answer, figure)[shown.index.to_numpy(int)])
    return pd.DataFrame(
        {
            "number": shown.index,
            "waiting_time": shown["waiting_time"].to_numpy(),
            "capacity": shown["capacity"].to_numpy(),
            "value": found.means, "low": found.lows, "high": found.highs,
        }
    )  # fmt: skip


def panels(answer: Answer, way: Way) -> pd.DataFrame:
    """Return the rows of `tables.curves`, with `waiting_time` and `capacity`, of one way of updating, by size and wait.

    Of many waits only some are kept, spread from the shortest to the longest.
    """
    shown = _of_way(answer, way)
    kept = shown[shown["waiting_time"].isin(_spread(sorted(set(shown["waiting_time"]))))]
    sizes = kept["capacity"].map(CAPACITIES.index)
    ordered = kept.assign(size=sizes).sort_values(["size", "waiting_time"])
    rows = tables.curves(answer, ordered.index.tolist())
    facts = ordered.loc[rows["number"], ["waiting_time", "capacity"]].reset_index(drop=True)
    return pd.concat([rows, facts], axis=1)


def least(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `heat` with the lowest figure; none where all have the same."""
    lowest: pd.DataFrame = rows[rows["value"] == rows["value"].min()]
    return lowest.iloc[:0] if len(lowest) == len(rows) > 1 else lowest


def _of_way(answer: Answer, way: Way) -> pd.DataFrame:
    """Return the policies of one way of updating by their numbers, one for each wait and size."""
    policies = answer.panel.policies
    window = policies["window"] * answer.question.factor
    is_shown = (policies["start"] == way.start) & (policies["replay"] == way.replay) & (window == way.window)
    shown = policies[is_shown & plain(policies)].sort_values("first_update", ascending=False)
    kept: pd.DataFrame = shown.drop_duplicates(["waiting_time", "capacity"])
    return kept


def _values(answer: Answer, figure: str) -> NDArray[np.float64]:
    return tables.effort(answer)[figure] if figure in EFFORT else answer.kpis[figure]


def _spread(waits: list[int]) -> list[int]:
    """Return MOST_WAITS of the waits at most, the shortest and the longest among them."""
    at = np.linspace(0, len(waits) - 1, min(MOST_WAITS, len(waits))).round().astype(int)
    return [waits[place] for place in at]
