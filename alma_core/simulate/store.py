"""Finished work by key, shared by all runs of a user: written whole or not at all.

Results lie in one SQLite file, weights in a safetensors file each. A stack is one transaction, in which its weights
are renamed into place. The first commit of a key wins.
"""

import hashlib
import os
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alma_core.errors import StoreError
from alma_core.language import _
from alma_core.learners.states import State, from_bytes, to_bytes
from alma_core.simulate.claims import Holder
from alma_core.simulate.database import Database
from alma_core.simulate.results import Finished, Judged, Judgement, Outcome, Range, Results


@dataclass(frozen=True)
class Size:
    """How much the store holds."""

    outcomes: int
    judgements: int
    states: int
    result_bytes: int
    state_bytes: int


class Store:
    """The store in `folder`, made there if need be; a context manager.

    Raises (here and below):
        StoreError: it cannot be read or written, is damaged, or was written by a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._db = Database(folder)
        with self._db.writing():  # nobody else sweeps the holders meanwhile
            self._holder = Holder(folder / "holders")
            self._sweep()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self.let_go()
        finally:
            self._db.close()
            self._holder.release()

    def results(self, keys: Collection[str]) -> Results:
        """Return all that is known of the updates `keys`."""
        found = Results()
        for key, *costs in self._db.about("outcomes", "*", keys):
            found.outcomes[key] = Outcome(*costs)
        with self._db.explained():
            found.add(map(_judged, self._db.about("judgements", "*", keys)))
        return found

    def shifts(self, keys: Collection[str]) -> dict[str, float]:
        """Return p of those of the tests for shift `keys` that have been made; NaN where there was nothing to test."""
        found = self._db.about("shifts", "key, p", keys)
        return {key: float("nan") if p is None else p for key, p in found}

    def keep_shifts(self, found: Mapping[str, float]) -> None:
        """Keep p of tests for shift."""
        with self._db.writing():  # SQLite has no NaN: it writes NULL
            self._db.connection.executemany("INSERT OR IGNORE INTO shifts VALUES (?, ?)", list(found.items()))

    def states(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` whose weights are here."""
        return {key for (key,) in self._db.about("states", "key", keys)}

    def state(self, key: str) -> State:
        """Return the weights that the update `key` left; damaged ones are removed, so that they are made again."""
        with self._db.explained():
            row = self._db.connection.execute("SELECT digest FROM states WHERE key = ?", (key,)).fetchone()
        path = self._path(key)
        try:
            raw = path.read_bytes()
            if row is None or hashlib.sha256(raw).hexdigest() != row[0]:
                raise ValueError
            return from_bytes(raw)
        except (OSError, ValueError) as error:
            with self._db.writing():
                self._forget([key])
            raise StoreError(
                _(
                    "The weights in {path} are gone or damaged and have been struck out; run the same command again, "
                    "they are trained anew."
                ).format(path=path)
            ) from error

    def claim(self, keys: Collection[str]) -> bool:
        """Claim all of `keys` for this process, or none of them where another live one holds any."""
        with self._db.writing():
            found = self._db.about("claims", "key, holder", keys)
            holders = {holder for _key, holder in found} - {self._holder.name}
            alive = {holder for holder in holders if self._holder.lives(holder)}
            self._strike_out(holders - alive)
            if not alive:
                mine = [(key, self._holder.name) for key in keys]
                self._db.connection.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", mine)
        return not alive

    def release(self, keys: Iterable[str]) -> None:
        """Give claims back."""
        with self._db.writing():
            self._db.connection.executemany(
                "DELETE FROM claims WHERE key = ? AND holder = ?", [(key, self._holder.name) for key in keys]
            )

    def need(self, keys: Iterable[str]) -> None:
        """Ask that the weights of `keys` stay until this process drops them or ends."""
        with self._db.writing():
            self._db.connection.executemany(
                "INSERT OR IGNORE INTO needs VALUES (?, ?)", [(key, self._holder.name) for key in keys]
            )

    def commit(self, stack: Sequence[Finished], newest: Collection[str]) -> None:
        """Write what a stack leaves, all of it or nothing, and give its claims back.

        Args:
            newest: keys of updates that are the last of a chain: their weights stay until the store is pruned.
        """
        states = [(one.key, to_bytes(one.state)) for one in stack if one.state is not None]
        waiting = [(self._beside(key, raw), self._path(key)) for key, raw in states]
        with self._db.writing():  # a file without a row is one that a killed process left
            run = self._db.connection.executemany
            outcomes = [(one.key, one.outcome) for one in stack if one.outcome is not None]
            run(
                "INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(key, *astuple(outcome)) for key, outcome in outcomes],
            )
            judged = [row for one in stack for row in map(_judgement_row, one.judged)]
            run("INSERT OR IGNORE INTO judgements VALUES (?, ?, ?, ?, ?, ?, ?, ?)", judged)
            rows = [(key, hashlib.sha256(raw).hexdigest(), len(raw), key in newest) for key, raw in states]
            run("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", rows)
            run("DELETE FROM claims WHERE key = ? AND holder = ?", [(one.key, self._holder.name) for one in stack])
            for temporary, path in waiting:
                temporary.replace(path)

    def keep(self, keys: Iterable[str]) -> None:
        """Note that the weights of `keys` are the newest of a chain."""
        with self._db.writing():
            self._db.connection.executemany("UPDATE states SET newest = 1 WHERE key = ?", [(key,) for key in keys])

    def drop(self, keys: Collection[str]) -> None:
        """Remove weights, apart from the newest of a chain and from those another live process needs."""
        with self._db.writing():
            mine = [(key, self._holder.name) for key in keys]
            self._db.connection.executemany("DELETE FROM needs WHERE key = ? AND holder = ?", mine)
            needed = self._db.about("needs", "key, holder", keys)
            alive = {holder for holder in {holder for _key, holder in needed} if self._holder.lives(holder)}
            stay = {key for key, holder in needed if holder in alive}
            stay |= {key for key, flag in self._db.about("states", "key, newest", keys) if flag}
            self._forget(set(keys) - stay)

    def size(self) -> Size:
        """Return how much there is."""
        with self._db.explained():
            ask = self._db.connection.execute
            outcomes, judgements = (
                ask(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("outcomes", "judgements")
            )
            states, taken = ask("SELECT count(*), coalesce(sum(bytes), 0) FROM states").fetchone()
            results = sum(path.stat().st_size for path in self.folder.glob("results.sqlite*"))
        return Size(outcomes, judgements, states, results, taken)

    def prune(self) -> Size:
        """Remove all weights that no live process needs, and what killed ones left; return what is left."""
        with self._db.writing():
            others = self._sweep()
            needed = {key for (key,) in self._db.connection.execute("SELECT key FROM needs")}
            self._forget({key for (key,) in self._db.connection.execute("SELECT key FROM states")} - needed)
            for path in (self.folder / "states").glob("*/*"):
                # What begins with a dot is on its way to its place, if the process that wrote it lives.
                if path.stem not in needed and not (others and path.name.startswith(".")):
                    path.unlink(missing_ok=True)
        with self._db.explained():
            self._db.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.size()

    def let_go(self) -> None:
        """Give back all that this process claims and needs."""
        with self._db.writing():
            self._strike_out({self._holder.name})

    def _sweep(self) -> set[str]:
        """Strike out what dead processes claimed and needed; return the names of the others that live."""
        others = self._holder.sweep()
        known = self._db.connection.execute("SELECT holder FROM needs UNION SELECT holder FROM claims").fetchall()
        self._strike_out({holder for (holder,) in known} - others - {self._holder.name})
        return others

    def _strike_out(self, holders: Collection[str]) -> None:
        """Remove all claims and needs of `holders`; called within a transaction."""
        for table in ("claims", "needs"):
            self._db.connection.executemany(f"DELETE FROM {table} WHERE holder = ?", [(name,) for name in holders])

    def _path(self, key: str) -> Path:
        return self.folder / "states" / key[:2] / f"{key}.safetensors"

    def _beside(self, key: str, raw: bytes) -> Path:
        """Write weights beside their place; return where."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with self._db.explained():
            path.parent.mkdir(exist_ok=True)
            try:
                temporary.write_bytes(raw)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
        return temporary

    def _forget(self, keys: Iterable[str]) -> None:
        """Remove weights, row and file; called within a transaction."""
        for key in keys:
            self._db.connection.execute("DELETE FROM states WHERE key = ?", (key,))
            self._path(key).unlink(missing_ok=True)


def _judged(row: tuple[Any, ...]) -> Judged:
    key, since, until, classes, counts, wrong, loss, levels = row
    table = np.frombuffer(zlib.decompress(counts), np.int32).reshape(classes, classes).astype(np.int64)
    points = np.frombuffer(zlib.decompress(levels), np.float64).reshape(-1, 2)
    return Judged(key, Range(since, until), Judgement(table, wrong, loss, points))


def _judgement_row(judged: Judged) -> tuple[Any, ...]:
    on, found = judged.on, judged.judgement
    counts = zlib.compress(found.counts.astype(np.int32).tobytes(), 1)
    levels = zlib.compress(found.levels.astype(np.float64).tobytes(), 1)
    return judged.key, on.since, on.until, len(found.counts), counts, found.wrong, found.loss, levels
