"""What was decided on a run, kept with it: in its folder, or beside the user's runs where it came with the program.

<run>/decision.json               of the user's own runs: it goes where the run goes
<home>/decisions/<id>.json        of shipped runs, which stay as they are
<home>/decisions/<id>.lock        held by whoever changes either
"""

import datetime
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from alma_core import about, files, library
from alma_core.about import DECISION
from alma_core.adoption import Actual, Adoption
from alma_core.decide import sheets
from alma_core.decide.expected import Expected, Promise
from alma_core.errors import QuestionError, RunError, SpecError
from alma_core.home import home
from alma_core.language import _

SCHEMA_VERSION: Final = 1
WAIT_SECONDS: Final = 10.0
LARGEST_BYTES: Final = 32 * 1024**2
_TEXTS: Final = ("policy", "approver", "note", "prices", "unit", "baseline", "made_on")
_COUNTS: Final = ("factor", "horizon", "behind")


def place(folder: Path) -> Path:
    """Return where the record of the run in a folder is kept."""
    return _aside() / f"{folder.name}.json" if about.is_shipped(folder) else folder / DECISION


def read(folder: Path) -> list[Adoption]:
    """Return what was decided on the run in a folder, the oldest first; nothing where nothing was.

    Raises:
        RunError: the record does not read, or was written by a newer version.
    """
    path = place(folder)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _damaged(path, _("far too large"))
        return parsed(path.read_text("utf-8"), path)
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error


def parsed(text: str, path: Path) -> list[Adoption]:
    """Return what the text of a record says; raises as `read` does."""
    try:
        told = json.loads(text)
        schema = int(told["schema_version"])
        if schema > SCHEMA_VERSION:
            raise RunError(
                _(
                    "{path} was written by a newer version (schema {given}, this one reads up to {known}); update this "
                    "program."
                ).format(path=path, given=schema, known=SCHEMA_VERSION)
            )
        return [_adoption(one) for one in told["adoptions"]]
    except (SpecError, QuestionError) as error:
        raise _damaged(path, str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def written(adoptions: Sequence[Adoption]) -> str:
    """Return a record as the text of its file."""
    told = [{**asdict(one), "adopted_on": one.adopted_on.isoformat()} for one in adoptions]
    return library.as_json({"schema_version": SCHEMA_VERSION, "adoptions": told})


def adopt(folder: Path, adoption: Adoption) -> None:
    """Write down that a policy was adopted; the ones before it stay in the record.

    Raises:
        RunError: the record does not read, or cannot be written.
    """
    _change(folder, lambda known: [*known, adoption])


def enter(folder: Path, seen: Adoption, actuals: Sequence[Actual]) -> None:
    """Write down, as one entry, how periods since an adoption turned out.

    Args:
        folder: of the run.
        seen: the adoption they belong to.
        actuals: one or more; their `entry` is set here.

    Raises:
        SpecError: an error cannot be one of this run.
        RunError: that adoption is not in force any more, or the record cannot be read or written.
    """

    def entered(known: list[Adoption]) -> list[Adoption]:
        if not known or known[-1].made_on != seen.made_on or known[-1].policy != seen.policy:
            raise _changed_meanwhile()
        number = max((one.entry for one in known[-1].actuals), default=0) + 1
        new = tuple(replace(one, entry=number) for one in actuals)
        return [*known[:-1], replace(known[-1], actuals=known[-1].actuals + new)]

    _change(folder, entered)


def take_back(folder: Path, seen: Sequence[Adoption]) -> None:
    """Take the last entry out of the record; where nothing was entered since the last adoption, that adoption.

    Args:
        folder: of the run.
        seen: the record as whoever asks for it knows it.

    Raises:
        RunError: it has changed since, holds nothing, or cannot be read or written.
    """

    def shorter(known: list[Adoption]) -> list[Adoption]:
        if not known:
            raise RunError(_("The decision record holds nothing to take back; adopt a policy first."))
        if known != list(seen):
            raise _changed_meanwhile()
        last = known[-1]
        gone = last.last_entry
        kept = tuple(one for one in last.actuals if one not in gone)
        return [*known[:-1], replace(last, actuals=kept)] if gone else known[:-1]

    _change(folder, shorter)


def take_over(source: Path, folder: Path) -> None:
    """Give the run in a folder the record that lies in another one, unless it has its own; raises as `read` does."""
    brought = read(source)
    if brought:
        _change(folder, lambda known: known or brought)


def _change(folder: Path, change: Callable[[list[Adoption]], list[Adoption]]) -> None:
    """Read the record, change it and write it, with nobody else at it."""
    path = place(folder)
    with _alone(folder):
        before = read(folder)
        after = change(before)
        if after != before:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, written(after))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        _aside().mkdir(parents=True, exist_ok=True)
        with FileLock(_aside() / f"{folder.name}.lock", timeout=WAIT_SECONDS):
            yield
    except Timeout as error:
        raise RunError(_("The decision record is being written by somebody else; try again in a moment.")) from error
    except OSError as error:
        raise files.cannot_write(place(folder), error) from error


def _aside() -> Path:
    return home() / "decisions"


def _adoption(told: Any) -> Adoption:
    for name in _TEXTS:
        _is(told[name], str, name)
    for name in _COUNTS:
        _is(told[name], int, name)
    sheets.read(told["prices"], DECISION)  # raises where it is no price sheet
    promise = told["promise"]
    places = tuple(map(_expected, promise["places"]))
    if not places or not 0 <= told["behind"] <= len(places) or told["factor"] < 1 or told["horizon"] < 1:
        raise ValueError("places, behind, factor, horizon")
    return Adoption(
        **{name: told[name] for name in (*_TEXTS, *_COUNTS)},
        adopted_on=datetime.date.fromisoformat(told["adopted_on"]),
        promise=Promise(places, _expected(promise["onward"]), _is(promise["is_share"], bool, "is_share")),
        actuals=tuple(map(_actual, told["actuals"])),
    )


def _expected(told: Any) -> Expected:
    values = {name: float(told[name]) for name in Expected.__dataclass_fields__}
    if not all(0 <= value <= 1e30 for value in values.values()) or not values["judged"]:  # not a number is refused too
        raise ValueError(f"expected: {values}")
    return Expected(**values)


def _actual(told: Any) -> Actual:
    _is(told["note"], str, "note")
    return Actual(told["period"], float(told["error"]), told["cases"], told["note"], _is(told["entry"], int, "entry"))


def _is(value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(name)
    return value


def _changed_meanwhile() -> RunError:
    return RunError(
        _("Somebody has changed the decision record meanwhile, so nothing was done; look at it as it is now.")
    )


def _damaged(path: Path, problem: str) -> RunError:
    return RunError(
        _(
            "{path} does not read as a decision record ({problem}); it is left as it is: move it elsewhere to begin a "
            "new one, or copy it again."
        ).format(path=path, problem=problem)
    )
