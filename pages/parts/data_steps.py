"""From a draft to what a page shows of it; what takes time is kept for the next rerun."""

import json
from dataclasses import asdict
from functools import partial
from typing import Final, NamedTuple

import pandas as pd
import streamlit as st

from alma_core import language
from alma_core.errors import DataError
from alma_core.language import _
from alma_core.streams import adding, checks, datasets, deliveries, leaks, schema, shift, suggestions
from alma_core.streams.adding import Contents
from alma_core.streams.checks import Doubt
from alma_core.streams.cutting import CALENDAR, Cutting
from alma_core.streams.deliveries import Delivery
from alma_core.streams.leaks import Leak
from alma_core.streams.outline import names_of
from alma_core.streams.schema import Schema
from pages.parts.data_draft import Draft

KEPT: Final = 2
"""Drafts and data sets of which the tables stay in memory."""


class Read(NamedTuple):
    """The files that read, with the kind of each column; and a sentence on each file that does not."""

    delivery: Delivery | None
    kinds: dict[str, str]
    refused: tuple[str, ...]


class Examined(NamedTuple):
    """Doubtful labels and shift of a data set; see `checks` and `shift`."""

    doubt: Doubt | None
    shift: pd.DataFrame


def read(draft: Draft) -> Read:
    """Read the files of a draft, those that can be read."""
    with st.spinner(_("Reading the files …")):
        return _read(draft.of_files, language.current(), draft)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _read(of_files: str, spoken: str, _draft: Draft) -> Read:  # noqa: ARG001 - the cache's key
    used = _draft.used
    names = {key: key.partition("/")[2] for key in used}
    deliver = partial(deliveries.deliver, reading=_draft.how_read)
    refused: list[str] = []
    good = list(used)
    try:
        delivery = deliver([used[key] for key in good], names=[names[key] for key in good]) if good else None
    except DataError:
        delivery = None
        for key in list(good):
            try:
                deliver([used[key]], names=[names[key]])
            except DataError as error:
                refused.append(str(error))
                good.remove(key)
        if good:
            delivery = deliver([used[key] for key in good], names=[names[key] for key in good])
    return Read(delivery, deliveries.kinds_of(delivery) if delivery else {}, tuple(refused))


def roles(draft: Draft, found: Read) -> tuple[Delivery, Schema]:
    """Return the files with columns under their names of now, and the role of each: as chosen, else as guessed.

    Raises:
        DataError, SpecError: what was chosen does not fit together.
    """
    assert found.delivery is not None
    delivery = found.delivery.renamed(draft.renamed) if draft.renamed else found.delivery
    there = [str(name) for name in delivery.cells]
    given = {name: role for name, role in draft.roles.items() if name in there}
    known = {name: found.kinds[name] for name in there} | {n: kind for n, kind in draft.kinds.items() if n in there}
    parts = schema.guess(
        delivery.cells,
        known,
        task=draft.task,
        given=given,
        decimal=delivery.decimal,
        combine=draft.combine,
        corrections=draft.corrections,
        personal=draft.personal,
        renamed=draft.renamed,
    )
    return delivery, parts


def cutting(draft: Draft, delivery: Delivery, parts: Schema) -> Cutting:
    """Return the cut as chosen, else as suggested.

    Raises:
        SpecError: what was chosen does not fit together.
    """
    suggested = suggestions.suggested(delivery, parts)
    in_order = draft.in_order
    by = draft.by or suggested.by
    if not in_order:
        by = "number"
    size = draft.size or (suggested.size if suggested.by == by else default_size(by, delivery))
    unit = draft.unit or (suggestions.unit_of_files(delivery) if by == "file" else CALENDAR.get(by, "lot"))
    judged = draft.judged or ("next" if in_order else "test")
    return Cutting(by, size if by in ("rows", "number") else 0, unit, in_order, judged)


def default_size(by: str, delivery: Delivery) -> int:
    """Return into how many mega-batches rows are cut, or how many rows each has, where nobody has said so."""
    lots = min(suggestions.LOTS, len(delivery.cells))
    return {"number": lots, "rows": max(1, len(delivery.cells) // max(lots, 1))}.get(by, 0)


def drafted(draft: Draft, delivery: Delivery, parts: Schema, cut: Cutting) -> Contents:
    """Return the data set as it would be kept.

    Raises:
        AlmaError: the rows cannot be cut so.
    """
    with st.spinner(_("Cutting into mega-batches …")):
        return _drafted(draft.whole, language.current(), draft, delivery, parts, cut)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _drafted(
    whole: str,  # noqa: ARG001 - with `spoken` the cache's key
    spoken: str,  # noqa: ARG001
    _draft: Draft,
    _delivery: Delivery,
    _parts: Schema,
    _cut: Cutting,
) -> Contents:
    return adding.drafted(_("these files"), _delivery, _parts, _cut, "", _draft.bucket, _draft.how_read)


def kept(name: str) -> Contents:
    """Return a data set that is kept.

    Raises:
        DataError: there is none, or it is damaged.
    """
    path = datasets.load(name).folder / datasets.ABOUT
    key = f"{path}:{path.stat().st_mtime_ns}"
    with st.spinner(_("Opening {name} …").format(name=name)):
        return _kept(key, language.current(), name)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _kept(key: str, spoken: str, name: str) -> Contents:  # noqa: ARG001 - the cache's key
    return adding.opened(name)


def key_of(contents: Contents) -> str:
    """Return a text that differs where the rows, their roles or their cut do, and keeping changes nothing of it."""
    data = contents.data
    files = [file.sha256 for file in data.files]
    return json.dumps([files, data.schema.to_json(), asdict(data.cutting), data.bucket, asdict(data.reading)])


def leaking(contents: Contents) -> list[Leak]:
    """Return what gives the target away."""
    return _leaking(key_of(contents), language.current(), contents)


@st.cache_data(max_entries=8 * KEPT, show_spinner=False)
def _leaking(key: str, spoken: str, _contents: Contents) -> list[Leak]:  # noqa: ARG001 - the cache's key
    return leaks.leaks(_contents.rows.frame, _contents.data.schema)


def quality(contents: Contents) -> pd.DataFrame:
    """Return the quality of each mega-batch, as `checks.quality` does."""
    return _quality(key_of(contents), contents)


@st.cache_data(max_entries=8 * KEPT, show_spinner=False)
def _quality(key: str, _contents: Contents) -> pd.DataFrame:  # noqa: ARG001 - the cache's key
    return checks.quality(_contents.rows.frame, _contents.data.schema, _contents.arrays.arrivals.arrives)


def examined(contents: Contents) -> Examined:
    """Return the doubtful labels and the shift of a data set."""
    with st.spinner(_("Looking at quality and shift …")):
        return _examined(key_of(contents), contents)


@st.cache_data(max_entries=8 * KEPT, show_spinner=False)
def _examined(key: str, _contents: Contents) -> Examined:  # noqa: ARG001 - the cache's key
    frame, parts, arrives = _contents.rows.frame, _contents.data.schema, _contents.arrays.arrivals.arrives
    return Examined(
        checks.doubtful_labels(frame, parts, arrives),
        shift.between_arrivals(frame, parts, arrives),
    )


def named(contents: Contents) -> tuple[str, ...]:
    """Return [B] what each mega-batch is called."""
    return names_of(contents.rows, contents.arrays, contents.data.cutting)
