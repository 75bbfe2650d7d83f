"""Firefly: a network whose hidden layers get wider by those units that would lower the loss fastest.

A layer of m units with p places to fill has m + 2p candidates, and the best p of them are taken:

- Each of its units could be **split**: a copy with the same incoming weights is put beside it, and of the outgoing
  weights a the two have a/2 + t and a/2 - t. The tilt t points in a drawn direction and is 0.1 |a| long.
- 2p units are **new**: their incoming weights, from what the layer below had before it grew, are drawn, their outgoing
  weights are zero.

Neither changes the output, whatever t is and whatever is drawn. But t tells the two halves apart: were t zero, training
would move both alike for ever, and there would be nothing to score. How long t is decides how much splits count for
beside new units.

A candidate's score says how far the loss falls, to first order, for each per cent that it is moved by:

- The halves of a split are moved apart, from w and w to w + d and w - d, where |d| is that share of the length of w
  (a unit's incoming weights and its bias). Along the best d the loss falls in proportion to
  |w| |gradient of one half - gradient of the other|.
- A new unit's outgoing weights b are moved away from zero by that share of the mean length |a| of outgoing weights in
  the layer. Along the best b the loss falls in proportion to mean |a| x |gradient of b|.

Both are losses for the same share of usual weights, so the two kinds are compared as they are. All candidates of all
layers stand side by side in one network, whose gradient gives every score: as no candidate changes the output, none
changes another's score.

Source: Wu, Liu, Stone, Liu: Firefly Neural Architecture Descent (NeurIPS 2020).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from alma_core.learners.gradients import write_gradient
from alma_core.learners.layers import initial_convolution, initial_linear
from alma_core.learners.networks import NORMALISED
from alma_core.learners.states import State
from alma_core.learners.weights import Weights
from alma_core.sizes import Network, Shape, train_flops

TILT: Final = 0.1
"""Length of what one half of a split unit has more of its outgoing weights, in lengths of these weights."""

NEW: Final = 2
"""New units that are tried for each place."""

MINIBATCH: Final = 128
"""Rows that are scored at a time: what a wide VGG keeps of more would not fit in memory."""

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer's weights by unit; of a convolution the units are channels.

    Args:
        weight: [n_in, window, n_out]; a window is 9 values of a convolution, and a single one of a linear layer.
        own: what each unit that leaves the layer has of its own, [n_out] by name.
    """

    weight: Array
    own: dict[str, Array]


@dataclass(frozen=True, eq=False)
class Picked:
    """Which candidates of a layer of m units are taken.

    Args:
        m: units it has, all of which stay.
        splits: which of them, 0..m - 1, get a second half.
        new: which of the new units, which are numbered from m on, are taken.
    """

    m: int
    splits: NDArray[np.int64]
    new: NDArray[np.int64]

    @property
    def units(self) -> NDArray[np.int64]:
        """The widened layer's units, by the number of what each is a copy of."""
        return np.concatenate([np.arange(self.m), self.splits, self.new])


def firefly(
    state: State, shape: Network, grown: Network, x: Array, truth: NDArray[np.generic], draws: np.random.Generator
) -> tuple[State, int]:
    """Widen a network such that its output stays, and return its weights and the FLOPs of the choice.

    The FLOPs are those of one forward and backward pass of all rows through the network of all candidates, in which
    each hidden layer has twice the units of the grown one: two for each unit, and two for each place. Normalised
    channels are scored as in training, by the statistics of at most 128 rows.

    Args:
        state: of the network before; it is left as it is.
        shape: of `state`.
        grown: of the network after; no hidden layer is narrower than before.
        x: [n, inputs] scaled features by which candidates are scored; of none all scores are equal, and the first
            units are split.
        truth: [n] class numbers (int64), or standardised targets (float32).
        draws: gives new units, layer by layer, then directions of tilts, layer by layer. A generator that begins as
            that of the first weights did would draw the first units again.
    """
    places = [wide - narrow for wide, narrow in zip(grown.units, shape.units, strict=True)]
    layers = _layers(state)
    offered = [_with_new(draws, layer, more) for layer, more in zip(layers[:-1], places, strict=True)]
    offered.append(layers[-1])
    tilts = [_tilt(draws, above, more) for above, more in zip(layers[1:], offered[1:], strict=True)]
    every = [Picked(m, np.arange(m), np.arange(m, m + NEW * more)) for m, more in zip(shape.units, places, strict=True)]
    tried = _with_widths(grown, tuple(len(picked.units) for picked in every))
    gradient = _layers(_gradient(tried, _state(_widened(offered, tilts, every)), x, truth))
    picked = [_best(layers, gradient, at, places[at]) for at in range(len(places))]
    return _state(_widened(offered, tilts, picked)), train_flops(tried) * len(x)


def _with_widths(shape: Network, widths: tuple[int, ...]) -> Network:
    """Return the same kind of network with hidden layers of other widths."""
    return replace(shape, hidden=widths) if isinstance(shape, Shape) else replace(shape, widths=widths)


def _with_new(draws: np.random.Generator, layer: Layer, places: int) -> Layer:
    """Return a hidden layer with NEW units for each place drawn behind its own, as training from scratch draws them."""
    n_in, window, _m = layer.weight.shape
    initial = initial_linear if window == 1 else initial_convolution
    weight, bias = initial(draws, n_in, NEW * places)
    state: State = {"0.weight": weight, "0.bias": bias}
    if window > 1:
        state |= {f"0.{name}": np.full_like(bias, start) for name, start in zip(NORMALISED, (1, 0, 0, 1), strict=True)}
    new = _layers(state)[0]
    own = {name: np.concatenate([values, new.own[name]]) for name, values in layer.own.items()}  # [n_out + new]
    return Layer(np.concatenate([layer.weight, new.weight], 2), own)  # [n_in, window, n_out + new]


def _tilt(draws: np.random.Generator, above: Layer, offered: Layer) -> Array:
    """Draw what first halves have more of their outgoing weights, [m, window, n_out + new]; nothing goes to new units.

    Args:
        above: the layer that holds the outgoing weights.
        offered: the same with new units.
    """
    n_out = above.weight.shape[2]
    directions = draws.normal(size=above.weight.shape)  # [m, window, n_out]
    lengths = TILT * _outgoing(above.weight) / _outgoing(directions)  # [m]
    tilt = np.zeros_like(offered.weight)
    tilt[..., :n_out] = lengths[:, None, None] * directions
    return tilt


def _widened(offered: list[Layer], tilts: list[Array], picked: list[Picked]) -> list[Layer]:
    """Return the layers with old units, second halves and new units that were picked, in this order."""
    fed = [offered[0].weight]
    fed += [_fed(layer.weight, tilt, below) for layer, tilt, below in zip(offered[1:], tilts, picked, strict=True)]
    widened = []
    for weight, layer, here in zip(fed[:-1], offered[:-1], picked, strict=True):
        own = {name: values[here.units] for name, values in layer.own.items()}  # [n_out + picked]
        widened.append(Layer(weight[..., here.units], own))  # [n_in + picked, window, n_out + picked]
    return [*widened, Layer(fed[-1], offered[-1].own)]  # its outputs are no units: they stay


def _fed(weight: Array, tilt: Array, below: Picked) -> Array:
    """Return weights that take a widened layer's units, and give out what they gave out before.

    Args:
        weight: [m, window, n].
        tilt: [m, window, n].
        below: what was picked in the layer whose units these take.
    """
    half, more = weight[below.splits] / 2, tilt[below.splits]  # [splits, window, n]
    fed = np.concatenate([weight, half - more, np.zeros_like(weight, shape=(len(below.new), *weight.shape[1:]))])
    fed[below.splits] = half + more
    return fed  # [m + picked, window, n]


def _best(layers: list[Layer], gradient: list[Layer], at: int, places: int) -> Picked:
    """Pick the candidates of hidden layer `at` with the highest scores; of equal ones the first, splits before new."""
    m = layers[at].weight.shape[2]
    scores = np.concatenate([_of_splits(layers[at], gradient[at]), _of_new(layers, gradient, at)])  # [m + NEW * places]
    best = np.sort(np.argsort(-scores, kind="stable")[:places])  # [places]
    return Picked(m, best[best < m], best[best >= m])


def _of_splits(layer: Layer, gradient: Layer) -> NDArray[np.float64]:
    """Score the splits of a layer's m units; the gradient has all first halves, then all second ones.

    Of what enters a unit only what entered it before counts: the first n_in of the gradient's inputs.
    """
    n_in, _window, m = layer.weight.shape
    apart = _halves(gradient.weight[:n_in], m), _halves(gradient.own["bias"], m)  # [n_in, window, m], [m]
    return _length(layer.weight, layer.own["bias"]) * _length(*apart)  # [m]


def _halves(pulls: Array, m: int) -> Array:
    """Return how much more first halves are pulled than second ones; the m of each lead the last axis."""
    return np.asarray(pulls[..., :m] - pulls[..., m : 2 * m])  # [..., m]


def _length(weight: Array, bias: Array) -> NDArray[np.float64]:
    """Return [m] the lengths of units' incoming weights [n_in, window, m] and biases [m], taken together."""
    squares = np.square(weight, dtype=np.float64).sum((0, 1)) + np.square(bias, dtype=np.float64)  # [m]
    return np.asarray(np.sqrt(squares))


def _of_new(layers: list[Layer], gradient: list[Layer], at: int) -> NDArray[np.float64]:
    """Score the new units of hidden layer `at`: by the gradient of their weights into the units above that are no news.

    Where those are split too, what the unit above would feel is the sum of what its halves feel.
    """
    outgoing, pulls = layers[at + 1].weight, gradient[at + 1].weight[2 * len(layers[at + 1].weight) :]
    if at + 2 < len(layers):
        above = outgoing.shape[2]
        pulls = pulls[..., :above] + pulls[..., above : 2 * above]  # [NEW * places, window, n_out]
    return np.asarray(_outgoing(outgoing).mean() * _outgoing(pulls))  # [NEW * places]


def _outgoing(weight: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return [n_in] the length of what leaves each unit, of [n_in, window, n_out]."""
    return np.asarray(np.sqrt(np.square(weight, dtype=np.float64).sum((1, 2))))  # [n_in]


def _gradient(shape: Network, state: State, x: Array, truth: NDArray[np.generic]) -> State:
    """Return the gradient of the mean loss over all rows; zeros where there is no row."""
    weights = Weights.stacked([state], "cpu")
    total = torch.zeros_like(weights.gradient)
    for first in range(0, len(x), MINIBATCH):
        rows = torch.tensor(x[None, first : first + MINIBATCH])  # [1, m, inputs]
        taught = torch.tensor(truth[None, first : first + MINIBATCH])  # [1, m]
        write_gradient(weights, shape, rows, taught, torch.full(taught.shape, 1 / taught.shape[1]))
        total += weights.gradient * (taught.shape[1] / len(x))
    weights.gradient.copy_(total)
    return {name: part[0].numpy() for name, part in weights.gradients.items()}


def _layers(state: State) -> list[Layer]:
    """Return a network's weights, or their gradient, by layer and unit."""
    layers = []
    for at in range(sum(name.endswith(".weight") for name in state)):
        weight, names = state[f"{at}.weight"], ("bias", *NORMALISED)
        own = {name: state[f"{at}.{name}"].ravel() for name in names if f"{at}.{name}" in state}  # [n_out] each
        if "scale" in own:
            layers.append(Layer(weight.reshape(len(weight), -1, 9).transpose(1, 2, 0), own))  # [c_in, 9, c_out]
        else:
            layers.append(Layer(weight[:, None], own))  # [n_in, 1, n_out]
    return layers


def _state(layers: list[Layer]) -> State:
    """Return layers as the network's weights."""
    state: State = {}
    for at, layer in enumerate(layers):
        n_in, window, n_out = layer.weight.shape
        flat = layer.weight[:, 0] if window == 1 else layer.weight.transpose(2, 0, 1).reshape(n_out, n_in * window)
        state[f"{at}.weight"] = flat  # [n_in, n_out], or [c_out, c_in * 9]
        for name, values in layer.own.items():
            state[f"{at}.{name}"] = values[None] if window == 1 else values[:, None]  # [1, n_out], or [c_out, 1]
    return state
