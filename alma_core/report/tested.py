"""What finished runs say to claims, in words: a line for each comparison, and in short by claim."""

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Final

from alma_core import language
from alma_core.decide.evidence import Claim, Data, Evidence, Kind, Part, Passes, Side, Wait
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.measure import Measure
from alma_core.language import _, n_
from alma_core.policies import wording

SIGNS: Final = {HOLDS: "✓", FAILS: "✗", UNCLEAR: "?"}
"""What a verdict is marked with, beside its word."""


def in_short(claim: Claim, found: Sequence[Evidence]) -> list[str]:
    """Return for each verdict on a claim which runs give it, and how often where one run holds several pairs."""
    of_claim = [(one.verdict, one.run) for one in found if one.claim == claim]
    runs = Counter(run for _verdict, run in of_claim)
    counts = Counter(of_claim)
    said = []
    for verdict, sign in SIGNS.items():
        named = [
            run if runs[run] == 1 else _("{run} ({count} of {all})").format(run=run, count=count, all=runs[run])
            for (given, run), count in counts.items()
            if given == verdict
        ]
        if named:
            runs_named = _(", ").join(named)
            said.append(f"{sign}{language.NO_BREAK}{_(verdict)}: {runs_named}")
    return said


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
        one, other = (wording.way(*data, unit) for data in (part.one, part.other))
        differs = [a != b for a, b in zip(one, other, strict=True)]
        names = [_(", ").join(compress(way, differs)) for way in (one, other)]
    else:
        names = [side(one, unit) for one in (part.one, part.other)]
    return (" / " if part.is_ratio else " − ").join(names)


def side(one: Side, unit: str) -> str:
    """Name one of two that are compared."""
    match one:
        case Wait(count):
            return wording.arrivals(count, unit)
        case Passes(count):
            return n_("{count} pass", "{count} passes", count)
        case Data():
            return _(", ").join(wording.way(*one, unit))
        case Kind():
            return _kind(one)
    return one


def _kind(kind: Kind) -> str:
    """Write a method as the command line calls it, with how it grows and, where it does not continue, its start."""
    name = kind.method.replace("_", "-") + (f"-{kind.k}" if kind.k > 1 else "")
    grows = [f"{letter} = {count}" for letter, count in (("g", kind.grow_every), ("u", kind.grow_after)) if count]
    return _(", ").join([name, *grows, *([] if kind.start == "warm" else [wording.way(kind.start, 0, 0, "lot")[0]])])
