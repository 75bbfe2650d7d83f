"""The answer in words, made from its numbers: for the page, the terminal and the offline page alike."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from alma_core import language
from alma_core.decide import advise
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.policies import wording


def name(answer: Answer, number: int, unit: str) -> str:
    """Name a policy of the answer in the language in use."""
    return wording.label(_policy(answer, number), unit)


def _policy(answer: Answer, number: int) -> dict[str, Any]:
    """Return a policy's columns with its times in arrivals, however many of them come as one mega-batch."""
    policy: dict[str, Any] = answer.panel.policies.iloc[number].to_dict()  # type: ignore[assignment]
    times = ("waiting_time", "first_update", "window")
    return policy | {name: int(policy[name]) * answer.question.factor for name in times}


def span(answer: Answer, rows: int, unit: str) -> str:
    """Write so many rows of the answer as arrivals in the stream's unit."""
    return wording.arrivals(int(rows) * answer.question.factor, unit)


def amount(answer: Answer, value: float) -> str:
    """Write an amount in the answer's currency."""
    return language.money(value, answer.question.prices.currency)


def price(answer: Answer, value: float) -> str:
    """Write a price: as an amount, but one below 1 with two figures, where an amount would be rounded away."""
    if not 0 < value < 1:
        return amount(answer, value)
    currency = answer.question.prices.currency
    in_yen = currency == "JPY" and language.current() == "ja"
    digits = min(1 - math.floor(math.log10(value)), 12)
    return language.number(value, digits) + ("円" if in_yen else language.NO_BREAK + currency)


def interval(answer: Answer, low: float, high: float) -> str:
    """Write the ends of an interval of amounts; a dash where one repeat gives none."""
    if math.isnan(low):
        return "–"
    return _("{low} to {high}").format(low=amount(answer, low), high=amount(answer, high))


def headline(answer: Answer, unit: str) -> str:
    """Say what to do."""
    if answer.verdict == advise.NOT_ENOUGH:
        return _("Not enough evidence to change: stay with “{today}” for now.").format(
            today=name(answer, answer.baseline, unit)
        )
    if answer.is_incumbent(answer.recommended) and answer.question.incumbent_error is None:
        return _("Do not introduce a model: at these prices none pays for itself.")
    return wording.sentence(_policy(answer, answer.recommended), unit)


def worth(answer: Answer, unit: str) -> str:
    """Say what it saves against today's policy, with its interval."""
    best, today = answer.recommended, name(answer, answer.baseline, unit)
    horizon = span(answer, answer.panel.horizon, unit)
    if answer.verdict == advise.KEEP:
        return _("Today's policy, “{today}”, costs least of the {count} compared: {cost} over {span}.").format(
            today=today,
            count=len(answer.order),
            cost=amount(answer, answer.costs.total[best].mean()),
            span=horizon,
        )
    saving = answer.saving(best)
    said = {
        "today": today,
        "saving": amount(answer, saving.mean),
        "span": horizon,
        "best": name(answer, best, unit),
    }
    if math.isnan(saving.low):
        return _(
            "“{best}” is cheaper than today's “{today}” by {saving} over {span}, but a single repeat gives no interval."
        ).format(**said)
    said |= {"low": amount(answer, saving.low), "high": amount(answer, saving.high)}
    if answer.verdict == advise.NOT_ENOUGH:
        return _(
            "“{best}” looks cheaper than today's “{today}” by {saving} over {span}, but the 90 % interval, {low} to "
            "{high}, holds zero."
        ).format(**said)
    return _("Saves {saving} over {span} against today's “{today}” (90 % interval {low} to {high}).").format(**said)


def certainty(answer: Answer) -> str:
    """Say how sure the answer is, with the reason: against today's policy, and against the runner-up."""
    seeds = answer.panel.seeds
    if seeds == 1:
        return _("How sure: cannot be said from a single repeat; run three or more.")
    won = int((answer.costs.total[answer.baseline] > answer.costs.total[answer.recommended]).sum())
    if answer.verdict == advise.NOT_ENOUGH:
        return _(
            "How sure: low – cheaper than today's in {won} of {seeds} repeats. More repeats would settle it."
        ).format(won=won, seeds=seeds)
    leads = answer.lead is None or answer.lead.sign > 0
    if answer.verdict == advise.KEEP:
        sure = _("How sure: high – it beats the runner-up, and the interval of its lead leaves zero.")
        unsure = _("How sure: on condition – today's policy and the runner-up cannot be told apart.")
        return sure if leads else unsure
    sure = _("How sure: high – cheaper than today's in {won} of {seeds} repeats, and ahead of the runner-up.")
    unsure = _(
        "How sure: high that it beats today's (in {won} of {seeds} repeats), but it cannot be told apart from the "
        "runner-up."
    )
    return (sure if leads else unsure).format(won=won, seeds=seeds)


def runner_up(answer: Answer, unit: str) -> str:
    """Name the second best and its distance; empty where there is none."""
    second = answer.runner_up
    if second is None:
        return ""
    more = answer.costs.total[second].mean() - answer.costs.total[answer.recommended].mean()
    said = _("Runner-up: “{policy}”, {more} more.").format(policy=name(answer, second, unit), more=amount(answer, more))
    if answer.lead is None or math.isnan(answer.lead.low):
        return said
    ends = interval(answer, answer.lead.low, answer.lead.high)
    return language.joined(said, _("90 % interval of the lead: {interval}.").format(interval=ends))


def flips(answer: Answer, unit: str) -> list[str]:
    """Say at which incumbent error and at which price of an error another policy becomes the cheapest."""
    return _by_incumbent_error(answer, unit) + _neighbours(
        answer,
        unit,
        answer.winners_by_price_per_error,
        answer.question.prices.price_per_error,
        partial(price, answer),
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
        said.format(policy=name(answer, number, unit), limit=write(limit), given=write(given))
        for said, number, limit in around
    ]


def _with_a_model(answer: Answer, winners: list[tuple[float, int]], unit: str) -> str:
    """Say which policy wins at which error of a model in service, in one sentence."""
    ends = [*(start for start, _number in winners[1:]), None]
    parts = [
        _("“{policy}” from there on").format(policy=name(answer, number, unit))
        if end is None
        else _("“{policy}” up to {error}").format(policy=name(answer, number, unit), error=answer.measure.text(end))
        for (_start, number), end in zip(winners, ends, strict=True)
    ]
    if len(winners) == 1:
        return answer.measure.worded(
            _("If a model is in service already, “{policy}” is cheapest whatever its error."),
            _("If a model is in service already, “{policy}” is cheapest however far it is off."),
        ).format(policy=name(answer, winners[0][1], unit))
    return answer.measure.worded(
        _("If a model is in service already, its error decides: {parts}."),
        _("If a model is in service already, how far it is off decides: {parts}."),
    ).format(parts=_("; ").join(parts))


def weak_point(answer: Answer, unit: str) -> str:
    """Say when the recommended policy is worse than today's, and by how much."""
    if answer.recommended == answer.baseline:
        return ""
    error = answer.panel["error"].mean(1)  # [P, T]
    worse = error[answer.recommended] - error[answer.baseline]  # [T]
    when = np.flatnonzero(worse > 0)
    if not len(when):
        return answer.measure.worded(
            _("Weak point: none against today's policy; at no time does it err more."),
            _("Weak point: none against today's policy; at no time is it further off."),
        )
    return answer.measure.worded(
        _("Weak point: {more} more errors than today's for {count} of {rows}, first after {t}."),
        _("Weak point: off by {more} more than today's for {count} of {rows}, first after {t}."),
    ).format(
        more=answer.measure.size(float(worse[when].mean())),
        count=span(answer, len(when), unit),
        rows=span(answer, answer.panel.horizon, unit),
        t=span(answer, int(when[0]) + 1, unit),
    )


def all_but_headline(answer: Answer, unit: str) -> list[str]:
    """Return everything there is to say below the headline, in the order in which it is read."""
    said = [
        worth(answer, unit),
        certainty(answer),
        runner_up(answer, unit),
        *flips(answer, unit),
        weak_point(answer, unit),
        not_included(answer),
    ]
    return [sentence for sentence in said if sentence]


def not_included(answer: Answer) -> str:
    """Say what the amounts leave out."""
    left_out = _(
        "Not included: labels that come late, hardware that must be bought, data that drifts. A simulation on past "
        "data is an estimate of what comes."
    )
    if answer.measure.judged == "next":  # what drifts in the data is in the errors
        left_out = _(
            "Not included: labels that come late, hardware that must be bought, a future unlike the past. A "
            "simulation on past data is an estimate of what comes."
        )
    if answer.question.prices.confirmed:
        return left_out
    return language.joined(_("Amounts rest on example prices until you state your own."), left_out)


def coverage(answer: Answer, unit: str) -> str:
    """Say what errors are measured on, and what the intervals cover."""
    measure = answer.measure
    judged_on = _("Errors are measured on a fixed test set.")
    if not measure.in_order:
        judged_on = language.joined(judged_on, _("The data is not a time series: each repeat draws its own order."))
    if measure.judged == "next":
        judged_on = _("Errors are measured on the data of the next {span}, before anything trains on it.").format(
            span=span(answer, 1, unit).removeprefix("1 ")
        )
    of_draws = _("Intervals are 90 %, over {seeds} repeats with other random draws, policy by policy on the same data.")
    beyond = _("They cover neither the finite test set nor a change of the data.")
    if measure.judged == "next":
        beyond = _("They cover neither the finite data judged on nor a change of the data.")
        if measure.in_order:
            beyond = _("The data keeps its order in time, so they cover chance in training, not the choice of period.")
    meant = measure.worded("", _("A prediction error is the mean absolute difference from the target."))
    return language.joined(meant, judged_on, of_draws.format(seeds=answer.panel.seeds), beyond)
