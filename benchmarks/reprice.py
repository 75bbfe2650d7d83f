"""How long it takes to price and rank again: 1,000 policies x 50 mega-batches x 5 seeds, beside a pandas group-by.

Both start from rows in memory and end with the ranking at other prices; they agree on every cost (asserted). Without
operating points a prediction has one price of an error; with 21 levels each model is used at the level that is cheapest
on its validation rows. One thread.
"""

import argparse
import dataclasses
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from alma_core.decide.calendar import Calendar
from alma_core.decide.costs import costs
from alma_core.decide.panel import ROW_COLUMNS, Panel
from alma_core.decide.prices import Prices

LEVELS = 21
PER_ERROR = Prices(price_per_error=300.0)
BOTH = dataclasses.replace(PER_ERROR, miss_price=5_000.0, false_alarm_price=80.0, positives=0.1)


def panel(policies: int, seeds: int, rows: int, draws: np.random.Generator) -> Panel:
    """Return random rows with operating points, [P, S, T]."""
    shape = (policies, seeds, rows)
    columns = {name: draws.random(shape) for name in ROW_COLUMNS}
    columns |= {"updated": (draws.random(shape) < 0.3).astype(float), "volume": np.full(shape, 1200.0)}
    columns |= {name: 1e9 * draws.random(shape) for name in ("train_flops", "evaluation_flops", "inference_flops")}
    described = pd.DataFrame(
        {"policy": [f"p{n}" for n in range(policies)], "method": "single", "capacity": "M", "compute_basis": "flops"}
    )
    points = (2, LEVELS, *shape, 1)
    models = {name: draws.random(points, np.float32) for name in ("rates", "validation")}
    models |= {name: np.full((2, *shape, 1), 50.0, np.float32) for name in ("cases", "validation_cases")}
    return Panel(described, columns, calendar=Calendar("day"), models=models)


def ranked(found: Panel, prices: Prices) -> np.ndarray:
    """Return [P] the mean costs in the order of the ranking, by the project's way."""
    total = costs(found, prices).total.mean(1)
    return total[total.argsort()]


def tidy(found: Panel) -> pd.DataFrame:
    """Return the rows as one long table."""
    policies, seeds, rows = found["error"].shape
    index = pd.MultiIndex.from_product([range(policies), range(seeds), range(rows)], names=["policy", "seed", "t"])
    names = ("error", "volume", "updated", "train_flops", "evaluation_flops", "inference_flops", "labels_bought")
    return pd.DataFrame({name: found[name].ravel() for name in names}, index=index).reset_index()


def tidy_points(found: Panel) -> pd.DataFrame:
    """Return the operating points as one long table: a row for each level of each model."""
    policies, seeds, rows = found["error"].shape
    level = np.repeat(np.arange(LEVELS), policies * seeds * rows)
    row = np.tile(np.arange(policies * seeds * rows), LEVELS)
    columns = {name: found.models[name].reshape(2, -1) for name in ("rates", "validation")}
    return pd.DataFrame(
        {"row": row, "level": level, "a": columns["rates"][0], "b": columns["rates"][1],
         "valid_a": columns["validation"][0], "valid_b": columns["validation"][1]}
    )  # fmt: skip


def by_pandas(table: pd.DataFrame, points: pd.DataFrame | None, prices: Prices) -> np.ndarray:
    """Return what `ranked` does, with pandas: new columns, then a group-by."""
    hour = prices.price_per_device_hour * prices.device_hours(1.0)
    if points is None:
        wrong = table["error"] * prices.price_per_error
    else:
        of_a, of_b = prices.miss_price * prices.positives, prices.false_alarm_price * (1 - prices.positives)
        priced = points.assign(cost=points["valid_a"] * np.float32(of_a) + points["valid_b"] * np.float32(of_b))
        best = points.loc[priced.groupby("row", sort=True)["cost"].idxmin()]
        wrong = (best["a"].astype(float) * of_a + best["b"].astype(float) * of_b).to_numpy()
    cost = (
        table["volume"] * (wrong + table["inference_flops"] * hour)
        + table["updated"] * prices.price_per_update
        + (table["train_flops"] + table["evaluation_flops"]) * hour
        + table["labels_bought"] * prices.price_per_label
    )
    total = table.assign(cost=cost).groupby(["policy", "seed"])["cost"].sum().groupby("policy").mean()
    return total.sort_values().to_numpy()


def seconds(run: Callable[[], Any], repeats: int) -> list[float]:
    """Return the time of each of some runs, after one that does not count."""
    run()
    found = []
    for _again in range(repeats):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return found


def spread(values: list[float]) -> dict[str, float]:
    """Return the smallest, the middle and the largest."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def main() -> None:
    """Print the table, and with `--json` the same figures on the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policies", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = panel(options.policies, options.seeds, options.rows, np.random.default_rng(0))
    table, points = tidy(found), tidy_points(found)
    figures: dict[str, Any] = {"rows": len(table), "levels": LEVELS}
    for name, prices, of_points in (("one price", PER_ERROR, None), ("21 levels", BOTH, points)):
        assert np.allclose(ranked(found, prices), by_pandas(table, of_points, prices), rtol=1e-5)
        own = seconds(lambda prices=prices: ranked(found, prices), options.repeats)
        pandas = seconds(lambda p=prices, o=of_points: by_pandas(table, o, p), max(1, options.repeats // 5))
        figures[name] = {"ms": spread([1000 * s for s in own]), "pandas_ms": spread([1000 * s for s in pandas])}
        figures[name]["pandas_over_own"] = figures[name]["pandas_ms"]["median"] / figures[name]["ms"]["median"]
    print(f"{len(table)} rows, one thread; milliseconds to price and rank again")
    print(f"{'':34}{'min':>9}{'median':>9}{'max':>9}")
    for name in ("one price", "21 levels"):
        for key, said in (("ms", "this project"), ("pandas_ms", "pandas group-by")):
            values = figures[name][key]
            print(f"{name + ', ' + said:34}" + "".join(f"{values[which]:9.1f}" for which in ("min", "median", "max")))
        print(f"{name + ', pandas / this project':34}{'':9}{figures[name]['pandas_over_own']:9.1f}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
