"""Every figure against a table computed by hand."""

import numpy as np
import pytest

from alma_core.decide import kpis

CURVE = [0.9, 0.5, 0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("error", "size", "short", "long", "expected"),
    [
        # short, long, mean, final, worst, cumulative
        (CURVE, [100] * 5, 1, 1, (0.9, 0.1, 0.4, 0.1, 0.9, 200.0)),
        (CURVE, [100, 100, 100, 100, 200], 2, 3, (0.7, 0.2, 0.4, 0.1, 0.9, 210.0)),
        ([0.25], [8], 1, 1, (0.25, 0.25, 0.25, 0.25, 0.25, 2.0)),
        ([0.0, 0.0], [5, 5], 1, 2, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
        ([1.0, 1.0], [5, 5], 2, 1, (1.0, 1.0, 1.0, 1.0, 1.0, 10.0)),
        ([0.1, 0.2, 0.6], [10, 10, 10], 3, 3, (0.3, 0.3, 0.3, 0.6, 0.6, 9.0)),
    ],
)
def test_by_hand(error, size, short, long, expected):
    found = kpis.kpis(np.array(error), np.array(size, float), short, long)
    names = ("short_term_error", "long_term_error", "mean_error", "final_error", "worst_error", "cumulative_error")
    assert [float(found[name]) for name in names] == pytest.approx(list(expected))


@pytest.mark.parametrize(
    ("horizon", "span"), [(1, 1), (2, 1), (5, 1), (7, 1), (8, 2), (12, 2), (13, 3), (24, 5), (37, 7), (50, 10)]
)
def test_a_fifth_of_the_horizon_rounded_half_up(horizon: int, span: int):
    assert kpis.default_span(horizon) == span


def test_half_rounds_up():
    assert [kpis.default_span(h) for h in (12, 17, 22)] == [2, 3, 4]
    assert 0.2 * 12.5 == 2.5


def test_figures_keep_policies_and_seeds_apart():
    error = np.random.default_rng(0).random((3, 2, 5))
    for values in kpis.kpis(error, np.full((3, 2, 5), 10.0), 2, 2).values():
        assert values.shape == (3, 2)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [([0.1, 0.2, 0.3], 0.1), ([0.2, 0.2], 0.0), ([0.0, 1.0], np.sqrt(0.5)), ([0.4], np.nan)],
)
def test_the_spread_over_seeds_by_hand(figure: list[float], expected: float):
    assert float(kpis.spread(np.array(figure))) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("members", "params", "model_t", "changes"),
    [
        ([0, 1, 1, 1], [0, 9, 9, 9], [0, 2, 2, 4], 0),  # the first model is no change
        ([1, 1, 2, 3], [9, 9, 18, 27], [1, 1, 3, 4], 2),  # a member more, twice
        ([1, 1, 1, 1], [9, 12, 12, 15], [1, 2, 3, 4], 2),  # wider, twice
        ([2, 2, 1, 2], [18, 18, 18, 18], [1, 2, 3, 4], 2),  # other members, as many weights
        ([3], [27], [1], 0),
    ],
)
def test_changes_of_shape_by_hand(members: list[int], params: list[int], model_t: list[int], changes: int):
    rows = (np.array([values, values], float) for values in (members, params, model_t))
    assert kpis.shape_changes(*rows).tolist() == [changes, changes]
