"""Walks the graph: stacks that are ready go to the pool, what they leave goes to the store; yields its progress."""

import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Final

import pandas as pd

from alma_core.policies import schedules
from alma_core.policies.schedules import Schedule
from alma_core.simulate.backends import Pool, pool
from alma_core.simulate.graph import Update
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Finished, Results
from alma_core.simulate.rows import tables
from alma_core.simulate.stacks import stacks
from alma_core.simulate.store import Store
from alma_core.simulate.work import Job, materials
from alma_core.specs import PolicySpec, RunSpec
from alma_core.streams.sources import Source

LOOK_AGAIN_SECONDS: Final = 0.2
"""How often a run looks whether another one has finished the stack it waits for."""

Tables = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a run is; the last one carries the tables.

    Args:
        asked_for: updates that the policies ask for, shared ones counted for each.
        updates_done, updates: distinct updates; those found in the store are done.
        trained: updates trained in this process's time, not found.
        flops_done, flops: training FLOPs; an estimate where updates can stop early.
        seconds: since the start.
        seconds_left: an estimate from the work of this run so far; None before there is any.
        partial: makes ledger and confusion table of the rows that are known by now.
        tables: ledger and confusion table, at the end.
    """

    asked_for: int
    updates_done: int
    updates: int
    trained: int
    flops_done: float
    flops: float
    seconds: float
    seconds_left: float | None
    partial: Callable[[], Tables]
    tables: Tables | None = None

    @property
    def facts(self) -> dict[str, float | None]:
        """The figures, without the tables."""
        names = ("asked_for", "updates_done", "updates", "trained", "flops_done", "flops", "seconds", "seconds_left")
        return {name: getattr(self, name) for name in names}


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
    plan = Plan(spec, source, device, budget, schedule)
    walk = _Walk(plan, store)
    jobs = 1 if scheduler is not None else plan.workers(jobs)
    yield walk.progress()
    if walk.begin():
        given = materials(plan.name, plan.streams)
        with pool(given, spec.recipe, device, jobs, threads, scheduler) as workers:
            while walk.begin():
                yield from walk.round(workers)
    store.keep(plan.newest)
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
        self._grow()

    def begin(self) -> bool:
        """Expand the graph as far as is known; return whether anything is left to do."""
        while not self.left and not self.plan.graph.complete:
            self._grow()
        return bool(self.left)

    def _grow(self) -> None:
        """Expand the graph, look up in the store what is new in it, and decide what is left to do."""
        plan = self.plan
        while fresh := plan.grow(self.results):  # what the store knows of them may show the next ones
            keys = [update.key for stack in fresh for update in stack]
            self.results.take_in(self.store.results(keys))
            self.store.need(keys)
        self.todo = plan.left_to_do(self.results, self.store.states(plan.graph.updates))
        self.left = set(self.todo.train | self.todo.judge)
        self.newest = plan.newest
        before, self.held = self.held, plan.growing | self.newest
        self._let_go(before - self.held)

    def round(self, workers: Pool) -> Iterator[Progress]:
        """Work off all that is known to be left."""
        waiting = self._tasks()
        running: dict[Future[list[Finished]], list[Update]] = {}
        while waiting or running:
            self._submit(waiting, running, workers)
            looks_again = bool(waiting) and len(running) < workers.slots()
            if running:
                done, _ = wait(running, LOOK_AGAIN_SECONDS if looks_again else None, FIRST_COMPLETED)
                for future in done:
                    self._finish(running.pop(future), future.result())
                    yield self.progress()
            elif waiting:
                time.sleep(LOOK_AGAIN_SECONDS)

    def _tasks(self) -> list[list[Update]]:
        """Return the stacks to train, those first on which most depends, then the states to judge."""
        plan = self.plan
        height = plan.heights()
        train = [[update for update in stack if update.key in self.todo.train] for stack in plan.stacks]
        train.sort(key=lambda stack: -max((height[update.key] for update in stack), default=0.0))
        states = [plan.graph.updates[key] for key in sorted(self.todo.judge)]
        judge = stacks(states, plan.spec.recipe.minibatch, plan.device, plan.budget)
        return [stack for stack in train + judge if stack]

    def _submit(
        self, waiting: list[list[Update]], running: dict["Future[list[Finished]]", list[Update]], workers: Pool
    ) -> None:
        """Hand ready stacks to the pool while it has room; one that another live run holds goes on waiting."""
        for stack in list(waiting):
            if len(running) >= workers.slots():
                return
            if any(u.key in self.todo.train and u.parent in self.left for u in stack):
                continue
            if self.store.claim([update.key for update in stack]):
                waiting.remove(stack)
                rest = self._not_done_elsewhere(stack)
                if rest:
                    running[workers.submit([self._job(update) for update in rest])] = rest

    def _not_done_elsewhere(self, stack: list[Update]) -> list[Update]:
        """Take in what another run has finished meanwhile; return what is still to be done."""
        keys = [update.key for update in stack]
        self.results.take_in(self.store.results(keys))
        states = self.store.states(keys)
        done = {u.key for u in stack if self._is_answered(u) and (u.key in states or not self._wants_state(u))}
        self.left -= done
        self.store.release(done)
        return [update for update in stack if update.key not in done]

    def _is_answered(self, update: Update) -> bool:
        judged = (self.results.judgement(update.key, on) is not None for on in self.plan.asked_of(update))
        return update.key in self.results.outcomes and all(judged)

    def _wants_state(self, update: Update) -> bool:
        """Whether somebody will start from its weights: the next in a chain, now or on a longer stream."""
        return update.key in self.held or any(child in self.left for child in self.plan.children[update.key])

    def _job(self, update: Update) -> Job:
        trains = update.key in self.todo.train
        start = update.parent if trains else update.key
        asked = self.plan.asked_of(update).items()
        return Job(
            key=update.key,
            shape=update.shape,
            seed=update.seed,
            train=(update.first, update.last) if trains else None,
            start=None if start is None else self.store.state(start),
            judge={on: place for on, place in asked if self.results.judgement(update.key, on) is None},
            give_state=trains and self._wants_state(update),
        )

    def _finish(self, stack: list[Update], finished: list[Finished]) -> None:
        """Write what a stack leaves and take it in: what the store holds, as the first commit of a key counts."""
        self.store.commit(finished, self.newest)
        self.results.take_in(self.store.results([update.key for update in stack]))
        trained = [update for update in stack if update.key in self.todo.train]
        self.trained += len(trained)
        self.flops_trained += sum(map(self.plan.flops, trained))
        self.left -= {update.key for update in stack}
        self._let_go({update.parent for update in stack if update.parent is not None})

    def _let_go(self, keys: Collection[str]) -> None:
        """Drop the weights that nobody waits for any more."""
        gone = [key for key in keys if not self._wants_state(self.plan.graph.updates[key])]
        if gone:
            self.store.drop(gone)

    def progress(self, last: bool = False) -> Progress:
        """Say how far the run is."""
        updates = self.plan.graph.updates
        left = self.left & self.todo.train
        flops_left = sum(self.plan.flops(updates[key]) for key in left)
        flops = sum(map(self.plan.flops, updates.values()))
        seconds = time.perf_counter() - self.started

        def partial() -> Tables:
            return tables(self.plan, self.results)

        return Progress(
            asked_for=self.plan.graph.asked_for,
            updates_done=len(updates) - len(left),
            updates=len(updates),
            trained=self.trained,
            flops_done=flops - flops_left,
            flops=flops,
            seconds=seconds,
            seconds_left=seconds / self.flops_trained * flops_left if self.flops_trained else None,
            partial=partial,
            tables=partial() if last else None,
        )
