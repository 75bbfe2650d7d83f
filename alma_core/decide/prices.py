"""What an error, an update and an hour of computing cost, and what else money depends on (DESIGN, section 7).

The defaults are examples; until the user has said that prices are their own, every amount is marked as resting on them.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

from alma_core.decide import price_words
from alma_core.decide.measure import Measure
from alma_core.decide.price_words import CURRENCIES, known, number
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.methods import METHODS
from alma_core.policyspec import CAPACITIES

PER_ERROR, MATRIX, TWO_CLASSES, TWO_SIDES = "per error", "matrix", "two classes", "two sides"
"""How errors are priced: one price; by true and predicted class; misses and false alarms; too little and too much."""

OTHER_WAYS: Final = ("price_matrix", "miss_price", "false_alarm_price", "shortage_price", "excess_price")
"""Prices of errors that stand in the place of one price per error."""
EVERY: Final = "every"
"""Upkeep under this name is that of each method that is not named itself."""


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices in one currency; none may be negative.

    Args:
        currency: ISO code, of CURRENCIES.
        price_per_error: of one wrong prediction that is acted on; where numbers are predicted, of one unit of the
            target that a prediction is too high or too low.
        price_matrix: of a prediction by true (row) and predicted class; instead of one price.
        miss_price, false_alarm_price: of two classes, for a positive taken for a negative and the reverse.
        positives: real share of positives, 0..1; None: as in the rows judged.
        shortage_price, excess_price: of a number, for each unit of the target predicted too low and too high.
        use: share of the predictions that are acted on, 0..1.
        volume: predictions between two arrivals; None: as many as examples arrive next.
        days_per_update: person-days of one update: validation, approval, release.
        day_rate: of one person-day.
        updates_included: updates of a fiscal year at that rate; None: all.
        day_rate_beyond: of one person-day of the updates after them.
        upkeep: a year of care, by method (`every`: of those not named); a policy that never updates has none.
        price_per_label: of one label bought.
        price_per_device_hour: of the device that trains and predicts; an hour of a CPU costs the same, where compute is
            counted in CPU seconds.
        peak_flops: FLOP/s that device could do at most.
        utilisation: share of the peak that training reaches, 0..1.
        nightly_hours: of a server already owned: updates that fit cost nothing, nor do predictions; 0: it is rented.
        hardware: one-off cost by capacity, at the first update of that size.
        discount_rate: a year, 0..1.
        label_delay: days from an arrival to its labels; 0 where labels have a date of their own.
        release_days: days from its training to its release that an update takes.
        freeze_months: months, 1..12, in which nothing is released.
        fiscal_year_from: first month of the fiscal year.
        days_per_arrival: length of a lot, in days; None: that of the arrival unit.
        incumbent_rates: of what serves before the first update: (miss, false-alarm rate) or (mean shortfall, mean
            excess); None: from the error that is stated.
        ranges: (name, low, high) of prices that are not known exactly; the price itself is the likeliest.
        confirmed: the user has said that these are their own prices, not examples.
    """

    currency: str = "JPY"
    price_per_error: float = 300.0
    price_matrix: tuple[tuple[float, ...], ...] | None = None
    miss_price: float | None = None
    false_alarm_price: float | None = None
    positives: float | None = None
    shortage_price: float | None = None
    excess_price: float | None = None
    use: float = 1.0
    volume: float | None = None
    days_per_update: float = 0.5
    day_rate: float = 40_000.0
    updates_included: int | None = None
    day_rate_beyond: float | None = None
    upkeep: tuple[tuple[str, float], ...] = ()
    price_per_label: float = 0.0
    price_per_device_hour: float = 80.0
    peak_flops: float = 8.1e12
    utilisation: float = 0.3
    nightly_hours: float = 0.0
    hardware: tuple[tuple[str, float], ...] = ()
    discount_rate: float = 0.0
    label_delay: float = 0.0
    release_days: float = 0.0
    freeze_months: tuple[int, ...] = ()
    fiscal_year_from: int = 4
    days_per_arrival: float | None = None
    incumbent_rates: tuple[float, float] | None = None
    ranges: tuple[tuple[str, float, float], ...] = ()
    confirmed: bool = False

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float):
                number(field.name, value)
        for name, table, names in (("upkeep", self.upkeep, (EVERY, *METHODS)), ("hardware", self.hardware, CAPACITIES)):
            for key, amount in table:
                known(name, key, names)
                number(name, amount)
        for name, rows in (
            ("price_matrix", self.price_matrix or ()),
            ("incumbent_rates", (self.incumbent_rates or (),)),
        ):
            for amount in (amount for row in rows for amount in row):
                number(name, amount)
        known("currency", self.currency, CURRENCIES)
        _check_pairs(self)
        _check_shares(self)
        _check_ranges(self)

    @property
    def kind(self) -> str:
        """PER_ERROR, MATRIX, TWO_CLASSES or TWO_SIDES."""
        if self.price_matrix is not None:
            return MATRIX
        if self.miss_price is not None:
            return TWO_CLASSES
        return PER_ERROR if self.shortage_price is None else TWO_SIDES

    @property
    def is_late(self) -> bool:
        """Whether models may go into service later than they are trained."""
        return bool(self.label_delay or self.release_days or self.freeze_months)

    @property
    def price_per_update(self) -> float:
        """People: validation, approval and release of one update."""
        return self.days_per_update * self.day_rate

    @property
    def device_seconds_per_flop(self) -> float:
        """1 / (peak x utilisation)."""
        return 1.0 / (self.peak_flops * self.utilisation)

    def device_hours(self, flops: float) -> float:
        """Return the hours that `flops` take on the device.

        >>> Prices(peak_flops=1e12, utilisation=0.5).device_hours(1.8e15)
        1.0
        """
        return flops * self.device_seconds_per_flop / 3600


def per_update(prices: Prices, amount: float) -> Prices:
    """Return prices at which the people of one update cost `amount`, all updates alike.

    >>> per_update(Prices(), 500.0).price_per_update
    500.0
    """
    return changed(prices, days_per_update=1.0, day_rate=amount, updates_included=None, day_rate_beyond=None)


def changed(prices: Prices, **changes: object) -> Prices:
    """Return prices with some changed; the ranges of those no longer hold."""
    ranges = tuple(one for one in prices.ranges if one[0] not in changes)
    return dataclasses.replace(prices, ranges=ranges, **changes)  # type: ignore[arg-type]


def examples(measure: Measure) -> Prices:
    """Return example prices; where numbers are predicted, being off by the scale costs 2,000 to 20,000.

    >>> [examples(Measure("regression", scale)).price_per_error for scale in (140.0, 50_000.0)]
    [100.0, 0.1]
    """
    if measure.is_share:
        return Prices()
    return Prices(price_per_error=float(f"1e{math.floor(math.log10(20_000 / measure.scale))}"))


def suits(prices: Prices, measure: Measure) -> bool:
    """Return whether prices are made for the kind of prediction of a run: classes, or a number."""
    return prices.kind not in ((TWO_SIDES,) if measure.is_share else (TWO_CLASSES, MATRIX))


def check(prices: Prices, measure: Measure) -> None:
    """Refuse prices that were made for another kind of prediction.

    Raises:
        QuestionError: they price classes and the run predicts a number, or the reverse.
    """
    if suits(prices, measure):
        return
    if measure.is_share:
        raise QuestionError(
            _(
                "The prices are of units too few and too many, but this run tells classes apart; give a price per "
                "error, or of misses and false alarms."
            )
        )
    raise QuestionError(
        _(
            "The prices are of wrong classes, but this run predicts a number; give a price per unit of error, or "
            "of units too few and too many."
        )
    )


def _check_pairs(prices: Prices) -> None:
    """Refuse half of a pair of prices, two ways of pricing errors at once, and a matrix that is not square."""
    pairs = {"miss_price": "false_alarm_price", "shortage_price": "excess_price", "updates_included": "day_rate_beyond"}
    for one, other in pairs.items():
        stated = [name for name in (one, other) if getattr(prices, name) is not None]
        if len(stated) == 1:
            missing = other if stated == [one] else one
            raise QuestionError(
                _("{given} was given without {missing}, both were expected; state the other one too.").format(
                    given=_(price_words.WORDS[stated[0]]), missing=_(price_words.WORDS[missing])
                )
            )
    ways = [n for n in ("price_matrix", "miss_price", "shortage_price") if getattr(prices, n) is not None]
    if len(ways) > 1:
        raise QuestionError(
            _("{given} were given together, one way to price errors was expected; keep one of them.").format(
                given=", ".join(_(price_words.WORDS[name]) for name in ways)
            )
        )
    matrix = prices.price_matrix
    if matrix is not None and (len(matrix) < 2 or any(len(row) != len(matrix) for row in matrix)):
        raise QuestionError(
            _("A matrix of prices with rows of {given} entries was given, a square one was expected.").format(
                given=", ".join(str(len(row)) for row in matrix)
            )
        )


def _check_shares(prices: Prices) -> None:
    for name in ("use", "positives", "discount_rate"):
        value = getattr(prices, name)
        if value is not None and value > 1:
            raise QuestionError(
                _("{given} was given for {what}, a share from 0 to 1 was expected; change it.").format(
                    given=value, what=_(price_words.WORDS[name])
                )
            )
    name = "days_per_arrival"
    if prices.days_per_arrival == 0:
        raise QuestionError(
            _("{given} was given for {what}, a number above 0 was expected; change it.").format(
                given=prices.days_per_arrival, what=_(price_words.WORDS[name])
            )
        )
    months = (*prices.freeze_months, prices.fiscal_year_from)
    if any(month not in range(1, 13) for month in months):
        raise QuestionError(
            _("{given} were given as months, numbers from 1 to 12 were expected; change them.").format(
                given=", ".join(map(str, months))
            )
        )
    if prices.peak_flops < 1 or not 1e-6 <= prices.utilisation <= 1:
        raise QuestionError(
            _(
                "A peak of {peak} FLOP/s at a utilisation of {utilisation} was given, a peak of at least 1 and a share "
                "above 0, up to 1, were expected; change them."
            ).format(peak=prices.peak_flops, utilisation=prices.utilisation)
        )


def _check_ranges(prices: Prices) -> None:
    for name, low, high in prices.ranges:
        likely = getattr(prices, name, None)
        if not isinstance(likely, float | int) or not low <= likely <= high:
            raise QuestionError(
                _(
                    "A range of {low} to {high} was given for {what}, one that holds the price itself, {likely}, was "
                    "expected; change it."
                ).format(low=low, high=high, what=_(price_words.WORDS.get(name, name)), likely=likely)
            )
    if prices.ranges:
        names, *both_ends = zip(*prices.ranges, strict=True)
        for ends in both_ends:  # they must make prices, as any draw between them will
            dataclasses.replace(prices, **dict(zip(names, ends, strict=True)), ranges=())
