"""What gives the target away; it is pointed out, and a person decides.

Rules:

- "same", "combination": a column, or the fewest columns found in a linear combination, from which the target follows
  with R2 above GIVES_AWAY (least squares on a sample; of two classes, the one looked for counts as 1).
- "value": where a column has a certain value (or is blank, or is filled) the class is nearly always the same one:
  precision of at least PRECISION on at least FEWEST rows. Only a class of at most half of the rows can be given away
  so: that an ordinary value goes with the ordinary class says nothing. Of a number with more than CODES values, single
  values count only where each covers MEASURED_SHARE of the class: measurements pile up at round figures anyway.
  A column whose values so give away every class but the commonest is the "same" as the target.
- "identifier": cells that hardly ever repeat and are no measurement: codes, or whole numbers that count up or fill a
  range.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _, percent
from alma_core.seeds import generator
from alma_core.streams import combinations
from alma_core.streams.columns import check_columns, shown
from alma_core.streams.roles import is_distinct
from alma_core.streams.schema import Schema, target_of

PRECISION: Final = 0.99
FEWEST: Final = 20
GIVES_AWAY: Final = 0.999
SAME_SHARE: Final = 0.99
CODES: Final = 20
MEASURED_SHARE: Final = 0.05
DISTINCT: Final = 0.95
SAMPLE: Final = 20_000
CODE_LENGTH: Final = 40


@dataclass(frozen=True)
class Leak:
    """Something that a model should perhaps not see.

    Args:
        columns: the columns concerned.
        kind: "same", "combination", "value" or "identifier".
        sentence: what was found and what to do.
        evidence: what it rests on: `rows`, and `r2`, or `precision`, `covered` (share of the class's rows) and
            `base_rate` (share of the class among all rows), or `distinct` (share of cells that differ).
    """

    columns: tuple[str, ...]
    kind: str
    sentence: str
    evidence: Mapping[str, float]


@dataclass(frozen=True)
class _Given:
    """A value with the class that it gives away; `of` is "value", "blank" or "filled"."""

    of: str
    value: str
    class_name: str
    rows: int
    hits: int


def leaks(frame: pd.DataFrame, schema: Schema) -> list[Leak]:
    """Return what gives the target away among the features, and identifiers among them.

    Args:
        frame: typed columns.
        schema: the roles, with classes.

    Raises:
        DataError: the frame lacks a column.
    """
    check_columns([str(name) for name in frame.columns], schema.features)
    target = target_of(frame, schema)
    known = target.notna().to_numpy()
    labelled, y = frame[known].reset_index(drop=True), target[known].reset_index(drop=True)
    found = [] if schema.task == "regression" else list(_values(labelled, y, schema))
    named = {name for leak in found for name in leak.columns}
    numbers = [n for n in schema.features if schema.kinds[n] in ("number", "boolean") and n not in named]
    if schema.task == "regression":
        found += _linear(labelled[numbers], y.to_numpy(np.float64), schema)
    elif len(schema.classes) == 2:
        found += _linear(labelled[numbers], (y == schema.classes[1]).to_numpy(np.float64), schema)
    return found + list(_identifiers(frame, schema))


def _linear(numbers: pd.DataFrame, y: NDArray[Any], schema: Schema) -> Iterator[Leak]:
    """Yield the columns that alone give `y`, then the combinations of others that do."""
    rows = np.arange(len(y))
    if len(rows) > SAMPLE:
        rows = np.sort(generator(0, "leaks").choice(len(y), SAMPLE, replace=False))
    columns = {str(name): numbers[name].to_numpy(np.float64)[rows] for name in numbers}
    for names, r2, used in combinations.giving(columns, y[rows], GIVES_AWAY):
        evidence = {"r2": r2, "rows": float(used)}
        if len(names) == 1:
            text = _("{column} gives {target} by itself (R2 {r2:.4f}); if it is not known beforehand, ignore it.")
            yield Leak(names, "same", text.format(column=names[0], target=schema.target, r2=r2), evidence)
        else:
            text = _("{columns} together give {target} (R2 {r2:.4f}); if they are not known beforehand, ignore them.")
            said = text.format(columns=" + ".join(names), target=schema.target, r2=r2)
            yield Leak(names, "combination", said, evidence)


def _values(frame: pd.DataFrame, y: "pd.Series[str]", schema: Schema) -> Iterator[Leak]:
    """Yield the columns with values that give a class away."""
    classes, class_names = pd.factorize(y)  # [n], none blank
    sizes = np.bincount(classes)
    rare = {str(class_names[c]): int(sizes[c]) for c in range(len(sizes)) if 2 * sizes[c] <= len(y)}
    for name in schema.features:
        if schema.kinds[name] == "date":
            continue
        given = [g for g in _given(frame[name], schema.kinds[name], classes, class_names) if g.class_name in rare]
        measured = schema.kinds[name] == "number" and frame[name].nunique() > CODES
        if measured:
            given = [g for g in given if g.of != "value" or g.hits >= MEASURED_SHARE * rare[g.class_name]]
        if given:
            yield _value_leak(name, given, rare, len(y), schema)


def _given(
    values: "pd.Series[Any]", kind: str, classes: NDArray[np.int64], class_names: "pd.Index[str]"
) -> Iterator[_Given]:
    """Yield each value, "blank" and "filled", of which nearly all rows have one class."""
    codes, unique = pd.factorize(values)  # -1 where blank
    often = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(unique)) >= FEWEST)
    place = np.full(len(unique) + 1, len(often))  # rare values share a row
    place[often], place[-1] = np.arange(len(often)), len(often) + 1
    table = np.zeros((len(often) + 2, len(class_names)), np.int64)  # [values, rare ones, blank; classes]
    np.add.at(table, (place[codes], classes), 1)
    rows = [("value", _written(unique[int(value)], kind), table[row]) for row, value in enumerate(often)]
    if table[-1].any():
        rows += [("blank", _("blank"), table[-1]), ("filled", _("filled"), table[:-1].sum(axis=0))]
    for of, name, counts in rows:
        total, most = int(counts.sum()), int(counts.max(initial=0))
        if total >= FEWEST and most >= PRECISION * total:
            yield _Given(of, name, str(class_names[int(counts.argmax())]), total, most)


def _written(value: Any, kind: str) -> str:
    return f"{value:g}" if kind in ("number", "boolean") else str(value)[:CODE_LENGTH]


def _value_leak(name: str, given: list[_Given], rare: Mapping[str, int], rows: int, schema: Schema) -> Leak:
    """Return one leak for a column: of the class that its values give away most of, or of all classes."""
    if any(g.of == "filled" for g in given):  # the sum of all values
        given = [g for g in given if g.of != "value"]
    covered = {c: sum(g.hits for g in given if g.class_name == c) / size for c, size in rare.items()}
    chosen = max(covered, key=lambda c: covered[c])
    of_it = [g for g in given if g.class_name == chosen]
    concerned, hits = sum(g.rows for g in of_it), sum(g.hits for g in of_it)
    evidence = {
        "rows": float(concerned),
        "precision": hits / concerned,
        "covered": covered[chosen],
        "base_rate": rare[chosen] / rows,
    }
    if min(covered.values()) >= SAME_SHARE:
        text = _("{column} says the same as {target}; if it is not known beforehand, ignore it.")
        return Leak((name,), "same", text.format(column=name, target=schema.target), evidence)
    text = _(
        "Where {column} is {values}, {target} is {class_name} in {precision} of {rows:,} rows ({base} of all rows); "
        "if it is not known beforehand, ignore it."
    )
    said = text.format(
        column=name,
        values=shown([g.value for g in of_it]),
        target=schema.target,
        class_name=chosen,
        precision=percent(hits / concerned),
        rows=concerned,
        base=percent(rare[chosen] / rows),
    )
    return Leak((name,), "value", said, evidence)


def _identifiers(frame: pd.DataFrame, schema: Schema) -> Iterator[Leak]:
    for name in schema.features:
        values, kind = frame[name], schema.kinds[name]
        if values.count() >= FEWEST and is_distinct(values, DISTINCT) and _is_code(values.dropna(), kind):
            text = _("{column} differs in nearly every row, so it tells rows apart and predicts nothing; ignore it.")
            evidence = {"rows": float(values.count()), "distinct": float(values.nunique() / values.count())}
            yield Leak((name,), "identifier", text.format(column=name), evidence)


def _is_code(filled: "pd.Series[Any]", kind: str) -> bool:
    """Return whether distinct cells are codes or counters: short words; numbers that rise or fill a range."""
    if kind == "number":
        steps = np.diff(filled.to_numpy(np.float64))
        counts = bool((steps > 0).mean() >= DISTINCT or (steps < 0).mean() >= DISTINCT)
        whole = bool((filled % 1 == 0).all())
        return counts or (whole and float(filled.max() - filled.min()) < 2 * len(filled))
    if kind in ("category", "text"):
        return not bool(filled.str.contains(r"\s").mean() > 0.5 or filled.str.len().median() > CODE_LENGTH)
    return False
