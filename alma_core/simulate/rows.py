"""Evaluations -> the rows of the ledger and the confusion table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core import language, ledger, sizes
from alma_core.policies import catalogue
from alma_core.simulate.graph import Graph, Update
from alma_core.specs import PolicySpec, RunSpec, fingerprint
from alma_core.streams.stream import Stream


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one update left.

    Args:
        counts: [C, C] rows of the test set by true and predicted class.
        loss: mean cross-entropy there, nats.
        examples: distinct examples trained on.
        epochs: passes over them.
        validation_rows: rows judged during training.
        seconds: its share of the stack's wall clock.
        arriving: error on each mega-batch that arrived while it served, by t.
    """

    counts: NDArray[np.int64]
    loss: float
    examples: int
    epochs: int
    validation_rows: int
    seconds: float
    arriving: Mapping[int, float]

    @property
    def error(self) -> float:
        """Share of wrong predictions on the test set."""
        return error_of(self.counts)


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The computed default, the class seen most so far, for one seed.

    Args:
        counts: [B, C, C] rows of the test set by true and predicted class.
        error_arriving: [B] error on mega-batch t of the class seen most before it; NaN at t = 1.
    """

    counts: NDArray[np.int64]
    error_arriving: NDArray[np.float64]


def error_of(counts: NDArray[np.int64]) -> float:
    """Return the share off the diagonal of [C, C] counts."""
    return 1 - float(np.trace(counts)) / float(counts.sum())


def incumbent(stream: Stream) -> Incumbent:
    """Judge the class seen most (the lowest of equals) at every arrival."""
    y, n_classes = stream.source.y, len(stream.source.classes)
    arriving = np.stack([np.bincount(y[batch.indices], minlength=n_classes) for batch in stream])  # [B, C]
    most = arriving.cumsum(0).argmax(1)  # [B]
    on_test = np.bincount(y[stream.source.test], minlength=n_classes)  # [C]
    counts = np.zeros((len(stream), n_classes, n_classes), np.int64)
    counts[np.arange(len(stream)), :, most] = on_test
    hits = arriving[np.arange(1, len(stream)), most[:-1]]  # [B - 1]
    return Incumbent(counts, np.append(np.nan, 1 - hits / stream.sizes[1:]))


def tables(
    spec: RunSpec, streams: list[Stream], graph: Graph, outcomes: Mapping[str, Outcome]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ledger and the confusion table (empty above CONFUSION_CLASSES classes) of a finished run.

    Labels are in English whatever the language in use: a run does not depend on who makes it.
    """
    with language.speaking("en"):
        return _tables(spec, streams, graph, outcomes)


def _tables(
    spec: RunSpec, streams: list[Stream], graph: Graph, outcomes: Mapping[str, Outcome]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    source = streams[0].source
    defaults = [incumbent(stream) for stream in streams]
    blocks = [
        _incumbent_rows(stream, default, seed)
        for seed, (stream, default) in enumerate(zip(streams, defaults, strict=True))
    ]
    confusion = [
        _changes(catalogue.INCUMBENT, seed, dict(enumerate(default.counts, 1))) for seed, default in enumerate(defaults)
    ]
    for (number, seed), keys in graph.chains.items():
        policy = spec.policies[number]
        chain = [(graph.updates[key], outcomes[key]) for key in keys]
        blocks.append(_policy_rows(policy, spec, streams[seed], defaults[seed], seed, chain))
        before = {t: defaults[seed].counts[t - 1] for t in range(1, policy.first_update)}
        confusion.append(_changes(fingerprint(policy), seed, before | {u.t: outcome.counts for u, outcome in chain}))
    rows = pd.concat([pd.DataFrame(block) for block in blocks], ignore_index=True)
    cells = pd.concat(confusion, ignore_index=True)
    if len(source.classes) > ledger.CONFUSION_CLASSES:
        cells = cells.iloc[:0]
    return ledger.shaped(rows, ledger.LEDGER), ledger.shaped(cells, ledger.CONFUSION)


def _stream_columns(stream: Stream, seed: int) -> dict[str, Any]:
    sizes_ = stream.sizes
    return {
        "seed": seed,
        "t": np.arange(1, len(stream) + 1),
        "volume": np.append(sizes_[1:], sizes_[-1]),
        "examples_arrived": stream.boundaries[1:],
        "labels_bought": sizes_,
        "test_size": len(stream.source.test),
    }


def _incumbent_rows(stream: Stream, default: Incumbent, seed: int) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("members", "waiting_time", "first_update", "update_index", "model_t", "examples_trained", "epochs",
         "train_flops", "train_macs_forward", "evaluation_flops", "inference_flops", "params", "seconds", "replay"), 0
    )  # fmt: skip
    words = dict.fromkeys(("architecture", "capacity", "start", "schedule"), "none")
    return {
        **_stream_columns(stream, seed),
        **nothing,
        **words,
        "policy": catalogue.INCUMBENT,
        "label": catalogue.label({"method": catalogue.INCUMBENT}, "lot"),
        "method": catalogue.INCUMBENT,
        "updated": False,
        "deployed": False,
        "error": [error_of(counts) for counts in default.counts],
        "loss": np.nan,
        "error_arriving": default.error_arriving,
    }


def _policy_rows(
    policy: PolicySpec,
    spec: RunSpec,
    stream: Stream,
    default: Incumbent,
    seed: int,
    chain: list[tuple[Update, Outcome]],
) -> dict[str, Any]:
    """Return the columns of one policy and seed, one entry an arrival."""
    n_rows = len(stream)
    shape = sizes.shape_of(policy.learner, stream.source.x.shape[1], len(stream.source.classes))
    at = np.array([update.t for update, _ in chain])  # [updates]
    index = np.searchsorted(at, np.arange(1, n_rows + 1), side="right")  # [B] updates so far
    updated = np.isin(np.arange(1, n_rows + 1), at)
    none = [error_of(counts) for counts in default.counts]
    outcome = [chain[i - 1][1] if i else None for i in index]  # [B] of the model in service
    # What an update does stands in its own row only; every other row has 0 there.
    now = [o if o and fell_due else None for o, fell_due in zip(outcome, updated, strict=True)]  # [B]
    rows_seen = np.array([o.examples * o.epochs if o else 0 for o in now], float)
    known = {"waiting_time": policy.waiting_time, "first_update": policy.first_update, "start": policy.start,
             "replay": policy.replay, "method": policy.method, "capacity": policy.learner.capacity}  # fmt: skip
    return {
        **_stream_columns(stream, seed),
        **known,
        "policy": fingerprint(policy),
        "label": catalogue.label(known, spec.stream.arrival_unit),
        "architecture": policy.learner.architecture,
        "members": 1,
        "schedule": "every",
        "updated": updated,
        "deployed": updated,
        "update_index": index,
        "model_t": np.append(0, at)[index],
        "examples_trained": [o.examples if o else 0 for o in now],
        "epochs": [o.epochs if o else 0 for o in now],
        "train_flops": rows_seen * sizes.train_flops(shape),
        "train_macs_forward": rows_seen * sizes.forward_macs(shape),
        "evaluation_flops": [float(o.validation_rows * sizes.inference_flops(shape)) if o else 0.0 for o in now],
        "inference_flops": np.where(index > 0, float(sizes.inference_flops(shape)), 0.0),
        "params": np.where(index > 0, sizes.parameters(shape), 0),
        "seconds": [o.seconds if o else 0.0 for o in now],
        "error": [o.error if o else none[t] for t, o in enumerate(outcome)],
        "loss": [o.loss if o else np.nan for o in outcome],
        "error_arriving": _arriving(chain, index, default),
    }


def _arriving(chain: list[tuple[Update, Outcome]], index: NDArray[np.int64], default: Incumbent) -> list[float]:
    """Return [B] the error of the model that served when mega-batch t arrived, on mega-batch t."""
    before = np.append(0, index[:-1])
    return [chain[i - 1][1].arriving[t] if i else float(default.error_arriving[t - 1]) for t, i in enumerate(before, 1)]


def _changes(policy: str, seed: int, counts: Mapping[int, NDArray[np.int64]]) -> pd.DataFrame:
    """Return the cells of each [C, C] table that differs from the one before it; zero cells are left out."""
    pieces = []
    last: NDArray[np.int64] | None = None
    for t, table in sorted(counts.items()):
        if last is None or not np.array_equal(last, table):
            true, predicted = np.nonzero(table)
            cells = {"true": true, "predicted": predicted, "count": table[true, predicted]}
            pieces.append(pd.DataFrame({"policy": policy, "seed": seed, "served_t": t, "t": t, **cells}))
        last = table
    return pd.concat(pieces, ignore_index=True)
