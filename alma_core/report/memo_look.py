"""How the written policy looks in Word: page, fonts, styles of paragraphs and tables; in East Asian letters too."""

from typing import Final

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.text.run import CT_R
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

LATIN, EAST_ASIAN = "Arial", "Yu Gothic"
"""Fonts of the signs of each kind, in a text of either language: names of runs may hold both."""
INK: Final = RGBColor(0x1F, 0x2A, 0x37)
DEEP: Final = RGBColor(0x0B, 0x4F, 0x7D)
PALE: Final = "E8F0F6"
BLANK: Final = "FFF4CC"
"""Behind what is to be filled in."""
LINES: Final = "A9B8C6"
MARGIN, WIDTH = Mm(20), Mm(170)
"""Of the page, and what is left between."""
SIZES: Final = {
    "Normal": 9.5, "Heading 1": 16.0, "Heading 2": 11.0, "List Bullet": 9.5, "Header": 9.0, "Footer": 9.0,
    "Policy Cell": 9.0, "Policy Caption": 9.5, "Policy Gap": 9.0,
}  # fmt: skip
"""In points; the line is exactly LEADING times as high, for Japanese fonts bring heights of their own."""
LEADING: Final = 1.25
DISTANCES: Final = {
    "Heading 1": (0, 2), "Heading 2": (6, 2), "Normal": (0, 3), "List Bullet": (0, 1), "Policy Cell": (1, 1),
    "Policy Caption": (2, 1),
}  # fmt: skip
"""Above and below a paragraph, in points."""
TO_SIGN: Final = Mm(10)
"""Height of a row that is signed by hand."""
CELL, CAPTION, GAP = OWN = ("Policy Cell", "Policy Caption", "Policy Gap")
"""Styles of our own: of cells, of what stands above a table, of the distance beneath it."""


def set_page(document: Document) -> None:
    """Make the page A4 with margins alike on all sides."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    page.header_distance = page.footer_distance = Mm(9)


def set_styles(document: Document) -> None:
    """Give every style in use its font, size and distances."""
    for name in OWN:
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    _defaults(document)
    for name, size in SIZES.items():
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        is_heading = name.startswith("Heading")
        style.font.size, style.font.bold, style.font.italic = Pt(size), is_heading, False
        style.font.color.rgb = DEEP if is_heading else INK
        set_fonts(style.element.get_or_add_rPr())
        lines = style.paragraph_format
        lines.line_spacing_rule, lines.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(size * LEADING)
        lines.space_before, lines.space_after = map(Pt, DISTANCES.get(name, (0, 0)))
        lines.widow_control, lines.keep_with_next = True, is_heading or name == CAPTION
    gap = document.styles[GAP]
    assert isinstance(gap, ParagraphStyle)
    gap.paragraph_format.line_spacing = Pt(4)
    bullets = document.styles["List Bullet"]
    assert isinstance(bullets, ParagraphStyle)
    bullets.paragraph_format.left_indent, bullets.paragraph_format.first_line_indent = Mm(4.5), Mm(-4.5)


def _defaults(document: Document) -> None:
    """Set the fonts that hold where no style says otherwise, and tell Word which language is which."""
    properties = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    set_fonts(properties)
    spoken = properties.find(qn("w:lang"))
    spoken.set(qn("w:val"), "en-GB")  # of Latin letters and figures, in a Japanese text too: else they break anywhere
    spoken.set(qn("w:eastAsia"), "ja-JP")


def set_fonts(properties: BaseOxmlElement) -> None:
    """Name the fonts of a run or style outright, in the place of a theme's."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name, font in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", EAST_ASIAN), ("cs", LATIN)):
        fonts.set(qn(f"w:{name}"), font)


def shade(run: CT_R, colour: str) -> None:
    """Colour the ground behind a run."""
    run.get_or_add_rPr().append(_shading(colour))


def shade_cell(cell: BaseOxmlElement, colour: str) -> None:
    """Colour the ground of a cell."""
    cell.get_or_add_tcPr().append(_shading(colour))


def _shading(colour: str) -> BaseOxmlElement:
    found = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        found.set(qn(f"w:{name}"), value)
    return found


def set_lines(table: BaseOxmlElement) -> None:
    """Draw thin lines between the rows of a table, and give its cells room at the sides."""
    borders, room = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        is_drawn = side in ("top", "bottom", "insideH")
        for name, value in (("val", "single" if is_drawn else "nil"), ("sz", "4"), ("space", "0"), ("color", LINES)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    for side in ("left", "right"):
        width = OxmlElement(f"w:{side}")
        width.set(qn("w:w"), "60")
        width.set(qn("w:type"), "dxa")
        room.append(width)
    table.tblPr.find(qn("w:tblLayout")).addprevious(borders)  # Word asks for this order
    table.tblPr.find(qn("w:tblLook")).addprevious(room)


def repeat(row: BaseOxmlElement) -> None:
    """Have the headings of a table stand again at the top of the next page."""
    row.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def set_height(row: BaseOxmlElement, height: Length) -> None:
    """Make a row at least so high."""
    found = OxmlElement("w:trHeight")
    found.set(qn("w:val"), str(height.twips))
    row.get_or_add_trPr().append(found)


def keep_whole(row: BaseOxmlElement) -> None:
    """Have a row stand on one page."""
    row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
