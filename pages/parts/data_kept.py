"""Data sets that are kept: a list, one of them, the next file for it, and its end."""

from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from alma_core import language
from alma_core.errors import AlmaError
from alma_core.language import _, n_
from alma_core.report import data as shown
from alma_core.streams import adding, datasets
from alma_core.streams.adding import Contents
from alma_core.streams.datasets import DataSet
from alma_core.streams.naming import listed, plain_name
from pages.parts import chart, data_cut, data_draft, data_drop, data_files, data_simulate, data_steps

LONGEST_UNIT: Final = 20
"""Characters of the unit of a target."""


def overview(kept: list[DataSet]) -> None:
    """List the data sets that are kept; a row that is chosen opens."""
    rows = pd.DataFrame(
        {
            "name": [one.name for one in kept],
            "rows": [sum(file.rows for file in one.files) for one in kept],
            "files": [len(one.files) for one in kept],
            "cut": [shown.cut_name(one.cutting) for one in kept],
            "target": [one.schema.target for one in kept],
            "last": [one.files[-1].name for one in kept],
            "added": [date.fromisoformat(max(file.added for file in one.files)[:10]) for one in kept],
        }
    )
    config = st.column_config
    chosen = st.dataframe(
        rows, hide_index=True, key="_kept_sets", on_select="rerun", selection_mode="single-row",
        column_config={
            "name": config.TextColumn(_("data set")), "rows": config.NumberColumn(_("rows"), format="localized"),
            "files": config.NumberColumn(_("files")), "cut": config.TextColumn(_("cut")),
            "target": config.TextColumn(_("target")), "last": config.TextColumn(_("last file")),
            "added": config.DateColumn(_("added on"), format=_("D MMMM YYYY")),
        }, alt=_("Data sets that are kept here"),
    )  # fmt: skip
    selected = chosen["selection"]["rows"]
    st.caption(_("Tick a row to open it: to simulate, to add the next file, or to remove it."))
    if selected:
        go_to(kept[selected[0]].name)


def go_to(name: str) -> None:
    """Open a data set from the next rerun on; empty: the list."""
    st.session_state["data"], st.session_state["draft"] = name, ""
    st.session_state.pop("_kept_sets", None)
    st.rerun()


def keep(token: str, contents: Contents) -> None:
    """Ask for a name, and for the unit of a number, and keep a draft as a data set."""
    with st.form("_keep", border=False):
        called, unit = st.columns([3, 2])
        name = called.text_input(_("Name of the data set"), max_chars=datasets.LONGEST_NAME, key=f"name-{token}")
        of = ""
        if contents.data.schema.task == "regression":
            label = _("Unit of {target}, such as pieces").format(target=chart.plain(contents.data.schema.target))
            of = unit.text_input(label, max_chars=LONGEST_UNIT, key=f"of-{token}")
        saves = st.form_submit_button(_("Keep this data set"), type="primary", icon=":material/save:")
    st.caption(
        _("What is kept: the rows with the columns that are used, on this server only. The files may then be deleted.")
    )
    if saves:
        data = replace(contents.data, name=datasets.plain_name(name), unit=plain_name(of))
        adding.keep(replace(contents, data=data))
        data_draft.discard(token)
        go_to(data.name)


def discard(token: str) -> None:
    """Delete dropped files, and show the page without them."""
    data_draft.discard(token)
    st.session_state["draft"] = ""


def show(name: str, token: str) -> None:
    """Show one data set; `token` is of files that are to be added, or empty."""
    contents = data_steps.kept(name)
    st.markdown(f"## {chart.plain(name)}")
    _facts(contents)
    data_simulate.draw(contents)
    st.divider()
    st.markdown("### " + _("Add the next file"))
    if data_draft.is_there(token):
        _add(contents, token)
    else:
        data_drop.drop("", _("Drop the next file, or several; what is settled about columns and cut stays"))
    st.markdown("### " + _("How the rows arrive"))
    data_cut.time_line(contents)
    st.markdown("### " + _("Quality and shift"))
    data_cut.quality_and_shift(contents)
    with st.expander(_("Columns and files")):
        st.dataframe(shown.columns(contents), hide_index=True, alt=_("Every column with its role"))
        _files(contents)
    _remove(name)


def _facts(contents: Contents) -> None:
    data, arrays = contents.data, contents.arrays
    figures = [
        (_("Rows"), language.number(len(contents.rows))),
        (_("Mega-batches"), language.number(len(arrays.arrivals))),
        (_("Target"), data.schema.target + (f" ({data.unit})" if data.unit else "")),
        (_("Columns for the model"), language.number(len(data.schema.features))),
        (_("Last file"), data.files[-1].name),
    ]
    for column, (label, value) in zip(st.columns([1, 1, 1.3, 1.2, 2]), figures, strict=True):
        column.markdown(f":small[{label}]  \n**{chart.plain(value)}**")


def _files(contents: Contents) -> None:
    rows = pd.DataFrame(
        {
            _("file"): [file.name for file in contents.data.files],
            _("rows"): [language.number(file.rows) for file in contents.data.files],
            _("added on"): [language.date(file.added) for file in contents.data.files],
            "SHA-256": [file.sha256[:16] for file in contents.data.files],
        }
    )
    st.dataframe(rows, hide_index=True, alt=_("The files of this data set"))


def _add(contents: Contents, token: str) -> None:
    """Show files that are to be added, and add them once that is confirmed."""
    name, parts = contents.data.name, contents.data.schema
    draft = data_draft.load(token).read_as(contents.data.reading)
    found = data_steps.read(draft)
    data_files.show(draft, found)
    delivery = found.delivery
    known = {column.name for column in parts.columns} | set(parts.renamed)
    features: list[str] = []
    if delivery is not None:
        data_files.notes(delivery.renamed(parts.renamed).missing([c.name for c in parts.columns if c.role != "ignore"]))
        new = [str(column) for column in delivery.cells if column not in known]
        if new:
            st.markdown(chart.plain(_("New columns: {names}.").format(names=listed(new))))
            features = st.multiselect(_("Give these new columns to the model"), new, key=f"features-{token}")
    yes, no, _rest = st.columns([2, 1, 3])
    label = _("Add to {name}").format(name=chart.plain(name))
    if delivery is not None and yes.button(label, type="primary", key="_add", width="stretch"):
        try:
            grown = adding.extend(name, delivery, features)
        except AlmaError as error:
            st.error(chart.plain(str(error)))
            return
        data_draft.discard(token)
        said = n_("{count} file was added.", "{count} files were added.", len(delivery.files))
        st.session_state["_added"] = [said, *grown.notes]
        go_to(name)
    if no.button(_("Do not add"), key="_add_not", width="stretch"):
        data_draft.discard(token)
        go_to(name)


def _remove(name: str) -> None:
    with st.expander(_("Remove this data set"), icon=":material/delete:"):
        st.markdown(_("Its rows are deleted for good and cannot be brought back; runs made from it stay."))
        if st.button(_("Delete {name} for good").format(name=chart.plain(name)), key="_delete"):
            datasets.remove(name)
            go_to("")
