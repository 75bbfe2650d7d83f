"""What can be taken along to the meeting, and has what was adopted kept its promise?"""

import streamlit as st

from alma_core.language import _
from alma_core.report import offline, statements
from alma_core.report.moment import moment
from alma_core.report.paper import Paper
from pages.parts import chart, decision_record, look, meeting_files, meeting_preview, view

seen = view.current()
paper = Paper(seen.run, seen.answer, seen.chosen, moment())


def say() -> None:
    """What the meeting is about, and what its files will say of themselves."""
    st.caption(chart.plain(offline.subject(seen.run, seen.answer)))
    look.headline(_("Take it to the meeting"))
    st.markdown(f"**{chart.plain(statements.headline(seen.answer, seen.run.unit))}**")
    with st.container(horizontal=True):
        for mark in paper.marks:
            st.badge(mark, icon=":material/info:", color="orange")


def to_hand_out() -> None:
    """The files, and what is in them."""
    st.markdown("### " + _("To hand out"))
    wanted = meeting_files.draw(paper)
    st.markdown("### " + _("Preview"))
    meeting_preview.draw(wanted)


say()
to_hand_out()
st.caption(chart.plain(paper.footer))
decision_record.draw(seen)
