"""When each policy updates and how much its models have seen: read off the rows, then continued by its rule."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.panel import KNOWN_AHEAD, Panel, learns
from alma_core.policies.schedules import Seen, every, once

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Arrivals 1..H of a panel, of which the rows know the first T; [P, H] each.

    Args:
        since: arrival of the newest update; 0 before the first.
        count: updates so far.
        drawn: examples that the newest update could see; 0 before the first.
        examples: examples that went into the model in service through its whole chain; 0 before the first.
        arrived: [H] examples so far.
    """

    since: Rows
    count: Rows
    drawn: NDArray[np.float64]
    examples: NDArray[np.float64]
    arrived: NDArray[np.float64]

    @property
    def updates(self) -> NDArray[np.bool_]:
        """[P, H] whether an update happens."""
        return np.asarray(self.since == np.arange(1, self.since.shape[1] + 1))


def timeline(panel: Panel, horizon: int) -> Timeline:
    """Return what is known of updates up to T, and what rules that are known ahead do up to H.

    Arrivals to come are taken to be as large as those so far were on average. A rule that looks at what arrives stops
    at T: nobody knows what it will do. What went into a model: of a chain that goes on from its last weights, with
    replay, or of members that are kept, all that had arrived; else what the newest update could see, which is the last
    k mega-batches with a window, and what came since the update before without.
    """
    seen = panel.horizon
    arrived = panel["examples_arrived"].mean((0, 1))  # [T]
    to_come = arrived[-1] * (1 + np.arange(1, horizon - seen + 1) / seen)  # [H - T]
    total = np.concatenate([[0.0], arrived, to_come])  # [H + 1]
    updates = np.zeros((len(panel.policies), horizon), bool)
    updates[:, :seen] = panel["updated"].any(1)
    for number in np.flatnonzero(learns(panel.policies) & panel.policies["schedule"].isin(KNOWN_AHEAD)):
        updates[number] |= _to_come(panel.policies.loc[number].to_dict(), updates[number], seen)
    since = np.maximum.accumulate(updates * np.arange(1, horizon + 1), 1)  # [P, H]
    before = np.concatenate([np.zeros((len(since), 1), np.int64), since], 1)  # [P, H + 1] newest update before t + 1
    previous = np.take_along_axis(before, np.maximum(since - 1, 0), 1)  # [P, H] the one before the newest
    policies = panel.policies
    has_replay = policies["replay"].to_numpy()[:, None] > 0  # [P, 1]
    window = policies["window"].to_numpy(np.int64)[:, None]
    first = np.where(window > 0, np.maximum(since - window, 0), np.where(has_replay, 0, previous))  # [P, H]
    drawn = total[since] - total[first]
    examples = np.where(_keeps(policies)[:, None], total[since], drawn)
    return Timeline(since, np.cumsum(updates, 1), drawn, examples, total[1:])


def _to_come(policy: Mapping[Hashable, Any], updates: NDArray[np.bool_], seen: int) -> NDArray[np.bool_]:
    """Return [H] at which arrivals after T a rule that is known ahead updates, given its updates so far."""
    result = np.zeros_like(updates)
    rule = every if policy["schedule"] == "every" else once
    due = rule(int(policy["waiting_time"]), int(policy["first_update"])).due
    so_far = (np.flatnonzero(updates) + 1).tolist()
    for t in range(seen + 1, len(updates) + 1):
        if due(t, Seen((), (), so_far)):
            result[t - 1] = True
            so_far.append(t)
    return result


def _keeps(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] whether what went into earlier models stays in later ones, or is seen again."""
    goes_on = policies["start"] != "scratch"
    return np.asarray(goes_on | (policies["replay"] > 0) | (policies["growth"] == "members"))
