"""One button that simulates the usual policies on a data set, and how far that is."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from alma_core import jobs, presence, rights
from alma_core.commands import run, usual
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import progress
from alma_core.streams.adding import Contents
from pages.parts import account, address, answers, chart, data_steps, live


def draw(contents: Contents) -> None:
    """Draw the button, or what has become of it."""
    data, arrays = contents.data, contents.arrays
    rows = len(arrays.arrivals) - (data.cutting.judged == "next")
    if rows < 1:
        st.info(_("One mega-batch alone cannot be simulated: add the next file, or cut more finely."))
        return
    words = usual.words(data.name, data.cutting.unit, rows)
    try:
        folder = _folder(tuple(words), data_steps.key_of(contents), account.who())
        state = jobs.state(folder)
        if state.name in jobs.ALIVE:
            live.draw(lambda: _watch(folder), 1.0)
        elif state.name == jobs.FINISHED:
            _finished(folder)
        else:
            if state.name == presence.FAILED:
                st.error(chart.plain(_("The simulation ended before it was done: {said}").format(said=state.said)))
            _start(words, again=state.name in jobs.CAN_GO_ON)
    except AlmaError as error:
        st.error(chart.plain(str(error)))


@st.cache_data(max_entries=32, show_spinner=False)
def _folder(words: tuple[str, ...], key: str, who: str) -> Path:  # noqa: ARG001 - its key: data of one name can change
    request = run.request_of(words)
    return jobs.place_of(request.spec, replace(request.asked, owner=who))


def _start(words: list[str], again: bool) -> None:
    label = _("Go on with the simulation") if again else _("Simulate this data")
    with st.container(horizontal=True):
        if st.button(label, type="primary", icon=":material/play_arrow:", key="simulate"):
            request = run.request_of(words)
            rights.launch(account.who(), request.spec, request.asked)
            st.rerun()
        if st.button(_("Choose more"), type="tertiary", icon=":material/tune:", key="choose_more"):
            address.put("set", words[words.index("--data") + 1])
            address.put("watch", "")
            st.switch_page("pages/analyst/simulate.py")
    st.caption(
        _(
            "Updates after every arrival and after longer waits, models of two sizes, trained on new data, on all data "
            "or on what is recent; three repeats. You can close this page meanwhile: nothing is lost."
        )
    )


def _watch(folder: Path) -> None:
    state = jobs.state(folder)
    if state.name not in jobs.ALIVE:
        st.rerun()
    st.progress(state.done, progress.in_a_line(state))


def _finished(folder: Path) -> None:
    said, decide, compare = st.columns([3, 1, 1], vertical_alignment="center")
    said.success(_("The simulation is done."))
    answers.ways(folder.name, decide, compare)
