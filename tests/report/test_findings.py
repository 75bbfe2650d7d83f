"""The claims tested on a run, in words."""

from alma_core import language
from alma_core.decide import findings
from alma_core.decide.question import Question
from alma_core.report import findings as said
from tests.decide import hand


def test_claims_about_numbers_and_those_left_untested():
    blocks = [hand.rows(size, [[e] * 2] * 2, [1, 2], capacity=size) for size, e in (("S", 0.5), ("M", 0.4))]
    found = hand.answer(hand.numbers(hand.table(*blocks)), Question(), hand.RENTALS)
    ((verdict, sentence),) = said.claims_of(found, findings.findings(found))
    assert verdict == "holds"
    assert "M is off by less than S" in sentence
    assert "Difference −2.00 rentals" in sentence.replace(language.NO_BREAK, " ")
    assert said.untested(findings.findings(found)).endswith("alone: waiting, early, waiting, in the end, past data.")


def test_no_claim_is_left_untested_by_a_full_run(small_run):
    found = hand.answer(small_run[1], Question(capacities=("S", "M")))
    assert said.untested(findings.findings(found)) == ""
