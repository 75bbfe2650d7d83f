"""Parameters and FLOPs by formula, against torch's own counter and against the paper's figures."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alma_core import language, sizes
from alma_core.errors import SpecError
from alma_core.learners import networks
from alma_core.specs import CAPACITIES, LearnerSpec
from tests.learners import plain_vgg


def plain(shape: sizes.Shape) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in shape.layers:
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 10), (784, 10), (5, 2)])
def test_flops_and_parameters_match_torch(capacity: str, inputs: int, outputs: int):
    shape = sizes.shape_of(LearnerSpec(capacity=capacity), inputs, outputs)
    counts_match(shape, plain(shape), torch.zeros(3, inputs))


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize(("image", "outputs"), [((3, 32, 32), 10), ((1, 28, 28), 10), ((1, 8, 5), 3)])
def test_flops_and_parameters_of_a_vgg_match_torch(capacity: str, image: tuple[int, int, int], outputs: int):
    shape = sizes.shape_of(LearnerSpec("vgg", capacity), math.prod(image), outputs, image)
    assert isinstance(shape, sizes.VggShape)
    counts_match(shape, plain_vgg.untrained(shape), torch.rand(3, *image))


def counts_match(shape: sizes.AnyShape, network: nn.Module, x: torch.Tensor) -> None:
    assert sizes.parameters(shape) == sum(p.numel() for p in network.parameters())
    with FlopCounterMode(display=False) as forward:
        logits = network(x)
    assert forward.get_total_flops() == 3 * sizes.inference_flops(shape)
    with FlopCounterMode(display=False) as both:
        logits = network(x)
        nn.functional.cross_entropy(logits, torch.zeros(3, dtype=torch.long)).backward()
    assert both.get_total_flops() == 3 * sizes.train_flops(shape)


def test_the_paper_s_width_64():
    assert sizes.parameters(sizes.Shape(784, (64, 64), 10)) == 55_050


@pytest.mark.parametrize(
    ("capacity", "parameters", "millions"),
    [("S", 2_510, 0.38), ("M", 9_330, 1.30), ("L", 35_930, 4.76), ("XL", 140_970, 18.1)],
)
def test_the_paper_s_vggs(capacity: str, parameters: int, millions: float):
    shape = sizes.shape_of(LearnerSpec("vgg", capacity), 3072, 10, (3, 32, 32))
    assert sizes.parameters(shape) == parameters
    assert float(f"{sizes.forward_macs(shape) / 1e6:.3g}") == millions


@pytest.mark.parametrize(
    ("image", "english", "japanese"),
    [
        (None, "rows of 3072 values, images were expected", "3072個の値の行"),
        ((3, 33, 32), "Images of 33 x 32 pixels", "33×32画素"),
        ((3, 32, 64), "at most 32 x 32 were expected", "32×32画素まで"),
    ],
)
def test_what_a_vgg_cannot_see(image: tuple[int, int, int] | None, english: str, japanese: str):
    for spoken, said in (("en", english), ("ja", japanese)):
        language.use(spoken)
        with pytest.raises(SpecError, match=said):
            sizes.shape_of(LearnerSpec("vgg"), 3072, 10, image)


def test_macs_are_half_of_the_forward_flops():
    shape = sizes.Shape(7, (3, 3), 2)
    assert sizes.forward_macs(shape) == 7 * 3 + 3 * 3 + 3 * 2
    assert sizes.inference_flops(shape) == 2 * sizes.forward_macs(shape)
    assert sizes.train_flops(shape) == 2 * (3 * (21 + 9 + 6) - 21)


SMALL = sizes.Shape(5, (4, 3), 3)
"""6 x 4 + 5 x 3 + 4 x 3 = 51 parameters, 20 + 12 + 9 = 41 multiply-adds; of them 20 before which nothing is trained."""


@pytest.mark.parametrize(
    ("shape", "parameters", "macs", "macs_in_training", "train_flops"),
    [
        (SMALL, 51, 41, 41, 2 * (3 * 41 - 20)),
        (sizes.Mixture(SMALL, 3), 3 * 51, 3 * 41, 3 * 41, 3 * 206),
        (sizes.Mixture(SMALL, 4, gated=True), 4 * 51 + 3 * 6, 4 * 41 + 3 * 5, 4 * 41 + 3 * 5, 4 * 206 + 3 * 4 * 5),
        (sizes.RankOne(SMALL, 3), 51 + 3 * (9 + 7 + 6) + 2 * (4 + 3 + 3), 3 * 41, 41, 2 * 3 * 41),
        (sizes.Estimator("trees", 5, 3), 0, 0, 0, 0),
    ],
    ids=str,
)
def test_what_stands_side_by_side_by_hand(
    shape: sizes.AnyShape, parameters: int, macs: int, macs_in_training: int, train_flops: int
):
    assert sizes.parameters(shape) == parameters
    assert sizes.forward_macs(shape) == macs
    assert sizes.inference_flops(shape) == 2 * macs
    assert sizes.train_macs(shape) == macs_in_training
    assert sizes.train_flops(shape) == train_flops


GROWN = sizes.VggShape((3, 32, 32), 4, 10, (6, *[4] * 14, 5))


def test_a_vgg_of_unequal_widths_by_hand():
    """Against the one of four channels everywhere: two more after the first convolution, one more after the last."""
    even = sizes.VggShape((3, 32, 32), 4, 10)
    assert GROWN.units == (6, *[4] * 14, 5)
    assert GROWN.convolutions[:3] == [(3, 6, 32), (6, 4, 32), (4, 4, 16)]
    assert GROWN.convolutions[-1] == (4, 5, 2)
    assert GROWN.products[-1] == (1, 5, 10)
    assert GROWN.normalised == even.normalised + 3
    assert GROWN.activations == even.activations + 3 * (2 * 32 * 32 + 2 * 2)
    first, last = 2 * (3 * 9 + 3) + 4 * 2 * 9, (4 * 9 + 3) + 10
    assert sizes.parameters(GROWN) == sizes.parameters(even) + first + last
    macs = 32 * 32 * (2 * 3 * 9 + 4 * 2 * 9) + 4 * 4 * 9 + 10
    assert sizes.forward_macs(GROWN) == sizes.forward_macs(even) + macs


@pytest.mark.parametrize("base", [SMALL, GROWN, sizes.VggShape((1, 8, 8), 4, 1)], ids=str)
def test_parameters_are_those_that_are_drawn_and_trained(base: sizes.Network):
    around = [sizes.Mixture(base, 3), sizes.Mixture(base, 4, gated=True), sizes.RankOne(base, 3)]
    for shape in (base, *around):
        state = networks.initial(shape, np.random.default_rng(0))
        trained = [weight.size for name, weight in state.items() if networks.is_trained(name)]
        assert sizes.parameters(shape) == sum(trained), shape


@pytest.mark.parametrize("base", [SMALL, GROWN], ids=str)
def test_splits_add_an_expert_and_a_gate(base: sizes.Network):
    once = sizes.split(base)
    assert once == sizes.Mixture(base, 2, gated=True)
    assert sizes.split(once) == sizes.Mixture(base, 3, gated=True)
    more = sizes.parameters(sizes.split(once)) - sizes.parameters(once)
    assert more == sizes.parameters(base) + base.inputs + 1


def test_growth_adds_as_much_each_time():
    """By 60 per cent of the width it began with, rounded, never less than a unit."""
    began = sizes.Shape(5, (64, 16, 1, 2), 3)
    once = sizes.widened(began, began)
    assert once == sizes.Shape(5, (64 + 38, 16 + 10, 1 + 1, 2 + 1), 3)
    assert sizes.widened(once, began) == sizes.Shape(5, (64 + 76, 16 + 20, 1 + 2, 2 + 2), 3)
    thin = sizes.VggShape((3, 32, 32), 4, 10)
    twice = sizes.widened(sizes.widened(thin, thin), thin)
    assert twice == sizes.VggShape((3, 32, 32), 4, 10, (4 + 2 + 2,) * 16)
