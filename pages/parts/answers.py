"""The way from a finished run to its answers."""

from typing import Any

import streamlit as st

from alma_core.language import _
from pages.parts import address, price_sheet, sidebar


def ways(run: str, decide: Any, compare: Any) -> None:
    """Draw the two buttons that open a finished run on its pages.

    Args:
        run: its id.
        decide, compare: where they stand.
    """
    _way("pages/executive/decide.py", decide, _("What to decide"), run, "primary")
    _way("pages/executive/compare.py", compare, _("Compare the policies"), run, "secondary")


def _way(page: str, place: Any, label: str, run: str, kind: str) -> None:
    if place.button(label, type=kind, key=page):
        address.forget(*sidebar.OF_A_RUN, *price_sheet.KEYS)
        st.session_state["run"] = run
        st.switch_page(page)
