"""How often policies that are said to be the best with some probability are it, for `coverage.py`."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import rival_chances
import worlds
from numpy.typing import NDArray

from alma_core.decide.best import probability_best

Array = NDArray[np.float64]
Figures = list[dict[str, Any]]

EDGES = (0.0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.01)
WAYS: dict[str, Callable[[Array], Array]] = {
    "used": probability_best,
    "true means anywhere": rival_chances.without_spread,
    "each policy alone": rival_chances.each_alone,
    "seeds drawn again": rival_chances.seeds_drawn_again,
}
IN_ORDER: dict[str, Callable[[Array], Array]] = {
    "used": probability_best,
    "seeds only": lambda costs: probability_best(costs.sum(2)),
}


def measured(runs: int) -> Figures:
    """Return, by world and way, what was said of every policy and whether it was so, counted in tenths."""
    found = []
    for n, n_policies, sizes, truth in ((n, p, s, t) for n in (2, 3, 10) for p in (5, 50) for s in ("equal", "unequal")
                                        for t in list(worlds.TRUTHS)[1:]):  # fmt: skip
        draws = np.random.default_rng(0)
        means = worlds.truth(truth, (runs, n_policies), draws)
        costs = worlds.seeds((runs, n_policies, n), "normal", sizes, draws) + means[:, :, None]
        world = {"data": f"{n} seeds", "family": n_policies, "sizes": sizes, "truth": truth}
        found += [{**world, "way": name, **counted(way, costs, means)} for name, way in WAYS.items()]
    for n, rho, size in ((n, r, s) for n in (23, 50) for r in (0.0, 0.3, 0.6) for s in (0.3, 1.0)):
        draws = np.random.default_rng(0)
        means = size * worlds.truth("normal, 1", (3 * runs, 20), draws)
        costs = worlds.costs_in_order((3 * runs, 20, 3, n), rho, draws) + means[:, :, None, None]
        world = {"data": f"{n} arrivals in order", "family": 20, "rho": rho, "truth": f"normal, {size} an arrival"}
        found += [{**world, "way": name, **counted(way, costs, means)} for name, way in IN_ORDER.items()]
    return found


def counted(way: Callable[[Array], Array], costs: Array, means: Array) -> dict[str, Any]:
    """Return how many statements fall into each tenth, their sum and how many were right; and those of the leader."""
    said = np.array([way(one) for one in costs])  # [R, P]
    best = means == means.min(1, keepdims=True)
    tenth = np.digitize(said, EDGES) - 1
    leader = said.argmax(1)[:, None]
    return {
        "statements": [int((tenth == t).sum()) for t in range(len(EDGES) - 1)],
        "said": [float(said[tenth == t].sum()) for t in range(len(EDGES) - 1)],
        "right": [int(best[tenth == t].sum()) for t in range(len(EDGES) - 1)],
        "leader_said": float(np.take_along_axis(said, leader, 1).mean()),
        "leader_right": float(np.take_along_axis(best, leader, 1).mean()),
    }


def text(found: Figures) -> Iterator[str]:
    """Say how far what is said is so."""
    for data in dict.fromkeys(one["data"] for one in found):
        ways = list(dict.fromkeys(one["way"] for one in found if one["data"] == data))
        yield f"\n{data}: of all policies said to be the best with about this probability, so many are (statements)"
        yield f"{'said':>8}" + "".join(f"{way:>25}" for way in ways)
        for t, low in enumerate(EDGES[:-1]):
            cells = [added(found, data, way, t) for way in ways]
            yield f"{max(0, min(10, round((low + 0.05) * 10))):>5}/10" + "".join(f"{cell:>25}" for cell in cells)
    yield "\nthe leader: what is said > how often it is the best"
    for one in found:
        if one["way"] == "used":
            named = ", ".join(str(one[name]) for name in ("data", "family", "sizes", "rho", "truth") if name in one)
            yield f"    {named:56}{one['leader_said']:.2f} > {one['leader_right']:.2f}"


def added(found: Figures, data: str, way: str, tenth: int) -> str:
    """Return a cell: the mean probability said, the share that was right, and of how many statements."""
    those = [one for one in found if one["data"] == data and one["way"] == way]
    count, said, right = (sum(one[name][tenth] for one in those) for name in ("statements", "said", "right"))
    return f"{said / count:.2f} > {right / count:.2f} ({count})" if count else "-"
