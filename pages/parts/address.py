"""The state of a page in its URL, as codes that no language changes.

Streamlit's own binding writes the words of an option into the URL, so a link copied in Japanese would not open in
English; hence these two calls around a widget: `seed` before it, `publish` after it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import streamlit as st

from alma_core.language import _, mark
from pages.parts import notices

_BOUND = "_bound"
_DEFAULTS = "_defaults"
HOME: Final = "decide"
"""What people may call the first page, which has the empty path."""
Sections = Mapping[str, Sequence[Any]]


def begin() -> None:
    """Begin a rerun of the whole page: every control holds its value, though the page may not draw it."""
    keep()
    notices.begin()


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
    notices.add(mark("{name}={value} in the address is not understood; the default is shown."), name=name, value=value)


def publish(name: str, default: Any) -> None:
    """Write the value of the widget `name` into the URL, or take it out where it is the default."""
    value = st.session_state[name]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if value == default and name in st.query_params:
        st.query_params.pop(name)
        notices.gone_on()
    elif value != default and st.query_params.get(name) != text:
        st.query_params[name] = text
        notices.gone_on()


def listed(text: str) -> list[str]:
    """Read a list as `publish` writes it."""
    return text.split(",") if text else []


def opened(sections: Sections, is_hidden: bool = False) -> Any:
    """Return the page that the address asks for; where there is none of that path, say so and open the first one.

    Streamlit would say it in English, in a window over the page; so the path becomes a page, in no menu.

    Args:
        is_hidden: there is no menu at all.
    """
    position: Literal["hidden", "sidebar"] = "hidden" if is_hidden else "sidebar"
    path = unquote(urlsplit(st.context.url or "").path).rstrip("/").rsplit("/", 1)[-1]
    pages = by_path(sections)
    if f"/{path}" in pages:
        return st.navigation(sections, position=position)
    stray = st.Page(lambda: None, title=_("No such page"), url_path=path, visibility="hidden")
    page = st.navigation({**sections, "": [stray]}, position=position)
    if page is stray:
        if path != HOME:
            notices.add(mark("There is no page “{page}” here; the first one is shown."), page=path)
        st.switch_page(pages["/"], query_params=st.query_params.to_dict())
    return page


def by_path(sections: Sections) -> dict[str, Any]:
    """Return the pages by their path within the app; the first one's is "/"."""
    return {f"/{page.url_path}": page for pages in sections.values() for page in pages}


def link_to(page: Any) -> str:
    """Return the address of a page as it is now, within the app."""
    return f"/{page.url_path}?{urlencode(st.query_params.to_dict())}"


def follow(link: str, sections: Sections) -> None:
    """Open what `link_to` has written; anything but a page of this app with its state leads nowhere."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return
    page = by_path(sections).get(parts.path)
    if page is not None and not parts.scheme and not parts.netloc:
        st.switch_page(page, query_params=dict(parse_qsl(parts.query, keep_blank_values=True)))


def forget(*names: str) -> None:
    """Drop values that depend on one that has just changed, so that they take their new default."""
    for name in names:
        st.session_state.pop(name, None)
        st.query_params.pop(name, None)
