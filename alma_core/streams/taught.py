"""What updates are taught: the targets, or with some made wrong on purpose."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from alma_core.seeds import per_mille
from alma_core.streams.source import Source


def taught_of(source: Source, noise: float, first: NDArray[np.int64]) -> NDArray[Any]:
    """Return [N] the targets with a share made wrong, drawn by index alone.

    A wrong class is any other one; a wrong number is off by a normal draw, of the spread of the first mega-batch.
    """
    wrong = np.flatnonzero(per_mille(np.arange(len(source.y), dtype=np.int64), "label noise") < round(1000 * noise))
    if not len(wrong):
        return source.y
    taught = source.y.copy()
    shift = per_mille(wrong, "label noise: which")
    if source.classes:
        taught[wrong] = (taught[wrong] + 1 + shift % (len(source.classes) - 1)) % len(source.classes)
    else:
        known = first if source.cut is None or source.cut.first is None else source.cut.first
        taught[wrong] += spread(source.y[known]) * norm.ppf((shift + 0.5) / 1000)
    return taught


def spread(values: NDArray[np.float64]) -> float:
    """Return the standard deviation, 1 where all values are one: rounding may leave a crumb of theirs."""
    return 1.0 if values.min() == values.max() else float(values.std())
