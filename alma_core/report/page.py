"""One offline HTML page: words, charts and rows in a single file, Plotly inside, nothing fetched."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from alma_core import language
from alma_core.language import _
from alma_core.report import lettering, terms
from alma_core.report.cards import Card
from alma_core.report.drawing import Drawing
from alma_core.report.figures import MARK
from alma_core.report.page_look import FITS_PAPER, STYLE

ALLOWED: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""What the page may load, by its own word: nothing that is not in it."""
SHORT_LABEL: Final = 24
"""Columns of what stands in bold before a colon."""


@dataclass(frozen=True, eq=False)
class Section:
    """One part of the page: a heading, and what stands below it in the order of the arguments.

    Args:
        heading: may be empty.
        figure: a chart.
        rows: a table of text.
        said: paragraphs.
        listed: points of a list.
        cards: figures in large letters.
        left: columns of the rows that stand to the left; the others are figures.
        folded: the rows are shown on demand, and are not printed.
        csv: the rows for a spreadsheet, to be saved.
        name: of the section in links, and of what is saved of it.
    """

    heading: str
    figure: go.Figure | Drawing | None = None
    rows: pd.DataFrame | None = None
    said: Sequence[str] = ()
    listed: Sequence[str] = ()
    cards: Sequence[Card] = ()
    left: int = 1
    folded: bool = False
    csv: bytes = b""
    name: str = ""


def page(
    title: str,
    mark: str,
    sentences: Sequence[str],
    sections: Sequence[Section],
    provenance: str,
    contents: bool = False,
) -> str:
    """Return the page; every text is escaped, and the same content gives the same text.

    Args:
        title: what to do.
        mark: a warning that belongs beside every amount; may be empty.
        sentences: what follows the title.
        sections: what follows them.
        provenance: which run, data, seeds and source the figures come from.
        contents: a line of links to the sections stands above them.
    """
    named = {section.name or f"part-{place}": section for place, section in enumerate(sections, 1)}
    links = "".join(f'<a href="#{name}">{html.escape(one.heading)}</a>' for name, one in named.items() if one.heading)
    warned = f'<p class="mark">{html.escape(mark)}</p>' if mark else ""
    return (
        f'<!doctype html><html lang="{language.current()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}{_marked_paper(mark)}</style>"
        f"<script>{get_plotlyjs()}</script></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{warned}{_paragraphs(sentences)}"
        f"{f'<nav>{links}</nav>' if contents else ''}"
        f"{''.join(_section(name, section) for name, section in named.items())}</main>"
        f"<footer>{html.escape(provenance)}</footer><script>{FITS_PAPER}</script></body></html>"
    )


def _marked_paper(mark: str) -> str:
    """Return the rule that repeats the mark at the foot of every printed page."""
    if not mark:
        return ""
    escaped = "".join(f"\\{ord(sign):x} " if not sign.isalnum() else sign for sign in mark)
    return f'@page {{ @bottom-left {{ content: "{escaped}"; font-size: 8pt; color: {MARK}; }} }}'


def _paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences if sentence)


def _section(name: str, section: Section) -> str:
    heading = f"<h2>{html.escape(section.heading)}</h2>" if section.heading else ""
    listed = "".join(f"<li>{_labelled(sentence)}</li>" for sentence in section.listed)
    cards = "".join(map(_card, section.cards))
    parts = (
        heading,
        _paragraphs(section.said),
        listed and f"<ul>{listed}</ul>",
        cards and f'<div class="cards">{cards}</div>',
        _chart(name, section),
        _rows(name, section),
    )
    kind = "whole" if section.figure is not None or section.rows is None else "long"
    return f'<section id="{name}" class="{kind}">{"".join(parts)}</section>'


def _labelled(sentence: str) -> str:
    """Return a sentence with its label, if it begins with one, in bold."""
    label, colon, rest = sentence.partition(": ")
    if not colon or terms.columns(label) > SHORT_LABEL:
        return html.escape(sentence)
    return f"<b>{html.escape(label + colon.rstrip())}</b> {html.escape(rest)}"


def _card(card: Card) -> str:
    better = {-1: " better", 1: " worse"}.get(card.sign, "")
    lines = (
        f'<div class="label">{html.escape(card.label)}</div><div class="figure">{html.escape(card.figure)}</div>',
        f'<div class="change{better}">{html.escape(card.change)}</div>',
        *(f"<div>{html.escape(text)}</div>" for text in (card.interval, card.explained) if text),
    )
    return f'<div class="card">{"".join(lines)}</div>'


def _chart(name: str, section: Section) -> str:
    if section.figure is None:
        return ""
    saved = {"filename": f"alma-{name}", "scale": 2}
    drawn = lettering.fitted(section.figure).to_html(
        full_html=False, include_plotlyjs=False, div_id=f"chart-{name}", default_width="100%",
        config={"displaylogo": False, "responsive": True, "toImageButtonOptions": saved},
    )  # fmt: skip
    # Names beside lying bars leave a telephone no room for the bars: there it is scrolled.
    lies = any(trace.get("orientation") == "h" for trace in section.figure.to_dict()["data"])
    kind = "chart broad" if lies else "chart"
    alternative = html.escape(language.joined(section.heading, *section.said))
    return f'<div class="{kind}" role="img" aria-label="{alternative}">{drawn}</div>'


def _rows(name: str, section: Section) -> str:
    if section.rows is None:
        return ""
    table = _table(section.rows, section.left, section.heading)
    as_table, as_csv = html.escape(_("Rows as a table")), html.escape(_("Rows as CSV"))
    if section.folded:
        table = f"<details><summary>{as_table}</summary>{table}</details>"
    if not section.csv:
        return table
    link = "data:text/csv;charset=utf-8;base64," + base64.b64encode(section.csv).decode()
    saved = f'<a class="save" download="alma-{name}.csv" href="{link}">{as_csv}</a>'
    return f'<div class="along">{saved}{table}</div>' if section.folded else f"{table}{saved}"


def _table(rows: pd.DataFrame, left: int, heading: str) -> str:
    """Return rows as a table that is scrolled sideways where it is too wide."""
    head = _line('th scope="col"', list(rows), left)
    body = "".join(_line("td", line, left) for line in rows.to_numpy().tolist())
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{html.escape(heading)}">'
        f"<table><thead>{head}</thead><tbody>{body}</tbody></table></div>"
    )


def _line(tag: str, cells: Sequence[object], left: int) -> str:
    sides = ("l" if place < left else "r" for place in range(len(cells)))
    kind = tag.split()[0]
    written = (
        f'<{tag} class="{side}">{html.escape(str(cell))}</{kind}>' for side, cell in zip(sides, cells, strict=False)
    )
    return f"<tr>{''.join(written)}</tr>"
