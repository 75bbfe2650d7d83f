"""The dashboard: page config, navigation, language, sign-in, shared sidebar; nothing else."""

import streamlit as st

from alma_core import language
from alma_core.about import NOBODY
from alma_core.language import _
from pages.parts import account, address, frame, look, notices, sidebar

st.set_page_config("ALMA dashboard", page_icon="⏱️", layout="wide", initial_sidebar_state=310)
look.apply()


def sections() -> dict[str, list[st.Page]]:
    """Return the pages by section, in the language in use."""
    return {
        _("Decision"): [
            st.Page("pages/executive/decide.py", title=_("Decide"), url_path="-", default=True),  # at the bare address
            st.Page("pages/executive/compare.py", title=_("Compare"), url_path="compare"),
            st.Page("pages/executive/cost.py", title=_("Cost"), url_path="cost"),
        ],
        _("Analysis"): [
            st.Page("pages/analyst/data.py", title=_("Data"), url_path="data"),
            st.Page("pages/analyst/simulate.py", title=_("Simulate"), url_path="simulate"),
        ],
        _("Meeting"): [st.Page("pages/meeting/report.py", title=_("Report"), url_path="report")],
        _("Help"): [st.Page("pages/everyone/guide.py", title=_("Guide"), url_path="guide")],
    }


address.begin()  # a page without the sidebar would lose what was asked of the run
account.lead_back(sections())
address.seed("lang", language.preferred(st.context.locale), options=list(language.LANGUAGES))
with st.sidebar:
    st.segmented_control(
        "Language / 言語",
        list(language.LANGUAGES),
        format_func=lambda code: language.LANGUAGES[code],
        key="lang",
        required=True,
        on_change=address.keep,
        label_visibility="collapsed",
    )
language.use(st.session_state["lang"])
address.publish("lang", language.preferred(st.context.locale))
frame.draw()

page = address.opened(sections(), is_hidden=account.who() == NOBODY)
notices.place(page.url_path)
if account.who() == NOBODY:
    account.ask(page)
try:
    if page.url_path not in ("data", "simulate", "guide"):
        sidebar.draw(prices_apart=page.url_path == "cost")
finally:  # whatever the sidebar has stopped at, one can sign out
    account.draw()
page.run()
