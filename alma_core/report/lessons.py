"""Three lessons that started this project, each in one sentence made from a run's numbers.

Compare updating at once with updating in batches by what they return; keep the short-term error apart from the
long-term one; start small, find the best size and frequency, then invest in stages.
"""

import math

import numpy as np
from numpy.typing import NDArray

from alma_core.decide import blocks
from alma_core.decide.advise import Answer
from alma_core.decide.compare import SIGMAS, Estimate, paired
from alma_core.language import _
from alma_core.report import comparing, costing, terms
from alma_core.report.paper import Paper


def at_once_against_batch(paper: Paper) -> str:
    """Hold the best policy that updates at every arrival against the best that waits and updates in batches."""
    answer, unit = paper.answer, paper.unit
    waits = answer.panel.policies["waiting_time"].to_numpy()
    plain = (answer.panel.policies["schedule"] == "every").to_numpy() & answer.panel.learns
    at_once, batch = _cheapest(answer, plain & (waits == 1)), _cheapest(answer, plain & (waits > 1))
    costs = answer.costs.total.mean(1)
    if at_once is None or batch is None:
        return _one_sided(answer, at_once if batch is None else batch, batch is None, unit)
    more = _difference(answer, batch, at_once)
    if math.isnan(more.low):
        said = _(
            "Compare updating at once with updating in batches by their return: over {span} “{at_once}” costs {once}, "
            "“{batch}” {waits}; the difference of {more} rests on a single repeat."
        )
    elif not more.sign:
        said = _(
            "Compare updating at once with updating in batches by their return: over {span} “{at_once}” costs {once}, "
            "“{batch}” {waits}; the difference of {more} is not beyond chance."
        )
    elif more.sign > 0:
        said = _(
            "Compare updating at once with updating in batches by their return: over {span} “{at_once}” costs {once}, "
            "“{batch}” {waits}, so updating at once returns {more} more."
        )
    else:
        said = _(
            "Compare updating at once with updating in batches by their return: over {span} “{at_once}” costs {once}, "
            "“{batch}” {waits}, so waiting returns {more} more."
        )
    return said.format(
        span=_horizon(answer, unit),
        at_once=terms.name(answer, at_once, unit),
        once=terms.amount(answer, float(costs[at_once])),
        batch=terms.name(answer, batch, unit),
        waits=terms.amount(answer, float(costs[batch])),
        more=terms.amount(answer, abs(more.mean)),
    )


def _one_sided(answer: Answer, known: int | None, is_at_once: bool, unit: str) -> str:
    """Say which side of the comparison the run lacks, and what the other one costs."""
    if known is None:
        return _(
            "Compare updating at once with updating in batches by their return: this comparison holds neither, so let "
            "the next run try both."
        )
    said = (
        _(
            "Compare updating at once with updating in batches by their return: over {span} “{policy}” costs {cost}, "
            "and nothing that waits was compared, so let the next run try it."
        )
        if is_at_once
        else _(
            "Compare updating at once with updating in batches by their return: over {span} “{policy}” costs {cost}, "
            "and nothing that updates at once was compared, so let the next run try it."
        )
    )
    return said.format(
        span=_horizon(answer, unit),
        policy=terms.name(answer, known, unit),
        cost=terms.amount(answer, float(answer.costs.total[known].mean())),
    )


def _cheapest(answer: Answer, among: NDArray[np.bool_]) -> int | None:
    """Return the cheapest policy of some that keep to the limits; None where there is none."""
    return next((int(n) for n in answer.order if among[n] and answer.allowed[n]), None)


def _difference(answer: Answer, one: int, other: int) -> Estimate:
    """Return what one policy costs more than another, with chance sought as the answer seeks it."""
    apart = answer.amounts[one] - answer.amounts[other]
    found = blocks.block_bootstrap(apart[None]).of(0) if answer.by_arrivals else paired(apart, np.zeros_like(apart))
    if answer.foreseen is None:
        return found
    names = answer.panel.policies["policy"]
    return found.widened(SIGMAS * answer.foreseen.of(names[one], names[other]))


def short_and_long(paper: Paper) -> str:
    """Name who errs least early and who errs least late."""
    answer, unit, found = paper.answer, paper.unit, paper.answer.disagreement
    early, late = comparing.early_and_late(answer, unit)
    short, long = (answer.kpis[name].mean(1) for name in ("short_term_error", "long_term_error"))
    if found.early == found.late:
        said = answer.measure.worded(
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: here “{first}” errs least in both, {short} over the {early} and {long} over the {late}."
            ),
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: here “{first}” is off least in both, {short} over the {early} and {long} over the {late}."
            ),
        )
    elif found.is_real:
        said = answer.measure.worded(
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: over the {early} “{first}” errs least ({short}), over the {late} “{last}” ({long})."
            ),
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: over the {early} “{first}” is off least ({short}), over the {late} “{last}” ({long})."
            ),
        )
    else:
        said = answer.measure.worded(
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: over the {early} “{first}” errs least ({short}), over the {late} “{last}” ({long}), though "
                "chance alone may part the two."
            ),
            _(
                "Keep the short-term KPI, how soon the model responds, apart from the long-term KPI, how accurate it "
                "becomes: over the {early} “{first}” is off least ({short}), over the {late} “{last}” ({long}), though "
                "chance alone may part the two."
            ),
        )
    return said.format(
        first=terms.name(answer, found.early, unit),
        last=terms.name(answer, found.late, unit),
        short=answer.measure.text(float(short[found.early])),
        long=answer.measure.text(float(long[found.late])),
        early=early,
        late=late,
    )


def in_stages(paper: Paper) -> str:
    """Say how to invest, with the outlay of the first step where a plan knows it."""
    if paper.plan is None or not len(steps := costing.staged(paper.answer, paper.plan, paper.unit)):
        return _(
            "Start small, find the best size and frequency on your own data, then invest in stages: approve a step "
            "only when the one before it has paid back."
        )
    return _(
        "Start small, find the best size and frequency, then invest in stages: the first step takes {outlay}, and each "
        "further one is approved when the one before it has paid back."
    ).format(outlay=steps[_("outlay")].iloc[0])


def _horizon(answer: Answer, unit: str) -> str:
    return terms.span(answer, answer.panel.counted, unit)
