"""Walks the graph: stacks that may begin go to the pool, what they leave goes to the store; yields its progress."""

import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Final

from alma_core.policies import schedules
from alma_core.policies.schedules import Schedule
from alma_core.simulate.backends import Pool, pool
from alma_core.simulate.jobs import Job
from alma_core.simulate.materials import materials
from alma_core.simulate.nodes import Model, Node
from alma_core.simulate.plan import Plan
from alma_core.simulate.progress import Progress
from alma_core.simulate.queue import Queue, Stack
from alma_core.simulate.results import Finished, Results
from alma_core.simulate.rows import ledger_of
from alma_core.simulate.shifts import remembered
from alma_core.simulate.stacks import stacks
from alma_core.simulate.store import Store
from alma_core.simulate.tables import tables_of
from alma_core.specs import PolicySpec, RunSpec
from alma_core.streams.source import Source

LOOK_AGAIN_SECONDS: Final = 0.2
"""How often a run looks whether another one has finished the stack it waits for."""


def simulate(
    spec: RunSpec,
    source: Source,
    store: Store,
    device: str = "cpu",
    jobs: int | None = None,
    threads: int = 1,
    scheduler: str | None = None,
    budget: int | None = None,
    schedule: Callable[[PolicySpec], Schedule] = schedules.schedule,
) -> Iterator[Progress]:
    """Run every policy for every seed and yield how far it is.

    Args:
        spec, source: what is asked, of which data.
        store: where finished work is found and left.
        device: "cpu" or "cuda".
        jobs, threads, scheduler: see `backends.pool`; None: what `Plan.workers` says. Processes of one thread beat
            threads, which wait for each other at every small product, and keep results equal to the bit.
        budget: bytes that one stack may take; None: a quarter of the device's memory.
        schedule: the rule of each policy.

    Raises:
        DataError: the source cannot be cut as asked.
        StoreError: the store cannot be read or written.
        RunError: no cluster answers.
    """
    plan = Plan(spec, source, device, budget, schedule, remembered(store))
    try:
        walk = _Walk(plan, store)
        yield walk.progress()
        if walk.begin():
            given = materials(plan.name, plan.streams)
            with pool(given, spec.recipe, device, plan.workers(jobs), threads, scheduler) as workers:
                while walk.begin():
                    yield from walk.round(workers)
        store.keep(plan.newest)
        store.drop(plan.graph.updates)
    finally:
        store.let_go()
    yield walk.progress(last=True)


class _Walk:
    """How far one run has come."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self.plan, self.store = plan, store
        self.results = Results()
        self.started = time.perf_counter()
        self.flops_trained = 0.0
        self.trained = 0
        self.held: set[str] = set()
        self.flops: dict[str, float] = {}
        self._grow()

    def begin(self) -> bool:
        """Expand the graph as far as is known; return whether anything is left to do."""
        while not self.left and not self.plan.graph.complete:
            self._grow()
        return bool(self.left)

    def _grow(self) -> None:
        """Expand the graph, look up in the store what is new in it, and decide what is left to do.

        All that stood in the graph before is done, so only what changes is looked at: a rule that looks makes a round
        for each arrival.
        """
        plan = self.plan
        while fresh := plan.grow(self.results):  # what the store knows of them may show the next ones
            keys = [node.key for stack in fresh for node in stack]
            self.results.take_in(self.store.results(keys))
            self.store.need(keys)
            self.flops |= {key: plan.flops(plan.graph.updates[key]) for key in keys if key in plan.graph.updates}
        self.todo = plan.left_to_do(self.results, self.store.states(plan.graph.updates), plan.graph.changed)
        plan.graph.changed.clear()
        self.left = set(self.todo.train | self.todo.judge)
        self.flops_all = sum(self.flops.values())
        self.flops_left = sum(self.flops[key] for key in self.todo.train)
        self.train_left = len(self.todo.train)
        self.newest = plan.newest
        before, self.held = self.held, plan.growing | self.newest
        self._let_go(before - self.held)

    def round(self, workers: Pool) -> Iterator[Progress]:
        """Work off all that is known to be left."""
        queue = Queue(self._stacks(), self.todo.train)
        running: dict[Future[list[Finished]], tuple[Stack, Stack]] = {}
        while queue:
            self._submit(queue, running, workers)
            if not running:
                time.sleep(LOOK_AGAIN_SECONDS if queue else 0)  # what is left is held by another live run
            done, _ = wait(running, LOOK_AGAIN_SECONDS, FIRST_COMPLETED)
            if not done:
                workers.look()
            for future in done:
                stack, rest = running.pop(future)
                self._finish(rest, workers.result(future))
                queue.done(stack)
                yield self.progress()

    def _stacks(self) -> list[Stack]:
        """Return the stacks to train, those first on which most depends, then the states and models to judge."""
        plan = self.plan
        height = plan.heights(plan.flops, self.todo.train)
        to_train = ([node for node in stack if node.key in self.todo.train] for stack in plan.stacks)
        train = [stack for stack in to_train if stack]
        train.sort(key=lambda stack: -max(height[node.key] for node in stack))
        judged = [plan.graph.node(key) for key in sorted(self.todo.judge)]
        judge = stacks(judged, plan.spec.recipe.minibatch, plan.device, plan.budget)
        return train + judge

    def _submit(
        self,
        queue: Queue,
        running: dict["Future[list[Finished]]", tuple[Stack, Stack]],
        workers: Pool,
    ) -> None:
        """Hand ready stacks to the pool while it has room; one that another live run holds goes on waiting."""
        held_elsewhere = []
        slots = workers.slots()
        while len(running) < slots and (stack := queue.next()):
            if not self.store.claim([node.key for node in stack]):
                held_elsewhere.append(stack)
            elif rest := self._not_done_elsewhere(stack):
                running[workers.submit([self._job(node) for node in rest])] = stack, rest
            else:
                queue.done(stack)
        for stack in held_elsewhere:
            queue.put_back(stack)

    def _not_done_elsewhere(self, stack: Stack) -> Stack:
        """Take in what another run has finished meanwhile; return what is still to be done."""
        keys = [node.key for node in stack]
        self.results.take_in(self.store.results(keys))
        states = self.store.states(keys)
        done = {n.key for n in stack if self._is_answered(n) and (n.key in states or not self._wants_state(n))}
        self._strike_off(done)
        self.store.release(done)
        self._let_go({parent for node in stack if node.key in done for parent in node.parents})
        return [node for node in stack if node.key not in done]

    def _is_answered(self, node: Node) -> bool:
        judged = (self.results.judgement(node.key, on) is not None for on in self.plan.asked_of(node))
        return (isinstance(node, Model) or node.key in self.results.outcomes) and all(judged)

    def _wants_state(self, node: Node) -> bool:
        """Whether somebody needs its weights: the next in a chain, now or on a longer stream, or a model it is in."""
        return node.has_state and (
            node.key in self.held or any(child in self.left for child in self.plan.children[node.key])
        )

    def _job(self, node: Node) -> Job:
        trains = node.key in self.todo.train
        shifted = self.plan.source.task == "regression"  # by what the validation rows say, whatever is judged
        start = node.parent if trains or isinstance(node, Model) else node.key
        others = node.parents if isinstance(node, Model) else node.others if trains else ()
        return Job(
            node=node,
            trains=trains,
            start=None if start is None else self.store.state(start),
            others=tuple(self.store.state(other) for other in others),
            judge={
                on: place
                for on, place in self.plan.asked_of(node).items()
                if self.results.judgement(node.key, on) is None or (shifted and place.among == "validation")
            },
            give_state=trains and self._wants_state(node),
        )

    def _finish(self, stack: Stack, finished: list[Finished]) -> None:
        """Write what a stack leaves and take it in: what the store holds, as the first commit of a key counts."""
        self.store.commit(finished, self.newest)
        self.results.take_in(self.store.results([node.key for node in stack]))
        trained = [node.key for node in stack if node.key in self.todo.train]
        self.trained += len(trained)
        self.flops_trained += sum(self.flops[key] for key in trained)
        self._strike_off({node.key for node in stack})
        self._let_go({key for node in stack for key in (*node.parents, node.key)})

    def _strike_off(self, done: set[str]) -> None:
        """Take what is done off what is left."""
        trained = done & self.todo.train
        self.left -= done
        self.train_left -= len(trained)
        self.flops_left -= sum(self.flops[key] for key in trained)

    def _let_go(self, keys: Collection[str]) -> None:
        """Drop the weights that nobody waits for any more."""
        gone = [
            key
            for key in keys
            if not self._waits_to_be_judged(key) and not self._wants_state(self.plan.graph.node(key))
        ]
        if gone:
            self.store.drop(gone)

    def _waits_to_be_judged(self, key: str) -> bool:
        return key in self.left and key in self.todo.judge

    def progress(self, last: bool = False) -> Progress:
        """Say how far the run is."""
        seconds = time.perf_counter() - self.started
        flops_left = self.flops_left if self.train_left else 0.0  # no crumbs of rounding at the end
        return Progress(
            asked_for=self.plan.graph.asked_for,
            updates_done=len(self.flops) - self.train_left,
            updates=len(self.flops),
            trained=self.trained,
            flops_done=self.flops_all - flops_left,
            flops=self.flops_all,
            seconds=seconds,
            seconds_left=seconds / self.flops_trained * flops_left if self.flops_trained else None,
            partial=lambda: ledger_of(self.plan, self.results),
            tables=tables_of(self.plan, self.results) if last else None,
        )
