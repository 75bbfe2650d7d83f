"""What all sheets of a workbook have: titles, marks, tables with their headings, how they print; text stays text."""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import xlsxwriter
from numpy.typing import NDArray
from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from alma_core import language
from alma_core.language import _, mark
from alma_core.report import terms
from alma_core.report.figures import GREY, HUES, INK, QUIET, Style
from alma_core.report.paper import Paper

SHEETS: Final = {
    "summary": mark("Summary"), "ranking": mark("Ranking"), "prices": mark("Prices"), "causes": mark("Cost by cause"),
    "curves": mark("Curves"), "quantities": mark("Quantities"), "repeats": mark("Repeats"), "ledger": mark("Ledger"),
    "provenance": mark("Provenance"),
}  # fmt: skip
"""The sheets in their order."""
ROWS: Final = 1_048_576
"""Most rows that a sheet can have."""
LONGEST: Final = 32_767
"""Most signs that a cell can have."""
"""What XML 1.0 cannot hold: control characters, lone surrogates, two that are none."""
FONTS: Final = {"en": "Calibri", "ja": "Yu Gothic"}
INK_, LINE, WARN = INK["light"].text, INK["light"].grid, HUES[1]
"""Behind what may be changed, and around it."""
STYLES: Final[dict[str, dict[str, Any]]] = {
    "text": {"valign": "vcenter"},
    "wrapped": {"text_wrap": True, "valign": "vcenter"},
    "cell": {"text_wrap": True, "valign": "vcenter", "indent": 1},
    "title": {"bold": True, "font_size": 15, "valign": "vcenter"},
    "strong": {"bold": True, "text_wrap": True, "valign": "top"},
    "section": {"bold": True, "font_size": 12, "valign": "bottom", "bottom": 1, "bottom_color": LINE},
    "marks": {"bold": True, "font_color": WARN},
    "quiet": {"font_color": QUIET, "text_wrap": True, "valign": "vcenter"},
    "heading": {
        "bold": True, "text_wrap": True, "valign": "top", "bg_color": LINE, "bottom": 1, "bottom_color": GREY,
    },
    "fixed": {"font_color": QUIET, "bg_color": LINE, "text_wrap": True, "valign": "vcenter"},
}  # fmt: skip


@lru_cache(maxsize=4096)  # long tables repeat their words
def clean(text: str) -> str:
    """Return text as a cell can hold it: it has an end."""
    text = terms.clean(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def literal(text: str) -> str:
    """Return text as it stands in a formula."""
    return '"' + text.replace('"', '""') + '"'


class Place(NamedTuple):
    """Where a table stands: the sheet, its first row of values and how many rows there are, the column of each key."""

    sheet: str
    first: int
    rows: int
    columns: dict[str, int]

    def at(self, row: int) -> dict[str, str]:
        """Return by key the cell in a row of values, counted from 0."""
        return {key: f"{xl_col_to_name(column)}{self.first + row + 1}" for key, column in self.columns.items()}

    def span(self, key: str, start: int = 0, rows: int | None = None) -> str:
        """Return the cells of a column with the sheet's name before them."""
        column = xl_col_to_name(self.columns[key])
        end = self.first + start + (self.rows if rows is None else rows)
        return f"{quote_sheetname(self.sheet)}!${column}${self.first + start + 1}:${column}${end}"

    def series(self, key: str, start: int = 0, rows: int | None = None) -> list[Any]:
        """Return the cells of a column as charts take them."""
        end = self.first + start + (self.rows if rows is None else rows) - 1
        return [self.sheet, self.first + start, self.columns[key], end, self.columns[key]]


class Column(NamedTuple):
    """A column of a table.

    Args:
        key: what formulas call it.
        heading: with its unit.
        values: one a row; what a formula comes to at the exported prices.
        style: of STYLES, or a number format.
        formulas: one a row, with gaps for cells of its row by key; None: values.
        width: in columns of text; None: as its text asks for.
    """

    key: str
    heading: str
    values: Sequence[Any] | NDArray[Any]
    style: str = "cell"
    formulas: Sequence[str] | None = None
    width: float | None = None


@dataclass(frozen=True, eq=False)
class Book:
    """A workbook while it is written.

    Args:
        file: as XlsxWriter has it.
        paper: what it shows.
        style: by name of STYLES, or by number format, what cells look like.
        sheets: by their key of SHEETS, in the order in which they stand.
    """

    file: Any
    paper: Paper
    style: Callable[..., Any]
    sheets: dict[str, Any]

    @cached_property
    def styles(self) -> dict[int, Style]:
        """How each policy is drawn, and called: once, for a table asks it of every row."""
        return self.paper.styles

    @property
    def money(self) -> str:
        """How amounts are written: to the yen, else to the hundredth."""
        return "#,##0" if self.paper.currency == "JPY" else "#,##0.00"

    @property
    def error(self) -> str:
        """How errors are written."""
        measure = self.paper.answer.measure
        return "0.00%" if measure.is_share else "#,##0." + "0" * measure.decimals if measure.decimals else "#,##0"

    @property
    def rough(self) -> str:
        """How errors are written along an axis."""
        return "0.0%" if self.paper.answer.measure.is_share else "#,##0.###"

    def in_money(self, heading: str) -> str:
        """Return a heading with the currency."""
        return _("{name} ({unit})").format(name=heading, unit=terms.currency(self.paper.answer))

    def sheet(self, key: str, title: str, said: Sequence[str], across: int, width: int) -> Any:
        """Begin a sheet, with its title, the marks, and sentences beneath them.

        Args:
            key: of SHEETS.
            title: of the sheet.
            said: sentences, a row each.
            across: columns that sentences run over.
            width: how wide these are together.
        """
        sheet = self.sheets[key]
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        marks = _(" · ").join(self.paper.marks)
        sheet.set_header("&L" + marks.replace("&", "&&") + "&R&A")
        sheet.set_footer("&R&P / &N")
        self.write(sheet, 0, 0, title, "title")
        sheet.set_row(0, 24)
        self.write(sheet, 1, 0, marks, "marks")
        for row, sentence in enumerate(said, 2):
            self.sentence(sheet, row, sentence, across, width)
        return sheet

    def write(self, sheet: Any, row: int, column: int, text: str, style: str = "text") -> None:
        """Write text as text, whatever it begins with."""
        sheet.write_string(row, column, clean(text), self.style(style))

    def sentence(self, sheet: Any, row: int, text: str, across: int, width: int, style: str = "quiet") -> None:
        """Write a sentence over several columns, in as many lines as it needs."""
        if across > 1:
            sheet.merge_range(row, 0, row, across - 1, "", self.style(style))
        self.write(sheet, row, 0, text, style)
        sheet.set_row(row, 16 * lines(text, width))

    def table(self, sheet: Any, top: int, columns: Sequence[Column]) -> Place:
        """Write a table with its headings at row `top`, freeze what is above, and say where it stands."""
        place = placed(sheet.get_name(), top, columns)
        for n, column in enumerate(columns):
            is_text = len(column.values) and isinstance(column.values[0], str)
            sheet.write_string(
                top,
                n,
                clean(column.heading),
                self.style("heading", align="left" if is_text else "right", indent=int(is_text)),
            )
            width = column.width or min(max(_widest(column), 10), 46)
            sheet.set_column(n, n, width)
            self._fill(sheet, place, n, column)
        tallest = max(lines(c.heading, int(c.width or min(max(_widest(c), 10), 46))) for c in columns)
        sheet.set_row(top, 15 * tallest + 6)
        sheet.repeat_rows(top)
        return place

    def _fill(self, sheet: Any, place: Place, n: int, column: Column) -> None:
        style = self.style(column.style)
        values = column.values.tolist() if isinstance(column.values, np.ndarray) else list(column.values)
        for row, value in enumerate(values):
            if column.formulas is not None:
                formula = "=" + column.formulas[row].format_map(place.at(row))
                sheet.write_formula(place.first + row, n, formula, style, _cached(value))
            elif isinstance(value, str):
                sheet.write_string(place.first + row, n, clean(value), style)
            elif value is None or not math.isfinite(value):
                sheet.write_blank(place.first + row, n, None, style)
            else:
                sheet.write_number(place.first + row, n, value, style)

    def name(self, name: str, cells: str) -> None:
        """Give cells a name that formulas call them by."""
        self.file.define_name(name, "=" + cells)


def placed(sheet: str, top: int, columns: Sequence[Column]) -> Place:
    """Return where a table with its headings at row `top` stands."""
    return Place(sheet, top + 1, len(columns[0].values), {column.key: n for n, column in enumerate(columns)})


def lines(text: str, width: int) -> int:
    """Return how many lines text takes in so many columns."""
    return sum(max(1, math.ceil(terms.columns(line) / max(width, 1))) for line in text.split("\n"))


def _cached(value: Any) -> Any:
    """Return what a formula comes to, as a file holds it."""
    return clean(value) if isinstance(value, str) else "" if value is None or math.isnan(value) else value


def _widest(column: Column) -> int:
    if len(column.values) and isinstance(column.values[0], str):
        return max(terms.columns(str(value)) for value in column.values) + 2
    return min(terms.columns(column.heading) + 1, 13)


@contextmanager
def opened(paper: Paper, keys: Sequence[str], into: io.BytesIO) -> Iterator[Book]:
    """Open a workbook with these sheets, that is written when it is left."""
    font = FONTS[language.current()]
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_format_properties": {"font_name": font, "font_size": 10, "font_color": INK_},
    }  # fmt: skip
    file = xlsxwriter.Workbook(into, options)

    @cache
    def style(name: str, **more: Any) -> Any:
        look = STYLES.get(name) or {"num_format": name, "valign": "vcenter"}
        return file.add_format({"font_name": font, "font_size": 10, "font_color": INK_, **look, **more})

    file.set_properties({"title": clean(paper.called), "created": paper.made})
    yield Book(file, paper, style, {key: file.add_worksheet(_(SHEETS[key])) for key in keys})
    file.close()
