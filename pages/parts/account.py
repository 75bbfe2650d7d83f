"""Who reads the pages: somebody signed in, where the server's secrets have a section `[auth]`; else whoever is here.

The sign-in itself is Streamlit's, which leads back to the first page: so what was asked for is noted in a cookie.
"""

import json
import logging
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAuthError

from alma_core.about import LOCAL, NOBODY
from alma_core.language import _
from pages.parts import address, chart, cookie

COOKIE: Final = "alma_asked_for"
COOKIE_SECONDS: Final = 3600
"""How long a sign-in may take and still lead back to what was asked for."""
IDENTITY: Final = "_streamlit_user"
"""Streamlit's own cookie; where it is there and says nothing, it has expired."""
ANSWER_SECONDS: Final = 5.0
"""How long the identity provider may take to say where one signs in."""
_BEGUN = "_sign_in_begun"
_LOG = logging.getLogger(__name__)


def is_on() -> bool:
    """Return whether readers must sign in; also where secrets are there and do not read."""
    if st.secrets.load_if_toml_exists():
        return "auth" in st.secrets
    return any(Path(path).exists() for path in st.get_option("secrets.files"))


def who() -> str:
    """Return who reads the page: LOCAL where nobody signs in, NOBODY where somebody has yet to.

    A person is known by their e-mail address, unless the provider says that it is not verified; else by its own id.
    """
    if not is_on():
        return LOCAL
    if not st.user.get("is_logged_in"):
        return NOBODY
    email = st.user.get("email")
    if isinstance(email, str) and "@" in email and st.user.get("email_verified") is not False:
        return email.casefold()
    return f"id:{st.user['sub']}"


def lead_back(sections: address.Sections) -> None:
    """Open what was asked for before the sign-in, once in a session that begins on the bare first page."""
    if not cookie.read(COOKIE) or st.session_state.setdefault("_led_back", False):
        return
    st.session_state["_led_back"] = True
    page = st.navigation(sections, position="hidden")
    if page.url_path == "" and not st.query_params:
        address.follow(unquote(cookie.read(COOKIE)), sections)


def ask(page: st.Page) -> None:
    """Ask the reader to sign in, and draw nothing else."""
    st.title("ALMA dashboard")
    st.markdown(_("When to update a machine-learning model, in error and in money. Sign in to see the simulations."))
    said = st.empty()
    if st.button(_("Sign in"), type="primary", icon=":material/login:", key="_sign_in"):
        st.session_state[_BEGUN] = _is_ready(said)
    elif not st.session_state.get(_BEGUN):
        _say_what_happened(said)
    if st.session_state.get(_BEGUN):
        link = quote(address.link_to(page), safe="")
        if cookie.write(COOKIE, link, COOKIE_SECONDS, tells=True):
            st.session_state[_BEGUN] = False
            _begin(said)
    else:
        _forget()
    st.stop()


def draw() -> None:
    """Draw who is signed in, and the way out, below everything else in the sidebar."""
    if is_on() and who() != NOBODY:
        with st.sidebar:
            st.divider()
            name = st.user.get("name")
            called = f"**{chart.plain(name)}**  \n" if isinstance(name, str) and name else ""
            st.markdown(f"{called}:small[{chart.plain(str(st.user.get('email') or who()))}]")
            st.button(_("Sign out"), icon=":material/logout:", key="_sign_out", on_click=st.logout)
            _forget()


def _say_what_happened(said: DeltaGenerator) -> None:
    """Say why somebody who was signed in, or was about to be, is not."""
    if cookie.read(COOKIE):
        said.warning(_("The sign-in was not completed; try again."))
    elif cookie.read(IDENTITY):
        said.warning(_("Your sign-in has expired; sign in again."))


def _is_ready(said: DeltaGenerator) -> bool:
    """Return whether one can be sent to sign in; Streamlit would leave the reader with an error of its own."""
    try:
        where = str(st.secrets["auth"]["server_metadata_url"])
    except (KeyError, FileNotFoundError) as error:
        _not_set_up(said, error)
        return False
    try:
        with urllib.request.urlopen(where, timeout=ANSWER_SECONDS) as told:
            return "authorization_endpoint" in json.load(told)
    except (OSError, ValueError, HTTPException) as error:
        _LOG.warning("The identity provider does not answer: %r", error)
        said.error(_("The sign-in service does not answer; try again later, or tell whoever runs this dashboard."))
        return False


def _begin(said: DeltaGenerator) -> None:
    """Send the reader to the identity provider."""
    try:
        st.login()
    except StreamlitAuthError as error:
        _not_set_up(said, error)


def _not_set_up(said: DeltaGenerator, error: Exception) -> None:
    _LOG.warning("Sign-in is not set up: %s", error)
    said.error(_("Sign-in is not set up completely on this server; tell whoever runs this dashboard."))


def _forget() -> None:
    """Have the browser drop the cookie once it has done its work."""
    if cookie.read(COOKIE):
        cookie.write(COOKIE, "", seconds=0)
