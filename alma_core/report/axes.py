"""The axes of errors: even from zero, or logarithmic where errors differ by far; plain numbers, no Plotly."""

import math
from typing import Any

from alma_core import language
from alma_core.decide.measure import Measure


def is_wide(low: float, high: float) -> bool:
    """Return whether an even scale would press the small errors flat: a range of more than a factor of eight."""
    return 0 < 8 * low < high


def error_axis(low: float, high: float, measure: Measure) -> dict[str, Any]:
    """Return the axis of errors low..high: from zero and even, or logarithmic where the range is wide."""
    if not is_wide(low, high):
        decimals = max(0, math.ceil(-math.log10(high)) - 1) if high else 0
        written = (
            {"tickformat": f".{decimals}%"}
            if measure.is_share
            else {"separatethousands": True, "exponentformat": "none"}
        )
        return {**written, "range": [0, 1.05 * high or 1.0]}
    top = 1.15 if measure.is_share else 1.25 * high
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
        "ticktext": [_tick(tick, measure) for tick in ticks],
    }


def _tick(error: float, measure: Measure) -> str:
    """Write 1, 2 or 5 times a power of ten with no more decimals than it has."""
    shown = 100 * error if measure.is_share else error
    decimals = max(0, -math.floor(math.log10(shown) + 1e-9))
    return language.percent(error, decimals) if measure.is_share else language.number(error, decimals)


def along(value: float, low: float, high: float) -> float:
    """Return where an error stands on the axis of errors low..high: about 0 at its start, about 1 at its end.

    >>> [round(along(value, low, 0.8), 2) for value, low in ((0.4, 0.2), (0.4, 0.05), (0.05, 0.05))]
    [0.5, 0.75, 0.0]
    """
    if is_wide(low, high):
        return math.log(value / low) / math.log(high / low)
    return value / high if high else 0.0
