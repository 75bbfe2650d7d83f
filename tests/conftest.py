"""What several tests stand on: a small real stream, a small run, a library of its own for each test."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from alma_core import language, ledger, library, specs
from alma_core.home import home
from alma_core.simulate.executor import Progress, simulate
from alma_core.simulate.store import Store
from alma_core.streams import sources
from alma_core.streams.sources import Source

# Machines that run the tests are shared and noisy: what counts is what holds, not how long one example took.
settings.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy")

DATA = os.environ.get("ALMA_DATA", "")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test an empty library of runs, the English language, and Python's own main module.

    Streamlit's AppTest leaves the app in its place, and every process that is then spawned would begin by running it.
    """
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    language.use("en")
    yield
    language.use("en")


@pytest.fixture(scope="session")
def digits() -> Source:
    """All 1,797 real digits."""
    return sources.load("digits")


@pytest.fixture(scope="session")
def few(digits: Source) -> Source:
    return few_of(digits)


def few_of(digits: Source) -> Source:
    """Return the first 480 digits: 400 arrive, 80 judge."""
    return Source("few", digits.x[:480], digits.y[:480], digits.classes, np.arange(400, 480), 16.0, digits.licence)


def ledger_of(
    spec: specs.RunSpec, source: Source, store: Path | None = None, **how: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run `spec` on `source` and return ledger and confusion table; in a new store unless one is given."""
    last = run_of(spec, source, store, **how)
    assert last.tables is not None
    return last.tables.ledger, last.tables.confusion


def run_of(spec: specs.RunSpec, source: Source, store: Path | None = None, **how: Any) -> Progress:
    """Run `spec` on `source` and return its last progress."""
    with TemporaryDirectory() as folder, Store(store or Path(folder)) as opened:
        *_before, last = simulate(spec, source, opened, **how)
        return last


@pytest.fixture(scope="session")
def small_run(few: Source) -> tuple[specs.RunSpec, pd.DataFrame, pd.DataFrame]:
    """B = 8, every start and replay, both first updates, two sizes, three seeds, two epochs."""
    policies = specs.grid([1, 2, 4], ["S", "M"], ["warm", "scratch"], [0.0, 1.0], ["w", "1"])
    spec = specs.RunSpec(specs.StreamSpec("few", 8, "month"), policies, specs.recipe("quick", 2), 3)
    return spec, *ledger_of(spec, few)


@pytest.fixture
def kept() -> Path:
    """A finished run of the user's own."""
    folder = home() / "runs" / "kept"
    shutil.copytree(library.find("digits").path, folder)
    return folder


@pytest.fixture
def cluster() -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """A scheduler and two worker processes on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    port = address.rsplit(":", 1)[1]
    scheduler = subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"], **quiet)
    worker = [*dask, "worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(worker, env=os.environ | {"OMP_NUM_THREADS": "1"}, **quiet) for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def unequal(one: pd.DataFrame, other: pd.DataFrame) -> list[str]:
    """Return the columns in which two ledgers differ, clocks aside; none for the same spec, seed and data."""
    if one.shape != other.shape:
        return ["(shape)"]
    return [
        name
        for name in ledger.LEDGER
        if name not in ("seconds", "inference_seconds") and not _same(one[name], other[name])
    ]


def _same(one: "pd.Series[Any]", other: "pd.Series[Any]") -> bool:
    if one.dtype.kind == "f":
        return bool(np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True))
    return one.astype(str).tolist() == other.astype(str).tolist()


needs_mnist = pytest.mark.skipif(
    not (Path(DATA) / "mnist.npz").is_file() or not DATA,
    reason="ALMA_DATA does not name a folder with mnist.npz",
)
