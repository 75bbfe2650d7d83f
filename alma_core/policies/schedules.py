"""When a policy updates: a schedule answers `due(t)` at each arrival and knows nothing of the horizon."""

from collections.abc import Callable

from alma_core.specs import PolicySpec

Due = Callable[[int], bool]


def every(waiting_time: int, first_update: int) -> Due:
    """Return the schedule that updates at multiples of w, and at `first_update`.

    >>> [t for t in range(1, 11) if every(5, 1)(t)]
    [1, 5, 10]
    """

    def due(t: int) -> bool:
        return t % waiting_time == 0 or t == first_update

    return due


def schedule(policy: PolicySpec) -> Due:
    """Return the schedule of `policy`."""
    return every(policy.waiting_time, policy.first_update)
