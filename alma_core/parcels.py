"""A run as one zip file, to carry it from the machine that made it to another.

A parcel holds the files of one run in a folder of its name. What comes in is measured before it is unpacked, unpacked
beside the library's runs where nothing lists it, opened as a run, and only then renamed into place.
"""

import io
import json
import os
import re
import shutil
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from filelock import FileLock, Timeout

from alma_core import about, decision_file, files, library, parcel_files
from alma_core.about import ABOUT, DECISION, About
from alma_core.decide import sheets
from alma_core.errors import AlmaError, RunError
from alma_core.home import home
from alma_core.language import _
from alma_core.library import MANIFEST, OPTIONAL, REQUIRED
from alma_core.parcel_files import LARGEST_BYTES, SHEET, Parts
from alma_core.streams import archives, columnar

STAMP: Final = (1980, 1, 1, 0, 0, 0)
"""Time of the files in a parcel, so that the same run gives the same bytes each time."""
LONGEST_ID: Final = 60
ARRIVING: Final = ".arriving"
"""Where parcels are unpacked, beside the runs; the lock of that name says whether somebody is at it."""
WAIT_SECONDS: Final = 60
"""How long an import waits for another one."""


class Taken(NamedTuple):
    """Where the run of a parcel lies, and whether it was in the library before."""

    folder: Path
    was_there: bool


def packed(run: library.Run) -> bytes:
    """Return a run as a zip file: the same bytes each time, on every machine.

    Raises:
        RunError: a file of it is gone or damaged.
    """
    path = library.open_run(run.path).path  # what leaves is held against its checksums
    names = [MANIFEST, *(name for name in (*REQUIRED, *OPTIONAL) if name in run.manifest["sha256"])]
    names += [name for name in (f"prices/{sheet.name}" for sheet in sheets.beside(path)) if SHEET.fullmatch(name)]
    files = {name: (path / name).read_bytes() for name in names}
    if called := about.read(path).name:
        files[ABOUT] = library.as_json({"name": called}).encode()
    if decided := decision_file.read(path):
        files[DECISION] = decision_file.written(decided).encode()
    return _zipped({f"{plain_id(run.id)}/{name}": content for name, content in files.items()})


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip file in which nothing depends on when and where it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # as they are: tables are compressed, the rest is small
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, STAMP)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def write(run: library.Run, path: Path) -> None:
    """Write a run to a new zip file; a file that is there is left as it is.

    Raises:
        RunError: there is one already, it cannot be written, or the run is damaged.
    """
    content = packed(run)
    try:
        with path.open("xb") as file, _gone_if_it_fails(path):
            file.write(content)
            file.flush()
    except FileExistsError as error:
        raise RunError(
            _("{path} is there already, a new file was expected; give another name with --out.").format(path=path)
        ) from error
    except OSError as error:
        raise files.cannot_write(path, error) from error


@contextmanager
def _gone_if_it_fails(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink()
        raise


def plain_id(name: str) -> str:
    """Return a name as a run's folder may have it: letters, digits, - _ and ., no more than LONGEST_ID.

    >>> plain_id("需要 予測 (1)"), plain_id("../.hidden"), plain_id("???")
    ('需要-予測-1', 'hidden', 'run')
    """
    plain = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", name)).lstrip(".-")
    return plain[:LONGEST_ID].rstrip(".-") or "run"


def take_in(file: Path | BinaryIO, name: str, owner: str = about.LOCAL) -> Taken:
    """Put the run of a parcel into the user's library; the same run taken in twice is one.

    Args:
        file: the zip file, open, or where it lies.
        name: how it is called, with its ending: in sentences, and for the run where the parcel has no folder.
        owner: whose it is from then on.

    Raises:
        AlmaError: it holds anything but one finished run that can be read here, or there is no room for it.
    """
    if isinstance(file, Path):
        with _opened(file, name) as opened:
            return take_in(opened, name, owner)
    parcel_files.check_zip(file, name)
    with zipfile.ZipFile(file) as archive:
        top, parts = parcel_files.of_run(archive.infolist(), name)
        with _arriving(name) as folder:
            _unpack(archive, parts, folder, name)
            run = _read(folder, name)
            if there := _same(run, owner):
                if about.may_decide(owner, there):
                    decision_file.take_over(folder, there)
                return Taken(there, was_there=True)
            _say_about(folder, run, owner)
            place = _free(plain_id(top or Path(name).stem))
            folder.rename(place)
            return Taken(place, was_there=False)


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise RunError(
            _("{name} cannot be read ({problem}), a run in a .zip file was expected; check the path.").format(
                name=name, problem=error.strerror or error
            )
        ) from error


@contextmanager
def _arriving(name: str) -> Iterator[Path]:
    """Give an empty folder to one import at a time; what a killed one has left is removed."""
    runs = home() / "runs"
    # A level further down than runs are: whoever lists them looks into every folder, hidden ones too.
    folder = (runs / ARRIVING / "run").resolve()
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with FileLock(runs / f"{ARRIVING}.lock", timeout=WAIT_SECONDS):
            try:
                shutil.rmtree(folder.parent, ignore_errors=True)
                folder.mkdir(parents=True)
                yield folder
            finally:
                shutil.rmtree(folder.parent, ignore_errors=True)
    except Timeout as error:
        raise RunError(
            _("{name} has waited a minute for another import; try again when that one is done.").format(name=name)
        ) from error
    except OSError as error:
        raise RunError(
            _(
                "The run in {name} cannot be kept in {path} ({problem}); make room there, or set ALMA_HOME to another "
                "folder."
            ).format(name=name, path=runs, problem=error.strerror or error)
        ) from error


def _unpack(archive: zipfile.ZipFile, parts: Parts, folder: Path, name: str) -> None:
    for inside, entry in parts.items():
        target = folder / inside
        target.parent.mkdir(exist_ok=True)
        try:
            with archive.open(entry) as content, target.open("xb") as out:
                shutil.copyfileobj(content, out, archives.BLOCK_BYTES)
        except OSError:
            raise
        except Exception as error:  # zipfile lets through whatever a broken entry raises
            raise archives.damaged(name) from error


def _read(folder: Path, name: str) -> library.Run:
    """Open what was unpacked, with every table and price sheet; sentences name the parcel, not where it lies now."""
    try:
        run = library.open_run(folder)
        for table in sorted(path.name for path in folder.glob("*.parquet")):
            if table not in run.manifest["sha256"]:
                raise parcel_files.refused(name, table, _("not named in its manifest"))
            columnar.check_spread(folder / table, _("{name} in {path}").format(name=table, path=name), LARGEST_BYTES)
        for rows in (run.ledger, run.confusion, run.judged, run.operating, run.shift):
            assert rows is not None  # each is read when it is asked for
        for sheet in sheets.beside(folder):
            sheets.load(sheet)
        decision_file.read(folder)
    except AlmaError as error:
        raise RunError(str(error).replace(str(folder), name)) from error
    except Exception as error:  # pandas lets through whatever odd metadata raise
        raise archives.damaged(name) from error
    return run


def _same(run: library.Run, owner: str) -> Path | None:
    """Return the folder of the library that holds the same run, file by file, if one does that the owner may see."""
    for path, _changed in library.listed():
        with suppress(AlmaError, OSError, ValueError, KeyError, TypeError, RecursionError):  # what does not read
            sums = json.loads((path / MANIFEST).read_text("utf-8"))["sha256"]
            if sums == run.manifest["sha256"] and about.sees(owner, path):
                library.open_run(path)
                return path
    return None


def _say_about(folder: Path, run: library.Run, owner: str) -> None:
    """Keep what people call the run, and of the rest only what its manifest says."""
    told = About(
        name=about.read(folder).name,
        owner=owner,
        requested=about.now(),
        command=str(run.manifest["command"]),
        data=str(run.manifest["data"]["sha256"]),
        device=str(run.manifest["device"]),
    )
    about.write(folder, told)


def _free(wanted: str) -> Path:
    """Return where a new run of that name may lie; a shipped run keeps its name, as in `library.find`."""
    taken = {path.name for path, _changed in library.listed()}
    ids = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    places = (home() / "runs" / one for one in ids if one not in taken)
    return next(place for place in places if not os.path.lexists(place))
