"""Tables of a deck: columns as wide as their words ask for, letters as large as the room allows."""

import math
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from alma_core.language import _
from alma_core.report import terms
from alma_core.report.deck_house import Area
from alma_core.report.deck_layout import Board
from alma_core.report.deck_text import (
    FADED,
    FAINT,
    INK,
    SPACING,
    Shade,
    Words,
    ems,
    lines,
    longest,
    shortened,
    write,
)

PLAIN: Final = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""Office's own table style without any lines: ours are drawn."""
PAD: Final = 0.34
"""Above and below the words of a cell, by the size of its letters."""
GAP: Final = 0.7
"""Beside the words of a cell likewise."""
WIDEST: Final = 34.0
"""A column asks for no more, in heights of its letters: longer cells are broken."""

TOGETHER: Final = 5.0
"""Words no longer than this are not broken, as Japanese could be at every sign."""

Rows = list[list[str]]


def table(board: Board, area: Area, rows: pd.DataFrame, left: int = 1, largest: float = 12.5) -> Any:
    """Draw text in rows under their headings and return the shape; what must be cut goes to the notes in full.

    Args:
        board: the slide.
        area: where; the table is no higher than it must be.
        rows: text.
        left: columns that stand to the left; the others are figures, to the right.
        largest: size of the letters, where there is room.
    """
    told = [
        [terms.clean(str(name)) for name in rows],
        *([terms.clean(str(text)) for text in row] for row in rows.to_numpy().tolist()),
    ]
    shown, size, widths = _fitted(told, area, board.sizes(largest, 8.0))
    board.in_full.extend(" · ".join(row) for row, cut in zip(told, shown, strict=False) if row != cut)
    board.in_full.extend(" · ".join(row) for row in told[len(shown) :])
    heights = [_height(row, widths, size, is_first=n == 0) for n, row in enumerate(shown)]
    frame = board.slide.shapes.add_table(
        len(shown), len(widths), area.left, area.top, area.width, round(sum(map(Pt, heights)))
    )
    drawn = frame.table
    drawn._tbl.tblPr.find(qn("a:tableStyleId")).text = PLAIN
    drawn.horz_banding = False
    for column, width in zip(drawn.columns, widths, strict=True):
        column.width = round(Pt(width))
    for n, (row, height) in enumerate(zip(shown, heights, strict=True)):
        drawn.rows[n].height = round(Pt(height))
        for column, text in enumerate(row):
            words = Words(text, n == 0, FADED if n == 0 else INK)
            _cell(board, drawn.cell(n, column), words, size, column < left, n == 0)
    return frame


def _fitted(told: Rows, area: Area, sizes: Sequence[float]) -> tuple[Rows, float, list[float]]:
    """Return rows that fit, at which size, in which widths: long cells are cut before any row is left out."""
    for most in (math.inf, 60.0, 40.0, 28.0, 18.0):
        cut = [[shortened(text, most) for text in row] for row in told]
        for size in sizes:
            widths = _widths(cut, area.wide, size)
            if sum(widths) <= area.wide + 0.1 and _fits(cut, widths, area, size):
                return cut, size, widths
    widths = [width * area.wide / sum(widths) for width in widths]
    while len(cut) > 2 and not _fits([*cut[:-1], _more(told, cut)], widths, area, size):
        cut.pop()
    return [*cut[:-1], _more(told, cut)], size, widths


def _more(told: Rows, cut: Rows) -> list[str]:
    """Return a row that says how many are left out, the one in its place among them."""
    return [_("… and {count} more").format(count=len(told) - len(cut) + 1), *[""] * (len(told[0]) - 1)]


def _fits(rows: Rows, widths: Sequence[float], area: Area, size: float) -> bool:
    return sum(_height(row, widths, size, n == 0) for n, row in enumerate(rows)) <= area.high


def _widths(rows: Rows, width: float, size: float) -> list[float]:
    """Return the widths of columns in points: what their longest words need, the rest as whole cells ask for it.

    Headings may be broken. They come to more than `width` where not even the words fit.
    """
    columns = list(zip(*rows, strict=True))
    margin = 2 * GAP + 0.2
    asked = [min(max(map(ems, column[1:] or column)), WIDEST) + margin for column in columns]
    needed = [max(_least(text, place == 0) for place, text in enumerate(column)) + margin for column in columns]
    wanted = [max(whole - least, 0.0) for whole, least in zip(asked, needed, strict=True)]
    left, grown = width / size - sum(needed), list(needed)
    for place, column in enumerate(sorted(range(len(columns)), key=wanted.__getitem__)):  # who wants least has it first
        more = max(min(wanted[column], left / (len(columns) - place)), 0.0)
        grown[column], left = grown[column] + more, left - more
    over = max(left, 0.0)
    return [size * one * (1 + over / sum(grown)) for one in grown]


def _least(text: str, is_first: bool) -> float:
    """Return the width that a cell needs so that none of its words is broken."""
    return max(longest(text, is_first), min(ems(text, is_first), TOGETHER))


def _height(row: Sequence[str], widths: Sequence[float], size: float, is_first: bool) -> float:
    """Return the height of a row in points."""
    most = max(lines(text, width / size - 2 * GAP, bold=is_first) for text, width in zip(row, widths, strict=True))
    return most * SPACING * size + 2 * PAD * size + (0.2 * size if is_first else 0.0)


def _cell(board: Board, cell: Any, words: Words, size: float, is_left: bool, is_first: bool) -> None:
    """Write one cell, with a line beneath it."""
    cell.margin_left = cell.margin_right = Emu(round(Pt(GAP * size)))
    cell.margin_top = cell.margin_bottom = Emu(round(Pt(PAD * size)))
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if is_first else MSO_ANCHOR.MIDDLE
    write(cell.text_frame, [[words]], size, board.house.face, PP_ALIGN.LEFT if is_left else PP_ALIGN.RIGHT)
    cell.fill.background()
    _beneath(cell, FADED if is_first else FAINT, 1.25 if is_first else 0.75)


def _beneath(cell: Any, shade: Shade, width: float) -> None:
    """Draw the line beneath a cell."""
    properties = cell._tc.get_or_add_tcPr()
    line = properties.makeelement(qn("a:lnB"), {"w": str(Pt(width)), "cap": "flat", "cmpd": "sng", "algn": "ctr"})
    fill = line.makeelement(qn("a:solidFill"))
    properties.insert(0, line)
    line.append(fill)
    ink = fill.makeelement(qn("a:schemeClr"), {"val": MSO_THEME_COLOR.to_xml(shade.theme)})
    fill.append(ink)
    if shade.lighter:
        ink.append(ink.makeelement(qn("a:lumMod"), {"val": str(round(100_000 * (1 + shade.lighter)))}))
