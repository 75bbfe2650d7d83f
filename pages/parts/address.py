"""The state of a page in its URL, as codes that no language changes.

Streamlit's own binding writes the words of an option into the URL, so a link copied in Japanese would not open in
English; hence these two calls around a widget: `seed` before it, `publish` after it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from alma_core.language import _

_BOUND = "_bound"
_DEFAULTS = "_defaults"


def keep() -> None:
    """Hold every control at its value while the language changes, for use as a callback of the language control.

    Streamlit keeps the words of an option, not the option, and would not find them among the new language's words.
    """
    for name in st.session_state.get(_BOUND, ()):
        if name in st.session_state:
            st.session_state[name] = st.session_state[name]


def seed(name: str, default: Any, read: Callable[[str], Any] = str, options: Sequence[Any] | None = None) -> None:
    """Give the widget `name` its value: what the session has, else what the URL says, else `default`.

    A value that is not among `options`, or that `read` refuses, gives way to the default; so does one that was the
    default so far: nobody chose it.
    """
    st.session_state.setdefault(_BOUND, set()).add(name)
    before = st.session_state.setdefault(_DEFAULTS, {})
    if name in before and before[name] == st.session_state.get(name) and name not in st.query_params:
        st.session_state[name] = default
    before[name] = default
    is_new = name not in st.session_state
    if is_new:
        st.session_state[name] = _from_url(name, default, read)
    values = st.session_state[name] if isinstance(st.session_state[name], list) else [st.session_state[name]]
    if options is not None and not all(value in options for value in values):
        if is_new and name in st.query_params:
            _notice(name, st.query_params[name])
        st.session_state[name] = default


def put(name: str, value: Any) -> None:
    """Give the widget `name` a value that somebody has chosen, before the widget is drawn."""
    st.session_state.setdefault(_DEFAULTS, {}).pop(name, None)
    st.query_params.pop(name, None)
    st.session_state[name] = value


def _from_url(name: str, default: Any, read: Callable[[str], Any]) -> Any:
    if name not in st.query_params:
        return default
    try:
        return read(st.query_params[name])
    except ValueError:
        _notice(name, st.query_params[name])
        return default


def _notice(name: str, value: str) -> None:
    sentence = _("{name}={value} in the address is not understood; the default is shown.")
    st.toast(sentence.format(name=name, value=value[:40]), icon=":material/link_off:")


def publish(name: str, default: Any) -> None:
    """Write the value of the widget `name` into the URL, or take it out where it is the default."""
    value = st.session_state[name]
    if value == default:
        st.query_params.pop(name, None)
        return
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if st.query_params.get(name) != text:
        st.query_params[name] = text


def listed(text: str) -> list[str]:
    """Read a list as `publish` writes it."""
    return text.split(",") if text else []


def forget(*names: str) -> None:
    """Drop values that depend on one that has just changed, so that they take their new default."""
    for name in names:
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
