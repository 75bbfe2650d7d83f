"""Runs with more policies than a page shows at once; and what no page loads, however large the run is."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from alma_core import library
from alma_core.home import home
from tests.test_pages import APP, opened

ROOT = Path(__file__).parents[1]
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("[!p]*/*.py"))
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Streamlit's own, not ours
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> library.Run:
    """Make a run of 150 policies, the incumbent among them."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import made_run

    made_run.put(home() / "runs" / "large", 150, 12, 2)
    return library.find("large")


def listing(app: AppTest) -> str:
    (found,) = [one.proto.body for one in app.get("html") if "<table" in one.proto.body]
    return str(found)


def test_a_made_run_is_a_whole_one(large: library.Run):
    assert len(large.ledger) == 150 * 12 * 2
    assert large.ledger["policy"].nunique() == 150
    assert large.ledger["error"].between(0, 1).all()
    assert library.unreadable() == []


def test_a_long_ranking_is_listed_when_asked_for(large: library.Run):
    app = opened(run=large.id, lang="en")
    assert listing(app).count("<tr>") == 1 + 100
    (toggle,) = [one for one in app.toggle if one.key == "listed"]
    assert toggle.label == "List all 150 policies"
    toggle.set_value(True).run()
    assert not app.exception
    assert listing(app).count("<tr>") == 1 + 150
    assert app.query_params["listed"] == "True"
    again = opened(run=large.id, lang="en", listed="True")
    assert listing(again).count("<tr>") == 1 + 150


def test_a_short_ranking_is_listed_whole_and_names_are_no_markup():
    app = opened(run="digits", lang="en")
    assert listing(app).count("<tr>") > 12
    assert not [one for one in app.toggle if one.key == "listed"]
    assert "&amp;" not in listing(app).split("</style>")[1]


def test_no_page_brings_torch_into_the_app():
    """All pages in one process: it would cost every reader's server seconds, and hundreds of megabytes."""
    assert len(PAGES) >= 5
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({APP!r}, default_timeout=120).run()
for page in {PAGES!r}:
    app.switch_page(page).run()
    assert not app.exception, (page, app.exception)
sys.exit("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
