"""What a worker does: train one stack and judge it. It needs the data and the jobs, and nothing else."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from alma_core import sizes
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.judging import Judged as Said
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import initial, stacked
from alma_core.learners.states import State
from alma_core.learners.training import train_stack
from alma_core.ledger import LEVELS
from alma_core.seeds import generator, is_validation
from alma_core.simulate import levels
from alma_core.simulate.graph import Positions
from alma_core.simulate.materials import Materials
from alma_core.simulate.results import NO_LEVELS, Finished, Judged, Judgement, Outcome, Place, Range, counted
from alma_core.specs import Recipe


@dataclass(frozen=True, eq=False)
class Job:
    """One update to train and judge.

    Args:
        key, shape, seed: of the update.
        train: positions it may see; None where an older state is only judged.
        start: the weights before; None: fresh ones.
        judge: on what it is judged, and where that stands.
        give_state: whether its weights are wanted.
    """

    key: str
    shape: sizes.AnyShape
    seed: int
    train: Positions | None
    start: State | None
    judge: Mapping[Range, Place]
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
            x, taught = torch.from_numpy(given.x), torch.from_numpy(given.taught.ravel())  # [N, inputs], [T * N]
            _HELD[place] = Examples(x.to(device), taught.to(device))
        return _HELD[place]


def _learner(given: Materials, job: Job) -> Learner:
    stream, (first, last) = given.streams[job.seed], job.train or (0, 0)
    rows = stream.in_force(first, last)
    held_back = is_validation(rows)
    start = initial(job.shape, generator(job.seed, "initialisation", 0)) if job.start is None else job.start
    order = generator(job.seed, "order", 0, first, last)
    offset = stream.block * given.taught.shape[1]
    return Learner(start, rows[~held_back], rows[held_back], order, stream.scaling, offset)


def _judged(
    given: Materials, stack: Sequence[Job], learners: list[Learner], states: list[State], examples: Examples
) -> list[list[Judged]]:
    """Judge each state on all that its job asks for: the test set, which is one for all, apart from the rest."""
    weights, shape = stacked(states, examples.device), stack[0].shape
    found: list[list[Judged]] = [[] for _ in stack]
    shifts = [np.zeros(LEVELS) for _ in stack]
    for on_test in (False, True):  # the rest first: among it are the validation rows that set the levels
        asked = [[a for a in job.judge.items() if (a[1].among == "test") == on_test] for job in stack]
        if not any(asked):
            continue
        pieces = [[given.rows(job.seed, place) for _on, place in of] for job, of in zip(stack, asked, strict=True)]
        truths = [
            [given.truth(job.seed, place, rows) for (_on, place), rows in zip(of, parts, strict=True)]
            for job, of, parts in zip(stack, asked, pieces, strict=True)
        ]
        every, all_truths = [_joined(parts, given.test) for parts in pieces], [_joined(p, given.y) for p in truths]
        said = judge_stack(weights, shape, learners, every, examples, all_truths)
        for k, job in enumerate(stack):
            spread = given.streams[job.seed].target[1]
            answers = list(_answers(said, k, truths[k]))
            if given.n_classes == 0:
                validation = (
                    a for a, (_on, place) in zip(answers, asked[k], strict=True) if place.among == "validation"
                )
                shifts[k] = next((levels.shifts(a.missed * spread) for a in validation), shifts[k])
            judged = [_judgement(a, given.n_classes, spread, shifts[k]) for a in answers]
            found[k] += [Judged(job.key, on, one) for (on, _place), one in zip(asked[k], judged, strict=True)]
    return found


def _joined(parts: list[NDArray[Any]], like: NDArray[Any]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else like[:0]


@dataclass(frozen=True, eq=False)
class _Answers:
    """What one state says of one range: [n] truth, prediction, loss, and log-odds where there are two classes."""

    truth: NDArray[Any]
    predicted: NDArray[Any]
    loss: NDArray[np.float32]
    log_odds: NDArray[np.float32]

    @property
    def missed(self) -> NDArray[np.float64]:
        """[n] target - prediction, standardised."""
        return np.asarray(self.truth.astype(np.float64) - self.predicted)


def _answers(said: Said, k: int, truths: list[NDArray[Any]]) -> Iterator[_Answers]:
    """Cut one learner's answers back into the ranges they are for."""
    start = 0
    for truth in truths:
        here = slice(start, start + len(truth))
        yield _Answers(truth, said.predicted[k][here], said.loss[k][here], said.log_odds[k][here])
        start += len(truth)


def _judgement(a: _Answers, n_classes: int, spread: float, shifts: NDArray[np.float64]) -> Judgement:
    loss = float(a.loss.sum(dtype=np.float64))
    if n_classes == 0:
        missed = a.missed * spread  # [n] in the target's unit
        found = levels.of_values(missed, shifts)
        return Judgement(np.array([[len(missed)]]), float(np.abs(missed).sum()), loss, found)
    counts = counted(a.truth, a.predicted, n_classes)
    wrong = float(counts.sum() - np.trace(counts))
    return Judgement(counts, wrong, loss, levels.of_two(a.truth, a.log_odds) if n_classes == 2 else NO_LEVELS)
