"""The dashboard as a process of its own, as the benchmarks of its pages have it, and how they write their times."""

import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

PATIENCE_SECONDS: Final = 120.0


@contextmanager
def app(home: Path, log: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Serve the app on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with process(home, log, "serve", "--port", str(port)) as serving:
        await_(lambda: is_up(port), serving, log)
        yield serving, port


@contextmanager
def process(home: Path, log: Path, *words: str, before: tuple[str, ...] = ()) -> Iterator[psutil.Process]:
    """Have `alma` going as a process with a group of its own, which is ended with all that it has started."""
    command = [*before, str(Path(sys.executable).parent / "alma"), *words]
    environment = os.environ | {"ALMA_HOME": str(home)}
    with log.open("wb") as said:
        started = subprocess.Popen(command, stdout=said, stderr=said, env=environment, start_new_session=True)
    try:
        yield psutil.Process(started.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def await_(is_so: Any, running: psutil.Process, log: Path) -> None:
    """Wait until something is so; where the process ends before, say what it said."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > until or running.status() == psutil.STATUS_ZOMBIE:
            raise SystemExit(log.read_text("utf-8"))
        time.sleep(0.1)


def is_up(port: int) -> bool:
    """Return whether the app answers."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
        return bool(answer.status == 200)
    return False


def own(running: psutil.Process) -> float:
    """Return the CPU time that a process has had, with that of its children that have ended."""
    times = running.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def spread(values: list[float]) -> dict[str, float]:
    """Return how many there are, the smallest, the middle, the 95th percentile (one that there is) and the largest."""
    ordered = sorted(values)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return {"n": len(ordered), "min": ordered[0], "median": median(ordered), "p95": p95, "max": ordered[-1]}


HEADINGS: Final = f"{'milliseconds':48}{'n':>6}{'min':>8}{'median':>8}{'95 %':>8}{'max':>8}"


def row(name: str, values: dict[str, float]) -> str:
    """Write one row of the table, of seconds as milliseconds."""
    times = "".join(f"{1000 * values[which]:8.0f}" for which in ("min", "median", "p95", "max"))
    return f"{name:48}{values['n']:6}{times}"


def said(holds: bool) -> str:
    """Write whether a bar is met."""
    return "yes" if holds else "NO"
