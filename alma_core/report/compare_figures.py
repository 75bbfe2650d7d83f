"""Charts that hold policies against each other: places early and late, differences from today's, error and cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core import language
from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.report.axes import cost_axis, error_axis, even_axis, is_wide
from alma_core.report.drawing import Drawing
from alma_core.report.figures import GREY, INK, Style, Trace, apart, canvas, lines, plain

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EM_SPACE: Final = "\u2003"


def places(
    rows: pd.DataFrame, styles: Mapping[int, Style], measure: Measure, spans: Sequence[str], theme: str = "light"
) -> Drawing:
    """Draw each policy's place early (left) and late (right) as a line; its errors and its name stand at the ends.

    Args:
        rows: of `compare_tables.places`.
        styles: of the policies.
        measure: how errors are written.
        spans: which arrivals count as early, and which as late.
        theme: light or dark.
    """
    drawn_as = apart(styles, rows["number"].tolist())
    errors = {end: [plain(measure.text(error)) for error in rows[f"{end}_term_error"]] for end in ("short", "long")}
    traces = []
    for at, row in enumerate(rows.to_dict("records")):
        drawn = drawn_as[row["number"]]
        traces += [
            {
                "type": "scatter", "x": [0, 1], "y": [row["early_place"], row["late_place"]], "mode": "lines+markers",
                "name": lines(drawn.name), "line": {"color": drawn.colour, "dash": drawn.dash, "width": 2.5},
                "marker": {"symbol": drawn.marker, "size": 11}, "customdata": [errors["short"][at], errors["long"][at]],
                "hovertemplate": "<b>%{fullData.name}</b><br>%{customdata}<extra></extra>",
            },
            {"type": "scatter", "x": [1], "y": [row["late_place"]], "yaxis": "y2", "mode": "markers",
             "marker": {"opacity": 0}, "hoverinfo": "skip"},
        ]  # fmt: skip
    names = [lines(drawn_as[number].name) for number in rows["number"]]
    ends = {"range": [len(rows) + 0.5, 0.5], "showgrid": False, "zeroline": False, "showline": False, "ticks": ""}
    left = _ticks(rows["early_place"], errors["short"])
    right = _ticks(rows["late_place"], [f"{error}  {name}" for error, name in zip(errors["long"], names, strict=True)])
    return canvas(
        theme, 130 + 46 * len(rows), traces, showlegend=False, margin={"l": 20, "r": 20, "t": 36, "b": 20},
        xaxis={
            "range": [-0.02, 1.02], "tickvals": [0, 1], "side": "top", "zeroline": False, "showline": False,
            "ticktext": list(map(plain, spans)),
        },
        yaxis=ends | left,
        yaxis2={"overlaying": "y", "side": "right", "automargin": True} | ends | right,
    )  # fmt: skip


def _ticks(places: "pd.Series[int]", texts: list[str]) -> dict[str, Any]:
    told = [f"{place}.  {text}" for place, text in zip(places, texts, strict=True)]
    return {"tickvals": places.tolist(), "ticktext": told}


def differences(
    rows: pd.DataFrame, styles: Mapping[int, Style], write: Callable[[float], str], theme: str = "light"
) -> Drawing:
    """Draw by how much policies differ from today's, with intervals; marks are filled where these leave zero.

    Args:
        rows: of `compare_tables.against_today`.
        styles: of the policies.
        write: writes a difference.
        theme: light or dark.
    """
    drawn = [styles[number] for number in rows["number"]]
    has_ends = not rows["low"].isna().any()
    shown = rows[["difference", "low", "high"] if has_ends else ["difference"]].to_numpy()  # [n, 3 or 1]
    told = [plain(_written(*map(write, values))) for values in shown]
    at = list(range(len(rows)))
    error = {"type": "data", "symmetric": False, "thickness": 1.6, "width": 5, "color": INK[theme].text}
    whiskers = error | {
        "array": (rows["high"] - rows["difference"]).tolist(),
        "arrayminus": (rows["difference"] - rows["low"]).tolist(),
    }  # fmt: skip
    marks = {
        "type": "scatter", "x": rows["difference"].tolist(), "y": at, "mode": "markers", "showlegend": False,
        "hovertext": [lines(one.name) for one in drawn], "customdata": told,
        "marker": {
            "size": 12, "color": [one.colour for one in drawn],
            "line": {"width": 2, "color": [one.colour for one in drawn]},
            "symbol": [one.marker + ("" if sign else "-open") for one, sign in zip(drawn, rows["sign"], strict=True)],
        },
        "hovertemplate": "<b>%{hovertext}</b><br>%{customdata}<extra></extra>",
        **({"error_x": whiskers} if has_ends else {}),
    }  # fmt: skip
    beside = {"type": "scatter", "x": [0], "y": [0], "yaxis": "y2", "mode": "markers", "marker": {"opacity": 0},
              "hoverinfo": "skip", "showlegend": False}  # fmt: skip
    ends = np.append(shown, 0.0)
    room = 0.06 * float(np.ptp(ends)) or 1.0
    rows_axis = {"range": [len(rows) - 0.4, -0.6], "tickvals": at, "showgrid": False, "zeroline": False, "ticks": ""}
    return canvas(
        theme, 150 + 44 * len(rows), [marks, beside, *_filled_or_open()], margin={"l": 20, "r": 20, "t": 20, "b": 56},
        xaxis=even_axis(float(ends.min()) - room, float(ends.max()) + room, write)
        | {"title": _("less than today's  ←  →  more than today's"), "tickangle": 0},
        yaxis=rows_axis | {"ticktext": [lines(one.name) for one in drawn]},
        yaxis2=rows_axis | {"ticktext": told, "side": "right", "overlaying": "y", "automargin": True},
        shapes=[{"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "layer": "below",
                 "line": {"color": INK[theme].text, "width": 1.5}}],
    )  # fmt: skip


def _written(mean: str, low: str = "", high: str = "") -> str:
    return _("{mean} ({low} to {high})").format(mean=mean, low=low, high=high) if low else mean


def _filled_or_open() -> list[Trace]:
    """Return what explains the marks in the legend."""
    words = {
        "circle": _("differs from today's beyond chance"), "circle-open": _("cannot be told apart from today's"),
    }  # fmt: skip
    return [
        {"type": "scatter", "x": [None], "y": [None], "mode": "markers", "name": word,
         "marker": {"symbol": symbol, "size": 12, "color": GREY, "line": {"width": 2, "color": GREY}}}
        for symbol, word in words.items()
    ]  # fmt: skip


def error_against_cost(
    rows: pd.DataFrame,
    front: pd.DataFrame,
    styles: Mapping[int, Style],
    measure: Measure,
    currency: str,
    theme: str = "light",
) -> Drawing:
    """Draw mean error over total cost; those that no other beats in both are joined, lettered and named.

    Args:
        rows: of `compare_tables.error_and_cost`.
        front: those of them on the front, the cheapest first.
        styles: of the policies.
        measure: how errors are measured.
        currency: of the costs.
        theme: light or dark.
    """
    cost, error = rows["cost"].tolist(), rows["mean_error"].tolist()
    others = rows[~rows["number"].isin(front["number"])]
    line = {
        "type": "scatter", "x": front["cost"].tolist(), "y": front["mean_error"].tolist(), "mode": "lines",
        "hoverinfo": "skip", "line": {"color": GREY, "width": 1.5, "dash": "dot", "shape": "hv"},
        "name": _("not beaten in both cost and error"),
    }  # fmt: skip
    letters = {number: LETTERS[at % len(LETTERS)] for at, number in enumerate(front["number"])}
    named = [
        _marks(rows[rows["number"] == number], styles, measure, currency, 13)
        | {"name": f"<b>{letter}</b>  {lines(styles[number].name)}", "mode": "markers+text", "showlegend": True,
           "text": [letter + EM_SPACE], "textposition": "bottom left", "cliponaxis": False}  # where no marks can be
        for number, letter in letters.items()
    ]  # fmt: skip
    word = plain(measure.heading(measure.worded(_("mean error"), _("mean prediction error"))))
    axes = {
        "xaxis": _titled(_("total cost, {currency}").format(currency=currency), cost, cost_axis, currency),
        "yaxis": _titled(word, error, error_axis, measure),
    }
    of_names = 2 + sum(1 + lines(styles[number].name).count("<br>") for number in letters)
    traces = [line, _marks(others, styles, measure, currency, 8), *named, *_rings(rows, styles, theme)]
    return canvas(theme, 400 + 25 * of_names, traces, **axes)


def _rings(rows: pd.DataFrame, styles: Mapping[int, Style], theme: str) -> list[Trace]:
    """Ring the recommended policy, and put a box around today's; the legend says which is which."""
    words = (
        ("is_best", "circle-open", _("recommended: {policy}")),
        ("is_baseline", "square-open", _("today: {policy}")),
    )
    return [
        {"type": "scatter", "x": ringed["cost"].tolist(), "y": ringed["mean_error"].tolist(), "mode": "markers",
         "name": word.format(policy=lines(styles[ringed["number"].iloc[0]].name)), "hoverinfo": "skip",
         "marker": {"symbol": symbol, "size": 23, "color": INK[theme].text, "line": {"width": 2}}}
        for word, symbol, ringed in ((word, symbol, rows[rows[which]]) for which, symbol, word in words)
    ]  # fmt: skip


def _titled(title: str, values: list[float], axis: Callable[..., dict[str, Any]], write: Any) -> dict[str, Any]:
    low, high = min(values), max(values)
    said = _("{title}, log scale").format(title=title) if is_wide(low, high) else title
    return {"title": said, **axis(low, high, write)}


def _marks(rows: pd.DataFrame, styles: Mapping[int, Style], measure: Measure, currency: str, size: int) -> Trace:
    """Return marks of policies with what their hover says."""
    drawn = [styles[number] for number in rows["number"]]
    told = [
        [plain(measure.text(error)), language.money(cost, currency)]
        for error, cost in zip(rows["mean_error"], rows["cost"], strict=True)
    ]
    return {
        "type": "scatter", "x": rows["cost"].tolist(), "y": rows["mean_error"].tolist(), "mode": "markers",
        "showlegend": False, "hovertext": [lines(one.name) for one in drawn], "customdata": told,
        "marker": {"size": size, "color": [one.colour for one in drawn], "symbol": [one.marker for one in drawn]},
        "hovertemplate": "<b>%{hovertext}</b><br>" + measure.worded(_("mean error"), _("mean prediction error"))
        + " %{customdata[0]}<br>" + _("cost") + " %{customdata[1]}<extra></extra>",
    }  # fmt: skip
