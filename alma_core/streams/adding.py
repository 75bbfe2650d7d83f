"""A delivery of files -> a new data set, or the next rows of one that is kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alma_core.errors import DataError, SpecError
from alma_core.language import _
from alma_core.streams import datasets
from alma_core.streams.arrays import Arrays, arrays_of
from alma_core.streams.buckets import check_bucket
from alma_core.streams.columns import ROLE_NAMES, Column, check_columns, shown
from alma_core.streams.cutting import Cutting
from alma_core.streams.datasets import DataSet
from alma_core.streams.deliveries import Delivery, File
from alma_core.streams.readings import Reading
from alma_core.streams.rows import Rows, rows_of
from alma_core.streams.schema import Schema, with_classes
from alma_core.streams.values import kind_of


@dataclass(frozen=True, eq=False)
class Contents:
    """A data set with all that stands in it, kept or not yet.

    Args:
        data: what is known of it.
        rows: all its rows.
        arrays: what a run works on.
        notes: what was noticed and done, a sentence each.
        salt: the secret of its hashed personal columns; empty where it has none.
    """

    data: DataSet
    rows: Rows
    arrays: Arrays
    notes: tuple[str, ...] = ()
    salt: bytes = b""


def drafted(
    name: str,
    delivery: Delivery,
    schema: Schema,
    cutting: Cutting,
    unit: str = "",
    bucket: str = "",
    reading: Reading | None = None,
) -> Contents:
    """Return a new data set as it would be kept; nothing is written.

    Args:
        name: how it is to be called.
        delivery: the files as read, columns under their names of now.
        schema: roles, kinds and classes.
        cutting: how rows become mega-batches.
        unit: of a target that is a number.
        bucket: bucket of time into which rows are put together; empty: none.
        reading: how its files are to be read, where that is not to be found from each.

    Raises:
        DataError: the rows cannot be cut so.
        SpecError: the cut, the bucket and the roles do not fit together.
    """
    _check(schema, cutting, bucket)
    salt = secrets.token_bytes(32) if _is_hashed(schema) else b""
    rows, notes = rows_of(delivery, schema, in_order=cutting.in_order, bucket=bucket, salt=salt)
    data = DataSet(datasets.plain_name(name), schema, cutting, rows.files, unit, bucket, reading or Reading())
    arrays = arrays_of(data.name, rows, schema, cutting, unit)
    return Contents(data, rows, arrays, (*delivery.notes, *notes), salt)


def _check(schema: Schema, cutting: Cutting, bucket: str) -> None:
    if bucket:
        check_bucket(bucket, schema)
    if not cutting.in_order and (schema.corrections == "latest" or schema.only("label_date")):
        raise SpecError(
            _(
                "The rows stand in no order, but a label date or the latest of corrected rows was given, which need "
                "one; leave it out, or say that the rows are in order."
            )
        )


def _is_hashed(schema: Schema) -> bool:
    return schema.personal == "hash" and bool(schema.named("personal"))


def keep(draft: Contents) -> Contents:
    """Keep a new data set and return it.

    Raises:
        DataError: the name is taken, or there is no room.
    """
    name = draft.data.name
    with datasets.changing(name) as folder:
        if datasets.exists(name):
            raise DataError(
                _("A data set {name} is kept already, a new name was expected; choose another, or add to it.").format(
                    name=name
                )
            )
        if draft.salt:
            datasets.write_salt(name, draft.salt)
        files = _dated(draft.rows.files, 1)
        data = replace(draft.data, files=files)
        datasets.write(folder, data, draft.rows.pieces)
    return replace(draft, data=data, rows=Rows(draft.rows.frame, files))


def extend(name: str, delivery: Delivery, features: Sequence[str] = ()) -> Contents:
    """Add files to a data set that is kept: its roles and its cut stay as they are, and no earlier row moves.

    Args:
        name: of the data set.
        delivery: the files as read.
        features: columns that the data set has not had so far, to be inputs from now on; others are left out.

    Raises:
        DataError: there is no such data set, all files are in it already, or they have nothing in common with it.
        SpecError: a column of `features` has a role already.
    """
    name = datasets.plain_name(name)
    with datasets.changing(name) as folder:
        old = datasets.load(name)
        fresh, notes = _unseen(delivery.renamed(old.schema.renamed), old)
        known = _with_features(old.schema, fresh, features)
        notes += _differences(fresh, known)
        salt = datasets.salt_of(name) if _is_hashed(old.schema) else b""
        added, more = rows_of(fresh, known, in_order=old.cutting.in_order, bucket=old.bucket, salt=salt)
        files = _dated(added.files, 1 + max(file.addition for file in old.files))
        rows = old.rows().and_then(Rows(added.frame, files))
        schema = with_classes(rows.frame, known)
        new_classes = schema.classes[len(known.classes) :]
        if new_classes:
            more.append(
                _("{classes} did not stand in {target} before, so runs of {name} are made anew, not extended.").format(
                    classes=shown(new_classes), target=schema.target, name=name
                )
            )
        if not old.cutting.in_order:
            more.append(
                _("The rows of {name} stand in no order, so its runs are made anew with the new rows.").format(
                    name=name
                )
            )
        data = replace(old, schema=schema, files=rows.files)
        arrays = arrays_of(name, rows, schema, data.cutting, data.unit)
        datasets.write(folder, data, added.pieces)
    return Contents(data, rows, arrays, (*fresh.notes, *notes, *more), salt)


def _with_features(schema: Schema, delivery: Delivery, features: Sequence[str]) -> Schema:
    """Return the schema with new inputs behind its columns."""
    check_columns([str(name) for name in delivery.cells.columns], features)
    roles = {column.name: column.role for column in schema.columns}
    for name in features:
        if name in roles:
            raise SpecError(
                _(
                    "{column} was given as a new input, but has the role {role} in the data set, which stays; leave it "
                    "out, or add all files under another name."
                ).format(column=name, role=_(ROLE_NAMES[roles[name]]))
            )
    new = (Column(name, "feature", kind_of(delivery.cells[name], delivery.decimal)) for name in features)
    return replace(schema, columns=(*schema.columns, *new))


def _dated(files: Sequence[File], addition: int) -> tuple[File, ...]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return tuple(replace(file, addition=addition, added=now) for file in files)


def _unseen(delivery: Delivery, data: DataSet) -> tuple[Delivery, list[str]]:
    """Return the files that are not in the data set yet, and a sentence on each that is."""
    seen = {file.sha256: file.name for file in data.files}
    fresh = delivery.without(seen)
    if not fresh.files:
        raise DataError(
            _("All of these files are in {name} already, new ones were expected; add the next file.").format(
                name=data.name
            )
        )
    sentence = _("{file} is in the data set already (as {known}) and was left out.")
    twice = [file for file in delivery.files if file.sha256 in seen]
    return fresh, [sentence.format(file=file.name, known=seen[file.sha256]) for file in twice]


def _differences(delivery: Delivery, schema: Schema) -> list[str]:
    """Say which columns are new; refuse files that have none of those that are known."""
    known = {column.name for column in schema.columns}
    if known.isdisjoint(delivery.cells.columns):
        raise DataError(
            _(
                "{files} have none of the columns {columns}, the same columns were expected as before; check the "
                "files, or add them under another name."
            ).format(
                files=shown([file.name for file in delivery.files]), columns=shown([c.name for c in schema.columns])
            )
        )
    new = [str(name) for name in delivery.cells.columns if name not in known]
    sentence = _("The columns {columns} were not in the data set before and were left out.")
    return [sentence.format(columns=shown(new))] if new else []


def opened(name: str) -> Contents:
    """Return a data set that is kept with all that stands in it.

    Raises:
        DataError: there is none, or it is damaged.
    """
    data = datasets.load(name)
    rows = data.rows()
    return Contents(data, rows, arrays_of(data.name, rows, data.schema, data.cutting, data.unit))
