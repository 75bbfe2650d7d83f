"""The rows of files as they are kept: typed, without what is personal, in order of time, in buckets where asked."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _, n_
from alma_core.streams.buckets import aggregated
from alma_core.streams.deliveries import Delivery, File, doubts, typed_rows
from alma_core.streams.schema import Schema


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of files, in the order in which they were added.

    Args:
        frame: [N] typed columns.
        files: where they come from, in order.
    """

    frame: pd.DataFrame
    files: tuple[File, ...]

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def file_numbers(self) -> NDArray[np.int64]:
        """[N] which file each row stands in, from 0."""
        return np.repeat(np.arange(len(self.files)), [file.rows for file in self.files])

    @property
    def additions(self) -> NDArray[np.int64]:
        """[N] which addition brought each row, from 1."""
        return np.repeat([file.addition for file in self.files], [file.rows for file in self.files]).astype(np.int64)

    @property
    def pieces(self) -> list[pd.DataFrame]:
        """The rows of each file."""
        edges = np.cumsum([0, *(file.rows for file in self.files)])
        return [self.frame.iloc[start:end] for start, end in pairwise(edges)]

    def and_then(self, later: "Rows") -> "Rows":
        """Return these rows with those of a later addition below them."""
        return Rows(pd.concat([self.frame, later.frame], ignore_index=True), (*self.files, *later.files))


def joined(pieces: Sequence[pd.DataFrame], files: Sequence[File]) -> Rows:
    """Return rows from each file's own."""
    counted = tuple(replace(file, rows=len(piece)) for file, piece in zip(files, pieces, strict=True))
    return Rows(pieces[0] if len(pieces) == 1 else pd.concat(pieces, ignore_index=True), counted)


def rows_of(delivery: Delivery, schema: Schema, *, in_order: bool, bucket: str, salt: bytes) -> tuple[Rows, list[str]]:
    """Return the rows as they are kept, and what was done with them, a sentence each.

    Args:
        delivery: the files as read.
        schema: roles and kinds.
        in_order: whether the rows of each file are put in order of time, where there is a time.
        bucket: bucket of time into which they are put together; empty: they are left as they are.
        salt: of personal columns that are kept as a hash.

    Raises:
        DataError: no row is left.
    """
    frame = typed_rows(delivery, schema)
    needed = [column.name for column in schema.columns if column.role not in ("ignore", "personal")]
    notes = [*delivery.missing(needed), *doubts(delivery, frame, schema)]
    for name in schema.named("personal") if schema.personal == "hash" else ():
        frame[name] = hashed(frame[name], salt)
    rows = Rows(frame, delivery.files)
    if bucket:
        rows = joined([aggregated(piece, schema, bucket) for piece in rows.pieces], rows.files)
        notes.append(
            _("{before} rows were put together into {after}, one for each {bucket} of each file.").format(
                before=len(frame), after=len(rows), bucket=_(bucket)
            )
        )
    time = schema.only("time")
    if time and in_order and not bucket:
        order = np.lexsort((_known_times(rows, time), rows.file_numbers))
        moved = int((order != np.arange(len(order))).sum())
        if moved:
            rows = Rows(rows.frame.take(order).reset_index(drop=True), rows.files)
            notes.append(
                n_(
                    "{count} row did not stand in order of time; the rows of each file were put in order.",
                    "{count} rows did not stand in order of time; the rows of each file were put in order.",
                    moved,
                )
            )
    if not len(rows):
        raise DataError(_("The files hold no row, at least one was expected; check them, or how they are read."))
    return rows, notes


def _known_times(rows: Rows, time: str) -> NDArray[np.datetime64]:
    """Return [N] the time of each row; without one, that of the row before it in its file, or else after it."""
    numbers = rows.file_numbers
    return rows.frame[time].groupby(numbers).ffill().groupby(numbers).bfill().to_numpy()


def hashed(values: "pd.Series[Any]", salt: bytes) -> "pd.Series[Any]":
    """Return a salted hash of each filled cell, so that equal cells stay equal and none can be read back.

    Args:
        values: typed cells.
        salt: secret bytes of the data set.
    """
    codes, unique = pd.factorize(values)
    names = [hmac.new(salt, str(value).encode(), hashlib.sha256).hexdigest()[:16] for value in unique]
    return pd.Series(pd.array([*names, None], "str").take(codes), index=values.index, name=values.name)
