"""What a policy must keep to before its cost counts: limits that exclude it from the ranking (DESIGN, section 7)."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import costs as amounts
from alma_core.decide.costs import Costs
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel
from alma_core.decide.prices import Prices
from alma_core.errors import QuestionError
from alma_core.language import _, mark


@dataclass(frozen=True)
class Limits:
    """What no adopted policy may exceed; None: no limit.

    Args:
        worst_error: mean over seeds of the worst row: a share 0..1, or in the target's unit.
        updates_per_year: of a fiscal year, on average over seeds, in the fullest one.
        update_hours: device hours of the largest update.
        prediction_seconds: device seconds of one prediction, of the slowest model in service.
        one_off: spent once on hardware, as it is paid: not discounted.
    """

    worst_error: float | None = None
    updates_per_year: float | None = None
    update_hours: float | None = None
    prediction_seconds: float | None = None
    one_off: float | None = None

    def __post_init__(self) -> None:
        for name, value in self.given.items():
            if not (math.isfinite(value) and value >= 0):
                raise QuestionError(
                    _("{given} was given as the limit of {what}, zero or a positive number was expected.").format(
                        given=value, what=_(WORDS[name])
                    )
                )

    @property
    def given(self) -> dict[str, float]:
        """Those that there are, by name."""
        stated = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: value for name, value in stated.items() if value is not None}


WORDS: Final = {
    "worst_error": mark("the worst moment"),
    "updates_per_year": mark("updates in a fiscal year"),
    "update_hours": mark("hours of the largest update"),
    "prediction_seconds": mark("time of one prediction"),
    "one_off": mark("hardware to buy"),
}


def words(measure: Measure) -> dict[str, str]:
    """Return WORDS as they suit the errors of a run."""
    worst = measure.worded(WORDS["worst_error"], mark("the worst prediction error"))
    return WORDS | {"worst_error": worst}


class Excess(NamedTuple):
    """A limit that a policy exceeds: its name, what the policy has, what is allowed."""

    limit: str
    has: float
    allowed: float

    @property
    def ratio(self) -> float:
        """By how many times it is exceeded; a limit of 0 counts as infinitely far."""
        return self.has / self.allowed if self.allowed else math.inf


def exceeded(panel: Panel, costs: Costs, prices: Prices, limits: Limits) -> list[list[Excess]]:
    """Return for each policy the limits that it exceeds, as given in `limits`; none where it keeps to all."""
    given = limits.given
    has = {name: _values(name, panel, costs, prices) for name in given}  # [P] each
    return [
        [
            Excess(name, float(has[name][number]), allowed)
            for name, allowed in given.items()
            if has[name][number] > allowed
        ]
        for number in range(len(panel.policies))
    ]


def closest(excesses: list[list[Excess]]) -> int:
    """Return the policy whose largest excess is smallest; of equals the first.

    >>> closest([[Excess("one_off", 4.0, 1.0)], [Excess("one_off", 3.0, 2.0), Excess("update_hours", 2.0, 1.0)]])
    1
    """
    worst = [max((excess.ratio for excess in of_policy), default=0.0) for of_policy in excesses]
    return int(np.argmin(worst))


def _values(name: str, panel: Panel, costs: Costs, prices: Prices) -> NDArray[np.float64]:
    """Return [P] what each policy has of what a limit is about, averaged over seeds."""
    if name == "worst_error":
        return np.asarray(panel["error"].max(-1).mean(1))
    if name == "updates_per_year":
        return np.asarray(amounts.updates_of_year(panel, prices).max(-1).mean(1))
    if name == "update_hours":
        return np.asarray(amounts.hours_of_updates(panel, prices).max(-1).mean(1))
    if name == "prediction_seconds":
        return np.asarray(amounts.seconds_per_prediction(panel, prices).max(-1).mean(1))
    paid = sum(costs.quantities[cause] for cause in amounts.ONCE) * (costs.worth > 0)  # as paid, whenever that is
    return np.asarray(paid.sum(-1).mean(1))
