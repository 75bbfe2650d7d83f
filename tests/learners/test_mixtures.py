"""Experts, gates and members of rank one against plain PyTorch, and a learner's independence of its neighbours."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from alma_core import seeds, sizes
from alma_core.learners import mixtures, networks
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.gradients import write_gradient
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import State
from alma_core.learners.training import train_stack
from alma_core.learners.weights import Weights, optimiser_of
from alma_core.sizes import AnyShape, Estimator, Mixture, Network, RankOne, Shape, VggShape
from alma_core.specs import Recipe
from alma_core.streams.sources import Source
from alma_core.streams.stream import inputs
from tests.learners.plain_mixtures import around, counting, taught

CLASSES = Shape(5, (4, 3), 3)
THIN = VggShape((1, 8, 8), 2, 3, (4, 3) * 8)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def drawn(shape: AnyShape, k: int) -> State:
    return networks.initial(shape, seeds.generator(k, "initialisation", 0))


def trained_and_judged(shape: AnyShape, members: list[int], m: int, soft: bool) -> list[tuple[State, Tensor]]:
    """Return weights and predictions of each member after three steps of Adam, one of them ragged."""
    weights = Weights.stacked([drawn(shape, k) for k in members], "cpu")
    optimiser = optimiser_of(weights, Recipe("r", "adam", 1e-2, m, 1))
    data = []
    for k in members:
        draws = torch.Generator().manual_seed(k)
        x = torch.rand(3, m, shape.inputs, generator=draws)
        truth = taught(shape, (3, m), draws, soft)
        data.append((x, truth.float() if truth.is_floating_point() else truth))
    x, truth = (torch.stack(parts, 1) for parts in zip(*data, strict=True))  # [3, K, m, inputs], [3, K, m, ...]
    for s, n_real in enumerate(([m] * len(members), [m - 1 - k for k in members], [m] * len(members))):
        write_gradient(weights, shape, x[s], truth[s], counting(n_real, m, torch.float32))
        optimiser.step()
    with torch.no_grad():
        said = networks.forward(shape, weights.views, x[0], None)
    return list(zip(networks.taken(weights.views, list(range(len(members)))), said, strict=True))


@pytest.mark.parametrize(
    ("shape", "m"),
    [
        *((shape, 64) for shape in around(Shape(784, (64, 64), 10))),
        *((shape, 32) for shape in around(Shape(13, (16,), 2))),
        *((shape, 128) for shape in around(Shape(5, (16, 16), 1))),
        *((shape, 32) for shape in (THIN, Mixture(THIN, 2), Mixture(THIN, 3, gated=True), RankOne(THIN, 2))),
    ],
    ids=str,
)
def test_a_learner_is_bit_identical_in_any_stack(shape: AnyShape, m: int):
    soft = shape.outputs == 2
    alone = [trained_and_judged(shape, [k], m, soft)[0] for k in range(7)]
    for members in ([3, 1], [6, 5, 4, 3, 2, 1, 0]):
        for k, (state, said) in zip(members, trained_and_judged(shape, members, m, soft), strict=True):
            assert [name for name in state if not np.array_equal(state[name], alone[k][0][name])] == [], (k, members)
            assert torch.equal(said, alone[k][1])
    start = drawn(shape, 0)
    still = [name for name in start if np.array_equal(start[name], alone[0][0][name])]
    assert still == (["gate.paths"] if "gate.paths" in start else [])


@pytest.mark.parametrize("shape", around(Shape(64, (16, 16), 10))[1:], ids=str)
def test_a_stack_of_mixtures_trains_as_each_alone(digits: Source, shape: AnyShape):
    """Ragged minibatches, early stops, learners that leave; judged on shared rows."""
    data = Examples(torch.from_numpy(inputs(digits)), torch.from_numpy(digits.y))
    how = Recipe("impatient", "adam", 0.01, 32, 15, patience=1, min_delta=0.01)

    def one(k: int) -> Learner:
        rows = np.random.default_rng(k).permutation(1437)[: 600 + 77 * k]
        start = drawn(shape, k)
        return Learner(start, rows[60:], rows[:60], seeds.generator(k, "order", k))

    test, together = np.arange(1437, 1797), train_stack([one(k) for k in range(4)], shape, how, data)
    weights = networks.stacked([left.state for left in together], "cpu")
    judged = judge_stack(weights, shape, [one(k) for k in range(4)], [test] * 4, data)
    for k, left in enumerate(together):
        (alone,) = train_stack([one(k)], shape, how, data)
        assert left.epochs == alone.epochs
        assert all(np.array_equal(left.state[name], value) for name, value in alone.state.items())
        by_itself = judge_stack(networks.stacked([alone.state], "cpu"), shape, [one(k)], [test], data)
        assert np.array_equal(by_itself.loss[0], judged.loss[k])
    assert len({left.epochs for left in together}) > 1


@pytest.mark.parametrize("shape", around(Shape(64, (16, 16), 10)), ids=str)
def test_each_learns_the_digits(digits: Source, shape: AnyShape):
    """All of them pass a bar far below the nine in ten that chance gets wrong."""
    data, rows = Examples(torch.from_numpy(inputs(digits)), torch.from_numpy(digits.y)), np.arange(1437)
    start = drawn(shape, 0)
    one = Learner(start, rows, rows[:0], seeds.generator(0, "order", 0))
    (left,) = train_stack([one], shape, Recipe("r", "adam", 0.01, 64, 15), data)
    judged = judge_stack(networks.stacked([left.state], "cpu"), shape, [one], [np.arange(1437, 1797)], data)
    assert judged.wrong[0].mean() < 0.2


@pytest.mark.parametrize(
    ("paths", "odds", "expected"),
    [
        ([[1], [-1]], [3], [3 / 4, 1 / 4]),
        ([[1, 1], [-1, 0], [1, -1]], [3, 4], [3 / 5, 1 / 4, 3 / 20]),  # expert 0 split again
        ([[1, 0], [-1, 1], [-1, -1]], [3, 4], [3 / 4, 1 / 5, 1 / 20]),  # expert 1 split again: a chain
    ],
)
def test_shares_of_a_tree_by_hand(paths: list[list[int]], odds: list[int], expected: list[float]):
    """Gates that stand at the same odds for every example."""
    gates = len(odds)
    weights = {
        "gate.weight": torch.zeros(1, 2, gates),
        "gate.bias": torch.tensor([[[math.log(one) for one in odds]]]),
        "gate.paths": torch.tensor([paths], dtype=torch.float32),
    }
    share = mixtures.shares(mixtures.towards(weights, torch.rand(1, 3, 2)), mixtures.by_expert(weights))
    torch.testing.assert_close(share[:, 0, :, 0], torch.tensor(expected)[:, None].expand(-1, 3))


def test_shares_sum_to_one_even_of_gates_that_are_certain():
    weights = networks.stacked([drawn(Mixture(CLASSES, 5, gated=True), k) for k in range(3)], "cpu")
    weights["gate.weight"] *= torch.tensor([1.0, 10, 1000])[:, None, None]
    share = mixtures.shares(mixtures.towards(weights, torch.randn(3, 50, 5)), mixtures.by_expert(weights))
    assert share.isfinite().all()
    torch.testing.assert_close(share.sum(0), torch.ones(3, 50, 1))


def test_experts_are_drawn_one_after_the_other_and_then_their_gates():
    draws = np.random.default_rng(5)
    experts = [networks.initial(CLASSES, draws) for _ in range(3)]
    gates = mixtures.initial_gates(5, 3, draws)
    state = networks.initial(Mixture(CLASSES, 3, gated=True), np.random.default_rng(5))
    assert set(state) == set(experts[0]) | {"gate.weight", "gate.bias", "gate.paths"}
    assert all(np.array_equal(state[name][e], value) for e, one in enumerate(experts) for name, value in one.items())
    assert all(np.array_equal(state[name], value) for name, value in gates.items())
    assert (gates["gate.weight"].shape, gates["gate.bias"].shape) == ((5, 2), (1, 2))
    ungated = networks.initial(Mixture(CLASSES, 3), np.random.default_rng(5))
    assert set(ungated) == set(experts[0])


@pytest.mark.parametrize("base", [Shape(40, (30,), 7), VggShape((3, 4, 4), 5, 7)], ids=str)
def test_members_begin_with_random_signs_on_one_network(base: Network):
    shared = networks.initial(base, np.random.default_rng(2))
    state = networks.initial(RankOne(base, 4), np.random.default_rng(2))
    linears = [f"{len(base.products) - 1}.bias"] if isinstance(base, VggShape) else ["0.bias", "1.bias"]
    for name, value in shared.items():
        if name in linears:
            assert state[name].shape == (4, *value.shape)
        assert np.array_equal(state[name], np.broadcast_to(value, state[name].shape))
    signs = {name: value for name, value in state.items() if name.endswith((".in", ".out"))}
    assert len(signs) == 2 * len(base.products)
    assert all(set(np.unique(value)) <= {-1, 1} for value in signs.values())
    every = np.concatenate([value.ravel() for value in signs.values()])
    assert abs(every.mean()) < 4 / np.sqrt(every.size)
    assert not np.array_equal(state["0.in"][0], state["0.in"][1])


def test_rows_are_divided_by_their_place():
    for members in (1, 2, 3, 5):
        for n in (1, 4, 7, 64):
            met = [i * members // n for i in range(n)]
            assert mixtures.rows_of_members(members, n) == [met.count(j) for j in range(members)]


def test_trained_parts_lie_flat_with_their_expert_axis():
    shape = Mixture(CLASSES, 3, gated=True)
    states = [drawn(shape, k) for k in range(2)]
    weights = Weights.stacked(states, "cpu")
    assert list(weights.carried) == ["gate.paths"]
    assert "gate.paths" not in weights.gradients
    assert sum(size.numel() for size in weights.sizes.values()) == sizes.parameters(shape)
    assert weights.views["0.weight"].shape == (2, 3, 5, 4)
    for k, state in enumerate(states):
        assert all(np.array_equal(weights.views[name][k], value) for name, value in state.items())


def test_an_estimator_is_no_network():
    with pytest.raises(TypeError, match="Estimator"):
        networks.initial(Estimator("trees", 5, 3), np.random.default_rng(0))
    with pytest.raises(TypeError, match="Estimator"):
        networks.forward(Estimator("trees", 5, 3), {}, torch.zeros(1, 2, 5), None)
