"""Start small: the cheapest policy of each size of model, what it takes, and what lets one go on to the next size."""

from typing import NamedTuple

import numpy as np

from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, paired
from alma_core.decide.costs import ONCE
from alma_core.specs import CAPACITIES


class Gate(NamedTuple):
    """What lets one go from one size on to the next.

    Args:
        capacity: the next size.
        saving: what its cheapest policy costs less, hardware included, paired over repeats.
        times: by what the prices of errors have to be multiplied for both to cost the same; 0: the next size spends no
            more; None: its errors do not cost less, so no price lets one go on.
    """

    capacity: str
    saving: Estimate
    times: float | None


class Rung(NamedTuple):
    """One size of model: its cheapest policy that keeps to the limits; means over repeats, over the horizon.

    Args:
        capacity: of CAPACITIES.
        policy: its number.
        hardware: what is paid once.
        spend: all else but errors.
        gate: to the next size of the run; None: there is none.
    """

    capacity: str
    policy: int
    hardware: float
    spend: float
    gate: Gate | None


def ladder(answer: Answer) -> list[Rung]:
    """Return the sizes that the policies of an answer have, the smallest first."""
    found = [policy for capacity in CAPACITIES if (policy := _cheapest(answer, capacity)) is not None]
    sizes = answer.panel.policies["capacity"]
    rungs = []
    for policy, larger in zip(found, [*found[1:], None], strict=True):
        hardware = float(answer.costs.of(*ONCE)[policy].sum(-1).mean())
        spend = float(answer.costs.spend[policy].sum(-1).mean()) - hardware
        gate = None if larger is None else _gate(answer, policy, larger)
        rungs.append(Rung(str(sizes.iloc[policy]), policy, hardware, spend, gate))
    return rungs


def _cheapest(answer: Answer, capacity: str) -> int | None:
    """Return the policy of a size that comes first in the order of the answer."""
    of_size = np.asarray(answer.panel.policies["capacity"] == capacity) & answer.allowed & answer.panel.learns
    return next((int(policy) for policy in answer.order if of_size[policy]), None)


def _gate(answer: Answer, policy: int, larger: int) -> Gate:
    saving = paired(answer.costs.total[policy], answer.costs.total[larger])
    fewer, more = (
        float((sign * (amounts[policy] - amounts[larger])).sum(-1).mean())
        for sign, amounts in ((1, answer.costs.errors), (-1, answer.costs.spend))
    )
    times = None if fewer <= 0 else max(more / fewer, 0.0)
    return Gate(str(answer.panel.policies["capacity"].iloc[larger]), saving, times)
