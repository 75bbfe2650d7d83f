"""Which examples an update may see, as a range of positions in the order of arrival."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alma_core.specs import PolicySpec


def seen_by_update(
    policy: PolicySpec, boundaries: Sequence[int] | NDArray[np.int64], last_update: int, t: int
) -> tuple[int, int]:
    """Return first and last-but-one position that the update at arrival t may see.

    That is [0, now) with replay, the last k mega-batches with a window, else what came since the last update.

    Args:
        boundaries: [B + 1] positions; mega-batch t stands at [boundaries[t - 1], boundaries[t]).
        last_update: number of examples that had arrived at the last update (0 before the first).
        t: the arrival, 1..B.

    >>> edges = (0, 10, 20, 30, 40)
    >>> [seen_by_update(p, edges, 20, 4) for p in (PolicySpec(replay=1.0), PolicySpec(window=1), PolicySpec())]
    [(0, 40), (30, 40), (20, 40)]
    """
    now = int(boundaries[t])
    if policy.window:
        return int(boundaries[max(0, t - policy.window)]), now
    return (0 if policy.replay else last_update), now
