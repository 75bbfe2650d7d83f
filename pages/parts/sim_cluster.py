"""The cluster that simulations go to, where one is named: its workers and what they compute on."""

import os

import pandas as pd
import streamlit as st

from alma_core import language
from alma_core.errors import AlmaError
from alma_core.language import _, n_
from pages.parts import chart

ANSWER_SECONDS = 5.0


def address() -> str | None:
    """Return the address of the scheduler that `ALMA_SCHEDULER` names; None: simulations run on this machine."""
    return os.environ.get("ALMA_SCHEDULER") or None


def draw() -> None:
    """Say where simulations run, and with which workers."""
    where = address()
    if where is None:
        return
    try:
        rows = _workers(where)
    except AlmaError as error:
        st.warning(chart.plain(str(error)))
        return
    threads = int(rows["threads"].sum())
    counted = n_("{count} worker", "{count} workers", len(rows))
    said = _("Simulations run on the cluster at {address}: {workers}, {threads} stacks at once.")
    with st.expander(said.format(address=where, workers=counted, threads=language.number(threads))):
        words = {
            "name": _("worker"), "host": _("machine"), "threads": _("stacks at once"), "memory_bytes": _("memory, GB"),
            "device": _("device"),
        }  # fmt: skip
        shown = rows.assign(memory_bytes=(rows["memory_bytes"] / 1e9).round(1)).rename(columns=words)
        st.dataframe(shown, hide_index=True, alt=_("The workers of the cluster"))


@st.cache_data(ttl=15, max_entries=4, show_spinner=False)
def _workers(where: str) -> pd.DataFrame:
    from alma_core.simulate import scheduler  # takes a second to load, and only where there is a cluster

    return pd.DataFrame(scheduler.workers(where, ANSWER_SECONDS))
