"""The plain way to price a run: section 7 of DESIGN.md as loops over the rows of its tables, one number at a time."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from alma_core.decide.question import Question
from alma_core.decide.record import Record

Bill = list[dict[str, float]]
"""By row: what each cause costs."""


def release_times(lag: Fraction, is_open: Sequence[bool]) -> list[Fraction | None]:
    """Return when the model trained at each row goes into service: as soon as it is ready, unless that row is closed.

    Then it waits for the start of the next open row. None: not within the rows.
    """
    rows, times = len(is_open), []
    for trained in range(rows):
        ready = trained + lag
        row = math.floor(ready)
        if row < rows and is_open[row]:
            times.append(ready)
        else:
            times.append(next((Fraction(later) for later in range(row + 1, rows) if is_open[later]), None))
    return times


def served(lag: Fraction, is_open: Sequence[bool]) -> list[dict[int, Fraction]]:
    """Return for each row the share that each model serves, by its row; -1: the incumbent.

    At every moment the newest of the models that have gone into service serves.
    """
    times = release_times(lag, is_open)
    result = []
    for row in range(len(is_open)):
        moments = sorted({Fraction(row), Fraction(row + 1), *(t for t in times if t is not None and row < t < row + 1)})
        shares: dict[int, Fraction] = {}
        for start, end in pairwise(moments):
            newest = max((model for model, t in enumerate(times) if t is not None and t <= start), default=-1)
            shares[newest] = shares.get(newest, Fraction(0)) + end - start
        result.append(shares)
    return result


class Run:
    """The tables of a run, to be looked up.

    Args:
        record: the run.
        question: its horizon, what serves first, its volume and its prices.
    """

    def __init__(self, record: Record, question: Question) -> None:
        self.record, self.question, self.prices = record, question, question.prices
        self.is_next = record.measure.judged == "next"
        table = record.ledger
        self.rows: dict[Any, Any] = {(r.policy, r.seed, r.t): r for r in table.itertuples()}
        self.horizon = question.horizon or int(table["t"].max())
        self.policies, self.seeds = table["policy"].unique().tolist(), sorted(table["seed"].unique().tolist())
        self.judged = {(r.policy, r.seed, r.served_t, r.t): r.error for r in record.tables.judged.itertuples()}
        self.points: dict[Any, Any] = {}
        for (split, *place), part in record.tables.operating.groupby(
            ["split", "policy", "seed", "served_t", "t"], observed=True
        ):
            part = part.sort_values("level")
            self.points[split, *place] = (
                part["a"].tolist(),
                part["b"].tolist(),
                part["n_a"].iloc[0],
                part["n_b"].iloc[0],
            )
        self.cells: dict[Any, Any] = {}
        for place, part in record.tables.confusion.groupby(["policy", "seed", "served_t", "t"], observed=True):
            self.cells[place] = {(r.true, r.predicted): r.count for r in part.itertuples()}
        days = 0.0 if record.measure.dates_labels else self.prices.label_delay
        self.lag = (
            Fraction((days + self.prices.release_days) / self.days).limit_denominator(10**6)
            if self.days
            else Fraction(0)
        )
        self.is_open = [self.month(t) not in self.prices.freeze_months for t in range(1, self.horizon + 1)]
        self.served = served(self.lag, self.is_open)
        self.times = release_times(self.lag, self.is_open)

    @property
    def days(self) -> float | None:
        lengths = {"month": 365.25 / 12, "day": 1.0, "lot": None}
        return self.prices.days_per_arrival or lengths[self.record.tables.unit]

    def date(self, t: int) -> pd.Timestamp | None:
        """Return the first day of service of a row: a month after the month that arrived."""
        on = self.rows[self.policies[0], self.seeds[0], t].arrived_on
        return pd.Timestamp(on) + pd.DateOffset(months=1) if on else None

    def month(self, t: int) -> int:
        on = self.date(t)
        return 0 if on is None else on.month

    def fiscal_year(self, t: int) -> int:
        on = self.date(t)
        if on is None:
            return math.floor((t - 1) * self.days / 365.25 + 1e-9)
        return on.year - (on.month < self.prices.fiscal_year_from)

    def of_served(self, policy: str, model: int) -> tuple[str, int]:
        """Return whose rows tell what serves, given the row from 0 of the model; before the first: the incumbent's."""
        return (policy, model + 1) if model >= 0 else ("incumbent", 0)

    def stated(self, policy: str, seed: int, s: int) -> bool:
        """Return whether what serves is the incumbent, and its errors are stated."""
        is_incumbent = s == 0 or self.rows[policy, seed, s].model_t == 0
        return is_incumbent and (self.question.incumbent_error is not None or self.prices.incumbent_rates is not None)

    def error(self, policy: str, seed: int, s: int, t: int) -> float:
        """Return e[s, t]; s = 0: the incumbent at t."""
        if self.stated(policy, seed, s):
            assert self.question.incumbent_error is not None
            return self.question.incumbent_error
        scale = self.record.measure.scale
        s = s or t
        if not self.is_next:
            return self.rows[policy, seed, s].error * scale
        return (self.rows[policy, seed, t].error if s == t else self.judged[policy, seed, s, t]) * scale

    def at(self, policy: str, seed: int, s: int, t: int) -> Any:
        """Return the points on test rows; on a test set the last ones that changed."""
        s = s or t
        if self.is_next:
            return self.points["test", policy, seed, s, t]
        found = [self.points.get(("test", policy, seed, row, row)) for row in range(1, s + 1)]
        return [points for points in found if points is not None][-1]

    def level(self, policy: str, seed: int, s: int) -> int:
        """Return the level, from 0: cheapest on validation rows; of equals nearest the middle, then the lower."""
        model = self.rows[policy, seed, s].model_t if s else 0
        points = self.points.get(("validation", policy, seed, model, model))
        if not model or points is None or min(points[2:]) < 5:
            return 10
        wa, wb = self.weights(points[2], points[3])
        costs = [np.float32(np.float32(wa) * np.float32(a)) + np.float32(np.float32(wb) * np.float32(b))
                 for a, b in zip(*points[:2], strict=True)]  # fmt: skip
        return min(range(21), key=lambda level: (costs[level], abs(level - 10), level))

    def weights(self, n_a: int, n_b: int) -> tuple[float, float]:
        """Return what a = 1 and b = 1 cost for one prediction."""
        if self.prices.shortage_price is not None:
            return self.prices.shortage_price, self.prices.excess_price
        share = self.prices.positives if self.prices.positives is not None else n_a / max(1, n_a + n_b)
        return self.prices.miss_price * share, self.prices.false_alarm_price * (1 - share)

    def pooled(self, policy: str, seed: int, t: int, kind: int, level: int) -> float:
        """Return a rate over the policy's rows before t; with none, the incumbent's over all rows."""
        for who, rows in ((policy, range(1, t)), ("incumbent", range(1, 1 + max(t for *_x, t in self.rows)))):
            wrong = cases = 0.0
            for row in rows:
                points = self.at(who, seed, row, row)
                wrong, cases = wrong + points[kind][level] * points[2 + kind], cases + points[2 + kind]
            if cases:
                return wrong / cases
        return 0.0

    def wrong(self, policy: str, seed: int, s: int, t: int) -> dict[str, float]:
        """Return by cause what the errors of one prediction cost, of what served at s, at row t."""
        prices = self.prices
        if prices.price_matrix is not None:
            return {"errors": self.by_cell(policy, seed, s, t)}
        if prices.miss_price is None and prices.shortage_price is None:
            return {"errors": self.error(policy, seed, s, t) * prices.price_per_error}
        names = ("misses", "false_alarms") if prices.miss_price is not None else ("shortage", "excess")
        points, level = self.at(policy, seed, s, t), self.level(policy, seed, s)
        rates = [
            points[kind][level] if points[2 + kind] else self.pooled(policy, seed, t, kind, level) for kind in (0, 1)
        ]
        if self.stated(policy, seed, s):
            error = self.question.incumbent_error
            rates = list(prices.incumbent_rates or [error if prices.miss_price is not None else error / 2] * 2)
        return {n: w * r for n, w, r in zip(names, self.weights(*points[2:]), rates, strict=True)}

    def by_cell(self, policy: str, seed: int, s: int, t: int) -> float:
        where, matrix = s or t, self.prices.price_matrix
        cells = self.cells[policy, seed, where, t] if self.is_next else self.cells[policy, seed, where, where]
        total, n = sum(cells.values()), len(matrix)
        if not self.stated(policy, seed, s):
            return sum(matrix[i][j] * count / total for (i, j), count in cells.items())
        error, found = self.question.incumbent_error, 0.0
        for i in range(n):
            of_class = sum(count for (true, _p), count in cells.items() if true == i) / total
            found += of_class * sum(matrix[i][j] * (1 - error if i == j else error / (n - 1)) for j in range(n))
        return found

    def bill(self, policy: str, seed: int) -> Bill:
        """Return what each row of a policy costs, by cause."""
        prices, table = self.prices, self.rows
        learns = table[policy, seed, 1].method != "incumbent"
        second = 1 / (prices.peak_flops * prices.utilisation)
        in_seconds = table[policy, seed, 1].compute_basis == "seconds"
        bill: Bill = [{} for _ in range(self.horizon)]

        def add(row: int, cause: str, amount: float) -> None:
            years = row * self.days / 365.25 if self.days else 0.0
            bill[row][cause] = bill[row].get(cause, 0.0) + amount * (1 + prices.discount_rate) ** -years

        for row in range(self.horizon):
            here = table[policy, seed, row + 1]
            volume = here.volume if prices.volume is None else prices.volume
            for model, part in self.served[row].items():
                who, s = self.of_served(policy, model)
                for cause, each in self.wrong(who, seed, s, row + 1).items():
                    add(row, cause, float(part) * volume * prices.use * each)
                what = table[who, seed, s or row + 1]
                each = what.inference_seconds if in_seconds else what.inference_flops * second
                if not prices.nightly_hours:
                    add(row, "predicting", float(part) * volume * each / 3600 * prices.price_per_device_hour)
            if learns:
                add(row, "labels", here.labels_bought * prices.price_per_label)
                a_year = dict(prices.upkeep).get(here.method, dict(prices.upkeep).get("every", 0.0))
                add(row, "upkeep", a_year * self.days / 365.25 if a_year else 0.0)
        self.charge_updates(policy, seed, in_seconds, second, add)
        return bill

    def charge_updates(self, policy: str, seed: int, in_seconds: bool, second: float, add: Any) -> None:
        """Charge each update where it is released: its computing, and the people of each release there is."""
        prices, seen, by_year = self.prices, set(), {}
        for trained, time in enumerate(self.times):
            here = self.rows[policy, seed, trained + 1]
            if not here.updated or time is None or time >= self.horizon:
                continue
            row = math.floor(time)
            hours = (here.seconds if in_seconds else (here.train_flops + here.evaluation_flops) * second) / 3600
            if not prices.nightly_hours or hours > prices.nightly_hours:
                add(row, "training", hours * prices.price_per_device_hour)
            if time in seen:
                continue
            if not seen:
                add(row, "hardware", dict(prices.hardware).get(here.capacity, 0.0))
            seen.add(time)
            year = self.fiscal_year(row + 1) if prices.updates_included is not None else 0
            by_year[year] = by_year.get(year, 0) + 1
            is_beyond = prices.updates_included is not None and by_year[year] > prices.updates_included
            cause, rate = ("people_beyond", prices.day_rate_beyond) if is_beyond else ("people", prices.day_rate)
            add(row, cause, prices.days_per_update * rate)


def bills(record: Record, question: Question) -> dict[tuple[str, int], Bill]:
    """Return what each row of each policy and seed costs, by cause."""
    run = Run(record, question)
    return {(policy, seed): run.bill(policy, seed) for policy in run.policies for seed in run.seeds}
