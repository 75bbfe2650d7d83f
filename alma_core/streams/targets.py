"""What is to be predicted: classes and their order, which of two is looked for, and what no target can be."""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core.errors import DataError
from alma_core.language import _

TASKS: Final = ("classification", "regression")
MOST_CLASSES: Final = 200
FEW_NUMBERS: Final = 20
"""Whole numbers are classes if there are at most so many, each standing in at least ROWS_OF_A_CLASS rows on average."""
ROWS_OF_A_CLASS: Final = 5
FEWEST_TARGETS: Final = 10

FOUND: Final = frozenset(
    """ng fail failed failure bad defect defective reject rejected abnormal anomaly error fault faulty positive true yes
    y t × x 不良 不良品 不合格 不合 不可 不適合 異常 故障 欠陥 否 否決 有 有り
    あり はい 陽性 解約""".split()  # noqa: SIM905 - read as text
)
"""What cells say where the thing looked for is there; the words of the other side stand below."""
NOT_FOUND: Final = frozenset(
    """ok pass passed good normal accept accepted negative false no n f \u3007 ○ ◯ o 良 良品 良好 合格 合 可 適合 正常
    無 無し なし いいえ 陰性 継続""".split()  # noqa: SIM905 - read as text
)
ZEROS: Final = ({"0", "1"}, {"-1", "1"})


def word(cell: str) -> str:
    """Return a cell as it is compared with FOUND and NOT_FOUND."""
    return unicodedata.normalize("NFKC", cell).strip().casefold()


def positive(classes: Sequence[str], counts: Sequence[int]) -> int:
    """Return which of two classes is the one looked for: as its words say (NG, 不良, ×, 1, fail), else the rarer one.

    Args:
        classes: the two, in any order.
        counts: rows of each.

    >>> positive(["NG", "OK"], [900, 100]), positive(["up", "down"], [900, 100]), positive(["0", "1"], [10, 90])
    (0, 1, 1)
    """
    words = [word(name) for name in classes]
    if set(words) in ZEROS:
        return words.index("1")
    found = [says(name) for name in words]
    if found.count(True) == 1:
        return found.index(True)
    if found.count(False) == 1:
        return 1 - found.index(False)
    return int(counts[1] <= counts[0])


def says(cell: str) -> bool | None:
    """Return whether a cell says that the thing looked for is there; None: it says neither.

    >>> says(" ng"), says("合格"), says("A")
    (True, False, None)
    """
    return True if word(cell) in FOUND else False if word(cell) in NOT_FOUND else None


def class_names(values: "pd.Series[Any]") -> "pd.Series[str]":
    """Return typed cells as names of classes: 1.0 is "1", a blank stays blank."""
    if isinstance(values.dtype, pd.StringDtype):
        return values
    codes, unique = pd.factorize(values)
    names = [str(int(v)) if float(v).is_integer() else repr(float(v)) for v in unique]
    return pd.Series(pd.array([*names, None], "str").take(codes), index=values.index)


def guess_task(values: "pd.Series[Any]", kind: str) -> str:
    """Return what a typed target asks for: whole numbers are classes where there are few and each recurs.

    >>> guess_task(pd.Series([0.0, 1.0] * 9), "number"), guess_task(pd.Series([0.5, 1.5] * 9), "number")
    ('classification', 'regression')
    """
    if kind != "number":
        return "classification"
    filled = values.dropna()
    distinct = filled.nunique()
    whole = bool((filled % 1 == 0).all())
    recurs = len(filled) >= ROWS_OF_A_CLASS * distinct
    return "classification" if whole and recurs and distinct <= FEW_NUMBERS else "regression"


def classes_of(name: str, values: "pd.Series[str]", known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the classes in order of first appearance; of two, the one looked for is the second.

    Args:
        name: what the target is called.
        values: names of classes, NA where blank.
        known: classes that were settled before: they keep their places, new ones follow.

    Raises:
        DataError: there is nothing to tell apart, or too much.
    """
    counts = values.value_counts()
    if len(counts) > MOST_CLASSES:
        raise DataError(
            _(
                "The target {name} has {count:,} different values, at most {most} classes were expected; choose "
                "another target, or predict it as a number if it is one."
            ).format(name=name, count=len(counts), most=MOST_CLASSES)
        )
    if len(counts.index.union(list(known))) < 2:
        raise DataError(
            _(
                "The target {name} is {value} in every row, at least two classes were expected; add rows of another "
                "class, or choose another target."
            ).format(name=name, value=counts.index[0])
        )
    if known:
        return (*known, *(str(c) for c in values.dropna().unique() if c not in known))
    classes = [str(c) for c in values.dropna().unique()]
    if len(classes) == 2 and positive(classes, [int(counts[c]) for c in classes]) == 0:
        classes.reverse()
    return tuple(classes)


def check(name: str, values: "pd.Series[Any]", task: str) -> None:
    """Refuse what no target can be.

    Args:
        name: what it is called.
        values: class names, or numbers.
        task: of TASKS.

    Raises:
        DataError: all blank, too few, or a number that never changes.
    """
    filled = values.dropna()
    if filled.empty:
        raise DataError(
            _("The target {name} is blank in every row, labels were expected; fill it or choose another.").format(
                name=name
            )
        )
    if len(filled) < FEWEST_TARGETS:
        raise DataError(
            _(
                "The target {name} is filled in {count} rows only, at least {fewest} were expected; add labelled rows."
            ).format(name=name, count=len(filled), fewest=FEWEST_TARGETS)
        )
    if task == "regression" and filled.min() == filled.max():
        raise DataError(
            _(
                "The target {name} is {value:g} in every row, a number that varies was expected; choose another target."
            ).format(name=name, value=filled.iloc[0])
        )


def first_filled(columns: Sequence["pd.Series[Any]"]) -> "pd.Series[Any]":
    """Return, for each row, the first cell that is filled: the final label if present, else the provisional one."""
    combined = columns[0]
    for other in columns[1:]:
        combined = combined.where(combined.notna(), other)
    return combined


def any_positive(columns: Sequence["pd.Series[str]"], classes: tuple[str, str]) -> "pd.Series[str]":
    """Return the second class where any column says so, the first where all that are filled do not, else blank.

    Args:
        columns: the target and the other labels; each must say OK or NG in words of FOUND and NOT_FOUND, or in the
            target's own classes.
        classes: of the target, the one looked for second.

    Raises:
        DataError: a column holds a value of which that is not known.
    """
    found = [_found(values, classes) for values in columns]
    filled = np.logical_or.reduce([values.notna().to_numpy() for values in columns])
    codes = np.where(filled, np.logical_or.reduce(found).astype(np.intp), -1)
    return pd.Series(pd.array([*classes, None], "str").take(codes), index=columns[0].index, name=columns[0].name)


def _found(values: "pd.Series[str]", classes: tuple[str, str]) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return [N] where a column says that the thing looked for is there."""
    meaning: dict[str, bool | None] = {str(v): says(str(v)) for v in values.dropna().unique()}
    if set(meaning) <= {"0", "1"}:
        meaning |= {"0": False, "1": True}
    meaning |= {classes[0]: False, classes[1]: True}
    unknown = [value for value, known in meaning.items() if known is None]
    if unknown:
        raise DataError(
            _(
                "{value} stands in the label column {name}, but whether it means OK or NG is not known; write OK or NG "
                "there, or use the first label that is filled."
            ).format(value=unknown[0], name=values.name)
        )
    return values.isin([value for value, there in meaning.items() if there]).to_numpy()
