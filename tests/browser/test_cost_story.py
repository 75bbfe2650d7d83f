"""The Cost page in a real browser: a price is moved, the answer changes, and every amount adds up."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from alma_core import language
from alma_core.decide.price_words import WORDS
from alma_core.language import _
from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Visit = Callable[..., Page]


def said(text: str, spoken: str) -> str:
    with language.speaking(spoken):
        return _(text)


def sum_on(page: Page, spoken: str) -> tuple[list[int], str]:
    """Return the amounts of "how this number comes about", the total last, and its text."""
    table = page.locator("[data-testid=stTable]").filter(has_text=said("how it comes about", spoken)).first
    cells = table.locator("tbody tr td:last-child").all_inner_texts()
    return [int(re.sub(r"[^\d-]", "", cell.replace("−", "-"))) for cell in cells], table.inner_text()


def type_in(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).fill(value)
    page.keyboard.press("Enter")
    settled(page)


@pytest.mark.parametrize(
    ("spoken", "before", "after"),
    [("en", "Collect 2 days", "Update every day"), ("ja", "2日分ためて", "毎日更新し")],
)
def test_a_controller_moves_a_price_and_checks_the_sum(server: str, visit: Visit, spoken: str, before: str, after: str):
    page = visit(f"{server}/cost?lang={spoken}&run=mnist")
    settled(page)
    headline = page.get_by_role("heading", level=2)
    expect(headline).to_contain_text(before)
    assert page.locator(".js-plotly-plot").count() == 2
    amounts, text = sum_on(page, spoken)
    assert sum(amounts[:-1]) == amounts[-1] == 1_406_852
    assert "906,852" in text
    type_in(page, said(WORDS["price_per_error"], spoken), "1000.5")
    expect(headline).to_contain_text(after)
    assert "price_per_error=1000.5" in page.url
    expect(page.get_by_label(said(WORDS["price_per_error"], spoken), exact=True)).to_have_value("1000.5")
    amounts, text = sum_on(page, spoken)
    assert sum(amounts[:-1]) == amounts[-1] > 1_406_852
    assert "1,000.50" in text
    page.get_by_role("tab", name=said("People", spoken)).click()
    type_in(page, said(WORDS["day_rate"], spoken), "41237.5")
    expect(page.get_by_label(said(WORDS["day_rate"], spoken), exact=True)).to_have_value("41237.5")
    amounts, text = sum_on(page, spoken)
    assert sum(amounts[:-1]) == amounts[-1]
    assert "41,237.50" in text
    nothing_broke(page)
    other = visit(page.url)
    settled(other)
    expect(other.get_by_role("heading", level=2)).to_contain_text(after)
    assert sum_on(other, spoken)[0] == amounts
    nothing_broke(other)


def test_a_controller_keeps_the_sheet_and_finds_it_in_the_list(fresh_server: str, visit: Visit):
    page = visit(f"{fresh_server}/cost?run=mnist&price_per_error=111")
    settled(page)
    page.get_by_label("Keep this sheet as").fill("Ours 2027")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_role("button", name="Keep", exact=True).click()
    settled(page)
    page.get_by_label("Price sheet", exact=True).first.click()
    page.get_by_role("option", name="Ours 2027").click()
    settled(page)
    expect(page.get_by_label("Price of one error", exact=True)).to_have_value("111")
    assert "prices=Ours-2027" in page.url
    assert "price_per_error" not in page.url
    nothing_broke(page)


def test_the_page_does_not_overflow_sideways(server: str, visit: Visit):
    page = visit(f"{server}/cost?lang=ja&run=monthly-demand")
    settled(page)
    wide = page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth; }"
    )
    assert wide <= 0
    nothing_broke(page)
