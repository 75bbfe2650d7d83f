"""Run folders: the shipped ones (read-only) and the user's own.

A run is a folder with `spec.json`, `manifest.json`, `ledger.parquet`, `confusion.parquet`, the tables that apply to it
and, while it runs, `progress.json` and `partial.parquet` (DESIGN, section 6). Every file is written under a temporary
name and renamed; the manifest comes last and holds the checksum of every other file.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from alma_core import ledger, specs
from alma_core.errors import AlmaError, RunError
from alma_core.home import home
from alma_core.language import _
from alma_core.ledger import Column

MANIFEST: Final = "manifest.json"
_HALF = re.compile("[\ud800-\udfff]")
"""Half a sign: JSON may hold one, and nothing can write it."""
PROGRESS: Final = "progress.json"
LOG: Final = "run.log"
"""What a run says that is a process of its own."""
REQUIRED: Final = ("spec.json", "ledger.parquet", "confusion.parquet")
OPTIONAL: Final = ("judged.parquet", "operating.parquet", "shift.parquet")
"""What a finished run holds beside its manifest, each under its checksum; tables that do not apply are left out."""


def dashboard() -> Path:
    """Return the folder that holds `app.py` and `cached_runs`: the checkout, or where the wheel puts them."""
    packaged = Path(__file__).parent / "dashboard"
    return packaged if packaged.is_dir() else Path(__file__).parents[1]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run as it lies on disk.

    Args:
        path: its folder.
        manifest: what is known of it.
        spec: what was asked.
    """

    path: Path
    manifest: Mapping[str, Any]
    spec: specs.RunSpec

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def unit(self) -> str:
        """The arrival unit of its stream."""
        return self.spec.stream.arrival_unit

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """One row for each policy, seed and arrival."""
        return self._table("ledger.parquet", ledger.LEDGER)

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Rows judged by true and predicted class."""
        return self._table("confusion.parquet", ledger.CONFUSION)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """How models do at rows beyond those they serve at; no rows unless judged on the next mega-batch."""
        return self._table("judged.parquet", ledger.JUDGED)

    @cached_property
    def operating(self) -> pd.DataFrame:
        """Errors of both kinds at each operating level; no rows above two classes."""
        return self._table("operating.parquet", ledger.OPERATING)

    @cached_property
    def shift(self) -> pd.DataFrame:
        """How mega-batches differ from those before them; no rows where the data are no table."""
        return self._table("shift.parquet", ledger.SHIFT)

    def _table(self, name: str, columns: dict[str, Column]) -> pd.DataFrame:
        if name not in self.manifest["sha256"]:
            return ledger.shaped(pd.DataFrame(columns=list(columns)), columns)
        try:
            return ledger.shaped(pd.read_parquet(self.path / name), columns)
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(self.path, name) from error


def shipped_folder() -> Path:
    """Return where the runs lie that came with the program."""
    return dashboard() / "cached_runs"


def _folders() -> tuple[Path, Path]:
    return shipped_folder(), home() / "runs"


def listed() -> list[tuple[Path, int]]:
    """Return the run folders, shipped ones first, then the user's, each with when its manifest changed (ns)."""
    manifests = [path for folder in _folders() for path in sorted(folder.glob(f"*/{MANIFEST}"))]
    return [(path.parent, path.stat().st_mtime_ns) for path in manifests]


def shipped() -> list[Path]:
    """Return the folders of the shipped runs, by name."""
    return sorted(path.parent for path in shipped_folder().glob(f"*/{MANIFEST}"))


def own() -> list[Path]:
    """Return the folders of the user's runs, finished or not, by name."""
    found = (home() / "runs").glob("[!.]*/spec.json")
    return sorted(path.parent for path in found)


def made(spec: specs.RunSpec, digest: str, is_seen: Callable[[Path], bool] = Path.exists) -> Path | None:
    """Return the folder of the finished run of this spec on this data, shipped or the user's; None: there is none.

    The same policies in another order are the same run.

    Args:
        digest: SHA-256 of the data.
        is_seen: of a folder, whether it counts: runs of others may be hidden.
    """
    return next((path for path, _changed in listed() if is_seen(path) and _is_of(path, spec, digest)), None)


def _is_of(path: Path, spec: specs.RunSpec, digest: str) -> bool:
    try:
        of = json.loads((path / MANIFEST).read_text("utf-8"))["data"]["sha256"]
        return bool(of == digest) and _in_one_order(spec_in(path)) == _in_one_order(spec)
    except (AlmaError, OSError, ValueError, KeyError, TypeError):  # `unreadable` says so
        return False


def _in_one_order(spec: specs.RunSpec) -> specs.RunSpec:
    return replace(spec, policies=tuple(sorted(spec.policies, key=specs.fingerprint)))


def _opened() -> Iterator[Run | AlmaError]:
    for path, _changed in listed():
        try:
            yield open_run(path)
        except AlmaError as error:
            yield error


def runs() -> list[Run]:
    """Return every finished run that can be read: shipped ones first, then the user's, by name."""
    return [run for run in _opened() if isinstance(run, Run)]


def unreadable() -> list[str]:
    """Return, for each run folder that cannot be read, the sentence that says why."""
    return [str(error) for error in _opened() if isinstance(error, AlmaError)]


def find(name: str) -> Run:
    """Return the finished run of that id, or in that folder.

    Raises:
        RunError: there is none, or it cannot be read.
    """
    return open_run(folder_of(name))


def folder_of(name: str) -> Path:
    """Return the folder of the run of that id, finished or not, or that folder itself.

    Raises:
        RunError: there is none.
    """
    for folder in _folders():
        if any(path.name == name for path in folder.glob("[!.]*")):  # an id is looked up, never used as a path
            return folder / name
    if Path(name).is_dir():
        return Path(name)
    known = dict.fromkeys(path.name for path in (*(path for path, _changed in listed()), *own()))
    raise RunError(
        _("There is no run {name}; the runs here are {known}. Choose one of them or give a run's folder.").format(
            name=name, known=", ".join(known) or _("(none)")
        )
    )


def open_run(path: Path) -> Run:
    """Open a finished run and check every file against its checksum.

    Raises:
        RunError: not a finished run, of a newer version, or damaged.
    """
    try:
        path = path.resolve()
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
        state, schema, sums = manifest["state"], int(manifest["schema_version"]), dict(manifest["sha256"])
    except FileNotFoundError as error:
        raise RunError(
            _("{path} holds no finished run (no manifest.json); give the folder of a run that has finished.").format(
                path=path
            )
        ) from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError, RuntimeError) as error:
        raise _unreadable_manifest(path) from error
    if schema > ledger.SCHEMA_VERSION:
        raise RunError(
            _(
                "{path} was written by a newer version (schema {given}, this one reads up to {known}); update this "
                "program."
            ).format(path=path, given=schema, known=ledger.SCHEMA_VERSION)
        )
    if state != "finished":
        raise RunError(_("{path} holds a run that has not finished; make it again.").format(path=path))
    data = manifest.get("data")
    known = [manifest.get(name) for name in ("command", "device", "started", "finished", "source_revision")]
    known += [data.get("name"), data.get("sha256")] if isinstance(data, dict) else [None]
    are_texts = all(isinstance(text, str) and not _HALF.search(text) for text in known)
    if not are_texts or not isinstance(manifest.get("libraries", {}), dict):
        raise _unreadable_manifest(path)
    for name in (*REQUIRED, *(name for name in OPTIONAL if name in sums)):
        if sha256(path / name) != sums.get(name):
            raise _damaged(path, name)
    try:
        spec = json.loads((path / "spec.json").read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "spec.json") from error
    return Run(path, manifest, specs.from_json(spec))


def _unreadable_manifest(path: Path) -> RunError:
    return RunError(
        _("manifest.json in {path} does not read as a run's manifest; copy or make the run again.").format(path=path)
    )


def _damaged(path: Path, name: str) -> RunError:
    return RunError(
        _("{name} in {path} is damaged (its checksum is not the one recorded); copy or make the run again.").format(
            name=name, path=path
        )
    )


def spec_in(folder: Path) -> specs.RunSpec:
    """Return what is asked of the run in a folder, finished or not.

    Raises:
        RunError: there is none, or it does not read.
        SpecError: it is no spec.
    """
    try:
        return specs.from_json(json.loads((folder / "spec.json").read_text("utf-8")))
    except FileNotFoundError as error:
        raise RunError(
            _("{path} holds no run (no spec.json), the folder of a run that was begun was expected; name one.").format(
                path=folder
            )
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            _("spec.json in {path} does not read ({problem}); launch the run anew.").format(path=folder, problem=error)
        ) from error


def run_id(spec: specs.RunSpec, digest: str, owner: str = "") -> str:
    """Return the name a run gets if nobody gives it one: the data's name, and a fingerprint of spec and data.

    Args:
        digest: SHA-256 of the data: files added under an old name make another run.
        owner: whose run it is where others may not see it, so that each has their own; empty: there is one for all.
    """
    data = "".join(c if c.isalnum() else "-" for c in Path(spec.stream.source).stem)
    return f"{data[:40]}-{specs.fingerprint((spec, digest, owner) if owner else (spec, digest))[:8]}"


def place_of(spec: specs.RunSpec, digest: str, owner: str = "") -> Path:
    """Return the folder of the user's library that such a run has, or will have; see `run_id`."""
    return home() / "runs" / run_id(spec, digest, owner)


def as_json(data: Any) -> str:
    """Return data as the files of a run hold it."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def sha256(path: Path) -> str:
    """Return the checksum of a file, empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
