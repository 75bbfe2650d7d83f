"""Probabilities as they may be said."""

import pytest

from alma_core.decide.chances import Chance, chance


@pytest.mark.parametrize(
    ("p", "seeds", "said"),
    [
        (0.0, 3, Chance(-1, 1, 10)), (0.049, 3, Chance(-1, 1, 10)), (0.05, 3, Chance(0, 1, 10)),
        (0.14, 9, Chance(0, 1, 10)), (0.25, 3, Chance(0, 3, 10)), (0.849, 2, Chance(0, 8, 10)),
        (0.949, 3, Chance(0, 9, 10)), (0.95, 9, Chance(1, 9, 10)), (1.0, 3, Chance(1, 9, 10)),
        (0.81, 10, Chance(0, 81, 100)), (0.994, 10, Chance(0, 99, 100)), (0.996, 10, Chance(1, 99, 100)),
        (1.0, 20, Chance(1, 99, 100)), (0.0, 10, Chance(-1, 1, 100)),
    ],
)  # fmt: skip
def test_how_it_is_said(p: float, seeds: int, said: Chance):
    assert chance(p, seeds) == said


def test_nothing_is_said_of_no_probability():
    assert chance(float("nan"), 1) is None


@pytest.mark.parametrize("seeds", range(2, 10))
def test_few_seeds_never_say_hundredths(seeds: int):
    assert {found.of for k in range(101) if (found := chance(k / 100, seeds)) is not None} == {10}
