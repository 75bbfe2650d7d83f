"""Every page as the eye, the keyboard and a screen reader meet it; `make screens` looks at more of each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import screens, screens_checks
from tests.browser.screens import State

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Look = Callable[..., Page]
PLACES = {
    path.stem: "" if path.stem == "decide" else path.stem
    for path in sorted((Path(screens.ROOT) / "pages").glob("*/*.py"))
    if path.parent.name != "parts"
}
VIEWS = [("ja", "light", "monthly-demand"), ("en", "dark", "machine-failure")]
STREAMLITS_OWN = {
    "list": ("[data-testid=stSidebarNavItems]", "the groups of the navigation stand between list and items"),
    "listitem": ("[data-testid=stSidebarNavItems] *", "as above"),
    "color-contrast": (
        ":is(.stButtonGroup, .stSelectbox, .stNumberInput, .stSlider, .stTextInput):has([disabled], [data-disabled]) *",
        "a control that cannot be used is paler, label and all, which the rule itself exempts",
    ),
    "scrollable-region-focusable": ("[data-testid=stTable] td *", "a cell's own box, wider by less than a pixel"),
}
"""Findings that no setting of ours changes: by rule, where they stand, and why they stay."""


@pytest.fixture
def look(browser: Browser, server: str) -> Iterator[Look]:
    """Return a function that opens a page in a language, theme and state."""
    contexts = []

    def open_(place: str, spoken: str, theme: str, state: State) -> Page:
        page = screens.opened(browser, f"{server}/{PLACES[place]}", spoken, theme, state)
        contexts.append(page.context)
        return page

    yield open_
    for context in contexts:
        context.close()


def serious(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page and is not Streamlit's own."""
    found = []
    for finding in Axe().run(page).response["violations"]:
        if finding["impact"] in ("serious", "critical"):
            where = STREAMLITS_OWN.get(finding["id"], ("[data-none]", ""))[0]
            found += [f"{finding['id']}: {_told(node)}" for node in finding["nodes"] if not _lies(page, node, where)]
    return found


def _told(node: dict[str, Any]) -> str:
    why = [check["message"] for check in (*node["any"], *node["all"], *node["none"])][:1]
    return f"{node['html'][:150]} {why}"


def _lies(page: Page, node: dict[str, Any], where: str) -> bool:
    """Return whether an element that axe names lies in a place."""
    target = node["target"][-1]
    return isinstance(target, str) and page.locator(target).first.evaluate(f"e => e.matches({where!r})")


def test_the_navigation_names_every_page(browser: Browser, server: str):
    page = browser.new_page()
    page.goto(server)
    assert sorted(screens.pages(page)) == sorted(PLACES)
    page.close()


@pytest.mark.parametrize(("spoken", "theme", "run"), VIEWS, ids=lambda one: one)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_wrong_with_a_page(look: Look, place: str, spoken: str, theme: str, run: str):
    state = State(run, f"run={run}")
    page = look(place, spoken, theme, state)
    assert screens.wrong(page, place, spoken, state) == []
    assert serious(page) == []


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_decide_on_a_phone(look: Look, spoken: str):
    state = State("mnist", "run=mnist")
    page = look("decide", spoken, "light", state)
    page.set_viewport_size({"width": screens.PHONE, "height": 844})
    screens_checks.settle(page)
    assert screens.wrong(page, "decide", spoken, state, is_phone=True) == []


@pytest.mark.parametrize(
    ("place", "state"), [(place, screens.STATES[place][-1]) for place in ("cost", "data", "simulate")]
)
def test_nothing_is_wrong_with_a_page_in_use(look: Look, place: str, state: State):
    page = look(place, "ja", "light", state)
    assert screens.wrong(page, place, "ja", state) == []
    assert serious(page) == []


def test_a_chart_can_be_read_as_a_table(look: Look):
    state = State("tables", "run=mnist", screens.show_tables)
    page = look("decide", "ja", "dark", state)
    tables = page.locator("[class*=st-key-chart-] [data-testid=stTable] table")
    assert tables.count() == page.locator("[data-testid=stPlotlyChart]").count() == 2
    assert tables.first.locator("th").all_inner_texts()[:2] == ["運用方針", "到着"]
    assert screens.wrong(page, "decide", "ja", state) == []
    assert serious(page) == []


def test_the_keyboard_reaches_the_controls_in_order_and_shows_where_it_is(look: Look):
    page = look("decide", "en", "light", State("mnist", "run=mnist"))
    page.evaluate("document.activeElement.blur()")
    steps = [_step(page) for _number in range(25)]
    assert [name for name, follows, _was_seen in steps if not follows] == []
    assert [name for name, _follows, was_seen in steps if not was_seen] == []


def _step(page: Page) -> tuple[str, bool, bool]:
    """Press Tab; return what had the focus, whether the next follows it in the page, and whether it looked focused."""
    page.keyboard.press("Tab")
    page.wait_for_timeout(250)  # colours change gradually
    told = page.evaluate(
        """() => {
        const look = (e) => [e, e.parentElement, e.parentElement.parentElement].map((one) => getComputedStyle(one))
          .map((s) => [s.boxShadow, s.outlineStyle, s.outlineColor, s.borderColor, s.backgroundColor].join()).join();
        const e = document.activeElement, last = window.last;
        window.last = { e, look: look(e) };
        if (!last || last.e === e) return ["", true, true];
        const follows = last.e.compareDocumentPosition(e) & (Node.DOCUMENT_POSITION_FOLLOWING
          | Node.DOCUMENT_POSITION_CONTAINED_BY);
        return [last.e.outerHTML.slice(0, 120), Boolean(follows), look(last.e) !== last.look]; }"""
    )
    return str(told[0]), bool(told[1]), bool(told[2])


BROKEN = """<main data-testid="stApp"><section data-testid="stMain" style="width: 300px; overflow-x: auto">
<div data-testid="stAlertContentError">It broke.</div>
<p style="width: 80px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap">費用が一番かかる運用方針</p>
<div style="width: 400px; height: 9px"></div><input placeholder="Choose an option">
<div data-testid="stPlotlyChart" style="width: 200px; height: 200px"><div class="js-plotly-plot"></div></div>
</section></main>"""


def test_each_check_finds_what_it_is_for(browser: Browser):
    page = browser.new_page()
    page.set_content(BROKEN)
    assert screens_checks.broken(page) == ["shows an error: It broke."]
    assert screens_checks.empty_charts(page) == ["a chart has no data: ?"]
    assert len(screens_checks.unnamed_charts(page)) == 1
    wide, cut = screens_checks.cut_off(page)
    assert wide.endswith("pixels too wide")
    assert cut.endswith("費用が一番かかる運用方針")
    assert "is in English: Choose an option" in screens_checks.left_in_english(screens_checks.texts(page))
    assert any(sentence.startswith("image-alt") for sentence in _after(page, "<img src='data:,'>"))
    page.close()


def _after(page: Page, markup: str) -> list[str]:
    page.set_content(f"<html lang=en><title>page</title><main><h1>page</h1>{markup}</main>")
    return serious(page)
