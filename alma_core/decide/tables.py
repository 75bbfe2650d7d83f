"""Tidy rows that pages, charts and files share: numbers only, each row says which policy it is about."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.compare import bands, estimates, pareto
from alma_core.decide.costs import hours_of_updates
from alma_core.decide.measure import Measure


def curves(answer: Answer, policies: Sequence[int]) -> pd.DataFrame:
    """Return one row for each of `policies` and arrival.

    Columns: number, t (in arrivals, however many come as one mega-batch), error (mean over seeds), low and high
    (lowest and highest seed), cost_so_far, updates_so_far (means over seeds).
    """
    numbers, horizon = list(policies), answer.panel.horizon
    error = answer.panel["error"][numbers]  # [p, S, T]
    low, high = bands(error)  # [p, T]
    return pd.DataFrame(
        {
            "number": np.repeat(numbers, horizon),
            "t": np.tile(np.arange(1, horizon + 1) * answer.question.factor, len(numbers)),
            "error": error.mean(1).ravel(), "low": low.ravel(), "high": high.ravel(),
            "cost_so_far": answer.costs.rows[numbers].mean(1).cumsum(1).ravel(),
            "updates_so_far": answer.panel["updated"][numbers].mean(1).cumsum(1).ravel(),
        }
    )  # fmt: skip


def early_and_late(answer: Answer) -> pd.DataFrame:
    """Return one row a policy: its errors early and late with 90 % intervals, its cost, and which one it is.

    `on_front`: no other policy is as good early, late and in cost, and better in one of them.
    """
    numbers, cost = np.arange(len(answer.panel.policies)), answer.costs.total.mean(1)
    short, long = (estimates(answer.kpis[name]) for name in ("short_term_error", "long_term_error"))
    return pd.DataFrame(
        {
            "number": numbers,
            "short_term_error": short.means, "short_low": short.lows, "short_high": short.highs,
            "long_term_error": long.means, "long_low": long.lows, "long_high": long.highs,
            "cost": cost,
            "is_baseline": numbers == answer.baseline,
            "is_best": numbers == answer.recommended,
            "on_front": pareto(np.column_stack([short.means, long.means, cost])),
        }
    )  # fmt: skip


@lru_cache(maxsize=4)  # words, figures, tables and files ask for the same
def ranking(answer: Answer) -> pd.DataFrame:
    """Return one row a policy, the cheapest first: saving against today's, errors, cost, updates, device hours.

    The rows are shared: they are not to be changed.
    """
    mean, low, high, _n = zip(*map(answer.simulated, answer.order.tolist()), strict=True)
    return pd.DataFrame(
        {
            "number": answer.order,
            "saving": mean, "saving_low": low, "saving_high": high,
            **{name: values.mean(1)[answer.order] for name, values in answer.kpis.items()},
            **{name: values.mean(1)[answer.order] for name, values in effort(answer).items()},
        }
    )  # fmt: skip


def effort(answer: Answer) -> dict[str, NDArray[np.float64]]:
    """Return [P, S] how many updates there are and the device hours they take, over the rows whose cost counts."""
    counted = slice(answer.panel.sunk, None)
    hours = hours_of_updates(answer.panel, answer.question.prices)  # [P, S, T]
    return {"updates": answer.panel["updated"][..., counted].sum(2), "device_hours": hours[..., counted].sum(2)}


ERRORS: Final = (
    *("error", "low", "high", "value", "short_term_error", "short_low", "short_high", "long_term_error", "long_low"),
    *("long_high", "difference", "mean_error", "final_error", "worst_error", "cumulative_error", "expected", "actual"),
)


def with_units(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return rows of errors with the unit in the headings of those columns, where there is one."""
    return rows.rename(columns={name: f"{name} ({measure.unit})" for name in ERRORS}) if measure.unit else rows
