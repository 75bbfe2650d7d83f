"""Stacks on a Dask cluster. Placement, retries and the loss of a worker are Dask's."""

import time
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Any, Final

from distributed import KilledWorker, WorkerPlugin, get_worker

from alma_core.errors import RunError
from alma_core.language import _
from alma_core.simulate.materials import Materials
from alma_core.simulate.results import Finished
from alma_core.simulate.scheduler import connected
from alma_core.simulate.work import work

ALONE_SECONDS: Final = 60
"""A cluster that has had no worker for so long will not get one."""


class Held(WorkerPlugin):
    """The data of a run at each worker, also at one that joins later or takes the place of one that was lost."""

    def __init__(self, given: Materials) -> None:
        self.name = f"alma-{uuid.uuid4().hex}"
        self.given = given


class Cluster:
    """A cluster that holds the data of a run.

    Raises:
        RunError: its workers cannot take the work, are lost for good, or are all gone.
    """

    def __init__(self, client: Any, given: Materials, address: str) -> None:
        self.client, self.held, self.address = client, Held(given), address
        self.seen = time.monotonic()
        try:
            client.register_plugin(self.held)
        except Exception as error:  # whatever a worker says that cannot read what it is sent
            raise RunError(
                _(
                    "The workers of {address} cannot take the work ({problem}); install the same version of "
                    "alma-dashboard there as here."
                ).format(address=address, problem=str(error).split("\n")[0] or type(error).__name__)
            ) from error
        self.engine = client.get_executor(pure=False)

    def submit(self, *stack_and_rest: Any) -> "Future[list[Finished]]":
        """Hand in a stack."""
        future: Future[list[Finished]] = self.engine.submit(_work_at, self.held.name, *stack_and_rest)
        return future

    def result(self, future: "Future[list[Finished]]") -> list[Finished]:
        """Return what a stack leaves."""
        try:
            return future.result()
        except (KilledWorker, CancelledError) as error:
            raise RunError(
                _(
                    "The cluster at {address} lost the same work again and again, or its scheduler ({problem}); see to "
                    "its workers' memory and run the same command again: what is finished stays."
                ).format(address=self.address, problem=type(error).__name__)
            ) from error

    def slots(self) -> int:
        """Return how many stacks are worked on or wait there: one more than threads, so that no worker waits for us."""
        threads = int(sum(self.client.nthreads().values()))
        if threads:
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > ALONE_SECONDS:
            raise RunError(
                _("No worker is left at {address}; start some and run the same command again: what is finished stays.")
                .format(address=self.address)
            )  # fmt: skip
        return threads + 1


@contextmanager
def opened(given: Materials, address: str) -> Iterator[Cluster]:
    """Bring the data to the workers of the cluster at `address`, and take it away at the end.

    Raises:
        RunError: no scheduler answers, it has no worker, or its workers cannot take the work.
    """
    with connected(address) as client:
        cluster = Cluster(client, given, address)
        try:
            yield cluster
        finally:
            client.unregister_worker_plugin(cluster.held.name)


def _work_at(name: str, *stack_and_rest: Any) -> list[Finished]:
    held: Any = get_worker().plugins[name]
    return work(held.given, *stack_and_rest)
