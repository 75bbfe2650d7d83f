"""How commands read their options."""

import argparse
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

from alma_core.errors import SpecError
from alma_core.language import _


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, and which never guesses an option from its beginning."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words given.

        Raises:
            SpecError: always.
        """
        raise SpecError(
            _("{message}; see `{program} --help` for what is expected.").format(message=message, program=self.prog)
        )


def list_of(kind: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    """Return what reads values of one kind between commas."""

    def read(given: str) -> tuple[Any, ...]:
        return tuple(kind(part) for part in given.split(","))

    read.__name__ = f"list of {kind.__name__}"
    return read


def as_command(options: argparse.Namespace, left_out: tuple[str, ...]) -> str:
    """Return `alma run` with the options in force, apart from those left out."""
    words = ["alma", "run"]
    for name, value in vars(options).items():
        if name in left_out or value is None or value is False:
            continue
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif isinstance(value, list):
            words += [f"{flag}={one}" for one in value]
        else:
            words += [flag, ",".join(map(_plain, value)) if isinstance(value, tuple) else str(value)]
    return shlex.join(words)


def _plain(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
