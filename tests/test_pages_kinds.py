"""The pages on runs of many kinds: research methods, trees, rules that look at what arrives."""

import html
import re
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alma_core import ledger, library, specs, writing
from alma_core.decide import by_size
from alma_core.decide import measure as measures
from alma_core.decide.question import Question
from alma_core.home import home
from alma_core.report import comparison
from alma_core.simulate import costs
from tests.decide import hand
from tests.test_pages import headline, opened, written

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
LOTS = 8
TODAY = specs.PolicySpec()
TREES = specs.PolicySpec(start="scratch", replay=1.0, learner=specs.LearnerSpec("trees"))
WAITING = specs.PolicySpec(3)
RULE = specs.PolicySpec(schedule="error", threshold=0.02)
GROWING = specs.PolicySpec(2, method="hybrid", grow_after=3)
OF_MANY_KINDS = {TODAY: 0.4, TREES: 0.3, WAITING: 0.5, RULE: 0.35, GROWING: 0.2}


def made_by_hand(name: str, errors: dict[specs.PolicySpec, float]) -> library.Run:
    """Write a run of two repeats: each policy has its error once it has updated, 0.9 before; rules differ by repeat."""
    blocks = [hand.incumbent([[0.9] * LOTS] * 2)]
    for policy, error in errors.items():
        updates = [1, 4] if policy.looks else list(range(policy.waiting_time, LOTS + 1, policy.waiting_time))
        curve = [0.9] * (updates[0] - 1) + [error] * (LOTS + 1 - updates[0])
        seconds = {} if policy.learner.is_network else {"compute_basis": "seconds", "train_flops": 0.0, "seconds": 3.0}
        block = hand.rows(specs.fingerprint(policy), [curve] * 2, updates, **costs.described(policy) | seconds)
        if policy.looks:
            block.loc[(block["seed"] == 1) & (block["t"] == 4), "updated"] = False
        blocks.append(block)
    stream = specs.StreamSpec("parts", LOTS, "lot")
    spec = specs.RunSpec(stream, tuple(errors), specs.recipe("quick"), 2)
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    path = home() / "runs" / name
    data = {"name": "parts", "sha256": "0" * 64, "target": "", "unit": ""}
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish({"ledger": hand.table(*blocks), "confusion": confusion}, data=data, device="cpu")
    return library.open_run(path)


@pytest.fixture
def kinds() -> library.Run:
    """A run of plain networks, trees, a rule and a research method."""
    return made_by_hand("kinds", OF_MANY_KINDS)


def ranked(app: AppTest) -> list[str]:
    """Return the policies of the ranking on Decide, the best first."""
    body = next(block.proto.body for block in app.get("html") if "<table" in block.proto.body)
    return [html.unescape(name) for name in re.findall(r"<tr><td>(.*?)</td>", body)]


@pytest.mark.usefixtures("kinds")
def test_research_methods_are_folded_away_and_one_click_away():
    app = opened(lang="en", run="kinds", day_rate="0")
    assert "boosted decision trees" in headline(app)
    said = written(app)
    assert "Not compared: 1 policy with a research method, of which “growing ensemble after 3 updates" in said
    assert not any("growing" in name for name in ranked(app))
    app.button_group(key="policies").set_value("all").run()
    assert not app.exception
    assert app.query_params["policies"] == "all"
    assert "After 3 updates, each further one adds a model" in headline(app)
    assert "Not compared" not in written(app)
    assert ranked(app)[0].startswith("growing ensemble after 3 updates")


@pytest.mark.usefixtures("kinds")
def test_the_choice_of_policies_is_in_the_link_and_only_where_it_is_one():
    app = opened(lang="ja", run="kinds", policies="all", day_rate="0")
    assert app.button_group(key="policies").value == "all"
    assert "比較に含めないもの" not in written(app)
    app = opened(lang="en", run="kinds", policies="some")
    assert app.button_group(key="policies").value == "everyday"
    app = opened(lang="en", run="mnist")
    assert "policies" not in [control.key for control in app.button_group]


@pytest.mark.usefixtures("kinds")
def test_today_s_policy_may_be_a_research_method():
    app = opened(lang="en", run="kinds", today=specs.fingerprint(GROWING))
    assert app.button_group(key="policies").value == "everyday"
    assert any(name.startswith("growing ensemble") for name in ranked(app))
    assert app.selectbox(key="today").options[-1].startswith("growing ensemble after 3 updates")
    assert "Not compared" not in written(app)


@pytest.mark.usefixtures("kinds")
def test_sizes_are_those_of_networks():
    app = opened(lang="en", run="kinds")
    control = app.button_group(key="sizes")
    assert control.options == ["M medium"]
    assert "have no size" in control.help
    assert not opened(lang="en", run="mnist").button_group(key="sizes").help


def test_a_run_without_networks():
    made_by_hand("forest", {TREES: 0.3, replace(TREES, waiting_time=2, first_update=2): 0.25})
    app = opened(lang="en", run="forest")
    assert "sizes" not in [control.key for control in app.button_group]
    assert "boosted decision trees" in headline(app)
    for chart in ("heat", "sizes"):
        app = opened("compare", lang="en", run="forest", chart=chart)
        assert "There is no chart by model size" in written(app)
        assert not {"kpi", "way"} & {control.key for control in app.selectbox}
    (download,) = [button for button in app.get("download_button") if "HTML" in button.proto.label]
    assert not download.proto.disabled


@pytest.mark.usefixtures("kinds")
def test_the_heat_map_says_that_it_is_of_networks_alone():
    only = "is of single networks updated at every wait only"
    for chart in ("heat", "sizes"):
        assert only in written(opened("compare", lang="en", run="kinds", chart=chart))
        assert only not in written(opened("compare", lang="en", run="mnist", chart=chart))


@pytest.mark.usefixtures("kinds")
def test_what_arrives_after_the_last_update_is_said_at_the_horizon_chosen():
    app = opened(lang="en", run="kinds", today=specs.fingerprint(WAITING))
    assert "“every 3 lots, continue, new data, M” never trains on the last 2 lots of 8 lots" in written(app)
    app.select_slider(key="horizon").set_value(6).run()
    assert "never trains on" not in written(app)
    app = opened(lang="ja", run="kinds", today=specs.fingerprint(WAITING))
    assert "8ロットのうち最後の2ロットに届くデータ" in written(app)


@pytest.mark.usefixtures("kinds")
def test_device_time_of_trees_is_their_cpu_time():
    app = opened(lang="en", run="kinds", day_rate="0")
    (time,) = [metric for metric in app.metric if metric.label == "Device time"]
    assert time.value.replace("\u00a0", " ") == "24 s"  # eight updates of three seconds
    assert "CPU time they took" in time.help
    assert "CPU time they took" in written(app)
    assert "CPU time" not in written(opened(lang="en", run="mnist"))


@pytest.mark.usefixtures("kinds")
def test_a_rule_that_updates_as_often_as_it_sees_fit():
    app = opened(lang="en", run="kinds", day_rate="600", price_per_error="1")
    assert headline(app).startswith("## Check every lot, and update when the error on new data is 2.0\u00a0pt above")
    (updates,) = [metric for metric in app.metric if metric.label == "Updates"]
    assert (updates.value, updates.delta) == ("1.5", "-6.5")
    assert "mean over repeats" in updates.help


@pytest.mark.usefixtures("kinds")
def test_policies_shown_stay_where_they_are_still_compared():
    app = opened("compare", lang="en", run="kinds", policies="all")
    chosen = [specs.fingerprint(GROWING), specs.fingerprint(RULE)]
    app.multiselect(key="show").set_value(chosen).run()
    app.button_group(key="policies").set_value("everyday").run()
    assert not app.exception
    assert app.multiselect(key="show").value == [specs.fingerprint(RULE)]


def test_offline_comparison_without_networks():
    run = made_by_hand("forest", {TREES: 0.3})
    found = hand.answer(run.ledger, Question(), measures.of_run(run))
    assert by_size.ways(found) == []
    asked = comparison.Comparison(run, found, [1, 0], "cost", "cost", None)
    html = comparison.comparison_page(asked, "en").decode()
    assert html.count('class="plotly-graph-div"') == 1 + len(comparison.CHARTS) - len(comparison.OF_SIZES)
    assert "There is no chart by model size" in html
