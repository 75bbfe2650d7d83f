"""A ledger as arrays: policies x seeds x arrivals, and the views that cost no training.

A shorter horizon is a prefix, a coarser mega-batch a sub-schedule, another incumbent one constant (DESIGN, 2).
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import measure as measures
from alma_core.decide.calendar import Calendar
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
        calendar: when the rows happen.
        models: what each model does at the row where it serves and at those after it, [..., P, S, T, D]: `error`, and
            what `record` adds where prices ask for it. Once `late` has put them into service, the J models that serve
            at a row stand in the place of D.
        shares: [J, T] share of each row in which each of these serves.
        sunk: rows at the start whose cost no longer counts: they have happened.
        released: [T] row, from 0, at which an update of each row goes into service; None: at once.
    """

    policies: pd.DataFrame
    rows: dict[str, NDArray[np.float64]]
    measure: Measure = field(default_factory=Measure)
    calendar: Calendar = field(default_factory=Calendar)
    models: dict[str, NDArray[Any]] = field(default_factory=dict)
    shares: NDArray[np.float64] | None = None
    sunk: int = 0
    released: NDArray[np.int64] | None = None

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        return self.rows[column]

    @property
    def horizon(self) -> int:
        """T, the arrivals over which policies are judged."""
        return int(self["error"].shape[2])

    @cached_property
    def described(self) -> list[dict[str, Any]]:
        """[P] the columns of each policy; to be read, not changed."""
        names = list(map(str, self.policies))
        rows = zip(*(column.tolist() for _name, column in self.policies.items()), strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The row of each policy, by its fingerprint."""
        return {policy: number for number, policy in enumerate(self.policies["policy"].tolist())}

    @cached_property
    def learns(self) -> NDArray[np.bool_]:
        """[P] which policies update at all by their rule."""
        return learns(self.policies)

    @cached_property
    def in_seconds(self) -> NDArray[np.bool_]:
        """[P] which policies are charged by CPU seconds, for FLOPs are not counted."""
        return np.asarray(self.policies["compute_basis"] == "seconds")

    @property
    def served_shares(self) -> NDArray[np.float64]:
        """[J, T] `shares`; where nothing is late, one model serves the whole row."""
        return np.ones((1, self.horizon)) if self.shares is None else self.shares

    @property
    def counted(self) -> int:
        """Rows whose cost counts."""
        return self.horizon - self.sunk

    @property
    def seeds(self) -> int:
        """S."""
        return int(self["error"].shape[1])

    def number(self, policy: str) -> int:
        """Return the row of a policy by its fingerprint.

        Raises:
            QuestionError: there is none in this panel.
        """
        if policy not in self.numbers:
            raise QuestionError(
                _("There is no policy {policy} among those compared; they are {known}. Choose one of them.").format(
                    policy=policy, known=", ".join(self.numbers)
                )
            )
        return self.numbers[policy]


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
    # Plain strings: pages compare these few rows a hundred times, for which pandas' own text is made too heavy.
    policies = policies.astype({c: object for c in policies if policies[c].dtype == "category"})
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
    return np.asarray(policies["method"].to_numpy() != wording.INCUMBENT)


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
    return replace(
        full,
        policies=full.policies[keep].reset_index(drop=True),
        rows={name: array[keep] for name, array in full.rows.items()},
        models={name: array[..., keep, :, :, :] for name, array in full.models.items()},
    )


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
    return replace(
        full,
        rows={name: array[:, :, :horizon] for name, array in full.rows.items()},
        calendar=full.calendar.prefix(horizon),
        models={name: array[..., :horizon, :] for name, array in full.models.items()},
    )


def times_volume(full: Panel, times: float) -> Panel:
    """Return the panel with so many times the predictions after every arrival."""
    return replace(full, rows=full.rows | {"volume": full["volume"] * times})


def with_volume(full: Panel, volume: float | None) -> Panel:
    """Return the panel with `volume` predictions after every arrival; None keeps what the ledger has."""
    if volume is None:
        return full
    return replace(full, rows=full.rows | {"volume": np.full_like(full["volume"], volume)})
