"""The files of a run in a zip file: which there may be, and what is refused before any of it is unpacked."""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from alma_core.about import ABOUT, DECISION
from alma_core.errors import RunError
from alma_core.language import _
from alma_core.library import MANIFEST, OPTIONAL, REQUIRED
from alma_core.streams import archives
from alma_core.streams.naming import excerpt
from alma_core.writing import left_by_a_run

SHEET: Final = re.compile(r"prices/\w[\w .,()+&=()・-]{0,59}\.toml")
FILES: Final = (MANIFEST, *REQUIRED, *OPTIONAL, ABOUT, DECISION)

LARGEST_BYTES: Final = 1024**3
"""What all files together may unpack to; the largest shipped run has 1.6 MB."""
LARGEST: Final = {".json": 32 * 1024**2, ".toml": 1024**2}
"""What a file may unpack to, by its ending; a spec has about 200 bytes a policy."""
MOST_ENTRIES: Final = 200
MARKED_UTF8: Final = 0x800
UNMARKED: Final = ("utf-8", "cp932")
"""How a Mac and a Windows in Japanese write the names that are not marked as UTF-8."""

Parts = dict[str, zipfile.ZipInfo]


def check_zip(file: BinaryIO, name: str) -> None:
    """Check that a file is a zip whose contents may be looked at.

    Args:
        file: open.
        name: how it is called in sentences.

    Raises:
        RunError: it is no zip file.
        DataError: it is damaged, has a password, or unpacks to more than a run does.
    """
    file.seek(0)
    if file.read(2) != b"PK":
        raise RunError(
            _("{name} is no zip file, a run packed by `alma export` was expected; choose that file.").format(name=name)
        )
    archives.checked_zip(file, name, LARGEST_BYTES, MOST_ENTRIES)


def of_run(entries: Sequence[zipfile.ZipInfo], name: str) -> tuple[str, Parts]:
    """Return the folder of the archive that holds the run, empty if none, and the run's files by their names in it.

    What a run leaves beside its files, and what a Mac adds to every zip file, is passed over.

    Args:
        entries: of the archive.
        name: how the archive is called in sentences.

    Raises:
        RunError: a name leads out of the archive, something is no part of a run, or a file is missing.
    """
    paths: Parts = {}
    known: set[str] = set()  # where a disk makes no difference of capitals, names that differ in them are one
    for entry in entries:
        path = _path(entry)
        if wrong := _wrong(entry, path) or (_("the same name twice") if path.casefold() in known else ""):
            raise refused(name, path, wrong)
        known.add(path.casefold())
        if not _of_a_mac(path):
            paths[path] = entry
    top = _top(list(paths), name)
    found: Parts = {}
    for path, entry in paths.items():
        inside = path.removeprefix(top)
        if path.startswith(top) and (inside in FILES or SHEET.fullmatch(inside)):
            found[inside] = entry
        elif not path.startswith(top) or not (inside in ("", "prices/") or left_by_a_run(inside)):
            raise refused(name, path, _("no part of a run"))
    if missing := [one for one in REQUIRED if one not in found]:
        raise RunError(
            _("{name} lacks {missing}, all files of a run were expected; pack it again with `alma export`.").format(
                name=name, missing=", ".join(missing)
            )
        )
    return top.removesuffix("/"), found


def refused(name: str, path: str, wrong: str) -> RunError:
    """Return the sentence for an entry of an archive that is not taken in."""
    return RunError(
        _(
            "{name} holds {entry} ({wrong}), only the files of one run were expected; check where it comes from, or "
            "pack the run again with `alma export`."
        ).format(name=name, entry=excerpt(path), wrong=wrong)
    )


def _path(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry as it was meant."""
    name = entry.orig_filename
    if not entry.flag_bits & MARKED_UTF8:
        written = name.encode("cp437")  # for which zipfile takes every name that is not marked
        for encoding in reversed(UNMARKED):
            with suppress(UnicodeDecodeError):
                name = written.decode(encoding)
    return unicodedata.normalize("NFC", name)


def _wrong(entry: zipfile.ZipInfo, path: str) -> str:
    """Return what is wrong with an entry, whatever it holds; empty: nothing."""
    steps = path.removesuffix("/").split("/")
    if not {"", ".", ".."}.isdisjoint(steps) or ":" in steps[0] or "\\" in path or "\0" in path:
        return _("its name leads out of the archive")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return _("a link or a device")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("packed in an unusual way")
    if entry.file_size > LARGEST.get(PurePosixPath(path).suffix, LARGEST_BYTES):
        return _("far too large")
    return ""


def _top(paths: Sequence[str], name: str) -> str:
    """Return what stands before the names of a run's files: nothing, or a folder and a slash."""
    manifests = [path for path in paths if path.split("/")[-1] == MANIFEST and path.count("/") <= 1]
    if not manifests:
        raise RunError(
            _("{name} holds no finished run (no manifest.json); pack one that has finished with `alma export`.").format(
                name=name
            )
        )
    return manifests[0].removesuffix(MANIFEST)


def _of_a_mac(path: str) -> bool:
    return path.startswith("__MACOSX/") or path.split("/")[-1] == ".DS_Store"
