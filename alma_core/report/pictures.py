"""Charts as PNG and SVG files that may be passed round: each with its title, what it says, marks and where it is from.

The figures are those of the pages; a header is put above them, and the browser draws the whole.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal
from zlib import crc32

from alma_core import language
from alma_core.report import lettering, offline, studio
from alma_core.report.comparison import Chart
from alma_core.report.drawing import Drawing
from alma_core.report.figures import INK, MARK, plain
from alma_core.report.paper import Paper

Kind = Literal["png", "svg"]
WIDTH: Final = 1200
SCALE: Final = 2
"""Pixels across a figure, and of a PNG for each of those: sharp on a slide and on paper."""
EDGE: Final = 20
TITLE: Final = 22
TEXT: Final = 14
"""Pixels of the letters."""
LINE: Final = 1.3
"""Height of a line of letters, as Plotly sets them."""
_TAG: Final = re.compile(rb'(<[\w:]+)((?: [\w:-]+="[^"]*")+)(/?>)')
_ATTRIBUTE: Final = re.compile(rb' [\w:-]+="[^"]*"')
_RANDOM: Final = re.compile(rb'<defs id="defs-([0-9a-f]{6})"')


def of(paper: Paper, kind: Kind) -> dict[str, bytes]:
    """Return all charts of a paper, by name; raises as `pictures` does."""
    return pictures(paper.charts(), kind, paper.marks, [offline.subject(paper.run, paper.answer), paper.made_on])


def pictures(
    charts: Mapping[str, Chart], kind: Kind, marks: Sequence[str] = (), source: Sequence[str] = ()
) -> dict[str, bytes]:
    """Return charts as pictures; the same charts give the same bytes.

    Args:
        charts: by name.
        kind: "png" or "svg".
        marks: what must stand on each: that prices, or data, are examples.
        source: where they come from, a line each.

    Raises:
        BrowserError: there is no browser, it failed, or it took too long.
    """
    figures = [headed(chart, marks, source) for chart in charts.values()]
    drawn = studio.drawn(figures, {"format": kind, "scale": SCALE if kind == "png" else 1})
    return {
        name: _settled(picture, name) if kind == "svg" else picture for name, picture in zip(charts, drawn, strict=True)
    }


def headed(chart: Chart, marks: Sequence[str] = (), source: Sequence[str] = ()) -> Drawing:
    """Return the figure of a chart below a header; text that no picture can hold is left out."""
    words = chart.figure.to_dict()
    layout = words["layout"]
    title = lettering.lines(plain(chart.title), _columns(TITLE))
    texts = (language.joined(*chart.said), *source)
    said, *origin = (lettering.lines(plain(text), _columns(TEXT)) for text in texts)
    marked = "  ·  ".join(plain(mark) for mark in marks)
    below = [*said, *([f'<b style="color:{MARK}">{marked}</b>'] if marks else []), *itertools.chain(*origin)]
    header = EDGE + round(LINE * (TITLE * len(title) + TEXT * (len(below) + 0.5)))
    height = layout["height"] + header
    margin = layout["margin"]
    over = {
        "width": WIDTH,
        "height": height,
        "margin": margin | {"t": margin["t"] + header},
        "legend": layout["legend"] | {"y": 1 - header / height},
        "title": {
            "text": "<br>".join(f"<b>{line}</b>" for line in title), "font": {"size": TITLE},
            "subtitle": {"text": "<br>".join(below), "font": {"size": TEXT, "color": INK["light"].text}},
            "x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": EDGE, "l": EDGE},
        },
    }  # fmt: skip
    traces = [trace | {"uid": f"{place:06x}"} for place, trace in enumerate(words["data"])]  # else a random one
    return lettering.fitted(Drawing(traces, layout | over))


def _columns(size: int) -> int:
    """Return how many columns of letters of this size a picture holds: they are half as wide as high."""
    return round((WIDTH - 2 * EDGE) / (0.55 * size))


def _settled(svg: bytes, name: str) -> bytes:
    """Return an SVG with the chart's own mark in its identifiers, where Plotly draws lots, and attributes in order."""
    found = _RANDOM.search(svg)
    if found is not None:
        own = f"{crc32(name.encode()) & 0xFFFFFF:06x}".encode()
        svg = re.sub(rb'(?<=["#])(clip|(?:top)?defs-|legend|p)' + found[1], rb"\g<1>" + own, svg)
    return _TAG.sub(lambda tag: tag[1] + b"".join(sorted(_ATTRIBUTE.findall(tag[2]))) + tag[3], svg)
