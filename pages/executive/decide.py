"""What should we do, what is it worth, how sure are we, and when would the answer flip?"""

from functools import partial

import streamlit as st

from alma_core import language
from alma_core.decide import tables
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import cards, figures, offline, reasons, statements, text, told
from pages.parts import address, chart, earlier, listing, look, view, welcome

CARD_WIDTH, CARD_HEIGHT = 160, 146  # pixels
MOST_LISTED = 100  # policies of the ranking; more are listed when asked for

seen = view.current()
answer, unit, ranked = seen.answer, seen.run.unit, tables.ranking(seen.answer)
said = told.told(answer, unit)


def say() -> None:
    st.caption(chart.plain(offline.subject(seen.run, answer)))
    look.headline(chart.plain(statements.headline(answer, unit)))
    st.markdown(f"**{chart.plain(said.worth)}**")
    st.markdown("\n".join(f"- {chart.labelled(sentence)}" for sentence in said.brief))
    st.caption(chart.plain(said.not_included))
    with st.container(horizontal=True, vertical_alignment="center"):
        if not answer.question.prices.confirmed:
            st.badge(_("example prices"), icon=":material/info:", color="orange")
        st.page_link("pages/executive/cost.py", label=_("Change assumptions"), icon=":material/payments:")
        st.page_link("pages/meeting/report.py", label=_("Take it to the meeting"), icon=":material/co_present:")


def why() -> None:
    st.markdown("### " + _("Why"))
    st.markdown("\n".join(f"1. {chart.plain(reason)}" for reason in reasons.reasons(answer, unit)))
    if said.details:
        with st.expander(_("More about this answer")):
            st.markdown("\n".join(f"- {chart.plain(sentence)}" for sentence in said.details))


def figures_row() -> None:
    """The recommended policy's figures, each against today's."""
    with st.container(horizontal=True, key="figures"):
        for card in cards.of(answer):
            st.metric(
                card.label,
                chart.plain(card.figure),
                chart.plain(card.change.replace("−", "-")),  # Streamlit reads the ASCII sign
                delta_color="inverse" if card.sign else "off",
                delta_arrow="auto" if card.sign else "off",
                delta_description=card.interval,
                help=card.explained or None,
                border=True,
                width=CARD_WIDTH,
                height=CARD_HEIGHT,  # so that nothing moves once it is there
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
        alt = statements.weak_point(answer, unit) or said.worth
        chart.draw("error", offline.over_time_title(answer), drawn, partial(seen.named, rows), alt, seen.units)
    with right:
        rows = tables.early_and_late(answer)
        drawn = figures.early_against_late(rows, seen.styles, answer.measure, currency, theme)
        title, alt = _("Early against late: lower left is better, larger is dearer"), statements.headline(answer, unit)
        chart.draw("early-late", title, drawn, partial(seen.named, rows), alt, seen.units)


def ranking() -> None:
    st.markdown("### " + _("Ranking"))
    most = MOST_LISTED
    if len(ranked) > MOST_LISTED:
        address.seed("listed", False, "True".__eq__, (True, False))
        st.toggle(_("List all {count} policies").format(count=language.number(len(ranked))), key="listed")
        address.publish("listed", False)
        most = len(ranked) if st.session_state["listed"] else MOST_LISTED
    listing.draw(text.ranking(answer, unit, most), _("All policies compared, the cheapest first"))
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


welcome.steps(seen.run)
say()
figures_row()
charts()
why()
ranking()
earlier.draw(seen)
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
