"""What pages and sentences call the prices, and the numbers that a price can be."""

from collections.abc import Sequence
from typing import Final

from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from alma_core.language import _, mark

MOST: Final = 1e12
MOST_FLOPS: Final = 1e24
CURRENCIES: Final = ("JPY", "USD", "EUR")
"""Those whose amounts `language.money` writes."""

WORDS: Final = {
    "price_per_error": mark("Price of one error"),
    "miss_price": mark("Price of a miss"),
    "false_alarm_price": mark("Price of a false alarm"),
    "positives": mark("Real share of positives"),
    "shortage_price": mark("Price of a unit too few"),
    "excess_price": mark("Price of a unit too many"),
    "use": mark("Share of predictions acted on"),
    "volume": mark("Predictions between two arrivals"),
    "days_per_update": mark("Person-days per update"),
    "day_rate": mark("Price of a person-day"),
    "updates_included": mark("Updates a year at that price"),
    "day_rate_beyond": mark("Price of a person-day beyond them"),
    "price_per_label": mark("Price of one label"),
    "price_per_device_hour": mark("Price of one device hour"),
    "peak_flops": mark("Peak of the device, operations a second"),
    "utilisation": mark("Share of the peak reached"),
    "nightly_hours": mark("Hours a night on a server of your own"),
    "discount_rate": mark("Discount rate a year"),
    "label_delay": mark("Days until labels are known"),
    "release_days": mark("Days until an update is released"),
    "days_per_arrival": mark("Days between two arrivals"),
    "fiscal_year_from": mark("First month of the fiscal year"),
    "upkeep": mark("Upkeep a year"),
    "hardware": mark("Hardware to buy"),
    "price_matrix": mark("Prices by true and predicted class"),
    "incumbent_rates": mark("Errors of both kinds before the first update"),
    "currency": mark("Currency"),
}
"""What pages and sentences call the prices."""


def words(measure: Measure) -> dict[str, str]:
    """Return WORDS as they suit the errors of a run."""
    error = measure.worded(WORDS["price_per_error"], mark("Price of one unit of prediction error"))
    return WORDS | {"price_per_error": error}


def number(name: str, value: float) -> None:
    """Refuse what no price can be; a price is called by its name in WORDS.

    Raises:
        QuestionError: it is negative, not finite, or absurdly large.
    """
    most = MOST_FLOPS if name == "peak_flops" else MOST
    if not 0 <= value <= most:  # nor NaN
        raise QuestionError(
            _("{given} was given for {what}, zero or a positive number up to {most:g} was expected; change it.").format(
                given=value, what=_(WORDS.get(name, name)), most=most
            )
        )


def known(name: str, given: str, names: Sequence[str]) -> None:
    """Refuse a name that is not among those there are.

    Raises:
        QuestionError: it is not.
    """
    if given not in names:
        raise QuestionError(
            _("{given} was given for {what}, one of {known} was expected; change it.").format(
                given=given, what=_(WORDS[name]), known=", ".join(names)
            )
        )
