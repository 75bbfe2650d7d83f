"""The axes of errors: even from zero, or logarithmic where errors differ by far; plain numbers, no Plotly."""

import math
from collections.abc import Callable
from typing import Any

from alma_core import language
from alma_core.decide.measure import Measure


def is_wide(low: float, high: float) -> bool:
    """Return whether an even scale would press the small errors flat: a range of more than a factor of eight."""
    return 0 < 8 * low < high


def error_axis(low: float, high: float, measure: Measure, from_zero: bool = True) -> dict[str, Any]:
    """Return the axis of errors low..high: even, or logarithmic where the range is wide.

    Args:
        low, high: the errors that are drawn.
        measure: of the errors.
        from_zero: an even axis begins at zero; else close to `low`, where places are compared and not lengths.
    """
    if not is_wide(low, high):
        room = 0.08 * (high - low) or 0.05 * high or 1.0
        start, end = (0.0, 1.05 * high or 1.0) if from_zero else (max(0.0, low - room), high + room)
        decimals = max(0, math.ceil(-math.log10(end - start)) - 1)
        written = (
            {"tickformat": f".{decimals}%"}
            if measure.is_share
            else {"separatethousands": True, "exponentformat": "none"}
        )
        return {**written, "range": [start, end]}
    top = 1.15 if measure.is_share else 1.25 * high
    return _log_axis(low, high, top, lambda tick: _tick(tick, measure))


def cost_axis(low: float, high: float, currency: str) -> dict[str, Any]:
    """Return the axis of total costs low..high: from zero and even, or logarithmic where the range is wide."""
    if not is_wide(low, high):
        return money_axis(0.0, 1.05 * high or 1.0, currency)
    return _log_axis(low, high, 1.25 * high, lambda tick: language.money(tick, currency))


def _log_axis(low: float, high: float, top: float, write: Callable[[float], str]) -> dict[str, Any]:
    """Return a logarithmic axis that holds low..high and ends at `top` at most, with ticks at 1, 2 and 5."""
    ticks = [
        float(f"{step}e{power}")
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for step in (1, 2, 5)
        if 0.5 * low <= float(f"{step}e{power}") <= top
    ]
    return {
        "type": "log",
        "range": [math.log10(0.8 * low), math.log10(min(1.25 * high, top))],
        "tickvals": ticks,
        "ticktext": [write(tick) for tick in ticks],
    }


def _tick(error: float, measure: Measure) -> str:
    """Write 1, 2 or 5 times a power of ten with no more decimals than it has."""
    shown = 100 * error if measure.is_share else error
    decimals = max(0, -math.floor(math.log10(shown) + 1e-9))
    return language.percent(error, decimals) if measure.is_share else language.number(error, decimals)


def along(value: float, low: float, high: float) -> float:
    """Return where an error stands among errors low..high on their axis: 0 at its start, 1 at its end.

    >>> [round(along(value, low, 0.8), 2) for value, low in ((0.5, 0.2), (0.4, 0.05), (0.05, 0.05), (0.8, 0.8))]
    [0.5, 0.75, 0.0, 0.5]
    """
    if low == high:
        return 0.5
    if is_wide(low, high):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def money_axis(low: float, high: float, currency: str) -> dict[str, Any]:
    """Return the axis of amounts low..high, its ticks written as the language writes amounts: 80万円, 800 k JPY."""
    return even_axis(low, high, lambda tick: language.money(tick, currency))


def even_axis(low: float, high: float, write: Callable[[float], str]) -> dict[str, Any]:
    """Return an even axis low..high with about five ticks, written by `write`."""
    step = _step((high - low) / 5)
    ticks = [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return {"range": [low, high], "tickvals": ticks, "ticktext": [write(tick) for tick in ticks]}


def _step(rough: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is no less.

    >>> [_step(rough) for rough in (0.3, 21_000.0)]
    [0.5, 50000.0]
    """
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next((times * power for times in (1, 2, 5) if times * power >= rough), 10 * power)
