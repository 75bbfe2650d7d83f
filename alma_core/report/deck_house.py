"""The look of a deck: this project's own 16:9 master, or a company's template with its theme, sizes and places."""

import io
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import CONTENT_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE as RELATION
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches

from alma_core.errors import SpecError
from alma_core.language import _
from alma_core.report.deck_text import Face
from alma_core.report.figures import HUES, INK
from alma_core.streams import archives

WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LARGEST_BYTES: Final = 256 * 1024**2
"""What a template may unpack to."""
MACROS: Final = "macroEnabled"
OBJECTS: Final = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)
FEET: Final = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)


class Area(NamedTuple):
    """A place on a slide, in EMU."""

    left: int
    top: int
    width: int
    height: int

    def part(self, left: float, top: float, right: float, bottom: float) -> "Area":
        """Return a part of it, its ends as shares 0..1 from the upper left."""
        return Area(
            self.left + round(left * self.width), self.top + round(top * self.height),
            round((right - left) * self.width), round((bottom - top) * self.height),
        )  # fmt: skip

    @property
    def wide(self) -> float:
        """Its width in points."""
        return float(Emu(self.width).pt)

    @property
    def high(self) -> float:
        """Its height in points."""
        return float(Emu(self.height).pt)


@dataclass(frozen=True, eq=False)
class House:
    """What all slides of a deck share.

    Args:
        deck: the presentation, without slides.
        layout: of every slide: with a title, and a body where there is one.
        area: what lies below the title.
        heading, face: fonts of titles and of all else.
        scale: of letters, 1 on a slide as large as our own.
    """

    deck: Any
    layout: Any
    area: Area
    heading: Face
    face: Face
    scale: float


def own() -> House:
    """Return our own look: 16:9, the ink and the hues of every chart."""
    deck = Presentation()
    across = WIDTH / deck.slide_width
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    for page in (deck.slide_master, *deck.slide_layouts):
        for shape in page.placeholders:
            if shape._element.spPr.find(qn("a:xfrm")) is not None:
                shape.left, shape.width = round(shape.left * across), round(shape.width * across)
    _theme(deck.slide_master)
    _master(deck.slide_master)
    return _house(deck)


def of_template(template: bytes) -> House:
    """Return the look of a company's file, without its slides.

    Raises:
        SpecError: it is no .pptx, holds macros, or has no layout with a title and room below it.
        DataError: it unpacks to more than such a file does, or is damaged.
    """
    expected = SpecError(
        _("The template is no PowerPoint file that opens, a .pptx was expected; save it as .pptx without a password.")
    )
    if template[:2] != b"PK":
        raise expected
    archives.checked_zip(io.BytesIO(template), _("The template"), LARGEST_BYTES)
    try:
        deck = Presentation(io.BytesIO(template))
        has_macros = MACROS in deck.part.content_type
        _without_slides(deck)
        house = _house(deck)
    except SpecError:
        raise
    except Exception as error:  # whatever a file that only looks like one raises in python-pptx
        raise expected from error
    if has_macros:
        raise SpecError(_("The template holds macros, a .pptx was expected; save it as .pptx, which drops them."))
    return house


def _house(deck: Any) -> House:
    found = _layout(deck)
    if found is None:
        raise SpecError(
            _(
                "The template has no layout with a title and room below it, one was expected; add a layout such as "
                "“Title and Content” and keep its title."
            )
        )
    layout, area = found
    heading, face = _faces(layout.slide_master)
    scale = min(deck.slide_width / WIDTH, deck.slide_height / HEIGHT)
    return House(deck, layout, area, heading, face, scale)


def _layout(deck: Any) -> tuple[Any, Area] | None:
    """Return the layout to use and what lies below its title: one with a body rather than one with a title only."""
    rank = {"obj": 0, "titleOnly": 1, "tx": 2}
    for layout in sorted(deck.slide_layouts, key=lambda one: rank.get(one._element.get("type"), 3)):
        titles = [p for p in layout.placeholders if p.placeholder_format.type == PP_PLACEHOLDER.TITLE]
        title = next((one for one in titles if one.placeholder_format.idx == 0), None)  # else no slide finds it
        if title is None or None in (title.left, title.top, title.width, title.height):
            continue
        area = _below(layout, title, deck.slide_width, deck.slide_height)
        is_large = area.width >= 0.5 * deck.slide_width and area.height >= 0.45 * deck.slide_height
        if is_large and title.width >= 0.4 * deck.slide_width and title.height >= 0.04 * deck.slide_height:
            return layout, area
    return None


def _below(layout: Any, title: Any, width: int, height: int) -> Area:
    """Return the room of the body, or, where there is none, from the title down to the footers."""
    bodies = [p for p in layout.placeholders if p.placeholder_format.type in OBJECTS and p.width]
    if len(bodies) == 1:
        return Area(bodies[0].left, bodies[0].top, bodies[0].width, bodies[0].height)
    feet = [p.top for p in layout.placeholders if p.placeholder_format.type in FEET and p.top]
    top = title.top + title.height + height // 60
    bottom = min([top_ for top_ in feet if top_ > 0.8 * height], default=round(0.92 * height)) - height // 60
    return Area(title.left, top, min(title.width, width - 2 * title.left), bottom - top)


def _faces(master: Any) -> tuple[Face, Face]:
    """Return the fonts of the theme, for titles and for all else."""
    theme = parse_xml(master.part.part_related_by(RELATION.THEME).blob)
    usual = Face()

    def face(name: str) -> Face:
        fonts = theme.find(f".//{qn('a:' + name)}")
        named = (
            {} if fonts is None else {child.tag: child.get("typeface") for child in fonts if not child.get("script")}
        )
        japanese = "" if fonts is None else next((f.get("typeface") for f in fonts if f.get("script") == "Jpan"), "")
        east = named.get(qn("a:ea")) or japanese or usual.east
        return Face(named.get(qn("a:latin")) or usual.latin, east)

    return face("majorFont"), face("minorFont")


def _without_slides(deck: Any) -> None:
    """Drop the slides of a template and whatever points to them, so that none of their parts stays in the file."""
    listed, part = deck.slides._sldIdLst, deck.part
    for slide in list(listed):
        listed.remove(slide)
        part.drop_rel(slide.rId)
    presentation = part._element
    for name in ("p:custShowLst", "p:extLst"):  # shows and sections list slides by number
        for element in presentation.findall(qn(name)):
            presentation.remove(element)
    _drop(part, RELATION.VIEW_PROPS)  # the outline view may hold on to slides


def _drop(owner: Any, *kinds: str) -> None:
    """Drop the relations of some kinds from a part or a package."""
    relations = owner._rels
    for key in [key for key, relation in relations.items() if relation.reltype in kinds]:
        relations.pop(key)


def without_leftovers(deck: Any) -> None:
    """Drop what a file says of the slides that it once had: its picture, the list of its titles, its printer."""
    _drop(deck.part.package, RELATION.THUMBNAIL, RELATION.EXTENDED_PROPERTIES)
    _drop(deck.part, RELATION.PRINTER_SETTINGS)


def _theme(master: Any) -> None:
    """Give the theme our own colours and fonts."""
    part = master.part.part_related_by(RELATION.THEME)
    assert part.content_type == CONTENT_TYPE.OFC_THEME
    theme, light, dark = parse_xml(part.blob), INK["light"], INK["dark"]
    colours = dict(zip(("dk1", "lt1", "dk2", "lt2"), (light.text, light.paper, dark.grid, light.grid), strict=True))
    colours |= {f"accent{n}": hue for n, hue in enumerate(HUES[:6], 1)} | {"hlink": HUES[0], "folHlink": HUES[6]}
    scheme = theme.find(f".//{qn('a:clrScheme')}")
    scheme.set("name", "ALMA")
    for name, value in colours.items():
        slot = scheme.find(qn(f"a:{name}"))
        for old in list(slot):
            slot.remove(old)
        slot.append(slot.makeelement(qn("a:srgbClr"), {"val": value.removeprefix("#")}))
    face = Face()
    for name in ("a:majorFont", "a:minorFont"):
        fonts = theme.find(f".//{qn(name)}")
        fonts.find(qn("a:latin")).set("typeface", face.latin)
        fonts.find(qn("a:ea")).set("typeface", face.east)
        for font in fonts.findall(qn("a:font")):
            if font.get("script") == "Jpan":
                font.set("typeface", face.east)
    theme.set("name", "ALMA")
    part._blob = serialize_part_xml(theme)


PLACES: Final = {
    PP_PLACEHOLDER.TITLE: (0.6, 0.44, 12.13, 0.92), PP_PLACEHOLDER.BODY: (0.6, 1.42, 12.13, 5.4),
    PP_PLACEHOLDER.FOOTER: (0.6, 6.98, 9.4, 0.3), PP_PLACEHOLDER.DATE: (10.1, 6.98, 1.5, 0.3),
    PP_PLACEHOLDER.SLIDE_NUMBER: (11.73, 6.98, 1.0, 0.3),
}  # fmt: skip
"""Where things stand on our own slides, in inches: left, top, width, height."""


def _master(master: Any) -> None:
    """Set the places, the alignment and the letters of our own master."""
    for shape in master.placeholders:
        kind = shape.placeholder_format.type
        shape.left, shape.top, shape.width, shape.height = map(Inches, PLACES[kind])
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        for style in shape._element.findall(f".//{qn('a:lvl1pPr')}"):
            style.set("algn", "r" if kind == PP_PLACEHOLDER.SLIDE_NUMBER else "l")
    body = master.placeholders[0]._element.getparent().getparent().getparent()
    title = body.find(f".//{qn('p:titleStyle')}/{qn('a:lvl1pPr')}")
    title.set("algn", "l")
    title.find(qn("a:defRPr")).set("sz", "2400")
    title.find(qn("a:defRPr")).set("b", "1")
    anchor = next(p for p in master.placeholders if p.placeholder_format.type == PP_PLACEHOLDER.TITLE)
    anchor.text_frame._txBody.bodyPr.set("anchor", "b")
