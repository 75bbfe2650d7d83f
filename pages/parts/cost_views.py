"""The parts of Cost below the causes, of which one is drawn at a time: each is reckoned when it is looked at."""

import math

import streamlit as st

from alma_core import language
from alma_core.decide import cost_tables
from alma_core.decide.hindsight import hindsight
from alma_core.language import _
from alma_core.report import cost_charts, costing
from alma_core.report import flips as said
from alma_core.report.comparison import Chart
from pages.parts import address, chart, price_fields, view
from pages.parts.view import View

ASSUMPTIONS, FLIPS, WHERE, BUDGET, PLAN = LOOKS = ("assumptions", "flips", "where", "budget", "plan")
"""What `look` says in the address."""


def draw(seen: View) -> None:
    """Let the reader choose what to look at, and draw it."""
    words = {
        ASSUMPTIONS: _("Which assumption matters most"),
        FLIPS: _("Where the answer flips"),
        WHERE: _("By horizon and price"),
        BUDGET: _("What spending buys"),
        PLAN: _("Staged plan"),
    }
    address.seed("look", ASSUMPTIONS, options=LOOKS)
    st.segmented_control(_("Look closer"), list(LOOKS), key="look", format_func=words.__getitem__, required=True)
    address.publish("look", ASSUMPTIONS)
    parts = {ASSUMPTIONS: _assumptions, FLIPS: _flips, WHERE: _where, BUDGET: _budget, PLAN: _staged}
    parts[st.session_state["look"]](seen)


def _draw(seen: View, key: str, shown: Chart, alt: str) -> None:
    """Draw one chart; policies of its rows by name."""
    chart.draw(key, shown.title, shown.figure, seen.named(shown.rows), alt, seen.units)


def _assumptions(seen: View) -> None:
    shown = cost_charts.tornado(seen.answer, view.theme())
    if not len(shown.rows):
        st.info(_("No assumption moves the saving."))
        return
    st.markdown(chart.plain(shown.said[0]))
    _draw(seen, "tornado", shown, shown.said[0])


def _flips(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    drawable = cost_tables.drawable(answer)
    words = {name: said.named(answer, name) for name in drawable}
    address.seed("over", drawable[0], options=drawable)
    st.selectbox(_("Assumption"), drawable, key="over", format_func=words.__getitem__)
    address.publish("over", drawable[0])
    shown = cost_charts.break_even(answer, seen.styles, unit, st.session_state["over"], view.theme())
    _draw(seen, "break-even", shown, language.joined(*said.sentences(answer, unit)))
    st.table(costing.break_evens(answer, unit).map(chart.plain), border="horizontal", hide_index=True)
    for other in seen.others:
        st.markdown(chart.plain(costing.turns_in_words(answer, other, unit)))


def _where(seen: View) -> None:
    shown = cost_charts.where(seen.answer, seen.styles, seen.run.unit, view.theme())
    st.markdown(chart.plain(shown.said[0]))
    _draw(seen, "best-where", shown, shown.said[0])


def _budget(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    million = costing.a_million(answer)
    default = math.ceil(cost_tables.frontier(answer)["spend"].max() / million * 10) * million / 10
    address.seed("budget", default, price_fields.amount)
    what = _("Budget for people, computing and labels")
    most = st.number_input(what, min_value=0.0, key="budget", step=million / 10, format="%.0f")
    address.publish("budget", default)
    had = costing.budget_in_words(answer, most, unit)
    shown = cost_charts.spending(answer, seen.styles, unit, most, view.theme())
    st.markdown(f"**{chart.plain(had)}**")
    st.markdown("\n".join(f"- {chart.plain(text)}" for text in shown.said))
    _draw(seen, "frontier", shown, had)


def _staged(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    plan = hindsight(view.record(seen.run, answer.measure), answer.question)
    st.markdown(chart.plain(costing.no_plan() if plan is None else costing.plan_in_words(answer, plan, unit)))
    if plan is not None:
        st.table(costing.staged(answer, plan, unit).map(chart.plain), border="horizontal", hide_index=True)
