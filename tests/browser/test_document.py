"""The meeting's report as the eye sees it, in a browser without network: on a screen, a telephone and paper."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from alma_core import language
from alma_core.report import document
from alma_core.report.page_look import PAPER
from alma_core.report.paper import CHARTS
from tests.report import documents

SCREEN, TELEPHONE = 1280, 390


@pytest.fixture(scope="module", params=["mnist en", "mnist ja", "odd ja"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, spoken = request.param.split()
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch, language.speaking(spoken):
        patch.setenv("ALMA_HOME", str(folder))
        path = folder / "report.html"
        path.write_bytes(document.document(documents.odd() if name == "odd" else documents.paper()))
    return path


@pytest.fixture(scope="module")
def problems() -> list[str]:
    return []


@pytest.fixture(scope="module", params=[SCREEN, TELEPHONE])
def page(request: pytest.FixtureRequest, browser: Browser, report: Path, problems: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    context.set_offline(True)
    opened = context.new_page()
    opened.route("http*://**/*", lambda route: (problems.append(route.request.url), route.abort()))
    opened.on("console", lambda said: problems.append(said.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(report.as_uri())
    opened.wait_for_function(f"document.querySelectorAll('.js-plotly-plot .modebar').length === {len(CHARTS)}")
    yield opened
    context.close()


def widths(page: Page) -> list[int]:
    """Return how wide each chart is drawn."""
    drawn = page.locator(".js-plotly-plot .svg-container > .main-svg:first-child")
    return [round(float(width)) for width in drawn.evaluate_all("all => all.map(one => one.getAttribute('width'))")]


def test_every_chart_is_drawn_and_nothing_is_asked_for_or_wrong(page: Page, problems: list[str]):
    assert page.locator(".js-plotly-plot").count() == len(CHARTS)
    for name in CHARTS:
        marks = page.locator(f"#{name} .js-plotly-plot :is(.trace, .hm image, .point)")
        assert marks.count() > 0, name
    assert problems == []


def test_nothing_overflows_sideways(page: Page):
    width = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    edges = "all => all.map(one => { const at = one.getBoundingClientRect(); return [at.left, at.right]; })"
    for left, right in page.locator("section, .card, .chart, .wide, h1, footer").evaluate_all(edges):
        assert left >= 0
        assert right <= width


def test_on_paper_charts_are_as_wide_as_the_paper_and_tables_are_folded(page: Page, problems: list[str]):
    before = widths(page)
    heights = "all => all.map(one => one.getBoundingClientRect().height)"
    tall = page.locator(".chart").evaluate_all(heights)
    page.emulate_media(media="print")
    page.wait_for_timeout(300)
    assert widths(page) == [PAPER] * len(CHARTS)
    assert all(now < then for now, then in zip(page.locator(".chart").evaluate_all(heights), tall, strict=True))
    assert not page.locator("nav").is_visible()
    assert page.locator("details:visible").count() == 0
    assert page.locator("#ranking table").is_visible()
    page.emulate_media(media="screen")
    page.wait_for_timeout(300)
    assert widths(page) == before
    assert page.locator(".chart").evaluate_all(heights) == tall
    assert problems == []


def test_rows_are_unfolded_and_saved(page: Page, problems: list[str], tmp_path: Path):
    section = page.locator("#causes")
    section.locator("summary").click()
    assert section.locator("table").is_visible()
    link = section.locator("a.save")
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "alma-causes.csv"
    waiting.value.save_as(tmp_path / "rows.csv")
    said = base64.b64decode((link.get_attribute("href") or "").partition(",")[2])
    assert (tmp_path / "rows.csv").read_bytes() == said
    assert problems == []


def test_a_chart_saves_itself_as_a_picture(page: Page, problems: list[str], tmp_path: Path):
    page.locator("#early-late .chart").hover()
    with page.expect_download() as waiting:
        page.locator("#early-late .modebar-btn").first.click()
    waiting.value.save_as(tmp_path / "chart.png")
    assert waiting.value.suggested_filename == "alma-early-late.png"
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert problems == []
