"""Research methods folded away: what is compared, and what is said of those that are not."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from alma_core import cli, language
from alma_core.decide import record, select
from alma_core.decide.panel import panel
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from alma_core.methods import METHODS
from alma_core.policies import wording
from alma_core.policies.catalogue import CATALOGUE, GROUP_OF
from alma_core.report import statements, whole
from tests.decide import hand

FREE = Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)
PLAIN = hand.rows("plain", [[0.4, 0.4], [0.5, 0.3]], [1, 2])
BETTER = hand.rows("better", [[0.3, 0.2], [0.3, 0.3]], [1, 2], start="scratch", replay=1.0)
GROWING = hand.rows("growing", [[0.2, 0.1], [0.1, 0.2]], [1, 2], method="gens")
BAGGED = hand.rows("bagged", [[0.4, 0.3], [0.3, 0.4]], [1, 2], method="bagging", k=3)
NOTHING = hand.incumbent([[0.9] * 2] * 2)
EVERYTHING = hand.table(NOTHING, PLAIN, BETTER, GROWING, BAGGED)
EVERYDAY = Question(prices=FREE, with_research=False)


def compared(question: Question) -> list[str]:
    return hand.answer(EVERYTHING, question).panel.policies["policy"].tolist()


def test_every_method_is_of_one_group():
    assert GROUP_OF.keys() == METHODS.keys() | {wording.INCUMBENT}
    assert all(GROUP_OF[named.policy.method] == named.group for named in CATALOGUE)


def test_research_methods_are_left_out_only_where_asked():
    assert compared(Question(prices=FREE)) == ["incumbent", "plain", "better", "growing", "bagged"]
    assert compared(EVERYDAY) == ["incumbent", "plain", "better"]
    assert hand.answer(EVERYTHING, Question(prices=FREE)).set_aside is None


def test_today_s_policy_stays_even_where_it_is_a_research_method():
    found = hand.answer(EVERYTHING, Question(prices=FREE, with_research=False, baseline="bagged"))
    assert found.panel.policies["policy"].tolist() == ["incumbent", "plain", "better", "bagged"]
    assert found.set_aside is not None
    assert found.set_aside.panel.policies["policy"].tolist() == ["growing", "bagged"]


def test_a_run_of_research_methods_alone_compares_them():
    table = hand.table(NOTHING, GROWING, BAGGED)
    assert not select.research(panel(table).policies).any()
    assert hand.answer(table, EVERYDAY).panel.policies["policy"].tolist() == ["incumbent", "growing", "bagged"]


def test_sizes_that_only_research_methods_come_in():
    wide = hand.rows("wide", [[0.2, 0.1]] * 2, [1, 2], method="gens", capacity="L")
    with pytest.raises(QuestionError, match="research methods too"):
        hand.answer(hand.table(PLAIN, wide), Question(capacities=("L",), with_research=False))


def test_a_cheaper_research_method_is_said_with_its_gain():
    """1,000 predictions an arrival at 10 JPY: `better` costs 5,000 and 6,000, `growing` 3,000 in both repeats."""
    found = hand.answer(EVERYTHING, EVERYDAY)
    said = statements.set_aside(found, "day").replace(language.NO_BREAK, " ")
    assert said == (
        "Not compared: 2 policies with research methods, of which “growing ensemble, every day, continue, new data, M” "
        "would be 2.50 k JPY cheaper (90 % interval −657 JPY to 5.66 k JPY)."
    )
    assert said in [s.replace(language.NO_BREAK, " ") for s in statements.all_but_headline(found, "day")]


def test_research_methods_that_gain_nothing():
    found = hand.answer(hand.table(NOTHING, PLAIN, BETTER, BAGGED), EVERYDAY)
    assert statements.set_aside(found, "day") == "Not compared: 1 policy with a research method; none is cheaper."
    assert statements.set_aside(hand.answer(hand.table(NOTHING, PLAIN), EVERYDAY), "day") == ""


def test_what_is_set_aside_stands_in_the_json():
    data = json.loads(json.dumps(whole.as_json(hand.answer(EVERYTHING, EVERYDAY), "lot")))
    assert [row["policy"] for row in data["set_aside"]] == ["growing", "bagged"]
    assert data["set_aside"][0]["cost"] == pytest.approx(3000)
    assert whole.as_json(hand.answer(EVERYTHING, Question(prices=FREE)), "lot")["set_aside"] == []


@pytest.mark.parametrize("arguments", [[], ["--policies", "all"]])
def test_the_terminal_folds_them_away_too(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cli.library, "find", lambda _name: SimpleNamespace(path=Path("nowhere"), unit="day"))
    monkeypatch.setattr(record, "of_run", lambda _run: hand.record(EVERYTHING))
    assert cli.main(["decide", "some-run", "--price-per-update", "0", *arguments]) == 0
    said = capsys.readouterr().out
    assert ("Not compared: 2 policies" in said) != bool(arguments)
    assert ("bagged ensemble of 3" in said) == bool(arguments)
