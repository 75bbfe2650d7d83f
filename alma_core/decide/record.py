"""What a run left, as decisions read it, and the arrays beyond the ledger that some prices ask for.

Every array ends in the axes [P, S, T, D]: the model that serves at row s, judged at row s + d. On a fixed test set a
model is judged once, D = 1; on the next mega-batch also at later rows, for models go into service late.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import measure as measures
from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.ledger import LAGS, LEVELS
from alma_core.library import Run

Arrays = dict[str, NDArray[Any]]


class Tables(Protocol):
    """The tables of a run, as `library.Run` reads them."""

    @property
    def ledger(self) -> pd.DataFrame:
        """One row for each policy, seed and arrival."""

    @property
    def confusion(self) -> pd.DataFrame:
        """Rows judged by true and predicted class."""

    @property
    def judged(self) -> pd.DataFrame:
        """How models do at rows beyond those they serve at."""

    @property
    def operating(self) -> pd.DataFrame:
        """Errors of both kinds at each operating level."""

    @property
    def shift(self) -> pd.DataFrame:
        """How mega-batches differ from those before them."""

    @property
    def unit(self) -> str:
        """The arrival unit."""


@dataclass(frozen=True, eq=False)
class Record:
    """A run as decisions read it.

    Args:
        tables: what it left.
        measure: how its errors are measured.
    """

    tables: Tables
    measure: Measure

    @property
    def ledger(self) -> pd.DataFrame:
        """One row for each policy, seed and arrival."""
        return self.tables.ledger

    @property
    def lags(self) -> int:
        """How many rows beyond its own a model in service is judged at."""
        return LAGS if self.measure.judged == "next" else 0


def of_run(run: Run) -> Record:
    """Return a finished run as decisions read it."""
    return Record(run, measures.of_run(run))


@dataclass(frozen=True, eq=False)
class Axes:
    """Where the rows of a run's tables go in its arrays.

    Args:
        policies: fingerprints in their order.
        seeds: in their order.
        rows: T.
        lags: D - 1.
    """

    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    rows: int
    lags: int

    def of(self, table: pd.DataFrame) -> tuple[NDArray[np.int64], ...]:
        """Return the indices (p, s, t, d) of each row of a table, [N] each; d may lie beyond the lags."""
        names = table["policy"].astype("category").cat  # few names for many rows
        policy = pd.Index(self.policies).get_indexer(names.categories.astype("str"))[names.codes]
        seed = pd.Index(self.seeds).get_indexer(pd.Index(table["seed"]))
        served = table["served_t"].to_numpy(np.int64)
        late = table["t"].to_numpy(np.int64) - served
        return np.asarray(policy, np.int64), np.asarray(seed, np.int64), served - 1, late

    def filled(
        self, table: pd.DataFrame, depth: tuple[str, ...], sizes: tuple[int, ...], value: str
    ) -> NDArray[np.float32]:
        """Return a column as an array [*sizes, P, S, T, D]; NaN where the table has no row.

        Args:
            table: with `policy`, `seed`, `served_t`, `t`.
            depth: columns that count the leading axes from 0.
            sizes: their lengths.
            value: the column.
        """
        p, s, t, d = self.of(table)
        shape = (*sizes, len(self.policies), len(self.seeds), self.rows, self.lags + 1)
        result = np.full(shape, np.nan, np.float32)
        here = (p >= 0) & (s >= 0) & (t < self.rows) & (d <= self.lags)
        leading = tuple(table[name].to_numpy(np.int64)[here] for name in depth)
        result[(*leading, p[here], s[here], t[here], d[here])] = table[value].to_numpy(np.float32)[here]
        return result


def later_errors(record: Record, axes: Axes, now: NDArray[np.float64], is_empty: NDArray[np.bool_]) -> Arrays:
    """Return `error` [P, S, T, D] in the measure of the run; beyond the last row NaN.

    Args:
        record: the run.
        axes: its axes.
        now: [P, S, T] the errors of the ledger, d = 0.
        is_empty: [T] rows that are judged on nothing.
    """
    if not axes.lags:
        return {"error": now[..., None]}
    error = axes.filled(record.tables.judged, (), (), "error").astype(np.float64) * record.measure.scale  # [P, S, T, D]
    error[..., 0] = now
    return {"error": _as_before(error, is_empty)}


def rates(record: Record, axes: Axes, model_t: NDArray[np.float64]) -> Arrays:
    """Return the operating points of a run with two classes, or with a number as its target.

    `rates` [2, 21, P, S, T, D]: miss and false-alarm rate, or mean shortfall and excess, on the rows judged; `cases`
    [2, P, S, T, D] those behind them; `validation` [2, 21, P, S, T, 1] and `validation_cases` likewise, of the model
    that serves at each row: all validation rows that had arrived by its update.

    Args:
        model_t: [P, S, T] arrival of the model in service, 0: the incumbent.

    Raises:
        QuestionError: the run holds none.
    """
    table = record.tables.operating
    if not len(table):
        raise QuestionError(
            _(
                "These prices tell two kinds of errors apart, but the run holds no operating points; give a price per "
                "error, or choose a run of two classes or of a number."
            )
        )
    table = table.assign(level=table["level"].to_numpy(np.int64) - 1)
    tested, validated = table[table["split"] == "test"], table[table["split"] == "validation"]
    at_update = Axes(axes.policies, axes.seeds, axes.rows, 0)
    ends = ((tested, axes), (validated, at_update))
    (test, cases), (validation, validation_cases) = (
        (
            np.stack([where.filled(part, ("level",), (LEVELS,), name) for name in ("a", "b")]),
            np.stack([where.filled(part[part["level"] == 0], (), (), name) for name in ("n_a", "n_b")]),
        )
        for part, where in ends
    )
    if record.measure.judged == "test":
        test, cases = _held(test), _held(cases)
    serving = np.maximum(model_t.astype(np.int64) - 1, 0)  # [P, S, T] row of the update of the model in service
    validation, validation_cases = (
        np.take_along_axis(array[..., 0], np.broadcast_to(serving, array.shape[:-1]), -1)[..., None]
        for array in (validation, validation_cases)
    )
    validation_cases = np.where((model_t == 0)[..., None], 0, np.nan_to_num(validation_cases))
    return {
        "rates": _with_every_class(test, cases, axes),
        "cases": np.nan_to_num(cases),
        "validation": np.nan_to_num(validation),
        "validation_cases": validation_cases,
    }


def _as_before(array: NDArray[Any], is_empty: NDArray[np.bool_]) -> NDArray[Any]:
    """Fill [..., P, S, T, D] where a row is judged on nothing: a model does there as at the row before, as in ledgers.

    The first rows, before which nothing is judged, take what the first row that is judged has.
    """
    for t in np.flatnonzero(is_empty).tolist():
        source = t - 1 if t else int(np.argmin(is_empty))
        array[..., t, 0] = np.where(np.isnan(array[..., t, 0]), array[..., source, 0], array[..., t, 0])
        for late in range(1, min(t + 1, array.shape[-1])):
            array[..., t - late, late] = array[..., t - late, late - 1]
    return array


def _held(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carry each value of [..., T, 1] on to the rows after it that have none: there nothing has changed."""
    known = ~np.isnan(array)
    at = np.where(known, np.arange(array.shape[-2])[:, None], 0)
    return np.take_along_axis(array, np.maximum.accumulate(at, -2), -2)


def _with_every_class(test: NDArray[np.float32], cases: NDArray[np.float32], axes: Axes) -> NDArray[np.float32]:
    """Fill the rates of rows that lack a class: from the policy's earlier rows of the seed, else from the incumbent's.

    Args:
        test: [2, 21, P, S, T, D].
        cases: [2, P, S, T, D].
    """
    lacks = ~(cases > 0)[:, None]  # [2, 1, P, S, T, D]
    if not lacks.any():
        return test
    counted = np.nan_to_num(cases[..., 0])[:, None]  # [2, 1, P, S, T]
    wrong = np.nan_to_num(test[..., 0]) * counted  # [2, 21, P, S, T]
    before = (np.cumsum(array, -1) - array for array in (wrong, counted))
    earlier_wrong, earlier = before
    pooled = np.divide(earlier_wrong, earlier, out=np.full_like(wrong, np.nan), where=earlier > 0)
    default = axes.policies.index("incumbent") if "incumbent" in axes.policies else 0
    usual = wrong[:, :, default].sum(-1, keepdims=True) / np.maximum(counted[:, :, default].sum(-1, keepdims=True), 1)
    usual = np.where(counted[:, :, default] > 0, test[:, :, default, :, :, 0], usual)  # [2, 21, S, T]
    pooled = np.where(np.isnan(pooled), usual[:, :, None], pooled)  # [2, 21, P, S, T]
    rows = np.arange(axes.rows)[:, None] + np.arange(axes.lags + 1)  # [T, D] where each is judged
    return np.where(lacks, pooled[..., np.minimum(rows, axes.rows - 1)], test)


def cells(record: Record, axes: Axes, n_classes: int, is_empty: NDArray[np.bool_]) -> Arrays:
    """Return `cells` [C, C, P, S, T, D]: the share of rows judged by true and predicted class.

    Args:
        record: the run.
        axes: its axes.
        n_classes: C.
        is_empty: [T] rows that are judged on nothing.

    Raises:
        QuestionError: the run holds no such table, or its classes are not as many.
    """
    table = record.tables.confusion
    known = int(table[["true", "predicted"]].to_numpy().max()) + 1 if len(table) else 0
    if known != n_classes:
        raise QuestionError(
            _(
                "A matrix of prices for {given} classes was given, but the run tells {known} apart; give one row and "
                "one column for each class."
            ).format(given=n_classes, known=known)
        )
    counts = axes.filled(table, ("true", "predicted"), (n_classes, n_classes), "count")
    judged = ~np.isnan(counts).all((0, 1))  # [P, S, T, D] a cell that is absent is 0 wherever there is a table
    counts = np.where(judged, np.nan_to_num(counts), np.float32(np.nan))
    counts = _held(counts) if record.measure.judged == "test" else _as_before(counts, is_empty)
    return {"cells": counts / counts.sum((0, 1))}
