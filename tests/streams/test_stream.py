"""Mega-batches: a partition in order, nested cuts, and nothing of the future in the scaling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.errors import DataError
from alma_core.specs import StreamSpec
from alma_core.streams import stream
from alma_core.streams.sources import Source


@given(st.integers(1, 10_000), st.data())
def test_boundaries_partition_evenly(count: int, data: st.DataObject):
    mega_batches = data.draw(st.integers(1, count))
    edges = stream.boundaries(count, mega_batches)
    sizes = np.diff(edges)
    assert (edges[0], edges[-1]) == (0, count)
    assert sizes.min() >= 1
    assert sizes.max() - sizes.min() <= 1


@given(st.integers(1, 100_000), st.integers(1, 60), st.integers(1, 12))
def test_boundaries_nest(count: int, coarse: int, factor: int):
    fine = stream.boundaries(count, coarse * factor)
    assert fine[::factor].tolist() == stream.boundaries(count, coarse).tolist()


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_stream_is_every_example_once_and_none_of_the_test_set(few: Source, seed: int):
    cut = stream.cut(few, StreamSpec("few", 7), seed)
    arrived = np.concatenate([batch.indices for batch in cut])
    assert sorted(arrived) == list(range(400))
    assert not set(arrived) & set(few.test)
    assert [batch.t for batch in cut] == list(range(1, 8))
    assert len(cut) == 7
    assert cut.sizes.tolist() == [len(cut[t].indices) for t in range(1, 8)]


def test_the_seed_permutes_iid_data_only(few: Source):
    shuffled = [stream.cut(few, StreamSpec("few", 4), seed).order.tolist() for seed in (0, 0, 1)]
    assert shuffled[0] == shuffled[1] != shuffled[2]
    ordered = [stream.cut(few, StreamSpec("few", 4, in_order=True), seed).order.tolist() for seed in (0, 1)]
    assert ordered == [list(range(400))] * 2


def test_arrivals_are_counted_from_one(few: Source):
    cut = stream.cut(few, StreamSpec("few", 4), 0)
    for t in (0, 5, -1):
        with pytest.raises(IndexError):
            cut[t]


def test_more_mega_batches_than_examples(few: Source):
    with pytest.raises(DataError, match=r"401 mega-batches were asked of few, which has 400 examples"):
        stream.cut(few, StreamSpec("few", 401), 0)


def test_known_ranges_are_divided(few: Source):
    assert stream.scaling(stream.cut(few, StreamSpec("few", 4), 0)) is None
    assert stream.inputs(few).max() == 1.0


@pytest.mark.parametrize("spoil", [lambda x: x + 1.7e9, lambda x: x * 1e-50])
def test_what_single_precision_would_lose_is_refused(few: Source, spoil):
    x = spoil(np.random.default_rng(0).normal(size=(480, 2)))
    source = Source("raw", x, few.y, few.classes, few.test, None, "")
    with pytest.raises(DataError, match=r"feature \(number 1\)"):
        stream.scaling(stream.cut(source, StreamSpec("raw", 4), 0))


def test_unknown_ranges_are_scaled_by_the_first_mega_batch_alone(few: Source):
    x = np.random.default_rng(0).normal(5, 3, (480, 4))
    x[:, 3] = 2.0
    source = Source("raw", x, few.y, few.classes, few.test, None, "")
    cut = stream.cut(source, StreamSpec("raw", 4), 0)
    before = stream.scaling(cut)
    assert before is not None
    first = x[cut[1].indices]
    assert np.allclose(before[0], first.mean(0), atol=1e-5)
    assert np.allclose(before[1][:3], first[:, :3].std(0), atol=1e-5)
    assert before[1][3] == 1.0
    x[cut.order[cut.boundaries[1] :]] = 1e6
    after = stream.scaling(cut)
    assert after is not None
    assert np.array_equal(before[0], after[0])
    assert np.array_equal(before[1], after[1])
