"""The SQLite file beneath the store: opened and checked, read in portions, written in transactions."""

import sqlite3
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alma_core.errors import StoreError
from alma_core.language import _

SCHEMA_VERSION: Final = 3
BUSY_SECONDS: Final = 60.0
TABLES: Final = """
CREATE TABLE outcomes (key TEXT PRIMARY KEY, examples INT, epochs INT, validation_rows INT, seconds REAL,
                       choosing_flops REAL, inference_seconds REAL, parameters INT) WITHOUT ROWID;
CREATE TABLE judgements (key TEXT, since TEXT, until TEXT, classes INT, counts BLOB, wrong REAL, loss REAL, levels BLOB,
                         PRIMARY KEY (key, since, until)) WITHOUT ROWID;
CREATE TABLE states (key TEXT PRIMARY KEY, digest TEXT, bytes INT, newest INT) WITHOUT ROWID;
CREATE TABLE claims (key TEXT PRIMARY KEY, holder TEXT) WITHOUT ROWID;
CREATE TABLE needs (key TEXT, holder TEXT, PRIMARY KEY (key, holder)) WITHOUT ROWID;
"""
SHIFTS: Final = "CREATE TABLE IF NOT EXISTS shifts (key TEXT PRIMARY KEY, p REAL) WITHOUT ROWID"
"""Apart from the others: a store from before there was it keeps all that it holds."""


class Database:
    """The database of the store in `folder`, made there if need be.

    Raises (here and below):
        StoreError: it cannot be read or written, is damaged, or was written by a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with self.explained():
            (folder / "states").mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(folder / "results.sqlite", timeout=BUSY_SECONDS, isolation_level=None)
        try:
            self._open()
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Close it."""
        self.connection.close()

    def _open(self) -> None:
        with self.explained():
            self._check()
        with self.writing():
            (version,) = self.connection.execute("PRAGMA user_version").fetchone()
            if version < SCHEMA_VERSION:  # a new one, or one whose judgements lack what is asked now: made again
                for table in ("outcomes", "judgements", "states", "claims", "needs"):
                    self.connection.execute(f"DROP TABLE IF EXISTS {table}")
                for statement in TABLES.split(";"):
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.connection.execute(SHIFTS)
        if version > SCHEMA_VERSION:
            raise StoreError(
                _("{path} was written by a newer version ({given}); update this program.").format(
                    path=self.folder, given=version
                )
            )

    def _check(self) -> None:
        (found,) = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")

    def about(self, table: str, columns: str, keys: Collection[str]) -> list[tuple[Any, ...]]:
        """Return the rows of `table` about `keys`, asked in portions that SQLite takes."""
        asked, rows = list(keys), []
        with self.explained():
            for first in range(0, len(asked), 500):
                some = asked[first : first + 500]
                marks = ",".join("?" * len(some))
                rows += self.connection.execute(
                    f"SELECT {columns} FROM {table} WHERE key IN ({marks})", some
                ).fetchall()
        return rows

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it or nothing."""
        with self.explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into one sentence."""
        try:
            yield
        except (sqlite3.Error, OSError, zlib.error) as error:
            raise StoreError(_reason(error).format(path=self.folder, problem=error)) from error


def _reason(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to its primary codes
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _(
            "The store in {path} has been held by another program for a minute ({problem}); end that program, or wait, "
            "and run the same command again."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or type(error) in (sqlite3.DatabaseError, zlib.error):
        return _(
            "The store in {path} is damaged ({problem}); remove that folder and run the same command again: finished "
            "runs are not touched."
        )
    return _(
        "The store in {path} cannot be read or written ({problem}); make room there or set ALMA_HOME to another "
        "folder, then run the same command again: what is finished stays."
    )
