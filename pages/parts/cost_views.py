"""The parts of Cost below the causes, of which one is drawn at a time: each is reckoned when it is looked at."""

import math

import streamlit as st

from alma_core import language
from alma_core.decide import cost_tables, flips
from alma_core.decide.hindsight import hindsight
from alma_core.language import _
from alma_core.report import cost_figures, costing, terms
from alma_core.report import flips as said
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


def _assumptions(seen: View) -> None:
    answer = seen.answer
    rows = cost_tables.tornado(answer)
    if not len(rows):
        st.info(_("No assumption moves the saving."))
        return
    named = rows.assign(assumption=[said.named(answer, name) for name in rows["name"]])
    saving = float(answer.savings.means[answer.recommended])  # as its ends are: nothing off for the pick
    drawn = cost_figures.tornado(named, saving, seen.currency, view.theme())
    alt = _("Widest: {assumption}").format(assumption=said.named(answer, str(rows["name"].iloc[0])))
    st.markdown(chart.plain(alt))
    chart.draw("tornado", _("Which assumption matters most"), drawn, named.drop(columns="name"), alt, seen.units)


def _flips(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    drawable = cost_tables.drawable(answer)
    words = {name: said.named(answer, name) for name in drawable}
    address.seed("over", drawable[0], options=drawable)
    st.selectbox(_("Assumption"), drawable, key="over", format_func=words.__getitem__)
    address.publish("over", drawable[0])
    over = st.session_state["over"]
    rows = cost_tables.over_number(answer, over)
    drawn = cost_figures.break_even(
        rows, seen.styles, flips.value(answer, over), words[over], seen.currency, view.theme()
    )
    alt = language.joined(*said.sentences(answer, unit))
    chart.draw("break-even", _("Where the answer flips"), drawn, seen.named(rows), alt, seen.units)
    st.table(costing.break_evens(answer, unit).map(chart.plain), border="horizontal", hide_index=True)
    for other in seen.others:
        st.markdown(chart.plain(costing.turns_in_words(answer, other, unit)))


def _where(seen: View) -> None:
    answer = seen.answer
    rows = cost_tables.best_where(answer)
    spans = {int(horizon): terms.span(answer, int(horizon), seen.run.unit) for horizon in rows["horizon"].unique()}
    title = answer.measure.worded(_("price of an error"), _("price of a unit of error"))
    dear = [costing.dearness(answer, times) for times in cost_tables.TIMES]
    drawn = cost_figures.best_where(rows, seen.styles, spans, dear, title, view.theme())
    alt = _("“{policy}” is cheapest most often.").format(policy=seen.name(int(rows["number"].value_counts().index[0])))
    st.markdown(chart.plain(alt))
    chart.draw("best-where", _("Best policy by horizon and price"), drawn, seen.named(rows), alt, seen.units)


def _budget(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    million = costing.a_million(answer)
    rows = cost_tables.frontier(answer)
    default = math.ceil(rows["spend"].max() / million * 10) * million / 10
    address.seed("budget", default, price_fields.amount)
    what = _("Budget for people, computing and labels")
    most = st.number_input(what, min_value=0.0, key="budget", step=million / 10, format="%.0f")
    address.publish("budget", default)
    had = costing.budget_in_words(answer, most, unit)
    st.markdown(f"**{chart.plain(had)}**")
    st.markdown("\n".join(f"- {chart.plain(text)}" for text in costing.next_in_words(answer, million, unit)))
    title = answer.measure.worded(_("cost of errors"), _("cost of prediction errors"))
    drawn = cost_figures.frontier(rows, seen.styles, most, title, seen.currency, view.theme())
    chart.draw("frontier", _("What spending buys"), drawn, seen.named(rows), had, seen.units)


def _staged(seen: View) -> None:
    answer, unit = seen.answer, seen.run.unit
    plan = hindsight(view.record(seen.run, answer.measure), answer.question)
    st.markdown(chart.plain(costing.no_plan() if plan is None else costing.plan_in_words(answer, plan, unit)))
    if plan is not None:
        st.table(costing.staged(answer, plan, unit).map(chart.plain), border="horizontal", hide_index=True)
