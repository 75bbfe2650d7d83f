"""Experts under gates, and members that differ by factors of rank one: what stands between a mixture and its networks.

Each expert of a stack is a stack of plain networks, seen through views, and so does exactly what K plain networks do.
Gates form a binary tree. Gate j is a linear map z_j of an example; paths[e, j] says which way expert e lies from it: 1,
-1, or 0 where e does not lie behind it. Expert e's share of an example is the product of sigmoid(paths[e, j] z_j) over
the gates on its path, so that shares sum to one.
"""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid

from alma_core.learners.layers import initial_linear, linear
from alma_core.learners.states import State

GATES = "gate."
"""How the names of gates begin; all other weights of a mixture have the expert axis first."""

PATHS = "gate.paths"
"""The tree's name: carried along, moved by growth only."""


def expert(weights: dict[str, Tensor], e: int) -> dict[str, Tensor]:
    """Return the weights of expert `e` of each learner: views that make a plain network."""
    return {name: weight[:, e] for name, weight in weights.items() if not name.startswith(GATES)}


def initial_gates(inputs: int, experts: int, draws: np.random.Generator) -> State:
    """Draw one learner's gates, in a chain: gate 0 parts expert 0 from the rest, gate 1 expert 1 from that rest, ..."""
    weight, bias = initial_linear(draws, inputs, experts - 1)
    return {"gate.weight": weight, "gate.bias": bias, PATHS: chain(experts)}


def chain(experts: int) -> NDArray[np.float32]:
    """Return the paths [E, E-1] of a chain.

    >>> chain(3)
    array([[ 1.,  0.],
           [-1.,  1.],
           [-1., -1.]], dtype=float32)
    """
    paths: NDArray[np.float32] = np.eye(experts, experts - 1, dtype=np.float32)
    paths -= np.tri(experts, experts - 1, -1, dtype=np.float32)
    return paths


def towards(weights: dict[str, Tensor], x: Tensor) -> Tensor:
    """Return how far each gate turns each example towards each expert, [E, K, n, E-1]; 0 off the expert's path.

    Args:
        weights: of the mixtures.
        x: [K, n, inputs].
    """
    z = linear(x, weights["gate.weight"], weights["gate.bias"])  # [K, n, E-1]
    return by_expert(weights) * z  # [E, K, n, E-1]


def by_expert(weights: dict[str, Tensor]) -> Tensor:
    """Return the paths of the mixtures, [E, K, 1, E-1]."""
    return weights[PATHS].transpose(0, 1).unsqueeze(2)


def shares(turned: Tensor, paths: Tensor) -> Tensor:
    """Return each expert's share of each example, [E, K, n, 1], 0..1.

    Args:
        turned: [E, K, n, E-1], from `towards`.
        paths: [E, K, 1, E-1], from `by_expert`.
    """
    return (logsigmoid(turned) * paths.abs()).sum(3, keepdim=True).exp()  # [E, K, n, 1]


def slopes(turned: Tensor, paths: Tensor) -> Tensor:
    """Return the slope of the logarithm of each share along each gate's z, [E, K, n, E-1]; arguments as `shares`."""
    return logsigmoid(-turned).exp_() * paths  # a sigmoid whose bits do not depend on the place in memory


def initial_members(state: State, members: int, draws: np.random.Generator) -> State:
    """Give a plain network's drawn weights factors of random signs and, in linear layers, a bias for each member."""
    shared = dict(state)
    for layer in [name.removesuffix(".weight") for name in state if name.endswith(".weight")]:
        weight, images = state[f"{layer}.weight"], _sees_images(state, layer)
        ends = (weight.shape[1] // 9, weight.shape[0]) if images else weight.shape
        for end, channels in zip(("in", "out"), ends, strict=True):
            signs = (draws.integers(0, 2, (members, channels)) * 2 - 1).astype(np.float32)  # [members, c]
            shared[f"{layer}.{end}"] = np.expand_dims(signs, 2 if images else 1)  # [members, c, 1] or [members, 1, c]
        if not images:
            shared[f"{layer}.bias"] = np.repeat(state[f"{layer}.bias"][None], members, 0)  # [members, 1, n_out]
    return shared


def member(weights: dict[str, Tensor], j: int) -> dict[str, Tensor]:
    """Return the plain network that member `j` of each learner is: its factors are multiplied into the weights."""
    plain = {}
    for name, weight in weights.items():
        layer, _, what = name.partition(".")
        images = _sees_images(weights, layer)
        if what == "weight":
            before, after = weights[f"{layer}.in"][:, j], weights[f"{layer}.out"][:, j]
            before = before.repeat_interleave(9, 1) if images else before  # [K, c_in * 9, 1] or [K, 1, n_in]
            plain[name] = weight * before.mT * after  # [K, c_out, c_in * 9] or [K, n_in, n_out]
        elif what == "bias" and not images:
            plain[name] = weight[:, j]  # [K, 1, n_out]
        elif what not in ("in", "out"):
            plain[name] = weight
    return plain


def rows_of_members(members: int, n: int) -> list[int]:
    """Return how many of n rows each member meets in training: row i meets member i * members // n.

    >>> rows_of_members(3, 8), rows_of_members(3, 2)
    ([3, 3, 2], [1, 1, 0])
    """
    firsts = [-(-j * n // members) for j in range(members + 1)]
    return [after - first for first, after in pairwise(firsts)]


def by_rows(own: Tensor, n: int, axis: int) -> Tensor:
    """Repeat what each member has of its own over the rows that it meets.

    Args:
        own: [K, members, 1, c], or [K, members, c, 1].
        n: rows of the minibatch.
        axis: where the rows shall stand: 1 makes [K, n, c], 2 makes [K, c, n].
    """
    repeated = []
    for one, rows in zip(own.unbind(1), rows_of_members(own.shape[1], n), strict=True):
        size = list(one.shape)
        size[axis] = rows
        repeated.append(one.expand(size))
    return torch.cat(repeated, axis)


def write_by_member(values: Tensor, into: Tensor) -> None:
    """Write the sums of values [K, n, c] over the rows that each member meets into [K, members, 1, c]."""
    for j, block in enumerate(torch.split(values, rows_of_members(into.shape[1], values.shape[1]), 1)):
        torch.sum(block, 1, keepdim=True, out=into[:, j])  # [K, 1, c]


def _sees_images(weights: dict[str, Tensor] | State, layer: str) -> bool:
    """Return whether a layer is a convolution: those are normalised."""
    return f"{layer}.scale" in weights
