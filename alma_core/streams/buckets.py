"""Rows of sensors -> one row for each bucket of time."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from alma_core.asked import one_of
from alma_core.errors import SpecError
from alma_core.language import _, mark
from alma_core.streams.schema import Schema
from alma_core.streams.targets import class_names

BUCKETS: Final = {mark("minute"): "min", mark("hour"): "h", mark("day"): "D"}
"""Buckets of time, and what pandas calls them."""

Cells: TypeAlias = "pd.Series[Any]"


def check_bucket(bucket: str, schema: Schema) -> None:
    """Refuse a bucket that the columns cannot be put into.

    Raises:
        SpecError: an unknown bucket, no time, or a key that tells single rows apart.
    """
    one_of(tuple(BUCKETS), bucket, mark("the bucket of time"))
    if schema.only("time") is None:
        raise SpecError(
            _(
                "Rows were to be put together by the {bucket}, but no column is the time; say which one is, or leave "
                "the rows as they are."
            ).format(bucket=_(bucket))
        )
    if schema.corrections == "latest":
        raise SpecError(
            _(
                "Rows were to be put together by the {bucket} and corrected by their key too, one of them was "
                "expected; leave one out."
            ).format(bucket=_(bucket))
        )


def aggregated(frame: pd.DataFrame, schema: Schema, bucket: str) -> pd.DataFrame:
    """Return one row for each bucket of time that has rows, in order of time.

    Numbers become their mean, booleans their share, categories and texts the most frequent (of equals the first), dates
    the latest; a quantity the sum; blanks do not count. The time is the bucket's start. A label of two classes is the
    one looked for if any row has it; of more, the most frequent; a number its mean.

    Args:
        frame: typed columns of the schema; a row without a time is left out.
        schema: roles and kinds.
        bucket: of BUCKETS.
    """
    time = str(schema.only("time"))
    timed = frame[frame[time].notna()]
    starts = timed[time].dt.floor(BUCKETS[bucket]).rename("start")
    index = pd.Index(np.sort(starts.unique()))
    joined = {name: _rule(schema, str(name))(timed[name], starts).reindex(index) for name in frame if name != time}
    columns = {name: joined.get(name, index) for name in frame}
    return pd.DataFrame(columns, index=index).astype(frame.dtypes).reset_index(drop=True)


def _rule(schema: Schema, name: str) -> Callable[[Cells, Cells], Cells]:
    """Return what puts the cells of a column together by the start of their bucket."""
    role, kind = next((column.role, column.kind) for column in schema.columns if column.name == name)
    if role in ("target", "label") and schema.task == "classification":
        return partial(_any, looked_for=schema.classes[1]) if len(schema.classes) == 2 else most_frequent
    if role == "quantity":
        return lambda cells, starts: cells.groupby(starts).sum()
    if kind == "date":
        return lambda cells, starts: cells.groupby(starts).max()
    return (lambda cells, starts: cells.groupby(starts).mean()) if kind in ("number", "boolean") else most_frequent


def _any(cells: Cells, starts: Cells, looked_for: str) -> Cells:
    """Return `looked_for` for each bucket where a cell says so, else the most frequent."""
    says_so = (class_names(cells) == looked_for).fillna(False).to_numpy(bool)
    found = most_frequent(cells[says_so], starts[says_so])
    return pd.concat([found, most_frequent(cells, starts).drop(found.index)])


def most_frequent(cells: Cells, starts: Cells) -> Cells:
    """Return the most frequent cell of each bucket, of equals the one that stands first; blank where all are."""
    pairs = pd.DataFrame({"start": starts, "cell": cells}).dropna()
    counts = pairs.groupby(["start", "cell"], sort=False).size().reset_index(name="count")
    ranked = counts.sort_values("count", ascending=False, kind="stable")
    return ranked.drop_duplicates("start").set_index("start")["cell"]
