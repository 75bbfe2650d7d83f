"""The networks: how one learner's weights are drawn, and the forward pass of a stack."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from alma_core.learners.layers import (
    batch_norm,
    convolution,
    initial_convolution,
    initial_linear,
    linear,
    linear_of_images,
    max_pool,
    product,
    together,
)
from alma_core.learners.mixtures import (
    PATHS,
    by_expert,
    by_rows,
    expert,
    initial_gates,
    initial_members,
    member,
    shares,
    towards,
)
from alma_core.learners.states import State
from alma_core.shapes import BLOCKS, SIDE, AnyShape, Mixture, RankOne, Shape, VggShape

Stack = dict[str, Tensor]
"""The weights of K learners by name, the learner axis first."""

NORMALISED = ("scale", "shift", "running_mean", "running_variance")
"""What a batch normalisation holds of each channel."""

RUNNING = (".running_mean", ".running_variance")
"""How the names of running statistics end: they are carried along, and no optimiser moves them."""


def initial(shape: AnyShape, draws: np.random.Generator) -> State:
    """Draw the weights of one network: experts one after the other, then their gates; a shared network, then signs.

    Raises:
        TypeError: the shape is none of a network.
    """
    match shape:
        case Shape():
            return initial_mlp(shape, draws)
        case VggShape():
            return initial_vgg(shape, draws)
        case Mixture():
            experts = [initial(shape.base, draws) for _ in range(shape.experts)]
            state = {name: np.stack([one[name] for one in experts]) for name in experts[0]}  # [E, ...] each
            return state | initial_gates(shape.inputs, shape.experts, draws) if shape.gated else state
        case RankOne():
            return initial_members(initial(shape.base, draws), shape.members, draws)
    raise TypeError(shape)


def forward(shape: AnyShape, weights: Stack, x: Tensor, row_weights: Tensor | None) -> Tensor:
    """Return the logits of K networks, [K, n, classes].

    A gated mixture's are the mean of its experts' logits, weighted by their shares; without gates, their sum. Members
    of rank one divide the rows of a minibatch among them in training; after it all of them see every row, and the
    logarithm of the mean of their probabilities counts (of one output: the mean).

    Args:
        weights: as `stacked` makes them; in training the running statistics are moved in place.
        x: [K, n, inputs], rows as the file holds them (images: height, width, channels).
        row_weights: [K, n], 1 / real rows on real rows and zero on padding; None where nothing is trained.

    Raises:
        TypeError: the shape is none of a network.
    """
    match shape:
        case Shape():
            return mlp(weights, x)
        case VggShape():
            return vgg(shape, weights, x, row_weights)
        case Mixture():
            each = [forward(shape.base, expert(weights, e), x, row_weights) for e in range(shape.experts)]
            said = torch.stack(each)  # [E, K, n, classes]
            if shape.gated:
                said = said * shares(towards(weights, x), by_expert(weights))  # [E, K, n, classes]
            return said.sum(0)  # [K, n, classes]
        case RankOne():
            return _of_members(shape, weights, x, row_weights)
    raise TypeError(shape)


def _of_members(shape: RankOne, weights: Stack, x: Tensor, row_weights: Tensor | None) -> Tensor:
    """Return the logits of K shared networks; arguments as `forward`."""
    if row_weights is None:
        said = torch.stack([forward(shape.base, member(weights, j), x, None) for j in range(shape.members)])
        if shape.outputs == 1:
            return said.mean(0)  # [K, n, 1]
        likely = said.mT.contiguous().log_softmax(2)  # [members, K, classes, n]
        return (likely.logsumexp(0) - math.log(shape.members)).mT  # [K, n, classes]
    if isinstance(shape.base, Shape):
        return shared_mlp(weights, x)
    return shared_vgg(shape.base, weights, x, row_weights)


def is_trained(name: str) -> bool:
    """Return whether an optimiser moves the weights called `name`."""
    return not name.endswith(RUNNING) and name != PATHS


def initial_mlp(shape: Shape, draws: np.random.Generator) -> State:
    """Draw the weights of one MLP."""
    state: State = {}
    for layer, (n_in, n_out) in enumerate(shape.layers):
        state[f"{layer}.weight"], state[f"{layer}.bias"] = initial_linear(draws, n_in, n_out)
    return state


def mlp(weights: Stack, x: Tensor) -> Tensor:
    """Return the logits of K MLPs.

    Args:
        weights: as `stacked` makes them.
        x: [K, n, inputs].
    """
    last = len(weights) // 2 - 1
    for layer in range(last):
        x = torch.relu(linear(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"]))  # [K, n, hidden]
    return linear(x, weights[f"{last}.weight"], weights[f"{last}.bias"])  # [K, n, classes]


def initial_vgg(shape: VggShape, draws: np.random.Generator) -> State:
    """Draw the weights of one VGG-19."""
    state: State = {}
    for layer, (c_in, c_out, _side) in enumerate(shape.convolutions):
        state[f"{layer}.weight"], state[f"{layer}.bias"] = initial_convolution(draws, c_in, c_out)
        for name, value in zip(NORMALISED, (1, 0, 0, 1), strict=True):
            state[f"{layer}.{name}"] = np.full((c_out, 1), value, np.float32)
    last = len(shape.convolutions)
    state[f"{last}.weight"], state[f"{last}.bias"] = initial_linear(draws, shape.units[-1], shape.outputs)
    return state


def vgg(shape: VggShape, weights: Stack, x: Tensor, row_weights: Tensor | None) -> Tensor:
    """Return the logits of K VGG-19s; arguments as `forward`."""

    def convolved(layer: int, x: Tensor) -> Tensor:
        return convolution(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])

    x, last = _through_blocks(convolved, weights, _images(shape, x), row_weights), sum(BLOCKS)
    return linear_of_images(x, weights[f"{last}.weight"], weights[f"{last}.bias"])  # [K, n, classes]


def _through_blocks(
    convolved: Callable[[int, Tensor], Tensor], weights: Stack, x: Tensor, row_weights: Tensor | None
) -> Tensor:
    """Take images [K, c, 32, 32, n] through convolutions, normalisations and poolings to [K, width, 1, 1, n]."""
    layer = 0
    for n_convolutions in BLOCKS:
        for _ in range(n_convolutions):
            scale, shift, mean, variance = (weights[f"{layer}.{name}"] for name in NORMALISED)
            x = convolved(layer, x)  # [K, width, side, side, n]
            x = batch_norm(x, scale, shift, mean, variance, row_weights).relu_()
            layer += 1
        x = max_pool(x)  # [K, width, side / 2, side / 2, n]
    return x


def shared_mlp(weights: Stack, x: Tensor) -> Tensor:
    """Return the logits in training of K MLPs that members of rank one share; arguments as `mlp`."""
    n, last = x.shape[1], sum(name.endswith(".in") for name in weights) - 1
    for layer in range(last + 1):
        before, after, bias = (by_rows(weights[f"{layer}.{name}"], n, 1) for name in ("in", "out", "bias"))
        x = product(x * before, weights[f"{layer}.weight"]) * after + bias  # [K, n, n_out]
        x = x if layer == last else x.relu_()
    return x


def shared_vgg(shape: VggShape, weights: Stack, x: Tensor, row_weights: Tensor) -> Tensor:
    """Return the logits in training of K VGG-19s that members of rank one share; arguments as `forward`.

    The sums that autograd inserts for factors may run in an order that depends on K: learners go one by one on a CPU.
    """
    size, names = together(x), list(weights)
    parts = zip(*(torch.split(weights[name], size) for name in names), strict=True)
    each = zip(parts, torch.split(x, size), torch.split(row_weights, size), strict=True)
    said = [_shared_vgg(shape, dict(zip(names, part, strict=True)), rows, counts) for part, rows, counts in each]
    return torch.cat(said)  # [K, n, classes]


def _shared_vgg(shape: VggShape, weights: Stack, x: Tensor, row_weights: Tensor) -> Tensor:
    n, last = x.shape[1], sum(BLOCKS)

    def convolved(layer: int, x: Tensor) -> Tensor:
        before, after = (by_rows(weights[f"{layer}.{end}"], n, 2)[:, :, None, None] for end in ("in", "out"))
        bias = weights[f"{layer}.bias"]  # [K, c_out, 1]
        x = convolution(x * before, weights[f"{layer}.weight"], torch.zeros_like(bias))  # [K, c_out, side, side, n]
        return x * after + bias[..., None, None]

    x = _through_blocks(convolved, weights, _images(shape, x), row_weights).flatten(1, 3).mT  # [K, n, width]
    head = {name.replace(f"{last}.", "0."): weight for name, weight in weights.items() if name.startswith(f"{last}.")}
    return shared_mlp(head, x)  # [K, n, classes]


def _images(shape: VggShape, x: Tensor) -> Tensor:
    """Return rows as images on the network's square, with zeros around them."""
    channels, height, width = shape.image
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    images = x.reshape(*x.shape[:2], height, width, channels).permute(0, 4, 2, 3, 1)  # [K, c, height, width, n]
    border = (0, 0, left, SIDE - width - left, top, SIDE - height - top)
    return pad(images, border).contiguous()  # [K, c, 32, 32, n]


def stacked(states: list[State], device: str) -> Stack:
    """Put K learners' weights side by side."""
    return {
        name: torch.from_numpy(np.stack([state[name] for state in states])).to(device)  # [K, ...]
        for name in states[0]
    }


def taken(weights: Stack, positions: list[int]) -> list[State]:
    """Return copies of the weights of the learners at `positions`."""
    if not positions:
        return []
    moved = {name: weight.detach()[positions].cpu().numpy() for name, weight in weights.items()}  # [positions, ...]
    return [{name: weight[i].copy() for name, weight in moved.items()} for i in range(len(positions))]
