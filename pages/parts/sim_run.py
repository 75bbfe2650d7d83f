"""One simulation: how far it is, its curves as they grow, what can be done with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import streamlit as st

from alma_core import about, jobs, library, parcels, rights
from alma_core.commands.wish import wish_of
from alma_core.decide import measure as measures
from alma_core.errors import AlmaError
from alma_core.jobs import ALIVE, CAN_GO_ON, FINISHED
from alma_core.language import _, n_
from alma_core.listing import Listed
from alma_core.presence import FAILED
from alma_core.report import progress, watching
from alma_core.streams import datasets, sources
from pages.parts import account, answers, chart, live, sim_form, sim_table, view

LOG_LINES: Final = 40
LOOK_SECONDS: Final = 1.5


def draw(one: Listed) -> None:
    """Draw the page of one simulation."""
    st.markdown(f"## {chart.plain(one.name)}")
    often = LOOK_SECONDS if one.state.name in ALIVE else None
    live.draw(lambda: _how_far(one.folder, one.state.name), often)
    _actions(one)
    _facts(one)
    if one.state.name != FINISHED:
        live.draw(lambda: _curves(one.folder), often)
    live.draw(lambda: _log(one.folder), often)
    if one.about.command:
        with st.expander(_("The same as a command")):
            st.code(one.about.command, language=None, wrap_lines=True)


def _how_far(folder: Path, was: str) -> None:
    """Say how far it is; when the state has changed the whole page is drawn anew."""
    state = jobs.state(folder)
    if state.name != was or not about.sees(account.who(), folder):
        st.rerun()
    if state.name in ALIVE:
        st.progress(state.done, progress.in_a_line(state))
    elif state.name == FINISHED:
        st.success(_("The simulation is done."))
    else:
        why = chart.plain(state.said) if state.said else _("What is finished of it stays.")
        said = chart.plain(progress.in_a_line(state))
        (st.error if state.name == FAILED else st.warning)(f"{said}  \n{why}")


def _facts(one: Listed) -> None:
    elsewhere = (_("name"), _("state"), _("done"), _("time left"), _("why it ended"))
    known = [(what, value) for what, value in progress.facts(one) if value and what not in elsewhere]
    for column, (label, value) in zip(st.columns(len(known)), known, strict=True):
        column.markdown(f":small[{label}]  \n**{chart.plain(value)}**")


def _curves(folder: Path) -> None:
    """Draw the error of some policies at the arrivals that are known by now."""
    ledger = watching.partial(folder)
    if ledger is None:
        return
    try:
        stream = library.spec_in(folder).stream
        measure = measures.of(ledger, stream, _unit_of(stream.source))
    except AlmaError:  # deleted this very moment: the next look says so
        return
    rows = watching.rows(ledger, stream.arrival_unit)
    if len(rows):
        drawn = watching.figure(rows, measure, stream.rows, stream.arrival_unit, view.theme())
        title = _("Error so far: the mean over the repeats that are known")
        chart.draw("watch", title, drawn, rows.drop(columns="place"), title)


def _log(folder: Path) -> None:
    lines = jobs.log_tail(folder, LOG_LINES)
    if lines:
        with st.expander(_("What it said last")):
            st.code("\n".join(lines), language=None, wrap_lines=True)


def _unit_of(source: str) -> str:
    return next((one.unit for one in datasets.listed() if one.name == source), "")


def _actions(one: Listed) -> None:
    """Draw a button for each thing that can be done with the simulation as it is."""
    name, who = one.state.name, account.who()
    is_own = about.owns(who, one.folder)
    with st.container(horizontal=True):
        if name == FINISHED:
            answers.ways(one.id, st, st)
        elif name in ALIVE and is_own and st.button(_("Cancel"), icon=":material/stop:"):
            with st.spinner(_("It puts its work down…")):
                _then_again(lambda: rights.cancel(who, one.folder))
        elif name in CAN_GO_ON and is_own and st.button(_("Resume"), icon=":material/play_arrow:", type="primary"):
            _then_again(lambda: rights.resume(who, one.folder))
        if st.button(_("Copy with changes"), icon=":material/content_copy:"):
            _copy(one)
        if name == FINISHED:
            st.download_button(
                _("Export (.zip)"), lambda: parcels.packed(library.open_run(one.folder)), f"{one.id}.zip",
                "application/zip", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
        if is_own and not one.is_shipped:
            _rename(one)
            if name not in ALIVE and st.button(_("Delete"), icon=":material/delete:", type="tertiary"):
                _then_again(lambda: sim_table.delete(one))
            if account.is_on():
                _share(one)


def _rename(one: Listed) -> None:
    with st.popover(_("Rename"), icon=":material/edit:"), st.form("_rename", border=False):
        called = st.text_input(_("Name"), one.about.name, max_chars=about.LONGEST_NAME, placeholder=one.id)
        if st.form_submit_button(_("Keep this name")):
            _then_again(lambda: rights.rename(account.who(), one.folder, called))


def _share(one: Listed) -> None:
    is_shared = st.toggle(_("Share with everybody who can sign in"), one.about.shared, key=f"_share-{one.id}")
    if is_shared != one.about.shared:
        _then_again(lambda: rights.share(account.who(), one.folder, is_shared))


def _then_again(act: Callable[[], None]) -> None:
    """Do something and draw the page anew, with what went wrong on it."""
    try:
        act()
    except AlmaError as error:
        st.session_state["_went_wrong"] = str(error)
    st.rerun()


def _copy(one: Listed) -> None:
    """Fill the form with what was asked for, and show it."""
    name = one.spec.stream.source
    if name not in sources.known():  # what a parcel from elsewhere names is not opened
        st.session_state["_went_wrong"] = _("The data {name} is not here; add it first.").format(name=name)
        st.rerun()
    source = sim_form.source_of(name)
    wish, left_out = wish_of(one.spec, one.about.device, source.cut is None)
    sim_form.fill(wish, one.spec, source)
    if left_out:
        st.session_state["_left_out"] = n_(
            "{count} policy of it has no name here and is left out; the command line has it.",
            "{count} policies of it have no name here and are left out; the command line has them.",
            left_out,
        )
    sim_table.open_("")
