"""A run as a process of its own: launched, watched, cancelled, resumed; how far it is, is read off its folder.

Its process (`attendant`) has inherited the lock of its folder, so there is no moment at which it seems dead, and
outlives whoever launched it. It waits for its turn on its device and is niced, so that the pages stay quick.
"""

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from alma_core import about, files, language, library, presence, specs, turns
from alma_core.about import About
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners.devices import may_have_cuda
from alma_core.library import LOG, MANIFEST, PROGRESS
from alma_core.presence import CANCELLED, FAILED, QUEUED, RUNNING, Slip

NONE, FINISHED, INTERRUPTED = "none", "finished", "interrupted"
ALIVE: Final = (QUEUED, RUNNING)
CAN_GO_ON: Final = (FAILED, CANCELLED, INTERRUPTED)

POLITE_SECONDS: Final = 10.0
"""How long a run that is cancelled may take to put its work down."""
FIRM_SECONDS: Final = 5.0
"""How long the system takes at most to end a process that is killed."""
LOOK_AGAIN_SECONDS: Final = 0.05
TAIL_BYTES: Final = 64 * 1024
"""So much of a log is looked at, however long it is."""


@dataclass(frozen=True)
class State:
    """How far a run is.

    Args:
        name: NONE (nothing is there), QUEUED, RUNNING, FINISHED, FAILED (it ended by itself before it was done),
            CANCELLED, or INTERRUPTED (its process was killed); the last three can go on.
        facts: the figures of its progress file; empty while there is none.
        said: why it failed.
        ahead: runs that come before it, while it is queued.
    """

    name: str
    facts: Mapping[str, float] = field(default_factory=dict)
    said: str = ""
    ahead: int = 0

    @property
    def done(self) -> float:
        """Share of the work that is done, 0..1."""
        flops = self.facts.get("flops", 0.0)
        if self.name == FINISHED:
            return 1.0
        return min(1.0, self.facts.get("flops_done", 0.0) / flops) if flops > 0 else 0.0


def state(folder: Path) -> State:
    """Return how far the run in `folder` is, by its files and its lock alone.

    Raises:
        RunError: the folder cannot be read.
    """
    try:
        alive = presence.lives(folder)
    except OSError as error:
        raise files.cannot_write(folder, error) from error
    slip = presence.read(folder)  # after the lock: who held it may since have told how it ended
    if (folder / MANIFEST).is_file():
        _bury(slip)
        return State(FINISHED)
    facts = _facts(folder)
    if alive and slip.stage == RUNNING:
        return State(RUNNING, facts)
    if alive:
        return State(QUEUED, facts, ahead=turns.ahead(slip.number) or 0)
    if not (folder / "spec.json").is_file():
        return State(NONE)
    _bury(slip)
    if slip.stage in (FAILED, CANCELLED):
        return State(slip.stage, facts, slip.said)
    return State(INTERRUPTED, facts)


def _bury(slip: Slip) -> None:
    """Let go of a process that has ended, where it was ours: until then its entry stays in the system's list."""
    if slip.pid > 0:
        with suppress(OSError):
            os.waitpid(slip.pid, os.WNOHANG)


def _facts(folder: Path) -> dict[str, float]:
    try:
        found = json.loads((folder / PROGRESS).read_text("utf-8"))
        numbers = {str(name): float(value) for name, value in found.items() if isinstance(value, int | float)}
    except (OSError, ValueError, AttributeError):  # none yet, or half written
        return {}
    return {name: number for name, number in numbers.items() if math.isfinite(number) and number >= 0}


def launch(spec: specs.RunSpec, asked: About) -> Path:
    """Start a run in the user's library, or find the one that is the same and that they may see; return its folder.

    Args:
        spec: what is asked.
        asked: of which data, by whom, and how it is to be carried out.

    Raises:
        RunError: the folder cannot be written.
        SpecError: `ALMA_SLOTS` is no number.
    """
    same = library.made(spec, asked.data, partial(about.sees, asked.owner))
    if same is not None:
        return same
    folder = place_of(spec, asked)
    _start(folder, asked, spec)
    return folder


def place_of(spec: specs.RunSpec, asked: About) -> Path:
    """Return the folder that a run has, or will have; where people sign in, each has their own."""
    return library.place_of(spec, asked.data, "" if asked.owner == about.LOCAL else asked.owner)


def resume(folder: Path) -> None:
    """Have a run that was interrupted, cancelled or has failed go on from its last finished stack.

    Raises:
        RunError: it is finished or under way, or the folder cannot be written.
    """
    now = state(folder).name
    if now not in CAN_GO_ON:
        raise RunError(
            _("The run in {path} is {state}, one that was interrupted, cancelled or has failed was expected.").format(
                path=folder, state=spoken(now)
            )
        )
    _start(folder, about.read(folder), None)


def spoken(state: str) -> str:
    """Return the name of a state in the language in use."""
    return {
        NONE: _("not there"), QUEUED: _("queued"), RUNNING: _("running"), FINISHED: _("complete"),
        FAILED: _("failed"), CANCELLED: _("cancelled"), INTERRUPTED: _("interrupted"),
    }[state]  # fmt: skip


def _start(folder: Path, asked: About, spec: specs.RunSpec | None) -> None:
    """Put a run in the queue and give it a process, unless it has one or is finished.

    Args:
        spec: of a new run; None: it is in the folder.
    """
    turns.slots()  # what is wrong with it is said before anything is written
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = presence.take(folder)
        if lock is None:  # somebody has just launched the same
            return
        with presence.closing(lock):
            if (folder / MANIFEST).is_file():
                return
            if spec is not None:
                files.write(folder / "spec.json", library.as_json(specs.to_json(spec)))
                about.write(folder, asked)
            turns.enter(lock, folder, asked.scheduler or _device(asked.device))
            _spawn(folder, lock)
    except OSError as error:
        raise files.cannot_write(folder, error) from error


def _device(asked: str) -> str:
    """Return the device whose queue a run joins, without asking torch for it."""
    return asked if asked != "auto" else "cuda" if may_have_cuda() else "cpu"


def _spawn(folder: Path, lock: int) -> None:
    command = [sys.executable, "-m", "alma_core.attendant", str(folder), str(lock)]
    os.set_inheritable(lock, True)
    os.posix_spawn(
        command[0],
        command,
        os.environ | {"LC_ALL": language.current(), "PYTHONUTF8": "1"},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(folder / LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def cancel(folder: Path, polite_seconds: float = POLITE_SECONDS) -> None:
    """End a run that is queued or running; politely, then firmly. What is finished of it stays.

    Args:
        polite_seconds: how long it may take to put its work down.

    Raises:
        RunError: it is not under way, or cannot be ended.
    """
    now = state(folder).name
    if now not in ALIVE:
        raise RunError(
            _("The run in {path} is {state}, one that is queued or running was expected.").format(
                path=folder, state=spoken(now)
            )
        )
    _signal(folder, signal.SIGINT)
    if not _within(polite_seconds, lambda: not presence.lives(folder)):
        _signal(folder, signal.SIGKILL)
        if not _within(FIRM_SECONDS, lambda: not presence.lives(folder)):
            raise RunError(_("The run in {path} does not end; end its process by hand.").format(path=folder))
    _tell_cancelled(folder)


def _signal(folder: Path, number: int) -> None:
    """Send a signal to the process that holds the lock of a folder."""
    _within(FIRM_SECONDS, lambda: presence.read(folder).pid > 0 or not presence.lives(folder))
    pid = presence.read(folder).pid
    if pid > 0 and presence.lives(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _tell_cancelled(folder: Path) -> None:
    """Write on the slip that a run was cancelled, where its process had no time to."""
    lock = presence.take(folder)
    if lock is None:  # somebody has already had it go on
        return
    with presence.closing(lock):
        if presence.of(lock).stage != CANCELLED:
            presence.write(lock, Slip(CANCELLED, number=presence.of(lock).number))


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Return whether a condition comes true within so many seconds."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(LOOK_AGAIN_SECONDS)
    return met


def log_tail(folder: Path, lines: int = 40) -> Sequence[str]:
    """Return the last lines of what a run said, however long its log is."""
    try:
        with (folder / LOG).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = log.read(TAIL_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.split("\n") if line.strip()][-lines:]
