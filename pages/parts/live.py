"""A part of a page that is drawn again by itself while something is under way."""

from collections.abc import Callable

import streamlit as st

from alma_core import language


def draw(part: Callable[[], None], seconds: float | None) -> None:
    """Draw a part of the page, and draw it again every so many seconds; None: only with the page.

    It is drawn again without the page around it, which has set the language: so it is set here.
    """
    spoken = language.current()

    def again() -> None:
        language.use(spoken)
        part()

    st.fragment(again, run_every=seconds)()
