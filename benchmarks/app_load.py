"""Many readers on one app while a simulation is going: how long a rerun of Decide takes, and what a session weighs.

The app is `alma serve`, the simulation a niced `alma run`, each a process of its own on a library made for the purpose.
Each reader is a session over a WebSocket (`browser_session.py`) on the MNIST run, with a day rate of their own, so that
nobody is shown what the app has worked out for somebody else. Every few seconds each moves the horizon to another
number of days, beginning at a moment at random within the first of these seconds. A rerun counts from when its move was
due: one that is held up by the rerun before it counts in full.

Errors are: an exception, a page that says so in red, a script that did not finish, a page that does not follow to the
horizon that was asked for, a traceback in the app's log.

    python benchmarks/app_load.py [--sessions N] [--seconds S] [--every S] [--json]
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import psutil
from browser_session import Rerun, Session, begun
from served import HEADINGS, app, await_, own, process, row, said, spread

from alma_core import library, provenance

RUN: Final = "mnist"
HORIZONS: Final = range(5, 51)
"""Days that readers ask for; the page opens on the last."""
SIMULATION: Final = (
    *("run", "--data", "digits", "--mega-batches", "100", "--waits", "1,2,5", "--capacities", "L,XL"),
    *("--starts", "warm,scratch", "--replay", "1", "--seeds", "20", "--epochs", "60"),
)
"""Hours of work; the benchmark ends it."""
NICE: Final = "10"
MOST_SECONDS: Final = 1.0
MOST_MB: Final = 15.0
"""The bars: for the 95th percentile of a rerun, and for what a session adds to the app's memory."""

Figures = dict[str, Any]


class Reader:
    """One reader, and what has come of their moves.

    Args:
        session: of the app.
        draws: say when and where to they move.
    """

    def __init__(self, session: Session, draws: np.random.Generator):
        self.session, self.draws = session, draws
        self.shown = HORIZONS[-1]
        self.asked = {self.shown}
        self.of_new: list[float] = []
        self.of_known: list[float] = []
        """Seconds of each rerun, at horizons that this reader had not asked for, and at others."""
        self.errors: list[str] = []

    async def come(self) -> float:
        """Open the page and return the seconds it took."""
        self.page: Rerun = await self.session.open()
        self.errors += self.page.errors()
        return self.page.seconds

    async def read(self, seconds: float, every: float) -> None:
        """Move the horizon once in each `every` seconds."""
        start = time.perf_counter() + self.draws.uniform(0, every)
        for due in np.arange(round(seconds / every)) * every + start:
            await asyncio.sleep(due - time.perf_counter())
            await self.move(due)

    async def move(self, due: float) -> None:
        """Move the horizon to another number of days."""
        days = int(self.draws.choice([days for days in HORIZONS if days != self.shown]))
        before, slider = self.page.said, self.page.slider("horizon")
        self.page = await self.session.move(slider, slider.options[days - 1])
        seconds = time.perf_counter() - due
        (self.of_known if days in self.asked else self.of_new).append(seconds)
        self.shown = days
        self.asked.add(days)
        self.errors += self.page.errors()
        if f": {slider.options[days - 1]}, " not in self.page.said or self.page.said == before:
            self.errors.append(f"the page does not follow to {days} days")


async def measured(home: Path, sessions: int, seconds: float, every: float) -> Figures:
    """Return all figures: with the simulation first, on an app that has worked out nothing yet, then without."""
    log = home / "app.log"
    with app(home, log) as (serving, port):
        rss = {"before": megabytes(serving)}
        with simulation(home) as simulating:
            queries = [f"run={RUN}&lang=en&day_rate={40_000 + n}" for n in range(sessions)]
            draws = np.random.default_rng(0).spawn(sessions)
            readers = [Reader(await begun(port, query), own) for query, own in zip(queries, draws, strict=True)]
            opened = [await reader.come() for reader in readers]
            rss["opened"] = megabytes(serving)
            before = cpu_seconds(serving, simulating)
            await asyncio.gather(*(reader.read(seconds, every) for reader in readers))
            cpu = {who: spent - before[who] for who, spent in cpu_seconds(serving, simulating).items()}
            assert simulating.is_running(), "the simulation has ended of itself"
        rss["after"] = megabytes(serving)
        new, known = taken(readers)
        await asyncio.gather(*(reader.read(max(seconds / 3, every), every) for reader in readers))
        alone = [one for part in taken(readers) for one in part]
        await asyncio.gather(*(reader.session.socket.close() for reader in readers))
    errors = [error for reader in readers for error in reader.errors]
    errors += ["traceback in the app's log"] * log.read_text("utf-8").count("Traceback")
    return {
        "seconds": {
            "rerun": spread(new + known), "rerun_of_new_horizon": spread(new), "rerun_alone": spread(alone),
            "open": spread(opened),
        },
        "errors": errors,
        "page_bytes": max(reader.page.size for reader in readers),
        "cpu_seconds": cpu,
        "rss_mb": rss | {"per_session": (rss["after"] - rss["before"]) / sessions},
    }  # fmt: skip


def taken(readers: list[Reader]) -> tuple[list[float], list[float]]:
    """Return the seconds of all reruns since this was last asked, at new horizons and at others."""
    new = [one for reader in readers for one in reader.of_new]
    known = [one for reader in readers for one in reader.of_known]
    for reader in readers:
        reader.of_new, reader.of_known = [], []
    return new, known


@contextmanager
def simulation(home: Path) -> Iterator[psutil.Process]:
    """Have a simulation going, far enough to be training."""
    out, log = home / "runs" / "simulation", home / "simulation.log"
    with process(home, log, *SIMULATION, "--out", str(out), before=("nice", "-n", NICE)) as simulating:
        await_((out / library.PROGRESS).exists, simulating, log)
        yield simulating


def megabytes(running: psutil.Process) -> float:
    """Return the resident memory of a process."""
    return float(running.memory_info().rss / 1e6)


def cpu_seconds(serving: psutil.Process, simulating: psutil.Process) -> dict[str, float]:
    """Return the CPU time that each has had so far: the app, the simulation, the readers, all else on this machine."""
    whole, running = psutil.cpu_times(), {"app": serving, "simulation": simulating, "readers": psutil.Process()}
    spent = {who: sum(map(own, (one, *one.children(recursive=True)))) for who, one in running.items()}
    spent["readers"] -= spent["app"] + spent["simulation"]  # both are its children
    return spent | {"others": whole.user + whole.nice + whole.system - sum(spent.values())}


def text(figures: Figures) -> str:
    """Lay the figures out for a person."""
    words = {
        "rerun": "rerun, a simulation going",
        "rerun_of_new_horizon": "    of these at a horizon new to the reader",
        "rerun_alone": "rerun, without simulation",
        "open": "page opened, a simulation going",
    }
    rss, cpu, errors = figures["rss_mb"], figures["cpu_seconds"], figures["errors"]
    p95 = figures["seconds"]["rerun"]["p95"]
    return "\n".join(
        [
            HEADINGS,
            *(row(words[name], values) for name, values in figures["seconds"].items()),
            "",
            f"errors: {len(errors)}" + "".join(f"\n    {error}" for error in dict.fromkeys(errors)),
            f"memory of the app, MB: {rss['before']:.0f} before the first session, {rss['opened']:.0f} with all open, "
            f"{rss['after']:.0f} after their moves: {rss['per_session']:.1f} a session",
            f"CPU seconds meanwhile: app {cpu['app']:.0f}, simulation {cpu['simulation']:.0f}, readers "
            f"{cpu['readers']:.0f}, others on this machine {cpu['others']:.0f}; "
            f"a rerun sends up to {figures['page_bytes'] / 1e3:.0f} kB",
            f"no error: {said(not errors)}; 95 % of reruns under {1000 * MOST_SECONDS:.0f} ms: "
            f"{said(p95 < MOST_SECONDS)}; under {MOST_MB:.0f} MB a session: {said(rss['per_session'] < MOST_MB)}",
        ]
    )


def main() -> None:
    """Print the table, and with `--json` the same figures on the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long readers move the slider")
    parser.add_argument("--every", type=float, default=5.0, help="seconds from one move to the next")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit("ended from outside"))  # and with it what it has started
    machine = {"cores": os.cpu_count(), "streamlit": version("streamlit"), "revision": provenance.source_revision()}
    print("{cores} cores; streamlit {streamlit}; revision {revision}".format(**machine))
    print(
        f"{options.sessions} sessions on run {RUN}, the horizon moved every {options.every:g} s in each, "
        f"for {options.seconds:g} s",
        flush=True,
    )
    with TemporaryDirectory() as folder:
        figures = asyncio.run(measured(Path(folder), options.sessions, options.seconds, options.every))
    print(text(figures))
    if options.json:
        print(json.dumps(machine | {"asked": vars(options)} | figures))


if __name__ == "__main__":
    main()
