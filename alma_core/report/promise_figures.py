"""The chart of a promise: the band in which each period's error should lie, and the errors that came."""

from typing import Any, Final

import pandas as pd

from alma_core import language
from alma_core.adoption import Adoption
from alma_core.decide.expected import ABOVE, AS_PREDICTED, BETTER, REVIEW
from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import columns, kept_promise
from alma_core.report.axes import error_axis
from alma_core.report.drawing import Drawing, upright
from alma_core.report.figures import HUES, INK, Trace, area, canvas, plain

PROMISED: Final = HUES[5]
"""Colour of the band and of what was expected."""
LOOKS: Final = {
    AS_PREDICTED: (HUES[0], "circle"), BETTER: (HUES[2], "triangle-down"), ABOVE: (HUES[4], "triangle-up"),
    REVIEW: (HUES[1], "x"),
}  # fmt: skip
"""Colour and mark of each verdict."""
MOST_TICKS: Final = 7
SHOWN: Final = ("period", "cases", "actual", "expected", "low", "high")
"""What is said of a period that is pointed at."""


def title(measure: Measure) -> str:
    """Return the title of the chart."""
    return measure.worded(_("Error, promised and actual"), _("Prediction error, promised and actual"))


def alt(adoption: Adoption, measure: Measure) -> str:
    """Say in a sentence what the chart shows."""
    rows = kept_promise.rows(adoption)
    shown = _("The band goes from {low} to {high} over {count}.").format(
        low=measure.text(float(rows["low"].min())), high=measure.text(float(rows["high"].max())),
        count=kept_promise.counted(adoption, len(rows)),
    )  # fmt: skip
    return language.joined(kept_promise.headline(adoption, measure), shown)


def figure(adoption: Adoption, measure: Measure, theme: str = "light") -> Drawing:
    """Draw rows of `kept_promise.rows`: the band, what was expected, dashed after the data, and what came."""
    rows = kept_promise.rows(adoption)
    ends = [*rows["low"].tolist(), *rows["high"].tolist(), *rows["actual"].dropna().tolist()]
    word = measure.worded(_("error"), _("prediction error"))
    border = len(adoption.promise.places) - adoption.behind
    is_within = 0 < border < len(rows)
    return canvas(
        theme,
        380,
        [*_promised(rows), *_came(rows, adoption, measure)],
        xaxis={"title": _axis(adoption), **_ticks(adoption, len(rows)), "range": [0.5, len(rows) + 0.5]},
        yaxis={"title": plain(measure.heading(word)), **error_axis(min(ends), max(ends), measure)},
        shapes=[upright(border + 0.5, color=INK[theme].text, width=1, dash="dot")] if is_within else [],
    )


def _axis(adoption: Adoption) -> str:
    if not adoption.has_dates:
        return _("lots since the adoption") if adoption.factor == 1 else _("periods since the adoption")
    return wording.time_axis(adoption.unit)


def _ticks(adoption: Adoption, count: int) -> dict[str, Any]:
    step = -(-count // MOST_TICKS)
    shown = list(range(1, count + 1, step))
    return {"tickvals": shown, "ticktext": [kept_promise.tick(adoption, number) for number in shown]}


def _promised(rows: pd.DataFrame) -> list[Trace]:
    """Return the band and what was expected; each line of the two goes on to where the other begins."""
    t, low, high = (rows[name].tolist() for name in ("period", "low", "high"))
    traces = [area(t, low, high, PROMISED) | {"name": _("band for one period, 90 %"), "showlegend": True}]
    known = rows[~rows["is_estimate"]]
    guessed = rows[rows["is_estimate"] | (rows["period"] == len(known))]
    for part, name, dash in ((known, _("expected"), "solid"), (guessed, _("expected, an estimate"), "dash")):
        if len(part) and part["is_estimate"].any() == (dash == "dash"):
            traces.append({
                "type": "scatter", "x": part["period"].tolist(), "y": part["expected"].tolist(), "name": name,
                "mode": "lines", "line": {"color": PROMISED, "width": 2, "dash": dash}, "hoverinfo": "skip",
            })  # fmt: skip
    return traces


def _came(rows: pd.DataFrame, adoption: Adoption, measure: Measure) -> list[Trace]:
    traces = []
    for verdict, (colour, marker) in LOOKS.items():
        own = rows[rows["verdict"] == verdict]
        if not len(own):
            continue
        told = [
            (plain(kept_promise.period(adoption, number)), *(plain(measure.text(error)) for error in errors),
             language.number(cases))
            for number, cases, *errors in zip(*(own[name].tolist() for name in SHOWN), strict=True)
        ]  # fmt: skip
        traces.append({
            "type": "scatter", "x": own["period"].tolist(), "y": own["actual"].tolist(),
            "name": _(columns.VERDICTS[verdict]), "mode": "markers",
            "marker": {"symbol": marker, "size": 12, "color": colour}, "customdata": told,
            "hovertemplate": "<b>%{customdata[0]}</b><br>" + _("actual") + " %{customdata[1]}<br>" + _("expected")
            + " %{customdata[2]} (%{customdata[3]} – %{customdata[4]})<br>" + _("cases")
            + " %{customdata[5]}<extra>%{fullData.name}</extra>",
        })  # fmt: skip
    return traces
