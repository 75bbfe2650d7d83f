"""One policy on one seed's stream as it is expanded, and what its rule and its choices may know. No torch."""

from collections.abc import Callable
from dataclasses import dataclass, field

from alma_core.policies.schedules import Schedule
from alma_core.simulate.steps import Step
from alma_core.specs import PolicySpec


@dataclass
class Chain:
    """One policy on one seed's stream, as far as it has been expanded.

    Args:
        policy, seed: whose it is.
        schedule: its rule.
        steps: its updates so far, oldest first.
        updated: their arrivals.
        newest: by line, the newest update of each line of weights.
        t: the next arrival at which the rule is to be asked.
        serving: [rows] key of the model in service at each row; None: the incumbent. It may lag behind `t`, where it
            takes a comparison to tell.
        error_arriving: what the rule has seen, where it looks.
    """

    policy: PolicySpec
    seed: int
    schedule: Schedule
    steps: list[Step] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    newest: dict[int, str] = field(default_factory=dict)
    t: int = 1
    serving: list[str | None] = field(default_factory=list)
    error_arriving: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What may be asked while the graph is expanded; none of it is about a test set.

    Args:
        error_arriving: (seed, key of the serving model or None, t) -> its error on mega-batch t; None: not known yet.
        compared: (key of an update, first, last) -> how many of the validation rows among those positions it gets
            wrong, and its loss there; nothing where there are no such rows; None: not known yet.
        shift_p: (seed, t) -> p of the test whether mega-batch t differs from the one before.
    """

    error_arriving: Callable[[int, str | None, int], float | None] = lambda _seed, _key, _t: None
    compared: Callable[[str, int, int], tuple[float, ...] | None] = lambda _key, _first, _last: None
    shift_p: Callable[[int, int], float] = lambda _seed, _t: float("nan")
