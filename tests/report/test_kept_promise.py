"""What is said and drawn of a promise."""

import re

import pytest

from alma_core import language, library
from alma_core.adoption import Actual
from alma_core.decide.expected import ABOVE, AS_PREDICTED, BETTER, REVIEW, Expected, Promise
from alma_core.decide.measure import Measure
from alma_core.report import columns, figures, kept_promise, promise_figures
from alma_core.report.spreadsheet import csv
from tests.decide.hand import RENTALS
from tests.test_adoption import adopted

PLACE = Expected(0.10, 0.09, 0.11, 0.02, 0.0, 0.09, 10.0**9)
"""On very many cases its band goes from 8 to 12 %."""
SURE = 10**9


def told(*errors: float, **facts: object):
    actuals = tuple(Actual(n, error, SURE, entry=n) for n, error in enumerate(errors, 1))
    return adopted(**({"promise": Promise((PLACE,) * 3, PLACE, True), "actuals": actuals} | facts))


@pytest.mark.parametrize(
    ("errors", "english", "japanese"),
    [
        ((), "Nothing has been entered yet; December 2026", "実績はまだありません。最初は2026年12月です。"),
        ((0.1, 0.13), "As predicted: 1 of 2 months as predicted or better.", "想定どおり: 2か月のうち1回は"),
        ((0.05, 0.05), "Better than predicted: 2 of 2 months", "想定より良好: 2か月のうち2回は"),
        ((0.1, 0.13, 0.13), "Review: February 2027 (13.0 %) is the second in a row above its band. So far 1 of 3",
         "見直し: 2027年2月(13.0%)で2期続けて幅を上回りました。"),
        ((0.2,), "Review: the error of 20.0 % (December 2026) is far above its band, which ends at 12.0 %.",
         "見直し: 2026年12月の20.0%は、幅の上限12.0%を大きく超えています"),
    ],
)  # fmt: skip
def test_headlines(errors: tuple[float, ...], english: str, japanese: str):
    assert english in kept_promise.headline(told(*errors), Measure()).replace("\u00a0", " ")
    language.use("ja")
    assert japanese in kept_promise.headline(told(*errors), Measure())


def test_a_mean_that_creeps_up_is_a_review():
    creeping = tuple(Actual(n, 0.15, 20, entry=n) for n in range(1, 7))
    place = Expected(0.10, 0.10, 0.10, 0.0, 0.0, 0.09, 10.0**9)
    found = told(actuals=creeping, promise=Promise((place,), place, True))
    assert found.judgement.periods == [AS_PREDICTED] * 6
    creeping = tuple(Actual(n, 0.1 + 0.09, 50, entry=n) for n in range(1, 7))
    found = told(actuals=tuple(creeping[n] if n % 2 else Actual(n + 1, 0.15, 50) for n in range(6)),
                 promise=Promise((place,), place, True))  # fmt: skip
    assert found.judgement.reason == "on average"
    assert "up to May 2027 the mean of the last 6" in kept_promise.headline(found, Measure())


@pytest.mark.parametrize(
    ("unit", "factor", "name"),
    [
        ("month", 1, "February 2027"), ("month", 3, "from 1 June 2027"), ("day", 1, "3 December 2026"),
        ("week", 1, "from 21 December 2026"), ("lot", 1, "lot 3"), ("lot", 5, "period 3"),
    ],
)  # fmt: skip
def test_names_of_the_third_period(unit: str, factor: int, name: str):
    assert kept_promise.period(told(unit=unit, factor=factor), 3) == name


def test_rows_by_hand():
    rows = kept_promise.rows(told(0.1, 0.13, 0.2))
    assert len(rows) == kept_promise.FEWEST
    assert rows["verdict"].tolist()[:3] == [AS_PREDICTED, ABOVE, REVIEW]
    assert rows["verdict"].isna().sum() == len(rows) - 3
    assert rows["is_estimate"].tolist()[:4] == [False, False, False, True]
    assert rows["high"].round(4).tolist()[:2] == [0.12, 0.12]
    assert str(rows["begins_on"].iloc[3]) == "2027-03-01"
    assert "begins_on" not in kept_promise.rows(told(unit="lot"))
    words = columns.in_words(rows, columns.Units(Measure()))
    assert words["verdict"].tolist()[:4] == ["as predicted", "above once", "review", "–"]


def test_the_band_is_that_of_the_cases_entered():
    place = Expected(0.10, 0.10, 0.10, 0.0, 0.0, 0.09, 10.0**9)
    few = (Actual(1, 0.1, 100), Actual(2, 0.1, 10_000))
    rows = kept_promise.rows(told(actuals=few, promise=Promise((place,) * 3, place, True)))
    for n, cases in enumerate((100, 10_000, 10_000)):
        assert tuple(rows.loc[n, ["low", "high"]]) == pytest.approx(place.band(cases, True))


def test_the_chart_holds_the_rows_and_tells_verdicts_apart_without_colour():
    found = told(0.05, 0.1, 0.13, 0.2)
    drawn = promise_figures.figure(found, Measure()).read  # Plotly checks each word
    rows = kept_promise.rows(found)
    points = {trace.name: trace for trace in drawn.data if trace.mode == "markers"}
    assert {name: list(trace.y) for name, trace in points.items()} == {
        "better": [0.05], "as predicted": [0.1], "above once": [0.13], "review": [0.2]
    }  # fmt: skip
    looks = promise_figures.LOOKS
    assert set(looks) == set(columns.VERDICTS)
    assert len({mark for _colour, mark in looks.values()}) == len({colour for colour, _mark in looks.values()}) == 4
    assert {colour for colour, _mark in looks.values()} <= set(figures.HUES)
    lines = {trace.line.dash: list(trace.x) for trace in drawn.data if trace.mode == "lines" and trace.line.dash}
    assert lines["solid"] == [1, 2, 3]
    assert lines["dash"] == list(range(3, len(rows) + 1))
    area = drawn.data[0]
    assert list(area.y) == rows["high"].tolist() + rows["low"].tolist()[::-1]
    assert len(drawn.layout.shapes) == 1


def test_all_after_the_data_is_dashed():
    drawn = promise_figures.figure(told(0.1, behind=3), Measure()).read
    assert [trace.line.dash for trace in drawn.data if trace.mode == "lines" and trace.line.dash] == ["dash"]
    assert "Dashed:" in kept_promise.covers(told(behind=3), Measure())
    long = told(promise=Promise((PLACE,) * 20, PLACE, True))
    assert "Dashed:" not in kept_promise.covers(long, Measure())


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("unit", ["month", "day", "week", "quarter", "year", "lot"])
def test_every_unit_in_every_language(unit: str, spoken: str):
    language.use(spoken)
    run = library.find("monthly-demand")
    place = Expected(50.0, 45.0, 55.0, 5.0, 10.0, 2500.0, 700.0)
    found = told(50.0, 200.0, unit=unit, promise=Promise((place,) * 4, place, False), approver="=1+1 <b>")
    drawn = promise_figures.figure(found, RENTALS, "dark").read
    said = " ".join([
        kept_promise.headline(found, RENTALS), kept_promise.in_force(run, found), kept_promise.to_do(run, found),
        kept_promise.covers(found, RENTALS), kept_promise.rule(), promise_figures.alt(found, RENTALS),
        *drawn.layout.xaxis.ticktext, *kept_promise.history(run, [found], RENTALS).to_numpy().ravel().tolist(),
    ])  # fmt: skip
    assert not re.findall(r"{\w*}|\bnan\b|\bNone\b", said)
    if spoken == "ja":
        plain = re.sub(r"=1\+1 <b>|\bp\b|\bq\b|\b[SML]\b", "", said)
        assert not re.findall(r"[A-Za-z]{2,}", plain), re.findall(r"[A-Za-z]{2,}", plain)


def test_one_repeat_covers_no_training():
    place = Expected(0.1, 0.1, 0.1, 0.0, 0.0, 0.09, 100.0)
    assert "chance in training" not in kept_promise.covers(told(promise=Promise((place,), place, True)), Measure())
    assert "chance in training" in kept_promise.covers(told(), Measure())
    assert "how periods differ" in kept_promise.covers(told(), Measure(judged="next"))


def test_no_text_becomes_a_formula_or_markup():
    run = library.find("digits")
    found = told(0.1, approver="=1+1", note="@x <b>")
    written = csv(kept_promise.history(run, [found], Measure())).decode("utf-8-sig")
    assert ",'=1+1,,'@x <b>" in written
    drawn = promise_figures.figure(told(50.0, unit="lot", promise=Promise((PLACE,), PLACE, False)),
                                   Measure("regression", 20.0, "<b>&")).read  # fmt: skip
    assert "&lt;b&gt;&amp;" in drawn.layout.yaxis.title.text


def test_the_history_tells_what_was_replaced():
    twice = (Actual(1, 0.2, SURE, "wrong", 1), Actual(1, 0.1, SURE, "right", 2))
    rows = kept_promise.history(library.find("digits"), [told(actuals=twice)], Measure())
    assert rows["verdict"].tolist() == ["as predicted", "replaced", ""]
    assert rows["note"].tolist() == ["right", "wrong", "初回 😀"]


def test_a_policy_that_the_run_lacks_is_named_by_its_fingerprint():
    run = library.find("digits")
    assert kept_promise.policy(run, "not there") == "not there"
    assert kept_promise.policy(run, str(run.ledger["policy"].iloc[-1])).startswith("every ")


def test_better_is_said_to_be_better():
    assert told(0.05, 0.05).judgement.overall == BETTER
