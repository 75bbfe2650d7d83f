"""The dashboard: page config, navigation, language, shared sidebar; nothing else."""

import streamlit as st

from alma_core import language
from alma_core.language import _
from pages.parts import address, frame, sidebar

st.set_page_config("ALMA dashboard", page_icon="⏱️", layout="wide")

address.keep()  # a page without the sidebar would lose what was asked of the run
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

page = st.navigation(
    {
        _("Decision"): [
            st.Page("pages/executive/decide.py", title=_("Decide"), url_path="decide", default=True),
            st.Page("pages/executive/compare.py", title=_("Compare"), url_path="compare"),
            st.Page("pages/executive/cost.py", title=_("Cost"), url_path="cost"),
        ],
        _("Analysis"): [
            st.Page("pages/analyst/data.py", title=_("Data"), url_path="data"),
            st.Page("pages/analyst/simulate.py", title=_("Simulate"), url_path="simulate"),
        ],
    }
)
if page.url_path not in ("data", "simulate"):
    sidebar.draw(prices_apart=page.url_path == "cost")
page.run()
