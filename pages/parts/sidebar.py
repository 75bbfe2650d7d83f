"""The shared sidebar: which run, which question. Moving any of it trains nothing."""

import dataclasses
import math
from typing import Any

import streamlit as st

from alma_core import about, library, shipped
from alma_core.decide import coarsening, panel, select
from alma_core.decide import measure as measures
from alma_core.decide.kpis import default_span
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import AlmaError
from alma_core.language import _, mark
from alma_core.policies import wording
from pages.parts import address, chart, notices, price_sheet, view, welcome

OF_A_RUN = (
    *("horizon", "batch", "sizes", "first", "today", "short", "long", "off"),
    *("prices", "budget", "sum", "over", "seen", "listed"),
)
"""What a change of the run sets back, beside its prices."""


def draw(prices_apart: bool) -> None:
    """Draw the controls and keep the answer for the page; where there is none, say why and stop.

    Args:
        prices_apart: all prices are on the page itself, not a few of them in the sidebar.
    """
    runs = view.runs()
    if not runs:
        st.info(_("There is no simulation yet. Bring your data, or simulate policies on data that is there."))
        st.page_link("pages/analyst/data.py", label=_("Data"), icon=":material/upload_file:")
        st.page_link("pages/analyst/simulate.py", label=_("Simulate"), icon=":material/play_arrow:")
        st.stop()
    try:
        with st.sidebar:
            run = _run(runs)
            measure = measures.of_run(run)
            full = view.rows(run, measure, Prices())
            question = _question(full, measure, run.unit)
        welcome.band(run)
        words = st.container()  # what is said rests on the prices, which are asked for below it
        with _place(prices_apart):
            chosen, sheet, others = price_sheet.draw(run, measure, select.capacities(full.policies), prices_apart)
        question = dataclasses.replace(question, prices=sheet.prices, limits=sheet.limits)
        answer = view.answered(run, measure, question)
    except AlmaError as error:
        st.error(chart.plain(str(error)))
        st.stop()
    st.session_state["_view"] = view.View(run, answer, chosen, sheet, others, words)


def _place(prices_apart: bool) -> Any:
    """Return where prices are drawn: on the page itself, or folded in the sidebar."""
    if prices_apart:
        return st.expander(_("Price sheet"), expanded=True, icon=":material/payments:")
    return st.sidebar.expander(_("Prices"))


def _run(runs: dict[str, library.Run]) -> library.Run:
    default = shipped.FIRST if shipped.FIRST in runs else next(iter(runs))
    was = st.session_state.get("run", default)
    if was not in runs:
        notices.add(mark("The run {run} is no longer here; another one is shown."), run=was)
        address.forget(*OF_A_RUN, *price_sheet.KEYS)
    address.seed("run", default, options=list(runs))
    names = {name: about.called(run.path) for name, run in runs.items()}
    st.selectbox(
        _("Run"), list(runs), key="run", format_func=names.__getitem__, on_change=address.forget,
        args=(*OF_A_RUN, *price_sheet.KEYS),
    )  # fmt: skip
    address.publish("run", default)
    return runs[st.session_state["run"]]


def _question(full: panel.Panel, measure: Measure, unit: str) -> Question:
    horizon = _slider("horizon", _("Horizon"), full.horizon, full.horizon, unit, ("batch", "short", "long"))
    factors = coarsening.factors(full.policies, max(horizon // 2, 1))
    address.seed("batch", 1, int, factors)
    words = {f: wording.arrivals(f, unit) for f in factors}
    st.select_slider(
        _("Mega-batch size"), factors, key="batch", format_func=words.__getitem__,
        on_change=address.forget, args=("short", "long"), disabled=len(factors) < 2,
    )  # fmt: skip
    address.publish("batch", 1)
    factor = st.session_state["batch"]
    rows = horizon // factor
    span = default_span(rows)
    today = _today(full, panel.prefix(full, horizon), factor, unit)
    return Question(
        horizon=horizon,
        baseline=today,
        factor=factor,
        with_research=_with_research(full),
        capacities=_capacities(full),
        first_updates=_first_updates(full),
        incumbent_error=_incumbent_error(measure),
        short=_slider("short", _("Short-term: the first"), rows, span, unit, arrivals=factor),
        long=_slider("long", _("Long-term: the last"), rows, span, unit, arrivals=factor),
    )


def _slider(
    name: str, label: str, most: int, default: int, unit: str, resets: tuple[str, ...] = (), arrivals: int = 1
) -> int:
    """Draw a slider over 1..most rows, each of so many arrivals; moving it drops what depends on it."""
    address.seed(name, default, int, range(1, most + 1))
    words = {n: wording.arrivals(n * arrivals, unit) for n in range(1, most + 1)}  # in the language of this rerun
    st.select_slider(
        label, list(words), key=name, format_func=words.__getitem__, disabled=most < 2,
        on_change=address.forget, args=resets,
    )  # fmt: skip
    address.publish(name, default)
    return int(st.session_state[name])


def _with_research(full: panel.Panel) -> bool:
    """Choose whether research methods are compared too, where the run holds such."""
    if not select.research(full.policies).any():
        return True
    words = {"everyday": _("everyday"), "all": _("all, research too")}
    reason = _("Research methods are those that papers propose; today's policy stays whatever is chosen.")
    return _either("policies", _("Policies"), words, list(words), reason) == "all"


def _capacities(full: panel.Panel) -> tuple[str, ...] | None:
    """Choose the sizes of networks; None where the run holds no networks."""
    present = select.capacities(full.policies)
    if not present:
        return None
    address.seed("sizes", present, address.listed, present)
    words = {c: f"{c} {_(wording.CAPACITY_WORDS[c])}" for c in present}
    has_others = bool((panel.learns(full.policies) & ~panel.networks(full.policies)).any())
    reason = _("Boosted trees and linear models have no size; they stay whatever is chosen.")
    st.segmented_control(
        _("Model size"), present, key="sizes", selection_mode="multi",
        format_func=words.__getitem__, help=reason if has_others else None,
    )  # fmt: skip
    address.publish("sizes", present)
    return tuple(st.session_state["sizes"] or present)


def _first_updates(full: panel.Panel) -> str:
    present = select.first_choices(full.policies)
    words = {"w": _("after the first wait"), "1": _("at the first arrival")}
    reason = None if len(present) > 1 else _("This run holds one choice only; run it with `--first-updates w,1`.")
    return _either("first", _("First update"), words, present, reason)


def _either(name: str, label: str, words: dict[str, str], offered: list[str], explanation: str | None) -> str:
    """Draw a choice between `words`; the first of those `offered` is the default, a single one leaves no choice."""
    address.seed(name, offered[0], options=offered)
    st.segmented_control(
        label, list(words), key=name, required=True, format_func=words.__getitem__, disabled=len(offered) < 2,
        help=explanation,
    )  # fmt: skip
    address.publish(name, offered[0])
    return str(st.session_state[name])


def _incumbent_error(measure: Measure) -> float | None:
    words = {"none": _("no model yet"), "model": _("a model is in service")}
    reason = _("What serves before the first update decides how much an early update is worth.")
    label = measure.worded(_("Error today"), _("Prediction error today"))
    if _either("service", label, words, list(words), reason) == "none":
        return None
    return _share_wrong() if measure.is_share else _off_by(measure)


def _share_wrong() -> float:
    address.seed("error", 8.0, _percentage)
    st.number_input(_("Its error, %"), 0.0, 100.0, step=1.0, key="error", format="%.1f")
    address.publish("error", 8.0)
    return float(st.session_state["error"]) / 100


def _off_by(measure: Measure) -> float:
    """Ask for an error in the target's unit; it starts at half the scale, the error of a plain guess."""
    default = float(f"{measure.scale / 2:.2g}")
    address.seed("off", default, _price)
    label = chart.plain(measure.heading(_("Its prediction error")))
    step = 10.0 ** math.floor(math.log10(measure.scale / 10))
    st.number_input(label, min_value=0.0, step=step, key="off", format=f"%.{measure.decimals}f")
    address.publish("off", default)
    return float(st.session_state["off"])


def _percentage(text: str) -> float:
    if not 0 <= (value := float(text)) <= 100:
        raise ValueError(text)
    return value


def _price(text: str) -> float:
    if not 0 <= (value := float(text)) < math.inf:
        raise ValueError(text)
    return value


def _today(full: panel.Panel, within: panel.Panel, factor: int, unit: str) -> str:
    """Choose today's policy among all that exist at this size of mega-batch, whatever the other filters say."""
    coarse = coarsening.coarser(within, factor)
    default = select.today(full, coarse, None)
    numbers = [full.numbers[key] for key in coarse.policies["policy"]]
    is_research = select.research(full.policies)
    numbers.sort(key=lambda number: bool(is_research[number]))  # everyday ones first
    words = {full.described[n]["policy"]: wording.label(full.described[n], unit) for n in numbers}
    if st.session_state.get("today", default) not in words:
        st.info(
            _("Today's policy updates more often than such large mega-batches arrive; another one stands in for it.")
        )
    address.seed("today", default, options=list(words))
    st.selectbox(_("Today's policy"), list(words), key="today", format_func=words.__getitem__)
    address.publish("today", default)
    return str(st.session_state["today"])
