"""Columns as inputs: against a plain loop over rows, without a look ahead, and within the room there is."""

import math
import time
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from alma_core import language
from alma_core.streams.encoding import MOST_INPUTS, Encoded, encode, fair_shares, first_half_filled
from alma_core.streams.slots import CLIP, MOST_ONE_HOT

NOTHING = {"number": np.nan, "boolean": np.nan, "date": pd.NaT, "category": None, "text": None}
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "number": st.floats(-1e6, 1e6, width=32),
    "boolean": st.sampled_from([0.0, 1.0]),
    "date": st.datetimes(datetime(1999, 1, 1), datetime(2030, 12, 31)).map(lambda d: d.replace(microsecond=0)),
    "category": st.sampled_from([f"c{i}" for i in range(25)]),
    "text": st.text("あいう abc", min_size=1, max_size=8),
}
DTYPES = {"number": "float64", "boolean": "float64", "date": "datetime64[s]", "category": "str", "text": "str"}


def column(cells: list[Any], kind: str) -> "pd.Series[Any]":
    return pd.Series([NOTHING[kind] if cell is None else cell for cell in cells], dtype=DTYPES[kind])


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, "pd.Series[Any]"], dict[str, str], NDArray[np.int64]]:
    """Draw columns of all kinds, with blanks, some of them late, and the mega-batch of each row."""
    rows = draw(st.integers(1, 30))
    arrives = np.array(draw(st.lists(st.integers(1, 4), min_size=rows, max_size=rows)), np.int64)
    kinds = {f"{kind} {i}": kind for kind in CELLS for i in range(draw(st.integers(0, 2)))}
    columns = {}
    for name, kind in kinds.items():
        cells = draw(st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows))
        late = draw(st.integers(0, 4))
        columns[name] = column([None if t < late else cell for t, cell in zip(arrives, cells, strict=True)], kind)
    return columns, kinds, arrives


def plainly(
    columns: dict[str, "pd.Series[Any]"], kinds: dict[str, str], arrives: NDArray[np.int64]
) -> dict[str, list[float]]:
    """Return the inputs of numbers, booleans, dates and few categories by a loop over rows."""
    inputs: dict[str, list[float]] = {}
    for name, kind in kinds.items():
        cells = [None if pd.isna(cell) else cell for cell in columns[name]]
        fitted_t = 0
        for t in range(4, 0, -1):
            arriving = [cell for cell, a in zip(cells, arrives, strict=True) if a == t]
            if arriving and 2 * sum(cell is not None for cell in arriving) >= len(arriving):
                fitted_t = t
        fitted = [c for c, a in zip(cells, arrives, strict=True) if a == fitted_t and c is not None]
        if not fitted_t or kind == "text" or (kind == "category" and len(set(fitted)) > MOST_ONE_HOT):
            continue
        for cell, a in zip(cells, arrives, strict=True):
            for slot, value in one_cell(cell, kind, fitted).items():
                inputs.setdefault(f"{name} / {slot}", []).append(value if a >= fitted_t else 0.0)
    return inputs


def one_cell(cell: Any, kind: str, fitted: list[Any]) -> dict[str, float]:
    blank = {"blank": float(cell is None)}
    if kind == "category":
        known = {f"= {value}": float(cell == value) for value in sorted(set(fitted))}
        return known | {"other": float(cell is not None and cell not in fitted)} | blank
    if kind == "date":
        return date_cell(cell, fitted) | blank
    mean = sum(fitted) / len(fitted)
    sd = math.sqrt(sum((value - mean) ** 2 for value in fitted) / len(fitted))
    if len(set(fitted)) == 1:
        mean, sd = fitted[0], abs(fitted[0]) or 1.0
    return {"value": 0.0 if cell is None else max(-CLIP, min(CLIP, (cell - mean) / sd))} | blank


def date_cell(cell: Any, fitted: list[Any]) -> dict[str, float]:
    timed = any((value.hour, value.minute, value.second) != (0, 0, 0) for value in fitted)
    names = ["year sin", "year cos", "years since", "week sin", "week cos", *(["day sin", "day cos"] if timed else [])]
    if cell is None:
        return dict.fromkeys(names, 0.0)
    turns = {
        "year": (cell.day_of_year - 1) / 366,
        "week": cell.weekday() / 7,
        "day": (cell.hour * 60 + cell.minute) / 1440,
    }
    parts = {f"{p} {f}": getattr(math, f)(2 * math.pi * turn) for p, turn in turns.items() for f in ("sin", "cos")}
    parts["years since"] = max(-CLIP, min(CLIP, (cell - min(fitted)).total_seconds() / (365.25 * 86400)))
    return {name: parts[name] for name in names}


@given(tables())
def test_against_a_loop_over_rows(table: Any):
    encoded = encode(*table)
    expected = plainly(*table)
    places = {slot.name: place for place, slot in enumerate(encoded.slots)}
    for name, values in expected.items():
        np.testing.assert_allclose(encoded.x[:, places[name]], values, rtol=2e-5, atol=2e-5, err_msg=name)
    hashed = {slot.name for slot in encoded.slots if "# " in slot.name}
    assert {name for name in places if name not in expected} >= hashed
    assert np.isfinite(encoded.x).all()
    assert encoded.x.dtype == np.float32


def rows_of(columns: dict[str, "pd.Series[Any]"], rows: NDArray[Any]) -> dict[str, "pd.Series[Any]"]:
    return {name: values[rows].reset_index(drop=True) for name, values in columns.items()}


def same_so_far(one: Encoded, other: Encoded, t: int) -> list[int]:
    """Return the places of the slots fitted up to t, after seeing that both have them in the same places."""
    known = [[slot for slot in encoded.slots if slot.fitted_t <= t] for encoded in (one, other)]
    assert known[0] == known[1]
    assert [*one.slots[: len(known[0])]] == [*other.slots[: len(known[0])]] == known[0]
    return [*range(len(known[0]))]


@given(tables(), st.data())
def test_nothing_of_later_mega_batches_is_seen(table: Any, data: st.DataObject):
    """Whatever arrives after t is replaced: what rows up to t become stays bit by bit, in every slot."""
    columns, kinds, arrives = table
    t = data.draw(st.integers(1, 4))
    later = np.flatnonzero(arrives > t)
    changed = {}
    for name, values in columns.items():
        cells = [None if pd.isna(cell) else cell for cell in values]
        for row in later:
            cells[row] = data.draw(st.none() | CELLS[kinds[name]])
        changed[name] = column(cells, kinds[name])
    one, other = encode(columns, kinds, arrives), encode(changed, kinds, arrives)
    places = same_so_far(one, other, t)
    now = arrives <= t
    assert one.x[now][:, places].tobytes() == other.x[now][:, places].tobytes()
    for encoded in (one, other):
        assert not encoded.x[now][:, len(places) :].any()  # a column that appears later is 0 until then


@given(tables())
def test_appending_a_mega_batch_moves_nothing(table: Any):
    columns, kinds, arrives = table
    for t in range(1, 4):
        now = np.flatnonzero(arrives <= t)
        before = encode(rows_of(columns, now), kinds, arrives[now])
        after = encode(columns, kinds, arrives)
        places = same_so_far(before, after, t)
        assert before.x.tobytes() == after.x[now][:, places].tobytes()
        assert len(before.slots) == len(places)


@given(tables(), st.permutations(range(30)))
def test_rows_may_stand_in_any_order(table: Any, order: list[int]):
    """Sums over a mega-batch may round differently in another order, nothing else may change."""
    columns, kinds, arrives = table
    rows = np.array([row for row in order if row < len(arrives)])
    straight, mixed = encode(columns, kinds, arrives), encode(rows_of(columns, rows), kinds, arrives[rows])
    assert straight.slots == mixed.slots
    np.testing.assert_allclose(straight.x[rows], mixed.x, atol=1e-5)


def test_a_late_column():
    """Nearly blank in mega-batches 1 and 2, there from the third on: its stray early cells stay unseen."""
    arrives = np.repeat([1, 2, 3], 4)
    late = column([None, 5, None, None, None, None, None, None, 1, 3, None, 1e9], "number")
    early = column([*range(12)], "number")
    encoded = encode({"late": late, "early": early}, {"late": "number", "early": "number"}, arrives)
    assert [(slot.name, slot.fitted_t) for slot in encoded.slots] == [
        ("early / value", 1),
        ("early / blank", 1),
        ("late / value", 3),
        ("late / blank", 3),
    ]
    assert not encoded.x[:8, 2:].any()
    assert encoded.x[8:, 3].tolist() == [0, 0, 1, 0]
    assert encoded.x[11, 2] == pytest.approx(math.sqrt(2), rel=1e-6)


@pytest.mark.parametrize(
    ("filled", "fitted_t"),
    [("10 10", 1), ("00 11", 2), ("100 011", 2), ("00 00", 0), ("0 0 1", 3), ("1100 0000", 1), ("100 100 110", 3)],
)
def test_the_first_mega_batch_that_is_half_filled(filled: str, fitted_t: int):
    cells = [1.0 if digit == "1" else None for digit in filled if digit != " "]
    arrives = np.repeat(np.arange(1, filled.count(" ") + 2), [len(part) for part in filled.split()])
    assert first_half_filled(column(cells, "number"), arrives) == fitted_t


def test_an_empty_mega_batch_fits_nothing():
    assert first_half_filled(column([None, 1.0], "number"), np.array([1, 3])) == 3


def test_a_column_that_is_never_half_filled_is_left_out_and_said():
    arrives = np.repeat([1, 2], 3)
    columns = {"a": column([1, None, None, None, 2, None], "number"), "b": column([*range(6)], "number")}
    encoded = encode(columns, dict.fromkeys("ab", "number"), arrives)
    assert {slot.column for slot in encoded.slots} == {"b"}
    assert encoded.notes == ("No mega-batch has a at least half filled, so no model sees them.",)
    language.use("ja")
    assert encode(columns, dict.fromkeys("ab", "number"), arrives).notes[0].startswith("どの到着データでも")


def test_far_values_are_clipped_and_huge_ones_do_no_harm():
    values = column([1e308, -1e308, 1e308, -1e308, 0.0, 1e308], "number")
    x = encode({"a": values}, {"a": "number"}, np.array([1, 1, 1, 1, 1, 2])).x
    assert np.isfinite(x).all()
    tiny = column([1e-310, 2e-310, 3e-310, 1e300], "number")
    x = encode({"a": tiny}, {"a": "number"}, np.array([1, 1, 1, 2])).x
    assert x[:3, 0].tolist() == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)], rel=1e-3)
    assert x[3, 0] == CLIP


def test_a_constant_changes_by_its_own_size():
    x = encode({"a": column([0.1] * 4 + [0.2, -5.0], "number")}, {"a": "number"}, np.array([1] * 4 + [2, 2])).x
    assert x[:, 0].tolist() == pytest.approx([0, 0, 0, 0, 1, -CLIP])


def test_new_categories_go_to_other():
    line = column(["A", "B", "A", "C", None], "category")
    encoded = encode({"line": line}, {"line": "category"}, np.array([1, 1, 1, 2, 2]))
    assert [slot.name for slot in encoded.slots] == ["line / = A", "line / = B", "line / other", "line / blank"]
    assert encoded.x.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


@pytest.mark.parametrize(("count", "hashed"), [(MOST_ONE_HOT, False), (MOST_ONE_HOT + 1, True)])
def test_many_categories_are_hashed(count: int, hashed: bool):
    cells = [f"item {i}" for i in range(count)] * 2
    encoded = encode({"item": column(cells, "category")}, {"item": "category"}, np.ones(len(cells), np.int64))
    assert ("# " in encoded.slots[0].name) == hashed
    assert len(encoded.slots) == (17 if hashed else count + 2)
    first, again = encoded.x[:count], encoded.x[count:]
    assert (first == again).all()
    assert len({row.tobytes() for row in first}) >= count - 1  # hardly any two look the same


def test_hashes_are_the_same_in_every_process():
    cells = [f"item {i}" for i in range(20)]
    x = encode({"item": column(cells, "category")}, {"item": "category"}, np.ones(20, np.int64)).x
    assert [np.flatnonzero(row).tolist() for row in x[:2]] == [[1, 13], [9, 15]]
    assert (x[:2].sum(axis=1) == 2).all()


def test_texts_that_share_words_are_near_each_other():
    cells = ["ベアリング異音あり", "ベアリング異音なし", "塗装はがれ"]
    x = encode({"note": column(cells, "text")}, {"note": "text"}, np.ones(3, np.int64)).x
    assert np.allclose(np.linalg.norm(x, axis=1), 1.0)
    assert x[0] @ x[1] > 0.5 > x[0] @ x[2]


def test_the_time_of_day_only_where_there_is_one():
    days = column([datetime(2024, 4, 1), datetime(2024, 4, 2)], "date")
    hours = column([datetime(2024, 4, 1, 6), datetime(2024, 4, 1, 18)], "date")
    encoded = encode({"d": days, "h": hours}, {"d": "date", "h": "date"}, np.array([1, 1]))
    names = [slot.name for slot in encoded.slots]
    assert names.count("d / day sin") == 0
    assert encoded.x[:, names.index("h / day sin")].tolist() == [1, -1]


@given(st.lists(st.integers(1, 40), max_size=40), st.integers(0, 300))
def test_room_is_shared_fairly(wants: list[int], room: int):
    given_out = fair_shares(wants, room)
    assert sum(given_out) == min(room, sum(wants))
    assert all(0 <= got <= want for got, want in zip(given_out, wants, strict=True))
    short = [got for got, want in zip(given_out, wants, strict=True) if got < want]
    assert not short or max(given_out) <= min(short) + 1


@pytest.mark.parametrize(
    ("numbers", "texts", "left_out"), [(100, 5, 0), (128, 0, 0), (200, 0, 0), (0, 20, 0), (300, 3, 47)]
)
def test_never_more_than_there_is_room_for(numbers: int, texts: int, left_out: int):
    random = np.random.default_rng(0)
    kinds = {f"n{i}": "number" for i in range(numbers)} | {f"t{i}": "text" for i in range(texts)}
    columns = {
        name: column([*random.normal(size=8)] if kind == "number" else list("abcdefgh"), kind)
        for name, kind in kinds.items()
    }
    encoded = encode(columns, kinds, np.ones(8, np.int64))
    assert len(encoded.slots) == encoded.x.shape[1] <= MOST_INPUTS
    assert len(kinds) - len({slot.column for slot in encoded.slots}) == left_out
    assert (len(encoded.notes) == 1) == (left_out > 0)
    if left_out:
        assert encoded.notes[0].startswith(
            "There is room for 256 inputs, and earlier columns fill it, so no model sees n256,"
        )


def test_columns_that_come_first_choose_first():
    """A late column never takes room from one that stood there before, or earlier rows would change."""
    kinds = {f"n{i}": "number" for i in range(130)}
    columns = {name: column([1.0, 2.0, 3.0, 4.0], "number") for name in kinds}
    columns["n0"] = column([None, None, 3.0, 4.0], "number")
    encoded = encode(columns, kinds, np.array([1, 1, 2, 2]))
    assert [slot.fitted_t for slot in encoded.slots] == [1] * 256
    assert "n0" in encoded.notes[0]


COLUMNS = {"a": column([*range(4000)], "number"), "b": column(["A", "B"] * 2000, "category")}
ARRIVES = np.arange(4000) // 1000 + 1


def blanks(share: float) -> NDArray[np.bool_]:
    encoded = encode(COLUMNS, {"a": "number", "b": "category"}, ARRIVES, share)
    places = [place for place, slot in enumerate(encoded.slots) if slot.name.endswith("blank")]
    return encoded.x[:, places] == 1


def test_missing_cells_are_drawn_by_row_and_column_and_nested():
    fewer, more = blanks(0.2), blanks(0.5)
    assert not blanks(0.0).any()
    assert blanks(1.0).all()
    assert abs(fewer.mean() - 0.2) < 0.02
    assert abs(more.mean() - 0.5) < 0.02
    assert (more | ~fewer).all()  # a cell that is missing at 20 % is missing at 50 %
    assert abs((fewer[:, 0] & fewer[:, 1]).mean() - 0.04) < 0.01  # columns are drawn apart
    assert np.array_equal(blanks(0.2), fewer)


def test_missing_cells_are_blanked_before_anything_is_fitted():
    values = COLUMNS["a"].mask(blanks(0.3)[:, 0])
    by_hand = encode({"a": values}, {"a": "number"}, ARRIVES).x
    assert np.array_equal(encode({"a": COLUMNS["a"]}, {"a": "number"}, ARRIVES, 0.3).x, by_hand)


def test_when_a_column_is_fitted_does_not_depend_on_the_missing_share():
    late = COLUMNS["a"].where(ARRIVES > 2)
    for share in (0.0, 0.3, 0.9, 1.0):
        assert {slot.fitted_t for slot in encode({"a": late}, {"a": "number"}, ARRIVES, share).slots} == {3}


def test_every_row_must_arrive():
    with pytest.raises(ValueError, match="every row must arrive"):
        encode({}, {}, np.array([0, 1]))


def test_no_columns_and_no_rows():
    assert encode({}, {}, np.array([1, 2])).x.shape == (2, 0)
    assert encode({"a": column([], "number")}, {"a": "number"}, np.zeros(0, np.int64)).x.shape == (0, 0)


def test_half_a_million_rows_are_encoded_in_seconds():
    """6 numbers, 3 categories and a date; the bar is 6 s on a quiet core."""
    rows = 500_000
    random = np.random.default_rng(0)
    columns = {f"n{i}": pd.Series(random.normal(size=rows)) for i in range(6)}
    columns |= {f"c{i}": pd.Series(random.choice([f"v{j}" for j in range(16)], rows), dtype="str") for i in range(3)}
    seconds = random.integers(0, 86_400 * 700, rows).astype("timedelta64[s]")
    columns["d"] = pd.Series(np.datetime64("2024-01-01", "s") + seconds)
    kinds = {name: {"n": "number", "c": "category", "d": "date"}[name[0]] for name in columns}
    started = time.process_time()
    encoded = encode(columns, kinds, np.arange(rows) * 24 // rows + 1)
    assert time.process_time() - started < 6
    assert encoded.x.shape == (rows, 6 * 2 + 3 * 18 + 8)
