"""What a policy's updates and predictions take, row by row: FLOPs, CPU seconds, parameters, members."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from alma_core import sizes
from alma_core.methods import METHODS
from alma_core.simulate.graph import Chain
from alma_core.simulate.nodes import Node
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Results
from alma_core.simulate.steps import Step
from alma_core.specs import PolicySpec

NOTHING: Final = dict.fromkeys(
    ("examples_trained", "epochs", "train_flops", "train_macs_forward", "evaluation_flops", "seconds"), 0.0
)
"""What a row without an update costs."""


def costs(plan: Plan, results: Results, chain: Chain, serving: Sequence[tuple[int, Node] | None]) -> dict[str, Any]:
    """Return the cost columns of one policy and seed, one entry for each of `serving`: who serves at each row."""
    rows = np.arange(1, len(serving) + 1)
    steps = {step.t: step for step in chain.steps if step.t <= len(rows)}
    of_updates = [_of_update(plan, results, chain, steps[t]) if t in steps else NOTHING for t in rows.tolist()]
    of_predictions = [_of_prediction(results, who and who[1]) for who in serving]
    return {
        **_columns(of_updates),
        **_columns(of_predictions),
        "compute_basis": "flops" if chain.policy.learner.is_network else "seconds",
        "updated": np.isin(rows, list(steps)),
        "update_index": np.searchsorted(sorted(steps), rows, side="right"),
    }


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _of_update(plan: Plan, results: Results, chain: Chain, step: Step) -> dict[str, float]:
    """Return what one update of a policy costs: of all the trainings it takes, and of choosing who serves."""
    done = [(plan.graph.updates[key].shape, results.outcomes[key]) for key in step.trained]
    seen = [(outcome.examples * outcome.epochs, shape) for shape, outcome in done]
    choosing = sum(o.validation_rows * float(sizes.inference_flops(shape)) + o.choosing_flops for shape, o in done)
    return {
        "examples_trained": max(outcome.examples for _shape, outcome in done),
        "epochs": max(outcome.epochs for _shape, outcome in done),
        "train_flops": sum(n * float(sizes.train_flops(shape)) for n, shape in seen),
        "train_macs_forward": sum(n * float(sizes.train_macs(shape)) for n, shape in seen),
        "evaluation_flops": choosing + _of_choice(plan, results, chain, step),
        "seconds": sum(outcome.seconds for _shape, outcome in done),
    }


def _of_choice(plan: Plan, results: Results, chain: Chain, step: Step) -> float:
    """Return the FLOPs of holding the newcomer of a step against those that served before."""
    before = chain.serving[step.t - 2] if step.t > 1 else None
    flops = 0.0
    for key in plan.graph.rivals(chain, step, before):
        judged = results.judgement(key, plan.compared(chain.seed, (step.first, step.last)))
        assert judged is not None  # it told who serves
        flops += judged.rows * float(sizes.inference_flops(plan.graph.updates[key].shape))
    return flops


def _of_prediction(results: Results, model: Node | None) -> dict[str, float]:
    """Return what a prediction of the model in service takes; None: the incumbent's, nothing that is counted."""
    if model is None:
        return {"members": 0, "inference_flops": 0.0, "inference_seconds": 0.0, "params": 0}
    shape = model.shape
    fitted = results.outcomes[model.key] if isinstance(shape, sizes.Estimator) else None
    return {
        "members": model.width * sizes.networks_in(shape),
        "inference_flops": model.width * float(sizes.inference_flops(shape)),
        "inference_seconds": fitted.inference_seconds if fitted else 0.0,
        "params": fitted.parameters if fitted else model.width * sizes.parameters(shape),
    }


def described(policy: PolicySpec) -> dict[str, Any]:
    """Return the columns that say what a policy is."""
    return {
        "waiting_time": policy.waiting_time,
        "first_update": policy.first_update,
        "start": policy.start,
        "replay": policy.replay,
        "window": policy.window,
        "method": policy.method,
        "k": policy.members,
        "growth": METHODS[policy.method].grows,
        "grow_every": policy.grow_every,
        "grow_after": policy.grow_after,
        "schedule": policy.schedule,
        "threshold": policy.threshold,
        "capacity": policy.learner.capacity,
        "architecture": policy.learner.architecture,
    }
