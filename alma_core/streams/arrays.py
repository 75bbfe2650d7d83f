"""Kept rows -> the arrays that a run works on, with the mega-batch of each example."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.seeds import TEST_PER_MILLE, per_mille
from alma_core.streams.cutting import CALENDAR, Arrivals, Cutting, Days, by_calendar, by_count, by_file, days_of
from alma_core.streams.encoding import Encoded, encode
from alma_core.streams.rows import Rows
from alma_core.streams.schema import Schema, target_of
from alma_core.streams.source import Cut, Source


def arrivals_of(rows: Rows, schema: Schema, cutting: Cutting) -> Arrivals:
    """Return in which mega-batch each row arrives.

    Raises:
        DataError: a file's rows have no date to cut by, or there would be too many mega-batches.
    """
    if cutting.by == "file":
        return by_file([file.rows for file in rows.files], _file_dates(rows, schema), cutting.unit)
    if cutting.by in CALENDAR:
        return by_calendar(_row_days(rows, schema), rows.additions, cutting.by)
    first_rows = int((rows.additions == rows.additions[0]).sum())
    time = schema.only("time")
    days = _days(rows.frame[time]) if time else np.full(len(rows), np.datetime64("NaT", "D"))
    return by_count(days, first_rows, cutting)


def _days(times: "pd.Series[Any]") -> Days:
    return times.to_numpy().astype("datetime64[D]")


def _named_dates(rows: Rows) -> Days:
    """Return [files] the date in the name of each file."""
    return np.array([file.dated or "NaT" for file in rows.files], "datetime64[D]")


def _row_days(rows: Rows, schema: Schema) -> Days:
    """Return [N] the day of each row: its time, else that of the row before in its file, else the file's date."""
    time = schema.only("time")
    named = np.repeat(_named_dates(rows), [file.rows for file in rows.files])
    days = days_of(rows.frame[time], rows.file_numbers) if time else named
    days = np.where(np.isnat(days), named, days)
    if np.isnat(days).any():
        raise DataError(
            _(
                "{name} has no date to cut by, a time column or a date in the name of the file was expected; name the "
                "time column, or cut by file or by number of rows."
            ).format(name=rows.files[int(rows.file_numbers[np.isnat(days).argmax()])].name)
        )
    return days


def _file_dates(rows: Rows, schema: Schema) -> Days:
    """Return [files] the date in the name of each file, or else that of its last row."""
    named, time = _named_dates(rows), schema.only("time")
    if time is None:
        return named
    newest = np.full(len(named), np.datetime64("NaT", "D"))
    np.fmax.at(newest, rows.file_numbers, _days(rows.frame[time]))
    return np.where(np.isnat(named), newest, named)


@dataclass(frozen=True, eq=False)
class Versions:
    """Which rows are versions of one thing, where the latest of rows with an equal key counts.

    Args:
        corrects: [N] the labelled row that each labelled row replaces from its arrival on, -1: none.
        judged: [N] labelled rows that a model is judged on where they arrive: of each key the first mega-batch that
            brings a label, and of this the last version.
        asks: [N] rows that ask for a prediction: of each key the first, labelled or not.
    """

    corrects: NDArray[np.int64]
    judged: NDArray[np.bool_]
    asks: NDArray[np.bool_]


def versions_of(rows: Rows, schema: Schema, arrives: NDArray[np.int64], labelled: NDArray[np.bool_]) -> Versions:
    """Return which row replaces which; where rows with an equal key are both kept, none does."""
    corrects, judged, asks = np.full(len(rows), -1, np.int64), labelled.copy(), np.ones(len(rows), np.bool_)
    key = schema.only("key")
    if schema.corrections == "latest" and key:
        codes = pd.factorize(rows.frame[key])[0]  # -1 where blank: such a row stands for itself
        order = np.lexsort((arrives, codes))
        order = order[codes[order] >= 0]
        asks[order[1:]] = codes[order[1:]] != codes[order[:-1]]
        order = order[labelled[order]]
        earlier, later = order[:-1], order[1:]
        same = codes[earlier] == codes[later]
        corrects[later[same]] = earlier[same]
        began = arrives[order[np.maximum.accumulate(np.where(np.append(True, ~same), np.arange(len(order)), 0))]]
        judged[order] = arrives[order] == began
        judged[earlier[same & (arrives[earlier] == arrives[later])]] = False
    return Versions(corrects, judged, asks)


@dataclass(frozen=True, eq=False)
class Arrays:
    """A data set as a run sees it, and what stands behind it.

    Args:
        source: examples are the labelled rows, in the order of the rows.
        arrivals: of all rows.
        encoded: of all rows.
        labelled: [N] which rows have a target.
        versions: which rows correct which.
    """

    source: Source
    arrivals: Arrivals
    encoded: Encoded
    labelled: NDArray[np.bool_]
    versions: Versions


def arrays_of(
    name: str, rows: Rows, schema: Schema, cutting: Cutting, unit: str = "", missing_share: float = 0.0
) -> Arrays:
    """Return the arrays of a data set.

    Rows without a target are no examples: they count as volume, and what they hold helps to fit the encoding, for they
    have arrived.

    Args:
        name: of the data set.
        rows: all rows that are kept.
        schema: roles, kinds and classes.
        cutting: how rows become mega-batches.
        unit: of a target that is a number.
        missing_share: share of cells blanked on purpose, 0..1.

    Raises:
        DataError: it cannot be cut so.
    """
    arrivals = arrivals_of(rows, schema, cutting)
    target = target_of(rows.frame, schema)
    labelled = target.notna().to_numpy()
    versions = versions_of(rows, schema, arrivals.arrives, labelled)
    test = _held_back(rows, schema, arrivals.arrives, labelled) if cutting.judged == "test" else np.zeros(0, np.int64)
    cut = _cut(rows, schema, cutting, arrivals, versions, labelled)
    if cutting.in_order:
        encoded = encode(_inputs(rows, schema), schema.kinds, arrivals.arrives, missing_share)
    else:
        arriving = np.setdiff1d(np.arange(int(labelled.sum())), test)
        cut = replace(cut, first=arriving[: len(arriving) // len(arrivals)])
        encoded = _encoded_at_once(rows, schema, np.flatnonzero(labelled)[cut.first], missing_share)
    source = Source(
        name,
        encoded.x[labelled],
        _numbered(target[labelled], schema),
        schema.classes,
        test,
        1.0,  # encoded already: nothing is scaled again
        _("your own data"),
        cut=cut,
        target=schema.target,
        unit=unit,
    )
    return Arrays(source, arrivals, encoded, labelled, versions)


def _inputs(rows: Rows, schema: Schema) -> dict[str, "pd.Series[Any]"]:
    """Return the columns that a model sees; of the time its calendar parts, known when a prediction is asked for."""
    return {name: rows.frame[name] for name in (*schema.features, *schema.named("time"))}


def _encoded_at_once(rows: Rows, schema: Schema, first: NDArray[np.int64], missing_share: float) -> Encoded:
    """Encode rows that stand in no order: all columns are fitted on the rows `first`, or not used."""
    arrives = np.full(len(rows), 2, np.int64)
    arrives[first] = 1
    encoded = encode(_inputs(rows, schema), schema.kinds, arrives, missing_share)
    there = np.array([slot.fitted_t == 1 for slot in encoded.slots], np.bool_)
    slots = tuple(slot for slot in encoded.slots if slot.fitted_t == 1)
    return replace(encoded, x=np.ascontiguousarray(encoded.x[:, there]), slots=slots)


def _numbered(target: "pd.Series[Any]", schema: Schema) -> NDArray[Any]:
    """Return [n] class numbers, or the target itself where it is a number."""
    if schema.task == "regression":
        return np.asarray(target, np.float64)
    return np.asarray(pd.Index(schema.classes).get_indexer(pd.Index(target)), np.int64)


def _held_back(
    rows: Rows, schema: Schema, arrives: NDArray[np.int64], labelled: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the examples of the first addition that are only judged on, so that an extended set keeps its test set."""
    first = rows.additions == rows.additions[0]
    files = tuple(file for file in rows.files if file.addition == rows.files[0].addition)
    alone = versions_of(Rows(rows.frame[first], files), schema, arrives[first], labelled[first])
    may_judge = np.zeros(len(rows), np.bool_)
    may_judge[first] = alone.judged
    indices = np.arange(int(labelled.sum()), dtype=np.int64)
    held_back: NDArray[np.int64] = indices[may_judge[labelled] & (per_mille(indices, "test") < TEST_PER_MILLE)]
    return held_back


def _cut(
    rows: Rows, schema: Schema, cutting: Cutting, arrivals: Arrivals, versions: Versions, labelled: NDArray[np.bool_]
) -> Cut:
    if not cutting.in_order:
        asked = tuple(volume_of(rows, schema, arrivals, versions).tolist())
        return Cut(len(arrivals), cutting.unit, False, cutting.judged, volume=asked)
    label_date = schema.only("label_date")
    trains = arrivals.trains(_days(rows.frame[label_date])) if label_date else arrivals.arrives
    return Cut(
        len(arrivals),
        cutting.unit,
        True,
        cutting.judged,
        arrives=np.where(versions.judged, arrivals.arrives, 0)[labelled],
        trains=trains[labelled],
        replaced_by=_replaced_by(versions, labelled) if schema.corrections == "latest" else None,
        arrived_on=arrivals.arrived_on,
        volume=tuple(volume_of(rows, schema, arrivals, versions).tolist()),
        dates_labels=bool(label_date),
    )


def _replaced_by(versions: Versions, labelled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return [n] the example that corrects each example, -1 where none does."""
    example = np.cumsum(labelled) - 1  # [N] number of each labelled row among the examples
    replaced_by = np.full(int(labelled.sum()), -1, np.int64)
    later = np.flatnonzero(versions.corrects >= 0)
    replaced_by[example[versions.corrects[later]]] = example[later]
    return replaced_by


def volume_of(rows: Rows, schema: Schema, arrivals: Arrivals, versions: Versions) -> NDArray[np.int64]:
    """Return [B] the predictions that the rows of each mega-batch ask for, those without a label included.

    A row asks for one, or for as many as its quantity says (blank: one; classification only, a number to predict holds
    its quantity already). A correction asks for none.
    """
    asked = versions.asks.astype(np.float64)
    quantity = schema.only("quantity")
    if quantity and schema.task == "classification":
        asked *= rows.frame[quantity].fillna(1.0).clip(lower=0.0).to_numpy()
    return np.asarray(np.rint(np.bincount(arrivals.arrives - 1, asked, len(arrivals))), np.int64)
