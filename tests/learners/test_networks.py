"""K VGGs in one stack against K plain ones, and a learner's independence of its neighbours."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from alma_core import seeds, sizes
from alma_core.learners import layers, networks
from alma_core.learners.networks import Stack, State
from alma_core.sizes import Shape, VggShape
from tests.learners import plain_vgg

MNIST, CIFAR, FLAT = (1, 28, 28), (3, 32, 32), (2, 5, 8)
RATE = 0.05
"""Of the steps here, taken by hand: a product and a difference round alike wherever a learner stands."""

CLOSE = {"rtol": 1e-6, "atol": 1e-9}
"""Of doubles: algebra is compared, not how far sixteen normalised layers stretch the last bit of a float."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As runs have it: where other programs hold the cores, threads that wait for each other take minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def state_of(shape: VggShape, k: int, dtype: type = np.float32) -> State:
    """Return learner k's weights; normalised channels and running statistics away from their defaults."""
    draws = seeds.generator(k, "initialisation", 0)
    state = networks.initial(shape, draws)
    for name in state:
        if name.endswith((".scale", ".running_variance")):
            state[name] = draws.uniform(0.5, 2, state[name].shape)
        if name.endswith((".shift", ".running_mean")):
            state[name] = draws.normal(size=state[name].shape)
    return {name: array.astype(dtype) for name, array in state.items()}


def training(states: list[State]) -> Stack:
    weights = networks.stacked(states, "cpu")
    for name, weight in weights.items():
        weight.requires_grad_(networks.is_trained(name))
    return weights


def step(shape: VggShape, weights: Stack, x: Tensor, y: Tensor, row_weights: Tensor) -> Tensor:
    """Take one step down the slope and return the logits before it; the gradients stay."""
    trained = [weight for name, weight in weights.items() if networks.is_trained(name)]
    for weight in trained:
        weight.grad = None
    logits = networks.forward(shape, weights, x, row_weights)
    losses = cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none")
    (losses * row_weights.flatten()).sum().backward()
    with torch.no_grad():
        for weight in trained:
            weight -= weight.grad * RATE
    return logits.detach()


def weights_of_rows(n_real: list[int], n: int, dtype: torch.dtype) -> Tensor:
    real = torch.tensor(n_real)[:, None]
    return torch.where(torch.arange(n) < real, 1 / real.to(dtype), 0)


@pytest.mark.parametrize("image", [MNIST, CIFAR, FLAT])
def test_training_and_judging_match_plain_networks(image: tuple[int, int, int]):
    """Three full and two ragged steps; learner k has its own weights, examples and number of real rows."""
    shape, n, count = VggShape(image, 4, 10), 8, 3
    states = [state_of(shape, k, np.float64) for k in range(count)]
    weights = training(states)
    twins = [plain_vgg.sequential(shape, state) for state in states]
    twin_optimisers = [torch.optim.SGD(twin.parameters(), lr=RATE) for twin in twins]
    draws = torch.Generator().manual_seed(0)
    for n_real in ([8, 8, 8], [8, 8, 8], [5, 8, 2], [8, 8, 8], [1, 3, 7]):
        x = torch.rand(count, n, int(np.prod(image)), generator=draws, dtype=torch.float64)
        y = torch.randint(0, 10, (count, n), generator=draws)
        for k in range(count):
            x[k, n_real[k] :] = 1e6
        logits = step(shape, weights, x, y, weights_of_rows(n_real, n, torch.float64))
        for k, (twin, real) in enumerate(zip(twins, n_real, strict=True)):
            twin_optimisers[k].zero_grad()
            said = twin(plain_vgg.images(shape, x[k, :real]))
            cross_entropy(said, y[k, :real]).backward()
            twin_optimisers[k].step()
            torch.testing.assert_close(logits[k, :real], said.detach(), **CLOSE)
            for name, gradient in plain_vgg.gradients_of(twin).items():
                torch.testing.assert_close(weights[name].grad[k], torch.from_numpy(gradient), **CLOSE)
    said = networks.forward(shape, weights, x, None)
    for k, twin in enumerate(twins):
        (left,) = networks.taken(weights, [k])
        for name, expected in plain_vgg.state_of(twin).items():
            np.testing.assert_allclose(left[name], expected, **CLOSE, err_msg=name)
        torch.testing.assert_close(said[k], twin.eval()(plain_vgg.images(shape, x[k])), **CLOSE)


@pytest.mark.parametrize("channels", [4, 32])
def test_single_precision_stays_near_the_plain_network(channels: int):
    shape = VggShape(CIFAR, channels, 10)
    state = networks.initial(shape, seeds.generator(0, "initialisation", 0))
    x = torch.rand(1, 64, 3072, generator=torch.Generator().manual_seed(0))
    twin = plain_vgg.sequential(shape, state)
    said = networks.forward(shape, networks.stacked([state], "cpu"), x, torch.full((1, 64), 1 / 64))
    assert torch.allclose(said[0], twin(plain_vgg.images(shape, x[0])), atol=1e-3)


def trained_and_judged(shape: VggShape, members: list[int], n: int) -> list[tuple[State, State, Tensor, Tensor]]:
    """Return (weights, last gradients, logits in training, logits after it) of each member after two steps."""
    weights = training([state_of(shape, k) for k in members])
    data = []
    for k in members:
        draws = torch.Generator().manual_seed(k)
        x = torch.rand(2, n, int(np.prod(shape.image)), generator=draws)
        data.append((x, torch.randint(0, 10, (2, n), generator=draws)))
    x, y = (torch.stack(parts, 1) for parts in zip(*data, strict=True))  # [2, K, n, inputs], [2, K, n]
    for s, n_real in enumerate(([n - 1 - k for k in members], [n] * len(members))):
        logits = step(shape, weights, x[s], y[s], weights_of_rows(n_real, n, torch.float32))
    with torch.no_grad():
        judged = networks.forward(shape, weights, x[0], None)
    gradients = {name: weight.grad for name, weight in weights.items() if networks.is_trained(name)}
    return [
        (*networks.taken(weights, [i]), *networks.taken(gradients, [i]), logits[i], judged[i])
        for i in range(len(members))
    ]


@pytest.mark.parametrize(("image", "channels", "n"), [(MNIST, 4, 64), (CIFAR, 8, 20), (CIFAR, 32, 16)])
def test_a_learner_is_bit_identical_in_any_stack(image: tuple[int, int, int], channels: int, n: int):
    shape = VggShape(image, channels, 10)
    alone = [trained_and_judged(shape, [k], n)[0] for k in range(5)]
    for members in ([3, 1], [4, 3, 2, 1, 0]):
        for k, together in zip(members, trained_and_judged(shape, members, n), strict=True):
            for one, other in zip(alone[k][:2], together[:2], strict=True):
                unequal = [name for name in one if not np.array_equal(one[name], other[name])]
                assert unequal == [], (k, members)
            assert torch.equal(alone[k][2], together[2])
            assert torch.equal(alone[k][3], together[3])


def test_padding_rows_change_nothing():
    """To the bit, whatever they hold."""
    shape, row_weights = VggShape(MNIST, 4, 10), weights_of_rows([6, 3], 8, torch.float32)
    draws = torch.Generator().manual_seed(0)
    real, y = torch.rand(2, 8, 784, generator=draws), torch.randint(0, 10, (2, 8), generator=draws)
    left = []
    for filling in (0.0, 1e6, -1e6):
        weights = training([state_of(shape, k) for k in range(2)])
        x = torch.where(row_weights[..., None] > 0, real, filling)
        for _ in range(2):
            step(shape, weights, x, torch.where(row_weights > 0, y, 0), row_weights)
        left.append(weights)
    for other in left[1:]:
        assert all(torch.equal(left[0][name], other[name]) for name in other)


def test_a_stack_multiplies_as_often_as_the_formula_says():
    shape, count, n = VggShape(CIFAR, 4, 10), 2, 3
    weights = training([state_of(shape, k) for k in range(count)])
    x, y = torch.rand(count, n, 3072), torch.zeros(count, n, dtype=torch.int64)
    with FlopCounterMode(display=False) as counted:
        step(shape, weights, x, y, torch.full((count, n), 1 / n))
    assert counted.get_total_flops() == count * n * sizes.train_flops(shape)


@pytest.mark.parametrize("together", [lambda _x: 1, len], ids=["one by one", "as on CUDA"])
@pytest.mark.parametrize("most", [1, 700, 2**19], ids=["row by row", "some rows", "all at once"])
def test_convolution_in_pieces_matches_torch(monkeypatch: pytest.MonkeyPatch, most: int, together: Callable):
    monkeypatch.setitem(layers.PATCH_VALUES, "cpu", most)
    monkeypatch.setattr(layers, "together", together)
    draws = torch.Generator().manual_seed(0)
    sizes_of = {"x": (3, 2, 6, 5, 4), "weight": (3, 7, 18), "bias": (3, 7, 1), "seen": (3, 7, 6, 5, 4)}
    made = {name: torch.randn(size, generator=draws, dtype=torch.float64) for name, size in sizes_of.items()}
    seen = made.pop("seen")
    for tensor in made.values():
        tensor.requires_grad_()
    found = torch.autograd.grad((layers.convolution(**made) * seen).sum(), list(made.values()))
    x, weight, bias = made.values()
    expected = torch.stack(
        [
            nn.functional.conv2d(x[k].permute(3, 0, 1, 2), weight[k].view(7, 2, 3, 3), bias[k, :, 0], padding=1)
            for k in range(3)
        ]
    ).permute(0, 2, 3, 4, 1)  # [K, c_out, H, W, n]
    torch.testing.assert_close(layers.convolution(**made), expected, **CLOSE)
    for one, other in zip(found, torch.autograd.grad((expected * seen).sum(), list(made.values())), strict=True):
        torch.testing.assert_close(one, other, **CLOSE)


def test_the_gradient_of_batch_norm_is_its_slope():
    """Also where the loss looks at padding: the written-out backward is the exact derivative."""
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 2, 2, 4, generator=draws, dtype=torch.float64, requires_grad=True)
    scale, shift = (torch.randn(2, 3, 1, generator=draws, dtype=torch.float64, requires_grad=True) for _ in range(2))
    row_weights = weights_of_rows([4, 3], 4, torch.float64)

    def normalised(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return layers.batch_norm(x, scale, shift, torch.zeros_like(scale), torch.ones_like(scale), row_weights)

    assert torch.autograd.gradcheck(normalised, (x, scale, shift))


def test_the_variance_of_a_single_value_is_the_biased_one():
    mean, variance = torch.zeros(1, 2, 1), torch.ones(1, 2, 1)
    x = torch.full((1, 2, 1, 1, 3), 5.0)
    layers.batch_norm(x, torch.ones(1, 2, 1), torch.zeros(1, 2, 1), mean, variance, weights_of_rows([1], 3, x.dtype))
    assert mean.flatten().tolist() == pytest.approx([0.5, 0.5])
    assert variance.flatten().tolist() == pytest.approx([0.9, 0.9])


def test_max_pool_matches_torch_where_values_are_equal():
    x = torch.randint(0, 3, (2, 3, 4, 6, 5), generator=torch.Generator().manual_seed(0)).double().requires_grad_()
    seen = torch.rand(2, 3, 2, 3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = torch.stack([nn.functional.max_pool2d(x[..., i], 2) for i in range(5)], -1)
    assert torch.equal(layers.max_pool(x), expected)
    (found,) = torch.autograd.grad((layers.max_pool(x) * seen).sum(), x)
    assert torch.equal(found, torch.autograd.grad((expected * seen).sum(), x)[0])


def test_a_row_holds_an_image_by_height_width_channels():
    """A channel that the first kernels do not look at changes nothing."""
    shape = VggShape(CIFAR, 4, 10)
    state = state_of(shape, 0)
    state["0.weight"].reshape(4, 3, 9)[:, 1] = 0
    weights = networks.stacked([state], "cpu")
    x = torch.rand(1, 2, 32, 32, 3, generator=torch.Generator().manual_seed(0))
    changed = x.clone()
    changed[..., 1] = 9
    said = [networks.forward(shape, weights, image.flatten(2), None) for image in (x, changed, changed + 1)]
    assert torch.equal(said[0], said[1])
    assert not torch.equal(said[0], said[2])


def test_first_weights_are_those_torch_would_draw():
    shape = VggShape(CIFAR, 32, 10)
    state = networks.initial(shape, seeds.generator(0, "initialisation", 0))
    torch.manual_seed(0)
    for name, like in plain_vgg.state_of(plain_vgg.untrained(shape)).items():
        assert state[name].dtype == np.float32
        assert state[name].shape == like.shape
        if name.endswith((".weight", ".bias")):
            assert np.abs(state[name]).max() == pytest.approx(np.abs(like).max(), rel=0.4 if like.size < 50 else 0.02)
        else:
            assert np.array_equal(state[name], like)


def test_an_mlp_goes_the_same_ways():
    shape = Shape(64, (16, 16), 10)
    state = networks.initial(shape, np.random.default_rng(3))
    assert all(
        np.array_equal(w, state[name]) for name, w in networks.initial_mlp(shape, np.random.default_rng(3)).items()
    )
    weights, x = networks.stacked([state], "cpu"), torch.rand(1, 5, 64)
    assert torch.equal(networks.forward(shape, weights, x, torch.full((1, 5), 0.2)), networks.mlp(weights, x))


def test_running_statistics_are_not_for_the_optimiser():
    carried = [name for name in state_of(VggShape(MNIST, 4, 10), 0) if not networks.is_trained(name)]
    assert sorted(carried) == sorted(f"{k}.running_{what}" for k in range(16) for what in ("mean", "variance"))
