"""What somebody does with runs, where they may: the one door between the pages and what changes a run.

"Who" is `about.LOCAL` (the command line, and a dashboard without sign-in: may everything), somebody who has signed in,
or `about.NOBODY`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from alma_core import about, decision_file, files, jobs, listing, parcels, specs, trash
from alma_core.about import NOBODY, About
from alma_core.adoption import Actual, Adoption
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.listing import Listed


def everything(who: str) -> list[Listed]:
    """Return the runs that somebody may see, in the order of `listing.everything`."""
    return [one for one in listing.everything() if about.sees(who, one.folder)]


def launch(who: str, spec: specs.RunSpec, asked: About) -> Path:
    """Start a run that is theirs, or find the same one; see `jobs.launch`.

    Raises:
        RunError: nobody has signed in, or the folder cannot be written.
    """
    return jobs.launch(spec, replace(asked, owner=_known(who)))


def take_in(who: str, file: Path | BinaryIO, name: str) -> Path:
    """Put the run of a parcel into the library as theirs; see `parcels.take_in`.

    Raises:
        AlmaError: nobody has signed in, or the parcel cannot be taken in.
    """
    return parcels.take_in(file, name, _known(who)).folder


def cancel(who: str, folder: Path) -> None:
    """End a run of theirs; see `jobs.cancel`.

    Raises:
        RunError: it is another's, or cannot be ended.
    """
    jobs.cancel(_own(who, folder))


def resume(who: str, folder: Path) -> None:
    """Have a run of theirs go on; see `jobs.resume`.

    Raises:
        RunError: it is another's, or cannot go on.
    """
    jobs.resume(_own(who, folder))


def rename(who: str, folder: Path, name: str) -> None:
    """Call a run of theirs by another name; see `about.rename`.

    Raises:
        RunError: it is another's, or the name does not do.
    """
    about.rename(_own(who, folder), name)


def share(who: str, folder: Path, is_shared: bool) -> None:
    """Show a run of theirs to everybody who can sign in, or no longer.

    Raises:
        RunError: it is another's, or cannot be written.
    """
    try:
        about.write(_own(who, folder), replace(about.read(folder), shared=is_shared))
    except OSError as error:
        raise files.cannot_write(folder, error) from error


def discard(who: str, folder: Path) -> None:
    """Delete a run of theirs; see `trash.discard`.

    Raises:
        RunError: it is another's, or cannot be deleted.
    """
    trash.discard(_own(who, folder))


def deleted(who: str) -> list[str]:
    """Return the ids of the deleted runs that somebody may bring back."""
    return [name for name in trash.listed() if about.owns(who, trash.aside(name))]


def undo(who: str, name: str) -> Path:
    """Bring a deleted run of theirs back and return its folder.

    Raises:
        RunError: it is another's, or gone for good.
    """
    if name in trash.listed():  # an id is looked up, never used as a path
        _own(who, trash.aside(name))
    return trash.undo(name)


def decided(who: str, folder: Path) -> list[Adoption]:
    """Return what was decided on a run that somebody may see; see `decision_file.read`.

    Raises:
        RunError: they may not see the run, or the record does not read.
    """
    if not about.sees(who, folder):
        raise _of_somebody_else(folder)
    return decision_file.read(folder)


def adopt(who: str, folder: Path, adoption: Adoption) -> None:
    """Write down that a policy was adopted; see `decision_file.adopt`.

    Raises:
        RunError: the run is another's, or the record cannot be read or written.
    """
    decision_file.adopt(_to_decide_on(who, folder), adoption)


def enter(who: str, folder: Path, seen: Adoption, actuals: Sequence[Actual]) -> None:
    """Write down how periods turned out; see `decision_file.enter`.

    Raises:
        AlmaError: the run is another's, or it cannot be entered.
    """
    decision_file.enter(_to_decide_on(who, folder), seen, actuals)


def take_back(who: str, folder: Path, seen: Sequence[Adoption]) -> None:
    """Take the last entry out of a record; see `decision_file.take_back`.

    Raises:
        RunError: the run is another's, or the record has changed, or cannot be read or written.
    """
    decision_file.take_back(_to_decide_on(who, folder), seen)


def _known(who: str) -> str:
    if who == NOBODY:
        raise RunError(_("Nobody has signed in here, somebody who has was expected; sign in first."))
    return who


def _own(who: str, folder: Path) -> Path:
    """Return the folder of a run that is theirs."""
    if not about.owns(who, folder):
        raise _of_somebody_else(folder)
    return folder


def _to_decide_on(who: str, folder: Path) -> Path:
    """Return the folder of a run on which they may decide."""
    if not about.may_decide(_known(who), folder):
        raise _of_somebody_else(folder)
    return folder


def _of_somebody_else(folder: Path) -> RunError:
    return RunError(
        _("The run {run} belongs to somebody else, one of your own was expected; make a copy of it with changes.")
        .format(run=folder.name)
    )  # fmt: skip
