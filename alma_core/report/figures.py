"""Tidy rows -> Plotly figures: the only file with colours.

A policy keeps its colour, dash and marker on every page and in every export: they follow from its place in the run,
and `decide.panel` gives policies that are likely to be compared places of different hue.
The seven hues are those of Okabe and Ito, told apart by colour-blind readers; dashes and markers tell policies apart
in grey print, and where two of them share a hue.
"""

import html
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alma_core import language
from alma_core.decide.measure import Measure
from alma_core.language import _

HUES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star", "pentagon")
GREY: Final = "#7A8694"
FONT: Final = "Noto Sans, Noto Sans CJK JP, Yu Gothic, Meiryo, Hiragino Sans, sans-serif"


@dataclass(frozen=True)
class Style:
    """How one policy is drawn, and what it is called."""

    name: str
    colour: str
    dash: str
    marker: str


def style(place: int, name: str) -> Style:
    """Return the style of the policy at `place` in its run; the incumbent (place 0) is grey."""
    if place == 0:
        return Style(name, GREY, "dot", "cross")
    turn, hue = divmod(place - 1, len(HUES))
    return Style(name, HUES[hue], DASHES[turn % len(DASHES)], MARKERS[(hue + turn) % len(MARKERS)])


@dataclass(frozen=True)
class Ink:
    """Colours of text, grid and paper that suit a light or a dark page."""

    text: str
    grid: str
    paper: str


INK: Final = {
    "light": Ink("#1B2430", "#DFE4EA", "#FFFFFF"),
    "dark": Ink("#E8EDF3", "#34404D", "#12171E"),
}


def canvas(theme: str, height: int = 380) -> go.Figure:
    """Return an empty figure in the ink of a light or a dark page."""
    ink = INK[theme]
    axis = {"gridcolor": ink.grid, "linecolor": ink.grid, "zerolinecolor": ink.grid, "automargin": True}
    return go.Figure(
        layout={
            "template": "none",
            "height": height,
            "margin": {"l": 60, "r": 60, "t": 20, "b": 56},
            "font": {"family": FONT, "size": 13, "color": ink.text},
            "paper_bgcolor": ink.paper,
            "plot_bgcolor": ink.paper,
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"bgcolor": ink.paper, "font": {"color": ink.text, "family": FONT}},
            "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0, "font": {"color": ink.text}},
        }
    )


def error_over_time(
    rows: pd.DataFrame,
    styles: Mapping[int, Style],
    measure: Measure,
    unit_title: str,
    currency: str,
    theme: str = "light",
) -> go.Figure:
    """Draw each policy's error with the band of its seeds, and what it has cost so far on the right axis."""
    figure = canvas(theme, 430)
    word = measure.worded(_("error"), _("prediction error"))
    for number in dict.fromkeys(rows["number"]):
        row, drawn = rows[rows["number"] == number], styles[number]
        t = row["t"].tolist()
        figure.add_scatter(
            x=_stepped_t(t) + _stepped_t(t)[::-1], y=_held(row["high"]) + _held(row["low"])[::-1], fill="toself",
            fillcolor=_faint(drawn.colour), line={"width": 0}, hoverinfo="skip", showlegend=False,
            legendgroup=drawn.name, mode="lines",
        )  # fmt: skip
        figure.add_scatter(
            x=t, y=row["error"], name=drawn.name, legendgroup=drawn.name, mode="lines+markers",
            line={"color": drawn.colour, "dash": drawn.dash, "width": 2.5, "shape": "hv"},
            marker={"symbol": drawn.marker, "size": 6},
            customdata=np.stack([
                [plain(measure.text(e)) for e in row["error"]],
                [plain(measure.text(e)) for e in row["low"]],
                [plain(measure.text(e)) for e in row["high"]],
                [language.money(c, currency) for c in row["cost_so_far"]],
                [language.number(u) for u in row["updates_so_far"]],
            ], axis=1),
            hovertemplate="<b>%{fullData.name}</b><br>" + word + " %{customdata[0]} (%{customdata[1]} – "
            "%{customdata[2]})<br>" + _("cost so far") + " %{customdata[3]}<br>" + _("updates so far")
            + " %{customdata[4]}<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=t, y=row["cost_so_far"], yaxis="y2", legendgroup=drawn.name, showlegend=False, hoverinfo="skip",
            mode="lines", line={"color": drawn.colour, "dash": drawn.dash, "width": 1}, opacity=0.75,
        )  # fmt: skip
    ink = INK[theme]
    low, high = float(rows["low"].min()), float(rows["high"].max())
    thick = _("{title}, log scale (thick, left)") if _is_wide(low, high) else _("{title} (thick, left)")
    figure.update_layout(
        xaxis_title=unit_title,
        yaxis={"title": thick.format(title=plain(measure.heading(word))), **error_axis(low, high, measure)},
        yaxis2={
            "title": _("cost so far, {currency} (thin, right)").format(currency=currency), "overlaying": "y",
            "side": "right", "showgrid": False, "range": [0, 1.05 * rows["cost_so_far"].max()],
            "tickformat": ".3~s", "tickmode": "auto", "nticks": 6, "linecolor": ink.grid,
            "automargin": True,
        },
    )  # fmt: skip
    return figure


def early_against_late(
    rows: pd.DataFrame, styles: Mapping[int, Style], measure: Measure, currency: str, theme: str = "light"
) -> go.Figure:
    """Draw short-term against long-term error; the mark grows with the cost, the front is a line, today's is ringed."""
    figure = canvas(theme, 430)
    ink = INK[theme]
    front = rows[rows["on_front"]].sort_values(["short_term_error", "long_term_error"])
    figure.add_scatter(
        x=front["short_term_error"], y=front["long_term_error"], mode="lines", hoverinfo="skip",
        line={"color": GREY, "width": 1, "dash": "dot"}, name=_("not beaten in early error, late error and cost"),
    )  # fmt: skip
    size = 7 + 15 * np.sqrt(rows["cost"] / max(rows["cost"].max(), 1e-9))
    for row, diameter in zip(rows.to_dict("records"), size, strict=True):
        drawn = styles[int(row["number"])]
        figure.add_scatter(
            x=[row["short_term_error"]], y=[row["long_term_error"]], name=drawn.name, mode="markers",
            showlegend=False,
            marker={
                "size": diameter, "color": drawn.colour, "symbol": drawn.marker, "opacity": 0.8,
                "line": {"color": ink.paper, "width": 1},
            },
            customdata=[[
                plain(measure.text(row["short_term_error"])), plain(measure.text(row["long_term_error"])),
                language.money(row["cost"], currency),
            ]],
            hovertemplate="<b>%{fullData.name}</b><br>" + _("short-term") + " %{customdata[0]}<br>" + _("long-term")
            + " %{customdata[1]}<br>" + _("cost") + " %{customdata[2]}<extra></extra>",
        )  # fmt: skip
    _ring(figure, rows.assign(diameter=size), ink)
    for axis, column, title in (
        ("xaxis", "short_term_error", measure.worded(_("short-term error"), _("short-term prediction error"))),
        ("yaxis", "long_term_error", measure.worded(_("long-term error"), _("long-term prediction error"))),
    ):
        low, high = float(rows[column].min()), float(rows[column].max())
        titled = plain(measure.heading(title))
        said = _("{title}, log scale").format(title=titled) if _is_wide(low, high) else titled
        figure.update_layout({axis: {"title": said, **error_axis(low, high, measure)}})
    return figure


def _ring(figure: go.Figure, rows: pd.DataFrame, ink: Ink) -> None:
    """Ring the recommended policy and today's, above all marks, and name them on the sides away from each other."""
    best, today = rows[rows["is_best"]].iloc[0], rows[rows["is_baseline"]].iloc[0]
    is_later = today["short_term_error"] < best["short_term_error"]
    is_sooner = best["short_term_error"] < today["short_term_error"]
    for row, text, where in (
        (best, _("recommended"), "top right" if is_later else "top center"),
        (today, _("today"), "middle right" if is_sooner else "middle left"),
    ):
        figure.add_scatter(
            x=[row["short_term_error"]], y=[row["long_term_error"]], mode="markers+text", hoverinfo="skip",
            marker={"symbol": "circle-open", "size": row["diameter"] + 9, "color": ink.text, "line": {"width": 2}},
            text=[text], textposition=where, showlegend=False, cliponaxis=False,
        )  # fmt: skip


def heat_map(rows: pd.DataFrame, waits: Mapping[int, str], write: Callable[[float], str], theme: str) -> go.Figure:
    """Draw one figure by waiting time (across) and capacity (up), written by `write`; the darker, the larger."""
    figure = canvas(theme, 300)
    table = rows.pivot_table(index="capacity", columns="waiting_time", values="value")
    table = table.loc[[c for c in ("S", "M", "L", "XL") if c in table.index]]
    shown = [["" if np.isnan(v) else plain(write(v)) for v in line] for line in table.to_numpy()]
    figure.add_heatmap(
        z=table.to_numpy(), x=[waits[int(w)] for w in table.columns], y=table.index.tolist(), text=shown,
        texttemplate="%{text}", colorscale="Cividis", reversescale=True, showscale=False, xgap=2, ygap=2,
        hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(xaxis={"type": "category"}, yaxis={"type": "category", "title": _("model size")})
    return figure


def _stepped_t(t: list[int]) -> list[int]:
    """Return t0, t1, t1, t2, t2, ...: a band drawn over it steps where the line does."""
    return [t[0], *(now for later in t[1:] for now in (later, later))]


def _held(values: "pd.Series[float]") -> list[float]:
    """Return v0, v0, v1, v1, ..., v_last: each value holds until the next arrival."""
    listed = values.tolist()
    return [*(now for value in listed[:-1] for now in (value, value)), listed[-1]]


def _is_wide(low: float, high: float) -> bool:
    """Return whether an even scale would press the small errors flat: a range of more than a factor of eight."""
    return 0 < 8 * low < high


def error_axis(low: float, high: float, measure: Measure) -> dict[str, Any]:
    """Return the axis of errors low..high: from zero and even, or logarithmic where the range is wide."""
    if not _is_wide(low, high):
        written = {"tickformat": ".0%"} if measure.is_share else {"separatethousands": True, "exponentformat": "none"}
        return {**written, "range": [0, 1.05 * high or 1.0]}
    top = 1.15 if measure.is_share else 1.25 * high
    ticks = [
        float(f"{step}e{power}")
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for step in (1, 2, 5)
        if 0.5 * low <= float(f"{step}e{power}") <= top
    ]
    return {
        "type": "log",
        "range": [math.log10(0.8 * low), math.log10(min(1.25 * high, top))],
        "tickvals": ticks,
        "ticktext": [_tick(tick, measure) for tick in ticks],
    }


def _tick(error: float, measure: Measure) -> str:
    """Write 1, 2 or 5 times a power of ten with no more decimals than it has."""
    shown = 100 * error if measure.is_share else error
    decimals = max(0, -math.floor(math.log10(shown) + 1e-9))
    return language.percent(error, decimals) if measure.is_share else language.number(error, decimals)


def plain(text: str) -> str:
    """Return text that Plotly draws as it stands: it takes tags and entities for its own."""
    return html.escape(text, quote=False)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"
