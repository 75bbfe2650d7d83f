"""Intervals over arrivals and seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alma_core.decide import blocks
from alma_core.decide.blocks import block_bootstrap
from alma_core.decide.compare import estimate

ROWS = arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(2, 4), st.integers(4, 9)), elements=st.floats(-1e3, 1e3)
)


def autocorrelated(shape: tuple[int, ...], rho: float, draws: np.random.Generator) -> np.ndarray:
    found = draws.standard_normal(shape)
    for t in range(1, shape[-1]):
        found[..., t] = rho * found[..., t - 1] + math.sqrt(1 - rho**2) * found[..., t]
    return found


@pytest.mark.parametrize(("arrivals", "size"), [(4, 2), (8, 4), (20, 6), (23, 6), (36, 8), (50, 9), (60, 10)])
def test_the_length_of_a_block(arrivals: int, size: int):
    assert blocks.length(arrivals) == size


def test_deviations_by_hand():
    """Five arrivals, blocks of three of weights a, b, a with 2 a^2 + b^2 = 3, where a = b / 6 / 0.43."""
    series = np.array([0.0, 1.0, 5.0, 1.0, 3.0])
    b = math.sqrt(3 / (1 + 2 * (1 / 6 / 0.43) ** 2))
    a = b / 6 / 0.43
    sums = np.array([a * -2 + b * -1 + a * 3, a * -1 + b * 3 + a * -1, a * 3 + b * -1 + a * 1])
    expected = (sums - sums.mean()) * math.sqrt(5 / 3 * 5 / 2)
    assert blocks.deviations(series) == pytest.approx(expected)


def test_the_variance_is_that_of_drawn_blocks():
    """Draw four blocks of six for a stream of 24 many times: their sums vary as the mean square says."""
    series = autocorrelated((24,), 0.5, np.random.default_rng(3))
    size, draws = blocks.length(24), np.random.default_rng(0)
    assert size == 6
    middles = (np.arange(size) + 0.5) / size
    fade = np.clip(np.minimum(middles, 1 - middles) / 0.43, 0, 1)
    fade *= math.sqrt(size / (fade**2).sum())
    centred = series - series.mean()
    sums = np.array([centred[start : start + size] @ fade for start in range(24 - size + 1)])
    totals = sums[draws.integers(0, len(sums), (40_000, 4))].sum(1)
    assert (blocks.deviations(series) ** 2).mean() == pytest.approx(totals.var() * 24 / 18, rel=0.03)


def test_independent_arrivals_have_the_variance_of_their_sum():
    series = np.random.default_rng(0).standard_normal((2000, 50))
    assert (blocks.deviations(series) ** 2).mean() == pytest.approx(50, rel=0.06)


def test_seeds_that_move_all_arrivals_alike_leave_student_s_t():
    seeds = np.array([1.0, 4.0, 2.0])
    found = block_bootstrap(np.repeat(seeds[:, None], 10, axis=1)[None]).of(0)
    assert found == pytest.approx(estimate(10 * seeds))


def test_what_a_seed_does_at_one_arrival_counts_once():
    """Noise of single cells: arrivals' part holds all of it; seeds' part would be as large, were it not taken off."""
    rows = np.random.default_rng(0).standard_normal((300, 5, 40))
    by_arrivals, by_seeds = blocks.variances(rows)
    assert by_arrivals.mean() == pytest.approx(40 / 5, rel=0.08)
    assert by_seeds.mean() < 0.4 * by_arrivals.mean()  # what chance leaves above zero


@pytest.mark.parametrize("shape", [(2, 1, 30), (2, 3, 3)])
def test_one_seed_or_few_arrivals_have_no_interval(shape: tuple[int, int, int]):
    found = block_bootstrap(np.ones(shape))
    assert found.means == pytest.approx(shape[2])
    assert np.isnan([found.lows, found.highs]).all()


def test_rows_that_never_change_are_known():
    assert block_bootstrap(np.full((1, 3, 8), 2.0)).of(0)[:3] == (16.0, 16.0, 16.0)


@given(ROWS, st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_intervals_do_not_depend_on_what_they_should_not(rows: np.ndarray, shift: float, scale: float):
    found = block_bootstrap(rows)
    backwards, turned = block_bootstrap(rows[:, ::-1]), block_bootstrap(rows[:, :, ::-1])
    moved, scaled = block_bootstrap(rows + shift), block_bootstrap(rows * scale)
    for ends in ("means", "lows", "highs"):
        expected = pytest.approx(getattr(found, ends), rel=1e-6, abs=1e-4)
        assert getattr(backwards, ends) == expected
        assert getattr(turned, ends) == expected
        assert getattr(moved, ends) - shift * rows.shape[2] == expected
        assert getattr(scaled, ends) / scale == expected


@pytest.mark.parametrize(("rho", "least", "most"), [(0.0, 0.915, 0.955), (0.3, 0.895, 0.94), (0.6, 0.845, 0.895)])
def test_coverage_at_23_arrivals_is_as_documented(rho: float, least: float, most: float):
    """The normal quantile instead of Student's would hold 0.05 less, blocks as short as the cube root 0.06."""
    draws = np.random.default_rng(0)
    rows = autocorrelated((2500, 1, 23), rho, draws) + 0.5 * draws.standard_normal((2500, 3, 23))
    rows += 0.2 * draws.standard_normal((2500, 3, 1))
    found = block_bootstrap(rows)
    assert least < ((found.lows <= 0) & (found.highs >= 0)).mean() < most


def test_seeds_alone_would_claim_too_much():
    draws = np.random.default_rng(0)
    rows = autocorrelated((500, 1, 23), 0.3, draws) + 0.2 * draws.standard_normal((500, 3, 23))
    found = [estimate(one.sum(1)) for one in rows]
    assert np.mean([one.low <= 0 <= one.high for one in found]) < 0.3
