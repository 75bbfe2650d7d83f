"""What a worker does: train one stack and judge it. It needs the data and the jobs, and nothing else."""

import dataclasses
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from alma_core import sizes
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners import trees
from alma_core.learners.combining import VOTE, average, bare, mean_of, votes_of
from alma_core.learners.examples import Examples
from alma_core.learners.judging import Combine, Judged, judge_predictions, judge_stack
from alma_core.learners.networks import stacked
from alma_core.learners.states import State
from alma_core.learners.training import Trained, train_stack
from alma_core.seeds import generator
from alma_core.simulate.assessing import Judge, assessed
from alma_core.simulate.jobs import Job
from alma_core.simulate.materials import Materials
from alma_core.simulate.nodes import Model, Update
from alma_core.simulate.preparing import Prepared, prepared, voting
from alma_core.simulate.results import Finished, Outcome
from alma_core.specs import Recipe


def work(given: Materials, stack: Sequence[Job], recipe: Recipe, device: str, threads: int) -> list[Finished]:
    """Train and judge the jobs of one stack (alike in shape and loop) and return what each leaves, in their order.

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
    if isinstance(stack[0].node.shape, sizes.Estimator):
        return [_fitted(given, job, recipe, examples) for job in stack]
    started = time.perf_counter()
    ready = [prepared(given, job, recipe, examples) for job in stack]
    trained = _trained(stack, ready, recipe, examples)
    seconds = time.perf_counter() - started
    rows_trained = [len(one.learner.train) * left.epochs for one, left in zip(ready, trained, strict=True)]
    each = seconds / max(1, sum(rows_trained))
    states = [
        voting(given, one, job.node, left.state, examples) if isinstance(job.node, Update) else left.state
        for job, one, left in zip(stack, ready, trained, strict=True)
    ]
    found = assessed(given, stack, _judge(stack, ready, trained, examples))
    return [
        Finished(
            key=job.node.key,
            outcome=_outcome(one, left, rows * each) if job.trains else None,
            state=state if job.give_state else None,
            judged=judged,
        )
        for job, one, left, rows, state, judged in zip(stack, ready, trained, rows_trained, states, found, strict=True)
    ]


def _outcome(one: Prepared, left: Trained, seconds: float) -> Outcome:
    return Outcome(len(one.learner.train), left.epochs, left.validation_rows, seconds, one.flops)


def _trained(stack: Sequence[Job], ready: list[Prepared], recipe: Recipe, examples: Examples) -> list[Trained]:
    """Train what is to be trained; what is only judged passes as it is."""
    node = stack[0].node
    learners = [one.learner for one in ready]
    if isinstance(node, Model):
        return [Trained({}, 0, 0) for _ in stack]
    if node.how.epochs:
        recipe = dataclasses.replace(recipe, epochs=node.how.epochs, patience=None)
    return train_stack(learners, node.shape, recipe, examples, anneals=node.how.epochs > 0)


def _judge(stack: Sequence[Job], ready: list[Prepared], trained: list[Trained], examples: Examples) -> Judge:
    """Return what judges each job of a stack on its rows."""
    learners, node, combine = [one.learner for one in ready], stack[0].node, None
    states = [bare(left.state) for left in trained]
    if isinstance(node, Model):
        states, combine = _members(stack, node.combine, examples.device)
    weights = stacked(states, examples.device)
    return lambda rows, truths: judge_stack(weights, node.shape, learners, rows, examples, truths, combine)


def _members(stack: Sequence[Job], combine: str, device: str) -> tuple[list[State], Combine | None]:
    """Return the states that are judged, and how those of a model are put together."""
    if combine == "average":
        return [average(job.others) for job in stack], None
    states = [bare(state) for job in stack for state in job.others]
    if combine == "mean":
        return states, mean_of
    votes = np.array([[float(state[VOTE][0]) for state in job.others] for job in stack], np.float32)  # [K, members]
    return states, partial(votes_of, votes=torch.from_numpy(votes).to(device))


def _fitted(given: Materials, job: Job, recipe: Recipe, examples: Examples) -> Finished:
    """Fit one estimator, or take up its coefficients where it is only judged, and judge it."""
    update = job.node
    assert isinstance(update, Update)
    assert isinstance(update.shape, sizes.Estimator)
    ready = prepared(given, job, recipe, examples)
    learner = ready.learner
    outcome, state = None, job.start
    if job.trains:
        draw = int(generator(update.seed, "order", 0, update.first, update.last).integers(2**32))
        x = examples.seen(learner.train, learner)
        fit = trees.fit(update.shape, x, examples.told(learner.train, learner), job.start, draw, recipe.epochs)
        predict, state = fit.predict, fit.state
        each = trees.seconds_per_prediction(predict, x)
        epochs = recipe.epochs if update.shape.kind == "sgd" else 1
        outcome = Outcome(len(learner.train), epochs, 0, fit.seconds, inference_seconds=each, parameters=fit.params)
    else:
        assert job.start is not None
        predict = trees.restored(update.shape, job.start)

    def judge(rows: list[NDArray[np.int64]], truths: list[NDArray[Any]]) -> Judged:
        return judge_predictions(predict, learner, rows[0], examples, truths[0])

    return Finished(update.key, outcome, state if job.give_state else None, assessed(given, [job], judge)[0])


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
