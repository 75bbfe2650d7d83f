"""What a browser remembers of its reader, so that it is known when the page is opened again."""

import streamlit as st

_JS = """
export default function ({ data }) {
  document.cookie = `${data.name}=${data.value}; path=/; max-age=${data.seconds}; SameSite=Lax`;
}
"""
_SECONDS = 365 * 24 * 3600
_keep = st.components.v2.component("alma_cookie", js=_JS)


def read(name: str) -> str:
    """Return what the browser remembered under a name when it opened the page; empty where nothing."""
    return str(dict(st.context.cookies).get(name, ""))


def write(name: str, value: str) -> None:
    """Have the browser remember a word for a year."""
    _keep(key=f"cookie-{name}", data={"name": name, "value": value, "seconds": _SECONDS})
