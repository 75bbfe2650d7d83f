"""What the Cost page and the terminal show of money, as text in rows: causes, sums, break-evens, the staged plan."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from alma_core import language
from alma_core.decide import budget, cost_tables, flips, value
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES, OF_ERRORS
from alma_core.decide.hindsight import Hindsight
from alma_core.decide.prices import PER_ERROR
from alma_core.decide.sheet_line import turns
from alma_core.decide.sheets import Sheet
from alma_core.decide.stages import stages
from alma_core.errors import QuestionError
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import flips as said
from alma_core.report import terms

HALF: Final = 0.5
"""An amount that is less for every policy is shown nowhere: it is written as 0."""


def by_cause(answer: Answer, policies: Sequence[int], unit: str) -> pd.DataFrame:
    """Return one row a policy with what it costs by cause; causes that are nothing for all are left out."""
    amounts = {name: answer.costs.of(name).sum(-1).mean(1) for name in answer.costs.quantities}  # [P] each
    shown = [name for name in CAUSES if name in amounts and (amounts[name][list(policies)] >= HALF).any()]
    rows = [
        {
            _("policy"): terms.name(answer, number, unit),
            **{terms.cause(answer, name): terms.amount(answer, float(amounts[name][number])) for name in shown},
            _("total"): terms.amount(answer, float(answer.costs.total[number].mean())),
        }
        for number in policies
    ]
    return pd.DataFrame(rows)


def parts(answer: Answer, policy: int) -> pd.DataFrame:
    """Return how a policy's cost comes about, a line for each cause, to the yen: they add up to the last line."""
    found = value.parts(answer, policy)
    amounts = value.whole(np.array([part.amount for part in found]))
    rows = [
        {
            _("cause"): _("discounting") if part.cause == "discount" else terms.cause(answer, part.cause),
            _("how it comes about"): _how(answer, part),
            _("amount"): terms.exact(answer, amount),
        }
        for part, amount in zip(found, amounts.tolist(), strict=True)
        if amount
    ]
    total = {_("cause"): _("total"), _("how it comes about"): "", _("amount"): terms.exact(answer, int(amounts.sum()))}
    return pd.DataFrame([*rows, total])


def _how(answer: Answer, part: value.Part) -> str:
    """Write volume x rate x price, or quantity x price."""
    if part.quantity is None or part.unit_price is None:
        return ""
    write = terms.price if 0 < part.unit_price < 1 else terms.exact  # whoever checks the product needs all of it
    price = write(answer, part.unit_price)
    if part.predictions is not None and part.rate is not None:
        is_share = part.cause not in ("shortage", "excess") and answer.measure.is_share
        rate = language.percent(part.rate, 2) if is_share else language.number(part.rate, 3)
        return _("{predictions} predictions x {rate} = {quantity}, x {price}").format(
            predictions=language.number(part.predictions),
            rate=rate,
            quantity=language.number(part.quantity, 2),
            price=price,
        )
    sentence = {
        "people": _("{quantity} person-days x {price}"),
        "people_beyond": _("{quantity} person-days x {price}"),
        "labels": _("{quantity} labels x {price}"),
    }.get(part.cause, _("{quantity} hours x {price}"))
    digits = 4 if part.quantity < 1 else 1
    return sentence.format(quantity=language.number(part.quantity, digits), price=price)


def break_evens(answer: Answer, unit: str) -> pd.DataFrame:
    """Return for each number that money rests on where the recommendation changes, and to what."""
    rows = []
    for flip in flips.flips(answer):
        ends = ((flip.below, flip.below_policy), (flip.above, flip.above_policy))
        below, above = (
            _("stays")
            if at is None or policy is None or (flip.given and at > said.FARTHEST * flip.given)
            else _("{value}: “{policy}”").format(
                value=said.written(answer, flip.name, at), policy=terms.name(answer, policy, unit)
            )
            for at, policy in ends
        )
        rows.append(
            {
                _("assumption"): said.named(answer, flip.name),
                _("as it is"): said.written(answer, flip.name, flip.given),
                _("below this"): below,
                _("above this"): above,
            }
        )
    return pd.DataFrame(rows)


def tornado(answer: Answer) -> pd.DataFrame:
    """Return what the recommended policy saves with each number halved and doubled, the widest first; as text."""
    rows = [
        {
            _("assumption"): said.named(answer, name),
            _("saving if halved"): terms.amount(answer, low),
            _("saving if doubled"): terms.amount(answer, high),
        }
        for name, low, high in cost_tables.tornado(answer, most=None).itertuples(index=False)
    ]
    return pd.DataFrame(rows)


def staged(answer: Answer, plan: Hindsight, unit: str) -> pd.DataFrame:
    """Return the best schedule in hindsight as a staged investment, one row a step."""
    rows = [
        {
            _("when"): _("after {span}").format(span=wording.arrivals(stage.row, unit)),
            _("step"): _step(plan.capacities[stage.capacity], stage.moves_up, is_first=n == 0),
            _("outlay"): terms.amount(answer, stage.outlay),
            _("saves until the end"): terms.amount(answer, stage.saving),
            _("paid back"): _("not within the horizon")
            if stage.pay_back is None
            else _("after {span}").format(span=wording.arrivals(stage.pay_back, unit)),
        }
        for n, stage in enumerate(stages(plan.stakes, plan.plan))
    ]
    columns = [_("when"), _("step"), _("outlay"), _("saves until the end"), _("paid back")]
    return pd.DataFrame(rows, columns=columns)


def _step(capacity: str, moves_up: bool, is_first: bool) -> str:
    size = _(wording.CAPACITY_WORDS[capacity])
    if is_first:
        return _("start with the {size} model").format(size=size)
    return (_("move to the {size} model") if moves_up else _("update, {size} model")).format(size=size)


def no_plan() -> str:
    """Say what a staged plan needs."""
    return _(
        "No staged plan: it needs a policy that retrains one network from scratch at every arrival, judged at all "
        "later ones, and the run's own size of mega-batch."
    )


def plan_in_words(answer: Answer, plan: Hindsight, unit: str) -> str:
    """Say what the best schedule in hindsight would have cost, and how far the recommended policy is from it."""
    regret = plan.regret(answer.costs.total[answer.recommended])
    said_of_plan = _("Best plan in hindsight: {updates}, {cost} over {span}.").format(
        updates=n_("{count} update", "{count} updates", len(plan.plan.releases)),
        cost=terms.amount(answer, float(plan.totals.mean())),
        span=terms.span(answer, answer.panel.horizon, unit),
    )
    far = (
        _("The recommended policy costs {amount} more ({interval}); nobody could have known that plan beforehand.")
        if regret.mean >= 0
        else _("The recommended policy costs {amount} less ({interval}): the plan retrains one network from scratch.")
    )
    ends = (regret.low, regret.high) if regret.mean >= 0 or math.isnan(regret.low) else (-regret.high, -regret.low)
    return language.joined(
        said_of_plan,
        far.format(amount=terms.amount(answer, abs(regret.mean)), interval=terms.interval(answer, *ends)),
    )


def budget_in_words(answer: Answer, most: float, unit: str) -> str:
    """Say which policy errs least for a spend, errors apart; where nothing can be had for it, what the least is."""
    found = budget.within(answer, most)
    if found is None:
        least = budget.frontier(answer)[0]
        return _("Nothing can be had for {most}; the least spend is {least}, for “{policy}”.").format(
            most=terms.amount(answer, most),
            least=terms.amount(answer, least.spend),
            policy=terms.name(answer, least.policy, unit),
        )
    said = answer.measure.worded(
        _("For at most {most}: “{policy}” spends {spend}; its errors cost {errors}."),
        _("For at most {most}: “{policy}” spends {spend}; its prediction errors cost {errors}."),
    )
    return said.format(
        most=terms.amount(answer, most),
        policy=terms.name(answer, found.policy, unit),
        spend=terms.amount(answer, found.spend),
        errors=terms.amount(answer, found.errors),
    )


def next_in_words(answer: Answer, amount: float, unit: str) -> list[str]:
    """Say what an amount more buys on a larger model, and on more updates."""
    steps = {step.kind: step for step in budget.next_money(answer, amount)}
    worded = answer.measure.worded
    ways = {
        budget.LARGER: (
            worded(
                _("On a larger model: “{policy}” spends {more} more, and errors cost {saved} less."),
                _("On a larger model: “{policy}” spends {more} more, and prediction errors cost {saved} less."),
            ),
            _("On a larger model: nothing to be had for {amount} more."),
        ),
        budget.OFTENER: (
            worded(
                _("On more updates: “{policy}” spends {more} more, and errors cost {saved} less."),
                _("On more updates: “{policy}” spends {more} more, and prediction errors cost {saved} less."),
            ),
            _("On more updates: nothing to be had for {amount} more."),
        ),
    }
    return [
        there.format(
            policy=terms.name(answer, steps[kind].policy, unit),
            more=terms.amount(answer, steps[kind].more),
            saved=terms.amount(answer, steps[kind].saved),
        )
        if kind in steps
        else nothing.format(amount=terms.amount(answer, amount))
        for kind, (there, nothing) in ways.items()
    ]


def turns_in_words(answer: Answer, other: Sheet, unit: str) -> str:
    """Say where on the straight line to another price sheet the recommendation changes; nothing where none leads."""
    try:
        found = turns(answer, other.prices)
    except QuestionError:  # the two differ in more than prices
        return ""
    name = other.spoken[0]
    if len(found) == 1:
        return _("All the way to the price sheet “{sheet}” the recommendation stays.").format(sheet=name)
    said_of_it = _("On the way to the price sheet “{sheet}” it turns after {share}, to “{policy}”.").format(
        sheet=name, share=language.percent(found[1][0]), policy=terms.name(answer, found[1][1], unit)
    )
    if found[-1][1] == found[1][1]:
        return said_of_it
    last = terms.name(answer, found[-1][1], unit)
    return language.joined(said_of_it, _("At its end it is “{policy}”.").format(policy=last))


def a_million(answer: Answer) -> float:
    """Return what "the next million" is in the answer's currency: a million yen, or ten thousand."""
    return 1e6 if answer.question.prices.currency == "JPY" else 1e4


def money_in_words(answer: Answer, unit: str) -> list[str]:
    """Say what the recommended policy takes at first, when it has paid back, and when it hurts most."""
    policy = answer.recommended
    rows, worst = value.pay_back_rows(answer, policy), value.worst_moment(answer, policy)
    outlay = value.first_year_outlay(answer, policy)
    share = float(answer.costs.of(*OF_ERRORS)[policy].sum(-1).mean() / max(answer.costs.total[policy].mean(), 1e-9))
    said_of_it = []
    if policy != answer.adopted:  # the headline names today's
        said_of_it.append(_("Of “{policy}”, which looks cheapest:").format(policy=terms.name(answer, policy, unit)))
    errors = answer.measure.worded(
        _("Errors are {share} of its cost."), _("Prediction errors are {share} of its cost.")
    )
    said_of_it.append(errors.format(share=language.percent(share, 0)))
    if outlay is not None:
        said_of_it.append(
            answer.measure.worded(
                _("Spent in the first year, errors apart: {amount}."),
                _("Spent in the first year, prediction errors apart: {amount}."),
            ).format(amount=terms.amount(answer, outlay))
        )
    if policy != answer.baseline:
        said_of_it.append(
            _("It does not come to cost less than today's within the horizon.")
            if rows is None
            else _("It never costs more than today's.")
            if rows == 0
            else _("Paid back after {span}: from then on it has cost less than today's.").format(
                span=terms.span(answer, rows, unit)
            )
        )
    said_of_it.append(
        _("Its dearest moment: {amount} after {t}.").format(
            amount=terms.amount(answer, worst.amount), t=terms.span(answer, worst.row, unit)
        )
    )
    return said_of_it


def dearness(answer: Answer, times: float) -> str:
    """Write by what the prices of errors are multiplied: as the price that comes of it, where there is one."""
    prices = answer.question.prices
    if prices.kind == PER_ERROR:
        return terms.price(answer, times * prices.price_per_error)
    return _("{times} times").format(times=language.number(times, 2 if times < 1 else 1))
