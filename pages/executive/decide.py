"""What should we do, what is it worth, how sure are we, and when would the answer flip?"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from alma_core import language
from alma_core.decide import kpis, tables
from alma_core.language import _
from alma_core.methods import TRIGGERED
from alma_core.policies import wording
from alma_core.report import figures, offline, reasons, statements, terms, text
from pages.parts import chart, earlier, view

MILLISECOND = 1e-3 / 3600  # hours
MOST_AT_ONCE = 12  # rows of the ranking; more are scrolled
# Names go on in further lines, figures never part from their units, intervals part between their ends.
NAMES_WRAP = """<style>
[data-testid=stTable] td:first-child { min-width: 13rem; }
[data-testid=stTable] td:not(:first-child) * { white-space: nowrap; }
[data-testid=stTable] td:nth-child(3) * { white-space: normal; }
[data-testid=stTable] :is(th, td:nth-child(3)) * { word-break: keep-all; }
</style>"""

seen = view.current()
answer, unit, ranked = seen.answer, seen.run.unit, tables.ranking(seen.answer)


def say() -> None:
    st.caption(chart.plain(offline.subject(seen.run, answer)))
    st.markdown(f"## {chart.plain(statements.headline(answer, unit))}")
    if not answer.question.prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    worth, *details, not_included = statements.all_but_headline(answer, unit)
    st.markdown(f"**{chart.plain(worth)}**")
    st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in details))
    st.caption(chart.plain(not_included))
    st.page_link("pages/executive/cost.py", label=_("Change assumptions"), icon=":material/payments:")
    st.markdown("##### " + _("Why"))
    st.markdown("\n".join(f"1. {chart.plain(reason)}" for reason in reasons.reasons(answer, unit)))


def figures_row() -> None:
    """The recommended policy's figures, each against today's."""
    order = answer.order.tolist()
    best, today = (ranked.iloc[order.index(number)] for number in (answer.recommended, answer.baseline))
    measure, money = answer.measure, partial(terms.amount, answer)
    said = {name: _(what) for name, what in kpis.words(measure).items()}
    by_rule = answer.panel.policies["schedule"].iloc[answer.recommended] in TRIGGERED
    counted = _("The mean over repeats: when the rule calls for an update depends on the data.") if by_rule else ""
    cards: list[tuple[str, str, Callable[[float], str], Callable[[float], str], str]] = [
        (said["short_term_error"], "short_term_error", measure.text, measure.size, ""),
        (said["long_term_error"], "long_term_error", measure.text, measure.size, ""),
        (_("Updates"), "updates", terms.count, terms.count, counted),
        (_("Device time"), "device_hours", language.duration, language.duration, statements.device_time(answer)),
        (said["cost"], "cost", money, money, ""),
    ]
    for column, (label, name, write, size, explained) in zip(st.columns(5), cards, strict=True):
        change = float(best[name] - today[name])
        if name == "device_hours" and abs(change) < MILLISECOND:
            change = 0.0  # written as "under 1 ms", which bears no sign
        sign = "-" if change < 0 else "+"  # Streamlit reads the ASCII sign
        column.metric(
            label,
            chart.plain(write(float(best[name]))),
            sign + chart.plain(size(abs(change))),
            delta_color="inverse" if change else "off",
            delta_arrow="auto" if change else "off",
            border=True,
            help=explained or None,
        )
    looks = _("The policy that looks cheapest; beneath each figure, the change against today's policy.")
    said_of_it = _("The recommended policy; beneath each figure, the change against today's policy.")
    st.caption(said_of_it if answer.adopted == answer.recommended else looks)


def charts() -> None:
    left, right = st.columns(2, gap="large")
    currency, theme = seen.currency, view.theme()
    with left:
        shown = answer.podium
        rows = tables.curves(answer, shown)
        axis = wording.time_axis(unit)
        drawn = figures.error_over_time(rows, seen.styles, answer.measure, axis, currency, theme)
        alt = statements.weak_point(answer, unit) or statements.worth(answer, unit)
        chart.draw("error", offline.over_time_title(answer), drawn, partial(seen.named, rows), alt, seen.units)
    with right:
        rows = tables.early_and_late(answer)
        drawn = figures.early_against_late(rows, seen.styles, answer.measure, currency, theme)
        title, alt = _("Early against late: lower left is better, larger is dearer"), statements.headline(answer, unit)
        chart.draw("early-late", title, drawn, partial(seen.named, rows), alt, seen.units)


def ranking() -> None:
    st.markdown("##### " + _("Ranking"))
    rows = chart.plain_rows(text.ranking(answer, unit))
    alt = _("All policies compared, the cheapest first")
    st.html(NAMES_WRAP)
    st.table(rows, border="horizontal", height=480 if len(rows) > MOST_AT_ONCE else "content", hide_index=True, alt=alt)
    spoken, run = language.current(), seen.run
    csv, page = st.columns(2)
    csv.download_button(
        _("Ranking as CSV"),
        partial(chart.csv_of, partial(seen.named, ranked)),
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
earlier.draw(seen)
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
