"""Which few columns add up to a target: least squares with the fewest columns that do it."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_ROWS = 50
ROWS_PER_COLUMN = 10
PAIRS_UP_TO = 200
"""Pairs are tried among so many columns, triples among a tenth; larger sets are found by leaving columns out."""
RIDGE = 1e-10
"""Added to a correlation of 1, so that columns that repeat each other can be inverted."""

Matrix = NDArray[np.float64]
Giving = tuple[tuple[str, ...], float, int]


def giving(columns: Mapping[str, Matrix], y: Matrix, above: float) -> Iterator[Giving]:
    """Yield the sets of columns that give `y`: single ones, then the smallest set found among the rest, and so on.

    Args:
        columns: name -> [n], NaN where blank.
        y: [n], never NaN.
        above: R2 (0..1) above which a set gives `y`.

    Yields:
        the names, R2, and the rows it was measured on.
    """
    left = []
    for name, values in columns.items():
        rows = np.isfinite(values)
        r2 = _squared(*_correlations(values[rows, None], y[rows])) if rows.sum() >= FEWEST_ROWS else 0.0
        if r2 > above:
            yield (name,), r2, int(rows.sum())
        elif 2 * rows.sum() >= len(rows):
            left.append(name)
    while len(left) > 1:
        x, rows = _complete(columns, left)
        chosen = smallest(*_correlations(x[rows], y[rows]), above) if rows.sum() >= FEWEST_ROWS else ()
        if not chosen:
            return
        r2 = _squared(*_correlations(x[rows][:, list(chosen)], y[rows]))
        yield tuple(left[i] for i in chosen), r2, int(rows.sum())
        left = [name for i, name in enumerate(left) if i not in chosen]


def smallest(among: Matrix, with_y: Matrix, above: float) -> tuple[int, ...]:
    """Return a smallest set of columns whose R2 is above a bound; none: ().

    Args:
        among: [p, p] correlations of the columns.
        with_y: [p] their correlations with the target.
        above: the bound.
    """
    everything = _leave_out(among, with_y, above)
    if len(everything) <= 1:
        return everything
    p = len(with_y)
    for size, limit in ((2, PAIRS_UP_TO), (3, PAIRS_UP_TO // 10)):
        if size < len(everything) and p <= limit:
            sets = np.array(list(itertools.combinations(range(p), size)))  # [sets, size]
            r2 = _squared_of_sets(among, with_y, sets)
            if r2.max() > above:
                return tuple(int(i) for i in sets[r2.argmax()])
    return everything


def _complete(columns: Mapping[str, Matrix], names: Sequence[str]) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return [n, p] and the rows that are filled throughout; where they are too few, the blankest columns are 0."""
    x = np.stack([columns[name] for name in names], axis=1)  # [n, p]
    blanks = np.isnan(x).mean(axis=0)
    for most in sorted(set(blanks), reverse=True):
        rows = np.asarray(np.isfinite(x[:, blanks <= most]).all(axis=1))
        if rows.sum() >= max(FEWEST_ROWS, ROWS_PER_COLUMN * len(names)):
            x[:, blanks > most] = 0.0  # says nothing, so no set holds it
            return x, rows
    return x, np.zeros(len(x), np.bool_)


def _correlations(x: Matrix, y: Matrix) -> tuple[Matrix, Matrix]:
    """Return [p, p] correlations of the columns, [p] with the target; 0 where something never changes."""
    z = np.column_stack([x, y]).astype(np.float64)  # [n, p + 1]
    z /= np.maximum(np.abs(z).max(axis=0), np.finfo(np.float64).tiny)  # so that squares do not overflow
    z -= z.mean(axis=0)
    sizes = np.sqrt((z**2).sum(axis=0))
    z /= np.where(sizes > 1e-12 * len(z), sizes, np.inf)
    products = z.T @ z
    return products[:-1, :-1], products[:-1, -1]


def _squared(among: Matrix, with_y: Matrix) -> float:
    """Return R2 of all columns together."""
    weights = np.linalg.lstsq(among, with_y, rcond=RIDGE)[0]
    return float(np.clip(with_y @ weights, 0.0, 1.0))


def _squared_of_sets(among: Matrix, with_y: Matrix, sets: NDArray[np.int64]) -> Matrix:
    """Return [sets] R2 of each set of columns."""
    inner = among[sets[:, :, None], sets[:, None, :]] + RIDGE * np.eye(sets.shape[1])  # [sets, size, size]
    outer = with_y[sets]  # [sets, size]
    solvable = np.abs(np.linalg.det(inner)) > 1e-9
    weights = np.zeros_like(outer)
    weights[solvable] = np.linalg.solve(inner[solvable], outer[solvable, :, None])[:, :, 0]
    return np.asarray((outer * weights).sum(axis=1))


def _leave_out(among: Matrix, with_y: Matrix, above: float) -> tuple[int, ...]:
    """Return what is left when the column that is missed least is left out again and again; (): all are not enough.

    With P the inverse of the correlations, leaving out column j costs (P c)_j ** 2 / P_jj of R2.
    """
    moving = [i for i in range(len(with_y)) if among[i, i] > 0]
    if not moving or _squared(among[np.ix_(moving, moving)], with_y[moving]) <= above:
        return ()
    inverse = np.linalg.inv(among[np.ix_(moving, moving)] + RIDGE * np.eye(len(moving)))
    while len(moving) > 1:
        costs = (inverse @ with_y[moving]) ** 2 / np.diag(inverse)
        j = int(costs.argmin())
        rest = [i for k, i in enumerate(moving) if k != j]
        if _squared(among[np.ix_(rest, rest)], with_y[rest]) <= above:
            break
        inverse = inverse - np.outer(inverse[:, j], inverse[j]) / inverse[j, j]
        inverse = np.delete(np.delete(inverse, j, 0), j, 1)
        moving = rest
    return tuple(moving)
