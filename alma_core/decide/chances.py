"""A probability as it may be said in words: no finer than the seeds behind it bear."""

import math
from typing import Final, NamedTuple

FINE_FROM: Final = 10
"""Seeds from which hundredths are said; with fewer, tenths."""


class Chance(NamedTuple):
    """A rounded probability, such as "about 8 in 10" or "at least 99 in 100".

    Args:
        bound: 0: about as much; +1: at least; -1: at most.
        part: 1 .. of - 1: neither none nor all, as nothing is certain.
        of: 10, or 100 with many seeds.
    """

    bound: int
    part: int
    of: int


def chance(p: float, seeds: int) -> Chance | None:
    """Return a probability as it may be said.

    Args:
        p: 0..1.
        seeds: that it rests on.

    Returns:
        None where there is none, `p` being NaN.

    >>> chance(0.81, 3), chance(0.97, 3), chance(0.97, 20)
    (Chance(bound=0, part=8, of=10), Chance(bound=1, part=9, of=10), Chance(bound=0, part=97, of=100))
    """
    if math.isnan(p):
        return None
    of = 100 if seeds >= FINE_FROM else 10
    part = math.floor(p * of + 0.5)
    return Chance((part == of) - (part == 0), min(max(part, 1), of - 1), of)
