"""The topics of the Guide that are words, tables and one picture."""

import pandas as pd
import streamlit as st

from alma_core import library
from alma_core.language import _
from alma_core.report import guide_figures, guide_picture, guide_texts, guide_words
from pages.parts import chart, view

CARDS_A_ROW = 3


def what() -> None:
    """Say what ALMA is: a picture and three sentences."""
    run = library.find(guide_picture.RUN)
    courses = guide_picture.courses(run)
    found = guide_picture.finding(courses, run.unit)
    for sentence in guide_texts.WHAT[:1]:
        st.markdown(_(sentence))
    drawn = guide_picture.picture(courses, run.unit, view.theme())
    rows = guide_picture.rows(courses, run.unit)
    chart.draw("what", _("The same data under two policies"), drawn, rows, found)
    st.caption(f"{found} {guide_picture.source(run)}")
    for sentence in guide_texts.WHAT[1:]:
        st.markdown(_(sentence))
    st.page_link("pages/executive/decide.py", label=_("See it decide"), icon=":material/arrow_forward:")


def kpis() -> None:
    """Show each figure with its formula, unit, range and hand example."""
    st.caption(_("Each example is computed by hand, and the program is tested against it."))
    _cards(guide_figures.figures(guide_figures.SHOWN))
    with st.expander(_("For analysts: further figures")):
        _cards(guide_figures.figures(guide_figures.OF_ANALYSTS))


def _cards(figures: list[guide_figures.Figure]) -> None:
    for first in range(0, len(figures), CARDS_A_ROW):
        places = st.columns(CARDS_A_ROW)
        for place, figure in zip(places, figures[first : first + CARDS_A_ROW], strict=False):
            with place.container(border=True, height="stretch"):
                st.markdown(f"**{figure.name}**  \n{chart.plain(figure.meaning)}")
                facts = ((_("Formula"), figure.formula), (_("Unit"), figure.unit), (_("Range"), figure.limits))
                st.caption("  \n".join(f"{name}: {chart.plain(fact)}" for name, fact in facts))
                st.markdown(f"{_('Example')}: **{chart.plain(figure.example)}**")


def words() -> None:
    """Show what the words of the dashboard mean."""
    _glossary(guide_words.WORDS, _("Words and their meanings"))
    with st.expander(_("For analysts: words of the detailed pages")):
        _glossary(guide_words.OF_ANALYSTS, _("Words of analysts and their meanings"))


def _glossary(of: guide_words.Words, alt: str) -> None:
    rows = pd.DataFrame({_("Word"): [_(word) for word, _means in of], _("Meaning"): [_(means) for _word, means in of]})
    st.table(rows, border="horizontal", hide_index=True, alt=alt)


def limits() -> None:
    """Say what the figures cannot say."""
    for number, (title, text) in enumerate(guide_texts.LIMITS, 1):
        st.markdown(f"{number}. **{_(title)}** {_(text)}")


def reading() -> None:
    """Name what to read, and words to search for."""
    for work in guide_texts.READING:
        by = ", ".join(filter(None, (work.authors, work.where)))
        st.markdown(f"- **{chart.plain(work.title)}** – {chart.plain(by)}  \n{_(work.about)}")
    st.markdown("##### " + _("Search words"))
    english, japanese = zip(*guide_texts.SEARCH, strict=True)
    rows = pd.DataFrame({_("In English"): english, _("In Japanese"): japanese})
    st.table(rows, border="horizontal", hide_index=True, alt=_("Search words in English and Japanese"))
