"""Layers that carry a leading learner axis K: K learners of one shape in one batched matrix product."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map each learner's rows by its own weights.

    Args:
        x: [K, n, n_in].
        weight: [K, n_in, n_out].
        bias: [K, 1, n_out].
    """
    return torch.baddbmm(bias, x, weight)  # [K, n, n_out]


def initial_linear(
    draws: np.random.Generator, n_in: int, n_out: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw one learner's weight [n_in, n_out] and bias [1, n_out], uniform in +-1/sqrt(n_in) (as torch.nn.Linear)."""
    bound = n_in**-0.5
    weight = draws.uniform(-bound, bound, (n_in, n_out)).astype(np.float32)
    bias = draws.uniform(-bound, bound, (1, n_out)).astype(np.float32)
    return weight, bias
