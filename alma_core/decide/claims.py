"""What is claimed of learning from mega-batches, each put to the test on finished runs.

The claims are those of the ALMA paper in its versions, of Ash and Adams (2020) on warm starts, and the usual advice on
growing models.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from alma_core.decide.evidence import Claim, Data, Evidence, Kind, Part, over_pairs, ratio_over_pairs, untested
from alma_core.decide.growing import GROWING_IS_BETTER, GROWING_IS_CHEAP, better_than_fixed, cheap_but_worse
from alma_core.decide.matching import Numbers
from alma_core.decide.panel import networks, plain
from alma_core.decide.passes import MORE_PASSES, more_passes_hurt
from alma_core.decide.trials import Trial
from alma_core.decide.waits import INTERMEDIATE, intermediate_wait
from alma_core.language import mark
from alma_core.specs import CAPACITIES

BIGGER: Final = Claim(
    mark("model size"),
    mark("Bigger is better in the end: the largest network has less long-term error than the smallest."),
    mark("one policy in two sizes"),
)
REPLAY_COSTS: Final = Claim(
    mark("past data and its price"),
    mark("Replay of all past data has the least mean error of single networks, at 5 to 10 times the compute."),
    mark("one network that continues on all data and on new data at one wait"),
)
SCRATCH: Final = Claim(
    mark("continuing or starting afresh"),
    mark("Training from scratch ends with less error than continuing, both on all data so far."),
    mark("one policy that continues and one from scratch, both on all data"),
)
CLAIMS: Final = (
    *(BIGGER, INTERMEDIATE, REPLAY_COSTS, GROWING_IS_CHEAP, GROWING_IS_BETTER, SCRATCH),
    MORE_PASSES,
)
FIVE_TO_TEN: Final = (4.95, 10.05)
"""Times that are written 5.0 to 10.0."""
ONE_NETWORK: Final = ("single", "keep_better", "ema")
"""Methods that train and serve one network."""
ALL_DATA: Final = Data("warm", 1.0, 0)
WAY: Final = ["method", "start", "window"]


def evidence(trials: Sequence[Trial]) -> list[Evidence]:
    """Return what the runs say to each claim, in the order of CLAIMS."""
    tests = (bigger_is_better, intermediate_wait, replay_costs, cheap_but_worse, better_than_fixed, scratch_is_better)
    found = [one for test in tests for trial in trials for one in test(trial)]
    return [*found, *more_passes_hurt(trials)]


def missing(found: Sequence[Evidence]) -> list[Claim]:
    """Return the claims that none of the runs could test."""
    return untested(CLAIMS, found)


def bigger_is_better(trial: Trial) -> list[Evidence]:
    """Test the largest size of a run against its smallest, over all policies that come in both."""
    policies = trial.policies[networks(trial.policies)]
    sizes = [size for size in CAPACITIES if (policies["capacity"] == size).any()]
    if len(sizes) < 2:
        return []
    largest, smallest = (policies[policies["capacity"] == size] for size in (sizes[-1], sizes[0]))
    these, those = trial.pairs(largest, smallest, apart_from=("capacity",))
    if not len(these):
        return []
    error = trial.figures["long_term_error"]
    return [_evidence(BIGGER, trial, Part(sizes[-1], sizes[0], over_pairs(error[these], error[those])))]


def replay_costs(trial: Trial) -> list[Evidence]:
    """Test replay at the shortest wait: mean error against the strongest network without, FLOPs against new data."""
    policies = trial.policies
    singles = policies[plain(policies) & (policies["start"] == "warm") & (policies["window"] == 0)]
    these, those = trial.pairs(singles[singles["replay"] == 1], singles[singles["replay"] == 0], apart_from=("replay",))
    if not len(these):
        return []
    waits = policies.loc[these, "waiting_time"].to_numpy()
    at_once = waits == waits.min()
    these, those = these[at_once], those[at_once]
    flops = trial.figures["flops"]
    compute = ratio_over_pairs(flops[these], flops[those])
    price = Part(ALL_DATA, Data("warm", 0.0, 0), compute, FIVE_TO_TEN, is_ratio=True)
    return [_evidence(REPLAY_COSTS, trial, _against_the_strongest(trial, np.unique(these)), price)]


def _against_the_strongest(trial: Trial, replays: Numbers) -> Part:
    """Compare networks on all data with those on new data or a window, of which the one with the least mean error.

    It is chosen on the same seeds, which makes the test harder to pass.
    """
    policies, error = trial.policies, trial.figures["mean_error"]
    is_rival = policies["method"].isin(ONE_NETWORK) & (policies["schedule"] == "every") & (policies["replay"] == 0)
    parts = []
    for _way, rivals in policies[is_rival & networks(policies)].groupby(WAY, sort=False):
        these, those = trial.pairs(policies.loc[replays], rivals, apart_from=(*WAY, "replay"))
        one = rivals.iloc[0]
        who = Data(one["start"], 0.0, one["window"]) if one["method"] == "single" else Kind(one["method"])
        if len(these):
            parts.append(Part(ALL_DATA, who, over_pairs(error[these], error[those])))
    return max(parts, key=lambda part: part.found.mean)


def scratch_is_better(trial: Trial) -> list[Evidence]:
    """Test networks from scratch against those that continue, on all data."""
    policies = trial.policies
    on_all = policies[networks(policies) & (policies["replay"] == 1)]
    scratch, warm = (on_all[on_all["start"] == start] for start in ("scratch", "warm"))
    these, those = trial.pairs(scratch, warm, apart_from=("start",))
    if not len(these):
        return []
    error = trial.figures["final_error"]
    part = Part(Data("scratch", 1.0, 0), ALL_DATA, over_pairs(error[these], error[those]))
    return [_evidence(SCRATCH, trial, part)]


def _evidence(claim: Claim, trial: Trial, *parts: Part) -> Evidence:
    return Evidence(claim, trial.name, trial.unit, trial.panel.measure, parts)
