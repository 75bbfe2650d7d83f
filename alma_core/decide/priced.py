"""A run's record -> the panel that prices ask for: with operating points, a confusion table or later rows as needed."""

from dataclasses import replace
from typing import Final

from alma_core.decide import panel as panels
from alma_core.decide import record as records
from alma_core.decide.calendar import Calendar
from alma_core.decide.panel import Panel
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices, check
from alma_core.decide.record import Axes, Record

PAIRS: Final = ("miss_price", "false_alarm_price", "shortage_price", "excess_price")


def needed(prices: Prices) -> Prices:
    """Return prices that ask for the same tables of a run and say nothing else: equal for all that share a panel."""
    pairs = {name: None if getattr(prices, name) is None else 1.0 for name in PAIRS}
    matrix = prices.price_matrix
    return replace(
        Prices(release_days=float(prices.is_late), days_per_arrival=prices.days_per_arrival),
        price_matrix=None if matrix is None else tuple((1.0,) * len(row) for row in matrix),
        **pairs,  # type: ignore[arg-type]
    )


def panel_for(record: Record, prices: Prices) -> Panel:
    """Return a run's rows with all that `prices` need.

    Raises:
        QuestionError: the ledger has holes, or the prices do not suit the run.
    """
    check(prices, record.measure)
    full = panels.panel(record.ledger, record.measure)
    return with_models(full, record, prices, record.lags if prices.is_late else 0)


def with_models(full: Panel, record: Record, prices: Prices, lags: int) -> Panel:
    """Return rows of a run with what its models do, as far as `prices` need it.

    Args:
        full: all rows of some policies.
        record: the run.
        prices: what is paid.
        lags: later rows at which models are wanted.

    Raises:
        QuestionError: the run lacks what the prices need.
    """
    seeds = tuple(sorted(record.ledger["seed"].unique().tolist()))
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
