"""What a stack's answers are worth: counts, errors, losses and operating points on each range that is asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.learners.judging import Judged as Said
from alma_core.ledger import LEVELS
from alma_core.simulate import levels
from alma_core.simulate.jobs import Job
from alma_core.simulate.materials import Materials
from alma_core.simulate.results import NO_LEVELS, Judged, Judgement, counted

Judge = Callable[[list[NDArray[np.int64]], list[NDArray[Any]]], Said]
"""(rows of each job [n_k], their truths [n_k]) -> what each says of them."""


def assessed(given: Materials, stack: Sequence[Job], judge: Judge) -> list[list[Judged]]:
    """Judge each job on all that it asks for: the test set, which is one for all, apart from the rest."""
    found: list[list[Judged]] = [[] for _ in stack]
    shifts = [np.zeros(LEVELS) for _ in stack]
    for on_test in (False, True):  # the rest first: among it are the validation rows that set the levels
        asked = [[a for a in job.judge.items() if (a[1].among == "test") == on_test] for job in stack]
        if not any(asked):
            continue
        seeds = [job.node.seed for job in stack]
        pieces = [[given.rows(seed, place) for _on, place in of] for seed, of in zip(seeds, asked, strict=True)]
        truths = [
            [given.truth(seed, place, rows) for (_on, place), rows in zip(of, parts, strict=True)]
            for seed, of, parts in zip(seeds, asked, pieces, strict=True)
        ]
        said = judge([_joined(parts, given.test) for parts in pieces], [_joined(parts, given.y) for parts in truths])
        for k, job in enumerate(stack):
            spread = given.streams[job.node.seed].target[1]
            answers = list(_answers(said, k, truths[k]))
            if given.n_classes == 0:
                validation = (
                    a for a, (_on, place) in zip(answers, asked[k], strict=True) if place.among == "validation"
                )
                shifts[k] = next((levels.shifts(a.missed * spread) for a in validation), shifts[k])
            judged = [_judgement(a, given.n_classes, spread, shifts[k]) for a in answers]
            found[k] += [Judged(job.node.key, on, one) for (on, _place), one in zip(asked[k], judged, strict=True)]
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
