"""The naive twin of the VGG: one network at a time, torch's own convolutions and batch normalisation."""

import numpy as np
import torch
from torch import Tensor, nn

from alma_core.learners.networks import State
from alma_core.sizes import VggShape

LAYOUT = (2, 2, 4, 4, 4)


def untrained(shape: VggShape) -> nn.Sequential:
    """Return a plain VGG-19 on images [n, channels, height, width], weights as torch draws them."""
    c_in, height, width = shape.image
    top, left = (32 - height) // 2, (32 - width) // 2
    layers: list[nn.Module] = [nn.ZeroPad2d((left, 32 - width - left, top, 32 - height - top))]
    for n_convolutions in LAYOUT:
        for _ in range(n_convolutions):
            layers += [nn.Conv2d(c_in, shape.channels, 3, padding=1), nn.BatchNorm2d(shape.channels), nn.ReLU()]
            c_in = shape.channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(shape.channels, shape.outputs))


@torch.no_grad()
def sequential(shape: VggShape, state: State) -> nn.Sequential:
    """Return the plain network with the weights of `state`."""
    network = untrained(shape).to(torch.from_numpy(state["0.weight"]).dtype)
    for name, tensor in tensors(network).items():
        tensor.copy_(_as_torch(state[name], tensor))
    return network


def state_of(network: nn.Sequential) -> State:
    """Return a plain network's weights and running statistics as a state."""
    return {name: _as_state(tensor.detach(), name, network) for name, tensor in tensors(network).items()}


def gradients_of(network: nn.Sequential) -> State:
    """Return a plain network's gradients, laid out as its weights are in a state."""
    every = tensors(network).items()
    return {name: _as_state(tensor.grad, name, network) for name, tensor in every if tensor.grad is not None}


def tensors(network: nn.Sequential) -> dict[str, Tensor]:
    """Return a plain network's own tensors under the names that a state has for them."""
    convolutions = [module for module in network if isinstance(module, nn.Conv2d)]
    norms = [module for module in network if isinstance(module, nn.BatchNorm2d)]
    found: dict[str, Tensor] = {}
    for layer, (convolution, norm) in enumerate(zip(convolutions, norms, strict=True)):
        found |= {f"{layer}.weight": convolution.weight, f"{layer}.bias": convolution.bias}
        found |= {f"{layer}.scale": norm.weight, f"{layer}.shift": norm.bias}
        found |= {f"{layer}.running_mean": norm.running_mean, f"{layer}.running_variance": norm.running_var}
    last = len(convolutions)
    return found | {f"{last}.weight": network[-1].weight, f"{last}.bias": network[-1].bias}


def images(shape: VggShape, rows: Tensor) -> Tensor:
    """Return rows [n, height * width * channels] as images [n, channels, height, width]."""
    channels, height, width = shape.image
    return rows.view(-1, height, width, channels).permute(0, 3, 1, 2)


def _as_torch(array: np.ndarray, like: Tensor) -> Tensor:
    flat = torch.from_numpy(array)
    return (flat.T if like.ndim == 2 else flat).reshape(like.shape)


def _as_state(tensor: Tensor, name: str, network: nn.Sequential) -> np.ndarray:
    if tensor.ndim == 2:
        return tensor.numpy().T.copy()  # [c, classes]
    if tensor.ndim == 4:
        return tensor.flatten(1).numpy().copy()  # [c_out, c_in * 9]
    is_linear = name.split(".")[0] == str(sum(isinstance(module, nn.Conv2d) for module in network))
    return tensor.numpy()[None].copy() if is_linear else tensor.numpy()[:, None].copy()  # [1, classes] or [c, 1]
