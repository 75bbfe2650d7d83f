"""One learner's weights, in memory and as bytes. No torch."""

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

State = dict[str, NDArray[np.float32]]
"""One learner's weights by name, without the learner axis."""


def to_bytes(state: State) -> bytes:
    """Return a state as a safetensors file holds it."""
    return save({name: np.ascontiguousarray(weight) for name, weight in state.items()})


def from_bytes(raw: bytes) -> State:
    """Return the state that a safetensors file holds.

    Raises:
        ValueError: it holds none.
    """
    try:
        return load(raw)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
