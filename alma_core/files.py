"""Files that are there whole or not at all: written under a temporary name, then renamed; and those that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alma_core.errors import RunError
from alma_core.language import _


@contextmanager
def put(path: Path) -> Iterator[Path]:
    """Give a temporary file to write, and rename it to `path` where that went well.

    Raises:
        OSError: it cannot be written; nothing of it is left then.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)  # what is half written would hold the room that is wanting
        raise


def write(path: Path, text: str) -> None:
    """Write a text, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with put(path) as temporary:
        temporary.write_text(text, "utf-8")


def cannot_write(path: Path, error: OSError) -> RunError:
    """Return the sentence for a run's folder that cannot be written."""
    return RunError(
        _("{path} cannot be written ({problem}); choose another folder or make room.").format(
            path=path, problem=error.strerror or error
        )
    )
