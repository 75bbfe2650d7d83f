"""`alma findings`: what finished runs say to the claims that are made of learning from mega-batches."""

import argparse
import math
from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from alma_core import language, library
from alma_core.decide import claims
from alma_core.decide.evidence import Evidence
from alma_core.decide.trials import Trial, of_run
from alma_core.decide.waits import Best, best_waits
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import tested, text
from alma_core.specs import CAPACITIES


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma findings` its options."""
    parser.add_argument("names", nargs="+", metavar="RUN", help="ids of runs (see `alma runs`) or their folders")
    parser.set_defaults(run=_findings)


def _findings(options: argparse.Namespace) -> int:
    found = {run.path: run for run in map(library.find, options.names)}  # a run that is named twice is one run
    print(report([of_run(run) for run in found.values()]))
    return 0


def report(trials: Sequence[Trial]) -> str:
    """Return what runs say to each claim, what is shown beside, and what could not be tested, in words."""
    evidence = claims.evidence(trials)
    blocks = [text.grouped(pd.DataFrame(rows).fillna(""), left) for rows, left in (
        ([row for one in evidence for row in tested.verdicts(one)], 3),
        ([row for one in evidence for row in _portraits(one)], 2),
        ([row for trial in trials for row in _waits(trial)], 3),
    ) if rows]  # fmt: skip
    untested = _("Not tested: {topic}; it needs {needs}.")
    missing = [untested.format(topic=_(claim.topic), needs=_(claim.needs)) for claim in claims.missing(evidence)]
    said = [tested.coverage()] if evidence else []
    return "\n\n".join([*blocks, *said, *(["\n".join(missing)] if missing else [])])


def _portraits(one: Evidence) -> list[dict[str, str]]:
    measure = one.measure
    return [
        {
            "": _("Models that grow and their counterparts of fixed size, averaged over the same waits and sizes"),
            _("run"): one.run,
            _("method"): tested.side(who, one.unit),
            _("final error"): measure.text(final),
            _("spread over repeats"): "–" if math.isnan(spread) else measure.size(spread),
            _("worst moment"): measure.text(worst),
            _("changes of shape"): language.number(changes, 1),
        }
        for who, final, spread, worst, changes in one.portraits
    ]


def _waits(trial: Trial) -> list[dict[str, str]]:
    """Return a line for each horizon and size of mega-batch, with a column for each size of network."""
    found = sorted(best_waits(trial), key=lambda best: (best.factor, best.horizon, CAPACITIES.index(best.capacity)))
    return [
        {
            "": _("The wait with the least mean error over repeats, on new data, by size of network; no test"),
            _("run"): trial.name,
            _("horizon"): wording.arrivals(horizon, trial.unit),
            _("mega-batch"): wording.arrivals(factor, trial.unit),
            **{_size(best): wording.arrivals(best.wait, trial.unit) for best in bests},
        }
        for (factor, horizon), bests in groupby(found, key=lambda best: (best.factor, best.horizon))
    ]


def _size(best: Best) -> str:
    return best.capacity if best.architecture == "mlp" else f"{best.architecture.upper()} {best.capacity}"
