"""The charts of Compare below the one over time, of which one is drawn at a time, and the choices that belong to it."""

from functools import partial

import streamlit as st

from alma_core import language
from alma_core.decide import by_size
from alma_core.language import _
from alma_core.report import comparing, comparison
from alma_core.report.comparison import CHARTS, DIFFERENCES, FRONT, MAP, OF_SIZES, PANELS, PLACES, Comparison
from pages.parts import address, chart, view
from pages.parts.view import View


def as_set(seen: View, shown: list[int]) -> Comparison:
    """Return what the page is set to, before its controls are drawn: those of charts out of sight count too."""
    answer, ways, usual = seen.answer, _ways(seen), by_size.usual(seen.answer)
    way = None if usual is None else ways[_seeded("way", list(ways), _code(usual))]
    kpi = _seeded("against", list(comparing.kpi_words(answer)))
    figure = _seeded("kpi", list(by_size.words(answer.measure)))
    _seeded("chart", list(CHARTS))
    return Comparison(seen.run, answer, shown, kpi, figure, way, view.theme())


def draw(seen: View, compared: Comparison) -> None:
    """Let the reader choose a chart, and draw it beneath what it finds."""
    words = {
        PLACES: _("Early against late"),
        DIFFERENCES: _("Against today's policy"),
        PANELS: _("By model size"),
        MAP: _("Waiting time and size"),
        FRONT: seen.answer.measure.worded(_("Error and cost"), _("Prediction error and cost")),
    }
    st.segmented_control(
        _("Look closer"), list(CHARTS), key="chart", format_func=words.__getitem__, required=True,
        persist_state="session",
    )  # fmt: skip
    address.publish("chart", CHARTS[0])
    name = str(st.session_state["chart"])
    if name in OF_SIZES and compared.way is None:
        st.info(comparing.no_sizes())
        return
    _controls(seen, name)
    drawn = compared.chart(name)
    said = language.joined(*drawn.said)
    if not len(drawn.rows):
        st.info(chart.plain(said))
        return
    st.markdown(chart.plain(said))
    chart.draw(name, drawn.title, drawn.figure, partial(seen.named, drawn.rows), said, seen.units)
    if name in OF_SIZES and (covers := comparing.heat_covers(seen.answer)):
        st.caption(chart.plain(covers))


def take_along(compared: Comparison) -> None:
    """Offer the page with all its charts as one file."""
    spoken = language.current()
    chart.offline(lambda: comparison.comparison_page(compared, spoken), f"alma-compare-{compared.run.id}.html")


def _controls(seen: View, name: str) -> None:
    """Draw what can be chosen of one chart."""
    answer = seen.answer
    if name == DIFFERENCES:
        _control("against", _("Figure"), comparing.kpi_words(answer))
    if name in OF_SIZES:
        figure, training = st.columns([1, 2]) if name == MAP else (None, st.container())
        if figure is not None:
            with figure:
                _control("kpi", _("Figure"), {code: _(what) for code, what in by_size.words(answer.measure).items()})
        with training:
            usual = by_size.usual(answer)
            words = {code: comparing.way_named(way, seen.run.unit) for code, way in _ways(seen).items()}
            _control("way", _("How an update trains"), words, None if usual is None else _code(usual))


def _control(name: str, label: str, words: dict[str, str], default: str | None = None) -> None:
    st.selectbox(label, list(words), key=name, format_func=words.__getitem__, persist_state="session")
    address.publish(name, default or next(iter(words)))


def _seeded(name: str, codes: list[str], default: str | None = None) -> str:
    address.seed(name, default or codes[0], options=codes)
    return str(st.session_state[name])


def _ways(seen: View) -> dict[str, by_size.Way]:
    """Return the ways of training by what the address calls them."""
    return {_code(way): way for way in by_size.ways(seen.answer)}


def _code(way: by_size.Way) -> str:
    return f"{way.start}-w{way.window}" if way.window else f"{way.start}-{way.replay:g}"
