"""What a run will take, before anything of it is trained."""

from dataclasses import dataclass
from pathlib import Path

from alma_core.simulate import estimate
from alma_core.simulate.plan import Plan, Todo
from alma_core.simulate.results import Results
from alma_core.simulate.shifts import remembered
from alma_core.simulate.store import Store
from alma_core.sizes import Estimator
from alma_core.specs import RunSpec
from alma_core.streams.source import Source


@dataclass(frozen=True)
class Outlook:
    """What is left to do of a run; rules that look at what arrives are known up to their first decision only.

    Args:
        asked_for: updates that the policies ask for, shared ones counted for each.
        updates: distinct ones.
        in_store: of these, finished already.
        stacks: groups that train together.
        flops: training FLOPs to do, validation left out.
        seconds: expected here, an estimate.
        cpu_seconds: of these, those of trees and linear models, which no GPU speeds up.
        device: "cpu" or "cuda".
        jobs: stacks at once: processes here, or threads of a cluster.
    """

    asked_for: int
    updates: int
    in_store: int
    stacks: int
    flops: float
    seconds: float
    cpu_seconds: float
    device: str
    jobs: int


def outlook(
    spec: RunSpec,
    source: Source,
    device: str,
    jobs: int | None,
    threads: int,
    budget: int | None,
    home: Path,
    elsewhere: int | None = None,
) -> Outlook:
    """Return what a run will take.

    Args:
        device: "cpu" or "cuda".
        jobs, threads, budget: as in `executor.simulate`.
        home: where the store of finished updates lies, and what has been measured of this device.
        elsewhere: stacks at once on a cluster, each taken to be as fast as one here; None: it runs here.

    Raises:
        DataError: the source cannot be cut as asked.
        RunError: the device could not be measured.
        StoreError: the store cannot be read.
    """
    with Store(home / "store") as store:
        plan = Plan(spec, source, device, budget, shifts=remembered(store))
        plan.grow(Results())
        updates = plan.graph.updates
        done = store.results([node.key for node in plan.graph.nodes])  # what an ensemble of updates does is known, too
        todo = plan.left_to_do(done, store.states(updates))
    here = plan.workers(jobs)
    pace = estimate.paces(plan, here, threads, home / "calibration.json")
    at_once = here if elsewhere is None else elsewhere
    fitted = Todo(frozenset(key for key in todo.train if isinstance(updates[key].shape, Estimator)), frozenset())
    return Outlook(
        asked_for=plan.graph.asked_for,
        updates=len(updates),
        in_store=len(updates) - len(todo.train),
        stacks=sum(any(update.key in todo.train for update in stack) for stack in plan.stacks),
        flops=sum(plan.flops(updates[key]) for key in todo.train),
        seconds=estimate.expected_seconds(plan, todo, pace, at_once),
        cpu_seconds=estimate.expected_seconds(plan, fitted, pace, at_once),
        device=device,
        jobs=at_once,
    )
