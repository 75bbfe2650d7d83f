"""The first sheet: the answer in words, its figures against today's, and what the prices of the workbook say now."""

from typing import Any, Final

from alma_core.language import _
from alma_core.report import cards, flips, offline, provisos, reasons, statements, sureness, terms
from alma_core.report.workbook_book import Book, Place, literal
from alma_core.report.workbook_live import Live
from alma_core.report.workbook_prices import at_levels
from alma_core.report.workbook_ranking import chart, status

ACROSS, WIDTH = 4, 118
WIDTHS: Final = (34, 24, 22, 30)


def write(book: Book, live: Live, causes: Place) -> None:
    """Write the sheet."""
    answer, unit = live.answer, book.paper.unit
    sheet = book.sheet(
        "summary", statements.headline(answer, unit), [offline.subject(book.paper.run, answer)], ACROSS, WIDTH
    )
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    book.sentence(sheet, 3, statements.worth(answer, unit), ACROSS, WIDTH - 6, "strong")
    row = 4
    for sentence in _said(live, unit):
        book.sentence(sheet, row, sentence, ACROSS, WIDTH, "wrapped")
        row += 1
    row = _cards(book, live, sheet, row + 1)
    row = _now(book, live, sheet, row + 1)
    book.sentence(sheet, row + 1, statements.not_included(answer), ACROSS, WIDTH)
    book.sentence(sheet, row + 2, book.paper.made_on, ACROSS, WIDTH)
    sheet.insert_chart(3, ACROSS, chart(book, live, causes), {"x_offset": 14, "object_position": 3})
    sheet.activate()
    sheet.set_first_sheet()
    sheet.fit_to_pages(1, 1)


def _said(live: Live, unit: str) -> list[str]:
    answer = live.answer
    said = [
        provisos.foreseen(answer, unit),
        sureness.certainty(answer, unit),
        provisos.in_ranges(answer),
        statements.runner_up(answer, unit),
        provisos.condition(answer, unit),
        *flips.sentences(answer, unit),
        statements.weak_point(answer, unit),
        provisos.left_out(answer),
        *reasons.reasons(answer, unit),
    ]
    return [sentence for sentence in said if sentence]


def _cards(book: Book, live: Live, sheet: Any, row: int) -> int:
    """Write the figures of the policy that looks cheapest against today's; return the row beneath."""
    answer, unit = live.answer, book.paper.unit
    title = _("“{policy}” against today's “{today}”, at the exported prices").format(
        policy=terms.name(answer, answer.recommended, unit), today=terms.name(answer, answer.baseline, unit)
    )
    book.sentence(sheet, row, title, ACROSS, WIDTH - 6, "strong")
    headings = (_("figure"), _("value"), _("against today's"), _("90 % interval of the change"))
    for column, heading in enumerate(headings):
        book.write(sheet, row + 1, column, heading, "heading")
    shown = cards.of(answer)
    for n, card in enumerate(shown, row + 2):
        for column, text in enumerate((card.label, card.figure, card.change, card.interval)):
            book.write(sheet, n, column, text)
    return row + 2 + len(shown)


def _now(book: Book, live: Live, sheet: Any, row: int) -> int:
    """Write what the prices of the workbook say now: who is cheapest, what that saves; return the row beneath."""
    answer = live.answer
    book.sentence(sheet, row, _("Reckoned anew from the sheet “Prices”"), ACROSS, WIDTH - 6, "strong")
    best = book.styles[answer.recommended].name
    total = answer.costs.total.mean(1)
    money = book.style(book.money, align="left", bold=True)
    strong = book.style("text", bold=True)
    same, other = _("the same policy as in the export"), _("another policy than in the export")
    cells = [
        (_("prices"), status(), _("At the exported prices."), strong),
        (_("cheapest now"), "INDEX(all_policy,MATCH(1,all_rank,0))", best, strong),
        ("", f"IF(MATCH(1,all_rank,0)=1,{literal(same)},{literal(other)})", same, strong),
        (book.in_money(_("cost")), "INDEX(all_cost,MATCH(1,all_rank,0))", total[answer.recommended], money),
        (book.in_money(_("saving against today's")), "INDEX(all_saving,MATCH(1,all_rank,0))",
         total[answer.baseline] - total[answer.recommended], money),
        (book.in_money(_("cost of today's policy")), "todays_cost", total[answer.baseline], money),
    ]  # fmt: skip
    for n, (label, formula, value, style) in enumerate(cells, row + 1):
        book.write(sheet, n, 0, label)
        sheet.write_formula(n, 1, f"={formula}", style, value)
    if levels := at_levels(live):
        book.sentence(sheet, row + 1 + len(cells), levels, ACROSS, WIDTH)
    return row + 2 + len(cells)
