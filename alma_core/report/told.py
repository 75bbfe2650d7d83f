"""The answer below its headline, in parts: what stands on the first screen, and what is said on demand."""

from typing import NamedTuple

from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.report import flips, provisos, statements, sureness


class Told(NamedTuple):
    """Everything there is to say below the headline.

    Args:
        worth: what the policy saves.
        brief: what stands beside the headline where there is room for little: sureness, nearest flip, weak point.
        details: all else.
        not_included: what the amounts leave out.
    """

    worth: str
    brief: list[str]
    details: list[str]
    not_included: str


def told(answer: Answer, unit: str) -> Told:
    """Return everything there is to say below the headline, each sentence once."""
    by_incumbent, (nearest, *other_flips) = flips.by_incumbent_error(answer, unit), flips.by_number(answer, unit)
    brief = (
        provisos.foreseen(answer, unit),
        sureness.certainty(answer, unit),
        provisos.condition(answer, unit),
        _("What would turn it round: {said}").format(said=nearest),
        statements.weak_point(answer, unit),
    )
    details = (
        provisos.in_ranges(answer),
        statements.runner_up(answer, unit),
        *by_incumbent,
        *other_flips,
        statements.constant_rules(answer),
        statements.early_and_late(answer, unit),
        provisos.left_out(answer),
        *statements.never_trained_on(answer, unit),
        statements.set_aside(answer, unit),
    )
    said, more = (list(filter(None, sentences)) for sentences in (brief, details))
    return Told(statements.worth(answer, unit), said, more, statements.not_included(answer))
