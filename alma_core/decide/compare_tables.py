"""The rows of the page Compare: differences from today's policy, places early and late, error against cost."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, estimates, paired, pareto

EARLY, LATE = "short_term_error", "long_term_error"


def against_today(answer: Answer, policies: Sequence[int], kpi: str) -> pd.DataFrame:
    """Return one row for each of `policies` but today's: how much more it has of a figure, the least first.

    Columns: number, difference (policy minus today's), low and high (its 90 % interval; NaN with one seed), sign (-1 or
    +1 where the interval leaves zero, else 0).

    Args:
        answer: what a run says.
        policies: by number.
        kpi: one of `kpis.KPIS`.
    """
    others = [number for number in dict.fromkeys(policies) if number != answer.baseline]
    rows = [(number, *(found := more(answer, number, kpi))[:3], found.sign) for number in others]
    return pd.DataFrame(rows, columns=["number", "difference", "low", "high", "sign"]).sort_values(
        ["difference", "number"], ignore_index=True
    )


def more(answer: Answer, policy: int, kpi: str) -> Estimate:
    """Return a policy's figure minus today's; of costs as rankings have it, of errors over seeds."""
    if kpi == "cost":
        mean, low, high, n = answer.simulated(policy)
        return Estimate(-mean, -high, -low, n)
    return paired(answer.kpis[kpi][policy], answer.kpis[kpi][answer.baseline])


def places(answer: Answer, policies: Sequence[int]) -> pd.DataFrame:
    """Return one row for each of `policies`: its errors early and late, and its place by each among them, from 1.

    Of equal ones the better at the other end comes first, so that they do not seem to change places.
    """
    numbers = list(policies)
    early, late = (answer.kpis[name][numbers].mean(1) for name in (EARLY, LATE))
    rows = pd.DataFrame({"number": numbers, EARLY: early, LATE: late})
    for place, order in (("early_place", (late, early)), ("late_place", (early, late))):
        rows.loc[np.lexsort((numbers, *order)), place] = np.arange(1.0, len(numbers) + 1)
    return rows.astype({"early_place": int, "late_place": int})


class Crossing(NamedTuple):
    """Two policies that change places.

    Args:
        early: number of the one that errs less at first.
        late: number of the one that errs less in the end.
        is_real: both paired 90 % intervals leave zero.
    """

    early: int
    late: int
    is_real: bool


def crossings(answer: Answer, policies: Sequence[int]) -> list[Crossing]:
    """Return the pairs among `policies` of which one errs less at first, the other in the end; the real ones first."""
    found = []
    for one, other in combinations(policies, 2):
        first, last = (paired(answer.kpis[name][other], answer.kpis[name][one]) for name in (EARLY, LATE))
        if first.mean * last.mean < 0:
            pair = (one, other) if first.mean > 0 else (other, one)
            found.append(Crossing(*pair, first.sign * last.sign < 0))
    return sorted(found, key=lambda crossing: not crossing.is_real)


def standing(answer: Answer, policy: int) -> tuple[int, int]:
    """Return a policy's place among all at first and in the end, from 1; equal ones share the better place."""
    means = (answer.kpis[name].mean(1) for name in (EARLY, LATE))
    early, late = (1 + int((mean < mean[policy]).sum()) for mean in means)
    return early, late


def error_and_cost(answer: Answer) -> pd.DataFrame:
    """Return one row a policy: its mean error and its cost with 90 % intervals, and which one it is.

    `on_front`: no other policy errs as little and costs as little, and less in one of them.
    """
    numbers = np.arange(len(answer.panel.policies))
    error, cost = estimates(answer.kpis["mean_error"]), estimates(answer.costs.total)
    return pd.DataFrame(
        {
            "number": numbers,
            "mean_error": error.means, "low": error.lows, "high": error.highs,
            "cost": cost.means, "cost_low": cost.lows, "cost_high": cost.highs,
            "is_baseline": numbers == answer.baseline,
            "is_best": numbers == answer.recommended,
            "on_front": pareto(np.column_stack([error.means, cost.means])),
        }
    )  # fmt: skip


def front(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the policies of `error_and_cost` on the front, the cheapest first; of those that are equal, one."""
    kept = rows[rows["on_front"]].sort_values(["cost", "is_best", "is_baseline"], ascending=[True, False, False])
    return kept.drop_duplicates(["mean_error", "cost"])
