"""The answer in words, made from its numbers: for the page, the terminal and the offline page alike."""

import math
from typing import Final

from alma_core import language
from alma_core.decide import advise, value
from alma_core.decide.advise import Answer
from alma_core.decide.compare import Estimate, paired
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import flips, provisos, sureness, terms

VISIBLE: Final = 0.05
"""Share of a saving that is worth a sentence."""


def headline(answer: Answer, unit: str) -> str:
    """Say what to do."""
    if answer.verdict == advise.NONE_ALLOWED:
        return provisos.closest(answer, unit)
    if answer.verdict == advise.NOT_ENOUGH:
        return _("Not enough evidence to change: stay with “{today}” for now.").format(
            today=terms.name(answer, answer.baseline, unit)
        )
    if answer.is_incumbent(answer.recommended) and answer.question.incumbent_error is None:
        return _("Do not introduce a model: at these prices none pays for itself.")
    return wording.sentence(terms.policy(answer, answer.recommended), unit)


def worth(answer: Answer, unit: str) -> str:
    """Say what it saves against today's policy, with its interval."""
    best, today = answer.recommended, terms.name(answer, answer.baseline, unit)
    horizon = terms.span(answer, answer.panel.counted, unit)
    if answer.verdict == advise.KEEP:
        return _("Today's policy, “{today}”, costs least of the {count} compared: {cost} over {span}.").format(
            today=today,
            count=len(answer.order),
            cost=terms.amount(answer, answer.costs.total[best].mean()),
            span=horizon,
        )
    if answer.verdict == advise.NONE_ALLOWED and best == answer.baseline:
        return _("Today's policy, “{today}”, comes closest itself: {cost} over {span}.").format(
            today=today, cost=terms.amount(answer, answer.costs.total[best].mean()), span=horizon
        )
    saving = answer.saving(best)
    said = {
        "today": today,
        "saving": terms.amount(answer, saving.mean),
        "span": horizon,
        "best": terms.name(answer, best, unit),
    }
    if not answer.allowed[answer.baseline]:
        return _instead(answer, saving, said)
    if math.isnan(saving.low):
        return _(
            "“{best}” is cheaper than today's “{today}” by {saving} over {span}, but a single repeat gives no interval."
        ).format(**said)
    said |= {"low": terms.amount(answer, saving.low), "high": terms.amount(answer, saving.high)}
    if answer.verdict == advise.NOT_ENOUGH:
        looks = _(
            "“{best}” looks cheaper than today's “{today}” by {saving} over {span}, but the 90 % interval, {low} to "
            "{high}, holds zero."
        )
        return language.joined(looks.format(**said), _a_year(answer, saving), _luck(answer, saving))
    return language.joined(
        _("Saves {saving} over {span} against today's “{today}” (90 % interval {low} to {high}).").format(**said),
        _a_year(answer, saving),
        _luck(answer, saving),
    )


def _instead(answer: Answer, saving: Estimate, said: dict[str, str]) -> str:
    """Say what it costs to keep to the limits, or to come closest to them, where today's policy does not."""
    keeps = _(
        "Today's “{today}” exceeds a limit. “{best}” is the cheapest that keeps to them; it saves {saving} over {span} "
        "({interval}; below zero it costs more)."
    )
    is_closest = _(
        "Today's “{today}” exceeds a limit, too. Against it “{best}”, which comes closest, saves {saving} over {span} "
        "({interval}; below zero it costs more)."
    )
    ends = terms.interval(answer, saving.low, saving.high)
    return (is_closest if answer.verdict == advise.NONE_ALLOWED else keeps).format(**said, interval=ends)


def _luck(answer: Answer, saving: Estimate) -> str:
    """Say what the saving was in the simulation, where being picked as the cheapest flatters it visibly."""
    plain = float(answer.savings.means[answer.recommended])
    if abs(plain - saving.mean) <= VISIBLE * abs(plain):
        return ""
    said = _("In the simulation it was {plain} cheaper; the rest is the luck of having been picked.")
    return said.format(plain=terms.amount(answer, plain))


def _a_year(answer: Answer, saving: Estimate) -> str:
    """Say what a saving comes to in a year; nothing where the horizon has no length, or is a year."""
    yearly, length = value.per_year(answer, saving), value.years(answer)
    if yearly is None or length is None or round(length, 1) == 1.0:
        return ""
    ends = terms.interval(answer, yearly.low, yearly.high)
    return _("That is {saving} a year ({interval}).").format(saving=terms.amount(answer, yearly.mean), interval=ends)


def runner_up(answer: Answer, unit: str) -> str:
    """Name the second best and its distance; empty where there is none."""
    second = answer.runner_up
    if second is None:
        return ""
    assert answer.lead is not None  # there is a second
    more = answer.lead.mean
    said = _("Runner-up: “{policy}”, {more} more.").format(
        policy=terms.name(answer, second, unit), more=terms.amount(answer, more)
    )
    if answer.lead is None or math.isnan(answer.lead.low):
        return said
    ends = terms.interval(answer, answer.lead.low, answer.lead.high)
    return language.joined(said, _("90 % interval of the lead: {interval}.").format(interval=ends))


def weak_point(answer: Answer, unit: str) -> str:
    """Say when the recommended policy is worse than today's, and by how much."""
    if answer.recommended == answer.baseline:
        return ""
    weak = value.weak_point(answer)
    if weak is None or answer.measure.size(weak.more) == answer.measure.size(0.0):  # less than is written
        return answer.measure.worded(
            _("Weak point: none against today's policy; at no time does it err more."),
            _("Weak point: none against today's policy; at no time is it further off."),
        )
    return answer.measure.worded(
        _("Weak point: {more} more errors than today's for {count} of {rows}, first after {t}."),
        _("Weak point: off by {more} more than today's for {count} of {rows}, first after {t}."),
    ).format(
        more=answer.measure.size(weak.more),
        count=terms.span(answer, weak.rows, unit),
        rows=terms.span(answer, answer.panel.counted, unit),
        t=terms.span(answer, weak.first, unit),
    )


def constant_rules(answer: Answer) -> str:
    """Say what flagging nothing and flagging everything would cost, without a model; nothing if errors cost alike."""
    found = value.constant_rules(answer)
    if found is None:
        return ""
    total = float(answer.costs.total[answer.recommended].mean())
    said = _("Without any model, flagging nothing would cost {never}, flagging everything {always}.").format(
        never=terms.amount(answer, found.never), always=terms.amount(answer, found.always)
    )
    if min(found) >= total:
        return said
    return language.joined(said, _("That is less than any policy compared here: look for a better model first."))


def early_and_late(answer: Answer, unit: str) -> str:
    """Say which policies are best early and late, where the two rankings disagree beyond chance; else nothing."""
    found = answer.disagreement
    if not found.is_real:
        return ""
    said = answer.measure.worded(
        _("Early and late rank policies differently: “{early}” errs least at first, “{late}” in the end."),
        _("Early and late rank policies differently: “{early}” is off least at first, “{late}” in the end."),
    )
    return said.format(early=terms.name(answer, found.early, unit), late=terms.name(answer, found.late, unit))


def never_trained_on(answer: Answer, unit: str) -> list[str]:
    """Say what arrives after the last update, for the recommended policy and today's; a sentence for each."""
    said = []
    for number in dict.fromkeys((answer.recommended, answer.baseline)):
        policy, rows = answer.panel.policies.iloc[number], answer.panel.horizon
        if answer.is_incumbent(number) or policy["schedule"] != "every" or not rows % policy["waiting_time"]:
            continue
        said.append(
            _("“{policy}” never trains on the last {left} of {rows}: they come after its last update.").format(
                policy=terms.name(answer, number, unit),
                left=terms.span(answer, rows % policy["waiting_time"], unit),
                rows=terms.span(answer, rows, unit),
            )
        )
    return said


def set_aside(answer: Answer, unit: str) -> str:
    """Say what the research methods that are not compared would have changed; empty where none are left out."""
    aside = answer.set_aside
    if aside is None:
        return ""
    gain = paired(answer.costs.total[answer.recommended], aside.costs.total[aside.recommended])
    count = len(aside.order) - 1  # today's policy is there to be compared with
    policies = n_("{count} policy with a research method", "{count} policies with research methods", count)
    if gain.mean <= 0:
        return _("Not compared: {policies}; none is cheaper.").format(policies=policies)
    return _(
        "Not compared: {policies}, of which “{policy}” would be {gain} cheaper (90 % interval {interval})."
    ).format(
        policies=policies,
        policy=terms.name(aside, aside.recommended, unit),
        gain=terms.amount(answer, gain.mean),
        interval=terms.interval(answer, gain.low, gain.high),
    )


def all_but_headline(answer: Answer, unit: str) -> list[str]:
    """Return everything there is to say below the headline, in the order in which it is read in one piece."""
    said = [
        worth(answer, unit),
        provisos.foreseen(answer, unit),
        sureness.certainty(answer, unit),
        provisos.in_ranges(answer),
        runner_up(answer, unit),
        provisos.condition(answer, unit),
        *flips.sentences(answer, unit),
        weak_point(answer, unit),
        constant_rules(answer),
        early_and_late(answer, unit),
        provisos.left_out(answer),
        *never_trained_on(answer, unit),
        set_aside(answer, unit),
        not_included(answer),
    ]
    return [sentence for sentence in said if sentence]


def not_included(answer: Answer) -> str:
    """Say what the amounts leave out: what the prices do not state, and what no simulation knows."""
    prices, is_next = answer.question.prices, answer.measure.judged == "next"
    missing = [
        _("labels that come late") if not (prices.label_delay or answer.measure.dates_labels) else "",
        _("the days until an update is released") if not prices.release_days else "",
        _("hardware that must be bought") if not prices.hardware else "",
        _("a future unlike the past") if is_next else _("data that drifts"),  # what drifts so far is in the errors
    ]
    said = language.joined(
        _("Not included: {missing}.").format(missing=_(", ").join(filter(None, missing))),
        _("A simulation on past data is an estimate of what comes."),
    )
    if prices.confirmed:
        return said
    return language.joined(_("Amounts rest on example prices until you state your own."), said)


def coverage(answer: Answer, unit: str) -> str:
    """Say what errors are measured on, and what the intervals cover."""
    measure = answer.measure
    judged_on = _("Errors are measured on a fixed test set.")
    if not measure.in_order:
        judged_on = language.joined(judged_on, _("The data is not a time series: each repeat draws its own order."))
    if measure.judged == "next":
        judged_on = _("Errors are measured on the data of the next {span}, before anything trains on it.").format(
            span=terms.span(answer, 1, unit).removeprefix("1 ")
        )
    of_draws = _("Intervals are 90 %, over {seeds} repeats with other random draws, policy by policy on the same data.")
    beyond = _("They cover neither the finite test set nor a change of the data.")
    if measure.judged == "next":
        beyond = _("They cover neither the finite data judged on nor a change of the data.")
        if answer.by_arrivals:
            beyond = _(
                "The data keeps its order in time: they cover chance in training and, by blocks of arrivals, other "
                "periods of the same kind, not a change of the data."
            )
        elif measure.in_order:
            beyond = _("The data keeps its order in time, so they cover chance in training, not the choice of period.")
    meant = measure.worded("", _("A prediction error is the mean absolute difference from the target."))
    return language.joined(meant, judged_on, of_draws.format(seeds=answer.panel.seeds), beyond, device_time(answer))


def device_time(answer: Answer) -> str:
    """Say what device time is, where not all of it is reckoned from operations; else nothing."""
    if (answer.panel.policies["compute_basis"] != "seconds").all():
        return ""
    return _(
        "The device time of networks is reckoned from their operations; that of boosted trees and linear models is "
        "the CPU time they took in the simulation, charged at the same rate."
    )
