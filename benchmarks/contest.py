"""The three ways of `sweep.py` on one grid: who runs what, and when the clock runs."""

import dataclasses
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import plain
import torch
from plain import Tensors, Walked
from torch.utils.data import TensorDataset

from alma_core import specs
from alma_core.learners.devices import cores
from alma_core.simulate.executor import simulate
from alma_core.simulate.progress import Progress
from alma_core.simulate.store import Store
from alma_core.sizes import Shape, shape_of
from alma_core.specs import LearnerSpec, PolicySpec, RunSpec
from alma_core.streams.sources import Source
from alma_core.streams.stream import cut

PEAK_SIDE = {"cpu": 2048, "cuda": 8192}
"""Rows and columns of the square float32 matrices whose product is the device's peak: enough to fill it."""

Place = tuple[str, int]
"""Fingerprint of a policy, and seed."""


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
            scaled = []
            for threads in {1, cores()}:
                torch.set_num_threads(threads)
                of_example, of_row = plain.seconds_of_a_loader(
                    self.shape(capacity), self.spec.recipe, self.workers.device, train_set, test_set
                )
                scaled.append(examples * of_example + judged * of_row)
            seconds.append(min(scaled))
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
