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
        compute: training and predicting, by FLOPs.
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


def costs(panel: Panel, prices: Prices) -> Costs:
    """Price every row of a panel; a policy that never updates buys no labels."""
    served = panel["volume"]
    rate = prices.device_hours(1.0) * prices.price_per_device_hour
    buys = learns(panel.policies)[:, None, None]
    return Costs(
        errors=served * prices.price_per_error * panel["error"],
        people=panel["updated"] * prices.price_per_update,
        compute=(flops_of_updates(panel) + served * panel["inference_flops"]) * rate,
        labels=panel["labels_bought"] * prices.price_per_label * buys,
    )
