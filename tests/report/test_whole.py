"""The whole answer as plain data, and its three reasons."""

import dataclasses
import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alma_core import language, library
from alma_core.decide import flips, hindsight, pilot, record, sheets, value
from alma_core.decide.advise import Answer
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import reasons, whole
from tests.decide import hand
from tests.decide.test_pilot import ledger as learning

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
PROMISED = {
    "verdict", "recommended", "baseline", "ranking", "saving", "runner_up", "flips", "weak_point", "oracle", "regret",
    "reasons",
}  # fmt: skip


def answered(
    table: pd.DataFrame | None = None, measure: Any = None, prices: dict[str, Any] | None = None, **asked: Any
) -> Answer:
    question = Question(prices=dataclasses.replace(PRICES, **prices or {}), **asked)
    return hand.answer(hand.example() if table is None else table, question, measure)


def strict(found: Answer, plan: hindsight.Hindsight | None = None) -> dict[str, Any]:
    """Return the answer as another program reads it; a NaN or an infinity is refused."""
    data: dict[str, Any] = json.loads(json.dumps(whole.as_json(found, "month", plan), allow_nan=False))
    return data


LITTLE = hand.example()[hand.example()["policy"] == "every"].reset_index(drop=True)
RESEARCH = hand.table(hand.example(), hand.rows("gens", [[0.3, 0.2, 0.1, 0.1]] * 2, [1, 2], method="gens"))
ANSWERS = {
    "plain": lambda: answered(),
    "one seed": lambda: answered(hand.example()[hand.example()["seed"] == 0]),
    "all errors equal": lambda: answered(hand.example().assign(error=0.3)),
    "no error": lambda: answered(hand.example().assign(error=0.0)),
    "one policy": lambda: answered(LITTLE),
    "one row": lambda: answered(horizon=1),
    "coarser": lambda: answered(factor=2),
    "none allowed": lambda: answered(limits=Limits(worst_error=0.0)),
    "one allowed": lambda: answered(limits=Limits(worst_error=0.45)),
    "nothing costs anything": lambda: answered(prices={"price_per_error": 0.0, "day_rate": 0.0}),
    "no predictions": lambda: answered(prices={"volume": 0.0}),
    "discounted": lambda: answered(prices={"discount_rate": 0.5, "days_per_arrival": 300.0}),
    "upkeep": lambda: answered(prices={"upkeep": (("every", 90.0),), "days_per_arrival": 300.0}),
    "ranges": lambda: answered(prices={"ranges": (("day_rate", 0.0, 9000.0),)}),
    "ranges, one seed": lambda: answered(LITTLE[LITTLE["seed"] == 0], prices={"ranges": (("day_rate", 0.0, 9000.0),)}),
    "numbers": lambda: answered(hand.numbers(hand.example()), hand.RENTALS, {"price_per_error": 0.5}),
    "numbers, a model": lambda: answered(
        hand.numbers(hand.example()), hand.RENTALS, {"price_per_error": 0.5}, incumbent_error=8.0
    ),
    "research": lambda: answered(RESEARCH, with_research=False),
    "foretold": lambda: pilot.pilot(hand.record(learning()), Question(prices=PRICES, baseline="once"), 8),
    "beyond": lambda: pilot.pilot(hand.record(learning()), Question(prices=PRICES, baseline="one", horizon=20)),
    "foretold, one seed": lambda: pilot.pilot(
        hand.record(learning()[learning()["seed"] == 0]), Question(prices=PRICES, baseline="one"), 8
    ),
}  # fmt: skip


@pytest.fixture(params=ANSWERS)
def found(request: pytest.FixtureRequest) -> Answer:
    result: Answer = ANSWERS[request.param]()
    return result


def test_any_answer_is_strict_json(found: Answer):
    data = strict(found)
    assert data.keys() >= PROMISED
    assert data["saving"].keys() >= {"mean", "low", "high"}
    assert [row["policy"] for row in data["ranking"]] == [
        str(found.panel.policies["policy"][int(n)]) for n in found.order
    ]
    assert data["recommended"] == data["ranking"][0]
    assert data["baseline"] in data["ranking"]
    for row in data["ranking"]:
        assert sum(row["cost_by_cause"].values()) == pytest.approx(row["cost"])
    of_best = value.parts(found, found.recommended)
    assert [part["cause"] for part in data["value"]["parts"]] == [part.cause for part in of_best]
    assert sum(part["amount"] for part in data["value"]["parts"]) == pytest.approx(data["recommended"]["cost"])


def test_three_reasons_in_both_languages(found: Answer):
    said = strict(found)["reasons"]
    assert [len(said[code]) for code in ("en", "ja")] == [3, 3]
    assert all(said["en"] + said["ja"])
    for sentence in said["ja"]:
        assert not set(re.findall(r"[A-Za-z]{2,}", sentence)) - {"JPY", "gEns", "rentals"}, sentence
        if not found.measure.is_share:
            assert "誤り" not in sentence
    for sentence in said["en"]:
        assert not re.search(r"nan|None|-\d", sentence), sentence


def test_the_language_of_the_reader_stays():
    language.use("ja")
    strict(ANSWERS["plain"]())
    assert language.current() == "ja"


def words(found: Answer) -> list[str]:
    return [sentence.replace(language.NO_BREAK, " ") for sentence in reasons.reasons(found, "month")]


def test_reasons_by_hand():
    """Errors of `two` cost 14,000 against 11,500; it updates twice, not four times, at 5,000 each."""
    assert words(answered()) == [
        "Errors cost 2.50 k JPY more than with “every month, continue, new data, M”: 35.0 % on average against 28.7 %.",
        "People, computing and labels cost 10.0 k JPY less: 2 updates instead of 4.",
        "What lies next to it costs more: “every month, continue, new data, M” 7.50 k JPY more.",
    ]


def test_reasons_where_today_s_is_the_best_are_against_the_runner_up():
    assert words(answered(baseline="two")) == [
        "Errors cost 2.50 k JPY more than with “every month, continue, new data, M”: 35.0 % on average against 28.7 %.",
        "People, computing and labels cost 10.0 k JPY less: 2 updates instead of 4.",
        "What lies nearest costs more: “every month, continue, new data, M” 7.50 k JPY more.",
    ]


def test_reasons_of_one_policy():
    assert words(answered(LITTLE))[2] == "It is the only policy compared."
    assert words(answered(LITTLE))[1] == "People, computing and labels cost the same: 4 updates either way."


def test_reasons_name_the_next_size_and_the_next_wait():
    """Wait 2, M is best; its neighbours are wait 1 and wait 4 of M, and S and L at wait 2."""
    blocks = [hand.incumbent([[0.9] * 4] * 2)]
    costs = {("M", 1): 0.30, ("M", 2): 0.10, ("M", 4): 0.32, ("S", 2): 0.31, ("L", 2): 0.33, ("XL", 1): 0.11}
    for (size, wait), error in costs.items():
        updates = list(range(wait, 5, wait))
        facts = {"capacity": size, "waiting_time": wait, "first_update": wait}
        blocks.append(hand.rows(f"{size}{wait}", [[error] * 4] * 2, updates, **facts))
    said = words(answered(hand.table(*blocks), prices={"day_rate": 0.0}, baseline="M1"))
    assert said[2] == (
        "What lies next to it costs more: “every month, continue, new data, M” 8.00 k JPY more; “every 2 months, "
        "continue, new data, S” 8.40 k JPY more."
    )


def test_ties_have_an_order_and_nobody_is_said_to_be_ahead():
    """Four policies of one cost: today's stands first; nothing is saved, and no lead leaves zero."""
    table = hand.table(
        hand.incumbent([[0.3, 0.3]] * 2),
        hand.rows("today", [[0.2, 0.4]] * 2, [1, 2]),
        hand.rows("b", [[0.1, 0.5]] * 2, [1]),
        hand.rows("a", [[0.5, 0.1]] * 2, [1]),
    )
    data = strict(answered(table, prices={"day_rate": 0.0}, baseline="today"))
    assert [row["policy"] for row in data["ranking"]] == ["today", "incumbent", "a", "b"]
    assert (data["verdict"], data["saving"]["mean"], data["lead"]["mean"]) == ("keep", 0.0, 0.0)


def test_one_seed_gives_no_interval_anywhere():
    data = strict(ANSWERS["one seed"]())
    assert data["verdict"] == "not enough evidence"
    for name in ("saving", "lead", "saving_per_year"):
        if data[name] is not None:
            assert (data[name]["low"], data[name]["high"], data[name]["n"]) == (None, None, 1)
    assert all(row["saving"]["low"] is None for row in data["ranking"])


def test_flips_name_the_policies_that_take_over():
    """At p an error `two` costs 1,400 p + 10,000, no update 3,600 p, `every` 1,150 p + 20,000."""
    found = answered()
    data = {flip["name"]: flip for flip in strict(found)["flips"]}
    assert data["price_per_error"] == {
        "name": "price_per_error", "given": 10.0, "below": pytest.approx(10_000 / 2200), "below_policy": "incumbent",
        "above": pytest.approx(40), "above_policy": "every",
    }  # fmt: skip
    for flip in flips.flips(found):
        for end in ("below", "above"):
            number = getattr(flip, f"{end}_policy")
            expected = None if number is None else str(found.panel.policies["policy"][number])
            assert data[flip.name][f"{end}_policy"] == expected


def test_limits_and_who_exceeds_them():
    data = strict(answered(limits=Limits(worst_error=0.45)))
    assert data["limits"] == {"worst_error": 0.45}
    assert {one["policy"]: one["exceeds"][0]["has"] for one in data["excluded"]} == {"two": 0.9, "incumbent": 0.9}
    assert [row["keeps_to_limits"] for row in data["ranking"]] == [True, False, False]
    assert data["recommended"]["policy"] == "every"


def test_research_that_is_set_aside():
    data = strict(ANSWERS["research"]())
    assert [row["policy"] for row in data["set_aside"]] == ["gens"]
    assert "gens" not in [row["policy"] for row in data["ranking"]]


@pytest.mark.parametrize("name", ["digits", "machine-failure", "monthly-demand"])
def test_the_best_plan_in_hindsight(name: str):
    """Its stages add up to what it saves against never updating, and the regret is the distance to it."""
    run = library.find(name)
    own = sheets.beside(run.path)
    question = Question(prices=sheets.load(own[0]).prices if own else Prices())
    known = record.of_run(run)
    plan = hindsight.hindsight(known, question)
    found = hand.advise.answer(known, question)
    data = strict(found, plan)
    never = plan.stakes.incumbent.sum()
    assert sum(stage["net"] for stage in data["oracle"]["stages"]) == pytest.approx(never - plan.plan.total)
    assert data["oracle"]["total"] == pytest.approx(plan.totals.mean())
    assert data["regret"]["mean"] == pytest.approx(data["recommended"]["cost"] - data["oracle"]["total"])
    assert {stage["capacity"] for stage in data["oracle"]["stages"]} <= {"S", "M"}


def test_errors_are_counted_over_the_whole_horizon_and_money_over_the_rest():
    data = strict(ANSWERS["foretold"]())
    found = ANSWERS["foretold"]()
    best = found.recommended
    assert data["recommended"]["mean_error"] == pytest.approx(found.panel["error"][best].mean())
    assert data["recommended"]["updates"] == found.panel["updated"][best, :, 8:].sum(-1).mean()
    assert data["foreseen"]["known"] == 8
    assert np.isfinite(data["saving"]["low"])
