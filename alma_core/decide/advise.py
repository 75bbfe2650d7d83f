"""From a question to its answer: which policy, what it saves, how sure that is, what it rests on."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import best, blocks, select, settle
from alma_core.decide import kpis as figures
from alma_core.decide import limits as keeping
from alma_core.decide import panel as panels
from alma_core.decide.compare import SIGMAS, Estimate, Intervals, differences
from alma_core.decide.conditions import Shifted, shifted
from alma_core.decide.costs import Costs, costs
from alma_core.decide.foreseen import Foreseen
from alma_core.decide.limits import Excess
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel
from alma_core.decide.picked import picked
from alma_core.decide.priced import panel_for
from alma_core.decide.question import Question, placed
from alma_core.decide.rankings import Disagreement, disagreement
from alma_core.decide.record import Record
from alma_core.errors import QuestionError
from alma_core.language import _

RECOMMEND: Final = "recommend"
ON_CONDITION: Final = "recommend on condition"
"""The data shifted: the saving rests on their going on as they did."""
KEEP: Final = "keep"
"""Today's policy is the best."""
DO_NOT_UPDATE: Final = "do not update"
NOT_ENOUGH: Final = "not enough evidence"
"""The interval of the saving holds zero, or one seed gives none."""
NONE_ALLOWED: Final = "none keeps to the limits"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run says to a question. All [P, S] arrays are by policy and seed.

    Args:
        question: what was asked, with its defaults filled in.
        full: the rows of the whole run, all policies, before the question is put to them.
        panel: the rows it rests on.
        costs: their price.
        baseline: number of today's policy.
        excesses: [P] the limits that each policy exceeds.
        shifts: columns of the data that shifted within the horizon, the strongest first.
        set_aside: the answer from today's policy and the research methods that the question leaves out, if any.
        foreseen: which of the rows are foretold, and how surely; None: all are known.
    """

    question: Question
    full: Panel
    panel: Panel
    costs: Costs
    baseline: int
    excesses: list[list[Excess]]
    shifts: Sequence[Shifted] = ()
    set_aside: "Answer | None" = None
    foreseen: Foreseen | None = None

    @property
    def measure(self) -> Measure:
        """How the errors of the run are measured."""
        return self.panel.measure

    @cached_property
    def kpis(self) -> dict[str, NDArray[np.float64]]:
        """[P, S] every error figure, and `cost`."""
        short, long = self.question.short or 1, self.question.long or 1
        errors = figures.kpis(self.panel["error"], self.panel["test_size"], short, long)
        return errors | {"cost": self.costs.total}

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """[P] which policies keep to all limits; where none does, the closest one stands for them."""
        keeps = np.array([not excess for excess in self.excesses])
        if not keeps.any():
            keeps[keeping.closest(self.excesses)] = True
        return keeps

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """[P] policies that keep to the limits from the lowest mean cost up, then the others likewise.

        Equal ones: today's first, then no update, then fewer FLOPs.
        """
        names = self.panel.policies["policy"].to_numpy()
        flops = self.panel["train_flops"].sum(2).mean(1)
        changes = np.arange(len(names)) != self.baseline
        return np.lexsort((names, flops, self.panel.learns, changes, self.costs.total.mean(1), ~self.allowed))

    @property
    def recommended(self) -> int:
        """Number of the policy with the lowest mean cost of those that keep to the limits."""
        return int(self.order[0])

    @property
    def adopted(self) -> int:
        """Number of the policy to follow: where the evidence is not enough, today's."""
        return self.baseline if self.verdict == NOT_ENOUGH else self.recommended

    @property
    def runner_up(self) -> int | None:
        """Number of the next one that keeps to the limits, where there is one."""
        return int(self.order[1]) if self.allowed.sum() > 1 else None

    @property
    def podium(self) -> list[int]:
        """The policies a first look needs: the recommended one, today's, the runner-up."""
        return list(dict.fromkeys(n for n in (self.recommended, self.baseline, self.runner_up) if n is not None))

    @cached_property
    def amounts(self) -> NDArray[np.float64]:
        """Costs as chance is sought in them: [P, S] over the horizon; [P, S, T] where the data stands in its order.

        There seeds vary the training only, and other blocks of arrivals count among what could have been. Of what is
        foretold, the interval comes from the forecast instead.
        """
        return self.costs.rows if self.by_arrivals else self.costs.total

    @property
    def by_arrivals(self) -> bool:
        """Whether intervals cover arrivals beside seeds."""
        return self.measure.in_order and self.foreseen is None and self.panel.horizon >= blocks.FEWEST

    @cached_property
    def savings(self) -> Intervals:
        """What each policy saves against today's in the simulation, paired over seeds; nothing allows for the pick."""
        if self.by_arrivals:
            return blocks.block_bootstrap(self.amounts[self.baseline] - self.amounts)
        return differences(-self.amounts, self.baseline)

    def saving(self, policy: int) -> Estimate:
        """Return what a policy saves against today's, over the horizon.

        The recommended one was picked because it looked cheapest on these seeds: what that flatters it by is taken off.
        """
        if policy == self.recommended and self.foreseen is None:
            return picked(-self.amounts, self.baseline, policy)
        return self.simulated(policy)

    def simulated(self, policy: int) -> Estimate:
        """Return what a policy saves against today's in the simulation: rankings go by it, nothing is taken off."""
        return self._widened(self.savings.of(policy), self.baseline, policy)

    @cached_property
    def lead(self) -> Estimate | None:
        """What the recommended policy saves against the runner-up, with what its pick flatters it by taken off."""
        if self.runner_up is None:
            return None
        found = picked(-self.amounts, self.runner_up, self.recommended)
        return self._widened(found, self.runner_up, self.recommended)

    def _widened(self, found: Estimate, one: int, other: int) -> Estimate:
        """Widen the interval of a difference by the doubt about what is foretold."""
        if self.foreseen is None:
            return found
        names = self.panel.policies["policy"]
        return found.widened(SIGMAS * self.foreseen.of(names[one], names[other]))

    @cached_property
    def probability_best(self) -> NDArray[np.float64]:
        """[P] that each policy is truly the cheapest of those that keep to the limits; NaN with one seed."""
        found = np.zeros(len(self.allowed))
        found[self.allowed] = best.probability_best(self.amounts[self.allowed])
        return found

    @property
    def to_settle(self) -> int | None:
        """How many further seeds, or arrivals where they count, should settle whether anything is saved; None: unknown.

        None also where more than a thousand would be needed.
        """
        apart = self.amounts[self.baseline] - self.amounts[self.recommended]
        return settle.arrivals_to_settle(apart) if self.by_arrivals else settle.seeds_to_settle(apart)

    @cached_property
    def disagreement(self) -> Disagreement:
        """Where the short-term and the long-term ranking disagree."""
        return disagreement(self.kpis["short_term_error"], self.kpis["long_term_error"])

    @cached_property
    def verdict(self) -> str:
        """What the numbers say: one of the verdicts above."""
        if any(self.excesses) and all(self.excesses):
            return NONE_ALLOWED
        if self.recommended == self.baseline:
            return KEEP
        if self.allowed[self.baseline] and self.saving(self.recommended).sign <= 0:
            return NOT_ENOUGH  # what exceeds a limit cannot be kept, whatever another costs
        if self.is_incumbent(self.recommended):
            return DO_NOT_UPDATE
        return ON_CONDITION if self.shifts else RECOMMEND

    def is_incumbent(self, policy: int) -> bool:
        """Return whether a policy is to leave in service what is there."""
        return not self.panel.learns[policy]

    def replaced(self, **changes: object) -> "Answer":
        """Return the answer of the same policies to the question with other prices or another incumbent error."""
        question = dataclasses.replace(self.question, **changes)  # type: ignore[arg-type]
        panel = placed(self.full, question)
        keep = np.array([policy in self.panel.numbers for policy in panel.numbers])
        return _of(self.full, panels.chosen(panel, keep), question, self.panel.policies["policy"][self.baseline])


def answer(record: Record, question: Question) -> Answer:
    """Answer `question` from what a run left; nothing is trained.

    Args:
        record: the run.
        question: what the reader asks.

    Raises:
        QuestionError: the run cannot answer it as put.
    """
    return with_shifts(of_panel(panel_for(record, question.prices), question), record.tables.shift)


def with_shifts(found: Answer, shift: pd.DataFrame) -> Answer:
    """Return an answer that knows of the shifts within its horizon, by the run's table of them."""
    horizon = found.question.horizon
    assert horizon is not None  # filled in by then
    return dataclasses.replace(found, shifts=shifted(shift, horizon))


def of_panel(full: Panel, question: Question) -> Answer:
    """Answer `question` from the rows of a whole run, with what its prices need; raises as `answer` does."""
    panel = placed(full, question)
    baseline = select.today(full, panel, question.baseline)
    keep, left_out = _compared(panel, question, panel.number(baseline))
    span = figures.default_span(panel.horizon)
    filled = dataclasses.replace(
        question,
        horizon=full.horizon if question.horizon is None else question.horizon,
        short=_span(question.short, span, panel.horizon),
        long=_span(question.long, span, panel.horizon),
    )
    aside = _of(full, panels.chosen(panel, left_out), filled, baseline) if left_out.sum() > 1 else None
    found = _of(full, panels.chosen(panel, keep), filled, baseline)
    return dataclasses.replace(found, set_aside=aside)


def _compared(panel: Panel, question: Question, today: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return [P] which policies are compared, and which not because of their method; today's is in both."""

    def kept(with_research: bool) -> NDArray[np.bool_]:
        keep = select.compared(panel.policies, question.capacities, question.first_updates, with_research)
        return select.distinct(panel, keep, today)

    wide = kept(True)
    narrow = wide if question.with_research else kept(False)
    left_out = wide & ~narrow
    left_out[today] = True
    return narrow, left_out


def _of(full: Panel, panel: Panel, question: Question, baseline: str) -> Answer:
    priced = costs(panel, question.prices)
    excesses = keeping.exceeded(panel, priced, question.prices, question.limits)
    return Answer(question, full, panel, priced, panel.number(baseline), excesses)


def _span(given: int | None, default: int, horizon: int) -> int:
    if given is None:
        return default
    if not 1 <= given <= horizon:
        raise QuestionError(
            _(
                "{given} rows were given for the short-term or long-term error, 1 to {known} were expected; change it."
            ).format(given=given, known=horizon)
        )
    return given
