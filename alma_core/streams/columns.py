"""One column of the data and the part it plays; and a sentence where one is missing."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from alma_core.asked import one_of
from alma_core.errors import DataError, SpecError
from alma_core.language import _, mark
from alma_core.streams.values import KINDS

ROLE_NAMES: Final = {
    "target": mark("target"),
    "label": mark("other label"),  # no model sees it; it can be combined with the target
    "feature": mark("feature"),
    "time": mark("time"),
    "label_date": mark("label date"),
    "key": mark("key"),
    "quantity": mark("quantity"),
    "personal": mark("personal"),
    "ignore": mark("ignore"),
}
"""The parts that a column can play, and what each is called on screen."""
KIND_NAMES: Final = {
    "number": mark("numeric"),
    "boolean": mark("yes or no"),
    "date": mark("date"),
    "category": mark("category"),
    "text": mark("free text"),
}
"""The same for values.KINDS."""
ROLES: Final = tuple(ROLE_NAMES)
SINGLE: Final = ("target", "time", "label_date", "key", "quantity")
"""Roles that one column at most can play."""
OF_KIND: Final = {"time": "date", "label_date": "date", "quantity": "number"}
NAMES_SHOWN: Final = 8


@dataclass(frozen=True)
class Column:
    """One column of the data.

    Args:
        name: as in the newest file.
        role: of ROLES.
        kind: of values.KINDS.
        formerly: names under which it came in other files.

    Raises:
        SpecError: an unknown role or kind, or a kind that the role cannot have.
    """

    name: str
    role: str
    kind: str
    formerly: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of(ROLES, self.role, mark("the role of a column"))
        one_of(KINDS, self.kind, mark("the kind of a column"))
        if self.kind != OF_KIND.get(self.role, self.kind):
            raise SpecError(
                _(
                    "The column {name} was given the role {role} but holds values of the kind {kind}, the kind "
                    "{expected} was expected; choose another column, or correct its kind."
                ).format(
                    name=self.name,
                    role=_(ROLE_NAMES[self.role]),
                    kind=_(KIND_NAMES[self.kind]),
                    expected=_(KIND_NAMES[OF_KIND[self.role]]),
                )
            )


def check_columns(there: Sequence[str], asked: Iterable[str]) -> None:
    """Refuse the first column of `asked` that is not among those that are there.

    Raises:
        DataError: the sentence names the nearest of those that are there first.
    """
    for name in asked:
        if name not in there:
            near = difflib.get_close_matches(name, there, NAMES_SHOWN, 0.5)
            others = [other for other in there if other not in near]
            raise DataError(
                _("The column {name} was asked for, but only these are there: {columns}; choose one of them.").format(
                    name=name, columns=shown([*near, *others])
                )
            )


def shown(names: Sequence[str]) -> str:
    """Return the first few names, for a sentence, and how many there are besides.

    >>> shown(["a", "b"]), shown([str(i) for i in range(12)])
    ('a, b', '0, 1, 2, 3, 4, 5, 6, 7 and 4 more')
    """
    listed = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return listed if more <= 0 else _("{names} and {count} more").format(names=listed, count=more)
