"""Can this data be used, how will it be cut into mega-batches, has it shifted?"""

import streamlit as st

from alma_core.errors import AlmaError
from alma_core.language import _, mark
from alma_core.streams import datasets
from pages.parts import (
    address,
    chart,
    data_columns,
    data_cut,
    data_draft,
    data_drop,
    data_files,
    data_kept,
    data_roles,
    data_steps,
    notices,
)


def page() -> None:
    kept = datasets.listed()
    names = [one.name for one in kept]
    address.seed("data", "", options=["", *names])
    address.seed("draft", "")
    name, token = str(st.session_state["data"]), str(st.session_state["draft"])
    if token and not data_draft.is_there(token):
        token = st.session_state["draft"] = ""
        notices.add(mark("These files are no longer here; drop them again."))
    address.publish("data", "")
    address.publish("draft", "")
    for sentence in st.session_state.pop("_added", ()):
        st.toast(chart.plain(sentence))
    for sentence in datasets.damaged():
        st.warning(chart.plain(sentence))
    if name:
        back()
        data_kept.show(name, token)
    elif token:
        left, right = st.columns([3, 1])
        with left:
            back()
        right.button(
            _("Discard these files"), icon=":material/delete:", type="tertiary", key="_discard",
            on_click=data_kept.discard, args=(token,),
        )  # fmt: skip
        new(token)
    else:
        start(kept)


def back() -> None:
    if st.button(_("All data sets"), icon=":material/arrow_back:", type="tertiary", key="_back"):
        data_kept.go_to("")


def start(kept: list[datasets.DataSet]) -> None:
    st.markdown("## " + _("Your own data"))
    st.markdown(
        _("Drop the files as they are; you see what was read, how it is cut into mega-batches, and whether it shifts.")
    )
    data_drop.drop(
        "", _("Files: CSV, TSV, Excel (.xlsx), Parquet, .csv.gz or .npz; several at once, such as one a month")
    )
    st.caption(_("Data does not leave this server, and the originals need not be kept."))
    data_drop.sample()
    if kept:
        st.markdown("### " + _("Kept here"))
        data_kept.overview(kept)


def new(token: str) -> None:
    """Go through the steps from files to a data set; a step that has a problem is the last one shown."""
    draft = data_draft.load(token)
    st.markdown("## " + _("New data"))
    st.caption(_("Files that are not kept are deleted from this server {days} days after the last change.").format(
        days=data_draft.KEPT_DAYS
    ))  # fmt: skip
    step(1, _("What was read"))
    found = data_steps.read(draft)
    data_files.show(draft, found)
    if found.delivery is None:
        return
    step(2, _("What each column is"))
    data_columns.join_renamed(draft, found.delivery)
    try:
        delivery, parts = data_steps.roles(draft, found)
    except AlmaError as error:
        data_columns.recover(draft, found.delivery, error)
        return
    data_roles.choose(draft, delivery, parts, found.kinds)
    leaks = st.container()
    step(3, _("How the rows become mega-batches"))
    cut = data_steps.cutting(draft, delivery, parts)
    data_cut.choose(draft, delivery, parts, cut)
    contents = data_steps.drafted(draft, delivery, parts, cut)
    with leaks:
        data_columns.leaks(draft, parts, data_steps.leaking(contents))
    data_cut.time_line(contents, said_before=delivery.notes)
    step(4, _("Quality and shift"))
    takes_a_while = st.container()
    step(5, _("Keep it, then simulate"))
    data_kept.keep(token, contents)
    with takes_a_while:
        data_cut.quality_and_shift(contents)


def step(number: int, words: str) -> None:
    st.markdown(f"### {number}. {words}")


try:
    page()
except AlmaError as error:
    st.error(chart.plain(str(error)))
