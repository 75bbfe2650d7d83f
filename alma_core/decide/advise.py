"""From a question to its answer: which policy, what it saves, how sure that is, when it flips."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import kpis as figures
from alma_core.decide import panel as panels
from alma_core.decide import select
from alma_core.decide.coarsening import coarser
from alma_core.decide.compare import Estimate, paired
from alma_core.decide.costs import Costs, costs
from alma_core.decide.incumbent import with_incumbent
from alma_core.decide.late import in_service
from alma_core.decide.limits import Limits
from alma_core.decide.measure import Measure
from alma_core.decide.panel import Panel
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import Prices
from alma_core.decide.record import Record
from alma_core.errors import QuestionError
from alma_core.language import _

RECOMMEND, KEEP, DO_NOT_UPDATE, NOT_ENOUGH = "recommend", "keep", "do not update", "not enough evidence"


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


@dataclass(frozen=True, eq=False)
class Answer:
    """What a run says to a question. All [P, S] arrays are by policy and seed.

    Args:
        question: what was asked, with its defaults filled in.
        panel: the rows it rests on.
        costs: their price.
        baseline: number of today's policy.
        set_aside: the answer from today's policy and the research methods that the question leaves out, if any.
    """

    question: Question
    panel: Panel
    costs: Costs
    baseline: int
    set_aside: "Answer | None" = None

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
    def order(self) -> NDArray[np.intp]:
        """[P] policies from the lowest mean cost up; equal ones: today's first, then no update, then fewer FLOPs."""
        names = self.panel.policies["policy"].to_numpy()
        flops = self.panel["train_flops"].sum(2).mean(1)
        learns = panels.learns(self.panel.policies)
        changes = np.arange(len(names)) != self.baseline
        return np.lexsort((names, flops, learns, changes, self.costs.total.mean(1)))

    @property
    def recommended(self) -> int:
        """Number of the policy with the lowest mean cost."""
        return int(self.order[0])

    @property
    def runner_up(self) -> int | None:
        """Number of the next one, where there is one."""
        return int(self.order[1]) if len(self.order) > 1 else None

    @property
    def podium(self) -> list[int]:
        """The policies a first look needs: the recommended one, today's, the runner-up."""
        return list(dict.fromkeys(n for n in (self.recommended, self.baseline, self.runner_up) if n is not None))

    def saving(self, policy: int) -> Estimate:
        """Return what a policy saves against today's, over the horizon, paired over seeds."""
        return paired(self.costs.total[self.baseline], self.costs.total[policy])

    @property
    def lead(self) -> Estimate | None:
        """What the recommended policy saves against the runner-up, paired over seeds."""
        return (
            None
            if self.runner_up is None
            else paired(self.costs.total[self.runner_up], self.costs.total[self.recommended])
        )

    @cached_property
    def verdict(self) -> str:
        """RECOMMEND, KEEP (today's is the best), DO_NOT_UPDATE, or NOT_ENOUGH (the saving's interval holds zero)."""
        if self.recommended == self.baseline:
            return KEEP
        if self.saving(self.recommended).sign <= 0:
            return NOT_ENOUGH
        return DO_NOT_UPDATE if self.is_incumbent(self.recommended) else RECOMMEND

    @property
    def _aside(self) -> list[dict[str, Any]]:
        """Return the policies left out for their method, the cheapest first, as in the ranking."""
        aside = self.set_aside
        return [] if aside is None else [aside._row(int(n)) for n in aside.order if n != aside.baseline]

    def is_incumbent(self, policy: int) -> bool:
        """Return whether a policy is to leave in service what is there."""
        return not panels.learns(self.panel.policies)[policy]

    @cached_property
    def winners_by_incumbent_error(self) -> list[tuple[float, int]]:
        """Return from which incumbent error on which policy is the cheapest, lowest error first.

        Each policy's cost is a line in that error: what it costs without it, plus the price of a prediction
        times those made before its first update. Where lines cross, the winner changes; exact.
        """
        before = (self.panel["model_t"] == 0) * self.panel["volume"] * self.question.prices.price_per_error
        at_zero = self.costs.total - (before * self.panel["error"]).sum(2)
        return lower_envelope(at_zero.mean(1), before.sum(2).mean(1), most=self.measure.most)

    @cached_property
    def winners_by_price_per_error(self) -> list[tuple[float, int]]:
        """Return from which price of an error on which policy is the cheapest; costs are lines in that price."""
        wrong = (self.panel["volume"] * self.panel["error"]).sum(2)
        return lower_envelope((self.costs.total - self.costs.errors.sum(2)).mean(1), wrong.mean(1))

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain data, averaged over seeds; errors as in the ledger, then in the target's unit."""
        best, given = self.recommended, self.question.incumbent_error
        return {
            "verdict": self.verdict,
            "recommended": self._row(best),
            "baseline": self._row(self.baseline),
            "saving": {name: _or_none(value) for name, value in self.saving(best)._asdict().items()},
            "ranking": [self._row(int(number)) for number in self.order],
            "set_aside": self._aside,
            **self._errors({"incumbent_error": given}),
            "winner_by_incumbent_error": [
                {**self._errors({"from": error}), "policy": self.panel.policies["policy"].iloc[number]}
                for error, number in self.winners_by_incumbent_error
            ],
            "winner_by_price_per_error": [
                {"from": price, "policy": self.panel.policies["policy"].iloc[number]}
                for price, number in self.winners_by_price_per_error
            ],
            "measure": dataclasses.asdict(self.measure),
            "prices": dataclasses.asdict(self.question.prices),
            "example_prices": not self.question.prices.confirmed,
            "horizon": self.panel.horizon,
            "short_term_rows": self.question.short,
            "long_term_rows": self.question.long,
            "seeds": self.panel.seeds,
        }

    def _row(self, number: int) -> dict[str, Any]:
        policy = self.panel.policies.iloc[number]
        errors = {name: float(values[number].mean()) for name, values in self.kpis.items() if name != "cost"}
        return {
            "policy": policy["policy"],
            "label": policy["label"],
            **self._errors(errors),
            "cost": float(self.costs.total[number].mean()),
            "compute_basis": policy["compute_basis"],
            "train_flops": float(self.panel["train_flops"][number].sum(-1).mean()),
            "train_seconds": self._cpu_seconds(number),
            "updates": float(self.panel["updated"][number].sum(-1).mean()),
        }

    def _cpu_seconds(self, number: int) -> float | None:
        """Return the CPU seconds of training that a policy is charged by; None where that is FLOPs."""
        counts = self.panel.policies["compute_basis"].iloc[number] == "seconds"
        return float(self.panel["seconds"][number].sum(-1).mean()) if counts else None

    def _errors(self, shown: Mapping[str, float | None]) -> dict[str, Any]:
        """Return errors as the ledger has them, and for a number once more, by name with `_in_unit`, as shown."""
        as_stored = {name: None if error is None else error / self.measure.scale for name, error in shown.items()}
        in_unit = {} if self.measure.is_share else {f"{name}_in_unit": error for name, error in shown.items()}
        return {**as_stored, **in_unit}


def answer(record: Record, question: Question) -> Answer:
    """Answer `question` from what a run left; nothing is trained.

    Args:
        record: the run.
        question: what the reader asks.

    Raises:
        QuestionError: the run cannot answer it as put.
    """
    prices = question.prices
    full = panel_for(record, prices)
    panel = panels.prefix(full, full.horizon if question.horizon is None else question.horizon)
    panel = with_incumbent(panel, question.incumbent_error, prices.incumbent_rates)
    panel = panels.with_volume(panel, prices.volume)
    panel = in_service(coarser(panel, question.factor), prices)
    baseline = select.today(full, panel, question.baseline)
    keep, left_out = _compared(panel, question, panel.number(baseline))
    span = figures.default_span(panel.horizon)
    filled = dataclasses.replace(
        question,
        horizon=panel.horizon,
        short=_span(question.short, span, panel.horizon),
        long=_span(question.long, span, panel.horizon),
    )
    aside = _of(panels.chosen(panel, left_out), filled, baseline) if left_out.sum() > 1 else None
    return dataclasses.replace(_of(panels.chosen(panel, keep), filled, baseline), set_aside=aside)


def _compared(panel: Panel, question: Question, today: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return [P] which policies are compared, and which not because of their method; today's is in both."""
    narrow, wide = (
        select.distinct(
            panel, select.compared(panel.policies, question.capacities, question.first_updates, research), today
        )
        for research in (question.with_research, True)
    )
    left_out = wide & ~narrow
    left_out[today] = True
    return narrow, left_out


def _of(panel: Panel, question: Question, baseline: str) -> Answer:
    return Answer(question, panel, costs(panel, question.prices), panel.number(baseline))


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


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def lower_envelope(
    at_zero: NDArray[np.float64], slope: NDArray[np.float64], most: float = math.inf
) -> list[tuple[float, int]]:
    """Return from which x in 0..most on which of the lines `at_zero + slope x` is lowest.

    >>> lower_envelope(np.array([0.0, 1.0]), np.array([4.0, 0.0]))
    [(0.0, 0), (0.25, 1)]
    """
    x = 0.0
    number = int(np.lexsort((slope, at_zero))[0])
    envelope = [(x, number)]
    while True:
        flatter = np.flatnonzero(slope < slope[number])
        crossings = (at_zero[flatter] - at_zero[number]) / (slope[number] - slope[flatter])
        if not len(crossings) or crossings.min() > most:
            return envelope
        x = max(x, float(crossings.min()))
        tied = flatter[crossings <= x]
        number = int(tied[np.argmin(slope[tied])])
        envelope.append((x, number))
