"""Fronts -> stacks -> training -> outcomes -> tables; yields its progress."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from alma_core import sizes
from alma_core.learners.networks import State, initial_mlp, stacked
from alma_core.learners.training import Examples, Learner, Trained, judge_stack, train_stack
from alma_core.seeds import generator, is_validation
from alma_core.simulate.graph import Graph, Update, plan
from alma_core.simulate.rows import Outcome, tables
from alma_core.specs import RunSpec
from alma_core.streams.sources import Source
from alma_core.streams.stream import Stream, cut, inputs, scaling

STACK = 18
"""Learners of one stack, at most: beyond it two cores gain nothing."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run is; the last one carries the tables.

    Args:
        updates_done, updates: distinct updates.
        flops_done, flops: training FLOPs; `flops` assumes that no update stops early.
        seconds: since the start.
        tables: ledger and confusion table, at the end.
    """

    updates_done: int
    updates: int
    flops_done: float
    flops: float
    seconds: float
    tables: tuple[pd.DataFrame, pd.DataFrame] | None = None


def simulate(spec: RunSpec, source: Source, device: str = "cpu") -> Iterator[Progress]:
    """Run every policy for every seed and yield how far it is.

    Raises:
        DataError: the source cannot be cut as asked.
    """
    run = _Run(spec, source, device)
    started = time.perf_counter()
    flops = sum(run.flops(update) for update in run.graph.updates.values())
    flops_done = 0.0
    for stack in run.stacks():
        run.train(stack)
        flops_done += sum(run.flops(update) for update in stack)
        yield Progress(len(run.outcomes), len(run.graph.updates), flops_done, flops, time.perf_counter() - started)
    done = tables(spec, run.streams, run.graph, run.outcomes)
    yield Progress(len(run.outcomes), len(run.graph.updates), flops, flops, time.perf_counter() - started, done)


class _Run:
    """One run's data on the device, its graph, and what its updates have left so far."""

    def __init__(self, spec: RunSpec, source: Source, device: str) -> None:
        self.spec, self.source = spec, source
        self.streams = [cut(source, spec.stream, seed) for seed in range(spec.seeds)]
        self.scalings = [scaling(stream) for stream in self.streams]
        self.examples = Examples(torch.from_numpy(inputs(source)).to(device), torch.from_numpy(source.y).to(device))
        self.graph = plan(spec.policies, spec.seeds, spec.recipe, self.streams[0].boundaries.tolist())
        self.serves_until = _service(self.graph, len(self.streams[0]))
        self.children_left = _children(self.graph)
        self.states: dict[str, State] = {}
        self.outcomes: dict[str, Outcome] = {}

    def stacks(self) -> Iterator[list[Update]]:
        """Yield the stacks of each front: one shape, long updates with long ones, at most STACK learners."""
        for front in self.graph.fronts:
            by_learner = defaultdict(list)
            for update in front:
                by_learner[update.learner].append(update)
            for updates in by_learner.values():
                updates.sort(key=lambda u: (u.first - u.last, u.key))
                yield from (updates[i : i + STACK] for i in range(0, len(updates), STACK))

    def train(self, stack: list[Update]) -> None:
        """Train and judge one stack and keep what it leaves."""
        learners = [self._learner(update) for update in stack]
        started = time.perf_counter()
        trained = train_stack(learners, self.spec.recipe, self.examples)
        seconds = time.perf_counter() - started
        total = sum(self.flops(update) for update in stack) or 1.0
        shares = [seconds * self.flops(update) / total for update in stack]
        outcomes = self._judge(stack, learners, trained, shares)
        for update, left, outcome in zip(stack, trained, outcomes, strict=True):
            self.outcomes[update.key] = outcome
            self._keep(update, left.state)

    def flops(self, update: Update) -> float:
        """Return the training FLOPs of an update, validation left out, if it runs all epochs."""
        return (
            float(sizes.train_flops(self._shape(update))) * (update.last - update.first) * self.spec.recipe.epochs * 0.9
        )

    def _shape(self, update: Update) -> sizes.Shape:
        return sizes.shape_of(update.learner, self.source.x.shape[1], len(self.source.classes))

    def _learner(self, update: Update) -> Learner:
        rows = self.streams[update.seed].order[update.first : update.last]
        held_back = is_validation(rows)
        order = generator(update.seed, "order", 0, update.first, update.last)
        return Learner(self._start(update), rows[~held_back], rows[held_back], order, self.scalings[update.seed])

    def _start(self, update: Update) -> State:
        if update.parent is not None:
            return self.states[update.parent]
        return initial_mlp(self._shape(update), generator(update.seed, "initialisation", 0))

    def _keep(self, update: Update, state: State) -> None:
        """Keep a state while updates wait for it, and drop its parent's when the last of them is done."""
        if self.children_left[update.key]:
            self.states[update.key] = state
        if update.parent is not None:
            self.children_left[update.parent] -= 1
            if not self.children_left[update.parent]:
                del self.states[update.parent]

    def _judge(
        self, stack: list[Update], learners: list[Learner], trained: list[Trained], seconds: list[float]
    ) -> Iterator[Outcome]:
        weights = stacked([left.state for left in trained], str(self.examples.x.device))
        on_test = judge_stack(weights, learners, [self.source.test] * len(stack), self.examples)
        served = [self._served(update) for update in stack]
        on_arrivals = judge_stack(weights, learners, [_joined(batches) for batches in served], self.examples)
        n_classes = len(self.source.classes)
        truth = self.source.y[self.source.test]
        for k, (learner, left) in enumerate(zip(learners, trained, strict=True)):
            cells = np.bincount(truth * n_classes + on_test.predicted[k], minlength=n_classes**2)
            yield Outcome(
                counts=cells.reshape(n_classes, n_classes),
                loss=float(on_test.loss[k].mean(dtype=np.float64)),
                examples=len(learner.train),
                epochs=left.epochs,
                validation_rows=left.validation_rows,
                seconds=seconds[k],
                arriving=_errors(served[k], on_arrivals.wrong[k]),
            )

    def _served(self, update: Update) -> dict[int, NDArray[np.int64]]:
        """Return the mega-batches that arrive while the update serves in any policy, by t."""
        stream: Stream = self.streams[update.seed]
        return {t: stream[t].indices for t in range(update.t + 1, self.serves_until[update.key] + 1)}


def _service(graph: Graph, n_arrivals: int) -> dict[str, int]:
    """Return the last arrival that finds each update in service, over all policies."""
    until: dict[str, int] = defaultdict(int)
    for keys in graph.chains.values():
        ends = [graph.updates[key].t for key in keys[1:]] + [n_arrivals]
        for key, end in zip(keys, ends, strict=True):
            until[key] = max(until[key], end)
    return until


def _children(graph: Graph) -> dict[str, int]:
    """Return how many updates start from each update."""
    children = dict.fromkeys(graph.updates, 0)
    for update in graph.updates.values():
        if update.parent is not None:
            children[update.parent] += 1
    return children


def _joined(batches: dict[int, NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *batches.values()])


def _errors(batches: dict[int, NDArray[np.int64]], wrong: NDArray[np.bool_]) -> dict[int, float]:
    """Cut one row of wrong predictions back into mega-batches and return the error of each."""
    ends: Iterable[int] = np.cumsum([len(indices) for indices in batches.values()]).tolist()
    starts = [0, *ends][:-1] if batches else []
    return {t: float(wrong[a:b].mean()) for t, a, b in zip(batches, starts, ends, strict=True)}
