"""The Cost page, the price sheet and "had we decided earlier", through Streamlit's own AppTest."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from streamlit.testing.v1 import AppTest

from alma_core import language, library
from alma_core.decide import backtest, devices, pilot, record, sheets
from alma_core.decide.advise import answer
from alma_core.decide.question import Question
from alma_core.home import home
from alma_core.report import provisos, statements
from pages.parts import chart
from tests.test_pages import demand, headline, opened, written  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
TWO_DAYS = "## Collect 2 days, then update: continue training on all data so far, large model."
FIVE_DAYS = "## Collect 5 days, then update: continue training on all data so far, large model."
LOOKS = {
    "assumptions": {"tornado"}, "flips": {"break-even"}, "where": {"best-where"}, "budget": {"frontier"}, "plan": set(),
}  # fmt: skip
OWN, OTHER = "1-clerks-correct", "2-caught-in-the-office"


def drawn(app: AppTest) -> dict[str, list[dict[str, Any]]]:
    """Return the traces of each chart of the page, by its key."""
    charts = [element.proto for element in app.get("plotly_chart")]
    return {one.id.rsplit("plot-", 1)[1]: json.loads(one.spec)["data"] for one in charts}


def seen(app: AppTest) -> Iterator[str]:
    """Return all that the page sends to the browser, element by element, charts included."""

    def walk(node: Any) -> Iterator[str]:
        for child in node.children.values():
            if getattr(child, "proto", None) is not None:
                yield MessageToJson(child.proto, ensure_ascii=False)
            if hasattr(child, "children"):
                yield from walk(child)

    yield from walk(app.main)
    yield from walk(app.sidebar)


def spoken(app: AppTest) -> str:
    """Return the words of the page and of all its controls."""
    controls = [
        *app.number_input,
        *app.selectbox,
        *app.multiselect,
        *app.text_input,
        *app.button,
        *app.expander,
        *app.tabs,
    ]
    labels = [control.label for control in controls]
    options = [option for control in (*app.selectbox, *app.button_group) for option in control.options]
    tables = [str(text) for one in app.table for text in [*one.value.columns, *one.value.to_numpy().ravel()]]
    return "\n".join([written(app), *labels, *map(str, options), *tables])


@pytest.mark.parametrize("spoken_in", ["en", "ja"])
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["mnist", "machine-failure", "monthly-demand"])
def test_the_page_opens_without_an_empty_chart(name: str, look: str, spoken_in: str):
    app = opened("cost", lang=spoken_in, run=name, look=look)
    assert not app.error
    charts = drawn(app)
    assert set(charts) == {"causes", *LOOKS[look]}
    for key, traces in charts.items():
        assert any(trace.get("x") and trace["x"] != [None] for trace in traces), key
    assert all(len(table.value) > 1 for table in app.table)
    assert len(app.table) == (2 if look in ("flips", "plan") else 1)
    assert app.query_params.get("look", "assumptions") == look
    said = spoken(app)
    assert "None" not in said
    assert "nan" not in said
    if spoken_in == "ja":
        known = str(library.find(name).manifest)
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"[\\`*#:]|green|orange|red|material/\w+", "", said)))
        allowed = {"CPU", "CSV", "English", "Language", "badge", "SHA", "first", "updates", "JPY", *library_names()}
        assert words <= allowed | {word for word in words if word in known}
    if (name, spoken_in) == ("monthly-demand", "ja"):
        for element in seen(app):
            assert "誤り" not in element


def library_names() -> set[str]:
    return {word for run in library.runs() for word in re.findall(r"[A-Za-z]{3,}", run.id)}


def test_a_price_re_prices_at_once_and_stays():
    """On the page itself, in the address, and on Decide; the sum that opens is that of the policy recommended now."""
    app = opened("cost", lang="en")
    assert headline(app) == TWO_DAYS
    before, opened_sum = drawn(app)["causes"], app.selectbox(key="sum").value
    app.number_input(key="price_per_error").set_value(1000.0).run()
    assert headline(app).startswith("## Update every day")
    assert drawn(app)["causes"] != before
    assert app.selectbox(key="sum").value != opened_sum
    assert "x 1,000 JPY" in str(app.table[0].value.to_numpy().tolist()).replace("\\xa0", " ")
    assert app.query_params["price_per_error"] == "1000.0"
    assert "sum" not in app.query_params
    app.switch_page("pages/executive/decide.py").run()
    assert headline(app).startswith("## Update every day")
    assert app.number_input(key="price_per_error").value == 1000.0
    again = opened("cost", lang="en", price_per_error="1000.0")
    assert headline(again) == headline(app)
    again.number_input(key="price_per_error").set_value(300.0).run()
    assert (headline(again), "price_per_error" in again.query_params) == (TWO_DAYS, False)


def yen(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))


def test_the_sum_that_is_chosen_adds_up():
    app = opened("cost", lang="en", run="machine-failure", upkeep="30000", days_per_arrival="7")
    app.selectbox(key="sum").select(app.selectbox(key="sum").options[3]).run()
    chosen = app.selectbox(key="sum").value
    amounts = [yen(text) for text in app.table[0].value["amount"]]
    assert sum(amounts[:-1]) == amounts[-1] > 0
    assert app.query_params["sum"] == app.session_state["sum"]
    app.number_input(key="miss_price").set_value(60_000.0).run()
    assert app.selectbox(key="sum").value == chosen  # though it is listed elsewhere now


def test_the_other_sheet_turns_the_answer():
    app = opened("cost", lang="en", price_per_error="250", own="own", look="flips")
    assert headline(app) == TWO_DAYS
    assert "example prices" not in written(app)
    assert "“Wrong documents are caught in the office” it turns after" in written(app)
    app.selectbox(key="prices").set_value(OTHER).run()
    assert headline(app) == FIVE_DAYS
    assert app.number_input(key="price_per_error").value == 60.0
    assert {name: app.query_params.get(name) for name in ("prices", "price_per_error", "own")} == {
        "prices": OTHER, "price_per_error": None, "own": None
    }  # fmt: skip
    assert "example prices" in written(app)  # those of another sheet are not the reader's own
    assert headline(opened("cost", lang="en", prices=OTHER)) == FIVE_DAYS


def test_one_price_or_two():
    app = opened("cost", lang="en", run="monthly-demand")
    assert app.number_input(key="shortage_price").value == 150.0
    app.button_group(key="kind").set_value("per error").run()
    assert app.query_params["kind"] == "per error"
    assert app.number_input(key="price_per_unit").value == 100.0
    assert "shortage_price" not in {control.key for control in app.number_input}
    assert "units too few" not in str(app.table[0].value["cause"].tolist())
    app.button_group(key="kind").set_value("two sides").run()
    assert "kind" not in app.query_params
    assert app.number_input(key="shortage_price").value == 150.0
    app = opened("cost", lang="en", run="machine-failure", kind="per error")
    assert app.number_input(key="price_per_error").value == 300.0
    assert not app.exception
    assert "kind" not in {control.key for control in opened("cost", lang="en").button_group}  # mnist tells no two apart


def test_limits_exclude_and_are_said():
    app = opened("cost", lang="en")
    app.number_input(key="most_worst_error").set_value(50.0).run()
    assert headline(app).startswith("## Update every day")
    said = written(app).replace("\\", "")
    assert "exceed the limits (the worst moment) and cannot be recommended" in said
    assert app.query_params["most_worst_error"] == "50.0"
    app.number_input(key="most_worst_error").set_value(1.0).run()
    assert headline(app).startswith("## No policy keeps to all limits.")
    app.switch_page("pages/executive/decide.py").run()
    assert headline(app).startswith("## No policy keeps to all limits.")


GARBAGE = {
    "use": "7", "utilisation": "much", "fiscal_year_from": "13", "updates_included": "99999999999999999999",
    "volume": "1e308", "own": "maybe", "upkeep": "nan", "price_per_error": "-3", "kind": "three", "freeze": "13",
    "most_worst_error": "-1", "hardware_L": "cheap", "over": "luck", "sum": "nobody", "budget": "-5", "prices": "mine",
    "peak_flops": "1e400", "discount_rate": "2", "seen": "soon",
}  # fmt: skip


@pytest.mark.parametrize(("look", "unseen"), [("flips", "budget"), ("budget", "over"), ("nothing", "over")])
def test_garbage_in_the_address_falls_back_with_a_notice(look: str, unseen: str):
    """What belongs to a part out of sight waits in the address until that part is looked at."""
    app = opened("cost", lang="en", look=look, **GARBAGE)
    assert not app.error
    assert headline(app) == TWO_DAYS
    assert app.number_input(key="use").value == 1.0
    assert app.number_input(key="fiscal_year_from").value == 4
    assert not set(app.query_params) & set(GARBAGE) - {"seen", "budget" if look == "nothing" else unseen, unseen}


@pytest.mark.parametrize("value", ["2", "-0.1"])
def test_a_share_of_positives_beyond_one_falls_back(value: str):
    app = opened("cost", lang="en", run="machine-failure", positives=value)
    assert app.number_input(key="positives").value is None
    assert not app.error


def test_half_a_pair_is_one_sentence():
    app = opened("cost", lang="en", updates_included="10")
    (error,) = app.error
    assert "was given without Price of a person-day beyond them" in error.value.replace("\\", "")
    app.number_input(key="day_rate_beyond").set_value(60_000.0).run()
    assert not app.error
    assert "people, beyond the updates included" in str(app.table[0].value["cause"].tolist())


def test_a_sheet_is_kept_and_offered():
    app = opened("cost", lang="en", own="own", price_per_error="111", most_updates_per_year="400")
    (keep,) = [button for button in app.button if button.label == "Keep"]
    assert keep.disabled
    app.text_input(key="keep_as").set_value("  Ours: 2027/04 ").run()
    (keep,) = [button for button in app.button if button.label == "Keep"]
    keep.click().run()
    assert "  Ours: 2027/04 " in app.selectbox(key="prices").options
    (path,) = (home() / "prices").iterdir()
    assert path.name == "Ours--2027-04.toml"
    kept = sheets.load(path)
    assert (kept.prices.price_per_error, kept.prices.confirmed) == (111.0, True)
    assert kept.limits.given == {"updates_per_year": 400.0}
    app = opened("cost", lang="ja", prices=path.stem)
    assert app.number_input(key="price_per_error").value == 111.0
    assert app.button_group(key="own").value == "own"
    assert app.number_input(key="most_updates_per_year").value == 400.0
    path.write_text("[errors", "utf-8")
    app = opened("cost", lang="en")
    assert headline(app) == TWO_DAYS
    assert "does not read as TOML" in written(app)


def test_a_run_change_sets_prices_back():
    app = opened("cost", lang="en", price_per_error="1000", budget="30000", over="volume", own="own", look="budget")
    app.selectbox(key="run").set_value("machine-failure").run()
    assert not app.exception
    assert {name: str(value) for name, value in app.query_params.items()} == {
        "run": "machine-failure", "look": "budget"
    }  # fmt: skip
    assert app.selectbox(key="prices").value == "1-stops-are-dear"
    assert app.number_input(key="budget").value != 30_000
    app.selectbox(key="run").set_value("mnist").run()
    assert headline(app) == TWO_DAYS
    assert app.number_input(key="price_per_error").value == 300.0


def test_a_device_fills_its_numbers_in():
    app = opened("cost", lang="en")
    app.selectbox(key="device_preset").set_value("cpu").run()
    cpu = devices.DEVICES["cpu"]
    assert app.number_input(key="nightly_hours").value == cpu.nightly_hours
    assert app.number_input(key="peak_flops").value == cpu.peak_flops
    assert "May 2026" in written(app)
    assert app.query_params["nightly_hours"] == "8.0"
    app.selectbox(key="prices").set_value(OTHER).run()
    assert app.selectbox(key="device_preset").value is None


def test_prices_of_nothing_break_no_page():
    for page in ("cost", "decide"):
        app = opened(page, lang="en", price_per_error="0", day_rate="0", price_per_device_hour="0", earlier="True")
        assert "costs least of the" in written(app)
    assert "Following it, the rest would have cost 0 JPY, 0.0 % more" in written(app).replace("\\", "")
    app = opened(lang="en", price_per_error="0", day_rate="9", earlier="True")
    assert headline(app).startswith("## Do not introduce a model")
    assert re.search(r"keeping today's policy \d+ JPY more", written(app))  # of nothing there is no share


def test_a_staged_plan_needs_the_run_s_own_mega_batches():
    app = opened("cost", lang="en", run="digits", batch="5", look="plan")
    assert not app.error
    assert "No staged plan: it needs" in written(app)


@pytest.mark.usefixtures("demand")
def test_a_run_that_does_not_judge_models_later_has_no_staged_plan():
    app = opened("cost", lang="en", run="demand", look="plan")
    assert not app.error
    assert "No staged plan: it needs" in written(app)
    assert r"\*units\*" in next(c.label for c in app.number_input if c.key == "most_worst_error")


def test_no_price_of_another_run_s_errors():
    """A sheet of two prices that the reader kept is not offered where a run tells no two kinds apart."""
    (home() / "prices").mkdir(parents=True)
    text = 'currency = "JPY"\n[errors]\nmiss = 5\nfalse_alarm = 1\n'
    (home() / "prices" / "two.toml").write_text(text, "utf-8")
    assert app_offers("mnist") == [OWN, OTHER]
    assert "two" in app_offers("machine-failure")
    assert "two" not in app_offers("monthly-demand")


def app_offers(name: str) -> list[str]:
    app = opened(lang="en", run=name)
    assert not app.exception
    words = {sheet.name: path.stem for path in sheets.beside(library.find(name).path) for sheet in [sheets.load(path)]}
    return [words.get(option, option) for option in app.selectbox(key="prices").options]


def plain(text: str) -> str:
    return chart.plain(text).replace("\u00a0", " ")


@pytest.mark.parametrize(("name", "seen_"), [("digits", 8), ("monthly-demand", 14)])
def test_had_we_decided_earlier(name: str, seen_: int):
    """What the page says is what the pilot says, and what following it would have cost."""
    run = library.find(name)
    app, known = opened(lang="en", run=name, seen=str(seen_)), record.of_run(run)
    question = Question(prices=sheets.offered(run.path, known.measure)[0].prices, with_research=False)
    advice = pilot.pilot(known, question, seen_)
    whole = answer(known, question)
    score = backtest.scored(whole, advice.panel.policies["policy"][advice.adopted], advice.panel.sunk)
    said = written(app)
    assert plain(statements.headline(advice, run.unit)) in said
    assert plain(statements.worth(advice, run.unit)) in said
    assert plain(provisos.foreseen(advice, run.unit)) in said
    assert f"{language.percent(score.regret)} more than with".replace("\u00a0", " ") in said
    assert f"keeping today's policy {language.percent(score.today)} more".replace("\u00a0", " ") in said


def test_what_would_have_been_decided_waits_until_it_is_asked_for():
    """Unfolding it writes that into the address; so does a link that names an arrival."""
    app = opened(lang="en", run="digits")
    assert "Following it, the rest would have cost" not in written(app)
    app.session_state["earlier"] = True
    app.run()
    assert "Following it, the rest would have cost" in written(app)
    assert app.query_params["earlier"] == "True"
    app.segmented_control(key="lang").set_value("ja").run()
    assert "seen" in {control.key for control in app.select_slider}
    app.session_state["earlier"] = False
    app.run()
    assert "seen" not in {control.key for control in app.select_slider}
    assert "earlier" not in app.query_params
    assert "Following it" in written(opened(lang="en", run="digits", seen="8"))
    assert "Following it" not in written(opened(lang="en", run="digits", earlier="maybe"))


def test_too_few_arrivals_for_an_advice_are_one_sentence():
    app = opened(lang="en", run="digits", seen="2")
    assert any("Today's policy cannot be foretold" in info.value for info in app.info)
    app.select_slider(key="seen").set_value(12).run()
    assert "only the first 12 lots are known" in written(app)
    assert app.query_params["seen"] == "12"
    app.select_slider(key="batch").set_value(5).run()
    assert "seen" not in {control.key for control in app.select_slider}
