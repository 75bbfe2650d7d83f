"""A run before anything is trained: its streams, its graph, its stacks, and what of it is left to do. No torch."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from alma_core import sizes
from alma_core.learners.devices import cores
from alma_core.policies import schedules
from alma_core.policies.schedules import Schedule
from alma_core.seeds import VALIDATION_PER_MILLE
from alma_core.simulate.graph import Graph, Update
from alma_core.simulate.incumbent import Incumbent
from alma_core.simulate.results import Judgement, Place, Range, Results
from alma_core.simulate.stacks import default_budget, stacks
from alma_core.specs import PolicySpec, RunSpec
from alma_core.streams.digests import Digests, digest, of_examples
from alma_core.streams.source import Source
from alma_core.streams.stream import cut, error_scale

WORTH_PROCESSES_FLOPS: Final = 1e12
"""Below so many training FLOPs a run is done before other processes have started."""


@dataclass(frozen=True)
class Todo:
    """What is left: keys of updates to train, and of states that need only be judged."""

    train: frozenset[str]
    judge: frozenset[str]


class Plan:
    """A run on paper.

    Args:
        spec: what is asked.
        source: the data.
        device: "cpu" or "cuda".
        budget: bytes that one stack may take there; None: `default_budget`.
        schedule: the rule of each policy.

    Raises:
        DataError: the source cannot be cut as asked.

    `name` tells the data of one plan from another's.
    """

    def __init__(
        self,
        spec: RunSpec,
        source: Source,
        device: str,
        budget: int | None = None,
        schedule: Callable[[PolicySpec], Schedule] = schedules.schedule,
    ) -> None:
        self.spec, self.source, self.device = spec, source, device
        self.budget = default_budget(device) if budget is None else budget
        self.streams = [cut(source, spec.stream, seed) for seed in range(spec.seeds)]
        named = of_examples(source, self.streams[0].taught)
        self.digests = [Digests(stream, named) for stream in self.streams]
        self.graph = Graph(spec.policies, spec.recipe, self.digests, device, schedule)
        everything = (part for names in self.digests for part in _all_of(names))
        self.name = digest(source.digest, spec.stream.label_noise, *everything)
        self.stacks: list[list[Update]] = []
        self.children: dict[str, list[str]] = defaultdict(list)
        self.incumbents = [Incumbent(stream) for stream in self.streams]
        self.error_scale = error_scale(self.streams[0])

    def grow(self, results: Results) -> list[list[Update]]:
        """Expand the graph as far as `results` tell and return the stacks of the updates that are new."""

        def error_arriving(seed: int, key: str | None, t: int) -> float | None:
            if key is None:
                return self.error(self.incumbents[seed].arriving(t))
            on = self.mega_batch(seed, t)
            judged = results.judgement(key, on)
            return None if judged is None and not on.is_empty else self.error(judged)

        fresh = self.graph.grow(error_arriving)
        for update in fresh:
            if update.parent is not None:
                self.children[update.parent].append(update.key)
        new = stacks(fresh, self.spec.recipe.minibatch, self.device, self.budget)
        self.stacks += new
        return new

    def error(self, judgement: Judgement | None) -> float:
        """Return an error: 0..1, or mean absolute error / error_scale; NaN where nothing was judged."""
        if judgement is None or not judgement.rows:
            return float("nan")
        return judgement.wrong / judgement.rows / self.error_scale

    def mega_batch(self, seed: int, t: int) -> Range:
        """Return the labels that mega-batch t brings, as a range to be judged on."""
        names, (first, last) = self.digests[seed].labels, self.graph.mega_batch(seed, t)
        return Range(names.until(first), names.until(last))

    def judged(self, seed: int, row: int) -> Range:
        """Return what row `row` is judged on: the test set, or all that arrives next."""
        names = self.digests[seed]
        if self.spec.stream.judged == "test":
            return Range("test", names.test)
        first, last = names.stream.judged_at(row)
        return Range(names.arriving.until(first), names.arriving.until(last))

    def validation(self, update: Update) -> Range:
        """Return the validation rows that had arrived by an update, off which its operating level is chosen."""
        corrected = self.streams[update.seed].replaced_at is not None
        return Range(
            "validation in force" if corrected else "validation", self.digests[update.seed].labels.until(update.last)
        )

    def asked_of(self, update: Update) -> dict[Range, Place]:
        """Return every range on which an update is judged, and where it stands."""
        seed, asked = update.seed, {}
        if self.spec.stream.judged == "test":
            asked[self.judged(seed, update.t)] = Place("test")
        else:
            for row in self.graph.rows_judged(update.key):
                asked[self.judged(seed, row)] = Place("arriving", *self.streams[seed].judged_at(row))
        for t in self.graph.judged_at(update.key):
            asked[self.mega_batch(seed, t)] = Place("labels", *self.graph.mega_batch(seed, t))
        if self.source.has_levels:
            asked[self.validation(update)] = Place("validation", 0, update.last)
        return {on: place for on, place in asked.items() if not on.is_empty}

    def left_to_do(self, results: Results, states: set[str]) -> Todo:
        """Return what has to be trained or judged, given what is known and whose weights are at hand.

        A finished update is trained again only where its weights are needed and gone.
        """
        train: set[str] = set()
        judge: set[str] = set()
        growing = self.growing
        for update in self._children_first():
            key = update.key
            unknown = any(results.judgement(key, on) is None for on in self.asked_of(update))
            wanted = unknown or key in growing or any(child in train for child in self.children[key])
            if key not in results.outcomes or (wanted and key not in states):
                train.add(key)
            elif unknown:
                judge.add(key)
        return Todo(frozenset(train), frozenset(judge))

    @property
    def growing(self) -> set[str]:
        """The newest update of each chain that has not reached its stream's end: what follows needs its weights."""
        chains = self.graph.chains.values()
        return {chain.keys[-1] for chain in chains if chain.keys and chain.t <= self.streams[chain.seed].rows}

    @property
    def newest(self) -> set[str]:
        """What a longer stream goes on from: the last update of each finished chain, and what its rows will judge."""
        chains = self.graph.chains.values()
        last = {chain.keys[-1] for chain in chains if chain.keys and chain.t > self.streams[chain.seed].rows}
        if self.spec.stream.judged == "test":
            return last
        rows = {key: self.graph.rows_judged(key) for key in self.graph.updates}
        return last | {key for key, judged in rows.items() if judged[-1] == self.streams[0].rows}

    def workers(self, jobs: int | None) -> int:
        """Return how many processes work on this plan: unless it is asked, one for each core where that pays."""
        if jobs is not None:
            return jobs
        pays = self.device == "cpu" and sum(map(self.flops, self.graph.updates.values())) > WORTH_PROCESSES_FLOPS
        return cores() if pays else 1

    def heights(self, cost: Callable[[Update], float]) -> dict[str, float]:
        """Return, for each update, the cost of the dearest chain that begins with it."""
        height: dict[str, float] = {}
        for update in self._children_first():
            below = max((height[child] for child in self.children[update.key]), default=0.0)
            height[update.key] = below + cost(update)
        return height

    def _children_first(self) -> list[Update]:
        return sorted(self.graph.updates.values(), key=lambda update: -update.depth)

    def examples(self, update: Update) -> float:
        """Return how many examples an update trains on: an estimate, as validation takes a drawn share of them."""
        return (update.last - update.first) * (1 - VALIDATION_PER_MILLE / 1000)

    def flops(self, update: Update) -> float:
        """Return the training FLOPs of an update, validation left out, if it runs all its epochs: an estimate."""
        return float(sizes.train_flops(update.shape)) * self.examples(update) * self.spec.recipe.epochs


def _all_of(names: Digests) -> tuple[str, str, str]:
    """Return names of all that a stream holds."""
    stream = names.stream
    return names.labels.until(len(stream.order)), names.arriving.until(len(stream.arriving)), names.test
