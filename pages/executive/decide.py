"""What should we do, what is it worth, how sure are we, and when would the answer flip?"""

from collections.abc import Callable

import streamlit as st

from alma_core import language
from alma_core.decide import tables
from alma_core.language import _
from alma_core.policies import catalogue
from alma_core.report import figures, offline, statements, text
from pages.parts import chart, view

seen = view.current()
answer, unit = seen.answer, seen.run.unit


def say() -> None:
    st.caption(offline.subject(seen.run, answer))
    st.markdown(f"## {chart.plain(statements.headline(answer, unit))}")
    if not answer.question.prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    worth, *details, not_included = statements.all_but_headline(answer, unit)
    st.markdown(f"**{chart.plain(worth)}**")
    st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in details))
    st.caption(chart.plain(not_included))


def figures_row() -> None:
    """The recommended policy's figures, each against today's."""
    ranked = {row["number"]: row for row in tables.ranking(answer).to_dict("records")}
    best, today = ranked[answer.recommended], ranked[answer.baseline]
    cards: list[tuple[str, str, Callable[[float], str], str]] = [
        (_("Short-term error"), "short_term_error", language.percent, _("pt")),
        (_("Long-term error"), "long_term_error", language.percent, _("pt")),
        (_("Updates"), "updates", language.number, ""),
        (_("Device time"), "device_hours", language.duration, ""),
        (_("Total cost"), "cost", lambda value: statements.amount(answer, value), ""),
    ]
    for column, (label, name, write, points) in zip(st.columns(5), cards, strict=True):
        change = float(best[name] - today[name])
        size = f"{language.number(100 * abs(change), 1)} {points}" if points else write(abs(change))
        sign = "-" if change < 0 else "+"  # Streamlit reads the ASCII sign
        column.metric(
            label,
            write(float(best[name])),
            sign + size,
            delta_color="inverse" if change else "off",
            delta_arrow="auto" if change else "off",
            border=True,
        )
    st.caption(_("The recommended policy; beneath each figure, the change against today's policy."))


def charts() -> None:
    left, right = st.columns(2, gap="large")
    currency, theme = seen.currency, view.theme()
    with left:
        shown = answer.podium
        rows = tables.curves(answer, shown)
        drawn = figures.error_over_time(rows, seen.styles, catalogue.time_axis(unit), currency, theme)
        alt = statements.weak_point(answer, unit) or statements.worth(answer, unit)
        chart.draw("error", _("Error over time, and what it has cost so far"), drawn, seen.named(rows), alt)
    with right:
        rows = tables.early_and_late(answer)
        drawn = figures.early_against_late(rows, seen.styles, currency, theme)
        title = _("Early against late: lower left is better, larger is dearer")
        chart.draw("early-late", title, drawn, seen.named(rows), statements.headline(answer, unit))


def ranking() -> None:
    st.markdown("##### " + _("Ranking"))
    st.dataframe(text.ranking(answer, unit), hide_index=True, alt=_("All policies compared, the cheapest first"))
    spoken, run = language.current(), seen.run
    csv, page = st.columns(2)
    csv.download_button(
        _("Ranking as CSV"),
        chart.csv_of(seen.named(tables.ranking(answer))),
        "alma-ranking.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    with page:
        chart.offline(lambda: offline.decision_page(run, answer, spoken), f"alma-decide-{run.id}.html")


say()
figures_row()
charts()
ranking()
st.caption(chart.plain(language.joined(statements.coverage(answer), offline.provenance(seen.run))))
