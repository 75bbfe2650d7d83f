"""Shift between consecutive mega-batches: column by column, and over all columns together.

Rows are taken as independent of each other; where they are not (a sensor read every second) p is too small. Each test
looks at MOST_ROWS rows of either mega-batch at most, so that a difference too small to matter is not found either.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _, number
from alma_core.seeds import generator
from alma_core.streams.columns import shown
from alma_core.streams.schema import Schema
from alma_core.streams.twosample import (
    binned,
    chi_square,
    classifier_auc,
    counted,
    kolmogorov_smirnov,
    on_one_thread,
    stability_index,
)

COLUMNS: Final = ("t", "column", "test", "statistic", "p", "p_adjusted")
MOST_ROWS: Final = 2000
MOST_ROWS_TOGETHER: Final = 500
"""Of either mega-batch, for the test of all columns together."""
FEWEST_ROWS: Final = 20
"""A mega-batch with fewer rows is not compared, neither with the one before nor with the one after."""
LEVEL: Final = 0.01
"""Share of false finds accepted for the columns of one mega-batch, and as much again for all of them together."""


class Row(NamedTuple):
    """One test; see `shift`."""

    t: int
    column: str
    test: str
    statistic: float
    p: float
    p_adjusted: float


def shift(frame: pd.DataFrame, kinds: Mapping[str, str], arrives: NDArray[np.int64], seed: int = 0) -> pd.DataFrame:
    """Compare each mega-batch with the one before it.

    Args:
        frame: [N] typed columns to compare; with the target among them, a changed relation to it shows too. The time
            column is better left out.
        kinds: of each column, one of values.KINDS. Free text is compared only together with the others.
        arrives: [N] mega-batch 1..B of each row.
        seed: which rows are looked at.

    Returns:
        A row for each t and test: `column` ("" for all together); `test`: "ks" (numbers, and dates as their place
        between the first and the last of their mega-batch, since time moves on by itself) or "chi2" (categories and
        booleans), "psi" beside either, and "auc" for all together; `statistic`: of ks 0..1, chi2 >= 0, psi >= 0, auc
        0..1 with one half for no difference; `p`, and `p_adjusted`: by Benjamini and Hochberg over the columns of one
        t; both NaN for psi. A blank counts as a value of its own.
    """
    rows: list[Row] = []
    order = np.argsort(arrives, kind="stable")
    edges = np.searchsorted(arrives[order], np.arange(1, int(arrives.max(initial=0)) + 2))
    samples = [_sample(frame, order[a:b], kinds, seed) for a, b in itertools.pairwise(edges)]
    with on_one_thread():
        for t, (before, now) in enumerate(itertools.pairwise(samples), 2):
            if min(len(before), len(now)) >= FEWEST_ROWS:
                rows += _compared(t, before, now, kinds, seed)
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype({"t": np.int64, "column": "str", "test": "str"})


def between_arrivals(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64]) -> pd.DataFrame:
    """Compare the mega-batches of a data set in what a model sees and in the target, as `shift` does.

    Args:
        frame: [N] typed columns.
        schema: the roles.
        arrives: [N] mega-batch 1..B of each row.
    """
    return shift(frame[[*schema.features, schema.target]], schema.kinds, arrives)


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p adjusted by Benjamini and Hochberg: least share of false finds at which each would be found.

    Args:
        p: [n] of independent tests, 0..1.

    >>> adjusted(np.array([0.01, 0.04, 0.03, 0.005])).round(3).tolist()
    [0.02, 0.04, 0.04, 0.02]
    """
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    found = np.empty(len(p))
    found[order] = np.minimum(1.0, np.minimum.accumulate(scaled))
    return found


def changed(table: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Return the tests that found a difference, the clearest of each t first."""
    found = table[table["p_adjusted"] < level]
    return found.sort_values(["t", "p_adjusted", "statistic"], ascending=[True, True, False])


def sentences(table: pd.DataFrame, names: Sequence[str], level: float = LEVEL) -> list[str]:
    """Say which mega-batch differs from the one before it, and in which columns.

    Args:
        table: as `shift` returns it.
        names: [B] what the mega-batches are called.
        level: share of false finds that is accepted, 0..1.
    """
    said = []
    for t, found in changed(table, level).groupby("t"):
        now = int(str(t))
        columns = [name for name in found["column"] if name]
        text = (
            _("{now} differs from {before}: columns {columns}.")
            if columns
            else _("{now} differs from {before} in how its columns go together.")
        )
        said.append(text.format(now=names[now - 1], before=names[now - 2], columns=shown(columns)))
    return said


def warning(table: pd.DataFrame, level: float = LEVEL) -> str:
    """Say what shift means for what is simulated; empty where no more mega-batches differ than by chance.

    Args:
        table: as `shift` returns it.
        level: as for `sentences`; of mega-batches that are all alike, twice this share is said to differ.
    """
    times, compared = changed(table, level)["t"].nunique(), table["t"].nunique()
    by_chance = 2 * level * compared
    if times <= by_chance:
        return ""
    return _(
        "{count} of {compared} mega-batches differ from the one before (by chance {chance} would); the setting of "
        "the paper assumes that all come from one distribution, so look at policies that forget old data, and at the "
        "latest mega-batches first."
    ).format(count=times, compared=compared, chance=number(by_chance, 1))


def _sample(frame: pd.DataFrame, rows: NDArray[np.int64], kinds: Mapping[str, str], seed: int) -> pd.DataFrame:
    """Return MOST_ROWS of the rows at most, in random order, dates as their place between the first and the last."""
    drawn = generator(seed, "shift", *rows[:1], *rows[-1:]).permutation(rows)
    sampled = frame.iloc[drawn[:MOST_ROWS]]
    dates = {str(name): _place(sampled[name]) for name in frame if kinds[str(name)] == "date"}
    return sampled.assign(**dates)


def _place(dates: "pd.Series[Any]") -> "pd.Series[float]":
    since = (dates - dates.min()).dt.total_seconds()
    return pd.Series(since / max(float(since.max()), 1.0))


def _compared(t: int, before: pd.DataFrame, now: pd.DataFrame, kinds: Mapping[str, str], seed: int) -> Iterator[Row]:
    """Yield the tests of mega-batch t against the one before."""
    named = [str(name) for name in before if kinds[str(name)] != "text"]
    tested = [(name, *_tested(before[name], now[name], kinds[name])) for name in named]
    p = adjusted(np.array([p for *_other, p in tested]))
    for (name, test, statistic, index, plain_p), corrected in zip(tested, p, strict=True):
        yield Row(t, name, test, statistic, plain_p, float(corrected))
        yield Row(t, name, "psi", index, np.nan, np.nan)
    together = {name: "number" if kind == "date" else kind for name, kind in kinds.items()}
    area, area_p = classifier_auc(
        before.head(MOST_ROWS_TOGETHER), now.head(MOST_ROWS_TOGETHER), together, generator(seed, "shift together", t)
    )
    yield Row(t, "", "auc", area, area_p, area_p)


def _tested(before: "pd.Series[Any]", now: "pd.Series[Any]", kind: str) -> tuple[str, float, float, float]:
    """Return test, statistic, stability index and p of one column."""
    if kind in ("number", "date"):
        one, other = before.to_numpy(np.float64), now.to_numpy(np.float64)
        statistic, p = kolmogorov_smirnov(one, other)
        return "ks", statistic, stability_index(binned(one, other)), p
    counts = counted(before, now)
    statistic, p = chi_square(counts)
    return "chi2", statistic, stability_index(counts), p
