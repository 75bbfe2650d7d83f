"""Text of a deck: fonts for Latin and Japanese on every run, how much room text takes, what is cut where it must be."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from alma_core import language
from alma_core.report import spreadsheet, terms

LANGUAGES: Final = {"en": "en-GB", "ja": "ja-JP"}
SPACING: Final = 1.3
"""Height of a line by the size of its letters, stated in the file: fonts differ in what they would take."""
APART: Final = 0.45
"""Space above a paragraph by the size of its letters."""
ELLIPSIS: Final = "…"
_WIDE_LETTERS: Final = frozenset("mwMW%@&QOGDHNU")
_THIN: Final = frozenset(" \u00a0.,:;'|!iljtfr()[]-")


class Face(NamedTuple):
    """The fonts of Latin and of Japanese text."""

    latin: str = "Segoe UI"
    east: str = "Yu Gothic"


class Shade(NamedTuple):
    """A colour: of the theme, lighter by a share 0..1 or darker below 0; or one of its own."""

    theme: Any = MSO_THEME_COLOR.TEXT_1
    lighter: float = 0.0
    rgb: str = ""


INK: Final = Shade()
FADED: Final = Shade(MSO_THEME_COLOR.TEXT_2)
FAINT: Final = Shade(MSO_THEME_COLOR.BACKGROUND_1, -0.14)
PAPER: Final = Shade(MSO_THEME_COLOR.BACKGROUND_1)
PANEL: Final = Shade(MSO_THEME_COLOR.BACKGROUND_1, -0.04)


@dataclass(frozen=True)
class Words:
    """A piece of text in one look.

    Args:
        text: as it was given.
        bold: whether it is.
        shade: its colour; None: that of the place where it stands.
        size: by how many times it is larger than the text around it.
    """

    text: str
    bold: bool = False
    shade: Shade | None = INK
    size: float = 1.0


Paragraph = Sequence[Words]


def cell(text: str) -> str:
    """Return text as a cell of the sheet behind a chart takes it: never as a formula."""
    return spreadsheet.literal(terms.clean(text))


def ems(text: str, bold: bool = False) -> float:
    """Return how wide text is at most, in heights of its letters: an estimate, on the safe side for usual fonts.

    >>> ems("費用") == 2.0, ems("cost") < 3.0
    (True, True)
    """
    wide = terms.columns(text) - len(text)
    width = float(wide)
    for sign in text:
        if sign in _THIN:
            width += 0.38
        elif sign in _WIDE_LETTERS:
            width += 0.95
        elif sign.isascii():
            width += 0.7 if sign.isupper() else 0.6
        elif terms.columns(sign) == 1:
            width += 1.0  # what a Japanese font may draw as wide as its own signs
    return width * (1.15 if bold else 1.0)


def longest(text: str, bold: bool = False) -> float:
    """Return how wide the longest part of text is that stands on one line, in heights of its letters."""
    return max((ems(piece.rstrip(" "), bold) for piece in _pieces(text)), default=0.0)


def lines(text: str, width: float, bold: bool = False) -> int:
    """Return on how many lines text stands in a width, in heights of its letters.

    >>> lines("one two three", 4.0), lines("一二三四五", 3.0), lines("", 3.0)
    (3, 3, 1)
    """
    room = max(width - (1.0 if terms.columns(text) > len(text) else 0.0), 1.0)  # a sign may not begin a line
    count, at = 1, 0.0
    for piece in _pieces(text):
        long = ems(piece, bold)
        if at and at + ems(piece.rstrip(" "), bold) > room:
            count, at = count + 1, 0.0
        if long > room:
            count += math.ceil(long / (room - 1.0 if room > 2 else room)) - 1
            at = long % room
        else:
            at += long
    return count


def _pieces(text: str) -> list[str]:
    """Return what may stand on a line of its own: words with the space behind them, Japanese signs one by one."""
    return re.findall(r"[\u2e80-\uffef\U00010000-\U0010ffff]|[^ \u2e80-\uffef\U00010000-\U0010ffff]+ *| +", text)


def height(paragraphs: Sequence[Paragraph], width: float, size: float) -> float:
    """Return how high paragraphs are at a size, all in points."""
    total = 0.0
    for place, paragraph in enumerate(paragraphs):
        largest = size * max((words.size for words in paragraph), default=1.0)
        whole, bold = "".join(words.text for words in paragraph), any(words.bold for words in paragraph)
        total += lines(whole, width / largest, bold) * SPACING * largest + (APART * size if place else 0.0)
    return total


def fitting(paragraphs: Sequence[Paragraph], width: float, room: float, sizes: Sequence[float]) -> float | None:
    """Return the first of some sizes, largest first, at which paragraphs keep to a width and height in points."""
    return next((size for size in sizes if height(paragraphs, width, size) <= room), None)


def shortened(text: str, most: float) -> str:
    """Return text cut to a width in heights of its letters, with an ellipsis where it is cut.

    >>> shortened("一二三四五", 4.0), shortened("一二", 4.0)
    ('一二三…', '一二')
    """
    if ems(text) <= most:
        return text
    kept = len(text)
    while kept and ems(text[:kept]) + 1.0 > most:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS


def sizes(largest: float, least: float) -> list[float]:
    """Return sizes from the largest down to the least, in half points."""
    return [largest - 0.5 * step for step in range(int(2 * (largest - least)) + 1)]


def write(frame: Any, paragraphs: Sequence[Paragraph], size: float, face: Face, align: Any = PP_ALIGN.LEFT) -> None:
    """Write paragraphs into an empty text frame, every run with both fonts, its language and its size."""
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    for place, words in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        _set(paragraph, words, size, face, align, APART * size if place else 0.0)


def _set(paragraph: Any, pieces: Paragraph, size: float, face: Face, align: Any, above: float) -> None:
    if align is not None:
        paragraph.alignment = align
    largest = size * max((words.size for words in pieces), default=1.0)
    paragraph.line_spacing, paragraph.space_before, paragraph.space_after = Pt(SPACING * largest), Pt(above), Pt(0)
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", "0")
    properties.set("indent", "0")
    properties.append(properties.makeelement(qn("a:buNone")))
    for words in pieces:
        run = paragraph.add_run()
        run.text = terms.clean(words.text)
        run.font.size, run.font.bold = Pt(size * words.size), words.bold
        if words.shade is not None:
            colour(run.font.color, words.shade)
        dress(run.font, face)


def dress(font: Any, face: Face) -> None:
    """Give a font, of a run or of the text of a chart, both faces and its language."""
    font.name = face.latin
    properties = font._rPr
    properties.set("lang", LANGUAGES[language.current()])
    latin = properties.find(qn("a:latin"))
    for old in properties.findall(qn("a:ea")):
        properties.remove(old)
    latin.addnext(latin.makeelement(qn("a:ea"), {"typeface": face.east}))


def colour(target: Any, shade: Shade) -> None:
    """Set the colour of a font, a fill or a line."""
    if shade.rgb:
        target.rgb = RGBColor.from_string(shade.rgb.removeprefix("#"))
        return
    target.theme_color = shade.theme
    if shade.lighter:
        target.brightness = shade.lighter


def put(
    shape: Any,
    paragraphs: Sequence[Paragraph],
    tried: Sequence[float],
    face: Face,
    align: Any = PP_ALIGN.LEFT,
    anchor: Any = MSO_ANCHOR.TOP,
) -> list[str]:
    """Write paragraphs into a shape at the largest size at which they fit; at the least, what is too much is cut.

    Args:
        shape: with a text frame and a size of its own.
        paragraphs: what is written.
        tried: sizes in points, the largest first.
        face: the fonts.
        align, anchor: across and down; None: as at the place where it stands.

    Returns:
        the texts that were cut, in full.
    """
    frame = shape.text_frame
    if anchor is not None:
        frame.vertical_anchor = anchor
    margins = (frame.margin_left + frame.margin_right, frame.margin_top + frame.margin_bottom)
    width, room = (Emu(whole - margin).pt for whole, margin in zip((shape.width, shape.height), margins, strict=True))
    cleaned = [[Words(terms.clean(w.text), w.bold, w.shade, w.size) for w in paragraph] for paragraph in paragraphs]
    size = fitting(cleaned, width, room, tried)
    shown = cleaned if size is not None else _cut(cleaned, width, room, tried[-1])
    write(frame, shown, size or tried[-1], face, align)
    return [] if size is not None else ["".join(words.text for words in paragraph) for paragraph in cleaned]


def _cut(paragraphs: Sequence[Paragraph], width: float, room: float, size: float) -> list[list[Words]]:
    """Return paragraphs cut to fit: first long ones are shortened alike, then the last are left out."""
    for most in (12.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.5, 1.0, 0.8, 0.6, 0.4):
        cut = [_shortened(paragraph, most * width / size) for paragraph in paragraphs]
        if height(cut, width, size) <= room:
            return cut
    while len(cut) > 1 and height(cut, width, size) > room:
        cut.pop()
    return cut


def _shortened(paragraph: Paragraph, most: float) -> list[Words]:
    found: list[Words] = []
    for words in paragraph:
        left = most - sum(ems(one.text, one.bold) * one.size for one in found)
        text = shortened(words.text, left / words.size)
        found.append(Words(text, words.bold, words.shade, words.size))
        if text != words.text:
            break
    return found
