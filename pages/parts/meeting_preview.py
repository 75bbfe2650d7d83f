"""What the files will show, before they are made: what to say on each slide, the written policy, the charts."""

import streamlit as st

from alma_core import language
from alma_core.language import _
from alma_core.report import memo, phrases
from alma_core.report.paper import Paper
from pages.parts import address, chart

SLIDES, POLICY, CHARTS = LOOKS = ("slides", "policy", "charts")
"""What `preview` says in the address."""


def draw(paper: Paper, spoken: str) -> None:
    """Let the reader choose what to look at, and show it in the language of the files."""
    words = {SLIDES: _("To say in the meeting"), POLICY: _("Written policy"), CHARTS: _("Charts")}
    st.markdown("### " + _("Preview"))
    address.seed("preview", SLIDES, options=LOOKS)
    st.segmented_control(
        _("Preview"), list(LOOKS), key="preview", format_func=words.__getitem__, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    address.publish("preview", SLIDES)
    with language.speaking(spoken):
        {SLIDES: _slides, POLICY: _policy, CHARTS: _charts}[st.session_state["preview"]](paper)


def _slides(paper: Paper) -> None:
    for slide, said in phrases.phrases(paper).items():
        st.markdown("\n".join([f"**{chart.plain(slide)}**", "", *(f"1. {chart.plain(one)}" for one in said)]))


def _policy(paper: Paper) -> None:
    with st.container(border=True):
        st.markdown(memo.markdown(paper).decode())


def _charts(paper: Paper) -> None:
    charts = paper.charts()
    address.seed("drawn", next(iter(charts)), options=list(charts))
    titles = {name: one.title for name, one in charts.items()}
    st.selectbox(_("Chart"), list(charts), key="drawn", format_func=titles.__getitem__)
    address.publish("drawn", next(iter(charts)))
    name = st.session_state["drawn"]
    shown = charts[name]
    alt = language.joined(*shown.said) or shown.title
    chart.draw(name, shown.title, shown.figure, paper.named(shown.rows), alt)
