"""What each policy costs, by cause and by arrival (DESIGN, section 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.panel import Panel, learns
from alma_core.decide.prices import Prices


@dataclass(frozen=True, eq=False)
class Costs:
    """Amounts by policy, seed and arrival, [P, S, T] each.

    Args:
        errors: volume x price_per_error x error, a share of wrong predictions or how far they are off.
        people: price_per_update at each update.
        compute: training and predicting, by FLOPs; of what has none, by CPU seconds.
        labels: labels bought x price_per_label.
    """

    errors: NDArray[np.float64]
    people: NDArray[np.float64]
    compute: NDArray[np.float64]
    labels: NDArray[np.float64]

    @property
    def rows(self) -> NDArray[np.float64]:
        """[P, S, T] all causes together."""
        return self.errors + self.people + self.compute + self.labels

    @property
    def total(self) -> NDArray[np.float64]:
        """[P, S] over the horizon."""
        return np.asarray(self.rows.sum(-1))


def flops_of_updates(panel: Panel) -> NDArray[np.float64]:
    """Return [P, S, T] the FLOPs of each update, validation included: it is part of what an update takes."""
    return panel["train_flops"] + panel["evaluation_flops"]


def hours_of_updates(panel: Panel, prices: Prices) -> NDArray[np.float64]:
    """Return [P, S, T] the device hours of each update: of its FLOPs, or CPU hours where FLOPs are not counted."""
    by_flops = flops_of_updates(panel) * prices.device_hours(1.0)
    return np.where(_in_seconds(panel), panel["seconds"] / 3600, by_flops)


def hours_of_predictions(panel: Panel, prices: Prices) -> NDArray[np.float64]:
    """Return [P, S, T] the device hours of all predictions between an arrival and the next, counted as updates are."""
    by_flops = panel["inference_flops"] * prices.device_hours(1.0)
    return panel["volume"] * np.where(_in_seconds(panel), panel["inference_seconds"] / 3600, by_flops)


def _in_seconds(panel: Panel) -> NDArray[np.bool_]:
    return np.asarray(panel.policies["compute_basis"] == "seconds")[:, None, None]  # [P, 1, 1]


def costs(panel: Panel, prices: Prices) -> Costs:
    """Price every row of a panel; a policy that never updates buys no labels."""
    hours = hours_of_updates(panel, prices) + hours_of_predictions(panel, prices)
    buys = learns(panel.policies)[:, None, None]
    return Costs(
        errors=panel["volume"] * prices.price_per_error * panel["error"],
        people=panel["updated"] * prices.price_per_update,
        compute=hours * prices.price_per_device_hour,
        labels=panel["labels_bought"] * prices.price_per_label * buys,
    )
