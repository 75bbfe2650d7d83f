"""What the intervals and probabilities of `alma_core.decide` hold, in simulated runs whose truth is known.

Beside the one that is used stand those that were tried: `python benchmarks/coverage.py [--small] [--json]`. A 90 %
interval should hold the truth in 0.90 of the runs, in each world, not on average over worlds; a probability of 0.8
should be right in 0.8 of the cases. The worlds are in `worlds.py`, what was tried in `rivals.py`, `rival_blocks.py` and
`rival_chances.py`. All draws are fixed; it takes about five minutes.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import picks
import reliability
import rival_blocks
import rivals
import worlds
from laid_out import Figures, chosen, table
from numpy.typing import NDArray

from alma_core.decide.blocks import block_bootstrap
from alma_core.decide.compare import differences

Array = NDArray[np.float64]
SEEDS = (2, 3, 5, 10)
FAMILIES = (5, 50, 500)
CELLS = 50_000
"""Policies x seeds that are simulated at once."""
CUBE_ROOT, ROOT = (lambda n: max(2, round(n ** (1 / 3)))), (lambda n: max(2, round(n**0.5)))


def used(totals: Array) -> rivals.Ends:
    """The intervals of `compare.differences`."""
    found = [differences(run, 0) for run in totals]
    return np.array([one.lows[1:] for one in found]), np.array([one.highs[1:] for one in found])


def over_seeds(runs: int, families: tuple[int, ...]) -> Figures:
    """Return coverage and width of each interval of a difference, by world."""
    found = []
    for n, n_policies, kind, sizes in ((n, p, k, s) for n in SEEDS for p in families for k in worlds.NOISES
                                       for s in worlds.SIZES):  # fmt: skip
        draws = np.random.default_rng(0)
        ways = ways_over_seeds(n_policies, n, draws)
        sums = {name: np.zeros(3) for name in ways}
        for size in pieces(runs, n_policies * n):
            totals = worlds.seeds((size, n_policies, n), kind, sizes, draws)
            for name, way in ways.items():
                few = totals[: max(1, size // 10)] if name.startswith("bootstrap") else totals
                low, high = (ends[:, watched(sizes)] for ends in way(few))
                sums[name] += ((low <= 0) & (high >= 0)).sum(), (high - low).sum(), low.size
        for name, (held, width, count) in sums.items():
            world = {"seeds": n, "family": n_policies, "noise": kind, "sizes": sizes}
            found.append({**world, "way": name, "coverage": float(held / count), "width": float(width / count)})
    return found


def ways_over_seeds(n_policies: int, n_seeds: int, draws: np.random.Generator) -> dict[str, Callable[[Array], Any]]:
    """Return the intervals by name."""
    bounds = rivals.bounds(n_policies, n_seeds, draws)
    return {
        "Student's t (used)": used,
        "pooled, as if independent": rivals.pooled,
        "pooled, honest freedom": rivals.pooled_honestly,
        **{f"pooled if {name} passes": rivals.pooled_if(rivals.TESTS[name], bound) for name, bound in bounds.items()},
        "moderated": rivals.moderated,
        "moderated, honest freedom": rivals.moderated_honestly,
        "bootstrap, percentiles": rivals.percentile,
        "bootstrap, BCa": rivals.bca,
    }


def watched(sizes: str) -> slice:
    """Return the differences that a world is about: the wild policy's, those to the other kind, or all."""
    return {"one": slice(worlds.WILD - 1, worlds.WILD), "kinds": slice(0, None, 2)}.get(sizes, slice(None))


def pieces(runs: int, cells: int) -> Iterator[int]:
    """Cut runs into pieces that fit into memory."""
    most = max(1, CELLS // cells)
    for start in range(0, runs, most):
        yield min(most, runs - start)


def over_arrivals(runs: int) -> Figures:
    """Return coverage and width of each interval of a total on time-ordered data, by world."""
    ways: dict[str, Callable[[Array], Any]] = {
        "blocks that fade, t (used)": lambda rows: block_bootstrap(rows)[1:3],
        "blocks, percentiles": rival_blocks.plain(circular=False),
        "circular blocks, percentiles": rival_blocks.plain(circular=True),
        "blocks, normal": rival_blocks.by_variance(CUBE_ROOT, is_normal=True),
        "blocks, t": rival_blocks.by_variance(CUBE_ROOT),
        "longer blocks, t": rival_blocks.by_variance(ROOT),
        "blocks, studentised": rival_blocks.studentised,
        "cosines, t": rival_blocks.cosines,
        "AR(1), t": rival_blocks.first_order,
    }
    found = []
    for n, n_seeds, rho, trend in ((n, s, r, t) for n in (12, 23, 50) for s in (3, 10) for r in (0.0, 0.3, 0.6)
                                   for t in (0.0, 2.0)):  # fmt: skip
        rows = worlds.differences_in_order((runs, n_seeds, n), rho, trend, np.random.default_rng(0))
        ideal = 2 * 1.645 * rows.sum(2).mean(1).std()
        world = {"arrivals": n, "seeds": n_seeds, "rho": rho, "trend": trend}
        for name, way in ways.items():
            low, high = way(rows)
            held = float(((low <= 0) & (high >= 0)).mean())
            found.append({**world, "way": name, "coverage": held, "width": float((high - low).mean() / ideal)})
    return found


def text_over_seeds(found: Figures) -> Iterator[str]:
    """Say what was found over seeds."""
    ways = list(dict.fromkeys(one["way"] for one in found if one["seeds"] > 2))
    family = 50 if 50 in {one["family"] for one in found} else found[0]["family"]
    student = ways[0]
    for n in SEEDS:
        yield f"\n{n} seeds, {family} policies, normal noise: coverage, and width as a share of Student's t"

        def cell(way: str, sizes: str, n: int = n) -> str:
            one = next(iter(chosen(found, seeds=n, family=family, noise="normal", sizes=sizes, way=way)), None)
            if one is None:
                return "-"
            (of,) = chosen(found, seeds=n, family=family, noise="normal", sizes=sizes, way=student)
            return f"{one['coverage']:.2f} {one['width'] / of['width']:.2f}"

        yield table(ways, list(worlds.SIZES), cell)
    yield "\nover all worlds: least, mean coverage; the same at three seeds or more"
    summary = {"least": min, "mean": np.mean}

    def over(way: str, column: str) -> str:
        most = [one["coverage"] for one in found if one["way"] == way and (one["seeds"] > 2 or "3+" not in column)]
        return f"{summary[column.split()[0]](most):.2f}"

    yield table(ways, ["least", "mean", "least 3+", "mean 3+"], over)
    yield "\nStudent's t: coverage by noise, sizes; columns: seeds/family"
    columns = [f"{n}/{p}" for n in SEEDS for p in sorted({one["family"] for one in found})]

    def own(row: str, column: str) -> str:
        (kind, sizes), (n, p) = row.split(", "), column.split("/")
        (one,) = chosen(found, seeds=int(n), family=int(p), noise=kind, sizes=sizes, way=student)
        return f"{one['coverage']:.2f}"

    yield table([f"{kind}, {sizes}" for kind in worlds.NOISES for sizes in worlds.SIZES], columns, own, 7)


def text_over_arrivals(found: Figures) -> Iterator[str]:
    """Say what was found over arrivals."""
    ways = list(dict.fromkeys(one["way"] for one in found))
    for n in (12, 23, 50):
        yield f"\n{n} arrivals, three seeds: coverage, and width as a share of the narrowest that could be; rho/trend"

        def cell(way: str, column: str, n: int = n) -> str:
            rho, trend = map(float, column.split("/"))
            (one,) = chosen(found, arrivals=n, seeds=3, rho=rho, trend=trend, way=way)
            return f"{one['coverage']:.2f} {one['width']:.2f}"

        yield table(ways, [f"{rho}/{trend:.0f}" for trend in (0.0, 2.0) for rho in (0.0, 0.3, 0.6)], cell)


def main() -> None:
    """Print the tables, and with --json the same figures as one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the runs, two families")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    runs, families = (40, FAMILIES[:2]) if options.small else (4000, FAMILIES)
    seeds, arrivals = over_seeds(runs // 2, families), over_arrivals(runs)
    picked, chances = picks.measured(runs, families), reliability.measured(max(2, runs // 40))
    said = [text_over_seeds(seeds), text_over_arrivals(arrivals), picks.text(picked), reliability.text(chances)]
    print("\n".join(line for part in said for line in part))
    print(f"\n{time.perf_counter() - started:.0f} s")
    if options.json:
        print(json.dumps({"seeds": seeds, "picked": picked, "arrivals": arrivals, "chances": chances}))


if __name__ == "__main__":
    main()
