"""Simulations from the browser, on real processes: launched, watched, cancelled, resumed, carried elsewhere."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from alma_core import presence
from tests.browser.conftest import serving, started
from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Arrive = Callable[[str], Page]
LONG = "net=mlp&caps=L&waits=1,2&repeats=30&recipe=paper&preset=own&everyday=single"
SHORT = "caps=S&waits=5,20&repeats=2&preset=own&everyday=single,scratch"
A_WHILE = 90_000
ANSWER = re.compile("update|Collect|evidence")


@pytest.fixture
def arrive(browser: Browser) -> Iterator[Arrive]:
    """Return a function that opens an address in a browser of its own and waits until the page is drawn."""
    contexts = []

    def open_(address: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US"))
        page = contexts[-1].new_page()
        page.goto(address)
        expect(page.locator("h2, h3").first).to_be_visible(timeout=A_WHILE)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a library of its own, whose runs end with the test."""
    yield tmp_path
    for folder in (tmp_path / "runs").glob("*"):
        if presence.lives(folder):
            os.kill(presence.read(folder).pid, signal.SIGKILL)


def start(page: Page) -> None:
    button = page.get_by_role("button", name="Start the simulation")
    expect(button).to_be_visible(timeout=A_WHILE)
    settled(page)
    button.click()
    expect(page.get_by_role("button", name="All simulations", exact=True)).to_be_visible(timeout=A_WHILE)


def share(page: Page) -> int:
    """Return the per cent that the bar shows."""
    bar = page.get_by_test_id("stProgress")
    found = re.search(r"(\d+) ?%", bar.inner_text().replace("\u00a0", " ")) if bar.count() else None
    return int(found[1]) if found else 0


def test_a_run_outlives_browser_and_app_and_ends_in_a_decision(home: Path, arrive: Arrive):
    server, address = started(home)
    page = arrive(f"{address}/simulate?lang=en&caps=S,M,L&repeats=8&net=mlp")
    start(page)
    seen = set()
    end = time.monotonic() + 90
    while len(seen) < 2:
        assert time.monotonic() < end, "the bar does not move"
        seen.add(share(page))
        page.wait_for_timeout(200)
    expect(page.get_by_role("heading", name="Error so far")).to_be_visible(timeout=A_WHILE)
    where = page.url.split("/simulate")[1]
    assert "watch=digits-" in where
    page.context.close()
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(20)
    for address in serving(home):
        page = arrive(f"{address}/simulate{where}")
        expect(page.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        page.get_by_role("button", name="What to decide").click()
        expect(page.get_by_role("heading", level=2)).to_contain_text(ANSWER, timeout=A_WHILE)
        assert f"run={where.split('watch=')[1].split('&')[0]}" in page.url
        nothing_broke(page)


def test_cancelled_and_resumed_from_two_browsers(home: Path, arrive: Arrive):
    for address in serving(home):
        page = arrive(f"{address}/simulate?lang=en&{LONG}")
        start(page)
        expect(page.get_by_test_id("stProgress")).to_contain_text("running", timeout=A_WHILE)
        other = arrive(page.url)
        other.get_by_role("button", name="Cancel").click()
        expect(other.get_by_text("cancelled")).to_be_visible(timeout=A_WHILE)
        expect(page.get_by_text("cancelled")).to_be_visible(timeout=A_WHILE)
        page.reload()
        page.get_by_role("button", name="Resume").click(timeout=A_WHILE)
        expect(page.get_by_test_id("stProgress")).to_contain_text("running", timeout=A_WHILE)
        settled(page)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("button", name="Resume")).to_be_visible(timeout=A_WHILE)
        nothing_broke(page)


def test_what_is_drawn_again_by_itself_stays_japanese(home: Path, arrive: Arrive):
    for address in serving(home):
        page = arrive(f"{address}/simulate?lang=ja&{LONG}")
        button = page.get_by_role("button", name="計算を始める")
        expect(button).to_be_visible(timeout=A_WHILE)
        settled(page)
        button.click()
        bar = page.get_by_test_id("stProgress")
        expect(bar).to_contain_text("計算中", timeout=A_WHILE)
        expect(bar).to_contain_text("回", timeout=A_WHILE)  # it has been drawn again by then
        page.wait_for_timeout(4000)
        assert "running" not in bar.inner_text()
        assert "計算中" in bar.inner_text()
        nothing_broke(page)


def test_exported_here_and_opened_on_another_machine(home: Path, arrive: Arrive, tmp_path: Path):
    parcel = tmp_path / "run.zip"
    for address in serving(home):
        page = arrive(f"{address}/simulate?lang=en&{SHORT}")
        start(page)
        expect(page.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        settled(page)
        page.get_by_text("Rename", exact=True).click()
        page.get_by_label("Name", exact=True).fill("予算会議 <b>2027")
        page.get_by_role("button", name="Keep this name").click()
        expect(page.get_by_role("heading", name="予算会議 <b>2027")).to_be_visible(timeout=A_WHILE)
        settled(page)
        with page.expect_download(timeout=30_000) as waiting:
            page.get_by_role("button", name="Export (.zip)").click()
        waiting.value.save_as(parcel)
        start_again = arrive(f"{address}/simulate?lang=en&{SHORT}")
        start(start_again)  # the same once more opens the finished one
        expect(start_again.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        assert len(list((home / "runs").glob("[!.]*"))) == 1
    for address in serving(tmp_path / "another"):
        page = arrive(f"{address}/simulate?lang=en")
        page.get_by_text("Open a simulation from a file").click()
        page.locator("input[type=file]").set_input_files(parcel)
        page.get_by_role("button", name="Open it").click(timeout=A_WHILE)
        expect(page.get_by_role("heading", name="予算会議 <b>2027")).to_be_visible(timeout=A_WHILE)
        page.get_by_role("button", name="What to decide").click()
        expect(page.get_by_role("heading", level=2)).to_contain_text(ANSWER, timeout=A_WHILE)
        nothing_broke(page)


def test_copied_with_changes_deleted_and_brought_back(home: Path, arrive: Arrive):
    for address in serving(home):
        page = arrive(f"{address}/simulate?lang=en&{SHORT}&cuts=10&firsts=1")
        start(page)
        expect(page.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        name = page.url.split("watch=")[1].split("&")[0]
        settled(page)
        page.get_by_role("button", name="Copy with changes").click()
        expect(page.get_by_role("button", name="Start the simulation")).to_be_visible(timeout=A_WHILE)
        settled(page)
        assert {"cuts=10", "repeats=2", "firsts=1"} <= set(page.url.split("?")[1].split("&"))
        page.get_by_role("spinbutton", name="Repeats").fill("3")
        page.keyboard.press("Enter")
        settled(page)
        start(page)
        expect(page.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        assert name not in page.url
        settled(page)
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Undo").click(timeout=A_WHILE)
        expect(page.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
        assert len(list((home / "runs").glob("[!.]*"))) == 2
        nothing_broke(page)


def test_a_link_to_a_run_that_is_gone_says_so(server: str, arrive: Arrive):
    page = arrive(f"{server}/simulate?lang=en&watch=..%2F..%2Fetc")
    expect(page.get_by_text("is not understood")).to_be_visible(timeout=A_WHILE)
    expect(page.get_by_role("heading", name="Simulate")).to_be_visible()


@pytest.mark.parametrize(
    ("spoken", "watched", "heading"),
    [
        ("en", "", "Simulate"), ("ja", "", "シミュレーション"),
        ("en", "&watch=digits", "Handwritten digits, a small set"), ("ja", "&watch=digits", "手書き数字(小さなデータ)"),
    ],
)  # fmt: skip
def test_nothing_overflows_sideways(server: str, arrive: Arrive, spoken: str, watched: str, heading: str):
    page = arrive(f"{server}/simulate?lang={spoken}{watched}")
    settled(page)
    page.wait_for_timeout(1500)
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )
    assert wide <= 0
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    nothing_broke(page)
