"""A run's record -> the panel that prices ask for: with operating points, a confusion table or later rows as needed."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import panel as panels
from alma_core.decide import record as records
from alma_core.decide.calendar import Calendar
from alma_core.decide.panel import Panel
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices, check
from alma_core.decide.record import Axes, Record


def panel_for(record: Record, prices: Prices, among: NDArray[np.bool_] | None = None, lags: int | None = None) -> Panel:
    """Return a run's rows with all that `prices` need.

    Args:
        record: the run.
        prices: what is paid.
        among: [P] the policies wanted; None: all.
        lags: later rows at which models are wanted; None: those that late service may need.

    Raises:
        QuestionError: the ledger has holes, or the prices do not suit the run.
    """
    check(prices, record.measure)
    full = panels.panel(record.ledger, record.measure)
    full = full if among is None else panels.chosen(full, among)
    seeds = tuple(sorted(record.ledger["seed"].unique().tolist()))
    is_late = bool(prices.label_delay or prices.release_days or prices.freeze_months)
    if lags is None:
        lags = record.lags if is_late else 0
    axes = Axes(tuple(full.policies["policy"]), seeds, full.horizon, lags)
    models, is_empty = {"error": full["error"][..., None]}, (full["test_size"] == 0).all((0, 1))  # [T]
    if lags:
        models = records.later_errors(record, axes, full["error"], is_empty)
    if prices.kind == MATRIX:
        models |= records.cells(record, axes, len(prices.price_matrix or ()), is_empty)
    elif prices.kind != PER_ERROR:
        models |= records.rates(record, axes, full["model_t"])
    return replace(full, calendar=_calendar(record, prices), models=models)


def _calendar(record: Record, prices: Prices) -> Calendar:
    dates = record.ledger.drop_duplicates("t").sort_values("t")["arrived_on"]
    return Calendar(record.tables.unit, dates=tuple(dates), stated_days=prices.days_per_arrival)
