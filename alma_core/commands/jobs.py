"""`alma status`, `alma cancel` and `alma resume`: one run, whoever launched it."""

import argparse
from pathlib import Path
from typing import Final

from alma_core import about, jobs, library, listing
from alma_core.commands import carry
from alma_core.errors import DataError
from alma_core.language import _
from alma_core.report import text
from alma_core.streams.sources import load

WHICH: Final = "id of a run, or its folder"
LAST_LINES: Final = 5


def add_status(parser: argparse.ArgumentParser) -> None:
    """Give `alma status` its options."""
    parser.add_argument("name", metavar="RUN", help=WHICH)
    parser.set_defaults(run=_status)


def add_cancel(parser: argparse.ArgumentParser) -> None:
    """Give `alma cancel` its options."""
    parser.add_argument("name", metavar="RUN", help=WHICH)
    parser.set_defaults(run=_cancel)


def add_resume(parser: argparse.ArgumentParser) -> None:
    """Give `alma resume` its options."""
    parser.add_argument("name", metavar="RUN", help=WHICH)
    parser.set_defaults(run=_resume)


def _status(options: argparse.Namespace) -> int:
    folder = library.folder_of(options.name)
    print(text.status(listing.listed(folder), jobs.log_tail(folder, LAST_LINES)))
    return 0


def _cancel(options: argparse.Namespace) -> int:
    folder = library.folder_of(options.name)
    jobs.cancel(folder)
    print(_("{run} is cancelled; `alma resume {run}` goes on from there.").format(run=options.name))
    return 0


def _resume(options: argparse.Namespace) -> int:
    print(go_on(library.folder_of(options.name)))
    return 0


def go_on(folder: Path, lock: int | None = None) -> str:
    """Carry out the run that is described in a folder, from where it stands, and return the sentence that says so.

    Args:
        lock: of the folder, where this process holds it already.

    Raises:
        AlmaError: the folder does not say what is asked, the data has changed since, or the run cannot be carried out.
    """
    spec, wanted = library.spec_in(folder), about.read(folder)
    source = load(spec.stream.source, spec.stream.missing_share)
    if wanted.data and wanted.data != source.digest:
        raise DataError(
            _(
                "The data {name} has changed since {run} was begun, the same data was expected; launch the run anew: "
                "what is the same is not trained again."
            ).format(name=source.name, run=folder.name)
        )
    return carry.out(spec, source, folder, wanted, lock)
