"""What is asked: frozen, validated, each with a fingerprint that changes only when its meaning does."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from alma_core.asked import counted, one_of, share
from alma_core.errors import SpecError
from alma_core.language import _, mark
from alma_core.methods import METHODS
from alma_core.policyspec import CAPACITIES as CAPACITIES
from alma_core.policyspec import LearnerSpec as LearnerSpec
from alma_core.policyspec import PolicySpec as PolicySpec

OPTIMISERS: Final = ("adam", "adadelta", "sgd")
JUDGED: Final = ("test", "next")
ARRIVAL_UNITS: Final = {
    "day": 1.0, "week": 7.0, "month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25, "lot": None
}  # fmt: skip
"""Arrival units and the days each takes; a lot has no fixed length."""


@dataclass(frozen=True)
class StreamSpec:
    """Which data arrives, in how many mega-batches.

    Args:
        source: name of a data set, path of an .npz file, or "openml:" and a name.
        mega_batches: B >= 1.
        arrival_unit: what the pages call one arrival.
        in_order: the examples stand in the order of time, so no seed may permute them.
        arrived: only the first so many mega-batches have arrived; None: all of them.
        judged: "test", on a fixed test set at every arrival, or "next", on the mega-batch that arrives next.
        label_noise: share of labels made wrong on purpose before anything trains on them, 0..1.
        missing_share: share of the cells of a table blanked on purpose, 0..1.
        labelled_share: share of the examples that get a label at all, 0..1; all are judged.
    """

    source: str
    mega_batches: int = 20
    arrival_unit: str = "lot"
    in_order: bool = False
    arrived: int | None = None
    judged: str = "test"
    label_noise: float = 0.0
    missing_share: float = 0.0
    labelled_share: float = 1.0

    def __post_init__(self) -> None:
        counted(self.mega_batches, 100_000, mark("the number of mega-batches"))
        one_of(JUDGED, self.judged, mark("what policies are judged on"))
        share(self.label_noise, mark("the share of wrong labels"))
        share(self.missing_share, mark("the share of blank cells"))
        share(self.labelled_share, mark("the share of labelled examples"))
        if self.arrived is not None:
            counted(self.arrived, self.mega_batches, mark("the number of mega-batches that have arrived"))
        if self.arrived == self.mega_batches:
            object.__setattr__(self, "arrived", None)  # all of them, so one stream with one fingerprint
        one_of(tuple(ARRIVAL_UNITS), self.arrival_unit, mark("the arrival unit"))

    @property
    def length(self) -> int:
        """B: how many mega-batches arrive."""
        return self.mega_batches if self.arrived is None else self.arrived

    @property
    def rows(self) -> int:
        """Arrivals at which policies are judged, and so may update: the last one only judges with "next"."""
        return self.length - (self.judged == "next")


@dataclass(frozen=True)
class Recipe:
    """How one update trains.

    Args:
        name: what the recipe is called.
        optimiser: "adam", "adadelta" or "sgd"; its state is new at every update.
        learning_rate: > 0, constant.
        minibatch: examples of one optimiser step.
        epochs: passes over the examples of an update, at most.
        patience: epochs without a better validation accuracy before an update stops; None: never early.
        min_delta: what counts as better, 0..1.
        momentum, weight_decay: of "sgd".
        augments: whether a network that sees images is shown them cropped and mirrored at random.
    """

    name: str
    optimiser: str
    learning_rate: float
    minibatch: int
    epochs: int
    patience: int | None = None
    min_delta: float = 0.0
    momentum: float = 0.0
    weight_decay: float = 0.0
    augments: bool = False

    def __post_init__(self) -> None:
        one_of(OPTIMISERS, self.optimiser, mark("the optimiser"))
        counted(self.epochs, 10_000, mark("the number of epochs"))


RECIPES: Final = {
    "quick": Recipe("quick", "adam", 1e-3, 64, 5),
    "quick-vgg": Recipe("quick-vgg", "adam", 1e-3, 64, 5, augments=True),
    "paper": Recipe("paper", "adadelta", 1.0, 128, 100, patience=25, min_delta=0.001),
    "paper-vgg": Recipe(
        "paper-vgg", "sgd", 0.01, 128, 100, patience=25, min_delta=0.001, momentum=0.9, weight_decay=1e-4, augments=True
    ),
}
"""`quick` answers in minutes, and so does `quick-vgg`, which shows images cropped and mirrored; `paper` and `paper-vgg`
are those of the ALMA paper for the MLP and the VGG."""


def recipe(name: str, epochs: int | None = None) -> Recipe:
    """Return a recipe by name, with another number of epochs where one is given."""
    chosen = RECIPES[one_of(tuple(RECIPES), name, mark("the recipe"))]
    return chosen if epochs is None else dataclasses.replace(chosen, epochs=epochs)


@dataclass(frozen=True)
class RunSpec:
    """Everything a run depends on; with the data it is enough to make the run again.

    Args:
        stream: the data.
        policies: at least one, each once.
        recipe: how updates train.
        seeds: number of seeds n >= 1; the seeds are 0..n-1.
    """

    stream: StreamSpec
    policies: tuple[PolicySpec, ...]
    recipe: Recipe
    seeds: int = 3

    def __post_init__(self) -> None:
        counted(self.seeds, 1_000, mark("the number of seeds"))
        if not self.policies:
            raise SpecError(_("No policy was given, at least one was expected; name a waiting time."))
        for policy in self.policies:
            if policy.waiting_time > self.stream.rows:
                raise SpecError(
                    _(
                        "A waiting time of {wait} was given for a stream of {count} mega-batches, so no update "
                        "would ever happen; choose a waiting time from 1 to {most}."
                    ).format(wait=policy.waiting_time, count=self.stream.length, most=max(1, self.stream.rows))
                )
            if METHODS[policy.method].divides_minibatches and policy.members > self.recipe.minibatch:
                raise SpecError(
                    _(
                        "{given} members were given to share minibatches of {count} examples, at least one example for "
                        "each was expected; name at most {count} members."
                    ).format(given=policy.members, count=self.recipe.minibatch)
                )


def grid(
    waits: Sequence[int],
    capacities: Sequence[str] = ("M",),
    starts: Sequence[str] = ("warm",),
    replays: Sequence[float] = (0.0,),
    first_updates: Sequence[str] = ("w",),
    architecture: str = "mlp",
    window: int = 0,
) -> tuple[PolicySpec, ...]:
    """Return every combination, each policy once, capacities outermost and waiting times innermost.

    Args:
        first_updates: "1" or "w".
        window: last mega-batches that every update sees; 0: what `replays` says.
    """
    for name in first_updates:
        one_of(("w", "1"), name, mark("the first update"))
    every = (
        PolicySpec(wait, 1 if first == "1" else wait, start, replay, LearnerSpec(architecture, capacity), window=window)
        for capacity in capacities
        for start in starts
        for replay in replays
        for first in first_updates
        for wait in waits
    )
    return tuple(dict.fromkeys(every))


def fingerprint(spec: Any) -> str:
    """Return 12 hexadecimal digits that name a spec; fields at their default do not count.

    So a later version can add a field without renaming every policy there is.
    """
    text = json.dumps(_described(spec), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _described(spec: Any) -> Any:
    if isinstance(spec, tuple):
        return [_described(item) for item in spec]
    if not dataclasses.is_dataclass(spec):
        return spec
    return {f.name: _described(getattr(spec, f.name)) for f in dataclasses.fields(spec) if not _at_default(f, spec)}


def _at_default(f: "dataclasses.Field[Any]", spec: Any) -> bool:
    value = getattr(spec, f.name)
    if f.default_factory is not dataclasses.MISSING:
        return bool(value == f.default_factory())
    return f.default is not dataclasses.MISSING and bool(value == f.default)


def to_json(spec: RunSpec) -> dict[str, Any]:
    """Return the whole spec, defaults included, as plain data."""
    return dataclasses.asdict(spec)


def from_json(data: Mapping[str, Any]) -> RunSpec:
    """Read what `to_json` wrote.

    Raises:
        SpecError: a field is missing or unknown, or its value is out of range.
    """
    try:
        policies = tuple(PolicySpec(**{**p, "learner": LearnerSpec(**p["learner"])}) for p in data["policies"])
        return RunSpec(StreamSpec(**data["stream"]), policies, Recipe(**data["recipe"]), data["seeds"])
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecError(
            _("The run's spec.json does not read as a spec ({problem}); make the run again.").format(problem=error)
        ) from error
