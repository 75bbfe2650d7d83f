"""Shift: each figure against a plain loop, no more false alarms than promised, and real changes found."""

import itertools
import math
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from alma_core import language
from alma_core.streams import shift, twosample
from tests.streams.test_leaks import real, with_all_features

NAMES = [f"month {t}" for t in range(1, 61)]
CELLS = st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.0, math.nan]), min_size=3, max_size=30)


@given(CELLS, CELLS)
def test_ks_against_a_loop(one: list[float], other: list[float]):
    def share(cells: list[float], value: float) -> float:
        return sum((-math.inf if math.isnan(cell) else cell) <= value for cell in cells) / len(cells)

    values = [-math.inf if math.isnan(cell) else cell for cell in one + other]
    expected = max(abs(share(one, value) - share(other, value)) for value in values)
    assert twosample.kolmogorov_smirnov(np.array(one), np.array(other))[0] == pytest.approx(expected, abs=1e-12)


def test_p_of_ks_in_a_known_case():
    """D = 0.5 with 20 against 20: the limit law gives 2 * sum (-1)^(k-1) exp(-2 k^2 x^2) at x = 0.5 * sqrt(10)."""
    statistic, p = twosample.kolmogorov_smirnov(np.arange(20.0), np.arange(10.0, 30.0))
    x = 0.5 * math.sqrt(10)
    limit = 2 * sum((-1) ** (k - 1) * math.exp(-2 * k**2 * x**2) for k in range(1, 20))
    assert statistic == 0.5
    assert p == pytest.approx(limit, abs=0.006)


@pytest.mark.parametrize(
    ("counts", "statistic", "p"),
    [
        ([[10, 20], [20, 10]], 20 / 3, 0.009823),
        ([[50, 50], [50, 50]], 0.0, 1.0),
        ([[30], [40]], 0.0, 1.0),
        ([[10, 20, 30], [20, 20, 20]], 16 / 3, 0.069483),
    ],
)
def test_chi_square_by_hand(counts: list[list[int]], statistic: float, p: float):
    assert twosample.chi_square(np.array(counts)) == pytest.approx((statistic, p), abs=1e-5)


@given(CELLS, CELLS)
def test_psi_of_numbers_against_a_loop(one: list[float], other: list[float]):
    filled = sorted(cell for cell in one if not math.isnan(cell))
    cuts = sorted({float(np.quantile(filled, tenth / 10)) for tenth in range(1, 10)}) if filled else []
    places = [-1.0] + [float(place) for place in range(len(cuts) + 1)]  # -1: blank

    def place_of(cell: float) -> float:
        return -1.0 if math.isnan(cell) else float(sum(cut <= cell for cut in cuts))

    expected = 0.0
    for place in places:
        p, q = (
            (sum(place_of(cell) == place for cell in cells) + 0.5) / (len(cells) + 0.5 * len(places))
            for cells in (one, other)
        )
        expected += (q - p) * math.log(q / p)
    counts = twosample.binned(np.array(one), np.array(other))
    assert twosample.stability_index(counts) == pytest.approx(expected, abs=1e-12)


def test_rare_categories_are_counted_as_one():
    one = pd.Series([*"AAAAAAAAAA", *"BBBBBB", "C", "D", None], dtype="str")
    other = pd.Series([*"AAAAA", *"BBBBBB", "E", None, None], dtype="str")
    counts = twosample.counted(one, other)
    assert sorted(map(tuple, counts.T.tolist())) == [(3, 3), (6, 6), (10, 5)]  # C, D, E and the blanks; B; A


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_areas_against_all_pairs(rows: list[tuple[int, bool]]):
    ones = [score for score, label in rows if label]
    zeros = [score for score, label in rows if not label]
    pairs = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(ones, zeros)]
    scores, labels = (np.array(column, float)[:, None] for column in zip(*rows, strict=True))
    assert twosample.areas(scores, labels)[0] == pytest.approx(sum(pairs) / len(pairs) if pairs else 0.5)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        ([0.01], [0.01]),
        ([0.01, 0.02, 0.03, 0.04], [0.04, 0.04, 0.04, 0.04]),
        ([0.04, 0.001, 0.5, 0.02], [0.16 / 3, 0.004, 0.5, 0.04]),
        ([0.9, 0.95], [0.95, 0.95]),
        ([0.0, 1.0, 0.3], [0.0, 1.0, 0.45]),
        ([], []),
    ],
)
def test_benjamini_and_hochberg_by_hand(p: list[float], expected: list[float]):
    assert shift.adjusted(np.array(p, float)).tolist() == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.5))
def test_benjamini_and_hochberg_against_the_rule(p: list[float], level: float):
    """Found are the k smallest, k the largest for which the k-th smallest is at most k / n of the level."""
    ordered = sorted(p)
    k = max((i for i in range(1, len(p) + 1) if ordered[i - 1] <= level * i / len(p) * (1 - 1e-12)), default=0)
    found = shift.adjusted(np.array(p)) <= level * (1 - 1e-12)
    assert found.sum() >= k
    assert (np.sort(np.array(p)[found]) <= level).all()


def alike(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Return rows that all come from one distribution: numbers, categories, blanks, a yes or no."""
    return pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": np.where(random.random(rows) < 0.2, np.nan, random.exponential(size=rows)),
            "line": pd.Series(random.choice(["A", "B", "C"], rows, p=[0.6, 0.3, 0.1]), dtype="str"),
            "flag": (random.random(rows) < 0.3).astype(float),
        }
    )


KINDS = {"a": "number", "b": "number", "line": "category", "flag": "boolean"}


def test_without_a_shift_false_alarms_keep_to_the_level():
    """200 comparisons of 300 rows: each test alone, the columns of one t together, and all columns at once."""
    random = np.random.default_rng(1)
    rows = 300
    table = shift.shift(alike(random, 201 * rows), KINDS, np.arange(201 * rows) // rows + 1)
    each = table[table["test"].isin(["ks", "chi2"])]
    assert 0.02 < (each["p"] < 0.05).mean() < 0.09
    assert (each.groupby("t")["p_adjusted"].min() < 0.05).mean() < 0.10
    together = table[table["test"] == "auc"]
    assert len(together) == 200
    assert 0.01 < (together["p"] <= 0.05).mean() < 0.10
    assert 0.48 < together["statistic"].mean() < 0.52
    assert shift.changed(table)["t"].nunique() < 10  # level 0.01, twice: 4 of 200 are to be expected


def changed_columns(before: pd.DataFrame, now: pd.DataFrame) -> set[str]:
    arrives = np.repeat([1, 2], [len(before), len(now)])
    found = shift.changed(shift.shift(pd.concat([before, now], ignore_index=True), KINDS, arrives))
    return set(found["column"])


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("a", lambda f: f["a"] + 0.5),
        ("a", lambda f: f["a"] * 1.6),
        ("b", lambda f: f["b"].where(np.arange(len(f)) % 3 > 0)),  # blanks alone
        ("line", lambda f: f["line"].where(np.arange(len(f)) % 4 > 0, "D")),
        ("flag", lambda f: f["flag"].where(np.arange(len(f)) % 4 > 0, 1.0)),
    ],
)
def test_a_change_of_one_column_is_found_there(column: str, change: Any):
    random = np.random.default_rng(2)
    before, now = alike(random, 800), alike(random, 800)
    assert changed_columns(before, now) - {""} == set()
    assert changed_columns(before, now.assign(**{column: change(now)})) - {""} == {column}


def test_a_change_of_how_columns_go_together_is_found_by_all_of_them():
    """Each column alone is as before: only a model that sees two of them can tell."""
    random = np.random.default_rng(3)
    before, now = alike(random, 800), alike(random, 800)
    now["b"] = np.where(now["a"] > 0, 1, -1) * abs(now["a"]) + 0.3 * random.normal(size=800)
    before["b"] = random.permutation(now["b"])
    arrives = np.repeat([1, 2], 800)
    table = shift.shift(pd.concat([before, now], ignore_index=True), KINDS, arrives)
    assert shift.sentences(table, NAMES) == ["month 2 differs from month 1 in how its columns go together."]
    assert table.loc[table["test"] == "auc", "statistic"].iloc[0] > 0.6


def test_the_boundaries_of_sea():
    """Four concepts of 12,500 rows: only the rule that gives the label changes, so it shows with the target."""
    frame, found = with_all_features(real("drift_sea"), "target")
    arrives = np.arange(len(frame)) * 8 // len(frame) + 1  # changes of concept: 3, 5, 7
    kinds = found.kinds | {"target": "category"}
    table = shift.shift(frame, kinds, arrives)
    with_target = set(shift.changed(table).query("column == 'target'")["t"])
    assert with_target == {3, 5, 7}
    assert set(shift.changed(shift.shift(frame.drop(columns="target"), kinds, arrives))["t"]) <= {2, 4, 6, 8}


def test_the_months_of_bike_rentals():
    frame, _found = with_all_features(real("bike_sharing_hour"), "cnt")
    months = (frame["yr"] * 12 + frame["mnth"]).to_numpy(np.int64)
    table = shift.shift(frame[["temp", "hr", "weekday"]], dict.fromkeys(frame, "number"), months)
    found = shift.changed(table)
    temperature = set(found.loc[found["column"] == "temp", "t"])
    assert len(temperature) >= 18  # hardly a month is as warm as the one before
    assert "hr" not in set(found["column"])
    assert set(found.loc[found["column"] == "weekday", "t"]) <= {13, 20}  # months of five Saturdays and Sundays
    assert shift.sentences(table, NAMES)[0] == "month 2 differs from month 1: columns temp."
    assert shift.warning(table).startswith("2")


def table_of(*rows: tuple[int, str, str, float]) -> pd.DataFrame:
    made = [(t, column, test, 0.3, p, p) for t, column, test, p in rows]
    return pd.DataFrame(made, columns=[*shift.COLUMNS])


def test_what_is_said():
    table = table_of(
        (2, "price", "ks", 0.5), (2, "", "auc", 0.9),
        (4, "line", "chi2", 0.002), (4, "price", "ks", 0.001), (4, "price", "psi", math.nan), (4, "", "auc", 0.005),
        (5, "price", "ks", 0.5), (5, "", "auc", 0.005),
    )  # fmt: skip
    names = ["January", "February", "March", "April", "May"]
    assert shift.sentences(table, names) == [
        "April differs from March: columns price, line.",
        "May differs from April in how its columns go together.",
    ]
    assert shift.warning(table) == (
        "2 of 3 mega-batches differ from the one before (by chance 0.1 would); the setting of the paper assumes that "
        "all come from one distribution, so look at policies that forget old data, and at the latest mega-batches "
        "first."
    )
    language.use("ja")
    assert shift.sentences(table, names)[0] == "April は March と傾向が異なります(列: price, line)。"
    assert shift.warning(table).startswith("3回の比較のうち2回で")


def test_chance_finds_are_no_reason_to_warn():
    table = table_of(*((t, "a", "ks", 0.001 if t == 9 else 0.5) for t in range(2, 60)))
    assert shift.warning(table) == ""
    assert shift.warning(table_of((2, "a", "ks", 0.5))) == ""


def test_dates_are_compared_by_their_place_in_the_mega_batch():
    """Time moves on by itself, which is no shift; that all orders now come at the end of the month is one."""
    random = np.random.default_rng(4)
    months = [np.datetime64(f"2024-0{m}-01", "s") for m in (1, 2, 3)]
    places = [random.random(600), random.random(600), random.random(600) ** 0.2]
    dates = [m + (86_400 * 29 * place).astype("timedelta64[s]") for m, place in zip(months, places, strict=True)]
    frame = pd.DataFrame({"ordered": np.concatenate(dates)})
    table = shift.shift(frame, {"ordered": "date"}, np.repeat([1, 2, 3], 600))
    assert set(shift.changed(table)["t"]) == {3}
    assert set(table["test"]) == {"ks", "psi", "auc"}


def test_free_text_is_compared_with_the_others_only():
    words: NDArray[np.str_] = np.array([*["ベアリング異音"] * 200, *["塗装はがれ"] * 200])
    frame = pd.DataFrame({"note": pd.Series(words, dtype="str"), "a": np.random.default_rng(0).normal(size=400)})
    table = shift.shift(frame, {"note": "text", "a": "number"}, np.repeat([1, 2], 200))
    assert table["column"].tolist() == ["a", "a", ""]
    assert shift.sentences(table, NAMES) == ["month 2 differs from month 1 in how its columns go together."]


@pytest.mark.parametrize(("arrives", "compared"), [([1] * 50 + [2] * 19 + [3] * 50, []), ([1] * 50 + [3] * 50, [])])
def test_small_and_empty_mega_batches_are_not_compared(arrives: list[int], compared: list[int]):
    frame = alike(np.random.default_rng(0), len(arrives))
    table = shift.shift(frame, KINDS, np.array(arrives))
    assert table["t"].tolist() == compared
    assert table.columns.tolist() == [*shift.COLUMNS]
    assert shift.warning(table) == ""


def test_figures_depend_on_the_two_mega_batches_and_the_seed_alone():
    frame = alike(np.random.default_rng(5), 9000)
    arrives = np.arange(9000) // 3000 + 1  # more rows than are looked at
    table = shift.shift(frame, KINDS, arrives)
    earlier = shift.shift(frame.head(6000), KINDS, arrives[:6000])
    pd.testing.assert_frame_equal(table[table["t"] == 2].reset_index(drop=True), earlier)
    pd.testing.assert_frame_equal(table, shift.shift(frame, KINDS, arrives))
    assert not table["statistic"].equals(shift.shift(frame, KINDS, arrives, seed=1)["statistic"])


def test_a_constant_and_a_blank_column_do_no_harm():
    frame = pd.DataFrame({"a": [1.0] * 100, "b": [np.nan] * 100, "line": pd.Series([None] * 100, dtype="str")})
    table = shift.shift(frame, KINDS, np.repeat([1, 2], 50))
    assert table["p"].dropna().tolist() == [1.0] * 4
    assert table.loc[table["test"] == "psi", "statistic"].tolist() == pytest.approx([0, 0, 0])


@pytest.mark.slow
def test_sixty_mega_batches_of_twenty_columns_in_seconds():
    """The bar is 20 s on a quiet core."""
    rows = 60 * 3000
    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"n{i}": random.normal(size=rows) for i in range(15)})
    for i in range(5):
        frame[f"c{i}"] = pd.Series(random.choice(list("abcdefgh"), rows), dtype="str")
    kinds = {name: "number" if name[0] == "n" else "category" for name in frame}
    started = time.process_time()
    table = shift.shift(frame, kinds, np.arange(rows) * 60 // rows + 1)
    assert time.process_time() - started < 20
    assert len(table) == 59 * (2 * 20 + 1)
