"""The same grid of policies, the same recipe and data, three ways on one machine, side by side in one process.

(a) The executor, as `alma run` uses it, with an empty store each time, so that nothing is found done. Its clock runs
    from the spec to the ledger: planning, digests, workers, writing the store.
(b) A plain tensor loop: one policy, one seed, one `nn.Sequential` at a time; examples are float32 tensors in memory
    before the clock starts, minibatches are gathered by index; the fastest of Adam's implementations and the better of
    one and two threads, measured for each width at the start. Run whole.
(c) The usual `Dataset` + `DataLoader` loop, one policy at a time, its Dataset turning each stored example into a float
    tensor; also with an in-memory TensorDataset. Timed on a sample, scaled by examples trained on and rows judged.

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
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import plain
import torch
from plain import Tensors, Walked
from torch.utils.data import TensorDataset

from alma_core import provenance, specs
from alma_core.learners.devices import cores, resolved
from alma_core.simulate.executor import Progress, simulate
from alma_core.simulate.store import Store
from alma_core.sizes import Shape, shape_of
from alma_core.specs import LearnerSpec, PolicySpec, RunSpec
from alma_core.streams import sources
from alma_core.streams.sources import Source
from alma_core.streams.stream import cut

EPOCHS = 3
PEAK_SIDE = {"cpu": 2048, "cuda": 8192}
"""Rows and columns of the square float32 matrices whose product is the device's peak: enough to fill it."""

Figures = dict[str, Any]
Place = tuple[str, int]
"""Fingerprint of a policy, and seed."""


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


@dataclass(frozen=True)
class Workers:
    """What (a) may use: device, processes, and threads of each."""

    device: str
    jobs: int
    threads: int


@dataclass(frozen=True)
class Executed:
    """One run of (a)."""

    seconds: float
    progress: Progress
    ledger: pd.DataFrame


@dataclass(frozen=True)
class Lap:
    """One capacity, all ways one after the other.

    Args:
        a: seconds of (a) with this capacity only.
        b: seconds of (b).
        walked: what (b) left, by fingerprint of the policy and seed.
        c, c_tensors: seconds of (c), scaled up from the sample: from images, and from a TensorDataset.
    """

    a: float
    b: float
    walked: dict[Place, Walked]
    c: float
    c_tensors: float

    @property
    def b_ms_of_a_step(self) -> float:
        """Milliseconds of an optimiser step in (b), judging included."""
        return 1000 * self.b / sum(one.steps for one in self.walked.values())


@dataclass(frozen=True)
class Repeat:
    """The whole grid: (a) at once, then a lap for each capacity. Policies of (b) and (c) share nothing, so laps add up.

    Args:
        peak: FLOP/s of a matrix product, just before.
    """

    peak: float
    a: Executed
    laps: dict[str, Lap]

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of the whole grid, by way."""
        added = {way: sum(getattr(lap, way) for lap in self.laps.values()) for way in ("b", "c", "c_tensors")}
        return {"a": self.a.seconds} | added

    @property
    def walked(self) -> dict[Place, Walked]:
        """What (b) left, of all capacities."""
        return {place: one for lap in self.laps.values() for place, one in lap.walked.items()}


class Contest:
    """The grid, the data and the settings that all ways share."""

    def __init__(self, spec: RunSpec, source: Source, workers: Workers) -> None:
        self.spec, self.source, self.workers = spec, source, workers
        self.streams = [cut(source, spec.stream, seed) for seed in range(spec.seeds)]
        self.tensors = Tensors(source, workers.device)
        self.capacities = list(dict.fromkeys(policy.learner.capacity for policy in spec.policies))
        train, test = self.streams[0].order, source.test
        x, y = self.tensors.x.cpu(), self.tensors.y.cpu()
        self.sets = [
            (plain.Images(source, train), plain.Images(source, test)),
            (TensorDataset(x[train], y[train]), TensorDataset(x[test], y[test])),
        ]
        self.settings = {c: plain.fastest(self.shape(c), self.tensors, spec.recipe) for c in self.capacities}

    def shape(self, capacity: str) -> Shape:
        """Return the network of a capacity."""
        shape = shape_of(LearnerSpec(capacity=capacity), self.source.x.shape[1], len(self.source.classes))
        assert isinstance(shape, Shape)
        return shape

    def repeat(self) -> Repeat:
        """Run all ways on the whole grid."""
        repeat = Repeat(
            peak=matrix_peak(self.workers.device),
            a=executed(self.spec, self.source, self.workers),
            laps={capacity: self.lap(capacity) for capacity in self.capacities},
        )
        assert_same_work(repeat.a.ledger, repeat.walked, self.spec.recipe.minibatch)
        return repeat

    def lap(self, capacity: str) -> Lap:
        """Run all ways on one capacity."""
        policies = tuple(policy for policy in self.spec.policies if policy.learner.capacity == capacity)
        spec = dataclasses.replace(self.spec, policies=policies)
        a = executed(spec, self.source, self.workers).seconds
        torch.set_num_threads(self.settings[capacity].threads)
        started = time.perf_counter()
        walked = {
            (specs.fingerprint(policy), seed): self.walk(policy, seed)
            for policy in policies
            for seed in range(self.spec.seeds)
        }
        b = time.perf_counter() - started
        return Lap(a, b, walked, *self.loaders(capacity, walked.values()))

    def walk(self, policy: PolicySpec, seed: int) -> Walked:
        """Run (b) on one policy and seed."""
        capacity = policy.learner.capacity
        adam, shape = self.settings[capacity].adam, self.shape(capacity)
        return plain.walk(policy, self.streams[seed], seed, shape, self.spec.recipe, self.tensors, adam)

    def loaders(self, capacity: str, walked: Collection[Walked]) -> list[float]:
        """Time the sample of (c), from images and from a TensorDataset, and scale it by the work that (b) counted."""
        examples, judged = sum(one.examples for one in walked), sum(one.judged for one in walked)
        seconds = []
        for train_set, test_set in self.sets:
            of_example, of_row = plain.seconds_of_a_loader(
                self.shape(capacity), self.spec.recipe, self.workers.device, train_set, test_set
            )
            seconds.append(examples * of_example + judged * of_row)
        return seconds


def executed(spec: RunSpec, source: Source, workers: Workers) -> Executed:
    """Run (a) with an empty store."""
    torch.set_num_threads(cores())
    with TemporaryDirectory(prefix="sweep-") as folder, Store(Path(folder)) as store:
        started = time.perf_counter()
        *_, last = simulate(spec, source, store, device=workers.device, jobs=workers.jobs, threads=workers.threads)
        seconds = time.perf_counter() - started
    assert last.tables is not None
    return Executed(seconds, last, last.tables[0])


def matrix_peak(device: str) -> float:
    """Measure the FLOP/s of a float32 matrix product on all cores: the best of ten."""
    torch.set_num_threads(cores())
    side = PEAK_SIDE[device]
    matrix, taken = torch.rand(side, side, device=device), []
    for _ in range(10):
        plain.settle(device)
        started = time.perf_counter()
        matrix @ matrix
        plain.settle(device)
        taken.append(time.perf_counter() - started)
    return 2 * side**3 / min(taken)


def assert_same_work(ledger: pd.DataFrame, walked: dict[Place, Walked], minibatch: int) -> None:
    """Assert that (a)'s ledger and (b)'s own count agree, before sharing, for every policy and seed.

    Raises:
        AssertionError: optimiser steps or training examples differ.
    """
    rows = ledger[ledger["method"] != "incumbent"]
    steps = rows["epochs"] * -(-rows["examples_trained"] // minibatch)
    counts = rows.assign(steps=steps, examples=rows["epochs"] * rows["examples_trained"])
    sums = counts.groupby(["policy", "seed"], observed=True)[["steps", "examples"]].sum()
    ours = {place: (int(steps), int(examples)) for place, steps, examples in sums.itertuples()}
    theirs = {place: (one.steps, one.examples) for place, one in walked.items()}
    assert ours == theirs, "the ways differ in optimiser steps or training examples"


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


def heading(run: Figures) -> str:
    """Say what is run, before it is."""
    recipe, workers = run["recipe"], run["workers"]
    libraries = ", ".join(f"{name} {version}" for name, version in run["libraries"].items())
    return f"""\
{run["device"]}, {run["cores"]} cores; {libraries}; revision {run["revision"]}
{run["data"]}: {run["examples"]} examples arrive, {run["tests"]} judge; B = {run["mega_batches"]}, w in {run["waits"]}
{", ".join(run["capacities"])}; {", ".join(run["ways_to_update"])}; {run["seeds"]} seeds; {recipe["epochs"]} epochs, \
minibatch {recipe["minibatch"]}
(a) on {workers["device"]}, {workers["jobs"]} processes of {workers["threads"]} threads.
    A tiny run with the same workers came before the clock; a second one took {run["tiny_run_seconds"]:.1f} s: about
    that much for workers, planning and store is inside every figure of (a)."""


def text(found: Figures) -> str:
    """Say what was found."""
    work, alone = found["work"], found["alone"]
    peak = {which: value / 1e9 for which, value in found["peak_flops_per_second"].items()}
    settings = ("{adam}, {threads}, {ms_of_a_step:.2f} ms".format(**one["b_setting"]) for one in alone.values())
    lines = [
        f"{work['policies']} policies: {work['steps']} optimiser steps, {work['examples']} training examples before",
        "    sharing; the same in (a) and (b) for every policy and seed (asserted)",
        f"sharing alone: {work['updates_asked_for']} updates asked for, {work['updates_distinct']} distinct; "
        f"{work['sharing']:.2f} times less to train",
        "(b)'s Adam, threads, and milliseconds a step in the short pieces they were chosen by: "
        + "; ".join(f"{capacity} {setting}" for capacity, setting in zip(alone, settings, strict=True)),
        "",
        f"{'':46}{'min':>9}{'median':>9}{'max':>9}",
        *(row(f"seconds of {WAYS[way]}", values) for way, values in found["seconds"].items()),
        *(row(f"ms a step of (b), {c}, with judging", one["b_ms_of_a_step"]) for c, one in alone.items()),
        row("b/a", found["b_over_a"]),
        row("c/a", found["c_over_a"]),
        row("c/a, from a TensorDataset", found["c_tensors_over_a"]),
        *(row(f"b/a, {c} alone", one["b_over_a"]) for c, one in alone.items()),
        *(row(f"c/a, {c} alone", one["c_over_a"]) for c, one in alone.items()),
        row("peak of a matrix product, GFLOP/s", peak),
        row("share of it that (a) sustains", found["peak_share"]),
        "",
        f"{'error, a - b, paired':46}{'mean':>9}{'largest':>9}{'sd over seeds':>15}",
    ]
    for name, one in found["errors"].items():
        noise = "one seed" if one["sd_over_seeds"] is None else f"{one['sd_over_seeds']:.5f}"
        lines.append(f"    {name:42}{one['mean_difference']:9.5f}{one['largest_difference']:9.5f}{noise:>15}")
    verdict = {True: "yes", False: "NO", None: "one seed does not tell"}[found["within_seed_noise"]]
    lines.append(f"    mean differences within seed noise: {verdict}")
    return "\n".join([*lines, "", NOTES])


def row(name: str, values: dict[str, float]) -> str:
    """Write one row of the table."""
    return f"{name:46}" + "".join(f"{values[which]:9.3g}" for which in ("min", "median", "max"))


WAYS = {"a": "(a)", "b": "(b)", "c": "(c), scaled up", "c_tensors": "(c) from a TensorDataset, scaled up"}

NOTES = """\
(c) was timed, for each width and repeat, on one epoch over all that arrives and one pass over the test set, and scaled
by the grid's training examples and judged rows; Adam as torch picks it, threads as for (b), 1000 rows judged at once.
The share of the peak counts training FLOPs of distinct updates only (one example in ten taken as held back), against
the fastest of ten float32 matrix products; judging is left out, so it is a lower bound."""


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
