"""What a typed column becomes: which inputs it gets, and the numbers that stand in them.

Each layout is fitted on the rows of one mega-batch and then read on every row, one row at a time: what a row becomes
depends on that row and on the rows fitted, never on its neighbours.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CLIP: Final = 10.0
"""Numbers are held within so many standard deviations of the mean."""
MOST_ONE_HOT: Final = 16
HASHED: Final = 16
TEXT_SLOTS: Final = 32
TEXT_GRAMS: Final = (1, 3)
TEXT_CHARACTERS: Final = 1000
"""Of a longer text only the beginning is read."""
MINUTES: Final = 1440
YEAR_SECONDS: Final = 365.25 * 86_400

Codes = NDArray[np.int64]
Filled = NDArray[np.bool_]
Write = Callable[[NDArray[np.float32]], None]
Layout = tuple[tuple[str, ...], Write]
"""Names of the inputs, and what writes them into [N, len(names)] zeros."""


def layout(values: "pd.Series[Any]", kind: str, fitted: Filled, most: int) -> Layout:
    """Return what a column becomes.

    Args:
        values: [N] typed cells, blank ones included.
        kind: of values.KINDS.
        fitted: [N] the rows of the mega-batch it is fitted on.
        most: inputs it may have, >= 1. The last one says that the cell is blank; with one input nothing says so.
    """
    filled = values.notna().to_numpy()
    by_kind = {"category": _category, "text": _text, "date": _date}
    names, write = by_kind.get(kind, _number)(values, filled, fitted & filled, max(most - 1, 1))
    if most == 1:
        return names, write

    def written(x: NDArray[np.float32]) -> None:
        write(x[:, :-1])
        x[:, -1] = ~filled

    return (*names, "blank"), written


def wanted(values: "pd.Series[Any]", kind: str, fitted: Filled) -> int:
    """Return how many inputs a column would have if there were room for all."""
    if kind == "category":
        known = values[fitted].nunique()
        return known + 2 if known <= MOST_ONE_HOT else HASHED + 1
    if kind == "date":
        return 8 if _has_time_of_day(values[fitted]) else 6
    return TEXT_SLOTS + 1 if kind == "text" else 2


def _number(values: "pd.Series[Any]", filled: Filled, fitted: Filled, _most: int) -> Layout:
    """Centre and scale by the rows fitted, within CLIP; a blank becomes their mean, 0."""
    cells = values.to_numpy(np.float64)
    mean, sd = moments(cells[fitted])

    def write(x: NDArray[np.float32]) -> None:
        with np.errstate(over="ignore"):  # far beyond CLIP either way
            x[:, 0] = np.where(filled, np.clip((cells - mean) / sd, -CLIP, CLIP), 0.0)

    return ("value",), write


def moments(cells: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation; of cells that are all equal, their size (or 1) stands for the latter.

    >>> moments(np.array([1.0, 3.0])), moments(np.array([0.1, 0.1, 0.1])), moments(np.array([]))
    ((2.0, 1.0), (0.1, 0.1), (0.0, 1.0))
    """
    if not len(cells):
        return 0.0, 1.0
    if cells.min() == cells.max():
        return float(cells[0]), float(abs(cells[0])) or 1.0
    largest = float(np.abs(cells).max())  # so that squares neither overflow nor vanish
    return float((cells / largest).mean() * largest), float((cells / largest).std() * largest)


def _category(values: "pd.Series[Any]", filled: Filled, fitted: Filled, most: int) -> Layout:
    """One input for each category of the rows fitted and one for any other; hashed where they are too many."""
    codes, unique = pd.factorize(values)  # [N], -1 where blank
    known = sorted(str(value) for value in unique[np.unique(codes[fitted])])
    if len(known) > MOST_ONE_HOT or len(known) + 1 > most:
        return _hashed(codes, [str(value) for value in unique], min(HASHED, most))
    place = {value: slot for slot, value in enumerate(known)}
    slots = np.array([place.get(str(value), len(known)) for value in unique], np.int64)

    def write(x: NDArray[np.float32]) -> None:
        rows = np.flatnonzero(filled)
        x[rows, slots[codes[rows]]] = 1.0

    return (*(f"= {value}" for value in known), "other"), write


def _hashed(codes: Codes, unique: list[str], buckets: int) -> Layout:
    """Each category stands in two inputs with a sign, as the hash of its name says, so few look the same."""
    table = np.zeros((len(unique) + 1, buckets), np.float32)  # [categories and a blank, buckets]
    for row, value in enumerate(unique):
        drawn = np.frombuffer(hashlib.blake2b(value.encode(), digest_size=12).digest(), "<u4")
        first, step = int(drawn[0]) % buckets, 1 + int(drawn[1]) % max(buckets - 1, 1)
        table[row, (first + step) % buckets] = 1.0 if drawn[2] & 1 else -1.0
        table[row, first] = 1.0 if drawn[2] & 2 else -1.0

    def write(x: NDArray[np.float32]) -> None:
        x[:] = table[codes]

    return tuple(f"# {bucket + 1}" for bucket in range(buckets)), write


def _text(values: "pd.Series[Any]", _filled: Filled, _fitted: Filled, most: int) -> Layout:
    """Runs of one to three characters, hashed; nothing is fitted, so no later text changes an earlier one."""
    buckets = min(TEXT_SLOTS, most)
    codes, unique = pd.factorize(values)

    def write(x: NDArray[np.float32]) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        hashing = HashingVectorizer(analyzer="char", ngram_range=TEXT_GRAMS, n_features=buckets, dtype=np.float32)
        table = np.zeros((len(unique) + 1, buckets), np.float32)
        for first in range(0, len(unique), 10_000):  # a sparse row has a number for each run: a block at a time
            texts = [str(text)[:TEXT_CHARACTERS] for text in unique[first : first + 10_000]]
            table[first : first + len(texts)] = hashing.transform(texts).toarray()
        x[:] = table[codes]

    return tuple(f"# {bucket + 1}" for bucket in range(buckets)), write


def _date(values: "pd.Series[Any]", filled: Filled, fitted: Filled, most: int) -> Layout:
    """The time of year and of week as points on a circle, years since the earliest row fitted, and the time of day.

    The time of day has inputs only where the rows fitted have one. Sines are read from tables: a vector unit may round
    the same sine differently by where it stands.
    """
    seconds = values.to_numpy("datetime64[s]").astype(np.int64)
    seconds = np.where(filled, seconds, 0)
    days = seconds // 86_400
    parts = _date_parts(values, seconds, days, int(seconds[fitted].min()) if fitted.any() else 0)
    timed = _has_time_of_day(values[fitted])
    chosen = [part for part in parts if timed or not part[0].startswith("day ")][:most]

    def write(x: NDArray[np.float32]) -> None:
        for slot, (_name, part) in enumerate(chosen):
            x[:, slot] = np.where(filled, part(), 0.0)

    return tuple(name for name, _part in chosen), write


def _has_time_of_day(dates: "pd.Series[Any]") -> bool:
    return bool((dates != dates.dt.normalize())[dates.notna()].any())


def _date_parts(
    values: "pd.Series[Any]", seconds: Codes, days: Codes, start: int
) -> list[tuple[str, Callable[[], NDArray[np.float64]]]]:
    year = circle(366)
    week, day = circle(7), circle(MINUTES)

    def of_year() -> Codes:
        starts = values.to_numpy("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
        return np.asarray(np.clip(days - starts, 0, 365))  # a blank is far off, and written as 0 later

    def trend() -> NDArray[np.float64]:
        return np.clip((seconds - start) / YEAR_SECONDS, -CLIP, CLIP)

    return [
        ("year sin", lambda: year[0][of_year()]),
        ("year cos", lambda: year[1][of_year()]),
        ("years since", trend),
        ("week sin", lambda: week[0][(days + 3) % 7]),  # 1970-01-01 was a Thursday
        ("week cos", lambda: week[1][(days + 3) % 7]),
        ("day sin", lambda: day[0][seconds % 86_400 // 60]),
        ("day cos", lambda: day[1][seconds % 86_400 // 60]),
    ]


def circle(steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return [steps] sines and [steps] cosines of the steps once round."""
    angles = 2 * np.pi * np.arange(steps) / steps
    return np.sin(angles), np.cos(angles)
