"""What each policy costs, by cause and by arrival (DESIGN, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import operating
from alma_core.decide.late import when_released
from alma_core.decide.panel import Panel
from alma_core.decide.prices import EVERY, MATRIX, PER_ERROR, TWO_CLASSES, Prices
from alma_core.language import mark

Array = NDArray[np.float64]

CAUSES: Final = {
    "errors": mark("errors"),
    "misses": mark("misses"),
    "false_alarms": mark("false alarms"),
    "shortage": mark("units too few"),
    "excess": mark("units too many"),
    "people": mark("people"),
    "people_beyond": mark("people, beyond the updates included"),
    "upkeep": mark("upkeep"),
    "training": mark("computing: training"),
    "predicting": mark("computing: predictions"),
    "labels": mark("labels"),
    "hardware": mark("hardware"),
}
"""What money goes to, in the order of every table."""
OF_ERRORS: Final = ("errors", "misses", "false_alarms", "shortage", "excess")
ONCE: Final = ("hardware",)


@dataclass(frozen=True, eq=False)
class Costs:
    """What policies cost: each quantity times its price, which the total cost adds up over the horizon.

    Formula: wrong predictions x price of one + people + computing + labels + hardware.
    Unit: money, such as JPY.
    Range: from 0 up.

    Args:
        quantities: [P, S, T] by cause, of CAUSES, only those that there are: wrong predictions (of a number: units too
            few and too many), person-days, hours, labels; of what has no quantity, its amount.
        unit_prices: what one of each costs.
        worth: [T] by what an amount of each row is multiplied to stand for one of the first row.
        levels: [P, S, T, J] at which models are used, where prices tell two kinds of errors apart.

    >>> float(Costs(
    ...     {"errors": np.array([[[15.0]]]), "people": np.array([[[2.0]]])}, {"errors": 300.0, "people": 40_000.0},
    ...     np.ones(1),
    ... ).total[0, 0])
    84500.0
    """

    quantities: Mapping[str, Array]
    unit_prices: Mapping[str, float]
    worth: Array
    levels: NDArray[np.int64] | None = None

    def of(self, *names: str) -> Array:
        """Return [P, S, T] the amounts of some causes together."""
        found = np.zeros_like(next(iter(self.quantities.values())))
        for name in names:
            if name in self.quantities:
                found += self.quantities[name] * (self.unit_prices[name] * self.worth)
        return found

    @cached_property
    def errors(self) -> Array:
        """[P, S, T] what wrong predictions cost."""
        return self.of(*OF_ERRORS)

    @cached_property
    def spend(self) -> Array:
        """[P, S, T] everything but errors: what is paid to have fewer of them."""
        return self.of(*(name for name in self.quantities if name not in OF_ERRORS))

    @cached_property
    def rows(self) -> Array:
        """[P, S, T] all causes together."""
        return self.errors + self.spend

    @cached_property
    def total(self) -> Array:
        """[P, S] over the horizon."""
        return np.asarray(self.rows.sum(-1))


def costs(panel: Panel, prices: Prices, levels: NDArray[np.int64] | None = None) -> Costs:
    """Price every row of a panel whose models are in service.

    Args:
        panel: the rows.
        prices: what is paid.
        levels: [P, S, T, J] at which models are used; None: the cheapest on validation rows.
    """
    is_split = prices.kind not in (PER_ERROR, MATRIX)
    if is_split and levels is None:
        levels = operating.levels(panel, prices)
    wrong, price_of = _wrong(panel, prices, levels)
    beyond = _beyond(panel, prices)
    quantities = {
        **wrong,
        "people": (panel["updated"] - beyond) * prices.days_per_update,
        "people_beyond": beyond * prices.days_per_update,
        "upkeep": _upkeep(panel, prices),
        "training": when_released(panel, _charged(hours_of_updates(panel, prices), prices)),
        "predicting": hours_of_predictions(panel, prices) * (not prices.nightly_hours),
        "labels": panel["labels_bought"] * panel.learns[:, None, None],
        "hardware": _hardware(panel, prices),
    }
    unit_prices = {
        **price_of,
        "people": prices.day_rate,
        "people_beyond": prices.day_rate_beyond or 0.0,
        "upkeep": 1.0,
        "training": prices.price_per_device_hour,
        "predicting": prices.price_per_device_hour,
        "labels": prices.price_per_label,
        "hardware": 1.0,
    }
    return Costs(quantities, unit_prices, worth_of_rows(panel, prices.discount_rate), levels if is_split else None)


def worth_of_rows(panel: Panel, discount_rate: float) -> Array:
    """Return [T] what an amount of each row is worth at the first row that counts; those before it are sunk."""
    counts = (np.arange(panel.horizon) >= panel.sunk).astype(np.float64)
    if not discount_rate:
        return counts
    years = panel.calendar.years(panel.horizon)
    return np.asarray(counts * (1 + discount_rate) ** -(years - years[panel.sunk]))


def _wrong(panel: Panel, prices: Prices, levels: NDArray[np.int64] | None) -> tuple[dict[str, Array], dict[str, float]]:
    """Return by cause [P, S, T] what is wrong, and what one of it costs."""
    acted = panel["volume"] * prices.use
    if prices.kind == PER_ERROR:
        return {"errors": acted * panel["error"]}, {"errors": prices.price_per_error}
    if prices.kind == MATRIX:
        each = np.tensordot(np.array(prices.price_matrix), panel.models["cells"], 2)  # [P, S, T, J]
        return {"errors": acted * _over_models(each, panel)}, {"errors": 1.0}
    assert levels is not None  # chosen above
    rates = operating.at(panel.models["rates"], levels)  # [2, P, S, T, J]
    shares = operating.shares(panel.models["cases"], prices)
    names = ("misses", "false_alarms") if prices.kind == TWO_CLASSES else ("shortage", "excess")
    # Rates are kept in 32 bits: times a plain number they would stay so, and amounts would be a yen off here and there.
    exact = [np.float64(share) if isinstance(share, float) else share for share in shares]
    wrong = {
        name: acted * _over_models(rate * share, panel) for name, rate, share in zip(names, rates, exact, strict=True)
    }
    return wrong, dict(zip(names, operating.prices_of_both(prices), strict=True))


def _over_models(values: Array, panel: Panel) -> Array:
    """Return [P, S, T] of [P, S, T, J], by the share of the row in which each serves."""
    return np.asarray((values * panel.served_shares.T).sum(-1)) if values.shape[-1] > 1 else values[..., 0]


def flops_of_updates(panel: Panel) -> Array:
    """Return [P, S, T] the FLOPs of each update, validation included: it is part of what an update takes."""
    return panel["train_flops"] + panel["evaluation_flops"]


def hours_of_updates(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the device hours of each update: of its FLOPs, or CPU hours where FLOPs are not counted."""
    by_flops = flops_of_updates(panel) * prices.device_hours(1.0)
    return np.where(panel.in_seconds[:, None, None], panel["seconds"] / 3600, by_flops)


def hours_of_predictions(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the device hours of all predictions between an arrival and the next, counted as updates are."""
    return panel["volume"] * seconds_per_prediction(panel, prices) / 3600


def seconds_per_prediction(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the device seconds of one prediction, counted as updates are."""
    by_flops = panel["inference_flops"] * prices.device_seconds_per_flop
    return np.where(panel.in_seconds[:, None, None], panel["inference_seconds"], by_flops)


def _charged(hours: Array, prices: Prices) -> Array:
    """Return [P, S, T] the hours that are paid: none of an update that fits a night on a server already owned."""
    return np.where(hours <= prices.nightly_hours, 0.0, hours) if prices.nightly_hours else hours


def updates_of_year(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the updates of the fiscal year so far, at each row."""
    years = panel.calendar.fiscal_years(panel.horizon, prices.fiscal_year_from)  # [T]
    so_far = np.zeros_like(panel["updated"])
    for year in dict.fromkeys(years.tolist()):
        so_far[..., years == year] = np.cumsum(panel["updated"][..., years == year], -1)
    return so_far


def _beyond(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the updates of each row that go beyond those included in a fiscal year."""
    if prices.updates_included is None:
        return np.zeros_like(panel["updated"])
    return np.clip(updates_of_year(panel, prices) - prices.updates_included, 0.0, panel["updated"])


def _upkeep(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] the care of a policy's models, from the first row on; a policy that never updates has none."""
    if not prices.upkeep:
        return np.zeros_like(panel["updated"])
    amounts = dict(prices.upkeep)
    a_year = panel.policies["method"].map(lambda method: amounts.get(method, amounts.get(EVERY, 0.0))).to_numpy(float)
    a_row = a_year * panel.learns * float(panel.calendar.years(2)[1])  # [P]
    return np.broadcast_to(a_row[:, None, None], panel["updated"].shape)


def _hardware(panel: Panel, prices: Prices) -> Array:
    """Return [P, S, T] what the size of a policy needs, at its first update."""
    if not prices.hardware:
        return np.zeros_like(panel["updated"])
    amount = panel.policies["capacity"].map(dict(prices.hardware)).fillna(0.0).to_numpy(float)  # [P]
    so_far = np.cumsum(panel["updated"], -1)
    is_first = (so_far > 0) & (so_far == panel["updated"])
    return np.asarray(is_first * amount[:, None, None])
