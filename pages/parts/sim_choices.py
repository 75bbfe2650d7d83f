"""What a new simulation compares: policies, waiting times, sizes, repeats, and how it trains."""

from typing import Any, Final, NamedTuple

import streamlit as st

from alma_core.commands import usual
from alma_core.commands.wish import WINDOW, window_of
from alma_core.language import _, mark
from alma_core.learners.devices import may_have_cuda
from alma_core.policies import catalogue, wording
from alma_core.policies.catalogue import EVERYDAY, RESEARCH, Named
from alma_core.report import progress
from alma_core.specs import CAPACITIES
from alma_core.streams.source import Source
from pages.parts import address

ROUND_WAITS: Final = (5, 10, 20, 25, 50)
"""Offered beside the waits that suit the arrival unit."""
MOST_SEEDS: Final = 30
PRESETS: Final = {
    "usual": (mark("the usual three"), ("single", "scratch", WINDOW)),
    "broad": (mark("a broad comparison"), catalogue.PRESETS["quick"]),
    "own": (mark("my own choice"), ()),
}
RECIPES: Final = {
    "mlp": {"quick": mark("quick: 5 passes"), "paper": mark("as in the paper: up to 100 passes")},
    "vgg": {"quick-vgg": mark("quick: 5 passes"), "paper-vgg": mark("as in the paper: up to 100 passes")},
}


class Details(NamedTuple):
    """How a simulation trains, and where; as in `Wish`."""

    architecture: str
    recipe: str
    firsts: tuple[str, ...]
    window: int
    device: str


def policies(source: Source) -> list[str]:
    """Choose the policies, by preset or one by one; research methods stay folded away until they are asked for."""
    address.seed("preset", "usual", options=list(PRESETS))
    st.segmented_control(
        _("Policies"), list(PRESETS), key="preset", required=True, format_func=lambda code: _(PRESETS[code][0])
    )
    address.publish("preset", "usual")
    chosen = PRESETS[st.session_state["preset"]][1]
    fitting = {one.name: one for one in catalogue.CATALOGUE if catalogue.fits(one.policy, source.task)}
    if st.session_state["preset"] != "own":
        names = [name for name in chosen if name in fitting]
        st.caption("; ".join(fitting[name].told(fitting[name].meaning) for name in names))
        return names
    everyday = _named("everyday", _("Everyday methods"), fitting, EVERYDAY)
    with st.expander(_("Research methods"), expanded=bool(st.session_state.get("papers"))):
        papers = _named("papers", _("What the ALMA paper and others propose"), fitting, RESEARCH)
    return [*everyday, *papers] or ["single"]


def _named(key: str, label: str, fitting: dict[str, Named], group: str) -> list[str]:
    words = {name: one.told(one.meaning) for name, one in fitting.items() if one.group == group}
    address.seed(key, [], address.listed, list(words))
    st.multiselect(label, list(words), key=key, format_func=words.__getitem__, placeholder=_("choose"))
    address.publish(key, [])
    return sorted(st.session_state[key], key=list(words).index)


def waits(unit: str, rows: int) -> list[int]:
    """Choose waiting times: those that people would consider, and any that a link or a copied simulation brings."""
    default = [n for n in usual.WAITS[unit] if n <= rows]
    address.seed("waits", default, _numbers, range(1, rows + 1))
    offered = sorted({*usual.WAITS[unit], *ROUND_WAITS, *st.session_state["waits"]} & set(range(1, rows + 1)))
    return _pills("waits", _("Waiting times"), {n: wording.arrivals(n, unit) for n in offered}, default)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in address.listed(text)]


def _pills(key: str, label: str, words: dict[Any, str], default: list[Any]) -> list[Any]:
    """Choose any number of a few options; none chosen means the default."""
    st.pills(label, list(words), key=key, selection_mode="multi", format_func=words.__getitem__, wrap=True)
    address.publish(key, default)
    return sorted(st.session_state[key], key=list(words).index) or default


def sizes() -> list[str]:
    """Choose the sizes of networks."""
    address.seed("caps", ["S", "M"], address.listed, CAPACITIES)
    spelt = {c: f"{c} {_(wording.CAPACITY_WORDS[c])}" for c in CAPACITIES}
    return _pills("caps", _("Model sizes"), spelt, ["S", "M"])


def repeats() -> int:
    """Choose the number of seeds."""
    address.seed("repeats", 3, int, range(1, MOST_SEEDS + 1))
    reason = _("With each repeat all is simulated anew; differences between repeats say how sure the answer is.")
    st.number_input(_("Repeats"), 1, MOST_SEEDS, key="repeats", help=reason)
    address.publish("repeats", 3)
    return int(st.session_state["repeats"])


def details(source: Source, unit: str, rows: int, has_window: bool) -> Details:
    """Choose what most people leave as it is."""
    kind_place, recipe_place, first_place, window_place, device_place = st.columns(5)
    with kind_place:
        kinds = {"mlp": _("plain network")} | ({"vgg": _("image network (VGG)")} if source.image else {})
        kind = one("net", _("Networks"), kinds, "mlp", ("recipe",))
    with recipe_place:
        recipes = {name: _(words) for name, words in RECIPES[kind].items()}
        recipe = one("recipe", _("Training"), recipes, next(iter(recipes)))
    with first_place:
        firsts = {"w": _("after the first wait"), "1": _("at the first arrival"), "w,1": _("both")}
        first = one("firsts", _("First update"), firsts, "w")
    with window_place:
        default = window_of(unit, rows)
        address.seed("window", default, int, range(1, rows + 1))
        label = _("“What is recent”: last arrivals")
        st.number_input(label, 1, rows, key="window", disabled=not has_window)
        address.publish("window", default)
    with device_place:
        devices = ["cpu", "cuda"] if may_have_cuda() else ["cpu"]
        here = {device: progress.device_name(device) for device in devices}
        device = one("device", _("Runs on"), here, devices[-1])
    return Details(kind, recipe, tuple(first.split(",")), int(st.session_state["window"]), device)


def one(key: str, label: str, words: dict[str, str], default: str, resets: tuple[str, ...] = ()) -> str:
    """Choose one of several; a change sets back what depends on it."""
    address.seed(key, default, options=list(words))
    st.selectbox(
        label, list(words), key=key, format_func=words.__getitem__, on_change=address.forget, args=resets,
        disabled=len(words) < 2,
    )  # fmt: skip
    address.publish(key, default)
    return str(st.session_state[key])
