"""Costs as formulas: what each price is multiplied by, so that a workbook reckons them anew when a price changes.

At fixed levels a cost is a sum of products: quantities that no price moves, times prices. What they are is asked of
`decide.costs` itself, at prices of one.
"""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import costs as priced
from alma_core.decide import limits as keeping
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES, Costs
from alma_core.decide.limits import Limits
from alma_core.decide.panel import Panel, times_volume
from alma_core.decide.prices import EVERY, MATRIX, PER_ERROR, TWO_CLASSES, Prices
from alma_core.policies import wording

Array = NDArray[np.float64]
SPEED: Final = "/(peak_flops*utilisation*3600)"
"""Operations to hours."""
ERRORS: Final = {"errors": "price_per_error", "shortage": "shortage_price", "excess": "excess_price"}
PAIR: Final = {"misses": "miss_price", "false_alarms": "false_alarm_price"}
MOST_CELLS: Final = 60_000
"""Cells that repeats may take; beyond them intervals stay what they were."""


@dataclass(frozen=True, eq=False)
class Live:
    """An answer's costs as formulas, at the levels chosen at its own prices.

    Formulas are text with a gap for each quantity, such as "{people}*days_per_update*day_rate"; all other words are
    names of prices. They come as one for each policy.
    """

    answer: Answer

    @property
    def prices(self) -> Prices:
        """The prices of the answer."""
        return self.answer.question.prices

    @property
    def is_speed_live(self) -> bool:
        """Whether hours follow the speed of the device: on a server of one's own it also moves which are paid."""
        return not self.prices.nightly_hours

    @property
    def is_volume_live(self) -> bool:
        """Whether the volume is a number that was stated, and not that of the data."""
        return bool(self.prices.volume)

    @cached_property
    def in_seconds(self) -> NDArray[np.bool_]:
        """[P] policies whose quantities of computing are hours, not operations."""
        return self.answer.panel.in_seconds | (not self.is_speed_live)

    @cached_property
    def has_years(self) -> bool:
        """Whether the arrivals have a length, so that a year of upkeep can be told."""
        return self.answer.panel.calendar.days is not None

    @cached_property
    def capacities(self) -> list[str]:
        """The model sizes among the policies, the smallest first."""
        found = set(self.answer.panel.policies["capacity"])
        return [name for name in wording.CAPACITY_WORDS if name in found]

    @cached_property
    def upkeeps(self) -> list[str]:
        """The methods whose upkeep has a price of its own, EVERY last; none where a year cannot be told."""
        methods = set(self.answer.panel.policies["method"])
        named = [method for method, _amount in self.prices.upkeep if method in methods]
        return [*named, EVERY] if self.has_years else []

    @cached_property
    def _at_one(self) -> tuple[Panel, Prices]:
        """The rows and prices at which each quantity stands for itself."""
        panel, prices = self.answer.panel, self.prices
        if prices.volume:
            panel = times_volume(panel, 1 / prices.volume)
        ones = {
            "use": 1.0,
            "days_per_update": 1.0,
            "ranges": (),
            "upkeep": ((EVERY, 1.0),) if self.has_years else (),
            "hardware": tuple((capacity, 1.0) for capacity in wording.CAPACITY_WORDS),
        }
        if self.is_speed_live:
            ones |= {"peak_flops": 1.0, "utilisation": 1.0}
        return panel, dataclasses.replace(prices, **ones)  # type: ignore[arg-type]

    def _costs(self, **changes: float) -> Costs:
        panel, prices = self._at_one
        return priced.costs(panel, dataclasses.replace(prices, **changes), self.answer.costs.levels)  # type: ignore[arg-type]

    @cached_property
    def quantities(self) -> dict[str, Array]:
        """[P, S] by name what prices are multiplied by, over the horizon, each row by its worth."""
        found = self._costs()
        summed = {name: (values * found.worth).sum(-1) for name, values in found.quantities.items()}
        if self.prices.positives is not None:
            for name, share in (("misses", 1.0), ("false_alarms", 0.0)):
                whole = self._costs(positives=share)
                summed[name] = (whole.quantities[name] * whole.worth).sum(-1)
        summed |= {"device": self._device_hours()}
        computing = {name: summed.pop(name) for name in ("training", "predicting", "device")}
        cells = self._cells() if self.prices.kind == MATRIX else {}
        if cells:
            del summed["errors"]
        return {name: values for name, values in summed.items() if values.any()} | self._told_apart(computing) | cells

    def _device_hours(self) -> Array:
        panel, prices = self._at_one
        return np.asarray(priced.hours_of_updates(panel, prices)[..., panel.sunk :].sum(-1))

    def _told_apart(self, computing: dict[str, Array]) -> dict[str, Array]:
        """Return operations and hours as two quantities each, as far as there are policies with either."""
        hours = self.in_seconds[:, None]
        found = {}
        for name, values in computing.items():
            if not hours.all():
                found[f"{name}_operations"] = np.where(hours, 0.0, values * 3600)
            if hours.any():
                found[f"{name}_hours"] = np.where(hours, values, 0.0)
        return {name: values for name, values in found.items() if values.any() or name.startswith("device")}

    def _cells(self) -> dict[str, Array]:
        """Return [P, S] predictions by true and predicted class, row by row of the matrix of prices."""
        panel, cells = self._at_one[0], self.answer.panel.models["cells"]  # [C, C, P, S, T, J]
        part = panel["volume"][..., None] * self.answer.costs.worth[:, None] * panel.served_shares.T  # [P, S, T, J]
        names = [f"cell_{true}_{predicted}" for true in range(len(cells)) for predicted in range(len(cells))]
        flat = cells.reshape(len(names), *part.shape)
        return {name: (one * part).sum((-1, -2)) for name, one in zip(names, flat, strict=True)}

    @cached_property
    def formulas(self) -> dict[str, list[str]]:
        """[P] for each cause that there is what it costs."""
        count, known = len(self.answer.panel.policies), self.quantities
        acted = "volume*use" if self.is_volume_live else "use"
        of_errors = {name: f"{{{name}}}*{acted}*{price}" for name, price in (ERRORS | PAIR).items()}
        if self.prices.positives is not None:
            of_errors["misses"] += "*positives"
            of_errors["false_alarms"] += "*(1-positives)"
        same = {
            **{name: formula for name, formula in of_errors.items() if name in known},
            "people": "{people}*days_per_update*day_rate",
            "people_beyond": "{people_beyond}*days_per_update*day_rate_beyond",
            "labels": "{labels}*price_per_label",
        }
        found = {name: [formula] * count for name, formula in same.items() if name in known}
        if self.prices.kind == MATRIX:
            last = len(self.prices.price_matrix or ()) - 1
            found["errors"] = [f"SUMPRODUCT({{cell_0_0}}:{{cell_{last}_{last}}},price_cells)*{acted}"] * count
        if "upkeep" in known:
            found["upkeep"] = [f"{{upkeep}}*{name}" for name in self._upkeep_names()]
        if "hardware" in known:
            found["hardware"] = [f"{{hardware}}*{name}" if name else "0" for name in self._hardware_names()]
        for cause in ("training", "predicting"):
            volume = "volume*" if cause == "predicting" and self.is_volume_live else ""
            formulas = [f"{volume}{hours}*price_per_device_hour" if hours else "0" for hours in self._hours(cause)]
            if set(formulas) != {"0"}:
                found[cause] = formulas
        if not found:  # nothing costs anything, at any price
            found["people"] = ["0"] * count
        return {name: found[name] for name in CAUSES if name in found}

    @property
    def device_hours(self) -> list[str]:
        """[P] the hours of all updates whose cost counts."""
        return self._hours("device")

    def _hours(self, name: str) -> list[str]:
        """Return [P] the hours that a kind of computing takes; empty where it takes none."""
        operations, hours = (f"{name}_{unit}" in self.quantities for unit in ("operations", "hours"))
        return [
            (f"{{{name}_hours}}" if hours else "")
            if in_seconds
            else (f"{{{name}_operations}}{SPEED}" if operations else "")
            for in_seconds in self.in_seconds.tolist()
        ]

    def _upkeep_names(self) -> list[str]:
        methods = self.answer.panel.policies["method"]
        return [f"upkeep_{method if method in self.upkeeps else EVERY}" for method in methods]

    def _hardware_names(self) -> list[str]:
        sizes = self.answer.panel.policies["capacity"]
        return [f"hardware_{size}" if size in self.capacities else "" for size in sizes]

    @cached_property
    def amounts(self) -> dict[str, Array]:
        """[P, S] what each cause costs at the answer's own prices."""
        return {name: self.answer.costs.of(name).sum(-1) for name in self.formulas}

    @property
    def has_live_intervals(self) -> bool:
        """Whether intervals of savings follow the prices: over repeats alone, as many as a sheet can bear."""
        answer, (count, seeds) = self.answer, self.answer.costs.total.shape
        is_of_repeats = seeds > 1 and not answer.by_arrivals and answer.foreseen is None
        return is_of_repeats and count * seeds * len(self.quantities) <= MOST_CELLS

    @cached_property
    def limits(self) -> dict[str, tuple[Array, Array, list[str]]]:
        """By limit [P] what a policy has at prices of one, what it has at the answer's, and the formula of that."""
        panel, prices = self.answer.panel, self.prices
        given = list(self.answer.question.limits.given)
        own = _had(self.answer.panel, self.answer.costs, prices, given)
        one = _had(panel, self._costs(), self._at_one[1], given)
        found = {}
        for name in given:
            base, gap = one[name], f"{{most_{name}}}"
            formulas = [gap] * len(base)
            if name == "one_off":
                formulas = [f"{gap}*{size}" if size else "0" for size in self._hardware_names()]
            if name in ("update_hours", "prediction_seconds"):
                per = SPEED if name == "update_hours" else SPEED.replace("*3600", "")
                base = np.where(self.in_seconds, base, base * (3600 if name == "update_hours" else 1))
                formulas = [gap if in_seconds else gap + per for in_seconds in self.in_seconds.tolist()]
            found[name] = (base, own[name], formulas)
        return found

    @property
    def has_levels(self) -> bool:
        """Whether models are used at levels that were chosen by price."""
        return self.prices.kind not in (PER_ERROR, MATRIX)

    def matrix(self) -> Array | None:
        """Return [C, C] the prices by true and predicted class, where there are such."""
        return None if self.prices.price_matrix is None else np.array(self.prices.price_matrix, np.float64)

    def of_errors(self) -> list[str]:
        """Return the prices of errors that are single numbers, by their names."""
        if self.prices.kind == MATRIX:
            return []
        if self.prices.kind == PER_ERROR:
            return ["price_per_error"]
        names = ["miss_price", "false_alarm_price"]
        if self.prices.kind != TWO_CLASSES:
            return ["shortage_price", "excess_price"]
        return names if self.prices.positives is None else [*names, "positives"]


def _had(panel: Panel, costs: Costs, prices: Prices, names: list[str]) -> dict[str, Array]:
    """Return [P] what each policy has of what each of these limits is about."""
    found = {name: np.zeros(len(panel.policies)) for name in names}
    for number, excesses in enumerate(keeping.exceeded(panel, costs, prices, Limits(**dict.fromkeys(names, 0.0)))):
        for excess in excesses:  # of a limit of nothing: all that there is
            found[excess.limit][number] = excess.has
    return found
