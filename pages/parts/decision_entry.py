"""What came of an adopted policy is entered: one period by hand, or a table of them."""

import math
from collections.abc import Callable
from functools import partial
from typing import Final

import streamlit as st

from alma_core import actual_table, adoption, language, rights
from alma_core.adoption import Actual, Adoption
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import kept_promise
from pages.parts import account, chart
from pages.parts.view import View

MOST_AHEAD: Final = 24
"""Periods after the last one entered among which one is chosen."""
_WRONG, _DONE, _NOTED = "_record_wrong", "_record_done", "_record_noted"


def draw(seen: View, newest: Adoption) -> None:
    """Draw the form for one period and the one for a table."""
    token = f"{seen.run.id}-{newest.made_on}-{len(newest.actuals)}"  # fields are empty again after each entry
    by_hand, by_file = st.columns(2)
    with by_hand, st.form("enter", border=True):
        st.markdown("**" + _("Enter one period") + "**")
        upcoming = adoption.next_period(newest)
        names = {n: kept_promise.period(newest, n) for n in range(1, upcoming + MOST_AHEAD)}
        st.selectbox(
            _("Period"), list(names), index=upcoming - 1, format_func=names.__getitem__, key=f"_period-{token}"
        )
        _error(seen, token)
        st.number_input(_("Labelled cases"), min_value=1, value=None, step=1, key=f"_cases-{token}")
        st.text_input(_("Note"), key=f"_entry_note-{token}", max_chars=adoption.LONGEST_NOTE)
        st.form_submit_button(
            _("Enter"), icon=":material/add:", on_click=attempt,
            args=(partial(_entered, seen, newest, token), _("Entered.")),
        )  # fmt: skip
    with by_file, st.form("table", border=True):
        st.markdown("**" + _("Or upload a table") + "**")
        st.file_uploader(
            _("CSV or Excel with the columns period (or date), error, cases"), key=f"_table-{token}",
            type=["csv", "tsv", "txt", "xlsx", "parquet"], max_upload_size=actual_table.LARGEST_BYTES // 1024**2,
        )  # fmt: skip
        if seen.answer.measure.is_share:
            words = {"": _("as found"), actual_table.PERCENT: _("percent"), actual_table.SHARE: _("shares 0 to 1")}
            st.radio(_("Errors are"), list(words), format_func=words.__getitem__, horizontal=True, key="_scale")
        st.form_submit_button(
            _("Enter the table"), icon=":material/upload_file:", on_click=attempt,
            args=(partial(_from_table, seen, newest, token), _("Entered.")),
        )  # fmt: skip


def _error(seen: View, token: str) -> None:
    """Ask for an error in the unit of the page: percent, or the target's."""
    measure = seen.answer.measure
    if measure.is_share:
        st.number_input(_("Error, %"), 0.0, 100.0, value=None, step=0.1, format="%.2f", key=f"_error-{token}")
        return
    label = chart.plain(measure.heading(_("Prediction error")))
    step = 10.0 ** math.floor(math.log10(measure.scale / 10))
    st.number_input(label, min_value=0.0, value=None, step=step, format=f"%.{measure.decimals}f", key=f"_error-{token}")


def _entered(seen: View, newest: Adoption, token: str) -> None:
    error, cases, note, number = (
        st.session_state[f"{name}-{token}"] for name in ("_error", "_cases", "_entry_note", "_period")
    )
    if error is None or cases is None:
        raise adoption.incomplete()
    share = error / 100 if seen.answer.measure.is_share else error
    actual = Actual(number, share, int(cases), " ".join(note.split()))
    rights.enter(account.who(), seen.run.path, newest, [actual])


def _from_table(seen: View, newest: Adoption, token: str) -> None:
    file = st.session_state[f"_table-{token}"]
    if file is None:
        raise adoption.incomplete()
    found = actual_table.read(file.getvalue(), file.name, newest, st.session_state.get("_scale") or None)
    rights.enter(account.who(), seen.run.path, newest, found.actuals)
    st.session_state[_NOTED] = list(found.notes)


def attempt(act: Callable[[], None], done: str) -> None:
    """Do something before the page is drawn anew, and keep what is to be said of it until then."""
    language.use(st.session_state["lang"])  # the page, which does so, has not begun
    try:
        act()
        st.session_state[_DONE] = done
    except AlmaError as error:
        st.session_state[_WRONG] = str(error)


def what_happened() -> None:
    """Say what came of the last attempt."""
    if wrong := st.session_state.pop(_WRONG, ""):
        st.error(chart.plain(wrong))
    if done := st.session_state.pop(_DONE, ""):
        st.toast(done, icon=":material/check:")
    if noted := st.session_state.pop(_NOTED, []):
        st.info("\n".join(f"- {chart.plain(sentence)}" for sentence in noted))
