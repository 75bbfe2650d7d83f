"""Whether the process of a run lives: it holds an OS lock on a file of the run's folder, which is free however it ends.

What the process came to stands in that file, its slip, which only the holder of the lock writes. Whoever tries the
lock, to take it or to look, holds the folder's gate meanwhile: so nobody who only looks is ever taken for a run.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from filelock import lock_descriptor

from alma_core.errors import AlmaError

LOCK: Final = ".lock"
GATE: Final = ".gate"
SLIP_BYTES: Final = 4096
"""A slip always takes so many, so that writing how a run ended needs no room on a disk that is full."""
LONGEST_SAID: Final = 1000
LOOK_AGAIN_SECONDS: Final = 0.05
GATE_POLL_SECONDS: Final = 0.002
"""The gate is held for microseconds."""

QUEUED, RUNNING, FAILED, CANCELLED = "queued", "running", "failed", "cancelled"


@dataclass(frozen=True)
class Slip:
    """What a run's process last wrote of itself; true of now only while the lock is held.

    Args:
        stage: QUEUED, RUNNING, FAILED or CANCELLED; empty: it never wrote.
        pid: the process.
        number: its place in the queue; 0: it never queued.
        said: why it failed, one sentence.
    """

    stage: str = ""
    pid: int = 0
    number: int = 0
    said: str = ""


def take(folder: Path, seconds: float = 0.0) -> int | None:
    """Take the lock of a run's folder and return its open file, to be closed by whoever holds it; None: it is held.

    Args:
        seconds: how long to go on trying.

    Raises:
        OSError: there is no such folder, or it cannot be written.
    """
    end = time.monotonic() + seconds
    while (lock := _taken(folder)) is None and time.monotonic() < end:
        time.sleep(LOOK_AGAIN_SECONDS)
    return lock


def _taken(folder: Path) -> int | None:
    with _gate(folder, os.O_RDWR | os.O_CREAT):
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if lock_descriptor(lock, blocking=False):
            return lock
        os.close(lock)
        return None


@contextmanager
def closing(lock: int) -> Iterator[None]:
    """Let go of a lock at the end of a `with` block; a process that has inherited it keeps it."""
    try:
        yield
    finally:
        os.close(lock)


def lives(folder: Path) -> bool:
    """Return whether a process holds the lock of a run's folder; nothing is made where none ever did."""
    try:
        with _gate(folder, os.O_RDONLY):
            lock = os.open(folder / LOCK, os.O_RDONLY)
            with closing(lock):
                return not lock_descriptor(lock, blocking=False)
    except FileNotFoundError:
        return False


@contextmanager
def _gate(folder: Path, flags: int) -> Iterator[None]:
    gate = os.open(folder / GATE, flags, 0o600)
    try:
        lock_descriptor(gate, poll_interval=GATE_POLL_SECONDS)
        yield
    finally:
        os.close(gate)


def read(folder: Path) -> Slip:
    """Return the slip of a run's folder; an empty one where there is none that reads."""
    try:
        return _parsed((folder / LOCK).read_bytes())
    except OSError:  # none yet
        return Slip()


def write(lock: int, slip: Slip) -> None:
    """Write the slip of a lock that is held, in place.

    Raises:
        OSError: the first time, if there is no room.
    """
    told = asdict(replace(slip, said=slip.said[:LONGEST_SAID]))
    os.pwrite(lock, json.dumps(told, ensure_ascii=False).encode().ljust(SLIP_BYTES), 0)


def of(lock: int) -> Slip:
    """Return the slip of a lock that is held; an empty one before the first is written."""
    return _parsed(os.pread(lock, SLIP_BYTES, 0))


def _parsed(written: bytes) -> Slip:
    try:
        slip = Slip(**json.loads(written))
        return Slip(str(slip.stage), int(slip.pid), int(slip.number), str(slip.said))
    except (ValueError, TypeError):  # nothing written yet, or cut off by a loss of power
        return Slip()


@contextmanager
def telling(lock: int) -> Iterator[None]:
    """Write on the slip how the work within a `with` block ends, unless it ends well or the process is killed."""
    try:
        yield
    except KeyboardInterrupt:
        write(lock, replace(of(lock), stage=CANCELLED, said=""))
        raise
    except AlmaError as error:
        _failed(lock, str(error))
        raise
    except Exception as error:
        _failed(lock, f"{type(error).__name__}: {error}")
        raise


def _failed(lock: int, said: str) -> None:
    write(lock, replace(of(lock), stage=FAILED, said=" ".join(said.split())))
