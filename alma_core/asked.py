"""What somebody asked for, held against what there is: a known name, a share, a count."""

from typing import TypeVar

from alma_core.errors import SpecError
from alma_core.language import _

T = TypeVar("T")


def one_of(known: tuple[T, ...], given: T, what: str) -> T:
    """Return `given` where it is one of `known`.

    Raises:
        SpecError: it is not; the sentence names what is known.
    """
    if given not in known:
        raise SpecError(
            _("{given} was given for {what}, but only these exist: {known}; choose one of them.").format(
                given=repr(given) if given == "" else given, what=_(what), known=", ".join(map(str, known))
            )
        )
    return given


def share(given: float, what: str) -> float:
    """Return `given` where it is a share, 0..1.

    Raises:
        SpecError: it is not.
    """
    if not isinstance(given, int | float) or not 0 <= given <= 1:
        raise SpecError(
            _("{given} was given for {what}, a share from 0 to 1 was expected; change it.").format(
                given=given, what=_(what)
            )
        )
    return float(given)


def counted(given: int, most: int, what: str) -> int:
    """Return `given` where it is a whole number from 1 to `most`.

    Raises:
        SpecError: it is not.
    """
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise SpecError(
            _("{given} was given for {what}, a whole number from 1 to {most} was expected; change it.").format(
                given=given, what=_(what), most=most
            )
        )
    return given
