"""Draws follow from their names and from nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alma_core import seeds


@given(st.integers(0, 2**31), st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_same_name_gives_the_same_draws(seed: int, first: int, last: int):
    draw = [seeds.generator(seed, "order", 0, first, last).random(3).tolist() for _ in range(2)]
    assert draw[0] == draw[1]


def test_names_tell_draws_apart():
    names = [(0, "order", 1, 12), (0, "order", 11, 2), (1, "order", 1, 12), (0, "initialisation", 1, 12), (0, "order")]
    draws = {seeds.generator(*name).random() for name in names}
    assert len(draws) == len(names)


def test_validation_is_a_tenth_whatever_the_range():
    for start in (0, 10_000, 1_000_000):
        share = seeds.is_validation(np.arange(start, start + 10_000)).mean()
        assert 0.09 < share < 0.11


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_validation_depends_on_the_example_alone(indices: list[int]):
    together = seeds.is_validation(np.array(indices))
    alone = [bool(seeds.is_validation(np.array([index]))[0]) for index in indices]
    assert together.tolist() == alone


def test_validation_and_test_draws_are_independent():
    indices = np.arange(100_000)
    both = (seeds.is_validation(indices) & (seeds.per_mille(indices, "test") < seeds.TEST_PER_MILLE)).mean()
    assert abs(both - 0.02) < 0.002
