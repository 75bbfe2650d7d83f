"""The sheets Curves, Ledger and Provenance: the rows beneath the figures, and where they come from."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.advise import Answer
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import offline, progress, terms
from alma_core.report.axes import is_wide
from alma_core.report.figures import GREY, INK
from alma_core.report.paper import Paper
from alma_core.report.workbook_book import ROWS, Book, Column, Place, clean, lines
from alma_core.report.workbook_costs import TOP

MOST_POINTS: Final = 12_000
"""Rows of the sheet Curves: policies in their order, as many as fit."""
MOST_ROWS: Final = 15_000
"""Rows of the sheet Ledger, likewise: a sheet could hold a million, which no reader would wait for."""
DASHES: Final = ("solid", "dash", "round_dot")
GRID: Final = INK["light"].grid
GRID_LINES: Final = {"visible": True, "line": {"color": GRID}}


def _first(answer: Answer, rows_of_one: int, most: int) -> list[int]:
    """Return the policies whose rows fit, at least those of the podium: they come first."""
    wanted = list(dict.fromkeys([*answer.podium, *answer.order.tolist()]))
    at_least = min(len(answer.podium), (ROWS - TOP - 1) // rows_of_one)
    return wanted[: max(most // rows_of_one, at_least, 1)]


def _cut(answer: Answer, shown: Sequence[int]) -> str:
    """Say how many policies are left out, where there are any."""
    left = len(answer.order) - len(shown)
    if not left:
        return ""
    policies = n_("{count} policy", "{count} policies", left)
    return _("Cut to keep the file small: the rows of {policies} further down the ranking are left out.").format(
        policies=policies
    )


def curves(book: Book, quantities: Place) -> Place:
    """Write errors and costs over time, with charts of them and of early against late."""
    paper, answer = book.paper, book.paper.answer
    shown = _first(answer, answer.panel.horizon, MOST_POINTS)
    rows, measure = tables.curves(answer, shown), answer.measure
    names = [book.styles[number].name for number in rows["number"].tolist()]
    error = measure.worded(_("error"), _("prediction error"))
    columns = [
        Column("policy", _("policy"), names, width=40),
        Column("t", wording.time_axis(paper.unit), rows["t"].to_numpy(), "0", width=11),
        Column("error", measure.heading(error), rows["error"].to_numpy(), book.error, width=11),
        Column("low", measure.heading(_("lowest repeat")), rows["low"].to_numpy(), book.error, width=11),
        Column("high", measure.heading(_("highest repeat")), rows["high"].to_numpy(), book.error, width=11),
        Column("cost", book.in_money(_("cost so far")), rows["cost_so_far"].to_numpy(), book.money, width=15),
        Column("updates", _("updates so far"), rows["updates_so_far"].to_numpy(), "#,##0.0", width=10),
    ]
    said = [_("At the exported prices; means over repeats. The charts show the first policies of the table."),
            _cut(answer, shown)]  # fmt: skip
    sheet = book.sheet("curves", offline.over_time_title(answer), said, len(columns), 108)
    here = book.table(sheet, TOP, columns)
    sheet.freeze_panes(TOP + 1, 2)
    sheet.autofilter(TOP, 0, TOP + here.rows, len(columns) - 1)
    beside = len(columns) + 1
    for n, drawn in enumerate((_over_time(book, here), _so_far(book, here), _early_late(book, quantities))):
        below = TOP + 1 + 17 * n  # the headings, which every printed page repeats
        sheet.insert_chart(below, beside, drawn, {"object_position": 3})
    return here


def _over_time(book: Book, here: Place) -> Any:
    """Return a chart of the error of the first policies, with their lowest and highest repeat as thin lines."""
    answer = book.paper.answer
    chart = book.file.add_chart({"type": "line"})
    hidden: list[int] = []
    drawn = 0
    for n, number in enumerate(answer.podium):
        style, start, rows = book.styles[number], n * answer.panel.horizon, answer.panel.horizon
        for key in ("error", "low", "high") if answer.panel.seeds > 1 else ("error",):
            if key != "error":
                hidden.append(drawn)
            width, dash = (2.25, DASHES[n]) if key == "error" else (0.5, "solid")
            drawn += 1
            chart.add_series({
                "name": [here.sheet, here.first + start, here.columns["policy"]],
                "categories": here.series("t", start, rows), "values": here.series(key, start, rows),
                "line": {"color": style.colour, "width": width, "dash_type": dash},
            })  # fmt: skip
    _dressed(chart, _over_time_title(book), wording.time_axis(book.paper.unit), book.rough, answer.panel.horizon)
    scale = _scale(answer.panel["error"][answer.podium].mean(1))
    if scale:
        chart.set_y_axis({"num_format": book.rough, "num_font": {"size": 8}, "major_gridlines": GRID_LINES, **scale})
    chart.set_legend({"position": "bottom", "font": {"size": 8}, "delete_series": hidden})
    return chart


def _over_time_title(book: Book) -> str:
    measure = book.paper.answer.measure
    return measure.heading(measure.worded(_("Error over time"), _("Prediction error over time")))


def _so_far(book: Book, here: Place) -> Any:
    """Return a chart of what the first policies have cost so far."""
    answer = book.paper.answer
    chart = book.file.add_chart({"type": "line"})
    for n, number in enumerate(answer.podium):
        style, start, rows = book.styles[number], n * answer.panel.horizon, answer.panel.horizon
        chart.add_series({
            "name": [here.sheet, here.first + start, here.columns["policy"]],
            "categories": here.series("t", start, rows), "values": here.series("cost", start, rows),
            "line": {"color": style.colour, "width": 2.25, "dash_type": DASHES[n]},
        })  # fmt: skip
    _dressed(chart, book.in_money(_("Cost so far")), wording.time_axis(book.paper.unit), "#,##0", answer.panel.horizon)
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    return chart


def _early_late(book: Book, there: Place) -> Any:
    """Return a chart of early against late errors, the policies of the podium told apart."""
    answer = book.paper.answer
    chart = book.file.add_chart({"type": "scatter"})
    places = answer.order.tolist()
    chart.add_series({
        "name": _("all policies"), "categories": there.series("short"), "values": there.series("long"),
        "marker": {"type": "circle", "size": 5, "fill": {"color": GRID}, "border": {"color": GREY}},
    })  # fmt: skip
    for n, number in enumerate(answer.podium):
        at, style = places.index(number), book.styles[number]
        chart.add_series({
            "name": [there.sheet, there.first + at, there.columns["policy"]],
            "categories": there.series("short", at, 1), "values": there.series("long", at, 1),
            "marker": {"type": ("diamond", "square", "triangle")[n], "size": 10, "fill": {"color": style.colour},
                       "border": {"color": style.colour}},
        })  # fmt: skip
    measure = answer.measure
    chart.set_title({"name": _("Early against late: lower left is better"), "name_font": {"size": 12}})
    chart.set_size({"width": 660, "height": 326})
    for set_axis, name, word in (
        (chart.set_x_axis, "short_term_error", _("short-term")), (chart.set_y_axis, "long_term_error", _("long-term")),
    ):  # fmt: skip
        set_axis(_scale(answer.kpis[name].mean(1)) | {
            "name": clean(measure.heading(word)), "num_format": book.rough, "num_font": {"size": 8},
            "name_font": {"size": 9}, "major_gridlines": GRID_LINES,
        })  # fmt: skip
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    return chart


def _scale(values: NDArray[np.float64]) -> dict[str, Any]:
    """Return a scale by powers of ten where values lie far apart, else the usual one."""
    low, high = float(values.min()), float(values.max())
    if not is_wide(low, high):
        return {}
    return {"log_base": 10, "min": 10.0 ** math.floor(math.log10(low)), "max": 10.0 ** math.ceil(math.log10(high))}


def _dressed(chart: Any, title: str, along: str, form: str, horizon: int) -> None:
    chart.set_title({"name": clean(title), "name_font": {"size": 12}, "overlay": False})
    every = max(1, round(horizon / 10))
    chart.set_x_axis({
        "name": along, "num_font": {"size": 8}, "name_font": {"size": 9}, "interval_unit": every,
        "interval_tick": every, "label_position": "low",
    })  # fmt: skip
    chart.set_y_axis({"num_format": form, "num_font": {"size": 8}, "major_gridlines": GRID_LINES, "min": 0})
    chart.set_size({"width": 660, "height": 326})


def ledger(book: Book) -> None:
    """Write the rows that the answer rests on: policies in their order, each repeat, each arrival."""
    paper, answer = book.paper, book.paper.answer
    panel, seeds, horizon = answer.panel, answer.panel.seeds, answer.panel.horizon
    shown = _first(answer, seeds * horizon, MOST_ROWS)
    size = len(shown) * seeds * horizon
    names = np.array([book.styles[number].name for number in shown], object)
    factor = answer.question.factor

    def of(values: Any) -> NDArray[Any]:
        return np.asarray(np.broadcast_to(values, panel["error"].shape)[shown].reshape(size))

    measure = answer.measure
    dates = [""] * horizon if not panel.calendar.has_dates else list(panel.calendar.dates)
    t = np.arange(1, horizon + 1) * factor
    columns = [
        Column("policy", _("policy"), np.repeat(names, seeds * horizon), width=40),
        Column("repeat", _("repeat"), np.tile(np.repeat(np.arange(1, seeds + 1), horizon), len(shown)), "0", width=8),
        Column("t", wording.time_axis(paper.unit), np.tile(t, len(shown) * seeds), "0", width=11),
        *([Column("date", _("arrived on"), dates * (len(shown) * seeds), width=12)] if any(dates) else []),
        Column("volume", _("predictions"), of(panel["volume"]), "#,##0", width=12),
        Column("updated", _("updates"), of(panel["updated"]), "0", width=9),
        Column("model", _("model of arrival"), of(panel["model_t"]), "0", width=10),
        Column("examples", _("examples trained on"), of(panel["examples_trained"]), "#,##0", width=12),
        Column("error", measure.heading(measure.worded(_("error"), _("prediction error"))), of(panel["error"]),
               book.error, width=11),
        Column("judged", _("rows judged"), of(panel["test_size"]), "#,##0", width=10),
        Column("errors", book.in_money(measure.worded(_("cost of errors"), _("cost of prediction errors"))),
               of(answer.costs.errors), book.money, width=14),
        Column("spend", book.in_money(_("all other costs")), of(answer.costs.spend), book.money, width=14),
    ]  # fmt: skip
    said = [_("The rows that the answer rests on, at the exported prices: each policy, repeat and arrival."),
            _cut(answer, shown)]  # fmt: skip
    sheet = book.sheet("ledger", _("Ledger"), said, len(columns), 150)
    here = book.table(sheet, TOP, columns)
    sheet.freeze_panes(TOP + 1, 3)
    sheet.autofilter(TOP, 0, TOP + here.rows, len(columns) - 1)


def provenance(book: Book) -> None:
    """Write where all of it comes from."""
    sheet = book.sheet("provenance", _("Provenance"), [], 2, 120)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    row = 3
    for label, text in _facts(book.paper):
        if text:
            book.write(sheet, row, 0, label, "strong")
            book.write(sheet, row, 1, text, "wrapped")
            sheet.set_row(row, 15 * lines(text, 95))
            row += 1
    sheet.freeze_panes(2, 0)


def _facts(paper: Paper) -> list[tuple[str, str]]:
    run, answer = paper.run, paper.answer
    known, data, question = run.manifest, run.manifest["data"], paper.answer.question
    libraries = _(", ").join(f"{name} {version}" for name, version in known.get("libraries", {}).items())
    span = terms.span
    given = question.incumbent_error
    return [
        (_("run"), paper.called),
        (_("name of its folder"), run.id),
        (_("data"), str(data["name"])),
        (_("SHA-256 of the data"), str(data["sha256"])),
        (_("target"), str(data.get("target") or "")),
        (_("unit of the target"), answer.measure.spoken_unit),
        (_("horizon"), span(answer, answer.panel.horizon, paper.unit)),
        (_("short-term"), _("the first {span}").format(span=span(answer, question.short or 1, paper.unit))),
        (_("long-term"), _("the last {span}").format(span=span(answer, question.long or 1, paper.unit))),
        (_("today's policy"), terms.name(answer, answer.baseline, paper.unit)),
        (_("error of what is in service"), _("none") if given is None else answer.measure.text(given)),
        (_("policies compared"), language.number(len(answer.order))),
        (_("repeats"), language.number(answer.panel.seeds)),
        (_("recipe"), run.spec.recipe.name),
        (_("source"), str(known["source_revision"])),
        (_("device"), progress.device_name(str(known["device"]))),
        (_("libraries"), libraries),
        (_("started on"), language.date(known["started"])),
        (_("finished on"), language.date(known["finished"])),
        (_("command"), str(known.get("command", ""))),
        (_("prices"), paper.prices_called),
        (_("about the prices"), paper.sheet.spoken[1]),
        (_("file made on"), language.date(paper.made.date())),
        (_("what the figures rest on"), paper.footer),
    ]
