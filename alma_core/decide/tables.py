"""Tidy rows that pages, charts and files share: numbers only, each row says which policy it is about."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from alma_core.decide.advise import Answer
from alma_core.decide.compare import bands, estimate, estimates, pareto
from alma_core.decide.costs import hours_of_updates
from alma_core.decide.measure import Measure
from alma_core.decide.panel import plain


def curves(answer: Answer, policies: Sequence[int]) -> pd.DataFrame:
    """Return one row for each of `policies` and arrival.

    Columns: number, t (in arrivals, however many come as one mega-batch), error (mean over seeds), low and high
    (lowest and highest seed), cost_so_far, updates_so_far (means over seeds).
    """
    error, low_high = answer.panel["error"], bands(answer.panel["error"])
    cost = answer.costs.rows.mean(1).cumsum(1)  # [P, T]
    updates = answer.panel["updated"].mean(1).cumsum(1)  # [P, T]
    blocks = [
        pd.DataFrame(
            {
                "number": number,
                "t": np.arange(1, answer.panel.horizon + 1) * answer.question.factor,
                "error": error[number].mean(0),
                "low": low_high[0][number],
                "high": low_high[1][number],
                "cost_so_far": cost[number],
                "updates_so_far": updates[number],
            }
        )
        for number in policies
    ]
    return pd.concat(blocks, ignore_index=True)


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


def ranking(answer: Answer) -> pd.DataFrame:
    """Return one row a policy, the cheapest first: saving against today's, errors, cost, updates, device hours."""
    counted = slice(answer.panel.sunk, None)
    hours = hours_of_updates(answer.panel, answer.question.prices)[..., counted].sum(2).mean(1)  # [P]
    updates = answer.panel["updated"][..., counted].sum(2).mean(1)  # [P]
    mean, low, high, _n = zip(*map(answer.simulated, answer.order.tolist()), strict=True)
    return pd.DataFrame(
        {
            "number": answer.order,
            "saving": mean, "saving_low": low, "saving_high": high,
            **{name: values.mean(1)[answer.order] for name, values in answer.kpis.items()},
            "updates": updates[answer.order],
            "device_hours": hours[answer.order],
        }
    )  # fmt: skip


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


def heat(answer: Answer, kpi: str, way: Way) -> pd.DataFrame:
    """Return one row for each waiting time and capacity of one way of updating, with its value and interval.

    Of single networks that are updated at multiples of their wait: other methods differ in more than wait and size.
    Where a run holds both choices of the first update, the later one (after the first wait) is shown.
    """
    policies = answer.panel.policies
    window = policies["window"] * answer.question.factor
    shown = policies[(policies["start"] == way.start) & (policies["replay"] == way.replay) & (window == way.window)]
    shown = shown[plain(shown)].sort_values("first_update", ascending=False)
    shown = shown.drop_duplicates(["waiting_time", "capacity"])
    rows = [
        {
            "waiting_time": policy["waiting_time"],
            "capacity": policy["capacity"],
            **dict(zip(("value", "low", "high"), estimate(answer.kpis[kpi][int(str(number))])[:3], strict=True)),
        }
        for number, policy in shown.iterrows()
    ]
    return pd.DataFrame(rows, columns=["waiting_time", "capacity", "value", "low", "high"])


ERRORS: Final = (
    *("error", "low", "high", "value", "short_term_error", "short_low", "short_high", "long_term_error", "long_low"),
    *("long_high", "mean_error", "final_error", "worst_error", "cumulative_error"),
)


def with_units(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return rows of errors with the unit in the headings of those columns, where there is one."""
    return rows.rename(columns={name: f"{name} ({measure.unit})" for name in ERRORS}) if measure.unit else rows
