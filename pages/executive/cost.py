"""What does each policy cost, and which assumption matters most?"""

import math

import streamlit as st

from alma_core import language
from alma_core.decide import cost_tables, flips
from alma_core.decide.costs import CAUSES
from alma_core.decide.hindsight import hindsight
from alma_core.language import _
from alma_core.report import cost_figures, costing, offline, provisos, statements, terms
from alma_core.report import flips as said
from pages.parts import address, chart, price_fields, view

MOST_BARS = 8

seen = view.current()
answer, unit, currency = seen.answer, seen.run.unit, seen.currency
theme, names = view.theme(), {number: seen.name(number) for number in range(len(answer.panel.policies))}


def say() -> None:
    st.caption(chart.plain(offline.subject(seen.run, answer)))
    st.markdown(f"## {chart.plain(statements.headline(answer, unit))}")
    if not answer.question.prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    st.markdown(f"**{chart.plain(statements.worth(answer, unit))}**")
    sentences = [*costing.money_in_words(answer, unit), provisos.left_out(answer)]
    st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in sentences if sentence))


def causes() -> None:
    shown = list(dict.fromkeys([*answer.podium, *map(int, answer.order)]))[:MOST_BARS]
    rows = cost_tables.causes(answer, shown)
    if len(rows):  # else nothing costs anything at these prices
        drawn = cost_figures.by_cause(rows, names, {c: terms.cause(answer, c) for c in CAUSES}, currency, theme)
        alt = statements.worth(answer, unit)
        chart.draw("causes", _("What policies cost, by cause"), drawn, seen.named(rows), alt, seen.units)


def how_it_comes_about() -> None:
    st.markdown("### " + _("How this number comes about"))
    keys = [str(answer.panel.policies["policy"].iloc[int(number)]) for number in answer.order]
    address.seed("sum", keys[0], options=keys)
    labels = {key: names[int(number)] for key, number in zip(keys, answer.order, strict=True)}
    st.selectbox(_("Policy"), keys, key="sum", format_func=labels.__getitem__)
    address.publish("sum", keys[0])
    rows = costing.parts(answer, answer.panel.number(st.session_state["sum"]))
    st.table(rows.map(chart.plain), border="horizontal", hide_index=True)


def assumptions() -> None:
    rows = cost_tables.tornado(answer)
    if len(rows):
        named = rows.assign(assumption=[said.named(answer, name) for name in rows["name"]])
        saving = float(answer.savings.means[answer.recommended])  # as its ends are: nothing off for the pick
        drawn = cost_figures.tornado(named, saving, currency, theme)
        alt = _("Widest: {assumption}").format(assumption=said.named(answer, str(rows["name"].iloc[0])))
        chart.draw("tornado", _("Which assumption matters most"), drawn, named.drop(columns="name"), alt, seen.units)
    drawable = cost_tables.drawable(answer)
    words = {name: said.named(answer, name) for name in drawable}
    address.seed("over", drawable[0], options=drawable)
    rows = cost_tables.over_number(answer, st.session_state["over"])
    title, given = words[st.session_state["over"]], flips.value(answer, st.session_state["over"])
    drawn = cost_figures.break_even(rows, seen.styles, given, title, currency, theme)
    alt = language.joined(*said.sentences(answer, unit))
    chart.draw("break-even", _("Where the answer flips"), drawn, seen.named(rows), alt, seen.units)
    st.selectbox(_("Assumption"), drawable, key="over", format_func=words.__getitem__)
    address.publish("over", drawable[0])
    st.table(costing.break_evens(answer, unit).map(chart.plain), border="horizontal", hide_index=True)
    for other in seen.others:
        st.markdown(chart.plain(costing.turns_in_words(answer, other, unit)))


def where() -> None:
    rows = cost_tables.best_where(answer)
    spans = {int(horizon): terms.span(answer, int(horizon), unit) for horizon in rows["horizon"].unique()}
    title = answer.measure.worded(_("price of an error"), _("price of a unit of error"))
    dear = [costing.dearness(answer, times) for times in cost_tables.TIMES]
    drawn = cost_figures.best_where(rows, seen.styles, spans, dear, title, theme)
    wins = rows["number"].value_counts()
    alt = _("“{policy}” is cheapest most often.").format(policy=names[int(wins.index[0])])
    chart.draw("best-where", _("Best policy by horizon and price"), drawn, seen.named(rows), alt, seen.units)


def budget() -> None:
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
    drawn = cost_figures.frontier(rows, seen.styles, most, title, currency, theme)
    chart.draw("frontier", _("What spending buys"), drawn, seen.named(rows), had, seen.units)


def staged() -> None:
    plan = hindsight(view.record(seen.run, answer.measure), answer.question)
    st.markdown("### " + _("Staged plan"))
    st.markdown(chart.plain(costing.no_plan() if plan is None else costing.plan_in_words(answer, plan, unit)))
    if plan is not None:
        st.table(costing.staged(answer, plan, unit).map(chart.plain), border="horizontal", hide_index=True)


with seen.words:
    say()
causes()
how_it_comes_about()
assumptions()
where()
budget()
staged()
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
