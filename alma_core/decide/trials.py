"""A finished run as claims are tested on it: its figures by policy and seed, and what it was made from."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import kpis, measure
from alma_core.decide.costs import flops_of_updates
from alma_core.decide.matching import Numbers, matched
from alma_core.decide.panel import Panel, learns, panel
from alma_core.decide.select import traces_of
from alma_core.library import Run
from alma_core.specs import fingerprint


@dataclass(frozen=True, eq=False)
class Trial:
    """One run.

    Args:
        name: of the run.
        unit: its arrival unit.
        panel: its rows, whole.
        epochs: passes over the examples of an update, at most.
        setting: names everything else it rests on but its policies; equal where runs differ in `epochs` alone.
    """

    name: str
    unit: str
    panel: Panel
    epochs: int = 1
    setting: str = ""

    @cached_property
    def policies(self) -> pd.DataFrame:
        """The policies that updated at least once with every seed, under their numbers in the panel."""
        updates = self.panel["updated"].sum(2).min(1)  # [P]
        rows: pd.DataFrame = self.panel.policies[learns(self.panel.policies) & (updates > 0)]
        return rows

    @cached_property
    def figures(self) -> dict[str, NDArray[np.float64]]:
        """[P, S] the error figures; `flops` of all updates; `shape_changes`; `members` at the end."""
        rows, span = self.panel, kpis.default_span(self.panel.horizon)
        return kpis.kpis(rows["error"], rows["test_size"], span, span) | {
            "flops": flops_of_updates(rows).sum(2),
            "shape_changes": kpis.shape_changes(rows["members"], rows["params"], rows["model_t"]),
            "members": rows["members"][:, :, -1],
        }

    @cached_property
    def first_alike(self) -> Numbers:
        """[P] for each policy the first of those that come to the same: such as all that update once, at the end."""
        first: dict[bytes, int] = {}
        return np.array([first.setdefault(trace, n) for n, trace in enumerate(traces_of(self.panel))], np.int64)

    def pairs(self, one: pd.DataFrame, other: pd.DataFrame, apart_from: Collection[str]) -> tuple[Numbers, Numbers]:
        """Return every pair of policies that are alike apart from some columns, where that makes a difference.

        Of pairs that come to the same, the first stands for all.
        """
        pairs = np.column_stack(matched(one, other, apart_from))  # [M, 2]
        alike = self.first_alike[pairs]  # [M, 2]
        pairs, alike = (numbers[alike[:, 0] != alike[:, 1]] for numbers in (pairs, alike))
        _told_apart, first = np.unique(alike, axis=0, return_index=True)
        return pairs[first, 0], pairs[first, 1]  # [N] each


def of_run(run: Run) -> Trial:
    """Return a finished run, ready to be asked.

    Raises:
        AlmaError: its files do not read, or its ledger has holes.
    """
    spec = run.spec
    recipe = dataclasses.replace(spec.recipe, epochs=1)
    setting = (spec.stream, recipe, spec.seeds, str(run.manifest["data"]["sha256"]), str(run.manifest["device"]))
    rows = panel(run.ledger, measure.of_run(run))
    return Trial(run.id, run.unit, rows, spec.recipe.epochs, fingerprint(setting))
