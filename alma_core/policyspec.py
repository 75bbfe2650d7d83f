"""One policy as it is asked for: when to update, from which weights, on which past data, with which learner."""

from dataclasses import dataclass, field
from typing import Final

from alma_core.asked import counted, one_of
from alma_core.errors import SpecError
from alma_core.language import _, mark
from alma_core.methods import ESTIMATORS, METHODS, NETWORKS, SCHEDULES, STARTS, STARTS_OF, TRIGGERED

CAPACITIES: Final = ("S", "M", "L", "XL")
MOST_MEMBERS: Final = 100


@dataclass(frozen=True)
class LearnerSpec:
    """One learner: an architecture and, of a network, a rung of its size ladder.

    Args:
        architecture: "mlp" or "vgg"; "trees" (boosted), "linear" (logistic or ridge regression) or "sgd".
        capacity: "S", "M", "L" or "XL"; what is no network has "none", whatever is given.
    """

    architecture: str = "mlp"
    capacity: str = "M"

    def __post_init__(self) -> None:
        one_of(NETWORKS + ESTIMATORS, self.architecture, mark("the architecture"))
        if self.is_network:
            one_of(CAPACITIES, self.capacity, mark("the capacity"))
        else:
            object.__setattr__(self, "capacity", "none")

    @property
    def is_network(self) -> bool:
        """Whether it is a network, whose work is counted in FLOPs."""
        return self.architecture in NETWORKS


@dataclass(frozen=True)
class PolicySpec:
    """When to update, from which weights, on which past data, with which learner.

    Args:
        waiting_time: w >= 1; updates happen at multiples of w only (and at `first_update`).
        first_update: 1, or w; 0 means w. At w = 1 the two are one policy.
        start: weights an update starts from: "warm" (the last update's), "scratch", or "shrink_perturb" (0.4 of the
            last update's and 0.1 of fresh ones).
        replay: 0 (only what arrived since the last update) or 1 (everything so far).
        learner: what learns.
        method: of methods.METHODS.
        window: k >= 1: the last k mega-batches, whatever the last update saw; replay is 0 then. 0: no window.
        members: networks, experts or snapshots, 2..100, where the method has any; else 1. Of a capped ensemble, its
            most.
        grow_every: g >= 1: experts or width are added at every g-th update, where the method grows so; else 0.
        grow_after: u >= 1: updates that stay one network before members are added ("hybrid"); else 0.
        schedule: "every" (at multiples of w), "once" (the first model for ever), or a rule that looks at what arrives,
            asked at multiples of w: "shift", "error", "threshold", "cumulative".
        threshold: of such a rule, > 0; else 0.
    """

    waiting_time: int = 1
    first_update: int = 0
    start: str = "warm"
    replay: float = 0.0
    learner: LearnerSpec = field(default_factory=LearnerSpec)
    method: str = "single"
    window: int = 0
    members: int = 1
    grow_every: int = 0
    grow_after: int = 0
    schedule: str = "every"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        counted(self.waiting_time, 100_000, mark("the waiting time"))
        if self.first_update == 0:
            object.__setattr__(self, "first_update", self.waiting_time)
        one_of((1, self.waiting_time), self.first_update, mark("the first update"))
        one_of(STARTS, self.start, mark("the start"))
        one_of((0.0, 1.0), self.replay, mark("replay"))
        object.__setattr__(self, "replay", float(self.replay))  # 1 and 1.0 are one policy, so one fingerprint
        one_of(tuple(METHODS), self.method, mark("the method"))
        one_of(SCHEDULES, self.schedule, mark("the schedule"))
        self._check_window()
        self._check_threshold()
        self._check_method()

    def _check_window(self) -> None:
        if not self.window:
            return
        counted(self.window, 100_000, mark("the window"))
        if self.replay:
            raise SpecError(
                _(
                    "A window of {window} mega-batches was given together with replay of all data, one of them was "
                    "expected; leave one out."
                ).format(window=self.window)
            )

    def _check_threshold(self) -> None:
        looks = self.schedule in TRIGGERED
        most = 1.0 if self.schedule == "shift" else 1e9
        if looks and not 0 < self.threshold <= most:
            raise SpecError(
                _(
                    "A threshold of {given} was given for the rule {rule}, a number above 0 was expected; state one."
                ).format(given=self.threshold, rule=self.schedule)
            )
        if not looks and self.threshold:
            raise SpecError(
                _("A threshold was given for the schedule {rule}, which looks at nothing; leave it out.").format(
                    rule=self.schedule
                )
            )

    def _check_method(self) -> None:
        method, learner = METHODS[self.method], self.learner
        if learner.architecture not in method.architectures:
            raise SpecError(
                _("The method {method} was given for {given}, one of {choices} was expected; change either.").format(
                    method=self.method, given=learner.architecture, choices=", ".join(method.architectures)
                )
            )
        starts = STARTS_OF.get(learner.architecture, method.starts)
        if self.start not in starts:
            what = self.method if learner.is_network else learner.architecture
            raise SpecError(
                _("The start {given} was given for {what}, one of {choices} was expected; change it.").format(
                    given=self.start, what=what, choices=", ".join(starts)
                )
            )
        if method.has_members and not 2 <= self.members <= MOST_MEMBERS:
            raise SpecError(
                _("{given} members were given for {method}, 2 to {most} were expected; change the number.").format(
                    given=self.members, method=self.method, most=MOST_MEMBERS
                )
            )
        if not method.has_members and self.members != 1:
            raise SpecError(
                _("{given} members were given for {method}, which has no such number; leave it out.").format(
                    given=self.members, method=self.method
                )
            )
        for name in ("grow_every", "grow_after"):
            self._check_growth(name, needed=method.grows_by == name)

    def _check_growth(self, name: str, needed: bool) -> None:
        given = getattr(self, name)
        if needed and (not isinstance(given, int) or not 1 <= given <= 100_000):
            raise SpecError(
                _(
                    "{method} was given without a rule for its growth ({name} is {given}), a whole number of updates "
                    "from 1 was expected; state one."
                ).format(method=self.method, name=name, given=given)
            )
        if not needed and given:
            raise SpecError(
                _("{name} was given for {method}, which does not grow by it; leave it out.").format(
                    name=name, method=self.method
                )
            )

    @property
    def looks(self) -> bool:
        """Whether its schedule looks at what arrives, so that its updates are not known ahead."""
        return self.schedule in TRIGGERED

    @property
    def serves_hindsight(self) -> bool:
        """Whether its models are those that the best plan in hindsight is made of, so each is judged to the end."""
        plain = (self.method, self.schedule, self.learner.is_network) == ("single", "every", True)
        return plain and (self.start, self.replay, self.waiting_time) == ("scratch", 1.0, 1)
