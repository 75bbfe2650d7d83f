"""SAMME on four examples, by hand."""

from math import log

import numpy as np
import pytest
from sklearn.datasets import make_classification

from alma_core.learners.boosting import vote, weights_after

FIRST, THIRD, LAST_TWO = ([True, False, False, False], [False, False, True, False], [False, False, True, True])


def wrong(*rows: list[bool]) -> list[np.ndarray]:
    return [np.array(row) for row in rows]


def test_two_boosters_of_two_classes():
    """The first errs on 1/4: ln 3. Its mistake then weighs 3 : 1 : 1 : 1, which is 1/2, 1/6, 1/6, 1/6.

    The second errs on the third, 1/6: ln 5. Now 3 : 1 : 5 : 1, of 10.
    """
    one = weights_after(wrong(FIRST), 4, 2)
    assert vote(np.full(4, 1 / 4), np.array(FIRST), 2) == pytest.approx(log(3))
    assert one == pytest.approx([1 / 2, 1 / 6, 1 / 6, 1 / 6])
    assert vote(one, np.array(THIRD), 2) == pytest.approx(log(5))
    assert weights_after(wrong(FIRST, THIRD), 4, 2) == pytest.approx([0.3, 0.1, 0.5, 0.1])


def test_of_three_classes_half_wrong_is_better_than_chance():
    """ln(1) + ln(2): mistakes weigh twice as much, 1 : 1 : 2 : 2."""
    assert vote(np.full(4, 1 / 4), np.array(LAST_TWO), 3) == pytest.approx(log(2))
    assert weights_after(wrong(LAST_TWO), 4, 3) == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3])


@pytest.mark.parametrize(("n_classes", "errors"), [(2, 2), (2, 3), (4, 3), (4, 4)])
def test_at_chance_level_or_below_a_booster_has_no_vote(n_classes: int, errors: int):
    where = np.arange(4) < errors
    assert vote(np.full(4, 1 / 4), where, n_classes) == pytest.approx(0, abs=1e-12)
    assert weights_after([where], 4, n_classes) == pytest.approx(np.full(4, 1 / 4))


def test_a_booster_that_errs_nowhere_has_a_finite_vote():
    assert vote(np.full(4, 1 / 4), np.zeros(4, bool), 2) == pytest.approx(log((1 - 1e-6) / 1e-6))
    assert weights_after([np.zeros(4, bool)], 4, 2).tolist() == [1 / 4] * 4


def test_weights_stay_a_distribution():
    draws = np.random.default_rng(0)
    weights = weights_after(list(draws.random((50, 30)) < 0.3), 30, 10)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    assert len(weights_after([], 0, 10)) == 0


def test_scikit_learn_gives_the_same_votes():
    """Its AdaBoostClassifier weighs the examples where this draws them; so it is given the same boosters' mistakes."""
    from sklearn.ensemble import AdaBoostClassifier

    x, y = make_classification(300, 6, n_informative=4, n_classes=3, random_state=0)
    model = AdaBoostClassifier(n_estimators=5, random_state=0).fit(x, y)
    mistakes = [booster.predict(x) != y for booster in model.estimators_]
    votes = [vote(weights_after(mistakes[:n], len(y), 3), where, 3) for n, where in enumerate(mistakes)]
    assert votes == pytest.approx(model.estimator_weights_)
