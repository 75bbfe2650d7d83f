"""The topics of the Guide that are words, tables and one picture."""

import pandas as pd
import streamlit as st

from alma_core import library
from alma_core.language import _
from alma_core.report import guide_figures, guide_picture, guide_texts, guide_words
from pages.parts import chart, view

CARDS_A_ROW = 3
LEFT = 3  # groups of words that stand on the left
WORDS_NARROW = """<style>
[data-testid=stTable] table { table-layout: fixed; width: 100%; }
[data-testid=stTable] td:first-child { width: 33%; font-weight: 600; vertical-align: top; }
[data-testid=stTable] td * { max-width: none; }
</style>"""


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
                st.markdown(f"**{figure.name}**  \n{_typeset(figure.meaning)}")
                facts = ((_("Formula"), figure.formula), (_("Unit"), figure.unit), (_("Range"), figure.limits))
                st.caption("  \n".join(f"{name}: {_typeset(fact)}" for name, fact in facts))
                given, result = chart.plain(figure.given), chart.plain(figure.result)
                st.markdown(_("Example: {given} → {result}").format(given=given, result=f"**{result}**"))


def _typeset(formula: str) -> str:
    """Return a formula with the signs of print in the place of those of a keyboard."""
    return chart.plain(formula.replace(" x ", " × ").replace(" - ", " − "))


def words() -> None:
    """Show what the words of the dashboard mean."""
    st.html(WORDS_NARROW)
    left, right = st.columns(2, gap="large")
    for number, (title, of) in enumerate(guide_words.WORDS.items()):
        with left if number < LEFT else right:
            st.markdown("### " + _(title))
            _glossary(_(title), of)
    with st.expander(_("For analysts: words of the detailed pages")):
        _glossary(_("For analysts: words of the detailed pages"), guide_words.OF_ANALYSTS)


def _glossary(title: str, of: guide_words.Words) -> None:
    rows = pd.DataFrame({_("Word"): [_(word) for word, _means in of], _("Meaning"): [_(means) for _word, means in of]})
    st.table(rows, border="horizontal", hide_index=True, hide_header=True, alt=title)


def limits() -> None:
    """Say what the figures cannot say."""
    for number, (title, text) in enumerate(guide_texts.LIMITS, 1):
        st.markdown(f"{number}. **{_(title)}** {_(text)}")


def reading() -> None:
    """Name what to read, and words to search for."""
    for work in guide_texts.READING:
        by = ", ".join(filter(None, (work.authors, work.where)))
        st.markdown(f"- **{chart.plain(work.title)}** – {chart.plain(by)}  \n{_(work.about)}")
    st.markdown("### " + _("Search words"))
    english, japanese = zip(*guide_texts.SEARCH, strict=True)
    rows = pd.DataFrame({_("In English"): english, _("In Japanese"): japanese})
    st.table(rows, border="horizontal", hide_index=True, alt=_("Search words in English and Japanese"))
