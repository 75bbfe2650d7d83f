"""What a simulation will take, before it is started."""

from typing import Final

import pandas as pd
import streamlit as st

from alma_core import language
from alma_core.commands import carry, run
from alma_core.commands.run import Request
from alma_core.commands.wish import Wish
from alma_core.decide.devices import DEVICES, hourly
from alma_core.decide.prices import Prices
from alma_core.language import _, n_
from alma_core.report import progress
from alma_core.simulate.outlook import Outlook
from alma_core.specs import RunSpec
from alma_core.streams.source import Source
from pages.parts import chart, sim_form

MOST_PLANNED: Final = 60_000
"""Updates that are planned while somebody waits; beyond them the command line does it."""


def request_of(wish: Wish) -> Request:
    """Return what a wish asks for; of the last few, the answer stays at hand.

    Raises:
        AlmaError: it makes no sense, or the data cannot be read.
    """
    source = sim_form.source_of(wish.data)
    return _request(tuple(wish.words()), sim_form.changed(wish.data), language.current(), source)


@st.cache_resource(max_entries=4, show_spinner=False)
def _request(words: tuple[str, ...], changed: int, spoken: str, _source: Source) -> Request:  # noqa: ARG001 - the key
    return run.request_of(words, _source)


def draw(request: Request) -> None:
    """Say how many updates there are, what is shared or done, and what time and money they take where.

    Raises:
        AlmaError: the run cannot be planned, or the device not measured.
    """
    asked_for = at_most(request.spec)
    if asked_for > MOST_PLANNED:
        st.info(
            _("About {count} updates: too many to be planned while you wait. `alma run --dry-run` does it, and the "
              "simulation itself shares what is equal.").format(count=language.number(asked_for))
        )  # fmt: skip
        return
    with st.spinner(_("Counting; the first time on a machine its speed is measured, which takes some seconds.")):
        seen = _outlook(request.asked.command, request.asked.data, _device(request), request)
    said, table = st.columns([1, 1.7], gap="large")
    for label, value, explained in (
        (_("Updates to train"), language.number(seen.updates - seen.in_store), _shared(seen)),
        (_("Training compute"), language.flops(seen.flops), _("FLOPs, forward and backward; an estimate")),
        (_("Time here"), language.duration(seen.seconds / 3600), _here(seen, request.asked.scheduler is not None)),
    ):
        said.markdown(f":small[{label}]  \n**{chart.plain(value)}**  \n:small[{chart.plain(explained)}]")
    with table:
        st.dataframe(
            _elsewhere(seen), hide_index=True, alt=_("Expected time and money on this machine and on rented devices")
        )
        st.caption(
            _("Rented devices by their makers' peak at {share} of it, list prices of {month}; nothing was measured "
              "there, and small networks reach less. Your own machine costs no rent; electricity is not counted.")
            .format(
                share=language.percent(Prices().utilisation, 0),
                month=language.month_of_year(max(one.dated for one in DEVICES.values())),
            )
        )  # fmt: skip


def at_most(spec: RunSpec) -> int:
    """Return how many updates the policies ask for at most, counted without planning them."""
    rows = spec.stream.rows
    return spec.seeds * sum(max(1, rows // policy.waiting_time) * policy.members for policy in spec.policies)


def _device(request: Request) -> str:
    return request.asked.scheduler or request.asked.device


@st.cache_data(max_entries=64, ttl=30, show_spinner=False)
def _outlook(command: str, data: str, device: str, _request: Request) -> Outlook:  # noqa: ARG001 - the cache's key
    return carry.foreseen(_request.spec, _request.source, _request.asked)


def _shared(seen: Outlook) -> str:
    shared = seen.asked_for - seen.updates
    parts = [
        _("{count} asked for").format(count=language.number(seen.asked_for)),
        _("{count} shared").format(count=language.number(shared)) if shared else "",
        _("{count} done already").format(count=language.number(seen.in_store)) if seen.in_store else "",
    ]
    return _(", ").join(part for part in parts if part)


def _here(seen: Outlook, cluster: bool) -> str:
    processes = n_("{count} process", "{count} processes", seen.jobs)
    if cluster:
        return _("an estimate: {count} at once on the cluster, each as fast as here").format(
            count=language.number(seen.jobs)
        )
    return _("an estimate, with {processes} on {device}").format(
        processes=processes, device=progress.device_name(seen.device)
    )


def _elsewhere(seen: Outlook) -> pd.DataFrame:
    plain = Prices()
    rows = [(_("this machine"), language.duration(seen.seconds / 3600), _rent(0.0, plain.currency))]
    for device in DEVICES.values():
        if not device.nightly_hours:
            hours = (seen.flops / (device.peak_flops * plain.utilisation) + seen.cpu_seconds) / 3600
            rent = _rent(hours * hourly(device, plain.currency), plain.currency)
            rows.append((_(device.name), _("at least {time}").format(time=language.duration(hours)), rent))
    return pd.DataFrame(rows, columns=[_("where"), _("expected time"), _("rent")])


def _rent(amount: float, currency: str) -> str:
    """Write an amount of which less than one is still something."""
    if 0 < amount < 1:
        return _("under {amount}").format(amount=language.money(1, currency))
    return language.money(amount, currency)
