"""A table of how periods turned out -> actuals: CSV, Excel or any format that `streams.tables` reads.

Columns are told by their headings, English or Japanese: a period (its number) or a date within it, the error, the
number of labelled cases, and a note if there is one.
"""

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.adoption import LONGEST_NOTE, MOST_PERIODS, Actual, Adoption
from alma_core.errors import DataError
from alma_core.language import _, mark
from alma_core.streams import tables, values
from alma_core.streams.cells import plain_text
from alma_core.streams.naming import excerpt, listed
from alma_core.streams.readings import Table

PERCENT, SHARE = "percent", "share"
PERIOD, DATE, ERROR, CASES, NOTE = "period", "date", "error", "cases", "note"
HEADINGS: Final = {
    ERROR: (
        *("error", "error rate", "mae", "actual", "actual error", "prediction error", "share wrong"),
        *("誤り率", "誤差", "予測誤差", "エラー率", "実績", "誤り率実績", "実績誤り率"),
        *("予測のずれ", "平均絶対誤差", "実際の誤り率"),
    ),
    CASES: (
        *("cases", "n", "count", "number of cases", "labelled cases", "rows"),
        *("件数", "確認件数", "判定件数", "検証件数", "サンプル数", "データ数", "正解付き件数", "数"),
    ),
    PERIOD: (
        *("period", "no", "no.", "number", "t", "arrival", "lot"),
        *("期", "期間", "回", "番号", "ロット", "ロット番号", "期番号", "到着"),
    ),
    DATE: (
        *("date", "day", "week", "month", "quarter", "year", "period start", "from"),
        *("日付", "年月日", "年月", "月", "対象月", "週", "日", "四半期", "年", "年度", "対象期間", "開始日"),
    ),
    NOTE: ("note", "notes", "comment", "remark", "remarks", "備考", "メモ", "コメント", "注記"),
}  # fmt: skip
"""What columns may be called, in small letters and without what stands in brackets."""
WORDS: Final = {
    ERROR: mark("error"), CASES: mark("cases"), PERIOD: mark("period or date"),
}  # fmt: skip
LARGEST_BYTES: Final = 10 * 1024**2
_PERCENT_SIGNS: Final = ("%", "percent", "パーセント")


class Found(NamedTuple):
    """What a table says.

    Args:
        actuals: one a row, in its order.
        notes: sentences on what was noticed and done.
    """

    actuals: list[Actual]
    notes: Sequence[str]


def read(content: bytes, name: str, adoption: Adoption, scale: str | None = None) -> Found:
    """Return what a table of actuals says.

    Args:
        content: of the file.
        name: how it is called; its ending says which format is expected.
        adoption: that the periods count from.
        scale: of shares, PERCENT or SHARE; None: found from headings, signs and sizes.

    Raises:
        DataError: it does not read, lacks a column, or a row is not understood.
        SpecError: a row holds what cannot be.
    """
    if len(content) > LARGEST_BYTES:
        raise DataError(
            _("{name} is larger than {most} MB, a small table with one row a period was expected; choose that file.")
            .format(name=excerpt(name), most=LARGEST_BYTES // 1024**2)
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        table = tables.read(path, name=name)
    return _found(table, adoption, scale)


def _found(table: Table, adoption: Adoption, scale: str | None) -> Found:
    columns = {kind: name for kind in HEADINGS if (name := _called(table.frame, HEADINGS[kind]))}
    is_dated = DATE in columns and PERIOD not in columns
    missing = [kind for kind in (ERROR, CASES) if kind not in columns]
    missing += [] if {PERIOD, DATE} & set(columns) else [PERIOD]
    if missing:
        raise DataError(
            _("{name} has no column called {missing}, columns period (or date), error and cases were expected; rename "
              "them. It has {known}.").format(
                name=table.name,
                missing=_(", ").join(_(WORDS[kind]) for kind in missing),
                known=listed([str(name) for name in table.frame]),
            )
        )  # fmt: skip
    errors = _numbers(table, columns[ERROR], "number")
    if adoption.promise.is_share:
        errors = errors / _divisor(table, columns[ERROR], errors, scale)
    cases = _numbers(table, columns[CASES], "number")
    periods = _periods(table, columns[DATE if is_dated else PERIOD], adoption, is_dated)
    notes = _notes(table.frame, columns.get(NOTE))
    actuals = [
        Actual(period, float(error), _whole(table, columns[CASES], row, count), note)
        for row, (period, error, count, note) in enumerate(zip(periods, errors, cases, notes, strict=True), 1)
    ]
    twice = sorted({one.period for one in actuals if periods.count(one.period) > 1})
    if twice:
        raise DataError(
            _("{name} holds more than one row of period {periods}, one a period was expected; remove what is too much.")
            .format(name=table.name, periods=listed(list(map(str, twice))))
        )  # fmt: skip
    for actual in actuals:
        adoption.check(actual)
    return Found(actuals, table.notes)


def _called(frame: pd.DataFrame, headings: Sequence[str]) -> str | None:
    """Return the first column that is called by one of the headings, whatever stands behind it in brackets."""
    for heading in headings:
        for name in map(str, frame):
            if plain_text(name).split("(")[0].casefold().strip(" %_") == heading:
                return name
    return None


def _numbers(table: Table, name: str, kind: str) -> NDArray[Any]:
    """Return [N] a column as numbers or dates, each cell filled.

    Raises:
        DataError: a cell is blank or does not read.
    """
    read = values.typed(table.frame[name], kind, table.reading.decimal or ".")
    for row, is_blank in enumerate(read.isna().tolist(), 1):
        if is_blank:
            raise _not_understood(table, name, row, _("a date") if kind == "date" else _("a number"))
    return read.to_numpy()


def _divisor(table: Table, name: str, errors: NDArray[np.float64], scale: str | None) -> float:
    """Return what errors are divided by to be shares; cells with a percent sign are shares already.

    Raises:
        DataError: nothing shows whether they are percent or shares, and nobody says so.
    """
    cells = table.frame[name]
    is_text = not pd.api.types.is_numeric_dtype(cells)
    signed = cells.astype("str").str.contains("[%\uff05]").tolist() if is_text else [False]
    if any(signed):
        if not all(signed):
            raise _not_understood(table, name, signed.index(False) + 1, _("a percent sign, as in other rows,"))
        return 1.0
    if scale is not None:
        return 100.0 if scale == PERCENT else 1.0
    is_headed = any(sign in plain_text(name).casefold() for sign in _PERCENT_SIGNS)
    if (errors > 1).any() or (is_headed and is_text):  # a workbook may hold shares that it shows as percent
        return 100.0
    raise DataError(
        _("{name} gives errors from {low:g} to {high:g} without a percent sign, which may be percent or shares; say "
          "which of the two they are.").format(name=table.name, low=errors.min(), high=errors.max())
    )  # fmt: skip


def _periods(table: Table, name: str, adoption: Adoption, is_dated: bool) -> list[int]:
    if not is_dated:
        return [_whole(table, name, row, value) for row, value in enumerate(_numbers(table, name, "number"), 1)]
    days = _numbers(table, name, "date").astype("datetime64[D]").astype(datetime.date)
    periods = [adoption.period_on(day) for day in days]
    return [min(period, MOST_PERIODS + 1) for period in periods]  # `Actual` says what is too late


def _whole(table: Table, name: str, row: int, value: float) -> int:
    if value != np.floor(value) or abs(value) > 1e15:
        raise _not_understood(table, name, row, _("a whole number"))
    return int(value)


def _notes(frame: pd.DataFrame, name: str | None) -> list[str]:
    if name is None:
        return [""] * len(frame)
    return [plain_text(text)[:LONGEST_NOTE] for text in values.typed(frame[name], "text").fillna("").tolist()]


def _not_understood(table: Table, name: str, row: int, expected: str) -> DataError:
    cell = table.frame[name].iloc[row - 1]
    return DataError(
        _("{name} gives {given} as “{column}” in row {row} below the header, {expected} was expected; correct it.")
        .format(
            name=table.name,
            given=_("nothing") if pd.isna(cell) else repr(excerpt(str(cell))),
            column=excerpt(name),
            row=row,
            expected=expected,
        )
    )  # fmt: skip
