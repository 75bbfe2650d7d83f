"""The figures beneath the headline, by hand."""

import pytest

from alma_core import language
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import cards
from tests.decide import hand

DEAR_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


def shown(**asked) -> dict[str, tuple[str, str, str]]:
    found = hand.answer(hand.example(), Question(**{"prices": DEAR_UPDATES} | asked))
    texts = ((c.label, c.figure, c.change, c.interval) for c in cards.of(found))
    return {label: tuple(text.replace(language.NO_BREAK, " ") for text in rest) for label, *rest in texts}


def test_each_figure_has_its_unit_its_change_and_its_interval():
    found = shown()
    assert list(found) == ["Short-term error", "Long-term error", "Updates", "Device time", "Total cost"]
    assert found["Updates"] == ("2", "−2", "")
    figure, change, interval = found["Short-term error"]
    assert figure.endswith(" %")
    assert change.endswith(" pt")
    assert interval.startswith("(90 %: +")  # later and so worse at first, with every seed
    assert found["Total cost"][1].startswith("−")


def test_costs_fall_by_what_is_saved():
    found = hand.answer(hand.example(), Question(prices=DEAR_UPDATES))
    saving = found.simulated(found.recommended)
    said = cards.of(found)[-1]
    low, high = (language.money(value, "JPY") for value in (-saving.high, -saving.low))
    assert said.interval == f"(90 %: {low} to {high})"
    assert said.sign == -1


def test_against_itself_there_is_no_change_and_no_interval():
    best = hand.answer(hand.example(), Question(prices=DEAR_UPDATES))
    name = best.panel.policies["policy"].iloc[best.recommended]
    found = cards.of(hand.answer(hand.example(), Question(prices=DEAR_UPDATES, baseline=name)))
    assert {card.sign for card in found} == {0}
    assert {card.interval for card in found} == {""}


@pytest.mark.parametrize("spoken", language.LANGUAGES)
def test_one_seed_has_no_interval(spoken: str):
    language.use(spoken)
    one = hand.example()
    found = cards.of(hand.answer(one[one["seed"] == 0], Question(prices=DEAR_UPDATES)))
    assert {card.interval for card in found} == {""}
    assert "nan" not in str(found).lower()
