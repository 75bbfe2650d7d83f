"""Firefly against a naive twin that tries one candidate at a time in a plain network of doubles."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from alma_core import seeds, sizes
from alma_core.learners import networks
from alma_core.learners.firefly import firefly
from alma_core.learners.gradients import write_gradient
from alma_core.learners.states import State
from alma_core.learners.weights import Weights
from alma_core.sizes import Network, Shape, VggShape
from tests.learners import plain_firefly

MLP, ONE_OUTPUT = Shape(6, (7, 5), 3), Shape(6, (5, 4), 1)
VGG, VGG_ONE_OUTPUT = VggShape((2, 5, 8), 3, 4), VggShape((1, 4, 4), 2, 1)
SHAPES = [MLP, ONE_OUTPUT, VGG, VGG_ONE_OUTPUT]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As runs have it: where other programs hold the cores, threads that wait for each other take minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


def holds_what_the_twin_finds(shape: Network, n: int, seed: int) -> list[list[int]]:
    state, (x, truth) = began(shape, seed), examples(shape, n, seed)
    grown = sizes.widened(shape, shape)
    expected, picked = plain_firefly.widened(state, shape, grown, x, truth, np.random.default_rng(seed))
    found, _flops = firefly(state, shape, grown, x, truth, np.random.default_rng(seed))
    ours, twins = plain_firefly.flat(plain_firefly.plain(found)), plain_firefly.flat(expected)
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
