"""A coarser mega-batch, without training: the run as if several arrivals came as one (DESIGN, section 2)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.panel import KNOWN_AHEAD, SUMMED, Panel, chosen, learns
from alma_core.errors import QuestionError
from alma_core.language import _

WAITS: Final = ["waiting_time", "first_update", "window"]


def coarser(full: Panel, factor: int) -> Panel:
    """Return the run as if `factor` arrivals came as one mega-batch.

    Keeps the policies all of whose updates fall on multiples of the factor. Row t' is the mean over the fine
    rows factor t' .. factor t' + factor - 1, weighted by `test_size`; rows before `factor` are dropped. Judged on the
    next mega-batch, `test_size` adds up; on a fixed test set it stays.

    Raises:
        QuestionError: the horizon is shorter than one such mega-batch.
    """
    if factor == 1:
        return full
    if not 1 <= factor <= full.horizon:
        raise QuestionError(
            _("A mega-batch of {given} arrivals was asked of a horizon of {known}; choose 1 to {known}.").format(
                given=factor, known=full.horizon
            )
        )
    kept = chosen(full, coarsens(full.policies, factor))
    read_at = np.arange(factor, full.horizon + 1, factor) - 1  # [T'] positions of the rows factor, 2 factor, ...
    judged = np.arange(1, full.horizon + 1) // factor - 1  # [T] position of the row t' it counts for; -1: dropped
    rows = {name: array[:, :, read_at] for name, array in kept.rows.items()}
    for name in ("error", "loss"):
        rows[name] = _averaged(kept[name], kept["test_size"], judged)
    for name in ("volume", "test_size") if full.measure.judged == "next" else ("volume",):
        rows[name] = _added(kept[name], judged)
    whole = len(read_at) * factor
    arrivals = np.arange(whole) // factor  # [T] position of the mega-batch t' that a fine arrival belongs to
    for name in set(SUMMED) - {"volume"}:
        rows[name] = _added(kept[name][:, :, :whole], arrivals)
    weight = kept["labels_bought"][:, :, :whole]
    rows["error_arriving"] = _averaged(kept["error_arriving"][:, :, :whole], weight, arrivals)
    rows["model_t"] = rows["model_t"] / factor
    policies = kept.policies.assign(**{name: kept.policies[name] // factor for name in WAITS})
    calendar = kept.calendar.coarser(factor, read_at)
    return replace(
        kept,
        policies=policies,
        rows=rows,
        calendar=calendar,
        models=_models(kept, read_at, judged),
        sunk=kept.sunk // factor,
    )


def _models(kept: Panel, read_at: NDArray[np.int64], judged: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return what models do at the coarse rows where they serve; at later rows nothing is known of them."""
    return {name: _model(kept, name, read_at, judged)[..., None] for name in kept.models}


def _model(kept: Panel, name: str, read_at: NDArray[np.int64], judged: NDArray[np.int64]) -> NDArray[np.float64]:
    values = kept.models[name][..., 0]  # [..., P, S, T]
    if name.startswith("validation"):
        return values[..., read_at]
    if name == "cases":
        return _added(values, judged)
    weights = kept.models["cases"][:, None, ..., 0] if name == "rates" else kept["test_size"]
    return _averaged(values, np.broadcast_to(weights, values.shape), judged)


def coarsens(policies: pd.DataFrame, factor: int) -> NDArray[np.bool_]:
    """Return which policies exist at mega-batches of `factor` arrivals; the incumbent always does.

    A rule that looks at what arrives would look less often and might decide otherwise, so it never does. Growth goes
    by updates, which stay the same.
    """
    return np.asarray(is_known_ahead(policies) & (policies[WAITS].to_numpy() % factor == 0).all(1) | ~learns(policies))


def factors(policies: pd.DataFrame, most: int) -> list[int]:
    """Return the factors from 1 to `most` at which some policy that learns exists."""
    waits = policies[WAITS].to_numpy()[is_known_ahead(policies) & learns(policies)]  # [Q, 3]
    exists = (waits[..., None] % np.arange(1, most + 1) == 0).all(1).any(0)  # [most]
    return (np.flatnonzero(exists) + 1).tolist()


def is_known_ahead(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies update when their waits say so."""
    return policies["schedule"].isin(KNOWN_AHEAD).to_numpy()


def _added(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add [..., T] up over the last axis by group number; entries of group -1 are left out."""
    inside = group >= 0
    starts: Sequence[int] = np.flatnonzero(np.diff(group[inside], prepend=-1)).tolist()
    return np.add.reduceat(values[..., inside], starts, axis=-1)


def _averaged(
    values: NDArray[np.float64], weights: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Average [..., T] by group number, weighted; values of no weight count only where their group has none else."""
    weight = _added(weights, group)
    plain = _added(values, group) / _added(np.ones_like(values), group)
    weighted = _added(np.where(weights > 0, values * weights, 0), group)
    return np.divide(weighted, weight, out=plain, where=weight > 0)
