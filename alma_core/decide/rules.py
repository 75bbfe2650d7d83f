"""Four simple rules to hold the advice against: networks retrained from scratch on all data, and when.

Each starts from the newest model that could be in service at the last row that is known and looks at nothing that comes
later: update always; never again; every k arrivals, k the cheapest on what was seen; and once the accumulated staleness
exceeds a threshold, the cheapest on what was seen (after CARA, Mahadevan and Mathioudakis 2024).
"""

from collections import Counter
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
    first = _newest(stakes, capacity, known)
    return {
        name: float(_priced(stakes, capacity, [*first, *rows])[known:].sum())
        for name, rows in schedules(stakes, capacity, known).items()
    }


def schedules(stakes: Stakes, capacity: int, known: int) -> dict[str, Rows]:
    """Return at which rows after those known each rule asks for an update; arguments as of `costs`.

    One that is not possible, or beyond the cap of its fiscal year, is asked for in vain.
    """
    fresh = _fresh(stakes, capacity, known)
    later = range(known + 1, stakes.n_rows + 1)

    def seen(rows: Rows) -> float:
        return float(_priced(stakes, capacity, rows)[:known].sum())

    k = min(range(1, known + 1), key=lambda k: seen(list(range(k, known + 1, k))))
    threshold = min(
        (times * float(stakes.update[known - 1, capacity]) for times in TIMES),
        key=lambda least: seen(_stale(stakes, capacity, fresh, least, [], range(1, known + 1))),
    )
    newest = _newest(stakes, capacity, known)
    return {
        ALWAYS: list(later),
        NEVER: [],
        EVERY_K: [row for row in later if (row - known) % k == 0],
        THRESHOLD: _stale(stakes, capacity, fresh, threshold, newest, later),
    }


def _newest(stakes: Stakes, capacity: int, known: int) -> Rows:
    """Return the last row up to the known ones at which something could be released; empty: there was none."""
    return [row for row in range(1, known + 1) if stakes.possible[row - 1, capacity]][-1:]


def _priced(stakes: Stakes, capacity: int, rows: Rows) -> Array:
    """Return [B] what each row costs with updates at those of `rows` at which there can be one."""
    releases: list[tuple[int, int]] = []
    of_year: Counter[int] = Counter()
    for row in rows:
        year = int(stakes.year[row - 1])
        if stakes.possible[row - 1, capacity] and (stakes.most is None or of_year[year] < stakes.most):
            releases.append((row, capacity))
            of_year[year] += 1
    return evaluate(stakes, releases)


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


def _stale(stakes: Stakes, capacity: int, fresh: Array, least: float, first: Rows, later: range) -> Rows:
    """Return the rows of `later` at which staleness since the last update, at `first` if any, has come to `least`.

    The staleness of a row is what the row before it cost more, with the model that serves, than a model of its own
    would: the row itself is not known yet.
    """
    rows: Rows = []
    model, stale = max(first, default=0), 0.0  # row of the model in service; 0: the incumbent
    for row in later:
        if row > 1:
            at = row - 2
            now = stakes.incumbent[at] if model == 0 else stakes.serve[model - 1, capacity, max(at, model - 1)]
            stale += max(0.0, float(now - fresh[row - 1]))
        if (stale >= least or model == 0) and stakes.possible[row - 1, capacity]:
            rows.append(row)
            model, stale = row, 0.0
    return rows
