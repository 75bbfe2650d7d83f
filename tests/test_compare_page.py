"""The page Compare through Streamlit's AppTest: its finding, its charts, and runs that hold little or much."""

import re

import numpy as np
import pytest

from alma_core import library, specs
from alma_core.home import home
from alma_core.report.comparison import CHARTS
from tests.decide import hand
from tests.test_library import write
from tests.test_pages import headline, opened, written

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def made(name: str, curves: dict[specs.PolicySpec, list[list[float]]]) -> library.Run:
    """Write a run of policies with these errors [S][T], beside an incumbent that always errs by 0.9."""
    n_rows, n_seeds = len(next(iter(curves.values()))[0]), len(next(iter(curves.values())))
    blocks = [hand.incumbent([[0.9] * n_rows] * n_seeds)]
    for policy, errors in curves.items():
        facts = {key: getattr(policy, key) for key in ("waiting_time", "first_update", "start", "replay", "window")}
        updates = list(range(policy.waiting_time, n_rows + 1, policy.waiting_time))
        blocks.append(hand.rows(specs.fingerprint(policy), errors, updates, capacity=policy.learner.capacity, **facts))
    spec = specs.RunSpec(specs.StreamSpec("parts", n_rows, "lot"), tuple(curves), specs.recipe("quick"), n_seeds)
    confusion = hand.Left(blocks[0]).confusion
    return write((spec, hand.table(*blocks), confusion), home() / "runs" / name)


def of_sizes(*sizes: str, waits: tuple[int, ...] = (1,)) -> list[specs.PolicySpec]:
    return [specs.PolicySpec(wait, wait, learner=specs.LearnerSpec("mlp", size)) for size in sizes for wait in waits]


def no_nonsense(words: str) -> None:
    assert not re.search(r"\bnan\b|\binf\b", words), words


def test_the_page_opens_with_its_finding_and_where_the_best_stand():
    app = opened("compare", lang="en")
    assert headline(app).startswith("## “every day, continue, all data, L” errs least at first; in the end")
    stands = app.table[0].value
    assert list(stands)[2:] == ["first 10 days", "last 10 days"]
    assert stands.iloc[:, 0].tolist() == ["best at first", "best in the end", "costs least", "today's policy"]
    shown = app.multiselect(key="show").value
    assert len(shown) == 4  # the four of the table


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("run", ["mnist", "monthly-demand"])
def test_each_chart_is_one_press_and_an_address_away(run: str, spoken: str):
    app = opened("compare", lang=spoken, run=run)
    for chart in CHARTS:
        app.button_group(key="chart").set_value(chart).run()
        assert not app.exception
        assert app.query_params.get("chart", [CHARTS[0]]) in (chart, [chart])
        drawn = [part.proto.alt for part in app.get("plotly_chart")]
        assert len(drawn) == 2
        assert all(drawn)
        assert len(set(drawn)) == 2
        no_nonsense(written(app))


def test_choices_of_a_chart_out_of_sight_stay():
    app = opened("compare", lang="en", chart="today", against="worst_error", kpi="final_error")
    assert app.selectbox(key="against").value == "worst_error"
    app.button_group(key="chart").set_value("heat").run()
    assert app.selectbox(key="kpi").value == "final_error"
    app.selectbox(key="kpi").set_value("device_hours").run()
    assert "Waiting time and model size: Device time" in written(app)
    app.button_group(key="chart").set_value("places").run()
    app.button_group(key="chart").set_value("heat").run()
    assert app.selectbox(key="kpi").value == "device_hours"


@pytest.mark.parametrize(
    "address", [{"chart": "pie"}, {"against": "x", "chart": "today"}, {"way": "x", "chart": "sizes"}]
)
def test_garbage_in_the_address_of_a_chart_falls_back(address: dict[str, str]):
    app = opened("compare", **({"lang": "en"} | address))
    assert "is not understood" in app.warning[0].value
    assert len(app.get("plotly_chart")) == 2


def test_one_policy_one_seed_one_mega_batch():
    made("tiny", {of_sizes("S")[0]: [[0.3]]})
    for chart in CHARTS:
        app = opened("compare", lang="en", run="tiny", chart=chart)
        no_nonsense(written(app))
        assert "with one arrival judged, early and late are the same" in headline(app)
    app = opened("compare", lang="en", run="tiny", chart="today")
    assert "There is no interval" in written(app)


def test_all_errors_equal():
    made("alike", {policy: [[0.3] * 4] * 2 for policy in of_sizes("S", "M", waits=(1, 2))})
    for chart in CHARTS:
        app = opened("compare", lang="en", run="alike", chart=chart, service="model", error="30")
        no_nonsense(written(app))
    app = opened("compare", lang="en", run="alike", chart="heat", service="model", error="30")
    assert headline(app) == "## All policies err alike, at first and in the end."
    assert "The same at every wait and size" in written(app)


def test_policies_with_equal_names_are_told_apart():
    blocks = [hand.rows(name, [[error] * 2] * 2, [1, 2]) for name, error in (("one", 0.3), ("other", 0.2))]
    spec = specs.RunSpec(specs.StreamSpec("parts", 2, "lot"), (specs.PolicySpec(),), specs.recipe("quick"), 2)
    table = hand.table(hand.incumbent([[0.9] * 2] * 2), *blocks)
    write((spec, table, hand.Left(table).confusion), home() / "runs" / "twins")
    app = opened("compare", lang="en", run="twins")
    options = app.multiselect(key="show").options
    assert len(set(options)) == len(options) == 3
    app.multiselect(key="show").set_value(["one", "other"]).run()
    assert not app.exception
    assert app.multiselect(key="show").value == ["one", "other"]


def test_two_hundred_policies_at_once():
    draws = np.random.default_rng(0)
    policies = of_sizes("S", "M", "L", "XL", waits=tuple(range(1, 51)))
    assert len(policies) == 200
    made("many", {policy: draws.uniform(0.1, 0.5, (2, 50)).round(3).tolist() for policy in policies})
    for chart in CHARTS:
        app = opened("compare", lang="en", run="many", chart=chart)
        assert len(app.multiselect(key="show").value) == 4
        assert len(app.get("plotly_chart")) == 2
    app = opened("compare", lang="en", run="many", chart="sizes")
    assert "7 of 50 waiting times are drawn." in written(app)
    app = opened("compare", lang="en", run="many", chart="today")
    assert "Of all 200: " in written(app)


def test_only_today_s_policy_shown_leaves_nothing_to_hold_against_it():
    made("today", {policy: [[0.3 - 0.1 * n] * 3] * 2 for n, policy in enumerate(of_sizes("S", "M"))})
    app = opened("compare", lang="en", run="today", chart="today")
    best = app.multiselect(key="show").value[0]
    app.selectbox(key="today").set_value(best).run()
    app.multiselect(key="show").set_value([best]).run()
    assert not app.exception
    assert "Today's policy is the only one shown" in written(app)
    assert len(app.get("plotly_chart")) == 1
