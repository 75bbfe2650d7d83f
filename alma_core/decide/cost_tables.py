"""Tidy rows of money that the Cost page, its charts and its files share."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import budget, flips
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES, costs

POINTS: Final = 61
HORIZONS: Final = 12
"""At most so many horizons are drawn."""
TIMES: Final = (0.1, 0.14, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.4, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
"""By what the prices of errors are multiplied where the best policy is looked up."""


def causes(answer: Answer, policies: Sequence[int]) -> pd.DataFrame:
    """Return one row a policy and cause that costs anything: `number`, `cause`, `amount`, the mean over seeds."""
    rows = [
        {"number": number, "cause": name, "amount": amount}
        for name in CAUSES
        if name in answer.costs.quantities
        for number in policies
        if (amount := float(answer.costs.of(name)[number].sum(-1).mean())) >= 0.5  # less is written as 0
    ]
    return pd.DataFrame(rows, columns=["number", "cause", "amount"])


def drawable(answer: Answer) -> list[str]:
    """Return the numbers over which costs can be drawn: those that are not 0, as prices or shares."""
    return [name for name in flips.names(answer) if name != flips.DISCOUNT and flips.value(answer, name)]


def over_number(answer: Answer, name: str) -> pd.DataFrame:
    """Return costs over one number, for the recommended policy, those that are cheapest somewhere, and today's last.

    From 0 to beyond the nearest flip: `number`, `x`, `cost`, and `turns` where the cheapest changes.
    """
    given, lines = flips.value(answer, name), flips.line(answer, name)
    end = 2.2 * given
    if lines is not None:
        near = flips.nearest(answer, name, lines, given).above
        if near is not None and near < 10 * given:
            end = max(end, 1.2 * near)
    end = min(end, flips.AT_MOST.get(name, np.inf))
    x = np.linspace(end / (POINTS - 1) if name == flips.SPEED else 0.0, end, POINTS)
    at = np.array(
        [
            # at an end, where errors of a kind may cost nothing, levels are equally good: there it is priced anew
            _costs(answer, name, float(value)) if lines is None or n in (0, POINTS - 1) else lines.at(float(value))
            for n, value in enumerate(x)
        ]
    )
    winners = np.where(answer.allowed, at, np.inf).argmin(1)  # [X] of [X, P]
    others = [number for number in winners.tolist() if number not in (answer.recommended, answer.baseline)]
    shown = list(dict.fromkeys([answer.recommended, *others, answer.baseline]))
    turns = np.append(False, winners[1:] != winners[:-1])
    rows = [
        pd.DataFrame({"number": number, "x": x, "cost": at[:, number], "turns": turns & (winners == number)})
        for number in shown
    ]
    return pd.concat(rows, ignore_index=True)


def _costs(answer: Answer, name: str, x: float) -> NDArray[np.float64]:
    panel, prices = flips.moved(answer, name, x)
    return np.asarray(costs(panel, prices).total.mean(1))


def best_where(answer: Answer) -> pd.DataFrame:
    """Return the cheapest policy by horizon and by how dear errors are; see `budget.best_where`."""
    rows = answer.panel.horizon
    horizons = np.unique(np.linspace(1, rows, min(rows, HORIZONS)).round().astype(int)).tolist()
    return budget.best_where(answer, TIMES, horizons)


def frontier(answer: Answer) -> pd.DataFrame:
    """Return the policies that no other beats in spend and errors: `number`, `spend`, `errors`."""
    return pd.DataFrame(budget.frontier(answer)).rename(columns={"policy": "number"})


def tornado(answer: Answer, most: int | None = 8) -> pd.DataFrame:
    """Return the saving with each number halved and doubled, the widest first: `name`, `halved`, `doubled`."""
    found = [one for one in flips.tornado(answer) if abs(one[1] - one[2]) >= 1][:most]
    return pd.DataFrame(found, columns=["name", "halved", "doubled"])
