"""`alma export`, `alma import`: a run as one zip file, from the machine that made it to another."""

import argparse
import shlex
from pathlib import Path
from typing import Final

from alma_core import library, parcels
from alma_core.language import _

ENDING: Final = ".zip"


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma export` its options."""
    parser.add_argument("name", metavar="RUN", help="id of a run (see `alma runs`) or its folder; .zip may follow")
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help="a new file (the run's id and .zip, here)")
    parser.set_defaults(run=_export)


def add_import_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma import` its options."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="what `alma export` has written")
    parser.set_defaults(run=_import)


def _export(options: argparse.Namespace) -> int:
    run = _run_of(options.name)
    path = options.out or Path(parcels.plain_id(run.id) + ENDING)
    parcels.write(run, path)
    print(
        _("The run {run} is packed; `alma import {path}` takes it in on another machine.").format(
            run=run.id, path=shlex.quote(str(path))
        )
    )
    return 0


def _run_of(name: str) -> library.Run:
    """Return the run that was meant: of that name, or, where there is none, of what stands before .zip."""
    is_run = Path(name).is_dir() or name in (path.name for path, _changed in library.listed())
    return library.find(name if is_run else name.removesuffix(ENDING))


def _import(options: argparse.Namespace) -> int:
    taken = parcels.take_in(options.file, str(options.file))
    said = (
        _("{file} holds the run {run}, which is here already; open it on the pages or with `alma decide {run}`.")
        if taken.was_there
        else _("{file} is now the run {run} here; open it on the pages or with `alma decide {run}`.")
    )
    print(said.format(file=options.file, run=shlex.quote(taken.folder.name)))
    return 0
