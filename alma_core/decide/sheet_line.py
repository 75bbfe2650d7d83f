"""Two price sheets and the straight line between them: where on it the recommendation changes."""

import dataclasses
from typing import Any, Final

import numpy as np

from alma_core.decide.advise import Answer
from alma_core.decide.lines import End, between
from alma_core.decide.prices import EVERY, Prices
from alma_core.decide.sheets import TABLES
from alma_core.errors import QuestionError
from alma_core.language import _

NOT_PRICES: Final = (
    "currency", "volume", "label_delay", "release_days", "freeze_months", "fiscal_year_from", "days_per_arrival",
    "incumbent_rates",
)  # fmt: skip
"""What a sheet states beside prices; on a line between two sheets it must be one."""


def turns(answer: Answer, other: Prices) -> list[tuple[float, int]]:
    """Return from which point on the way to another sheet on which policy is the cheapest, in order.

    The way goes from 0 (the answer's own prices) to 1 (the other sheet's); at x, each amount that a policy causes is
    (1 - x) times what it is on the one sheet plus x times what it is on the other. Where the two differ in one price,
    that price moves evenly. Levels move along. Exact.

    Args:
        answer: the answer.
        other: prices of the same kind.

    Raises:
        QuestionError: the two sheets price errors in different ways, or differ in more than prices.
    """
    own = answer.question.prices
    if other.kind != own.kind:
        raise QuestionError(
            _("The two price sheets price errors in different ways, the same way was expected; choose another sheet.")
        )
    differing = [name for name in NOT_PRICES if getattr(own, name) != getattr(other, name)]
    if differing:
        raise QuestionError(
            _("The two price sheets differ in {names}, in prices alone was expected; make those equal.").format(
                names=", ".join(differing)
            )
        )
    lines = between(End(0.0, answer.panel, own), End(1.0, answer.panel, other))
    return lines.winners(0.0, 1.0, answer.allowed)


def mixed(one: Prices, other: Prices, share: float) -> Prices:
    """Return the sheet that lies so far, 0..1, on the way from one to another; every number moves evenly.

    Where the two differ in one price (or in several of which no two are multiplied with each other) it is the point
    that `turns` speaks of. What only one of them states is as in the first.
    """
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(Prices):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, float | int) and isinstance(b, float | int) and not isinstance(a, bool) and a != b:
            changes[field.name] = (1 - share) * a + share * b
    for name in TABLES:
        changes[name] = _tables(dict(getattr(one, name)), dict(getattr(other, name)), share)
    if one.price_matrix is not None and other.price_matrix is not None:
        matrix = (1 - share) * np.array(one.price_matrix) + share * np.array(other.price_matrix)
        changes["price_matrix"] = tuple(map(tuple, matrix.tolist()))
    return dataclasses.replace(one, ranges=(), **changes)


def _tables(one: dict[str, float], other: dict[str, float], share: float) -> tuple[tuple[str, float], ...]:
    """Return amounts by name; what a table does not name is as under EVERY, or nothing."""
    names = dict.fromkeys((*one, *other))
    ends = [[table.get(name, table.get(EVERY, 0.0)) for name in names] for table in (one, other)]
    return tuple((name, (1 - share) * a + share * b) for name, a, b in zip(names, *ends, strict=True))
