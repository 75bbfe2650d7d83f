"""Launch, watch, cancel, resume, load; what will it take before it is started?"""

from dataclasses import replace

import streamlit as st

from alma_core import about, parcel_files, rights
from alma_core.errors import AlmaError
from alma_core.language import _, mark
from alma_core.listing import Listed
from pages.parts import account, address, chart, notices, sim_cluster, sim_form, sim_outlook, sim_run, sim_table


def page() -> None:
    runs = rights.everything(account.who())
    ids = [one.id for one in runs]
    if st.session_state.get("watch", "") not in ("", *ids):
        notices.add(mark("That simulation is no longer here."))
    address.seed("watch", "", options=["", *ids])
    address.publish("watch", "")
    for name in ("_went_wrong", "_left_out"):
        if name in st.session_state:
            (st.error if name == "_went_wrong" else st.warning)(chart.plain(st.session_state.pop(name)))
    watched = str(st.session_state["watch"])
    if watched:
        if st.button(_("All simulations"), icon=":material/arrow_back:", type="tertiary", key="_back"):
            sim_table.open_("")
        sim_run.draw(runs[ids.index(watched)])
    else:
        overview(runs)


def overview(runs: list[Listed]) -> None:
    st.markdown("## " + _("Simulate"))
    st.caption(
        _("Choose what is simulated. It goes on when this page or the computer at which you read it is closed, and "
          "equal work is never done twice.")
    )  # fmt: skip
    sim_cluster.draw()
    new()
    sim_table.draw(runs)
    load()
    sim_table.deleted()


def new() -> None:
    """Draw the form, what it would take, and the button that starts it."""
    try:
        with st.container(border=True):
            wish = sim_form.draw()
        request = sim_outlook.request_of(wish)
        with st.container(border=True):
            st.markdown("### " + _("What it will take"))
            sim_outlook.draw(request)
            starts = st.button(_("Start the simulation"), type="primary", icon=":material/play_arrow:", key="_launch")
        if starts:
            folder = rights.launch(account.who(), request.spec, replace(request.asked, requested=about.now()))
            sim_table.open_(folder.name)
    except AlmaError as error:
        st.error(chart.plain(str(error)))


def load() -> None:
    """Offer to open a run that was made elsewhere."""
    with st.expander(_("Open a simulation from a file"), icon=":material/upload:"):
        st.caption(_("A .zip that “Export” or `alma export` wrote, such as on a machine with a GPU."))
        file = st.file_uploader(
            _("File (.zip)"), "zip", key="_parcel", max_upload_size=parcel_files.LARGEST_BYTES // 1024**2
        )
        if file is not None and st.button(_("Open it"), key="_take_in"):
            folder = rights.take_in(account.who(), file, file.name)
            st.session_state.pop("_parcel")
            sim_table.open_(folder.name)


try:
    page()
except AlmaError as error:
    st.error(chart.plain(str(error)))
