"""The fields of a price sheet: each keeps its value in the URL whether it is drawn or not."""

import math
from functools import partial
from typing import Any

import streamlit as st

from alma_core import language
from alma_core.decide import devices, price_words
from alma_core.decide.limits import Limits
from alma_core.decide.limits import words as limit_words
from alma_core.decide.measure import Measure
from alma_core.decide.price_words import MOST, MOST_FLOPS
from alma_core.decide.prices import Prices
from alma_core.decide.sheets import WHOLE
from alma_core.language import _
from pages.parts import address, chart

BOUNDS = dict.fromkeys(("use", "positives", "discount_rate", "utilisation"), (0.0, 1.0)) | {"fiscal_year_from": (1, 12)}
"""The least and the most of a number, where that is not any from 0 on."""


def number(name: str, default: float | None, shown: bool, measure: Measure | None = None) -> Any:
    """Ask for one number, under its name in the URL; where it is not shown it stays what it is."""
    key = "price_per_unit" if name == "price_per_error" and measure is not None and not measure.is_share else name
    least, most = BOUNDS.get(name, (0 if name in WHOLE else 0.0, None))
    address.seed(key, default, partial(_read, name))
    if shown:
        what = _((price_words.words(measure) if measure else price_words.WORDS)[name])
        st.number_input(
            what, min_value=least, max_value=most, key=key,
            value="min" if default is not None else None, format="%d" if name in WHOLE else "%.10g",
            placeholder=_("as in the data") if name in ("volume", "positives", "days_per_arrival") else _("none"),
        )  # fmt: skip
    address.publish(key, default)
    return st.session_state[key]


def preset(sheet: Prices, shown: bool) -> None:
    """Offer dated presets of a device; choosing one fills the numbers beneath."""
    if not shown:
        return
    words = {name: _(device.name) for name, device in devices.DEVICES.items()}
    chosen = st.selectbox(
        _("Fill in a device"), list(words), index=None, key="device_preset", format_func=words.__getitem__,
        placeholder=_("choose one"), on_change=_fill, args=(sheet.currency,),
    )  # fmt: skip
    if chosen is not None:
        device = devices.DEVICES[chosen]
        dated = language.month_of_year(device.dated)
        st.caption(chart.plain(_("{source}; {dated}").format(source=_(device.source), dated=dated)))


def _fill(currency: str) -> None:
    chosen = st.session_state.get("device_preset")
    if chosen is not None:
        device = devices.DEVICES[chosen]
        st.session_state["price_per_device_hour"] = devices.hourly(device, currency)
        st.session_state["peak_flops"] = device.peak_flops
        st.session_state["nightly_hours"] = device.nightly_hours


def hardware(sheet: Prices, capacities: list[str], shown: bool) -> tuple[tuple[str, float], ...]:
    stated = dict(sheet.hardware)
    found = []
    for capacity in capacities:
        key, default = f"hardware_{capacity}", stated.get(capacity, 0.0)
        address.seed(key, default, amount)
        if shown:
            label = _("Hardware to buy for size {size}").format(size=capacity)
            st.number_input(label, min_value=0.0, key=key, format="%.10g")
        address.publish(key, default)
        found.append((capacity, float(st.session_state[key])))
    return tuple((capacity, amount) for capacity, amount in found if amount)


def freeze(sheet: Prices, shown: bool) -> tuple[int, ...]:
    default = list(map(str, sheet.freeze_months))
    months = [str(month) for month in range(1, 13)]
    address.seed("freeze", default, address.listed, months)
    if shown:
        words = {month: language.month(int(month)) for month in months}
        st.multiselect(
            _("Months without releases"), months, key="freeze", format_func=words.__getitem__, placeholder=_("none")
        )
    address.publish("freeze", default)
    return tuple(map(int, st.session_state["freeze"]))


def limits(sheet: Limits, measure: Measure, shown: bool) -> Limits:
    """Ask for the limits; errors as the page shows them: percent of a share."""
    given: dict[str, float] = {}
    place = st.expander(_("Limits that no policy may exceed"), expanded=bool(sheet.given)) if shown else st.container()
    with place:
        for name, what in limit_words(measure).items():
            key, default = f"most_{name}", getattr(sheet, name)
            scale = 100.0 if name == "worst_error" and measure.is_share else 1.0
            shown_default = None if default is None else default * scale
            address.seed(key, shown_default, amount)
            if shown:
                said = _(what) if name != "worst_error" else chart.plain(measure.heading(_(what)))
                label = _("{what}, %").format(what=said) if scale == 100.0 else said
                st.number_input(label, min_value=0.0, key=key, value=None, format="%.10g", placeholder=_("none"))
            address.publish(key, shown_default)
            if st.session_state[key] is not None:
                given[name] = st.session_state[key] / scale
    return Limits(**given)


def amount(text: str) -> float:
    """Read an amount as a URL holds it."""
    if not 0 <= (value := float(text)) < math.inf:
        raise ValueError(text)
    return value


def _read(name: str, text: str) -> float:
    """Read a number of a sheet as a URL holds it."""
    value = int(text) if name in WHOLE else float(text)
    least, most = BOUNDS.get(name, (0.0, MOST_FLOPS if name == "peak_flops" else MOST))
    if not least <= value <= most:
        raise ValueError(text)
    return value
