"""Files handed in together -> their rows as one frame of cells, in the order in which the files stand."""

import hashlib
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.streams import naming, tables, values
from alma_core.streams.columns import KIND_NAMES, shown
from alma_core.streams.readings import Reading, Table
from alma_core.streams.schema import Schema
from alma_core.streams.short_years import with_long_years


@dataclass(frozen=True)
class File:
    """One source file, as it was handed in.

    Args:
        name: its own name, for screens only.
        sha256: of its bytes.
        rows: rows that are kept of it.
        dated: the date in its name as ISO text, or empty.
        addition: files that were added together have one number: 1, 2, ...
        added: when, as ISO text; empty while it is not kept.
    """

    name: str
    sha256: str
    rows: int
    dated: str = ""
    addition: int = 1
    added: str = ""


@dataclass(frozen=True, eq=False)
class Delivery:
    """Files read together.

    Args:
        files: as they stand.
        heads: each file's first rows, with how it was read.
        cells: [N] rows of all files; a column that a file lacks is blank there.
        notes: what was noticed, a sentence each.
    """

    files: tuple[File, ...]
    heads: tuple[Table, ...]
    cells: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def numbers(self) -> NDArray[np.int64]:
        """[N] which file each row stands in, from 0."""
        return np.repeat(np.arange(len(self.files)), [file.rows for file in self.files])

    @property
    def decimal(self) -> str:
        """The decimal mark of the first file, by which kinds are found; `typed_rows` goes by each file's own."""
        return self.heads[0].reading.decimal or "."

    def missing(self, columns: Iterable[str]) -> list[str]:
        """Say which of the columns which files lack, a sentence each."""
        sentence = _("{column} is not in {files}; its cells count as blank there.")
        lacking = {name: [table.name for table in self.heads if name not in table.frame] for name in columns}
        return [sentence.format(column=name, files=shown(files)) for name, files in lacking.items() if files]

    def without(self, hashes: Container[str]) -> "Delivery":
        """Return the delivery without the files whose sha256 is one of these."""
        keep = np.array([file.sha256 not in hashes for file in self.files])
        cells = self.cells if keep.all() else self.cells[keep[self.numbers]].reset_index(drop=True)
        files = tuple(file for file, kept in zip(self.files, keep, strict=True) if kept)
        heads = tuple(head for head, kept in zip(self.heads, keep, strict=True) if kept)
        return Delivery(files, heads, cells, self.notes)

    def renamed(self, names: Mapping[str, str]) -> "Delivery":
        """Return the delivery with columns under their names of now.

        Args:
            names: earlier name -> name now. Where a row has both, the name of now counts.
        """
        heads = tuple(replace(head, frame=_under_names(head.frame, names)) for head in self.heads)
        return Delivery(self.files, heads, _under_names(self.cells, names), self.notes)


def _under_names(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    for old, new in names.items():
        if old in frame and new in frame:
            filled = _filled_from(frame[new], frame[old])
            frame = frame.drop(columns=old)
            frame[new] = filled
        elif old in frame:
            frame = frame.rename(columns={old: new})
    return frame


def deliver(
    paths: Sequence[Path], reading: Reading | None = None, names: Sequence[str] = (), as_given: bool = False
) -> Delivery:
    """Read files and put their rows together.

    Args:
        paths: where the files lie.
        reading: how they are read, where that is not to be found from each.
        names: how they are called; empty: as their paths are.
        as_given: whether they stand in order already; else they go by the dates and numbers in their names.

    Raises:
        DataError: there is no file, or one does not read.
    """
    called = list(names) or [path.name for path in paths]
    order = list(range(len(called))) if as_given else naming.in_order(called)
    read: dict[str, Table] = {}
    notes: list[str] = []
    for number in order:
        path, name = paths[number], called[number]
        sha256 = _sha256(path, name)
        if sha256 in read:
            twin = read[sha256].name
            notes.append(_("{name} holds the same as {other} and was left out.").format(name=name, other=twin))
        else:
            read[sha256] = tables.read(path, reading or Reading(), name)
    if not read:
        raise DataError(_("No file was given, at least one was expected; name the files to read."))
    files = tuple(_file(table, sha256) for sha256, table in read.items())
    notes += _gathered(read.values())
    heads = tuple(replace(table, frame=table.frame.head(5)) for table in read.values())
    cells = _together([table.frame for table in read.values()])
    for column in cells:
        cells[column], note = with_long_years(cells[column])
        notes += [note] if note else []
    return Delivery(files, heads, cells, tuple(notes))


def _gathered(read: Collection[Table]) -> list[str]:
    """Return the notes on the files, each once with the files that it is about."""
    about: dict[str, list[str]] = {}
    for table in read:
        for note in table.notes:
            about.setdefault(note, []).append(table.name)
    sentence, of_all = _("{files}: {note}"), _("all files")
    return [
        sentence.format(files=of_all if 1 < len(names) == len(read) else shown(names), note=note)
        for note, names in about.items()
    ]


def _sha256(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            _("{name} cannot be read ({problem}), a file was expected; check its name and its permissions.").format(
                name=name, problem=error.strerror or error
            )
        ) from error


def _file(table: Table, sha256: str) -> File:
    day = naming.date_in(table.name)
    return File(table.name, sha256, len(table.frame), day.isoformat() if day else "")


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    names = dict.fromkeys(name for frame in frames for name in frame.columns)
    lengths = [len(frame) for frame in frames]
    joined = {name: _one_below_another([frame.get(name) for frame in frames], lengths) for name in names}
    return pd.DataFrame(joined, copy=False)


def _one_below_another(pieces: Sequence["pd.Series[Any] | None"], lengths: Sequence[int]) -> "pd.Series[Any]":
    """Return one column's cells of all files; where their types differ, as numbers if all are, else as text."""
    there = [piece for piece in pieces if piece is not None]
    common = _common_dtype({piece.dtype for piece in there}, with_blanks=len(there) < len(pieces))
    filled = [
        pd.Series(None, index=range(length), dtype=common) if piece is None else piece.astype(common)
        for piece, length in zip(pieces, lengths, strict=True)
    ]
    return filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)


def _common_dtype(dtypes: set[Any], with_blanks: bool) -> Any:
    if len(dtypes) == 1 and not (with_blanks and next(iter(dtypes)).kind in "iub"):
        return next(iter(dtypes))
    return np.dtype(np.float64) if all(dtype.kind in "iufb" for dtype in dtypes) else "str"


def kinds_of(delivery: Delivery) -> dict[str, str]:
    """Return the kind of each column, one of values.KINDS."""
    return {str(name): values.kind_of(delivery.cells[name], delivery.decimal) for name in delivery.cells}


def typed_rows(delivery: Delivery, schema: Schema) -> pd.DataFrame:
    """Return the columns of a schema as their kinds; one that no file has is blank.

    What is ignored, and what is personal and to be dropped, is left out.
    """
    marks = np.array([table.reading.decimal or "." for table in delivery.heads])[delivery.numbers]  # [N]
    left_out = ("ignore", "personal") if schema.personal == "drop" else ("ignore",)
    absent = pd.Series(None, index=delivery.cells.index, dtype="str")
    typed = {
        column.name: _typed(delivery.cells.get(column.name, absent), column.kind, marks)
        for column in schema.columns
        if column.role not in left_out
    }
    return pd.DataFrame(typed, index=delivery.cells.index, copy=False)


def doubts(delivery: Delivery, typed: pd.DataFrame, schema: Schema) -> list[str]:
    """Say which cells do not read as the kind of their column, and which dates could be read in another way.

    Args:
        delivery: the files as read.
        typed: as `typed_rows` returns it.
        schema: roles and kinds.
    """
    said: list[str] = []
    for column in schema.columns:
        if column.name not in typed or column.name not in delivery.cells or column.kind in ("category", "text"):
            continue
        cells = delivery.cells[column.name]
        lost = values.filled(cells) - int(typed[column.name].notna().sum())
        if lost > 0:
            sentence = _("Cells of {column} that do not read as {kind} and count as blank: {count:,}.")
            said.append(sentence.format(count=lost, column=column.name, kind=_(KIND_NAMES[column.kind])))
        if column.kind == "date" and isinstance(cells.dtype, pd.StringDtype):
            said += values.doubts(cells, delivery.decimal)
    return said


def _filled_from(cells: "pd.Series[Any]", others: "pd.Series[Any]") -> "pd.Series[Any]":
    common = _common_dtype({cells.dtype, others.dtype}, with_blanks=True)
    return cells.astype(common).fillna(others.astype(common))


def _typed(cells: "pd.Series[Any]", kind: str, marks: NDArray[np.str_]) -> "pd.Series[Any]":
    used = np.unique(marks) if len(marks) else ["."]
    parts = [values.typed(cells[marks == mark] if len(used) > 1 else cells, kind, str(mark)) for mark in used]
    return parts[0] if len(parts) == 1 else pd.concat(parts).sort_index()
