"""Do two samples come from one distribution: of one column, and of all columns together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.streams.encoding import encode

BINS: Final = 10
COMMON: Final = 10
"""Categories with fewer rows in both samples together are counted as one."""
PERMUTATIONS: Final = 199
FOLDS: Final = 5
BUMPS: Final = 100
"""Radial functions beside the plain columns, so that more than a shifted mean can be told apart."""
RIDGE: Final = 1.0

Numbers = NDArray[np.float64]


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Have each product take one core: on a busy machine the threads of a small model wait for each other."""
    import sklearn.linear_model  # noqa: F401 - only what has been loaded can be held to one thread
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def kolmogorov_smirnov(one: Numbers, other: Numbers) -> tuple[float, float]:
    """Return the largest distance between two distribution functions (0..1), and its p for large samples.

    Args:
        one, other: [n], [m]; NaN is a blank, which counts as lower than any number.
    """
    from scipy.stats import ks_2samp

    first, second = (np.where(np.isnan(values), -np.inf, values) for values in (one, other))
    found = ks_2samp(first, second, method="asymp")
    return float(found.statistic), float(found.pvalue)


def chi_square(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return Pearson's statistic (>= 0) for two rows of counts, and its p; (0, 1) for a single category.

    Args:
        counts: [2, categories], no category without rows.
    """
    from scipy.stats import chi2_contingency

    if counts.shape[1] < 2:
        return 0.0, 1.0
    found = chi2_contingency(counts, correction=False)
    return float(found.statistic), float(found.pvalue)


def stability_index(counts: NDArray[np.int64]) -> float:
    """Return the population stability index of two rows of counts: 0 for equal shares; above 0.25 is called large.

    Args:
        counts: [2, bins]; half a row is added to each, so that an empty bin does not make it infinite.

    >>> round(stability_index(np.array([[500, 500], [800, 200]])), 3)
    0.415
    """
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def binned(one: Numbers, other: Numbers) -> NDArray[np.int64]:
    """Return [2, bins] counts between the deciles of the first sample, and of blanks."""
    filled = one[~np.isnan(one)]
    edges = np.unique(np.quantile(filled, np.arange(1, BINS) / BINS)) if len(filled) else np.zeros(0)
    codes = [np.where(np.isnan(v), len(edges) + 1, np.searchsorted(edges, v, "right")) for v in (one, other)]
    return np.stack([np.bincount(c, minlength=len(edges) + 2) for c in codes])


def counted(one: "pd.Series[Any]", other: "pd.Series[Any]") -> NDArray[np.int64]:
    """Return [2, categories] counts, of blanks too; categories with fewer than COMMON rows are one."""
    codes, unique = pd.factorize(pd.concat([one, other]))  # -1 where blank
    codes = np.where(codes < 0, len(unique), codes)
    counts = np.stack([np.bincount(c, minlength=len(unique) + 1) for c in np.split(codes, [len(one)])])
    rare = counts.sum(axis=0) < COMMON
    pooled = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    return np.asarray(pooled[:, pooled.sum(axis=0) > 0])


def classifier_auc(
    one: pd.DataFrame, other: pd.DataFrame, kinds: Mapping[str, str], random: np.random.Generator
) -> tuple[float, float]:
    """Return how well a model tells the samples apart (area under the ROC curve of rows it has not seen), and p.

    See `rows_auc`, which is given the columns encoded.

    Args:
        one, other: rows of typed columns.
        kinds: of each column.
        random: draws the folds, the radial functions and the relabellings.
    """
    pooled = pd.concat([one, other], ignore_index=True)
    columns = {str(name): pooled[name] for name in pooled}
    x = encode(columns, kinds, np.ones(len(pooled), np.int64)).x.astype(np.float64)  # [n + m, width]
    return rows_auc(x[: len(one)], x[len(one) :], random)


def rows_auc(one: Numbers, other: Numbers, random: np.random.Generator) -> tuple[float, float]:
    """Return how well a model tells the samples apart (area under the ROC curve of rows it has not seen), and p.

    The model is ridge regression on the features and on radial functions of them, in FOLDS folds that are drawn
    without a look at the samples. Its answer is linear in the labels, so the model is trained anew for each of
    PERMUTATIONS relabellings at once; p is the share of labellings that it tells apart as well, so never below
    1 / (PERMUTATIONS + 1).

    Args:
        one, other: [n, features], [m, features].
        random: draws the folds, the radial functions and the relabellings.
    """
    x = np.concatenate([one, other])  # [n + m, features]
    labels = np.repeat([0.0, 1.0], [len(one), len(other)])
    every = np.stack([labels, *(random.permutation(labels) for _ in range(PERMUTATIONS))], axis=1)  # [n + m, 1 + P]
    if not x.shape[1]:
        return 0.5, 1.0
    fold = random.permutation(len(x)) % FOLDS
    areas = np.mean(_areas_by_fold(x, every, fold, int(random.integers(2**31))), axis=0)  # [1 + P]
    return float(areas[0]), float((areas >= areas[0]).mean())


def _areas_by_fold(x: Numbers, labels: Numbers, fold: NDArray[np.int64], seed: int) -> list[Numbers]:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import Ridge

    gamma = 1.0 / max(float(x.var(axis=0).sum()), 1e-12)
    bumps = Nystroem(gamma=gamma, n_components=min(BUMPS, len(x)), random_state=seed).fit_transform(x)
    varying = x[:, np.ptp(x, axis=0) > 0]  # the others, such as the corners of images, tell nothing apart
    seen = np.column_stack([varying, bumps])  # [n, width + bumps]
    found = []
    for left_out in range(FOLDS):
        held = fold == left_out
        model = Ridge(RIDGE).fit(seen[~held], labels[~held])
        found.append(areas(model.predict(seen[held]), labels[held]))
    return found


def areas(scores: Numbers, labels: Numbers) -> Numbers:
    """Return [P] areas under the ROC curve, 0..1; one half where a labelling has one class only.

    Args:
        scores: [n, P] higher for what looks like class 1.
        labels: [n, P] 0 or 1.

    >>> areas(np.array([[0.1], [0.4], [0.35], [0.8]]), np.array([[0.0], [0.0], [1.0], [1.0]])).tolist()
    [0.75]
    """
    from scipy.stats import rankdata

    ones = labels.sum(axis=0)  # [P]
    pairs = ones * (len(labels) - ones)
    above = (rankdata(scores, axis=0) * labels).sum(axis=0) - ones * (ones + 1) / 2
    return np.where(pairs > 0, above / np.maximum(pairs, 1), 0.5)
