"""The user's runs, whatever has become of them: what each is, who asked for it, how far it is."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alma_core import about, jobs, library, presence, specs
from alma_core.about import About
from alma_core.errors import AlmaError
from alma_core.jobs import State
from alma_core.presence import QUEUED, RUNNING


@dataclass(frozen=True, eq=False)
class Listed:
    """One run.

    Args:
        folder: where it lies.
        spec: what is asked.
        about: who asks for it, and what it is called.
        state: how far it is.
    """

    folder: Path
    spec: specs.RunSpec
    about: About
    state: State

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the program, so that it stays as it is."""
        return about.is_shipped(self.folder)

    @property
    def name(self) -> str:
        """How people call it."""
        return about.called(self.folder)


def listed(folder: Path) -> Listed:
    """Return the run in a folder.

    Raises:
        AlmaError: there is none, or it does not read.
    """
    return Listed(folder, _spec(folder, _changed(folder)), about.read(folder), jobs.state(folder))


def everything() -> list[Listed]:
    """Return the user's runs as `own` does, then those that are shipped with the program."""
    return [*own(), *(one for one in map(_try, library.shipped()) if one)]


def own() -> list[Listed]:
    """Return the user's runs: what runs, what waits in its order, then the rest, the latest asked for first."""
    return sorted((one for one in map(_try, library.own()) if one), key=lambda one: (*_rank(one), one.id))


def _try(folder: Path) -> Listed | None:
    try:
        return listed(folder)
    except AlmaError:  # just deleted, or damaged: `library.unreadable` tells
        return None


def _rank(one: Listed) -> tuple[int, int, list[int]]:
    if one.state.name in (RUNNING, QUEUED):
        return [RUNNING, QUEUED].index(one.state.name), presence.read(one.folder).number, []
    return 2, 0, [-ord(sign) for sign in one.about.requested]  # texts, latest first


def _changed(folder: Path) -> int:
    try:
        return (folder / "spec.json").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _spec(folder: Path, changed: int) -> specs.RunSpec:  # noqa: ARG001 - part of the cache's key
    return library.spec_in(folder)
