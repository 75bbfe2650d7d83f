"""The axes of native charts: their ends, steps and number formats; plain numbers, no python-pptx."""

import math
from typing import NamedTuple

from alma_core import language
from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.report.axes import even_axis, is_wide


class Axis(NamedTuple):
    """One axis.

    Args:
        title: with its unit.
        low, high: its ends.
        written: number format of its ticks.
        step: between ticks; 0 on a logarithmic axis, which has them at powers of ten.
        widest: a tick as it is written, one of the longest.
    """

    title: str
    low: float
    high: float
    written: str
    step: float = 0.0
    widest: str = ""


def error_axis(title: str, low: float, high: float, measure: Measure, from_zero: bool = True) -> Axis:
    """Return the axis of errors low..high: even, or logarithmic where the range is wide."""
    titled = measure.heading(title)
    if is_wide(low, high):
        start, end = 10.0 ** math.floor(math.log10(low) + 1e-9), _rounded_up(high)
        if measure.is_share:
            end = 1.0 if high > 0.5 else end
        return Axis(
            _("{title}, log scale").format(title=titled),
            start,
            end,
            _written(start, measure),
            widest=measure.figure(end),
        )
    room = 0.0 if from_zero else 0.08 * (high - low)
    axis = even(titled, 0.0 if from_zero else max(0.0, low - room), (high + room) or 1.0, "")
    return axis._replace(written=_written(axis.step, measure), widest=measure.figure(axis.high))


def even(title: str, low: float, high: float, written: str) -> Axis:
    """Return an even axis that holds low..high, its ends at ticks."""
    room = 0.05 * high if low == high else 0.0
    low, high = max(low - room, 0.0) if low >= 0 else low - room, high + room or 1.0
    ticks = even_axis(low, high, str)["tickvals"]
    step = ticks[1] - ticks[0] if len(ticks) > 1 else (high - low) / 4
    return Axis(title, step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9), written, step)


def money(title: str, high: float, currency: str) -> Axis:
    """Return an axis of amounts from zero, its ticks written about as `language.money` does."""
    axis = even(title, 0.0, high, money_written(high, currency))
    return axis._replace(widest=language.money(axis.high, currency) + "00")


def money_written(high: float, currency: str) -> str:
    """Return the number format of amounts up to `high`, of the reader's language."""
    if language.current() == "ja" and currency == "JPY":
        if high >= 1e8:
            return _signed('0\\.00,,"億円"', '0"円"')  # of millions, the last two digits behind a point
        return _signed('0\\.0,"万円"', '0"円"') if high >= 2e4 else '#,##0"円"'
    for least, digits, name in ((2e9, "#,##0.0,,,", "B"), (2e6, "#,##0.0,,", "M"), (2e3, "#,##0,", "k")):
        if high >= least:
            return _signed(f'{digits}" {name} {currency}"', f'0" {currency}"')
    return f'#,##0" {currency}"' if high >= 10 or currency == "JPY" else f'0.00" {currency}"'


def _signed(some: str, none: str) -> str:
    return f"{some};-{some};{none}"


def _written(step: float, measure: Measure) -> str:
    """Return the number format of errors whose ticks are `step` apart, or begin there."""
    decimals = max(0, math.ceil(-math.log10(100 * step if measure.is_share else step) - 1e-9))
    digits = "0" + ("." + "0" * decimals if decimals else "")
    if not measure.is_share:
        return "#,##" + digits
    return digits + ("%" if language.current() == "ja" else '" "%')


def _rounded_up(value: float) -> float:
    """Return 1, 2 or 5 times a power of ten, no less than a value above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= value * (1 - 1e-9))
