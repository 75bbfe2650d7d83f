"""What of an address is not there, in lines at the top of the page that stay until the reader goes on."""

from typing import Any, Final

import streamlit as st

from alma_core.language import _
from pages.parts import chart

_HELD = "_notices"
_RERUN = "_notices_rerun"
_PAGE = "_notices_page"
_PLACE = "_notices_place"
LONGEST_WORD: Final = 40
"""So much of what an address says is repeated."""


def begin() -> None:
    """Begin a rerun of the whole page."""
    st.session_state[_RERUN] = st.session_state.get(_RERUN, 0) + 1
    st.session_state.pop(_PLACE, None)


def add(message: str, **words: str) -> None:
    """Say something at the top of the page.

    Args:
        message: as it is marked for the catalogues; it is said in the language of each rerun.
        words: what is filled in, shown as it is.
    """
    _held()[message, *words.items()] = st.session_state.get(_RERUN, 0)
    _draw()


def place(page: str) -> None:
    """Draw what is still to be said at the top of this page; what was said on another one is over."""
    if st.session_state.get(_PAGE, page) != page:
        gone_on()
    st.session_state[_PAGE] = page
    st.session_state[_PLACE] = st.empty()
    _draw()


def gone_on() -> None:
    """Take back what was said in earlier reruns: the reader has changed something since."""
    if _held() and st.session_state.get(_RERUN, 0) not in _held().values():
        _held().clear()
        _draw()


def _held() -> dict[tuple[Any, ...], int]:
    """Return what is said, and in which rerun it came up."""
    held: dict[tuple[Any, ...], int] = st.session_state.setdefault(_HELD, {})
    return held


def _draw() -> None:
    place = st.session_state.get(_PLACE)
    if place is None:  # it is drawn as soon as the language is known
        return
    if not _held():
        place.empty()
        return
    with place.container():
        for message, *words in _held():
            told = {name: chart.plain(value[:LONGEST_WORD]) for name, value in words}
            st.warning(_(message).format(**told), icon=":material/link_off:")
