"""The controls of a new simulation, and what they ask for."""

from pathlib import Path
from typing import Any, Final

import streamlit as st

from alma_core import language
from alma_core.commands import usual
from alma_core.commands.wish import WINDOW, Wish, window_of
from alma_core.language import _, mark
from alma_core.learners.devices import may_have_cuda
from alma_core.policies import catalogue, wording
from alma_core.policies.catalogue import EVERYDAY, RESEARCH, Named
from alma_core.report import progress
from alma_core.specs import ARRIVAL_UNITS, CAPACITIES, RunSpec
from alma_core.streams import datasets, sources
from alma_core.streams.source import Source
from pages.parts import address

CUTS: Final = (5, 10, 20, 25, 50, 100, 200)
"""Numbers of mega-batches that are offered where a data set leaves it open."""
ROUND_WAITS: Final = (5, 10, 20, 25, 50)
"""Offered beside the waits that suit the arrival unit."""
FEWEST_EXAMPLES: Final = 10
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
OF_THE_DATA: Final = ("cuts", "unit", "until", "waits", "window", "net", "recipe", "preset", "everyday", "papers")
KEYS: Final = ("set", *OF_THE_DATA, "caps", "firsts", "repeats", "device")


def draw() -> Wish:
    """Draw the controls and return what they ask for; at least one policy, one wait and one size.

    Raises:
        DataError: the data set cannot be read.
    """
    data, size, horizon, unit_place = st.columns([2, 2, 2, 1.2])
    names = sources.known()
    with data:
        name = _one("set", _("Data"), {name: name for name in names}, names[0], OF_THE_DATA)
    source = source_of(name)
    with unit_place:
        unit = source.cut.arrival_unit if source.cut else _unit()
    with size:
        count = source.cut.mega_batches if source.cut else _cuts(source, unit)
        if source.cut:
            _fixed(_("Mega-batch size"), _("{size}, as the data is cut").format(size=wording.arrivals(1, unit)))
    with horizon:
        last = _horizon(count, unit)
    rows = max(1, last - int(source.cut is not None and source.cut.judged == "next"))
    policies = _policies(source)
    wait, sizes, repeats = st.columns([3, 2, 1.2])
    with wait:
        waits = _waits(unit, rows)
    with sizes:
        spelt = {c: f"{c} {_(wording.CAPACITY_WORDS[c])}" for c in CAPACITIES}
        address.seed("caps", ["S", "M"], address.listed, CAPACITIES)
        capacities = _pills("caps", _("Model sizes"), spelt, ["S", "M"])
    with repeats:
        address.seed("repeats", 3, int, range(1, MOST_SEEDS + 1))
        reason = _("With each repeat all is simulated anew; differences between repeats say how sure the answer is.")
        st.number_input(_("Repeats"), 1, MOST_SEEDS, key="repeats", help=reason)
        address.publish("repeats", 3)
    of, more = st.session_state.get("_more", ("", ()))
    more = more if of == name else ()
    if more:
        st.caption(_("Also as in the simulation that was copied: {words}").format(words=" ".join(more)))
    with st.expander(_("Training, first update, device")):
        kind, recipe, firsts, window, device = _details(source, unit, rows, WINDOW in policies)
    return Wish(
        data=name,
        mega_batches=None if source.cut else count,
        arrival_unit=None if source.cut else unit,
        horizon=None if last == count else last,
        names=tuple(policies),
        waits=tuple(waits),
        capacities=tuple(capacities),
        firsts=firsts,
        window=window,
        architecture=kind,
        recipe=recipe,
        seeds=int(st.session_state["repeats"]),
        device=device,
        more=tuple(more),
    )


def fill(wish: Wish, spec: RunSpec, source: Source) -> None:
    """Set the controls to what a wish asks for; what has none of its own is kept and said."""
    everyday = [name for name in wish.names if catalogue.find(name).group == EVERYDAY]
    presets = {code: names for code, (_words, names) in PRESETS.items() if set(names) == set(wish.names)}
    values = {
        "set": wish.data, "until": wish.horizon or spec.stream.mega_batches, "waits": list(wish.waits),
        "preset": next(iter(presets), "own"), "everyday": everyday,
        "papers": [name for name in wish.names if name not in everyday], "caps": list(wish.capacities),
        "firsts": ",".join(wish.firsts), "window": wish.window, "net": wish.architecture, "recipe": wish.recipe,
        "repeats": wish.seeds,
    }  # fmt: skip
    if source.cut is None:
        values |= {"cuts": spec.stream.mega_batches, "unit": spec.stream.arrival_unit}
    for name, value in values.items():
        address.put(name, value)
    st.session_state["_more"] = (wish.data, wish.more)


def source_of(name: str) -> Source:
    """Return a data set; of the last few, the arrays stay at hand."""
    return _source(name, changed(name))


def changed(name: str) -> int:
    """Return a number that differs once files have been added to a data set."""
    kept = next((one.folder / datasets.ABOUT for one in datasets.listed() if one.name == name), Path(name))
    return kept.stat().st_mtime_ns if kept.is_file() else 0


@st.cache_resource(max_entries=3, show_spinner=False)
def _source(name: str, when: int) -> Source:  # noqa: ARG001 - part of the cache's key
    return sources.load(name)


def _unit() -> str:
    return _one("unit", _("One arrival is"), {u: wording.arrivals(1, u) for u in ARRIVAL_UNITS}, "month", ("waits",))


def _cuts(source: Source, unit: str) -> int:
    examples = len(source.x) - len(source.test)
    address.seed("cuts", 20, int)
    given = int(st.session_state["cuts"])
    offered = sorted({n for n in (*CUTS, given) if 2 <= n <= max(2, examples // FEWEST_EXAMPLES)})
    address.seed("cuts", 20 if 20 in offered else offered[0], int, offered)
    words = {
        n: _("{size} examples, {count}").format(
            size=language.number(examples // n), count=wording.arrivals(n, unit)
        ) for n in offered
    }  # fmt: skip
    st.select_slider(
        _("Mega-batch size"), offered, key="cuts", format_func=words.__getitem__, on_change=address.forget,
        args=("until", "waits", "window"),
    )  # fmt: skip
    address.publish("cuts", 20)
    return int(st.session_state["cuts"])


def _horizon(count: int, unit: str) -> int:
    fewest = min(2, count)
    address.seed("until", count, int, range(fewest, count + 1))
    words = {n: wording.arrivals(n, unit) for n in range(fewest, count + 1)}
    st.select_slider(
        _("Horizon"), list(words), key="until", format_func=words.__getitem__, on_change=address.forget,
        args=("waits", "window"), disabled=len(words) < 2,
        help=_("Only so many arrivals are simulated. A longer run later trains only what is new."),
    )  # fmt: skip
    address.publish("until", count)
    return int(st.session_state["until"])


def _waits(unit: str, rows: int) -> list[int]:
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


def _policies(source: Source) -> list[str]:
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


def _details(source: Source, unit: str, rows: int, has_window: bool) -> tuple[str, str, tuple[str, ...], int, str]:
    kind_place, recipe_place, first_place, window_place, device_place = st.columns(5)
    with kind_place:
        kinds = {"mlp": _("plain network")} | ({"vgg": _("image network (VGG)")} if source.image else {})
        kind = _one("net", _("Networks"), kinds, "mlp", ("recipe",))
    with recipe_place:
        recipes = {name: _(words) for name, words in RECIPES[kind].items()}
        recipe = _one("recipe", _("Training"), recipes, next(iter(recipes)))
    with first_place:
        firsts = {"w": _("after the first wait"), "1": _("at the first arrival"), "w,1": _("both")}
        first = _one("firsts", _("First update"), firsts, "w")
    with window_place:
        default = window_of(unit, rows)
        address.seed("window", default, int, range(1, rows + 1))
        label = _("“What is recent”: last arrivals")
        st.number_input(label, 1, rows, key="window", disabled=not has_window)
        address.publish("window", default)
    with device_place:
        devices = ["cpu", "cuda"] if may_have_cuda() else ["cpu"]
        here = {device: progress.device_name(device) for device in devices}
        device = _one("device", _("Runs on"), here, devices[-1])
    return kind, recipe, tuple(first.split(",")), int(st.session_state["window"]), device


def _one(key: str, label: str, words: dict[str, str], default: str, resets: tuple[str, ...] = ()) -> str:
    address.seed(key, default, options=list(words))
    st.selectbox(
        label, list(words), key=key, format_func=words.__getitem__, on_change=address.forget, args=resets,
        disabled=len(words) < 2,
    )  # fmt: skip
    address.publish(key, default)
    return str(st.session_state[key])


def _fixed(label: str, value: str) -> None:
    st.text_input(label, value, disabled=True, help=_("Cut the data otherwise on the page Data."))
