"""The section of the page Report that asks whether an adopted policy keeps its promise."""

import datetime

import pytest
from streamlit.testing.v1 import AppTest

from alma_core import decision_file, library
from alma_core.decide.expected import ABOVE, AS_PREDICTED, IN_A_ROW, REVIEW
from tests.test_pages import opened, written

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
JAPANESE = '対象月,誤差,件数\r\n2026年12月,50,"1,200"\r\n2027年1月,48.5,900\r\n'


def report(run: str, spoken: str = "en") -> AppTest:
    app = opened(lang=spoken, run=run)
    return again(app.switch_page("pages/meeting/report.py"))


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def field(app: AppTest, kind: str, begins: str):
    """Return the only field of a kind whose key begins so."""
    (found,) = (one for one in getattr(app, kind) if (one.key or "").startswith(begins))
    return found


def press(app: AppTest, label: str) -> AppTest:
    (button,) = (one for one in app.button if one.label == label)
    button.click()
    return again(app)


def enter(app: AppTest, error: float | None, cases: int | None) -> AppTest:
    if error is not None:
        field(app, "number_input", "_error-").set_value(error)
    if cases is not None:
        field(app, "number_input", "_cases-").set_value(cases)
    return press(app, "Enter")


def adopt(app: AppTest, on: str = "2026-12-01", approver: str = "Ms. [Suzuki](x)") -> AppTest:
    app.date_input(key="_adopt_on").set_value(datetime.date.fromisoformat(on))
    app.text_input(key="_adopt_by").set_value(approver)
    return press(app, "Adopt")


def kept(run: str):
    return decision_file.read(library.find(run).path)


def test_adopted_entered_and_called_to_review():
    app = report("mnist")
    assert "Write down what is adopted" in written(app)
    adopt(app)
    (found,) = kept("mnist")
    assert (found.policy, found.approver) == ("033b0967f92c", "Ms. [Suzuki](x)")
    assert "Nothing has been entered yet; 1 December 2026 comes first." in written(app)
    assert "Ms. \\[Suzuki\\]\\(x\\)" in written(app)
    expected = [found.promise.at(place).error for place in (1, 2, 3, 4)]
    enter(app, 100 * expected[0], 1000)
    assert "As predicted: 1 of 1 day as predicted or better." in written(app)
    enter(app, 100 * (expected[1] + 0.03), 1000)
    assert kept("mnist")[0].judgement.periods == [AS_PREDICTED, ABOVE]
    enter(app, 100 * (expected[2] + 0.03), 1000)
    judgement = kept("mnist")[0].judgement
    assert (judgement.periods[-1], judgement.reason) == (REVIEW, IN_A_ROW)
    assert "Review: 3 December 2026" in app.warning[-1].value.replace("\u00a0", " ")
    assert "hold the next update back" in written(app)
    assert "What to do:" in written(app)
    press(app, "Take back the last entry")
    assert kept("mnist")[0].judgement.overall == AS_PREDICTED
    assert "hold the next update back" not in written(app)


def test_the_same_in_japanese_with_a_table_of_windows():
    app = report("monthly-demand", "ja")
    app.date_input(key="_adopt_on").set_value(datetime.date(2026, 11, 29))
    press(app, "採用する")
    field(app, "file_uploader", "_table-").set_value(("実績.csv", JAPANESE.encode("cp932"), "text/csv"))
    press(app, "表を取り込む")
    assert not app.error
    (found,) = kept("monthly-demand")
    assert [(one.period, one.error, one.cases) for one in found.known] == [(1, 50.0, 1200), (2, 48.5, 900)]
    assert "2か月のうち2回は" in app.success[0].value
    field(app, "file_uploader", "_table-").set_value(("実績.csv", "月,誤差\n2027年2月,4\n".encode("cp932"), "text/csv"))
    press(app, "表を取り込む")
    assert "「件数」の列がありません" in app.error[0].value
    assert kept("monthly-demand") == [found]


def test_what_is_wrong_is_one_sentence_and_nothing_is_lost():
    app = adopt(report("mnist"))
    enter(app, None, 1000)
    assert len(app.error) == 1
    assert "Nothing was entered" in app.error[0].value
    assert field(app, "number_input", "_cases-").value == 1000
    enter(app, 5.0, None)
    assert not app.error
    assert len(kept("mnist")[0].actuals) == 1
    field(app, "file_uploader", "_table-").set_value(("t.csv", b"period,error,cases\n2,0.5,9\n", "text/csv"))
    press(app, "Enter the table")
    assert "may be percent or shares" in app.error[0].value
    app.radio(key="_scale").set_value("percent")
    press(app, "Enter the table")
    assert kept("mnist")[0].known[1].error == pytest.approx(0.005)


def test_an_adoption_without_a_day_is_one_sentence():
    app = report("mnist")
    app.date_input(key="_adopt_on").set_value(None)
    press(app, "Adopt")
    assert "No day was given" in app.error[0].value
    assert kept("mnist") == []


def test_a_record_that_does_not_read_is_said_and_the_page_stands():
    path = decision_file.place(library.find("mnist").path)
    path.parent.mkdir(parents=True)
    path.write_text("{", "utf-8")
    app = report("mnist")
    assert "does not read as a decision record" in app.error[0].value
    assert "To hand out" in written(app)
    path.write_text('{"schema_version": 99}', "utf-8")
    assert "newer version" in again(app).error[0].value


def test_adopting_anew_begins_a_new_count_and_keeps_the_old():
    app = enter(adopt(report("digits")), 99.9, 100_000)
    assert "lot 1" in app.warning[-1].value
    adopt(app, approver="Board")
    assert [len(one.actuals) for one in kept("digits")] == [1, 0]
    assert not [box for box in app.warning if "Review" in box.value]
    press(app, "Take back the adoption")
    assert [len(one.actuals) for one in kept("digits")] == [1]


def test_edited_prices_are_named_so_in_the_record():
    app = report("mnist")
    app.number_input(key="day_rate").set_value(12_345.0)
    adopt(again(app))
    (found,) = kept("mnist")
    assert "Wrong documents come back from the customer, changed" in found.prices
    assert "12345" in found.prices


def test_a_row_of_totals_in_a_table_is_left_out_and_said():
    app = adopt(report("mnist"))
    table = b"period,error,cases\n1,12.0,900\n2,11.0,1000\nTotal,11.5,1900\n"
    field(app, "file_uploader", "_table-").set_value(("t.csv", table, "text/csv"))
    press(app, "Enter the table")
    assert [one.period for one in kept("mnist")[0].actuals] == [1, 2]
    assert any("total" in info.value.lower() for info in app.info), [info.value for info in app.info]
