"""Has what arrives shifted since the mega-batch before: the p that a rule which retrains on shift looks at."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.seeds import generator
from alma_core.streams.shift import FEWEST_ROWS
from alma_core.streams.stream import Stream, scaling
from alma_core.streams.twosample import on_one_thread, rows_auc

MOST_ROWS: Final = 1000
"""Of either mega-batch; more would find differences too small to matter, and take longer."""


def shift_ps(stream: Stream, arrivals: Sequence[int], threads: int) -> list[float]:
    """Return `shift_p` of each of `arrivals`.

    Args:
        stream: the stream.
        arrivals: each 1..B.
        threads: tests at a time; each takes a core, and none knows of the others.
    """
    with on_one_thread(), ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda t: _tested(stream, t), arrivals))


def shift_p(stream: Stream, t: int) -> float:
    """Return the p of the two-sample test between what arrives at t and what arrived at t - 1, 0..1.

    Examples are compared in what a network sees of them, whether their labels are known or not. Which of them are
    looked at and how the test is drawn depend on the two arrivals alone, so nothing after t matters. By a classifier
    that is asked to tell them apart (Lopez-Paz and Oquab, ICLR 2017), see `twosample.rows_auc`.

    Args:
        stream: the stream.
        t: 1..B.

    Returns:
        p; NaN at t = 1, and where either brings fewer than FEWEST_ROWS examples.

    Raises:
        IndexError: there is no arrival t.
    """
    if not 1 <= t <= len(stream):
        raise IndexError(t)
    with on_one_thread():
        return _tested(stream, t)


def _tested(stream: Stream, t: int) -> float:
    if t == 1:
        return np.nan
    sides = [stream.arriving[slice(*stream.judged_at(s - 1))] for s in (t - 1, t)]  # [n] each, what arrives at s
    if min(len(rows) for rows in sides) < FEWEST_ROWS:
        return np.nan
    ends = [int(rows[place]) for rows in sides for place in (0, -1)]
    before, now = (_seen(stream, rows) for rows in sides)
    return rows_auc(before, now, generator(0, "shift of arrivals", *ends))[1]


def _seen(stream: Stream, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return [n, features] what a network sees of MOST_ROWS of the rows at most."""
    drawn = generator(0, "rows of an arrival", int(rows[0]), int(rows[-1])).permutation(rows)[:MOST_ROWS]
    x = stream.source.x[drawn].astype(np.float64)  # [n, features]
    known = scaling(stream)
    centre, spread = (0.0, stream.source.largest) if known is None else known
    return np.asarray((x - centre) / spread)
