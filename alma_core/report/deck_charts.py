"""Native charts of a deck, with the sheet of figures behind them: lines and points over two axes, and stacked bars."""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_MARK
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from alma_core.report import terms
from alma_core.report.deck_axes import Axis
from alma_core.report.deck_house import Area
from alma_core.report.deck_layout import Board
from alma_core.report.deck_text import (
    FADED,
    FAINT,
    INK,
    Shade,
    cell,
    colour,
    dress,
    ems,
    lines,
    shortened,
)

DASHES: Final = {
    "solid": MSO_LINE.SOLID, "dash": MSO_LINE.DASH, "dot": MSO_LINE.ROUND_DOT, "dashdot": MSO_LINE.DASH_DOT,
    "longdash": MSO_LINE.LONG_DASH, "longdashdot": MSO_LINE.LONG_DASH_DOT,
}  # fmt: skip
MARKERS: Final = {
    "circle": XL_MARKER_STYLE.CIRCLE, "square": XL_MARKER_STYLE.SQUARE, "diamond": XL_MARKER_STYLE.DIAMOND,
    "triangle-up": XL_MARKER_STYLE.TRIANGLE, "x": XL_MARKER_STYLE.X, "star": XL_MARKER_STYLE.STAR,
    "pentagon": XL_MARKER_STYLE.DASH, "cross": XL_MARKER_STYLE.PLUS, "": XL_MARKER_STYLE.NONE,
}  # fmt: skip
LETTERS: Final = 10.5
"""Size of the letters of a chart."""


class Series(NamedTuple):
    """One line, or points of one look.

    Args:
        name: in the legend.
        x, y: its values.
        colour: #RRGGBB.
        dash: of the line, by figures.DASHES; empty: no line.
        width: of the line, in points.
        marker: by figures.MARKERS; empty: none.
        size: of a marker.
        is_named: whether the legend names it.
        label: what stands beside its first point.
        beside: where that stands.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: str
    dash: str = "solid"
    width: float = 2.25
    marker: str = ""
    size: int = 6
    is_named: bool = True
    label: str = ""
    beside: Any = XL_LABEL_POSITION.RIGHT


class Bar(NamedTuple):
    """What all categories have of one part of stacked bars."""

    name: str
    amounts: Sequence[float]
    colour: str


def xy(
    board: Board,
    area: Area,
    title: str,
    series: Sequence[Series],
    axes: tuple[Axis, Axis],
    said: str,
) -> Any:
    """Draw series over two axes, across and up, and return the chart.

    Args:
        board: the slide.
        area: on it.
        title: above the chart.
        series: the first lies undermost.
        axes: across, up.
        said: in words, for those who do not see it.
    """
    data = XyChartData("General")
    for one in series:
        added = data.add_series(cell(one.name))
        for x, y in zip(one.x, one.y, strict=True):
            added.add_data_point(x, y)
    chart = _added(board, area, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data, said)
    for drawn, one in zip(chart.plots[0].series, series, strict=True):
        _look(board, drawn, one)
    named = [one.name for one in series if one.is_named]
    _frame(board, area, chart, title, named)
    _unnamed(chart, [place for place, one in enumerate(series) if not one.is_named])
    _places(board, area, chart, bool(title), named, _beside(axes[1]))
    for axis, of, is_up in zip((chart.category_axis, chart.value_axis), axes, (False, True), strict=True):
        _axis(board, area, axis, of, is_up)
    return chart


def stacked(
    board: Board, area: Area, title: str, categories: Sequence[str], bars: Sequence[Bar], along: Axis, said: str
) -> Any:
    """Draw stacked bars, the first category on top, and return the chart; arguments as of `xy`."""
    data = CategoryChartData("General")
    data.categories = ["\n".join(map(cell, name.split("\n"))) for name in categories]
    for bar in bars:
        data.add_series(cell(bar.name), bar.amounts)
    chart = _added(board, area, XL_CHART_TYPE.BAR_STACKED, data, said)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 55, 100
    for drawn, bar in zip(plot.series, bars, strict=True):
        drawn.format.fill.solid()
        colour(drawn.format.fill.fore_color, Shade(rgb=bar.colour))
        drawn.invert_if_negative = False
    named = [" ".join(bar.name for bar in bars)]  # side by side
    _frame(board, area, chart, title, named)
    _places(board, area, chart, bool(title), named, 0.4 * area.wide / board.points(LETTERS))
    _axis(board, area, chart.value_axis, along, is_up=False)
    names = chart.category_axis
    names.reverse_order, names.has_major_gridlines, names.major_tick_mark = True, False, XL_TICK_MARK.NONE
    chart.value_axis.tick_label_position = chart.value_axis.tick_label_position.HIGH  # reversed, so at the foot
    _letters(board, names.tick_labels.font)
    colour(names.format.line.color, FAINT)
    return chart


def _added(board: Board, area: Area, kind: Any, data: Any, said: str) -> Any:
    frame = board.slide.shapes.add_chart(kind, *area, data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", terms.clean(said))
    return frame.chart


def _look(board: Board, drawn: Any, one: Series) -> None:
    """Draw one series as it is asked for."""
    line, shade = drawn.format.line, Shade(rgb=one.colour)
    if one.dash:
        line.width, line.dash_style = Pt(board.points(one.width)), DASHES[one.dash]
        colour(line.color, shade)
    else:
        line.fill.background()
    drawn.marker.style = MARKERS[one.marker]
    if one.marker:
        drawn.marker.size = max(2, min(72, round(board.points(one.size))))
        colour(drawn.marker.format.line.color, shade)
        drawn.marker.format.fill.solid()
        colour(drawn.marker.format.fill.fore_color, shade)
    if one.label:
        label = drawn.points[0].data_label
        _worded(board, label.text_frame, one.label, math.inf, bold=True)
        label.position = one.beside


def _letters(board: Board, font: Any, bold: bool = False, shade: Shade = INK, size: float = LETTERS) -> None:
    font.size, font.bold = Pt(board.points(size)), bold
    colour(font.color, shade)
    dress(font, board.house.face)


def _worded(board: Board, frame: Any, text: str, room: float, **letters: Any) -> None:
    """Write a line of text of a chart, cut to a room in points; the letters are stated for what is typed later too."""
    paragraph, whole = frame.paragraphs[0], terms.clean(text)
    run = paragraph.add_run()
    run.text = shortened(whole, room / board.points(letters.get("size", LETTERS)))
    if run.text != whole:
        board.in_full.append(whole)
    for font in (run.font, paragraph.font):
        _letters(board, font, **letters)


def _frame(board: Board, area: Area, chart: Any, title: str, named: Sequence[str]) -> None:
    """Set letters, title and legend of a chart."""
    _letters(board, chart.font)
    chart.has_title = bool(title)
    if title:
        _worded(board, chart.chart_title.text_frame, title, 0.93 * area.wide, bold=True, size=12.5)
        chart.chart_title.include_in_layout = False
    chart.has_legend = bool(named)
    if named:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        _letters(board, chart.legend.font)


def _beside(up: Axis) -> float:
    """Return the room that ticks and title of an upright axis take, in heights of their letters."""
    return ems(up.widest or f"{up.high:,.0f}") + (2.6 if up.title else 1.0)


def _places(board: Board, area: Area, chart: Any, has_title: bool, named: Sequence[str], beside: float) -> None:
    """State where title, plot and legend stand: left to themselves, programs give a long legend half of the chart."""
    em = board.points(LETTERS)
    line, width, height = 1.55 * em, area.wide, area.high
    legend = sum(line * lines(name, width / em - 6) for name in named)
    top = 2.8 * em if has_title else 0.6 * em
    foot = legend + (4.9 * em if chart.category_axis.has_title or chart.value_axis.has_title else 4.0 * em)
    left = min(beside * em, 0.45 * width)
    plot = (
        left / width,
        top / height,
        (width - left - 1.6 * em) / width,
        max(height - top - foot, 0.3 * height) / height,
    )
    _placed(chart._chartSpace.chart.plotArea, plot, is_inner=True)
    if named:
        _placed(chart.legend._element, (0.0, 1 - legend / height, 1.0, legend / height))
    if has_title:
        _placed(chart.chart_title._element, (0.0, 0.0))


def _placed(element: Any, at: Sequence[float], is_inner: bool = False) -> None:
    """State the place of a part of a chart: left, top and, where they are given, width and height, as shares."""
    layout = element.find(qn("c:layout"))
    if layout is None:
        layout = element.makeelement(qn("c:layout"))
        before = [child for child in element if child.tag in map(qn, ("c:tx", "c:legendPos", "c:legendEntry"))]
        element.insert(len(before), layout)
    for old in list(layout):
        layout.remove(old)
    manual = layout.makeelement(qn("c:manualLayout"))
    layout.append(manual)
    stated = [("c:layoutTarget", "inner")] if is_inner else []
    stated += [("c:xMode", "edge"), ("c:yMode", "edge")]
    stated += zip(("c:x", "c:y", "c:w", "c:h"), (f"{share:.4f}" for share in at), strict=False)
    for name, value in stated:
        manual.append(manual.makeelement(qn(name), {"val": value}))


def _unnamed(chart: Any, places: Sequence[int]) -> None:
    """Take some series out of the legend."""
    legend = chart.legend._element
    before = legend.find(qn("c:legendPos"))
    for place in reversed(places):
        entry = legend.makeelement(qn("c:legendEntry"))
        entry.append(entry.makeelement(qn("c:idx"), {"val": str(place)}))
        entry.append(entry.makeelement(qn("c:delete"), {"val": "1"}))
        before.addnext(entry)


def _axis(board: Board, area: Area, axis: Any, of: Axis, is_up: bool) -> None:
    """Set the ends, ticks, title and letters of one axis."""
    axis.minimum_scale, axis.maximum_scale = of.low, of.high
    if of.step:
        axis.major_unit = of.step
    else:
        scaling = axis._element.find(qn("c:scaling"))
        scaling.insert(0, scaling.makeelement(qn("c:logBase"), {"val": "10"}))
    axis.has_major_gridlines, axis.major_tick_mark = is_up or not _has_sides(axis), XL_TICK_MARK.NONE
    if axis.has_major_gridlines:
        colour(axis.major_gridlines.format.line.color, FAINT)
        axis.major_gridlines.format.line.width = Pt(0.75)
    colour(axis.format.line.color, FAINT)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = of.written, False
    _letters(board, axis.tick_labels.font, shade=FADED)
    axis.has_title = bool(of.title)
    if of.title:
        frame = axis.axis_title.text_frame
        _worded(board, frame, of.title, (0.55 * area.high if is_up else 0.75 * area.wide), shade=FADED)
        if is_up:
            frame._txBody.bodyPr.set("rot", "-5400000")
            frame._txBody.bodyPr.set("vert", "horz")


def _has_sides(axis: Any) -> bool:
    """Return whether an axis has another numeric one beside it, whose lines are enough."""
    return len(axis._element.getparent().findall(qn("c:valAx"))) > 1
