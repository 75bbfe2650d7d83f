"""What people say of a run, beside what it is: its name, whose it is, who may see it, and how it is carried out."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from alma_core import files, library, shipped
from alma_core.errors import RunError
from alma_core.language import _

ABOUT: Final = "about.json"
DECISION: Final = "decision.json"
"""What people decided on it; see `decision_file`."""
LOCAL: Final = "local"
"""Who asks for runs where nobody signs in: the command line, and a dashboard without sign-in; to them all is open."""
NOBODY: Final = ""
"""Who has not signed in where it is asked for."""
UNKNOWN: Final = "unknown"
"""Whose a run is where that cannot be read: open to LOCAL alone."""
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class About:
    """What is said of one run; none of it changes its numbers.

    Args:
        name: how people call it; empty: by its id.
        owner: who asked for it: LOCAL, or how somebody who signed in is known.
        shared: whether everybody who can sign in may see it.
        requested: when, in ISO format, for people to read.
        command: `alma run` with the options that ask for it.
        data: SHA-256 of the data it was asked of.
        device, jobs, threads, stack_memory, scheduler: as in `alma run`.
    """

    name: str = ""
    owner: str = LOCAL
    shared: bool = False
    requested: str = ""
    command: str = ""
    data: str = ""
    device: str = "auto"
    jobs: int | None = None
    threads: int = 1
    stack_memory: float | None = None
    scheduler: str | None = None


def now() -> str:
    """Return the time of day, which orders nothing."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read(folder: Path) -> About:
    """Return what is said of the run in a folder; the defaults where nothing is, of UNKNOWN where it does not read."""
    try:
        told = dict(json.loads((folder / ABOUT).read_text("utf-8")))
        known: dict[str, Any] = {name: told[name] for name in asdict(About()) if name in told}
    except FileNotFoundError:
        return About()
    except (OSError, ValueError, TypeError, RecursionError):
        return About(owner=UNKNOWN)
    if not isinstance(known.setdefault("owner", UNKNOWN), str):
        known["owner"] = UNKNOWN
    texts = ("name", "owner", "requested", "command", "data", "device")
    found = About(**{k: v for k, v in known.items() if k not in texts or isinstance(v, str)})
    found = replace(found, shared=found.shared is True)  # in so many words, or not at all
    return found if _prints(found.name) else replace(found, name="")


def sees(who: str, folder: Path) -> bool:
    """Return whether somebody may open the run in a folder: their own, a shared one, or one of nobody in particular.

    Runs of LOCAL are of nobody in particular: shipped ones, those of the command line, and those that were made before
    sign-in was set up.
    """
    told = read(folder)
    return who == LOCAL or told.shared or told.owner == LOCAL or _is(who, told)


def owns(who: str, folder: Path) -> bool:
    """Return whether somebody may change the run in a folder, or end it."""
    return who == LOCAL or _is(who, read(folder))


def may_decide(who: str, folder: Path) -> bool:
    """Return whether somebody may write down what was decided on the run in a folder: of their own, or of nobody's.

    An example that came with the program can be decided on by whoever is known, for the record lies beside it.
    """
    return owns(who, folder) or (who != NOBODY and read(folder).owner == LOCAL)


def _is(who: str, told: About) -> bool:
    return who != NOBODY and told.owner == who


def called(folder: Path) -> str:
    """Return how people call the run in a folder: its name, else its id; an example's name in the reader's language."""
    if is_shipped(folder) and folder.name in shipped.NAMES:
        return _(shipped.NAMES[folder.name])
    return read(folder).name or folder.name


def is_shipped(folder: Path) -> bool:
    """Return whether the run in a folder came with the program: it is an example, and stays as it is."""
    return folder.parent == library.shipped_folder()


def write(folder: Path, about: About) -> None:
    """Replace what is said of the run in a folder.

    Raises:
        OSError: it cannot be written.
    """
    files.write(folder / ABOUT, library.as_json(asdict(about)))


def rename(folder: Path, name: str) -> None:
    """Call a run by another name; an empty one: by its id.

    Raises:
        RunError: the name is too long or does not print, or the folder cannot be written.
    """
    plain = " ".join(name.split())
    if not _prints(plain):
        raise RunError(
            _("{name} was given as the name of a run, at most {most} letters, digits or signs were expected; choose "
              "another.").format(name=repr(name[:LONGEST_NAME]), most=LONGEST_NAME)
        )  # fmt: skip
    try:
        write(folder, replace(read(folder), name=plain))
    except OSError as error:
        raise files.cannot_write(folder, error) from error


def _prints(name: str) -> bool:
    """Return whether a name fits on a line."""
    return len(name) <= LONGEST_NAME and name.isprintable()
