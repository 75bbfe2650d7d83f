"""Experts, gates and members of rank one against plain PyTorch, and a learner's independence of its neighbours."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from alma_core import seeds, sizes
from alma_core.learners import mixtures, networks
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.gradients import write_gradient
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import Stack, State
from alma_core.learners.training import train_stack
from alma_core.learners.weights import Weights, optimiser_of
from alma_core.sizes import AnyShape, Estimator, Mixture, Network, RankOne, Shape, VggShape
from alma_core.specs import Recipe
from alma_core.streams.sources import Source
from alma_core.streams.stream import inputs

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
"""Of doubles: sixteen normalised layers stretch the last bit."""

CLASSES, NUMBER = Shape(5, (4, 3), 3), Shape(5, (4,), 1)
IMAGES = VggShape((1, 4, 5), 2, 3, (2, 3) * 8)
SHAPES: list[AnyShape] = [
    *(CLASSES, NUMBER, IMAGES, VggShape((1, 4, 5), 2, 1)),
    *(Mixture(CLASSES, 3), Mixture(CLASSES, 2, gated=True), Mixture(CLASSES, 4, gated=True)),
    *(Mixture(NUMBER, 3), Mixture(NUMBER, 3, gated=True), Mixture(IMAGES, 2), Mixture(IMAGES, 3, gated=True)),
    *(RankOne(CLASSES, 3), RankOne(NUMBER, 4), RankOne(IMAGES, 3)),
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def state_of(shape: AnyShape, k: int) -> State:
    """Return learner k's weights, all that stands at a default moved away from it."""
    draws = seeds.generator(k, "initialisation", 0)
    state = networks.initial(shape, draws)
    for name, value in state.items():
        if name != "gate.paths":
            state[name] = (value + draws.uniform(0, 0.5, value.shape)).astype(np.float32)
    return state


def doubles(states: list[State]) -> Weights:
    made = Weights.stacked(states, "cpu")
    carried = {name: value.double() for name, value in made.carried.items()}
    return Weights(made.trained.double(), made.gradient.double(), carried, made.sizes)


def taught(shape: AnyShape, size: tuple[int, ...], draws: torch.Generator, soft: bool) -> Tensor:
    if shape.outputs == 1:
        return 2 * torch.randn(size, generator=draws, dtype=torch.float64)
    if soft:
        return torch.randn(*size, shape.outputs, generator=draws, dtype=torch.float64).softmax(-1)
    return torch.randint(0, shape.outputs, size, generator=draws)


def counting(n_real: list[int], n: int, dtype: torch.dtype = torch.float64) -> Tensor:
    real = torch.tensor(n_real)[:, None]
    return torch.where(torch.arange(n) < real, 1 / real.to(dtype), 0)


# The naive twin: one learner, one expert, one row's member at a time; torch's own layers and autograd.


def plain(shape: AnyShape, w: Stack, x: Tensor, n: int | None) -> Tensor:
    """Return the logits of one learner; in training, `n` is the minibatch that the real rows x stand at the head of."""
    if isinstance(shape, Mixture):
        return plain_mixture(shape, w, x, n)
    if isinstance(shape, RankOne):
        if n is not None:
            return plain_network(shape.base, w, x, True, [i * shape.members // n for i in range(len(x))])
        said = [plain_network(shape.base, w, x, False, [j] * len(x)) for j in range(shape.members)]
        mean = sum(said if shape.outputs == 1 else [one.softmax(1) for one in said]) / shape.members
        return mean if shape.outputs == 1 else mean.log()
    assert isinstance(shape, Shape | VggShape)
    return plain_network(shape, w, x, n is not None, None)


def plain_mixture(shape: Mixture, w: Stack, x: Tensor, n: int | None) -> Tensor:
    total = torch.zeros(len(x), shape.outputs, dtype=x.dtype)
    for e in range(shape.experts):
        share = torch.ones(len(x), dtype=x.dtype)
        for j in range(shape.gates):
            way = w["gate.paths"][e, j]
            if way != 0:
                share = share * torch.sigmoid(way * (x @ w["gate.weight"][:, j] + w["gate.bias"][0, j]))
        own = {name: value[e] for name, value in w.items() if not name.startswith("gate.")}
        total = total + share[:, None] * plain(shape.base, own, x, n)
    return total


def plain_network(shape: Network, w: Stack, x: Tensor, training: bool, members: list[int] | None) -> Tensor:
    if isinstance(shape, Shape):
        for layer in range(len(shape.layers)):
            x = plain_layer(w, layer, functional.relu(x) if layer else x, members)
        return x
    channels, height, width = shape.image
    top, left = (32 - height) // 2, (32 - width) // 2
    x = x.view(-1, height, width, channels).permute(0, 3, 1, 2)
    x = functional.pad(x, (left, 32 - width - left, top, 32 - height - top))
    for layer in range(16):
        x = plain_layer(w, layer, x, members)
        running = w[f"{layer}.running_mean"].flatten(), w[f"{layer}.running_variance"].flatten()
        scale, shift = w[f"{layer}.scale"].flatten(), w[f"{layer}.shift"].flatten()
        x = functional.relu(functional.batch_norm(x, *running, scale, shift, training))
        x = functional.max_pool2d(x, 2) if layer in (1, 3, 7, 11, 15) else x
    return plain_layer(w, 16, x.flatten(1), members)


def plain_layer(w: Stack, layer: int, x: Tensor, members: list[int] | None) -> Tensor:
    weight, bias = w[f"{layer}.weight"], w[f"{layer}.bias"]
    of_rows = (len(x), -1) + (1,) * (x.ndim - 2)
    if members is not None:
        x = x * w[f"{layer}.in"][members].reshape(of_rows)
    x = functional.conv2d(x, weight.reshape(len(weight), -1, 3, 3), padding=1) if x.ndim == 4 else x @ weight
    if members is not None:
        x = x * w[f"{layer}.out"][members].reshape(of_rows)
        bias = bias[members] if x.ndim == 2 else bias
    return x + (bias.reshape(of_rows) if members is not None and x.ndim == 2 else bias.reshape(1, *of_rows[1:]))


def loss_of(said: Tensor, truth: Tensor) -> Tensor:
    if said.shape[1] == 1:
        return functional.huber_loss(said[:, 0], truth)
    return functional.cross_entropy(said, truth)


@pytest.mark.parametrize("soft", [False, True], ids=["classes", "probabilities"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_outputs_and_gradients_match_plain_networks(shape: AnyShape, soft: bool):
    """Ragged minibatches; then what is predicted, by the running statistics that training has left."""
    if soft and shape.outputs == 1:
        soft = False  # a target of one output is taught as it is
    n_real, n, draws = [7, 4, 2], 7, torch.Generator().manual_seed(1)
    weights = doubles([state_of(shape, k) for k in range(3)])
    x = torch.randn(3, n, shape.inputs, generator=draws, dtype=torch.float64)
    truth, row_weights = taught(shape, (3, n), draws, soft), counting(n_real, n)
    twins = [{name: value[k].clone() for name, value in weights.views.items()} for k in range(3)]
    said = networks.forward(shape, {name: value.clone() for name, value in weights.views.items()}, x, row_weights)
    write_gradient(weights, shape, x, truth, row_weights)
    for k, (twin, real) in enumerate(zip(twins, n_real, strict=True)):
        leaves = {name: twin[name].requires_grad_() for name in weights.gradients}
        expected = plain(shape, twin, x[k, :real], n)
        torch.testing.assert_close(said[k, :real], expected.detach(), **CLOSE)
        found = torch.autograd.grad(loss_of(expected, truth[k, :real]), list(leaves.values()))
        for name, gradient in zip(leaves, found, strict=True):
            torch.testing.assert_close(weights.gradients[name][k], gradient, **CLOSE)
        for name, value in weights.carried.items():
            torch.testing.assert_close(value[k], twin[name], **CLOSE)
    with torch.no_grad():
        judged = networks.forward(shape, weights.views, x, None)
        for k, twin in enumerate(twins):
            torch.testing.assert_close(judged[k], plain(shape, twin, x[k], None), **CLOSE)


@pytest.mark.parametrize("shape", [CLASSES, IMAGES], ids=str)
def test_a_certain_soft_target_is_a_class(shape: AnyShape):
    draws = torch.Generator().manual_seed(0)
    x, truth = torch.rand(2, 8, shape.inputs, generator=draws), torch.randint(0, 3, (2, 8), generator=draws)
    hard, soft = (Weights.stacked([state_of(shape, k) for k in range(2)], "cpu") for _ in range(2))
    write_gradient(hard, shape, x, truth, counting([8, 8], 8, torch.float32))
    write_gradient(soft, shape, x, functional.one_hot(truth, 3).float(), counting([8, 8], 8, torch.float32))
    assert hard.gradient.abs().max() > 0
    assert torch.equal(hard.gradient, soft.gradient)


def trained_and_judged(shape: AnyShape, members: list[int], m: int, soft: bool) -> list[tuple[State, Tensor]]:
    """Return weights and predictions of each member after three steps of Adam, one of them ragged."""
    weights = Weights.stacked(
        [networks.initial(shape, seeds.generator(k, "initialisation", 0)) for k in members], "cpu"
    )
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


THIN = VggShape((1, 8, 8), 2, 3, (4, 3) * 8)


def around(base: Network) -> list[AnyShape]:
    return [base, Mixture(base, 3), Mixture(base, 2, gated=True), Mixture(base, 4, gated=True), RankOne(base, 3)]


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
    start = networks.initial(shape, seeds.generator(0, "initialisation", 0))
    still = [name for name in start if np.array_equal(start[name], alone[0][0][name])]
    assert still == (["gate.paths"] if "gate.paths" in start else [])


@pytest.mark.parametrize("shape", around(Shape(64, (16, 16), 10))[1:], ids=str)
def test_a_stack_of_mixtures_trains_as_each_alone(digits: Source, shape: AnyShape):
    """Ragged minibatches, early stops, learners that leave; judged on shared rows."""
    data = Examples(torch.from_numpy(inputs(digits)), torch.from_numpy(digits.y))
    how = Recipe("impatient", "adam", 0.01, 32, 15, patience=1, min_delta=0.01)

    def one(k: int) -> Learner:
        rows = np.random.default_rng(k).permutation(1437)[: 600 + 77 * k]
        start = networks.initial(shape, seeds.generator(k, "initialisation", 0))
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
    start = networks.initial(shape, seeds.generator(0, "initialisation", 0))
    one = Learner(start, rows, rows[:0], seeds.generator(0, "order", 0))
    (left,) = train_stack([one], shape, Recipe("r", "adam", 0.01, 64, 15), data)
    judged = judge_stack(networks.stacked([left.state], "cpu"), shape, [one], [np.arange(1437, 1797)], data)
    assert judged.wrong[0].mean() < 0.2


@pytest.mark.parametrize("shape", [*around(CLASSES), *around(IMAGES)], ids=str)
def test_padding_rows_change_nothing(shape: AnyShape):
    """To the bit, whatever they hold."""
    row_weights, draws = counting([6, 3], 8, torch.float32), torch.Generator().manual_seed(0)
    real, truth = torch.rand(2, 8, shape.inputs, generator=draws), torch.randint(0, 3, (2, 8), generator=draws)
    left = []
    for filling in (0.0, 1e6, -1e6):
        weights = Weights.stacked([state_of(shape, k) for k in range(2)], "cpu")
        write_gradient(weights, shape, torch.where(row_weights[..., None] > 0, real, filling), truth, row_weights)
        left.append(weights.gradient)
    assert left[0].abs().max() > 0
    assert torch.equal(left[0], left[1])
    assert torch.equal(left[0], left[2])


@pytest.mark.parametrize(
    "shape",
    [
        *(Mixture(CLASSES, 3, gated=True), Mixture(CLASSES, 2), RankOne(CLASSES, 4)),
        *(Mixture(IMAGES, 3, gated=True), Mixture(IMAGES, 2), RankOne(IMAGES, 2)),
    ],
    ids=str,
)
def test_a_stack_multiplies_as_often_as_the_formula_says(shape: AnyShape):
    count, n = 2, 4
    weights = Weights.stacked([state_of(shape, k) for k in range(count)], "cpu")
    x, truth = torch.rand(count, n, shape.inputs), torch.zeros(count, n, dtype=torch.int64)
    with FlopCounterMode(display=False) as trained:
        write_gradient(weights, shape, x, truth, torch.full((count, n), 1 / n))
    assert trained.get_total_flops() == count * n * sizes.train_flops(shape)
    with FlopCounterMode(display=False) as judged, torch.no_grad():
        networks.forward(shape, weights.views, x, None)
    assert judged.get_total_flops() == count * n * sizes.inference_flops(shape)
    with FlopCounterMode(display=False) as ahead, torch.no_grad():
        networks.forward(shape, weights.views, x, torch.full((count, n), 1 / n))
    assert ahead.get_total_flops() == 2 * count * n * sizes.train_macs(shape)


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
    weights = networks.stacked([state_of(Mixture(CLASSES, 5, gated=True), k) for k in range(3)], "cpu")
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
    states = [state_of(shape, k) for k in range(2)]
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
