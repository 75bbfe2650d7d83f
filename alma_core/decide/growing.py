"""Models that grow against models of fixed size: their compute, their error, how steady they are."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from alma_core.decide.evidence import (
    CHEAPER,
    Claim,
    Evidence,
    Kind,
    Part,
    Portrait,
    over_pairs,
    ratio_over_pairs,
)
from alma_core.decide.kpis import spread
from alma_core.decide.matching import Numbers
from alma_core.decide.trials import Trial
from alma_core.language import mark

GROWING_IS_CHEAP: Final = Claim(
    mark("growing against ensembles"),
    mark("A model that grows takes less compute than a fixed ensemble, but ends with more error."),
    mark("a growing method and an ensemble at one wait and size"),
)
GROWING_IS_BETTER: Final = Claim(
    mark("growing against fixed"),
    mark("A model that grows ends with less error than its counterpart of fixed size."),
    mark("a growing method and its fixed counterpart"),
)
COUNTERPARTS: Final = {"members": "ensemble", "experts": "moe", "width": "single"}
"""The method that has fixed what another grows by."""
KIND: Final = list(Kind._fields)


class Against(NamedTuple):
    """A growing method beside a fixed one, as pairs of policies that are alike in wait, size and data."""

    growing: Kind
    fixed: Kind
    these: Numbers
    those: Numbers


def cheap_but_worse(trial: Trial) -> list[Evidence]:
    """Test each growing method against the fixed ensemble: total FLOPs of all updates, and final error."""
    flops, final = trial.figures["flops"], trial.figures["final_error"]
    found = []
    for rows in _families(trial):
        pair = nearest(trial, rows, "ensemble")
        if pair is None:
            continue
        compute = ratio_over_pairs(flops[pair.these], flops[pair.those])
        error = over_pairs(final[pair.those], final[pair.these])
        parts = (
            Part(pair.growing, pair.fixed, compute, CHEAPER, is_ratio=True),
            Part(pair.fixed, pair.growing, error),
        )
        found.append(Evidence(GROWING_IS_CHEAP, trial.name, trial.unit, trial.panel.measure, parts))
    return found


def better_than_fixed(trial: Trial) -> list[Evidence]:
    """Test each growing method against its counterpart of fixed size, with the figures of both."""
    final = trial.figures["final_error"]
    found = []
    for rows in _families(trial):
        pair = nearest(trial, rows, COUNTERPARTS[rows["growth"].iloc[0]])
        if pair is None:
            continue
        part = Part(pair.growing, pair.fixed, over_pairs(final[pair.these], final[pair.those]))
        both = (_portrait(trial, pair.growing, pair.these), _portrait(trial, pair.fixed, pair.those))
        found.append(Evidence(GROWING_IS_BETTER, trial.name, trial.unit, trial.panel.measure, (part,), both))
    return found


def nearest(trial: Trial, growing: pd.DataFrame, method: str) -> Against | None:
    """Return a growing method beside the fixed one that is nearest to it; None where the run has no pair of them.

    Nearest: with the same start where there is one, then with as many members as the growing one has at the end; of
    two as near, the smaller.
    """
    policies = trial.policies
    these, those = trial.pairs(growing, policies[policies["method"] == method], apart_from=KIND)
    if not len(these):
        return None
    members = float(trial.figures["members"][these].mean())
    own = _kind(growing.iloc[0])
    kinds = [_kind(policies.loc[number]) for number in those.tolist()]
    fixed = min(kinds, key=lambda kind: (kind.start != own.start, abs(kind.k - members), kind))
    is_fixed = [kind == fixed for kind in kinds]
    return Against(own, fixed, these[is_fixed], those[is_fixed])


def _families(trial: Trial) -> Iterator[pd.DataFrame]:
    """Yield the policies of each growing method of the run, one set of numbers at a time, that grew at all."""
    grew = trial.figures["shape_changes"].min(1)[trial.policies.index] > 0
    grows = trial.policies[grew & (trial.policies["growth"] != "none")]
    for _kind_of_rows, rows in grows.groupby(KIND, sort=False):
        yield rows


def _kind(policy: "pd.Series[Any]") -> Kind:
    k, grow_every, grow_after = (int(policy[name]) for name in ("k", "grow_every", "grow_after"))
    return Kind(str(policy["method"]), k, grow_every, grow_after, str(policy["start"]))


def _portrait(trial: Trial, who: Kind, numbers: Numbers) -> Portrait:
    figures = {name: trial.figures[name][numbers] for name in ("final_error", "worst_error", "shape_changes")}
    return Portrait(
        who,
        float(figures["final_error"].mean()),
        float(spread(figures["final_error"]).mean()),
        float(figures["worst_error"].mean()),
        float(figures["shape_changes"].mean()),
    )
