"""How rows could be cut where nobody has said so: a guess, for a person to correct."""

from typing import Final

import numpy as np

from alma_core.streams import values
from alma_core.streams.cutting import Cutting, Days, cutting_of
from alma_core.streams.deliveries import Delivery
from alma_core.streams.schema import Schema

SPANS: Final = {"month": 180, "week": 42, "day": 3}
"""Days that rows must span to be cut by each, the coarsest first."""
LOTS: Final = 20
GAPS: Final = {"day": (1, 1), "week": (6, 8), "month": (27, 32), "quarter": (88, 93)}
"""Days between files that arrive by each unit."""


def suggested(delivery: Delivery, schema: Schema) -> Cutting:
    """Return a cut: as dated files arrive, else by calendar where a time spans enough, else by file or into LOTS.

    Args:
        delivery: the files as read.
        schema: the roles.
    """
    time = schema.only("time")
    if time in delivery.cells:
        days = values.typed(delivery.cells[time], "date", delivery.decimal).dropna()
        span = (days.max() - days.min()).days if len(days) else 0
        by = next((by for by, fewest in SPANS.items() if span >= fewest), None)
        told = unit_of_files(delivery)
        by = told if told in GAPS else by
        if by:
            return cutting_of(by)
    if len(delivery.files) > 1:
        return cutting_of("file", unit_of_files(delivery))
    return cutting_of(f"number:{min(LOTS, len(delivery.cells))}")


def unit_of_files(delivery: Delivery) -> str:
    """Return the arrival unit by which the files of a delivery arrive; lot where their names do not tell."""
    return unit_between(np.array([file.dated or "NaT" for file in delivery.files], "datetime64[D]"))


def unit_between(days: Days) -> str:
    """Return the arrival unit by which files arrive, from the days in their names.

    >>> unit_between(np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "M8[D]"))
    'month'
    """
    gaps = np.diff(days).astype(np.float64)
    usual = float(np.median(gaps)) if len(gaps) and not np.isnat(days).any() else 0.0
    return next((unit for unit, (least, most) in GAPS.items() if least <= usual <= most), "lot")
