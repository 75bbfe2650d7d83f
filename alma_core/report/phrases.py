"""Phrases for the meeting: three sentences a slide in the words of the business, made from the numbers.

Three of them are the `lessons` that started this project.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from alma_core import language
from alma_core.decide import advise, cost_tables
from alma_core.decide.advise import Answer
from alma_core.decide.sheets import EXAMPLES
from alma_core.language import _, n_
from alma_core.report import comparing, costing, flips, lessons, reasons, statements, terms
from alma_core.report.paper import Paper

SLIDES: Final = (
    *("recommendation", "over-time", "early-late", "causes", "break-even", "plan", "assumptions", "method"),
)
"""Names of the slides, in their order."""


def phrases(paper: Paper) -> dict[str, list[str]]:
    """Return three sentences for each of SLIDES, in the language in use."""
    said: tuple[Callable[[Paper], list[str]], ...] = (
        *(_recommendation, _over_time, _early_late, _causes, _break_even, _plan, _assumptions, _method),
    )
    return {name: sentences(paper) for name, sentences in zip(SLIDES, said, strict=True)}


def _other(answer: Answer) -> int | None:
    """Return what the recommended policy is held against: today's, or the runner-up where it is today's itself."""
    return answer.runner_up if answer.recommended == answer.baseline else answer.baseline


def _recommendation(paper: Paper) -> list[str]:
    return [
        _proposal(paper.answer, paper.unit),
        _sureness(paper.answer, paper.unit),
        lessons.at_once_against_batch(paper),
    ]


def _proposal(answer: Answer, unit: str) -> str:
    """Say in one sentence what is proposed, and what it returns."""
    best, today, verdict = answer.recommended, answer.baseline, answer.verdict
    saving = answer.saving(best).mean
    if verdict == advise.NONE_ALLOWED:
        said = _("No policy keeps to all limits; “{best}” comes closest, at {cost} over {span}.")
    elif verdict == advise.KEEP:
        said = _("We keep “{today}”: none of the {count} policies compared costs less than its {cost} over {span}.")
    elif not answer.allowed[today]:
        said = _("“{today}” exceeds a limit, so we propose “{best}”, the cheapest that keeps to them ({cost}).")
    elif verdict == advise.NOT_ENOUGH:
        said = _("We stay with “{today}” for now: “{best}” looks {saving} cheaper over {span}, but not beyond chance.")
        if answer.panel.seeds == 1:
            said = _(
                "We stay with “{today}” for now: “{best}” looks {saving} cheaper over {span}, but in one repeat only."
            )
    elif verdict == advise.DO_NOT_UPDATE:
        said = _("We propose to leave the model as it is: over {span} that saves {saving} against “{today}”.")
        if answer.question.incumbent_error is None:
            said = _("We propose to introduce no model: over {span} that saves {saving} against “{today}”.")
    elif verdict == advise.ON_CONDITION:
        said = _(
            "We propose “{best}” in the place of “{today}”, as long as the data go on as they did: it saves {saving} "
            "over {span}."
        )
    else:
        said = _("We propose “{best}” in the place of “{today}”: it saves {saving} over {span}.")
    return said.format(
        best=terms.name(answer, best, unit),
        today=terms.name(answer, today, unit),
        saving=terms.amount(answer, saving),
        cost=terms.amount(answer, float(answer.costs.total[best].mean())),
        count=len(answer.order),
        span=terms.span(answer, answer.panel.counted, unit),
    )


def _sureness(answer: Answer, unit: str) -> str:
    """Say in one sentence how sure the proposal is."""
    seeds, best, other = answer.panel.seeds, answer.recommended, _other(answer)
    if other is None:
        return _("Nothing else was compared, so there is nothing to be sure against.")
    if seeds == 1:
        return _("How sure that is cannot be said from one repeat; three would show it.")
    won = int((answer.costs.total[other] > answer.costs.total[best]).sum())
    found = answer.saving(best) if best != answer.baseline else answer.lead
    assert found is not None  # there is another
    return _(
        "It was cheaper than “{other}” in {won} of {seeds} repeats, and the difference lies between {low} and {high} "
        "nine times in ten."
    ).format(
        other=terms.name(answer, other, unit),
        won=won,
        seeds=seeds,
        low=terms.amount(answer, found.low),
        high=terms.amount(answer, found.high),
    )


def _over_time(paper: Paper) -> list[str]:
    answer, unit, best = paper.answer, paper.unit, paper.answer.recommended
    errors = answer.panel["error"][best].mean(0)  # [T]
    begins = answer.measure.worded(
        _("“{best}” errs {first} after {begin} and {last} after {end}."),
        _("“{best}” is off by {first} after {begin} and by {last} after {end}."),
    ).format(
        best=terms.name(answer, best, unit),
        first=answer.measure.text(float(errors[0])),
        last=answer.measure.text(float(errors[-1])),
        begin=terms.span(answer, 1, unit),
        end=terms.span(answer, answer.panel.horizon, unit),
    )
    worst = answer.measure.worded(
        _("At its worst, after {t}, it errs {error}."), _("At its worst, after {t}, it is off by {error}.")
    ).format(t=terms.span(answer, int(errors.argmax()) + 1, unit), error=answer.measure.text(float(errors.max())))
    return [begins, statements.weak_point(answer, unit) or worst, _cost_by_the_end(answer, unit)]


def _cost_by_the_end(answer: Answer, unit: str) -> str:
    costs, other = answer.costs.total.mean(1), _other(answer)
    if other is None:
        return _("By the end it has cost {cost}.").format(cost=terms.amount(answer, float(costs[answer.recommended])))
    return _("By the end it has cost {cost}, against {instead} with “{other}”.").format(
        cost=terms.amount(answer, float(costs[answer.recommended])),
        instead=terms.amount(answer, float(costs[other])),
        other=terms.name(answer, other, unit),
    )


def _early_late(paper: Paper) -> list[str]:
    answer, unit, best, other = paper.answer, paper.unit, paper.answer.recommended, _other(paper.answer)
    short, long = (answer.kpis[name].mean(1) for name in ("short_term_error", "long_term_error"))
    early, late = comparing.early_and_late(answer, unit)
    amounts = answer.costs.errors[best].mean(0)  # [T]
    stands = _("“{best}” stands at {short} early and {long} late, “{other}” at {short_other} and {long_other}.")
    if other is None:
        stands = _("“{best}” stands at {short} early and {long} late.")
    stands = stands.format(
        best=terms.name(answer, best, unit),
        short=answer.measure.text(float(short[best])),
        long=answer.measure.text(float(long[best])),
        other="" if other is None else terms.name(answer, other, unit),
        short_other="" if other is None else answer.measure.text(float(short[other])),
        long_other="" if other is None else answer.measure.text(float(long[other])),
    )
    fall = answer.measure.worded(
        _("In money, {early_cost} of its errors fall in the {early} and {late_cost} in the {late}."),
        _("In money, {early_cost} of its prediction errors fall in the {early} and {late_cost} in the {late}."),
    ).format(
        early_cost=terms.amount(answer, float(amounts[: answer.question.short or 1].sum())),
        late_cost=terms.amount(answer, float(amounts[-(answer.question.long or 1) :].sum())),
        early=early,
        late=late,
    )
    return [lessons.short_and_long(paper), stands, fall]


def _causes(paper: Paper) -> list[str]:
    answer, unit, best = paper.answer, paper.unit, paper.answer.recommended
    total, errors = (float(amounts[best].sum(-1).mean()) for amounts in (answer.costs.rows, answer.costs.errors))
    share = answer.measure.worded(
        _("Errors are {share} of what “{policy}” costs; the rest is what is spent to have fewer of them."),
        _("Prediction errors are {share} of what “{policy}” costs; the rest is what is spent to have fewer of them."),
    ).format(share=language.percent(errors / max(total, 1e-9), 0), policy=terms.name(answer, best, unit))
    return [share, *reasons.reasons(answer, unit)[:2]]


def _break_even(paper: Paper) -> list[str]:
    answer = paper.answer
    widest = cost_tables.tornado(answer, most=1)
    name = flips.named(answer, widest["name"].iloc[0] if len(widest) else cost_tables.drawable(answer)[0])
    if len(widest):
        matters = _("What matters most is “{what}”: halved, the saving is {halved}, doubled, {doubled}.").format(
            what=name,
            halved=terms.amount(answer, float(widest["halved"].iloc[0])),
            doubled=terms.amount(answer, float(widest["doubled"].iloc[0])),
        )
    else:
        matters = _("No assumption moves the saving when it is halved or doubled.")
    check = (
        _("The prices are your own: look at the answer again once “{what}” moves.")
        if answer.question.prices.confirmed
        else _("The prices are examples: state your own before deciding, “{what}” first.")
    )
    return [flips.by_number(answer, paper.unit)[0], matters, check.format(what=name)]


def _plan(paper: Paper) -> list[str]:
    answer, unit = paper.answer, paper.unit
    if paper.plan is None:
        return [lessons.in_stages(paper), costing.no_plan(), _small_start(answer, unit)]
    best = _("With hindsight the cheapest plan takes {updates} and costs {cost} over {span}.").format(
        updates=n_("{count} update", "{count} updates", len(paper.plan.plan.releases)),
        cost=terms.amount(answer, float(paper.plan.totals.mean())),
        span=terms.span(answer, answer.panel.horizon, unit),
    )
    regret = paper.plan.regret(answer.costs.total[answer.recommended]).mean
    far = (
        _("“{policy}” costs {amount} more than that plan: so much would knowing the future be worth.")
        if regret >= 0
        else _("“{policy}” costs {amount} less than that plan, which retrains one network from scratch.")
    )
    name = terms.name(answer, answer.recommended, unit)
    return [lessons.in_stages(paper), best, far.format(policy=name, amount=terms.amount(answer, abs(regret)))]


def _small_start(answer: Answer, unit: str) -> str:
    """Name the policy that learns for the least money, errors apart."""
    spend = np.where(answer.panel.learns & answer.allowed, answer.costs.spend.sum(-1).mean(1), np.inf)
    least = int(spend.argmin())
    if math.isinf(spend[least]):
        return _("Nothing that learns was compared, so the smallest start is still to be found.")
    return answer.measure.worded(
        _("The smallest start compared is “{policy}”: it spends {spend} over {span}, errors apart."),
        _("The smallest start compared is “{policy}”: it spends {spend} over {span}, prediction errors apart."),
    ).format(
        policy=terms.name(answer, least, unit),
        spend=terms.amount(answer, float(spend[least])),
        span=terms.span(answer, answer.panel.counted, unit),
    )


def _assumptions(paper: Paper) -> list[str]:
    answer, unit = paper.answer, paper.unit
    prices = (
        _("All amounts rest on your own prices, “{sheet}”.")
        if answer.question.prices.confirmed
        else _("Amounts rest on example prices until you state your own.")
        if paper.sheet.name == EXAMPLES
        else _("All amounts rest on the example prices “{sheet}” until you state your own.")
    )
    volume = float(answer.panel["volume"][answer.recommended][..., answer.panel.sunk :].sum(-1).mean())
    return [
        prices.format(sheet=paper.prices_called),
        _("They count {volume} predictions over {span}, of which {share} are acted on.").format(
            volume=language.number(volume),
            span=terms.span(answer, answer.panel.counted, unit),
            share=language.percent(answer.question.prices.use, 0),
        ),
        _("Today's policy is taken to be “{today}”; name another, and every saving is held against that one.").format(
            today=terms.name(answer, answer.baseline, unit)
        ),
    ]


def _method(paper: Paper) -> list[str]:
    answer, seeds = paper.answer, paper.answer.panel.seeds
    covers = _("An interval holds what nine of ten such repeats would show, not what a change of the data would do.")
    if seeds == 1:
        covers = _("One repeat gives no interval, so take every amount as a single draw.")
    repeated = n_("{count} repeat", "{count} repeats", seeds)
    return [
        _("{count} policies were compared on the same data over {span}, each with {repeats}.").format(
            count=len(answer.order), span=terms.span(answer, answer.panel.horizon, paper.unit), repeats=repeated
        ),
        covers,
        _("The same data, settings and program give the same figures again: run “{run}”, made on {date}.").format(
            run=paper.run.id, date=language.date(paper.run.manifest["finished"])
        ),
    ]
