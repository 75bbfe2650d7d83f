"""First step: files are dropped, shown as they were read, and read in another way where that was wrong."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from alma_core.language import _, n_
from alma_core.streams.readings import Table
from pages.parts import chart, data_draft, data_drop
from pages.parts.data_draft import Draft
from pages.parts.data_steps import Read

CHOICES: Final = {
    "encoding": ("", "utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"),
    "delimiter": ("", ",", "\t", ";", "|"),
    "decimal": ("", ".", ","),
    "quote": ("", '"', "'"),
}
"""Ways to read a text file; empty: found from the file."""
NOTES_SHOWN: Final = 8
AS_FOUND: Final = -1
"""Stands for the line of a header that is found from the file."""


def show(draft: Draft, found: Read) -> None:
    """Show the files of a draft as they were read, and say of each that was not what is wrong with it."""
    for sentence in found.refused:
        st.error(chart.plain(sentence))
    if found.delivery is None:
        st.info(_("None of these files can be read so; drop others, or say below how they are to be read."))
        _say_how(draft, ())
        return
    delivery = found.delivery
    files, rows = len(delivery.files), len(delivery.cells)
    said = _("{files}, {rows}, {columns}.").format(
        files=n_("{count} file", "{count} files", files),
        rows=n_("{count:,} row", "{count:,} rows", rows),
        columns=n_("{count} column", "{count} columns", delivery.cells.shape[1]),
    )
    st.markdown(chart.plain(said))
    _first_rows(delivery.heads)
    notes(delivery.notes)
    _say_how(draft, delivery.heads)


def _first_rows(heads: Sequence[Table]) -> None:
    number = 0
    if len(heads) > 1:
        number = st.selectbox(
            _("First rows of"), range(len(heads)), format_func=lambda n: heads[n].name, key="_head",
        )  # fmt: skip
    head = heads[number if number is not None and number < len(heads) else 0]
    st.dataframe(head.frame, hide_index=True, alt=_("The first rows as read"))
    st.caption(chart.plain(_("{name}: {how}.").format(name=head.name, how=_how(head))))


def _how(head: Table) -> str:
    """Say how a file was read."""
    reading = head.reading
    said = [
        reading.encoding and _("encoding {name}").format(name=reading.encoding),
        reading.delimiter and _("delimiter {sign}").format(sign=_sign(reading.delimiter)),
        reading.decimal and _("decimal mark {sign}").format(sign=_sign(reading.decimal)),
        reading.sheet and _("sheet {name}").format(name=reading.sheet),
        reading.header and _("header in line {line}").format(line=reading.header),
        _("no header row") if reading.header == 0 else "",
    ]
    return ", ".join(part for part in said if part) or _("typed columns, nothing to find")


def _sign(sign: str) -> str:
    words = {"": _("as found"), "\t": _("tab"), ",": _("comma"), ".": _("point"), ";": _("semicolon"), "|": _("bar")}
    return words.get(sign, sign)


def notes(said: Sequence[str]) -> None:
    """Write what was noticed, the first few at once."""
    said = list(dict.fromkeys(said))
    if not said:
        return
    st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in said[:NOTES_SHOWN]))
    if said[NOTES_SHOWN:]:
        with st.expander(_("{count} more").format(count=len(said) - NOTES_SHOWN)):
            st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in said[NOTES_SHOWN:]))


def _say_how(draft: Draft, heads: Sequence[Table]) -> None:
    """Ask how the files are to be read, where what was found is wrong, and which of them are used."""
    with st.expander(_("Read wrongly, a file too many, or one missing?"), expanded=not heads):
        data_drop.drop(draft.token, _("More files"))
        numbers = range(len(draft.names))
        select(
            st.multiselect, _("Files used"), numbers, [n for n in numbers if n not in draft.left_out],
            lambda n: draft.names[n], "used", lambda used: {"left_out": [n for n in numbers if n not in used]}, draft,
        )  # fmt: skip
        columns = st.columns(len(CHOICES) + 1)
        words = {
            "encoding": _("Encoding"),
            "delimiter": _("Delimiter"),
            "decimal": _("Decimal mark"),
            "quote": _("Quotes"),
        }
        for column, (field, options) in zip(columns, CHOICES.items(), strict=False):
            select(
                column.selectbox, words[field], options, draft.reading.get(field, ""), _sign, field,
                partial(_changed, draft, field), draft,
            )  # fmt: skip
        lines = [AS_FOUND, *range(31)]
        select(
            columns[-1].selectbox, _("Header row"), lines, draft.reading.get("header", AS_FOUND), _line, "header",
            partial(_changed, draft, "header"), draft,
        )  # fmt: skip
        if any(head.reading.sheet for head in heads) or draft.reading.get("sheet"):
            bound = settled(
                "sheet", draft.reading.get("sheet") or "", lambda name: _changed(draft, "sheet", name.strip()), draft
            )
            st.text_input(_("Sheet of the workbooks (empty: as found)"), **bound)


def _line(line: int) -> str:
    return _("as found") if line == AS_FOUND else _("none") if line == 0 else _("line {line}").format(line=line)


def _changed(draft: Draft, field: str, chosen: Any) -> dict[str, Any]:
    reading = {**draft.reading, field: chosen}
    return {"reading": {name: value for name, value in reading.items() if value not in ("", AS_FOUND)}}


def select(
    draw: Callable[..., Any],
    label: str,
    options: Sequence[Any],
    current: Any,
    words: Callable[[Any], str],
    name: str,
    chosen: Callable[[Any], dict[str, Any]],
    draft: Draft,
    explanation: str | None = None,
) -> None:
    """Draw a choice that is kept with the draft on disk, from where it comes back after a refresh.

    Args:
        draw: a Streamlit element that takes options.
        label: what is asked.
        options: what there is to choose from.
        current: what is chosen now.
        words: what an option is called.
        name: tells the choice from others of the draft.
        chosen: from a new choice to the fields of the draft that follow from it.
        draft: the draft.
        explanation: a hint beside the label.
    """
    draw(label, options, format_func=words, help=explanation, **settled(name, current, chosen, draft))


def settled(name: str, current: Any, chosen: Callable[[Any], dict[str, Any]], draft: Draft) -> dict[str, Any]:
    """Return `key` and `on_change` of an element that is kept with the draft; arguments as `select`."""
    key = f"{name}-{draft.token}"
    st.session_state[key] = current

    def settle() -> None:
        data_draft.settle(draft.token, **chosen(st.session_state[key]))

    return {"key": key, "on_change": settle}
