"""One seed -> named, independent generators; and draws that depend on an example alone.

Nothing here holds state: a generator is made where it is used, from what determines it, so the order in
which work is done never changes a number (DESIGN, section 3).
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

VALIDATION_PER_MILLE = 100
TEST_PER_MILLE = 200


def generator(seed: int, purpose: str, *which: int) -> np.random.Generator:
    """Return the generator of `purpose` for `seed`.

    Args:
        seed: the run's seed, >= 0.
        purpose: what the draws are for, such as "initialisation" or "order".
        which: whole numbers that tell draws of one purpose apart, such as member, first and last example.

    >>> bool(generator(0, "order", 1).random() == generator(0, "order", 1).random())
    True
    """
    name = f"{seed}/{purpose}/{'/'.join(map(str, which))}".encode()
    key = np.frombuffer(hashlib.sha256(name).digest()[:16], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def per_mille(indices: NDArray[np.int64], purpose: str) -> NDArray[np.int64]:
    """Return a draw 0..999 for each example, fixed by its index and `purpose` alone (SplitMix64's finaliser).

    Args:
        indices: [n] example indices into a source, >= 0.
        purpose: what is drawn; draws of two purposes are independent.
    """
    salt = np.frombuffer(hashlib.sha256(purpose.encode()).digest()[:8], dtype=np.uint64)[0]
    z = indices.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z ^ (z >> np.uint64(31))) % np.uint64(1000), np.int64)


def is_validation(indices: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which examples are held back for validation: 10 %, the same for every policy and seed of any run."""
    return per_mille(indices, "validation") < VALIDATION_PER_MILLE
