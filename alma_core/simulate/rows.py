"""Outcomes and judgements -> the rows of the ledger, as far as they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alma_core import language, ledger, sizes
from alma_core.policies import wording
from alma_core.simulate.graph import Chain, Update
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Judgement, Outcome, Results
from alma_core.specs import PolicySpec, fingerprint

Serving = tuple[int, Update] | None
"""Who is in service: the arrival of its update, and the update; None: the incumbent."""


def serving_of(plan: Plan, chain: Chain) -> list[Serving]:
    """Return who is in service at each row of a chain, as far as it has been expanded."""
    due = {t: (t, plan.graph.updates[key]) for t, key in zip(chain.times, chain.keys, strict=True)}
    serving: list[Serving] = []
    for t in range(1, chain.t):
        serving.append(due.get(t, serving[-1] if serving else None))
    return serving


@dataclass(frozen=True, eq=False)
class Service:
    """What is known of one chain: who serves at each row, and how well.

    Args:
        updates: [rows] the update in service; None: the incumbent.
        judged: [rows] how it does there; None where there is nothing to judge on.
        arriving: [rows] error of what served before, on the labels that arrive; NaN where there are none.
    """

    updates: Sequence[Update | None]
    judged: Sequence[Judgement | None]
    arriving: Sequence[float]

    def __len__(self) -> int:
        return len(self.judged)


def service_of(plan: Plan, results: Results, chain: Chain) -> Service:
    """Return the rows of a chain that are known, up to the first that is not."""
    seed = chain.seed
    updates: list[Update | None] = []
    judged: list[Judgement | None] = []
    arriving: list[float] = []
    serving: Update | None = None
    for t, who in enumerate(serving_of(plan, chain), 1):
        before, serving = serving, who and who[1]
        if serving is not None and serving.key not in results.outcomes:
            break
        on, labels = plan.judged(seed, t), plan.mega_batch(seed, t)
        now = _judgement(plan, results, seed, serving, t)
        if now is None and not on.is_empty:
            break
        if before is None:
            error = plan.error(plan.incumbents[seed].arriving(t))
        else:
            found = results.judgement(before.key, labels)
            if found is None and not labels.is_empty:
                break
            error = plan.error(found)
        updates.append(serving)
        judged.append(now)
        arriving.append(error)
    return Service(updates, judged, arriving)


def _judgement(plan: Plan, results: Results, seed: int, serving: Update | None, row: int) -> Judgement | None:
    if plan.judged(seed, row).is_empty:
        return None
    if serving is None:
        return plan.incumbents[seed].judged(row, row)
    return results.judgement(serving.key, plan.judged(seed, row))


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
    table = pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)
    return ledger.shaped(table, ledger.LEDGER)


def incumbent_service(plan: Plan, seed: int) -> Service:
    """Return the rows of the policy that never updates."""
    rows = range(1, plan.streams[seed].rows + 1)
    default = plan.incumbents[seed]
    judged = [None if plan.judged(seed, t).is_empty else default.judged(t, t) for t in rows]
    return Service([None] * len(rows), judged, [plan.error(default.arriving(t)) for t in rows])


def _stream_columns(plan: Plan, seed: int, service: Service) -> dict[str, Any]:
    stream, spec, cut, n = plan.streams[seed], plan.spec.stream, plan.source.cut, len(service)
    errors = pd.Series([plan.error(judged) for judged in service.judged])
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
        "error": errors.ffill().fillna(1.0).to_numpy(),  # where nothing is judged: as the row before
        "error_arriving": service.arriving,
    }


def _incumbent_rows(plan: Plan, seed: int) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("members", "waiting_time", "first_update", "update_index", "model_t", "examples_trained", "epochs",
         "train_flops", "train_macs_forward", "evaluation_flops", "inference_flops", "params", "seconds", "replay",
         "window"), 0
    )  # fmt: skip
    words = dict.fromkeys(("architecture", "capacity", "start", "schedule"), "none")
    return {
        **_stream_columns(plan, seed, incumbent_service(plan, seed)),
        **nothing,
        **words,
        "policy": wording.INCUMBENT,
        "label": wording.label({"method": wording.INCUMBENT}, "lot"),
        "method": wording.INCUMBENT,
        "updated": False,
        "deployed": False,
        "loss": np.nan,
    }


def _policy_rows(plan: Plan, results: Results, chain: Chain, service: Service) -> dict[str, Any]:
    """Return the columns of one policy and seed, one entry a row that is known."""
    policy, source = chain.policy, plan.source
    shape = sizes.shape_of(policy.learner, source.x.shape[1], source.outputs, source.image)
    at = np.array(chain.times, np.int64)  # [updates]
    rows = np.arange(1, len(service) + 1)
    index = np.searchsorted(at, rows, side="right")  # [rows] updates so far
    updated = np.isin(rows, at)
    # What an update does stands in its own row only; every other row has 0 there.
    now: list[Outcome | None] = [
        results.outcomes[update.key] if update and fell_due else None
        for update, fell_due in zip(service.updates, updated, strict=True)
    ]
    rows_seen = np.array([o.examples * o.epochs if o else 0 for o in now], float)
    known = _described(policy)
    return {
        **_stream_columns(plan, chain.seed, service),
        **known,
        "policy": fingerprint(policy),
        "label": wording.label(known, plan.spec.stream.arrival_unit),
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
        "loss": [j.loss / j.rows if j is not None and u is not None else np.nan
                 for j, u in zip(service.judged, service.updates, strict=True)],
    }  # fmt: skip


def _described(policy: PolicySpec) -> dict[str, Any]:
    return {
        "waiting_time": policy.waiting_time,
        "first_update": policy.first_update,
        "start": policy.start,
        "replay": policy.replay,
        "window": policy.window,
        "method": policy.method,
        "capacity": policy.learner.capacity,
        "architecture": policy.learner.architecture,
    }
