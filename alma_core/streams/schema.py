"""The part each column plays: target, other labels, features, time, label date, key, quantity, personal, ignored."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core.asked import one_of
from alma_core.errors import DataError, SpecError
from alma_core.language import _, mark
from alma_core.streams import roles as guessing
from alma_core.streams import targets
from alma_core.streams.columns import KIND_NAMES, ROLE_NAMES, SINGLE, check_columns, shown
from alma_core.streams.columns import Column as Column  # part of a schema, so found here too
from alma_core.streams.values import typed

COMBINE: Final = ("one", "first_filled", "any")
CORRECTIONS: Final = ("both", "latest")
PERSONAL: Final = ("drop", "hash")


@dataclass(frozen=True)
class Schema:
    """The columns and what is to be done with them.

    Args:
        columns: all columns, in the order of the file.
        task: "classification" or "regression".
        combine: what the target is: "one", its column alone; "first_filled", that column where it is filled, else the
            other labels in order; "any", the class looked for where any of them says so.
        corrections: of rows with an equal key "both" are kept, or the "latest" replaces earlier ones from its arrival.
        personal: "drop" such columns, or keep a salted "hash" of them as a category.
        classes: in order of first appearance, of two the one looked for second; () for regression.

    Raises:
        SpecError: the parts do not fit together.
    """

    columns: tuple[Column, ...]
    task: str
    combine: str = "one"
    corrections: str = "both"
    personal: str = "drop"
    classes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        one_of(targets.TASKS, self.task, mark("the task"))
        one_of(COMBINE, self.combine, mark("how labels are combined"))
        one_of(CORRECTIONS, self.corrections, mark("what corrected rows do"))
        one_of(PERSONAL, self.personal, mark("what is done with personal columns"))
        problem = self._problem()
        if problem:
            raise SpecError(problem)

    @property
    def target(self) -> str:
        """The column that is to be predicted."""
        return self.named("target")[0]

    @property
    def features(self) -> tuple[str, ...]:
        """The columns that a model sees; personal ones only as a hash."""
        return tuple(c.name for c in self.columns if c.role in self._seen)

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column; a hashed personal column is a category."""
        return {c.name: "category" if c.role == "personal" else c.kind for c in self.columns}

    @property
    def renamed(self) -> dict[str, str]:
        """Earlier names of columns -> their names now."""
        return {former: c.name for c in self.columns for former in c.formerly}

    def named(self, role: str) -> tuple[str, ...]:
        """Return the columns that play `role`, in order."""
        return tuple(c.name for c in self.columns if c.role == role)

    def only(self, role: str) -> str | None:
        """Return the one column that plays `role`, of SINGLE; None: none does."""
        return next(iter(self.named(role)), None)

    def with_role(self, name: str, role: str) -> "Schema":
        """Return the schema with another role for one column; who played a single role before becomes a feature.

        A former target becomes another label, which no model sees. The classes are to be settled anew.

        Raises:
            SpecError: the parts no longer fit together.
        """
        check_columns([c.name for c in self.columns], [name])
        leaving = {"target": "label", "key": "ignore"}.get(role, "feature")
        roles = {c.name: leaving if role in SINGLE and c.role == role else c.role for c in self.columns} | {name: role}
        columns = tuple(replace(c, role=roles[c.name]) for c in self.columns)
        return replace(self, columns=columns, classes=() if role in ("target", "label") else self.classes)

    def to_json(self) -> dict[str, Any]:
        """Return the schema as plain data, for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> "Schema":
        """Return the schema that `to_json` wrote.

        Raises:
            SpecError: the data is not such a schema.
        """
        try:
            given = dict(data)  # type: ignore[call-overload]  # anything may stand in a file
            columns = tuple(Column(**{**c, "formerly": tuple(c.get("formerly", ()))}) for c in given.pop("columns"))
            return cls(columns=columns, **{**given, "classes": tuple(given.get("classes", ()))})
        except (TypeError, ValueError, KeyError, AttributeError) as problem:
            text = _("The stored roles of the columns do not read ({problem}); add the data again.")
            raise SpecError(text.format(problem=problem)) from problem

    @property
    def _seen(self) -> tuple[str, ...]:
        return ("feature", "personal") if self.personal == "hash" else ("feature",)

    def _problem(self) -> str | None:
        """Say what does not fit together, if anything."""
        names = [name for c in self.columns for name in (c.name, *c.formerly)]
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            return _("The column {name} stands twice in the roles; give each column one role.").format(name=twice[0])
        for role in SINGLE:
            playing = self.named(role)
            if len(playing) > 1:
                return _("{columns} were all given the role {role}, one was expected; choose one of them.").format(
                    columns=", ".join(playing), role=_(ROLE_NAMES[role])
                )
        if not self.named("target"):
            return _("No column was given as the target, one was expected; say which column is to be predicted.")
        if not self.features:
            return _(
                "No column is left to predict {target} from, at least one was expected; make another column a feature."
            ).format(target=self.target)
        return self._problem_of_target() or self._problem_of_labels()

    def _problem_of_target(self) -> str | None:
        kind = {c.name: c.kind for c in self.columns}[self.target]
        if kind == "date" or (self.task == "regression" and kind not in ("number", "boolean")):
            return _(
                "The target {target} holds values of the kind {kind}, {expected} was expected; choose another target, "
                "or correct its kind."
            ).format(
                target=self.target,
                kind=_(KIND_NAMES[kind]),
                expected=_("a number") if self.task == "regression" else _("a class or a number"),
            )
        if self.classes and self.task == "regression":
            return _("Classes were given for {target}, which is predicted as a number; leave them out.").format(
                target=self.target
            )
        return None

    def _problem_of_labels(self) -> str | None:
        if self.combine != "one" and not self.named("label"):
            return _(
                "Labels were to be combined, but {target} is the only one; make another column a label, or "
                "use the target alone."
            ).format(target=self.target)
        if self.combine == "any" and self.task == "regression":
            return _(
                "Any label that says NG was to count, but {target} is predicted as a number; use the first label that "
                "is filled."
            ).format(target=self.target)
        kinds = {c.name: c.kind for c in self.columns if c.role == "label"}
        numbers = [name for name, kind in kinds.items() if kind not in ("number", "boolean")]
        if self.combine != "one" and self.task == "regression" and numbers:
            return _(
                "The label {name} is to stand in for {target}, a number was expected there; choose another label, or "
                "correct its kind."
            ).format(name=numbers[0], target=self.target)
        if self.corrections == "latest" and not self.named("key"):
            return _(
                "The latest of corrected rows was to count, but no column is the key that tells which rows belong "
                "together; make one the key, or keep both."
            )
        return None


def guess(
    frame: pd.DataFrame,
    kinds: Mapping[str, str],
    target: str | None = None,
    time: str | None = None,
    task: str | None = None,
    given: Mapping[str, str] | None = None,
    decimal: str = ".",
    combine: str = "one",
    corrections: str = "both",
    personal: str = "drop",
    renamed: Mapping[str, str] | None = None,
) -> Schema:
    """Guess the role of every column from names and cells, and what the target asks for; all of it can be edited.

    Args:
        frame: cells as read (yes and no as words, so that classes keep their names).
        kinds: of each column, one of values.KINDS.
        target, time: columns that are known to be these; None: guessed.
        task: "classification" or "regression"; None: guessed.
        given: roles that are known of other columns.
        decimal: the decimal mark of the cells.
        combine, corrections, personal: as in Schema.
        renamed: earlier name of a column -> its name in `frame`, to be remembered.

    Raises:
        DataError: the target cannot be one, or a column that is named is not there.
        SpecError: the roles given do not fit together.
    """
    fixed = dict(given or {}) | ({time: "time"} if time else {}) | ({target: "target"} if target else {})
    check_columns([str(name) for name in frame.columns], fixed)
    chosen = target or next((name for name, role in fixed.items() if role == "target"), None)
    chosen = chosen or guessing.find_target(frame, kinds, fixed)
    if chosen is None:
        raise DataError(
            _("None of the columns {columns} can be predicted, a class or a number was expected; add a target.").format(
                columns=shown([str(name) for name in frame.columns])
            )
        )
    if task is None:
        number = typed(frame[chosen], kinds[chosen], decimal)
        task = targets.guess_task(number, kinds[chosen])
    parts = guessing.guess_roles(frame, kinds, chosen, task, fixed)
    former = defaultdict(list)
    for old, now in (renamed or {}).items():
        former[now].append(old)
    columns = tuple(
        Column(name, role, _kind(kinds[name], role, task), tuple(former[name])) for name, role in parts.items()
    )
    schema = Schema(columns, task, combine, corrections, personal)
    judged = [c for c in columns if c.role in ("target", "label")]
    return with_classes(pd.DataFrame({c.name: typed(frame[c.name], c.kind, decimal) for c in judged}), schema)


def with_classes(frame: pd.DataFrame, schema: Schema) -> Schema:
    """Return the schema with the classes that stand in the target; those it has already keep their places.

    Args:
        frame: typed columns, at least the target and what is combined with it.
        schema: the roles.

    Raises:
        DataError: all blank, constant, too few rows, or too many classes: no target.
    """
    settled = replace(schema, combine="one") if schema.combine == "any" else schema
    values = target_of(frame, settled)
    targets.check(schema.target, values, schema.task)
    if schema.task == "regression":
        return schema
    classes = targets.classes_of(schema.target, values, schema.classes)
    if schema.combine == "any" and len(classes) != 2:
        raise DataError(
            _(
                "Any label that says NG was to count, but {target} has {count} classes, two were expected; use the "
                "first label that is filled."
            ).format(target=schema.target, count=len(classes))
        )
    return replace(schema, classes=classes)


def target_of(frame: pd.DataFrame, schema: Schema) -> "pd.Series[Any]":
    """Return [N] what is to be predicted: the name of a class (NA where blank), or a number (NaN where blank).

    Args:
        frame: typed columns.
        schema: the roles; its classes are needed to combine by "any".

    Raises:
        DataError: the frame lacks a column, or a label does not say which class it means.
    """
    names = [schema.target, *(schema.named("label") if schema.combine != "one" else ())]
    check_columns([str(name) for name in frame.columns], names)
    if schema.task == "regression":
        return targets.first_filled([frame[name].astype(np.float64) for name in names])
    columns = [targets.class_names(frame[name]) for name in names]
    if schema.combine == "any":
        return targets.any_positive(columns, (schema.classes[0], schema.classes[1]))
    return targets.first_filled(columns)


def _kind(kind: str, role: str, task: str) -> str:
    """Return the kind that a column is typed as: classes keep their words, and a number to predict is a number."""
    if role not in ("target", "label") or kind != "boolean":
        return kind
    return "category" if task == "classification" else "number"
