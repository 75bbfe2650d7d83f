"""Addresses that lead to what is not there, and a run that goes while it is open, in a real browser."""

import shutil
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from alma_core import library
from tests.browser.conftest import serving
from tests.browser.test_stories import Visit, nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit


@pytest.mark.parametrize("path", ["nosuchpage", quote("見積もり")])
def test_a_page_that_is_not_there_gives_way_to_the_first_one(server: str, visit: Visit, path: str):
    page = visit(f"{server}/{path}?lang=ja&run=digits&horizon=10")
    expect(page.get_by_text("というページはありません。最初のページを表示しています。")).to_be_visible()
    settled(page)
    assert page.url == f"{server}/?lang=ja&run=digits&horizon=10"
    nothing_broke(page)  # nor does Streamlit say it, in English, in a window over the page
    page.get_by_role("slider").first.press("ArrowLeft")
    settled(page)
    assert page.get_by_text("というページはありません").count() == 0


def test_the_first_page_has_a_name_too(server: str, visit: Visit):
    page = visit(f"{server}/decide?lang=en&run=digits")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    settled(page)
    assert page.url == f"{server}/?run=digits"  # English is this reader's own
    assert page.get_by_text("There is no page").count() == 0
    nothing_broke(page)


def test_a_run_that_goes_while_it_is_open(tmp_path: Path, visit: Visit):
    folder = tmp_path / "runs" / "quarterly-plan"
    shutil.copytree(library.find("digits").path, folder)
    for address in serving(tmp_path):
        page = visit(f"{address}/compare?lang=en&run=quarterly-plan&horizon=10")
        settled(page)
        expect(page.get_by_text("no longer here")).to_have_count(0)
        shutil.rmtree(folder)
        page.get_by_role("slider").first.press("ArrowLeft")
        expect(page.get_by_text("The run quarterly-plan is no longer here; another one is shown.")).to_be_visible(
            timeout=60_000
        )
        settled(page)
        assert "quarterly-plan" not in page.url
        expect(page.get_by_text("Monthly demand").first).to_be_visible()
        nothing_broke(page)
