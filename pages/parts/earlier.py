""" "Had we decided after 8 months": the advice from the first arrivals only, and what following it would have cost."""

import math

import streamlit as st

from alma_core import language
from alma_core.decide import backtest, pilot
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import provisos, statements, terms
from pages.parts import address, chart, view


def draw(seen: view.View) -> None:
    """Draw the choice of an arrival and, below it, what would have been advised then and how it would have gone."""
    answer, unit = seen.answer, seen.run.unit
    first = 2 if answer.measure.judged == "next" else 1
    last = answer.panel.horizon - 1
    if answer.question.factor != 1 or last < first:
        return
    address.seed("earlier", "seen" in st.query_params, "True".__eq__, (True, False))
    folded = st.expander(_("Had we decided earlier"), key="earlier", icon=":material/history:", on_change="rerun")
    address.publish("earlier", False)
    if not folded.open:  # it takes a forecast of every policy, which not every reader wants
        return
    with folded:
        default = max(first, round(0.4 * answer.panel.horizon))
        address.seed("seen", default, int, range(first, last + 1))
        words = {t: wording.arrivals(t, unit) for t in range(first, last + 1)}
        st.select_slider(
            _("Decided after"), list(words), key="seen", format_func=words.__getitem__, disabled=last == first
        )
        address.publish("seen", default)
        try:
            _tell(seen, int(st.session_state["seen"]))
        except QuestionError as error:
            st.info(chart.plain(str(error)))


def _tell(seen: view.View, t: int) -> None:
    answer, unit = seen.answer, seen.run.unit
    record = view.record(seen.run, answer.measure)
    advice = pilot.of_panel(answer.full, record, answer.question, t)
    st.markdown(f"**{chart.plain(statements.headline(advice, unit))}**")
    st.markdown(chart.plain(statements.worth(advice, unit)))
    score = backtest.scored(answer, advice.panel.policies["policy"][advice.adopted], advice.panel.sunk)
    more, kept = (
        terms.amount(answer, cost - score.least) if math.isnan(regret) else language.percent(regret)  # none of nothing
        for regret, cost in ((score.regret, score.cost), (score.today, score.kept))
    )
    said = _(
        "Following it, the rest would have cost {cost}, {regret} more than with “{best}”, the best in hindsight; "
        "keeping today's policy {today} more."
    ).format(
        cost=terms.amount(answer, score.cost),
        regret=more,
        best=seen.name(score.best),
        today=kept,
    )
    st.markdown(chart.plain(said))
    st.caption(chart.plain(provisos.foreseen(advice, unit)))
