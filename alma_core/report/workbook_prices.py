"""The sheet of prices: those that may be changed, each a cell with a name, and those that need the dashboard."""

from typing import Any, Final, NamedTuple

from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from alma_core import language
from alma_core.decide import limits as keeping
from alma_core.decide import price_words
from alma_core.decide.advise import Answer
from alma_core.decide.price_words import MOST, MOST_FLOPS
from alma_core.decide.prices import EVERY, TWO_CLASSES
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import terms
from alma_core.report.figures import EDGE, GIVEN, QUIET
from alma_core.report.workbook_book import WARN, Book
from alma_core.report.workbook_live import Live

SHARES: Final = ("use", "positives", "utilisation")
LEAST: Final = {"utilisation": 1e-6, "peak_flops": 1.0}
ACROSS, WIDTH = 5, 122


class Given(NamedTuple):
    """A price that may be changed: what formulas call it, what readers call it, its value and unit."""

    name: str
    label: str
    value: float
    unit: str
    is_share: bool = False


def given(live: Live) -> dict[str, list[Given]]:
    """Return the prices that costs follow, by the heading they stand under."""
    answer, prices = live.answer, live.prices
    words = price_words.words(answer.measure)
    money = terms.currency(answer)
    units = {
        **dict.fromkeys(SHARES, _("share")), "volume": _("predictions"), "days_per_update": _("person-days"),
        "peak_flops": _("operations a second"),
    }  # fmt: skip

    def stated(*names: str) -> list[Given]:
        return [
            Given(name, _(words[name]), float(getattr(prices, name)), units.get(name, money), name in SHARES)
            for name in names
        ]

    errors = stated(*live.of_errors(), "use", *(["volume"] if live.is_volume_live else []))
    beyond = ["day_rate_beyond"] if prices.updates_included is not None else []
    people = stated("days_per_update", "day_rate", *beyond, "price_per_label")
    speed = ["peak_flops", "utilisation"] if live.is_speed_live else []
    found = {
        answer.measure.worded(_("Errors"), _("Prediction errors")): errors,
        _("People"): people + _upkeep(live, _("{unit} a year").format(unit=money)),
        _("Computing"): stated("price_per_device_hour", *speed) + _hardware(live, money),
        _("Limits that no policy may exceed"): _limits(answer, money),
    }
    return {title: cells for title, cells in found.items() if cells}


def _upkeep(live: Live, unit: str) -> list[Given]:
    amounts = dict(live.prices.upkeep)
    usual = amounts.get(EVERY, 0.0)
    names = {EVERY: _("Upkeep a year")} | {
        method: _("Upkeep a year: {method}").format(method=method) for method in live.upkeeps if method != EVERY
    }
    return [Given(f"upkeep_{method}", names[method], amounts.get(method, usual), unit) for method in live.upkeeps]


def _hardware(live: Live, unit: str) -> list[Given]:
    amounts = dict(live.prices.hardware)
    said = _("Hardware to buy for size {size}")
    return [
        Given(
            f"hardware_{size}", said.format(size=_(wording.CAPACITY_WORDS[size])), amounts.get(size, 0.0), unit
        )
        for size in live.capacities
    ]  # fmt: skip


def _limits(answer: Answer, money: str) -> list[Given]:
    words, measure = keeping.words(answer.measure), answer.measure
    units = {
        "worst_error": _("share") if measure.is_share else measure.spoken_unit, "updates_per_year": _("updates"),
        "update_hours": _("hours"), "prediction_seconds": _("seconds"), "one_off": money,
    }  # fmt: skip
    given_ = answer.question.limits.given
    return [
        Given(f"limit_{name}", _(words[name]), value, units[name], name == "worst_error" and measure.is_share)
        for name, value in given_.items()
    ]


def fixed(live: Live) -> list[tuple[str, str]]:
    """Return what costs rest on and no formula can follow, with its value in words."""
    prices, words = live.prices, price_words.words(live.answer.measure)
    as_data, none = _("as in the data"), _("none")
    shown = {
        "positives": as_data if prices.kind == TWO_CLASSES and prices.positives is None else "",
        "volume": "" if live.is_volume_live else as_data if prices.volume is None else "0",
        "updates_included": none if prices.updates_included is None else language.number(prices.updates_included),
        "peak_flops": "" if live.is_speed_live else f"{prices.peak_flops:.3g}",
        "utilisation": "" if live.is_speed_live else language.percent(prices.utilisation),
        "nightly_hours": f"{prices.nightly_hours:g}",
        "discount_rate": language.percent(prices.discount_rate),
        "label_delay": f"{prices.label_delay:g}",
        "release_days": f"{prices.release_days:g}",
        "days_per_arrival": as_data if prices.days_per_arrival is None else f"{prices.days_per_arrival:g}",
        "fiscal_year_from": language.month(prices.fiscal_year_from),
        "incumbent_rates": _(", ").join(f"{rate:g}" for rate in prices.incumbent_rates or ()),
    }
    months = _(", ").join(map(language.month, prices.freeze_months)) or none
    return [
        *((_(words[name]), text) for name, text in shown.items() if text),
        (_("Months without releases"), months),
    ]


def at_levels(live: Live) -> str:
    """Say at which thresholds models are used, where prices choose them; else nothing."""
    if not live.has_levels:
        return ""
    return live.answer.measure.worded(
        _(
            "Models are used at the thresholds that are cheapest at the exported prices. The dashboard chooses them "
            "anew at other prices; a policy may cost less there than here."
        ),
        _(
            "Predictions are raised or lowered as is cheapest at the exported prices. The dashboard chooses that anew "
            "at other prices; a policy may cost less there than here."
        ),
    )


def write(book: Book, live: Live) -> None:
    """Write the sheet."""
    said = [
        _("Change a yellow cell: costs, savings and ranking of this workbook follow."),
        at_levels(live) or _("The column beside them keeps the exported prices."),
    ]
    sheet = book.sheet("prices", _("Prices: {sheet}").format(sheet=book.paper.prices_called), said, ACROSS, WIDTH)
    headings = (_("what is paid"), _("value"), _("unit"), _("as exported"), _("name in formulas"))
    for column, (heading, width) in enumerate(zip(headings, (46, 18, 22, 18, 26), strict=True)):
        sheet.set_column(column, column, width)
        book.write(sheet, 4, column, heading, "heading")
    row = 5
    for title, cells in given(live).items():
        _section(book, sheet, row, title)
        for n, cell in enumerate(cells, row + 1):
            _cell(book, sheet, n, cell)
        row += 1 + len(cells)
    changed = [_differ(5, row - 1, 1, 1, 3)]
    sheet.conditional_format(5, 1, row - 1, 1, _differs(book, "$B6", "$D6"))
    row, of_matrix = _matrix(book, live, sheet, row)
    changed += of_matrix
    _fixed(book, live, sheet, row + 1)
    _count(book, sheet, "+".join(changed))
    sheet.freeze_panes(5, 0)
    if live.matrix() is None:
        sheet.fit_to_pages(1, 1)


def _section(book: Book, sheet: Any, row: int, title: str) -> None:
    sheet.set_row(row, 26)
    for column in range(ACROSS):
        book.write(sheet, row, column, "" if column else title, "section")


def _cell(book: Book, sheet: Any, row: int, cell: Given) -> None:
    form = "0.0##%" if cell.is_share else "0.0##E+00" if cell.name == "peak_flops" else "#,##0"
    book.write(sheet, row, 0, cell.label, "text")
    sheet.write_number(row, 1, cell.value, book.style(form, bg_color=GIVEN, border=1, border_color=EDGE))
    book.write(sheet, row, 2, cell.unit, "cell")
    sheet.write_number(row, 3, cell.value, book.style(form, font_color=QUIET))
    sheet.write_string(row, 4, cell.name, book.style("quiet", indent=1))
    book.name(cell.name, _place(sheet, row, 1))
    most = 1.0 if cell.is_share else MOST_FLOPS if cell.name == "peak_flops" else MOST
    _only(sheet, (row, 1, row, 1), LEAST.get(cell.name, 0.0), most)
    if form == "#,##0":
        for column in (1, 3):
            at = xl_rowcol_to_cell(row, column)
            broken = {"type": "formula", "criteria": f"={at}<>ROUND({at},0)", "format": _broken(book)}
            sheet.conditional_format(row, column, row, column, broken)


def _broken(book: Book) -> Any:
    """Return how a price that is not whole is written."""
    return book.file.add_format({"num_format": "#,##0.0###########"})


def _only(sheet: Any, cells: tuple[int, int, int, int], least: float, most: float) -> None:
    """Let cells hold no number that a price cannot be."""
    said = _("Please give a number from {least:g} to {most:g}.").format(least=least, most=most)
    rule = {"validate": "decimal", "criteria": "between", "minimum": least, "maximum": most, "error_message": said}
    sheet.data_validation(*cells, rule)


def _place(sheet: Any, row: int, column: int) -> str:
    return f"{quote_sheetname(sheet.get_name())}!{xl_rowcol_to_cell(row, column, True, True)}"


def _differ(first: int, last: int, column: int, columns: int, other: int, below: int = 0) -> str:
    """Return how many cells of a block differ from those of another one."""
    one, two = (
        f"{xl_rowcol_to_cell(first + down, at)}:{xl_rowcol_to_cell(last + down, at + columns - 1)}"
        for at, down in ((column, 0), (other, below))
    )
    return f"SUMPRODUCT(--({one}<>{two}))"


def _differs(book: Book, one: str, other: str) -> dict[str, Any]:
    style = book.file.add_format({"bold": True, "font_color": WARN})
    return {"type": "formula", "criteria": f"=AND(ISNUMBER({one}),{one}<>{other})", "format": style}


def _matrix(book: Book, live: Live, sheet: Any, row: int) -> tuple[int, list[str]]:
    """Write the prices by class, and beneath them those of the export; return the row below and a count of changes."""
    matrix = live.matrix()
    if matrix is None:
        return row, []
    size, top = len(matrix), row + 1
    titles = (_("Prices by true (row) and predicted class (column)"), _("The same, as exported"))
    for nth, title in enumerate(titles):
        start = top + nth * (size + 3)
        book.write(sheet, start, 0, title, "section")
        for n in range(size):
            heading = _("predicted {number}").format(number=n)
            sheet.write_string(start + 1, 1 + n, heading, book.style("heading", align="right"))
            book.write(sheet, start + 2 + n, 0, _("true {number}").format(number=n), "text")
            more = {"font_color": QUIET} if nth else {"bg_color": GIVEN, "border": 1, "border_color": EDGE}
            for m in range(size):
                sheet.write_number(start + 2 + n, 1 + m, float(matrix[n, m]), book.style("General", **more))
    first = top + 2
    here, as_exported = (xl_rowcol_to_cell(first + down, 1) for down in (0, size + 3))
    sheet.conditional_format(first, 1, first + size - 1, size, _differs(book, here, as_exported))
    _only(sheet, (first, 1, first + size - 1, size), 0.0, MOST)
    cells = f"{xl_rowcol_to_cell(first, 1, True, True)}:{xl_rowcol_to_cell(first + size - 1, size, True, True)}"
    book.name("price_matrix", f"{quote_sheetname(sheet.get_name())}!{cells}")
    return top + 2 * (size + 3), [_differ(first, first + size - 1, 1, size, 1, size + 3)]


def _fixed(book: Book, live: Live, sheet: Any, row: int) -> None:
    """Write what no formula can follow, as it is."""
    title = _("These need the dashboard: with them the results themselves change, so they are fixed here")
    _section(book, sheet, row, title)
    for n, (label, text) in enumerate(fixed(live), row + 1):
        for column, words in enumerate((label, text, "", "", "")):
            book.write(sheet, n, column, words, "fixed")


def _count(book: Book, sheet: Any, changed: str) -> None:
    """Write how many prices differ from the exported ones, where other sheets find it."""
    book.write(sheet, 1, 3, _("Prices changed"), "quiet")
    sheet.write_formula(1, 4, f"={changed}", book.style("0", bold=True, align="left"), 0)
    book.name("prices_changed", _place(sheet, 1, 4))
