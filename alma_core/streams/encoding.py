"""Typed columns -> float32 arrays; each column fitted on the first mega-batch in which it is at least half filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _
from alma_core.seeds import per_mille
from alma_core.streams.columns import shown
from alma_core.streams.slots import layout, wanted

MOST_INPUTS: Final = 256


@dataclass(frozen=True)
class Slot:
    """One input of a model.

    Args:
        name: column and what stands there, such as "price / value" or "line / = A".
        column: the column it is read from.
        fitted_t: mega-batch that the column was fitted on; rows that arrived before carry 0.
    """

    name: str
    column: str
    fitted_t: int


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows as a model sees them.

    Args:
        x: [N, width] of float32.
        slots: [width] what stands in each column of `x`.
        notes: sentences on columns that were left out or cut short.
    """

    x: NDArray[np.float32]
    slots: tuple[Slot, ...]
    notes: tuple[str, ...]


def encode(
    columns: Mapping[str, "pd.Series[Any]"],
    kinds: Mapping[str, str],
    arrives: NDArray[np.int64],
    missing_share: float = 0.0,
) -> Encoded:
    """Encode columns, each fitted on the first mega-batch in which it is at least half filled.

    A row's inputs depend on that row, and on the rows of the mega-batches that its columns were fitted on, which are
    never later ones: rows that arrive before a column is fitted carry 0 in its inputs. Columns that are fitted later
    stand further right, and get what room earlier ones left, so a mega-batch that is appended changes nothing of what
    stood there.

    Args:
        columns: name -> [N] typed cells.
        kinds: of each column, one of values.KINDS.
        arrives: [N] mega-batch 1..B in which each row arrives, in any order.
        missing_share: share 0..1 of the cells that are blanked before anything is fitted; which ones, the index of the
            row and the column's name say, and a larger share blanks those of a smaller one too. When a column is
            fitted does not depend on it.
    """
    if arrives.size and arrives.min() < 1:
        raise ValueError("every row must arrive, in mega-batch 1 or later")
    fitted_t = {name: first_half_filled(values, arrives) for name, values in columns.items()}
    blanked = {name: _blanked(name, values, missing_share) for name, values in columns.items() if fitted_t[name]}
    most = _rooms({n: wanted(v, kinds[n], arrives == fitted_t[n]) for n, v in blanked.items()}, fitted_t)
    ordered = sorted((name for name in most if most[name]), key=lambda name: fitted_t[name])
    layouts = {n: layout(blanked[n], kinds[n], arrives == fitted_t[n], most[n]) for n in ordered}
    x = np.zeros((len(arrives), sum(len(names) for names, _write in layouts.values())), np.float32)
    first = 0
    for name, (names, write) in layouts.items():
        write(x[:, first : first + len(names)])
        x[arrives < fitted_t[name], first : first + len(names)] = 0.0
        first += len(names)
    slots = tuple(Slot(f"{n} / {part}", n, fitted_t[n]) for n, (names, _write) in layouts.items() for part in names)
    return Encoded(x, slots, _notes([n for n in columns if not fitted_t[n]], [n for n in most if not most[n]]))


def first_half_filled(values: "pd.Series[Any]", arrives: NDArray[np.int64]) -> int:
    """Return the first mega-batch in which at least half of the rows are filled; 0: there is none.

    >>> first_half_filled(pd.Series([np.nan, np.nan, 1.0, np.nan]), np.array([1, 1, 2, 2]))
    2
    """
    rows = np.bincount(arrives)
    filled = np.bincount(arrives[values.notna().to_numpy()], minlength=len(rows))
    return int(np.argmax((2 * filled >= rows) & (rows > 0))) if len(rows) else 0


def _blanked(name: str, values: "pd.Series[Any]", share: float) -> "pd.Series[Any]":
    if share == 0:
        return values
    drawn = per_mille(np.arange(len(values), dtype=np.int64), f"missing/{name}")
    return values.mask(drawn < round(1000 * share))


def _rooms(wants: Mapping[str, int], fitted_t: Mapping[str, int]) -> dict[str, int]:
    """Return how many inputs each column gets: columns fitted first choose first, and of these all share alike."""
    rooms: dict[str, int] = {}
    left = MOST_INPUTS
    for t in sorted(set(fitted_t.values()) - {0}):
        names = [name for name in wants if fitted_t[name] == t]
        given = fair_shares([wants[name] for name in names], left)
        rooms |= dict(zip(names, given, strict=True))
        left -= sum(given)
    return rooms


def fair_shares(wants: Sequence[int], room: int) -> list[int]:
    """Share `room` out: nobody gets more than wanted, and nobody less than another who gets less than wanted, by 1.

    >>> fair_shares([2, 2, 33], 40), fair_shares([2, 18, 33], 30), fair_shares([2, 2, 2], 2)
    ([2, 2, 33], [2, 14, 14], [1, 1, 0])
    """
    given = [0] * len(wants)
    for place, index in enumerate(sorted(range(len(wants)), key=lambda i: wants[i])):
        waiting = len(wants) - place
        given[index] = min(wants[index], -(-room // waiting))
        room -= given[index]
    return given


def _notes(never_filled: Sequence[str], without_room: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if never_filled:
        notes.append(
            _("No mega-batch has {columns} at least half filled, so no model sees them.").format(
                columns=shown(never_filled)
            )
        )
    if without_room:
        notes.append(
            _("There is room for {most} inputs, and earlier columns fill it, so no model sees {columns}.").format(
                most=MOST_INPUTS, columns=shown(without_room)
            )
        )
    return tuple(notes)
