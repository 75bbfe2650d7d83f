"""Real processes, a real cluster on loopback, real kills: the ledger is always the same."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from alma_core import library, specs
from alma_core.errors import RunError
from alma_core.simulate.executor import simulate
from alma_core.simulate.store import Store
from alma_core.streams.sources import Source
from tests.conftest import ledger_of, unequal
from tests.test_cli import MAIN, alma

SPEC = specs.RunSpec(
    specs.StreamSpec("few", 8),
    specs.grid([1, 2, 4], ["S", "M"], ["warm", "scratch"], [0.0, 1.0]),
    specs.recipe("quick", 2),
    3,
)
GRID = "--data digits --mega-batches 20 --waits 1,2,5,10,20 --capacities S,M --starts warm,scratch --replay 0,1"
DIGITS = ["run", *GRID.split(), "--seeds", "3", "--epochs", "8", "--jobs", "1", "--threads", "1"]


@pytest.fixture(scope="module")
def alone(few: Source):
    return ledger_of(SPEC, few, jobs=1)


def test_processes_of_this_machine(alone, few: Source, tmp_path: Path):
    table, confusion = ledger_of(SPEC, few, tmp_path, jobs=2)
    assert unequal(alone[0], table) == []
    assert confusion.equals(alone[1])


def workers_of(process: int) -> set[int]:
    """Return the worker processes of a process; its trackers clean up after it and end by themselves."""
    living = [child for child in psutil.Process(process).children() if child.status() != psutil.STATUS_ZOMBIE]
    return {child.pid for child in living if "popen_loky" in " ".join(child.cmdline())}


def test_a_worker_that_is_killed_ends_the_run_with_a_sentence_and_the_rest_goes_on(few: Source, alone, tmp_path: Path):
    def killed_on_the_way(store: Store) -> None:
        for number, _progress in enumerate(simulate(SPEC, few, store, jobs=2)):
            if number == 3:
                for pid in workers_of(os.getpid()):
                    os.kill(pid, signal.SIGKILL)

    with Store(tmp_path) as store, pytest.raises(RunError, match="run the same command again"):
        killed_on_the_way(store)
    assert unequal(alone[0], ledger_of(SPEC, few, tmp_path)[0]) == []


def half_a_result_and_gone(*_arguments: object) -> None:
    """Stand in for the work of a stack: write the beginning of a message to the engine's pipe, then be killed."""
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    os.write(frame.f_locals["result_queue"]._writer.fileno(), b"\x00\x01\x00\x00half")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.timeout(120)
def test_a_worker_that_is_killed_while_it_answers(few: Source, alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Half of a message is in the pipe: the run still ends with its sentence, and the next one goes on."""
    with Store(tmp_path) as store, monkeypatch.context() as patched:
        patched.setattr("alma_core.simulate.backends._work_from", half_a_result_and_gone)
        with pytest.raises(RunError, match="run the same command again"):
            list(simulate(SPEC, few, store, jobs=2))
    assert unequal(alone[0], ledger_of(SPEC, few, tmp_path, jobs=2)[0]) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_two_runs_on_one_cluster_and_the_end_of_it(cluster, alone, few: Source, tmp_path: Path, monkeypatch):
    """The run that ends first does not take the data away from the other; when all workers are gone, it says so."""
    address, workers = cluster
    with Store(tmp_path / "one") as one, Store(tmp_path / "other") as other:
        slow = simulate(SPEC, few, one, scheduler=address)
        for _ in range(3):
            next(slow)
        *_, last = simulate(SPEC, few, other, scheduler=address)
        assert last.tables is not None
        assert unequal(alone[0], last.tables[0]) == []
        next(slow)
        monkeypatch.setattr("alma_core.simulate.cluster.ALONE_SECONDS", 1)
        for worker in workers:
            worker.kill()
        with pytest.raises(RunError, match="No worker is left"):
            list(slow)
    assert unequal(alone[0], ledger_of(SPEC, few, tmp_path / "one")[0]) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_dask_cluster_that_loses_a_worker(cluster, alone, few: Source, tmp_path: Path):
    address, workers = cluster
    killed = False
    with Store(tmp_path) as store:
        for progress in simulate(SPEC, few, store, scheduler=address):
            if not killed and progress.updates_done > progress.updates / 3:
                workers[0].kill()
                killed = True
    assert killed
    assert progress.tables is not None
    assert unequal(alone[0], progress.tables[0]) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_scheduler_that_does_not_answer(few: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("alma_core.simulate.scheduler.ANSWER_SECONDS", 1)
    with pytest.raises(RunError, match="No Dask scheduler with a worker answers"):
        ledger_of(SPEC, few, tmp_path, scheduler="tcp://127.0.0.1:9")


def started(folder: Path, home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *DIGITS, "--out", str(folder)],
        env=os.environ | {"ALMA_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    done = alma(*DIGITS, "--out", str(folder / "run"), ALMA_HOME=str(folder / "home"))
    assert done.returncode == 0, done.stderr
    return folder / "run"


@pytest.mark.slow
def test_killed_at_20_random_moments(uninterrupted: Path, tmp_path: Path):
    draws = random.Random(0)
    kills, round_, trained = 0, 0, []
    while kills < 20:
        home, folder = tmp_path / f"home{round_}", tmp_path / f"run{round_}"
        process = started(folder, home)
        while process.poll() is None and not (folder / "spec.json").exists():
            time.sleep(0.01)
        try:
            process.wait(draws.uniform(0, 1.0))
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        _out, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), err
        if process.returncode == 0:  # finished before it was killed: the next kills are for another run
            trained.append(folder)
            round_ += 1
    process = started(folder, home) if not (folder / "manifest.json").exists() else process
    _out, err = process.communicate()
    assert process.returncode == 0, err
    for made in {*trained, folder}:
        assert unequal(library.open_run(made).ledger, library.open_run(uninterrupted).ledger) == []


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if psutil.pid_exists(pid)}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_worker_processes_and_their_data_do_not_outlive_a_run(how: signal.Signals, tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "  # these tests may run behind &
    process = subprocess.Popen(
        [sys.executable, "-c", heeds + MAIN, *DIGITS[:-4], "--epochs", "200", "--jobs", "2", "--out", tmp_path / "run"],
        env=os.environ | {"TMPDIR": str(scratch), "LC_ALL": "C.UTF-8"}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    progress = tmp_path / "run" / "progress.json"
    while not progress.exists() or not json.loads(progress.read_text())["trained"]:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    assert list(scratch.iterdir())
    # Ctrl-C reaches every process of a terminal, a kill only the one it is for
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    _out, err = process.communicate()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on from there" in err
    deadline = time.monotonic() + 30
    while alive(workers) or list(scratch.glob("alma-*")):
        assert time.monotonic() < deadline, (alive(workers), list(scratch.iterdir()))
        time.sleep(0.1)


@pytest.mark.slow
def test_two_runs_at_once_on_one_store(uninterrupted: Path, tmp_path: Path):
    """Each update is trained by one of them, and both end with the same ledger."""
    both = [started(tmp_path / name, tmp_path / "home") for name in ("one", "other")]
    counts = []
    for process in both:
        out, err = process.communicate()
        assert process.returncode == 0, err
        trained, of_all = map(int, re.findall(r"(\d+) of (\d+) updates", out)[0])
        counts.append(trained)
    assert sum(counts) == of_all
    assert min(counts) > 0
    with Store(tmp_path / "home" / "store") as store:
        # The last updates of a seed and size: 4 of each way but scratch + replay, which has one for all, the same as
        # the last of the other ways at w = 20.
        assert store.size().states == 2 * 3 * (4 + 4 + 4 + 1)
    for name in ("one", "other"):
        assert unequal(library.open_run(tmp_path / name).ledger, library.open_run(uninterrupted).ledger) == []


@pytest.mark.slow
def test_a_disk_that_fills_up(tmp_path: Path):
    """A limit on the size of files stands for a full disk; what was finished before it stays usable."""
    home = tmp_path / "home"
    words = ["run", "--mega-batches", "8", "--waits", "1,2", "--capacities", "S,L", "--seeds", "2", "--epochs", "1"]
    command = f"ulimit -f 400; exec {sys.executable} -c '{MAIN}' {' '.join(words)} --out {tmp_path / 'run'}"
    done = subprocess.run(
        ["bash", "-c", command], env=os.environ | {"ALMA_HOME": str(home), "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "make room" in done.stderr
    again = alma(*words, "--out", str(tmp_path / "run"), ALMA_HOME=str(home))
    assert again.returncode == 0, again.stderr
    trained, of_all = map(int, re.findall(r"(\d+) of (\d+) updates", again.stdout)[0])
    assert 0 < trained < of_all
    fresh = alma(*words, "--out", str(tmp_path / "fresh"), ALMA_HOME=str(tmp_path / "other"))
    assert fresh.returncode == 0
    one, other = (library.open_run(tmp_path / name).ledger for name in ("run", "fresh"))
    assert unequal(one, other) == []


def test_an_interrupted_run_of_another_spec_is_not_continued(tmp_path: Path):
    process = started(tmp_path / "run", tmp_path / "home")
    while not (tmp_path / "run" / "spec.json").exists():
        time.sleep(0.01)
    process.kill()
    process.communicate()
    done = alma(*DIGITS, "--recipe", "paper", "--out", str(tmp_path / "run"), ALMA_HOME=str(tmp_path / "home"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "interrupted run of something else" in done.stderr
    shutil.rmtree(tmp_path / "run")
