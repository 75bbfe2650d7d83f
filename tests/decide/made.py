"""Runs at random whose tables agree with each other: one result for each model and what it is judged on.

Models from scratch on all data at the same arrival and size are one model whatever the wait, as in a real run.
"""

import zlib
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices
from alma_core.decide.record import Record
from alma_core.ledger import LAGS, LEVELS
from tests.decide import hand
from tests.decide.hand import Place, Points

MANY, TWO, NUMBER = "many", "two", "number"
FULL = {"start": "scratch", "replay": 1.0}
SCALE = 20.0
MONTHS = [f"{2023 + month // 12}-{month % 12 + 1:02}-01" for month in range(48)]


class Kind(NamedTuple):
    """A policy: its facts, and at which arrivals it updates."""

    facts: dict[str, Any]
    updates: list[int]


def kinds(rows: int) -> dict[str, Kind]:
    """Return policies of several sorts: full retraining at two sizes and three waits, on new data, trees."""
    every = list(range(1, rows + 1))
    found = {"incumbent": Kind({"method": "incumbent", "capacity": "none", "start": "none", "waiting_time": 0,
                                "first_update": 0}, [])}  # fmt: skip
    for size in ("S", "M"):
        for wait in (1, 2, 3):
            facts = FULL | {"capacity": size, "waiting_time": wait, "first_update": wait}
            found[f"{size}{wait}"] = Kind(facts, [t for t in every if t % wait == 0])
    found["new"] = Kind({"waiting_time": 2, "first_update": 1}, [t for t in every if t == 1 or t % 2 == 0])
    found["ens"] = Kind({"method": "ensemble", "k": 3, "waiting_time": 1, "first_update": 1}, every)
    trees = {"architecture": "trees", "capacity": "none", "start": "scratch", "compute_basis": "seconds"}
    found["trees"] = Kind(trees | {"waiting_time": 3, "first_update": 3}, [t for t in every if t % 3 == 0])
    return found


class Results:
    """What models do, at random, the same whenever it is asked.

    Args:
        seed: of all draws.
        task: MANY, TWO or NUMBER.
        judged: "test" or "next".
        lacking: whether some rows judged lack a class.
    """

    def __init__(self, seed: int, task: str, judged: str, lacking: bool = False) -> None:
        self.seed, self.task, self.judged, self.lacking = seed, task, judged, lacking
        self.facts = kinds(0)

    def draws(self, *what: Any) -> np.random.Generator:
        """Return draws that depend on what they are for alone."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(what).encode())])

    def of(self, place: Place) -> tuple[np.random.Generator, np.random.Generator]:
        """Return draws of a place, and of what is judged there; on a test set all rows are one."""
        policy, seed, model, t = place
        on = t if self.judged == "next" or t == 0 else 1
        facts = self.facts[policy].facts
        is_full = all(facts.get(name) == value for name, value in FULL.items())
        who = ("full", facts["capacity"]) if is_full else policy
        whose = model if on == 0 else 0  # validation rows differ from update to update
        return self.draws(who, seed, model, on), self.draws("rows", seed, on, whose)

    def cases(self, place: Place) -> tuple[int, int]:
        """Return positives and negatives judged there."""
        _of_model, of_rows = self.of(place)
        few = self.lacking and of_rows.random() < 0.4
        n = (int(of_rows.integers(0, 2)), int(of_rows.integers(3, 9))) if few else of_rows.integers(4, 30, 2)
        return int(n[0]), int(n[1])

    def points(self, place: Place) -> Points:
        """Return the operating points there; the incumbent's are alike at all levels."""
        of_model, _rows = self.of(self._default(place))
        n = self.cases(place)
        if self._default(place)[0] == "incumbent":
            return hand.flat(*(of_model.random(2) * (SCALE if self.task == NUMBER else 1)).tolist(), *n)
        if self.task == NUMBER:
            a, b = np.sort(of_model.random((2, LEVELS)) * SCALE)
            return a[::-1].tolist(), b.tolist(), n[0] + 5, n[0] + 5
        missed, flagged = (np.sort(of_model.integers(0, cases + 1, LEVELS)) for cases in n)
        missed[[0, -1]], flagged[[0, -1]] = (0, n[0]), (0, n[1])
        return (missed[::-1] / max(1, n[0])).tolist(), (flagged / max(1, n[1])).tolist(), *n

    def counts(self, place: Place) -> np.ndarray:
        """Return the rows judged there by true and predicted class, of three."""
        of_model, of_rows = self.of(self._default(place))
        of_class = of_rows.integers(1, 12, 3)
        return np.array([of_model.multinomial(n, of_model.dirichlet(np.ones(3))) for n in of_class])

    def error(self, place: Place) -> float:
        """Return the error there, as in the ledger."""
        place = self._default(place)
        if self.task == MANY:
            counts = self.counts(place)
            return float(1 - np.trace(counts) / counts.sum())
        if self.task == NUMBER:
            return float(self.of(place)[0].random())
        a, b, n_a, n_b = self.points(place)
        middle = LEVELS // 2
        return float((a[middle] * n_a + b[middle] * n_b) / (n_a + n_b))

    def _default(self, place: Place) -> Place:
        """Return the incumbent's place where no model serves yet."""
        return ("incumbent", *place[1:]) if place[2] == 0 and place[3] else place


def run(
    seed: int, task: str = TWO, judged: str = "test", rows: int = 6, seeds: int = 2, *, lacking: bool = False,
    unit: str = "month", among: tuple[str, ...] | None = None, lags: int = LAGS,
) -> Record:  # fmt: skip
    """Return a run at random.

    Args:
        seed: of its numbers.
        task, judged, lacking: see `Results`.
        rows: T.
        seeds: S.
        unit: of arrivals; months have dates.
        among: names of `kinds`; None: all.
        lags: with "next", later rows at which models are judged.
    """
    results, found = Results(seed, task, judged, lacking), kinds(rows)
    results.facts = found
    blocks = [_rows(results, name, found[name], rows, seeds, unit) for name in found if not among or name in among]
    table = hand.table(*blocks)
    lags = lags if judged == "next" else 0
    beside: dict[str, Any] = {"unit": unit}
    if judged == "next":
        beside["judged"] = hand.judged(table, results.error, lags)
    if task == MANY:
        beside["confusion"] = hand.confusion(table, results.counts, lags)
    else:
        beside["operating"] = hand.operating(table, results.points, lags)
    if task == NUMBER:
        table = hand.numbers(table, SCALE)
    measure = Measure("regression", SCALE, "rentals", judged) if task == NUMBER else Measure(judged=judged)
    return hand.record(table, measure, **beside)


def _rows(results: Results, name: str, kind: Kind, rows: int, seeds: int, unit: str) -> pd.DataFrame:
    draws, of_rows = results.draws("rows of", name), results.draws("stream")
    t = range(1, rows + 1)
    model = [max([u for u in kind.updates if u <= now], default=0) for now in t]
    errors = [[results.error((name, seed, model[now - 1], now)) for now in t] for seed in range(seeds)]
    in_seconds = kind.facts.get("compute_basis") == "seconds"
    updated = np.isin(np.arange(1, rows + 1), kind.updates)
    table = hand.rows(name, errors, kind.updates, **kind.facts)
    full = all(kind.facts.get(key) == value for key, value in FULL.items())
    work = results.draws("work", kind.facts["capacity"]) if full else draws
    by_row = {
        "volume": of_rows.integers(1, 100, rows), "labels_bought": of_rows.integers(1, 50, rows),
        "arrived_on": MONTHS[:rows] if unit == "month" else [""] * rows,
        "train_flops": work.integers(1, 9, rows) * 1e15 * updated * (not in_seconds),
        "evaluation_flops": work.integers(0, 3, rows) * 1e14 * updated * (not in_seconds),
        "seconds": draws.integers(1, 9000, rows) * updated,
        "inference_flops": np.where(np.array(model) > 0, work.integers(1, 9) * 1e11, 0) * (not in_seconds),
        "inference_seconds": np.where(np.array(model) > 0, 0.5, 0.0) * in_seconds,
        "members": np.where(np.array(model) > 0, 1, 0),
    }  # fmt: skip
    return table.assign(**{column: np.tile(values, seeds) for column, values in by_row.items()})


def prices(seed: int, task: str, *, late: bool = False, rich: bool = True, unit: str = "month") -> Prices:
    """Return prices at random that suit a task, no two of which make a tie.

    Args:
        seed: of its numbers.
        task: MANY, TWO or NUMBER; one in four has a price per error.
        late: with delays and months without releases.
        rich: with everything else that there is, each in two of three.
        unit: of arrivals.
    """
    draws = np.random.default_rng([seed, 7])

    def some(**facts: Any) -> dict[str, Any]:
        return facts if rich and draws.random() < 2 / 3 else {}

    one, other, third = (float(x) for x in draws.uniform(1, 90, 3))
    matrix = draws.uniform(0, 90, (3, 3)) * (1 - np.eye(3))
    of_errors: dict[str, Any] = {
        MANY: {"price_matrix": tuple(map(tuple, matrix.tolist()))},
        TWO: {"miss_price": one, "false_alarm_price": other, **some(positives=float(draws.random()))},
        NUMBER: {"shortage_price": one, "excess_price": other},
    }[task]
    given = {"price_per_error": third} if draws.random() < 0.25 else of_errors
    if late:
        given |= {"label_delay": float(draws.integers(0, 50)), "release_days": float(draws.integers(0, 30))}
        given |= some(freeze_months=tuple(sorted(draws.choice(12, 3, replace=False) + 1))) if unit == "month" else {}
    return Prices(
        **given,
        **some(use=float(draws.random())),
        **some(volume=float(draws.integers(1, 500))),
        **some(updates_included=int(draws.integers(0, 4)), day_rate_beyond=float(draws.uniform(1, 900))),
        **some(upkeep=(("every", float(draws.uniform(1, 900))), ("ensemble", 33.0))),
        **some(hardware=(("M", float(draws.uniform(1, 900))),)),
        **some(nightly_hours=float(draws.uniform(0, 2))),
        **some(discount_rate=float(draws.random())),
        **some(fiscal_year_from=int(draws.integers(1, 13))),
        days_per_update=float(draws.uniform(0.1, 2)),
        day_rate=float(draws.uniform(1, 900)),
        price_per_label=float(draws.uniform(0, 3)),
        price_per_device_hour=float(draws.uniform(1, 90)),
        peak_flops=1e12,
        days_per_arrival=None if unit == "month" else float(draws.integers(5, 60)),
    )
