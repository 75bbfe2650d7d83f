"""One simulation: how far it is, its curves as they grow, what can be done with it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from alma_core import about, jobs, library, parcels
from alma_core.commands.wish import wish_of
from alma_core.decide import measure as measures
from alma_core.errors import AlmaError
from alma_core.jobs import ALIVE, CAN_GO_ON, FINISHED
from alma_core.language import _, n_
from alma_core.listing import Listed
from alma_core.presence import FAILED
from alma_core.report import progress, watching
from alma_core.streams import datasets
from pages.parts import answers, chart, sim_form, sim_table, view

LOG_LINES = 40


def draw(one: Listed) -> None:
    """Draw the page of one simulation."""
    st.markdown(f"### {chart.plain(one.name)}")
    alive = one.state.name in ALIVE
    st.fragment(_watch, run_every=1.5 if alive else None)(one.folder, one.state.name)
    _actions(one)
    known = [(what, value) for what, value in progress.facts(one) if value and what not in (_("state"), _("done"))]
    st.markdown("  \n".join(f":small[{what}] {chart.plain(value)}" for what, value in known))
    if one.about.command:
        with st.expander(_("The same as a command")):
            st.code(one.about.command, language=None, wrap_lines=True)


def _watch(folder: Path, was: str) -> None:
    """Draw what changes while it runs; when the state has changed the whole page is drawn anew."""
    state = jobs.state(folder)
    if state.name != was:
        st.rerun()
    if state.name in ALIVE:
        st.progress(state.done, progress.in_a_line(state))
    elif state.name == FINISHED:
        st.success(_("The simulation is done."))
    else:
        why = chart.plain(state.said) if state.name == FAILED and state.said else _("What is finished of it stays.")
        said = progress.in_a_line(state)
        (st.error if state.name == FAILED else st.warning)(f"{chart.plain(said)}  \n{why}")
    if state.name != FINISHED:
        _curves(folder)
    lines = jobs.log_tail(folder, LOG_LINES)
    if lines:
        with st.expander(_("What it said last")):
            st.code("\n".join(lines), language=None, wrap_lines=True)


def _curves(folder: Path) -> None:
    """Draw the error of some policies at the arrivals that are known by now."""
    ledger = watching.partial(folder)
    if ledger is None:
        return
    try:
        spec = library.spec_in(folder)
        measure = measures.of(ledger, spec.stream, _unit_of(spec.stream.source))
    except AlmaError:  # deleted this very moment; the next look says so
        return
    unit = spec.stream.arrival_unit
    rows = watching.rows(ledger, unit)
    if not len(rows):
        return
    drawn = watching.figure(rows, measure, spec.stream.rows, unit, view.theme())
    title = _("Error so far: the mean over the repeats that are known")
    chart.draw("watch", title, drawn, rows.drop(columns="place"), title)


def _unit_of(source: str) -> str:
    return datasets.load(source).unit if datasets.exists(source) else ""


def _actions(one: Listed) -> None:
    """Draw a button for each thing that can be done with the simulation as it is."""
    name = one.state.name
    first, second, copy, rename, take_along, delete = st.columns([1.2, 1.3, 1.3, 1, 1.1, 0.8])
    if name == FINISHED:
        answers.ways(one.id, first, second)
        take_along.download_button(
            _("Export (.zip)"), lambda: parcels.packed(library.open_run(one.folder)), f"{one.id}.zip",
            "application/zip", on_click="ignore", icon=":material/download:", width="stretch",
        )  # fmt: skip
    elif name in ALIVE and first.button(_("Cancel"), icon=":material/stop:", width="stretch"):
        with st.spinner(_("It puts its work down…")):
            _then_again(lambda: jobs.cancel(one.folder))
    elif name in CAN_GO_ON and first.button(_("Resume"), icon=":material/play_arrow:", type="primary", width="stretch"):
        _then_again(lambda: jobs.resume(one.folder))
    if copy.button(_("Copy with changes"), icon=":material/content_copy:", width="stretch"):
        _copy(one)
    if one.is_shipped:
        return
    with rename.popover(_("Rename"), icon=":material/edit:", width="stretch"), st.form("_rename", border=False):
        called = st.text_input(_("Name"), one.about.name, max_chars=about.LONGEST_NAME, placeholder=one.id)
        if st.form_submit_button(_("Keep this name")):
            _then_again(lambda: about.rename(one.folder, called))
    if name not in ALIVE and delete.button(_("Delete"), icon=":material/delete:", type="tertiary", width="stretch"):
        _then_again(lambda: sim_table.delete(one))


def _then_again(act: Callable[[], None]) -> None:
    """Do something and draw the page anew, with what went wrong on it."""
    try:
        act()
    except AlmaError as error:
        st.session_state["_went_wrong"] = str(error)
    st.rerun()


def _copy(one: Listed) -> None:
    """Fill the form with what was asked for, and show it."""
    source = sim_form.source_of(one.spec.stream.source)
    wish, left_out = wish_of(one.spec, one.about.device, source.cut is None)
    sim_form.fill(wish, one.spec, source)
    if left_out:
        st.session_state["_left_out"] = n_(
            "{count} policy of it has no name here and is left out; the command line has it.",
            "{count} policies of it have no name here and are left out; the command line has them.",
            left_out,
        )
    sim_table.open_("")
