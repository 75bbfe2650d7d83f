"""What the files will show, before they are made: what to say on each slide, the written policy, the charts."""

import re

import streamlit as st

from alma_core import language
from alma_core.language import _
from alma_core.report import deck, memo
from pages.parts import address, chart
from pages.parts.meeting_files import Wanted

SAY, POLICY, CHARTS = LOOKS = ("say", "policy", "charts")
"""What `preview` says in the address."""
_HEADING = re.compile(r"^(#+ )", re.MULTILINE)


def draw(wanted: Wanted) -> None:
    """Let the reader choose what to look at, and show it in the language of the files."""
    words = {SAY: _("To say on each slide"), POLICY: _("Written policy"), CHARTS: _("Charts")}
    address.seed("preview", SAY, options=LOOKS)
    st.segmented_control(
        _("Preview"), list(LOOKS), key="preview", format_func=words.__getitem__, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    address.publish("preview", SAY)
    {SAY: _say, POLICY: _policy, CHARTS: _charts}[st.session_state["preview"]](wanted)


def _say(wanted: Wanted) -> None:
    with language.speaking(wanted.spoken):
        slides = deck.outline(wanted.paper, wanted.slides)
    for number, (slide, said) in enumerate(slides, 1):
        st.markdown(f"**{number}. {chart.plain(slide.title)}**")
        st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in said))


def _policy(wanted: Wanted) -> None:
    with language.speaking(wanted.spoken):
        text = memo.markdown(wanted.paper).decode()
    with st.container(border=True):
        st.markdown(chart.apart(_HEADING.sub(r"###\1", text)))  # below the headings of the page


def _charts(wanted: Wanted) -> None:
    with language.speaking(wanted.spoken):
        charts = wanted.paper.charts()
        rows = {name: wanted.paper.named(one.rows) for name, one in charts.items()}
    titles = {name: one.title for name, one in charts.items()}
    address.seed("shows", next(iter(charts)), options=list(charts))
    st.selectbox(_("Chart"), list(charts), key="shows", format_func=titles.__getitem__)
    address.publish("shows", next(iter(charts)))
    name = st.session_state["shows"]
    shown = charts[name]
    alt = language.joined(*shown.said) or shown.title
    chart.draw(name, shown.title, shown.figure, rows[name], alt)
