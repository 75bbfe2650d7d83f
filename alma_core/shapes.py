"""Shapes: what networks and estimators map from and to, and through which widths."""

import math
from dataclasses import dataclass
from itertools import pairwise

BLOCKS = (2, 2, 4, 4, 4)
"""Convolutions of VGG-19 between one pooling, which halves the sides, and the next."""

SIDE = 32
"""Pixels a side of what VGG-19 sees: five poolings leave one position. Smaller images get a border of zeros."""


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
