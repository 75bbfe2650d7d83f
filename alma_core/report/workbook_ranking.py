"""The sheets Ranking and Cost by cause: policies in the order that the prices of the workbook give them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from alma_core.decide import limits as keeping
from alma_core.decide import tables
from alma_core.language import _
from alma_core.report import terms
from alma_core.report.cost_figures import OF_CAUSES
from alma_core.report.figures import CHEAPEST, GIVEN, GREY, INK
from alma_core.report.workbook_book import Book, Column, Place, literal
from alma_core.report.workbook_costs import TOP, device_time, ends, in_order, today
from alma_core.report.workbook_live import Live
from alma_core.report.workbook_prices import at_levels

BARS: Final = 8
"""Policies of the chart."""


def status() -> str:
    """Return the formula that says whether prices are as exported."""
    same, changed = literal(_("At the exported prices.")), literal(_("Prices changed in the sheet “Prices”: "))
    return f"IF(prices_changed=0,{same},{changed}&prices_changed)"


def _live_table(
    book: Book, live: Live, key: str, title: str, said: str, columns: Sequence[Column]
) -> tuple[Any, Place]:
    """Write a table that follows the prices, below what is said of it; return its sheet and where it stands."""
    width = sum(int(column.width or 10) for column in columns)
    sheet = book.sheet(key, title, [said, at_levels(live)], len(columns), width)
    _told(book, sheet, len(columns))
    here = book.table(sheet, TOP, columns)
    sheet.freeze_panes(TOP + 1, 2)
    return sheet, here


def _told(book: Book, sheet: Any, across: int) -> None:
    """Write whether prices are as exported, in the row above the headings."""
    sheet.merge_range(TOP - 1, 0, TOP - 1, across - 1, "", book.style("strong"))
    sheet.write_formula(TOP - 1, 0, f"={status()}", book.style("strong"), _("At the exported prices."))


def ranking(book: Book, live: Live, there: Place) -> Place:
    """Write the ranking: place k shows the k-th cheapest of those that keep to the limits, then the others."""
    answer, measure, count = live.answer, live.answer.measure, there.rows
    rows = tables.ranking(answer)
    total = in_order(live, answer.costs.total).mean(1)
    words, (word, times) = _words(live), device_time(live)

    def looked_up(key: str) -> list[str]:
        return [f"INDEX(all_{key},{{row}})"] * count

    named = [book.styles[number].name for number in answer.order.tolist()]
    exceeded = "INDEX(all_exceeds,{row})"
    columns = [
        Column("place", _("place"), np.arange(1, count + 1), "0", width=7),
        Column("policy", _("policy"), named, "cell", looked_up("policy"), 44),
        Column("note", _("note"), words, "cell", [_note(live)] * count, 16),
        Column("cost", book.in_money(_("cost")), total, book.money, looked_up("cost"), 15),
        Column("saving", book.in_money(_("saving")), total[today(live)] - total, book.money, looked_up("saving"), 15),
        *(
            Column(key, book.in_money(end), rows[f"saving_{key}"].to_numpy(), book.money, looked_up(key), 15)
            for key, end in ends(live).items()
        ),
        Column("short", measure.heading(_("short-term")), rows["short_term_error"].to_numpy(), book.error,
               looked_up("short"), 12),
        Column("long", measure.heading(_("long-term")), rows["long_term_error"].to_numpy(), book.error,
               looked_up("long"), 12),
        Column("mean", measure.heading(_("mean")), rows["mean_error"].to_numpy(), book.error, looked_up("mean"), 12),
        Column("updates", _("updates"), rows["updates"].to_numpy(), "#,##0.0", looked_up("updates"), 10),
        Column("time", word, rows["device_hours"].to_numpy() * times, "#,##0.00", looked_up("time"), 12),
    ]  # fmt: skip
    if live.limits:
        shown = [_(", ").join(_exceeded(live, number)) for number in answer.order.tolist()]
        columns.append(Column("exceeds", _("exceeds"), shown, "cell", [exceeded] * count, 24))
    columns.append(Column("row", _("place, as exported"), np.arange(1, count + 1), "0",
                          ["MATCH({place},all_rank,0)"] * count, 9))  # fmt: skip
    said = _("Live: this table follows the prices of the sheet “Prices”; the cheapest policy is on top.")
    sheet, here = _live_table(book, live, "ranking", _("Ranking"), said, columns)
    sheet.autofilter(TOP, 0, TOP + count, len(columns) - 1)
    _highlight(book, sheet, here, columns, today(live) + 1)
    return here


def _exceeded(live: Live, number: int) -> list[str]:
    words = keeping.words(live.answer.measure)
    return [_(words[excess.limit]) for excess in live.answer.excesses[number]]


def _words(live: Live) -> list[str]:
    """Return what stands beside each policy at the exported prices."""
    places = live.answer.order.tolist()
    said: list[str] = []
    for number in places:
        found = [_("recommended")] if number == live.answer.adopted else []
        found += [_("today's")] if number == live.answer.baseline else []
        said.append(_(", ").join(found))
    return said


def _note(live: Live) -> str:
    """Return the formula of what stands beside a policy: it stays with the policy wherever that moves."""
    notes = {place: word for place, word in enumerate(_words(live), 1) if word}
    parts = [f'IF({{row}}={place},{literal(word)},"")' for place, word in notes.items()]
    return "&".join(parts)


def _highlight(book: Book, sheet: Any, here: Place, columns: list[Column], at: int) -> None:
    """Mark the cheapest, today's policy, and those that exceed a limit."""
    last = (here.first + here.rows - 1, len(columns) - 1)
    cells, first = here.at(0), here.first
    cheapest = book.file.add_format({"bold": True, "bg_color": CHEAPEST})
    of_today = book.file.add_format({"bg_color": GIVEN})
    grey = book.file.add_format({"font_color": GREY})
    rules = [(f"=${cells['place']}=1", cheapest), (f"=${cells['row']}={at}", of_today)]
    if "exceeds" in cells:
        rules.insert(0, (f'=${cells["exceeds"]}<>""', grey))
    for criteria, style in rules:
        sheet.conditional_format(first, 0, *last, {"type": "formula", "criteria": criteria, "format": style})


def causes(book: Book, live: Live, there: Place) -> Place:
    """Write what each policy's causes cost, today's policy first, then all in order; with a chart of the first."""
    answer, at, count = live.answer, today(live), there.rows
    order = [at, *range(count)]

    def looked_up(key: str) -> list[str]:
        return [f"INDEX(all_{key},{{row}})"] * (count + 1)

    named = [book.styles[answer.order.tolist()[place]].name for place in order]
    shown = {cause: in_order(live, live.amounts[cause]).mean(1)[order] for cause in live.formulas}
    total = in_order(live, answer.costs.total).mean(1)[order]
    columns = [
        Column("place", _("place"), [_("today's"), *map(str, range(1, count + 1))], "cell", width=13),
        Column("policy", _("policy"), named, "cell", looked_up("policy"), 40),
        *(
            Column(cause, book.in_money(terms.cause(answer, cause)), amounts, book.money, looked_up(f"of_{cause}"), 14)
            for cause, amounts in shown.items()
        ),
        Column("cost", book.in_money(_("total")), total, book.money, looked_up("cost"), 15),
        Column("row", _("place, as exported"), np.array(order) + 1, "0",
               [str(at + 1), *(f"MATCH({n},all_rank,0)" for n in range(1, count + 1))], 9),
    ]  # fmt: skip
    said = _("Live: amounts follow the prices of the sheet “Prices”. Today's policy first, then all of them in order.")
    sheet, here = _live_table(book, live, "causes", _("Cost by cause"), said, columns)
    sheet.insert_chart(TOP + 1, len(columns) + 1, chart(book, live, here), {"object_position": 3})
    return here


def chart(book: Book, live: Live, here: Place) -> Any:
    """Return a chart of what today's policy and the cheapest cost, by cause."""
    drawn = book.file.add_chart({"type": "bar", "subtype": "stacked"})
    bars = min(BARS, here.rows)
    for cause in live.formulas:
        drawn.add_series(
            {
                "name": terms.cause(live.answer, cause), "categories": here.series("policy", 0, bars),
                "values": here.series(cause, 0, bars), "fill": {"color": OF_CAUSES[cause]}, "gap": 50,
            }
        )  # fmt: skip
    drawn.set_title({"name": _("What policies cost, by cause"), "name_font": {"size": 12}, "overlay": False})
    drawn.set_y_axis({"reverse": True, "num_font": {"size": 8}, "major_gridlines": {"visible": False}})
    drawn.set_x_axis({
        "name": book.in_money(_("cost")), "name_font": {"size": 9}, "num_format": "#,##0", "num_font": {"size": 8},
        "min": 0,  # lengths are compared
        "major_gridlines": {"visible": True, "line": {"color": INK["light"].grid}}, "label_position": "high",
    })  # fmt: skip
    drawn.set_legend({"position": "bottom", "font": {"size": 8}})
    drawn.set_size({"width": 660, "height": 150 + 34 * bars})
    return drawn
