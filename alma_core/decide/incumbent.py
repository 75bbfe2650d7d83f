"""What serves before the first update, as the reader states it: by one error, or by its errors of both kinds."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.panel import Panel
from alma_core.errors import QuestionError
from alma_core.language import _


def with_incumbent(full: Panel, error: float | None, rates: tuple[float, float] | None = None) -> Panel:
    """Return the panel with what is stated wherever no update has happened yet; None keeps the computed default.

    From an error alone, both rates are that error; too little and too much are half of it each; it is spread evenly
    over the wrong classes.

    Args:
        full: the rows.
        error: a share 0..1, or a number >= 0 in the target's unit.
        rates: miss and false-alarm rate, or mean shortfall and excess; they say the error, too.

    Raises:
        QuestionError: one is out of range, or rates of classes are asked of a run that does not hold them.
    """
    if rates is not None:
        _check_rates(full, rates)
        error = _error_of(full, rates)
    elif error is None:
        return full
    else:
        _check(full, error)
        rates = (error, error) if full.measure.is_share else (error / 2, error / 2)
    default = full["model_t"] == 0  # [P, S, T]
    models = dict(full.models)
    for name, array in full.models.items():
        if name == "error":
            models[name] = np.where(default[..., None] & ~np.isnan(array), error, array)
        if name == "rates":
            both = np.array(rates, array.dtype).reshape(2, *[1] * (array.ndim - 1))
            models[name] = np.where(default[..., None], both, array)
        if name == "cells":
            models[name] = np.where(default[..., None], _spread(array, error), array)
    return replace(full, rows=full.rows | {"error": np.where(default, error, full["error"])}, models=models)


def _error_of(full: Panel, rates: tuple[float, float]) -> float:
    """Return the error that two rates come to: of classes, over all rows judged of the incumbent."""
    if not full.measure.is_share:
        return sum(rates)
    cases = full.models["cases"].reshape(2, -1).sum(1)  # [2]
    return float((cases * rates).sum() / cases.sum())


def _spread(cells: NDArray[Any], error: float) -> NDArray[Any]:
    """Return [C, C, ...] shares of rows: of each true class right but for the error, which falls on the others."""
    n = len(cells)
    shown = np.full((n, n), error / (n - 1))
    np.fill_diagonal(shown, 1 - error)
    return np.asarray(cells.sum(1, keepdims=True) * shown.reshape(n, n, *[1] * (cells.ndim - 2)))


def _check(full: Panel, error: float) -> None:
    if not 0 <= error <= full.measure.most:
        raise QuestionError(
            full.measure.worded(
                _("An error of {given} was given for what is in service; a share from 0 to 1 was expected."),
                _(
                    "A prediction error of {given} was given for what is in service; zero or a positive number in the "
                    "target's unit was expected."
                ),
            ).format(given=error)
        )


def _check_rates(full: Panel, rates: tuple[float, float]) -> None:
    if "rates" not in full.models:
        raise QuestionError(
            _(
                "Errors of two kinds were given for what is in service, but the prices do not tell them apart; state "
                "one error, or prices of both kinds."
            )
        )
    for rate in rates:
        _check(full, rate)
