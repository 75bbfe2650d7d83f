"""The Guide's figures against their known examples, its picture, and the policy it writes down."""

import inspect

import pytest

from alma_core import language, library
from alma_core.decide import advise, kpis, record, sheets
from alma_core.decide.claims import BIGGER
from alma_core.decide.compare import Estimate
from alma_core.decide.evidence import Evidence, Part
from alma_core.decide.measure import Measure
from alma_core.decide.question import Question
from alma_core.report import guide_figures, guide_picture, guide_texts, guide_words, memo_parts, tested
from alma_core.report.moment import moment
from alma_core.report.paper import Paper
from tests.test_language import japanese


def plain(text: str) -> str:
    return text.replace(language.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("name", "given", "result"),
    [
        ("Short-term error", "errors: 0.8, 0.4, 0.2, 0.2; arrivals counted: 2", "0.6"),
        ("Long-term error", "errors: 0.8, 0.4, 0.2, 0.2; arrivals counted: 2", "0.2"),
        ("Mean error", "errors: 0.8, 0.4, 0.2, 0.2", "0.4"),
        ("Final error", "errors: 0.8, 0.1, 0.3", "0.3"),
        ("Worst moment", "errors: 0.2, 0.8, 0.3", "0.8"),
        ("Total cost", "quantities: errors 15, people 2; prices: errors 300, people 40,000", "84,500"),
        ("Saving", "today's cost by repeat: 12, 13; the policy's: 9, 10", "3"),
        ("Regret", "cost: 12; least cost: 10", "0.2"),
        ("How sure: probability of being best", "three policies' costs by repeat: 1, 2 | 1, 2 | 8, 9", "0.5, 0.5, 0"),
        ("CER", "errors: 0.5, 0.25; predictions judged: 100, 200", "100"),
        ("Spread over seeds", "a figure by seed: 0.1, 0.2, 0.3", "0.1"),
    ],
)
def test_examples_are_numbers_that_a_person_reads(name: str, given: str, result: str):
    found = {one.name: one for one in guide_figures.figures(guide_figures.SHOWN | guide_figures.OF_ANALYSTS)}
    assert (found[name].given, found[name].result) == (given, result)


def test_every_figure_of_the_module_is_in_the_guide():
    """A figure is a function of arrays with an example; the rest of the module puts them together."""
    public = {name for name, made in vars(kpis).items() if inspect.isfunction(made) and not name.startswith("_")}
    made_here = {name for name in public if getattr(kpis, name).__module__ == kpis.__name__}
    shown = {source.__name__ for source in (guide_figures.SHOWN | guide_figures.OF_ANALYSTS).values()}
    assert made_here - {"default_span", "words", "kpis", "mark"} <= shown
    assert set(kpis.KPIS.values()) <= set(guide_figures.SHOWN)


def test_a_sentence_is_read_off_the_docstring():
    (mean,) = (one for one in guide_figures.figures({"Mean error": kpis.mean_error}))
    assert mean.meaning == "The plain mean over all arrivals: how good the model is on average."
    assert kpis.mean_error.__doc__ is not None
    assert mean.meaning.removeprefix("The ") in kpis.mean_error.__doc__


def test_every_sentence_of_a_docstring_has_its_japanese():
    known = japanese()
    assert [said for said in guide_figures.messages() if not known.get(said)] == []


def test_a_figure_whose_docstring_lacks_its_unit_is_refused():
    def bare(error: float) -> float:
        """Return it.

        >>> bare(1.0)
        1.0
        """
        return error

    with pytest.raises(KeyError, match="Formula"):
        guide_figures.figures({"bare": bare})


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_words_are_told_once_and_in_a_sentence(lang: str):
    language.use(lang)
    words = [*(word for group in guide_words.WORDS.values() for word in group), *guide_words.OF_ANALYSTS]
    spoken = [language._(word) for word, _means in words]
    assert len(set(spoken)) == len(spoken)
    assert all(language._(means).endswith("。" if lang == "ja" else ".") for _word, means in words)


def test_executive_words_name_none_of_the_analysts():
    of_analysts = ("FLOP", "CER", "seed", "ledger")
    said = [text for group in guide_words.WORDS.values() for pair in group for text in pair]
    said += [text for pair in guide_texts.LIMITS for text in pair] + list(guide_texts.WHAT)
    said += [text for one in guide_figures.figures(guide_figures.SHOWN) for text in one]
    assert [text for text in said if any(word in text for word in of_analysts)] == []


def test_the_picture_is_drawn_from_the_shipped_run():
    run = library.find(guide_picture.RUN)
    at_once, patient = guide_picture.courses(run)
    rows = run.ledger.query(
        "method == 'single' and capacity == 'M' and start == 'warm' and replay == 0 and window == 0"
    )
    for course in (at_once, patient):
        own = rows.query(f"waiting_time == {course.wait} and first_update == {course.wait}")
        assert course.errors == pytest.approx(own.groupby("t")["error"].mean().tolist())
    assert at_once.updates == list(range(1, 21))
    assert patient.updates == [5, 10, 15, 20]
    assert at_once.errors[3] < patient.errors[3]
    assert at_once.errors[-1] > patient.errors[-1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_shows_arrivals_updates_and_errors(theme: str):
    found = guide_picture.courses(library.find(guide_picture.RUN))
    drawn = guide_picture.picture(found, "lot", theme)
    marks = [len(trace.x) for trace in drawn.data]
    assert marks == [20, 20, 20, 20, 4]
    assert drawn.data[0].line.color != drawn.data[1].line.color
    assert drawn.data[0].line.dash != drawn.data[1].line.dash
    said = plain(guide_picture.finding(found, "lot"))
    assert said == (
        "After 4 lots A is wrong in 58 % of cases and B, not yet updated, in 90 %; after 20 lots A, updated 20 times, "
        "in 30 % and B, updated 4 times, in 22 %."
    )
    assert len(guide_picture.rows(found, "lot")) == 40


def told(name: str, **asked: object) -> dict[str, str]:
    """Return the parts of the policy that a run gives, by heading."""
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    question = Question(prices=sheet.prices, limits=sheet.limits, with_research=False, **asked)
    parts = memo_parts.parts(Paper(run, advise.answer(known, question), sheet, moment()))
    return {part.heading: plain(" ".join(part.sentences)) for part in parts}


def test_a_recommended_policy_is_written_down():
    parts = told("mnist")
    rule = "Collect 2 days, then update: continue training on all data so far, large model."
    assert parts["Rule"].startswith(rule)
    assert "any repeat of the simulation gave, 10.0 %" in parts["Exception that triggers an update at once"]
    assert "the most that any repeat gave at the end, 2.2 %" in parts["What stops it"]
    assert "go back to “every day, continue, new data, M”" in parts["What stops it"]
    assert "at least 15 days" in parts["Test that confirms it"]
    assert "an error costs more than 456 JPY" in parts["When it is reviewed"]
    assert "Saves 675 k JPY" in parts["Why, and what it should bring"]


def test_where_evidence_is_not_enough_today_s_policy_is_written_down():
    parts = told("monthly-demand")
    assert parts["Rule"].startswith("Update every month: continue training on the new data, medium model.")
    assert "rentals" in parts["Exception that triggers an update at once"]
    assert "go back" not in parts["What stops it"]
    assert parts["Test that confirms it"].startswith("None is needed")


def test_no_update_is_a_policy_too():
    parts = told("mnist", incumbent_error=0.02)
    assert parts["Rule"] == "Do not update: keep what is in service."
    assert "gave, 2.0 %" in parts["Exception that triggers an update at once"]


def test_the_policy_is_plain_text():
    run = library.find("mnist")
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    text = memo_parts.written(Paper(run, advise.answer(known, Question(prices=sheet.prices)), sheet, moment()))
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == [f"{n}." for n in range(1, 10)]
    assert "   - \n" not in text


def evidence(run: str, mean: float) -> Evidence:
    return Evidence(BIGGER, run, "lot", Measure(), (Part("L", "S", Estimate(mean, mean - 0.1, mean + 0.1, 3)),))


def test_claims_in_short():
    found = [evidence("a", -0.5), evidence("b", 0.5), evidence("c", 0.0), evidence("a", 0.5), evidence("d", -0.3)]
    assert [plain(said) for said in tested.in_short(BIGGER, found)] == [
        "✓ holds: a (1 of 2), d", "✗ does not hold: b, a (1 of 2)", "? cannot tell: c"
    ]  # fmt: skip
