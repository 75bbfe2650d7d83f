"""The parts of the answer below its headline hold every sentence once."""

import pytest

from alma_core import language
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import statements, told
from tests.decide import hand

DEAR_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


@pytest.mark.parametrize("spoken", language.LANGUAGES)
@pytest.mark.parametrize("asked", [{}, {"incumbent_error": 0.08}, {"baseline": "two"}])
def test_nothing_is_left_out_and_nothing_is_said_twice(asked: dict, spoken: str):
    language.use(spoken)
    found = hand.answer(hand.example(), Question(**{"prices": DEAR_UPDATES} | asked))
    parts = told.told(found, "month")
    pieces = [parts.worth, *parts.brief, *parts.details, parts.not_included]
    assert len(set(pieces)) == len(pieces)
    everything = "\n".join(pieces)
    for sentence in statements.all_but_headline(found, "month"):
        assert everything.count(sentence) == 1


def test_the_first_screen_has_the_sureness_the_turn_and_the_weak_point():
    parts = told.told(hand.answer(hand.example(), Question(prices=DEAR_UPDATES)), "month")
    labels = [sentence.partition(": ")[0] for sentence in parts.brief]
    assert labels == ["How sure", "What would turn it round", "Weak point"]
    assert "if an error costs less than 5" in parts.brief[1].replace(language.NO_BREAK, " ")
