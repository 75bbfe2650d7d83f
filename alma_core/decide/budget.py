"""What money buys: the fewest errors for a spend, what the next million brings, and which policy is best where."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.matching import ALIKE, rungs

LARGER: Final = "larger model"
OFTENER: Final = "more updates"


class Spent(NamedTuple):
    """A policy as money: what is spent on it, and what its errors cost; means over seeds, over the horizon."""

    policy: int
    spend: float
    errors: float


class Step(NamedTuple):
    """What further money buys: LARGER or OFTENER, the policy it leads to, how much more it takes and what it saves."""

    kind: str
    policy: int
    more: float
    saved: float


def frontier(answer: Answer) -> list[Spent]:
    """Return the policies that no other beats in both spend and errors, the smallest spend first."""
    spend, errors = _means(answer)
    order = np.lexsort((errors, spend))
    found: list[Spent] = []
    for number in order.tolist():
        if answer.allowed[number] and (not found or errors[number] < found[-1].errors):
            found.append(Spent(number, float(spend[number]), float(errors[number])))
    return found


def within(answer: Answer, most: float) -> Spent | None:
    """Return the policy whose errors cost least among those on which at most so much is spent; None: there is none."""
    affordable = [spent for spent in frontier(answer) if spent.spend <= most]
    return affordable[-1] if affordable else None


def next_money(answer: Answer, amount: float, start: int | None = None) -> list[Step]:
    """Return what an amount more buys at best, on a larger model and on more updates, all else as it is.

    Args:
        answer: the answer.
        amount: further spend over the horizon, at most.
        start: policy from which on; None: the adopted one.

    A way that no policy offers within the amount, or that saves nothing, is left out.
    """
    start = answer.adopted if start is None else start
    policies = answer.panel.policies
    spend, errors = _means(answer)
    steps = []
    for kind, column in ((LARGER, "capacity"), (OFTENER, "waiting_time")):
        # the first update follows the wait
        same = [name for name in ALIKE if name not in (column, *(("first_update",) if kind == OFTENER else ()))]
        is_alike = (policies[same] == policies[same].iloc[start]).all(axis=1).to_numpy()
        is_more = _is_more(policies, kind, start)
        fits = is_alike & is_more & answer.allowed & (spend - spend[start] <= amount) & (errors < errors[start])
        if fits.any():
            best = int(np.where(fits, errors, np.inf).argmin())
            steps.append(Step(kind, best, float(spend[best] - spend[start]), float(errors[start] - errors[best])))
    return steps


def _is_more(policies: pd.DataFrame, kind: str, start: int) -> NDArray[np.bool_]:
    if kind == OFTENER:
        waits = policies["waiting_time"].to_numpy()
        return np.asarray((waits < waits[start]) & (waits > 0))
    rung = rungs(policies)
    return np.asarray(rung > rung[start])  # never where either has no size


def best_where(answer: Answer, times: Sequence[float], horizons: Sequence[int]) -> pd.DataFrame:
    """Return the cheapest policy by horizon and by how dear errors are; exact, for levels rest on ratios alone.

    Args:
        answer: the answer.
        times: what all prices of errors are multiplied by.
        horizons: rows that count.

    Returns:
        One row each: `horizon`, `times`, `number`.
    """
    spend = np.cumsum(answer.costs.spend.mean(1), -1)  # [P, T]
    errors = np.cumsum(answer.costs.errors.mean(1), -1)  # [P, T]
    at = np.array(horizons) - 1
    cost = spend[:, at, None] + errors[:, at, None] * np.array(times)  # [P, H, K]
    best = np.where(answer.allowed[:, None, None], cost, np.inf).argmin(0)  # [H, K]
    return pd.DataFrame(
        [
            {"horizon": horizon, "times": factor, "number": int(best[row, column])}
            for row, horizon in enumerate(horizons)
            for column, factor in enumerate(times)
        ]
    )


def _means(answer: Answer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return [P] what is spent and what errors cost."""
    return answer.costs.spend.sum(-1).mean(1), answer.costs.errors.sum(-1).mean(1)
