"""Writes run folders: one writer each, every file renamed into place, the manifest last."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from alma_core import files, ledger, presence, specs
from alma_core.about import ABOUT, DECISION
from alma_core.errors import RunError, SpecError
from alma_core.language import _
from alma_core.library import LOG, MANIFEST, OPTIONAL, PROGRESS, REQUIRED, as_json, sha256
from alma_core.provenance import library_versions, source_revision

PARTIAL: Final = "partial.parquet"
"""The ledger's rows that are known, while a run is under way."""

PARTIAL_SHARE: Final = 0.1
"""Share of a run's time that may go into the rows that are known."""
EVERY_SECONDS: Final = 1.0


@contextmanager
def writing(path: Path, spec: specs.RunSpec, command: str, lock: int | None = None) -> Iterator["Writer"]:
    """Hold the folder `path` for one run, new or interrupted; it is free again when the process ends, however it ends.

    Args:
        command: with which the run can be made again.
        lock: of the folder, where this process holds it already.

    Raises:
        RunError: the folder holds a finished run, an interrupted one of another spec or something else, is in use, or
            cannot be written.
    """
    _refuse_occupied(path, spec)
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = presence.take(path) if lock is None else lock
    except OSError as error:
        raise files.cannot_write(path, error) from error
    if held is None:
        raise RunError(
            _("{path} is being written by another run; wait for it or choose another folder.").format(path=path)
        )
    try:
        _refuse_occupied(path, spec)
        with presence.telling(held):
            presence.write(held, replace(presence.of(held), stage=presence.RUNNING, pid=os.getpid(), said=""))
            yield Writer(path, spec, command)
    finally:
        if lock is None:
            os.close(held)


def _refuse_occupied(path: Path, spec: specs.RunSpec) -> None:
    if (path / MANIFEST).exists():
        raise RunError(
            _("{path} holds a finished run already; choose another folder, or remove that one first.").format(path=path)
        )
    if path.exists() and (not path.is_dir() or any(not left_by_a_run(entry.name) for entry in path.iterdir())):
        raise RunError(
            _("{path} is not an empty folder, an empty or a new one was expected; choose another.").format(path=path)
        )
    begun = path / "spec.json"
    if begun.is_file() and _spec_in(begun) != spec:
        raise RunError(
            _(
                "{path} holds an interrupted run of something else; give the command that began it, or choose another "
                "folder."
            ).format(path=path)
        )


def _spec_in(path: Path) -> specs.RunSpec | None:
    try:
        return specs.from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, RecursionError, SpecError):
        return None


def left_by_a_run(name: str) -> bool:
    """Return whether a run leaves a file of that name in its folder: finished, under way or interrupted."""
    names = {"lock", "gate", "job.lock", ABOUT, DECISION, LOG, PROGRESS, PARTIAL, *REQUIRED, *OPTIONAL, MANIFEST}
    return name.removeprefix(".").removesuffix(".tmp") in names


class Writer:
    """Writes one run folder: the spec at once, progress as it goes, the tables and the manifest at the end."""

    def __init__(self, path: Path, spec: specs.RunSpec, command: str) -> None:
        self.path, self.command = path, command
        self._next, self._next_table = 0.0, 0.0  # when both may be written again, by the monotonic clock
        self.started = datetime.now(UTC)
        self.source = source_revision()  # of the code that runs, whatever is edited meanwhile
        self._write("spec.json", as_json(specs.to_json(spec)))

    def progress(self, facts: Mapping[str, float | None], partial: Callable[[], pd.DataFrame]) -> None:
        """Replace `progress.json` once a second, and the partial ledger as often as does not hold the run up.

        Args:
            facts: figures of how far the run is.
            partial: makes the ledger of the rows that are known; not asked before anything is trained.
        """
        started = time.monotonic()
        if started >= self._next:
            self._write(PROGRESS, as_json(dict(facts)))
            self._next = started + EVERY_SECONDS
        if started >= self._next_table and facts["updates_done"]:
            self._table(PARTIAL, partial())
            taken = time.monotonic() - started
            self._next_table = started + max(EVERY_SECONDS, taken / PARTIAL_SHARE)

    def _table(self, name: str, table: pd.DataFrame) -> None:
        with self._may_fail(), files.put(self.path / name) as temporary:
            table.to_parquet(temporary, compression="zstd", index=False)

    def finish(self, tables: Mapping[str, pd.DataFrame], **facts: Any) -> None:
        """Write the tables, then the manifest, which makes the run a finished one.

        Args:
            tables: by name; optional ones without rows are left out.
            facts: what else the manifest is to say: `data` (name and sha256), `device`, `updates`.
        """
        files = {f"{name}.parquet": table for name, table in tables.items()}
        written = {name: table for name, table in files.items() if name in REQUIRED or len(table)}
        for name, table in written.items():
            self._table(name, table)
        manifest = {
            "schema_version": ledger.SCHEMA_VERSION,
            "state": "finished",
            "command": self.command,
            **facts,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "source_revision": self.source,
            "libraries": library_versions(),
            "sha256": {name: sha256(self.path / name) for name in ("spec.json", *written)},
        }
        self._write(MANIFEST, as_json(manifest))
        for name in (PROGRESS, PARTIAL):
            (self.path / name).unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        with self._may_fail():
            files.write(self.path / name, text)

    @contextmanager
    def _may_fail(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise files.cannot_write(self.path, error) from error
