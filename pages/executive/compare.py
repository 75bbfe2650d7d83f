"""How do the policies differ over time, early and late?"""

import streamlit as st

from alma_core import language
from alma_core.decide import findings, kpis, tables
from alma_core.language import _
from alma_core.policies import wording
from alma_core.report import figures, offline, statements, terms
from pages.parts import address, chart, view

MOST_SHOWN = 8

seen = view.current()
answer, unit = seen.answer, seen.run.unit
policies = answer.panel.policies
st.caption(chart.plain(offline.subject(seen.run, answer)))


def over_time() -> list[int]:
    keys = policies["policy"].tolist()
    default = _first_shown(keys)
    _keep_those_compared(keys, default)
    address.seed("show", default, address.listed, keys)
    names = {key: seen.name(number) for number, key in enumerate(keys)}
    st.multiselect(
        _("Policies shown"), keys, key="show", format_func=names.__getitem__, max_selections=MOST_SHOWN,
        select_all=False, persist_state="session", placeholder=_("choose up to {most}").format(most=MOST_SHOWN),
    )  # fmt: skip
    address.publish("show", default)
    shown = [keys.index(key) for key in st.session_state["show"]]
    if not shown:
        st.info(_("Choose at least one policy above."))
        return []
    rows = tables.curves(answer, shown)
    axis = wording.time_axis(unit)
    drawn = figures.error_over_time(rows, seen.styles, answer.measure, axis, seen.currency, view.theme())
    best = seen.name(min(shown, key=lambda n: float(answer.kpis["mean_error"][n].mean())))
    said = answer.measure.worded(
        _("Of those shown, “{policy}” errs least on average."),
        _("Of those shown, “{policy}” is off least on average."),
    )
    chart.draw("over-time", offline.over_time_title(answer), drawn, seen.named(rows), said.format(policy=best))
    return shown


def _keep_those_compared(keys: list[str], default: list[str]) -> None:
    """Take out of the choice what the sidebar has left out since, not all of it."""
    if chosen := st.session_state.get("show"):
        st.session_state["show"] = [key for key in chosen if key in keys] or default


def _first_shown(keys: list[str]) -> list[str]:
    numbers = [answer.recommended, answer.baseline, *map(int, answer.order[1:3])]
    return list(dict.fromkeys(keys[n] for n in numbers))


def by_wait_and_size() -> tuple[str, tables.Way] | None:
    """Draw one figure of single networks by wait and size; return which and of which way, None without such."""
    ways = {_code(way): way for way in tables.ways(answer)}
    if not ways:
        return None
    figure, training = st.columns([1, 2])
    with figure:
        kpi = _choice("kpi", _("Figure"), {name: _(what) for name, what in kpis.words(answer.measure).items()})
    with training:
        words = {code: offline.way_named(way, unit) for code, way in ways.items()}
        way = ways[_choice("way", _("How an update trains"), words)]
    rows = tables.heat(answer, kpi, way)
    waits = {wait: terms.span(answer, int(wait), unit) for wait in rows["waiting_time"]}
    drawn = figures.heat_map(rows, waits, offline.writer(answer, kpi), view.theme())
    least = min(rows.to_dict("records"), key=lambda row: float(row["value"]))
    said = _("Lowest at a wait of {wait} and size {size}.").format(
        wait=waits[least["waiting_time"]], size=least["capacity"]
    )
    listed = rows if kpi == "cost" else tables.with_units(rows, answer.measure)
    chart.draw("heat", offline.heat_title(answer, kpi), drawn, listed, said)
    st.caption(language.joined(said, offline.heat_covers(answer)))
    return kpi, way


def _code(way: tables.Way) -> str:
    return f"{way.start}-w{way.window}" if way.window else f"{way.start}-{way.replay:g}"


def _choice(name: str, label: str, words: dict[str, str]) -> str:
    codes = list(words)
    address.seed(name, codes[0], options=codes)
    st.selectbox(label, codes, key=name, format_func=words.__getitem__, persist_state="session")
    address.publish(name, codes[0])
    return str(st.session_state[name])


def what_the_run_shows() -> None:
    st.markdown("##### " + _("What this run shows"))
    icons = {_(findings.HOLDS): ":green[✓]", _(findings.FAILS): ":red[✗]", _(findings.UNCLEAR): ":orange[?]"}
    for verdict, sentence in offline.claims_of(answer):
        st.markdown(f"{icons[verdict]} **{verdict}** – {chart.plain(sentence)}")
    if untested := offline.untested(answer):
        st.caption(chart.plain(untested))


def take_along(shown: list[int], heat: tuple[str, tables.Way] | None) -> None:
    run, spoken = seen.run, language.current()
    chart.offline(
        lambda: offline.comparison_page(run, answer, shown, heat, spoken),
        f"alma-compare-{run.id}.html",
    )


shown = over_time()
heat = by_wait_and_size()
what_the_run_shows()
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(seen.run))))
take_along(shown, heat)
