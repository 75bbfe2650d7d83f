"""What does each policy cost, and which assumption matters most?"""

import streamlit as st

from alma_core import language
from alma_core.language import _
from alma_core.report import cost_charts, costing, offline, provisos, statements
from pages.parts import address, chart, cost_views, look, view

seen = view.current()
answer, unit = seen.answer, seen.run.unit
names = {number: style.name for number, style in seen.styles.items()}


def say() -> None:
    st.caption(chart.plain(offline.subject(seen.run, answer)))
    look.headline(chart.plain(statements.headline(answer, unit)))
    if not answer.question.prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    st.markdown(f"**{chart.plain(statements.worth(answer, unit))}**")
    sentences = [*costing.money_in_words(answer, unit), provisos.left_out(answer)]
    st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in sentences if sentence))


def causes() -> None:
    shown = cost_charts.causes(answer, seen.styles, unit, view.theme())
    if len(shown.rows):  # else nothing costs anything at these prices
        alt = statements.worth(answer, unit)
        chart.draw("causes", shown.title, shown.figure, seen.named(shown.rows), alt, seen.units)


def how_it_comes_about() -> None:
    st.markdown("### " + _("How this number comes about"))
    keys = [str(answer.panel.policies["policy"].iloc[int(number)]) for number in answer.order]
    address.seed("sum", keys[0], options=keys)
    labels = {key: names[int(number)] for key, number in zip(keys, answer.order, strict=True)}
    st.selectbox(_("Policy"), keys, key="sum", format_func=labels.__getitem__)
    address.publish("sum", keys[0])
    rows = costing.parts(answer, answer.panel.number(st.session_state["sum"]))
    st.table(rows.map(chart.plain), border="horizontal", hide_index=True)


with seen.words:  # above the prices, so that what they do is seen while they are changed
    say()
    causes()
how_it_comes_about()
cost_views.draw(seen)
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
