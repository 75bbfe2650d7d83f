"""The Guide in a real browser: a link to a topic, a click on another, and the language."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit


def test_a_topic_has_a_link_that_opens_on_a_fresh_server(fresh_server: str, visit: Callable[..., Page]):
    page = visit(f"{fresh_server}/guide?lang=en")
    expect(page.get_by_role("heading", level=2)).to_have_text("What ALMA is")
    page.get_by_role("radio", name="Claims put to the test").click()
    settled(page)
    expect(page.get_by_role("heading", level=2)).to_have_text("Claims put to the test")
    expect(page.get_by_text("✓ holds: digits, mnist")).to_be_visible()
    assert "topic=findings" in page.url
    page.get_by_text("日本語").click()
    settled(page)
    expect(page.get_by_role("heading", level=2)).to_have_text("主張の検証")
    page.goto(page.url.replace("topic=findings", "topic=policy&run=mnist"))
    settled(page)
    expect(page.locator("code")).to_contain_text("2日分ためてから更新し")
    nothing_broke(page)


def test_the_policy_fits_a_phone(server: str, visit: Callable[..., Page]):
    page = visit(f"{server}/guide?lang=en")
    page.set_viewport_size({"width": 390, "height": 844})
    for topic in ("Figures", "Words", "The rule in writing", "Reading"):
        page.get_by_role("radio", name=topic).click()
        settled(page)
        expect(page.get_by_role("heading", level=2)).to_have_text(topic)
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("part => part.scrollWidth - part.clientWidth") <= 0
