"""Where the answer flips, in words: at which error in service, and at which price, another policy is cheapest."""

import math
from collections.abc import Callable
from functools import partial
from typing import Final

from alma_core import language
from alma_core.decide import flips, price_words
from alma_core.decide.advise import Answer
from alma_core.decide.flips import Flip
from alma_core.language import _
from alma_core.report import terms

NEAR: Final = 10.0
"""A flip counts as near where the number is multiplied or divided by less."""
MOST_SAID: Final = 3
ALIKE: Final = 0.05
"""Logarithms of ratios that differ by less lead to one sentence."""
FARTHEST: Final = 1000.0
"""A flip beyond so many times the number is none that anybody will meet."""
SHARES: Final = ("use", "positives", flips.DISCOUNT)
NUMBERS: Final = ("days_per_update",)
SAME_MOVE: Final = ("days_per_update", "use")
"""Numbers that move costs as another one does (the price of a person-day, the volume): said once."""


def sentences(answer: Answer, unit: str) -> list[str]:
    """Say at which incumbent error and at which of the nearest other numbers another policy becomes the cheapest."""
    return by_incumbent_error(answer, unit) + by_number(answer, unit)


def by_number(answer: Answer, unit: str) -> list[str]:
    """Say which numbers turn the answer, of those that are known, the nearest first; where none does, say so."""
    near: dict[tuple[int, int], str] = {}
    for far, policy, said in sorted(_near(answer, unit)):
        near.setdefault((policy, round(math.log(far) / ALIKE)), said)  # a price and the volume may say the same
    return list(near.values())[:MOST_SAID] or [_("No price turns the answer, even ten times as high or low.")]


def named(answer: Answer, name: str) -> str:
    """Return what a number is called."""
    if name == flips.SPEED:
        return _("Time that computing takes")
    return _(price_words.words(answer.measure)[name])


def written(answer: Answer, name: str, value: float) -> str:
    """Write a value of a number: an amount, a share, a count, or by how much it is multiplied."""
    if name in flips.RELATIVE:
        return _("{times} times").format(times=_two_figures(value))
    if name in SHARES:
        return language.percent(value)
    return language.number(value, 2) if name in NUMBERS else terms.price(answer, value)


def _two_figures(value: float) -> str:
    return language.number(value, 0 if value >= 100 else 1 if value >= 10 else 2)


def _near(answer: Answer, unit: str) -> list[tuple[float, int, str]]:
    """Return how far, as a ratio >= 1, the near flips are, to which policy, and what is to be said of each."""
    found = []
    for flip in flips.flips(answer):
        if not flip.given or flip.name in SAME_MOVE:
            continue
        for at, policy, is_above in ((flip.below, flip.below_policy, False), (flip.above, flip.above_policy, True)):
            if at and policy is not None and max(at / flip.given, flip.given / at) < NEAR:
                far = math.exp(abs(math.log(at / flip.given)))
                found.append((far, policy, _said(answer, unit, flip, at, policy, is_above)))
    return found


def _said(answer: Answer, unit: str, flip: Flip, at: float, policy: int, is_above: bool) -> str:
    write = partial(written, answer, flip.name)
    if flip.name == "price_per_error":
        less, more = _of_errors(answer)
    else:
        less = _("The cheapest becomes “{policy}” if “{what}” falls below {limit} (assumed: {given}).")
        more = _("The cheapest becomes “{policy}” if “{what}” rises above {limit} (assumed: {given}).")
    return (more if is_above else less).format(
        policy=terms.name(answer, policy, unit),
        what=named(answer, flip.name),
        limit=write(at),
        given=write(flip.given),
    )


def _of_errors(answer: Answer) -> tuple[str, str]:
    less = answer.measure.worded(
        _("The cheapest becomes “{policy}” if an error costs less than {limit} (assumed: {given})."),
        _("The cheapest becomes “{policy}” if a unit of error costs less than {limit} (assumed: {given})."),
    )
    more = answer.measure.worded(
        _("The cheapest becomes “{policy}” if an error costs more than {limit} (assumed: {given})."),
        _("The cheapest becomes “{policy}” if a unit of error costs more than {limit} (assumed: {given})."),
    )
    return less, more


def by_incumbent_error(answer: Answer, unit: str) -> list[str]:
    """Say at which error of what is in service another policy becomes the cheapest."""
    measure, given = answer.measure, answer.question.incumbent_error
    if answer.question.prices.incumbent_rates is not None:
        return []
    winners = flips.over_incumbent_error(answer)
    if given is None:
        return [_with_a_model(answer, winners, unit)]
    return _neighbours(
        answer,
        unit,
        winners,
        given,
        measure.text,
        measure.worded(
            _("The cheapest becomes “{policy}” if the model in service errs less than {limit} (you said {given})."),
            _("The cheapest becomes “{policy}” if what is in service is off by less than {limit} (you said {given})."),
        ),
        measure.worded(
            _("The cheapest becomes “{policy}” if the model in service errs more than {limit} (you said {given})."),
            _("The cheapest becomes “{policy}” if what is in service is off by more than {limit} (you said {given})."),
        ),
    ) or [
        measure.worded(
            _("No error of the model in service changes the winner."),
            _("However far the model in service is off, the winner stays."),
        )
    ]


def _neighbours(
    answer: Answer,
    unit: str,
    winners: list[tuple[float, int]],
    given: float,
    write: Callable[[float], str],
    less: str,
    more: str,
) -> list[str]:
    """Name the winners on either side of the one that holds at `given`, each with the limit where it takes over."""
    at = max(i for i, (start, _number) in enumerate(winners) if start <= given)
    around = [(less, winners[at - 1][1], winners[at][0])] if at else []
    around += [(more, number, start) for start, number in winners[at + 1 : at + 2]]
    return [
        said.format(policy=terms.name(answer, number, unit), limit=write(limit), given=write(given))
        for said, number, limit in around
    ]


def _with_a_model(answer: Answer, winners: list[tuple[float, int]], unit: str) -> str:
    """Say which policy wins at which error of a model in service, in one sentence."""
    ends = [*(start for start, _number in winners[1:]), None]
    names = [terms.name(answer, number, unit) for _start, number in winners]
    parts = [
        _("“{policy}” from there on").format(policy=name)
        if end is None
        else _("“{policy}” up to {error}").format(policy=name, error=answer.measure.text(end))
        for name, end in zip(names, ends, strict=True)
    ]
    if len(winners) == 1:
        return answer.measure.worded(
            _("If a model is in service already, “{policy}” is cheapest whatever its error."),
            _("If a model is in service already, “{policy}” is cheapest however far it is off."),
        ).format(policy=names[0])
    return answer.measure.worded(
        _("If a model is in service already, its error decides: {parts}."),
        _("If a model is in service already, how far it is off decides: {parts}."),
    ).format(parts=_("; ").join(parts))
