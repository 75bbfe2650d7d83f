"""The networks: how one learner's weights are drawn, and the forward pass of a stack."""

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
)
from alma_core.learners.states import State
from alma_core.sizes import BLOCKS, SIDE, AnyShape, Shape, VggShape

Stack = dict[str, Tensor]
"""The weights of K learners by name, the learner axis first."""

NORMALISED = ("scale", "shift", "running_mean", "running_variance")
"""What a batch normalisation holds of each channel."""

RUNNING = (".running_mean", ".running_variance")
"""How the names of running statistics end: they are carried along, and no optimiser moves them."""


def initial(shape: AnyShape, draws: np.random.Generator) -> State:
    """Draw the weights of one network."""
    if isinstance(shape, VggShape):
        return initial_vgg(shape, draws)
    if isinstance(shape, Shape):
        return initial_mlp(shape, draws)
    raise NotImplementedError(shape)


def forward(shape: AnyShape, weights: Stack, x: Tensor, row_weights: Tensor | None) -> Tensor:
    """Return the logits of K networks, [K, n, classes].

    Args:
        weights: as `stacked` makes them; in training the running statistics are moved in place.
        x: [K, n, inputs], rows as the file holds them (images: height, width, channels).
        row_weights: [K, n], 1 / real rows on real rows and zero on padding; None where nothing is trained.
    """
    return vgg(shape, weights, x, row_weights) if isinstance(shape, VggShape) else mlp(weights, x)


def is_trained(name: str) -> bool:
    """Return whether an optimiser moves the weights called `name`."""
    return not name.endswith(RUNNING)


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
    state[f"{last}.weight"], state[f"{last}.bias"] = initial_linear(draws, shape.channels, shape.outputs)
    return state


def vgg(shape: VggShape, weights: Stack, x: Tensor, row_weights: Tensor | None) -> Tensor:
    """Return the logits of K VGG-19s; arguments as `forward`."""
    x = _images(shape, x)  # [K, c, 32, 32, n]
    layer = 0
    for n_convolutions in BLOCKS:
        for _ in range(n_convolutions):
            x = convolution(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])  # [K, width, side, side, n]
            scale, shift, mean, variance = (weights[f"{layer}.{name}"] for name in NORMALISED)
            x = batch_norm(x, scale, shift, mean, variance, row_weights).relu_()
            layer += 1
        x = max_pool(x)  # [K, width, side / 2, side / 2, n]
    return linear_of_images(x, weights[f"{layer}.weight"], weights[f"{layer}.bias"])  # [K, n, classes]


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
