"""Whose turn it is: runs wait for a device in the order in which they came, by numbers, never by the clock.

queue/next           the last number that was given, written under the queue's lock
queue/000000000012   a ticket: which run's folder waits for which device
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock

from alma_core import files, presence
from alma_core.errors import RunError, SpecError
from alma_core.home import home
from alma_core.language import _
from alma_core.presence import Slip

LOOK_AGAIN_SECONDS: Final = 0.2
LOCKED_SECONDS: Final = 30
"""The queue's lock is held for milliseconds."""
MOST_SLOTS: Final = 64


class Ticket(NamedTuple):
    """A place in the queue.

    Args:
        number: 1 and up, in order of arrival.
        device: what is waited for: "cpu", "cuda" or the address of a cluster.
        folder: of the run.
        path: where the ticket lies.
    """

    number: int
    device: str
    folder: Path
    path: Path

    @property
    def holds(self) -> bool:
        """Whether its run still waits or runs under this number."""
        return presence.read(self.folder).number == self.number and presence.lives(self.folder)


def slots() -> int:
    """Return how many runs may be under way at once on one device: `ALMA_SLOTS`, by default 1.

    Raises:
        SpecError: it does not say a number.
    """
    given = os.environ.get("ALMA_SLOTS") or "1"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= MOST_SLOTS:
        raise SpecError(
            _("ALMA_SLOTS={given} was given, a whole number from 1 to {most} was expected; change or unset it.").format(
                given=given, most=MOST_SLOTS
            )
        )
    return int(given)


def enter(lock: int, folder: Path, device: str) -> int:
    """Put a run whose lock is held at the end of the queue for a device and return its number.

    Raises:
        OSError: there is no room.
        RunError: the queue stays locked.
    """
    with _locked() as queue:
        number = _last(queue) + 1
        files.write(queue / "next", str(number))
        presence.write(lock, Slip(presence.QUEUED, number=number))  # before the ticket: else it would seem abandoned
        files.write(queue / f"{number:012d}", json.dumps([device, str(folder)]))
        return number


def wait(number: int) -> None:
    """Return once so few runs before this number are left on its device that there is a slot for it."""
    while (before := ahead(number)) is not None and before >= slots():
        time.sleep(LOOK_AGAIN_SECONDS)


def leave(number: int) -> None:
    """Give a place in the queue up."""
    (_queue() / f"{number:012d}").unlink(missing_ok=True)


def ahead(number: int) -> int | None:
    """Return how many runs come before a number on its device; abandoned tickets are thrown away. None: it has left."""
    tickets = _tickets()
    own = tickets.pop(number, None)
    if own is None:
        return None
    count = 0
    for ticket in tickets.values():
        if ticket.number < number and ticket.device == own.device:
            if ticket.holds:
                count += 1
            else:
                leave(ticket.number)
    return count


def _queue() -> Path:
    return home() / "queue"


@contextmanager
def _locked() -> Iterator[Path]:
    queue = _queue()
    queue.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(queue / ".lock", timeout=LOCKED_SECONDS):
            yield queue
    except TimeoutError as error:
        raise RunError(
            _("The queue in {path} stays locked by another process; end that one, or try again.").format(path=queue)
        ) from error


def _last(queue: Path) -> int:
    """Return the last number given; where that does not read, the highest of the tickets."""
    highest = max(_tickets(), default=0)
    try:
        return max(highest, int((queue / "next").read_text("ascii")))
    except (OSError, ValueError):  # the first one ever, or damaged
        return highest


def _tickets() -> dict[int, Ticket]:
    """Return the tickets by number, in their order."""
    found = (_read(path) for path in sorted(_queue().glob("[0-9]*")))
    return {ticket.number: ticket for ticket in found if ticket}


def _read(path: Path) -> Ticket | None:
    try:
        device, folder = json.loads(path.read_text("utf-8"))
        return Ticket(int(path.name), str(device), Path(folder), path)
    except (OSError, ValueError, TypeError):  # just given up, or damaged
        return None
