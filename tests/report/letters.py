"""How wide and high the text of a deck is, by the metrics of a real font that has both Latin and Japanese."""

import math
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageFont
from pptx.util import Emu

FOLDER = Path("/usr/share/fonts/opentype/noto")
NEVER_FIRST = "、。,.・:;?!」』)】〉》%々ー…”"
needs_fonts = pytest.mark.skipif(
    not (FOLDER / "NotoSansCJK-Regular.ttc").is_file(), reason="Noto Sans CJK, whose metrics are used, is not installed"
)


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FOLDER / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"), 100)


@lru_cache(maxsize=100_000)
def width(text: str, size: float, bold: bool) -> float:
    """Return the width of text in points."""
    return float(_font(bold).getlength(text)) * size / 100


def broken(text: str, room: float, size: float, bold: bool) -> int:
    """Return on how many lines text stands: it breaks at spaces and between Japanese signs, long words anywhere."""
    pieces = re.findall(r"[\u2e80-\uffef][" + re.escape(NEVER_FIRST) + r"]*|[^ \u2e80-\uffef]+ ?| ", text)
    count, at = 1, 0.0
    for piece in pieces:
        long = width(piece.rstrip(" "), size, bold)
        if at and at + long > room:
            count, at = count + 1, 0.0
        if long > room:
            count, long = count + math.ceil(long / room) - 1, long % room
        at += long + (width(" ", size, bold) if piece.endswith(" ") else 0.0)
    return count


def height(frame: Any, room: float) -> float:
    """Return the height of the text of a frame in points, in a width; its lines are as high as the file says."""
    total = 0.0
    for paragraph in frame.paragraphs:
        runs = paragraph.runs
        text = paragraph.text
        size = max((run.font.size.pt for run in runs), default=0.0)
        bold = any(run.font.bold for run in runs)
        line = paragraph.line_spacing.pt if paragraph.line_spacing is not None else 1.448 * size
        total += broken(text, room, size, bold) * line + (paragraph.space_before.pt if paragraph.space_before else 0.0)
    return total


def too_much(slide: Any) -> list[str]:
    """Return the texts that are higher than their shape or cell, with both heights."""
    found = []
    for shape in slide.shapes:
        if shape.has_text_frame and shape.text_frame.text:
            frame = shape.text_frame
            room = Emu(shape.width - frame.margin_left - frame.margin_right).pt
            has = Emu(shape.height - frame.margin_top - frame.margin_bottom).pt
            if height(frame, room) > has + 0.2:
                found.append(f"{height(frame, room):.0f} > {has:.0f}: {frame.text[:60]}")
        if shape.has_table:
            for row in shape.table.rows:
                for column, cell in zip(shape.table.columns, row.cells, strict=True):
                    room = Emu(column.width - cell.margin_left - cell.margin_right).pt
                    has = Emu(row.height - cell.margin_top - cell.margin_bottom).pt
                    if height(cell.text_frame, room) > has + 0.2:
                        found.append(f"cell {height(cell.text_frame, room):.0f} > {has:.0f}: {cell.text[:60]}")
    return found


def outside(slide: Any, width_: int, height_: int) -> list[str]:
    """Return the shapes that reach beyond the slide."""
    return [
        shape.name
        for shape in slide.shapes
        if min(shape.left, shape.top) < 0 or shape.left + shape.width > width_ or shape.top + shape.height > height_
    ]
