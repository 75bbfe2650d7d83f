"""Roles guessed from names and cells, targets in all their forms, and a sentence for what no target can be."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.errors import AlmaError, DataError, SpecError
from alma_core.streams import roles, schema, targets, values
from alma_core.streams.schema import Column, Schema

N = 40


def text(*cells: Any) -> "pd.Series[str]":
    """Return N cells, those given over and over; None is blank."""
    return pd.Series((list(cells) * N)[:N], dtype="str")


def kinds_of(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): values.kind_of(frame[name]) for name in frame}


def guessed(frame: pd.DataFrame, target: str | None = None, **how: Any) -> Schema:
    return schema.guess(frame, kinds_of(frame), target, **how)


def parts(found: Schema) -> dict[str, str]:
    return {column.name: column.role for column in found.columns}


ORDERS = pd.DataFrame(
    {
        "ロット番号": [f"L{i:04}" for i in range(N)],
        "製造日": [f"2024-04-{1 + i % 28:02}" for i in range(N)],
        "検査日": [f"2024-05-{1 + i % 28:02}" for i in range(N)],
        "担当者": text("佐藤", "鈴木"),
        "連絡先": text("sato@example.jp", "suzuki@example.jp"),
        "ライン": text("A", "B", "C"),
        "温度": [str(20 + i / 10) for i in range(N)],
        "数量": [str(100 + 7 * i) for i in range(N)],
        "一次判定": text("NG", "OK", "OK", "OK"),
        "最終判定": text("OK", "OK", "OK", None, "NG"),
        "備考": text(None),
    }
).astype("str")


def test_a_factory_s_columns_are_recognised():
    found = guessed(ORDERS)
    assert parts(found) == {
        "ロット番号": "key",
        "製造日": "time",
        "検査日": "label_date",
        "担当者": "personal",
        "連絡先": "personal",
        "ライン": "feature",
        "温度": "feature",
        "数量": "quantity",
        "一次判定": "label",
        "最終判定": "target",
        "備考": "feature",
    }
    assert (found.task, found.classes, found.target) == ("classification", ("OK", "NG"), "最終判定")
    assert found.features == ("ライン", "温度", "備考")


def test_what_is_given_is_not_guessed():
    given = {"数量": "feature", "温度": "ignore", "ライン": "key", "備考": "personal"}
    found = guessed(ORDERS, "一次判定", time="検査日", given=given)
    assert {name: parts(found)[name] for name in given} == given
    assert (found.only("target"), found.only("time"), found.only("label_date")) == ("一次判定", "検査日", None)
    assert parts(found)["最終判定"] == "label"
    assert parts(found)["ロット番号"] == "ignore"  # a key is given, so this one is only an identifier


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (["a", "target", "b"], "target"),
        (["y", "a", "b"], "y"),
        (["class", "a", "b"], "class"),
        (["Machine failure", "a", "b"], "Machine failure"),
        (["合否", "a", "b"], "合否"),
        (["不良", "a", "b"], "不良"),
        (["結果", "目的変数", "b"], "目的変数"),
        (["first result", "final result", "b"], "final result"),
        (["a", "b", "cnt"], "cnt"),  # nothing sounds like one: the last column
        (["passenger class", "a", "b"], "b"),
    ],
)
def test_the_target_by_name_or_else_the_last(names: list[str], target: str):
    frame = pd.DataFrame({name: text("A", "B", "B") for name in names})
    assert guessed(frame).target == target


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("名前", ("佐藤", "鈴木"), "personal"),
        ("Customer Name", ("Sato", "Suzuki"), "personal"),
        ("product name", ("bolt", "nut"), "feature"),
        ("e-mail", ("x", "y"), "personal"),
        ("連絡", ("a@b.jp", "c@d.com", None), "personal"),
        ("連絡", ("03-1234-5678", "090-1234-5678"), "personal"),
        ("連絡", ("+81 3 1234 5678", "+44 20 7946 0000"), "personal"),
        ("所在", ("東京都千代田区丸の内1-1", "大阪府大阪市北区梅田3"), "personal"),
        ("生年月日", ("1990-01-01", "1985-05-05"), "personal"),
        ("期間", ("2024-04-01", "2024-05-01"), "feature"),
        ("品番", ("12-3456-78", "11-3456-79"), "feature"),
    ],
)
def test_personal_columns_by_name_and_by_cells(name: str, cells: tuple[Any, ...], role: str):
    assert roles.role_of(name, text(*cells), "category") == role


@pytest.mark.parametrize(
    ("name", "role"), [("id", "key"), ("orderNo", "key"), ("伝票番号", "key"), ("width", "feature")]
)
def test_a_key_must_be_named_so_and_differ(name: str, role: str):
    distinct = pd.Series([f"x{i}" for i in range(N)], dtype="str")
    assert roles.role_of(name, distinct, "category") == role
    assert roles.role_of(name, text("x1", "x2"), "category") == "feature"


def test_a_lone_label_date_is_the_time():
    frame = ORDERS[["検査日", "ライン", "最終判定"]]
    assert parts(guessed(frame)) == {"検査日": "time", "ライン": "feature", "最終判定": "target"}


def test_a_number_to_predict_keeps_its_quantity_as_a_feature():
    frame = pd.DataFrame({"数量": np.arange(N) * 1.0, "売上": np.arange(N) * 2.5})
    assert parts(guessed(frame, "売上")) == {"数量": "feature", "売上": "target"}


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        ([0, 1], "classification"),
        ([1, 2, 3], "classification"),
        ([0.5, 1.5], "regression"),
        (list(range(N)), "regression"),
        (["a", "b"], "classification"),
        ([True, False], "classification"),
    ],
)
def test_the_task_by_the_target(cells: list[Any], task: str):
    frame = pd.DataFrame({"x": np.arange(N) * 1.0, "y": pd.Series((cells * N)[:N])})
    assert guessed(frame, "y").task == task


def test_numbers_can_be_classes_and_yes_and_no_can_be_a_number():
    frame = pd.DataFrame({"x": np.arange(N) * 1.0, "y": (np.arange(N) // 2) * 0.5, "z": np.arange(N) % 2})
    assert guessed(frame, "y", task="classification").classes[:3] == ("0", "0.5", "1")
    as_number = guessed(frame, "z", task="regression")
    assert as_number.classes == ()
    typed = frame.assign(z=values.typed(frame["z"], as_number.kinds["z"]))
    assert schema.target_of(typed, as_number).tolist() == (np.arange(N) % 2).tolist()


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (("NG", "OK", "NG"), ("OK", "NG")),
        (("不良", "良"), ("良", "不良")),
        (("×", "\u3007"), ("\u3007", "×")),
        ((1, 0), ("0", "1")),
        ((-1, 1), ("-1", "1")),
        ((1, 2, 2), ("2", "1")),  # neither number says anything: the rarer one
        ((True, False), ("False", "True")),
        (("fail", "pass"), ("pass", "fail")),
        (("異常", "正常"), ("正常", "異常")),
        (("up", "down", "down"), ("down", "up")),
        (("abc", "OK"), ("OK", "abc")),  # one says that it is not there, so the other is
        (("c", "a", "b"), ("c", "a", "b")),
    ],
)
def test_of_two_classes_the_one_looked_for_is_the_second(cells: tuple[Any, ...], classes: tuple[str, ...]):
    frame = pd.DataFrame({"x": np.arange(N) * 1.0, "y": pd.Series((list(cells) * N)[:N])})
    assert guessed(frame, "y", task="classification").classes == classes


def test_new_classes_follow_and_old_ones_keep_their_places():
    found = guessed(ORDERS)
    more = pd.DataFrame({"最終判定": text("保留", "NG", "廃棄")})
    assert schema.with_classes(more, found).classes == ("OK", "NG", "保留", "廃棄")
    one = pd.DataFrame({"最終判定": text("NG")})  # a month with one class adds none and is no mistake
    assert schema.with_classes(one, found).classes == ("OK", "NG")


COMBINED = pd.DataFrame(
    {
        "x": np.arange(N) * 1.0,
        "final": text("OK", None, None, "NG", "OK", None),
        "first": text("NG", "NG", None, "OK", "OK", "OK"),
    }
)


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        ("one", ["OK", None, None, "NG", "OK", None]),
        ("first_filled", ["OK", "NG", None, "NG", "OK", "OK"]),
        ("any", ["NG", "NG", None, "NG", "OK", "OK"]),
    ],
)
def test_labels_are_combined(combine: str, expected: list[str | None]):
    found = guessed(COMBINED, "final", given={"first": "label"}, combine=combine)
    combined = schema.target_of(COMBINED, found)
    assert combined.astype(object).where(combined.notna(), None).tolist()[:6] == expected
    assert found.classes == ("OK", "NG")
    assert found.features == ("x",)


def test_numbers_are_combined_by_the_first_that_is_filled():
    frame = pd.DataFrame({"x": 1.0 * np.arange(N), "final": [np.nan, 2.5] * 20, "first": [1.5, 9.0] * 20})
    found = guessed(frame, "final", given={"first": "label"}, combine="first_filled")
    assert schema.target_of(frame, found).tolist() == [1.5, 2.5] * 20


@given(st.lists(st.sampled_from(["OK", "NG", None]), min_size=3, max_size=30), st.data())
def test_combining_against_a_plain_loop(first: list[str | None], data: st.DataObject):
    second = data.draw(st.lists(st.sampled_from(["0", "1", None]), min_size=len(first), max_size=len(first)))
    columns = [pd.Series(first, dtype="str", name="a"), pd.Series(second, dtype="str", name="b")]
    expected = []
    for one, other in zip(first, second, strict=True):
        if one is None and other is None:
            expected.append(None)
        else:
            expected.append("NG" if one == "NG" or other == "1" else "OK")
    combined = targets.any_positive(columns, ("OK", "NG"))
    assert combined.astype(object).where(combined.notna(), None).tolist() == expected


def test_swapping_target_and_label():
    found = guessed(ORDERS)
    swapped = found.with_role("一次判定", "target")
    assert (swapped.target, swapped.named("label"), swapped.classes) == ("一次判定", ("最終判定",), ())
    assert schema.with_classes(ORDERS, swapped).classes == ("OK", "NG")
    assert found.with_role("検査日", "time").only("label_date") is None
    assert parts(found.with_role("ライン", "key"))["ロット番号"] == "ignore"


def test_personal_columns_are_seen_as_a_hash_only():
    found = guessed(ORDERS)
    hashed = replace(found, personal="hash")
    assert "担当者" not in found.features
    assert set(hashed.features) - set(found.features) == {"担当者", "連絡先"}
    assert hashed.kinds["担当者"] == "category"


def test_a_schema_survives_json():
    found = replace(guessed(ORDERS), combine="any", corrections="latest")
    renamed = replace(found, columns=(replace(found.columns[0], formerly=("ロットNo",)), *found.columns[1:]))
    assert Schema.from_json(json.loads(json.dumps(renamed.to_json()))) == renamed
    assert renamed.renamed == {"ロットNo": "ロット番号"}


X, Y = Column("x", "feature", "number"), Column("y", "target", "category")


def of(*columns: Column, task: str = "classification", **how: Any) -> Schema:
    return Schema(columns, task, **how)


def with_target(cells: Any, **how: Any) -> Schema:
    frame = pd.DataFrame({"line": text("A", "B"), "y": cells})
    return guessed(frame, "y", **how)


LABEL = Column("z", "label", "category")
MISTAKES: list[tuple[str, Callable[[], object], str]] = [
    (
        "target not there, nearest first",
        lambda: guessed(ORDERS, "最終判"),
        "The column 最終判 was asked for, but only these are there: 最終判定, ロット番号, 製造日, 検査日, 担当者, "
        "連絡先, ライン, 温度 and 3 more; choose one of them.",
    ),
    (
        "time not there",
        lambda: guessed(ORDERS, time="when"),
        "The column when was asked for, but only these are there: ロット番号, 製造日, 検査日, 担当者, 連絡先, ライン, "
        "温度, 数量 and 3 more; choose one of them.",
    ),
    (
        "target blank",
        lambda: with_target(text(None)),
        "The target y is blank in every row, labels were expected; fill it or choose another.",
    ),
    (
        "target nearly blank",
        lambda: with_target(pd.Series(["OK", "NG", "OK", *[None] * 37], dtype="str")),
        "The target y is filled in 3 rows only, at least 10 were expected; add labelled rows.",
    ),
    (
        "one class",
        lambda: with_target(text("OK", None)),
        "The target y is OK in every row, at least two classes were expected; add rows of another class, or choose "
        "another target.",
    ),
    (
        "constant number",
        lambda: with_target([2.5] * N),
        "The target y is 2.5 in every row, a number that varies was expected; choose another target.",
    ),
    (
        "5,000 classes",
        lambda: guessed(pd.DataFrame({"x": np.arange(5000) % 7, "y": [f"c{i}" for i in range(5000)]}), "y"),
        "The target y has 5,000 different values, at most 200 classes were expected; choose another target, or predict "
        "it as a number if it is one.",
    ),
    (
        "text as a number",
        lambda: with_target(text("A", "B"), task="regression"),
        "The target y holds values of the kind category, a number was expected; choose another target, or correct its "
        "kind.",
    ),
    (
        "a date as a class",
        lambda: with_target(text("2024-04-01", "2024-05-01")),
        "The target y holds values of the kind date, a class or a number was expected; choose another target, or "
        "correct its kind.",
    ),
    (
        "nothing to predict",
        lambda: guessed(ORDERS[["製造日", "検査日"]]),
        "None of the columns 製造日, 検査日 can be predicted, a class or a number was expected; add a target.",
    ),
    (
        "nothing to predict from",
        lambda: guessed(ORDERS[["製造日", "最終判定"]]),
        "No column is left to predict 最終判定 from, at least one was expected; make another column a feature.",
    ),
    (
        "no target",
        lambda: of(X),
        "No column was given as the target, one was expected; say which column is to be predicted.",
    ),
    (
        "two targets",
        lambda: of(X, Y, Column("z", "target", "category")),
        "y, z were all given the role target, one was expected; choose one of them.",
    ),
    (
        "the target as time",
        lambda: with_target(text("A", "B"), given={"line": "time"}),
        "The column line was given the role time but holds values of the kind category, the kind date was expected; "
        "choose another column, or correct its kind.",
    ),
    (
        "words as a quantity",
        lambda: of(Column("x", "quantity", "text"), Y),
        "The column x was given the role quantity but holds values of the kind free text, the kind numeric was "
        "expected; choose another column, or correct its kind.",
    ),
    ("a column twice", lambda: of(X, X, Y), "The column x stands twice in the roles; give each column one role."),
    (
        "an earlier name that is a name now",
        lambda: of(replace(X, formerly=("y",)), Y),
        "The column y stands twice in the roles; give each column one role.",
    ),
    (
        "unknown role",
        lambda: Column("x", "output", "number"),
        "output was given for the role of a column, but only these exist: target, label, feature, time, label_date, "
        "key, quantity, personal, ignore; choose one of them.",
    ),
    (
        "unknown kind",
        lambda: Column("x", "feature", "float"),
        "float was given for the kind of a column, but only these exist: number, boolean, date, category, text; choose "
        "one of them.",
    ),
    (
        "unknown task",
        lambda: of(X, Y, task="ranking"),
        "ranking was given for the task, but only these exist: classification, regression; choose one of them.",
    ),
    (
        "unknown way to combine",
        lambda: of(X, Y, LABEL, combine="all"),
        "all was given for how labels are combined, but only these exist: one, first_filled, any; choose one of them.",
    ),
    (
        "nothing to combine with",
        lambda: of(X, Y, combine="any"),
        "Labels were to be combined, but y is the only one; make another column a label, or use the target alone.",
    ),
    (
        "any of numbers",
        lambda: of(X, replace(Y, kind="number"), LABEL, task="regression", combine="any"),
        "Any label that says NG was to count, but y is predicted as a number; use the first label that is filled.",
    ),
    (
        "a word stands in for a number",
        lambda: of(X, replace(Y, kind="number"), LABEL, task="regression", combine="first_filled"),
        "The label z is to stand in for y, a number was expected there; choose another label, or correct its kind.",
    ),
    (
        "any of three classes",
        lambda: guessed(COMBINED.assign(final=text("A", "B", "C")), "final", given={"first": "label"}, combine="any"),
        "Any label that says NG was to count, but final has 3 classes, two were expected; use the first label that is "
        "filled.",
    ),
    (
        "a label of which nobody knows what it means",
        lambda: schema.target_of(
            COMBINED.assign(first=text("A", "B")),
            guessed(COMBINED, "final", given={"first": "label"}, combine="any"),
        ),
        "A stands in the label column first, but whether it means OK or NG is not known; write OK or NG there, or use "
        "the first label that is filled.",
    ),
    (
        "corrections without a key",
        lambda: of(X, Y, corrections="latest"),
        "The latest of corrected rows was to count, but no column is the key that tells which rows belong together; "
        "make one the key, or keep both.",
    ),
    (
        "classes of a number",
        lambda: of(X, replace(Y, kind="number"), task="regression", classes=("a", "b")),
        "Classes were given for y, which is predicted as a number; leave them out.",
    ),
    (
        "a later file without the target",
        lambda: schema.target_of(COMBINED[["x"]], of(X, Y)),
        "The column y was asked for, but only these are there: x; choose one of them.",
    ),
    (
        "a stored schema that is none",
        lambda: Schema.from_json([1]),
        "The stored roles of the columns do not read (cannot convert dictionary update sequence element #0 to a "
        "sequence); add the data again.",
    ),
    (
        "a stored schema without columns",
        lambda: Schema.from_json({"task": "classification"}),
        "The stored roles of the columns do not read ('columns'); add the data again.",
    ),
]


@pytest.mark.parametrize(("ask", "sentence"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_sentence_for_each_mistake(ask: Callable[[], object], sentence: str):
    with pytest.raises((DataError, SpecError)) as raised:
        ask()
    assert str(raised.value) == sentence


@pytest.mark.parametrize("ask", [m[1] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_each_mistake_in_japanese(ask: Callable[[], object]):
    language.use("ja")
    with pytest.raises(AlmaError) as raised:
        ask()
    assert str(raised.value).endswith("。")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["columns", "task", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_stands_in_a_file_is_a_schema_or_a_sentence(data: Any):
    with pytest.raises(AlmaError):
        Schema.from_json(data)
