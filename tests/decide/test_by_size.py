"""Single networks by how an update trains, by wait and by size."""

import numpy as np
import pandas as pd
import pytest

from alma_core.decide import by_size
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand

WINDOWS = {("warm", 0.0, 0): 0.5, ("scratch", 0.0, 2): 0.3, ("scratch", 0.0, 4): 0.2, ("scratch", 1.0, 0): 0.4}


def test_heat_has_a_cell_for_each_wait_and_size(small_run):
    _spec, table, _ = small_run
    rows = by_size.heat(hand.answer(table, Question()), "final_error", by_size.Way("warm", 1.0, 0))
    assert sorted(map(tuple, rows[["waiting_time", "capacity"]].to_numpy())) == [
        (1, "M"), (1, "S"), (2, "M"), (2, "S"), (4, "M"), (4, "S")
    ]  # fmt: skip
    assert ((rows["low"] <= rows["value"]) & (rows["value"] <= rows["high"])).all()


def test_the_map_of_waits_and_sizes_is_of_single_networks():
    """An ensemble at the same wait and size neither stands in their cell nor opens one of its own."""
    blocks = [
        hand.rows("single", [[0.3] * 2] * 2, [1, 2]),
        hand.rows("ensemble", [[0.1] * 2] * 2, [1, 2], method="ensemble", k=3),
        hand.rows("large", [[0.1] * 2] * 2, [1, 2], method="ensemble", k=3, capacity="L", start="scratch"),
        hand.rows("trees", [[0.2] * 2] * 2, [1, 2], architecture="trees", capacity="none", start="scratch"),
    ]
    found = hand.answer(hand.table(*blocks), Question())
    assert by_size.ways(found) == [by_size.Way("warm", 0.0, 0)]
    rows = by_size.heat(found, "final_error", by_size.ways(found)[0])
    assert rows[["capacity", "value"]].to_numpy().tolist() == [["M", 0.3]]


@pytest.mark.parametrize("factor", [1, 2])
def test_ways_are_told_apart_by_their_window_in_arrivals(factor: int):
    found = hand.answer(hand.of_windows(WINDOWS), Question(factor=factor))
    assert by_size.ways(found) == [by_size.Way(*way) for way in WINDOWS]
    for way, error in WINDOWS.items():
        rows = by_size.heat(found, "final_error", by_size.Way(*way))
        assert rows["value"].tolist() == pytest.approx([error])


def sized(sizes: tuple[str, ...], waits: tuple[int, ...], horizon: int) -> pd.DataFrame:
    """Return a ledger with a policy for each size and wait: an error of 0.01 for each wait, and 0.001 from M to L."""
    blocks = [
        hand.rows(f"{size}{wait}", [[wait / 100 + 0.001 * (size == "L") - 0.001 * (size == "S")] * horizon] * 2,
                  list(range(wait, horizon, wait)), capacity=size, waiting_time=wait, first_update=wait)
        for size in sizes for wait in waits
    ]  # fmt: skip
    return hand.table(*blocks)


def test_panels_come_by_size_and_wait_whatever_the_order_of_the_run():
    found = hand.answer(sized(("L", "S", "M"), (2, 1), 4), Question())
    rows = by_size.panels(found, by_size.Way("warm", 0.0, 0))
    shown = rows.drop_duplicates("number")
    assert list(zip(shown["capacity"], shown["waiting_time"], strict=True)) == [
        ("S", 1), ("S", 2), ("M", 1), ("M", 2), ("L", 1), ("L", 2)
    ]  # fmt: skip
    of_m2 = rows[(rows["capacity"] == "M") & (rows["waiting_time"] == 2)]
    assert of_m2["t"].tolist() == [1, 2, 3, 4]
    assert of_m2["error"].tolist() == pytest.approx([0.02] * 4)


def test_of_many_waits_some_are_drawn_the_shortest_and_the_longest_among_them():
    waits = tuple(range(1, 13))
    found = hand.answer(sized(("M",), waits, 40), Question())
    drawn = by_size.panels(found, by_size.Way("warm", 0.0, 0))["waiting_time"].unique().tolist()
    assert len(drawn) == by_size.MOST_WAITS
    assert (drawn[0], drawn[-1]) == (1, 12)
    assert drawn == sorted(drawn)


def test_the_map_shows_effort_too():
    prices = Prices(peak_flops=1e12, utilisation=0.5, price_per_error=10, price_per_device_hour=1)
    found = hand.answer(sized(("S",), (1, 2), 5), Question(prices=prices))
    rows = by_size.heat(found, "updates", by_size.Way("warm", 0.0, 0))
    assert dict(zip(rows["waiting_time"], rows["value"], strict=True)) == {1: 4, 2: 2}
    hours = by_size.heat(found, "device_hours", by_size.Way("warm", 0.0, 0))["value"]
    assert sorted(hours) == pytest.approx([2 * 2 / 3600, 4 * 2 / 3600])
    assert set(by_size.words(Measure())) > set(by_size.EFFORT) | {"cost", "worst_error"}


@pytest.mark.parametrize(
    ("values", "lowest"), [([3.0, 1.0, 2.0], [1]), ([1.0, 1.0, 2.0], [0, 1]), ([2.0, 2.0, 2.0], []), ([5.0], [0])]
)
def test_the_lowest_cells_are_marked_unless_all_are_alike(values: list[float], lowest: list[int]):
    assert by_size.least(pd.DataFrame({"value": values})).index.tolist() == lowest


def test_the_way_to_look_at_first_is_the_recommended_policy_s():
    errors = {("warm", 0.0, 0): 0.5, ("scratch", 1.0, 0): 0.1}
    found = hand.answer(hand.of_windows(errors), Question())
    assert by_size.usual(found) == by_size.Way("scratch", 1.0, 0)
    trees = hand.rows("trees", [[0.05] * 4] * 2, [2, 4], architecture="trees", capacity="none", start="scratch")
    found = hand.answer(hand.table(hand.of_windows(errors), trees), Question())
    assert by_size.usual(found) == by_size.Way("warm", 0.0, 0)
    assert by_size.usual(hand.answer(hand.table(trees), Question())) is None


def test_one_seed_has_no_interval():
    table = sized(("S", "M"), (1, 2), 4)
    rows = by_size.heat(hand.answer(table[table["seed"] == 0], Question()), "mean_error", by_size.Way("warm", 0.0, 0))
    assert np.isnan(rows[["low", "high"]].to_numpy()).all()
    assert rows["value"].notna().all()
