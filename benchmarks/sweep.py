"""The same grid of policies, the same recipe and data, three ways on one machine, side by side in one process.

(a) The executor, as `alma run` uses it, with an empty store each time, so that nothing is found done. Its clock runs
    from the spec to the ledger: planning, digests, workers, writing the store.
(b) A plain tensor loop: one policy, one seed, one `nn.Sequential` at a time; examples are float32 tensors in memory
    before the clock starts, minibatches are gathered by index; the fastest of Adam's implementations and the better of
    one and two threads, measured for each width at the start. Run whole.
(c) The usual `Dataset` + `DataLoader` loop, one policy at a time, its Dataset turning each stored example into a float
    tensor; also with an in-memory TensorDataset. Timed on a sample at the better of one and more threads, scaled by
    examples trained on and rows judged.

All walk the arrivals, train at each due update on the same examples, judge the model in service on the test set after
each update, and on each mega-batch that arrives. (a) and (b) start from the same weights and draw the same order of
examples, so their errors are paired. The loops of (b) and (c) are in `plain.py`.

    python benchmarks/sweep.py [--small | --full] [--capacities S] [--seeds N] [--repeats N] [--json]
"""

import argparse
import dataclasses
import json
import math
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from contest import Contest, Repeat, Workers, executed
from shown import WAYS, Figures, heading, text

from alma_core import provenance, specs
from alma_core.learners.devices import cores, resolved
from alma_core.specs import RunSpec
from alma_core.streams import sources
from alma_core.streams.sources import Source

EPOCHS = 3


@dataclass(frozen=True)
class Grid:
    """What is run.

    Args:
        examples, tests: how many of the source's first arriving and test examples are used.
        mega_batches: B.
        waits: waiting times.
        seeds, repeats: how many, where nothing else is asked for.
        most_seconds: no repeat is begun that would end later, unless a number of repeats is asked for.
    """

    examples: int
    tests: int
    mega_batches: int
    waits: tuple[int, ...]
    seeds: int
    repeats: int
    most_seconds: float = math.inf


GRIDS = {
    "small": Grid(2_000, 1_600, 10, (1, 2, 5, 10), 2, 3, most_seconds=170),
    "default": Grid(12_000, 10_000, 20, (1, 2, 5, 10, 20), 3, 1),
    "full": Grid(60_000, 10_000, 50, (1, 2, 5, 10, 25, 50), 3, 1),
}


def figures(contest: Contest, repeats: Sequence[Repeat]) -> Figures:
    """Return all that was found, as plain data."""
    first = repeats[0]
    progress, walked, errors = first.a.progress, first.walked.values(), paired(first)
    asked_for = float(first.a.ledger["train_flops"].sum())
    seconds = {way: [r.seconds[way] for r in repeats] for way in first.seconds}
    laps = {capacity: [r.laps[capacity] for r in repeats] for capacity in contest.capacities}
    over_a = {way: spread([r.seconds[way] / r.a.seconds for r in repeats]) for way in first.seconds}
    return {
        "b_over_a": over_a["b"],
        "c_over_a": over_a["c"],
        "c_tensors_over_a": over_a["c_tensors"],
        "peak_share": spread([r.a.progress.flops / r.a.seconds / r.peak for r in repeats]),
        "peak_flops_per_second": spread([r.peak for r in repeats]),
        "seconds": {way: spread(each) for way, each in seconds.items()},
        "alone": {
            capacity: {
                "b_over_a": spread([lap.b / lap.a for lap in each]),
                "c_over_a": spread([lap.c / lap.a for lap in each]),
                "b_ms_of_a_step": spread([lap.b_ms_of_a_step for lap in each]),
                "b_setting": dataclasses.asdict(contest.settings[capacity]),
            }
            for capacity, each in laps.items()
        },
        "work": {
            "policies": len(contest.spec.policies),
            "steps": sum(one.steps for one in walked),
            "examples": sum(one.examples for one in walked),
            "updates_asked_for": progress.asked_for,
            "updates_distinct": progress.updates,
            "train_flops_asked_for": asked_for,
            "train_flops_distinct": progress.flops,
            "sharing": asked_for / progress.flops,
        },
        "errors": errors,
        "within_seed_noise": None if contest.spec.seeds == 1 else all(map(is_noise, errors.values())),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return minimum, median and maximum."""
    return {"min": min(values), "median": median(values), "max": max(values)}


def paired(repeat: Repeat) -> Figures:
    """Compare (a)'s errors with (b)'s, policy by policy and seed by seed, from each policy's first update on.

    "final" is the error on the test set after the last arrival, "mean" that over arrivals, "arriving" the mean on what
    arrives. Each has the mean of the differences a - b, the largest in size, and (a)'s standard deviation over seeds
    (mean over policies; None for one seed), which is the noise to hold them against.
    """
    ours, theirs = {}, {}
    for (policy, seed), walked in repeat.walked.items():
        ledger = repeat.a.ledger
        here = ledger[(ledger["policy"] == policy) & (ledger["seed"] == seed)].sort_values("t", ignore_index=True)
        of_b = pd.DataFrame({"error": walked.error, "error_arriving": walked.error_arriving})
        of_a = here[["error", "error_arriving"]].where(of_b.notna())
        ours[policy, seed], theirs[policy, seed] = summary(of_a), summary(of_b)
    table = pd.DataFrame.from_dict(ours, orient="index")
    difference = table - pd.DataFrame.from_dict(theirs, orient="index")
    noise = table.groupby(level=0).std().mean()
    return {
        name: {
            "mean_difference": float(difference[name].mean()),
            "largest_difference": float(difference[name].abs().max()),
            "sd_over_seeds": None if np.isnan(noise[name]) else float(noise[name]),
        }
        for name in ("final", "mean", "arriving")
    }


def is_noise(error: Figures) -> bool:
    """Return whether the ways differ by less than seeds do."""
    return bool(abs(error["mean_difference"]) <= error["sd_over_seeds"])


def summary(errors: pd.DataFrame) -> dict[str, float]:
    """Summarise [B] errors on the test set and on what arrives; blank ones do not count."""
    test, arriving = errors["error"], errors["error_arriving"]
    return {"final": float(test.iloc[-1]), "mean": float(test.mean()), "arriving": float(arriving.mean())}


def conditions(contest: Contest, tiny_run_seconds: float) -> Figures:
    """Return what was run, on what, by which version."""
    spec, device = contest.spec, contest.workers.device
    return {
        "data": spec.stream.source,
        "data_digest": contest.source.digest,
        "examples": len(contest.streams[0].order),
        "tests": len(contest.source.test),
        "mega_batches": spec.stream.mega_batches,
        "waits": sorted({policy.waiting_time for policy in spec.policies}),
        "ways_to_update": ["warm", "warm + replay", "scratch + replay"],
        "capacities": contest.capacities,
        "recipe": dataclasses.asdict(spec.recipe),
        "seeds": spec.seeds,
        "spec": specs.fingerprint(spec),
        "workers": dataclasses.asdict(contest.workers),
        "tiny_run_seconds": tiny_run_seconds,
        "device": torch.cuda.get_device_name() if device == "cuda" else processor(),
        "cores": cores(),
        "revision": provenance.source_revision(),
        "libraries": provenance.library_versions(),
    }


def processor() -> str:
    """Return the name of the processor."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def asked() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--small", dest="grid", action="store_const", const="small", help="under three minutes on two cores"
    )
    size.add_argument("--full", dest="grid", action="store_const", const="full", help="60,000 examples, B = 50")
    parser.set_defaults(grid="default")
    parser.add_argument("--data", default="mnist", help="name of the data set (default: mnist, from ALMA_DATA)")
    parser.add_argument("--capacities", nargs="+", default=["S", "M", "L"], choices=specs.CAPACITIES)
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 3; small: 2)")
    parser.add_argument("--repeats", type=int, help="how often each way runs (default: 1; small: at most 3)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or auto, for all ways (default: cpu)")
    parser.add_argument("--jobs", type=int, help="processes of (a) (default: one for each core; 1 on cuda)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each (default: 1)")
    parser.add_argument("--json", action="store_true", help="the same figures as one JSON object on the last line")
    return parser.parse_args()


def contest_of(given: argparse.Namespace) -> Contest:
    """Put together what the command line asks for."""
    grid = GRIDS[given.grid]
    ways = [
        policy
        for capacity in given.capacities
        for start, replays in (("warm", [0.0, 1.0]), ("scratch", [1.0]))
        for policy in specs.grid(grid.waits, [capacity], [start], replays)
    ]
    recipe = specs.recipe("quick", EPOCHS)
    spec = RunSpec(specs.StreamSpec(given.data, grid.mega_batches), tuple(ways), recipe, given.seeds or grid.seeds)
    device = resolved(given.device)
    jobs = given.jobs or (cores() if device == "cpu" else 1)
    return Contest(spec, first_of(sources.load(given.data), grid), Workers(device, jobs, given.threads))


def first_of(source: Source, grid: Grid) -> Source:
    """Return the first arriving and the first test examples of a source."""
    arriving = np.setdiff1d(np.arange(len(source.x)), source.test)[: grid.examples]
    test = source.test[: grid.tests]
    rows = np.concatenate([arriving, test])
    where = np.arange(len(arriving), len(rows))
    return dataclasses.replace(source, x=source.x[rows], y=source.y[rows], test=where)


def tiny_run_seconds(contest: Contest) -> float:
    """Start the workers with a run of a few updates; return the seconds of a second one."""
    tiny = first_of(contest.source, Grid(200, 20, 2, (1,), 1, 1))
    spec = dataclasses.replace(contest.spec, policies=specs.grid([1], specs.CAPACITIES[:3]), seeds=contest.workers.jobs)
    spec = dataclasses.replace(spec, stream=specs.StreamSpec("tiny", 2))
    return [executed(spec, tiny, contest.workers).seconds for _ in range(2)][1]


def main() -> None:
    """Run the ways side by side and print what was found."""
    started = time.perf_counter()
    given = asked()
    grid, contest = GRIDS[given.grid], contest_of(given)
    run = conditions(contest, tiny_run_seconds(contest))
    print(heading(run), flush=True)
    most_repeats, most_seconds = (given.repeats, math.inf) if given.repeats else (grid.repeats, grid.most_seconds)
    repeats: list[Repeat] = []
    seconds_of_one = 0.0
    while len(repeats) < most_repeats and time.perf_counter() - started + seconds_of_one < most_seconds:
        begun = time.perf_counter()
        repeats.append(contest.repeat())
        seconds_of_one = time.perf_counter() - begun
        seconds = ", ".join(f"{WAYS[way]} {value:.1f} s" for way, value in repeats[-1].seconds.items())
        print(f"repeat {len(repeats)} of at most {most_repeats}: {seconds}", flush=True)
    found = figures(contest, repeats)
    print(text(found))
    if given.json:
        print(json.dumps(found | {"run": run | {"repeats": len(repeats)}}))


if __name__ == "__main__":
    main()
