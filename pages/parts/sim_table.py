"""The simulations there are: those under way, those finished, those deleted; and one from a file."""

import pandas as pd
import streamlit as st

from alma_core import jobs, rights, trash
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.listing import Listed
from alma_core.report import progress
from pages.parts import account, chart, live, view


def draw(runs: list[Listed]) -> None:
    """Draw the table, kept up to date while something is under way; a row that is ticked opens."""
    st.markdown("### " + _("Simulations"))
    if not runs:
        st.caption(_("None yet. What you start above stands here, and stays when this page is closed."))
        return
    alive = any(one.state.name in jobs.ALIVE for one in runs)
    live.draw(lambda: _table(alive), 2.0 if alive else None)
    st.caption(_("Tick a row to watch it, or to cancel, resume, copy, rename, export or delete it."))


def _table(was_alive: bool) -> None:
    runs = rights.everything(account.who())
    if was_alive and not any(one.state.name in jobs.ALIVE for one in runs):
        st.rerun()
    config = st.column_config
    chosen = st.dataframe(
        _rows(runs), hide_index=True, key="_runs", on_select="rerun", selection_mode="single-row",
        column_config={
            "name": config.TextColumn(_("simulation"), width=180), "state": config.TextColumn(_("state"), width=122),
            "done": config.ProgressColumn(
                _("progress"), format="%d%%", min_value=0, max_value=100, color="primary", width=90
            ),
            "left": config.TextColumn(_("time left"), width=62), "data": config.TextColumn(_("data"), width=92),
            "size": config.TextColumn(_("policies"), width=72), "owner": config.TextColumn(_("who"), width=80),
            "when": config.DatetimeColumn(_("asked for on"), format=_("D MMM YYYY, HH:mm"), width=128),
        }, alt=_("All simulations, those under way first"), placeholder="–",
    )  # fmt: skip
    if chosen["selection"]["rows"]:
        open_(runs[chosen["selection"]["rows"][0]].id)


def _rows(runs: list[Listed]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [one.name for one in runs],
            "state": [progress.state_in_words(one.state) for one in runs],
            "done": [int(100 * one.state.done) for one in runs],
            "left": [progress.left(one.state) for one in runs],
            "data": [one.spec.stream.source for one in runs],
            "size": [f"{len(one.spec.policies)} × {one.spec.seeds}" for one in runs],
            "owner": [progress.owner(one) for one in runs],
            "when": [progress.moment(one.about.requested, view.zone()) for one in runs],
        }
    )


def open_(name: str) -> None:
    """Show one run, or with an empty name all of them, from the next rerun on."""
    st.session_state["watch"] = name
    st.session_state.pop("_runs", None)
    st.rerun()


def delete(one: Listed) -> None:
    """Delete a run, and show the page without it.

    Raises:
        RunError: it is another's, under way, or cannot be moved.
    """
    rights.discard(account.who(), one.folder)
    st.session_state["watch"], st.session_state["_deleted"] = "", one.id


def deleted() -> None:
    """Offer to bring back what was deleted."""
    names = rights.deleted(account.who())
    just = st.session_state.pop("_deleted", "")
    if just in names:
        said, back = st.columns([4, 1], vertical_alignment="center")
        said.info(_("{name} was deleted.").format(name=chart.plain(just)), icon=":material/delete:")
        back.button(_("Undo"), key="_undo", width="stretch", on_click=undo, args=(just,))
    if not names:
        return
    with st.expander(_("Deleted simulations"), icon=":material/delete:"):
        st.caption(_("They can be brought back for {days} days.").format(days=trash.KEPT_DAYS))
        for name in names:
            said, back = st.columns([4, 1], vertical_alignment="center")
            said.markdown(chart.plain(name))
            back.button(_("Bring back"), key=f"_undo-{name}", width="stretch", on_click=undo, args=(name,))


def undo(name: str) -> None:
    """Bring a deleted run back and show it, for use as a callback."""
    try:
        rights.undo(account.who(), name)
        st.session_state["watch"] = name
    except AlmaError as error:
        st.session_state["_went_wrong"] = str(error)
