"""The naive twin: one network at a time, plain nn.Linear, a plain loop, unpadded minibatches."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from alma_core.learners.networks import State
from alma_core.specs import Recipe


def sequential(state: State) -> nn.Sequential:
    """Return the plain network with the weights of `state`."""
    layers: list[nn.Module] = []
    for layer in range(len(state) // 2):
        weight, bias = state[f"{layer}.weight"], state[f"{layer}.bias"]
        linear = nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T))
            linear.bias.copy_(torch.from_numpy(bias[0]))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def state_of(network: nn.Sequential) -> State:
    """Return a plain network's weights as a state."""
    linears = [module for module in network if isinstance(module, nn.Linear)]
    state: State = {}
    for layer, linear in enumerate(linears):
        state[f"{layer}.weight"] = linear.weight.detach().numpy().T.copy()
        state[f"{layer}.bias"] = linear.bias.detach().numpy()[None].copy()
    return state


def train(
    start: State,
    x: NDArray[np.float32],
    y: NDArray[np.int64],
    train_rows: NDArray[np.int64],
    validation_rows: NDArray[np.int64],
    recipe: Recipe,
    order: np.random.Generator,
) -> tuple[State, int]:
    """Train one network the plain way; return its weights and the epochs it ran.

    `y` holds class numbers, or standardised targets as float32.
    """
    network = sequential(start)
    if recipe.optimiser == "adam":
        optimiser: torch.optim.Optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    else:
        optimiser = torch.optim.Adadelta(network.parameters(), lr=recipe.learning_rate)
    best, best_accuracy, without, epochs = None, -np.inf, 0, 0
    for _ in range(recipe.epochs):
        if not len(train_rows):
            break
        shuffled = train_rows[order.permutation(len(train_rows))]
        for first in range(0, len(shuffled), recipe.minibatch):
            rows = shuffled[first : first + recipe.minibatch]
            loss = loss_of(network(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        epochs += 1
        if recipe.patience is not None and len(validation_rows):
            accuracy = 1 - errors(network, x, y, validation_rows).mean()
            if accuracy > best_accuracy + recipe.min_delta:
                best, best_accuracy, without = copy.deepcopy(network), accuracy, 0
            else:
                without += 1
            if without >= recipe.patience:
                break
    return state_of(best or network), epochs


def loss_of(said: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    if truth.is_floating_point():
        return nn.functional.huber_loss(said[:, 0], truth)
    return nn.functional.cross_entropy(said, truth)


@torch.no_grad()
def errors(
    network: nn.Sequential, x: NDArray[np.float32], y: NDArray[np.int64], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which of `rows` are predicted wrong; of standardised targets, by how much."""
    if y.dtype == np.float32:
        return np.abs(network(torch.from_numpy(x[rows]))[:, 0].numpy() - y[rows])
    return network(torch.from_numpy(x[rows])).argmax(1).numpy() != y[rows]
