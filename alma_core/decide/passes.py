"""Whether more passes over one mega-batch hurt: runs that differ in nothing but their epochs."""

from collections.abc import Sequence
from itertools import pairwise
from os.path import commonprefix
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.evidence import Claim, Evidence, Part, Passes, over_pairs
from alma_core.decide.matching import on_new_data
from alma_core.decide.trials import Trial
from alma_core.language import mark

MORE_PASSES: Final = Claim(
    mark("passes per mega-batch"),
    mark("More passes over each mega-batch end with more error, where every arrival is an update on new data."),
    mark("runs that differ in --epochs alone, at a wait of 1"),
)


def more_passes_hurt(trials: Sequence[Trial]) -> list[Evidence]:
    """Test the fewest passes against the most, over each set of runs that differ in their epochs alone.

    Paired by seed across runs: equal seeds see the same stream and start from the same weights. Each step from one
    number of passes to the next is shown beside, and does not decide.
    """
    settings = dict.fromkeys(trial.setting for trial in trials)
    return [found for setting in settings for found in _over([t for t in trials if t.setting == setting])]


def _over(alike: Sequence[Trial]) -> list[Evidence]:
    by_epochs = {trial.epochs: trial for trial in reversed(alike)}
    runs = [by_epochs[epochs] for epochs in sorted(by_epochs)]
    shared = set.intersection(*map(_tested, runs))
    if len(runs) < 2 or not shared:
        return []
    final = {trial.epochs: _final(trial, sorted(shared)) for trial in runs}
    fewest, *_between, most = final
    steps = pairwise(final) if len(runs) > 2 else ()
    parts = [_part(final, fewest, most, counts=True), *(_part(final, *step, counts=False) for step in steps)]
    first = runs[0]
    return [Evidence(MORE_PASSES, _names(runs), first.unit, first.panel.measure, tuple(parts))]


def _tested(trial: Trial) -> set[str]:
    """Return the fingerprints of the policies that continue on new data at every arrival."""
    shown = on_new_data(trial.policies)
    return set(shown.loc[shown["waiting_time"] == 1, "policy"])


def _final(trial: Trial, policies: Sequence[str]) -> NDArray[np.float64]:
    """Return [N, S] the final errors of N policies, in the order given."""
    return trial.figures["final_error"][[trial.panel.number(policy) for policy in policies]]


def _part(final: dict[int, NDArray[np.float64]], fewer: int, more: int, counts: bool) -> Part:
    return Part(Passes(fewer), Passes(more), over_pairs(final[fewer], final[more]), counts=counts)


def _names(runs: Sequence[Trial]) -> str:
    """Return one name for several runs: what their names begin with and a star, else all of them."""
    names = [trial.name for trial in runs]
    prefix = commonprefix(names)  # noqa: RUF071 - letter by letter is what is meant: these are no paths
    return f"{prefix}*" if prefix else ", ".join(names)
