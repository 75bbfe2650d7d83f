"""What an error is, and how it is written."""

import math

import pytest

from alma_core import language, specs
from alma_core.decide import measure as measures
from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from tests.decide import hand

SHARE = Measure()
NUMBER = Measure("regression", 137.2, "rentals")


@pytest.mark.parametrize(
    ("measure", "error", "figure", "text", "change", "size"),
    [
        (SHARE, 0.0264, "2.6 %", "2.6 %", "+2.6 pt", "2.6 pt"),
        (SHARE, -0.0264, "-2.6 %", "-2.6 %", "−2.6 pt", "2.6 pt"),
        (NUMBER, 52.34, "52.3", "52.3 rentals", "+52.3 rentals", "52.3 rentals"),
        (NUMBER, -3.0, "-3.0", "-3.0 rentals", "−3.0 rentals", "3.0 rentals"),
        (NUMBER, -0.01, "-0.0", "-0.0 rentals", "+0.0 rentals", "0.0 rentals"),
        (Measure("regression", 52_300.0, "円"), 18_250.4, "18,250", "18,250円", "+18,250円", "18,250円"),
        (Measure("regression", 0.0123), 0.00457, "0.00457", "0.00457", "+0.00457", "0.00457"),
        (NUMBER, math.nan, "–", "–", "–", "–"),
        (SHARE, math.nan, "–", "–", None, None),
    ],
)
def test_errors_as_they_are_written(
    measure: Measure, error: float, figure: str, text: str, change: str | None, size: str | None
):
    def plain(written: str) -> str:
        return written.replace(language.NO_BREAK, " ")

    assert (plain(measure.figure(error)), plain(measure.text(error))) == (figure, text)
    if change is not None:
        assert (plain(measure.change(error)), plain(measure.size(error))) == (change, size)


def test_a_difference_may_be_finer():
    assert SHARE.change(0.01234, 2).replace(language.NO_BREAK, " ") == "+1.23 pt"
    assert NUMBER.change(1.234, 2).replace(language.NO_BREAK, " ") == "+1.23 rentals"


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, measures.MOST_ERROR])
@pytest.mark.parametrize("error", [0.0, 1e-9, 1.0, measures.MOST_ERROR])
def test_any_error_can_be_written_to_a_200th_of_its_scale(scale: float, error: float):
    written = Measure("regression", scale).figure(error).replace(",", "")
    assert float(written) == pytest.approx(error, abs=scale / 200)


def test_the_unit_stands_in_headings():
    assert NUMBER.heading("error") == "error (rentals)"
    assert SHARE.heading("error") == "error"
    assert Measure("regression", 2.0).heading("error") == "error"


def test_what_the_ledger_and_the_stream_say():
    stream = specs.StreamSpec("orders", 5, "month", in_order=True, judged="next")
    assert measures.of(hand.example()) == SHARE
    assert measures.of(hand.example(), stream, "rentals") == Measure(judged="next", in_order=True)
    assert measures.of(hand.numbers(hand.example()), stream, "rentals") == hand.RENTALS


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e16, math.nan, math.inf])
def test_a_scale_that_none_can_be(scale: float):
    with pytest.raises(QuestionError, match="as the error scale"):
        measures.of(hand.numbers(hand.example(), scale))


def test_no_rows():
    with pytest.raises(QuestionError, match="lacks rows"):
        measures.of(hand.example().iloc[:0])
