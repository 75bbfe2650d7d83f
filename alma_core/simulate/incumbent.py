"""The computed default that serves before the first update: the class seen most so far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alma_core.streams.stream import Stream


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The computed default, the class seen most so far, for one seed.

    Args:
        counts: [B, C, C] rows of the test set by true and predicted class.
        error_arriving: [B] error on mega-batch t of the class seen most before it; NaN at t = 1.
    """

    counts: NDArray[np.int64]
    error_arriving: NDArray[np.float64]


def incumbent(stream: Stream) -> Incumbent:
    """Judge the class seen most (the lowest of equals) at every arrival."""
    y, n_classes = stream.source.y, len(stream.source.classes)
    arriving = np.stack([np.bincount(y[batch.indices], minlength=n_classes) for batch in stream])  # [B, C]
    most = arriving.cumsum(0).argmax(1)  # [B]
    on_test = np.bincount(y[stream.source.test], minlength=n_classes)  # [C]
    counts = np.zeros((len(stream), n_classes, n_classes), np.int64)
    counts[np.arange(len(stream)), :, most] = on_test
    hits = arriving[np.arange(1, len(stream)), most[:-1]]  # [B - 1]
    return Incumbent(counts, np.append(np.nan, 1 - hits / stream.sizes[1:]))
