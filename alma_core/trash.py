"""Runs that were deleted: put aside for a while, so that it can be undone.

trash/<id>   the run's folder as it was
"""

import shutil
import time
from pathlib import Path
from typing import Final

from alma_core import files, library, presence
from alma_core.errors import RunError
from alma_core.home import home
from alma_core.language import _

KEPT_DAYS: Final = 30
"""What was deleted longer ago is removed for good at the next deletion."""

ENDS_WITHIN_SECONDS: Final = 2.0
"""A run that is complete may hold its lock for another moment."""


def discard(folder: Path) -> None:
    """Put a run of the user's library aside.

    Raises:
        RunError: it is under way, shipped with the program, or cannot be moved.
    """
    if folder not in library.own():
        raise RunError(
            _("{path} was given to delete, a run of your own library was expected; shipped runs stay.").format(
                path=folder
            )
        )
    try:
        lock = presence.take(folder, ENDS_WITHIN_SECONDS)
        if lock is None:
            raise RunError(_("The run in {path} is under way; cancel it before it is deleted.").format(path=folder))
        with presence.closing(lock):
            _forget_the_old()
            place = aside(folder.name)
            if place.exists():
                shutil.rmtree(place)
            place.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(place)
            place.touch()
    except OSError as error:
        raise files.cannot_write(folder, error) from error


def undo(name: str) -> Path:
    """Bring a deleted run back and return its folder.

    Raises:
        RunError: it is gone for good, or another one has taken its place.
    """
    back = home() / "runs" / name
    if name not in listed():
        raise RunError(_("The run {name} was not deleted, or is gone for good; launch it anew.").format(name=name))
    if back.exists():
        raise RunError(
            _("The run {name} has been made again meanwhile, so the deleted one stays where it is.").format(name=name)
        )
    try:
        aside(name).rename(back)
    except OSError as error:
        raise files.cannot_write(back, error) from error
    return back


def listed() -> list[str]:
    """Return the ids of the deleted runs that can be brought back."""
    return sorted(path.parent.name for path in _trash().glob("[!.]*/spec.json"))


def aside(name: str) -> Path:
    """Return where a deleted run lies."""
    return _trash() / name


def _trash() -> Path:
    return home() / "trash"


def _forget_the_old() -> None:
    for folder in _trash().glob("*"):
        if time.time() - folder.stat().st_mtime > 24 * 3600 * KEPT_DAYS:
            shutil.rmtree(folder)
