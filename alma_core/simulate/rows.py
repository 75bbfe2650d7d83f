"""Outcomes and judgements -> the rows of the ledger and the confusion table, as far as they are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import language, ledger, sizes
from alma_core.policies import catalogue
from alma_core.simulate.graph import Chain, Update
from alma_core.simulate.incumbent import Incumbent
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Judgement, Outcome, Results, error_of
from alma_core.specs import PolicySpec, fingerprint
from alma_core.streams.stream import Stream


@dataclass(frozen=True, eq=False)
class Served:
    """One update of a chain with all that its rows need.

    Args:
        update: the update.
        outcome: what training cost.
        on_test: how it does on the test set.
        arriving: its error on each mega-batch that found it in service in this chain, by t.
    """

    update: Update
    outcome: Outcome
    on_test: Judgement
    arriving: Mapping[int, float]


def ledger_of(plan: Plan, results: Results) -> pd.DataFrame:
    """Return the ledger.

    While a run is under way a policy's rows end, for each seed, before the first that is not known yet. Labels are in
    English whatever the language in use: a run does not depend on who makes it.
    """
    with language.speaking("en"):
        blocks = [_incumbent_rows(plan, seed) for seed in range(len(plan.streams))]
        for chain in plan.graph.chains.values():
            served, n_rows = _known(plan, results, chain)
            if n_rows:
                rows = _policy_rows(plan, chain, served)
                blocks.append({name: _upto(column, n_rows) for name, column in rows.items()})
    table = pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)
    return ledger.shaped(table, ledger.LEDGER)


def confusion_of(plan: Plan, results: Results) -> pd.DataFrame:
    """Return the confusion table, empty above CONFUSION_CLASSES classes; as far as it is known, as the ledger."""
    if len(plan.source.classes) > ledger.CONFUSION_CLASSES:
        return ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    blocks = [
        _changes(catalogue.INCUMBENT, seed, dict(enumerate(default.counts, 1)))
        for seed, default in enumerate(plan.incumbents)
    ]
    for chain in plan.graph.chains.values():
        served, n_rows = _known(plan, results, chain)
        if n_rows:
            default = plan.incumbents[chain.seed]
            before = {t: default.counts[t - 1] for t in range(1, _first(served, n_rows + 1))}
            tested = {one.update.t: one.on_test.counts for one in served}
            blocks.append(_changes(fingerprint(chain.policy), chain.seed, before | tested))
    return ledger.shaped(pd.concat(blocks, ignore_index=True), ledger.CONFUSION)


def _first(served: list[Served], otherwise: int) -> int:
    """Return the arrival of the first update."""
    return served[0].update.t if served else otherwise


def _upto(column: Any, n_rows: int) -> Any:
    return column[:n_rows] if isinstance(column, list | np.ndarray) else column


def _known(plan: Plan, results: Results, chain: Chain) -> tuple[list[Served], int]:
    """Return the updates of a chain whose rows are known, and the number of rows known."""
    served: list[Served] = []
    ends = [plan.graph.updates[key].t for key in chain.keys[1:]] + [chain.t - 1]
    for key, end in zip(chain.keys, ends, strict=True):
        update = plan.graph.updates[key]
        outcome, on_test = results.outcomes.get(key), results.judgement(key, plan.test(chain.seed))
        if outcome is None or on_test is None:
            return served, update.t - 1
        arriving: dict[int, float] = {}
        served.append(Served(update, outcome, on_test, arriving))
        for t in range(update.t + 1, end + 1):
            judged = results.judgement(key, plan.mega_batch(chain.seed, t))
            if judged is None:
                return served, t - 1
            arriving[t] = judged.error
    return served, chain.t - 1


def _stream_columns(stream: Stream, seed: int) -> dict[str, Any]:
    sizes_ = stream.sizes
    return {
        "seed": seed,
        "t": np.arange(1, len(stream) + 1),
        "volume": np.append(sizes_[1:], sizes_[-1]),
        "examples_arrived": stream.boundaries[1:],
        "labels_bought": sizes_,
        "test_size": len(stream.source.test),
    }


def _incumbent_rows(plan: Plan, seed: int) -> dict[str, Any]:
    stream, default = plan.streams[seed], plan.incumbents[seed]
    nothing = dict.fromkeys(
        ("members", "waiting_time", "first_update", "update_index", "model_t", "examples_trained", "epochs",
         "train_flops", "train_macs_forward", "evaluation_flops", "inference_flops", "params", "seconds", "replay"), 0
    )  # fmt: skip
    words = dict.fromkeys(("architecture", "capacity", "start", "schedule"), "none")
    return {
        **_stream_columns(stream, seed),
        **nothing,
        **words,
        "policy": catalogue.INCUMBENT,
        "label": catalogue.label({"method": catalogue.INCUMBENT}, "lot"),
        "method": catalogue.INCUMBENT,
        "updated": False,
        "deployed": False,
        "error": [error_of(counts) for counts in default.counts],
        "loss": np.nan,
        "error_arriving": default.error_arriving,
    }


def _policy_rows(plan: Plan, chain: Chain, served: list[Served]) -> dict[str, Any]:
    """Return the columns of one policy and seed, one entry an arrival."""
    policy, stream, default = chain.policy, plan.streams[chain.seed], plan.incumbents[chain.seed]
    n_rows, source = len(stream), plan.source
    shape = sizes.shape_of(policy.learner, source.x.shape[1], len(source.classes), source.image)
    at = np.array([one.update.t for one in served], np.int64)  # [updates]
    index = np.searchsorted(at, np.arange(1, n_rows + 1), side="right")  # [B] updates so far
    updated = np.isin(np.arange(1, n_rows + 1), at)
    none = [error_of(counts) for counts in default.counts]
    service = [served[i - 1] if i else None for i in index]  # [B] the model in service
    # What an update does stands in its own row only; every other row has 0 there.
    now = [one.outcome if one and fell_due else None for one, fell_due in zip(service, updated, strict=True)]  # [B]
    rows_seen = np.array([o.examples * o.epochs if o else 0 for o in now], float)
    known = _described(policy)
    return {
        **_stream_columns(stream, chain.seed),
        **known,
        "policy": fingerprint(policy),
        "label": catalogue.label(known, plan.spec.stream.arrival_unit),
        "members": 1,
        "schedule": "triggered" if chain.schedule.looks else "every",
        "updated": updated,
        "deployed": updated,
        "update_index": index,
        "model_t": np.append(0, at)[index],
        "examples_trained": [o.examples if o else 0 for o in now],
        "epochs": [o.epochs if o else 0 for o in now],
        "train_flops": rows_seen * sizes.train_flops(shape),
        "train_macs_forward": rows_seen * sizes.forward_macs(shape),
        "evaluation_flops": [float(o.validation_rows * sizes.inference_flops(shape)) if o else 0.0 for o in now],
        "inference_flops": np.where(index > 0, float(sizes.inference_flops(shape)), 0.0),
        "params": np.where(index > 0, sizes.parameters(shape), 0),
        "seconds": [o.seconds if o else 0.0 for o in now],
        "error": [one.on_test.error if one else none[t] for t, one in enumerate(service)],
        "loss": [one.on_test.mean_loss if one else np.nan for one in service],
        "error_arriving": _arriving(service, default),
    }


def _described(policy: PolicySpec) -> dict[str, Any]:
    return {
        "waiting_time": policy.waiting_time,
        "first_update": policy.first_update,
        "start": policy.start,
        "replay": policy.replay,
        "method": policy.method,
        "capacity": policy.learner.capacity,
        "architecture": policy.learner.architecture,
    }


def _arriving(service: list[Served | None], default: Incumbent) -> list[float]:
    """Return [B] the error of the model that served when mega-batch t arrived, on mega-batch t."""
    before = [None, *service[:-1]]
    none = default.error_arriving
    return [one.arriving.get(t, np.nan) if one else float(none[t - 1]) for t, one in enumerate(before, 1)]


def _changes(policy: str, seed: int, counts: Mapping[int, NDArray[np.int64]]) -> pd.DataFrame:
    """Return the cells of each [C, C] table that differs from the one before it; zero cells are left out."""
    pieces = []
    last: NDArray[np.int64] | None = None
    for t, table in sorted(counts.items()):
        if last is None or not np.array_equal(last, table):
            true, predicted = np.nonzero(table)
            cells = {"true": true, "predicted": predicted, "count": table[true, predicted]}
            pieces.append(pd.DataFrame({"policy": policy, "seed": seed, "served_t": t, "t": t, **cells}))
        last = table
    return pd.concat(pieces, ignore_index=True)
