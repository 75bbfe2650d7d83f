"""Quality of each mega-batch by hand-made tables, and doubtful labels where it is known which are wrong."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import language
from alma_core.errors import DataError
from alma_core.streams import checks
from alma_core.streams.schema import Column, Schema
from tests.streams.test_leaks import real, with_all_features


def schema_of(task: str = "classification", classes: tuple[str, ...] = ("OK", "NG"), **roles: str) -> Schema:
    kinds = {"x": "number", "line": "category", "y": "category" if classes else "number", "note": "category"}
    named = {"x": "feature", "line": "feature", "y": "target", "note": "ignore"} | roles
    return Schema(tuple(Column(n, role, kinds[n]) for n, role in named.items()), task, classes=classes)


FRAME = pd.DataFrame(
    {
        "x": [1.0, 1.0, np.nan, 2.0, 2.0, 5.0, np.nan],
        "line": pd.Series(["A", "A", "B", "C", "C", None, "A"], dtype="str"),
        "y": pd.Series(["OK", "OK", None, "OK", "OK", "NG", "NG"], dtype="str"),
        "note": pd.Series(list("abcdefg"), dtype="str"),
    }
)
ARRIVES = np.array([1, 1, 1, 2, 2, 4, 4])


def test_quality_by_hand():
    table = checks.quality(FRAME, schema_of(), ARRIVES)
    assert table["t"].tolist() == [1, 2, 3, 4]
    assert table["rows"].tolist() == [3, 2, 0, 2]
    assert table["labelled"].tolist() == [2, 2, 0, 2]
    assert table["blank_share"].tolist() == pytest.approx([1 / 6, 0, np.nan, 0.5], nan_ok=True)
    assert table["repeated"].tolist() == [1, 1, 0, 0]
    assert table["constant"].tolist() == ["x", "x, line", "", "x, line"]
    assert table["first_seen"].tolist() == ["OK", "", "", "NG"]
    assert table["positive_share"].tolist() == pytest.approx([0, 0, np.nan, 1], nan_ok=True)
    assert table[["target_mean", "target_sd"]].isna().all(axis=None)


def test_quality_of_a_number():
    frame = FRAME.assign(y=[1.0, 3.0, np.nan, 2.0, 2.0, 7.0, 1.0])
    table = checks.quality(frame, schema_of("regression", ()), ARRIVES)
    assert table["target_mean"].tolist() == pytest.approx([2, 2, np.nan, 4], nan_ok=True)
    assert table["target_sd"].tolist() == pytest.approx([1, 0, np.nan, 3], nan_ok=True)
    assert table["positive_share"].isna().all()
    assert table["first_seen"].tolist() == [""] * 4


def test_by_column_by_hand():
    table = checks.by_column(FRAME, schema_of(), ARRIVES).set_index(["column", "t"])
    assert table.loc["x", "blank_share"].tolist() == pytest.approx([1 / 3, 0, 0.5])
    assert table.loc["line", "blank_share"].tolist() == [0, 0, 0.5]
    assert table.loc["line", "constant"].tolist() == [False, True, True]


def test_a_column_that_never_varies_is_not_constant_anew_each_time():
    table = checks.by_column(FRAME.assign(x=3.0), schema_of(), ARRIVES)
    assert not table.loc[table["column"] == "x", "constant"].any()


def test_class_rows_by_hand():
    table = checks.class_rows(FRAME, schema_of(classes=("OK", "NG", "保留")), ARRIVES)
    counts = table.pivot_table(index="t", columns="class_name", values="rows", sort=False)
    assert counts["OK"].tolist() == [2, 2, 0, 0]
    assert counts["NG"].tolist() == [0, 0, 0, 2]
    assert counts["保留"].tolist() == [0, 0, 0, 0]


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([1.0, 2.0, None]), st.sampled_from("AB")), max_size=20))
def test_repeated_rows_against_a_loop(rows: list[tuple[int, float | None, str]]):
    frame = pd.DataFrame({"x": [r[1] for r in rows], "line": [r[2] for r in rows]}).astype({"x": float, "line": "str"})
    frame = frame.assign(
        y=pd.Series(["OK"] * len(rows), dtype="str"), note=pd.Series(map(str, range(len(rows))), dtype="str")
    )
    arrives = np.array([r[0] for r in rows], np.int64)
    seen: set[Any] = set()
    expected = [0] * int(arrives.max(initial=0))
    for t in range(1, len(expected) + 1):
        for row in (r for r in rows if r[0] == t):
            expected[t - 1] += row[1:] in seen
            seen.add(row[1:])
    assert checks.quality(frame, schema_of(), arrives)["repeated"].tolist() == expected


def test_quality_of_months_of_rentals():
    frame, found = with_all_features(real("bike_sharing_hour"), "cnt")
    months = (frame["yr"] * 12 + frame["mnth"]).to_numpy(np.int64)
    table = checks.quality(frame, found, months)
    assert (len(table), table["rows"].sum(), table["rows"].iloc[0]) == (24, 17379, 688)
    assert table["target_mean"].iloc[0] == pytest.approx(frame["cnt"][months == 1].mean())
    assert table["constant"].str.contains("mnth").all()
    assert table["repeated"].sum() == 0


def test_a_missing_column_is_a_sentence():
    with pytest.raises(DataError, match="The column line was asked for, but only these are there: note, x, y"):
        checks.quality(FRAME.drop(columns="line"), schema_of(), ARRIVES)


RANDOM = np.random.default_rng(3)
N = 2000
X = RANDOM.normal(size=N)
T = np.arange(N) * 4 // N + 1


def labelled(y: Any) -> pd.DataFrame:
    line = pd.Series(RANDOM.choice(["A", "B"], N), dtype="str")
    return pd.DataFrame({"x": X, "line": line, "y": y, "note": line})


def test_flipped_labels_are_found():
    clean = X > 0
    flipped = RANDOM.random(N) < 0.1
    frame = labelled(pd.Series(np.where(clean ^ flipped, "NG", "OK"), dtype="str"))
    doubt = checks.doubtful_labels(frame, schema_of(), T)
    assert doubt is not None
    assert doubt.examined == N
    assert 0.07 < doubt.share < 0.12
    assert flipped[doubt.rows].mean() > 0.85  # most of those named are wrong
    assert len(doubt.rows) == round(doubt.share * N)


def test_clean_labels_are_not_doubted():
    doubt = checks.doubtful_labels(labelled(pd.Series(np.where(X > 0, "NG", "OK"), dtype="str")), schema_of(), T)
    assert doubt is not None
    assert doubt.share < 0.01


def test_a_change_over_time_is_no_wrong_label():
    """From the third mega-batch on the rule is the other way round: nothing is mislabelled."""
    frame = labelled(pd.Series(np.where((X > 0) ^ (T > 2), "NG", "OK"), dtype="str"))
    doubt = checks.doubtful_labels(frame, schema_of(), T)
    assert doubt is not None
    assert doubt.share < 0.02


def test_labels_that_nothing_explains_are_not_called_wrong():
    doubt = checks.doubtful_labels(labelled(pd.Series(RANDOM.choice(["OK", "NG"], N), dtype="str")), schema_of(), T)
    assert doubt is not None
    assert doubt.share < 0.05


def test_numbers_far_from_what_the_rest_says_are_found():
    y = 3 * X + 0.1 * RANDOM.normal(size=N)
    wrong = np.arange(N) % 50 == 7
    doubt = checks.doubtful_labels(labelled(np.where(wrong, y + 30, y)), schema_of("regression", ()), T)
    assert doubt is not None
    assert set(np.flatnonzero(wrong)) <= set(doubt.rows)
    assert doubt.share < 0.06


def test_the_noise_of_sea_is_about_what_its_makers_put_in():
    frame, found = with_all_features(real("drift_sea"), "target")
    doubt = checks.doubtful_labels(frame, found, np.arange(len(frame)) * 20 // len(frame) + 1)
    assert doubt is not None
    assert doubt.examined == checks.EXAMINED
    assert 0.05 < doubt.share < 0.12  # 10 % were flipped


@pytest.mark.parametrize(("rows", "second"), [(99, 40), (N, 4), (N, 0)])
def test_too_little_to_tell(rows: int, second: int):
    y = pd.Series(np.where(np.arange(N) < second, "NG", "OK"), dtype="str")
    assert checks.doubtful_labels(labelled(y).head(rows), schema_of(), T[:rows]) is None


def test_the_sentence_says_that_it_is_an_estimate():
    doubt = checks.Doubt(0.123, 5000, np.zeros(0, np.int64))
    assert checks.doubt_sentence(doubt) == (
        "About 12.3\N{NO-BREAK SPACE}% of the labels look wrong (an estimate from 5,000 rows: a simple model that has "
        "not seen the label clearly disagrees with it)."
    )
    language.use("ja")
    assert checks.doubt_sentence(doubt).startswith("ラベルの約12.3%は誤りの疑いがあります(5,000行からの推定")
