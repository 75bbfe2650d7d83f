"""A ledger as arrays: policies x seeds x arrivals, and the views that cost no training.

A shorter horizon is a prefix, a coarser mega-batch a sub-schedule, another incumbent one constant (DESIGN, 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import measure as measures
from alma_core.decide.measure import Measure
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.ledger import LEDGER
from alma_core.methods import ESTIMATORS
from alma_core.policies import wording

POLICY_COLUMNS = [name for name in LEDGER if LEDGER[name].dtype == "category"] + [
    "k", "grow_every", "grow_after", "threshold", "waiting_time", "first_update", "replay", "window",
]  # fmt: skip
SUMMED = (
    *("train_flops", "train_macs_forward", "evaluation_flops", "seconds", "updated", "deployed", "volume"),
    *("labels_bought", "examples_trained"),
)
COUNTS = (
    *("volume", "train_flops", "evaluation_flops", "inference_flops", "seconds", "inference_seconds"),
    *("labels_bought", "test_size"),
)
KNOWN_AHEAD = ("every", "once")
"""Schedules whose updates follow from their waits; ledgers of old call all others "triggered"."""
PLACES_APART = 7
ROW_COLUMNS = (
    *SUMMED,
    "error",
    "loss",
    "test_size",
    "error_arriving",
    "model_t",
    "examples_arrived",
    "inference_flops",
    "inference_seconds",
    "members",
    "params",
)
KINDS = ("method", "architecture", "k", "grow_every", "grow_after", "schedule", "threshold")
"""Columns that tell policies apart beyond wait, first update, size, start and data."""


@dataclass(frozen=True, eq=False)
class Panel:
    """The rows of a run by policy, seed and arrival.

    Args:
        policies: one row a policy, index 0..P-1, with the policy columns of the ledger and `place`, which stays
            its own however few of the run's policies are looked at.
        rows: by column of the ledger, [P, S, T] float64; errors as `measure` says, not in `error_scale`.
        measure: how errors are measured.
    """

    policies: pd.DataFrame
    rows: dict[str, NDArray[np.float64]]
    measure: Measure = field(default_factory=Measure)

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        return self.rows[column]

    @property
    def horizon(self) -> int:
        """T, the arrivals over which policies are judged."""
        return int(self["error"].shape[2])

    @property
    def seeds(self) -> int:
        """S."""
        return int(self["error"].shape[1])

    def number(self, policy: str) -> int:
        """Return the row of a policy by its fingerprint.

        Raises:
            QuestionError: there is none in this panel.
        """
        found = np.flatnonzero(self.policies["policy"] == policy)
        if not len(found):
            raise QuestionError(
                _("There is no policy {policy} among those compared; they are {known}. Choose one of them.").format(
                    policy=policy, known=", ".join(self.policies["policy"])
                )
            )
        return int(found[0])


def panel(ledger: pd.DataFrame, measure: Measure | None = None) -> Panel:
    """Arrange a ledger as arrays; policies keep the order in which they stand there.

    Args:
        ledger: of a run, whole.
        measure: how its errors are measured; None: what the ledger alone says of that.

    Raises:
        QuestionError: rows are missing or hold what cannot be.
    """
    measure = measure or measures.of(ledger)
    numbers, names = pd.factorize(ledger["policy"])
    n_policies, n_seeds, n_rows = len(names), ledger["seed"].nunique(), ledger["t"].nunique()
    if len(ledger) != n_policies * n_seeds * n_rows:
        raise QuestionError(
            _("The run's ledger lacks rows for some policies or seeds, all were expected; make the run again.")
        )
    if not _makes_sense(ledger, measure):
        raise QuestionError(
            _("The run's ledger has rows without an error, or with counts below zero; make the run again.")
        )
    order = np.lexsort((ledger["t"], ledger["seed"], numbers))
    rows = {name: ledger[name].to_numpy(np.float64)[order].reshape(n_policies, n_seeds, n_rows) for name in ROW_COLUMNS}
    rows |= {name: rows[name] * measure.scale for name in ("error", "error_arriving")}
    first = ledger.iloc[order[:: n_seeds * n_rows]]
    policies = first[list(POLICY_COLUMNS)].reset_index(drop=True)
    policies = policies.astype({c: "str" for c in policies if policies[c].dtype == "category"})
    return Panel(policies.assign(place=_places(policies)), rows, measure)


def _makes_sense(ledger: pd.DataFrame, measure: Measure) -> bool:
    counted = ledger[list(COUNTS)].to_numpy(np.float64)
    errors = ledger["error"] * measure.scale
    return bool(errors.between(0, measure.most).all() and (np.isfinite(counted) & (counted >= 0)).all())


def _places(policies: pd.DataFrame) -> list[int]:
    """Return each policy's place in the run: 0 for the incumbent, then numbers that differ modulo PLACES_APART.

    Policies that differ in the waiting time, the size, the way of training or the method alone never share that
    remainder (up to seven of a kind), so charts can tell neighbours apart.
    """
    weights = {"waiting_time": 1, "capacity": 2, "start": 4, "replay": 3, "first_update": 5, "window": 1, "kind": 6}
    told = policies.assign(first_update=policies["first_update"] < policies["waiting_time"], kind=_kinds(policies))
    ranks = told[list(weights)].rank(method="dense")  # [P, 7]
    ranks[["window", "kind"]] -= 1  # where all are of one kind it moves nothing: older runs keep their colours
    wanted = (ranks.to_numpy(int) @ list(weights.values())) % PLACES_APART  # [P]
    used = [0] * PLACES_APART
    places = []
    for method, remainder in zip(policies["method"], wanted, strict=True):
        if method == wording.INCUMBENT:
            places.append(0)
            continue
        places.append(1 + remainder + PLACES_APART * used[remainder])
        used[remainder] += 1
    return places


def _kinds(policies: pd.DataFrame) -> list[int]:
    """Return each policy's number among those that differ in KINDS, as they come in the run; 0 for the incumbent."""
    kinds = list(policies[list(KINDS)].itertuples(index=False, name=None))
    numbers = {kind: n for n, kind in enumerate(dict.fromkeys(k for k in kinds if k[0] != wording.INCUMBENT))}
    return [numbers.get(kind, 0) for kind in kinds]


def learns(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies update at all by their rule; only the incumbent does not."""
    return np.asarray(policies["method"] != wording.INCUMBENT)


def networks(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies learn with networks, which have a size; the others are the incumbent and estimators."""
    return learns(policies) & ~policies["architecture"].isin(ESTIMATORS).to_numpy()


def plain(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies are one network that is updated at multiples of its wait.

    They differ in wait, first update, size, start and data alone.
    """
    is_usual = (policies["method"] == "single") & (policies["schedule"] == "every")
    return networks(policies) & is_usual.to_numpy()


def chosen(full: Panel, keep: NDArray[np.bool_]) -> Panel:
    """Return the panel of the policies marked in `keep` [P]."""
    policies = full.policies[keep].reset_index(drop=True)
    return replace(full, policies=policies, rows={name: array[keep] for name, array in full.rows.items()})


def prefix(full: Panel, horizon: int) -> Panel:
    """Return the first `horizon` arrivals.

    Raises:
        QuestionError: the run has fewer.
    """
    if not 1 <= horizon <= full.horizon:
        raise QuestionError(
            _(
                "A horizon of {given} was given, but this run judges policies at {known} arrivals; choose one from 1 "
                "to {known}."
            ).format(given=horizon, known=full.horizon)
        )
    return replace(full, rows={name: array[:, :, :horizon] for name, array in full.rows.items()})


def with_incumbent(full: Panel, error: float | None) -> Panel:
    """Return the panel with `error` wherever no update has happened yet; None keeps the computed default.

    Args:
        full: the rows.
        error: a share 0..1, or a number >= 0 in the target's unit.

    Raises:
        QuestionError: it is out of range.
    """
    if error is None:
        return full
    if not 0 <= error <= full.measure.most:
        raise QuestionError(
            full.measure.worded(
                _("An error of {given} was given for what is in service; a share from 0 to 1 was expected."),
                _(
                    "A prediction error of {given} was given for what is in service; zero or a positive number in the "
                    "target's unit was expected."
                ),
            ).format(given=error)
        )
    return replace(full, rows=full.rows | {"error": np.where(full["model_t"] == 0, error, full["error"])})


def with_volume(full: Panel, volume: float | None) -> Panel:
    """Return the panel with `volume` predictions after every arrival; None keeps what the ledger has."""
    if volume is None:
        return full
    return replace(full, rows=full.rows | {"volume": np.full_like(full["volume"], volume)})


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
    waits = ["waiting_time", "first_update", "window"]
    policies = kept.policies.assign(**{name: kept.policies[name] // factor for name in waits})
    return replace(kept, policies=policies, rows=rows)


def coarsens(policies: pd.DataFrame, factor: int) -> NDArray[np.bool_]:
    """Return which policies exist at mega-batches of `factor` arrivals; the incumbent always does.

    A rule that looks at what arrives would look less often and might decide otherwise, so it never does. Growth goes
    by updates, which stay the same.
    """
    waits = policies[["waiting_time", "first_update", "window"]].to_numpy()
    is_known_ahead = policies["schedule"].isin(KNOWN_AHEAD).to_numpy()
    return np.asarray(is_known_ahead & (waits % factor == 0).all(1) | ~learns(policies))


def _added(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add [P, S, T] up over the last axis by group number; entries of group -1 are left out."""
    inside = group >= 0
    starts: Sequence[int] = np.flatnonzero(np.diff(group[inside], prepend=-1)).tolist()
    return np.add.reduceat(values[:, :, inside], starts, axis=2)


def _averaged(
    values: NDArray[np.float64], weights: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Average [P, S, T] by group number, weighted; values of no weight count only where their group has none else."""
    weight = _added(weights, group)
    plain = _added(values, group) / _added(np.ones_like(values), group)
    weighted = _added(np.where(weights > 0, values * weights, 0), group)
    return np.divide(weighted, weight, out=plain, where=weight > 0)
