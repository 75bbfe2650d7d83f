"""Pictures of every page in both languages and themes, and what is wrong with them: `make screens`.

    python -m tests.browser.screens [--only PAGE ...] [--to FOLDER]

It starts the app with a library of its own, opens every page that the navigation names, and looks at each in a
headless Chromium. The pictures lie in FOLDER beside index.html, which shows them all; what is wrong is printed, a
sentence each, and then the exit status is 1.
"""

import argparse
import html
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlparse

from playwright.sync_api import Browser, Page, sync_playwright

from alma_core import language
from alma_core.language import _
from alma_core.report.guide_texts import READING, SEARCH
from tests.browser import screens_checks
from tests.browser.conftest import CHROMIUM, FLAGS, serving

ROOT: Final = Path(__file__).parents[2]
EXECUTIVE: Final = {path.stem for path in (ROOT / "pages" / "executive").glob("*.py")}
WIDTHS: Final = (1280, 1920)
PHONE: Final = 390
ON_PHONES: Final = ("decide",)
THEMES: Final = ("light", "dark")
TALLEST: Final = 6000
"""Pixels of a picture."""
RUNS: Final = ("monthly-demand", "mnist", "machine-failure")
"""Of these, one predicts a number, one many classes, one two classes with prices of their own."""
NAMES: Final = (
    *("monthly-demand", "mnist-epochs", "mnist-policies", "mnist", "machine-failure", "cifar10", "digits", "elec2"),
    *("paper", "quick", "adult", "ai4i2020", "alma", "Anytime Learning at Macroscale"),
)
"""Given by data, by people, or typed into a terminal: they are the same in every language."""
PUBLISHED: Final = (
    *(part for work in READING for part in (work.title, work.authors, work.where) if part),
    *(english for english, _japanese in SEARCH),
    *("CARA", "UPF"),
)
"""What is looked for under its own name."""
CODES: Final = (*("time", "date", "key", "category", "feature", "number", "quantity", "personal", "label", "target"),)
"""Of roles and kinds of columns: in a grid with choices, Streamlit tells screen readers the code, not its words."""
OF_ANALYSTS: Final = {
    "en": ("seed", "seeds", "FLOPs", "CER", "ledger"),
    "ja": ("ばらつき確認の回数", "シード", "計算量", "FLOPs", "累積誤り数", "CER", "計算結果の明細"),
}
"""Words that the glossary marks (analyst)."""


@dataclass(frozen=True)
class State:
    """One state of a page.

    Args:
        name: of its pictures.
        query: in its address, beyond the language.
        reach: what a reader does there first.
        names: beyond NAMES, what the data of this state hold.
    """

    name: str
    query: str = ""
    reach: Callable[[Page], None] | None = None
    names: tuple[str, ...] = ()


def load_the_sample(page: Page) -> None:
    """Press the button of Data that reads the example's files."""
    page.locator(".st-key-_sample button").click()
    page.locator("[data-testid=stMain] h3").nth(2).wait_for(timeout=90_000)


def fill_in_a_device(page: Page) -> None:
    """Open the prices of computing and take those of a device."""
    page.get_by_role("tab", name=_("Computing"), exact=True).click()
    page.get_by_role("combobox", name=_("Fill in a device")).click()
    page.get_by_role("option").nth(1).click()


def show_tables(page: Page) -> None:
    """Open the table beside each chart."""
    for toggle in page.get_by_text(_("Rows as a table"), exact=True).all():
        toggle.click()
        screens_checks.settle(page)


STATES: Final = {
    "decide": [State(run, f"run={run}") for run in RUNS] + [State("tables", "run=mnist", show_tables)],
    "cost": [
        *(State(run, f"run={run}") for run in RUNS),
        State("flips", "run=mnist&look=flips&over=days_per_update"),
        *(State(look, f"run=mnist&look={look}") for look in ("where", "plan")),
        State("budget", "run=mnist&look=budget&budget=200000"),
        State("device", "run=mnist", fill_in_a_device, ("AWS", "mercatus-ai.com/blog/cloud-gpu-pricing", "NVIDIA")),
    ],
    "compare": [State(run, f"run={run}") for run in RUNS],
    "data": [State("start"), State("sample", "", load_the_sample, ("OK", "NG", *CODES))],
    "simulate": [State("form"), State("run", "watch=mnist")],
    "report": [
        *(State(run, f"run={run}") for run in RUNS),
        State("policy", "run=mnist&preview=policy", names=("A/B", "Markdown")),
        State("charts", "run=monthly-demand&preview=charts"),
    ],
    "guide": [
        *(State(topic, f"topic={topic}") for topic in ("what", "kpis", "words", "findings", "limits", "policy")),
        State("reading", "topic=reading", names=PUBLISHED),
    ],
}
"""What is looked at of a page beyond how it opens; a page that is not named here is looked at as it opens."""


def pages(page: Page) -> dict[str, str]:
    """Return the addresses of the pages that the navigation names, by the last part of their path."""
    links = page.locator("[data-testid=stSidebarNavLink]")
    links.first.wait_for(timeout=90_000)
    found = [str(link.get_attribute("href")) for link in links.all()]
    return {urlparse(address).path.strip("/") or "decide": address for address in found}


def states(name: str, page: Page) -> list[State]:
    """Return what is looked at of a page, with every chart that Compare can show."""
    listed = STATES.get(name, [State("open")])
    views = page.locator("[data-testid=stMain] .st-key-chart [role=radio]") if name == "compare" else None
    return listed + [State(f"view-{n}", "run=mnist", _choose(n)) for n in range(1, views.count() if views else 0)]


def _choose(number: int) -> Callable[[Page], None]:
    return lambda page: page.locator("[data-testid=stMain] .st-key-chart [role=radio]").nth(number).click()


def wrong(page: Page, name: str, spoken: str, state: State, is_phone: bool = False) -> list[str]:
    """Return all that is wrong with a page as it stands in a state."""
    found = screens_checks.all_of(page, spoken, (*NAMES, *state.names), is_phone)
    if name in EXECUTIVE:
        found += screens_checks.words_of_analysts(screens_checks.texts(page), OF_ANALYSTS[spoken])
    return found


def opened(browser: Browser, address: str, spoken: str, theme: str, state: State) -> Page:
    """Return a page in its state, drawn as a whole; its context is to be closed."""
    look = {"width": WIDTHS[0], "height": 900}
    page = browser.new_context(viewport=look, color_scheme=theme, locale="en-US").new_page()
    page.goto(f"{address}?lang={spoken}&{state.query}")
    screens_checks.settle(page)
    if state.reach:
        with language.speaking(spoken):
            state.reach(page)
        screens_checks.settle(page)
    return page


def take(page: Page, width: int, to: Path) -> None:
    """Take a picture of the whole page at a width."""
    page.set_viewport_size({"width": width, "height": 900})
    screens_checks.settle(page)
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(tall + 20, TALLEST)})
    screens_checks.settle(page)
    page.screenshot(path=to)


def look(browser: Browser, server: str, only: Sequence[str], to: Path) -> Iterator[tuple[str, list[str]]]:
    """Take every picture; yield its name and what is wrong with it."""
    first = browser.new_page()
    first.goto(server)
    places = {name: address for name, address in pages(first).items() if not only or name in only}
    for name, address in places.items():
        first.goto(f"{address}?run=mnist")
        screens_checks.settle(first)
        for state in states(name, first):
            for spoken in language.LANGUAGES:
                for theme in THEMES:
                    page = opened(browser, address, spoken, theme, state)
                    for width in (*WIDTHS, *([PHONE] if name in ON_PHONES else [])):
                        picture = f"{name}-{state.name}-{spoken}-{theme}-{width}"
                        take(page, width, to / f"{picture}.png")
                        yield picture, wrong(page, name, spoken, state, width == PHONE)
                    page.context.close()
    first.close()


def sheet(found: dict[str, list[str]]) -> str:
    """Return a page that shows all pictures, and beneath each what is wrong with it."""
    shown = [
        f'<figure><a href="{name}.png"><img src="{name}.png" loading="lazy" alt="{name}"></a><figcaption>{name}'
        + "".join(f"<br><b>{html.escape(sentence)}</b>" for sentence in said)
        + "</figcaption></figure>"
        for name, said in found.items()
    ]
    look = (
        "body{font:14px sans-serif;display:flex;flex-wrap:wrap;gap:16px;background:#ddd}"
        "figure{margin:0;width:300px}img{width:300px;height:400px;object-fit:cover;object-position:top}b{color:#a00}"
    )
    return f"<!doctype html><meta charset=utf-8><title>ALMA</title><style>{look}</style>" + "\n".join(shown)


def main() -> int:
    """Take the pictures, write the sheet, print what is wrong."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--only", nargs="+", default=[], metavar="PAGE", help="these pages, by their address")
    asked.add_argument("--to", type=Path, default=ROOT / "screens", metavar="FOLDER")
    given = asked.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for server in serving(Path(home)):
            for name, said in look(browser, server, given.only, given.to):
                found[name] = said
                print("\n".join([f"{name}: {sentence}" for sentence in said] or [f"{name}: well"]), flush=True)
        browser.close()
    (given.to / "index.html").write_text(sheet(found), "utf-8")
    count = sum(map(len, found.values()))
    print(f"{len(found)} pictures in {given.to}, {count} things are wrong.")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
