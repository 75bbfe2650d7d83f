"""The written policy as files: Word, of two pages, and Markdown; the same parts in both."""

import io
import re
from typing import Final

import docx as word
import pandas as pd
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from alma_core import language
from alma_core.language import _
from alma_core.report import memo_look, memo_parts, moment, terms
from alma_core.report.memo_parts import Part
from alma_core.report.paper import Paper

_BLANK: Final = re.compile(r"(\[[^\[\]]*\])")
_MARKUP: Final = {ord(sign): "\\" + sign for sign in "\\`*_{}[]<>#|&~$^@!"}
_LINK: Final = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_LIST: Final = re.compile(r"^(\d+(?=[.)](\s|$))|(?=[-+=]))")
FEWEST_LETTERS, MOST_LETTERS = 11, 30
"""Columns of letters that a column of a table counts with when widths are shared out, however short or long it is."""


def docx(paper: Paper) -> bytes:
    """Return the policy as a Word file in the language in use; the same paper gives the same bytes."""
    document = word.Document()
    memo_look.set_page(document)
    memo_look.set_styles(document)
    _properties(document, paper)
    _margins(document, paper)
    _add(document.add_paragraph(style="Heading 1"), memo_parts.title())
    _add(document.add_paragraph(style="Normal"), memo_parts.subject(paper))
    for number, part in enumerate(memo_parts.parts(paper), 1):
        _write(document, number, part)
    written = io.BytesIO()
    document.save(written)
    return moment.dated(written.getvalue(), paper.made)


def _properties(document: Document, paper: Paper) -> None:
    known = document.core_properties
    known.title, known.subject, known.author = memo_parts.title(), terms.clean(paper.called), "ALMA"
    known.last_modified_by, known.comments, known.keywords = "ALMA", "", ", ".join(paper.marks)
    known.language = {"en": "en-GB", "ja": "ja-JP"}[language.current()]
    known.created = known.modified = paper.made


def _margins(document: Document, paper: Paper) -> None:
    """Write the marks into the header, and the run and the number of the page into the footer."""
    section = document.sections[0]
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.alignment = foot.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    marks = _(", ").join(paper.marks)
    _add(head, marks or memo_parts.title()).bold = bool(marks)
    _add(foot, terms.clean(_("Run {run}, {date}").format(run=paper.run.id, date=language.date(paper.made.date()))))
    _add(foot, "  |  ")
    for name, between in (("PAGE", " / "), ("NUMPAGES", "")):
        _field(foot, name)
        _add(foot, between)


def _field(paragraph: Paragraph, name: str) -> None:
    """Add a number that Word reckons itself."""
    for kind in ("begin", name, "separate", "1", "end"):
        if kind in ("begin", "separate", "end"):
            piece = OxmlElement("w:fldChar")
            piece.set(qn("w:fldCharType"), kind)
        else:
            piece = OxmlElement("w:instrText" if kind == name else "w:t")
            piece.text = kind
        _add(paragraph, "")._r.append(piece)


def _write(document: Document, number: int, part: Part) -> None:
    _add(document.add_paragraph(style="Heading 2"), f"{number}. {part.heading}")
    for at, sentence in enumerate(part.sentences):
        paragraph = document.add_paragraph(style="List Bullet")
        _add_text(paragraph, sentence)
        if number == 1 and at == 0:  # the rule itself, which the rest is about
            for run in paragraph.runs:
                run.bold = True
    for table in part.tables:
        if table.caption:
            _add_text(document.add_paragraph(style=memo_look.CAPTION), table.caption)
        _add_table(document, table.rows)


def _add(paragraph: Paragraph, text: str) -> Run:
    """Add text with its fonts named, East Asian ones too."""
    run = paragraph.add_run(text)
    memo_look.set_fonts(run._r.get_or_add_rPr())
    return run


def _add_text(paragraph: Paragraph, text: str) -> None:
    """Add a sentence; what is to be filled in stands on a ground of its own."""
    for piece in filter(None, _BLANK.split(text)):
        run = _add(paragraph, piece)
        if _BLANK.fullmatch(piece):
            memo_look.shade(run._r, memo_look.BLANK)


def _add_table(document: Document, rows: pd.DataFrame) -> None:
    table = document.add_table(len(rows) + 1, rows.shape[1], "Table Grid")
    table.autofit = False
    memo_look.set_lines(table._tbl)
    lines = [list(map(str, rows)), *rows.to_numpy().tolist()]
    widths = _widths(lines)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row, line in zip(table.rows, lines, strict=True):
        memo_look.keep_whole(row._tr)
        if all(map(_BLANK.fullmatch, line)):
            memo_look.set_height(row._tr, memo_look.TO_SIGN)
        for cell, text, width in zip(row.cells, line, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles[memo_look.CELL]
            paragraph.paragraph_format.keep_with_next = line is not lines[-1]
            _add_text(paragraph, text)
    memo_look.repeat(table.rows[0]._tr)
    for cell in table.rows[0].cells:
        memo_look.shade_cell(cell._tc, memo_look.PALE)
        for run in cell.paragraphs[0].runs:
            run.bold = True
    _add(document.add_paragraph(style=memo_look.GAP), "")


def _widths(lines: list[list[str]]) -> list[Emu]:
    """Share out the width of the page by the longest text of each column, none of which counts too much or little."""
    longest = [max(map(terms.columns, column)) for column in zip(*lines, strict=True)]
    weights = [min(max(letters, FEWEST_LETTERS), MOST_LETTERS) for letters in longest]
    return [Emu(int(memo_look.WIDTH * weight / sum(weights))) for weight in weights]


def markdown(paper: Paper) -> bytes:
    """Return the policy as Markdown in UTF-8, in the language in use."""
    sections = [f"# {_plain(memo_parts.title())}", _plain(memo_parts.subject(paper))]
    for number, part in enumerate(memo_parts.parts(paper), 1):
        sections.append(f"## {number}. {_plain(part.heading)}")
        sections.append("\n".join(f"- {_plain(sentence)}" for sentence in part.sentences))
        for table in part.tables:
            sections += [_plain(table.caption), _table(table.rows)]
    return ("\n\n".join(filter(None, sections)) + "\n").encode()


def _table(rows: pd.DataFrame) -> str:
    lines = [list(map(str, rows)), ["---"] * rows.shape[1], *rows.to_numpy().tolist()]
    written = [[cell if n == 1 else _plain(cell) for cell in line] for n, line in enumerate(lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in written)


def _plain(text: str) -> str:
    """Return text with every sign escaped that Markdown would read as markup.

    >>> _plain("- a|b <b> http://x")
    '\\\\- a\\\\|b \\\\<b\\\\> http:\\\\//x'
    """
    found = _LINK.sub(r"\\", text.translate(_MARKUP))
    return _LIST.sub(lambda start: start[0] + "\\", found)
