"""Everything that can be taken to the meeting: what each file is; `making` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alma_core.language import mark

PPTX, XLSX, DOCX, HTML, PDF, MD, TXT, CSV, PNG, SVG = KINDS = (
    *("pptx", "xlsx", "docx", "html", "pdf", "md", "txt", "csv", "png", "svg"),
)
"""What there is, by the suffix of its files, in the order in which it is offered."""
BY_CHART: Final = (CSV, PNG, SVG)
"""Kinds of which there is a file for each chart, in one zip."""
BY_BROWSER: Final = (PDF, PNG, SVG)
"""Kinds that a Chromium draws."""
ZIP: Final = "application/zip"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Handout:
    """One kind of file.

    Args:
        title: what it is; marked, not yet looked up.
        purpose: what it is for; likewise.
        mime: its type.
    """

    title: str
    purpose: str
    mime: str


HANDOUTS: Final[Mapping[str, Handout]] = {
    PPTX: Handout(
        mark("Slides"), mark("Slides with charts that can be edited, and what to say on each in its notes."),
        f"{_OFFICE}.presentationml.presentation",
    ),
    XLSX: Handout(
        mark("Workbook"), mark("The figures with live prices: change one, and the ranking follows."),
        f"{_OFFICE}.spreadsheetml.sheet",
    ),
    DOCX: Handout(
        mark("Written policy"), mark("The rule that the meeting adopts, on two pages."),
        f"{_OFFICE}.wordprocessingml.document",
    ),
    HTML: Handout(
        mark("Report on one page"), mark("Words, charts and rows in one file that opens without network."), "text/html"
    ),
    PDF: Handout(mark("Report as PDF"), mark("The same report, as it prints on A4."), "application/pdf"),
    MD: Handout(
        mark("Written policy as text"), mark("The same rule as Markdown, for a wiki or a mail."), "text/markdown"
    ),
    TXT: Handout(mark("The whole answer as text"), mark("All of it, with every sum, to quote from."), "text/plain"),
    CSV: Handout(mark("Rows of the charts"), mark("The figures behind each chart, for a spreadsheet."), ZIP),
    PNG: Handout(mark("Charts as pictures"), mark("Each chart as a PNG, to paste anywhere."), ZIP),
    SVG: Handout(mark("Charts as drawings"), mark("Each chart as an SVG, sharp at any size."), ZIP),
}  # fmt: skip
