"""What the terminal shows of files and data sets."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from alma_core import language
from alma_core.language import _, mark
from alma_core.streams import checks, shift
from alma_core.streams.adding import Contents
from alma_core.streams.columns import KIND_NAMES, ROLE_NAMES
from alma_core.streams.cutting import Cutting
from alma_core.streams.datasets import DataSet
from alma_core.streams.deliveries import Delivery
from alma_core.streams.leaks import leaks
from alma_core.streams.outline import names_of, remarks, timeline
from alma_core.streams.schema import Schema

CUT_NAMES: Final = {
    "file": mark("one mega-batch a file"),
    "day": mark("by day"),
    "week": mark("by week"),
    "month": mark("by month"),
    "quarter": mark("by quarter"),
    "fiscal-year": mark("by fiscal year"),
    "rows": mark("{size:,} rows a mega-batch"),
    "number": mark("into {size} mega-batches"),
}
"""The cuts, and what each is called on screen."""
LONGEST_TABLE: Final = 60
"""Mega-batches of which every one is shown."""


def cut_name(cutting: Cutting) -> str:
    """Return what a cut is called on screen."""
    return _(CUT_NAMES[cutting.by]).format(size=cutting.size)


def heads(delivery: Delivery) -> str:
    """Return the first rows of the first file as read, and how each file was read."""
    first = delivery.heads[0]
    reading = first.reading
    how = [reading.encoding, reading.delimiter and repr(reading.delimiter), reading.sheet]
    header = _("header in line {line}").format(line=reading.header) if reading.header else ""
    title = _("{name}, as read ({how}):").format(name=first.name, how=", ".join(filter(None, [*how, header])) or "–")
    return f"{title}\n{_table(first.frame.fillna('').astype('str'))}"


def whole(contents: Contents) -> str:
    """Return what a data set holds: its size, columns, cut, what gives the target away, and what was noticed."""
    data = contents.data
    found = [leak.sentence for leak in leaks(contents.rows.frame, data.schema)]
    noticed = [*contents.notes, *remarks(contents.rows, data.schema, contents.arrays, data.cutting)]
    parts = [
        _headline(contents),
        _table(columns(contents)),
        _table(_shortened(shown_timeline(contents))),
        _bullets(_("What gives the target away (decide whether a model may see it):"), found),
        _bullets(_("Noticed:"), noticed),
    ]
    return "\n\n".join(part for part in parts if part)


def _headline(contents: Contents) -> str:
    data, arrays = contents.data, contents.arrays
    predicts = ", ".join(data.schema.classes) if data.schema.classes else data.unit or _("a number")
    return _(
        "{name}: rows {rows:,}, files {files}, mega-batches {batches} ({cut}); predicts {target} ({classes}) from "
        "{inputs} inputs; judged {judged}."
    ).format(
        name=data.name,
        rows=len(contents.rows),
        files=len(data.files),
        batches=len(arrays.arrivals),
        cut=cut_name(data.cutting),
        target=data.schema.target,
        classes=predicts,
        inputs=arrays.source.x.shape[1],
        judged=_("on the next mega-batch") if data.cutting.judged == "next" else _("on rows held back"),
    )


def columns(contents: Contents) -> pd.DataFrame:
    """Return the columns of a data set as text: name, role, kind, share of cells filled."""
    frame = contents.rows.frame
    rows = [
        {
            _("column"): column.name,
            _("role"): _(ROLE_NAMES[column.role]),
            _("kind"): _(KIND_NAMES[column.kind]),
            _("filled"): language.percent(frame[column.name].notna().mean()) if column.name in frame else "–",
        }
        for column in contents.data.schema.columns
    ]
    return pd.DataFrame(rows)


def shown_timeline(contents: Contents) -> pd.DataFrame:
    """Return the cut as text, a row for each mega-batch."""
    table = timeline(contents.rows, contents.arrays, contents.data.cutting)
    words = {
        "name": _("mega-batch"),
        "rows": _("rows"),
        "judged": _("judged on"),
        "labels": _("labels arriving"),
        "volume": _("predictions"),
    }
    counts = {words[name]: table[name].map(language.number) for name in words if name != "name"}
    return pd.DataFrame({"t": table["t"].astype("str"), words["name"]: table["name"], **counts})


def quality_and_shift(contents: Contents) -> str:
    """Return the quality of each mega-batch, doubtful labels, and where mega-batches differ from the one before."""
    schema, frame = contents.data.schema, contents.rows.frame
    arrives = contents.arrays.arrivals.arrives
    names = names_of(contents.rows, contents.arrays, contents.data.cutting)
    table = checks.quality(frame, schema, arrives)
    doubt = checks.doubtful_labels(frame, schema, arrives)
    tested = shift.between_arrivals(frame, schema, arrives)
    parts = [
        _table(_shortened(quality_table(table, names, schema))),
        checks.doubt_sentence(doubt) if doubt else "",
        _bullets(_("Shift:"), [*shift.sentences(tested, names), shift.warning(tested)]),
    ]
    return "\n\n".join(part for part in parts if part)


def quality_table(table: pd.DataFrame, names: Sequence[str], schema: Schema) -> pd.DataFrame:
    """Return the quality of each mega-batch as text; `table` as `checks.quality` returns it."""
    balance: dict[str, pd.Series[str]] = {}
    if schema.task == "regression":
        mean = _("mean of {target}").format(target=schema.target)
        balance[mean] = table["target_mean"].map(lambda value: "–" if pd.isna(value) else f"{value:.4g}")
    elif len(schema.classes) == 2:
        share = _("share of {class_name}").format(class_name=schema.classes[1])
        balance[share] = table["positive_share"].map(language.percent)
    return pd.DataFrame(
        {
            "t": table["t"].astype("str"),
            _("mega-batch"): list(names),
            _("rows"): table["rows"].map(language.number),
            _("blank cells"): table["blank_share"].map(language.percent),
            _("repeated rows"): table["repeated"].map(language.number),
            **balance,
            _("constant columns"): table["constant"],
        }
    )


def listed(kept: Sequence[DataSet]) -> str:
    """Return the data sets that are kept, a line each."""
    rows = [
        {
            _("data"): one.name,
            _("files"): language.number(len(one.files)),
            _("rows"): language.number(sum(file.rows for file in one.files)),
            _("target"): one.schema.target,
            _("cut"): cut_name(one.cutting),
            _("added"): max(file.added for file in one.files)[:10],
        }
        for one in kept
    ]
    return _table(pd.DataFrame(rows)) if rows else _("No data sets yet; `alma data add` keeps one.")


def _shortened(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first and the last rows of a long table, with a line of dots between them."""
    if len(table) <= LONGEST_TABLE:
        return table
    dots = pd.DataFrame([dict.fromkeys(table.columns, "…")])
    return pd.concat([table.head(LONGEST_TABLE // 2), dots, table.tail(LONGEST_TABLE // 2)])


def _bullets(title: str, sentences: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {sentence}" for sentence in sentences if sentence)]) if any(sentences) else ""


def _table(frame: pd.DataFrame) -> str:
    """Lay text out in columns; a Japanese sign is two columns wide."""
    with pd.option_context("display.unicode.east_asian_width", True):
        return frame.to_string(index=False, line_width=None, max_colwidth=None)
