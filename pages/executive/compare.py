"""How do the policies differ over time, early and late?"""

import streamlit as st

from alma_core import language
from alma_core.decide import findings, kpis, panel, tables
from alma_core.language import _
from alma_core.policies import catalogue
from alma_core.report import figures, offline, statements
from pages.parts import address, chart, view

MOST_SHOWN = 8

seen = view.current()
answer, unit = seen.answer, seen.run.unit
policies = answer.panel.policies
st.caption(offline.subject(seen.run, answer))


def over_time() -> list[int]:
    keys = policies["policy"].tolist()
    default = _first_shown(keys)
    address.seed("show", default, address.listed, keys)
    names = {key: seen.name(number) for number, key in enumerate(keys)}
    st.multiselect(
        _("Policies shown"), keys, key="show", format_func=names.__getitem__, max_selections=MOST_SHOWN,
        persist_state="session", placeholder=_("choose up to {most}").format(most=MOST_SHOWN),
    )  # fmt: skip
    address.publish("show", default)
    shown = [keys.index(key) for key in st.session_state["show"]]
    if not shown:
        st.info(_("Choose at least one policy above."))
        return []
    rows = tables.curves(answer, shown)
    drawn = figures.error_over_time(rows, seen.styles, catalogue.time_axis(unit), seen.currency, view.theme())
    best = seen.name(min(shown, key=lambda n: float(answer.kpis["mean_error"][n].mean())))
    chart.draw("over-time", _("Error over time, and what it has cost so far"), drawn, seen.named(rows),
               _("Of those shown, “{policy}” errs least on average.").format(policy=best))  # fmt: skip
    return shown


def _first_shown(keys: list[str]) -> list[str]:
    numbers = [answer.recommended, answer.baseline, *map(int, answer.order[1:3])]
    return list(dict.fromkeys(keys[n] for n in numbers))


def by_wait_and_size() -> tuple[str, str, float]:
    figure, way = st.columns([1, 2])
    with figure:
        kpi = _choice("kpi", _("Figure"), {name: _(what) for name, what in kpis.KPIS.items()})
    learning = policies[panel.learns(policies)]
    ways = {
        f"{start}-{replay:g}": _(", ").join(catalogue.way(start, replay, 0, unit))
        for start, replay in dict.fromkeys(zip(learning["start"], learning["replay"], strict=True))
    }
    with way:
        start, replay = _choice("way", _("How an update trains"), ways).split("-")
    rows = tables.heat(answer, kpi, start, float(replay))
    waits = {wait: statements.span(answer, int(wait), unit) for wait in rows["waiting_time"]}
    drawn = figures.heat_map(rows, waits, kpi != "cost", seen.currency, view.theme())
    least = min(rows.to_dict("records"), key=lambda row: float(row["value"]))
    said = _("Lowest at a wait of {wait} and size {size}.").format(
        wait=waits[least["waiting_time"]], size=least["capacity"]
    )
    chart.draw("heat", _("Waiting time and model size: {figure}").format(figure=_(kpis.KPIS[kpi])), drawn, rows, said)
    st.caption(said)
    return kpi, start, float(replay)


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


def take_along(shown: list[int], kpi: str, start: str, replay: float) -> None:
    run, spoken = seen.run, language.current()
    chart.offline(
        lambda: offline.comparison_page(run, answer, shown, kpi, start, replay, spoken),
        f"alma-compare-{run.id}.html",
    )


shown = over_time()
way = by_wait_and_size()
what_the_run_shows()
st.caption(chart.plain(language.joined(statements.coverage(answer), offline.provenance(seen.run))))
take_along(shown, *way)
