"""One offline HTML page: words, charts and rows in a single file, Plotly inside, nothing fetched."""

import html
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from alma_core import language
from alma_core.report.drawing import Drawing

STYLE = """
body { font-family: 'Noto Sans', 'Noto Sans CJK JP', 'Yu Gothic', Meiryo, 'Hiragino Sans', sans-serif;
  color: #1b2430; max-width: 1080px; margin: 2rem auto; padding: 0 1rem; line-height: 1.55; }
h1 { font-size: 1.6rem; margin-bottom: .3rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.mark { background: #fff3cd; border: 1px solid #e6c96a; padding: .3rem .6rem; display: inline-block; }
table { border-collapse: collapse; font-size: .85rem; } td, th { border-bottom: 1px solid #d5dbe3;
  padding: .25rem .6rem;  text-align: right; } td:first-child, th:first-child { text-align: left; }
footer { color: #55606e; font-size: .8rem; margin-top: 2rem; }
@media print { @page { size: A4; margin: 14mm; } section { break-inside: avoid; } }
"""


@dataclass(frozen=True, eq=False)
class Section:
    """One part of the page: a heading, and a chart or a table of text (or both)."""

    heading: str
    figure: go.Figure | Drawing | None = None
    rows: pd.DataFrame | None = None


def page(title: str, mark: str, sentences: list[str], sections: list[Section], provenance: str) -> str:
    """Return the page; every text is escaped.

    Args:
        title: what to do.
        mark: a warning that belongs beside every amount; may be empty.
        sentences: what follows the title.
        provenance: which run, data, seeds and source the figures come from.
    """
    said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences if sentence)
    warned = f'<p class="mark">{html.escape(mark)}</p>' if mark else ""
    body = "".join(map(_section, sections))
    return (
        f'<!doctype html><html lang="{language.current()}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body><h1>{html.escape(title)}</h1>{warned}{said}{body}<footer>{html.escape(provenance)}</footer></body></html>"
    )


def _section(section: Section) -> str:
    chart = ""
    if section.figure is not None:
        chart = section.figure.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False})
    table = "" if section.rows is None else section.rows.to_html(index=False, border=0, escape=True)
    return f"<section><h2>{html.escape(section.heading)}</h2>{chart}{table}</section>"
