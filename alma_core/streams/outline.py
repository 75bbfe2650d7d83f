"""A data set as it is cut: a row for each mega-batch, and what a person should know of it, a sentence each."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _, mark, n_
from alma_core.streams.arrays import Arrays
from alma_core.streams.columns import shown
from alma_core.streams.cutting import CALENDAR, Cutting, called
from alma_core.streams.rows import Rows
from alma_core.streams.schema import Schema, target_of

RULES: Final = (
    mark("Mega-batches keep their numbers when files are added; the newest one takes rows until the next one begins."),
    mark("Rows of a period that is over when they come arrive with the newest mega-batch."),
    mark("A period or file without rows is an empty mega-batch: it brings no update and judges nothing."),
    mark("A row without a time goes with the row before it in its file."),
    mark("A row without a label counts as a prediction and is neither trained on nor judged."),
    mark("A label is trained on from the first arrival after its date; without a date it came with its row."),
    mark("A mega-batch with a single class is judged on that class alone."),
    mark("A class that no earlier mega-batch had cannot be predicted there and counts as an error."),
    mark("A column that a file lacks is blank in its rows; a column that comes later is an input from then on."),
)
"""What happens in the cases that a person would ask about; translated where shown."""


def names_of(rows: Rows, arrays: Arrays, cutting: Cutting) -> tuple[str, ...]:
    """Return [B] what each mega-batch is called on a screen: its file, its period, or its number."""
    if cutting.by == "file":
        return tuple(file.name for file in rows.files)
    return tuple(called(cutting.by, t, day) for t, day in enumerate(arrays.arrivals.arrived_on, 1))


def timeline(rows: Rows, arrays: Arrays, cutting: Cutting) -> pd.DataFrame:
    """Return one row for each mega-batch 1..B, empty ones included.

    Returns:
        `t`; `name`; `arrived_on`: ISO date or empty; `rows`; `judged`: rows with a label that a model is judged on;
        `labels`: labels that may be trained on from t on, and not before; `corrections`: labels among these that
        replace an earlier one; `volume`: predictions asked for.
    """
    arrives, count = arrays.arrivals.arrives, len(arrays.arrivals)
    cut = arrays.source.cut
    trains = arrives[arrays.labelled] if cut is None or cut.trains is None else cut.trains
    asked = cut.volume if cut is not None and cut.volume else arrays.arrivals.sizes
    corrects = (arrays.versions.corrects >= 0)[arrays.labelled]
    return pd.DataFrame(
        {
            "t": np.arange(1, count + 1),
            "name": pd.Series(names_of(rows, arrays, cutting), dtype="str"),
            "arrived_on": pd.Series(arrays.arrivals.arrived_on, dtype="str"),
            "rows": arrays.arrivals.sizes,
            "judged": _counts(arrives[arrays.versions.judged], count),
            "labels": _counts(trains, count),
            "corrections": _counts(trains[corrects], count),
            "volume": np.array(asked),
        }
    )


def _counts(numbers: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return [B] how often each mega-batch stands among `numbers`; those above B have not arrived."""
    return np.bincount(numbers, minlength=count + 2)[1 : count + 1]


def remarks(rows: Rows, schema: Schema, arrays: Arrays, cutting: Cutting) -> list[str]:
    """Say what is out of the ordinary in a data set as it is cut, a sentence each."""
    table = timeline(rows, arrays, cutting)
    said = [_late(arrays), _without_time(rows, schema, cutting), _empty(table), _unlabelled(arrays, schema)]
    said += [_not_arrived(arrays), _corrected(arrays, schema), *_classes(rows, schema, arrays, table)]
    if len(table) < 2:
        said.append(_("There is one mega-batch so far; add more, or cut more finely, before policies can be judged."))
    return [sentence for sentence in (*said, *arrays.encoded.notes) if sentence]


def _late(arrays: Arrays) -> str:
    late = int(arrays.arrivals.late.sum())
    if not late:
        return ""
    return n_(
        "{count} row belongs to a period that was over when it came; it arrives with the newest mega-batch of then.",
        "{count} rows belong to periods that were over when they came; they arrive with the newest mega-batch of then.",
        late,
    )


def _without_time(rows: Rows, schema: Schema, cutting: Cutting) -> str:
    time = schema.only("time")
    if time is None or cutting.by not in CALENDAR:
        return ""
    count = int(rows.frame[time].isna().sum())
    sentence = _("Rows without a readable time in {column}: {count:,}; each goes with the row before it in its file.")
    return sentence.format(count=count, column=time) if count else ""


def _empty(table: pd.DataFrame) -> str:
    empty = table.loc[table["rows"] == 0, "name"].tolist()
    sentence = _("{names}: no rows, so an empty mega-batch, which brings no update and judges nothing.")
    return sentence.format(names=shown(empty)) if empty else ""


def _unlabelled(arrays: Arrays, schema: Schema) -> str:
    count = int((~arrays.labelled).sum())
    sentence = _("Rows without {target}: {count:,}; they count as predictions, and are neither trained on nor judged.")
    return sentence.format(count=count, target=schema.target) if count else ""


def _not_arrived(arrays: Arrays) -> str:
    cut = arrays.source.cut
    count = 0 if cut is None or cut.trains is None else int((cut.trains > len(arrays.arrivals)).sum())
    sentence = _("Labels dated after the last mega-batch: {count:,}; nothing trains on them yet.")
    return sentence.format(count=count) if count else ""


def _corrected(arrays: Arrays, schema: Schema) -> str:
    count = int((arrays.versions.corrects >= 0).sum())
    sentence = _(
        "Rows that correct earlier ones with the same {key}: {count:,}; they replace them from their arrival on."
    )
    return sentence.format(count=count, key=schema.only("key")) if count else ""


def _classes(rows: Rows, schema: Schema, arrays: Arrays, table: pd.DataFrame) -> list[str]:
    """Say which mega-batches have one class only, and which classes first come late."""
    if schema.task == "regression" or arrays.source.cut is None or not arrays.source.cut.in_order:
        return []
    target, arrives = target_of(rows.frame, schema), arrays.arrivals.arrives
    kinds = target.groupby(arrives).nunique().reindex(table["t"], fill_value=0).to_numpy()
    single = table.loc[kinds == 1, "name"].tolist()
    first = _first_arrivals(target, arrives)
    began = int(first.min())
    late = [
        _("{class_name} ({name})").format(class_name=c, name=table["name"].iloc[t - 1])
        for c, t in first.items()
        if t > began
    ]
    return [
        _("{names}: labels of a single class; models are judged on that class alone there.").format(names=shown(single))
        if single
        else "",
        _("Classes that come later: {classes}; until then no model can predict them.").format(classes=shown(late))
        if late
        else "",
    ]


def _first_arrivals(target: "pd.Series[Any]", arrives: NDArray[np.int64]) -> "pd.Series[Any]":
    """Return the first mega-batch of each class."""
    return pd.Series(arrives, target.index).groupby(target, sort=False).min()


def rules() -> Sequence[str]:
    """Return RULES in the language in use."""
    return [_(rule) for rule in RULES]
