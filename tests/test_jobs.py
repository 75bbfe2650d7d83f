"""A run as a real process: started, looked at, killed, started again."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_core import jobs, language, library
from alma_core.commands.run import folder_of
from alma_core.errors import RunError

QUICK = ["--data", "digits", "--waits", "5,20", "--seeds", "1"]
LONG = ["--data", "digits", "--waits", "1,2", "--capacities", "L", "--seeds", "9", "--epochs", "50", "--jobs", "1"]


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def pid_of(folder: Path) -> int:
    return int((folder / jobs.LOCK).read_text())


def test_a_run_is_started_and_finishes():
    folder = folder_of(QUICK)
    assert jobs.state(folder).name == "none"
    jobs.start(QUICK, folder)
    assert jobs.state(folder).name in ("running", "finished")
    until(lambda: jobs.state(folder).name == "finished")
    assert library.open_run(folder).spec.seeds == 1
    assert "is ready" in jobs.state(folder).said
    assert folder == library.home() / "runs" / folder.name


def test_looking_never_stands_in_the_way(tmp_path: Path):
    """Looked at without a pause from before its start, it starts and finishes."""
    folder = tmp_path / "run"
    jobs.start(QUICK, folder)
    seen = set()
    until(lambda: seen.add(jobs.state(folder).name) or "finished" in seen)
    assert seen <= {"running", "finished"}


def test_one_that_is_under_way_is_not_started_again(tmp_path: Path):
    folder = tmp_path / "run"
    jobs.start(LONG, folder)
    try:
        with pytest.raises(RunError, match="under way already"):
            jobs.start(LONG, folder)
        until(lambda: bool(jobs.state(folder).facts))
        state = jobs.state(folder)
        assert state.name == "running"
        assert 0 <= state.facts["updates_done"] <= state.facts["updates"]
    finally:
        os.kill(pid_of(folder), signal.SIGKILL)
    until(lambda: jobs.state(folder).name == "failed")


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path):
    folder = tmp_path / "run"
    jobs.start(QUICK, folder)
    os.kill(pid_of(folder), signal.SIGKILL)
    until(lambda: jobs.state(folder).name != "running")
    jobs.start(QUICK, folder)
    until(lambda: jobs.state(folder).name == "finished")
    until(lambda: not Path(f"/proc/{pid_of(folder)}").exists() or jobs.state(folder).name != "finished")
    with pytest.raises(ChildProcessError):  # nobody is left in the system's list
        os.waitpid(pid_of(folder), os.WNOHANG)


@pytest.mark.parametrize(("spoken", "says"), [("en", "only these are known: digits"), ("ja", "使えるのは digits")])
def test_what_went_wrong_is_said_in_the_language_of_the_page(tmp_path: Path, spoken: str, says: str):
    with language.speaking(spoken):
        jobs.start(["--data", "no-such-set"], tmp_path / "run")
    until(lambda: jobs.state(tmp_path / "run").name == "failed")
    said = jobs.state(tmp_path / "run").said
    assert says in said
    assert said.isascii() == (spoken == "en")


def test_it_outlives_a_closed_terminal(tmp_path: Path):
    jobs.start(QUICK, tmp_path / "run")
    assert os.getsid(pid_of(tmp_path / "run")) == pid_of(tmp_path / "run")
    until(lambda: jobs.state(tmp_path / "run").name == "finished")


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        jobs.start(QUICK, tmp_path / "file" / "run")
