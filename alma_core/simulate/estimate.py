"""How long a planned run will take on this device: an estimate from a short measurement, kept for the next time.

The measurement loads torch, so it runs in processes of its own, as many at once as the run will have.
"""

import dataclasses
import json
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners.devices import JUDGED_ROWS
from alma_core.seeds import VALIDATION_PER_MILLE
from alma_core.simulate.graph import NUMERICS
from alma_core.simulate.nodes import Model, Node, Update
from alma_core.simulate.plan import Plan, Todo
from alma_core.simulate.results import Place
from alma_core.sizes import shape_of, train_flops
from alma_core.specs import LearnerSpec, fingerprint


@dataclass(frozen=True)
class Pace:
    """Seconds of a stack of K learners: of an optimiser step, and of judging a chunk of rows.

    Args:
        k: the K that were measured.
        step, chunk: seconds for each of them; in between, a straight line.
    """

    k: tuple[int, ...]
    step: tuple[float, ...]
    chunk: tuple[float, ...]

    def of_step(self, k: float) -> float:
        """Return the seconds of one optimiser step of k learners."""
        return _at(k, self.k, self.step)

    def of_chunk(self, k: float) -> float:
        """Return the seconds of judging one chunk for each of k learners."""
        return _at(k, self.k, self.chunk)


def _at(k: float, measured: tuple[int, ...], seconds: tuple[float, ...]) -> float:
    """Read seconds off a straight line between what was measured; beyond it they grow in proportion."""
    return float(np.interp(k, measured, seconds)) * max(1.0, k / measured[-1])


def paces(plan: Plan, jobs: int, threads: int, cache: Path) -> dict[LearnerSpec, Pace]:
    """Return the pace of each network of a plan on this device, measured now unless `cache` holds it.

    Raises:
        RunError: the measurement failed.
    """
    asked = _asked(plan, jobs, threads)
    known = _read(cache)
    if any(name not in known for name in asked):
        learners = [learner for name, learner in asked.items() if name not in known]
        known |= dict(zip((n for n in asked if n not in known), _measured(plan, learners, jobs, threads), strict=True))
        cache.parent.mkdir(parents=True, exist_ok=True)
        temporary = cache.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(known), "utf-8")
        temporary.replace(cache)
    return {learner: _pace(known[name]) for name, learner in asked.items()}


def expected_seconds(plan: Plan, todo: Todo, pace: dict[LearnerSpec, Pace], jobs: int) -> float:
    """Return the seconds that what is left to do will take: no less than the longest chain, nor than its share."""
    total, of_update = 0.0, dict.fromkeys(plan.graph.updates, 0.0)
    for stack in plan.stacks:
        left = [node for node in stack if isinstance(node, Update) and node.key in todo.train]
        if left:
            seconds = _stack_seconds(plan, left, pace[left[0].learner])
            total += seconds
            of_update |= {update.key: seconds for update in left}
    total += sum(_judged_seconds(plan, plan.graph.models[key], pace) for key in todo.judge if key in plan.graph.models)
    return max(total / jobs, *plan.heights(lambda update: of_update[update.key]).values())


def _stack_seconds(plan: Plan, stack: list[Update], pace: Pace) -> float:
    """Return the seconds of a stack; a mixture or a network that has grown counts as so many plain ones."""
    as_many = _plain_ones(plan, stack[0])
    steps = sorted(_steps(plan, update) for update in stack)
    seconds, before = 0.0, 0
    for place, here in enumerate(steps):  # the shortest leaves first
        seconds += (here - before) * pace.of_step((len(steps) - place) * as_many)
        before = here
    return seconds + max(_chunks(plan, update) for update in stack) * pace.of_chunk(len(stack) * as_many)


def _judged_seconds(plan: Plan, model: Model, pace: dict[LearnerSpec, Pace]) -> float:
    """Return the seconds of judging a model of several networks: those that each of them takes alone."""
    return _chunks(plan, model) * pace[model.learner].of_chunk(model.width * _plain_ones(plan, model))


def _chunks(plan: Plan, node: Node) -> int:
    """Return how many chunks of rows a node is judged on."""
    rows = sum(_rows(plan, place) for place in plan.asked_of(node).values())
    return -(-rows // JUDGED_ROWS[plan.device])


def _steps(plan: Plan, update: Update) -> int:
    """Return the optimiser steps of an update; of trees and linear models, as many as one pass would take."""
    recipe = plan.spec.recipe
    epochs = (update.how.epochs or recipe.epochs) if update.has_state else 1
    return epochs * int(np.ceil(plan.examples(update) / recipe.minibatch))


def _plain_ones(plan: Plan, node: Node) -> float:
    """Return how many plain networks of its capacity take the FLOPs that training this one takes."""
    source = plan.source
    plain = shape_of(node.learner, source.x.shape[1], source.outputs, source.image)
    return train_flops(node.shape) / train_flops(plain) if node.learner.is_network else 1.0


def _rows(plan: Plan, place: Place) -> int:
    """Return how many rows stand at a place; of validation rows, about."""
    if place.among == "test":
        return len(plan.source.test)
    rows = place.last - place.first
    return rows * VALIDATION_PER_MILLE // 1000 if place.among in ("validation", "compared") else rows


def _asked(plan: Plan, jobs: int, threads: int) -> dict[str, LearnerSpec]:
    """Return the plan's networks by a name that says all that a pace depends on."""
    learners = dict.fromkeys(update.learner for update in plan.graph.updates.values())
    source = plan.source
    shapes = {one: shape_of(one, source.x.shape[1], source.outputs, source.image) for one in learners}
    here = [platform.node(), platform.machine(), version("torch"), NUMERICS, plan.device, plan.budget, jobs, threads]
    recipe = [plan.spec.recipe.minibatch, plan.spec.recipe.optimiser]
    return {fingerprint((*map(str, here), *map(str, recipe), repr(shapes[learner]))): learner for learner in learners}


def _measured(plan: Plan, learners: list[LearnerSpec], jobs: int, threads: int) -> list[dict[str, Any]]:
    """Measure in `jobs` processes at once and return the mean of each figure."""
    source = plan.source
    text = json.dumps(
        {
            "learners": [dataclasses.asdict(learner) for learner in learners],
            "inputs": source.x.shape[1],
            "outputs": source.outputs,
            "image": source.image,
            "recipe": dataclasses.asdict(plan.spec.recipe),
            "device": plan.device,
            "budget": plan.budget,
            "threads": threads,
        }
    )
    words = [sys.executable, "-m", "alma_core.simulate.calibrate"]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(jobs)]
    with ThreadPoolExecutor(jobs) as together:
        said = list(together.map(lambda process: process.communicate(text), processes))
    done = [(out, err, process.returncode) for (out, err), process in zip(said, processes, strict=True)]
    if any(status for _out, _err, status in done):
        reason = next(err for _out, err, status in done if status).strip().split("\n")[-1]
        raise RunError(
            _("The device could not be measured ({problem}); leave --dry-run out, or choose another device.").format(
                problem=reason
            )
        )
    answers = [json.loads(out) for out, _err, _status in done]
    return [_mean(list(same)) for same in zip(*answers, strict=True)]


def _mean(same: list[dict[str, Any]]) -> dict[str, Any]:
    return {k: {name: sum(one[k][name] for one in same) / len(same) for name in ("step", "chunk")} for k in same[0]}


def _pace(figures: dict[str, Any]) -> Pace:
    k = tuple(sorted(map(int, figures)))
    return Pace(k, *(tuple(figures[str(n)][name] for n in k) for name in ("step", "chunk")))


def _read(cache: Path) -> dict[str, Any]:
    """Return what has been measured before; a file that does not read is measured anew."""
    try:
        known = json.loads(cache.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
