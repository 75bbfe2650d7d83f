"""Charts of single networks by model size: the error over time by wait, and a map of one figure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from itertools import cycle
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core.decide.measure import Measure
from alma_core.language import _
from alma_core.report.axes import error_axis, is_wide
from alma_core.report.drawing import Drawing
from alma_core.report.figures import DASHES, INK, Style, Trace, band, canvas, plain
from alma_core.specs import CAPACITIES

MOST_MARKS: Final = 8
"""Of a line; more would hide it where it is level."""


def panels(
    rows: pd.DataFrame,
    styles: Mapping[int, Style],
    waits: Mapping[int, str],
    sizes: Mapping[str, str],
    measure: Measure,
    unit_title: str,
    theme: str = "light",
) -> Drawing:
    """Draw the error over time by waiting time, a panel for each size, all on one axis of errors.

    Policies keep their colours; a waiting time has the same dashes in every panel.

    Args:
        rows: of `by_size.panels`.
        styles: of the policies.
        waits: what each waiting time is called.
        sizes: what each capacity is called.
        measure: how errors are measured.
        unit_title: what the axes of time count.
        theme: light or dark.
    """
    dashes = dict(zip(sorted(set(rows["waiting_time"])), cycle(DASHES)))
    write = cache(measure.text)  # an error holds from one update to the next
    shown = list(dict.fromkeys(rows["capacity"]))
    width = 1 / len(shown)
    traces: list[Trace] = []
    layout: dict[str, Any] = {}
    for at, size in enumerate(shown):
        place, of_size = str(at + 1) if at else "", rows[rows["capacity"] == size]
        start, end = at * width + 0.02 * (at > 0), (at + 1) * width - 0.02 * (at + 1 < len(shown))
        for number, of_policy in of_size.groupby("number", sort=False):
            drawn = replace(styles[int(str(number))], dash=dashes[of_policy["waiting_time"].iloc[0]])
            traces += _line(of_policy, drawn, waits, write, place)
        layout[f"xaxis{place}"] = {
            "domain": [start, end], "anchor": "y", "title": unit_title, "gridcolor": INK[theme].grid,
            "linecolor": INK[theme].grid, "zeroline": False,
        }  # fmt: skip
        layout[f"legend{place}"] = {
            "x": start, "xanchor": "left", "y": 0, "yanchor": "bottom", "yref": "container", "font": {"size": 12},
            "title": {"text": _("updated"), "font": {"size": 12}},
        }  # fmt: skip
    middles = [sum(axis["domain"]) / 2 for name, axis in layout.items() if name.startswith("xaxis")]
    titles = [
        {"text": f"<b>{plain(sizes[size])}</b>", "x": middle, "xanchor": "center", "y": 1, "yanchor": "bottom",
         "xref": "paper", "yref": "paper", "showarrow": False}
        for middle, size in zip(middles, shown, strict=True)
    ]  # fmt: skip
    low, high = float(rows["low"].min()), float(rows["high"].max())
    word = plain(measure.heading(measure.worded(_("error"), _("prediction error"))))
    title = _("{title}, log scale").format(title=word) if is_wide(low, high) else word
    below = 82 + 21 * int(rows.groupby("capacity")["number"].nunique().max())
    return canvas(
        theme, 330 + below, traces, **layout, annotations=titles, margin={"l": 60, "r": 20, "t": 34, "b": below},
        yaxis={"title": title, **error_axis(low, high, measure)},
    )  # fmt: skip


def _line(
    rows: pd.DataFrame, drawn: Style, waits: Mapping[int, str], write: Callable[[float], str], place: str
) -> list[Trace]:
    """Return one policy's band and error in the panel of its size."""
    of = {str(column): values.tolist() for column, values in rows.items()}
    name = plain(waits[of["waiting_time"][0]])
    axes = {"xaxis": f"x{place}", "legend": f"legend{place}", "legendgroup": name}
    told = (map(write, of[column]) for column in ("error", "low", "high"))
    line = axes | {
        "type": "scatter", "x": of["t"], "y": of["error"], "name": name, "mode": "lines+markers",
        "line": {"color": drawn.colour, "dash": drawn.dash, "width": 2, "shape": "hv"},
        "marker": {"symbol": drawn.marker, "size": 6, "maxdisplayed": MOST_MARKS},
        "hovertext": [plain(f"{error} ({low} – {high})") for error, low, high in zip(*told, strict=True)],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{hovertext}<extra></extra>",
    }  # fmt: skip
    return [axes | band(of, drawn.colour), line]


def heat_map(
    rows: pd.DataFrame, least: pd.DataFrame, waits: Mapping[int, str], write: Callable[[float], str], theme: str
) -> Drawing:
    """Draw one figure by waiting time (across) and capacity (up); the darker, the larger, and the lowest is named.

    Args:
        rows: of `by_size.heat`.
        least: those of them with the lowest figure.
        waits: what each waiting time is called.
        write: writes the figure.
        theme: light or dark.
    """
    table = rows.pivot_table(index="capacity", columns="waiting_time", values="value")
    table = table.loc[[c for c in CAPACITIES if c in table.index]]
    lowest = set(zip(least["capacity"], least["waiting_time"], strict=True))
    shown = [
        ["" if np.isnan(value) else _cell(plain(write(value)), (size, wait) in lowest) for wait, value in line.items()]
        for size, line in table.iterrows()
    ]  # fmt: skip
    cells = {
        "type": "heatmap", "z": table.astype(object).where(table.notna(), None).to_numpy().tolist(),
        "x": [waits[int(wait)] for wait in table.columns], "y": table.index.tolist(),
        "text": shown, "texttemplate": "%{text}", "colorscale": "Cividis", "reversescale": True, "showscale": False,
        "xgap": 2, "ygap": 2, "hovertemplate": "%{y}, %{x}: %{text}<extra></extra>",
    }  # fmt: skip
    return canvas(
        theme, 130 + 60 * len(table), [cells], xaxis={"type": "category", "title": _("waiting time")},
        yaxis={"type": "category", "title": _("model size")},
    )  # fmt: skip


def _cell(written: str, is_lowest: bool) -> str:
    return "<br>".join((f"<b>{written}</b>", _("(lowest)"))) if is_lowest else written
