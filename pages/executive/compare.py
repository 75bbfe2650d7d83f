"""How do the policies differ over time, early and late?"""

from functools import partial

import streamlit as st

from alma_core import language
from alma_core.decide import findings, tables
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import comparing, figures, offline, statements
from alma_core.report import findings as said
from pages.parts import address, chart, compare_views, look, view

MOST_SHOWN = 8
FIRST_SHOWN = 4

seen = view.current()
answer, unit = seen.answer, seen.run.unit
keys = answer.panel.policies["policy"].tolist()
names = [style.name for style in seen.styles.values()]


def say() -> None:
    st.caption(chart.plain(offline.subject(seen.run, answer)))
    look.headline(chart.plain(comparing.headline(answer, unit)))
    st.table(chart.plain_rows(comparing.standings(answer, unit)), border="horizontal", hide_index=True)


def choose() -> list[int]:
    default = _first_shown()
    _keep_those_compared(default)
    address.seed("show", default, address.listed, keys)
    labels = dict(zip(keys, names, strict=True))
    st.multiselect(
        _("Policies shown"), keys, key="show", format_func=labels.__getitem__, max_selections=MOST_SHOWN,
        select_all=False, persist_state="session", placeholder=_("choose up to {most}").format(most=MOST_SHOWN),
    )  # fmt: skip
    address.publish("show", default)
    return [keys.index(key) for key in st.session_state["show"]]


def _keep_those_compared(default: list[str]) -> None:
    """Take out of the choice what the sidebar has left out since, not all of it."""
    if chosen := st.session_state.get("show"):
        st.session_state["show"] = [key for key in chosen if key in keys] or default


def _first_shown() -> list[str]:
    best = (answer.recommended, answer.baseline, answer.disagreement.early, answer.disagreement.late)
    return list(dict.fromkeys(keys[int(number)] for number in (*best, *answer.order)))[:FIRST_SHOWN]


def over_time(shown: list[int]) -> None:
    rows = tables.curves(answer, shown)
    axis = wording.time_axis(unit)
    drawn = figures.error_over_time(rows, seen.styles, answer.measure, axis, seen.currency, view.theme())
    best = names[min(shown, key=lambda n: float(answer.kpis["mean_error"][n].mean()))]
    finding = answer.measure.worded(
        _("Of those shown, “{policy}” errs least on average."),
        _("Of those shown, “{policy}” is off least on average."),
    )
    title = offline.over_time_title(answer)
    chart.draw("over-time", title, drawn, partial(seen.named, rows), finding.format(policy=best), seen.units)


def what_the_run_shows() -> None:
    st.markdown("### " + _("What this run shows"))
    icons = {_(findings.HOLDS): ":green[✓]", _(findings.FAILS): ":red[✗]", _(findings.UNCLEAR): ":orange[?]"}
    found = findings.findings(answer)
    for verdict, sentence in said.claims_of(answer, found):
        st.markdown(f"{icons[verdict]} **{verdict}** – {chart.plain(sentence)}")
    if untested := said.untested(found):
        st.caption(chart.plain(untested))


say()
shown = choose()
compared = compare_views.as_set(seen, shown or [answer.recommended])
if shown:
    over_time(shown)
    compare_views.draw(seen, compared)
else:
    st.info(_("Choose at least one policy above."))
what_the_run_shows()
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
compare_views.take_along(compared)
