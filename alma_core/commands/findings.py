"""`alma findings`: what finished runs say to the claims that are made of learning from mega-batches."""

import argparse
import math
from collections.abc import Sequence
from itertools import compress, groupby

import pandas as pd

from alma_core import language, library
from alma_core.decide import claims
from alma_core.decide.evidence import Data, Evidence, Kind, Part, Passes, Side, Wait
from alma_core.decide.measure import Measure
from alma_core.decide.trials import Trial, of_run
from alma_core.decide.waits import Best, best_waits
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import text
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
        ([row for one in evidence for row in verdicts(one)], 3),
        ([row for one in evidence for row in _portraits(one)], 2),
        ([row for trial in trials for row in _waits(trial)], 3),
    ) if rows]  # fmt: skip
    untested = _("Not tested: {topic}; it needs {needs}.")
    missing = [untested.format(topic=_(claim.topic), needs=_(claim.needs)) for claim in claims.missing(evidence)]
    said = [coverage()] if evidence else []
    return "\n\n".join([*blocks, *said, *(["\n".join(missing)] if missing else [])])


def coverage() -> str:
    """Say what the figures are and what their intervals cover."""
    return "\n".join(
        (
            _("Differences: the first minus the second, by repeat; × is the FLOPs of the first over the second's."),
            _("Intervals: Student's t, 95 %, over repeats; they cover neither the finite data nor a change of it."),
            _("Until its first update a policy errs as a plain guess does, which is part of its mean error."),
            _("A verdict in brackets is shown beside and does not decide on the claim."),
        )
    )


def verdicts(one: Evidence) -> list[dict[str, str]]:
    """Return a line for each comparison and, where several decide, one for all of them."""
    rows = [_row(one, _pair(part, one.unit), _verdict(part), *_figures(part, one.measure)) for part in one.parts]
    if sum(part.counts for part in one.parts) > 1:
        rows.append(_row(one, _("together"), _(one.verdict), "", ""))
    return rows


def _row(one: Evidence, compared: str, verdict: str, difference: str, interval: str) -> dict[str, str]:
    return {
        _("claim"): _(one.claim.says),
        _("run"): one.run,
        _("compared"): compared,
        _("verdict"): verdict,
        _("difference"): difference,
        _("95 % interval"): interval,
    }


def _verdict(part: Part) -> str:
    return _(part.verdict) if part.counts else f"({_(part.verdict)})"


def _figures(part: Part, measure: Measure) -> tuple[str, str]:
    """Write an estimate, and its interval without the unit; a single repeat gives none."""
    mean, low, high, n = part.found

    def bare(value: float) -> str:
        return language.number(value, 2) if part.is_ratio else measure.signed(value, 2)

    shown = f"× {bare(mean)}" if part.is_ratio else measure.change(mean, 2)
    return shown, _("{low} to {high}").format(low=bare(low), high=bare(high)) if n > 1 else "–"


def _pair(part: Part, unit: str) -> str:
    """Name the two that are compared; of how they train, only what they differ in."""
    if isinstance(part.one, Data) and isinstance(part.other, Data):
        one, other = (wording.way(*side, unit) for side in (part.one, part.other))
        differs = [a != b for a, b in zip(one, other, strict=True)]
        names = [_(", ").join(compress(way, differs)) for way in (one, other)]
    else:
        names = [_side(side, unit) for side in (part.one, part.other)]
    return (" / " if part.is_ratio else " − ").join(names)


def _side(side: Side, unit: str) -> str:
    match side:
        case Wait(count):
            return wording.arrivals(count, unit)
        case Passes(count):
            return n_("{count} pass", "{count} passes", count)
        case Data():
            return _(", ").join(wording.way(*side, unit))
        case Kind():
            return _kind(side)
    return side


def _kind(kind: Kind) -> str:
    """Write a method as the command line calls it, with how it grows and, where it does not continue, its start."""
    name = kind.method.replace("_", "-") + (f"-{kind.k}" if kind.k > 1 else "")
    grows = [f"{letter} = {count}" for letter, count in (("g", kind.grow_every), ("u", kind.grow_after)) if count]
    return _(", ").join([name, *grows, *([] if kind.start == "warm" else [wording.way(kind.start, 0, 0, "lot")[0]])])


def _portraits(one: Evidence) -> list[dict[str, str]]:
    measure = one.measure
    return [
        {
            "": _("Models that grow and their counterparts of fixed size, averaged over the same waits and sizes"),
            _("run"): one.run,
            _("method"): _side(who, one.unit),
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
