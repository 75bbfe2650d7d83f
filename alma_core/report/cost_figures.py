"""The charts of the Cost page: cost by cause, break-evens, the tornado, the best policy where, what a budget buys."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from alma_core import language
from alma_core.language import _
from alma_core.report.axes import money_axis
from alma_core.report.figures import GREY, HUES, INK, Style, apart, canvas, lines, plain

OF_CAUSES: Final = {
    "errors": HUES[1], "misses": HUES[1], "false_alarms": HUES[4], "shortage": HUES[1], "excess": HUES[4],
    "people": HUES[0], "people_beyond": HUES[5], "upkeep": HUES[3], "training": HUES[2], "predicting": HUES[6],
    "labels": "#5B4B8A", "hardware": GREY,
}  # fmt: skip
"""Causes keep their colour on every chart."""
PATTERNS: Final = dict(zip(OF_CAUSES, ("", "", "/", "", "/", ".", "x", "\\", "-", "|", "+", ""), strict=True))
"""What tells causes apart in grey print; those of one colour, and errors, never stand in one chart."""
HALVED, DOUBLED = HUES[4], HUES[0]


def by_cause(
    rows: pd.DataFrame, names: Mapping[int, str], causes: Mapping[str, str], currency: str, theme: str = "light"
) -> go.Figure:
    """Draw what policies cost by cause, one bar each.

    Args:
        rows: one a policy and cause: `number`, `cause`, `amount`; policies in their order.
        names: of the policies.
        causes: what each cause is called.
        currency: of the amounts.
        theme: light or dark.
    """
    numbers = list(dict.fromkeys(rows["number"]))
    figure = canvas(theme, 130 + 44 * len(numbers))
    labels = [lines(names[number]) for number in numbers]
    for cause, of_cause in rows.groupby("cause", sort=False):
        amount = of_cause.set_index("number")["amount"].reindex(numbers).fillna(0.0)
        figure.add_bar(
            y=labels, x=amount, orientation="h", name=plain(causes[str(cause)]),
            marker={"color": OF_CAUSES[str(cause)], "pattern": _pattern(PATTERNS[str(cause)], theme)},
            customdata=[language.money(value, currency) for value in amount],
            hovertemplate="<b>%{y}</b><br>%{fullData.name} %{customdata}<extra></extra>",
        )  # fmt: skip
    total = rows.groupby("number")["amount"].sum().reindex(numbers)
    figure.add_scatter(
        y=labels, x=total, mode="text", text=["  " + plain(language.money(value, currency)) for value in total],
        textposition="middle right", showlegend=False, hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip
    top = 1.22 * float(total.max())
    figure.update_layout(
        barmode="stack", legend={"traceorder": "normal"}, xaxis=money_axis(0.0, top, currency),
        yaxis={"autorange": "reversed"}, bargap=0.35,
        margin={"l": 10, "r": 40, "t": 20, "b": 40},
    )  # fmt: skip
    return figure


def _pattern(shape: str, theme: str) -> dict[str, object]:
    """Return the pattern of a bar, thin and in the colour of the paper."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": INK[theme].paper, "size": 8, "solidity": 0.15}


def break_even(
    rows: pd.DataFrame, styles: Mapping[int, Style], given: float, title: str, currency: str, theme: str = "light"
) -> go.Figure:
    """Draw what policies cost over one number; a dotted line marks what it is, rings where the cheapest changes.

    Args:
        rows: `number`, `x`, `cost`, and `turns`: the cheapest changes there.
        styles: of the policies.
        given: what the number is.
        title: of the axis.
        currency: of the costs.
        theme: light or dark.
    """
    drawn_as = apart(styles, list(dict.fromkeys(rows["number"])))
    figure = canvas(theme, 330 + 25 * sum(1 + lines(one.name).count("<br>") for one in drawn_as.values()))
    for number, drawn in drawn_as.items():
        row = rows[rows["number"] == number]
        figure.add_scatter(
            x=row["x"], y=row["cost"], mode="lines", name=lines(drawn.name),
            line={"color": drawn.colour, "dash": drawn.dash, "width": 2.5},
            customdata=[language.money(value, currency) for value in row["cost"]],
            hovertemplate="<b>%{fullData.name}</b><br>%{x:,.4~r}: %{customdata}<extra></extra>",
        )  # fmt: skip
    held = rows[rows["number"].isin(list(drawn_as)[:1] + list(drawn_as)[-1:])]  # the recommended and today's
    top = 1.2 * float(held["cost"].max())  # who is dearer by far at the end may leave the picture
    turns = rows[rows["turns"]]
    figure.add_scatter(
        x=turns["x"], y=turns["cost"], mode="markers", name=_("the cheapest changes"),
        marker={"symbol": "circle-open", "size": 13, "color": INK[theme].text, "line": {"width": 2}},
        hovertemplate="%{x:,.4~r}<extra></extra>",
    )  # fmt: skip
    figure.add_vline(x=given, line={"color": GREY, "dash": "dot", "width": 1.5})
    figure.update_layout(
        xaxis={"title": plain(title), "tickformat": ",~r"},
        yaxis=money_axis(0.0, top, currency) | {"title": _("total cost")},
    )
    return figure


def tornado(rows: pd.DataFrame, saving: float, currency: str, theme: str = "light") -> go.Figure:
    """Draw the saving with each assumption halved and doubled, the widest on top.

    Args:
        rows: `assumption`, `halved`, `doubled`.
        saving: as assumptions are.
        currency: of the amounts.
        theme: light or dark.
    """
    figure = canvas(theme, 120 + 38 * len(rows))
    names = [plain(name) for name in rows["assumption"]]
    for column, word, colour, pattern in (
        ("halved", _("halved"), HALVED, "/"),
        ("doubled", _("doubled"), DOUBLED, ""),
    ):
        figure.add_bar(
            y=names, x=rows[column] - saving, base=saving, orientation="h", name=word,
            marker={"color": colour, "pattern": _pattern(pattern, theme)},
            customdata=[language.money(value, currency) for value in rows[column]],
            hovertemplate="<b>%{y}</b>, %{fullData.name}: %{customdata}<extra></extra>",
        )  # fmt: skip
    ends = np.concatenate([rows["halved"], rows["doubled"], [saving, 0.0]])
    room = 0.06 * float(np.ptp(ends) or 1.0)
    figure.add_vline(x=saving, line={"color": INK[theme].text, "width": 1.5})
    figure.add_vline(x=0, line={"color": GREY, "dash": "dot", "width": 1.5})
    figure.update_layout(
        barmode="overlay", bargap=0.3, yaxis={"autorange": "reversed"},
        xaxis=money_axis(float(ends.min()) - room, float(ends.max()) + room, currency)
        | {"title": _("saving against today's policy")},
        margin={"l": 10, "r": 40, "t": 20, "b": 50},
    )  # fmt: skip
    return figure


def best_where(
    rows: pd.DataFrame,
    styles: Mapping[int, Style],
    spans: Mapping[int, str],
    errors: Sequence[str],
    title: str,
    theme: str = "light",
) -> go.Figure:
    """Draw which policy is cheapest by horizon (across) and by how dear errors are (up), each with its number.

    Args:
        rows: `horizon`, `times`, `number`.
        styles: of the policies.
        spans: what each horizon is called.
        errors: what each of `times` means, smallest first.
        title: of the axis of errors.
        theme: light or dark.
    """
    numbers = list(dict.fromkeys(rows["number"]))
    figure = canvas(theme, 380 + 22 * len(numbers))
    table = rows.pivot_table(index="times", columns="horizon", values="number").astype(int)
    place = {number: at for at, number in enumerate(numbers)}
    shades = _shades([styles[number].colour for number in numbers])
    steps = [(edge / len(numbers), colour) for at, colour in enumerate(shades) for edge in (at, at + 1)]
    figure.add_heatmap(
        z=table.map(place.__getitem__).to_numpy(), x=[spans[int(h)] for h in table.columns.tolist()], y=list(errors),
        colorscale=steps, zmin=-0.5, zmax=len(numbers) - 0.5, showscale=False, xgap=1, ygap=1,
        text=table.map(lambda number: str(1 + place[number])).to_numpy(), texttemplate="%{text}",
        customdata=table.map(lambda number: lines(styles[number].name)).to_numpy(),
        hovertemplate="%{x}, %{y}: <b>%{customdata}</b><extra></extra>",
    )  # fmt: skip
    for number, shade in zip(numbers, shades, strict=True):
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=f"{1 + place[number]}: {lines(styles[number].name)}",
            marker={"symbol": "square", "size": 13, "color": shade},
        )  # fmt: skip
    figure.update_layout(
        xaxis={"type": "category", "title": _("horizon")}, yaxis={"type": "category", "title": plain(title)}
    )
    return figure


def _shades(colours: Sequence[str]) -> list[str]:
    """Return colours of which none is twice there: each time one comes again it is paler."""
    seen: dict[str, int] = {}
    found = []
    for colour in colours:
        share = 0.62 ** seen.get(colour, 0)
        seen[colour] = seen.get(colour, 0) + 1
        mixed = (round(255 - share * (255 - int(colour[i : i + 2], 16))) for i in (1, 3, 5))
        found.append("#" + "".join(f"{value:02X}" for value in mixed))
    return found


def frontier(
    rows: pd.DataFrame, styles: Mapping[int, Style], budget: float, title: str, currency: str, theme: str = "light"
) -> go.Figure:
    """Draw what errors cost over what is spent, for the policies that no other beats in both.

    Args:
        rows: `number`, `spend`, `errors`, the smallest spend first.
        styles: of the policies.
        budget: a line marks it.
        title: of the axis of errors.
        currency: of the amounts.
        theme: light or dark.
    """
    figure = canvas(theme, 360)
    figure.add_scatter(
        x=rows["spend"], y=rows["errors"], mode="lines", line={"color": GREY, "dash": "dot", "shape": "hv"},
        showlegend=False, hoverinfo="skip",
    )  # fmt: skip
    for row in rows.to_dict("records"):
        drawn = styles[int(row["number"])]
        figure.add_scatter(
            x=[row["spend"]], y=[row["errors"]], mode="markers", name=lines(drawn.name), showlegend=False,
            marker={"size": 12, "color": drawn.colour, "symbol": drawn.marker},
            customdata=[[language.money(row["spend"], currency), language.money(row["errors"], currency)]],
            hovertemplate="<b>%{fullData.name}</b><br>" + _("spend") + " %{customdata[0]}<br>" + plain(title)
            + " %{customdata[1]}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=budget, line={"color": INK[theme].text, "dash": "dot", "width": 1.5})
    figure.update_layout(
        xaxis=money_axis(0.0, 1.08 * max(float(rows["spend"].max()), budget), currency) | {"title": _("spend")},
        yaxis=money_axis(0.0, 1.08 * float(rows["errors"].max()), currency) | {"title": plain(title)},
    )
    return figure
