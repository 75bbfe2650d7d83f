"""At which error in service and at which price another policy becomes the cheapest, in words."""

from collections.abc import Callable
from functools import partial

from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.report import terms


def flips(answer: Answer, unit: str) -> list[str]:
    """Say at which incumbent error and at which price of an error another policy becomes the cheapest."""
    return _by_incumbent_error(answer, unit) + _neighbours(
        answer,
        unit,
        answer.winners_by_price_per_error,
        answer.question.prices.price_per_error,
        partial(terms.price, answer),
        answer.measure.worded(
            _("The cheapest becomes “{policy}” if an error costs less than {limit} (assumed: {given})."),
            _("The cheapest becomes “{policy}” if a unit of error costs less than {limit} (assumed: {given})."),
        ),
        answer.measure.worded(
            _("The cheapest becomes “{policy}” if an error costs more than {limit} (assumed: {given})."),
            _("The cheapest becomes “{policy}” if a unit of error costs more than {limit} (assumed: {given})."),
        ),
    )


def _by_incumbent_error(answer: Answer, unit: str) -> list[str]:
    measure, given = answer.measure, answer.question.incumbent_error
    if given is None:
        return [_with_a_model(answer, answer.winners_by_incumbent_error, unit)]
    return _neighbours(
        answer,
        unit,
        answer.winners_by_incumbent_error,
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
