"""The price sheet in use: which one, and its numbers to edit; a few in the sidebar, all of them on the Cost page."""

import dataclasses
from typing import Any

import streamlit as st

from alma_core import library
from alma_core.decide import prices, sheets
from alma_core.decide.limits import WORDS as LIMITS
from alma_core.decide.measure import Measure
from alma_core.decide.prices import EVERY, MATRIX, PER_ERROR, TWO_CLASSES, TWO_SIDES, Prices
from alma_core.decide.sheets import Sheet
from alma_core.errors import AlmaError
from alma_core.home import home
from alma_core.language import _
from alma_core.policies import wording
from pages.parts import address, chart, price_fields

OF_ERRORS = {
    PER_ERROR: ("price_per_error",),
    TWO_CLASSES: ("miss_price", "false_alarm_price", "positives"),
    TWO_SIDES: ("shortage_price", "excess_price"),
    MATRIX: (),
}
FIRST = ("volume", "days_per_update", "day_rate", "price_per_device_hour")
"""What the sidebar offers beside the prices of errors."""
SECTIONS = {
    "people": ("days_per_update", "day_rate", "updates_included", "day_rate_beyond", "price_per_label"),
    "device": ("price_per_device_hour", "peak_flops", "utilisation", "nightly_hours"),
    "time": ("discount_rate", "label_delay", "release_days", "days_per_arrival", "fiscal_year_from"),
}
KEYS = (
    *("own", "kind", "freeze", "upkeep", "price_per_unit", "volume", "use", "device_preset"),
    *(name for names in (*OF_ERRORS.values(), *SECTIONS.values()) for name in names),
    *(f"most_{name}" for name in LIMITS),
    *(f"hardware_{capacity}" for capacity in wording.CAPACITY_WORDS),
)
"""What a change of the sheet sets back."""


def draw(run: library.Run, measure: Measure, capacities: list[str], whole: bool) -> tuple[Sheet, Sheet, list[Sheet]]:
    """Draw the choice of a sheet and its numbers; return it as chosen, what the numbers say, and the other sheets.

    Args:
        run: whose prices they are.
        measure: how its errors are measured.
        capacities: sizes that hardware may be needed for.
        whole: every number, in sections; else the few that matter most.
    """
    has_points = bool(len(run.operating))
    choices = _offered(run, measure, has_points)
    default = next(iter(choices))
    words = {name: sheet.spoken[0] for name, sheet in choices.items()}  # in the language of this rerun
    address.seed("prices", default, options=list(choices))
    st.selectbox(
        _("Price sheet"), list(choices), key="prices", format_func=words.__getitem__,
        on_change=address.forget, args=KEYS,
    )  # fmt: skip
    address.publish("prices", default)
    sheet = choices[st.session_state["prices"]]
    own = _own(sheet.prices)
    if whole and (about := sheet.spoken[1]):
        st.caption(chart.plain(about))
    given = _sections(sheet, measure, capacities, whole, has_points)
    # a range that no longer holds its price says nothing any more
    kept = tuple(one for one in sheet.prices.ranges if one[1] <= (given.get(one[0]) or 0.0) <= one[2])
    priced = dataclasses.replace(sheet.prices, **given, ranges=kept, confirmed=own)
    in_use = dataclasses.replace(sheet, prices=priced, limits=price_fields.limits(sheet.limits, measure, whole))
    if whole:
        keep(in_use)
    return sheet, in_use, [other for name, other in choices.items() if name != st.session_state["prices"]]


def _offered(run: library.Run, measure: Measure, has_points: bool) -> dict[str, Sheet]:
    """Return the sheets that suit a run, by the name of their file: its own, the reader's; else the examples."""
    found = {}
    for path in (*sheets.beside(run.path), *sheets.kept(home())):
        try:
            sheet = sheets.load(path)
        except AlmaError as error:
            st.warning(chart.plain(str(error)))
            continue
        if prices.suits(sheet.prices, measure) and (has_points or sheet.prices.kind in (PER_ERROR, MATRIX)):
            found[path.stem] = sheet
    return found or {"examples": sheets.of_examples(measure)}


def _sections(sheet: Sheet, measure: Measure, capacities: list[str], whole: bool, has_points: bool) -> dict[str, Any]:
    """Draw the numbers of a sheet, in sections where all are drawn; return the fields of `Prices` that they say."""
    titles = (measure.worded(_("Errors"), _("Prediction errors")), _("People"), _("Computing"), _("Time"))
    places = st.tabs(titles) if whole else [st.container() for _title in titles]
    with places[0]:
        kind = _kind(sheet.prices, measure, has_points, whole)
        given = _of_errors(sheet.prices, measure, kind)
        given |= _asked(sheet.prices, ("volume", "use"), whole)
    for place, (section, names) in zip(places[1:], SECTIONS.items(), strict=True):
        with place:
            if section == "device":
                price_fields.preset(sheet.prices, whole)
            given |= _asked(sheet.prices, names, whole)
            if section == "people":
                upkeep = price_fields.number("upkeep", dict(sheet.prices.upkeep).get(EVERY, 0.0), whole)
                named = tuple((key, amount) for key, amount in sheet.prices.upkeep if key != EVERY)
                given["upkeep"] = (*named, (EVERY, upkeep)) if upkeep else named
            if section == "device":
                given["hardware"] = price_fields.hardware(sheet.prices, capacities, whole)
            if section == "time":
                given["freeze_months"] = price_fields.freeze(sheet.prices, whole)
    return given


def _asked(sheet: Prices, names: tuple[str, ...], whole: bool) -> dict[str, Any]:
    return {name: price_fields.number(name, getattr(sheet, name), whole or name in FIRST) for name in names}


def _kind(sheet: Prices, measure: Measure, has_points: bool, whole: bool) -> str:
    """Choose whether errors have one price or two, where the run tells two kinds apart."""
    both = TWO_CLASSES if measure.is_share else TWO_SIDES
    words = {PER_ERROR: _("one price"), both: _("two prices")}
    offered = list(words) if has_points else [sheet.kind]
    words[MATRIX] = _("by true and predicted class")
    address.seed("kind", sheet.kind, options=[*offered, sheet.kind])
    if whole and len(offered) > 1:
        st.segmented_control(
            _("Errors are priced by"), offered, key="kind", format_func=words.__getitem__, required=True
        )
    address.publish("kind", sheet.kind)
    return str(st.session_state["kind"])


def _of_errors(sheet: Prices, measure: Measure, kind: str) -> dict[str, Any]:
    """Ask for the prices of errors of a kind; those of the other kinds are none."""
    if kind == MATRIX:
        return {}
    example = prices.examples(measure).price_per_error
    given: dict[str, Any] = dict.fromkeys(prices.OTHER_WAYS)
    for name in OF_ERRORS[kind]:
        is_stated = kind == sheet.kind or name == "positives"  # a sheet of another kind has no say in it
        default = getattr(sheet, name) if is_stated else example
        given[name] = price_fields.number(name, default, True, measure)
    return given


def _own(sheet: Prices) -> bool:
    """Ask whether the prices are the reader's own."""
    words = {"examples": _("examples"), "own": _("our own")}
    reason = _("Until you say that they are your own, every amount is marked as resting on example prices.")
    default = "own" if sheet.confirmed else "examples"
    address.seed("own", default, options=list(words))
    st.segmented_control(
        _("These prices are"), list(words), key="own", required=True, format_func=words.__getitem__, help=reason
    )
    address.publish("own", default)
    return bool(st.session_state["own"] == "own")


def keep(sheet: Sheet) -> None:
    """Offer the sheet in use as a file, and to keep it under a name of the reader's own."""
    name, save, download = st.columns([3, 2, 2], vertical_alignment="bottom")
    called = name.text_input(_("Keep this sheet as"), key="keep_as", max_chars=60, placeholder=_("name"))
    own = dataclasses.replace(sheet, name=called or sheet.name, japanese=None if called else sheet.japanese)
    save.button(
        _("Keep"), icon=":material/save:", disabled=not called.strip(), width="stretch", on_click=_save, args=(own,)
    )
    download.download_button(
        _("Sheet as a file"), sheets.written(own).encode(), "alma-prices.toml", "application/toml", on_click="ignore",
        icon=":material/download:", width="stretch",
    )  # fmt: skip


def _save(sheet: Sheet) -> None:
    """Write the reader's own sheet; called before the page is drawn, so that the list has it at once."""
    folder = home() / "prices"
    folder.mkdir(parents=True, exist_ok=True)
    stem = "".join(sign if sign.isalnum() else "-" for sign in sheet.name.strip())
    sheets.save(sheet, folder / f"{stem}.toml")
    st.toast(_("Kept; it is in the list of price sheets."), icon=":material/check:")
