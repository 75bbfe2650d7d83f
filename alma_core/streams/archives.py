"""What packed files may unpack to, checked before or while they are opened.

A few kilobytes can unpack to gigabytes. Zip-like files (.xlsx, .npz) say in their directory what each entry unpacks
to, and Python's zipfile never gives out more than that; gzip says nothing beforehand, so it is counted as it flows.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from alma_core.errors import DataError
from alma_core.language import _, number

LARGEST_FILE_BYTES: Final = 512 * 1024**2
"""A file that is larger as it lies on disk is refused."""
LARGEST_UNPACKED_BYTES: Final = 512 * 1024**2
"""What a packed file may unpack to, all entries together."""
MOST_ENTRIES: Final = 10_000
"""Entries in a zip-like file."""
LARGEST_RATIO: Final = 250
"""How many times its packed size an entry may unpack to; text and numbers of real tables stay under 100."""
SMALL_BYTES: Final = 16 * 1024**2
"""Below this the ratio does no harm and is not looked at: short files of one value pack well."""
BLOCK_BYTES: Final = 1024**2
"""How much is unpacked at a time."""


def checked_size(path: Path, name: str) -> int:
    """Return the size of a file in bytes.

    Args:
        path: where the file lies.
        name: how the file is called in sentences.

    Raises:
        DataError: there is no such file, it is empty, or it is larger than LARGEST_FILE_BYTES.
    """
    if path.is_dir():
        raise DataError(_("{name} is a folder, a file was expected; hand in the files inside it.").format(name=name))
    if not path.is_file():
        raise DataError(_("There is no file {name}, a table was expected there; check the path.").format(name=name))
    size = path.stat().st_size
    if size == 0:
        raise DataError(
            _("{name} is empty (0 bytes), a table was expected; save or download the file again.").format(name=name)
        )
    if size > LARGEST_FILE_BYTES:
        raise DataError(
            _("{name} has {size} MB, at most {most} MB were expected; split it into several files.").format(
                name=name, size=_megabytes(size), most=_megabytes(LARGEST_FILE_BYTES)
            )
        )
    return size


def checked_zip(
    path: Path | BinaryIO, name: str, most_bytes: int = LARGEST_UNPACKED_BYTES, most_entries: int = MOST_ENTRIES
) -> list[str]:
    """Return the names of the entries of a zip-like file that is safe to open.

    Args:
        path: where the file lies, or the file itself, open.
        name: how the file is called in sentences.
        most_bytes: what all entries together may unpack to.
        most_entries: how many entries there may be.

    Raises:
        DataError: it is damaged, has a password, or has too many, too large or too tightly packed entries.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except Exception as error:  # zipfile lets through whatever a broken directory raises
        raise damaged(name) from error
    if len(entries) > most_entries:
        raise DataError(
            _("{name} holds {count} entries, at most {most} were expected; check where the file comes from.").format(
                name=name, count=number(len(entries)), most=number(most_entries)
            )
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise DataError(
            _("{name} is locked with a password, an open file was expected; save it without one.").format(name=name)
        )
    size = sum(entry.file_size for entry in entries)
    if size > most_bytes or any(too_tight(entry.file_size, entry.compress_size) for entry in entries):
        raise bomb(name, size, most_bytes)
    return [entry.filename for entry in entries]


def too_tight(unpacked: int, packed: int) -> bool:
    """Return whether so many bytes from so few are more than a real table gives."""
    return unpacked > SMALL_BYTES and unpacked > LARGEST_RATIO * max(packed, 1)


def bomb(name: str, size: int, most_bytes: int) -> DataError:
    """Return the sentence for a file that unpacks to more than a real table does."""
    return DataError(
        _(
            "{name} unpacks to {size} MB or more, at most {most} MB and {ratio} times its own size were expected; "
            "check where the file comes from, or split it."
        ).format(name=name, size=_megabytes(size), most=_megabytes(most_bytes), ratio=LARGEST_RATIO)
    )


def damaged(name: str) -> DataError:
    """Return the sentence for a packed file that ends early or does not unpack."""
    return DataError(
        _("{name} is damaged or was cut off, a whole file was expected; save or download it again.").format(name=name)
    )


def blocks(path: Path, name: str, packed: bool) -> Iterator[bytes]:
    """Yield the content of a file block by block, unpacked with gzip where `packed`.

    Raises:
        DataError: it is damaged, or unpacks to more than a real table does.
    """
    packed_size = path.stat().st_size
    size = 0
    try:
        with gzip.open(path) if packed else path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                size += len(block)
                if size > LARGEST_UNPACKED_BYTES or (packed and too_tight(size, packed_size)):
                    raise bomb(name, size, LARGEST_UNPACKED_BYTES)
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise damaged(name) from error


def _megabytes(size: int) -> str:
    return number(size / 1024**2, 0 if size >= 10 * 1024**2 else 1)
