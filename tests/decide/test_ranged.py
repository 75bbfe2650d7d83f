"""Prices that are known only to a range."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from alma_core import library
from alma_core.decide import pilot, ranged, record, sheets
from alma_core.decide.advise import Answer
from alma_core.decide.compare import LEVEL
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from alma_core.report import provisos
from tests.decide import hand
from tests.decide.test_pilot import ledger

PRICES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
BOTH = (("price_per_error", 2.0, 45.0), ("day_rate", 1000.0, 9000.0))


def answered(*ranges: tuple[str, float, float], table: Any = None, **facts: Any) -> Answer:
    prices = dataclasses.replace(PRICES, ranges=ranges, **facts.pop("prices", {}))
    return hand.answer(hand.example() if table is None else table, Question(prices=prices, **facts))


def test_prices_without_ranges_have_no_answer_of_their_own():
    assert ranged.ranged(answered()) is None
    assert provisos.in_ranges(answered()) == ""


def test_a_range_of_width_nothing_is_the_price_itself():
    """What is left is the chance of seeds: Student's t about the mean saving, with one degree of freedom."""
    found = answered(("price_per_error", 10.0, 10.0))
    saved = found.costs.total[found.baseline] - found.costs.total[found.recommended]  # 8,000 and 7,000
    said = ranged.ranged(found)
    assert said.cheapest == 1.0
    assert saved.tolist() == pytest.approx([8000, 7000])
    exact = found.saving(found.recommended)
    assert said.saving.low < exact.mean < said.saving.high
    assert (said.saving.high - said.saving.low) / (exact.high - exact.low) == pytest.approx(1, abs=0.5)
    same = hand.example()
    same["error"] = same.groupby(["policy", "t"], observed=True)["error"].transform("mean")
    sure = ranged.ranged(answered(("price_per_error", 10.0, 10.0), table=same)).saving
    assert sure[:3] == pytest.approx((7500, 7500, 7500))


def naive(found: Answer, values: np.ndarray, names: list[str]) -> tuple[np.ndarray, float]:
    """Answer the whole question again for each draw; return the savings [D], seeds averaged, and how often it wins."""
    savings, wins = [], 0
    prices = dataclasses.replace(found.question.prices, ranges=())
    for drawn in values:
        again = found.replaced(prices=dataclasses.replace(prices, **dict(zip(names, drawn.tolist(), strict=True))))
        total = again.costs.total
        savings.append((total[found.baseline] - total[found.recommended]).mean())
        wins += total.mean(1)[found.recommended] <= total.mean(1).min()
    return np.array(savings), wins / len(values)


def check_against_a_plain_loop(found: Answer):
    names = [name for name, _low, _high in found.question.prices.ranges]
    draws = np.random.Generator(np.random.Philox(ranged.KEY))
    values = np.column_stack([
        draws.triangular(low, getattr(found.question.prices, name), high, ranged.DRAWS)
        for name, low, high in found.question.prices.ranges
    ])  # fmt: skip
    savings, share = naive(found, values, names)
    said = ranged.ranged(found)
    assert said.cheapest == share
    low, high = np.quantile(savings, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    assert said.saving.mean == pytest.approx(savings.mean(), rel=1e-9)
    assert said.saving[1:3] == pytest.approx((low, high), rel=1e-9)


@pytest.mark.parametrize(
    ("ranges", "prices"),
    [
        (BOTH, {}),
        ((("volume", 200.0, 3000.0),), {"volume": 500.0}),
        ((("use", 0.1, 1.0), ("price_per_label", 0.0, 3.0)), {"price_per_label": 1.0}),
    ],
)
def test_the_plain_loop_says_the_same(monkeypatch: pytest.MonkeyPatch, ranges: Any, prices: dict[str, Any]):
    """Seeds that all do the same leave the prices alone."""
    monkeypatch.setattr(ranged, "DRAWS", 60)
    table = hand.example()
    table["error"] = table.groupby(["policy", "t"], observed=True)["error"].transform("mean")
    found = answered(*ranges, table=table, prices=prices)
    check_against_a_plain_loop(found)
    assert 0 < ranged.ranged(found).cheapest <= 1
    assert ranged.ranged(found).saving.low < ranged.ranged(found).saving.high


@pytest.mark.parametrize("factor", [1, 2])
def test_levels_move_with_the_prices_drawn(monkeypatch: pytest.MonkeyPatch, factor: int):
    monkeypatch.setattr(ranged, "DRAWS", 8)
    run = library.find("machine-failure")
    prices = sheets.load(sheets.beside(run.path)[0]).prices
    ranges = (("miss_price", 10_000.0, 90_000.0), ("false_alarm_price", 100.0, 9000.0), ("volume", 5.0, 900.0))
    known = record.of_run(run)
    one = known.ledger["seed"] == 0
    known = record.Record(hand.Left(known.ledger[one], operating=run.operating), known.measure)
    asked = Question(prices=dataclasses.replace(prices, volume=100.0, ranges=ranges), factor=factor)
    found = hand.advise.answer(known, asked)
    names = [name for name, *_ends in ranges]
    draws = np.random.Generator(np.random.Philox(ranged.KEY))
    values = np.column_stack([draws.triangular(a, getattr(found.question.prices, n), b, 8) for n, a, b in ranges])
    savings, share = naive(found, values, names)
    said = ranged.ranged(found)
    assert said.cheapest == share
    assert said.saving.mean == pytest.approx(savings.mean(), rel=1e-9)


def test_all_prices_are_drawn_together_and_the_same_each_time():
    found = answered(*BOTH)
    said = ranged.ranged(found)
    assert ranged.ranged(answered(*BOTH)) == said
    assert said.saving.low <= found.saving(found.recommended).mean <= said.saving.high
    single = [ranged.ranged(answered(one)).saving for one in BOTH]
    assert said.saving.high - said.saving.low > max(one.high - one.low for one in single) * 0.8
    assert 0 < said.cheapest < 1  # below 5 JPY an error no update is cheaper, above 40 every arrival


def test_limits_hold_for_every_draw():
    """Who updates more than twice a year is never the cheapest, whatever is drawn."""
    free = answered(("price_per_error", 9.0, 45.0))
    assert ranged.ranged(free).cheapest < 1
    limits = hand.advise.keeping.Limits(updates_per_year=2)
    lots = {"days_per_arrival": 30.0}
    kept = answered(("price_per_error", 9.0, 45.0), limits=limits, prices=lots)
    assert ranged.ranged(kept).cheapest == 1.0


def test_what_is_foretold_is_doubted_beside_the_prices():
    prices = dataclasses.replace(PRICES, day_rate=500.0, ranges=(("price_per_error", 10.0, 10.0),))
    found = pilot.pilot(hand.record(ledger()), Question(prices=prices, baseline="once"), 8)
    exact, said = found.saving(found.recommended), ranged.ranged(found).saving
    assert (said.high - said.low) / (exact.high - exact.low) == pytest.approx(1, abs=0.35)
    alone = ranged.ranged(dataclasses.replace(found, foreseen=None)).saving
    assert said.high - said.low > 1.2 * (alone.high - alone.low)


def test_words_of_ranges():
    found = answered(*BOTH)
    said = provisos.in_ranges(found).replace("\u00a0", " ")
    share = round(100 * ranged.ranged(found).cheapest)
    assert said.startswith("With prices anywhere in their ranges it saves ")
    assert said.endswith(f"(90 % of draws, repeats included) and stays cheapest in {share} % of them.")


def test_where_nothing_is_saved_only_its_place_is_said():
    """Of today's own policy, and with one seed, which gives no interval."""
    today = answered(*BOTH, baseline="two")
    assert today.verdict == "keep"
    table = hand.example()
    one = answered(*BOTH, table=table[table["seed"] == 0])
    assert np.isnan(ranged.ranged(one).saving.low)
    for found in (today, one):
        share = round(100 * ranged.ranged(found).cheapest)
        assert provisos.in_ranges(found).replace("\u00a0", " ") == (
            f"With prices anywhere in their ranges it stays cheapest in {share} % of draws."
        )


def test_ranges_that_do_not_hold_the_price():
    with pytest.raises(QuestionError, match=r"A range of 20.0 to 45.0 was given for Price of one error"):
        answered(("price_per_error", 20.0, 45.0))


def test_a_sheet_gives_ranges_of_prices_alone():
    text = 'currency = "JPY"\n[errors]\nper_error = 5\n[time]\nrelease_days = 2\n[ranges]\n'
    assert sheets.read(text + "per_error = [1, 9]", "a.toml").prices.ranges == (("price_per_error", 1.0, 9.0),)
    with pytest.raises(QuestionError, match=r"a.toml \[ranges\] holds release_days, which is not known there"):
        sheets.read(text + "release_days = [1, 9]", "a.toml")
