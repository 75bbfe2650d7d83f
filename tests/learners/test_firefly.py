"""Firefly against a naive twin that tries one candidate at a time in a plain network of doubles."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from alma_core import seeds, sizes
from alma_core.learners import networks
from alma_core.learners.firefly import firefly
from alma_core.learners.gradients import write_gradient
from alma_core.learners.layers import initial_convolution, initial_linear
from alma_core.learners.states import State
from alma_core.learners.weights import Weights
from alma_core.sizes import Network, Shape, VggShape

MLP, ONE_OUTPUT = Shape(6, (7, 5), 3), Shape(6, (5, 4), 1)
VGG, VGG_ONE_OUTPUT = VggShape((2, 5, 8), 3, 4), VggShape((1, 4, 4), 2, 1)
SHAPES = [MLP, ONE_OUTPUT, VGG, VGG_ONE_OUTPUT]
POOLED = (1, 3, 7, 11, 15)
"""Convolutions that a pooling follows."""


def began(shape: Network, seed: int) -> State:
    """Return weights with normalised channels and running statistics away from their defaults."""
    draws = seeds.generator(seed, "initialisation", 0)  # not what new units are drawn from: they would be the old ones
    state = networks.initial(shape, draws)
    for name in state:
        if name.endswith((".scale", ".running_variance")):
            state[name] = draws.uniform(0.5, 2, state[name].shape).astype(np.float32)
        if name.endswith((".shift", ".running_mean")):
            state[name] = draws.normal(size=state[name].shape).astype(np.float32) / 3
    return state


def examples(shape: Network, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    x = draws.normal(size=(n, shape.inputs)).astype(np.float32)
    if shape.outputs == 1:
        return x, draws.normal(size=n).astype(np.float32)
    return x, draws.integers(shape.outputs, size=n)


def served(state: State, shape: Network, x: np.ndarray) -> np.ndarray:
    """Return the outputs [n, outputs] of the network in service."""
    with torch.no_grad():
        return networks.forward(shape, networks.stacked([state], "cpu"), torch.from_numpy(x[None]), None)[0].numpy()


def trained_with(state: State, shape: Network, x: np.ndarray) -> np.ndarray:
    """Return the outputs [n, outputs] of the network in training, channels normalised by these rows."""
    weights = networks.stacked([state], "cpu")
    with torch.no_grad():
        return networks.forward(shape, weights, torch.from_numpy(x[None]), torch.full((1, len(x)), 1 / len(x)))[
            0
        ].numpy()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n_scored", [12, 0])
def test_the_output_stays_and_the_shape_is_the_announced_one_three_times_over(shape: Network, n_scored: int):
    """Of no rows, all places go to splits; of a dozen most go to new units."""
    state, first, (x, truth) = began(shape, 0), shape, examples(shape, 12)
    in_service, in_training = served(state, shape, x), trained_with(state, shape, x)
    draws = np.random.default_rng(2)
    for _ in range(3):
        before, grown = {name: weight.copy() for name, weight in state.items()}, sizes.widened(shape, first)
        wider, _flops = firefly(state, shape, grown, x[:n_scored], truth[:n_scored], draws)
        assert all(np.array_equal(state[name], before[name]) for name in before)
        np.testing.assert_allclose(served(wider, grown, x), in_service, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(trained_with(wider, grown, x), in_training, rtol=1e-4, atol=1e-5)
        fresh = networks.initial(grown, np.random.default_rng(0))
        assert {name: (value.shape, value.dtype) for name, value in wider.items()} == {
            name: (value.shape, value.dtype) for name, value in fresh.items()
        }
        n_trained = sum(value.size for name, value in wider.items() if networks.is_trained(name))
        assert n_trained == sizes.parameters(grown)
        state, shape = wider, grown


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


def naive(
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


def holds_what_the_twin_finds(shape: Network, n: int, seed: int) -> list[list[int]]:
    state, (x, truth) = began(shape, seed), examples(shape, n, seed)
    grown = sizes.widened(shape, shape)
    expected, picked = naive(state, shape, grown, x, truth, np.random.default_rng(seed))
    found, _flops = firefly(state, shape, grown, x, truth, np.random.default_rng(seed))
    ours, twins = flat(plain(found)), flat(expected)
    assert ours.keys() == twins.keys()
    for where, twin in twins.items():
        np.testing.assert_allclose(ours[where], twin, rtol=1e-5, atol=1e-7, err_msg=str(where))
    return picked


def test_an_mlp_gets_the_units_that_brute_force_picks():
    """150 rows: more than are scored at a time. In either layer some units are split and some are new."""
    kinds = set()
    for seed in range(8):
        for shape, n in ((MLP, 150), (ONE_OUTPUT, 40)):
            for at, picked in enumerate(holds_what_the_twin_finds(shape, n, seed)):
                kinds |= {(at, number < shape.hidden[at]) for number in picked}
    assert kinds == {(0, True), (0, False), (1, True), (1, False)}


@pytest.mark.parametrize(("shape", "seed"), [(VGG, 2), (VGG_ONE_OUTPUT, 2)])
def test_a_vgg_gets_the_channels_that_brute_force_picks(shape: VggShape, seed: int):
    """Of these seeds both kinds are taken: new channels mostly, splits seldom."""
    picked = holds_what_the_twin_finds(shape, 6, seed)
    assert {number < shape.channels for layer in picked for number in layer} == {True, False}


@pytest.mark.parametrize("shape", SHAPES)
def test_one_step_tells_the_halves_of_every_split_apart(shape: Network):
    """Of no rows all places go to splits; of this seed no unit is off on all rows, so that each has a gradient."""
    (x, truth), grown = examples(shape, 20), sizes.widened(shape, shape)
    state, _flops = firefly(began(shape, 3), shape, grown, x[:0], truth[:0], np.random.default_rng(0))
    after = stepped(state, grown, x, truth)
    for at, m in enumerate(shape.units):
        before, moved = units_of(state, at), units_of(after, at)
        for first, second in enumerate(range(m, grown.units[at])):
            assert np.array_equal(before[first], before[second])
            assert np.abs(moved[first] - moved[second]).max() > 1e-7


def stepped(state: State, shape: Network, x: np.ndarray, truth: np.ndarray) -> State:
    """Return weights after one plain step down the slope."""
    weights = Weights.stacked([state], "cpu")
    row_weights = torch.full((1, len(x)), 1 / len(x))
    write_gradient(weights, shape, torch.from_numpy(x[None]), torch.from_numpy(truth[None]), row_weights)
    weights.trained.sub_(weights.gradient)
    return {name: value[0].numpy() for name, value in weights.views.items()}


def units_of(state: State, at: int) -> np.ndarray:
    """Return what enters each unit of a layer, [units, ...]; below, the halves of a split feed them differently."""
    weight = state[f"{at}.weight"]
    return weight if f"{at}.scale" in state else weight.T


@pytest.mark.parametrize(("shape", "n"), [(MLP, 5), (MLP, 130), (replace(MLP, hidden=(4, 4, 4)), 130), (VGG, 5)])
def test_flops_are_those_of_the_products_that_run(shape: Network, n: int):
    x, truth = examples(shape, n)
    with FlopCounterMode(display=False) as counter:
        _state, flops = firefly(began(shape, 0), shape, sizes.widened(shape, shape), x, truth, np.random.default_rng(0))
    assert flops == counter.get_total_flops()


def test_equal_draws_give_equal_weights_and_other_draws_others():
    x, truth = examples(MLP, 30)
    one, same, other = (
        firefly(began(MLP, 0), MLP, sizes.widened(MLP, MLP), x, truth, np.random.default_rng(seed))[0]
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


def test_rows_decide_and_without_rows_the_first_units_are_split():
    grown, state, m = sizes.widened(MLP, MLP), began(MLP, 0), MLP.hidden[0]
    x, truth = examples(MLP, 30)
    none, flops = firefly(state, MLP, grown, x[:0], truth[:0], np.random.default_rng(0))
    assert flops == 0
    assert np.array_equal(none["0.weight"][:, m:], state["0.weight"][:, : grown.hidden[0] - m])
    some, _flops = firefly(state, MLP, grown, x, truth, np.random.default_rng(0))
    assert not np.array_equal(some["0.weight"], none["0.weight"])
