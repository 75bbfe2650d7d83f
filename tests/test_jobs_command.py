"""`alma status`, `alma cancel`, `alma resume`, `alma runs`: the same runs as on the page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alma_core import about, jobs
from alma_core.jobs import FINISHED
from tests.conftest import unequal
from tests.launching import LONG, MIDDLE, QUICK, kill, launch, ledger, until, until_it_is


def alma(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from alma_core.cli import main; sys.exit(main())", *words]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, check=False)


def test_a_run_is_looked_at_and_cancelled():
    folder = launch(LONG)
    about.rename(folder, "Spring")
    until(lambda: jobs.state(folder).facts.get("updates_done", 0) > 2)
    said = alma("status", folder.name)
    assert said.returncode == 0, said.stderr
    for part in ("Spring", "running, ", "of 420 updates", "this machine", "digits"):
        assert part in said.stdout.replace("\u00a0", " ")
    listed = alma("runs").stdout
    assert [line for line in listed.splitlines() if folder.name in line and "running" in line]
    cancelled = alma("cancel", folder.name)
    assert (cancelled.returncode, cancelled.stdout) == (
        0, f"{folder.name} is cancelled; `alma resume {folder.name}` goes on from there.\n"
    )  # fmt: skip
    assert "cancelled" in alma("status", str(folder)).stdout
    again = alma("cancel", folder.name)
    assert again.returncode == 2
    assert "is cancelled, one that is queued or running was expected" in again.stderr


def test_resume_goes_on_with_a_run_that_the_terminal_began(tmp_path: Path):
    out = tmp_path / "mine"
    words = [*MIDDLE.split(), "--out", str(out)]
    command = [sys.executable, "-c", "import sys; from alma_core.cli import main; sys.exit(main())", "run", *words]
    begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: (out / "progress.json").exists() and jobs.state(out).facts.get("updates_done", 0) > 2)
    kill(out)
    begun.wait()
    done = alma("resume", str(out))
    assert done.returncode == 0, done.stderr
    assert "is ready for `alma decide`" in done.stdout
    assert "complete" in alma("status", str(out)).stdout
    assert alma("decide", str(out)).returncode == 0
    assert alma("run", *words[:-1], str(tmp_path / "again")).returncode == 0
    assert unequal(ledger(out), ledger(tmp_path / "again")) == []


@pytest.mark.parametrize("command", ["status", "cancel", "resume"])
def test_what_is_no_run_is_said(command: str, tmp_path: Path):
    for name in ("no-such-run", "../../no-such-folder"):
        done = alma(command, name)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert f"There is no run {name}" in done.stderr
    (tmp_path / "empty").mkdir()
    done = alma(command, str(tmp_path / "empty"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_finished_run_is_neither_cancelled_nor_resumed():
    folder = launch(QUICK)
    until_it_is(folder, FINISHED)
    assert "is complete, one that is queued or running was expected" in alma("cancel", folder.name).stderr
    done = alma("resume", folder.name)
    assert done.returncode == 2
    assert "holds a finished run already" in done.stderr


def test_the_answers_come_in_japanese():
    folder = launch(LONG)
    kill(folder)
    assert "中断" in alma("status", folder.name, LC_ALL="ja_JP.UTF-8").stdout
    assert "「中断」です" in alma("cancel", folder.name, LC_ALL="ja_JP.UTF-8").stderr


def test_without_dask_a_scheduler_is_refused_in_one_sentence(tmp_path: Path):
    (tmp_path / "distributed.py").write_text("raise ImportError('not here')")
    done = alma("run", "--dry-run", "--scheduler", "tcp://127.0.0.1:9", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Dask is not installed here" in done.stderr
    named = alma("run", "--dry-run", PYTHONPATH=str(tmp_path), ALMA_SCHEDULER="tcp://127.0.0.1:9")
    assert named.stderr == done.stderr
