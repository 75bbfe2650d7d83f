"""The p of shift between arrivals: found where there is one, no more false alarms than promised, no look ahead."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alma_core.seeds import generator
from alma_core.specs import StreamSpec
from alma_core.streams import arrivals
from alma_core.streams.arrivals import shift_p, shift_ps
from alma_core.streams.source import Source
from alma_core.streams.stream import Stream, cut, inputs
from alma_core.streams.twosample import rows_auc

Array = NDArray[Any]


def stream_of(x: Array, mega_batches: int, largest: float | None = None) -> Stream:
    """Return rows in the order given, cut by number; the labels say whether the first two features add up to more."""
    y = (x[:, 0] + x[:, 1] > x[:, :2].mean() * 2).astype(np.int64)
    source = Source("made", x, y, ("low", "high"), np.zeros(0, np.int64), largest, "none")
    return cut(source, StreamSpec("made", mega_batches, judged="next", in_order=True), 0)


def sea(rows: int, seed: int = 0) -> Array:
    """Return three features, alike from 0 to 10."""
    return np.random.default_rng(seed).uniform(0, 10, (rows, 3))


def test_a_shift_is_found_where_it_is():
    """Eight mega-batches of 300 rows; from the fifth on the first feature is half as high again, and stays so."""
    x = sea(2400)
    x[1200:, 0] *= 1.5
    p = [shift_p(stream_of(x, 8), t) for t in range(1, 9)]
    assert np.isnan(p[0])
    assert p[4] == 1 / 200
    assert min(p[1:4] + p[5:]) > 0.05


def test_a_changed_relation_between_features_is_found():
    x = sea(1200)
    x[600:, 2] = x[600:, 1] + np.random.default_rng(1).normal(size=600)
    assert shift_p(stream_of(x, 2), 2) == 1 / 200


def test_without_a_shift_false_alarms_keep_to_the_level():
    """40 comparisons: at most 6 below 0.05 (two are to be expected; more than 6 come once in 200 times), p spread."""
    stream = stream_of(sea(41 * 100), 41)
    p = np.array([shift_p(stream, t) for t in range(2, 42)])
    assert (p < 0.05).sum() <= 6
    assert 0.35 < p.mean() < 0.65
    assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.25)


def test_what_comes_later_does_not_matter():
    x = sea(1600)
    later = x.copy()
    later[1200:] = np.random.default_rng(5).permutation(7 * later[1200:])
    for t in (2, 3):
        assert shift_p(stream_of(x, 4), t) == shift_p(stream_of(later, 4), t)
    assert shift_p(stream_of(x, 4), 4) != shift_p(stream_of(later, 4), 4)
    shorter = cut(stream_of(x, 4).source, StreamSpec("made", 4, judged="next", in_order=True, arrived=3), 0)
    assert len(shorter) == 3
    assert shift_p(shorter, 3) == shift_p(stream_of(x, 4), 3)


def test_no_label_is_needed():
    x = sea(1200)
    x[600:, 0] *= 1.5
    source = stream_of(x, 2).source
    few = cut(source, StreamSpec("made", 2, judged="next", in_order=True, labelled_share=0.01), 0)
    assert len(few[1].indices) < 20
    assert shift_p(few, 2) == shift_p(stream_of(x, 2), 2) == 1 / 200


def test_against_the_test_itself():
    """Fewer rows than are looked at: the p is that of the test on all of them, in the order that is drawn."""
    stream = stream_of(sea(400) / 10, 2, 1.0)
    x = inputs(stream.source).astype(np.float64)
    before, now = (
        x[generator(0, "rows of an arrival", a, b - 1).permutation(np.arange(a, b))] for a, b in ((0, 200), (200, 400))
    )
    assert shift_p(stream, 2) == rows_auc(before, now, generator(0, "shift of arrivals", 0, 199, 200, 399))[1]


def test_features_are_compared_as_a_network_sees_them():
    """In units of the first mega-batch, a feature that is counted in millions hides no other one."""
    x = sea(1200)
    x[600:, 0] *= 1.5
    p = shift_p(stream_of(x, 2), 2)
    assert p == shift_p(stream_of(x * [1, 2**20, 2**-20] + [0, 2**20, 0], 2), 2) == 1 / 200


def test_no_more_rows_are_looked_at_than_stated(monkeypatch: pytest.MonkeyPatch):
    seen: list[int] = []

    def counting(one: Array, other: Array, random: np.random.Generator) -> tuple[float, float]:
        seen.extend((len(one), len(other)))
        return rows_auc(one, other, random)

    monkeypatch.setattr(arrivals, "rows_auc", counting)
    stream = stream_of(sea(6000), 2)
    assert shift_p(stream, 2) == shift_p(stream, 2)
    assert seen == [1000] * 4


@pytest.mark.parametrize(
    ("rows", "known"), [((19, 200), False), ((200, 19), False), ((20, 20), True), ((0, 200), False)]
)
def test_too_few_rows(rows: tuple[int, int], known: bool):
    stream = stream_of(sea(sum(rows)), 2)
    edges = np.array([0, rows[0], sum(rows)])
    uneven = replace(stream, boundaries=edges, arriving_boundaries=edges)
    assert np.isnan(shift_p(uneven, 1))
    assert bool(np.isfinite(shift_p(uneven, 2))) == known


def test_images_of_bytes(digits: Source):
    stream = cut(digits, StreamSpec("digits", 4), 0)
    assert shift_p(stream, 2) > 0.05
    darker = replace(digits, x=np.where(np.arange(len(digits.x))[:, None] < 900, digits.x, digits.x * 0.8))
    assert shift_p(cut(darker, StreamSpec("digits", 2, in_order=True), 0), 2) == 1 / 200


@pytest.mark.parametrize("t", [0, 5])
def test_an_arrival_that_does_not_exist(t: int):
    with pytest.raises(IndexError):
        shift_p(stream_of(sea(400), 4), t)


def test_rows_without_features():
    assert rows_auc(np.zeros((30, 0)), np.zeros((30, 0)), generator(0, "none")) == (0.5, 1.0)


def test_several_arrivals_at_once_are_each_by_itself():
    stream = stream_of(sea(900), 6)
    each = [shift_p(stream, t) for t in (1, 2, 5, 3)]
    assert np.array_equal(shift_ps(stream, [1, 2, 5, 3], 3), each, equal_nan=True)


def test_features_that_never_vary_change_nothing():
    one, other = sea(300), sea(300, seed=1)
    beside = np.full((300, 40), 7.0)
    wide = (np.column_stack([beside, rows]) for rows in (one, other))
    assert rows_auc(*wide, generator(0, "same")) == rows_auc(one, other, generator(0, "same"))


def test_products_keep_to_one_thread_from_the_first():
    """In a fresh process, in which the libraries that are to be held to one thread are not loaded yet."""
    code = (
        "from alma_core.streams.twosample import on_one_thread\n"
        "from threadpoolctl import threadpool_info\n"
        "with on_one_thread():\n"
        "    import scipy.linalg\n"
        "    taken = [one['num_threads'] for one in threadpool_info()]\n"
        "assert len(taken) >= 2 and set(taken) == {1}, taken\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
