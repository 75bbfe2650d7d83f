"""Stacks on a Dask cluster. Placement, retries and the loss of a worker are Dask's."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final

from distributed import Client, WorkerPlugin, get_worker

from alma_core.errors import RunError
from alma_core.language import _
from alma_core.simulate.results import Finished
from alma_core.simulate.work import Materials, work

ANSWER_SECONDS: Final = 20
"""A scheduler that has not answered by then, or has no worker, is not there."""


class Held(WorkerPlugin):
    """The data of a run at each worker, also at one that joins later or takes the place of one that was lost."""

    def __init__(self, given: Materials) -> None:
        self.name = f"alma-{given.name}"
        self.given = given


@contextmanager
def opened(
    given: Materials, address: str
) -> Iterator[tuple[Callable[..., "Future[list[Finished]]"], Callable[[], int]]]:
    """Bring the data to the workers of a cluster; yield what submits a stack, and what counts the places for them.

    Raises:
        RunError: no scheduler answers, or it has no worker.
    """
    with _client(address) as client:
        held = Held(given)
        client.register_plugin(held)
        engine = client.get_executor(pure=False)
        # One stack more than there are threads, so that no worker waits for the coordinator.
        yield (
            lambda *stack_and_rest: engine.submit(_work_at, held.name, *stack_and_rest),
            lambda: sum(client.nthreads().values()) + 1,
        )
        client.unregister_worker_plugin(held.name)


def _work_at(name: str, *stack_and_rest: Any) -> list[Finished]:
    held: Any = get_worker().plugins[name]
    return work(held.given, *stack_and_rest)


def _client(address: str) -> Any:
    try:
        client: Any = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        client.wait_for_workers(1, timeout=ANSWER_SECONDS)
    except (OSError, ValueError) as error:
        raise RunError(
            _(
                "No Dask scheduler with a worker answers at {address} ({problem}); start one with `dask scheduler` and "
                "workers with `dask worker {address}`, or leave --scheduler out."
            ).format(address=address, problem=str(error).split("\n")[0])
        ) from error
    return client
