"""Which policies a question compares: its filters, today's policy, and one of each kind that comes to the same."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide.panel import Panel, learns, networks
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.methods import ESTIMATORS
from alma_core.policies.catalogue import GROUP_OF, RESEARCH
from alma_core.policies.wording import INCUMBENT


def capacities(policies: pd.DataFrame) -> list[str]:
    """Return the sizes that policies come in, in their order; none where no policy is a network."""
    return list(dict.fromkeys(policies.loc[networks(policies), "capacity"]))


def research(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies use a research method, in a run that holds everyday ones too; else none."""
    found = np.array([GROUP_OF.get(method) == RESEARCH for method in policies["method"].tolist()], bool)
    return np.asarray(found & (learns(policies) & ~found).any())


def first_choices(policies: pd.DataFrame) -> list[str]:
    """Return which first updates the waiting policies offer: "w" (after the first wait), "1" (at once)."""
    first, wait = policies["first_update"].to_numpy(), policies["waiting_time"].to_numpy()
    offered = [name for name, there in (("w", first == wait), ("1", first == 1)) if (there & (wait > 1)).any()]
    return offered or ["w"]


def compared(
    policies: pd.DataFrame, capacities: tuple[str, ...] | None, first_updates: str | None, with_research: bool = True
) -> NDArray[np.bool_]:
    """Return [P] which policies the filters leave; the incumbent always stays.

    Args:
        capacities: sizes of networks; None: all. What has no size stays whatever is chosen.
        first_updates: "w", "1" or "both"; None: the first that the run offers.
        with_research: research methods too.

    Raises:
        QuestionError: none is left.
    """
    keep = learns(policies) & (with_research | ~research(policies))
    if capacities is not None:
        keep = keep & (policies["capacity"].isin(capacities).to_numpy() | ~networks(policies))
    first, wait = policies["first_update"].to_numpy(), policies["waiting_time"].to_numpy()
    choice = first_updates or first_choices(policies)[0]
    if choice != "both":
        keep = keep & ((first == 1) if choice == "1" else (first == wait))
    if not keep.any():
        raise QuestionError(
            _(
                "No policy of this run fits what was chosen; choose more capacities, another first update, research "
                "methods too or a smaller mega-batch."
            )
        )
    return keep | ~learns(policies)


def today(full: Panel, coarse: Panel, baseline: str | None) -> str:
    """Return the fingerprint of today's policy: the one given, or what most teams do.

    That is: one network, updated as soon as something arrives, continuing, on new data, of a middling size; where a
    run lacks that, what comes nearest.

    Raises:
        QuestionError: the one given is not in the run, or does not exist at this size of mega-batch.
    """
    if baseline is not None:
        full.number(baseline)
        if baseline not in coarse.policies["policy"].tolist():
            raise QuestionError(
                _(
                    "Today's policy updates more often than such large mega-batches arrive; choose another policy or "
                    "smaller mega-batches."
                )
            )
        return baseline
    described = [full.described[full.numbers[policy]] for policy in coarse.policies["policy"]]
    learning = [policy for policy in described if policy["method"] != INCUMBENT]
    if not learning:
        raise QuestionError(_("No policy of this run exists at such large mega-batches; choose smaller ones."))
    return str(min(learning, key=_unusual)["policy"])


def _unusual(policy: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what grows with the distance of a policy from what most teams do, what counts most first."""
    is_special = policy["method"] != "single" or policy["schedule"] != "every"
    is_estimator = not is_special and policy["architecture"] in ESTIMATORS
    distance_from_m = ("M", "S", "L", "XL", "none").index(policy["capacity"])
    of_data = (policy["replay"], policy["window"], policy["start"] != "warm")
    return is_special, policy["waiting_time"], is_estimator, *of_data, distance_from_m


def distinct(panel: Panel, keep: NDArray[np.bool_], baseline: int) -> NDArray[np.bool_]:
    """Return [P] `keep` without policies that come to the same as one before them: equal errors, equal updates.

    Where prices look at more than errors, that must be equal too. Today's policy and the incumbent always stay. So a
    policy whose first update lies beyond the horizon gives way to "no update", and policies that differ only in what
    never happened are listed once.
    """
    incumbents = np.flatnonzero(~learns(panel.policies)).tolist()
    others = [number for number in np.flatnonzero(keep).tolist() if number not in (baseline, *incumbents)]
    result = np.zeros_like(keep)
    seen: dict[bytes, list[int]] = {}
    traces = traces_of(panel)
    for number in (baseline, *incumbents, *others):
        before = seen.setdefault(traces[number], [])
        result[number] = number in incumbents or not any(_alike(panel, number, other) for other in before)
        before.append(number)
    return result


def _alike(panel: Panel, one: int, other: int) -> bool:
    """Return whether the models of two policies do alike in all that is known of them."""
    pairs = ((array[..., one, :, :, :], array[..., other, :, :, :]) for array in panel.models.values())
    return all(np.array_equal(*pair, equal_nan=True) for pair in pairs)


def traces_of(panel: Panel) -> list[bytes]:
    """Return for each policy what is equal for those that come to the same: errors, FLOPs and updates of every row."""
    columns = [panel[name] for name in ("error", "train_flops", "updated")]
    return [b"".join(column[number].tobytes() for column in columns) for number in range(len(panel.policies))]
