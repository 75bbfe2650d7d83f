"""The phrases of the meeting: three a slide, one sentence each, from the numbers of the run, for every verdict."""

import re
from collections.abc import Callable

import pytest

from alma_core import language
from alma_core.decide import advise
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices, per_update
from alma_core.decide.sheets import Sheet
from alma_core.report.lessons import at_once_against_batch, in_stages, short_and_long
from alma_core.report.paper import Paper
from alma_core.report.phrases import SLIDES, phrases
from tests.decide import hand
from tests.report import papers

EXAMPLE = [[[0.4, 0.3, 0.3, 0.2], [0.4, 0.3, 0.2, 0.2]], [[0.9, 0.2, 0.2, 0.1], [0.9, 0.2, 0.2, 0.1]]]
"""Errors of "every month" and of "every 2 months": what `hand.example` has."""


def example(prices: Prices, errors: list[list[list[float]]] = EXAMPLE, **asked: object) -> Paper:
    """Return the paper of two policies over four months, 1,000 predictions each."""
    policies = papers.waits(*range(1, len(errors) + 1))
    blocks = [hand.incumbent([[0.9] * 4] * len(errors[0]))]
    blocks += [papers.block(policy, curves) for policy, curves in zip(policies, errors, strict=True)]
    run = papers.kept(blocks, policies, 4, len(errors[0]))
    return papers.paper(run, Sheet("prices", prices=prices), **asked)


def priced(error: float, update: float) -> Prices:
    return per_update(Prices(price_per_error=error, price_per_device_hour=0), update)


CASES: dict[str, tuple[Callable[[], Paper], str]] = {
    "recommend": (lambda: example(priced(10, 5000)), advise.RECOMMEND),
    "condition": (papers.long_names, advise.ON_CONDITION),
    "keep": (lambda: example(priced(100, 500)), advise.KEEP),
    "no update": (lambda: example(priced(1, 50_000)), advise.DO_NOT_UPDATE),
    "stay as it is": (lambda: example(priced(1, 50_000), incumbent_error=0.5), advise.DO_NOT_UPDATE),
    "not enough": (papers.one_seed, advise.NOT_ENOUGH),
    "none allowed": (lambda: example(priced(10, 5000), limits=Limits(worst_error=0.01)), advise.NONE_ALLOWED),
    "today's exceeds": (lambda: example(priced(100, 500), limits=Limits(updates_per_year=2)), advise.RECOMMEND),
    "one policy": (papers.one_policy, advise.KEEP),
    "no errors": (papers.no_errors, advise.DO_NOT_UPDATE),
    "numbers": (lambda: papers.paper_of("monthly-demand"), advise.NOT_ENOUGH),
    "classes": (lambda: papers.paper_of("mnist"), advise.RECOMMEND),
    "hard names": (papers.hostile, advise.RECOMMEND),
}


def said(paper: Paper) -> dict[str, list[str]]:
    return {
        name: [one.replace(language.NO_BREAK, " ") for one in sentences] for name, sentences in phrases(paper).items()
    }


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("case", CASES)
def test_three_sentences_a_slide_for_every_verdict(case: str, spoken: str):
    language.use(spoken)
    make, verdict = CASES[case]
    paper = make()
    assert paper.answer.verdict == verdict
    found = said(paper)
    assert list(found) == list(SLIDES)
    end = "。" if spoken == "ja" else "."
    for name, sentences in found.items():
        assert len(set(sentences)) == 3, name
        for one in sentences:
            assert one.endswith(end), one
            assert not re.findall(r"\bnan\b|\bNaN\b|\binf\b|\bNone\b|{\w*}", one), one
            if case not in ("condition", "hard names"):  # names may hold what they like
                assert len(re.findall(r"[.] [A-Z]" if spoken == "en" else "。", one)) == (spoken == "ja"), one


@pytest.mark.parametrize("case", ["recommend", "keep", "no update", "not enough", "none allowed", "no errors"])
def test_japanese_has_no_english_left(case: str):
    language.use("ja")
    for sentences in said(CASES[case][0]()).values():
        for one in sentences:
            assert not set(re.findall(r"[A-Za-z]{2,}", one)) - {"KPI", "hand", "prices", "example"}, one


def test_what_is_proposed_by_verdict():
    today, two = "every month, continue, new data, M", "every 2 months, continue, new data, M"
    expected = {
        "recommend": f"We propose “{two}” in the place of “{today}”: it saves 7.45 k JPY over 4 months.",
        "keep": f"We keep “{today}”: none of the 3 policies compared costs less than its 117 k JPY over 4 months.",
        "no update": f"We propose to introduce no model: over 4 months that saves 198 k JPY against “{today}”.",
        "stay as it is": "We propose to leave the model as it is: over 4 months that saves 199 k JPY against "
        f"“{today}”.",
        "none allowed": "No policy keeps to all limits; “every month, continue, new data, M” comes closest, at 31.5 k "
        "JPY over 4 months.",
        "today's exceeds": f"“{today}” exceeds a limit, so we propose “{two}”, the cheapest that keeps to them "
        "(141 k JPY).",
        "not enough": "We stay with “every month, continue, new data, M” for now: “every 3 months, continue, new data, "
        "M” looks 123 k JPY cheaper over 6 months, but in one repeat only.",
    }
    assert {case: said(CASES[case][0]())["recommendation"][0] for case in expected} == expected


def test_at_once_is_held_against_batch():
    # 1,000 predictions x (1.2 and 1.1 errors in all) x 10 JPY + 4 updates of 5,000, against 1.4 x 10,000 + 2 updates
    assert at_once_against_batch(CASES["recommend"][0]()).replace(language.NO_BREAK, " ") == (
        "Compare updating at once with updating in batches by their return: over 4 months “every month, continue, new "
        "data, M” costs 31.5 k JPY, “every 2 months, continue, new data, M” 24.0 k JPY, so waiting returns 7.50 k JPY "
        "more."
    )
    alike = [[curves[1]] * 3 for curves in EXAMPLE]
    assert "so updating at once returns" in at_once_against_batch(example(priced(100, 500), alike))
    assert "is not beyond chance" in at_once_against_batch(CASES["keep"][0]())
    assert "rests on a single repeat" in at_once_against_batch(papers.one_seed())
    assert "is not beyond chance" in at_once_against_batch(papers.paper_of("monthly-demand"))
    assert "nothing that waits was compared" in at_once_against_batch(papers.one_policy())


def test_early_and_late_are_told_apart():
    told = short_and_long(CASES["recommend"][0]()).replace(language.NO_BREAK, " ")
    assert told.startswith("Keep the short-term KPI, how soon the model responds, apart from the long-term KPI")
    assert told.endswith(
        "over the first 1 month “every month, continue, new data, M” errs least (40.0 %), over the last 1 month “every "
        "2 months, continue, new data, M” (10.0 %)."
    )
    assert "is off least in both" in short_and_long(papers.paper_of("monthly-demand"))
    assert "chance alone may part the two" in short_and_long(papers.paper_of("mnist"))


def test_stages_begin_with_what_the_plan_says():
    assert "the first step takes 20.0 k JPY" in in_stages(papers.paper_of("mnist")).replace(language.NO_BREAK, " ")
    assert in_stages(papers.one_seed()).startswith("Start small, find the best size and frequency on your own data")
