"""Data sets that are kept: one folder each under `ALMA_HOME`, typed columns as Parquet, and what is known of them.

data/<slug>/dataset.json        roles, cut, files; written last, so that a data set is there whole or not at all
data/<slug>/<sha256>.parquet    the rows of one source file: ignored and personal columns are not in it
salts/<slug>                    the secret of hashed personal columns, apart from the data
"""

import hashlib
import json
import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from filelock import FileLock, Timeout

from alma_core import files
from alma_core.errors import AlmaError, DataError
from alma_core.home import home
from alma_core.language import _
from alma_core.streams.arrays import Arrays, arrays_of, arrivals_of
from alma_core.streams.cutting import Cutting
from alma_core.streams.deliveries import File
from alma_core.streams.readings import Reading
from alma_core.streams.rows import Rows, joined
from alma_core.streams.schema import Schema
from alma_core.streams.shift import between_arrivals

VERSION: Final = 1
ABOUT: Final = "dataset.json"
LONGEST_NAME: Final = 100
RESERVED: Final = ("digits",)
"""Names of built-in sets."""
AS_FOUND: Final = Reading()


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set that is kept.

    Args:
        name: how it is called, for screens only.
        schema: roles, kinds and classes.
        cutting: how its rows become mega-batches.
        files: where its rows come from, in order.
        unit: of a target that is a number.
        bucket: bucket of time into which rows are put together; empty: none.
        reading: how its files are read, where that is not found from each.
    """

    name: str
    schema: Schema
    cutting: Cutting
    files: tuple[File, ...]
    unit: str = ""
    bucket: str = ""
    reading: Reading = AS_FOUND

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return _folder(self.name)

    def rows(self) -> Rows:
        """Return its rows.

        Raises:
            DataError: a file of the folder is damaged or gone.
        """
        try:
            pieces = [pd.read_parquet(self.folder / f"{file.sha256}.parquet") for file in self.files]
        except (OSError, ValueError) as error:
            raise _damaged(self.name, error) from error
        return joined(pieces, self.files)

    def arrays(self, missing_share: float = 0.0) -> Arrays:
        """Return what a run works on.

        Args:
            missing_share: share of cells blanked on purpose, 0..1.
        """
        return arrays_of(self.name, self.rows(), self.schema, self.cutting, self.unit, missing_share)

    def shift(self) -> pd.DataFrame:
        """Return how each mega-batch differs from the one before it, as `shift.shift` does."""
        rows = self.rows()
        arrives = arrivals_of(rows, self.schema, self.cutting).arrives
        return between_arrivals(rows.frame, self.schema, arrives)


def plain_name(name: str) -> str:
    """Return the name of a data set as it is kept: after NFKC, trimmed.

    Raises:
        DataError: it is empty, too long, or means something else.
    """
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    is_taken = plain in RESERVED or plain.startswith("openml:") or plain.endswith(".npz")
    if not 1 <= len(plain) <= LONGEST_NAME or not plain.isprintable() or re.search(r"[/\\]", plain) or is_taken:
        raise DataError(
            _(
                "{name} was given as the name of a data set, 1 to {most} letters, digits or signs were expected, "
                "without slashes and not the name of a built-in set; choose another name."
            ).format(name=repr(name[:LONGEST_NAME]), most=LONGEST_NAME)
        )
    return plain


def slug(name: str) -> str:
    """Return the name of a data set's folder: Latin letters and digits of its name, and a hash that tells names apart.

    >>> slug("Line 3"), slug("工場")
    ('line-3-19691186', 'data-6afcfe4a')
    """
    plain = plain_name(name)
    letters = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40] or "data"
    return f"{letters}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


def _folder(name: str) -> Path:
    return home() / "data" / slug(name)


def exists(name: str) -> bool:
    """Return whether a data set is kept under this name."""
    return (_folder(name) / ABOUT).is_file()


def load(name: str) -> DataSet:
    """Return the data set called `name`.

    Raises:
        DataError: there is none, or its folder is damaged.
    """
    if not exists(name):
        raise DataError(
            _("There is no data set {name}, only these are kept: {known}; add it with `alma data add`.").format(
                name=name, known=", ".join(one.name for one in listed()) or _("(none)")
            )
        )
    return _read(_folder(name))


def listed() -> list[DataSet]:
    """Return the data sets that are kept, by name; damaged ones are left out (see `damaged`)."""
    found = (_try_read(path.parent) for path in (home() / "data").glob(f"*/{ABOUT}"))
    return sorted((one for one in found if isinstance(one, DataSet)), key=lambda one: one.name)


def damaged() -> list[str]:
    """Return a sentence on each data set that does not read."""
    found = (_try_read(path.parent) for path in sorted((home() / "data").glob(f"*/{ABOUT}")))
    return [str(one) for one in found if isinstance(one, AlmaError)]


def _try_read(folder: Path) -> DataSet | AlmaError:
    try:
        return _read(folder)
    except AlmaError as error:
        return error


def _read(folder: Path) -> DataSet:
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        if about["version"] > VERSION:
            raise DataError(
                _(
                    "The data set {name} was kept by a newer version of this program, version {version} of its file "
                    "was expected; update the program."
                ).format(name=about["name"], version=VERSION)
            )
        return DataSet(
            about["name"],
            Schema.from_json(about["schema"]),
            Cutting(**about["cutting"]),
            tuple(File(**file) for file in about["files"]),
            about["unit"],
            about["bucket"],
            Reading(**about["reading"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(folder.name, error) from error


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        _("The data set {name} does not read ({problem}); remove it and add its files again.").format(
            name=name, problem=str(error).split("\n")[0]
        )
    )


@contextmanager
def changing(name: str) -> Iterator[Path]:
    """Hold the folder of a data set while it changes.

    Raises:
        DataError: somebody else is changing it, or it cannot be written.
    """
    folder = _folder(name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            yield folder
    except Timeout as error:
        raise DataError(
            _("The data set {name} is being changed by somebody else; wait a moment and try again.").format(name=name)
        ) from error
    except OSError as error:
        raise DataError(
            _(
                "The data set {name} cannot be written ({problem}); make room or check the permissions of {path}."
            ).format(name=name, problem=error.strerror or error, path=folder)
        ) from error


def write(folder: Path, data: DataSet, pieces: Sequence[pd.DataFrame]) -> None:
    """Write new rows, then what is known of the data set, each renamed into place.

    Args:
        folder: as `changing` gives it.
        data: the data set as it is to be.
        pieces: the rows of its last files, in order.
    """
    folder.mkdir(exist_ok=True)
    new = data.files[len(data.files) - len(pieces) :]
    for file, piece in zip(new, pieces, strict=True):
        with files.put(folder / f"{file.sha256}.parquet") as temporary:
            piece.to_parquet(temporary, compression="zstd", index=False)
    about: dict[str, Any] = {"version": VERSION, **asdict(data), "schema": data.schema.to_json()}
    files.write(folder / ABOUT, json.dumps(about, ensure_ascii=False, indent=1))


def write_salt(name: str, salt: bytes) -> None:
    """Keep the secret of a data set's hashed columns where only its owner reads it."""
    path = _salt_path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.touch(0o600)
    temporary.write_bytes(salt)
    temporary.replace(path)


def salt_of(name: str) -> bytes:
    """Return the secret of a data set's hashed columns.

    Raises:
        DataError: it is gone, so that equal cells would no longer be equal.
    """
    try:
        return _salt_path(name).read_bytes()
    except OSError as error:
        raise DataError(
            _(
                "The secret of the hashed columns of {name} does not read ({problem}), it is needed to add files; "
                "restore {path}, or add all files under another name."
            ).format(name=name, problem=error.strerror or error, path=_salt_path(name))
        ) from error


def _salt_path(name: str) -> Path:
    return home() / "salts" / slug(name)


def remove(name: str) -> None:
    """Delete a data set and its secret for good; runs that were made from it stay.

    Raises:
        DataError: there is none, or it is in use.
    """
    if not exists(name):
        load(name)  # says which there are
    with changing(name) as folder:
        (folder / ABOUT).unlink()  # from here on it is not listed
        shutil.rmtree(folder)
    _salt_path(name).unlink(missing_ok=True)
