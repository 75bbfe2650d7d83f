"""Sign-in at a real OpenID Connect provider on loopback, by two people who each have a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from alma_core import about
from pages.parts.account import COOKIE, IDENTITY
from tests.browser.conftest import serving
from tests.browser.identity import Provider, configured, person, providing
from tests.browser.test_simulate_story import SHORT, start
from tests.browser.test_stories import nothing_broke, settled
from tests.launching import until

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
A_WHILE = 90_000
DEEP = "compare?lang=ja&run=digits&horizon=10"
HERS, HIS = person("Suzuki"), person("Tanaka")
Reader = Callable[[], BrowserContext]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(HERS) as provider:
        yield provider


@pytest.fixture
def home(tmp_path: Path, provider: Provider) -> Path:
    """Return the home directory of whoever runs the server, where sign-in is set up."""
    configured(tmp_path, provider.discovery)
    return tmp_path


@pytest.fixture
def app(home: Path) -> Iterator[str]:
    yield from serving(home, HOME=str(home))


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """Return a function that gives somebody a browser of their own."""
    contexts: list[BrowserContext] = []

    def another() -> BrowserContext:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US"))
        return contexts[-1]

    yield another
    for context in contexts:
        context.close()


def asked(context: BrowserContext, address: str) -> Page:
    """Open an address, where one has to sign in first."""
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="ALMA dashboard")).to_be_visible(timeout=A_WHILE)
    return page


def sign_in(page: Page, label: str = "Sign in") -> None:
    settled(page)
    page.get_by_role("button", name=label).click()


def signed_in(context: BrowserContext, address: str) -> Page:
    page = asked(context, address)
    sign_in(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=A_WHILE)
    settled(page)
    return page


def names(context: BrowserContext) -> set[str]:
    return {cookie["name"] for cookie in context.cookies()}


def test_the_link_that_was_sent_survives_the_sign_in(app: str, reader: Reader):
    context = reader()
    page = asked(context, f"{app}/{DEEP}")
    words = page.locator("body").inner_text()
    assert not any(word in words for word in ("digits", "計算結果を選", "結論", "比較"))
    sign_in(page, "サインイン")
    expect(page.get_by_role("heading", name="この計算で分かること")).to_be_visible(timeout=A_WHILE)
    settled(page)
    assert page.url == f"{app}/{DEEP}"
    expect(page.get_by_text("10ロット").first).to_be_visible()
    nothing_broke(page)
    until(lambda: COOKIE not in names(context))
    page.goto(app)  # the next visit of the bare first page is one of the first page
    expect(page.get_by_role("heading", level=2)).to_contain_text("Not enough evidence", timeout=A_WHILE)
    expect(page.get_by_text("Suzuki", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=A_WHILE)
    until(lambda: not {IDENTITY, COOKIE} & names(context))
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=A_WHILE)
    assert page.get_by_test_id("stAlert").count() == 0


@pytest.mark.parametrize("link", ["//evil", "https://evil.example/compare?run=digits"])
def test_no_link_leads_out_of_the_app(app: str, reader: Reader, link: str):
    context = reader()
    signed_in(context, app).close()
    context.add_cookies([{"name": COOKIE, "value": quote(link, safe=""), "url": app}])
    page = context.new_page()
    page.goto(app)
    expect(page.get_by_role("heading", level=2)).to_contain_text("Not enough evidence", timeout=A_WHILE)
    settled(page)
    assert page.url.rstrip("/") == app


def test_each_sees_their_own_and_what_is_shared(app: str, home: Path, provider: Provider, reader: Reader):
    hers = signed_in(reader(), f"{app}/simulate?lang=en&{SHORT}")
    start(hers)
    expect(hers.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
    settled(hers)
    name = hers.url.split("watch=")[1].split("&")[0]
    assert about.read(home / "runs" / name).owner == "suzuki@example.com"

    provider.user = HIS
    context = reader()
    his = signed_in(context, f"{app}/simulate?lang=en&watch={name}")
    expect(his.get_by_text("in the address is not understood")).to_be_visible()
    expect(his.get_by_role("heading", name="Simulate")).to_be_visible()
    his.goto(f"{app}/?lang=en&run={name}")
    expect(his.get_by_text("in the address is not understood")).to_be_visible(timeout=A_WHILE)
    expect(his.get_by_role("heading", level=2)).to_contain_text("Not enough evidence")

    hers.get_by_text("Share with everybody who can sign in").click()
    settled(hers)
    assert about.read(home / "runs" / name).shared
    his.goto(f"{app}/simulate?lang=en&watch={name}")
    expect(his.get_by_text("The simulation is done.")).to_be_visible(timeout=A_WHILE)
    settled(his)
    expect(his.get_by_text("suzuki@", exact=False).first).to_be_visible()
    for label, count in (("Copy with changes", 1), ("Export (.zip)", 1), ("Rename", 0), ("Delete", 0)):
        assert his.get_by_role("button", name=label, exact=True).count() == count, label
    nothing_broke(his)

    hers.get_by_role("button", name="Delete", exact=True).click()
    expect(hers.get_by_role("button", name="Undo")).to_be_visible(timeout=A_WHILE)
    his.get_by_role("button", name="What to decide").click()
    expect(his.get_by_text("is no longer here").first).to_be_visible(timeout=A_WHILE)
    settled(his)
    assert his.get_by_test_id("stException").count() == 0


def test_what_goes_wrong_is_said_in_a_sentence(app: str, provider: Provider, reader: Reader):
    provider.user = None
    context = reader()
    page = asked(context, f"{app}/cost?lang=en&run=digits")
    sign_in(page)
    expect(page.get_by_text("The sign-in was not completed; try again.")).to_be_visible(timeout=A_WHILE)
    settled(page)
    assert page.url == f"{app}/cost?run=digits"  # English is this reader's own
    provider.user = HERS
    sign_in(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=A_WHILE)
    settled(page)
    assert page.url == f"{app}/cost?run=digits"
    context.add_cookies([{"name": IDENTITY, "value": "of-another-time", "url": app}])
    page.reload()
    expect(page.get_by_text("Your sign-in has expired; sign in again.")).to_be_visible(timeout=A_WHILE)
    provider.shutdown()
    provider.server_close()
    sign_in(page)
    expect(page.get_by_text("The sign-in service does not answer")).to_be_visible(timeout=A_WHILE)
    assert page.get_by_test_id("stException").count() == 0
