"""The pages' stories through Streamlit's own AppTest; the browser tests beside this one look at what the eye sees."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alma_core import ledger, library, specs, writing
from alma_core.decide import by_size
from alma_core.decide import measure as measures
from alma_core.decide.question import Question
from alma_core.home import home
from alma_core.report import comparison, handouts, offline, printing
from pages.parts import chart
from tests.decide import hand

APP = str(Path(__file__).parents[1] / "app.py")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def opened(page: str = "decide", run: str | None = "mnist", **address: str) -> AppTest:
    """Open a page of the real app with these query parameters; without a run: on the one that it opens on."""
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in (address | ({} if run is None else {"run": run})).items():
        app.query_params[name] = value
    app.run()
    if page != "decide":
        app.switch_page(f"pages/executive/{page}.py").run()
    assert not app.exception, app.exception
    return app


def paragraphs(app: AppTest) -> list[Any]:
    """Return the page's Markdown, but for its look."""
    return [block for block in app.markdown if not block.value.startswith("<style>")]


def written(app: AppTest) -> str:
    """Return all words of the page."""
    blocks = [*paragraphs(app), *app.caption, *app.metric, *app.error, *app.info, *app.warning]
    return "\n".join(f"{getattr(block, 'label', '')} {block.value}" for block in blocks).replace("\u00a0", " ")


def headline(app: AppTest) -> str:
    return next(block.value for block in app.markdown if block.value.startswith("## "))


def test_decide_opens_on_an_example_and_says_so():
    app = opened(lang="en", run=None)
    assert app.session_state["run"] == "monthly-demand"
    assert headline(app) == "## Not enough evidence to change: stay with “every month, continue, new data, M” for now."
    said = written(app)
    assert "**Example.** These data come with the program" in said
    assert "a year" in said
    labels = ("How sure:", "What would turn it round:", "Weak point:")
    assert all(f"**{label}**" in said for label in labels)
    assert "Not included: " in said


def test_the_three_steps_are_put_away_for_good():
    app = opened(lang="en", run=None)
    assert "**1. Read the answer**" in written(app)
    app.button(key="_steps").click().run()
    assert not app.exception
    assert "**1. Read the answer**" not in written(app)
    app.select_slider(key="horizon").set_value(12).run()
    assert "**1. Read the answer**" not in written(app)


def test_one_s_own_run_is_no_example(small_run):
    from tests.test_library import write

    write(small_run, home() / "runs" / "ours")
    said = written(opened(lang="en", run="ours"))
    assert "**Example.**" not in said
    assert "**1. Read the answer**" not in said


@pytest.mark.parametrize(("spoken", "word"), [("en", "To say on each slide"), ("ja", "スライドごとに話すこと")])
def test_the_report_says_what_to_say_and_hands_it_out(spoken: str, word: str):
    app = opened(lang=spoken)
    answer = headline(app).removeprefix("## ")
    app.switch_page("pages/meeting/report.py").run()
    assert not app.exception
    assert word in [option for group in app.segmented_control for option in group.options]
    assert f"**{answer}**" in written(app)
    assert f"**1. {answer}**" in written(app)
    labels = [button.label for button in app.get("download_button")]
    assert labels[:11] == [kind.upper() for kind in handouts.KINDS] + [labels[10]]


def test_the_report_without_a_browser_says_what_is_wanting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "browser", lambda: None)
    app = opened(lang="en")
    app.switch_page("pages/meeting/report.py").run()
    assert "none was found on the machine that serves this page" in written(app)
    is_off = {button.label: button.proto.disabled for button in app.get("download_button")}
    assert [label for label, off in is_off.items() if off] == ["PDF", "PNG", "SVG"]


@pytest.mark.parametrize("run", ["mnist", "monthly-demand", "machine-failure", "digits"])
def test_files_name_the_price_sheet_and_say_whether_it_was_changed(run: str):
    app = opened(lang="en", run=run)
    app.switch_page("pages/meeting/report.py").run()
    assert re.search("at the prices “[^”]*”", written(app))
    assert ", changed”" not in written(app)
    app.number_input(key="day_rate").set_value(12_345.0).run()
    assert ", changed”" in written(app)


@pytest.mark.parametrize("look", ["policy", "charts"])
def test_the_preview_is_in_the_language_of_the_files(look: str):
    app = opened(lang="en", preview=look, files_in="ja")
    app.switch_page("pages/meeting/report.py").run()
    assert not app.exception
    assert ("モデルの更新時期" if look == "policy" else "誤り率の推移") in written(app)
    assert "Take it to the meeting" in written(app)


def test_decide_gives_its_recommendation():
    app = opened(lang="en")
    assert headline(app) == "## Collect 2 days, then update: continue training on all data so far, large model."
    assert "Saves" in written(app)
    assert "**How sure:** high" in written(app)
    assert [metric.label for metric in app.metric] == [
        "Short-term error", "Long-term error", "Updates", "Device time", "Total cost"
    ]  # fmt: skip


def test_decide_in_japanese():
    app = opened(lang="ja")
    assert headline(app).startswith("## 2日分ためてから更新し")
    provenance = str(library.find("mnist").manifest)
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"[\\`*#:]|green|orange|red|material/\w+", "", written(app))))
    assert words <= {"mnist", "JPY", "badge", "SHA", "CPU", "quick"} | {word for word in words if word in provenance}


def test_sliders_answer_without_training():
    app = opened(lang="en")
    before = headline(app)
    app.select_slider(key="horizon").set_value(5).run()
    assert not app.exception
    assert "5 days" in written(app)
    app.select_slider(key="batch").set_value(2).run()
    assert not app.exception
    app.select_slider(key="horizon").set_value(50).run()
    app.select_slider(key="batch").set_value(5).run()
    assert headline(app) != before
    assert "every day" not in written(app)


def test_the_error_in_service_changes_the_answer():
    app = opened(lang="en", service="model", error="2")
    assert headline(app) == "## Do not update: keep what is in service."
    app.number_input(key="error").set_value(50.0).run()
    assert headline(app).startswith("## Collect")
    assert "you said 50.0 %" in written(app)


def test_prices_change_the_answer_and_take_the_mark_away():
    app = opened(lang="en", day_rate="0")
    assert headline(app).startswith("## Update every day")
    assert "example prices until" in written(app)
    app = opened(lang="en", day_rate="0", own="own")
    assert "example prices until" not in written(app)


def test_today_s_policy_stays_whatever_the_sizes_shown():
    app = opened(lang="en")
    app.selectbox(key="today").select("every day, continue, new data, S").run()
    before = app.session_state["today"]
    app.button_group(key="sizes").set_value(["L"]).run()
    assert app.session_state["today"] == before
    assert "every day, continue, new data, S" in written(app)


def test_a_replaced_today_s_policy_is_said():
    app = opened(lang="en")
    app.selectbox(key="today").select("every day, continue, new data, S").run()
    app.select_slider(key="batch").set_value(5).run()
    assert "another one stands in for it" in written(app)


def test_today_s_policy_can_be_named():
    app = opened(lang="en")
    best = next(o for o in app.selectbox(key="today").options if o == "every 2 days, continue, all data, L")
    app.selectbox(key="today").select(best).run()
    assert "costs least of the" in written(app)


def test_the_first_update_is_a_choice_where_the_run_holds_both():
    app = opened(lang="en", run="digits")
    control = app.segmented_control(key="first") if hasattr(app, "segmented_control") else app.button_group(key="first")
    assert not control.disabled
    control.set_value("1").run()
    assert not app.exception
    assert "start at once" in "".join(app.selectbox(key="today").options)
    app = opened(lang="en", run="mnist")
    control = app.segmented_control(key="first") if hasattr(app, "segmented_control") else app.button_group(key="first")
    assert control.disabled
    assert "--first-updates w,1" in control.help


@pytest.mark.parametrize(
    "address",
    [
        {"run": "nowhere"}, {"lang": "xx"}, {"horizon": "999"}, {"horizon": "soon"}, {"batch": "0"}, {"sizes": "Q,S"},
        {"today": "me"}, {"short": "-3"}, {"error": "x", "service": "model"}, {"price_per_error": "free"},
        {"first": "2"},
        {"service": "maybe"}, {"volume": "nan"}, {"day_rate": "-5"}, {"utilisation": "7"},
    ],
    ids=str,
)  # fmt: skip
def test_garbage_in_the_address_falls_back(address: dict[str, str]):
    app = opened(**({"lang": "en"} | address))
    assert len(app.error) <= 1
    if not app.error:
        assert headline(app).startswith(("## Collect 2 days", "## Collect 10 days", "## Not enough evidence"))


def test_compare_shows_policies_the_heat_map_and_what_the_run_shows():
    app = opened("compare", lang="en")
    assert len(app.multiselect(key="show").value) == 4
    assert written(app).count("**holds**") == 4
    app.button_group(key="chart").set_value("heat").run()
    app.selectbox(key="kpi").set_value("final_error").run()
    app.selectbox(key="way").set_value("warm-1").run()
    assert not app.exception
    assert "Waiting time and model size: Final error" in written(app)
    app.multiselect(key="show").set_value([]).run()
    assert "Choose at least one policy" in written(app)


def test_compare_in_japanese():
    app = opened("compare", lang="ja")
    assert "成り立つ" in written(app)


def test_a_damaged_run_is_named_in_place(small_run):
    from tests.test_library import write

    ours = write(small_run, home() / "runs" / "ours")
    (ours.path / "ledger.parquet").write_bytes(b"")
    app = opened(lang="en")
    assert "ledger.parquet in" in written(app)
    assert headline(app).startswith("## Collect 2 days")


def test_no_run_at_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library, "listed", list)
    app = opened(lang="en")
    assert "There is no simulation yet. Bring your data" in written(app)


def test_a_run_of_one_policy_one_seed_one_mega_batch(few):
    from tests.conftest import ledger_of
    from tests.test_library import write

    spec = specs.RunSpec(specs.StreamSpec("few", 1), specs.grid([1], ["S"]), specs.recipe("quick", 1), 1)
    write((spec, *ledger_of(spec, few)), home() / "runs" / "tiny")
    for page in ("decide", "compare"):
        app = opened(page, lang="en", run="tiny")
        assert "43 policies" not in written(app)


@pytest.fixture
def demand() -> library.Run:
    """A run of predicted numbers, judged on the next month, whose names would be markup."""
    waits, months = (1, 2, 4), 9
    policies = [
        specs.PolicySpec(wait, wait, start, replay, specs.LearnerSpec("mlp", size), window=window)
        for size in ("S", "M")
        for start, replay, window in (("warm", 0.0, 0), ("scratch", 1.0, 0), ("scratch", 0.0, 3))
        for wait in waits
    ]
    stream = specs.StreamSpec("orders", months, "month", in_order=True, judged="next")
    blocks = [hand.incumbent([[1.4] * (months - 1)] * 3)]
    for policy in policies:
        gain = 0.1 * (policy.learner.capacity == "M") + 0.1 * bool(policy.window) + 0.02 * policy.replay
        updates = list(range(policy.waiting_time, months, policy.waiting_time))
        curve = [1.4] * (updates[0] - 1) + [1.2 - gain - 0.05 * t for t in range(updates[0], months)]
        facts = {name: getattr(policy, name) for name in ("waiting_time", "first_update", "start", "replay", "window")}
        curves = [[error + 0.01 * seed for error in curve] for seed in range(3)]
        blocks.append(hand.rows(specs.fingerprint(policy), curves, updates, capacity=policy.learner.capacity, **facts))
    table = hand.numbers(hand.table(*blocks), 137.0)
    path = home() / "runs" / "demand"
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    data = {"name": "**orders** [x](y)", "sha256": "0" * 64, "target": "count", "unit": "*units*"}
    spec = specs.RunSpec(stream, tuple(policies), specs.recipe("quick"), 3)
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish({"ledger": table, "confusion": confusion}, data=data, device="cpu")
    return library.open_run(path)


@pytest.mark.usefixtures("demand")
def test_predicted_numbers_are_shown_in_their_unit():
    app = opened(lang="en", run="demand")
    assert headline(app) == "## Update every month: retrain from scratch on the last 3 months, medium model."
    assert [metric.label for metric in app.metric][:2] == ["Error, short-term", "Error, long-term"]
    assert all(metric.value.endswith(r"\*units\*") for metric in app.metric[:2])
    assert "%" not in written(app).replace("90 %", "")
    assert " pt" not in written(app)
    assert r"\*\*orders\*\* \[x\]\(y\)" in written(app)
    assert "on the data of the next month" in written(app)
    assert "other periods of the same kind" in written(app)


@pytest.mark.usefixtures("demand")
def test_the_error_today_of_numbers_is_asked_in_their_unit():
    app = opened(lang="en", run="demand", service="model", off="30")
    control = app.number_input(key="off")
    assert control.value == 30.0
    assert control.label == r"Its prediction error \(\*units\*\)"
    assert headline(app) == "## Do not update: keep what is in service."
    control.set_value(500.0).run()
    assert headline(app).startswith("## Update every month")
    app = opened(lang="ja", run="demand", service="model", off="soon")
    assert not app.exception
    assert app.number_input(key="off").value == 68.0


@pytest.mark.usefixtures("demand")
def test_the_price_of_a_unit_is_not_that_of_a_wrong_decision():
    app = opened(lang="en", run="demand", price_per_unit="0.5")
    assert app.number_input(key="price_per_unit").label == "Price of one unit of prediction error"
    assert "assumed: 0.50 JPY" in written(app)
    app.selectbox(key="run").set_value("mnist").run()
    assert app.number_input(key="price_per_error").value == 300.0  # prices belong to the sheet of a run
    assert not app.exception


@pytest.mark.usefixtures("demand")
def test_ways_with_a_window_have_an_address():
    app = opened("compare", lang="en", run="demand", chart="heat", way="scratch-w3", kpi="mean_error")
    assert app.selectbox(key="way").value == "scratch-w3"
    assert app.selectbox(key="way").options == [
        "continue, new data", "from scratch, all data", "from scratch, last 3 months"
    ]  # fmt: skip
    assert "Waiting time and model size: Error on average" in written(app)
    assert "Not tested here" in written(app)
    app.select_slider(key="horizon").set_value(5).run()
    assert not app.exception


@pytest.mark.usefixtures("demand")
@pytest.mark.parametrize("page", ["decide", "compare"])
def test_predicted_numbers_in_japanese(page: str):
    app = opened(page, lang="ja", run="demand")
    assert "予測のずれ" in written(app)
    assert "誤り" not in written(app)


def test_offline_pages_of_numbers(demand: library.Run):
    measure = measures.of_run(demand)
    assert (measure.unit, measure.judged, measure.in_order) == ("*units*", "next", True)
    found = hand.answer(demand.ledger, Question(), measure)
    way = by_size.Way("scratch", 0.0, 3)
    for html in (
        offline.decision_page(demand, found, "en").decode(),
        comparison.comparison_page(
            comparison.Comparison(demand, found, [1, 2], "cost", "mean_error", way), "en"
        ).decode(),
    ):
        said = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", html, flags=re.S).replace("\u00a0", " ")
        assert "**orders** [x](y)" in said
        assert "%" not in said.replace("90 %", "")


def test_csv_opens_in_excel_and_holds_no_formula():
    rows = pd.DataFrame({"policy": ["=1+1", "+2", "-3", "@x", "毎月"], "error": [-0.5, 1, 2, 3, 4]})
    content = chart.csv_of(rows)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["policy", "'=1+1", "'+2", "'-3", "'@x", "毎月"]
    assert lines[1].endswith("-0.5")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("[x](http://y) **b** $a$", r"\[x\]\(http:_//y\) \*\*b\*\* \$a\$"),
        (":smile: :red[x]", r":_smile: :_red\[x\]"),
        ("www.a.example a@b.example", "www_.a.example a@_b.example"),
        ("<b>個</b>", r"\<b\>個\</b\>"),
        ("Run demand: 23 months", "Run demand: 23 months"),
    ],
)
def test_names_cannot_become_markdown(name: str, written: str):
    assert chart.plain(name).replace("\u2060", "_") == written


def test_the_rows_of_a_chart_become_a_table_once_somebody_asks():
    app = opened(lang="en", run="monthly-demand")
    before = len(app.table)
    app.toggle(key="table-error").set_value(True).run()
    assert not app.exception
    assert len(app.table) == before + 1
    rows = next(table.value for table in app.table if "arrival" in table.value)
    assert list(rows)[:2] == ["policy", "arrival"]
    assert [name for name in rows if "prediction error" in name]
    assert rows["cost so far"].str.endswith("JPY").all()
