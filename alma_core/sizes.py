"""Capacity ladders, shapes, parameters and FLOPs by formula; checked against torch's own counter in the tests."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from alma_core.errors import SpecError
from alma_core.language import _
from alma_core.specs import CAPACITIES, LearnerSpec

WIDTHS = dict(zip(CAPACITIES, (16, 64, 256, 1024), strict=True))
"""Width of the two hidden layers of the MLP at each capacity."""

CHANNELS = dict(zip(CAPACITIES, (4, 8, 16, 32), strict=True))
"""Width of every convolution of the VGG at each capacity."""

BLOCKS = (2, 2, 4, 4, 4)
"""Convolutions of VGG-19 between one pooling, which halves the sides, and the next."""

SIDE = 32
"""Pixels a side of what VGG-19 sees: five poolings leave one position. Smaller images get a border of zeros."""

FIREFLY_RATIO = 0.6
"""Share of the width a layer began with by which each growth widens it: the paper's, so that growth is linear."""


@dataclass(frozen=True)
class Shape:
    """What an MLP maps from and to, and through which widths.

    Args:
        inputs: features of an example.
        hidden: width of each hidden layer.
        outputs: classes.
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int

    @property
    def units(self) -> tuple[int, ...]:
        """Width of each layer that growth can widen."""
        return self.hidden

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each linear layer."""
        return list(pairwise((self.inputs, *self.hidden, self.outputs)))

    @property
    def products(self) -> list[tuple[int, int, int]]:
        """Positions at which each layer multiplies, its inputs and its outputs at each."""
        return [(1, n_in, n_out) for n_in, n_out in self.layers]

    @property
    def normalised(self) -> int:
        """Channels that have a scale and a shift."""
        return 0

    @property
    def activations(self) -> int:
        """Values that training keeps of an example, beside its inputs."""
        return 2 * sum(self.hidden) + self.outputs


@dataclass(frozen=True)
class VggShape:
    """What a VGG-19 maps from and to, and its width.

    Args:
        image: channels, height, width of an example; height and width up to 32.
        channels: width of every convolution at the beginning.
        outputs: classes.
        widths: output channels of each of the 16 convolutions, where growth made them differ; empty: `channels` of all.
    """

    image: tuple[int, int, int]
    channels: int
    outputs: int
    widths: tuple[int, ...] = ()

    @property
    def units(self) -> tuple[int, ...]:
        """Width of each layer that growth can widen: output channels of the convolutions."""
        return self.widths or (self.channels,) * sum(BLOCKS)

    @property
    def convolutions(self) -> list[tuple[int, int, int]]:
        """Channels in, channels out, and pixels a side of each convolution."""
        sides = [SIDE >> block for block, count in enumerate(BLOCKS) for _ in range(count)]
        ends = pairwise((self.image[0], *self.units))
        return [(c_in, c_out, side) for (c_in, c_out), side in zip(ends, sides, strict=True)]

    @property
    def products(self) -> list[tuple[int, int, int]]:
        """Positions at which each layer multiplies, its inputs and its outputs at each."""
        convolutions = [(side * side, 9 * c_in, c_out) for c_in, c_out, side in self.convolutions]
        return [*convolutions, (1, self.units[-1], self.outputs)]

    @property
    def normalised(self) -> int:
        """Channels that have a scale and a shift."""
        return sum(c_out for _, c_out, _ in self.convolutions)

    @property
    def inputs(self) -> int:
        """Features of an example."""
        return math.prod(self.image)

    @property
    def activations(self) -> int:
        """Values that training keeps of an example, beside its inputs: three for each position of a convolution."""
        return 3 * sum(c_out * side * side for _, c_out, side in self.convolutions)


@dataclass(frozen=True)
class Mixture:
    """Networks side by side that are trained as one.

    Args:
        base: each of them.
        experts: how many.
        gated: whether gates weigh them by the example (a mixture of experts: their weighted mean counts); else the sum
            of what they say counts.
    """

    base: Shape | VggShape
    experts: int
    gated: bool = False

    @property
    def inputs(self) -> int:
        """Features of an example."""
        return self.base.inputs

    @property
    def outputs(self) -> int:
        """Values that it gives for an example."""
        return self.base.outputs

    @property
    def gates(self) -> int:
        """Places where the experts part: a gate between two of them, a tree of such gates between more."""
        return self.experts - 1 if self.gated else 0

    @property
    def activations(self) -> int:
        """Values that training keeps of an example, beside its inputs."""
        return self.experts * self.base.activations + self.gates


@dataclass(frozen=True)
class RankOne:
    """A BatchEnsemble: members share one network, and each has a factor of its own for what enters and leaves a layer.

    Args:
        base: the network shared.
        members: how many.
    """

    base: Shape | VggShape
    members: int

    @property
    def inputs(self) -> int:
        """Features of an example."""
        return self.base.inputs

    @property
    def outputs(self) -> int:
        """Values that it gives for an example."""
        return self.base.outputs

    @property
    def activations(self) -> int:
        """Values that training keeps of an example, beside its inputs."""
        return 2 * self.base.activations + self.inputs


@dataclass(frozen=True)
class Estimator:
    """A model of scikit-learn's; its work is counted in CPU seconds, not in FLOPs.

    Args:
        kind: "trees", "linear" or "sgd".
        inputs: features of an example.
        outputs: values that it gives for an example.
        image: channels, height, width, where the examples are images.
    """

    kind: str
    inputs: int
    outputs: int
    image: tuple[int, int, int] | None = None

    @property
    def activations(self) -> int:
        """Values kept of an example, beside its inputs."""
        return self.outputs


Network = Shape | VggShape
AnyShape = Shape | VggShape | Mixture | RankOne | Estimator


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
