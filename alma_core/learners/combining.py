"""Several networks as one: the mean of what they predict, their weighted votes, or the average of their weights."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from alma_core.learners.states import State

NEWEST_SHARE: Final = 0.5
"""What the newest weights count for in an average over the updates; all that is older shares the rest the same way."""

VOTE: Final = "vote"
"""Name under which a booster's state holds the weight of its vote, beside its own weights."""


def bare(state: State) -> State:
    """Return a network's own weights, without that of its vote."""
    return {name: weight for name, weight in state.items() if name != VOTE}


def average(states: Sequence[State]) -> State:
    """Return the exponential moving average of weights, oldest first.

    Running statistics of normalised channels are averaged like weights.

    >>> average([{"w": np.float32([0.0])}, {"w": np.float32([8.0])}, {"w": np.float32([4.0])}])["w"].tolist()
    [4.0]
    """
    mean = dict(states[0])
    for state in states[1:]:
        mean = {name: mean[name] + np.float32(NEWEST_SHARE) * (state[name] - mean[name]) for name in mean}
    return mean


def mean_of(logits: Tensor) -> Tensor:
    """Return what K groups of members predict by the mean of their probabilities, as log-probabilities.

    Args:
        logits: [K, members, n, classes], or [K, members, n, 1] of a target: then the mean itself counts.
    """
    members = logits.shape[1]
    if logits.shape[3] == 1:
        return _sum(logits) / members  # [K, n, 1]
    likely = logits.log_softmax(3)  # [K, members, n, classes]
    most = likely.amax(1)  # [K, n, classes]; taken off first, so that no probability is rounded to zero
    return _sum((likely - most[:, None]).exp()).log_().add_(most - math.log(members))  # [K, n, classes]


def votes_of(logits: Tensor, votes: Tensor) -> Tensor:
    """Return log-probabilities, up to a constant, of what boosted members vote for (SAMME: Zhu et al. 2009).

    Args:
        logits: [K, members, n, classes].
        votes: [K, members] the weight of each vote, >= 0.
    """
    chosen = torch.zeros_like(logits).scatter_(3, logits.argmax(3, keepdim=True), 1.0)  # [K, members, n, classes]
    return _sum(chosen * votes[:, :, None, None])  # [K, n, classes]


def _sum(values: Tensor) -> Tensor:
    """Return the sum of [K, members, n, classes] over members, one after another whatever stands beside it."""
    total = values[:, 0].clone()  # [K, n, classes]
    for member in range(1, values.shape[1]):
        total += values[:, member]
    return total
