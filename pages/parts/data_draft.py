"""Files as they were dropped and what has been chosen for them, kept on disk, so that a refresh loses nothing."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final

from alma_core.errors import DataError
from alma_core.home import home
from alma_core.language import _
from alma_core.streams.readings import Reading

ABOUT: Final = "draft.json"
BEFORE: Final = "before.json"
TOKEN: Final = re.compile(r"[0-9a-f]{16}")
KEPT_DAYS: Final = 3
"""A draft in which nothing was chosen for so long is deleted when the next one begins."""
BLOCK_BYTES: Final = 1024**2
GUESSED: Final[Mapping[str, Any]] = {"roles": {}, "kinds": {}, "task": None, "combine": "one", "corrections": "both"}
"""Nothing chosen about the columns."""


@dataclass(frozen=True)
class Draft:
    """Files on their way to a data set, and what has been chosen; what is empty or None is guessed.

    Args:
        token: names its folder and its address.
        names: what the files are called, in the order in which they came; file n lies under the name n.
        left_out: numbers of files that are not used.
        reading: fields of Reading that are not to be found from the files.
        roles, kinds: of columns.
        renamed: earlier name of a column -> name now.
        task, combine, corrections, personal: as in Schema.
        by, size, unit, in_order, judged: as in Cutting.
        bucket: bucket of time into which rows are put together.
    """

    token: str
    names: tuple[str, ...] = ()
    left_out: tuple[int, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    combine: str = "one"
    corrections: str = "both"
    personal: str = "drop"
    by: str | None = None
    size: int = 0
    unit: str | None = None
    in_order: bool = True
    judged: str | None = None
    bucket: str = ""

    @property
    def used(self) -> dict[str, Path]:
        """The files that are used: a number and the name of each, and where it lies."""
        numbered = enumerate(self.names)
        return {f"{n}/{name}": _folder(self.token) / str(n) for n, name in numbered if n not in self.left_out}

    @property
    def how_read(self) -> Reading:
        """How its files are read."""
        return Reading(**self.reading)

    def read_as(self, known: Reading) -> "Draft":
        """Return the draft with its files read as is known, where nothing else was chosen."""
        return replace(self, reading={n: v for n, v in asdict(known).items() if v is not None} | dict(self.reading))

    @property
    def of_files(self) -> str:
        """A text that differs where the files or how they are read do."""
        return json.dumps([self.token, list(self.used), dict(self.reading)])

    @property
    def whole(self) -> str:
        """A text that differs where anything does."""
        return json.dumps(asdict(self), sort_keys=True)


def _folder(token: str) -> Path:
    return home() / "uploads" / token


def begin() -> str:
    """Make room for a new draft, delete those that nobody came back to, and return its token."""
    for folder in (home() / "uploads").glob("*"):
        if TOKEN.fullmatch(folder.name) and time.time() - folder.stat().st_mtime > 24 * 3600 * KEPT_DAYS:
            shutil.rmtree(folder, ignore_errors=True)
    token = secrets.token_hex(8)
    _folder(token).mkdir(parents=True, mode=0o700)
    _write(Draft(token))
    return token


def is_there(token: str) -> bool:
    """Return whether there is such a draft."""
    return bool(TOKEN.fullmatch(token)) and (_folder(token) / ABOUT).is_file()


def load(token: str) -> Draft:
    """Return a draft.

    Raises:
        DataError: it is gone, or does not read.
    """
    try:
        told = json.loads((_folder(token) / ABOUT).read_text("utf-8"))
        return Draft(**{**told, "names": tuple(told["names"]), "left_out": tuple(told["left_out"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            _("These files are no longer here ({problem}), the files were expected; drop them again.").format(
                problem=str(error).split("\n")[0]
            )
        ) from error


def add(token: str, uploads: Iterable[tuple[str, IO[bytes]]]) -> None:
    """Copy uploads to the draft's folder.

    Args:
        token: of the draft.
        uploads: name and content of each.

    Raises:
        DataError: the draft is gone, or there is no room.
    """
    draft = load(token)
    names = list(draft.names)
    try:
        for name, content in uploads:
            with (_folder(token) / str(len(names))).open("wb") as copy:
                shutil.copyfileobj(content, copy, BLOCK_BYTES)
            names.append(name)
        _write(replace(draft, names=tuple(names)))
    except OSError as error:
        raise DataError(
            _("{name} cannot be stored ({problem}); make room on the server, or ask who runs it.").format(
                name=name, problem=error.strerror or error
            )
        ) from error


def settle(token: str, **chosen: Any) -> None:
    """Write down what has been chosen; what was chosen before can be had back once."""
    before = load(token)
    _write(before, BEFORE)
    _write(replace(before, **chosen))


def has_before(token: str) -> bool:
    """Return whether a choice can be undone."""
    return (_folder(token) / BEFORE).is_file()


def undo(token: str) -> None:
    """Go back to what held before the last choice."""
    (_folder(token) / BEFORE).replace(_folder(token) / ABOUT)


def _write(draft: Draft, name: str = ABOUT) -> None:
    path = _folder(draft.token) / name
    temporary = path.with_name(f".{name}.tmp")
    temporary.write_text(json.dumps(asdict(draft), ensure_ascii=False), "utf-8")
    temporary.replace(path)


def discard(token: str) -> None:
    """Delete a draft with its files."""
    if is_there(token):
        shutil.rmtree(_folder(token), ignore_errors=True)
