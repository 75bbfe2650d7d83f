"""A run as a process of its own: started apart from whoever asks for it; how far it is, is read off its folder.

While the process lives it holds an OS lock on `.job.lock`, which it has inherited: so whoever looks tells a live run
from a dead one, and never stands in the way of the lock that the run itself takes.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from alma_core import language
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.library import LOCK, LOG, MANIFEST, PROGRESS

TRIES: Final = 5
BETWEEN_TRIES_SECONDS: Final = 0.05
"""Somebody who only looks holds the lock for a moment."""
COMMAND: Final = "import sys; from alma_core.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class State:
    """How far a run is.

    Args:
        name: "none" (never started here), "running", "finished", or "failed" (it ended before it was done; starting it
            again goes on from there).
        facts: the figures of its progress file; empty while there is none.
        said: the last line of what it said.
    """

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""


def start(words: Sequence[str], folder: Path) -> None:
    """Start `alma run` as a process of its own, which goes on when whoever started it is gone.

    Args:
        words: after `alma run`, without --out.
        folder: of the run; an interrupted one goes on.

    Raises:
        RunError: it is running already, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RunError(
            _("{path} cannot be written ({problem}); choose another folder or make room.").format(
                path=folder, problem=error.strerror or error
            )
        ) from error
    try:
        if not any(_is_free(lock) for _try in range(TRIES)):
            raise RunError(_("The run in {path} is under way already; wait for it.").format(path=folder))
        os.set_inheritable(lock, True)
        pid = _spawn([sys.executable, "-c", COMMAND, "run", *words, "--out", str(folder)], folder / LOG)
        os.pwrite(lock, f"{pid:<20}".encode(), 0)
    finally:
        os.close(lock)  # the lock stays with the process that has inherited it


def _spawn(command: list[str], log: Path) -> int:
    spoken = {"LC_ALL": language.current(), "PYTHONUTF8": "1"}
    return os.posix_spawn(
        command[0],
        command,
        os.environ | spoken,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _is_free(lock: int) -> bool:
    """Take the lock of an open file, and return whether that could be done."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    time.sleep(BETWEEN_TRIES_SECONDS)
    return False


def state(folder: Path) -> State:
    """Return how far the run in `folder` is."""
    lives = _lives(folder)
    said = _last_line(folder / LOG)
    if (folder / MANIFEST).is_file():
        return State("finished", {}, said)
    if lives is None:
        return State("none")
    return State("running" if lives else "failed", _facts(folder), said)


def _lives(folder: Path) -> bool | None:
    """Return whether the process lives that was started for `folder`; None: none was."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        if not _is_free(lock):
            return True
        _bury(lock)
        return False
    finally:
        os.close(lock)


def _bury(lock: int) -> None:
    """Let go of the process that has ended, where it was ours: until then its entry stays in the system's list."""
    with suppress(ValueError, OSError):
        os.waitpid(int(os.pread(lock, 20, 0)), os.WNOHANG)


def _facts(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / PROGRESS).read_text("utf-8"))
    except (OSError, ValueError):  # none yet
        return {}
    return found if isinstance(found, dict) else {}


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "").removeprefix("alma: ")
