"""A run that nobody simulated, made for the readers of a large one: its ledger is drawn at random, its folder is real.

The policies are those of a grid of waiting times, sizes, starts and replays, beside the incumbent. Errors fall as data
arrives, the sooner the larger the model, and differ between seeds; updates happen at multiples of the wait and cost
what the size and the data take.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import ledger, specs, writing
from alma_core.policies.wording import INCUMBENT

PER_ARRIVAL: Final = 1000
"""Examples that arrive at a time, and as many predictions."""
PARAMS: Final = {"S": 10_000, "M": 40_000, "L": 160_000, "XL": 640_000}
OF_INCUMBENT: Final = 0.6
"""Error of what serves before the first update."""


def put(folder: Path, policies: int, rows: int, seeds: int) -> None:
    """Write a finished run of so many policies (the incumbent among them), arrivals and seeds into `folder`."""
    waits = range(1, rows + 1)
    grid = specs.grid(waits, list(PARAMS), ["warm", "scratch", "shrink_perturb"], [0.0, 1.0])
    asked = tuple(sorted(grid, key=lambda policy: policy.waiting_time)[: policies - 1])
    spec = specs.RunSpec(specs.StreamSpec("made", rows, "day"), asked, specs.recipe("quick"), seeds)
    draws = np.random.default_rng(0)
    table = pd.concat([_incumbent(rows, seeds), *(_of(policy, rows, seeds, draws) for policy in asked)])
    empty = pd.DataFrame(columns=list(ledger.CONFUSION))
    tables = {"ledger": ledger.shaped(table, ledger.LEDGER), "confusion": ledger.shaped(empty, ledger.CONFUSION)}
    with writing.writing(folder, spec, "benchmarks/app_speed.py") as writer:
        writer.finish(
            tables, data={"name": "made", "sha256": "0" * 64}, device="cpu", updates=int(table["updated"].sum())
        )


def _of(policy: specs.PolicySpec, rows: int, seeds: int, draws: np.random.Generator) -> pd.DataFrame:
    """Return the rows of one policy."""
    t = np.arange(1, rows + 1)
    wait, params = policy.waiting_time, PARAMS[policy.learner.capacity]
    model_t = t // wait * wait  # [T]
    seen = model_t if policy.replay else np.minimum(model_t, wait)
    learned = 0.05 + 0.5 * np.maximum(seen, 0.5) ** -0.4 * (40_000 / params) ** 0.05
    errors = np.where(model_t > 0, learned + draws.normal(0, 0.01), OF_INCUMBENT)  # [T]
    noise = draws.normal(0, 0.01, (seeds, rows)) * (model_t > 0)
    facts = {
        "policy": specs.fingerprint(policy), "method": policy.method, "architecture": policy.learner.architecture,
        "capacity": policy.learner.capacity, "waiting_time": wait, "first_update": policy.first_update,
        "start": policy.start, "replay": policy.replay, "params": params,
    }  # fmt: skip
    updated = t % wait == 0
    trained = updated * PER_ARRIVAL * (t if policy.replay else wait)
    return _rows(np.clip(errors + noise, 0, 1), updated, trained, model_t, **facts)


def _incumbent(rows: int, seeds: int) -> pd.DataFrame:
    """Return the rows of the policy that never updates."""
    nothing = np.zeros(rows, np.int64)
    facts = {
        "policy": INCUMBENT, "method": INCUMBENT, "architecture": "none", "capacity": "none", "waiting_time": 0,
        "first_update": 0, "start": "none", "replay": 0.0, "params": 0,
    }  # fmt: skip
    return _rows(np.full((seeds, rows), OF_INCUMBENT), nothing > 0, nothing, nothing, **facts)


def _rows(
    errors: NDArray[np.float64],
    updated: NDArray[np.bool_],
    trained: NDArray[np.int64],
    model_t: NDArray[np.int64],
    **facts: object,
) -> pd.DataFrame:
    """Return rows of a ledger: `errors` are [S, T], what is the same for all seeds [T]."""
    seeds, rows = errors.shape
    t, epochs = np.arange(1, rows + 1), specs.recipe("quick").epochs
    forward = 2.0 * float(str(facts["params"])) * trained * epochs
    of_t = {
        "t": t, "examples_arrived": PER_ARRIVAL * t, "updated": updated, "update_index": np.cumsum(updated),
        "model_t": model_t, "deployed": updated, "examples_trained": trained, "epochs": epochs * updated,
        "train_flops": 3 * forward, "train_macs_forward": forward / 2,
        "inference_flops": 2.0 * float(str(facts["params"])) * (model_t > 0),
    }  # fmt: skip
    return pd.DataFrame(
        {
            **{name: np.tile(values, seeds) for name, values in of_t.items()},
            "seed": np.repeat(np.arange(seeds), rows), "error": errors.ravel(), "loss": 2 * errors.ravel(),
            "error_arriving": errors.ravel(), "volume": PER_ARRIVAL, "labels_bought": PER_ARRIVAL,
            "test_size": PER_ARRIVAL, "label": facts["policy"], "seconds": 0.0, "members": 1, **facts,
        }
    )  # fmt: skip
