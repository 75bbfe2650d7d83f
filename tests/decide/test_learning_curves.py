"""One learning curve, extended."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_arrays
from scipy.optimize import nnls

from alma_core.decide import learning_curves
from alma_core.decide.learning_curves import TooFewPointsError, extend

X = np.arange(1.0, 13.0)
POW3 = 0.1 + 0.4 * X**-0.6
LONG = np.arange(1.0, 25.0)
MMF4 = 0.05 + 0.5 / (1 + (LONG / 6) ** 2)


def noisy(truth: np.ndarray, noise: float, seeds: int = 3, seed: int = 0) -> np.ndarray:
    return truth * (1 + noise * np.random.default_rng(seed).standard_normal((seeds, len(truth))))


@pytest.mark.parametrize(
    ("x", "y", "at_60", "off_by"), [(X, POW3, 0.1 + 0.4 * 60**-0.6, 0.05), (LONG, MMF4, 0.05 + 0.5 / 101, 0.15)]
)
def test_a_curve_of_a_family_that_is_fitted_is_found_again(x: np.ndarray, y: np.ndarray, at_60: float, off_by: float):
    found = extend(x, y[None], np.array([60.0]))
    assert found.mean[0] == pytest.approx(at_60, rel=off_by)
    assert found.low[0] < at_60 < found.high[0]


def test_a_plateau_stays_where_it_is():
    found = extend(X, np.full((3, 12), 0.2), np.array([15.0, 30.0]))
    assert found.mean == pytest.approx([0.2, 0.2], rel=0.12)
    assert found.mean[1] <= found.mean[0]


def test_no_error_stays_none():
    found = extend(X, np.zeros((2, 12)), np.array([20.0]))
    assert (found.mean[0], found.low[0], found.high[0]) == (0, 0, 0)


@pytest.mark.parametrize("n", [1, 3])
def test_fewer_than_four_points_are_refused(n: int):
    with pytest.raises(TooFewPointsError, match=f"of {n} points was given, at least 4 were expected"):
        extend(X[:n], POW3[None, :n], np.array([20.0]))


def test_four_points_are_enough():
    assert extend(X[:4], POW3[None, :4], np.array([8.0])).mean[0] == pytest.approx(0.1 + 0.4 * 8**-0.6, rel=0.1)


@pytest.mark.parametrize("name", ["pow3", "mmf4"])
@pytest.mark.parametrize("y", [POW3, noisy(POW3, 0.3)[0], noisy(0.02 * X, 0.1)[0], noisy(X**-2.5, 0.1)[0]])
def test_all_shapes_at_once_are_as_one_at_a_time(name: str, y: np.ndarray):
    """The naive twin: non-negative least squares of each shape on each beginning by itself."""
    shapes = learning_curves._shapes(X / 12)[name][::7]
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X))
    fit, squares = learning_curves._solve(shapes, y, weight)
    root = np.sqrt(weight)
    for number, shape in enumerate(shapes):
        for n in (n for n in range(2, len(X) + 1) if np.ptp(shape[:n]) > 0.01 * shape[0]):
            design = np.column_stack([np.ones(n), shape[:n]]) * root[:n, None]
            _constants, left = nnls(design, y[:n] * root[:n])
            assert squares[number, n - 1] == pytest.approx(left**2, abs=1e-9)
            said = fit.a[number, n - 1] + fit.b[number, n - 1] * shape[:n]
            assert (weight[:n] * (said - y[:n]) ** 2).sum() == pytest.approx(left**2, abs=1e-9)


def test_the_doubt_of_a_fit_is_that_of_least_squares():
    """Where neither constant is held at zero: the inverse of the normal matrix."""
    shape = (X / 12) ** -0.5
    fit, _squares = learning_curves._solve(shape[None], POW3, np.ones(12))
    design = np.column_stack([np.ones(12), shape])
    inverse = np.linalg.inv(design.T @ design)
    assert [fit.aa[0, -1], fit.ab[0, -1], fit.bb[0, -1]] == pytest.approx([inverse[0, 0], inverse[0, 1], inverse[1, 1]])


def test_the_newest_value_among_those_with_about_as_many_examples():
    """At 10 examples the newest of three; at 40 the only one near; at 5 the nearest, again the newest."""
    x, y = np.array([10.0, 10.1, 40.0, 10.0]), np.array([0.5, 0.4, 0.2, 0.3])
    newest = learning_curves._newest_nearby(x, y, np.array([1, 2, 2, 3]), np.array([10.0, 40.0, 5.0]))
    assert newest.tolist() == [0.3, 0.2, 0.3]


def test_what_is_known_at_once_is_averaged_where_it_is_the_newest():
    newest = learning_curves._newest_nearby(np.ones(3), np.array([9.0, 1.0, 3.0]), np.array([1, 2, 2]), np.ones(1))
    assert newest.tolist() == [2.0]


def test_members_count_by_what_they_would_have_foreseen():
    falling, rising = (extend(X, noisy(y, 0.02), np.array([30.0])).counts for y in (POW3, 0.2 + 0.02 * X))
    assert sum(falling.values()) == pytest.approx(1)
    assert falling["last"] < 0.02
    assert rising["last"] > 0.5


def test_of_two_families_the_right_one_counts_more():
    of_pow3 = extend(X, noisy(POW3, 0.01), np.array([60.0])).counts
    of_mmf4 = extend(LONG, noisy(MMF4, 0.01), np.array([60.0])).counts
    assert of_pow3["pow3"] > 0.5
    assert of_mmf4["mmf4"] > 0.9


def test_the_interval_widens_with_the_distance():
    found = extend(X, noisy(POW3, 0.05), np.array([12.0, 15.0, 24.0, 48.0, 96.0]))
    widths = (found.high - found.low) / found.mean
    assert (np.diff(widths) > 0).all()
    assert widths[-1] > 2 * widths[0]


def test_the_interval_widens_with_the_noise():
    calm, wild = (extend(X, noisy(POW3, noise), np.array([12.0])) for noise in (0.02, 0.15))
    assert wild.high[0] - wild.low[0] > 2 * (calm.high[0] - calm.low[0])


def test_what_is_measured_strays_farther_than_the_curve():
    found = extend(X, noisy(POW3, 0.1), np.array([12.0, 24.0]))
    assert (found.low_measured < found.low).all()
    assert (found.high_measured > found.high).all()


def test_a_past_that_was_foreseen_badly_widens_the_interval():
    """The same curve, and one that fell to half of itself at its seventh point, out of the blue."""
    broken = POW3 * np.where(X > 6, 0.5, 1.0)
    usual, surprised = (extend(X, noisy(y, 0.03), np.array([24.0])) for y in (POW3, broken))
    width = [float((found.high - found.low)[0] / found.mean[0]) for found in (usual, surprised)]
    assert width[1] > 1.5 * width[0]


def test_points_that_share_their_noise_count_as_one():
    """Every point twice, each at half its weight, is no more evidence than once; at full weight it is."""
    y, at = noisy(POW3, 0.1, seeds=1), np.array([12.0, 24.0])
    once = extend(X, y, at)
    twice, more = (extend(np.repeat(X, 2), np.repeat(y, 2, 1), at, weight=np.full(24, w)) for w in (0.5, 1.0))
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.05)
    assert (more.high - more.low)[0] < 0.9 * (once.high - once.low)[0]


def test_a_row_of_many_points_is_one_thing_to_foresee():
    """One row does half as badly again; with it twenty times over at a twentieth each, members count as before."""
    y = noisy(POW3, 0.03, seeds=1) * np.where(X == 10, 1.5, 1.0)
    often = np.sort(np.r_[np.arange(12), np.full(19, 9)])
    once = extend(X, y, np.array([24.0])).counts
    twentyfold = extend(X[often], y[:, often], np.array([24.0]), weight=np.where(often == 9, 0.05, 1.0)).counts
    assert twentyfold == pytest.approx(once, abs=0.05)


def test_the_past_is_tried_in_the_order_in_which_it_became_known():
    """Models on few examples that get worse over time: the newest counts, and the order of x says nothing."""
    x = np.tile([10.0, 20.0], 6)
    y = (np.tile([0.4, 0.3], 6) * np.repeat(np.linspace(1, 2, 6), 2))[None]
    found = extend(x, y, np.array([10.0]), known_at=np.repeat(np.arange(6), 2))
    assert found.alone["last"][0] == pytest.approx(0.8)
    assert found.mean[0] > 0.65


def test_the_order_in_which_points_are_given_says_nothing():
    y, at, shuffled = noisy(POW3, 0.05), np.array([24.0]), np.random.default_rng(2).permutation(12)
    one, other = extend(X, y, at), extend(X[shuffled], y[:, shuffled], at)
    assert one.mean == pytest.approx(other.mean)
    assert one.high == pytest.approx(other.high)


def test_units_say_nothing():
    y, at = noisy(POW3, 0.05), np.array([24.0])
    one, other = extend(X, y, at), extend(1000 * X, 7 * y, 1000 * at)
    assert other.mean == pytest.approx(7 * one.mean)
    assert other.low == pytest.approx(7 * one.low)
    assert one.times(np.array([7.0])).high_measured == pytest.approx(other.high_measured)


def test_one_seed_is_enough():
    found = extend(X, noisy(POW3, 0.05, seeds=1), np.array([24.0]))
    assert found.low[0] < 0.1 + 0.4 * 24**-0.6 < found.high[0]


values = st.floats(0, 1e6, allow_subnormal=False)


@given(st_arrays.arrays(float, st.tuples(st.integers(1, 3), st.integers(4, 9)), elements=values), st.floats(0.1, 1e4))
def test_whatever_was_seen_nothing_absurd_is_said(y: np.ndarray, at: float):
    found = extend(np.arange(1.0, y.shape[1] + 1), y, np.array([at]))
    said = np.array([found.low_measured, found.low, found.mean, found.high, found.high_measured])[:, 0]
    assert np.isfinite(said).all()
    assert said[0] >= 0
    assert (np.diff(said) >= -1e-12 * said[-1]).all()


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """A power law that bends, which is not fitted: 200 curves of 10 points, four times the data."""
    x, at, held = np.arange(1.0, 11.0), np.array([40.0]), 0

    def truth(x: np.ndarray) -> np.ndarray:
        return 0.05 + 0.4 * x**-0.3 * (1 + (x / 8) ** 4) ** -0.1

    for seed in range(200):
        found = extend(x, noisy(truth(x), 0.08, seed=seed), at)
        held += found.low[0] <= truth(at)[0] <= found.high[0]
    assert held >= 0.85 * 200
