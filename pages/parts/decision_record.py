"""What was decided on a run and what came of it: a policy is adopted, later errors are entered, a chart holds both."""

import datetime
from functools import partial
from pathlib import Path

import streamlit as st

from alma_core import about, adoption, rights
from alma_core.adoption import Adoption
from alma_core.decide.expected import BETTER, REVIEW
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import kept_promise, promise_figures
from pages.parts import account, chart, decision_entry, listing
from pages.parts.view import View, theme


def draw(seen: View) -> None:
    """Draw the section: what is in force, how it does, and what can be written down."""
    st.markdown("## " + _("Has it kept its promise?"), help=kept_promise.rule())
    folder = seen.run.path
    try:
        adoptions = rights.decided(account.who(), folder)
    except AlmaError as error:
        st.error(chart.plain(str(error)))
        return
    may_write = about.may_decide(account.who(), folder)
    newest = adoption.in_force(adoptions)
    if newest is None:
        st.markdown(
            _(
                "Write down what is adopted: the policy, the day, who approved it. The error that it promises is kept "
                "with it, and later errors are held against that."
            )
        )
    else:
        _in_force(seen, newest)
    decision_entry.what_happened()
    if not may_write:
        st.caption(_("Only whoever this run belongs to can write here."))
    elif newest is None:
        _adopt(seen, expanded=True)
    else:
        decision_entry.draw(seen, newest)
        _take_back(folder, adoptions)
        _adopt(seen, expanded=False)
    if adoptions:
        _history(seen, adoptions)


def _in_force(seen: View, newest: Adoption) -> None:
    measure = seen.answer.measure
    said = chart.plain(kept_promise.headline(newest, measure))
    overall = newest.judgement.overall
    if newest.actuals:
        box = {REVIEW: st.warning, BETTER: st.success}.get(overall, st.info)
        box(f"**{said}**", icon=_icon(overall))
    else:
        st.markdown(f"**{said}**")
    st.markdown(chart.plain(kept_promise.in_force(seen.run, newest)))
    if newest.note:
        st.caption(chart.plain(newest.note))
    if not kept_promise.sheet(newest).prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    if to_do := kept_promise.to_do(seen.run, newest):
        st.markdown(chart.labelled(to_do))
    chart.draw(
        "promise", promise_figures.title(measure), promise_figures.figure(newest, measure, theme()),
        partial(seen.named, kept_promise.rows(newest)), promise_figures.alt(newest, measure), seen.units,
    )  # fmt: skip
    st.caption(chart.plain(kept_promise.covers(newest, measure)))


def _icon(overall: str) -> str:
    icons = {REVIEW: ":material/report:", BETTER: ":material/trending_down:"}
    return icons.get(overall, ":material/check_circle:")


def _adopt(seen: View, expanded: bool) -> None:
    """Ask what is adopted; the policy is preset to the one that the answer says to follow."""
    answer = seen.answer
    title = _("Adopt a policy") if expanded else _("Adopt anew, this or another policy")
    with st.expander(title, expanded=expanded, icon=":material/gavel:"), st.form("adopt", border=False):
        policies = answer.panel.policies["policy"]
        names = {str(policies[number]): seen.name(number) for number in answer.order.tolist()}
        preset = str(policies[answer.adopted])
        key = f"_adopt_policy-{seen.run.id}-{preset}"  # another answer presets anew
        if st.session_state.get(key, preset) not in names:
            st.session_state.pop(key)
        st.selectbox(_("Policy"), list(names), index=list(names).index(preset), format_func=names.__getitem__, key=key)
        day, who = st.columns(2)
        day.date_input(
            _("In force from"), datetime.date.today(), key="_adopt_on", format="YYYY/MM/DD",
            min_value=datetime.date(adoption.FIRST_YEAR, 1, 1), max_value=datetime.date(adoption.LAST_YEAR, 12, 31),
        )  # fmt: skip
        who.text_input(_("Approved by"), key="_adopt_by", max_chars=adoption.LONGEST_NAME)
        st.text_input(_("Note"), key="_adopt_note", max_chars=adoption.LONGEST_NOTE)
        begins = {adoption.ANEW: _("from its first arrival on"), adoption.ONWARD: _("after the data of this run")}
        st.radio(
            _("The schedule goes on"), list(begins), format_func=begins.__getitem__, horizontal=True,
            index=list(begins).index(adoption.usual(answer)), key=f"_adopt_begins-{seen.run.id}",
        )  # fmt: skip
        st.form_submit_button(
            _("Adopt"), type="primary" if expanded else "secondary", icon=":material/gavel:",
            on_click=decision_entry.attempt, args=(partial(_adopted, seen, key), _("Adopted.")),
        )  # fmt: skip


def _adopted(seen: View, key: str) -> None:
    state = st.session_state
    if state["_adopt_on"] is None:  # the field was emptied
        raise adoption.undated()
    new = adoption.adopted(
        seen.answer, seen.chosen, seen.run.unit, seen.answer.panel.number(state[key]), state["_adopt_on"],
        datetime.datetime.now(datetime.UTC), state["_adopt_by"], state["_adopt_note"],
        state[f"_adopt_begins-{seen.run.id}"],
    )  # fmt: skip
    rights.adopt(account.who(), seen.run.path, new)


def _take_back(folder: Path, adoptions: list[Adoption]) -> None:
    label = _("Take back the last entry") if adoptions[-1].actuals else _("Take back the adoption")
    st.button(
        label, icon=":material/undo:", key="_take_back", on_click=decision_entry.attempt,
        args=(lambda: rights.take_back(account.who(), folder, adoptions), _("Taken back.")),
    )  # fmt: skip


def _history(seen: View, adoptions: list[Adoption]) -> None:
    with st.expander(_("All that was decided and entered"), icon=":material/history:"):
        rows = kept_promise.history(seen.run, adoptions, seen.answer.measure)
        listing.draw(rows, _("All that was decided and entered"))
        st.download_button(
            _("Record as CSV"), partial(chart.csv_of, rows), f"alma-decision-{seen.run.id}.csv", "text/csv",
            on_click="ignore", type="tertiary", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            _("Prices in force as a file"), adoptions[-1].prices.encode(), "alma-prices.toml", "application/toml",
            on_click="ignore", type="tertiary", icon=":material/download:",
        )  # fmt: skip
