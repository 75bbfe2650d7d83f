"""What the tests of launched runs share: small specs, waiting for something, the process of a run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from alma_core import jobs, library, presence
from alma_core.commands.run import request_of

QUICK = "--data digits --waits 5,20 --seeds 1"
MIDDLE = "--data digits --mega-batches 40 --waits 1,2 --capacities L --seeds 3 --epochs 20 --jobs 1"
LONG = "--data digits --mega-batches 140 --waits 1,2 --capacities L --seeds 2 --epochs 150 --jobs 1"
"""Some ten seconds of many small steps, and some minutes, on a quiet machine."""


def until(condition: Callable[[], Any], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def launch(words: str) -> Path:
    request = request_of(words.split())
    return jobs.launch(request.spec, request.asked)


def name_of(folder: Path) -> str:
    return jobs.state(folder).name


def until_it_is(folder: Path, *names: str) -> None:
    until(lambda: name_of(folder) in names)


def pid_of(folder: Path) -> int:
    until(lambda: presence.read(folder).pid > 0)
    return presence.read(folder).pid


def kill(folder: Path, number: int = signal.SIGKILL) -> None:
    os.kill(pid_of(folder), number)
    until(lambda: not presence.lives(folder))


def ledger(folder: Path) -> pd.DataFrame:
    return library.open_run(folder).ledger


def in_a_process(code: str, *words: str, before: tuple[str, ...] = (), **variables: str) -> subprocess.Popen[str]:
    """Start Python code in a process of its own, with `launch` and `jobs` at hand; what it prints can be read."""
    begin = "import sys; from alma_core import jobs; from tests.launching import *\n"
    return subprocess.Popen(
        [*before, sys.executable, "-c", begin + code, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | variables,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
