"""A mixture of experts that grows: one expert is replaced by two copies of it, and a gate of their own parts them.

Source: Caccia, Xu, Ott, Ranzato, Denoyer: On Anytime Learning at Macroscale (CoLLAs 2022), the growing mixture of
experts.
"""

import numpy as np
from numpy.typing import NDArray

from alma_core.learners.layers import initial_linear
from alma_core.learners.states import State
from alma_core.sizes import Mixture, Network

GATES = ("gate.weight", "gate.bias", "gate.paths")
"""What a gated mixture holds beside its experts: gates' weights, and the side of each gate on which an expert is."""


def split(state: State, shape: Network | Mixture, expert: int, draws: np.random.Generator) -> State:
    """Replace an expert by two copies of it under a fresh gate; for every example the output stays what it was.

    The copies share what the expert had of each example, in whatever parts the gate says, so the gate's weights are
    free to be drawn. One copy stands in the expert's place, the other behind all others.

    Args:
        state: of a network, which then counts as the only expert, or of a gated mixture.
        shape: of `state`.
        expert: 0..experts - 1.
        draws: gives the fresh gate's weights.
    """
    experts, paths = _experts(state, shape)
    grown = {name: np.concatenate([weight, weight[[expert]]]) for name, weight in experts.items()}  # [E + 1, ...]
    weight, bias = initial_linear(draws, shape.inputs, 1)
    if isinstance(shape, Mixture):
        weight = np.hstack([state["gate.weight"], weight])  # [inputs, gates + 1]
        bias = np.hstack([state["gate.bias"], bias])  # [1, gates + 1]
    inherited = np.concatenate([paths, paths[[expert]]])  # [E + 1, gates]
    side = np.zeros((len(inherited), 1), np.float32)  # [E + 1, 1]
    side[expert], side[-1] = 1, -1
    return grown | dict(zip(GATES, (weight, bias, np.hstack([inherited, side])), strict=True))


def most_used(state: State, shape: Network | Mixture, x: NDArray[np.float32]) -> int:
    """Return the number of the expert that the gates give the most of the examples, shares summed; 0 of a network.

    Args:
        state: of a network or of a gated mixture.
        shape: of `state`.
        x: [n, inputs] scaled features. Of equally used experts, as all are where there is no row, the first counts.
    """
    return int(_shares(state, x).sum(0).argmax()) if isinstance(shape, Mixture) else 0


def choosing_flops(shape: Network | Mixture, n: int) -> int:
    """Count the FLOPs of `most_used` on n rows: those of the gates' products.

    >>> from alma_core.sizes import Shape
    >>> choosing_flops(Mixture(Shape(784, (64, 64), 10), 3, gated=True), 100)
    313600
    """
    return 2 * shape.gates * shape.inputs * n if isinstance(shape, Mixture) else 0


def _experts(state: State, shape: Network | Mixture) -> tuple[State, NDArray[np.float32]]:
    """Return the experts' weights, [E, ...] each, and [E, gates] the side of each gate on which each stands."""
    if isinstance(shape, Mixture):
        return {name: weight for name, weight in state.items() if name not in GATES}, state["gate.paths"]
    return {name: weight[None] for name, weight in state.items()}, np.zeros((1, 0), np.float32)  # [1, ...], [1, 0]


def _shares(state: State, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return [n, E] the experts' shares of each row: the product of what each gate on an expert's path lets through.

    It is taken as a sum of logarithms; log(1 + exp(-z)) of a gate's z is minus that of the share let through.
    """
    weight, bias, paths = (state[name].astype(np.float64) for name in GATES)
    towards = (x.astype(np.float64) @ weight + bias)[:, None] * paths  # [n, E, gates]
    kept_out = np.logaddexp(0, -towards) * np.abs(paths)  # [n, E, gates]
    shares: NDArray[np.float64] = np.exp(-kept_out.sum(2))  # [n, E]
    return shares
