"""One slide of a deck as it is filled: title, subject, marks, boxes of text, footers, and what is to be said."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Emu, Pt

from alma_core.report import terms
from alma_core.report.deck_house import OBJECTS, Area, House
from alma_core.report.deck_text import (
    FADED,
    PANEL,
    Paragraph,
    Shade,
    Words,
    colour,
    ems,
    fitting,
    put,
    sizes,
    write,
)
from alma_core.report.figures import HUES, INK

SUBJECT: Final = 0.062
"""Height of the line below the title, as a share of what lies below it."""
MARK: Final = Shade(rgb=HUES[4])
MARKED: Final = Shade(rgb=INK["light"].text)


@dataclass(frozen=True, eq=False)
class Board:
    """One slide.

    Args:
        house: what it shares with the others.
        slide: of python-pptx.
        in_full: what had to be shortened, in full: for the notes.
    """

    house: House
    slide: Any
    in_full: list[str] = field(default_factory=list)

    @property
    def area(self) -> Area:
        """What is free below the title and the line beneath it."""
        return self.house.area.part(0.0, SUBJECT + 0.028, 1.0, 1.0)

    def under(self, shape: Any) -> float:
        """Return where what stands under a shape may begin, as a share of `area`."""
        return float((shape.top + shape.height - self.area.top) / self.area.height) + 0.05

    def points(self, size: float) -> float:
        """Return a size of letters, or a distance, on this slide."""
        return size * self.house.scale

    def sizes(self, largest: float, least: float) -> list[float]:
        """Return sizes to try on this slide, the largest first."""
        return [self.points(size) for size in sizes(largest, least)]

    def text(
        self,
        area: Area,
        paragraphs: Sequence[Paragraph],
        largest: float,
        least: float,
        align: Any = PP_ALIGN.LEFT,
        anchor: Any = MSO_ANCHOR.TOP,
    ) -> Any:
        """Write paragraphs into a new box and return it."""
        box = self.slide.shapes.add_textbox(*area)
        _no_margins(box)
        self._put(box, paragraphs, largest, least, align, anchor)
        return box

    def alike(self, places: Sequence[tuple[Area, Sequence[Paragraph]]], largest: float, least: float) -> float:
        """Return the largest size at which several texts that stand side by side all fit."""
        tried = self.sizes(largest, least)
        fit = [fitting(paragraphs, area.wide, area.high, tried) or tried[-1] for area, paragraphs in places]
        return min(fit) / self.house.scale

    def body(self, area: Area, paragraphs: Sequence[Paragraph], largest: float = 15, least: float = 9) -> None:
        """Write the sentences of the slide into its body, where the layout has one: that is what the outline shows."""
        body = next((p for p in self.slide.placeholders if p.placeholder_format.type in OBJECTS), None)
        if body is None:
            self.text(area, paragraphs, largest, least)
            return
        body.left, body.top, body.width, body.height = area
        _no_margins(body)
        self._put(body, paragraphs, largest, least, PP_ALIGN.LEFT, MSO_ANCHOR.TOP)

    def panel(self, area: Area, shade: Shade = PANEL, kind: Any = MSO_SHAPE.RECTANGLE) -> Any:
        """Draw a plain panel and return it."""
        shape = self.slide.shapes.add_shape(kind, *area)
        shape._element.remove(shape._element.find(qn("p:style")))  # of the theme it would take lines and shadows
        shape.fill.solid()
        colour(shape.fill.fore_color, shade)
        shape.line.fill.background()
        return shape

    def _put(self, shape: Any, paragraphs: Sequence[Paragraph], largest: float, least: float, *where: Any) -> None:
        self.in_full.extend(put(shape, paragraphs, self.sizes(largest, least), self.house.face, *where))


def board(house: House, title: str, subject: str, marks: Sequence[str], footer: str) -> Board:
    """Add a slide with its title, the line beneath it, its marks, its footer and its number."""
    slide = house.deck.slides.add_slide(house.layout)
    found = Board(house, slide)
    heading = slide.shapes.title
    _margins_as_laid_out(heading, house.layout)
    heading_sizes = found.sizes(24, 14)
    found.in_full.extend(
        put(heading, [[Words(title, shade=None, bold=True)]], heading_sizes, house.heading, None, None)
    )
    row = house.area.part(0.0, 0.0, 1.0, SUBJECT)
    free = _marks(found, row, marks)
    found.text(row._replace(width=free), [[Words(subject, shade=FADED)]], 13, 9, anchor=MSO_ANCHOR.MIDDLE)
    _feet(found, footer)
    return found


def finished(one: Board) -> None:
    """Remove the places that stayed empty."""
    for placeholder in list(one.slide.placeholders):
        if placeholder.has_text_frame and placeholder.text_frame.text:
            continue
        placeholder._element.getparent().remove(placeholder._element)


def say(one: Board, paragraphs: Sequence[str]) -> None:
    """Write what is to be said into the notes of a slide."""
    notes = one.slide.notes_slide
    if notes.notes_placeholder is None:  # a template's own notes may have no place for text
        notes.shapes._spTree.append(parse_xml(_NOTES))
    write(notes.notes_text_frame, [[Words(text, shade=None)] for text in paragraphs], 12, one.house.face)


_NOTES: Final = (
    f"<p:sp {nsdecls('p', 'a')}><p:nvSpPr><p:cNvPr id='99' name='Notes'/><p:cNvSpPr/><p:nvPr>"
    "<p:ph type='body' idx='1'/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x='685800' y='4400550'/>"
    "<a:ext cx='5486400' cy='3600450'/></a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:p/></p:txBody></p:sp>"
)


def _marks(one: Board, row: Area, marks: Sequence[str]) -> int:
    """Draw the marks at the right end of a row and return the width that is left of it."""
    right, size = row.width, one.points(11)
    for mark in reversed(marks):
        width = round(Pt(ems(terms.clean(mark), bold=True) * size + 1.6 * size))
        area = Area(row.left + right - width, row.top, width, row.height)
        shape = one.panel(area, MARK, MSO_SHAPE.ROUNDED_RECTANGLE)
        _no_margins(shape)
        one._put(shape, [[Words(mark, True, MARKED)]], 11, 8, PP_ALIGN.CENTER, MSO_ANCHOR.MIDDLE)
        right -= width + round(Pt(0.6 * size))
    return right


def _feet(one: Board, footer: str) -> None:
    """Write run and date, and the number of the slide, where the layout has them; else at the foot of the slide."""
    deck, area = one.house.deck, one.house.area
    strip = Area(area.left, round(0.945 * deck.slide_height), area.width, round(0.04 * deck.slide_height))
    foot = _foot(one, PP_PLACEHOLDER.FOOTER, strip.part(0.0, 0.0, 0.85, 1.0))
    one.in_full.extend(put(foot, [[Words(footer, shade=FADED)]], one.sizes(10, 8), one.house.face, None, None))
    number = _foot(one, PP_PLACEHOLDER.SLIDE_NUMBER, strip.part(0.88, 0.0, 1.0, 1.0))
    write(number.text_frame, [[Words("0", shade=FADED)]], one.points(10), one.house.face, PP_ALIGN.RIGHT)
    run = number.text_frame.paragraphs[0].runs[0]
    field_ = run._r.makeelement(qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"})
    run._r.addprevious(field_)
    field_.extend([run._r.rPr, run._r.find(qn("a:t"))])
    field_.find(qn("a:t")).text = str(len(deck.slides))
    run._r.getparent().remove(run._r)


def _foot(one: Board, kind: Any, otherwise: Area) -> Any:
    """Return the slide's own copy of a footer of the layout, or a box where the layout has none."""
    laid_out = next((p for p in one.house.layout.placeholders if p.placeholder_format.type == kind), None)
    if laid_out is None or not laid_out.width:
        box = one.slide.shapes.add_textbox(*otherwise)
        _no_margins(box)
        return box
    element = copy.deepcopy(laid_out._element)
    one.slide.shapes._spTree.append(element)
    element.nvSpPr.cNvPr.set("id", str(one.slide.shapes._next_shape_id))
    shape = next(s for s in one.slide.placeholders if s._element is element)
    shape.left, shape.top, shape.width, shape.height = laid_out.left, laid_out.top, laid_out.width, laid_out.height
    shape.text_frame.clear()
    for end in shape.text_frame._txBody.findall(f".//{qn('a:endParaRPr')}"):
        end.getparent().remove(end)
    _margins_as_laid_out(shape, one.house.layout)
    return shape


def _no_margins(shape: Any) -> None:
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _margins_as_laid_out(shape: Any, layout: Any) -> None:
    """State on a placeholder the margins that it takes from its layout or master: room is measured within them."""
    kind = shape.placeholder_format.type
    above = [
        p for page in (layout.slide_master, layout) for p in page.placeholders if p.placeholder_format.type == kind
    ]
    margins = {"lIns": 91440, "tIns": 45720, "rIns": 91440, "bIns": 45720}
    for placeholder in above:
        stated = placeholder.text_frame._txBody.bodyPr
        margins |= {name: int(stated.get(name)) for name in margins if stated.get(name) is not None}
    frame = shape.text_frame
    frame.margin_left, frame.margin_top, frame.margin_right, frame.margin_bottom = map(Emu, margins.values())
