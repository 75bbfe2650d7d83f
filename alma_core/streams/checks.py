"""The quality of each mega-batch: rows, blanks, repeated rows, constant columns, balance and doubts of the labels."""

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.language import _, percent
from alma_core.seeds import generator
from alma_core.streams.columns import check_columns
from alma_core.streams.encoding import encode
from alma_core.streams.schema import Schema, target_of

EXAMINED: Final = 5000
"""Labels are examined in a sample of so many rows."""
FOLDS: Final = 5
FEWEST_EXAMINED: Final = 100
MARGIN: Final = 0.5
"""By so much (of a probability) another class must be likelier than the label."""
FAR: Final = 6.0
"""A number is doubtful so many standard deviations (of the middle of the residuals) from what a model says."""
MAD_TO_SD: Final = 1.4826


class Doubt(NamedTuple):
    """How many labels look wrong; an estimate, for the rule see `doubtful_labels`.

    Args:
        share: of the examined rows, 0..1.
        examined: rows.
        rows: [n] index of each doubtful row in the frame.
    """

    share: float
    examined: int
    rows: NDArray[np.int64]


def quality(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64]) -> pd.DataFrame:
    """Return one row for each mega-batch 1..B, empty ones included.

    Args:
        frame: [N] typed columns.
        schema: the roles.
        arrives: [N] mega-batch 1..B of each row.

    Returns:
        `t`; `rows`; `labelled`: rows whose target is filled; `blank_share`: of the cells of the features;
        `repeated`: rows that equal an earlier one in every column (of the same or an earlier mega-batch);
        `constant`: features with one value throughout, though not in all mega-batches together, joined by commas;
        `first_seen`: classes that no earlier mega-batch had, joined by commas; `positive_share`: of two classes the
        share of the one looked for; `target_mean`, `target_sd`: of a number. NaN where there is nothing to tell.

    Raises:
        DataError: the frame lacks a column.
    """
    check_columns([str(name) for name in frame.columns], schema.features)
    target = target_of(frame, schema)
    count = int(arrives.max(initial=0))
    rows = np.bincount(arrives, minlength=count + 1)[1:]
    per_column = by_column(frame, schema, arrives)
    table = pd.DataFrame({"t": np.arange(1, count + 1), "rows": rows})
    table["labelled"] = np.bincount(arrives[target.notna().to_numpy()], minlength=count + 1)[1:]
    table["blank_share"] = per_column.groupby("t")["blank_share"].mean().reindex(table["t"]).to_numpy()
    table["repeated"] = np.bincount(arrives[_repeats(frame, schema, arrives)], minlength=count + 1)[1:]
    constant = per_column[per_column["constant"]].groupby("t")["column"].agg(list)
    table["constant"] = pd.Series([", ".join(constant.get(t, ())) for t in table["t"]], dtype="str")
    table["first_seen"] = _first_seen(target, arrives, count) if schema.classes else ""
    return table.join(_balance(target, schema, arrives).reindex(table["t"]).reset_index(drop=True))


def by_column(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64]) -> pd.DataFrame:
    """Return one row for each feature and each mega-batch that has rows.

    Returns:
        `t`, `column`, `blank_share` (0..1), and `constant`: whether all filled cells are equal, or none is filled,
        while the column varies elsewhere.
    """
    parts = []
    for name in schema.features:
        codes, unique = pd.factorize(frame[name])  # [N], -1 where blank
        cells = pd.DataFrame({"t": arrives, "filled": np.where(codes < 0, np.nan, codes), "blank_share": codes < 0})
        by_t = cells.groupby("t")
        varies = by_t["filled"].min() < by_t["filled"].max()
        part = by_t["blank_share"].mean().to_frame().assign(column=name, constant=~varies & (len(unique) > 1))
        parts.append(part.reset_index())
    table = pd.concat(parts, ignore_index=True)
    return table[["t", "column", "blank_share", "constant"]].astype({"column": "str"})


def class_rows(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64]) -> pd.DataFrame:
    """Return `t`, `class_name`, `rows`: how many labelled rows of each class each mega-batch 1..B has, 0 included."""
    target = target_of(frame, schema)
    every = pd.MultiIndex.from_product(
        [range(1, int(arrives.max(initial=0)) + 1), schema.classes], names=["t", "class_name"]
    )
    counts = target.groupby([arrives, target]).size().rename_axis(every.names)
    return counts.reindex(every, fill_value=0).rename("rows").reset_index()


def doubtful_labels(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64], seed: int = 0) -> Doubt | None:
    """Estimate how many labels are wrong, from a simple model's disagreement with labels it has not seen.

    A label is doubtful when the model is surer of another class than it is on average of rows that carry that class,
    and by MARGIN surer than of the label; a number, when it is FAR from what the model says. The model is a boosted
    tree on the features and the number of the mega-batch (a change over time is not a wrong label), in FOLDS folds.
    Rows that are hard to tell look doubtful too, so this is an estimate, not a count.

    Args:
        frame, schema, arrives: as for `quality`.
        seed: which EXAMINED rows are examined.

    Returns:
        None where too little is left to tell: fewer than FEWEST_EXAMINED rows, or one class, once classes of fewer
        than FOLDS rows are set aside.
    """
    from threadpoolctl import threadpool_limits

    target = target_of(frame, schema)
    rows = np.flatnonzero(target.notna().to_numpy())
    if len(rows) > EXAMINED:
        rows = np.sort(generator(seed, "labels").choice(rows, EXAMINED, replace=False))
    if schema.classes:
        rows = rows[target.iloc[rows].map(target.iloc[rows].value_counts()).to_numpy() >= FOLDS]
    if len(rows) < FEWEST_EXAMINED or target.iloc[rows].nunique() < 2:
        return None
    columns = {name: frame[name].iloc[rows] for name in schema.features}
    x = encode(columns, schema.kinds, np.ones(len(rows), np.int64)).x
    x = np.column_stack([x, arrives[rows]])
    y = target.iloc[rows]
    with threadpool_limits(1):  # on a busy machine the threads of a small model wait for each other
        wrong = _unlikely(x, pd.factorize(y)[0], seed) if schema.classes else _far(x, y.to_numpy(np.float64), seed)
    return Doubt(float(wrong.mean()), len(rows), rows[wrong])


def doubt_sentence(doubt: Doubt) -> str:
    """Say how many labels look wrong, and that this is an estimate."""
    return _(
        "About {share} of the labels look wrong (an estimate from {examined:,} rows: a simple model that has not seen "
        "the label clearly disagrees with it)."
    ).format(share=percent(doubt.share), examined=doubt.examined)


def _repeats(frame: pd.DataFrame, schema: Schema, arrives: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return [N] whether a row equals one that stands before it in the order of arrival."""
    names = [c.name for c in schema.columns if c.role != "ignore" and c.name in frame]
    hashes = pd.util.hash_pandas_object(frame[names], index=False).to_numpy()
    order = np.argsort(arrives, kind="stable")
    repeated = np.zeros(len(frame), np.bool_)
    repeated[order] = pd.Series(hashes[order]).duplicated().to_numpy()
    return repeated


def _first_seen(target: "pd.Series[Any]", arrives: NDArray[np.int64], count: int) -> list[str]:
    first = pd.Series(arrives, target.index).groupby(target).min()
    return [", ".join(str(c) for c in first.index[first == t]) for t in range(1, count + 1)]


def _balance(target: "pd.Series[Any]", schema: Schema, arrives: NDArray[np.int64]) -> pd.DataFrame:
    """Return by t: positive_share, target_mean, target_sd; NaN for what the task does not have."""
    nothing = pd.Series(np.nan, pd.Index(np.unique(arrives)), dtype=np.float64)
    if schema.task == "regression":
        by_t = target.groupby(arrives)
        return pd.DataFrame({"positive_share": nothing, "target_mean": by_t.mean(), "target_sd": by_t.std(ddof=0)})
    positive = (target == schema.classes[1]).astype(np.float64).where(target.notna())
    share = positive.groupby(arrives).mean() if len(schema.classes) == 2 else nothing
    return pd.DataFrame({"positive_share": share, "target_mean": nothing, "target_sd": nothing})


def _unlikely(x: NDArray[Any], codes: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    model = HistGradientBoostingClassifier(max_iter=50, random_state=seed)
    sure = cross_val_predict(model, x, codes, cv=folds, method="predict_proba")  # [n, classes]
    usual = np.array([sure[codes == c, c].mean() for c in range(sure.shape[1])])  # [classes]
    own = sure[np.arange(len(codes)), codes]  # [n]
    beyond = (sure >= usual) & (sure >= own[:, None] + MARGIN)
    return np.asarray(beyond.any(axis=1))


def _far(x: NDArray[Any], y: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    model = HistGradientBoostingRegressor(max_iter=100, loss="absolute_error", random_state=seed)
    residuals = y - cross_val_predict(model, x, y, cv=folds)  # [n]
    middle = np.median(residuals)
    spread = MAD_TO_SD * np.median(np.abs(residuals - middle))
    return np.asarray(np.abs(residuals - middle) > FAR * spread)
