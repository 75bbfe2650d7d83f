"""The p that rules which retrain on shift look at: the data alone decide them, so a test is made once for all runs."""

from collections.abc import Callable
from typing import Final

from alma_core.learners.devices import cores
from alma_core.simulate.store import Store
from alma_core.streams.arrivals import shift_ps
from alma_core.streams.digests import Digests, digest

ARITHMETIC: Final = 1
"""Raised when the test of `streams.arrivals` changes, so that no older p is taken for a newer one."""


def remembered(store: Store) -> Callable[[Digests], list[float]]:
    """Return what gives [rows] p of each arrival of a stream: those the store knows, the others tested now and kept."""

    def of_stream(names: Digests) -> list[float]:
        keys = [_key(names, t) for t in range(1, names.stream.rows + 1)]
        known = store.shifts(keys)
        missing = [t for t, key in enumerate(keys, 1) if key not in known]
        if missing:  # half a second each on images: a core for each
            found = shift_ps(names.stream, missing, cores())
            store.keep_shifts({keys[t - 1]: p for t, p in zip(missing, found, strict=True)})
            known = store.shifts(keys)
        return [known[key] for key in keys]

    return of_stream


def _key(names: Digests, t: int) -> str:
    """Name all that decides the p of arrival t: what arrives then and before it, and where it stands in the source."""
    stream = names.stream
    edges = [stream.judged_at(s - 1) for s in (t - 1, t) if s >= 1]
    rows = [stream.arriving[first:last] for first, last in edges]
    ends = [(int(some[0]), int(some[-1])) for some in rows if len(some)]
    return digest("shift", ARITHMETIC, *(names.arriving.examples(*edge) for edge in edges), *ends)
