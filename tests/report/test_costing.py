"""Money as text: causes, sums, break-evens, the staged plan, what a budget buys."""

import dataclasses
import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

from alma_core import language, library
from alma_core.decide import budget, flips, hindsight, record, sheets
from alma_core.decide.advise import Answer, answer
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import costing, terms
from tests.decide import hand

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
SHEETS = [(name, at) for name in ("mnist", "machine-failure", "monthly-demand") for at in (0, 1)]
EVERY, TWO = "“every month, continue, new data, M”", "“every 2 months, continue, new data, M”"
MORE = {"price_per_label": 0.31, "upkeep": (("every", 77_777.0),), "discount_rate": 0.04, "day_rate": 41_237.5}
"""Amounts that come out even nowhere."""


@cache
def shipped(name: str, at: int, more: bool = False) -> Answer:
    run = library.find(name)
    prices = sheets.load(sheets.beside(run.path)[at]).prices
    if more:
        prices = dataclasses.replace(prices, days_per_arrival=30.0, ranges=(), **MORE)
    return answer(record.of_run(run), Question(prices=prices, with_research=False))


def answered(measure: Any = None, table: pd.DataFrame | None = None, **changes: Any) -> Answer:
    asked = changes.pop("asked", {})
    prices = dataclasses.replace(PRICES, **changes)
    return hand.answer(hand.example() if table is None else table, Question(prices=prices, **asked), measure)


def yen(text: str) -> int:
    """Read an amount that is written in full."""
    assert re.fullmatch(r"−?[\d,]+(\u00a0JPY|円)", text), text
    return int(text.replace("−", "-").replace(",", "").removesuffix("円").removesuffix("\u00a0JPY"))


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize(("name", "at"), SHEETS)
def test_parts_add_up_to_the_yen(name: str, at: int, more: bool, spoken: str):
    language.use(spoken)
    found = shipped(name, at, more)
    for policy in range(0, len(found.panel.policies), 7):
        amounts = [yen(text) for text in costing.parts(found, policy).iloc[:, 2]]
        assert sum(amounts[:-1]) == amounts[-1] == round(float(found.costs.total[policy].mean()))
        assert all(amounts[:-1])
        assert len(amounts) > 1 or not amounts[-1]


def figures(text: str) -> list[float]:
    """Return the numbers of a line of parts, percent as shares."""
    text = text.replace("\u00a0", "")
    return [float(n.replace(",", "")) / (100 if percent else 1) for n, percent in re.findall(r"([\d.,]*\d)(%?)", text)]


@pytest.mark.parametrize(("name", "at"), SHEETS)
def test_each_line_is_the_product_that_it_says(name: str, at: int):
    """Volume x rate = quantity, x price = amount, as far as the figures are written."""
    found = shipped(name, at, more=True)
    lines = costing.parts(found, found.recommended)
    checked = 0
    for line in lines.to_dict("records"):
        numbers = figures(line["how it comes about"])
        amount = yen(line["amount"])
        if len(numbers) == 4:
            volume, rate, quantity, price = numbers
            assert volume * rate == pytest.approx(quantity, rel=0.01)
            assert quantity * price == pytest.approx(amount, rel=1e-3)
            checked += 1
        if line["cause"] in ("people", "labels"):
            assert numbers[0] * numbers[1] == pytest.approx(amount, rel=1e-3)
            checked += 1
    assert checked == {"mnist": 3, "machine-failure": 4, "monthly-demand": 4}[name]


def test_parts_by_hand():
    """Policy `two` errs in 900 + 200 + 200 + 100 of 4,000 predictions, and updates twice at 1.5 days of 2,001 each."""
    found = answered(days_per_update=1.5, day_rate=2001.0, price_per_label=0.25)
    lines = costing.parts(found, 2).map(lambda text: text.replace("\u00a0", " ")).to_numpy().tolist()
    assert lines == [
        ["errors", "4,000 predictions x 35.00 % = 1,400.00, x 10 JPY", "14,000 JPY"],
        ["people", "3.0 person-days x 2,001 JPY", "6,003 JPY"],
        ["labels", "4,000.0 labels x 0.25 JPY", "1,000 JPY"],
        ["total", "", "21,003 JPY"],
    ]


def test_parts_of_numbers_and_of_discounting():
    found = answered(
        hand.RENTALS, hand.numbers(hand.example()), price_per_error=0.5, discount_rate=1.0, days_per_arrival=365.25
    )
    lines = costing.parts(found, 2)
    assert lines["cause"].tolist() == ["prediction errors", "people", "discounting", "total"]
    assert lines["how it comes about"][0].replace("\u00a0", " ") == (
        "4,000 predictions x 7.000 = 28,000.00, x 0.50 JPY"
    )
    assert yen(lines["amount"][2]) < 0
    # 9,000 + 7,000 / 2 + 2,000 / 4 + 6,000 / 8
    assert yen(lines["amount"][3]) == 9000 + 3500 + 500 + 750


def test_nothing_costs_nothing():
    lines = costing.parts(answered(price_per_error=0.0, day_rate=0.0), 2)
    assert lines.to_numpy().tolist() == [["total", "", "0\u00a0JPY"]]


def test_causes_that_nobody_has_are_not_shown():
    found = answered(price_per_label=2.0)
    rows = costing.by_cause(found, found.podium, "month")
    assert list(rows) == ["policy", "errors", "people", "labels", "total"]
    assert rows["policy"].tolist() == [terms.name(found, n, "month") for n in found.podium]
    assert rows["total"].str.replace("\u00a0", " ").tolist() == ["32.0 k JPY", "39.5 k JPY", "36.0 k JPY"]
    assert list(costing.by_cause(answered(price_per_error=0.0, day_rate=0.0), [0, 1], "month")) == ["policy", "total"]


def test_break_evens_by_hand():
    """As prices stand `two` wins; at 4.5 an error no update does, at 40 `every` does."""
    found = answered()
    rows = costing.break_evens(found, "month").set_index("assumption").map(lambda text: text.replace("\u00a0", " "))
    assert rows.loc["Price of one error"].tolist() == ["10 JPY", "5 JPY: “no update”", f"40 JPY: {EVERY}"]
    assert rows.loc["Price of a person-day", "below this"] == f"1.25 k JPY: {EVERY}"  # 2,500 more errors for 2 updates
    assert rows.loc["Share of predictions acted on"].tolist() == ["100.0 %", "45.5 %: “no update”", "stays"]
    assert rows.loc["Predictions between two arrivals"].tolist() == [
        "1.00 times", "0.45 times: “no update”", f"4.00 times: {EVERY}"
    ]  # fmt: skip
    shown = [flip.name for flip in flips.flips(found)]
    assert len(rows) == len(shown)


def test_the_tornado_as_text():
    """`two` saves 20,000 - 10,000 on people and loses 2,500 on errors; half a price halves its part."""
    rows = costing.tornado(answered()).map(lambda text: text.replace("\u00a0", " ")).to_numpy().tolist()
    assert rows[0][1:] == rows[1][1:] == ["2.50 k JPY", "17.5 k JPY"]
    assert ["Price of one error", "8.75 k JPY", "5.00 k JPY"] in rows


def test_a_budget():
    """`two` spends 10,000 and errs for 14,000, `every` 20,000 and 11,500."""
    found = answered()
    said = [costing.budget_in_words(found, most, "month").replace("\u00a0", " ") for most in (0.0, 9_999.0, 15_000.0)]
    assert said == [
        "For at most 0 JPY: “no update” spends 0 JPY; its errors cost 36.0 k JPY.",
        "For at most 10.0 k JPY: “no update” spends 0 JPY; its errors cost 36.0 k JPY.",
        f"For at most 15.0 k JPY: {TWO} spends 10.0 k JPY; its errors cost 14.0 k JPY.",
    ]
    table = hand.example()
    learners = table[table["policy"] != "incumbent"].reset_index(drop=True)
    assert costing.budget_in_words(answered(table=learners), 100.0, "month").replace("\u00a0", " ") == (
        "Nothing can be had for 100 JPY; the least spend is 10.0 k JPY, for " + TWO + "."
    )


def test_the_next_money():
    found = answered()
    said = [text.replace("\u00a0", " ") for text in costing.next_in_words(found, 1e6, "month")]
    assert said == [
        "On a larger model: nothing to be had for 1.00 M JPY more.",
        f"On more updates: {EVERY} spends 10.0 k JPY more, and errors cost 2.50 k JPY less.",
    ]
    assert "nothing to be had" in costing.next_in_words(found, 9_999.0, "month")[1]
    steps = {step.kind: step for step in budget.next_money(found, 1e6)}
    assert set(steps) == {budget.OFTENER}
    assert (costing.a_million(found), costing.a_million(answered(currency="EUR"))) == (1e6, 1e4)


def test_what_it_takes_and_when_it_has_paid_back():
    """At 4,000 an update `two` is 1,000 behind after the first row, and even after the second."""
    found = answered(day_rate=4000.0, days_per_arrival=30.0)
    said = [text.replace("\u00a0", " ") for text in costing.money_in_words(found, "month")]
    assert said == [
        "Errors are 64 % of its cost.",
        "Spent in the first year, errors apart: 8.00 k JPY.",
        "Paid back after 2 months: from then on it has cost less than today's.",
        "Its dearest moment: 9.00 k JPY after 1 month.",
    ]
    numbers = answered(hand.RENTALS, hand.numbers(hand.example()), price_per_error=0.5)
    told = costing.money_in_words(numbers, "month")
    assert numbers.adopted != numbers.recommended
    assert told[0].startswith("Of “every 2 months")
    assert told[1].startswith("Prediction errors are")
    assert "It never costs more than today's." in costing.money_in_words(answered(), "month")


@pytest.mark.parametrize("updates", [0, 1, 2])
def test_the_plan_counts_its_updates(updates: int):
    """A fall of 8,000 a row pays for one update of 9,000 in two rows; a second one pays at 100."""
    errors = [[0.9, 0.1, 0.09, 0.08]] * 2
    full = hand.rows("full", errors, [1, 2, 3, 4], start="scratch", replay=1.0)
    full.loc[full["t"] == 1, "error"] = 0.88
    prices = dataclasses.replace(PRICES, day_rate={0: 1e5, 1: 9_000.0, 2: 50.0}[updates])
    known = hand.record(hand.table(hand.incumbent([[0.9] * 4] * 2), full))
    question = Question(prices=prices)
    plan = hindsight.hindsight(known, question)
    found = answer(known, question)
    said = costing.plan_in_words(found, plan, "month").replace("\u00a0", " ")
    count = len(plan.plan.releases)
    assert (count >= 2) if updates == 2 else count == updates
    assert f"Best plan in hindsight: {count} update{'' if count == 1 else 's'}, " in said
    rows = costing.staged(found, plan, "month")
    assert len(rows) == count
    assert list(rows) == ["when", "step", "outlay", "saves until the end", "paid back"]
    if count:
        assert rows["step"][0] == "start with the medium model"
        assert rows["when"][0] == "after 2 months" if updates == 1 else True


def test_how_dear_errors_are():
    assert costing.dearness(answered(), 2.0).replace("\u00a0", " ") == "20 JPY"
    two = answered(hand.RENTALS, hand.numbers(hand.example()), price_per_error=0.5)
    assert costing.dearness(two, 0.4).replace("\u00a0", " ") == "0.20 JPY"
    assert [costing.dearness(shipped("machine-failure", 0), times) for times in (0.14, 10.0)] == [
        "0.14 times", "10.0 times"
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "at"), SHEETS)
def test_no_english_is_left(name: str, at: int):
    language.use("ja")
    run = library.find(name)
    found = shipped(name, at, more=True)
    plan = hindsight.hindsight(record.of_run(run), found.question)
    other = sheets.load(sheets.beside(run.path)[1 - at])
    tables = [
        costing.by_cause(found, found.podium, run.unit), costing.parts(found, found.recommended),
        costing.break_evens(found, run.unit), costing.tornado(found), costing.staged(found, plan, run.unit),
    ]  # fmt: skip
    said = [text for table in tables for text in [*table, *table.to_numpy().ravel().tolist()]]
    said += costing.money_in_words(found, run.unit) + costing.next_in_words(found, 1e6, run.unit)
    said += [costing.plan_in_words(found, plan, run.unit), costing.budget_in_words(found, 5e5, run.unit)]
    said += [costing.turns_in_words(found, other, run.unit), costing.dearness(found, 0.5), costing.no_plan()]
    for text in said:
        assert not re.search(r"[A-Za-z]{2,}", text), text
        if name == "monthly-demand":
            assert "誤り" not in text
