"""Parquet and NumPy files -> typed columns, with what they unpack to checked on the way."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet, types

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.streams.archives import LARGEST_UNPACKED_BYTES, bomb, checked_zip, damaged, too_tight
from alma_core.streams.cells import text_column
from alma_core.streams.naming import excerpt, listed
from alma_core.streams.readings import LONGEST_CELL, check_size, check_width, no_rows, too_long_cell

BATCH_ROWS: Final = 65_536
EXACT: Final = 2**53
"""Whole numbers up to this stay what they are as float64."""
INDEX: Final = "__index_level_"
"""How pandas names the row numbers that it stores; they are left out."""

Columns = list[tuple[str, "pd.Series[Any]"]]


def read_parquet(path: Path, name: str) -> Columns:
    """Return the names and the typed columns of a Parquet file.

    Raises:
        DataError: it is damaged, too large, or has columns that are no numbers, dates or text.
    """
    try:
        with parquet.ParquetFile(path) as file:
            fields = [field for field in file.schema_arrow if not field.name.startswith(INDEX)]
            check_width(name, len(fields))
            check_size(name, file.metadata.num_rows, len(fields))
            for field in fields:
                _check_type(field, name)
        # Text stays numbered while it is read: a few bytes of a file can name one long text a million times.
        texts = [field.name for field in fields if _is_text(field.type)]
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            batches = list(_batches(file, [field.name for field in fields], name))
        table = pa.Table.from_batches(batches) if batches else None
        columns = [(c, _column(table.column(i), name)) for i, c in enumerate(table.column_names)] if table else []
    except DataError:
        raise
    except Exception as error:  # pyarrow lets through whatever a broken file raises
        raise damaged(name) from error
    if not columns or not len(columns[0][1]):
        raise no_rows(name)
    return columns


def check_spread(path: Path, name: str, most_bytes: int) -> None:
    """Check that a Parquet file is no larger once it is read than tables are, before anything reads it whole.

    Args:
        path: where the file lies.
        name: how the file is called in sentences.
        most_bytes: what its cells may come to, at 8 bytes each.

    Raises:
        DataError: it is damaged, it would be larger, or it has columns that are no numbers, dates or text.
    """
    try:
        with parquet.ParquetFile(path) as file:
            fields, n_rows = list(file.schema_arrow), file.metadata.num_rows
        check_width(name, len(fields))
        size = 8 * n_rows * len(fields)
        if size > most_bytes or too_tight(size, path.stat().st_size):
            raise bomb(name, size, most_bytes)
        for field in fields:
            _check_type(field, name)
        texts = [field.name for field in fields if _is_text(field.type) or types.is_dictionary(field.type)]
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            for column in file.read(texts, use_threads=False).columns:
                if _is_text(column.type.value_type):
                    _check_texts(column, name)
    except DataError:
        raise
    except Exception as error:  # pyarrow lets through whatever a broken file raises
        raise damaged(name) from error


def read_arrays(path: Path, name: str) -> Columns:
    """Return the columns c1, c2, ... of the array x [N, features] of an .npz file, and y [N] where it has one.

    Raises:
        DataError: it is damaged or too large, or its arrays are something else.
    """
    checked_zip(path, name)
    try:
        with np.load(path, allow_pickle=False) as archive:
            given = list(archive.files)
            arrays = {key: archive[key] for key in ("x", "y") if key in given}
    except Exception as error:  # zipfile and numpy let through whatever a broken or hostile member raises
        raise DataError(
            _(
                "{name} holds Python objects or is damaged, plain arrays of numbers were expected; save it again with "
                "numpy.savez, without objects."
            ).format(name=name)
        ) from error
    _check_arrays(arrays, given, name)
    x = arrays.pop("x")
    columns = {f"c{i + 1}": x[:, i] for i in range(x.shape[1])} | arrays
    return [(column, _array_column(values)) for column, values in columns.items()]


def _check_type(field: Any, name: str) -> None:
    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    known = (
        *(types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_null),
        *(types.is_temporal, _is_text),
    )
    if not any(is_one(kind) for is_one in known):
        raise DataError(
            _(
                "{name} has the column {column} of type {type}, numbers, dates or text were expected; split it into "
                "columns of single values or leave it out."
            ).format(name=name, column=excerpt(field.name), type=excerpt(str(kind)))
        )


def _is_text(kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _batches(file: Any, columns: list[str], name: str) -> Iterator[Any]:
    n_rows = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False):
        n_rows += len(batch)
        check_size(name, n_rows, len(columns))
        yield batch


def _column(column: Any, name: str) -> "pd.Series[Any]":
    kind = column.type
    if types.is_dictionary(kind) and not _is_text(kind.value_type):
        return _column(column.cast(kind.value_type), name)
    if types.is_dictionary(kind):
        _check_texts(column, name)
    if types.is_boolean(kind) and not column.null_count:
        return pd.Series(_numpy(column), dtype=bool)
    if types.is_boolean(kind):
        return text_column(pc.if_else(column, "TRUE", "FALSE"))
    if types.is_integer(kind):
        return _whole(column)
    if types.is_floating(kind) or types.is_decimal(kind):
        return pd.Series(_numpy(column.cast(pa.float64())), dtype=np.float64)
    if types.is_timestamp(kind) or types.is_date(kind):
        return _moments(column)
    if types.is_duration(kind):
        return pd.Series(_numpy(column.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64())) / 1e6)
    return text_column(column.cast(pa.large_string()))


def _whole(column: Any) -> "pd.Series[Any]":
    low, high = (bound.as_py() or 0 for bound in pc.min_max(column).values())
    if not column.null_count and high < 2**63:
        return pd.Series(_numpy(column.cast(pa.int64())), dtype=np.int64)
    if max(-low, high) <= EXACT:
        return pd.Series(_numpy(column.cast(pa.float64())), dtype=np.float64)
    return text_column(column.cast(pa.large_string()))


def _moments(column: Any) -> "pd.Series[Any]":
    """Return dates by the clock on the wall, where a column has a time zone."""
    local = pc.local_timestamp(column) if types.is_timestamp(column.type) and column.type.tz else column
    finer = types.is_timestamp(local.type) and local.type.unit == "ns"
    return pd.Series(_numpy(local.cast(pa.timestamp("us"), safe=not finer)).astype("datetime64[us]"))


def _check_texts(column: Any, name: str) -> None:
    """Raise DataError where numbered text would be too long once it is written out."""
    size = 0
    for chunk in column.chunks:
        if not len(chunk.dictionary):
            continue
        longest = pc.max(pc.utf8_length(chunk.dictionary)).as_py() or 0
        if longest > LONGEST_CELL:
            raise too_long_cell(name, longest)
        lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
        size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    if size > LARGEST_UNPACKED_BYTES:
        raise bomb(name, size, LARGEST_UNPACKED_BYTES)


def _numpy(column: Any) -> NDArray[Any]:
    return np.asarray(column.to_numpy())


def _check_arrays(arrays: Mapping[str, NDArray[Any]], given: list[str], name: str) -> None:
    shapes = {key: array.shape for key, array in arrays.items() if isinstance(array, np.ndarray)}
    x, y = shapes.get("x", ()), shapes.get("y")
    if len(x) != 2 or (y is not None and y != x[:1]) or ("y" in given and y is None):
        raise DataError(
            _(
                "{name} holds {arrays}, but x of shape (rows, columns) and y of shape (rows,) were expected; save them "
                "under those names."
            ).format(name=name, arrays=listed([f"{k} {shapes.get(k, '')}" for k in given]) or _("(none)"))
        )
    if bad := [key for key, array in arrays.items() if array.dtype.kind not in "buifMUS"]:
        raise DataError(
            _(
                "{name} holds {array} of type {type}, numbers, dates or text were expected; save it as one of them."
            ).format(name=name, array=bad[0], type=arrays[bad[0]].dtype)
        )
    check_width(name, x[1] + 1)
    check_size(name, x[0], x[1] + 1)
    if not x[0] or not x[1]:
        raise no_rows(name)


def _array_column(values: NDArray[Any]) -> "pd.Series[Any]":
    if values.dtype.kind == "b":
        return pd.Series(values)
    if values.dtype.kind == "f":
        return pd.Series(values.astype(np.float64))
    if values.dtype.kind == "M":
        return pd.Series(values.astype("datetime64[us]"))
    if values.dtype.kind in "ui" and (not len(values) or values.max() < 2**63):
        return pd.Series(values.astype(np.int64))
    if values.dtype.kind == "S":
        values = np.strings.decode(values, "latin-1")  # reads any byte
    return text_column(pa.array(values.astype(str)))
