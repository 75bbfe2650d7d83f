"""What a reader asks of a run, and the rows that the question looks at; nothing of it trains."""

from dataclasses import dataclass, field

from alma_core.decide import panel as panels
from alma_core.decide.coarsening import coarser
from alma_core.decide.incumbent import with_incumbent
from alma_core.decide.late import in_service
from alma_core.decide.limits import Limits
from alma_core.decide.panel import Panel
from alma_core.decide.prices import Prices


@dataclass(frozen=True)
class Question:
    """What the reader asks of a run.

    Args:
        horizon: arrivals that count; None: all.
        factor: arrivals that come as one mega-batch.
        capacities: those compared; None: all.
        first_updates: "1", "w" or "both": policies that start at once, or after their first wait; None: "w" where the
            run holds such policies, else "1".
        with_research: research methods are compared too, not only what a practitioner would try.
        baseline: fingerprint of today's policy; None: every arrival, continue, new data. It stays in the comparison
            whatever else is left out.
        incumbent_error: error of what is in service before the first update, as the pages show it: a share 0..1, or a
            number >= 0 in the target's unit; None: no model yet.
        short, long: rows of the short-term and long-term error; None: 20 % of the horizon.
        prices: the price list.
        limits: what no adopted policy may exceed.
    """

    horizon: int | None = None
    factor: int = 1
    capacities: tuple[str, ...] | None = None
    first_updates: str | None = None
    with_research: bool = True
    baseline: str | None = None
    incumbent_error: float | None = None
    short: int | None = None
    long: int | None = None
    prices: Prices = field(default_factory=Prices)
    limits: Limits = field(default_factory=Limits)


def placed(full: Panel, question: Question) -> Panel:
    """Return the rows that a question looks at: its horizon, what serves first, its volume, its size of mega-batch.

    Args:
        full: of the whole run, with what the prices need.
        question: what the reader asks.

    Raises:
        QuestionError: the run cannot answer it as put.
    """
    return in_service(coarser(at_its_place(full, question), question.factor), question.prices)


def at_its_place(full: Panel, question: Question) -> Panel:
    """Return the rows of a question's horizon, with what serves first and the volume as it says; raises as `placed`."""
    panel = panels.prefix(full, full.horizon if question.horizon is None else question.horizon)
    panel = with_incumbent(panel, question.incumbent_error, question.prices.incumbent_rates)
    return panels.with_volume(panel, question.prices.volume)
