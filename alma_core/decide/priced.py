"""A run's record -> the panel that prices ask for: with operating points, a confusion table or later rows as needed."""

from dataclasses import replace

from alma_core.decide import panel as panels
from alma_core.decide import record as records
from alma_core.decide.calendar import Calendar
from alma_core.decide.panel import Panel
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices, check
from alma_core.decide.record import Axes, Record


def panel_for(record: Record, prices: Prices) -> Panel:
    """Return a run's rows with all that `prices` need.

    Raises:
        QuestionError: the ledger has holes, or the prices do not suit the run.
    """
    check(prices, record.measure)
    full = panels.panel(record.ledger, record.measure)
    seeds = tuple(sorted(record.ledger["seed"].unique().tolist()))
    is_late = bool(prices.label_delay or prices.release_days or prices.freeze_months)
    axes = Axes(tuple(full.policies["policy"]), seeds, full.horizon, record.lags if is_late else 0)
    models = {"error": full["error"][..., None]}
    if is_late:
        models = records.later_errors(record, axes, full["error"])
    if prices.kind == MATRIX:
        models |= records.cells(record, axes, len(prices.price_matrix or ()))
    elif prices.kind != PER_ERROR:
        models |= records.rates(record, axes, full["model_t"])
    return replace(full, calendar=_calendar(record, prices), models=models)


def _calendar(record: Record, prices: Prices) -> Calendar:
    dates = record.ledger.drop_duplicates("t").sort_values("t")["arrived_on"]
    return Calendar(record.tables.unit, dates=tuple(dates), stated_days=prices.days_per_arrival)
