"""The price list: what an error, an update and an hour of computing cost.

The defaults are examples; until the user has stated prices, pages mark every amount as resting on them.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final

from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from alma_core.language import _, mark

MOST: Final = 1e12
MOST_FLOPS: Final = 1e24


@dataclass(frozen=True)
class Prices:
    """Prices in one currency; none may be negative.

    Args:
        currency: ISO code.
        price_per_error: of one wrong prediction that is acted on; where numbers are predicted, of one unit of the
            target that a prediction is too high or too low.
        price_per_update: people: validation, approval, release of one update.
        price_per_label: of one label bought.
        price_per_device_hour: of the device that trains and predicts; an hour of a CPU costs the same, where compute is
            counted in CPU seconds.
        peak_flops: FLOP/s that device could do at most.
        utilisation: share of the peak that training reaches, 0..1.
        volume: predictions between two arrivals; None: as many as examples arrive next.
        confirmed: the user has said that these are their own prices, not examples.
    """

    currency: str = "JPY"
    price_per_error: float = 300.0
    price_per_update: float = 20_000.0
    price_per_label: float = 0.0
    price_per_device_hour: float = 80.0
    peak_flops: float = 8.1e12
    utilisation: float = 0.3
    volume: float | None = None
    confirmed: bool = False

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            most = MOST_FLOPS if field.name == "peak_flops" else MOST
            if isinstance(value, int | float) and not (math.isfinite(value) and 0 <= value <= most):
                raise QuestionError(
                    _(
                        "{given} was given for {what}, zero or a positive number up to {most:g} was expected; "
                        "change it."
                    ).format(given=value, what=_(WORDS.get(field.name, field.name)), most=most)
                )
        if self.peak_flops < 1 or not 1e-6 <= self.utilisation <= 1:
            raise QuestionError(
                _(
                    "A peak of {peak} FLOP/s at a utilisation of {utilisation} was given, a peak of at least 1 and a "
                    "share above 0, up to 1, were expected; change them."
                ).format(peak=self.peak_flops, utilisation=self.utilisation)
            )

    def device_hours(self, flops: float) -> float:
        """Return the hours that `flops` take on the device.

        >>> Prices(peak_flops=1e12, utilisation=0.5).device_hours(1.8e15)
        1.0
        """
        return flops / (self.peak_flops * self.utilisation) / 3600


WORDS: Final = {
    "price_per_error": mark("Price of one error"),
    "price_per_update": mark("People per update"),
    "price_per_label": mark("Price of one label"),
    "price_per_device_hour": mark("Price of one device hour"),
    "volume": mark("Predictions between two arrivals"),
    "peak_flops": mark("Peak of the device, operations a second"),
    "utilisation": mark("Share of the peak reached"),
}
"""The editable prices, in the order of the page, and what it calls them."""


def words(measure: Measure) -> dict[str, str]:
    """Return WORDS as they suit the errors of a run."""
    error = measure.worded(WORDS["price_per_error"], mark("Price of one unit of prediction error"))
    return WORDS | {"price_per_error": error}


def examples(measure: Measure) -> Prices:
    """Return example prices; where numbers are predicted, being off by the scale costs 2,000 to 20,000.

    >>> [examples(Measure("regression", scale)).price_per_error for scale in (140.0, 50_000.0)]
    [100.0, 0.1]
    """
    if measure.is_share:
        return Prices()
    return Prices(price_per_error=float(f"1e{math.floor(math.log10(20_000 / measure.scale))}"))
