"""Parameters and FLOPs by formula, against torch's own counter and against the paper's figures."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from alma_core import sizes
from alma_core.specs import CAPACITIES, LearnerSpec


def plain(shape: sizes.Shape) -> nn.Sequential:
    layers: list[nn.Module] = []
    for n_in, n_out in shape.layers:
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("capacity", CAPACITIES)
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 10), (784, 10), (5, 2)])
def test_flops_and_parameters_match_torch(capacity: str, inputs: int, outputs: int):
    shape = sizes.shape_of(LearnerSpec(capacity=capacity), inputs, outputs)
    network = plain(shape)
    assert sizes.parameters(shape) == sum(p.numel() for p in network.parameters())
    x = torch.zeros(3, inputs)
    with FlopCounterMode(display=False) as forward:
        logits = network(x)
    assert forward.get_total_flops() == 3 * sizes.inference_flops(shape)
    with FlopCounterMode(display=False) as both:
        logits = network(x)
        nn.functional.cross_entropy(logits, torch.zeros(3, dtype=torch.long)).backward()
    assert both.get_total_flops() == 3 * sizes.train_flops(shape)


def test_the_paper_s_width_64():
    assert sizes.parameters(sizes.Shape(784, (64, 64), 10)) == 55_050


def test_macs_are_half_of_the_forward_flops():
    shape = sizes.Shape(7, (3, 3), 2)
    assert sizes.forward_macs(shape) == 7 * 3 + 3 * 3 + 3 * 2
    assert sizes.inference_flops(shape) == 2 * sizes.forward_macs(shape)
    assert sizes.train_flops(shape) == 2 * (3 * (21 + 9 + 6) - 21)
