"""Measures how long an optimiser step and a judged chunk take here; run as a process of its own by `estimate`.

Reads what to measure from its input as JSON and prints the seconds as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from alma_core.learners import trees
from alma_core.learners.devices import JUDGED_ROWS
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import initial, stacked
from alma_core.learners.training import train_stack
from alma_core.seeds import generator
from alma_core.simulate.stacks import most_learners
from alma_core.sizes import AnyShape, Estimator, shape_of
from alma_core.specs import LearnerSpec, Recipe

STEPS = 6
CHUNKS = 2


def seconds_of(call: Callable[[], Any], device: str) -> float:
    """Return the seconds of the faster of two calls, after one that warms up."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - started)
    return min(taken[1:])


def measured(shape: AnyShape, recipe: Recipe, device: str, k: int) -> dict[str, float]:
    """Return the seconds of a step, and of a judged chunk, of a stack of k learners."""
    count = STEPS * recipe.minibatch
    if isinstance(shape, Estimator):
        return _of_estimator(shape, recipe, device)
    rows = np.arange(max(count, CHUNKS * JUDGED_ROWS[device]))
    draws = generator(0, "calibration")
    x = torch.from_numpy(draws.random((len(rows), shape.inputs), np.float32)).to(device)
    y = torch.from_numpy(rows % shape.outputs).to(device)
    examples = Examples(x, y.float() if shape.outputs == 1 else y)
    start = initial(shape, draws)

    def learners() -> list[Learner]:
        return [Learner(start, rows[:count], rows[:0], generator(0, "order", place)) for place in range(k)]

    step = seconds_of(lambda: train_stack(learners(), shape, recipe, examples), device) / STEPS
    weights = stacked([start] * k, device)
    judged = rows[: CHUNKS * JUDGED_ROWS[device]]
    chunk = seconds_of(lambda: judge_stack(weights, shape, learners(), [judged] * k, examples), device) / CHUNKS
    return {"step": step, "chunk": chunk}


def _of_estimator(shape: Estimator, recipe: Recipe, device: str) -> dict[str, float]:
    """Return the seconds of an estimator, for as many rows as a step or a judged chunk of a network has."""
    draws, count = generator(0, "calibration"), STEPS * recipe.minibatch
    x = draws.random((count, shape.inputs), np.float32)
    y = np.arange(count) % shape.outputs
    made = trees.fit(shape, x, y.astype(np.float32) if shape.outputs == 1 else y, None, 0, 1)
    each = trees.seconds_per_prediction(made.predict, x)
    return {"step": made.seconds / STEPS, "chunk": each * JUDGED_ROWS[device]}


def main() -> None:
    """Measure what the input asks for."""
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    recipe = Recipe(**(asked["recipe"] | {"epochs": 1, "patience": None}))
    found = []
    image = asked["image"] and tuple(asked["image"])
    for learner in asked["learners"]:
        shape = shape_of(LearnerSpec(**learner), asked["inputs"], asked["outputs"], image)
        most = most_learners(shape, recipe.minibatch, asked["device"], asked["budget"])
        found.append({str(k): measured(shape, recipe, asked["device"], k) for k in sorted({1, most})})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
