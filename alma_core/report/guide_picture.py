"""What ALMA is, in one picture: the same arrivals under two policies of a real run, and how their errors fall."""

from typing import Final, NamedTuple

import pandas as pd

from alma_core import language
from alma_core.decide import measure
from alma_core.decide.panel import panel, plain
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report import figures
from alma_core.report.drawing import Drawing

RUN: Final = "digits"
"""The shipped run that is drawn."""
WAITS: Final = (1, 5)
LETTERS: Final = ("A", "B")
DASHES: Final = ("dash", "solid")
"""Steps are hard to follow in finer ones."""


class Course(NamedTuple):
    """What one of the two policies did.

    Args:
        wait: in arrivals.
        errors: share of wrong predictions after each arrival, the mean over seeds.
        updates: arrivals at which it was updated.
        place: of the policy in its run, which gives its colour.
    """

    wait: int
    errors: list[float]
    updates: list[int]
    place: int


def courses(run: Run) -> list[Course]:
    """Return how the two policies went: networks of medium size that go on with new data, at each of the WAITS."""
    rows = panel(run.ledger, measure.of_run(run))
    policies = rows.policies[plain(rows.policies)]
    alike = policies.query("capacity == 'M' and start == 'warm' and replay == 0 and window == 0")
    found = []
    for wait in WAITS:
        number = int(alike.index[(alike["waiting_time"] == wait) & (alike["first_update"] == wait)][0])
        updated = rows["updated"][number].any(0)
        updates = [t for t, is_update in enumerate(updated, 1) if is_update]
        place = int(policies["place"][number])
        found.append(Course(wait, rows["error"][number].mean(0).tolist(), updates, place))
    return found


def names(unit: str) -> tuple[str, str]:
    """Name the two policies."""
    return (
        _("A: update {every}").format(every=wording.every(WAITS[0], unit)),
        _("B: collect {wait}, then update").format(wait=wording.arrivals(WAITS[1], unit)),
    )


def picture(found: list[Course], unit: str, theme: str) -> Drawing:
    """Draw arrivals and updates along the time, and above them how the error falls in steps."""
    ink, arrivals = figures.INK[theme], list(range(1, len(found[0].errors) + 1))
    drawn = [figures.style(one.place, name) for one, name in zip(found, names(unit), strict=True)]
    rows = [_("B updates"), _("A updates"), _("data arrives")]
    traces: list[figures.Trace] = [
        {
            "type": "scatter", "x": arrivals, "y": one.errors, "name": look.name, "mode": "lines+markers",
            "line": {"shape": "hv", "width": 3, "color": look.colour, "dash": dash},
            "marker": {"symbol": look.marker, "size": 6},
            "hovertemplate": "%{y:.0%}<extra>" + letter + "</extra>",
        }
        for one, look, letter, dash in zip(found, drawn, LETTERS, DASHES, strict=True)
    ]  # fmt: skip
    traces += [_row(rows[2], arrivals, ink.text, "square")]
    traces += [
        _row(row, one.updates, look.colour, look.marker)
        for row, one, look in zip(rows[1::-1], found, drawn, strict=True)
    ]
    return figures.canvas(
        theme, 430, traces,
        xaxis={"title": wording.time_axis(unit), "anchor": "y2", "range": [0.4, len(arrivals) + 0.6], "dtick": 5},
        yaxis={"title": _("error rate"), "domain": [0.36, 1], "tickformat": ".0%", "range": [0, 1]},
        yaxis2={
            "domain": [0, 0.26], "type": "category", "categoryarray": rows, "range": [-0.6, 2.6], "showgrid": False,
            "linecolor": ink.grid, "automargin": True,
        },
    )  # fmt: skip


def _row(name: str, at: list[int], colour: str, marker: str) -> figures.Trace:
    """Return a row of marks along the time."""
    return {
        "type": "scatter", "x": at, "y": [name] * len(at), "yaxis": "y2", "mode": "markers", "showlegend": False,
        "marker": {"symbol": marker, "size": 8, "color": colour}, "hoverinfo": "skip",
    }  # fmt: skip


def rows(found: list[Course], unit: str) -> pd.DataFrame:
    """Return what the picture shows: a row for each policy and arrival."""
    return pd.DataFrame(
        [
            {"policy": name, "t": t, "error": error, "updated": t in one.updates}
            for one, name in zip(found, names(unit), strict=True)
            for t, error in enumerate(one.errors, 1)
        ]
    )


def finding(found: list[Course], unit: str) -> str:
    """Say what the picture shows, in a sentence."""
    at_once, patient = found
    early = patient.wait - 2  # the last arrival at which the patient one has no model
    return _(
        "After {early} A is wrong in {a} of cases and B, not yet updated, in {b}; after {all} A, updated {often} "
        "times, in {a_end} and B, updated {seldom} times, in {b_end}."
    ).format(
        early=wording.arrivals(early + 1, unit),
        a=language.percent(at_once.errors[early], 0),
        b=language.percent(patient.errors[early], 0),
        all=wording.arrivals(len(at_once.errors), unit),
        often=len(at_once.updates),
        a_end=language.percent(at_once.errors[-1], 0),
        seldom=len(patient.updates),
        b_end=language.percent(patient.errors[-1], 0),
    )


def source(run: Run) -> str:
    """Say where the picture's figures come from."""
    return _("Real figures: run {run}, models of medium size on new data, mean of {seeds} repeats.").format(
        run=run.id, seeds=run.spec.seeds
    )
