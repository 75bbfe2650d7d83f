"""What a first visitor is told: that this is an example, and three steps to an answer of their own."""

import streamlit as st

from alma_core import about, library
from alma_core.language import _
from pages.parts import cookie

_SEEN = "alma_steps"
_DONE = "_steps_seen"
_DATA = "pages/analyst/data.py"


def band(run: library.Run) -> None:
    """Say that a run which came with the program is an example, and offer the way to one's own data."""
    if not about.is_shipped(run.path):
        return
    with st.container(key="example", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        said = _("**Example.** These data come with the program; your own give your own answer.")
        st.markdown(said, width="content")
        st.page_link(_DATA, label=_("Try it on your own data"), icon=":material/upload_file:")


def steps(run: library.Run) -> None:
    """Show the three steps above an example until the reader has put them away, once for each browser."""
    if not about.is_shipped(run.path) or cookie.read(_SEEN):
        return
    if _DONE in st.session_state:
        cookie.write(_SEEN, "seen")
        return
    with st.container(key="steps", border=True):
        one, two, three = st.columns(3)
        one.markdown(_("**1. Read the answer** below: what to do, what it saves, how sure that is."))
        two.markdown(_("**2. Say what holds for you**: today's policy and error at the side, prices on the next page."))
        two.page_link("pages/executive/cost.py", label=_("Change assumptions"), icon=":material/payments:")
        three.markdown(_("**3. Bring your own data**: files as they are; they stay on this machine."))
        three.page_link(_DATA, label=_("To the data"), icon=":material/upload_file:")
        one.button(
            _("Got it, do not show again"), key="_steps", type="tertiary", icon=":material/check:", on_click=_put_away
        )


def _put_away() -> None:
    st.session_state[_DONE] = True
