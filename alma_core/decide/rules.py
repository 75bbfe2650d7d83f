"""Four simple rules to hold the advice against: networks retrained from scratch on all data, and when.

Each starts from the model of the last row that is known and looks at nothing that comes later: update always; never
again; every k arrivals, k the cheapest on what was seen; and once the accumulated staleness exceeds a threshold, the
cheapest on what was seen (after CARA, Mahadevan and Mathioudakis 2024).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.learning_curves import FEWEST, extend
from alma_core.decide.oracle import Stakes, evaluate

Array = NDArray[np.float64]
Rows = list[int]

ALWAYS, NEVER, EVERY_K, THRESHOLD = "always", "never again", "every k", "threshold"
RULES: Final = (ALWAYS, NEVER, EVERY_K, THRESHOLD)
TIMES: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Thresholds that are tried, as multiples of what an update costs."""


def costs(stakes: Stakes, capacity: int, known: int) -> dict[str, float]:
    """Return what each rule costs in the rows after those known.

    Args:
        stakes: of one seed or of their mean; update amounts of known rows are sunk.
        capacity: number of the size in the ladder.
        known: rows 1..known have happened.
    """
    fresh = _fresh(stakes, capacity, known)
    later = range(known + 1, stakes.n_rows + 1)
    k = min(range(1, known + 1), key=lambda k: _seen(stakes, capacity, known, list(range(k, known + 1, k))))
    threshold = min(
        (times * float(stakes.update[known - 1, capacity]) for times in TIMES),
        key=lambda least: _seen(stakes, capacity, known, _stale(stakes, capacity, fresh, least, 0, known)),
    )
    schedules = {
        ALWAYS: list(later),
        NEVER: [],
        EVERY_K: [row for row in later if (row - known) % k == 0],
        THRESHOLD: _stale(stakes, capacity, fresh, threshold, known, stakes.n_rows),
    }
    return {name: _cost(stakes, capacity, known, rows) for name, rows in schedules.items()}


def _cost(stakes: Stakes, capacity: int, known: int, rows: Rows) -> float:
    """Return what updates at these rows cost after the known ones; the model of the last known row serves first."""
    releases = [(row, capacity) for row in (known, *rows) if stakes.possible[row - 1, capacity]]
    return float(evaluate(stakes, releases)[known:].sum())


def _seen(stakes: Stakes, capacity: int, known: int, rows: Rows) -> float:
    """Return what updates at these rows would have cost in the rows that are known."""
    releases = [(row, capacity) for row in rows if stakes.possible[row - 1, capacity]]
    return float(evaluate(stakes, releases)[:known].sum())


def _fresh(stakes: Stakes, capacity: int, known: int) -> Array:
    """Return [B] what each row costs with a model of its own: as seen, then off the learning curve of what was seen."""
    own = np.arange(stakes.n_rows)
    fresh = stakes.serve[own, capacity, own].copy()  # [B]
    seen = np.flatnonzero(~np.isnan(fresh[:known]))
    fresh[known:] = fresh[seen[-1]] if len(seen) else 0.0
    if len(seen) >= FEWEST:
        arrivals = np.arange(1.0, stakes.n_rows + 1)
        fresh[known:] = extend(arrivals[seen], fresh[seen][None], arrivals[known:]).mean
    return np.asarray(fresh)


def _stale(stakes: Stakes, capacity: int, fresh: Array, least: float, start: int, end: int) -> Rows:
    """Return the rows start < row <= end at which staleness since the last update has come to `least`.

    The staleness of a row is what the row before it cost more, with the model that serves, than a model of its own
    would: the row itself is not known yet.
    """
    rows: Rows = []
    model, stale = start, 0.0  # row of the model in service; 0: the incumbent
    for row in range(start + 1, end + 1):
        if row > 1:
            at = row - 2
            now = stakes.incumbent[at] if model == 0 else stakes.serve[model - 1, capacity, max(at, model - 1)]
            stale += max(0.0, float(now - fresh[row - 1]))
        if (stale >= least or model == 0) and stakes.possible[row - 1, capacity]:
            rows.append(row)
            model, stale = row, 0.0
    return rows
