"""What an error of a run is: a share of wrong predictions, or how far predictions are off in the target's unit."""

import math
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from alma_core import language, shipped
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.library import Run
from alma_core.specs import StreamSpec

MOST_DECIMALS: Final = 12
MOST_ERROR: Final = 1e15
"""In the target's unit; more cannot be written to the last figure."""


@dataclass(frozen=True)
class Measure:
    """How errors are measured and written; they are shares 0..1, or numbers >= 0 in the target's unit.

    Args:
        task: "classification" or "regression".
        scale: what an error of 1 in the ledger is where it is shown: `error_scale`, or 1 for a share.
        unit: what the target counts, in the user's own word; "" where unknown.
        judged: "test", on a fixed test set, or "next", on the mega-batch that arrives next.
        in_order: the data stands in the order of time, so that seeds vary the training only.
        dates_labels: every label has a date of its own, and trains nothing before it.
    """

    task: str = "classification"
    scale: float = 1.0
    unit: str = ""
    judged: str = "test"
    in_order: bool = False
    dates_labels: bool = False

    @property
    def is_share(self) -> bool:
        """Whether an error is a share of wrong predictions."""
        return self.task == "classification"

    @property
    def most(self) -> float:
        """The largest error there can be."""
        return 1.0 if self.is_share else MOST_ERROR

    @property
    def decimals(self) -> int:
        """Decimals that tell errors apart to about a 500th of the scale."""
        return min(max(round(2.7 - math.log10(self.scale)), 0), MOST_DECIMALS)

    def figure(self, error: float) -> str:
        """Write an error without its unit, for use under a heading that names it.

        >>> Measure("regression", 140.0, "rentals").figure(52.34)
        '52.3'
        """
        if self.is_share:
            return language.percent(error)
        return "–" if math.isnan(error) else language.number(error, self.decimals)

    def text(self, error: float) -> str:
        """Write an error with its unit: 2.6 %, 52.3 rentals."""
        return self.figure(error) if self.is_share or math.isnan(error) else self._in_unit(self.figure(error))

    def change(self, difference: float, digits: int = 1) -> str:
        """Write a signed difference of two errors, a share's in points with so many digits: +2.1 pt, +3.2 rentals."""
        if self.is_share:
            return language.points(difference, digits)
        return "–" if math.isnan(difference) else self._in_unit(self.signed(difference, digits))

    def signed(self, difference: float, digits: int = 1) -> str:
        """Write a signed difference without its unit, for use beside one that has it.

        >>> Measure().signed(-0.0341, 2), Measure("regression", 140.0, "rentals").signed(3.21)
        ('−3.41', '+3.2')
        """
        value, decimals = (100 * difference, digits) if self.is_share else (difference, self.decimals + digits - 1)
        return ("−" if round(value, decimals) < 0 else "+") + language.number(abs(value), decimals)

    def size(self, difference: float) -> str:
        """Write a difference of two errors without its sign."""
        return self.change(abs(difference)).removeprefix("+")

    def heading(self, name: str) -> str:
        """Return what to write above figures without a unit: the name, and the unit where there is one."""
        return _("{name} ({unit})").format(name=name, unit=self.spoken_unit) if self.unit else name

    def worded(self, share: str, number: str) -> str:
        """Return the wording that suits: of a share of wrong predictions, or of how far predictions are off."""
        return share if self.is_share else number

    @property
    def spoken_unit(self) -> str:
        """The unit in the reader's language where it is one of `shipped.UNITS`, else in the user's own word."""
        return _(self.unit) if self.unit in shipped.UNITS else self.unit

    def _in_unit(self, figure: str) -> str:
        unit = self.spoken_unit
        joins = not unit or unicodedata.east_asian_width(unit[0]) in "WF"
        return figure + ("" if joins else language.NO_BREAK) + unit


def of(ledger: pd.DataFrame, stream: StreamSpec | None = None, unit: str = "") -> Measure:
    """Return how the errors of a ledger are measured.

    Args:
        ledger: of a run, or part of it.
        stream: what it was made on; None: judged on a fixed test set, in no order.
        unit: what the target counts.

    Raises:
        QuestionError: it has no rows, or a scale that none can be.
    """
    if not len(ledger):
        raise QuestionError(
            _("The run's ledger lacks rows for some policies or seeds, all were expected; make the run again.")
        )
    judged, in_order = ("test", False) if stream is None else (stream.judged, stream.in_order)
    if ledger["task"].iloc[0] != "regression":
        return Measure(judged=judged, in_order=in_order)
    scale = float(ledger["error_scale"].iloc[0])
    if not 0 < scale <= MOST_ERROR:
        raise QuestionError(
            _(
                "The run's ledger gives {given} as the error scale, a number above 0, up to {most:g}, was expected; "
                "make the run again."
            ).format(given=scale, most=MOST_ERROR)
        )
    return Measure("regression", scale, unit, judged, in_order)


def of_run(run: Run) -> Measure:
    """Return how the errors of a run are measured."""
    data = run.manifest["data"]
    measured = of(run.ledger, run.spec.stream, str(data.get("unit") or ""))
    return replace(measured, dates_labels=bool(data.get("dates_labels")))
