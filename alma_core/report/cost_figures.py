"""The charts of the Cost page: cost by cause, break-evens, the tornado, the best policy where, what a budget buys."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from alma_core import language
from alma_core.language import _
from alma_core.report.axes import money_axis
from alma_core.report.drawing import Drawing, upright
from alma_core.report.figures import GREY, HUES, INK, Style, Trace, apart, canvas, lines, plain

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
) -> Drawing:
    """Draw what policies cost by cause, one bar each.

    Args:
        rows: one a policy and cause: `number`, `cause`, `amount`; policies in their order.
        names: of the policies.
        causes: what each cause is called.
        currency: of the amounts.
        theme: light or dark.
    """
    numbers = list(dict.fromkeys(rows["number"]))
    labels = [lines(names[number]) for number in numbers]
    amounts: dict[str, dict[int, float]] = {}
    for number, cause, amount in zip(*(rows[name].tolist() for name in ("number", "cause", "amount")), strict=True):
        amounts.setdefault(cause, {})[number] = amount
    totals = [sum(of_cause.get(number, 0.0) for of_cause in amounts.values()) for number in numbers]
    texts = {
        "type": "scatter", "y": labels, "x": totals, "mode": "text",
        "text": ["  " + plain(language.money(value, currency)) for value in totals],
        "textposition": "middle right", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
    return canvas(
        theme, 130 + 44 * len(numbers),
        [
            *(
                _bar(labels, [of_cause.get(number, 0.0) for number in numbers], cause, currency, theme)
                | {"name": plain(causes[cause])}
                for cause, of_cause in amounts.items()
            ),
            texts,
        ],
        barmode="stack", bargap=0.35, xaxis=money_axis(0.0, 1.22 * max(totals), currency),
        yaxis={"autorange": "reversed"}, margin={"l": 10, "r": 40, "t": 20, "b": 40},
    )  # fmt: skip


def _bar(labels: list[str], amounts: list[float], cause: str, currency: str, theme: str) -> Trace:
    """Return what policies cost for one cause."""
    return {
        "type": "bar", "y": labels, "x": amounts, "orientation": "h",
        "marker": {"color": OF_CAUSES[cause], "pattern": _pattern(PATTERNS[cause], theme)},
        "customdata": [language.money(value, currency) for value in amounts],
        "hovertemplate": "<b>%{y}</b><br>%{fullData.name} %{customdata}<extra></extra>",
    }  # fmt: skip


def _pattern(shape: str, theme: str) -> dict[str, Any]:
    """Return the pattern of a bar, thin and in the colour of the paper."""
    return {"shape": shape, "fillmode": "overlay", "fgcolor": INK[theme].paper, "size": 8, "solidity": 0.15}


def break_even(
    rows: pd.DataFrame, styles: Mapping[int, Style], given: float, title: str, currency: str, theme: str = "light"
) -> Drawing:
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
    held = rows[rows["number"].isin(list(drawn_as)[:1] + list(drawn_as)[-1:])]  # the recommended and today's
    top = 1.2 * float(held["cost"].max())  # who is dearer by far at the end may leave the picture
    turns = rows[rows["turns"]]
    rings = {
        "type": "scatter", "x": turns["x"].tolist(), "y": turns["cost"].tolist(), "mode": "markers",
        "name": _("the cheapest changes"), "hovertemplate": "%{x:,.4~r}<extra></extra>",
        "marker": {"symbol": "circle-open", "size": 13, "color": INK[theme].text, "line": {"width": 2}},
    }  # fmt: skip
    return canvas(
        theme, 330 + 25 * sum(1 + lines(one.name).count("<br>") for one in drawn_as.values()),
        [*(_line(rows[rows["number"] == number], drawn, currency) for number, drawn in drawn_as.items()), rings],
        shapes=[upright(given, color=GREY, dash="dot", width=1.5)],
        xaxis={"title": plain(title), "tickformat": ",~r"},
        yaxis=money_axis(0.0, top, currency) | {"title": _("total cost")},
    )  # fmt: skip


def _line(rows: pd.DataFrame, drawn: Style, currency: str) -> Trace:
    """Return what one policy costs over a number."""
    costs = rows["cost"].tolist()
    return {
        "type": "scatter", "x": rows["x"].tolist(), "y": costs, "mode": "lines", "name": lines(drawn.name),
        "line": {"color": drawn.colour, "dash": drawn.dash, "width": 2.5},
        "customdata": [language.money(value, currency) for value in costs],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{x:,.4~r}: %{customdata}<extra></extra>",
    }  # fmt: skip


def tornado(rows: pd.DataFrame, saving: float, currency: str, theme: str = "light") -> Drawing:
    """Draw the saving with each assumption halved and doubled, the widest on top.

    Args:
        rows: `assumption`, `halved`, `doubled`.
        saving: as assumptions are.
        currency: of the amounts.
        theme: light or dark.
    """
    names = [plain(name) for name in rows["assumption"]]
    bars = [
        {
            "type": "bar", "y": names, "x": (rows[column] - saving).tolist(), "base": saving, "orientation": "h",
            "name": word, "marker": {"color": colour, "pattern": _pattern(pattern, theme)},
            "customdata": [language.money(value, currency) for value in rows[column].tolist()],
            "hovertemplate": "<b>%{y}</b>, %{fullData.name}: %{customdata}<extra></extra>",
        }
        for column, word, colour, pattern in (
            ("halved", _("halved"), HALVED, "/"),
            ("doubled", _("doubled"), DOUBLED, ""),
        )
    ]  # fmt: skip
    ends = np.concatenate([rows["halved"], rows["doubled"], [saving, 0.0]])
    room = 0.06 * float(np.ptp(ends) or 1.0)
    return canvas(
        theme, 120 + 38 * len(rows), bars, barmode="overlay", bargap=0.3, yaxis={"autorange": "reversed"},
        shapes=[upright(saving, color=INK[theme].text, width=1.5), upright(0, color=GREY, dash="dot", width=1.5)],
        xaxis=money_axis(float(ends.min()) - room, float(ends.max()) + room, currency)
        | {"title": _("saving against today's policy")},
        margin={"l": 10, "r": 40, "t": 20, "b": 50},
    )  # fmt: skip


def best_where(
    rows: pd.DataFrame,
    styles: Mapping[int, Style],
    spans: Mapping[int, str],
    errors: Sequence[str],
    title: str,
    theme: str = "light",
) -> Drawing:
    """Draw which policy is cheapest by horizon (across) and by how dear errors are (up), each with its number.

    Args:
        rows: `horizon`, `times`, `number`.
        styles: of the policies.
        spans: what each horizon is called.
        errors: what each of `times` means, smallest first.
        title: of the axis of errors.
        theme: light or dark.
    """
    numbers = list(dict.fromkeys(rows["number"].tolist()))
    names = {number: lines(styles[number].name) for number in numbers}
    horizons, times, winners = (rows[name].tolist() for name in ("horizon", "times", "number"))
    cheapest = dict(zip(zip(times, horizons, strict=True), winners, strict=True))
    across = sorted(set(horizons))
    cells = [[cheapest[factor, horizon] for horizon in across] for factor in sorted(set(times))]
    shades = _shades([styles[number].colour for number in numbers])
    steps = [[edge / len(numbers), colour] for at, colour in enumerate(shades) for edge in (at, at + 1)]
    heat = {
        "type": "heatmap", "z": [[numbers.index(number) for number in line] for line in cells],
        "x": [spans[horizon] for horizon in across], "y": list(errors), "colorscale": steps,
        "zmin": -0.5, "zmax": len(numbers) - 0.5, "showscale": False, "xgap": 1, "ygap": 1,
        "text": [[str(1 + numbers.index(number)) for number in line] for line in cells], "texttemplate": "%{text}",
        "customdata": [[names[number] for number in line] for line in cells],
        "hovertemplate": "%{x}, %{y}: <b>%{customdata}</b><extra></extra>",
    }  # fmt: skip
    legend = [
        {
            "type": "scatter", "x": [None], "y": [None], "mode": "markers",
            "name": f"{place}: {names[number]}", "marker": {"symbol": "square", "size": 13, "color": shade},
        }
        for place, (number, shade) in enumerate(zip(numbers, shades, strict=True), 1)
    ]  # fmt: skip
    return canvas(
        theme, 380 + 22 * len(numbers), [heat, *legend],
        xaxis={"type": "category", "title": _("horizon")}, yaxis={"type": "category", "title": plain(title)},
    )  # fmt: skip


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
) -> Drawing:
    """Draw what errors cost over what is spent, for the policies that no other beats in both.

    Args:
        rows: `number`, `spend`, `errors`, the smallest spend first.
        styles: of the policies.
        budget: a line marks it.
        title: of the axis of errors.
        currency: of the amounts.
        theme: light or dark.
    """
    steps: Trace = {
        "type": "scatter", "x": rows["spend"].tolist(), "y": rows["errors"].tolist(), "mode": "lines",
        "line": {"color": GREY, "dash": "dot", "shape": "hv"}, "showlegend": False, "hoverinfo": "skip",
    }  # fmt: skip
    marks = [
        {
            "type": "scatter", "x": [spend], "y": [cost], "mode": "markers", "name": lines(drawn.name),
            "showlegend": False, "marker": {"size": 12, "color": drawn.colour, "symbol": drawn.marker},
            "customdata": [[language.money(spend, currency), language.money(cost, currency)]],
            "hovertemplate": "<b>%{fullData.name}</b><br>" + _("spend") + " %{customdata[0]}<br>" + plain(title)
            + " %{customdata[1]}<extra></extra>",
        }
        for drawn, spend, cost in zip(map(styles.__getitem__, rows["number"].tolist()), steps["x"], steps["y"],
                                      strict=True)
    ]  # fmt: skip
    return canvas(
        theme, 360, [steps, *marks], shapes=[upright(budget, color=INK[theme].text, dash="dot", width=1.5)],
        xaxis=money_axis(0.0, 1.08 * max(float(rows["spend"].max()), budget), currency) | {"title": _("spend")},
        yaxis=money_axis(0.0, 1.08 * float(rows["errors"].max()), currency) | {"title": plain(title)},
    )  # fmt: skip
