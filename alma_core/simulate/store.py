"""Finished work by key, shared by all runs of a user: written whole or not at all.

Results lie in one SQLite file, weights in a safetensors file each. A stack is one transaction, after its weights
have been renamed into place. The first commit of a key wins.
"""

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from alma_core.errors import StoreError
from alma_core.language import _
from alma_core.learners.states import State, from_bytes, to_bytes
from alma_core.simulate.claims import Holder
from alma_core.simulate.results import Finished, Judged, Judgement, Outcome, Range, Results

SCHEMA_VERSION: Final = 1
BUSY_SECONDS: Final = 60.0
TABLES: Final = """
CREATE TABLE outcomes (key TEXT PRIMARY KEY, examples INT, epochs INT, validation_rows INT, seconds REAL) WITHOUT ROWID;
CREATE TABLE judgements (key TEXT, since TEXT, until TEXT, classes INT, counts BLOB, loss REAL,
                         PRIMARY KEY (key, since, until)) WITHOUT ROWID;
CREATE TABLE states (key TEXT PRIMARY KEY, digest TEXT, bytes INT, newest INT) WITHOUT ROWID;
CREATE TABLE claims (key TEXT PRIMARY KEY, holder TEXT) WITHOUT ROWID;
CREATE TABLE needs (key TEXT, holder TEXT, PRIMARY KEY (key, holder)) WITHOUT ROWID;
"""


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
        with self._explained():
            (folder / "states").mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / "results.sqlite", timeout=BUSY_SECONDS, isolation_level=None)
            self._open()
        with self._writing():  # nobody sweeps the holders meanwhile
            self._holder = Holder(folder / "holders")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: object) -> None:
        with self._explained():
            for table in ("claims", "needs"):
                self._db.execute(f"DELETE FROM {table} WHERE holder = ?", (self._holder.name,))
            self._db.close()
            self._holder.release()

    def results(self, keys: Collection[str]) -> Results:
        """Return all that is known of the updates `keys`."""
        found = Results()
        for key, *costs in self._about("outcomes", "key, examples, epochs, validation_rows, seconds", keys):
            found.outcomes[key] = Outcome(*costs)
        for key, since, until, classes, counts, loss in self._about("judgements", "*", keys):
            table = np.frombuffer(zlib.decompress(counts), np.int32).reshape(classes, classes).astype(np.int64)
            found.add([Judged(key, Range(since, until), Judgement(table, loss))])
        return found

    def states(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` whose weights are here."""
        return {key for (key,) in self._about("states", "key", keys)}

    def state(self, key: str) -> State:
        """Return the weights that the update `key` left; damaged ones are removed, so that they are made again."""
        with self._explained():
            row = self._db.execute("SELECT digest FROM states WHERE key = ?", (key,)).fetchone()
        path = self._path(key)
        try:
            raw = path.read_bytes()
            if row is None or hashlib.sha256(raw).hexdigest() != row[0]:
                raise ValueError
            return from_bytes(raw)
        except (OSError, ValueError) as error:
            self._forget([key])
            raise StoreError(
                _(
                    "The weights in {path} are gone or damaged and have been struck out; run the same command again, "
                    "they are trained anew."
                ).format(path=path)
            ) from error

    def claim(self, keys: Collection[str]) -> bool:
        """Claim all of `keys` for this process, or none of them where another live one holds any."""
        with self._writing():
            found = self._about("claims", "key, holder", keys)
            holders = {holder for _key, holder in found} - {self._holder.name}
            alive = {holder for holder in holders if self._holder.lives(holder)}
            for dead in holders - alive:
                for table in ("claims", "needs"):
                    self._db.execute(f"DELETE FROM {table} WHERE holder = ?", (dead,))
            if not alive:
                mine = [(key, self._holder.name) for key in keys]
                self._db.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?)", mine)
        return not alive

    def release(self, keys: Iterable[str]) -> None:
        """Give claims back."""
        with self._writing():
            self._db.executemany(
                "DELETE FROM claims WHERE key = ? AND holder = ?", [(key, self._holder.name) for key in keys]
            )

    def need(self, keys: Iterable[str]) -> None:
        """Ask that the weights of `keys` stay until this process drops them or ends."""
        with self._writing():
            self._db.executemany(
                "INSERT OR IGNORE INTO needs VALUES (?, ?)", [(key, self._holder.name) for key in keys]
            )

    def commit(self, stack: Sequence[Finished], newest: Collection[str]) -> None:
        """Write what a stack leaves, all of it or nothing, and give its claims back.

        Args:
            newest: keys of updates that are the last of a chain: their weights stay until the store is pruned.
        """
        kept = [(one, self._written(one.key, one.state)) for one in stack if one.state is not None]
        with self._writing():
            run = self._db.executemany
            outcomes = [(one.key, one.outcome) for one in stack if one.outcome is not None]
            run(
                "INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?, ?)",
                [(key, o.examples, o.epochs, o.validation_rows, o.seconds) for key, o in outcomes],
            )
            judged = [row for one in stack for row in map(_judgement_row, one.judged)]
            run("INSERT OR IGNORE INTO judgements VALUES (?, ?, ?, ?, ?, ?)", judged)
            states = [(one.key, digest, size, one.key in newest) for one, (digest, size) in kept]
            # The file that was renamed last is the one that stands there, so its digest is the one that counts.
            run("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?)", states)
            run("DELETE FROM claims WHERE key = ? AND holder = ?", [(one.key, self._holder.name) for one in stack])

    def keep(self, keys: Iterable[str]) -> None:
        """Note that the weights of `keys` are the newest of a chain."""
        with self._writing():
            self._db.executemany("UPDATE states SET newest = 1 WHERE key = ?", [(key,) for key in keys])

    def drop(self, keys: Collection[str]) -> None:
        """Remove weights, apart from the newest of a chain and from those another live process needs."""
        with self._writing():
            self._db.executemany(
                "DELETE FROM needs WHERE key = ? AND holder = ?", [(k, self._holder.name) for k in keys]
            )
            wanted = {key for key, holder in self._about("needs", "*", keys) if self._holder.lives(holder)}
            newest = {key for key, flag in self._about("states", "key, newest", keys) if flag}
        self._forget([key for key in keys if key not in wanted | newest])

    def size(self) -> Size:
        """Return how much there is."""
        with self._explained():
            ask = self._db.execute
            outcomes, judgements = (
                ask(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("outcomes", "judgements")
            )
            states, taken = ask("SELECT count(*), coalesce(sum(bytes), 0) FROM states").fetchone()
            results = sum(path.stat().st_size for path in self.folder.glob("results.sqlite*"))
        return Size(outcomes, judgements, states, results, taken)

    def prune(self) -> Size:
        """Remove all weights that no live process needs, and what killed ones left; return what is left."""
        with self._writing():
            others = self._holder.sweep()
            for table in ("needs", "claims"):
                held = self._db.execute(f"SELECT DISTINCT holder FROM {table}").fetchall()
                gone = [row for row in held if row[0] not in others]
                self._db.executemany(f"DELETE FROM {table} WHERE holder = ?", gone)
            needed = {key for (key,) in self._db.execute("SELECT key FROM needs")}
            known = {key for (key,) in self._db.execute("SELECT key FROM states")}
        self._forget(known - needed)
        with self._explained():
            if not others:  # else a file without a row may be one that is about to get it
                for path in (self.folder / "states").glob("*/*"):
                    path.unlink()
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.size()

    def _open(self) -> None:
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._writing():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if version > SCHEMA_VERSION:
            raise StoreError(
                _("{path} was written by a newer version ({given}); update this program.").format(
                    path=self.folder, given=version
                )
            )

    def _about(self, table: str, columns: str, keys: Collection[str]) -> list[tuple[Any, ...]]:
        """Return the rows of `table` about `keys`, asked in portions that SQLite takes."""
        asked, rows = list(keys), []
        with self._explained():
            for first in range(0, len(asked), 500):
                some = asked[first : first + 500]
                marks = ",".join("?" * len(some))
                rows += self._db.execute(f"SELECT {columns} FROM {table} WHERE key IN ({marks})", some).fetchall()
        return rows

    def _path(self, key: str) -> Path:
        return self.folder / "states" / key[:2] / f"{key}.safetensors"

    def _written(self, key: str, state: State) -> tuple[str, int]:
        """Write weights beside their place and rename them into it; return their digest and size."""
        path = self._path(key)
        raw = to_bytes(state)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with self._explained():
            path.parent.mkdir(exist_ok=True)
            try:
                temporary.write_bytes(raw)
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
        return hashlib.sha256(raw).hexdigest(), len(raw)

    def _forget(self, keys: Iterable[str]) -> None:
        gone = list(keys)
        with self._writing():
            self._db.executemany("DELETE FROM states WHERE key = ?", [(key,) for key in gone])
        with self._explained():
            for key in gone:
                self._path(key).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into one sentence."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(_reason(error).format(path=self.folder, problem=error)) from error


def _reason(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _(
            "The store in {path} has been held by another program for a minute ({problem}); end that program, or wait, "
            "and run the same command again."
        )
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return _(
            "The store in {path} is damaged ({problem}); remove that folder and run the same command again: finished "
            "runs are not touched."
        )
    return _(
        "The store in {path} cannot be read or written ({problem}); make room there or set ALMA_HOME to another "
        "folder, then run the same command again: what is finished stays."
    )


def _judgement_row(judged: Judged) -> tuple[Any, ...]:
    counts = judged.judgement.counts
    packed = zlib.compress(counts.astype(np.int32).tobytes(), 1)
    return judged.key, judged.on.since, judged.on.until, len(counts), packed, judged.judgement.loss
