"""Tidy rows -> Plotly figures: the only file with colours.

A policy keeps its colour, dash and marker on every page and in every export: they follow from its place in the run,
and `decide.panel` gives policies that are likely to be compared places of different hue.
Six of the seven hues are those of Okabe and Ito; the violet lies far from them also for readers who lack one kind of
cone (a test holds how far apart hues are). Dashes and markers tell policies apart in grey print, and where two of them
share a hue.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core import language
from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.report import terms
from alma_core.report.axes import along, error_axis, is_wide, money_axis
from alma_core.report.drawing import Drawing, titled

HUES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8822EE")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LOOKS_LIKE: Final = {"solid": "solid", "dot": "dot"} | dict.fromkeys(DASHES[1:2] + DASHES[3:], "dash")
"""What a dash is taken for at a glance."""
MARKERS: Final = ("circle", "square", "diamond", "triangle-up", "x", "star", "pentagon")
GREY: Final = "#7A8694"
MARK: Final = "#8A5A00"
"""Of what says that prices or data are examples: 6 to 1 against white."""
QUIET, GIVEN, EDGE, CHEAPEST = "#5B6775", "#FFF7D6", "#D9C98A", "#DDEFE7"
"""On a sheet: words in the background, cells to be changed and their edge, the row of the cheapest."""
PALE: Final = "#B9C1CA"
"""Of what is there to be compared with."""
WIDEST_LEGEND: Final = 44
"""Columns of a line of the legend; more would leave a chart that fills half a page."""
# Else the title of an axis runs over wide ticks, and the first ticks of two axes meet in their corner.
TEMPLATE: Final = {"layout": {axis: {"title": {"standoff": 8}, "ticklabelstandoff": 4} for axis in ("xaxis", "yaxis")}}
MOST_MARKS: Final = 16
"""Marks on a line: enough to tell it apart, few enough to be drawn at once."""
FONT: Final = "Noto Sans, Noto Sans CJK JP, Yu Gothic, Meiryo, Hiragino Sans, sans-serif"

Trace = dict[str, Any]
"""One thing that is drawn, in Plotly's words."""


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


def apart(styles: Mapping[int, Style], shown: Sequence[int]) -> dict[int, Style]:
    """Return the styles of the lines of one chart; of two of a colour, the later takes a dash that looks unlike."""
    result: dict[int, Style] = {}
    for number in shown:
        drawn = styles[number]
        taken = {other.dash for other in result.values() if other.colour == drawn.colour}
        free = [dash for dash in (drawn.dash, *DASHES) if dash not in taken]
        unlike = [dash for dash in free if LOOKS_LIKE[dash] not in {LOOKS_LIKE[other] for other in taken}]
        result[number] = replace(drawn, dash=next(iter(unlike + free), drawn.dash))
    return result


@dataclass(frozen=True)
class Ink:
    """Colours of text, grid and paper that suit a light or a dark page."""

    text: str
    grid: str
    paper: str


INK: Final = {
    "light": Ink("#0F1722", "#DFE4EA", "#FFFFFF"),
    "dark": Ink("#E8EDF3", "#34404D", "#12171E"),
}


def canvas(theme: str, height: int = 380, traces: Sequence[Trace] = (), **layout: Any) -> Drawing:
    """Return a figure in the ink of a light or a dark page.

    Args:
        theme: "light" or "dark".
        height: in pixels.
        traces: what it shows.
        layout: what its layout has beyond the usual; `xaxis` and `yaxis` add to the usual axes.
    """
    ink = INK[theme]
    axis = {"gridcolor": ink.grid, "linecolor": ink.grid, "zerolinecolor": ink.grid, "automargin": True}
    usual = {
        "template": TEMPLATE,
        "height": height,
        "margin": {"l": 60, "r": 60, "t": 20, "b": 56},
        "font": {"family": FONT, "size": 13, "color": ink.text},
        "paper_bgcolor": ink.paper,
        "plot_bgcolor": ink.paper,
        "hoverlabel": {"bgcolor": ink.paper, "font": {"color": ink.text, "family": FONT}},
        "legend": {
            "orientation": "h",
            "yref": "container",  # it keeps its place above the plot whenever the chart takes another width
            "y": 1,
            "yanchor": "top",
            "x": 0,
            "font": {"color": ink.text},
            "maxheight": 0.9,
        },
    }
    axes = {name: axis | layout.get(name, {}) for name in ("xaxis", "yaxis")}
    words: dict[str, Any] = usual | layout | axes
    return Drawing(list(traces), words | {name: titled(words[name]) for name in words if name[1:5] == "axis"})


def error_over_time(
    rows: pd.DataFrame,
    styles: Mapping[int, Style],
    measure: Measure,
    unit_title: str,
    currency: str,
    theme: str = "light",
) -> Drawing:
    """Draw each policy's error with the band of its seeds, and what it has cost so far on the right axis."""
    drawn_as = apart(styles, list(dict.fromkeys(rows["number"])))
    in_legend = sum(1 + lines(drawn.name).count("<br>") for drawn in drawn_as.values())
    traces = [
        trace
        for number, drawn in drawn_as.items()
        for trace in _over_time(rows[rows["number"] == number], drawn, measure, currency)
    ]
    low, high = float(rows["low"].min()), float(rows["high"].max())
    thick = _("{title}, log scale (thick, left)") if is_wide(low, high) else _("{title} (thick, left)")
    word = measure.worded(_("error"), _("prediction error"))
    return canvas(
        theme,
        350 + 25 * in_legend,
        traces,
        xaxis={"title": unit_title},
        yaxis={"title": thick.format(title=plain(measure.heading(word))), **error_axis(low, high, measure)},
        yaxis2={
            "title": _("cost so far, {currency} (thin, right)").format(currency=currency), "overlaying": "y",
            "side": "right", "showgrid": False, "linecolor": INK[theme].grid, "automargin": True,
            **money_axis(0.0, 1.05 * float(rows["cost_so_far"].max()) or 1.0, currency),
        },
    )  # fmt: skip


def _over_time(rows: pd.DataFrame, drawn: Style, measure: Measure, currency: str) -> list[Trace]:
    """Return one policy's band, error and cost over time."""
    of, name = {str(name): column.tolist() for name, column in rows.items()}, lines(drawn.name)
    errors = [[plain(measure.text(error)) for error in of[column]] for column in ("error", "low", "high")]
    costs = [language.money(cost, currency) for cost in of["cost_so_far"]]
    updates = [terms.count(updates) for updates in of["updates_so_far"]]
    word = measure.worded(_("error"), _("prediction error"))
    usual = {"type": "scatter", "legendgroup": name}
    error = usual | {
        "x": of["t"], "y": of["error"], "name": name, "mode": "lines+markers",
        "line": {"color": drawn.colour, "dash": drawn.dash, "width": 2.5, "shape": "hv"},
        "marker": {"symbol": drawn.marker, "size": 6, "maxdisplayed": MOST_MARKS},
        "customdata": list(zip(*errors, costs, updates, strict=True)),
        "hovertemplate": "<b>%{fullData.name}</b><br>" + word + " %{customdata[0]} (%{customdata[1]} – "
        "%{customdata[2]})<br>" + _("cost so far") + " %{customdata[3]}<br>" + _("updates so far")
        + " %{customdata[4]}<extra></extra>",
    }  # fmt: skip
    cost = usual | {
        "x": of["t"], "y": of["cost_so_far"], "yaxis": "y2", "showlegend": False, "hoverinfo": "skip", "mode": "lines",
        "line": {"color": drawn.colour, "dash": drawn.dash, "width": 1}, "opacity": 0.75,
    }  # fmt: skip
    return [usual | band(of, drawn.colour), error, cost]


def band(of: Mapping[str, list[Any]], colour: str) -> Trace:
    """Return what shows every seed: `low` to `high` over `t`, each held until the next arrival."""
    return area(_stepped_t(of["t"]), _held(of["low"]), _held(of["high"]), colour)


def area(x: list[Any], low: list[float], high: list[float], colour: str) -> Trace:
    """Return what lies between `low` and `high` over `x`, faintly."""
    return {
        "type": "scatter", "x": x + x[::-1], "y": high + low[::-1], "fill": "toself", "fillcolor": _faint(colour),
        "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False, "mode": "lines",
    }  # fmt: skip


def early_against_late(
    rows: pd.DataFrame, styles: Mapping[int, Style], measure: Measure, currency: str, theme: str = "light"
) -> Drawing:
    """Draw short-term against long-term error; the mark grows with the cost, the front is a line, today's is ringed."""
    ink, drawn = INK[theme], [styles[int(number)] for number in rows["number"]]
    size = (7 + 15 * np.sqrt(rows["cost"].to_numpy() / max(rows["cost"].max(), 1e-9))).tolist()
    early, late = rows["short_term_error"].tolist(), rows["long_term_error"].tolist()
    unbeaten = sorted((x, y) for x, y, is_on in zip(early, late, rows["on_front"], strict=True) if is_on)
    front = {
        "type": "scatter", "x": [x for x, _y in unbeaten], "y": [y for _x, y in unbeaten],
        "mode": "lines", "hoverinfo": "skip", "line": {"color": GREY, "width": 1, "dash": "dot"},
        "name": _("not beaten in early error, late error and cost"),
    }  # fmt: skip
    marks = {
        "type": "scatter", "x": early, "y": late,
        "hovertext": [lines(one.name) for one in drawn], "mode": "markers", "showlegend": False,
        "marker": {
            "size": size, "color": [one.colour for one in drawn], "symbol": [one.marker for one in drawn],
            "opacity": 0.8, "line": {"color": ink.paper, "width": 1},
        },
        "customdata": [
            [plain(measure.text(x)), plain(measure.text(y)), language.money(cost, currency)]
            for x, y, cost in zip(early, late, rows["cost"].tolist(), strict=True)
        ],
        "hovertemplate": "<b>%{hovertext}</b><br>" + _("short-term") + " %{customdata[0]}<br>" + _("long-term")
        + " %{customdata[1]}<br>" + _("cost") + " %{customdata[2]}<extra></extra>",
    }  # fmt: skip
    axes = {}
    for axis, errors, title in (
        ("xaxis", early, measure.worded(_("short-term error"), _("short-term prediction error"))),
        ("yaxis", late, measure.worded(_("long-term error"), _("long-term prediction error"))),
    ):
        low, high = min(errors), max(errors)
        titled = plain(measure.heading(title))
        said = _("{title}, log scale").format(title=titled) if is_wide(low, high) else titled
        axes[axis] = {"title": said, **error_axis(low, high, measure, from_zero=False)}
    ringed = [rows[which].tolist().index(True) for which in ("is_best", "is_baseline")]
    return canvas(theme, 430, [front, marks, *_rings(early, late, size, ringed, ink)], **axes)


def _rings(early: list[float], late: list[float], size: list[float], ringed: list[int], ink: Ink) -> list[Trace]:
    """Ring the recommended policy and today's, above all marks, and name them inward, clear of each other."""
    across, up = ([along(errors[n], min(errors), max(errors)) for n in ringed] for errors in (early, late))
    beside = _beside(*sorted(up))
    where = (beside[up[0] >= up[1]], beside[up[0] < up[1]])
    return [
        {
            "type": "scatter", "x": [early[n]], "y": [late[n]], "mode": "markers+text", "hoverinfo": "skip",
            "text": [text], "textposition": f"{beside_it} {'left' if share > 0.5 else 'right'}",
            "showlegend": False, "cliponaxis": False,
            "textfont": {"shadow": ", ".join([f"0 0 3px {ink.paper}"] * 4)},  # it may stand on another mark
            "marker": {"symbol": "circle-open", "size": size[n] + 9, "color": ink.text, "line": {"width": 2}},
        }
        for n, text, share, beside_it in zip(ringed, (_("recommended"), _("today")), across, where, strict=True)
    ]  # fmt: skip


def _beside(lower: float, upper: float) -> tuple[str, str]:
    """Return where the names of a lower and an upper mark stand, 0..1 up an axis: neither meets the other or an end."""
    if upper <= 0.5:
        return "middle", "top"
    return "bottom" if lower > 0.2 else "middle", "middle"


def _stepped_t(t: list[int]) -> list[int]:
    """Return t0, t1, t1, t2, t2, ...: a band drawn over it steps where the line does."""
    return [t[0], *(now for later in t[1:] for now in (later, later))]


def _held(values: list[float]) -> list[float]:
    """Return v0, v0, v1, v1, ..., v_last: each value holds until the next arrival."""
    return [*(now for value in values[:-1] for now in (value, value)), values[-1]]


def plain(text: str) -> str:
    """Return text that Plotly draws as it stands: it takes tags and entities for its own."""
    return html.escape(text, quote=False)


def lines(name: str) -> str:
    """Return a policy's name as a legend shows it: one that is long goes on in further lines, parted at its commas."""
    return _lines(name, _(", "))


@lru_cache(maxsize=16_384)
def _lines(name: str, comma: str) -> str:
    first, *others = name.split(comma)
    shown = [first]
    for part in others:
        longer = comma.join((shown[-1], part))
        shown[-1:] = [longer] if terms.columns(longer) <= WIDEST_LEGEND else [shown[-1] + comma.rstrip(), part]
    return "<br>".join(map(plain, shown))


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"
