"""Policies -> the graph of updates and models, shared where equal (DESIGN, section 3). No torch.

A policy on a stream with a seed is a chain of updates, and of models that serve. The key of an update is a digest of
everything that determines it: the examples it sees as they are encoded, the weights it starts from, the network, the
recipe, the draws, and the arithmetic. The key of a model is that of the update whose state serves, or a digest of
those of its members. An evaluation is a model and a range of examples.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from alma_core.ledger import LAGS
from alma_core.policies.replay import seen_by_update
from alma_core.policies.schedules import Schedule, Seen, schedule
from alma_core.simulate.chains import Chain as Chain
from alma_core.simulate.chains import Known as Known
from alma_core.simulate.nodes import PLAIN, How, Model, Node, Update
from alma_core.simulate.steps import METHOD, Due, Serves, Step
from alma_core.sizes import AnyShape, shape_of
from alma_core.specs import PolicySpec, Recipe
from alma_core.streams.digests import Digests, digest

NUMERICS: Final = 2
"""Raised when the arithmetic of training or judging changes, so that no older result is taken for a newer one."""

DTYPE: Final = "float32"

Positions = tuple[int, int]
"""[first, last) in the order in which a seed's labels arrive."""


class Graph:
    """All updates and models that a run needs, each once, and the arrivals and rows on which each is judged.

    Args:
        policies: in the order of the run.
        recipe: how updates train.
        digests: [seeds] the stream of each seed, with its names.
        device: "cpu" or "cuda": results of one are not taken for the other's.
        schedule: the rule of each policy.

    `updates` and `models` (those that combine several states) hold them by key, `chains` by (number of the policy,
    seed). `asked_for` counts the updates that the policies ask for, shared ones for each. `changed` gathers the keys
    that are new, or of which more is asked, until whoever has looked at them clears it.
    """

    def __init__(
        self,
        policies: Sequence[PolicySpec],
        recipe: Recipe,
        digests: Sequence[Digests],
        device: str = "cpu",
        schedule: Callable[[PolicySpec], Schedule] = schedule,
    ) -> None:
        self.digests, self.recipe = digests, recipe
        self.updates: dict[str, Update] = {}
        self.models: dict[str, Model] = {}
        self.chains = {
            (number, seed): Chain(policy, seed, schedule(policy))
            for number, policy in enumerate(policies)
            for seed in range(len(digests))
        }
        self.asked_for = 0
        self.changed: set[str] = set()
        self.compared: dict[str, set[Positions]] = defaultdict(set)
        self._serves_from: dict[str, int] = {}
        self._serves_until: dict[str, int] = {}
        self._hindsight: set[str] = set()
        self._arithmetic = digest(NUMERICS, DTYPE, device, *dataclasses.astuple(dataclasses.replace(recipe, name="")))

    @property
    def complete(self) -> bool:
        """Whether every chain has been expanded to the end of its stream, and it is known who serves."""
        return all(self.is_complete(chain) for chain in self.chains.values())

    def is_complete(self, chain: Chain) -> bool:
        """Whether a chain has been expanded to the end of its stream, and it is known who serves."""
        rows = self.digests[chain.seed].stream.rows
        return chain.t > rows and len(chain.serving) == rows

    def node(self, key: str) -> Node:
        """Return the update or model of a key."""
        return self.updates.get(key) or self.models[key]

    @property
    def nodes(self) -> list[Node]:
        """All updates, then all models."""
        return [*self.updates.values(), *self.models.values()]

    def members(self, key: str) -> tuple[str, ...]:
        """Return the keys of the updates whose states serve under `key`."""
        return (key,) if key in self.updates else self.models[key].members

    def grow(self, known: Known | None = None) -> list[Node]:
        """Expand every chain as far as is known and return the updates and models that are new.

        A rule that looks is asked arrival by arrival: where it has to see an error that is not known yet, its chain
        waits, and the evaluation that would tell is asked for (`judged_at`). The same holds where it takes a comparison
        to tell who serves (`compared`).
        """
        n_updates, n_models = len(self.updates), len(self.models)
        self.compared.clear()
        for chain in self.chains.values():
            self._expand(chain, known or Known())
            self._compare(chain)
        fresh: list[Node] = [*list(self.updates.values())[n_updates:], *list(self.models.values())[n_models:]]
        self.changed.update(self.compared, (node.key for node in fresh))
        return fresh

    def wanted(self, chain: Chain) -> set[str]:
        """Return the updates whose weights the next arrival may need, or the next choice of who serves."""
        pending = [step for step in chain.steps if step.t > len(chain.serving)]
        serving = next((key for key in reversed(chain.serving) if key is not None), None)
        keys = {*chain.newest.values(), *(key for step in pending for key in step.members)}
        keys |= set(self.members(serving)) if serving else set()
        return {key for key in keys if self.updates[key].has_state}

    def judged_at(self, key: str) -> range:
        """Return the arrivals on whose mega-batch the model `key` is judged: those that find it in service."""
        return range(self._serves_from[key] + 1, self._serves_until[key] + 1) if self.serves(key) else range(0)

    def rows_judged(self, key: str) -> range:
        """Return the rows at which the model `key` is judged on the next mega-batch: in service, and LAGS beyond.

        Those that a plan in hindsight is made of are judged at every later row.
        """
        if not self.serves(key):
            return range(0)
        first, last = self._serves_from[key], self.digests[self.node(key).seed].stream.rows
        reach = max(first, self._serves_until[key] - 1) + LAGS
        return range(first, (last if key in self._hindsight else min(reach, last)) + 1)

    def serves(self, key: str) -> bool:
        """Whether `key` is in service at some arrival; members of an ensemble never are by themselves."""
        return key in self._serves_from

    def mega_batch(self, seed: int, t: int) -> Positions:
        """Return the positions of the labels that mega-batch t brings."""
        edges = self.digests[seed].stream.boundaries
        return int(edges[t - 1]), int(edges[t])

    def _expand(self, chain: Chain, known: Known) -> None:
        last = self.digests[chain.seed].stream.rows
        self._settle(chain, known)
        while chain.t <= last and self._ask(chain, known):
            chain.t += 1
            self._settle(chain, known)

    def _ask(self, chain: Chain, known: Known) -> bool:
        """Ask a chain's rule at its arrival t, and update if it says so; False: what it has to see is not known."""
        t, rule = chain.t, chain.schedule
        if rule.looks:
            if len(chain.serving) < t - 1:
                return False
            error = known.error_arriving(chain.seed, chain.serving[-1] if chain.serving else None, t)
            if error is None:
                return False
            chain.error_arriving.append(error)
        shift_p = [known.shift_p(chain.seed, s) for s in range(1, t + 1)] if rule.needs_shift else ()
        if rule.due(t, Seen(tuple(chain.error_arriving), shift_p, tuple(chain.updated))):
            self._update(chain)
        return True

    def _update(self, chain: Chain) -> None:
        """Add the step of `chain` at its arrival t, unless nothing new can be trained on."""
        policy, t = chain.policy, chain.t
        stream = self.digests[chain.seed].stream
        before = chain.steps[-1].last if chain.steps else 0
        first, last = seen_by_update(policy, stream.boundaries, before, t)
        if not stream.trainable(max(first, before), last):
            return
        source = stream.source
        base = shape_of(policy.learner, source.x.shape[1], source.outputs, source.image)
        trained: list[str] = []

        def train(member: int = 0, *, line: int | None = None, fresh: bool | None = None,
                  shape: AnyShape | None = None, others: tuple[str, ...] = (), **how: Any) -> str:  # fmt: skip
            line = member if line is None else line
            fresh = policy.start == "scratch" if fresh is None else fresh
            parent = None if fresh else self.updates.get(chain.newest.get(line, ""))
            start = "shrunk" if parent and policy.start == "shrink_perturb" else "parent"
            update = self._added(chain, first, last, shape or base, parent, How(member, start=start, **how), others)
            chain.newest[line] = update.key
            trained.append(update.key)
            return update.key

        due = Due(policy, len(chain.steps) + 1, base, self.recipe.epochs, chain.steps, train)
        serves: Serves = METHOD[policy.method](due)
        self.asked_for += len(trained)
        chain.updated.append(t)
        chain.steps.append(Step(t, tuple(trained), serves.members, serves.combine, serves.choice, first, last))
        if policy.serves_hindsight:
            self._hindsight.add(serves.members[-1])
            self.changed.add(serves.members[-1])

    def _added(
        self, chain: Chain, first: int, last: int, shape: AnyShape, parent: Update | None, how: How,
        others: tuple[str, ...],
    ) -> Update:  # fmt: skip
        """Add an update, unless it is there already; return it."""
        names = self.digests[chain.seed]
        stream = names.stream
        above = parent.key if parent else None
        what = [names.labels.examples(first, last)]
        if stream.source.task == "regression":  # its levels are read off the validation rows of all that has arrived
            what.append(names.labels.until(last))
        if stream.replaced_at is not None:  # a correction may stand before the row that it replaces
            what.append(digest((stream.replaced_at[first:last] >= last).tobytes().hex()))
        more = () if how == PLAIN and not others else (*how.values, *others)
        key = digest("update", self._arithmetic, shape, chain.seed, first, last, *what, above, *more)
        if key not in self.updates:
            needed = [*([parent] if parent else []), *(self.updates[other] for other in others)]
            depth = max((one.depth + 1 for one in needed), default=0)
            rank = max((one.rank + 1 for one in needed if one.t == chain.t), default=0)
            grows_from = parent.shape if parent and how.growth else None
            self.updates[key] = Update(
                key, chain.t, chain.policy.learner, shape, chain.seed, first, last, above, depth, how, others, rank,
                grows_from,
            )  # fmt: skip
        return self.updates[key]

    def _settle(self, chain: Chain, known: Known) -> None:
        """Find out who serves, row by row, up to the last arrival that has been asked for or that nobody can tell."""
        steps = {step.t: step for step in chain.steps[-(chain.t - len(chain.serving)) :]}
        while len(chain.serving) < chain.t - 1:
            t = len(chain.serving) + 1
            serving = chain.serving[-1] if chain.serving else None
            self._serves_on(serving, t)
            if t in steps:
                members = self._chosen(chain, steps[t], serving, known)
                if members is None:
                    return
                serving = self._model(members, steps[t].combine)
                self._serves_from[serving] = min(self._serves_from.get(serving, t), t)
                self._serves_on(serving, t)
                self.changed.add(serving)
            chain.serving.append(serving)
        if chain.serving and chain.t <= self.digests[chain.seed].stream.rows:
            self._serves_on(chain.serving[-1], chain.t)  # so that it is judged on the arrival that comes next

    def _serves_on(self, serving: str | None, t: int) -> None:
        """Note that a model is in service until arrival t at least."""
        if serving is not None and self._serves_until.get(serving, 0) < t:
            self._serves_until[serving] = t
            self.changed.add(serving)

    def _compare(self, chain: Chain) -> None:
        """Have each newcomer held against what serves before it, or, where that is not known, against all it may be."""
        pending: tuple[str, ...] = ()
        for step in chain.steps if chain.steps and chain.steps[0].choice else ():
            before = chain.serving[min(step.t - 1, len(chain.serving)) - 1] if step.t > 1 and chain.serving else None
            for key in self.rivals(chain, step, before, pending):
                self.compared[key].add((step.first, step.last))
            if step.t > len(chain.serving):
                pending += step.members

    def rivals(self, chain: Chain, step: Step, serving: str | None, pending: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return what a step's choice holds against each other, oldest first; nothing where all of it may serve.

        Args:
            serving: key of what serves before it; None: the incumbent.
            pending: newcomers before it of which nobody knows yet whether they serve.
        """
        if not step.choice:
            return ()
        rivals = (*(self.members(serving) if serving else ()), *pending, *step.members)
        return rivals if len(rivals) > chain.policy.members else ()

    def _chosen(self, chain: Chain, step: Step, serving: str | None, known: Known) -> tuple[str, ...] | None:
        """Return who serves after a step; None: the comparison that tells has not been made yet."""
        if not step.choice or serving is None:
            return step.members
        rivals = self.rivals(chain, step, serving)
        if not rivals:
            return (*self.members(serving), *step.members)
        found = [known.compared(key, step.first, step.last) for key in rivals]
        if None in found:
            return None
        if step.choice == "better":
            return (rivals[0] if found[0] and not found[-1] < found[0] else rivals[-1],)  # type: ignore[operator]
        best = sorted(range(len(rivals)), key=lambda place: (found[place], -place))[: chain.policy.members]
        return tuple(rivals[place] for place in sorted(best))

    def _model(self, members: tuple[str, ...], combine: str) -> str:
        """Return the key of what serves when `members` do together."""
        if len(members) == 1:
            return members[0]
        key = digest("model", combine, *members)
        if key not in self.models:
            states = [self.updates[member] for member in members]
            newest = max(states, key=lambda one: (one.last, one.t))
            depth = max(one.depth for one in states) + 1
            self.models[key] = Model(
                key, members, combine, newest.learner, newest.shape, newest.seed, newest.t, newest.last, depth
            )
        return key
