"""Outcomes and judgements -> the rows of the ledger, as far as they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import language, ledger
from alma_core.policies import wording
from alma_core.simulate.costs import costs, described
from alma_core.simulate.graph import Chain
from alma_core.simulate.nodes import Node
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Judgement, Results
from alma_core.specs import fingerprint

Serving = tuple[int, Node] | None
"""Who is in service: the arrival since when, and the model; None: the incumbent."""


def serving_of(plan: Plan, chain: Chain) -> list[Serving]:
    """Return who is in service at each row of a chain, as far as that is known."""
    serving: list[Serving] = []
    for t, key in enumerate(chain.serving, 1):
        before = serving[-1] if serving else None
        same = before is not None and before[1].key == key
        serving.append(before if key is None or same else (t, plan.graph.node(key)))
    return serving


@dataclass(frozen=True, eq=False)
class Service:
    """What is known of one chain: who serves at each row, and how well.

    Args:
        serving: [rows] who is in service.
        judged: [rows] how it does there; None where there is nothing to judge on.
        arriving: [rows] error of what served before, on the labels that arrive; NaN where there are none.
    """

    serving: Sequence[Serving]
    judged: Sequence[Judgement | None]
    arriving: Sequence[float]

    def __len__(self) -> int:
        return len(self.judged)


def service_of(plan: Plan, results: Results, chain: Chain) -> Service:
    """Return the rows of a chain that are known, up to the first that is not."""
    seed, serving = chain.seed, serving_of(plan, chain)
    judged: list[Judgement | None] = []
    arriving: list[float] = []
    trained = {step.t: step.trained for step in chain.steps}
    for t, who in enumerate(serving, 1):
        before = serving[t - 2] if t > 1 else None
        if any(key not in results.outcomes for key in trained.get(t, ())):
            break
        on, labels = plan.judged(seed, t), plan.mega_batch(seed, t)
        now = _judgement(plan, results, seed, who, t)
        if now is None and not on.is_empty:
            break
        if before is None:
            error = plan.error(plan.incumbents[seed].arriving(t))
        else:
            found = results.judgement(before[1].key, labels)
            if found is None and not labels.is_empty:
                break
            error = plan.error(found)
        judged.append(now)
        arriving.append(error)
    return Service(serving[: len(judged)], judged, arriving)


def _judgement(plan: Plan, results: Results, seed: int, serving: Serving, row: int) -> Judgement | None:
    if plan.judged(seed, row).is_empty:
        return None
    if serving is None:
        return plan.incumbents[seed].judged(row, row)
    return results.judgement(serving[1].key, plan.judged(seed, row))


def ledger_of(plan: Plan, results: Results) -> pd.DataFrame:
    """Return the ledger.

    While a run is under way a policy's rows end, for each seed, before the first that is not known yet. Labels are in
    English whatever the language in use: a run does not depend on who makes it.
    """
    with language.speaking("en"):
        blocks = [_incumbent_rows(plan, seed) for seed in range(len(plan.streams))]
        for chain in plan.graph.chains.values():
            service = service_of(plan, results, chain)
            if len(service):
                blocks.append(_policy_rows(plan, results, chain, service))
    return ledger.shaped(pd.DataFrame({name: _joined(blocks, name) for name in blocks[0]}), ledger.LEDGER)


def _joined(blocks: Sequence[Mapping[str, Any]], name: str) -> NDArray[Any]:
    """Return one column of all blocks; where a block has one value for all its rows, it is repeated."""
    return np.concatenate([np.broadcast_to(np.asarray(block[name]), len(block["t"])) for block in blocks])


def incumbent_service(plan: Plan, seed: int) -> Service:
    """Return the rows of the policy that never updates."""
    rows = range(1, plan.streams[seed].rows + 1)
    default = plan.incumbents[seed]
    judged = [None if plan.judged(seed, t).is_empty else default.judged(t, t) for t in rows]
    return Service([None] * len(rows), judged, [plan.error(default.arriving(t)) for t in rows])


def _stream_columns(plan: Plan, seed: int, service: Service) -> dict[str, Any]:
    stream, spec, cut, n = plan.streams[seed], plan.spec.stream, plan.source.cut, len(service)
    errors = [plan.error(judged) for judged in service.judged]
    return {
        "seed": seed,
        "t": np.arange(1, n + 1),
        "arrived_on": list(cut.arrived_on[:n]) if cut and cut.arrived_on else "",
        "volume": stream.volume[:n],
        "examples_arrived": stream.boundaries[1 : n + 1],
        "labels_bought": stream.sizes[:n],
        "test_size": [0 if judged is None else judged.rows for judged in service.judged],
        "task": plan.source.task,
        "error_scale": plan.error_scale,
        "label_noise": spec.label_noise,
        "missing_share": spec.missing_share,
        "labelled_share": spec.labelled_share,
        "error": _held(errors),
        "error_arriving": service.arriving,
    }


def _held(errors: Sequence[float]) -> NDArray[np.float64]:
    """Return [rows] the errors; where nothing is judged: as the row before, 1 at the beginning."""
    known = np.append(1.0, np.array(errors, np.float64))
    latest = np.maximum.accumulate(np.where(np.isnan(known), 0, np.arange(len(known))))
    return np.asarray(known[latest][1:])


def _incumbent_rows(plan: Plan, seed: int) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("members", "waiting_time", "first_update", "update_index", "model_t", "examples_trained", "epochs",
         "train_flops", "train_macs_forward", "evaluation_flops", "inference_flops", "params", "seconds", "replay",
         "window", "grow_every", "grow_after", "threshold", "inference_seconds"), 0
    )  # fmt: skip
    words = dict.fromkeys(("architecture", "capacity", "start", "schedule", "growth"), "none")
    return {
        **_stream_columns(plan, seed, incumbent_service(plan, seed)),
        **nothing,
        **words,
        "k": 1,
        "compute_basis": "flops",
        "policy": wording.INCUMBENT,
        "label": wording.label({"method": wording.INCUMBENT}, "lot"),
        "method": wording.INCUMBENT,
        "updated": False,
        "deployed": False,
        "loss": np.nan,
    }


def _policy_rows(plan: Plan, results: Results, chain: Chain, service: Service) -> dict[str, Any]:
    """Return the columns of one policy and seed, one entry a row that is known."""
    policy, rows = chain.policy, np.arange(1, len(service) + 1)
    since = np.array([who[0] if who else 0 for who in service.serving], np.int64)  # [rows]
    known = described(policy)
    return {
        **_stream_columns(plan, chain.seed, service),
        **known,
        **costs(plan, results, chain, service.serving),
        "policy": fingerprint(policy),
        "label": wording.label(known, plan.spec.stream.arrival_unit),
        "deployed": since == rows,
        "model_t": since,
        "loss": [j.loss / j.rows if j is not None and who is not None else np.nan
                 for j, who in zip(service.judged, service.serving, strict=True)],
    }  # fmt: skip
