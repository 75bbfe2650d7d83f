"""What a job trains from: weights, rows and what it is taught; grown, boosted or bagged where that is asked."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from alma_core import sizes
from alma_core.learners import boosting
from alma_core.learners.combining import VOTE, bare, mean_of
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.firefly import firefly
from alma_core.learners.growth import choosing_flops, most_used, split
from alma_core.learners.judging import logits_of
from alma_core.learners.networks import initial, is_trained, stacked
from alma_core.learners.states import State
from alma_core.seeds import generator, is_validation
from alma_core.simulate.jobs import Job
from alma_core.simulate.materials import Materials
from alma_core.simulate.nodes import Update
from alma_core.specs import Recipe

KEPT, FRESH = 0.4, 0.1
"""Shares of the weights before and of fresh ones where an update starts from both (Ash and Adams 2020)."""

GROWTH_ROWS = 512
"""Examples, at most, on whose gradient it is decided where a network widens."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a job trains.

    Args:
        learner: in the stack.
        flops: of passes made to choose: what to split, where to widen, on which rows to boost; and of teachers.
        rows: [n] what it was drawn from, where it is boosted.
        weights: [n] of those.
    """

    learner: Learner
    flops: float = 0.0
    rows: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None


def prepared(given: Materials, job: Job, recipe: Recipe, examples: Examples) -> Prepared:
    """Return what `job` trains; where it only judges, no rows."""
    update = job.node
    if not isinstance(update, Update) or not job.trains:
        return Prepared(_learner(given, job, np.zeros(0, np.int64), bare(job.start or {})))
    draws = (update.seed, update.how.member, update.first, update.last)
    rows = given.streams[update.seed].in_force(update.first, update.last)
    plain = _learner(given, job, rows, {})
    if isinstance(update.shape, sizes.Estimator):
        return Prepared(plain)
    start, flops = _start(job, update, plain, examples, draws)
    plain = replace(plain, start=start)
    if recipe.augments:
        plain = replace(plain, moves=_drawn("moves", draws))
    if update.how.rows == "bootstrap":
        sample = _drawn("bootstrap", draws).integers(len(plain.train), size=len(plain.train))
        return Prepared(replace(plain, train=plain.train[sample]), flops)
    if update.how.rows == "boosted":
        return _boosted(given, job, plain, examples, draws)
    if update.how.taught_by == "others":
        soft = _said_by(job.others, update, plain, examples)
        flops += len(job.others) * len(plain.train) * float(sizes.inference_flops(update.shape))
        return Prepared(replace(plain, soft=soft), flops)
    return Prepared(plain, flops)


def voting(given: Materials, prepared: Prepared, update: Update, state: State, examples: Examples) -> State:
    """Return a booster's state with the weight of its vote, by how it errs on the rows that it was drawn from."""
    if prepared.rows is None or prepared.weights is None:
        return state
    wrong = _wrong((state,), update, prepared.learner, prepared.rows, examples)[0]
    vote = boosting.vote(prepared.weights, wrong, given.n_classes)
    return state | {VOTE: np.array([vote], np.float32)}


def _learner(given: Materials, job: Job, rows: NDArray[np.int64], start: State) -> Learner:
    stream, node = given.streams[job.node.seed], job.node
    held_back = is_validation(rows)
    member = node.how.member if isinstance(node, Update) else 0
    first = node.first if isinstance(node, Update) else 0
    order = generator(node.seed, "order", member, first, node.last)
    offset = stream.block * given.taught.shape[1]
    return Learner(start, rows[~held_back], rows[held_back], order, stream.scaling, offset)


def _drawn(purpose: str, draws: tuple[int, ...]) -> np.random.Generator:
    return generator(draws[0], purpose, *draws[1:])


def _start(
    job: Job, update: Update, learner: Learner, examples: Examples, draws: tuple[int, ...]
) -> tuple[State, float]:
    """Return the weights that an update starts from, and the FLOPs of choosing them."""
    if job.start is None:
        return initial(update.shape, generator(update.seed, "initialisation", update.how.member)), 0.0
    before = bare(job.start)
    if update.how.start == "shrunk":
        fresh = initial(update.shape, _drawn("perturbation", draws))
        kept, added = np.float32(KEPT), np.float32(FRESH)
        return {n: kept * w + added * fresh[n] if is_trained(n) else w for n, w in before.items()}, 0.0
    if update.how.growth:
        return _grown(before, update, learner, examples, _drawn("growth", draws))
    return before, 0.0


def _grown(
    before: State, update: Update, learner: Learner, examples: Examples, draws: np.random.Generator
) -> tuple[State, float]:
    """Return weights that say what those before them say, in the update's shape, and the FLOPs of the choice."""
    shape = update.grows_from
    assert shape is not None
    if update.how.growth == "firefly":
        assert isinstance(shape, sizes.Network)
        assert isinstance(update.shape, sizes.Network)
        rows = learner.train[draws.permutation(len(learner.train))[:GROWTH_ROWS]]
        return firefly(before, shape, update.shape, examples.seen(rows, learner), examples.told(rows, learner), draws)
    assert isinstance(shape, sizes.Network | sizes.Mixture)
    if update.how.growth == "split_random":
        experts = shape.experts if isinstance(shape, sizes.Mixture) else 1
        return split(before, shape, int(draws.integers(experts)), draws), 0.0
    rows = learner.validation
    chosen = most_used(before, shape, examples.seen(rows, learner))
    return split(before, shape, chosen, draws), float(choosing_flops(shape, len(rows)))


def _boosted(given: Materials, job: Job, learner: Learner, examples: Examples, draws: tuple[int, ...]) -> Prepared:
    """Draw rows by their weights after the boosters before; each booster's own pass over them is counted once."""
    update = job.node
    assert isinstance(update, Update)
    rows = learner.train
    wrong = _wrong(job.others, update, learner, rows, examples) if job.others else []
    weights = boosting.weights_after(wrong, len(rows), given.n_classes)
    sample = _drawn("boosting", draws).choice(len(rows), size=len(rows), p=weights) if len(rows) else rows
    flops = len(rows) * float(sizes.inference_flops(update.shape))
    return Prepared(replace(learner, train=rows[sample]), flops, rows, weights)


def _wrong(
    states: tuple[State, ...], update: Update, learner: Learner, rows: NDArray[np.int64], examples: Examples
) -> list[NDArray[np.bool_]]:
    """Return where each state errs on rows [n], by what the learner is taught."""
    answers = _logits(states, update, learner, rows, examples).argmax(2).cpu().numpy()  # [states, n]
    return list(answers != examples.told(rows, learner))


def _said_by(teachers: tuple[State, ...], update: Update, learner: Learner, examples: Examples) -> NDArray[np.float32]:
    """Return what teachers together say of each row it trains on: [n, classes] probabilities, or [n] values."""
    logits = _logits(teachers, update, learner, learner.train, examples)  # [teachers, n, outputs]
    together = mean_of(logits[None])[0]  # [n, outputs]
    said = together[:, 0] if together.shape[1] == 1 else together.exp()
    return np.asarray(said.cpu().numpy())


def _logits(
    states: tuple[State, ...], update: Update, learner: Learner, rows: NDArray[np.int64], examples: Examples
) -> Tensor:
    weights = stacked([bare(state) for state in states], examples.device)
    return logits_of(weights, update.shape, learner, rows, examples)
