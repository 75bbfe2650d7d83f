"""Capacity ladders, growth, parameters and FLOPs by formula; checked against torch's own counter in the tests.

The shapes that they are of are offered here, too.
"""

from dataclasses import replace

from alma_core.errors import SpecError
from alma_core.language import _
from alma_core.shapes import SIDE
from alma_core.shapes import AnyShape as AnyShape
from alma_core.shapes import Estimator as Estimator
from alma_core.shapes import Mixture as Mixture
from alma_core.shapes import Network as Network
from alma_core.shapes import RankOne as RankOne
from alma_core.shapes import Shape as Shape
from alma_core.shapes import VggShape as VggShape
from alma_core.specs import CAPACITIES, LearnerSpec

WIDTHS = dict(zip(CAPACITIES, (16, 64, 256, 1024), strict=True))
"""Width of the two hidden layers of the MLP at each capacity."""

CHANNELS = dict(zip(CAPACITIES, (4, 8, 16, 32), strict=True))
"""Width of every convolution of the VGG at each capacity."""

FIREFLY_RATIO = 0.6
"""Share of the width a layer began with by which each growth widens it: the paper's, so that growth is linear."""


def shape_of(learner: LearnerSpec, inputs: int, outputs: int, image: tuple[int, int, int] | None = None) -> AnyShape:
    """Return the shape of `learner` on data of `inputs` features and `outputs` classes.

    Args:
        image: channels, height, width, where the examples are images.

    Raises:
        SpecError: the learner sees images, and the examples are none or too large.
    """
    if not learner.is_network:
        return Estimator(learner.architecture, inputs, outputs, image)
    if learner.architecture == "mlp":
        width = WIDTHS[learner.capacity]
        return Shape(inputs, (width, width), outputs)
    if image is None:
        raise SpecError(
            _(
                "The architecture vgg was given for data whose examples are rows of {inputs} values, images were "
                "expected; save them with height and width (and channels) as axes, or choose mlp."
            ).format(inputs=inputs)
        )
    _channels, height, width = image
    if max(height, width) > SIDE:
        raise SpecError(
            _(
                "Images of {height} x {width} pixels were given to the architecture vgg, at most {side} x {side} were "
                "expected; make them smaller or choose mlp."
            ).format(height=height, width=width, side=SIDE)
        )
    return VggShape(image, CHANNELS[learner.capacity], outputs)


def split(shape: Network | Mixture) -> Mixture:
    """Return the shape after one expert has been split in two: a network becomes two experts under a gate.

    >>> split(split(Shape(4, (3,), 2)))
    Mixture(base=Shape(inputs=4, hidden=(3,), outputs=2), experts=3, gated=True)
    """
    if isinstance(shape, Mixture):
        return replace(shape, experts=shape.experts + 1)
    return Mixture(shape, 2, gated=True)


def widened(shape: Network, began: Network) -> Network:
    """Return `shape` after one more growth: FIREFLY_RATIO of the width it began with, at least a unit, in each layer.

    Args:
        began: the same architecture before any growth.

    >>> widened(Shape(784, (64, 1), 10), Shape(784, (64, 1), 10)).hidden
    (102, 2)
    """
    added = [max(1, round(FIREFLY_RATIO * width)) for width in began.units]
    widths = tuple(width + more for width, more in zip(shape.units, added, strict=True))
    return replace(shape, hidden=widths) if isinstance(shape, Shape) else replace(shape, widths=widths)


def networks_in(shape: AnyShape) -> int:
    """Count the networks that stand beside each other in a shape: experts, or members that share weights."""
    return shape.experts if isinstance(shape, Mixture) else shape.members if isinstance(shape, RankOne) else 1


def parameters(shape: AnyShape) -> int:
    """Count weights and biases, and scales and shifts of normalised channels; of an estimator they are not known ahead.

    >>> parameters(Shape(784, (64, 64), 10)), parameters(VggShape((3, 32, 32), 4, 10))
    (55050, 2510)
    """
    match shape:
        case Mixture():
            return shape.experts * parameters(shape.base) + shape.gates * (shape.inputs + 1)
        case RankOne():
            own = sum(n_in + n_out for n_in, n_out, _bias in _layers(shape.base))
            biases = sum(bias for _n_in, _n_out, bias in _layers(shape.base))
            return parameters(shape.base) + shape.members * own + (shape.members - 1) * biases
        case Estimator():
            return 0
    return sum((n_in + 1) * n_out for _, n_in, n_out in shape.products) + 2 * shape.normalised


def _layers(shape: Network) -> list[tuple[int, int, int]]:
    """Return what enters and what leaves each layer, and the biases that members have of their own."""
    if isinstance(shape, Shape):
        return [(n_in, n_out, n_out) for n_in, n_out in shape.layers]
    head = (shape.units[-1], shape.outputs, shape.outputs)
    return [*((c_in, c_out, 0) for c_in, c_out, _side in shape.convolutions), head]


def forward_macs(shape: AnyShape) -> int:
    """Count the multiply-adds of one prediction: what the paper's code calls FLOPs.

    >>> forward_macs(Shape(784, (64, 64), 10)), forward_macs(VggShape((3, 32, 32), 4, 10))
    (54912, 380200)
    """
    match shape:
        case Mixture():
            return shape.experts * forward_macs(shape.base) + shape.gates * shape.inputs
        case RankOne():
            return shape.members * forward_macs(shape.base)
        case Estimator():
            return 0
    return sum(positions * n_in * n_out for positions, n_in, n_out in shape.products)


def train_macs(shape: AnyShape) -> int:
    """Count the multiply-adds of one example's forward pass in training: of rank-one members it meets only one."""
    return forward_macs(shape.base if isinstance(shape, RankOne) else shape)


def inference_flops(shape: AnyShape) -> int:
    """Count the FLOPs of one prediction; a multiply-add is two."""
    return 2 * forward_macs(shape)


def train_flops(shape: AnyShape) -> int:
    """Count the FLOPs of one example's forward and backward pass.

    Backward multiplies each layer twice, once for its weights and once for its inputs; nobody asks for the
    gradient of the data, so the first layer's second product does not happen (unless a factor of its own stands before
    it).
    """
    match shape:
        case Mixture():
            return shape.experts * train_flops(shape.base) + 4 * shape.gates * shape.inputs
        case RankOne():
            return 3 * inference_flops(shape.base)
        case Estimator():
            return 0
    positions, n_in, n_out = shape.products[0]
    return 3 * inference_flops(shape) - 2 * positions * n_in * n_out
