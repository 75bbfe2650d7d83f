"""Judgements -> the tables beside the ledger: confusion, late service, operating points; once a run is done."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import ledger
from alma_core.ledger import LAGS, LEVELS, Column
from alma_core.policies import wording
from alma_core.simulate.plan import Plan
from alma_core.simulate.progress import Tables
from alma_core.simulate.results import Judgement, Results
from alma_core.simulate.rows import Serving, ledger_of, serving_of
from alma_core.specs import PolicySpec, fingerprint

Block = dict[str, Any]


def tables_of(plan: Plan, results: Results) -> Tables:
    """Return all tables of a finished run."""
    has_next = plan.spec.stream.judged == "next"
    with_classes = 0 < len(plan.source.classes) <= ledger.CONFUSION_CLASSES
    confusion: list[Block] = []
    judged: list[Block] = []
    operating: list[Block] = []
    for policy, seed, serving in _services(plan):
        found = list(_found(plan, results, seed, serving, _last_lag(plan, policy)))
        who = {"policy": wording.INCUMBENT if policy is None else fingerprint(policy), "seed": seed}
        if with_classes:
            confusion += [who | block for block in _confusion(found, has_next)]
        if has_next:
            judged += [who | block for block in _late(plan, found)]
        if plan.source.has_levels:
            operating += [who | block for block in _tested(found, has_next)]
            operating += [who | block for block in _validated(plan, results, serving)]
    return Tables(
        ledger_of(plan, results),
        _table(confusion, ledger.CONFUSION),
        _table(judged, ledger.JUDGED),
        _table(operating, ledger.OPERATING),
    )


def _table(blocks: list[Block], columns: dict[str, Column]) -> pd.DataFrame:
    """Put blocks one beneath the other; each holds arrays of one length, or one value for all its rows."""
    lengths = [max(np.size(value) for value in block.values()) for block in blocks]
    joined: dict[str, Any] = {
        name: np.concatenate([np.broadcast_to(block[name], n) for block, n in zip(blocks, lengths, strict=True)])
        if blocks
        else []
        for name in columns
    }
    return ledger.shaped(pd.DataFrame(joined), columns)


def _services(plan: Plan) -> Iterator[tuple[PolicySpec | None, int, list[Serving]]]:
    """Yield each policy (None: the incumbent) and seed, with the model in service at each row."""
    for seed, stream in enumerate(plan.streams):
        yield None, seed, [None] * stream.rows
    for chain in plan.graph.chains.values():
        yield chain.policy, chain.seed, serving_of(plan, chain)


def _last_lag(plan: Plan, policy: PolicySpec | None) -> int:
    """Return how many rows beyond those it serves a model is judged at: a hindsight plan needs all of some."""
    if plan.spec.stream.judged == "test":
        return 0
    return plan.spec.stream.rows if policy is not None and policy.serves_hindsight else LAGS


Found = tuple[int, int, Serving, Judgement]
"""served_t, t, the model in service (None: the incumbent), how it does at t."""


def _found(plan: Plan, results: Results, seed: int, serving: list[Serving], lags: int) -> Iterator[Found]:
    """Yield what is judged: at each row who serves there, then the same model at later rows."""
    for served, update in enumerate(serving, 1):
        for row in range(served, min(served + lags, len(serving)) + 1):
            on = plan.judged(seed, row)
            if on.is_empty:
                continue
            if update is None:
                judged: Judgement | None = plan.incumbents[seed].judged(served, row)
            else:
                judged = results.judgement(update[1].key, on)
            if judged is not None:
                yield served, row, update, judged


def _confusion(found: list[Found], every: bool) -> Iterator[Block]:
    """Yield the cells of each [C, C] table, or of each that differs from the one before; zero cells are left out."""
    last: NDArray[np.int64] | None = None
    for served, row, _update, judged in found:
        if every or last is None or not np.array_equal(last, judged.counts):
            true, predicted = np.nonzero(judged.counts)
            cells = {"true": true, "predicted": predicted, "count": judged.counts[true, predicted]}
            yield {"served_t": served, "t": row, **cells}
        last = judged.counts


def _late(plan: Plan, found: list[Found]) -> Iterator[Block]:
    for served, row, update, judged in found:
        if row > served:
            yield {
                "served_t": served,
                "model_t": update[0] if update else 0,
                "t": row,
                "error": plan.error(judged),
                "loss": judged.loss / judged.rows,
                "test_size": judged.rows,
            }


def _tested(found: list[Found], every: bool) -> Iterator[Block]:
    """Yield the operating points on the rows judged, or only where they change."""
    last: NDArray[np.float64] | None = None
    for served, row, _update, judged in found:
        if every or last is None or not np.array_equal(last, judged.levels):
            yield {"served_t": served, "t": row, "split": "test", **_points(judged)}
        last = judged.levels


def _validated(plan: Plan, results: Results, serving: list[Serving]) -> Iterator[Block]:
    """Yield the operating points on the validation rows that had arrived by each update."""
    for t, update in dict.fromkeys(one for one in serving if one is not None):
        judged = results.judgement(update.key, plan.validation(update))
        if judged is not None:
            yield {"served_t": t, "t": t, "split": "validation", **_points(judged)}


def _points(judged: Judgement) -> Block:
    n_a, n_b = judged.cases
    a, b = judged.levels[:, 0], judged.levels[:, 1]  # [21] each
    return {"level": np.arange(1, LEVELS + 1), "a": a / max(1, n_a), "b": b / max(1, n_b), "n_a": n_a, "n_b": n_b}
