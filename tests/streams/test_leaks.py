"""What gives the target away is found, on made-up and on real data, and what only predicts it is left alone."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.streams import combinations, schema, values
from alma_core.streams.leaks import Leak, leaks
from alma_core.streams.schema import Schema

DATA = os.environ.get("ALMA_DATA", "")


def real(name: str) -> pd.DataFrame:
    path = Path(DATA or "nowhere") / f"{name}.parquet"
    if not path.is_file():
        pytest.skip(f"ALMA_DATA does not name a folder with {name}.parquet")
    return pd.read_parquet(path).replace("?", None)


def with_all_features(frame: pd.DataFrame, target: str) -> tuple[pd.DataFrame, Schema]:
    """Return the typed frame and a schema in which every other column is a feature."""
    kinds = {str(name): values.kind_of(frame[name]) for name in frame}
    others = {name: "feature" for name in kinds if name != target}
    found = schema.guess(frame, kinds, target, given=others)
    return pd.DataFrame({name: values.typed(frame[name], kind) for name, kind in found.kinds.items()}), found


def of(frame: pd.DataFrame, target: str = "y") -> list[Leak]:
    return leaks(*with_all_features(frame, target))


def found_in(frame: pd.DataFrame, target: str = "y") -> set[tuple[str, tuple[str, ...]]]:
    return {(leak.kind, leak.columns) for leak in of(frame, target)}


def test_the_causes_that_ai4i2020_tells_with_the_failure():
    found = of(real("ai4i2020"), "Machine failure")
    assert {(leak.kind, leak.columns) for leak in found} == {
        ("value", ("TWF",)),
        ("value", ("HDF",)),
        ("value", ("PWF",)),
        ("value", ("OSF",)),
        ("identifier", ("UDI",)),
        ("identifier", ("Product ID",)),
    }
    heat = next(leak for leak in found if leak.columns == ("HDF",))
    assert heat.sentence == (
        "Where HDF is 1, Machine failure is 1 in 100.0\N{NO-BREAK SPACE}% of 115 rows (3.4\N{NO-BREAK SPACE}% of all "
        "rows); if it is not known beforehand, ignore it."
    )
    assert heat.evidence == {"rows": 115, "precision": 1.0, "covered": 115 / 339, "base_rate": 0.0339}


def test_the_parts_that_add_up_to_the_rentals():
    found = of(real("bike_sharing_hour"), "cnt")
    assert {(leak.kind, leak.columns) for leak in found} == {
        ("combination", ("casual", "registered")),
        ("identifier", ("instant",)),
    }
    assert found[0].evidence["r2"] > 0.999999
    assert found[0].sentence.startswith("casual + registered together give cnt (R2 1.0000)")


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("elec2", "class", set()),
        ("adult", "income", set()),
        ("drift_sea", "target", set()),
        ("drift_interchanging_rbf", "target", set()),
        ("beijing_pm25", "pm2.5", {("identifier", ("No",))}),
    ],
)
def test_no_false_alarm_on_real_data(name: str, target: str, expected: set[Any]):
    assert found_in(real(name), target) == expected


N = 1000
RANDOM = np.random.default_rng(7)
X1, X2, X3 = RANDOM.normal(size=(3, N))
CLASSES = np.where(RANDOM.random(N) < 0.1, "NG", "OK")


def test_one_column_that_gives_a_number():
    frame = pd.DataFrame({"a": X1, "copy": 3 * X2 + 5, "b": X3, "y": X2})
    assert found_in(frame) == {("same", ("copy",))}


def test_a_noisy_copy_is_no_leak():
    close = X2 + 0.05 * X3  # R2 0.9975: a good feature
    assert found_in(pd.DataFrame({"a": X1, "close": close, "y": X2})) == set()


def test_blank_cells_do_not_hide_a_copy():
    copy = np.where(RANDOM.random(N) < 0.7, np.nan, 2 * X2)
    assert found_in(pd.DataFrame({"a": X1, "copy": copy, "y": X2})) == {("same", ("copy",))}


def test_blank_cells_do_not_hide_a_combination():
    """A column that is hardly filled must not leave too few rows to look at."""
    hole = lambda x: np.where(RANDOM.random(N) < 0.1, np.nan, x)  # noqa: E731 - a name for what is done three times
    rare = np.where(np.arange(N) < 30, X3, np.nan)
    frame = pd.DataFrame({"rare": rare, "a": hole(X1), "b": hole(X2), "c": hole(X3), "y": X1 + X2 - 2 * X3})
    assert found_in(frame) == {("combination", ("a", "b", "c"))}


@pytest.mark.parametrize("size", [2, 3, 4, 6])
def test_the_fewest_columns_of_a_sum_are_named(size: int):
    x = RANDOM.normal(size=(N, 10))
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(10)]).assign(y=x[:, :size] @ np.arange(1, size + 1))
    assert found_in(frame) == {("combination", tuple(f"x{i}" for i in range(size)))}


def test_a_pair_is_found_before_three_that_say_the_same():
    x = RANDOM.normal(size=(N, 4))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "d": x[:, 3]})
    frame["e"] = frame["a"] + frame["b"] - frame["c"] - frame["d"] + 1e-4 * RANDOM.normal(size=N)
    found = of(frame.assign(y=frame["a"] + frame["b"]))
    assert [leak.columns for leak in found] == [("a", "b"), ("c", "d", "e")]


def test_columns_of_any_size_and_constant_ones():
    frame = pd.DataFrame({"big": X1 * 1e150, "small": X2 * 1e-150, "same": np.full(N, 0.1), "y": X1 + X2})
    assert found_in(frame) == {("combination", ("big", "small"))}


@given(st.integers(2, 6), st.integers(0, 100))
def test_the_smallest_set_against_all_sets(p: int, seed: int):
    random = np.random.default_rng(seed)
    x = random.normal(size=(80, p))
    x[:, -1] += x[:, 0]
    y = x @ random.integers(-1, 2, p) + 0.001 * random.normal(size=80)
    correlations = np.corrcoef(np.column_stack([x, y]), rowvar=False)
    among, with_y = correlations[:-1, :-1], correlations[:-1, -1]
    sizes = []
    for bits in range(1, 2**p):
        chosen = [i for i in range(p) if bits >> i & 1]
        z = np.column_stack([x[:, chosen], np.ones(80)])
        rest = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
        if 1 - rest.var() / y.var() > 0.999:
            sizes.append(len(chosen))
    if np.isfinite(correlations).all():
        assert len(combinations.smallest(among, with_y, 0.999)) == min(sizes, default=0)


def test_a_category_that_gives_the_rarer_class():
    code = np.where(CLASSES == "NG", RANDOM.choice(["E1", "E2", "none"], N), "none")
    assert [leak.evidence["precision"] for leak in of(pd.DataFrame({"x": X1, "code": code, "y": CLASSES}))] == [1.0]


def test_a_value_that_goes_with_the_ordinary_class_is_no_leak():
    line = np.where(CLASSES == "OK", RANDOM.choice(["A", "B"], N), "B")  # A: always OK, as 90 % are
    assert found_in(pd.DataFrame({"x": X1, "line": line, "y": CLASSES})) == set()


@pytest.mark.parametrize(("rows", "wrong", "leaks_found"), [(19, 0, 0), (20, 0, 1), (100, 1, 1), (100, 2, 0)])
def test_precision_and_rows_that_make_a_leak(rows: int, wrong: int, leaks_found: int):
    y = np.array(["NG"] * 200 + ["OK"] * 800)
    code = np.full(N, "none", "<U4")
    code[:rows] = "E"
    y[:wrong] = "OK"
    assert len(of(pd.DataFrame({"x": X1, "code": code, "y": y}))) == leaks_found


def test_a_column_filled_in_only_where_it_failed():
    reason = pd.Series(np.where(CLASSES == "NG", RANDOM.choice(list("abcdefgh"), N), None), dtype="str")
    found = of(pd.DataFrame({"x": X1, "repair_cost": np.where(CLASSES == "NG", 100 * abs(X2), np.nan), "y": CLASSES}))
    assert [(leak.kind, leak.columns) for leak in found] == [("same", ("repair_cost",))]
    some = reason.where(RANDOM.random(N) < 0.5)
    found = of(pd.DataFrame({"x": X1, "note": some.where(some.isna(), "seen"), "y": CLASSES}))
    assert found[0].sentence.startswith("Where note is filled, y is NG in 100.0")
    words = pd.Series(np.where(CLASSES == "NG", "blank", "filled"), dtype="str")  # words of the cells themselves
    assert found_in(pd.DataFrame({"x": X1, "words": words, "y": CLASSES})) == {("same", ("words",))}


def test_the_target_in_other_words():
    other = np.where(CLASSES == "NG", "2", "1")
    assert found_in(pd.DataFrame({"x": X1, "judged": other, "y": CLASSES})) == {("same", ("judged",))}
    three = RANDOM.choice(["a", "b", "c"], N)
    frame = pd.DataFrame({"x": X1, "upper": np.char.upper(three), "y": three})
    assert found_in(frame) == {("same", ("upper",))}


def test_two_flags_that_add_up_to_the_class():
    """Neither flag is rare enough a value of a code: together they are the target."""
    ng = CLASSES == "NG"
    first = ng & (RANDOM.random(N) < 0.5)
    frame = pd.DataFrame({"x": X1, "a": first + X2, "b": (ng & ~first) - X2, "y": CLASSES})
    assert found_in(frame) == {("combination", ("a", "b"))}


def test_round_measurements_are_no_codes():
    """A measurement takes some values often; one of them alone says little, unless it covers much of a class."""
    weight = np.round(RANDOM.normal(size=N), 3)
    weight[np.flatnonzero(CLASSES == "NG")[:3]] = 9.0
    assert found_in(pd.DataFrame({"x": X1, "weight": weight, "y": CLASSES})) == set()
    weight[np.flatnonzero(CLASSES == "NG")[:30]] = -999.0
    assert found_in(pd.DataFrame({"x": X1, "weight": weight, "y": CLASSES})) == {("value", ("weight",))}


@pytest.mark.parametrize(
    ("cells", "is_identifier"),
    [
        (np.arange(N), True),
        (RANDOM.permutation(N) + 5000, True),
        (np.arange(N) * 0.37, True),  # a meter that only counts up
        ([f"M{i:05}" for i in RANDOM.permutation(N)], True),
        ([f"the {i} th remark, in words" for i in range(N)], False),
        (X2, False),
        (RANDOM.permutation(N) * 1000 + 7, False),  # amounts
        (np.arange(N) // 4, False),
        (pd.date_range("2024-01-01", periods=N, freq="h"), False),
    ],
)
def test_identifiers(cells: Any, is_identifier: bool):
    frame = pd.DataFrame({"x": X1, "cells": cells, "y": CLASSES})
    assert (("identifier", ("cells",)) in found_in(frame)) == is_identifier


def test_other_labels_and_ignored_columns_are_not_looked_at():
    frame, found = with_all_features(pd.DataFrame({"x": X1, "copy": CLASSES, "id": np.arange(N), "y": CLASSES}), "y")
    quiet = found.with_role("copy", "label").with_role("id", "ignore")
    assert leaks(frame, quiet) == []


def test_rows_without_a_label_are_left_aside():
    y = pd.Series(CLASSES, dtype="str").where(np.arange(N) % 3 > 0)
    code = np.where(CLASSES == "NG", "E", "none")
    assert found_in(pd.DataFrame({"x": X1, "code": code, "y": y})) == {("same", ("code",))}


def test_sentences_in_japanese():
    language.use("ja")
    code = np.where((CLASSES == "NG") & (X2 > 0), "E", "none")
    one, other = of(pd.DataFrame({"x": X1, "番号": np.arange(N), "code": code, "y": CLASSES}))
    assert re.fullmatch(r"code が E の\d+行のうち100.0%で y が NG です.*使わないでください。", one.sentence)
    assert other.sentence.startswith("番号 はほぼ全行で値が異なる")


def test_large_columns_take_little_time():
    """Distinct values by the hundred thousand must not make a table of classes for each."""
    many = 300_000
    frame = pd.DataFrame({"x": RANDOM.normal(size=many), "y": RANDOM.choice([f"c{i}" for i in range(150)], many)})
    typed, found = with_all_features(frame, "y")
    assert leaks(typed, replace(found, combine="one")) == []
