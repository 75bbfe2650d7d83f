"""The named policies: those of the ALMA paper, and those that a practitioner would try; no torch."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from alma_core.asked import one_of
from alma_core.errors import SpecError
from alma_core.language import _, mark
from alma_core.methods import METHODS
from alma_core.policies import paragraphs
from alma_core.policies.wording import INCUMBENT
from alma_core.policyspec import LearnerSpec, PolicySpec

EVERYDAY, RESEARCH = "everyday", "research"
GROUPS: Final = {
    EVERYDAY: mark("Everyday: what a practitioner would try"),
    RESEARCH: mark("Research: what the ALMA paper and others propose"),
}
ALL: Final = 1.0
"""Replay of everything so far."""
LATEST: Final = 5
"""Mega-batches of a window."""
GROW_EVERY: Final = 2
"""Updates from one growth to the next: the paper's, at ten mega-batches."""


@dataclass(frozen=True, eq=False)
class Named:
    """A policy by name; waiting times and capacities multiply it.

    Args:
        name: short, as it is typed.
        group: "everyday" (what a practitioner would try) or "research".
        meaning: one line, not translated yet; its gaps are fields of the policy.
        about: a paragraph: what it is, where it comes from, what it costs; likewise.
        policy: all that the name fixes; its waiting time stands for any, and so does the learner of a network.
    """

    name: str
    group: str
    meaning: str
    about: str
    policy: PolicySpec

    @property
    def is_network(self) -> bool:
        """Whether it is made of networks, so that architectures and capacities multiply it."""
        return self.policy.learner.is_network

    def told(self, text: str) -> str:
        """Return its meaning or paragraph in the language in use."""
        return _(text).format(**vars(self.policy))


def _estimator(architecture: str, start: str = "scratch", replay: float = 0.0, window: int = 0) -> PolicySpec:
    return PolicySpec(start=start, replay=replay, window=window, learner=LearnerSpec(architecture))


CATALOGUE: Final = (
    Named("never", EVERYDAY, mark("the first model for ever: trained when the first data arrives"),
          paragraphs.NEVER, PolicySpec(schedule="once")),
    Named("single", EVERYDAY, mark("a network that goes on from its last weights, on the new data"),
          paragraphs.SINGLE, PolicySpec()),
    Named("replay", EVERYDAY, mark("a network that goes on from its last weights, on all data so far"),
          paragraphs.REPLAY, PolicySpec(replay=ALL)),
    Named("scratch", EVERYDAY, mark("a network that begins afresh each time, on all data so far"),
          paragraphs.SCRATCH, PolicySpec(start="scratch", replay=ALL)),
    Named("window", EVERYDAY, mark("a network that begins afresh each time, on the last {window} arrivals"),
          paragraphs.WINDOW, PolicySpec(start="scratch", window=LATEST)),
    Named("shrink-perturb", EVERYDAY, mark("a network that goes on from weakened weights, on all data so far"),
          paragraphs.SHRINK, PolicySpec(start="shrink_perturb", replay=ALL)),
    Named("keep-better", EVERYDAY, mark("as single, but a new model serves only if it beats the old one"),
          paragraphs.KEEP_BETTER, PolicySpec(method="keep_better")),
    Named("triggered-shift", EVERYDAY, mark("as single, but only when the data shifts (p < {threshold})"),
          paragraphs.TRIGGERED_SHIFT, PolicySpec(schedule="shift", threshold=0.05)),
    Named("triggered-error", EVERYDAY, mark("as single, but only when the error has risen by {threshold}"),
          paragraphs.TRIGGERED_ERROR, PolicySpec(schedule="error", threshold=0.02)),
    Named("threshold", EVERYDAY, mark("as single, but only when the error exceeds {threshold}"),
          paragraphs.THRESHOLD, PolicySpec(schedule="threshold", threshold=0.1)),
    Named("cumulative", EVERYDAY, mark("as single, but only when errors have added up to {threshold}"),
          paragraphs.CUMULATIVE, PolicySpec(schedule="cumulative", threshold=0.5)),
    *(Named(f"ensemble-{k}", EVERYDAY, mark("{members} networks trained apart; the mean of what they predict"),
            paragraphs.ENSEMBLE, PolicySpec(method="ensemble", members=k)) for k in (3, 5)),
    Named("ensemble-3-replay", EVERYDAY, mark("{members} networks trained apart, on all data so far"),
          paragraphs.ENSEMBLE, PolicySpec(method="ensemble", members=3, replay=ALL)),
    Named("trees", EVERYDAY, mark("boosted trees, fitted anew on all data so far"),
          paragraphs.TREES, _estimator("trees", replay=ALL)),
    Named("trees-window", EVERYDAY, mark("boosted trees, fitted anew on the last {window} arrivals"),
          paragraphs.TREES, _estimator("trees", window=LATEST)),
    Named("linear", EVERYDAY, mark("logistic or ridge regression, fitted anew on all data so far"),
          paragraphs.LINEAR, _estimator("linear", replay=ALL)),
    Named("linear-window", EVERYDAY, mark("logistic or ridge regression, on the last {window} arrivals"),
          paragraphs.LINEAR, _estimator("linear", window=LATEST)),
    Named("sgd", EVERYDAY, mark("a linear model that goes on, on the new data"),
          paragraphs.SGD, _estimator("sgd", start="warm")),
    *(Named(f"umix-{k}", RESEARCH, mark("{members} networks trained as one; what they predict is added up"),
            paragraphs.UMIX, PolicySpec(method="umix", members=k)) for k in (3, 5)),
    *(Named(f"bagging-{k}", RESEARCH, mark("{members} networks, each on a draw of the data with replacement"),
            paragraphs.BAGGING, PolicySpec(method="bagging", members=k)) for k in (3, 5)),
    *(Named(f"adaboost-{k}", RESEARCH, mark("{members} networks in turn, each on what the earlier ones get wrong"),
            paragraphs.ADABOOST, PolicySpec(method="adaboost", members=k)) for k in (3, 5)),
    Named("gens", RESEARCH, mark("each update adds a network that goes on from the last one"),
          paragraphs.GENS, PolicySpec(method="gens")),
    Named("gens-fresh", RESEARCH, mark("each update adds a network that begins afresh"),
          paragraphs.GENS_FRESH, PolicySpec(method="gens", start="scratch")),
    Named("gens-newest-3", RESEARCH, mark("as gens, but only the newest {members} networks serve"),
          paragraphs.GENS_NEWEST, PolicySpec(method="gens_newest", members=3)),
    Named("gens-best-3", RESEARCH, mark("as gens, but only the best {members} on validation data serve"),
          paragraphs.GENS_BEST, PolicySpec(method="gens_best", members=3)),
    Named("hybrid", RESEARCH, mark("as single for {grow_after} updates, as gens from then on"),
          paragraphs.HYBRID, PolicySpec(method="hybrid", grow_after=3)),
    *(Named(f"moe-{k}", RESEARCH, mark("{members} experts; gates say how much each counts for an example"),
            paragraphs.MOE, PolicySpec(method="moe", members=k)) for k in (3, 5)),
    Named("gmoe", RESEARCH, mark("the busiest expert is split in two every {grow_every} updates"),
          paragraphs.GMOE, PolicySpec(method="gmoe", grow_every=GROW_EVERY)),
    Named("gmoe-random", RESEARCH, mark("a random expert is split in two every {grow_every} updates"),
          paragraphs.GMOE_RANDOM, PolicySpec(method="gmoe_random", grow_every=GROW_EVERY)),
    Named("firefly", RESEARCH, mark("a network that becomes wider every {grow_every} updates"),
          paragraphs.FIREFLY, PolicySpec(method="firefly", grow_every=GROW_EVERY)),
    Named("ema", RESEARCH, mark("as single, but what serves is a running mean of the weights"),
          paragraphs.EMA, PolicySpec(method="ema")),
    Named("snapshot-3", RESEARCH, mark("{members} stages of each update's training predict together"),
          paragraphs.SNAPSHOT, PolicySpec(method="snapshot", members=3)),
    Named("batch-ensemble-3", RESEARCH, mark("{members} members that share one network but for a factor each"),
          paragraphs.BATCH_ENSEMBLE, PolicySpec(method="batch_ensemble", members=3)),
    Named("distilled-3", RESEARCH, mark("{members} networks teach one of the same size, which alone serves"),
          paragraphs.DISTILLED, PolicySpec(method="distilled", members=3)),
)  # fmt: skip
"""Everyday ones first. Research methods train on the new data, as in the paper."""

PRESETS: Final[dict[str, tuple[str, ...]]] = {
    "quick": ("never", "single", "window", "scratch", "triggered-error", "ensemble-3", "trees"),
    "paper": (
        "single", "replay", "scratch", "ensemble-3", "ensemble-5", "umix-3", "bagging-3", "adaboost-3",
        "gens", "gens-fresh", "moe-3", "gmoe", "gmoe-random", "firefly",
    ),
    "all": tuple(named.name for named in CATALOGUE),
}  # fmt: skip
"""What `--policies` takes beside single names. With waits, "single" is both "update every time" and "wait"."""


GROUP_OF: Final = {INCUMBENT: EVERYDAY} | {named.policy.method: named.group for named in CATALOGUE}
"""The group of each method that a run may hold; all policies of a method are of one group."""


def find(name: str) -> Named:
    """Return a policy by name.

    Raises:
        SpecError: there is none; the sentence gives those that come nearest, or the presets.
    """
    known = {named.name: named for named in CATALOGUE}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.lower(), [*PRESETS, *known]) or list(PRESETS)
    raise SpecError(
        _(
            "{given} was given as a policy, but neither a policy nor a preset is called so; choose one that "
            "`alma policies` lists, such as {near}."
        ).format(given=name or "''", near=", ".join(near))
    )


def chosen(words: Sequence[str], task: str) -> tuple[list[Named], list[Named]]:
    """Return the policies that names and presets stand for, each once, and those of presets that make no sense here.

    Args:
        words: names of policies and presets, mixed. A policy named itself is never left out.
        task: "classification" or "regression".

    Raises:
        SpecError: a word is neither.
    """
    kept: dict[str, Named] = {}
    left_out: dict[str, Named] = {}
    for word in words:
        for named in map(find, PRESETS.get(word, (word,))):
            (kept if word == named.name or fits(named.policy, task) else left_out)[named.name] = named
    return list(kept.values()), [named for name, named in left_out.items() if name not in kept]


def fits(policy: PolicySpec, task: str) -> bool:
    """Whether a policy makes sense for a task, "classification" or "regression"."""
    return task == "classification" or not METHODS[policy.method].needs_classes


def check_fits(policy: PolicySpec, task: str) -> None:
    """Refuse a policy that makes no sense for a task.

    Raises:
        SpecError: it needs classes, and the target is a number.
    """
    if not fits(policy, task):
        raise SpecError(
            _(
                "The method {method} was given for data whose target is a number, classes were expected; leave it out."
            ).format(method=policy.method)
        )


def expand(
    names: Sequence[Named],
    waits: Sequence[int],
    capacities: Sequence[str] = ("M",),
    first_updates: Sequence[str] = ("w",),
    architecture: str = "mlp",
) -> tuple[PolicySpec, ...]:
    """Return every combination, each policy once, names outermost and waiting times innermost.

    What is no network has one architecture and no capacity; a policy that updates once does so at the first arrival.

    Args:
        first_updates: "1" or "w".
    """
    for first in first_updates:
        one_of(("w", "1"), first, mark("the first update"))

    def each() -> Iterator[PolicySpec]:
        for named in names:
            sizes = [LearnerSpec(architecture, capacity) for capacity in capacities]
            for learner in sizes if named.is_network else [named.policy.learner]:
                sized = replace(named.policy, learner=learner)
                yield from [sized] if sized.schedule == "once" else _at(sized, waits, first_updates)

    return tuple(dict.fromkeys(each()))


def _at(policy: PolicySpec, waits: Sequence[int], first_updates: Sequence[str]) -> Iterator[PolicySpec]:
    for first in first_updates:
        for wait in waits:
            yield replace(policy, waiting_time=wait, first_update=1 if first == "1" else wait)
