"""The naive twin of Firefly: one candidate at a time, tried alone in a plain network of doubles, unit by unit."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from alma_core.learners import networks
from alma_core.learners.layers import initial_convolution, initial_linear
from alma_core.learners.states import State
from alma_core.sizes import Network, VggShape

POOLED = (1, 3, 7, 11, 15)
"""Convolutions that a pooling follows."""


@dataclass
class Unit:
    """What enters a unit, [n_in] or [n_in, 3, 3], and what it has of its own."""

    incoming: Tensor
    own: dict[str, Tensor]


Plain = list[list[Unit]]
"""The units that leave each layer."""


def plain(state: State) -> Plain:
    """Take a state apart, unit by unit, in doubles."""
    found: Plain = []
    while f"{len(found)}.weight" in state:
        at, units = len(found), []
        weight = state[f"{at}.weight"].astype(np.float64)
        is_convolution = f"{at}.scale" in state
        for unit in range(len(weight) if is_convolution else weight.shape[1]):
            incoming = weight[unit].reshape(-1, 3, 3) if is_convolution else weight[:, unit]
            names = ("bias", *networks.NORMALISED) if is_convolution else ("bias",)
            own = {name: torch.tensor(float(state[f"{at}.{name}"].ravel()[unit])).double() for name in names}
            units.append(Unit(torch.tensor(incoming), own))
        found.append(units)
    return found


def flat(network: Plain) -> dict[tuple[int, int, str], np.ndarray]:
    """Return a plain network's numbers by layer, unit and name."""
    return {
        (at, number, name): tensor.detach().numpy()
        for at, layer in enumerate(network)
        for number, unit in enumerate(layer)
        for name, tensor in {"incoming": unit.incoming, **unit.own}.items()
    }


def loss(shape: Network, network: Plain, x: np.ndarray, truth: np.ndarray) -> Tensor:
    """Return the mean loss of all rows in training."""
    seen = torch.tensor(x).double()  # [n, inputs]
    if isinstance(shape, VggShape):
        channels, height, width = shape.image
        images = seen.view(-1, height, width, channels).permute(0, 3, 1, 2)
        top, left = (32 - height) // 2, (32 - width) // 2
        seen = functional.pad(images, (left, 32 - width - left, top, 32 - height - top))
    for at, layer in enumerate(network):
        weight, bias = torch.stack([unit.incoming for unit in layer]), torch.stack([unit.own["bias"] for unit in layer])
        if weight.ndim == 4:
            seen = functional.conv2d(seen, weight, bias, padding=1)
            scale, shift = (torch.stack([unit.own[name] for unit in layer]) for name in ("scale", "shift"))
            seen = functional.batch_norm(seen, None, None, scale, shift, training=True).relu()
            seen = functional.max_pool2d(seen, 2) if at in POOLED else seen
        else:
            seen = functional.linear(seen.flatten(1), weight, bias)
            seen = seen.relu() if at < len(network) - 1 else seen
    if shape.outputs == 1:
        return functional.huber_loss(seen[:, 0], torch.tensor(truth).double())
    return functional.cross_entropy(seen, torch.tensor(truth))


def drawn(network: Plain, places: list[int], draws: np.random.Generator) -> tuple[list[list[Unit]], list[np.ndarray]]:
    """Draw each hidden layer's new units, and the direction of each unit's tilt, in the documented order."""
    news: list[list[Unit]] = []
    for layer, count in zip(network, places, strict=False):
        n_in, is_convolution = len(layer[0].incoming), layer[0].incoming.ndim == 3
        initial = initial_convolution if is_convolution else initial_linear
        weight, bias = initial(draws, n_in, 2 * count)
        state: State = {"0.weight": weight, "0.bias": bias}
        if is_convolution:
            ones, zeros = np.ones_like(bias), np.zeros_like(bias)
            state |= {"0.scale": ones, "0.shift": zeros, "0.running_mean": zeros, "0.running_variance": ones}
        news.append(plain(state)[0])
    tilts = []
    for layer, above in pairwise(network):
        window = 9 if above[0].incoming.ndim == 3 else 1
        directions = draws.normal(size=(len(layer), window, len(above)))
        tilt = np.empty(directions.shape)
        for number in range(len(layer)):
            length = np.sqrt(sum(float(unit.incoming[number].square().sum()) for unit in above))
            tilt[number] = 0.1 * length * directions[number] / np.linalg.norm(directions[number])
        tilts.append(tilt)
    return news, tilts


def copied(network: Plain) -> Plain:
    return [[Unit(unit.incoming.clone(), {**unit.own}) for unit in layer] for layer in network]


def split(network: Plain, at: int, number: int, tilt: np.ndarray, origins: list[int | None]) -> None:
    """Split a unit of layer `at`; of those above, `origins` says which unit each is a copy of, None: a new one's."""
    unit = network[at][number]
    network[at].append(Unit(unit.incoming.clone(), {**unit.own}))
    for above, origin in zip(network[at + 1], origins, strict=True):
        half = above.incoming[number] / 2
        more = torch.zeros_like(half) if origin is None else torch.tensor(tilt[number, :, origin]).reshape(half.shape)
        above.incoming = torch.cat([above.incoming, (half - more)[None]])
        above.incoming[number] = half + more


def add(network: Plain, at: int, new: Unit) -> None:
    """Add a new unit to layer `at` whose outgoing weights are zero."""
    network[at].append(Unit(new.incoming.clone(), {**new.own}))
    for above in network[at + 1]:
        above.incoming = torch.cat([above.incoming, torch.zeros_like(above.incoming[:1])])


def gradients(shape: Network, network: Plain, x: np.ndarray, truth: np.ndarray, leaves: list[Tensor]) -> list[Tensor]:
    for leaf in leaves:
        leaf.requires_grad_()
    return list(torch.autograd.grad(loss(shape, network, x, truth), leaves))


def score_of_split(
    shape: Network, network: Plain, at: int, number: int, tilt: np.ndarray, x: np.ndarray, truth: np.ndarray
) -> float:
    alone = copied(network)
    split(alone, at, number, tilt, list(range(len(alone[at + 1]))))
    first, second = alone[at][number], alone[at][-1]
    second.own["bias"] = second.own["bias"].clone()
    first.own["bias"] = first.own["bias"].clone()
    leaves = [first.incoming, first.own["bias"], second.incoming, second.own["bias"]]
    w1, b1, w2, b2 = gradients(shape, alone, x, truth, leaves)
    apart = float((w1 - w2).square().sum() + (b1 - b2).square()) ** 0.5
    own = first.incoming.detach().square().sum() + first.own["bias"].detach().square()
    return apart * float(own) ** 0.5


def score_of_new(shape: Network, network: Plain, at: int, new: Unit, x: np.ndarray, truth: np.ndarray) -> float:
    lengths = [
        sum(float(above.incoming[number].square().sum()) for above in network[at + 1]) ** 0.5
        for number in range(len(network[at]))
    ]
    alone = copied(network)
    add(alone, at, new)
    pulls = gradients(shape, alone, x, truth, [above.incoming for above in alone[at + 1]])
    return float(np.mean(lengths)) * sum(float(pull[-1].square().sum()) for pull in pulls) ** 0.5


def scores(
    shape: Network, network: Plain, at: int, news: list[Unit], tilt: np.ndarray, x: np.ndarray, truth: np.ndarray
) -> list[float]:
    """Score each candidate of a layer alone: its units first, then the new ones."""
    of_splits = [score_of_split(shape, network, at, number, tilt, x, truth) for number in range(len(network[at]))]
    return of_splits + [score_of_new(shape, network, at, new, x, truth) for new in news]


def widened(
    state: State, shape: Network, grown: Network, x: np.ndarray, truth: np.ndarray, draws: np.random.Generator
) -> tuple[Plain, list[list[int]]]:
    """Return the plain network that Firefly should find, and what was picked in each layer, by number."""
    network = plain(state)
    places = [wide - narrow for wide, narrow in zip(grown.units, shape.units, strict=True)]
    news, tilts = drawn(network, places, draws)
    picked = []
    for at, count in enumerate(places):
        found = scores(shape, network, at, news[at], tilts[at], x, truth)
        order = sorted(range(len(found)), key=lambda number: (-found[number], number))
        assert found[order[count - 1]] > found[order[count]] * (1 + 1e-4), "too close to tell apart in floats"
        picked.append(sorted(order[:count]))
    wider: Plain = copied(network)
    for at in reversed(range(len(places))):  # from above: what is new there takes in only what was below before
        origins: list[int | None] = list(range(len(network[at + 1])))
        if at + 1 < len(places):
            m = len(network[at + 1])
            origins += [number if number < m else None for number in picked[at + 1]]
        for number in (number for number in picked[at] if number < len(network[at])):
            split(wider, at, number, tilts[at], origins)
        for number in (number for number in picked[at] if number >= len(network[at])):
            add(wider, at, news[at][number - len(network[at])])
    return wider, picked
