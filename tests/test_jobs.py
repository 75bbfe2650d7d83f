"""A run as a real process: launched, looked at, killed, cancelled, resumed."""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from alma_core import about, jobs, language, library, listing, presence, turns
from alma_core.errors import DataError, RunError, SpecError
from alma_core.home import home
from alma_core.jobs import ALIVE, FINISHED, INTERRUPTED, NONE
from alma_core.presence import CANCELLED, FAILED, QUEUED, RUNNING
from tests.conftest import unequal
from tests.launching import LONG, MIDDLE, QUICK, in_a_process, kill, launch, ledger, name_of, pid_of, until, until_it_is


def test_a_run_is_launched_and_finishes():
    folder = launch(QUICK)
    assert name_of(folder) in ALIVE
    until_it_is(folder, FINISHED)
    until(lambda: "is ready" in "".join(jobs.log_tail(folder)))
    run = library.open_run(folder)
    assert run.spec.seeds == 1
    assert run.manifest["command"].startswith("alma run --data digits")
    assert about.read(folder).owner == "local"
    assert folder == home() / "runs" / run.id
    pid = presence.read(folder).pid
    until(lambda: name_of(folder) == FINISHED and not Path(f"/proc/{pid}").exists())  # nor is it left as a zombie


def test_the_same_spec_opens_the_finished_run():
    folder = launch(QUICK)
    until_it_is(folder, FINISHED)
    before = (folder / "manifest.json").stat().st_mtime_ns
    assert launch(QUICK) == folder
    assert name_of(folder) == FINISHED
    assert (folder / "manifest.json").stat().st_mtime_ns == before
    shipped = library.find("digits")
    assert launch(" ".join(shipped.manifest["command"].split()[2:])) == shipped.path


def test_looking_never_stands_in_the_way(tmp_path: Path):
    """Eight who look without a pause, and one that takes the lock three hundred times: it is never told "busy"."""
    (tmp_path / presence.LOCK).touch()
    (tmp_path / presence.GATE).touch()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            presence.lives(tmp_path)

    lookers = [threading.Thread(target=look) for _ in range(8)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(300):
            lock = presence.take(tmp_path)
            assert lock is not None
            os.close(lock)
    finally:
        stop.set()
        for looker in lookers:
            looker.join()


def test_at_no_moment_does_a_live_run_seem_dead():
    folder = launch(QUICK)
    seen = []
    until(lambda: seen.append(name_of(folder)) or seen[-1] == FINISHED)
    assert [name for name, before in zip(seen, [None, *seen], strict=False) if name != before] in (
        [QUEUED, RUNNING, FINISHED], [RUNNING, FINISHED]
    )  # fmt: skip


def test_two_apps_that_launch_the_same_in_the_same_second_make_one_run():
    code = "sys.stdin; folder = launch(sys.argv[1]); print(folder)"
    apps = [in_a_process(code, QUICK) for _ in range(4)]
    said = [app.communicate(timeout=120) for app in apps]
    folders = {out.strip() for out, _err in said}
    assert len(folders) == 1, said
    folder = Path(folders.pop())
    until_it_is(folder, FINISHED)
    until(lambda: not presence.lives(folder))
    assert (folder / "run.log").read_text().count("is ready") == 1
    assert (home() / "queue" / "next").read_text() == "1"


def test_it_outlives_the_app_and_the_terminal():
    app = in_a_process("print(launch(sys.argv[1]), flush=True); sys.stdin.read(); import time; time.sleep(600)", QUICK)
    assert app.stdout is not None
    folder = Path(app.stdout.readline().strip())
    app.kill()
    app.communicate()
    assert os.getsid(pid_of(folder)) == pid_of(folder)
    assert name_of(folder) in (*ALIVE, FINISHED)
    until_it_is(folder, FINISHED)


def test_it_keeps_nothing_open_that_its_launcher_had():
    code = """
left, right = os.pipe()
os.set_inheritable(right, True)
print(launch(sys.argv[1]), flush=True)
os.close(right)
print(repr(os.read(left, 1)))
"""
    out, err = in_a_process(code, LONG).communicate(timeout=120)
    folder, read = out.split()
    assert read == "b''", err
    assert name_of(Path(folder)) in ALIVE
    kill(Path(folder))


def test_a_killed_run_is_interrupted_and_goes_on():
    folder = launch(MIDDLE)
    until(lambda: jobs.state(folder).facts.get("updates_done", 0) > 3 or name_of(folder) == FINISHED)
    kill(folder)
    assert name_of(folder) == INTERRUPTED
    assert jobs.state(folder).done > 0
    jobs.resume(folder)
    assert name_of(folder) in ALIVE
    until_it_is(folder, FINISHED)


@pytest.mark.slow
def test_killed_at_twenty_random_moments_it_ends_with_the_same_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    words = f"{MIDDLE} --epochs 30"
    folder, draws = launch(words), random.Random(0)
    for number in range(20):
        lived = folder / "progress.json"
        lived.unlink(missing_ok=True)  # each life writes its own
        if number % 2:  # every other time when there is something to lose, else at any moment of its beginning
            until(lived.exists)
        threading.Event().wait(draws.uniform(0, 0.5 if number % 2 else 3.0))
        assert name_of(folder) in ALIVE
        kill(folder)
        assert name_of(folder) == INTERRUPTED
        jobs.resume(folder)
    until_it_is(folder, FINISHED)
    undisturbed = ledger(folder)
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "another"))
    other = launch(words)
    until_it_is(other, FINISHED)
    assert unequal(undisturbed, ledger(other)) == []


@pytest.mark.slow
def test_twenty_launches_finish_in_order_one_at_a_time(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(59, 0, -1))  # a clock that runs backwards: it orders nothing
    monkeypatch.setattr(about, "now", lambda: f"2026-01-01T00:00:{next(clock):02}+00:00")
    folders = [launch(f"--data digits --mega-batches {count} --waits 2 --capacities S --seeds 1 --epochs 1 --jobs 1")
               for count in range(2, 22)]  # fmt: skip
    assert len({str(folder) for folder in folders}) == 20
    finished: list[Path] = []

    def all_done() -> bool:
        states = {folder: presence.read(folder).stage for folder in folders if presence.lives(folder)}
        assert list(states.values()).count(RUNNING) <= 1
        finished.extend(f for f in folders if f not in finished and f not in states and name_of(f) == FINISHED)
        return len(finished) == 20

    assert jobs.state(folders[-1]).ahead in (18, 19)
    assert [one.folder for one in listing.own()][:20] == folders
    until(all_done, 500)
    assert finished == folders


def test_with_two_slots_two_run_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALMA_SLOTS", "2")
    folders = [launch(LONG + f" --mega-batches {count}") for count in (138, 139, 140)]
    try:
        until(lambda: [name_of(folder) for folder in folders] == [RUNNING, RUNNING, QUEUED])
        assert jobs.state(folders[2]).ahead == 2
        kill(folders[0])
        until(lambda: name_of(folders[2]) == RUNNING)
    finally:
        for folder in folders[1:]:
            kill(folder)


def test_slots_that_are_no_number_are_said_before_anything_is_written(monkeypatch: pytest.MonkeyPatch):
    for given in ("0", "many", "-1", "65", "²"):
        monkeypatch.setenv("ALMA_SLOTS", given)
        with pytest.raises(SpecError, match=f"ALMA_SLOTS={given} was given, a whole number from 1 to 64 was expected"):
            launch(QUICK)
    assert not (home() / "runs").exists()


def test_a_clock_that_is_set_back_changes_no_order():
    if shutil.which("faketime") is None:
        pytest.skip("no faketime on the path; Debian's package is called faketime")
    first = launch(LONG)
    code = "print(launch(sys.argv[1]))"
    before = ("faketime", "-m", "-f", "-400d")
    out, err = in_a_process(code, QUICK, before=before).communicate(timeout=120)
    second = Path(out.strip())
    try:
        assert about.read(second).requested < about.read(first).requested, err
        until(lambda: name_of(first) == RUNNING)
        assert name_of(second) == QUEUED
        assert jobs.state(second).ahead == 1
    finally:
        kill(first)
    until_it_is(second, FINISHED)


def test_cancel_is_polite_and_a_cancelled_run_can_go_on():
    folder = launch(MIDDLE)
    until(lambda: jobs.state(folder).facts.get("updates_done", 0) > 3)
    jobs.cancel(folder, polite_seconds=60)
    state = jobs.state(folder)
    assert (state.name, state.said) == (CANCELLED, "")
    assert state.facts["updates_done"] > 3
    assert "Stopped before the end" in jobs.log_tail(folder)[-1]
    jobs.resume(folder)
    until_it_is(folder, FINISHED)


def test_cancel_is_firm_with_a_process_that_does_not_listen():
    folder = launch(LONG)
    until_it_is(folder, RUNNING)
    os.kill(pid_of(folder), signal.SIGSTOP)
    jobs.cancel(folder, polite_seconds=0.3)
    assert name_of(folder) == CANCELLED


def test_what_is_queued_is_cancelled_at_once_and_the_next_moves_up():
    first, second, third = (launch(LONG + f" --mega-batches {count}") for count in (138, 139, 140))
    try:
        jobs.cancel(second)
        assert name_of(second) == CANCELLED
        assert jobs.state(third).ahead == 1
    finally:
        kill(third)
        kill(first)


def test_cancel_reaches_a_run_whose_launcher_ignores_interrupts():
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(launch(sys.argv[1]))"
    folder = Path(in_a_process(code, LONG).communicate(timeout=120)[0].strip())
    until(lambda: jobs.state(folder).facts.get("updates_done", 0) > 0)
    jobs.cancel(folder, polite_seconds=60)
    assert "Stopped before the end" in jobs.log_tail(folder)[-1]


def test_a_run_of_the_terminal_is_one_of_them():
    words = ["run", *LONG.split()]
    terminal = in_a_process(f"from alma_core.cli import main; sys.exit(main({words!r}))")
    until(lambda: library.own() and name_of(library.own()[0]) == RUNNING)
    (folder,) = library.own()
    until(lambda: jobs.state(folder).facts.get("updates_done", 0) > 0)
    jobs.cancel(folder, polite_seconds=60)
    terminal.communicate()
    assert terminal.returncode == 130
    assert name_of(folder) == CANCELLED


def test_what_cannot_be_cancelled_or_resumed_is_said():
    folder = launch(QUICK)
    with pytest.raises(RunError, match=r"is (queued|running), one that was interrupted, cancelled or has failed was"):
        jobs.resume(folder)
    until_it_is(folder, FINISHED)
    with pytest.raises(RunError, match="is complete, one that was interrupted"):
        jobs.resume(folder)
    with pytest.raises(RunError, match="is complete, one that is queued or running was expected"):
        jobs.cancel(folder)
    with pytest.raises(RunError, match="is not there, one that is queued"):
        jobs.cancel(folder.with_name("another"))


@pytest.mark.parametrize(("spoken", "says"), [("en", "has changed since"), ("ja", "変わっています")])
def test_why_a_run_failed_is_said_in_the_language_of_the_page(spoken: str, says: str):
    folder = launch(LONG)
    kill(folder)
    about.write(folder, about.About(data="of something else"))
    with language.speaking(spoken):
        jobs.resume(folder)
    until_it_is(folder, FAILED)
    said = jobs.state(folder).said
    assert says in said
    assert said.isascii() == (spoken == "en")
    until(lambda: said in "".join(jobs.log_tail(folder)))


def test_data_that_has_changed_is_not_mixed_with_what_there_was():
    from alma_core.commands.jobs import go_on

    folder = launch(LONG)
    kill(folder)
    about.write(folder, about.About(data="of something else"))
    with pytest.raises(DataError, match="The data digits has changed"):
        go_on(folder)


def test_a_folder_that_is_deleted_while_it_is_watched():
    folder = launch(LONG)
    until(lambda: jobs.state(folder).facts)
    pid = pid_of(folder)
    shutil.rmtree(folder)
    assert name_of(folder) == NONE
    assert listing.own() == []
    until(lambda: not Path(f"/proc/{pid}").exists() or os.waitpid(pid, os.WNOHANG) != (0, 0))
    assert not folder.exists()


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "file"))
    with pytest.raises(RunError, match="cannot be written"):
        launch(QUICK)


@pytest.mark.parametrize("written", ["", "{", '{"updates": 5, "upd', "[1, 2]", '{"updates": "many"}', "null", "\0\0"])
def test_progress_that_is_half_written_is_none(written: str):
    folder = launch(LONG)
    try:
        until(lambda: (folder / "progress.json").exists())
        os.kill(pid_of(folder), signal.SIGSTOP)
        (folder / "progress.json").write_text(written)
        assert jobs.state(folder) == jobs.State(RUNNING, {})
    finally:
        kill(folder)


def test_of_a_log_of_a_hundred_megabytes_only_the_end_is_read(tmp_path: Path):
    line = "x" * 99 + "\n"
    with (tmp_path / "run.log").open("w") as log:
        for _ in range(100):
            log.write(line * 10_000)
        log.write("誤り: the last line\n\n")
    assert (tmp_path / "run.log").stat().st_size > 100_000_000
    asked: list[int] = []
    whole = os.fspath(tmp_path / "run.log")
    before = Path(f"/proc/{os.getpid()}/io").read_text()
    tail = jobs.log_tail(tmp_path, 3)
    after = Path(f"/proc/{os.getpid()}/io").read_text()
    asked = [int(text.split("rchar: ")[1].split()[0]) for text in (before, after)]
    assert asked[1] - asked[0] < 1_000_000, whole
    assert list(tail) == [line.strip(), line.strip(), "誤り: the last line"]


def test_a_process_that_may_write_no_more_fails_with_a_sentence_and_goes_on_later(monkeypatch, tmp_path: Path):
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)); print(launch(sys.argv[1]))"
    out, err = in_a_process(code, QUICK).communicate(timeout=120)
    assert out, err
    folder = Path(out.strip())
    until_it_is(folder, FAILED)
    assert "File too large" in jobs.state(folder).said or "disk" in jobs.state(folder).said
    assert not list(folder.glob(".*.tmp"))
    goes_on_to_the_same_ledger(folder, monkeypatch, tmp_path)


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        monkeypatch.setenv("ALMA_HOME", str(disk))
        folder = launch(QUICK)
        until_it_is(folder, FAILED)
        assert jobs.state(folder).said
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        goes_on_to_the_same_ledger(folder, monkeypatch, tmp_path)
    finally:
        subprocess.run(["umount", disk], check=True)


def goes_on_to_the_same_ledger(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    jobs.resume(folder)
    until_it_is(folder, FINISHED)
    after = ledger(folder)
    until(lambda: not presence.lives(folder))
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "another"))
    other = launch(QUICK)
    until_it_is(other, FINISHED)
    assert unequal(after, ledger(other)) == []


def test_what_was_written_half_on_the_slip_counts_as_interrupted():
    folder = launch(LONG)
    kill(folder)
    (folder / presence.LOCK).write_bytes(b'{"stage": "fai')
    assert jobs.state(folder).name == INTERRUPTED


def test_a_run_that_waits_is_small():
    first, second = launch(LONG), launch(LONG + " --mega-batches 139")
    try:
        until(lambda: jobs.state(first).facts)
        resident = Path(f"/proc/{pid_of(second)}/statm").read_text().split()[1]
        assert int(resident) * os.sysconf("SC_PAGE_SIZE") < 60e6
        assert jobs.state(second).ahead == 1
    finally:
        kill(second)
        kill(first)


def test_who_asked_and_what_it_is_called_lie_in_the_folder():
    folder = launch(QUICK)
    about.rename(folder, "  Spring   budget 春 ")
    told = json.loads((folder / "about.json").read_text("utf-8"))
    assert (told["name"], told["owner"]) == ("Spring budget 春", "local")
    with pytest.raises(RunError, match="at most 100 letters"):
        about.rename(folder, "x" * 101)
    with pytest.raises(RunError, match="at most 100 letters"):
        about.rename(folder, "a\x00b")
    until_it_is(folder, FINISHED)
    assert library.open_run(folder).id == folder.name
    assert listing.listed(folder).name == "Spring budget 春"
    until(lambda: turns.ahead(1) is None)  # its process may still be putting its work down
