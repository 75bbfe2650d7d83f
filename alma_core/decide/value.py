"""What a policy is worth a year and at first, when it has paid back, when it hurts most, how an amount comes about."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.advise import Answer
from alma_core.decide.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR
from alma_core.decide.compare import Estimate
from alma_core.decide.costs import OF_ERRORS
from alma_core.decide.operating import weights
from alma_core.decide.prices import TWO_CLASSES


class Worst(NamedTuple):
    """The row of the horizon that costs most: its number from 1, and its amount."""

    row: int
    amount: float


class Part(NamedTuple):
    """One line of how an amount comes about: what there is of it, the price of one, and the amount they come to.

    Args:
        cause: of costs.CAUSES, or "discount".
        amount: undiscounted; of "discount" what it takes off.
        quantity: number of errors, units, person-days, hours or labels; None: it is an amount from the start.
        unit_price: of one; None likewise.
        predictions: predictions acted on behind it, of what follows from them; else None.
    """

    cause: str
    amount: float
    quantity: float | None = None
    unit_price: float | None = None
    predictions: float | None = None

    @property
    def rate(self) -> float | None:
        """What is wrong in each prediction acted on: a share, or units of the target."""
        if self.predictions is None or self.quantity is None:
            return None
        return self.quantity / self.predictions if self.predictions else 0.0


class WeakPoint(NamedTuple):
    """Where the recommended policy is worse than today's.

    Args:
        rows: how many rows.
        more: by how much its error is larger there, on average: a share, or in the target's unit.
        first: the first of them, from 1.
    """

    rows: int
    more: float
    first: int


class ConstantRules(NamedTuple):
    """What two classes cost without a model: nothing flagged, everything flagged; means over seeds."""

    never: float
    always: float


def constant_rules(answer: Answer) -> ConstantRules | None:
    """Return what flagging nothing and flagging everything would cost; None unless prices are of two classes."""
    prices, panel = answer.question.prices, answer.panel
    if prices.kind != TWO_CLASSES:
        return None
    of_a, of_b = weights(panel.models["cases"][:, answer.recommended, ..., 0], prices)  # [S, T] each, or one price
    acted = panel["volume"][answer.recommended] * prices.use * answer.costs.worth  # [S, T]
    never, always = (float((acted * np.asarray(price)).sum(-1).mean()) for price in (of_a, of_b))
    return ConstantRules(never, always)


def years(answer: Answer) -> float | None:
    """Return the length in years of the rows that count; None where nobody has said how long a lot is."""
    days = answer.panel.calendar.days
    return None if days is None else answer.panel.counted * days / DAYS_PER_YEAR


def per_year(answer: Answer, saving: Estimate) -> Estimate | None:
    """Return a saving over the horizon as one a year; None where the horizon has no length in time."""
    length = years(answer)
    return (
        None if length is None else Estimate(saving.mean / length, saving.low / length, saving.high / length, saving.n)
    )


def first_year_outlay(answer: Answer, policy: int) -> float | None:
    """Return what is spent in the first year, errors apart; of a shorter horizon all of it. None without length."""
    if answer.panel.calendar.days is None:
        return None
    times = answer.panel.calendar.years(answer.panel.horizon)
    first = times - times[answer.panel.sunk] < 1
    return float(answer.costs.spend[policy][:, first].sum(-1).mean())


def pay_back_rows(answer: Answer, policy: int) -> int | None:
    """Return after how many rows a policy has cost no more than today's, for good; 0: it never costs more.

    None: it does not come to that within the horizon. Of the mean over seeds.
    """
    rows = answer.costs.rows.mean(1)  # [P, T]
    saved = np.cumsum(rows[answer.baseline] - rows[policy])  # [T] so far
    behind = np.flatnonzero(saved < 0)
    return 0 if not len(behind) else None if saved[-1] < 0 else int(behind[-1]) + 2


def months(answer: Answer, rows: int) -> float | None:
    """Return how many months so many rows are; None where nobody has said how long a lot is."""
    days = answer.panel.calendar.days
    return None if days is None else rows * days / DAYS_PER_MONTH


def weak_point(answer: Answer) -> WeakPoint | None:
    """Return where the recommended policy errs more than today's, of the mean over seeds; None: nowhere.

    Of the rows that count.
    """
    error = answer.panel["error"].mean(1)  # [P, T]
    worse = error[answer.recommended] - error[answer.baseline]  # [T]
    when = np.flatnonzero((worse > 0) & (np.arange(len(worse)) >= answer.panel.sunk))
    return WeakPoint(len(when), float(worse[when].mean()), int(when[0]) + 1) if len(when) else None


def worst_moment(answer: Answer, policy: int) -> Worst:
    """Return the row that costs most, of the mean over seeds."""
    rows = answer.costs.rows[policy].mean(0)  # [T]
    return Worst(int(rows.argmax()) + 1, float(rows.max()))


def parts(answer: Answer, policy: int) -> list[Part]:
    """Return how the cost of a policy comes about, the mean over seeds; the amounts add up to it.

    Causes that come to nothing are left out.
    """
    found, priced, sunk = [], answer.costs, answer.panel.sunk
    acted = float((answer.panel["volume"][policy, :, sunk:] * answer.question.prices.use).sum(-1).mean())
    for cause, quantities in priced.quantities.items():
        quantity, unit_price = float(quantities[policy][:, sunk:].sum(-1).mean()), priced.unit_prices[cause]
        if not quantity * unit_price:
            continue
        is_amount = cause in ("upkeep", "hardware") or (cause == "errors" and answer.question.prices.price_matrix)
        if is_amount:
            found.append(Part(cause, quantity * unit_price))
        else:
            predictions = acted if cause in OF_ERRORS else None
            found.append(Part(cause, quantity * unit_price, quantity, unit_price, predictions))
    total = float(priced.total[policy].mean())
    discount = total - sum(part.amount for part in found)
    return found if not answer.question.prices.discount_rate else [*found, Part("discount", discount)]


def whole(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return amounts as whole numbers that add up to the whole number nearest to their sum.

    >>> whole(np.array([0.4, 0.4, 0.4])).tolist()
    [1, 0, 0]
    """
    low = np.floor(amounts)
    missing = int(round(amounts.sum()) - low.sum())
    most_cut = np.argsort(-(amounts - low), kind="stable")[:missing]
    low[most_cut] += 1
    return low.astype(np.int64)
