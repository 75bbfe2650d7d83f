"""The controls of a new simulation, and what they ask for."""

from pathlib import Path
from typing import Final, NamedTuple

import streamlit as st

from alma_core import language
from alma_core.commands.wish import WINDOW, Wish
from alma_core.language import _
from alma_core.policies import catalogue, wording
from alma_core.policies.catalogue import EVERYDAY
from alma_core.specs import ARRIVAL_UNITS, RunSpec
from alma_core.streams import datasets, sources
from alma_core.streams.source import Source
from pages.parts import address, sim_choices
from pages.parts.sim_choices import one

CUTS: Final = (5, 10, 20, 25, 50, 100, 200)
"""Numbers of mega-batches that are offered where a data set leaves it open."""
FEWEST_EXAMPLES: Final = 10
OF_THE_DATA: Final = ("cuts", "unit", "until", "waits", "window", "net", "recipe", "preset", "everyday", "papers")


class Stream(NamedTuple):
    """The stream that was chosen.

    Args:
        name: of the data set.
        source: its data.
        unit: the arrival unit.
        arrivals: B.
        last: the horizon, in arrivals.
    """

    name: str
    source: Source
    unit: str
    arrivals: int
    last: int

    @property
    def rows(self) -> int:
        """Arrivals at which policies are judged."""
        judges_only = self.source.cut is not None and self.source.cut.judged == "next"
        return max(1, self.last - int(judges_only))


def draw() -> Wish:
    """Draw the controls and return what they ask for; at least one policy, one wait and one size.

    Raises:
        DataError: the data set cannot be read.
    """
    stream = _stream()
    policies = sim_choices.policies(stream.source)
    wait, size, repeat = st.columns([3, 2, 1.2])
    with wait:
        waits = sim_choices.waits(stream.unit, stream.rows)
    with size:
        capacities = sim_choices.sizes()
    with repeat:
        seeds = sim_choices.repeats()
    of, more = st.session_state.get("_more", ("", ()))
    more = more if of == stream.name else ()
    if more:
        st.caption(_("Also as in the simulation that was copied: {words}").format(words=" ".join(more)))
    with st.expander(_("Training, first update, device")):
        details = sim_choices.details(stream.source, stream.unit, stream.rows, WINDOW in policies)
    brings_cut = stream.source.cut is not None
    return Wish(
        data=stream.name,
        mega_batches=None if brings_cut else stream.arrivals,
        arrival_unit=None if brings_cut else stream.unit,
        horizon=None if stream.last == stream.arrivals else stream.last,
        names=tuple(policies),
        waits=tuple(waits),
        capacities=tuple(capacities),
        seeds=seeds,
        more=tuple(more),
        **details._asdict(),
    )


def _stream() -> Stream:
    data, size, horizon, unit_place = st.columns([2, 2, 2, 1.2])
    names = sources.known()
    with data:
        name = one("set", _("Data"), {name: name for name in names}, names[0], OF_THE_DATA)
    source = source_of(name)
    with unit_place:
        unit = source.cut.arrival_unit if source.cut else _unit()
    with size:
        count = source.cut.mega_batches if source.cut else _cuts(source, unit)
        if source.cut:
            said = _("{size}, as the data is cut").format(size=wording.arrivals(1, unit))
            st.text_input(_("Mega-batch size"), said, disabled=True, help=_("Cut the data otherwise on the page Data."))
    with horizon:
        return Stream(name, source, unit, count, _horizon(count, unit))


def fill(wish: Wish, spec: RunSpec, source: Source) -> None:
    """Set the controls to what a wish asks for; what has none of its own is kept and said."""
    everyday = [name for name in wish.names if catalogue.find(name).group == EVERYDAY]
    presets = {code: names for code, (_words, names) in sim_choices.PRESETS.items() if set(names) == set(wish.names)}
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
    return one("unit", _("One arrival is"), {u: wording.arrivals(1, u) for u in ARRIVAL_UNITS}, "month", ("waits",))


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
