"""Where the answer flips: for each number that money rests on, the nearest value at which another policy is cheaper.

Costs are straight lines in prices, in the volume, in the incumbent's error and in the time that an operation takes, so
these points are exact (piece by piece where levels move, and where an update no longer fits a server's free hours). In
the discount rate costs are no lines: there the rows are discounted anew at each of many values, and the flip is closed
in on.
"""

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import prices as kinds
from alma_core.decide.advise import Answer
from alma_core.decide.costs import costs, hours_of_updates, worth_of_rows
from alma_core.decide.lines import Breaks, End, Lines, between, in_order
from alma_core.decide.panel import Panel, times_volume
from alma_core.decide.price_words import MOST
from alma_core.decide.prices import Prices, changed

OF_KIND: Final = {
    kinds.PER_ERROR: ("price_per_error",),
    kinds.MATRIX: ("price_matrix",),
    kinds.TWO_CLASSES: ("miss_price", "false_alarm_price", "positives"),
    kinds.TWO_SIDES: ("shortage_price", "excess_price"),
}
OTHERS: Final = (
    "use", "days_per_update", "day_rate", "day_rate_beyond", "price_per_label", "price_per_device_hour", "upkeep",
    "hardware",
)  # fmt: skip
VOLUME, SPEED, DISCOUNT = "volume", "seconds_per_flop", "discount_rate"
RELATIVE: Final = ("price_matrix", "upkeep", "hardware", VOLUME, SPEED)
"""Numbers that are many: x is by how much all of them are multiplied, 1 as they are."""
AT_MOST: Final = {"use": 1.0, "positives": 1.0, DISCOUNT: 0.5}
"""Where a number ends; the discount rate is looked at up to a half."""
STEPS: Final = 60


class Flip(NamedTuple):
    """Where another policy takes over as one number moves.

    Args:
        name: of the number.
        given: its value; 1 where it stands for many (RELATIVE).
        below, above: nearest value on either side at which that happens; None: nowhere.
        below_policy, above_policy: number of the policy that is cheapest from there on.
    """

    name: str
    given: float
    below: float | None = None
    below_policy: int | None = None
    above: float | None = None
    above_policy: int | None = None


def names(answer: Answer) -> list[str]:
    """Return the numbers that the costs of this answer rest on, those of the incumbent's error apart."""
    prices = answer.question.prices
    stated = [name for name in (*OF_KIND[prices.kind], *OTHERS) if getattr(prices, name) not in (None, ())]
    has_length = answer.panel.calendar.days is not None
    return [*stated, VOLUME, SPEED, *([DISCOUNT] if has_length else [])]


@lru_cache(maxsize=4)  # words, tables and files ask the same answer
def flips(answer: Answer) -> tuple[Flip, ...]:
    """Return for each number where the recommendation changes, among the policies that keep to the limits."""
    return tuple(flip for name in names(answer) if (flip := _flip(answer, name)) is not None)


def line(answer: Answer, name: str) -> Lines | None:
    """Return the costs over one number; None where they are no lines in it."""
    if name == DISCOUNT:
        return None
    if name == SPEED and answer.question.prices.nightly_hours:
        return _beyond_the_night(answer)
    given = value(answer, name)
    points = (1.0, 2.0) if name == SPEED else (0.0, AT_MOST.get(name) or max(given, 1.0))
    one, other = (_end(answer, name, x) for x in points)
    return between(one, other)


def _beyond_the_night(answer: Answer) -> Lines:
    """Return the costs over the time that computing takes, on a server of one's own: each update is free up to a time.

    From there on it is paid whole. What is counted in CPU seconds does not move.
    """
    panel, prices, priced = answer.panel, answer.question.prices, answer.costs
    in_flops = (panel.policies["compute_basis"] != "seconds").to_numpy()[:, None, None]  # [P, 1, 1]
    hours = hours_of_updates(panel, prices) * in_flops  # [P, S, T]
    policy, seed, row = np.nonzero(hours)
    worth = np.append(priced.worth, 0.0)[row if panel.released is None else panel.released[row]]
    hours_of_each = hours[policy, seed, row]  # [E]
    slope = hours_of_each * worth * prices.price_per_device_hour / panel.seeds
    breaks = Breaks(policy, prices.nightly_hours / hours_of_each, np.zeros_like(slope), slope)
    free = priced.total.mean(1) - (priced.of("training") * in_flops).sum(-1).mean(1)  # [P]
    return Lines(free, np.zeros_like(free), in_order(breaks))


def incumbent_line(answer: Answer) -> Lines:
    """Return the costs over the error of what serves before the first update, in the measure of the run."""
    whole = answer.measure.scale if not answer.measure.is_share else 1.0
    ends = (answer.replaced(incumbent_error=x, prices=_by_one_error(answer)) for x in (0.0, whole))
    one, other = (End(x, at.panel, at.question.prices, at.costs) for x, at in zip((0.0, whole), ends, strict=True))
    return between(one, other)


def _by_one_error(answer: Answer) -> Prices:
    return dataclasses.replace(answer.question.prices, incumbent_rates=None)


def over_incumbent_error(answer: Answer) -> list[tuple[float, int]]:
    """Return from which error of what is in service on which policy is the cheapest, lowest error first."""
    return incumbent_line(answer).winners(0.0, answer.measure.most, answer.allowed)


def over(answer: Answer, name: str) -> list[tuple[float, int]]:
    """Return from which value of a number on which policy is the cheapest, from 0 up; costs must be lines in it."""
    lines = line(answer, name)
    assert lines is not None, name
    return lines.winners(0.0, AT_MOST.get(name, MOST), answer.allowed)


def value(answer: Answer, name: str) -> float:
    """Return what a number is in the answer; 1 where it stands for many."""
    return 1.0 if name in RELATIVE else float(getattr(answer.question.prices, name))


def _end(answer: Answer, name: str, x: float) -> End:
    if x == value(answer, name):
        return End(x, answer.panel, answer.question.prices, answer.costs)
    return End(x, *moved(answer, name, x))


def moved(answer: Answer, name: str, x: float) -> tuple[Panel, Prices]:
    """Return the rows and prices of an answer with one number at x."""
    panel, prices = answer.panel, answer.question.prices
    if name == VOLUME:
        return times_volume(panel, x), prices
    if name == SPEED:  # twice the time is half the peak
        return panel, changed(prices, peak_flops=prices.peak_flops / x)
    if name in ("upkeep", "hardware"):
        amounts = tuple((key, amount * x) for key, amount in getattr(prices, name))
        return panel, changed(prices, **{name: amounts})
    if name == "price_matrix":
        matrix = tuple(tuple(amount * x for amount in row) for row in prices.price_matrix or ())
        return panel, changed(prices, price_matrix=matrix)
    return panel, changed(prices, **{name: x})


def _flip(answer: Answer, name: str) -> Flip | None:
    """Return the flip of one number; None where no policy's cost depends on it more than another's."""
    lines, given = line(answer, name), value(answer, name)
    if lines is None:
        return of_discount(answer)
    if not len(lines.breaks.x) and np.ptp(lines.slope) <= 1e-12 * max(1.0, float(np.abs(lines.slope).max())):
        return None
    return nearest(answer, name, lines, given)


def nearest(answer: Answer, name: str, lines: Lines, given: float) -> Flip:
    """Return the nearest crossings of the recommended policy's line with those of its rivals.

    Where its own line jumps, several rivals pass it at once: the cheapest of them takes over.
    """
    rivals = answer.allowed & (np.arange(len(answer.allowed)) != answer.recommended)
    low, high = lines.nearest(answer.recommended, rivals, given)
    below = low if np.isfinite(low) else None
    above = high if np.isfinite(high) and high <= AT_MOST.get(name, np.inf) else None
    return Flip(
        name,
        given,
        below,
        None if below is None else lines.cheapest(below, rivals, after=False),
        above,
        None if above is None else lines.cheapest(above, rivals),
    )


def of_discount(answer: Answer) -> Flip:
    """Return the flip of the discount rate, from 0 to AT_MOST; it moves what rows are worth and nothing else."""
    given = value(answer, DISCOUNT)
    undiscounted = costs(*moved(answer, DISCOUNT, 0.0)).rows.mean(1)  # [P, T]

    def winner(x: float) -> int:
        total = (undiscounted * worth_of_rows(answer.panel, x)).sum(1)  # [P]
        total = np.where(answer.allowed, total, np.inf)
        return answer.recommended if total[answer.recommended] == total.min() else int(total.argmin())

    return Flip(
        DISCOUNT,
        given,
        *_closed_in(winner, np.linspace(given, 0.0, STEPS)),
        *_closed_in(winner, np.linspace(given, max(given, AT_MOST[DISCOUNT]), STEPS)),
    )


def _closed_in(winner: Callable[[float], int], values: NDArray[np.float64]) -> tuple[float | None, int | None]:
    """Return the first value, from the first of them on, at which another policy wins, and which."""
    here = winner(float(values[0]))
    for near, far in zip(values[:-1].tolist(), values[1:].tolist(), strict=True):
        if winner(far) == here:
            continue
        for _half in range(60):
            middle = (near + far) / 2
            near, far = (middle, far) if winner(middle) == here else (near, middle)
        return far, winner(far)
    return None, None


def tornado(answer: Answer) -> list[tuple[str, float, float]]:
    """Return for each number what the recommended policy saves with it halved and doubled, the widest first.

    A share that cannot be doubled goes to 1. Levels move with the prices.
    """
    found = []
    for name in names(answer):
        given = value(answer, name)
        ends = (given / 2, max(given, min(2 * given, AT_MOST.get(name, MOST))))
        low, high = (_saving_at(answer, name, x) for x in ends)
        found.append((name, low, high))
    return sorted((one for one in found if one[1] != one[2]), key=lambda one: -abs(one[2] - one[1]))


def _saving_at(answer: Answer, name: str, x: float) -> float:
    panel, prices = moved(answer, name, x)
    total = costs(panel, prices).total.mean(1)
    return float(total[answer.baseline] - total[answer.recommended])
