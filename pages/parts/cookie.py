"""What a browser remembers for its reader, sent along when it opens a page."""

from typing import Final

import streamlit as st

YEAR: Final = 365 * 24 * 3600
"""In seconds."""
_JS = """
export default function ({ data, setTriggerValue }) {
  document.cookie = `${data.name}=${data.value}; path=/; max-age=${data.seconds}; SameSite=Lax`;
  if (data.tells) setTriggerValue("noted", true);
}
"""
_note = st.components.v2.component("alma_cookie", js=_JS)


def read(name: str) -> str:
    """Return what the browser remembered when the session began; empty: nothing."""
    value = st.context.cookies.get(name, "")
    return value if isinstance(value, str) else ""  # Streamlit's AppTest has a stand-in for each


def write(name: str, value: str, seconds: int = YEAR, tells: bool = False) -> bool:
    """Have the browser remember something, and return whether it has told so.

    Args:
        name: letters and underscores.
        value: without signs that a cookie has for itself.
        seconds: how long; 0 has it forgotten.
        tells: the page is drawn again once it is done.
    """
    data = {"name": name, "value": value, "seconds": seconds, "tells": tells}
    key = f"cookie-{name}" + ("" if value else "-gone")
    return bool(_note(key=key, data=data, on_noted_change=lambda: None).noted)
