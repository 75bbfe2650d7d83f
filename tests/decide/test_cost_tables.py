"""Costs over a number, read off lines, are those of pricing anew at each of its values."""

import numpy as np
import pytest

from alma_core.decide import cost_tables
from tests.decide.test_lines import CASES, asked, at


@pytest.mark.parametrize("case", CASES, ids=str)
def test_costs_over_a_number_are_what_pricing_anew_gives(case: tuple[int, str, str, bool]):
    answer = asked(*case)
    for name in cost_tables.drawable(answer):
        rows = cost_tables.over_number(answer, name)
        for x in np.unique(rows["x"])[[0, 1, 29, 60]].tolist():
            anew, here = at(answer, name, x), rows[rows["x"] == x]
            assert here["cost"].to_numpy() == pytest.approx(anew[here["number"]], rel=1e-5, abs=1e-6), (name, x)
            shown = anew[here["number"]].min()
            assert shown == pytest.approx(np.where(answer.allowed, anew, np.inf).min(), rel=1e-5, abs=1e-6), (name, x)
