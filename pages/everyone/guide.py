"""What do these words mean, and where do the numbers come from?"""

import streamlit as st

from alma_core.language import _
from pages.parts import address, guide_runs, guide_topics

TOPICS = {
    "what": (_("What ALMA is"), guide_topics.what),
    "kpis": (_("Figures"), guide_topics.kpis),
    "words": (_("Words"), guide_topics.words),
    "findings": (_("Claims put to the test"), guide_runs.findings),
    "limits": (_("Limits"), guide_topics.limits),
    "policy": (_("The rule in writing"), guide_runs.policy),
    "reading": (_("Reading"), guide_topics.reading),
}
FIRST = "what"


def topic() -> str:
    """Choose a topic; a link to one opens it, whatever was read before."""
    if st.query_params.get("topic", st.session_state.get("topic")) != st.session_state.get("topic"):
        st.session_state.pop("topic", None)
    address.seed("topic", FIRST, options=list(TOPICS))
    st.segmented_control(
        _("Topic"), list(TOPICS), key="topic", format_func=lambda code: TOPICS[code][0], required=True,
        on_change=_chosen, label_visibility="collapsed",
    )  # fmt: skip
    address.publish("topic", FIRST)
    return str(st.session_state["topic"])


def _chosen() -> None:
    """Let the choice count, not the address it was made at."""
    st.query_params.pop("topic", None)


title, draw = TOPICS[topic()]
st.markdown(f"## {title}")
draw()
