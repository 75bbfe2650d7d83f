"""What is odd about columns: renamed ones, ones that give the target away, roles that do not fit together."""

from typing import Final

import streamlit as st

from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.streams.deliveries import Delivery
from alma_core.streams.leaks import Leak
from alma_core.streams.schema import Schema
from pages.parts import chart, data_draft
from pages.parts.data_draft import Draft
from pages.parts.data_files import select

LONGEST_SHOWN: Final = 24


def join_renamed(draft: Draft, found: Delivery) -> None:
    """Offer to join columns that never stand in one file: one column under an earlier and a later name."""
    per_file = [set(map(str, head.frame.columns)) for head in found.heads]
    names = [str(name) for name in found.cells]
    partial = [name for name in names if not all(name in columns for columns in per_file)]
    pairs = [
        (old, new)
        for old in partial
        for new in partial
        if old != new
        and not any(old in columns and new in columns for columns in per_file)
        and names.index(old) < names.index(new)
    ]
    if not pairs:
        return
    now = [pair for pair in pairs if draft.renamed.get(pair[0]) == pair[1]]
    select(
        st.multiselect, _("Is one column under two names? Join them"), pairs[:100], now,
        lambda pair: _("{old} is now {new}").format(old=pair[0], new=pair[1]), "renamed",
        lambda chosen: {"renamed": {str(old): str(new) for old, new in chosen}}, draft,
    )  # fmt: skip


def leaks(draft: Draft, parts: Schema, found: list[Leak]) -> None:
    """Name the columns that give the target away, each with a button that leaves it out."""
    if not found:
        st.caption(_("No column was found that gives the target away."))
        return
    st.markdown("**" + _("Columns that a model should perhaps not see") + "**")
    for number, leak in enumerate(found):
        sentence, button = st.columns([4, 1], vertical_alignment="center")
        sentence.warning(chart.plain(leak.sentence))
        names = ", ".join(name[:LONGEST_SHOWN] for name in leak.columns)
        button.button(
            _("Leave out {column}").format(column=chart.plain(names)),
            key=f"leak-{draft.token}-{number}", on_click=_leave_out, args=(draft, parts, leak.columns), width="stretch",
        )  # fmt: skip


def _leave_out(draft: Draft, parts: Schema, columns: tuple[str, ...]) -> None:
    st.session_state.pop("_roles", None)
    roles = {column.name: column.role for column in parts.columns} | dict.fromkeys(columns, "ignore")
    data_draft.settle(draft.token, roles=roles)


def recover(draft: Draft, found: Delivery, problem: AlmaError) -> None:
    """Say why the roles do not fit together, and offer the ways out of it."""
    st.error(chart.plain(str(problem)))
    st.session_state.pop("_roles", None)
    names = [str(name) for name in found.renamed(draft.renamed).cells]
    target, undo = st.columns([3, 2], vertical_alignment="bottom")
    select(
        target.selectbox, _("What is to be predicted?"), ["", *names], "", lambda name: name or _("choose a column"),
        "again", lambda name: {**data_draft.GUESSED, "roles": {name: "target"} if name else {}}, draft,
    )  # fmt: skip
    if data_draft.has_before(draft.token):
        undo.button(
            _("Undo the last choice"),
            icon=":material/undo:",
            on_click=data_draft.undo,
            args=(draft.token,),
            key="_undo",
        )
