"""A long table of text as one piece of HTML: of Streamlit's own, the browser reads every cell apart, as Markdown."""

import html

import pandas as pd
import streamlit as st

from pages.parts import view

MOST_AT_ONCE = 12
"""Rows; more are scrolled."""
# It looks as Streamlit's tables do. Names go on in further lines, figures never part from their units, intervals part
# between their ends.
LOOK = """<style>
.listing { font-size: .875rem; line-height: 1.5; overflow: auto; overscroll-behavior-x: contain; }
.listing.long { height: 480px; }
.listing table { border-spacing: 0; min-width: 100%; }
.listing :is(th, td) { padding: .25rem .375rem .25rem 1rem; text-align: left; font-weight: 400; word-break: keep-all;
  border-bottom: 1px solid color-mix(in srgb, currentColor 12%, transparent); }
.listing :is(th, td):first-child { padding-left: .5rem; }
.listing tr:last-child td { border-bottom: none; }
.listing th { color: color-mix(in srgb, currentColor 70%, transparent); position: sticky; top: 0; }
.listing td { white-space: nowrap; }
.listing td:first-child { min-width: 12rem; white-space: normal; word-break: normal; }
.listing td:is(:nth-child(3), :nth-child(4), :nth-child(5)) { white-space: normal; }
</style>"""


def draw(rows: pd.DataFrame, alt: str) -> None:
    """Draw rows of text; the first column names what each row is about.

    Args:
        rows: shown as they stand, whatever signs they hold.
        alt: what the table lists, for those who cannot see it.
    """
    paper = st.get_option(f"theme.{view.theme()}.backgroundColor")  # a heading that stays covers what scrolls beneath
    heads = "".join(f'<th scope="col" style="background:{paper}">{html.escape(str(name))}</th>' for name in rows)
    cells = ("".join(f"<td>{html.escape(text)}</td>" for text in row) for row in rows.itertuples(index=False))
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    said = html.escape(alt)
    place = ' long" tabindex="0" role="region"' if len(rows) > MOST_AT_ONCE else '"'
    table = f'<table aria-label="{said}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    st.html(f'{LOOK}<div class="listing{place} aria-label="{said}">{table}</div>')
