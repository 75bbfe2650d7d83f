"""A split changes no output; the most used expert is the one that a naive account of the gates finds."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from alma_core import seeds, sizes
from alma_core.learners import growth, networks
from alma_core.learners.layers import initial_linear
from alma_core.learners.states import State
from alma_core.sizes import Mixture, Network, Shape, VggShape
from tests.learners import plain, plain_vgg

MLP, ONE_OUTPUT = Shape(6, (5, 4), 3), Shape(6, (5, 4), 1)
VGG, VGG_ONE_OUTPUT = VggShape((2, 5, 8), 3, 4), VggShape((1, 4, 4), 2, 1)
SHAPES = [MLP, ONE_OUTPUT, VGG, VGG_ONE_OUTPUT]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As runs have it: where other programs hold the cores, threads that wait for each other take minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def draws() -> np.random.Generator:
    return np.random.default_rng(5)


def rows(shape: Network, n: int = 9) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(n, shape.inputs)).astype(np.float32)


def sigmoid(z: float) -> float:
    return 1 / (1 + np.exp(-z))


@torch.no_grad()
def said(state: State, shape: Network, x: np.ndarray) -> np.ndarray:
    """Return the outputs [n, outputs] of a plain network, in service."""
    if isinstance(shape, Shape):
        return plain.sequential(state)(torch.from_numpy(x)).numpy()
    network = plain_vgg.sequential(shape, state).eval()
    return network(plain_vgg.images(shape, torch.from_numpy(x))).numpy()


def share(state: State, expert: int, row: np.ndarray) -> float:
    """Return an expert's share of a row, gate by gate."""
    found = 1.0
    for gate, side in enumerate(state["gate.paths"][expert]):
        z = float(row @ state["gate.weight"][:, gate] + state["gate.bias"][0, gate])
        found *= {0: 1.0, 1: sigmoid(z), -1: 1 - sigmoid(z)}[int(side)]
    return found


def said_together(state: State, base: Network, x: np.ndarray) -> np.ndarray:
    """Return the outputs [n, outputs] of a gated mixture, expert by expert and row by row."""
    total = np.zeros((len(x), base.outputs))
    for expert in range(len(state["gate.paths"])):
        own = {name: weight[expert] for name, weight in state.items() if not name.startswith("gate.")}
        for row, output in enumerate(said(own, base, x)):
            total[row] += share(state, expert, x[row]) * output
    return total


def grown(base: Network, chosen: list[int], draws: np.random.Generator) -> tuple[State, Network | Mixture]:
    state, shape = networks.initial(base, draws), base
    for expert in chosen:
        state, shape = growth.split(state, shape, expert, draws), sizes.split(shape)
    return state, shape


@pytest.mark.parametrize("base", SHAPES)
@pytest.mark.parametrize("chosen", [[0], [0, 1], [0, 0, 2], [0, 1, 1]])
def test_splitting_changes_no_output(base: Network, chosen: list[int], draws: np.random.Generator):
    x, before = rows(base), networks.initial(base, seeds.generator(3, "initialisation", 0))
    for name in before:
        if name.endswith((".scale", ".running_variance")):
            before[name] = draws.uniform(0.5, 2, before[name].shape).astype(np.float32)
    kept, expected = {name: weight.copy() for name, weight in before.items()}, said(before, base, x)
    state, shape = before, base
    for expert in chosen:
        state, shape = growth.split(state, shape, expert, draws), sizes.split(shape)
        np.testing.assert_allclose(said_together(state, base, x), expected, rtol=1e-5, atol=1e-6)
        served = networks.forward(shape, networks.stacked([state], "cpu"), torch.from_numpy(x[None]), None)
        np.testing.assert_allclose(served[0].numpy(), expected, rtol=1e-5, atol=1e-6)
    assert all(np.array_equal(before[name], kept[name]) for name in kept)


@pytest.mark.parametrize("base", SHAPES)
def test_a_split_network_holds_what_its_shape_announces(base: Network, draws: np.random.Generator):
    state, shape = grown(base, [0, 1, 0], draws)
    fresh = networks.initial(shape, draws)
    assert {name: (weight.shape, weight.dtype) for name, weight in state.items()} == {
        name: (weight.shape, weight.dtype) for name, weight in fresh.items()
    }
    assert sum(weight.size for name, weight in state.items() if networks.is_trained(name)) == sizes.parameters(shape)


def test_copies_stand_in_the_experts_place_and_at_the_end(draws: np.random.Generator):
    first, two = grown(MLP, [0], draws)
    for name in first:
        if not name.startswith("gate."):
            first[name] = draws.normal(size=first[name].shape).astype(np.float32)  # two experts that differ
    second = growth.split(first, two, 1, draws)
    third = growth.split(second, sizes.split(two), 0, draws)
    for name in networks.initial(MLP, draws):
        assert np.array_equal(second[name], first[name][[0, 1, 1]])
        assert np.array_equal(third[name], first[name][[0, 1, 1, 0]])
    assert first["gate.paths"].tolist() == [[1], [-1]]
    assert second["gate.paths"].tolist() == [[1, 0], [-1, 1], [-1, -1]]
    assert third["gate.paths"].tolist() == [[1, 0, 1], [-1, 1, 0], [-1, -1, 0], [1, 0, -1]]


def test_old_gates_stay_and_the_fresh_one_is_drawn():
    state, shape = grown(MLP, [0], np.random.default_rng(8))
    after = growth.split(state, shape, 1, seeds.generator(0, "growth", 2))
    weight, bias = initial_linear(seeds.generator(0, "growth", 2), MLP.inputs, 1)
    assert np.array_equal(after["gate.weight"], np.hstack([state["gate.weight"], weight]))
    assert np.array_equal(after["gate.bias"], np.hstack([state["gate.bias"], bias]))


def gated(weight: list[list[float]], bias: list[float], paths: list[list[int]]) -> tuple[State, Mixture]:
    """Return only the gates of a mixture on rows of one feature; the experts do not matter here."""
    gates = {"gate.weight": weight, "gate.bias": [bias], "gate.paths": paths}
    state = {name: np.array(values, np.float32) for name, values in gates.items()}
    return state, Mixture(Shape(len(weight), (2,), 2), len(paths), gated=True)


TWO_SPLITS = [[1, 0], [-1, 1], [-1, -1]]
"""Gate 0 parts expert 0 from what was expert 1; gate 1 parts the two copies of that."""


@pytest.mark.parametrize(
    ("odds", "most"),
    [
        ((3.0, 4.0), 0),  # 3/4; 1/4 x 4/5; 1/4 x 1/5
        ((0.25, 4.0), 1),  # 1/5; 4/5 x 4/5; 4/5 x 1/5
        ((0.25, 0.25), 2),  # 1/5; 4/5 x 1/5; 4/5 x 4/5
        ((0.9, 1.2), 0),  # 9/19 = 0.47; 10/19 x 6/11 = 0.29; 10/19 x 5/11 = 0.24: the larger side's copies have less
    ],
)
def test_most_used_after_two_splits_by_hand(odds: tuple[float, float], most: int):
    state, shape = gated([[0, 0]], list(np.log(odds)), TWO_SPLITS)
    assert growth.most_used(state, shape, np.zeros((3, 1), np.float32)) == most


def test_shares_are_summed_over_rows():
    """Expert 0 is the favourite of two rows in three, by a little; expert 1 has nearly all of the third."""
    state, shape = gated([[1.0]], [0.0], [[1], [-1]])
    x = np.array([[0.1], [0.1], [-5.0]], np.float32)  # 0.52 + 0.52 + 0.01 against 0.48 + 0.48 + 0.99
    assert growth.most_used(state, shape, x) == 1
    assert growth.most_used(state, shape, x[:2]) == 0


@pytest.mark.parametrize("seed", range(20))
def test_most_used_is_what_naive_shares_say(seed: int):
    draws = np.random.default_rng(seed)
    state, shape = grown(MLP, [0, 1, 0, 2], draws)
    state["gate.weight"] *= 10
    x = draws.normal(size=(7, MLP.inputs)).astype(np.float32)
    totals = [sum(share(state, expert, row) for row in x) for expert in range(5)]
    assert sum(totals) == pytest.approx(len(x))
    assert growth.most_used(state, shape, x) == int(np.argmax(totals))


def test_the_first_counts_where_nothing_tells_experts_apart(draws: np.random.Generator):
    level, shape = gated([[0.0]], [0.0], [[-1], [1]])
    assert growth.most_used(level, shape, np.ones((4, 1), np.float32)) == 0
    against, _shape = gated([[0.0]], [9.0], [[-1], [1]])
    assert growth.most_used(against, shape, np.ones((4, 1), np.float32)) == 1
    assert growth.most_used(against, shape, np.ones((0, 1), np.float32)) == 0
    assert growth.most_used(networks.initial(MLP, draws), MLP, rows(MLP)) == 0


def test_gates_that_are_sure_do_not_overflow():
    state, shape = gated([[3e4, -3e4]], [0.0, 0.0], TWO_SPLITS)
    assert growth.most_used(state, shape, np.array([[-1.0]], np.float32)) == 1
    assert growth.most_used(state, shape, np.array([[1.0]], np.float32)) == 0


def test_the_choice_costs_the_gates_products():
    assert growth.choosing_flops(MLP, 100) == 0
    assert growth.choosing_flops(Mixture(MLP, 4, gated=True), 100) == 100 * 3 * (2 * 6)
