"""The Guide through Streamlit's own AppTest: every topic by its link, in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alma_core import library
from pages.parts import guide_runs
from tests.test_pages import APP, paragraphs

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SHOWN = {
    "what": ("What ALMA is", "Updating at every delivery is useful sooner"),
    "kpis": ("Figures", "errors: 0.8, 0.4, 0.2, 0.2; arrivals counted: 2 → **0.6**"),
    "words": ("Words", "How many arrivals are collected"),
    "findings": ("Claims put to the test", "✓ holds: digits, mnist"),
    "limits": ("Limits", "Only inspected pieces have labels."),
    "policy": ("The rule in writing", "1. Rule"),
    "reading": ("Reading", "2106.09563"),
}


def guide(**address: str) -> AppTest:
    """Open the Guide of the real app with these query parameters."""
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    app.switch_page("pages/everyone/guide.py").run()
    assert not app.exception, app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    """Return all words of the page, of its tables too."""
    blocks = [*paragraphs(app), *app.caption, *app.code, *app.info]
    tables = [table.value.to_csv(index=False) for table in (*app.table, *app.dataframe)]
    return re.sub("[\u00a0\u2060\\\\]", " ", "\n".join([*(str(block.value) for block in blocks), *tables])).replace(
        "  ", " "
    )


@pytest.mark.parametrize("topic", SHOWN)
def test_a_link_opens_its_topic(topic: str):
    title, sentence = SHOWN[topic]
    app = guide(lang="en", topic=topic)
    assert paragraphs(app)[0].value == f"## {title}"
    assert sentence in said(app)


@pytest.mark.parametrize("topic", SHOWN)
def test_each_topic_in_japanese(topic: str):
    app = guide(lang="ja", topic=topic)
    assert re.search("[ぁ-ん]|[一-龥]", paragraphs(app)[0].value)
    assert SHOWN[topic][1] not in said(app) or topic in ("reading", "kpis")
    if topic in ("what", "kpis", "words", "limits"):
        left = set(re.findall(r"[A-Za-z]{3,}", said(app)))
        assert left <= {"ALMA", "Anytime", "Learning", "Macroscale", "CER", "KPI", "digits"}


def test_a_topic_that_there_is_not_falls_back_and_is_said():
    app = guide(lang="en", topic="nonsense")
    assert paragraphs(app)[0].value == "## What ALMA is"
    assert "topic=nonsense in the address is not understood" in app.warning[0].value


def test_a_link_opens_its_topic_whatever_was_read_before():
    app = guide(lang="en", topic="limits")
    app.button_group(key="topic").set_value("words").run()
    assert paragraphs(app)[0].value == "## Words"
    assert app.query_params["topic"] == "words"
    app.query_params["topic"] = "reading"
    app.run()
    assert paragraphs(app)[0].value == "## Reading"


def test_the_guide_has_no_controls_of_runs():
    app = guide(lang="en")
    assert [control.key for control in app.sidebar.button_group] == ["lang"]
    assert len(app.sidebar.selectbox) == 0
    assert len(app.main.selectbox) == 0


def test_findings_are_reckoned_only_when_they_are_opened(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def none(_trials: object) -> list[object]:
        asked.append(1)
        return []

    monkeypatch.setattr(guide_runs.claims, "evidence", none)
    guide_runs._evidence.cache_clear()
    try:
        app = guide(lang="en", topic="limits")
        assert asked == []
        app.button_group(key="topic").set_value("findings").run()
        app.run()
        assert asked == [1]
    finally:
        guide_runs._evidence.cache_clear()  # what was made up must not be found by another test


def test_findings_are_reckoned_again_once_a_run_has_changed():
    shipped = [(path, changed) for path, changed in guide_runs._shipped() if path.name == "digits"]
    assert len(guide_runs._shipped()) == len(library.shipped())
    guide_runs._evidence.cache_clear()
    for runs in (shipped, shipped, [(path, changed + 1) for path, changed in shipped]):
        assert {one.run for one in guide_runs._evidence(tuple(runs))} == {"digits"}
    assert guide_runs._evidence.cache_info()[:2] == (1, 2)


def test_the_policy_of_the_run_in_the_address():
    app = guide(lang="en", topic="policy")
    assert app.selectbox(key="run").value == "monthly-demand"
    assert "Update every month: continue training on the new data" in app.code[0].value
    app.selectbox(key="run").set_value("mnist").run()
    assert "Collect 2 days, then update" in app.code[0].value
    assert app.query_params["run"] == "mnist"
    app = guide(lang="en", topic="policy", run="elec2")
    assert "Collect 3 lots, then update" in app.code[0].value


def test_a_run_that_there_is_not_falls_back_and_is_said():
    app = guide(lang="en", topic="policy", run="nowhere")
    assert app.selectbox(key="run").value == "monthly-demand"
    assert "run=nowhere in the address is not understood" in app.warning[0].value


def test_no_run_at_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library, "listed", list)
    assert "There is no simulation yet" in said(guide(lang="en", topic="policy"))


def test_the_guide_does_not_import_torch():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({APP!r}, default_timeout=60); app.query_params['topic'] = 'findings'\n"
        "app.switch_page('pages/everyone/guide.py').run()\n"
        "sys.exit('torch' in sys.modules or bool(app.exception))"
    )
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=Path(APP).parent, check=False).returncode == 0
    )
