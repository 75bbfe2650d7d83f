"""Where stacks are worked on: in this process, in processes of this machine (loky), or on a Dask cluster.

Each is a pool that takes a stack and gives a future. Placement, retries and the loss of a worker are the engine's.
"""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import joblib
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.backend import resource_tracker

from alma_core.errors import RunError
from alma_core.language import _
from alma_core.simulate.jobs import Job
from alma_core.simulate.materials import Materials
from alma_core.simulate.results import Finished
from alma_core.simulate.work import work
from alma_core.specs import Recipe

UNNOTICED_SECONDS: Final = 5.0
"""The engine notices the end of a worker at once, unless it is stuck."""
IDLE_SECONDS: Final = 300
"""Worker processes that have had nothing to do for so long end."""


@dataclass(frozen=True)
class Pool:
    """What works on stacks.

    Args:
        submit: takes a stack, gives the future of what it leaves.
        result: takes such a future that is done.
        slots: how many stacks are worked on, or wait there, at once.
        look: called now and then while nothing is done; makes sure that a lost worker ends what it worked on.
    """

    submit: Callable[[Sequence[Job]], "Future[list[Finished]]"]
    result: Callable[["Future[list[Finished]]"], list[Finished]]
    slots: Callable[[], int]
    look: Callable[[], None] = lambda: None


@contextmanager
def pool(
    given: Materials, recipe: Recipe, device: str, jobs: int, threads: int, scheduler: str | None
) -> Iterator[Pool]:
    """Open the pool that was asked for, with the data at each of its workers.

    Args:
        device: "cpu" or "cuda".
        jobs: processes on this machine; 1: this process alone.
        threads: that each may use.
        scheduler: address of a Dask scheduler, in place of `jobs`.

    Raises:
        RunError: no cluster answers.
    """
    rest = recipe, device, threads
    if scheduler is not None:
        from alma_core.simulate import cluster

        with cluster.opened(given, scheduler) as opened:
            yield Pool(lambda stack: opened.submit(stack, *rest), opened.result, opened.slots)
    elif jobs > 1:
        with _processes(given, jobs, rest) as processes:
            yield processes
    else:
        yield Pool(lambda stack: _done(work(given, stack, *rest)), Future.result, lambda: 1)


def _done(finished: list[Finished]) -> "Future[list[Finished]]":
    future: Future[list[Finished]] = Future()
    future.set_result(finished)
    return future


@contextmanager
def _processes(given: Materials, jobs: int, rest: tuple[Any, ...]) -> Iterator[Pool]:
    # A worker whose memory has grown is renewed by loky between two stacks; nothing is lost, and nobody need be told.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
    with _folder() as folder:
        path = str(Path(folder) / "materials")
        joblib.dump(given, path)
        engine = get_reusable_executor(jobs, timeout=IDLE_SECONDS, initializer=_end_with, initargs=(os.getpid(),))
        try:
            # One stack more than there are processes, so that none waits for this one to write what another left.
            yield Pool(
                lambda stack: engine.submit(_work_from, path, stack, *rest),
                Future.result,
                lambda: jobs + 1,
                _watched(engine),
            )
        except BrokenProcessPool as error:
            raise RunError(
                _(
                    "A worker process ended before its work was done, perhaps for want of memory; run the same command "
                    "again (with --stack-memory or --jobs smaller if it happens again): what is finished stays."
                )
            ) from error
        except BaseException:  # what is under way is of no use any more; otherwise the next run finds the workers ready
            _give_up(engine)
            engine.shutdown(wait=True, kill_workers=True)
            raise


def _watched(engine: Any) -> Callable[[], None]:
    """Return what looks whether workers are dead and the engine has not noticed.

    A worker that is killed while it writes a result leaves half of it in the pipe, and the engine's thread waits for
    the other half.
    """
    since: dict[int, float] = {}

    def look() -> None:
        processes = dict(engine._processes)
        dead = [pid for pid, process in processes.items() if not process.is_alive()]
        now = time.monotonic()
        if any(now - since.setdefault(pid, now) > UNNOTICED_SECONDS for pid in dead):
            _give_up(engine)
            since.clear()

    return look


def _give_up(engine: Any) -> None:
    """Kill the workers, and let the pipe of their results end: else who reads half a result would wait for ever.

    Our end of the pipe is put aside, not closed: the engine's thread wakes at once and closes what stands in its place.
    """
    for pid in list(engine._processes):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    writer = engine._result_queue._writer
    if not writer.closed:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), writer.fileno(), inheritable=False)


def _end_with(parent: int) -> None:
    """Have this worker end when its parent does, and only then: one that waits for work would not notice.

    Ctrl-C reaches all processes of a terminal; the parent decides what becomes of the work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _folder() -> Iterator[str]:
    """Make a folder for a while; loky's tracker removes it even if this process is killed."""
    with TemporaryDirectory(prefix="alma-") as folder:
        resource_tracker.register(folder, "folder")
        try:
            yield folder
        finally:
            resource_tracker.unregister(folder, "folder")


def _work_from(path: str, stack: Sequence[Job], recipe: Recipe, device: str, threads: int) -> list[Finished]:
    return work(_loaded(path), stack, recipe, device, threads)


@lru_cache(maxsize=1)
def _loaded(path: str) -> Materials:
    """Map the data into this process; all processes of the machine share the memory.

    Every page is read at once: loky would take what comes in later for a leak, and start the process anew.
    """
    loaded: Materials = joblib.load(path, mmap_mode="c")
    loaded.x.max(initial=0)
    return loaded
