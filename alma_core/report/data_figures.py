"""Charts of a data set: how its rows arrive, and which columns shift when."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alma_core import language
from alma_core.language import _
from alma_core.report.figures import GREY, HUES, INK, canvas, plain

MOST_COLUMNS: Final = 20
"""Columns of a map of shifts: those that differ most often."""
MOST_TICKS: Final = 13
TICK_CHARACTERS: Final = 120
"""Characters that fit under a chart."""
LONGEST_TICK: Final = 24
"""Longer names, such as of files, are shown as numbers."""
STRONG: Final = 0.5
"""A stability index from which on a difference is drawn as strongly as can be."""


def arrivals(table: pd.DataFrame, balance: str, is_share: bool, theme: str = "light") -> go.Figure:
    """Draw the rows of each mega-batch, with and without a label, and the balance of the labels as a line.

    Args:
        table: `t`, `name`, `labelled`, `blank` (rows), and `balance` (share 0..1, or a mean); NaN where unknown.
        balance: what the line shows; empty: no line.
        is_share: whether that is a share, not the mean of a number.
        theme: "light" or "dark".
    """
    figure, names = canvas(theme, 320).read, [plain(name) for name in table["name"]]
    for column, word, colour in (
        ("labelled", _("rows with a label"), HUES[0]),
        ("blank", _("rows without a label"), GREY),
    ):
        figure.add_bar(
            x=table["t"], y=table[column], name=word, marker={"color": colour}, customdata=names,
            hovertemplate="<b>%{customdata}</b><br>" + word + ": %{y:,}<extra></extra>",
        )  # fmt: skip
    if balance:
        figure.add_scatter(
            x=table["t"], y=table["balance"], yaxis="y2", name=plain(balance) + " " + _("(right)"), customdata=names,
            mode="lines+markers", line={"color": HUES[1], "width": 2}, marker={"size": 6},
            hovertemplate="<b>%{customdata}</b><br>" + plain(balance) + ": %{y}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0.2, margin={"t": 36, "b": 40},
        legend={"traceorder": "normal"},
        xaxis=_named_ticks(names, table["t"].tolist()),
        yaxis={"title": _("rows"), "rangemode": "tozero", "tickformat": ",d", "nticks": 6},
        yaxis2={
            "overlaying": "y", "side": "right", "showgrid": False, "rangemode": "tozero", "automargin": True,
            "title": plain(balance), "tickformat": ".0%" if is_share else ",.3~g", "hoverformat": ".1%" if is_share
            else ",.4~g", "linecolor": INK[theme].grid, "zeroline": False,
            "tickmode": "auto", "nticks": 5,
        },
    )  # fmt: skip
    return figure


def shifted(table: pd.DataFrame, names: Sequence[str], level: float, theme: str = "light") -> go.Figure:
    """Draw which columns of which mega-batch differ from the one before by more than chance, and by how much.

    Args:
        table: as `shift.shift` returns it.
        names: [B] what the mega-batches are called.
        level: below this adjusted p a difference is more than chance; cells of all others are grey.
        theme: "light" or "dark".
    """
    columns = table[table["column"] != ""]
    found = columns[columns["p_adjusted"] < level]
    psi = columns[columns["test"] == "psi"].pivot_table(index="column", columns="t", values="statistic")
    rank = pd.concat([found["column"].value_counts().reindex(psi.index, fill_value=0), psi.max(axis=1)], axis=1)
    kept = rank.sort_values(list(rank.columns)).index[-MOST_COLUMNS:]
    compared = list(range(2, len(names) + 1))
    psi = psi.loc[kept].reindex(columns=compared)
    differs = found.assign(differs=1.0).pivot_table(index="column", columns="t", values="differs")
    is_found = differs.reindex(index=psi.index, columns=psi.columns).notna().to_numpy()
    shown = [plain(name) for name in names]
    figure, ink = canvas(theme, 110 + 26 * len(psi)).read, INK[theme]
    sizes = psi.fillna(0).to_numpy(np.float64)  # [columns, B - 1]
    hover = [[[shown[t - 1], language.number(v, 3)] for t, v in zip(compared, row, strict=True)] for row in sizes]
    cells = {
        "x": compared, "y": [plain(str(name)) for name in psi.index], "xgap": 2, "ygap": 2,
        "hoverongaps": False, "customdata": np.array(hover, dtype=object), "zmin": 0, "zmax": STRONG,
        "hovertemplate": "<b>%{customdata[0]}</b>, %{y}<br>" + _("difference (PSI)") + " %{customdata[1]}",
    }  # fmt: skip
    by_chance, beyond = _("no more than chance"), _("more than chance")
    size = psi.to_numpy(np.float64)
    figure.add_heatmap(
        z=np.where(is_found, np.nan, size * 0), colorscale=[[0, ink.grid], [1, ink.grid]], showscale=False, **cells,
        name=by_chance,
    )  # fmt: skip
    figure.add_heatmap(
        z=np.where(is_found, size.clip(0, STRONG), np.nan), colorscale=[[0, HUES[4]], [1, HUES[1]]], **cells,
        name=beyond,
        colorbar={
            "title": {"text": _("difference (PSI)"), "side": "right"}, "thickness": 12, "outlinewidth": 0,
            "tickvals": [0, 0.1, 0.25, STRONG], "ticktext": ["0", "0.1", "0.25", "≥ 0.5"],
        },
    )  # fmt: skip
    for colour, word in ((ink.grid, by_chance), (HUES[1], beyond)):
        figure.add_scatter(
            x=[None], y=[None], mode="markers", marker={"color": colour, "size": 11, "symbol": "square"}, name=word,
            showlegend=True,
        )  # fmt: skip
    figure.update_layout(
        xaxis={**_named_ticks(shown, compared), "showgrid": False},
        yaxis={"type": "category", "showgrid": False, "automargin": True}, margin={"t": 36, "b": 40},
    )  # fmt: skip
    return figure


def _named_ticks(names: Sequence[str], numbers: Sequence[int]) -> dict[str, object]:
    """Return an axis of mega-batches with as many names as fit; long names, such as of files, give way to numbers."""
    longest = max(len(name) for name in names)
    fits = longest <= LONGEST_TICK
    most = min(MOST_TICKS, TICK_CHARACTERS // longest) if fits else MOST_TICKS
    ticks = list(numbers)[:: -(-len(numbers) // most)]
    return {
        "tickvals": ticks,
        "ticktext": [names[t - 1] if fits else str(t) for t in ticks],
        "title": "" if fits else _("mega-batch"),
        "range": [min(numbers) - 0.6, max(numbers) + 0.6],
        "zeroline": False,
    }
