"""When a policy updates: at each arrival a schedule is asked, and knows only what is known by then.

No schedule knows the horizon, and none is shown the test set. The first update happens at `first_update` whatever the
rule; if nothing could be trained on then, at the next multiple of the waiting time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, isnan
from typing import Final

from alma_core.specs import PolicySpec


@dataclass(frozen=True)
class Seen:
    """What is known when mega-batch t has arrived, before anything is trained on it.

    Args:
        error_arriving: [t] error of what served when each mega-batch arrived, on that mega-batch, >= 0; NaN where
            nothing could predict yet or nothing could be judged. A rule that does not look needs none.
        shift_p: [t] p of the test whether each mega-batch differs from the one before, 0..1; NaN at 1 and where there
            was no test. Only a rule that needs them is given any.
        updates: arrivals at which the policy has updated so far, oldest first.
    """

    error_arriving: Sequence[float]
    shift_p: Sequence[float]
    updates: Sequence[int]


@dataclass(frozen=True)
class Schedule:
    """A rule for when to update.

    Args:
        due: asked at each arrival t = 1..B with what has been seen.
        looks: whether it depends on `error_arriving`; if not, all its updates are known ahead.
        needs_shift: whether it depends on `shift_p`, which the data alone decide.
    """

    due: Callable[[int, Seen], bool]
    looks: bool = False
    needs_shift: bool = False


_Triggers = Callable[[int, int, Seen, float], bool]
"""(t, arrival of the last update, what has been seen, threshold) -> whether a rule that watches asks for an update."""


def every(waiting_time: int, first_update: int) -> Schedule:
    """Return the schedule that updates at multiples of w, and at `first_update`.

    >>> [t for t in range(1, 11) if every(5, 1).due(t, Seen((), (), ()))]
    [1, 5, 10]
    """

    def due(t: int, _seen: Seen) -> bool:
        return t % waiting_time == 0 or t == first_update

    return Schedule(due)


def once(waiting_time: int, first_update: int) -> Schedule:
    """Return the schedule that updates a single time: what it leaves serves for ever.

    >>> [once(5, 5).due(5, Seen((), (), ())), once(5, 5).due(10, Seen((), (), (5,)))]
    [True, False]
    """
    asked = every(waiting_time, first_update).due
    return Schedule(lambda t, seen: asked(t, seen) and not any(s < t for s in seen.updates))


def schedule(policy: PolicySpec) -> Schedule:
    """Return the schedule of `policy`."""
    if policy.schedule == "every":
        return every(policy.waiting_time, policy.first_update)
    if policy.schedule == "once":
        return once(policy.waiting_time, policy.first_update)
    looks, needs_shift = policy.schedule != "shift", policy.schedule == "shift"
    return Schedule(_watching(policy, TRIGGERS[policy.schedule]), looks, needs_shift)


def _watching(policy: PolicySpec, triggers: _Triggers) -> Callable[[int, Seen], bool]:
    asked = every(policy.waiting_time, policy.first_update).due

    def due(t: int, seen: Seen) -> bool:
        before = [s for s in seen.updates if s < t]
        if not before:
            return asked(t, seen)
        return t % policy.waiting_time == 0 and triggers(t, before[-1], seen, policy.threshold)

    return due


def _since(values: Sequence[float], last: int, t: int) -> list[float]:
    """Return what is known of arrivals last + 1 .. t, oldest first."""
    return [values[s - 1] for s in range(last + 1, t + 1) if not isnan(values[s - 1])]


def _shifted(t: int, last: int, seen: Seen, threshold: float) -> bool:
    """Whether the test has found a shift, p < threshold, at any arrival since the last update."""
    return any(p < threshold for p in _since(seen.shift_p, last, t))


def _worse(t: int, last: int, seen: Seen, threshold: float) -> bool:
    """Whether the error now is above that at the first arrival since the last update by more than the threshold.

    The first arrival at which it is known, so that a mega-batch without labels does not put the rule to sleep.
    """
    level = _since(seen.error_arriving, last, t)
    return bool(level) and seen.error_arriving[t - 1] - level[0] > threshold


def _too_high(t: int, _last: int, seen: Seen, threshold: float) -> bool:
    """Whether the error now is above the threshold (a rule of Mahadevan and Mathioudakis 2024)."""
    return seen.error_arriving[t - 1] > threshold


def _added_up(t: int, last: int, seen: Seen, threshold: float) -> bool:
    """Whether errors since the last update add up to more than the threshold (Mahadevan and Mathioudakis 2024)."""
    return fsum(_since(seen.error_arriving, last, t)) > threshold


TRIGGERS: Final[dict[str, _Triggers]] = {
    "shift": _shifted,
    "error": _worse,
    "threshold": _too_high,
    "cumulative": _added_up,
}
"""What each rule that watches asks for, by `PolicySpec.schedule`. NaN asks for nothing."""
