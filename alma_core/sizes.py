"""Capacity ladders, shapes, parameters and FLOPs by formula; checked against torch's own counter in the tests."""

from dataclasses import dataclass
from itertools import pairwise

from alma_core.specs import CAPACITIES, LearnerSpec

WIDTHS = dict(zip(CAPACITIES, (16, 64, 256, 1024), strict=True))
"""Width of the two hidden layers of the MLP at each capacity."""


@dataclass(frozen=True)
class Shape:
    """What a network maps from and to, and through which widths.

    Args:
        inputs: features of an example.
        hidden: width of each hidden layer.
        outputs: classes.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each linear layer."""
        return list(pairwise((self.inputs, *self.hidden, self.outputs)))


def shape_of(learner: LearnerSpec, inputs: int, outputs: int) -> Shape:
    """Return the shape of `learner` on data of `inputs` features and `outputs` classes."""
    width = WIDTHS[learner.capacity]
    return Shape(inputs, (width, width), outputs)


def parameters(shape: Shape) -> int:
    """Count weights and biases.

    >>> parameters(Shape(784, (64, 64), 10))
    55050
    """
    return sum((n_in + 1) * n_out for n_in, n_out in shape.layers)


def forward_macs(shape: Shape) -> int:
    """Count the multiply-adds of one example's forward pass: what the paper's code calls FLOPs.

    >>> forward_macs(Shape(784, (64, 64), 10))
    54912
    """
    return sum(n_in * n_out for n_in, n_out in shape.layers)


def inference_flops(shape: Shape) -> int:
    """Count the FLOPs of one prediction; a multiply-add is two."""
    return 2 * forward_macs(shape)


def train_flops(shape: Shape) -> int:
    """Count the FLOPs of one example's forward and backward pass.

    Backward multiplies each layer twice, once for its weights and once for its inputs; nobody asks for the
    gradient of the data, so the first layer's second product does not happen.
    """
    n_in, n_out = shape.layers[0]
    return 3 * inference_flops(shape) - 2 * n_in * n_out
