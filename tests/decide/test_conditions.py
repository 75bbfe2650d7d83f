"""Which columns shifted within the horizon."""

import pandas as pd
import pytest

from alma_core import ledger
from alma_core.decide.conditions import Shifted, shifted


def shift(*rows: tuple[int, str, str, float, float]) -> pd.DataFrame:
    """Return a table of (t, column, test, statistic, adjusted p)."""
    table = pd.DataFrame(rows, columns=["t", "column", "test", "statistic", "p_adjusted"]).assign(p=0.5)
    return ledger.shaped(table, ledger.SHIFT)


def both(
    t: int, column: str, psi: float, p: float = 0.001, test: str = "ks"
) -> list[tuple[int, str, str, float, float]]:
    return [(t, column, "psi", psi, float("nan")), (t, column, test, 0.5, p)]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (both(3, "x", 0.25), [Shifted("x", 0.25, 3)]),
        (both(3, "x", 0.24), []),  # too weak
        (both(3, "x", 0.9, p=0.01), []),  # may be an accident
        (both(3, "x", 0.9, test="chi2"), [Shifted("x", 0.9, 3)]),
        (both(3, "", 0.9, test="auc"), []),  # all columns together
        (both(9, "x", 0.9), []),  # beyond the horizon
        (both(8, "x", 0.9), [Shifted("x", 0.9, 8)]),
        ([*both(3, "x", 0.9), *both(5, "x", 0.3), *both(6, "x", 0.1)], [Shifted("x", 0.9, 5)]),
        ([*both(3, "x", 0.9), *both(4, "a", 0.9), *both(2, "b", 1.0)],
         [Shifted("b", 1.0, 2), Shifted("a", 0.9, 4), Shifted("x", 0.9, 3)]),
        ([(3, "x", "psi", 0.9, float("nan")), (4, "x", "ks", 0.5, 0.001)], []),  # of two different mega-batches
    ],
)  # fmt: skip
def test_what_counts_as_a_shift(rows: list[tuple[int, str, str, float, float]], found: list[Shifted]):
    assert shifted(shift(*rows), 8) == found


def test_no_table_no_shift():
    assert shifted(shift(), 8) == []
