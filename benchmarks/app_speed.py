"""How fast the pages for executives are: from a change in a control to the page redrawn, and from the address to it.

The app is `alma serve` on a library made for the purpose, the reader a headless Chromium in a process of its own, so
that what is counted is all that a reader waits for: the server, the way, and the drawing (`watched_page.py` says when
a page counts as drawn, and takes the times). On each of Decide, Compare and Cost the horizon is moved by keyboard, the
sizes of models are chosen and a price is changed, on the shipped run with the most ledger rows and on a made one
(`made_run.py`). The page is opened in fresh browsers, the first time on a server that nobody has visited.

Errors are: what a page says in red, an address that does not follow the change, a change of horizon or price after
which no chart of Decide or Cost is redrawn (what Compare shows, and what is left of other sizes, may stay as it is), a
traceback in the app's log, torch mapped into the app's process.

    python benchmarks/app_speed.py [--changes N] [--openings N] [--policies N] [--json]
"""

import argparse
import json
import os
import shutil
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import made_run
import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from served import HEADINGS, app, own, row, said, spread
from watched_page import SCRIPT, Drawn, at_rest, changed, errors, first_drawn

from alma_core import library, provenance

PAGES: Final = ("decide", "compare", "cost")
PRICES: Final = ("price_per_error", "miss_price", "shortage_price")
"""Of a prediction that is wrong: each run has one of them."""
MADE: Final = "made"
ARRIVALS, SEEDS = 50, 5
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
TORCH: Final = "torch is mapped into the app's process"
MOST_SECONDS: Final = {"shipped": 0.3, MADE: 1.0, "opened": 3.0}
"""The bars: for the 95th percentile of the changes of each page, and of the openings on a warm server."""

Figures = dict[str, Any]


@dataclass
class Reading:
    """What has come of everything that the reader did."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By what was done: `run, page, control`, `opened` or `opened first`."""
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """CPU seconds of the app for one change, the mean, by `run, page`."""
    errors: list[str] = field(default_factory=list)


def largest() -> str:
    """Return the shipped run with the most ledger rows."""
    return max((library.open_run(path) for path in library.shipped()), key=lambda run: len(run.ledger)).id


def measured(home: Path, shipped: str, changes: int, openings: int) -> Reading:
    """Return what has come of everything."""
    reading, log = Reading(), home / "app.log"
    with app(home, log) as (serving, port), browser() as chromium:
        start = f"http://127.0.0.1:{port}"
        for number in range(openings + 1):
            with visited(chromium, f"{start}/?lang=en") as page:
                reading.seconds["opened" if number else "opened first"].append(first_drawn(page))
                reading.errors += errors(page)
        for run in (shipped, MADE):
            for name in PAGES:
                with visited(chromium, f"{start}/{'' if name == 'decide' else name}?lang=en&run={run}") as page:
                    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
                    at_rest(page)
                    move(page, f"{run}, {name}", changes, serving, reading)
        has_torch = any("libtorch" in one.path for one in serving.memory_maps())
    reading.errors += ["traceback in the app's log"] * log.read_text("utf-8").count("Traceback")
    reading.errors += [TORCH] * has_torch
    return reading


def move(page: Page, where: str, changes: int, serving: psutil.Process, reading: Reading) -> None:
    """Make every kind of change so often on one page."""
    before = own(serving)
    for kind, change in (("horizon", _horizon), ("price", _price), ("size", _size)):
        for number in range(changes + 1):
            address = page.url
            drawn = change(page, number)
            if number:  # the first one counts for warming up
                reading.seconds[f"{where}, {kind}"].append(drawn.seconds)
            reading.errors += errors(page)
            if page.url == address:
                reading.errors.append(f"{where}: the address does not follow the {kind}")
            if not drawn.charts and kind != "size" and "compare" not in where:
                reading.errors.append(f"{where}: no chart is redrawn after a change of the {kind}")
    reading.cpu[where].append((own(serving) - before) / (3 * (changes + 1)))


def _horizon(page: Page, _number: int) -> Drawn:
    return changed(page, page.locator(".st-key-horizon").get_by_role("slider"), ["ArrowLeft"])


def _size(page: Page, number: int) -> Drawn:
    """Leave a size out, or take it in again: of each in turn."""
    sizes = page.locator(".st-key-sizes button")
    return changed(page, sizes.nth(number // 2 % sizes.count()), ["Enter"])


def _price(page: Page, number: int) -> Drawn:
    name = next(name for name in PRICES if page.locator(f".st-key-{name}").count())
    place = page.locator(f".st-key-{name} input")
    if not place.is_visible():
        page.locator("[data-testid=stSidebar] [data-testid=stExpander] summary").last.click()
    place.fill(str(round(100 * 1.07**number)))
    return changed(page, place, ["Enter"])


@contextmanager
def browser() -> Iterator[Browser]:
    """Have the system's Chromium going."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("no chromium on the path; Debian's package is called chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def visited(chromium: Browser, address: str) -> Iterator[Page]:
    """Open an address in a window of its own, with nothing kept from before, and its eyes open."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.add_init_script(SCRIPT)
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def figures_of(reading: Reading, shipped: str) -> Figures:
    """Return all figures, and whether each bar is met."""
    of_page = {
        f"{run}, {name}": [
            second for what, some in reading.seconds.items() if what.startswith(f"{run}, {name},") for second in some
        ]
        for run in (shipped, MADE)
        for name in PAGES
    }
    seconds = {what: spread(some) for what, some in (of_page | reading.seconds).items()}
    bars = {
        what: seconds[what]["p95"] < MOST_SECONDS["opened" if what == "opened" else MADE if MADE in what else "shipped"]
        for what in (*of_page, "opened")
    }
    return {
        "seconds": seconds,
        "app_cpu_seconds": {where: sum(some) / len(some) for where, some in reading.cpu.items()},
        "errors": reading.errors,
        "holds": bars | {"no torch in the app's process": TORCH not in reading.errors},
    }


def text(figures: Figures) -> str:
    """Lay the figures out for a person."""
    lines = [HEADINGS]
    for what, values in sorted(figures["seconds"].items(), key=lambda one: (one[0].startswith("opened"), one[0])):
        is_part = what.count(", ") == 2
        named = "    of these, " + what.rsplit(", ", 1)[1] if is_part else what
        cpu = figures["app_cpu_seconds"].get(what)
        lines.append(row(named, values) + ("" if cpu is None else f"   app: {1000 * cpu:.0f} ms of CPU each"))
    failed = figures["errors"]
    return "\n".join(
        [
            *lines,
            "",
            f"errors: {len(failed)}" + "".join(f"\n    {error}" for error in dict.fromkeys(failed)),
            *(f"{bar}: {said(holds)}" for bar, holds in figures["holds"].items()),
        ]
    )


def main() -> None:
    """Print the table, and with `--json` the same figures on the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=8, help="of each of three controls on each page")
    parser.add_argument("--openings", type=int, default=5, help="in fresh browsers, beside the very first")
    parser.add_argument("--policies", type=int, default=1000, help="of the made run, at 50 arrivals and 5 seeds")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit("ended from outside"))  # and with it what it has started
    shipped, load = largest(), os.getloadavg()[0]
    machine = {"cores": os.cpu_count(), "streamlit": version("streamlit"), "revision": provenance.source_revision()}
    print("{cores} cores; streamlit {streamlit}; revision {revision}".format(**machine), flush=True)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        made_run.put(home / "runs" / MADE, options.policies, ARRIVALS, SEEDS)
        reading = measured(home, shipped, options.changes, options.openings)
    figures = figures_of(reading, shipped) | {"load": [load, os.getloadavg()[0]]}
    rows = options.policies * ARRIVALS * SEEDS
    print(f"{MADE}: {options.policies} policies, {rows} ledger rows")
    print("load of this machine: {:.1f} before, {:.1f} after".format(*figures["load"]))
    print(text(figures))
    if options.json:
        print(json.dumps(machine | {"asked": vars(options), "shipped": shipped} | figures))


if __name__ == "__main__":
    main()
