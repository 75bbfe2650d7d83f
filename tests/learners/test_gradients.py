"""The gradient that is written against the naive twin's, for every network; and what may not change it."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from alma_core import seeds, sizes
from alma_core.learners import networks
from alma_core.learners.gradients import write_gradient
from alma_core.learners.states import State
from alma_core.learners.weights import Weights
from alma_core.sizes import AnyShape, Mixture, RankOne, Shape, VggShape
from tests.learners.plain_mixtures import around, counting, loss_of, plain, taught

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


BALANCED = np.array([[1, 1, 0], [1, -1, 0], [-1, 0, 1], [-1, 0, -1]], np.float32)
"""Paths of four experts, each behind two gates: what a split of either of two experts leaves."""


def state_of(shape: AnyShape, k: int) -> State:
    """Return learner k's weights, all that stands at a default moved away from it; four experts in a balanced tree."""
    draws = seeds.generator(k, "initialisation", 0)
    state = networks.initial(shape, draws)
    for name, value in state.items():
        if name == "gate.paths":
            state[name] = BALANCED if len(value) == 4 else value
        else:
            state[name] = (value + draws.uniform(0, 0.5, value.shape)).astype(np.float32)
    return state


def doubles(states: list[State]) -> Weights:
    made = Weights.stacked(states, "cpu")
    carried = {name: value.double() for name, value in made.carried.items()}
    return Weights(made.trained.double(), made.gradient.double(), carried, made.sizes)


@pytest.mark.parametrize(
    ("shape", "soft"),
    [*((shape, False) for shape in SHAPES), *((shape, True) for shape in SHAPES if shape.outputs > 1)],
    ids=str,
)
def test_outputs_and_gradients_match_plain_networks(shape: AnyShape, soft: bool):
    """Ragged minibatches; then what is predicted, by the running statistics that training has left."""
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
