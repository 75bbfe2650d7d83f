"""What a worker does: train one stack and judge it. It needs the data and the jobs, and nothing else."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from alma_core import sizes
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import initial, stacked
from alma_core.learners.states import State
from alma_core.learners.training import train_stack
from alma_core.seeds import generator, is_validation
from alma_core.simulate.graph import Positions
from alma_core.simulate.results import Finished, Judged, Judgement, Outcome, Range
from alma_core.specs import Recipe
from alma_core.streams.stream import Stream, inputs, scaling


@dataclass(frozen=True, eq=False)
class Materials:
    """The data of a run, as each worker holds it once.

    Args:
        name: tells the materials of one run from another's.
        x: [N, inputs] float32, y: [N] class numbers, of the whole source.
        n_classes: C.
        test: [n_test] indices of the test set.
        orders: [seeds] of [n] indices in the order of arrival.
        scalings: [seeds] of centre and spread, or None.
    """

    name: str
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    n_classes: int
    test: NDArray[np.int64]
    orders: list[NDArray[np.int64]]
    scalings: list[tuple[NDArray[np.float32], NDArray[np.float32]] | None]


def materials(name: str, streams: Sequence[Stream]) -> Materials:
    """Return the materials of a run on `streams`, one for each seed."""
    source = streams[0].source
    orders = [stream.order for stream in streams]
    fitted = [scaling(stream) for stream in streams]
    return Materials(name, inputs(source), source.y, len(source.classes), source.test, orders, fitted)


@dataclass(frozen=True, eq=False)
class Job:
    """One update to train and judge.

    Args:
        key, shape, seed: of the update.
        train: positions it may see; None where an older state is only judged.
        start: the weights before; None: fresh ones.
        judge: on what it is judged: positions in its stream, or None for the test set.
        give_state: whether its weights are wanted.
    """

    key: str
    shape: sizes.AnyShape
    seed: int
    train: Positions | None
    start: State | None
    judge: Mapping[Range, Positions | None]
    give_state: bool


def work(given: Materials, stack: Sequence[Job], recipe: Recipe, device: str, threads: int) -> list[Finished]:
    """Train and judge the jobs of one stack (of one shape) and return what each leaves, in their order.

    Args:
        device: "cpu" or "cuda".
        threads: that a CPU may use.

    Raises:
        RunError: the stack does not fit the memory.
    """
    torch.set_num_threads(threads)
    try:
        return _worked(given, stack, recipe, device)
    except (MemoryError, RuntimeError) as error:
        if "memory" not in f"{type(error).__name__} {error}".lower():
            raise
        raise RunError(
            _(
                "{count} updates that train together do not fit the memory of the device; run the same command again "
                "with a smaller --stack-memory (or fewer --jobs): what is finished stays."
            ).format(count=len(stack))
        ) from error


def _worked(given: Materials, stack: Sequence[Job], recipe: Recipe, device: str) -> list[Finished]:
    examples = _on_device(given, device)
    started = time.perf_counter()
    learners = [_learner(given, job) for job in stack]
    trained = train_stack(learners, stack[0].shape, recipe, examples)
    seconds = time.perf_counter() - started
    rows_trained = [len(learner.train) * left.epochs for learner, left in zip(learners, trained, strict=True)]
    each = seconds / max(1, sum(rows_trained))
    judged = _judged(given, stack, learners, [left.state for left in trained], examples)
    return [
        Finished(
            key=job.key,
            outcome=Outcome(len(learner.train), left.epochs, left.validation_rows, rows * each) if job.train else None,
            state=left.state if job.give_state else None,
            judged=found,
        )
        for job, learner, left, rows, found in zip(stack, learners, trained, rows_trained, judged, strict=True)
    ]


_HELD: dict[tuple[str, str], Examples] = {}
"""The examples that this process has put on a device, by the name of the materials and the device."""

_HOLDING = threading.Lock()
"""A Dask worker may have several threads."""


def _on_device(given: Materials, device: str) -> Examples:
    """Put the examples on the device, once for all stacks of a run."""
    place = given.name, device
    with _HOLDING:
        if place not in _HELD:
            _HELD.clear()  # those of the run before
            _HELD[place] = Examples(torch.from_numpy(given.x).to(device), torch.from_numpy(given.y).to(device))
        return _HELD[place]


def _learner(given: Materials, job: Job) -> Learner:
    first, last = job.train or (0, 0)
    rows = given.orders[job.seed][first:last]
    held_back = is_validation(rows)
    start = initial(job.shape, generator(job.seed, "initialisation", 0)) if job.start is None else job.start
    order = generator(job.seed, "order", 0, first, last)
    return Learner(start, rows[~held_back], rows[held_back], order, given.scalings[job.seed])


def _judged(
    given: Materials, stack: Sequence[Job], learners: list[Learner], states: list[State], examples: Examples
) -> list[list[Judged]]:
    """Judge each state on all that its job asks for: the test set, which is one for all, apart from the rest."""
    weights = stacked(states, examples.device)
    found: list[list[Judged]] = [[] for _ in stack]
    for on_test in (True, False):
        asked = [[on for on, place in job.judge.items() if (place is None) == on_test] for job in stack]
        rows = [[_rows(given, job, on) for on in ranges] for job, ranges in zip(stack, asked, strict=True)]
        every = [part[0] if len(part) == 1 else np.concatenate([given.test[:0], *part]) for part in rows]
        said = judge_stack(weights, stack[0].shape, learners, every, examples)
        for k, job in enumerate(stack):
            answers = _cut(given, rows[k], said.predicted[k], said.loss[k])
            found[k] += [Judged(job.key, on, answer) for on, answer in zip(asked[k], answers, strict=True)]
    return found


def _rows(given: Materials, job: Job, on: Range) -> NDArray[np.int64]:
    place = job.judge[on]
    return given.test if place is None else given.orders[job.seed][slice(*place)]


def _cut(
    given: Materials, ranges: list[NDArray[np.int64]], predicted: NDArray[np.int64], loss: NDArray[np.float32]
) -> list[Judgement]:
    """Cut one learner's predictions back into the ranges they are for."""
    found, c, start = [], given.n_classes, 0
    for rows in ranges:
        here = slice(start, start + len(rows))
        cells = np.bincount(given.y[rows] * c + predicted[here], minlength=c * c)  # [C * C]
        found.append(Judgement(cells.reshape(c, c), float(loss[here].sum(dtype=np.float64))))
        start += len(rows)
    return found
