"""When a policy updates: at each arrival a schedule is asked, and knows only what is known by then.

No schedule knows the horizon, and none is shown the test set.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alma_core.specs import PolicySpec


@dataclass(frozen=True)
class Seen:
    """What is known when mega-batch t has arrived, before anything is trained on it.

    Args:
        error_arriving: [t] error of the model that served when each mega-batch arrived, on that mega-batch, 0..1;
            NaN where nothing could predict yet.
    """

    error_arriving: Sequence[float]


@dataclass(frozen=True)
class Schedule:
    """A rule for when to update.

    Args:
        due: asked at each arrival t = 1..B with what has been seen.
        looks: whether it depends on what has been seen; if not, all its updates are known ahead.
    """

    due: Callable[[int, Seen], bool]
    looks: bool = False


def every(waiting_time: int, first_update: int) -> Schedule:
    """Return the schedule that updates at multiples of w, and at `first_update`.

    >>> [t for t in range(1, 11) if every(5, 1).due(t, Seen(()))]
    [1, 5, 10]
    """

    def due(t: int, _seen: Seen) -> bool:
        return t % waiting_time == 0 or t == first_update

    return Schedule(due)


def schedule(policy: PolicySpec) -> Schedule:
    """Return the schedule of `policy`."""
    return every(policy.waiting_time, policy.first_update)
