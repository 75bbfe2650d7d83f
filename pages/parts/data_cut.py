"""Third step: how rows become mega-batches, on a time line; and fourth: their quality, and where they shift."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from alma_core import language, specs
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import data as shown
from alma_core.report import data_figures
from alma_core.streams import checks, shift, suggestions
from alma_core.streams.adding import Contents
from alma_core.streams.buckets import BUCKETS
from alma_core.streams.cutting import CALENDAR, CUTS, MOST_MEGA_BATCHES, Cutting
from alma_core.streams.deliveries import Delivery
from alma_core.streams.outline import remarks, rules, timeline
from alma_core.streams.schema import Schema
from pages.parts import chart, data_files, data_steps, view
from pages.parts.data_draft import Draft
from pages.parts.data_files import select, settled

SENTENCES_SHOWN = 6


def choose(draft: Draft, delivery: Delivery, parts: Schema, cut: Cutting) -> None:
    """Draw the cut that is taken now, and the others that could be."""
    suggested = suggestions.suggested(delivery, parts)
    words = {by: _(shown.CUT_NAMES[by]) for by in CUTS} | {
        "rows": _("by a number of rows"), "number": _("into a number of mega-batches"),
    }  # fmt: skip
    words[suggested.by] = _("{cut} (suggested)").format(cut=words[suggested.by])
    has_dates = parts.only("time") is not None or all(file.dated for file in delivery.files)
    offered = [by for by in CUTS if by == cut.by or by not in CALENDAR or has_dates] if draft.in_order else ["number"]
    by, size, unit = st.columns(3)
    select(
        by.selectbox, _("Cut"), offered, cut.by, words.__getitem__, "by",
        lambda chosen: {"by": chosen, "size": 0, "unit": None}, draft,
    )  # fmt: skip
    if cut.by in ("rows", "number"):
        label = _("Rows of each mega-batch") if cut.by == "rows" else _("Number of mega-batches")
        most = len(delivery.cells) if cut.by == "rows" else min(MOST_MEGA_BATCHES, len(delivery.cells))
        size.number_input(
            label, 1, most, **settled("size", min(cut.size, most), lambda given: {"size": int(given)}, draft)
        )
    if cut.by not in CALENDAR:
        units = list(specs.ARRIVAL_UNITS)
        select(
            unit.selectbox, _("One mega-batch is"), units, cut.unit, lambda name: wording.arrivals(1, name), "unit",
            lambda chosen: {"unit": chosen}, draft,
        )  # fmt: skip
    _judging(draft, parts, cut)


def _judging(draft: Draft, parts: Schema, cut: Cutting) -> None:
    left, middle, right = st.columns(3)
    judged = {"next": _("the mega-batch that comes next"), "test": _("rows held back from each mega-batch")}
    select(
        left.selectbox, _("Policies are judged on"), list(judged) if cut.in_order else ["test"], cut.judged,
        judged.__getitem__, "judged", lambda chosen: {"judged": chosen}, draft,
        _("The next mega-batch is the honest choice where rows stand in the order of time."),
    )  # fmt: skip
    orders = {True: _("in the order of time"), False: _("in no order")}
    select(
        middle.selectbox, _("The rows stand"), list(orders), cut.in_order, orders.__getitem__, "order",
        lambda chosen: {"in_order": chosen, "judged": None, "size": 0, "by": None}, draft,
    )  # fmt: skip
    if parts.only("time") and cut.in_order:
        buckets = {"": _("as they are")} | {
            bucket: _("one for each {bucket}").format(bucket=_(bucket)) for bucket in BUCKETS
        }
        select(
            right.selectbox, _("Rows of sensors"), list(buckets), draft.bucket, buckets.__getitem__, "bucket",
            lambda chosen: {"bucket": chosen}, draft,
            _("Many readings can be put together: numbers become their mean; of two classes, the one looked for "
                "counts if it came up."),
        )  # fmt: skip


def time_line(contents: Contents, said_before: Sequence[str] = ()) -> None:
    """Draw how the rows arrive, and say what is out of the ordinary, as far as it has not been said before."""
    data = contents.data
    table, balance = _time_line_rows(contents)
    form = _("{rows} in {batches}") if data.cutting.by == "number" else _("{rows} in {batches}, {cut}")
    title = form.format(
        rows=n_("{count:,} row", "{count:,} rows", len(contents.rows)),
        batches=n_("{count} mega-batch", "{count} mega-batches", len(table)),
        cut=shown.cut_name(data.cutting),
    )
    blank = int(table["blank"].sum())
    alt = _("{title}; {blank} rows have no label.").format(title=title, blank=language.number(blank))
    drawn = data_figures.arrivals(table, balance, data.schema.task == "classification", view.theme())
    chart.draw("arrivals", title, drawn, table, alt)
    said = remarks(contents.rows, data.schema, contents.arrays, data.cutting)
    data_files.notes([note for note in (*contents.notes, *said) if note not in said_before])
    with st.expander(_("Rules that hold for every cut")):
        st.markdown("\n".join(f"- {chart.plain(rule)}" for rule in rules()))


def _time_line_rows(contents: Contents) -> tuple[pd.DataFrame, str]:
    """Return what a time line shows of each mega-batch, and what its line is called; empty: there is none.

    Returns:
        `t`, `name`, `arrived_on`, `rows`, `labelled`, `blank` (rows without a label), `labels` that arrive, `volume`
        of predictions, `balance`: share of the class that is looked for, or the mean of a target that is a number.
    """
    table = timeline(contents.rows, contents.arrays, contents.data.cutting)
    parts = contents.data.schema
    found = data_steps.quality(contents).set_index("t").reindex(table["t"]).reset_index()
    is_number = parts.task == "regression"
    labelled = found["labelled"].fillna(0).astype("int64")
    told = table[["t", "name", "arrived_on", "rows"]].assign(
        labelled=labelled,
        blank=table["rows"] - labelled,
        labels=table["labels"],
        volume=table["volume"],
        balance=found["target_mean" if is_number else "positive_share"],
    )
    if is_number:
        unit = f" ({contents.data.unit})" if contents.data.unit else ""
        return told, _("mean of {target}").format(target=parts.target) + unit
    if len(parts.classes) == 2:
        return told, _("share of {class_name}").format(class_name=parts.classes[1])
    return told, ""


def quality_and_shift(contents: Contents) -> None:
    """Draw which columns differ from the mega-batch before, and a table of the quality of each mega-batch."""
    found = data_steps.examined(contents)
    names = data_steps.named(contents)
    if not contents.data.cutting.in_order:
        st.markdown(_("The rows stand in no order, so there is no before and after to compare."))
    elif found.shift.empty:
        st.markdown(
            _("No two mega-batches in a row have {count} rows or more, too few to tell whether they differ.").format(
                count=shift.FEWEST_ROWS
            )
        )
    else:
        _shift(found.shift, names)
    if found.doubt:
        st.markdown(chart.plain(checks.doubt_sentence(found.doubt)))
    st.markdown("### " + _("Quality of each mega-batch"))
    st.dataframe(
        shown.quality_table(data_steps.quality(contents), names, contents.data.schema), hide_index=True,
        height="auto" if len(names) < 9 else 318, alt=_("Quality of each mega-batch"),
    )  # fmt: skip


def _shift(table: pd.DataFrame, names: tuple[str, ...]) -> None:
    sentences, warning = shift.sentences(table, names), shift.warning(table)
    if warning:
        st.warning(chart.plain(warning), icon=":material/trending_up:")
    if not sentences:
        said = _("No mega-batch differs from the one before it by more than chance.")
        st.markdown(said)
        sentences = [said]
    else:
        data_files.notes(sentences)
    title = _("Where each mega-batch differs from the one before")
    chart.draw("shift", title, data_figures.shifted(table, names, shift.LEVEL, view.theme()), table, sentences[0])
