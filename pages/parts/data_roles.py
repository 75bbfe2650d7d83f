"""Second step: the part that each column plays, and what gives the target away."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from alma_core import language
from alma_core.language import _, n_
from alma_core.streams.columns import KIND_NAMES, ROLE_NAMES
from alma_core.streams.deliveries import Delivery
from alma_core.streams.schema import Schema
from pages.parts import chart, data_draft
from pages.parts.data_draft import Draft
from pages.parts.data_files import select

EXAMPLES: Final = 4
LONGEST_EXAMPLE: Final = 24
ROW_PIXELS: Final = 33
MOST_ROWS: Final = 20
"""Columns shown at once; the others are found by scrolling."""


def choose(draft: Draft, delivery: Delivery, parts: Schema, kinds: Mapping[str, str]) -> None:
    """Draw the target, the task, and the role and kind of every column; `kinds` as they are without a role."""
    names = [column.name for column in parts.columns if column.kind != "date"]
    left, right = st.columns([3, 2])
    select(
        left.selectbox, _("What is to be predicted?"), names, parts.target, str, "target",
        lambda name: as_target(parts, name), draft, _("The column with the answer: a verdict, a class, an amount."),
    )  # fmt: skip
    words = {
        "classification": _("a class (yes or no, OK or NG, A, B, C)"),
        "regression": _("a number (pieces, yen, hours)"),
    }
    is_number = {**kinds, **draft.kinds}[parts.target] in ("number", "boolean")
    select(
        right.selectbox, _("It is"), [task for task in words if is_number or task == "classification"], parts.task,
        words.__getitem__, "task",
        lambda task: {"task": task}, draft,
    )  # fmt: skip
    st.markdown(chart.plain(_in_words(parts)))
    _table(draft, delivery, parts)
    _further(draft, parts)


def as_target(parts: Schema, name: str) -> dict[str, Any]:
    """Return the roles with another target; the former one becomes another label, which no model sees."""
    st.session_state.pop("_roles", None)
    roles = {c.name: "label" if c.role == "target" else c.role for c in parts.columns} | {name: "target"}
    return {"roles": roles, "task": None, "combine": "one"}


def _in_words(parts: Schema) -> str:
    used = n_(
        "{count} column is given to the model; other labels, and columns left out, are not.",
        "{count} columns are given to the model; other labels, and columns left out, are not.",
        len(parts.features),
    )
    if parts.task == "regression":
        return language.joined(_("{target} is predicted as a number.").format(target=parts.target), used)
    said = _("{target} is predicted as one of {count} classes: {classes}.")
    classes = ", ".join(parts.classes[:8]) + (" …" if len(parts.classes) > 8 else "")
    return language.joined(said.format(target=parts.target, count=len(parts.classes), classes=classes), used)


def _table(draft: Draft, delivery: Delivery, parts: Schema) -> None:
    """Draw one row a column; what is changed in it is written to the draft."""
    version = f"{draft.of_files}{language.current()}{sorted(draft.renamed)}"
    held = st.session_state.get("_roles")
    if held is None or held["version"] != version:
        turn = held["turn"] + 1 if held else st.session_state.get("_roles_turn", 0) + 1
        held = {"version": version, "turn": turn, "rows": _rows(delivery, parts)}
        st.session_state["_roles"], st.session_state["_roles_turn"] = held, turn
    key, config = f"roles-{draft.token}-{held['turn']}", st.column_config
    words = {"role": ROLE_NAMES, "kind": KIND_NAMES}
    selects = {
        name: config.SelectboxColumn(title, options=list(options), format_func=partial(_word, options), required=True)
        for (name, options), title in zip(words.items(), (_("role"), _("kind of values")), strict=True)
    }
    st.data_editor(
        held["rows"], hide_index=True, key=key, disabled=["name", "filled", "examples"],
        height=ROW_PIXELS * (min(len(held["rows"]), MOST_ROWS) + 1) + 2, on_change=_edited, args=(key, draft, parts),
        column_config={
            "name": config.TextColumn(_("column"), pinned=True), **selects,
            "filled": config.NumberColumn(_("filled"), format="percent", width="small"),
            "examples": config.TextColumn(_("first values"), width="large"),
        }, alt=_("Every column with its role"),
    )  # fmt: skip
    with st.expander(_("What the roles mean")):
        st.markdown("\n".join(f"- **{_(name)}** – {_(what)}" for name, what in _meanings().items()))


def _rows(delivery: Delivery, parts: Schema) -> pd.DataFrame:
    cells = {column.name: delivery.cells[column.name] for column in parts.columns}
    return pd.DataFrame(
        {
            "name": list(cells),
            "role": [column.role for column in parts.columns],
            "kind": [column.kind for column in parts.columns],
            "filled": [float(values.notna().mean()) for values in cells.values()],
            "examples": [_examples(values) for values in cells.values()],
        }
    )


def _examples(cells: "pd.Series[Any]") -> str:
    first = cells.dropna().head(1000).astype("str").drop_duplicates().head(EXAMPLES)
    return ", ".join(text[:LONGEST_EXAMPLE] for text in first) or "–"


def _edited(key: str, draft: Draft, parts: Schema) -> None:
    """Write the edited roles and kinds to the draft, over those that hold now."""
    roles = {column.name: column.role for column in parts.columns}
    kinds = dict(draft.kinds)
    names = st.session_state["_roles"]["rows"]["name"]
    for row, changed in st.session_state[key]["edited_rows"].items():
        name = str(names.iloc[int(row)])
        if changed.get("role") == "target" and roles[name] != "target":
            data_draft.settle(draft.token, **as_target(parts, name))
            return
        roles[name] = changed.get("role", roles[name])
        if "kind" in changed:
            kinds[name] = changed["kind"]
    data_draft.settle(draft.token, roles=roles, kinds=kinds)


def _meanings() -> Mapping[str, str]:
    return {
        ROLE_NAMES["target"]: _("what is to be predicted"),
        ROLE_NAMES["label"]: _(
            "another verdict on the same row; no model sees it, but it can stand in for a blank target"
        ),
        ROLE_NAMES["feature"]: _("known when the prediction is made, and given to the model"),
        ROLE_NAMES["time"]: _("when the row came about; rows are put in this order"),
        ROLE_NAMES["label_date"]: _(
            "when the target became known; a row is trained on from the first arrival after it"
        ),
        ROLE_NAMES["key"]: _("tells which rows are about one thing, for corrections"),
        ROLE_NAMES["quantity"]: _("how many predictions a row stands for"),
        ROLE_NAMES["personal"]: _("about people: dropped, or kept as a hash, when the data set is kept"),
        ROLE_NAMES["ignore"]: _("left out and not stored"),
    }


def _further(draft: Draft, parts: Schema) -> None:
    """Ask what matters only with some roles: other labels, a key, personal columns, columns under two names."""
    asked = {
        "combine": (parts.named("label"), _("The target is"), {
            "one": _("its own column alone"),
            "first_filled": _("its own column, or where that is blank the other labels"),
            **({"any": _("the class looked for as soon as any label says so")} if len(parts.classes) == 2 else {}),
        }),
        "corrections": (parts.named("key"), _("Rows with an equal key"), {
            "both": _("all count"), "latest": _("the latest replaces the earlier ones, from its arrival on"),
        }),
        "personal": (parts.named("personal"), _("Columns about people are"), {
            "drop": _("dropped when the data set is kept"),
            "hash": _("kept as a salted hash, which cannot be read back"),
        }),
    }  # fmt: skip
    there = {name: what for name, what in asked.items() if what[0]}
    for column, (name, (concerned, label, words)) in zip(st.columns(3), there.items(), strict=False):
        said = f"{label} ({', '.join(concerned[:4])})"
        now = asdict(parts)[name]
        select(
            column.radio, chart.plain(said), list(words), now, words.__getitem__, name, partial(_chosen, name), draft,
        )  # fmt: skip


def _word(words: Mapping[str, str], code: str) -> str:
    return _(words[code])


def _chosen(name: str, value: str) -> dict[str, str]:
    return {name: value}
