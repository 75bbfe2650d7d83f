"""A Dask cluster from outside: whether it answers, which workers it has, what they compute on. No torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from alma_core.errors import RunError
from alma_core.language import _
from alma_core.learners import devices

try:
    from distributed import Client
except ImportError as error:
    raise RunError(
        _("A Dask scheduler was named, but Dask is not installed here; run `pip install alma-dashboard[cluster]`.")
    ) from error

ANSWER_SECONDS: Final = 20.0
"""A scheduler that has not answered by then, or has no worker, is not there."""


class Worker(NamedTuple):
    """One worker of a cluster.

    Args:
        name: as the cluster calls it.
        host: on which machine.
        threads: stacks it works on at once.
        memory_bytes: that it may use.
        device: "cpu" or "cuda".
    """

    name: str
    host: str
    threads: int
    memory_bytes: int
    device: str


def workers(address: str, seconds: float | None = None) -> list[Worker]:
    """Return the workers of the cluster at `address`, by name.

    Raises:
        RunError: no scheduler answers within so many seconds, or it has no worker.
    """
    with connected(address, seconds) as client:
        devices_of = client.run(devices.resolved, "auto")
        told = client.scheduler_info(n_workers=-1)["workers"]
    found = [
        Worker(str(one["name"]), str(one["host"]), int(one["nthreads"]), int(one["memory_limit"]), devices_of[where])
        for where, one in told.items()
        if where in devices_of
    ]
    return sorted(found)


def device_of(address: str, asked: str) -> str:
    """Return the device that all workers of a cluster have: "cpu" or "cuda".

    Raises:
        RunError: no scheduler answers, or its workers differ.
        SpecError: a device was asked for that they have not.
    """
    with connected(address) as client:
        found = set(client.run(devices.resolved, asked).values())
    if len(found) > 1:
        raise RunError(
            _("Some workers of {address} have a GPU and some have none; name one kind with --device.").format(
                address=address
            )
        )
    return str(found.pop())


@contextmanager
def connected(address: str, seconds: float | None = None) -> Iterator[Any]:
    """Connect to a scheduler that has at least one worker.

    Raises:
        RunError: none answers within so many seconds; None: ANSWER_SECONDS.
    """
    seconds = seconds or ANSWER_SECONDS
    try:
        client: Any = Client(address, timeout=seconds, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise _no_answer(address, error) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=seconds)
        except OSError as error:
            raise _no_answer(address, error) from error
        yield client


def _no_answer(address: str, error: Exception) -> RunError:
    return RunError(
        _(
            "No Dask scheduler with a worker answers at {address} ({problem}); start one with `dask scheduler` and "
            "workers with `dask worker {address}`, or leave --scheduler out."
        ).format(address=address, problem=str(error).split("\n")[0])
    )
