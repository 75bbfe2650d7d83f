"""A ledger written by hand, small enough to check on paper."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from alma_core import ledger
from alma_core.decide import advise, measure
from alma_core.decide.advise import Answer
from alma_core.decide.measure import Measure
from alma_core.decide.panel import panel
from alma_core.decide.question import Question
from alma_core.decide.record import Record
from alma_core.decide.trials import Trial
from alma_core.ledger import LAGS, LEVELS

Errors = list[list[float]]

NOTHING = {
    "members": 1, "growth": "none", "window": 0, "test_size": 100, "loss": 1.0, "error_arriving": 0.5,
    "k": 1, "grow_every": 0, "grow_after": 0, "schedule": "every", "threshold": 0.0, "compute_basis": "flops",
    "evaluation_flops": 0.0, "inference_seconds": 0.0,
    "examples_trained": 0, "epochs": 0, "train_macs_forward": 0.0, "params": 10, "seconds": 0.0, "deployed": False,
}  # fmt: skip


def rows(policy: str, errors: list[list[float]], updates: list[int], **facts: Any) -> pd.DataFrame:
    """Return one policy's rows.

    Args:
        errors: [S][T].
        updates: arrivals at which it updates; each costs 1e12 training FLOPs.
    """
    blocks = []
    for seed, curve in enumerate(errors):
        t = np.arange(1, len(curve) + 1)
        updated = np.isin(t, updates)
        model_t = [max([u for u in updates if u <= now], default=0) for now in t]
        blocks.append(pd.DataFrame({
            **NOTHING, "policy": policy, "label": policy, "method": "single", "architecture": "mlp", "capacity": "M",
            "waiting_time": 1, "first_update": 1, "start": "warm", "replay": 0.0, "seed": seed, "t": t, "volume": 1000,
            "examples_arrived": 1000 * t, "updated": updated, "update_index": np.cumsum(updated), "model_t": model_t,
            "labels_bought": 1000, "train_flops": updated * 1e12,
            "inference_flops": np.where(np.array(model_t) > 0, 1e6, 0),
            "error": curve, **facts,
        }))  # fmt: skip
    return pd.concat(blocks, ignore_index=True)


def repeated(truth: Sequence[float], draws: np.random.Generator, seeds: int = 4, noise: float = 0.002) -> Errors:
    """Return [S][T] errors about `truth` [T]: what a seed adds to every policy alike, and noise of each policy."""
    shared = np.linspace(-0.03, 0.03, seeds)
    return [np.clip(np.add(truth, shift + draws.normal(0, noise)), 0, 1).tolist() for shift in shared]


def trial(*blocks: pd.DataFrame, name: str = "run", epochs: int = 1, setting: str = "") -> Trial:
    """Return a run of these policies and an incumbent that always errs by 0.9, ready for claims."""
    shape = blocks[0].groupby("seed")["t"].count()
    whole = table(incumbent([[0.9] * int(shape.iloc[0])] * len(shape)), *blocks)
    return Trial(name, "day", panel(whole), epochs, setting)


def incumbent(errors: list[list[float]]) -> pd.DataFrame:
    """Return the rows of the policy that never updates."""
    facts = {"method": "incumbent", "capacity": "none", "start": "none", "waiting_time": 0, "first_update": 0}
    return rows("incumbent", errors, [], **facts)


def table(*blocks: pd.DataFrame) -> pd.DataFrame:
    """Return a whole ledger."""
    return ledger.shaped(pd.concat(blocks, ignore_index=True), ledger.LEDGER)


def example() -> pd.DataFrame:
    """Four arrivals, two seeds: nothing, every arrival, every two (which ends better)."""
    return table(
        incumbent([[0.9] * 4] * 2),
        rows("every", [[0.4, 0.3, 0.3, 0.2], [0.4, 0.3, 0.2, 0.2]], [1, 2, 3, 4]),
        rows("two", [[0.9, 0.2, 0.2, 0.1], [0.9, 0.2, 0.2, 0.1]], [2, 4], waiting_time=2, first_update=2),
    )


def of_windows(errors_of: dict[tuple[str, float, int], float]) -> pd.DataFrame:
    """Return a ledger with one policy that updates at 2 and 4 for each (start, replay, window)."""
    blocks = [
        rows(f"{start}{replay}{window}", [[error] * 4] * 2, [2, 4], start=start, replay=replay, window=window,
                  waiting_time=2, first_update=2)
        for (start, replay, window), error in errors_of.items()
    ]  # fmt: skip
    return table(*blocks)


@dataclass
class Left:
    """The tables of a run, by hand."""

    ledger: pd.DataFrame
    unit: str = "lot"
    confusion: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ledger.CONFUSION)))
    judged: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ledger.JUDGED)))
    operating: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ledger.OPERATING)))
    shift: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ledger.SHIFT)))


def record(ledger_: pd.DataFrame, measure_: Measure | None = None, **beside: Any) -> Record:
    """Return a run that left this ledger, and what else is given."""
    return Record(Left(ledger_, **beside), measure_ or measure.of(ledger_))


def answer(ledger_: pd.DataFrame, question: Question, measure_: Measure | None = None, **beside: Any) -> Answer:
    """Answer a question from a ledger."""
    return advise.answer(record(ledger_, measure_, **beside), question)


RENTALS = Measure("regression", 20.0, "rentals", "next", in_order=True)


def numbers(ledger_: pd.DataFrame, scale: float = 20.0) -> pd.DataFrame:
    """Return a ledger as if it were of predicted numbers: an error of 1 is `scale` in the target's unit."""
    return ledger.shaped(ledger_.assign(task="regression", error_scale=scale), ledger.LEDGER)


Place = tuple[str, int, int, int]
"""Policy, seed, arrival of the model (0: the incumbent), row it is judged at (0: on validation rows)."""
Points = tuple[Sequence[float], Sequence[float], int, int]
"""At each of 21 levels what goes wrong of either kind, as rates or in the target's unit; the cases behind both."""


def flat(a: float, b: float, n_a: int = 50, n_b: int = 50) -> Points:
    """Return points that are alike at all levels."""
    return [a] * LEVELS, [b] * LEVELS, n_a, n_b


def models(ledger_: pd.DataFrame, lags: int) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield (policy, seed, row at which it serves, arrival of the model, row it is judged at), lags later at most."""
    last = int(ledger_["t"].max())
    for row in ledger_.itertuples():
        for t in range(row.t, min(row.t + lags, last) + 1):
            yield row.policy, row.seed, row.t, row.model_t, t


def judged(ledger_: pd.DataFrame, error: Callable[[Place], float], lags: int = LAGS) -> pd.DataFrame:
    """Return how the models of a ledger do at later rows, as `error` says."""
    rows_ = [
        {"policy": policy, "seed": seed, "served_t": served, "model_t": model, "t": t,
         "error": error((policy, seed, model, t)), "loss": 1.0, "test_size": 100}
        for policy, seed, served, model, t in models(ledger_, lags) if t > served
    ]  # fmt: skip
    return ledger.shaped(pd.DataFrame(rows_, columns=list(ledger.JUDGED)), ledger.JUDGED)


def operating(ledger_: pd.DataFrame, points: Callable[[Place], Points], lags: int = 0) -> pd.DataFrame:
    """Return the operating points of the models of a ledger, on test rows and on the validation rows of each update.

    Args:
        ledger_: the rows.
        points: what they are at each place.
        lags: rows beyond its own at which a model is judged: with "next".
    """
    found = []
    for policy, seed, served, model, t in models(ledger_, lags):
        found.append((policy, seed, served, t, "test", *points((policy, seed, model, t))))
        if model == t == served:
            found.append((policy, seed, t, t, "validation", *points((policy, seed, model, 0))))
    table_ = pd.DataFrame(found, columns=["policy", "seed", "served_t", "t", "split", "a", "b", "n_a", "n_b"])
    levels = pd.Series([list(range(1, LEVELS + 1))] * len(found))
    return ledger.shaped(table_.assign(level=levels).explode(["level", "a", "b"]), ledger.OPERATING)


def confusion(ledger_: pd.DataFrame, counts: Callable[[Place], Any], lags: int = 0) -> pd.DataFrame:
    """Return the tables of true and predicted class, [C, C] counts at each place; cells of zero are left out."""
    found = []
    for policy, seed, served, model, t in models(ledger_, lags):
        cells = np.asarray(counts((policy, seed, model, t)))
        true, predicted = np.nonzero(cells)
        found.append((policy, seed, served, t, true, predicted, cells[true, predicted]))
    cells_of = ["true", "predicted", "count"]
    table_ = pd.DataFrame(found, columns=["policy", "seed", "served_t", "t", *cells_of])
    return ledger.shaped(table_.explode(cells_of), ledger.CONFUSION)
