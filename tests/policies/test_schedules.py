"""When each rule asks for an update: by hand, and what holds for all of them."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.methods import SCHEDULES, TRIGGERED
from alma_core.policies.schedules import TRIGGERS, Seen, schedule
from alma_core.specs import PolicySpec

NAN = math.nan
NOTHING = Seen((), (), ())


def updates(policy: PolicySpec, errors: Sequence[float], shift: Sequence[float], rows: int | None = None) -> list[int]:
    """Ask the policy's rule arrival by arrival, showing it only what is known by then."""
    due, found = schedule(policy).due, list[int]()
    for t in range(1, (rows or max(len(errors), len(shift))) + 1):
        if due(t, Seen(errors[:t], shift[:t], tuple(found))):
            found.append(t)
    return found


def rule(name: str, threshold: float, wait: int = 1, first: int = 0) -> PolicySpec:
    return PolicySpec(wait, first, schedule=name, threshold=threshold)


@pytest.mark.parametrize(
    ("policy", "errors", "expected"),
    [
        # The error rises by more than 0.1 over that at the first arrival after the last update: 0.2 (2) to 0.31 (4);
        # then 0.15 (5), and 0.25 is not above 0.25.
        (rule("error", 0.1), [NAN, 0.2, 0.3, 0.31, 0.15, 0.25, 0.2, 0.26], [1, 4, 8]),
        (rule("error", 0.1, 2), [NAN, NAN, 0.2, 0.5, 0.2, 0.2, 0.5, 0.2], [2, 4]),  # asked at even ones only
        (rule("error", 0.1, 3, 1), [NAN, 0.2, 0.3, 0.4, 0.2, 0.5], [1, 6]),
        (rule("error", 0.1), [NAN, NAN, 0.2, NAN, 0.4, 0.2], [1, 5]),  # 2 has no labels: the level is that of 3
        (rule("error", 0.1), [NAN, NAN, NAN, NAN], [1]),
        (rule("threshold", 0.3), [0.9, 0.3, 0.31, 0.5, NAN, 0.2, 0.4], [1, 3, 4, 7]),
        (rule("threshold", 0.3, 2), [0.9, 0.9, 0.9, 0.2, 0.9, 0.9], [2, 6]),
        # Errors since the last update: 0.25 + 0.25 (3) is not above 0.5; + 0.1 (4) is. Then 0.3 + 0.3 (6).
        (rule("cumulative", 0.5), [0.9, 0.25, 0.25, 0.1, 0.3, 0.3, 0.5, 0.1], [1, 4, 6, 8]),
        (rule("cumulative", 0.5), [NAN, 0.25, NAN, 0.26, NAN], [1, 4]),  # what is not known adds nothing
        (rule("cumulative", 0.5, 4), [0.9] * 5 + [0, 0, 0] + [0.1] * 6 + [0, 0], [4, 8, 16]),
    ],
)  # fmt: skip
def test_rules_that_look_at_errors(policy: PolicySpec, errors: list[float], expected: list[int]):
    assert updates(policy, errors, ()) == expected
    assert schedule(policy).looks
    assert not schedule(policy).needs_shift


@pytest.mark.parametrize(
    ("policy", "shift", "expected"),
    [
        (rule("shift", 0.05), [NAN, 0.5, 0.04, 0.5, 0.05, 0.01], [1, 3, 6]),
        (rule("shift", 0.05, 3), [NAN, 0.01, 0.01, 0.01, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [3, 6]),  # 4 counts at 6
        (rule("shift", 0.05, 3, 1), [NAN, 0.01, 0.5, 0.5, 0.5, 0.5], [1, 3]),
        (rule("shift", 0.05, 2), [NAN, 0.5, NAN, 0.01, NAN, NAN], [2, 4]),
        (rule("shift", 0.05), [NAN] * 5, [1]),
    ],
)
def test_the_rule_that_looks_at_shift(policy: PolicySpec, shift: list[float], expected: list[int]):
    assert updates(policy, (), shift) == expected
    assert schedule(policy).needs_shift
    assert not schedule(policy).looks


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (PolicySpec(schedule="once"), [1]),
        (PolicySpec(4, schedule="once"), [4]),
        (PolicySpec(4, 1, schedule="once"), [1]),
        (PolicySpec(4), [4, 8, 12]),
        (PolicySpec(4, 1), [1, 4, 8, 12]),
    ],
)
def test_rules_that_look_at_nothing(policy: PolicySpec, expected: list[int]):
    assert updates(policy, (), (), rows=12) == expected
    assert (schedule(policy).looks, schedule(policy).needs_shift) == (False, False)


@pytest.mark.parametrize("name", ["once", *TRIGGERED])
def test_a_first_update_that_could_not_be_made_is_made_up_for(name: str):
    """At the first update nothing could be trained on, so the policy has none yet when it is asked again."""
    policy = PolicySpec(3, 1, schedule=name, threshold=0.5 if name in TRIGGERED else 0)
    due = schedule(policy).due
    quiet = Seen((0.0,) * 9, (1.0,) * 9, ())
    assert [t for t in range(1, 10) if due(t, quiet)] == [1, 3, 6, 9]
    assert not due(6, replace(quiet, updates=(3,)))


def test_a_rule_is_never_left_without_what_it_looks_at():
    """Rather than say no without a look, it fails."""
    for name in TRIGGERED:
        with pytest.raises(IndexError):
            schedule(rule(name, 0.5)).due(2, Seen((), (), (1,)))


def test_every_rule_that_can_be_asked_for_is_there():
    assert set(TRIGGERS) == set(TRIGGERED)


SHARES = st.one_of(st.floats(0, 1), st.just(NAN))
POLICIES = st.builds(
    lambda wait, at_once, name, threshold: PolicySpec(
        wait, 1 if at_once else wait, schedule=name, threshold=threshold if name in TRIGGERED else 0.0
    ),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from(SCHEDULES),
    st.floats(0.01, 1),
)
ARRIVALS = st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=30)


def told(policy: PolicySpec, seen: list[tuple[float, float]]) -> list[int]:
    errors, shift = zip(*seen, strict=True)
    return updates(policy, errors, shift)


@given(POLICIES, ARRIVALS)
def test_never_off_the_multiples_of_the_wait(policy: PolicySpec, seen: list[tuple[float, float]]):
    found = told(policy, seen)
    assert all(t % policy.waiting_time == 0 or t == policy.first_update for t in found)
    if len(seen) >= policy.first_update:
        assert found[0] == policy.first_update


@given(POLICIES, ARRIVALS, ARRIVALS)
def test_the_future_changes_nothing(
    policy: PolicySpec, seen: list[tuple[float, float]], later: list[tuple[float, float]]
):
    """Neither a longer stream, nor one that goes on otherwise, nor being shown all of it beforehand."""
    found = told(policy, seen)
    assert [t for t in told(policy, seen + later) if t <= len(seen)] == found
    errors, shift = zip(*seen, *later, strict=True)
    due = schedule(policy).due
    times = range(1, len(seen) + 1)
    with_all = (*found, *(len(seen) + n for n in range(1, 4)))
    assert [t for t in times if due(t, Seen(errors, shift, with_all))] == found


@given(st.sampled_from(TRIGGERED), ARRIVALS, st.floats(0.01, 1))
def test_what_is_not_known_asks_for_nothing(name: str, seen: list[tuple[float, float]], threshold: float):
    unknown = [(NAN, NAN)] * len(seen)
    assert told(rule(name, threshold), unknown) == [1]


@given(st.sampled_from(("threshold", "cumulative", "error")), ARRIVALS, st.floats(0.01, 1), st.floats(0.01, 1))
def test_the_first_update_that_is_asked_for_comes_no_earlier_with_a_higher_threshold(
    name: str, seen: list[tuple[float, float]], one: float, other: float
):
    low, high = (told(rule(name, threshold), seen)[1:2] for threshold in sorted((one, other)))
    assert not high or low[0] <= high[0]
