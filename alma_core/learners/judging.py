"""A stack judged: K states, each on its own rows or all on the same ones, in full chunks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import huber_loss

from alma_core.learners.devices import JUDGED_ROWS
from alma_core.learners.examples import Examples, Learner, Scaling, offsets, scalings
from alma_core.learners.gradients import HUBER
from alma_core.learners.networks import Stack, forward
from alma_core.sizes import AnyShape

MEMBERS: Final = 16
"""Of an ensemble that are run at once: one that grows at each arrival may come to hundreds."""

Combine = Callable[[Tensor], Tensor]
"""Puts what the members of each learner say together, [K, members, n, outputs] -> [K, n, outputs]."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Row by row, for K learners on their own rows.

    Args:
        wrong: [n_k] whether the class is wrong; of a standardised target, by how much it is missed.
        predicted: [n_k] class number, or standardised target.
        loss: [n_k] cross-entropy in nats, or Huber's loss.
        log_odds: [n_k] of the second of two classes; otherwise empty.
    """

    wrong: list[NDArray[Any]]
    predicted: list[NDArray[Any]]
    loss: list[NDArray[np.float32]]
    log_odds: list[NDArray[np.float32]]


@torch.no_grad()
def judge_stack(
    weights: Stack,
    shape: AnyShape,
    learners: list[Learner],
    rows: list[NDArray[np.int64]],
    examples: Examples,
    truths: list[NDArray[Any]] | None = None,
    combine: Combine | None = None,
) -> Judged:
    """Judge K learners, learner k on rows[k] ([n_k], may be empty).

    Args:
        truths: [n_k] class numbers or standardised targets; None: what the learners are taught.
        combine: [K, members, n, outputs] -> [K, n, outputs], where each learner is several networks: `weights` are then
            [K * members, ...]. None: each is one.
    """
    chunk = JUDGED_ROWS[examples.device]
    n_chunks = -(-max(len(r) for r in rows) // chunk)
    scaling = scalings(learners, examples.device)
    shared = scaling is None and all(r is rows[0] for r in rows)
    indices = torch.from_numpy(_padded(rows, n_chunks * chunk)).to(examples.device)  # [K, n]
    if truths is None:
        truth = examples.taught(indices, offsets(learners, examples.device))  # [K, n]
    else:
        truth = torch.from_numpy(_padded(truths, n_chunks * chunk)).to(examples.device)  # [K, n]
    pieces = []
    for first in range(0, n_chunks * chunk, chunk):
        here = slice(first, first + chunk)
        x = _gathered(examples, indices[:, here], scaling, shared)  # [K, chunk, inputs]
        logits = _logits(shape, weights, x, combine)  # [K, chunk, outputs]
        pieces.append(_said(logits, truth[:, here]))
    if not pieces:
        nothing, none = [r[:0] for r in rows], [r[:0].astype(np.float32) for r in rows]
        return Judged(nothing, nothing, none, none)
    predicted, loss, log_odds = (torch.cat(parts, 1) for parts in zip(*pieces, strict=True))  # [K, n] each
    wrong = (predicted - truth).abs() if shape.outputs == 1 else predicted != truth  # [K, n]
    return Judged(*(_unpadded(values, rows) for values in (wrong, predicted, loss, log_odds)))


@torch.no_grad()
def logits_of(weights: Stack, shape: AnyShape, learner: Learner, rows: NDArray[np.int64], examples: Examples) -> Tensor:
    """Return [K, n, outputs] what K networks say of the same rows [n], which they see as `learner` does."""
    chunk, k = JUDGED_ROWS[examples.device], len(next(iter(weights.values())))
    n_chunks = max(1, -(-len(rows) // chunk))
    indices = torch.from_numpy(_padded([rows], n_chunks * chunk)).to(examples.device)  # [1, n]
    scaling = scalings([learner], examples.device)
    pieces = []
    for first in range(0, n_chunks * chunk, chunk):
        x = examples.rows(indices[:, first : first + chunk], scaling).expand(k, -1, -1)  # [K, chunk, inputs]
        pieces.append(forward(shape, weights, x, None))
    return torch.cat(pieces, 1)[:, : len(rows)]


def judge_predictions(
    predict: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    learner: Learner,
    rows: NDArray[np.int64],
    examples: Examples,
    truths: NDArray[Any],
) -> Judged:
    """Judge one fitted estimator on rows [n].

    Args:
        predict: [n, inputs] -> [n, outputs].
        truths: [n] class numbers or standardised targets.
    """
    logits = torch.from_numpy(predict(examples.seen(rows, learner)))[None]  # [1, n, outputs]
    truth = torch.from_numpy(truths)[None]  # [1, n]
    predicted, loss, log_odds = _said(logits, truth)
    wrong = (predicted - truth).abs() if logits.shape[2] == 1 else predicted != truth
    return Judged(*([values.numpy()[0]] for values in (wrong, predicted, loss, log_odds)))


def _logits(shape: AnyShape, weights: Stack, x: Tensor, combine: Combine | None) -> Tensor:
    """Return [K, chunk, outputs] of K learners on x [K, chunk, inputs]."""
    if combine is None:
        return forward(shape, weights, x, None)
    k, members = len(x), len(next(iter(weights.values()))) // len(x)
    said = []
    for first in range(0, members, MEMBERS):
        here = slice(first, min(first + MEMBERS, members))
        count = here.stop - here.start
        some = {
            name: w.view(k, members, *w.shape[1:])[:, here].flatten(0, 1)  # [K * count, ...]
            for name, w in weights.items()
        }
        each = forward(shape, some, x.repeat_interleave(count, 0), None)  # [K * count, chunk, outputs]
        said.append(each.view(k, count, *each.shape[1:]))  # [K, count, chunk, outputs]
    return combine(torch.cat(said, 1))


def _said(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return what [K, chunk, outputs] logits predict, their loss, and the log-odds of two classes, [K, chunk] each."""
    if logits.shape[2] == 1:
        predicted = logits[..., 0]  # [K, chunk]
        return predicted, huber_loss(predicted, truth, reduction="none", delta=HUBER), predicted[:, :0]
    likely = logits.mT.contiguous().log_softmax(1)  # [K, classes, chunk]
    loss = -likely.gather(1, truth[:, None])[:, 0]  # [K, chunk]
    log_odds = logits[..., 1] - logits[..., 0] if logits.shape[2] == 2 else loss[:, :0]
    return logits.argmax(2), loss, log_odds


def _padded(rows: list[NDArray[Any]], count: int) -> NDArray[Any]:
    """Return [K, count], each row ending in zeros."""
    padded = np.zeros((len(rows), count), rows[0].dtype)
    for k, r in enumerate(rows):
        padded[k, : len(r)] = r
    return padded


def _unpadded(padded: Tensor, rows: list[NDArray[np.int64]]) -> list[NDArray[Any]]:
    """Return learner k's first len(rows[k]) of [K, n], off the device."""
    array = padded.cpu().numpy()
    return [array[k, : len(r)] for k, r in enumerate(rows)]


def _gathered(examples: Examples, indices: Tensor, scaling: Scaling | None, shared: bool) -> Tensor:
    """Gather rows; once for all learners where they are the same."""
    if shared:
        return examples.rows(indices[:1], None).expand(len(indices), -1, -1)  # [K, chunk, inputs]
    return examples.rows(indices, scaling)
