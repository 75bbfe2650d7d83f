"""A chart with what belongs to it: an alternative text, its rows as CSV and as a table, itself as PNG and SVG."""

import re
from collections.abc import Callable
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alma_core.language import _
from alma_core.report import columns, spreadsheet
from alma_core.report.drawing import Drawing

# Plotly draws the file itself; the two buttons only set the format and press its own camera button.
_SAVE = """
export default function ({ parentElement, data }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.textContent = button.dataset.format.toUpperCase();
    button.setAttribute("aria-label", data.title + " " + button.textContent);
    button.onclick = () => {
      const chart = document.querySelector(".st-key-" + data.key + " .js-plotly-plot");
      chart._context.toImageButtonOptions = { format: button.dataset.format, filename: data.file, scale: 2 };
      chart.querySelector(".modebar-btn:not([data-attr])").click();  // the first that moves no axis: the camera
    };
  }
}
"""
_BUTTONS = """<div class="save"><button data-format="png"></button><button data-format="svg"></button></div>"""
_LOOK = """
.save { display: flex; gap: .5rem; justify-content: flex-end; }
button { font: inherit; font-size: .85rem; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 4px; padding: .3rem .75rem; cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
"""
_ESCAPED = {ord(sign): "\\" + sign for sign in "\\`*_{}[]()#+!|<>~$"}
_TAKEN_APART = re.compile(r"(?<=[:@])(?=\S)|(?<=www)(?=\.)", re.IGNORECASE)
_save = st.components.v2.component("alma_save_chart", html=_BUTTONS, css=_LOOK, js=_SAVE)


MOST_AT_ONCE, TABLE_HEIGHT = 10, 400
"""Rows of a table beside a chart; more are scrolled, at so many pixels."""
Rows = pd.DataFrame | Callable[[], pd.DataFrame]


def draw(
    key: str,
    title: str,
    figure: go.Figure | Drawing,
    rows: Rows,
    alt: str,
    units: columns.Units = columns.AS_THEY_ARE,
) -> None:
    """Draw a chart under its title, and the ways to take it along.

    Args:
        key: names the chart on its page and its files.
        title: above it.
        figure: the chart.
        rows: what the chart shows, or what makes them; becomes the CSV once its button is pressed.
        alt: the chart's finding in one sentence, for those who cannot see it.
        units: in what the figures of the rows are.
    """
    with st.container(key=f"chart-{key}"):
        st.markdown(f"### {plain(title)}")
        st.plotly_chart(figure, theme=None, key=f"plot-{key}", config={"displaylogo": False}, alt=alt)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.download_button(
                _("Rows as CSV"), partial(csv_of, rows), f"alma-{key}.csv", "text/csv", key=f"csv-{key}",
                on_click="ignore", type="tertiary", icon=":material/download:", width="content",
            )  # fmt: skip
            is_wanted = st.toggle(_("Rows as a table"), key=f"table-{key}", width="content")
            _save(key=f"save-{key}", data={"key": f"chart-{key}", "file": f"alma-{key}", "title": title},
                  width="content")  # fmt: skip
        if is_wanted:  # it takes every reader's browser a while, which not every reader wants
            _table(rows() if callable(rows) else rows, title, units)


def _table(rows: pd.DataFrame, title: str, units: columns.Units) -> None:
    shown = plain_rows(columns.in_words(rows, units))
    st.table(
        shown, border="horizontal", height=TABLE_HEIGHT if len(shown) > MOST_AT_ONCE else "content",
        hide_index=True, alt=title,
    )  # fmt: skip


def offline(make: Callable[[], bytes], file: str) -> None:
    """Offer the page as one file, made when the button is pressed."""
    label = _("This page as one offline file (HTML)")
    st.download_button(label, make, file, "text/html", on_click="ignore", icon=":material/web:")


def csv_of(rows: Rows) -> bytes:
    """Return rows as CSV, made when they are asked for."""
    return spreadsheet.csv(rows() if callable(rows) else rows)


def plain_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of text, and their headings, that Markdown leaves alone."""
    return pd.DataFrame({plain(str(name)): list(map(plain, column)) for name, column in rows.items()})


def labelled(sentence: str) -> str:
    """Return a sentence that begins with its label, the label in bold."""
    label, colon, rest = plain(sentence).partition(": ")
    return f"**{label}{colon.rstrip()}** {rest}" if colon else label


def plain(text: str) -> str:
    """Return text that Markdown leaves alone, so that a name cannot become a link, a heading, an icon or a colour.

    Streamlit looks for `:name:`, `:red[...]` and addresses in what is escaped too, so a sign without width parts them.
    """
    return apart(text.translate(_ESCAPED))


def apart(text: str) -> str:
    """Return Markdown in which no name becomes an icon, a colour or an address."""
    return _TAKEN_APART.sub("\u2060", text)
