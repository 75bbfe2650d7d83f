"""What following the advice would have cost."""

import dataclasses
import math
from typing import Any

import pandas as pd
import pytest

from alma_core.decide import advise, backtest, rules
from alma_core.decide.backtest import Tried, scored, tried
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from alma_core.report import text
from tests.decide import hand
from tests.decide.test_pilot import PRICES, curve, ledger

RUNNING = dataclasses.replace(PRICES, price_per_label=0.5, upkeep=(("every", 7305.0),), days_per_arrival=1.0)
"""500 for labels and 20 for care in each row, whenever there is an update."""


def rest_of(table: pd.DataFrame, policy: str, seen: int, running: float = 0.0) -> float:
    """Return what a policy costs after the rows seen at 10 an error and 500 an update, in the plain way."""
    rows = table[(table["policy"] == policy) & (table["t"] > seen)]
    amounts = rows["error"] * rows["volume"] * 10 + rows["updated"] * 500
    later = table["t"].max() - seen
    return float(amounts.groupby(rows["seed"]).sum().mean()) + running * later * (policy != "incumbent")


def tries(table: pd.DataFrame, *shares: float, measure: Any = None, **question: Any) -> list[Tried]:
    asked = Question(**{"prices": PRICES, "baseline": "once"} | question)
    return tried("run", "sheet", hand.record(table, measure), asked, shares)


def test_regret_by_hand():
    """Half of 12 rows seen: the advice is followed from row 7 on, and held against whoever is cheapest there."""
    table = ledger()
    (one,) = tries(table, 0.5)
    rest = {name: rest_of(table, name, 6) for name in ("one", "two", "once", "incumbent")}
    assert one.seen == 6
    assert one.best == min(rest, key=rest.__getitem__) == "two"
    assert one.cost == pytest.approx(rest["two"])
    assert one.regret == pytest.approx(rest[one.adopted] / rest["two"] - 1)
    assert one.today == pytest.approx(rest["once"] / rest["two"] - 1)
    assert (one.verdict, one.refused) == (advise.RECOMMEND, "")


@pytest.mark.parametrize(("prices", "running"), [(PRICES, 0.0), (RUNNING, 520.0)])
def test_rules_pay_for_all_that_policies_pay_for(prices: Prices, running: float):
    """Policy `one` retrains on all data at every arrival, as the rule "always" does: both have the same regret."""
    table = ledger()
    (one,) = tries(table, 0.5, prices=prices)
    assert set(one.rules) == set(rules.RULES)
    always = rest_of(table, "one", 6, running) / rest_of(table, one.best, 6, running) - 1
    assert one.rules[rules.ALWAYS] == pytest.approx(always)


def test_rules_need_models_that_they_retrain():
    table = hand.table(hand.incumbent([[0.9] * 12] * 3), curve("two", 2, 12), curve("four", 4, 12))
    (one,) = tries(table, 0.75, baseline="two")
    assert one.rules == {}


def test_judged_on_what_comes_next_the_newest_row_is_still_to_come():
    """After 6 arrivals rows 1 to 5 are known; the rest begins at row 6."""
    table = hand.numbers(ledger(), 1.0)
    (one,) = tries(table, 0.5, measure=dataclasses.replace(hand.RENTALS, scale=1.0))
    assert one.rules == {}  # this run does not tell how its models do at later rows
    assert one.seen == 6
    assert one.cost == pytest.approx(rest_of(table, one.best, 5))
    assert one.today == pytest.approx(rest_of(table, "once", 5) / one.cost - 1)


def test_not_enough_evidence_keeps_today_s_and_is_scored_so():
    table = ledger()
    (one,) = tries(table[table["seed"] == 0], 0.5)
    assert (one.verdict, one.adopted) == (advise.NOT_ENOUGH, "once")
    assert one.regret == one.today > 0


def test_no_advice_keeps_today_s_and_says_why():
    one, other = tries(ledger(), 0.25, 0.5, baseline="one")
    assert (one.verdict, one.adopted, other.verdict) == ("", "one", advise.RECOMMEND)
    assert "fewer than four points" in one.refused
    assert one.regret == one.today == pytest.approx(rest_of(ledger(), "one", 3) / rest_of(ledger(), one.best, 3) - 1)
    said = text.backtest([one, other])
    assert "no advice" in said
    assert one.refused in said
    assert "0 % of 2 times" in said.replace("\u00a0", " ")


def test_best_in_hindsight_keeps_to_the_limits():
    """Without hardware for size M nobody updates; without the limit `two` is best."""
    prices = dataclasses.replace(PRICES, hardware=(("M", 1.0),))
    known = hand.answer(ledger(), Question(prices=prices, baseline="incumbent", limits=Limits(one_off=0.5)))
    assert known.panel.policies["policy"][scored(known, "two", 6).best] == "incumbent"
    assert scored(known, "two", 6).regret < 0
    free = hand.answer(ledger(), Question(prices=prices, baseline="incumbent"))
    assert free.panel.policies["policy"][scored(free, "two", 6).best] == "two"


def test_a_policy_that_is_listed_under_another_s_name_has_its_cost():
    """Two policies that come to the same within the horizon are listed once; the advice may have named the other."""
    alike = ledger(12, curve("two", 2, 12).assign(policy="owt", window=12, replay=0.0))
    known = hand.answer(alike, Question(prices=PRICES, baseline="one"))
    assert "owt" not in known.panel.policies["policy"].tolist()
    assert scored(known, "owt", 6) == scored(known, "two", 6)
    with pytest.raises(QuestionError, match="There is no policy nobody"):
        scored(known, "nobody", 6)


def test_where_the_best_costs_nothing_there_is_no_share_of_it():
    (one,) = tries(ledger(), 0.5, prices=dataclasses.replace(PRICES, price_per_error=0.0), baseline="one")
    assert (one.best, one.cost) == ("incumbent", 0.0)
    assert one.regret == 0 or math.isnan(one.regret)
    assert math.isnan(one.today)
    assert math.isnan(one.rules[rules.ALWAYS])
    line, mean = text.backtest([one]).splitlines()[1:3]
    assert "–" in line
    assert "nan" not in line + mean


def test_a_cap_on_updates_a_year_holds_for_the_rules_too():
    limits = Limits(updates_per_year=3)
    (one,) = tries(ledger(), 0.5, prices=RUNNING, limits=limits, baseline="once")
    assert one.rules[rules.ALWAYS] > one.rules[rules.NEVER] - 1  # it answers


@pytest.mark.parametrize(("horizon", "share", "seen"), [(12, 0.01, 1), (12, 0.4, 5), (12, 0.99, 11), (8, 0.6, 5)])
def test_shares_are_arrivals(horizon: int, share: float, seen: int):
    (one,) = tries(ledger(), share, horizon=horizon)
    assert one.seen == seen


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, 40.0, math.nan])
def test_shares_that_are_none(share: float):
    with pytest.raises(QuestionError, match="above 0 and below 1 were expected"):
        tries(ledger(), 0.4, share)


def test_verdicts_are_counted():
    found = tries(ledger(), 0.25, 0.5, 0.75, baseline="one")
    assert backtest.shares_of_verdicts(found) == {"": 1 / 3, advise.RECOMMEND: 2 / 3, advise.NOT_ENOUGH: 0.0}


def test_the_same_question_has_the_same_table():
    assert tries(ledger(), 0.4, 0.6) == tries(ledger(), 0.4, 0.6)
