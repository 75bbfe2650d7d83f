"""A run before anything is trained: its streams, its graph, its stacks, and what of it is left to do. No torch."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from alma_core import sizes
from alma_core.learners.devices import cores
from alma_core.policies import schedules
from alma_core.policies.catalogue import check_fits
from alma_core.policies.schedules import Schedule
from alma_core.seeds import VALIDATION_PER_MILLE
from alma_core.simulate.graph import Graph, Known, Positions
from alma_core.simulate.incumbent import Incumbent
from alma_core.simulate.nodes import Model, Node, Update
from alma_core.simulate.results import Judgement, Place, Range, Results
from alma_core.simulate.stacks import default_budget, stacks
from alma_core.specs import PolicySpec, RunSpec
from alma_core.streams.arrivals import shift_ps
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


def tested(names: Digests) -> list[float]:
    """Return [rows] p of the test whether each mega-batch of a stream differs from the one before it."""
    return shift_ps(names.stream, range(1, names.stream.rows + 1), cores())


class Plan:
    """A run on paper.

    Args:
        spec: what is asked.
        source: the data.
        device: "cpu" or "cuda".
        budget: bytes that one stack may take there; None: `default_budget`.
        schedule: the rule of each policy.
        shifts: gives `tested` of a stream, asked once for each whose policies look at it.

    Raises:
        DataError: the source cannot be cut as asked.
        SpecError: a policy makes no sense for the data.

    `name` tells the data of one plan from another's.
    """

    def __init__(
        self,
        spec: RunSpec,
        source: Source,
        device: str,
        budget: int | None = None,
        schedule: Callable[[PolicySpec], Schedule] = schedules.schedule,
        shifts: Callable[[Digests], list[float]] = tested,
    ) -> None:
        self.spec, self.source, self.device = spec, source, device
        for policy in spec.policies:
            check_fits(policy, source.task)
        self.budget = default_budget(device) if budget is None else budget
        self.streams = [cut(source, spec.stream, seed) for seed in range(spec.seeds)]
        named = of_examples(source, self.streams[0].taught)
        self.digests = [Digests(stream, named) for stream in self.streams]
        self.graph = Graph(spec.policies, spec.recipe, self.digests, device, schedule)
        everything = (part for names in self.digests for part in _all_of(names))
        self.name = digest(source.digest, spec.stream.label_noise, *everything)
        self.stacks: list[list[Node]] = []
        self.children: dict[str, list[str]] = defaultdict(list)
        self.incumbents = [Incumbent(stream) for stream in self.streams]
        self.error_scale = error_scale(self.streams[0])
        self._shifts = shifts
        self._shift_p: dict[int, list[float]] = {}

    def grow(self, results: Results) -> list[list[Node]]:
        """Expand the graph as far as `results` tell and return the stacks of the updates and models that are new."""

        def error_arriving(seed: int, key: str | None, t: int) -> float | None:
            if key is None:
                return self.error(self.incumbents[seed].arriving(t))
            on = self.mega_batch(seed, t)
            judged = results.judgement(key, on)
            return None if judged is None and not on.is_empty else self.error(judged)

        def compared(key: str, first: int, last: int) -> tuple[float, ...] | None:
            judged = results.judgement(key, self.compared(self.graph.updates[key].seed, (first, last)))
            if judged is None:
                return None
            return (judged.wrong, judged.loss) if judged.rows else ()

        fresh = self.graph.grow(Known(error_arriving, compared, self.shift_p))
        for node in fresh:
            for parent in node.parents:
                self.children[parent].append(node.key)
        new = stacks(fresh, self.spec.recipe.minibatch, self.device, self.budget)
        self.stacks += new
        return new

    def shift_p(self, seed: int, t: int) -> float:
        """Return p of the test whether mega-batch t of a seed's stream differs from the one before."""
        if seed not in self._shift_p:
            self._shift_p[seed] = self._shifts(self.digests[seed])
        return self._shift_p[seed][t - 1]

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

    def validation(self, node: Node) -> Range:
        """Return the validation rows that had arrived by an update, off which its operating level is chosen."""
        return self._held_back("validation", node.seed, 0, node.last)

    def compared(self, seed: int, positions: Positions) -> Range:
        """Return the validation rows among some positions, on which updates are held against each other."""
        return self._held_back("compared", seed, *positions)

    def _held_back(self, kind: str, seed: int, first: int, last: int) -> Range:
        """Name the validation rows among positions; such a range meets no other: they do not add up to longer ones."""
        names, corrected = self.digests[seed].labels, self.streams[seed].replaced_at is not None
        kind = f"{kind} in force" if corrected else kind
        return Range(f"{kind} from {names.until(first)}", f"{kind} to {names.until(last)}")

    def asked_of(self, node: Node) -> dict[Range, Place]:
        """Return every range on which an update or a model is judged, and where it stands."""
        seed, asked, serves = node.seed, {}, self.graph.serves(node.key)
        if serves and self.spec.stream.judged == "test":
            asked[self.judged(seed, node.t)] = Place("test")
        else:
            for row in self.graph.rows_judged(node.key):
                asked[self.judged(seed, row)] = Place("arriving", *self.streams[seed].judged_at(row))
        for t in self.graph.judged_at(node.key):
            asked[self.mega_batch(seed, t)] = Place("labels", *self.graph.mega_batch(seed, t))
        if serves and self.source.has_levels:
            asked[self.validation(node)] = Place("validation", 0, node.last)
        for positions in self.graph.compared.get(node.key, ()):
            asked[self.compared(seed, positions)] = Place("compared", *positions)
        return {on: place for on, place in asked.items() if not on.is_empty}

    def left_to_do(self, results: Results, states: set[str], changed: Collection[str] | None = None) -> Todo:
        """Return what has to be trained or judged, given what is known and whose weights are at hand.

        A finished update is trained again only where its weights are needed and gone.

        Args:
            results: what is known.
            states: keys of updates whose weights are at hand.
            changed: keys that have to be looked at, with those whose weights they need; None: all.
        """
        train: set[str] = set()
        judge: set[str] = set()
        wanted = self.growing  # the keys whose weights something needs
        at_depth: dict[int, set[str]] = defaultdict(set)
        for key in (*wanted, *([node.key for node in self.graph.nodes] if changed is None else changed)):
            at_depth[self.graph.node(key).depth].add(key)
        for depth in range(max(at_depth, default=-1), -1, -1):  # children first: they tell what their parents are for
            for key in at_depth[depth]:
                node = self.graph.node(key)
                unknown = any(results.judgement(key, on) is None for on in self.asked_of(node))
                gone = isinstance(node, Update) and key not in states
                if isinstance(node, Update) and (key not in results.outcomes or (gone and (unknown or key in wanted))):
                    train.add(key)
                elif unknown:
                    judge.add(key)
                if key in train or (key in judge and isinstance(node, Model)):
                    wanted.update(node.parents)
                    for parent in node.parents:
                        at_depth[self.graph.node(parent).depth].add(parent)
        return Todo(frozenset(train), frozenset(judge))

    @property
    def growing(self) -> set[str]:
        """The weights that chains need which have not reached their stream's end."""
        chains = self.graph.chains.values()
        return set().union(*(self.graph.wanted(chain) for chain in chains if not self.graph.is_complete(chain)))

    @property
    def newest(self) -> set[str]:
        """What a longer stream goes on from: the last weights of each finished chain, and what its rows will judge."""
        graph = self.graph
        last = set().union(*(graph.wanted(chain) for chain in graph.chains.values() if graph.is_complete(chain)))
        if self.spec.stream.judged == "test":
            return last
        judged = [node.key for node in graph.nodes if self.streams[0].rows in graph.rows_judged(node.key)]
        return last | {member for key in judged for member in graph.members(key)}

    def workers(self, jobs: int | None) -> int:
        """Return how many processes work on this plan: unless it is asked, one for each core where that pays."""
        if jobs is not None:
            return jobs
        if self.device != "cpu":
            return 1
        updates = self.graph.updates.values()
        pays = sum(map(self.flops, updates)) > WORTH_PROCESSES_FLOPS or any(
            isinstance(update.shape, sizes.Estimator) for update in updates
        )
        return cores() if pays else 1

    def heights(self, cost: Callable[[Update], float], keys: Collection[str] | None = None) -> dict[str, float]:
        """Return, for updates and models, the cost of the dearest chain that begins with each.

        Args:
            cost: of an update.
            keys: of those that are asked for: theirs are returned, and those of all that comes after; None: all.
        """
        height: dict[str, float] = {}
        nodes = self.graph.nodes if keys is None else [self.graph.node(key) for key in self._with_children(keys)]
        for node in sorted(nodes, key=lambda node: -node.depth):  # children first
            below = max((height[child] for child in self.children[node.key]), default=0.0)
            height[node.key] = below + (cost(node) if isinstance(node, Update) else 0.0)
        return height

    def _with_children(self, keys: Collection[str]) -> set[str]:
        found, waiting = set(keys), list(keys)
        while waiting:
            new = set(self.children[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    def policy_flops(self, number: int) -> float:
        """Return the training FLOPs of all updates of policy `number` on the first seed's stream: an estimate."""
        steps = self.graph.chains[number, 0].steps
        return sum(self.flops(self.graph.updates[key]) for step in steps for key in step.trained)

    def examples(self, update: Update) -> float:
        """Return how many examples an update trains on: an estimate, as validation takes a drawn share of them."""
        return (update.last - update.first) * (1 - VALIDATION_PER_MILLE / 1000)

    def flops(self, update: Update) -> float:
        """Return the training FLOPs of an update, validation left out, if it runs all its epochs: an estimate."""
        epochs = update.how.epochs or self.spec.recipe.epochs
        return float(sizes.train_flops(update.shape)) * self.examples(update) * epochs


def _all_of(names: Digests) -> tuple[str, str, str]:
    """Return names of all that a stream holds."""
    stream = names.stream
    return names.labels.until(len(stream.order)), names.arriving.until(len(stream.arriving)), names.test
