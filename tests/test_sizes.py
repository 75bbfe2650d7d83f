"""Parameters and FLOPs by formula, against torch's own counter and against the paper's figures."""

import math

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alma_core import language, sizes
from alma_core.errors import SpecError
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
