"""A sample to try the program on: 24 monthly files of an invented factory, with what real files have in them.

CP932 with a title line, a total row, two columns of labels of which the final one is blank for recent lots, a column
that comes in the tenth month, blanks, full-width digits, names of people, one damp month, and a relation that drifts.
"""

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.errors import DataError
from alma_core.language import _
from alma_core.seeds import generator

MONTHS: Final = tuple(pd.date_range("2023-04-01", periods=24, freq="MS").date)
NAME: Final = "架空工場_検査記録_{year}年{month}月.csv"
TITLE: Final = "架空工場 検査記録 {year}年{month}月分 (見本用に作った架空のデータです)"
TARGET: Final = "最終判定"
TIME: Final = "製造日"
LATE: Final = "振動"
BEGINS: Final = {LATE: 9}
"""Months after which a column begins."""
DAMP: Final = date(2024, 8, 1)
"""In this month the air was damper than in all others."""
RECENT: Final = 2
"""In so many last months the final label of half of the lots is still to come."""
PEOPLE: Final = ("架空一郎", "架空二郎", "架空三郎", "架空花子", "架空良子")
FULL_WIDTH: Final = str.maketrans("0123456789.", "０１２３４５６７８９．")  # noqa: RUF001 - as people type them
STAMP: Final = (2025, 4, 1, 0, 0, 0)
"""Time of the files in the zip, so that the same bytes come out each time."""


def sample() -> dict[str, bytes]:
    """Return the files by name, the same ones each time."""
    return {_named(NAME, month): _file(number, month) for number, month in enumerate(MONTHS)}


def zipped() -> bytes:
    """Return the files as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sample().items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write_to(folder: Path) -> list[Path]:
    """Write the files into a folder, a new one or one that has none of them, and return where they lie.

    Raises:
        DataError: the folder cannot be written, or has such files already.
    """
    paths = {folder / name: content for name, content in sample().items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in paths.items():
            with path.open("xb") as file:
                file.write(content)
    except OSError as error:
        raise DataError(
            _("{path} cannot be written ({problem}); name another folder or make room.").format(
                path=error.filename or folder, problem=error.strerror or error
            )
        ) from error
    return list(paths)


def _named(form: str, month: date) -> str:
    return form.format(year=month.year, month=month.month)


def _file(number: int, month: date) -> bytes:
    """Return one month as a person saved it from a spreadsheet."""
    lots = _lots(number, month)
    total = {TIME: "合計", "ロット番号": f"{len(lots)}件", "数量": f"{lots['数量'].sum():,}"}
    written = pd.concat([_as_typed(lots, number), pd.DataFrame([total])])
    table = written.to_csv(index=False, lineterminator="\r\n")
    return f"{_named(TITLE, month)}\r\n\r\n{table}".encode("cp932")


def _lots(number: int, month: date) -> pd.DataFrame:
    """Return the lots of one month; `number` counts months from 0."""
    draw = generator(0, "factory", number)
    count = int(draw.integers(300, 600))
    days = np.sort(draw.integers(0, 28, count))
    lots = pd.DataFrame(
        {
            TIME: [f"{month + timedelta(days=int(day)):%Y/%m/%d}" for day in days],
            "ロット番号": [f"K{month:%y%m}-{lot:04}" for lot in range(1, count + 1)],
            "ライン": draw.choice(["A", "B", "C"], count, p=[0.5, 0.3, 0.2]),
            "品種": draw.choice(["小物", "中物", "大物", "特注"], count, p=[0.4, 0.3, 0.25, 0.05]),
            "炉温度": draw.normal(850, 12, count).round(1),
            "圧力": draw.normal(42, 3, count).round(2),
            "湿度": draw.normal(55 + 15 * (month == DAMP), 6, count).round(1),
            "回転数": draw.normal(1500, 80, count).round().astype(int),
            LATE: draw.gamma(4, 0.5, count).round(2),
            "数量": draw.integers(20, 200, count),
            "担当者": draw.choice(PEOPLE, count),
        }
    )
    lots["検査日"] = [f"{month + timedelta(days=int(day)):%Y/%m/%d}" for day in days + draw.integers(0, 6, count)]
    is_bad = draw.random(count) < 1 / (1 + np.exp(-_log_odds(lots, number)))
    first_look = is_bad ^ (draw.random(count) < np.where(is_bad, 0.25, 0.03))
    lots["一次判定"] = _verdict(first_look)
    still_open = draw.random(count) < (0.5 if number >= len(MONTHS) - RECENT else 0.02)
    lots[TARGET] = _verdict(is_bad).where(~still_open)
    return lots.drop(columns=[name for name, begins in BEGINS.items() if number < begins])


def _log_odds(lots: pd.DataFrame, number: int) -> NDArray[np.float64]:
    """Return [lots] the log-odds of a defect: first heat is the cause, later pressure, as the furnace was mended."""
    drift = number / (len(MONTHS) - 1)
    heat, pressure = (lots["炉温度"] - 850) / 12, (lots["圧力"] - 42) / 3
    odds = -3.2 + 1.6 * (1 - drift) * heat + 1.6 * drift * pressure + 0.6 * heat * pressure
    odds += 0.05 * (lots["湿度"] - 55) + 0.9 * (lots["ライン"] == "C") + 0.7 * (lots[LATE] - 2)
    return np.asarray(odds + 1.2 * (lots["品種"] == "特注"), np.float64)


def _verdict(is_bad: NDArray[np.bool_]) -> "pd.Series[Any]":
    return pd.Series(np.where(is_bad, "NG", "OK"), dtype="str")


def _as_typed(lots: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the cells as people type them: some blank, some in full width, thousands with a comma."""
    draw = generator(0, "factory: typing", number)
    cells = lots.astype("str").where(lots.notna(), "")
    cells["回転数"] = [f"{value:,}" for value in lots["回転数"]]
    wide = draw.random(len(lots)) < 0.1
    cells["圧力"] = [
        text.translate(FULL_WIDTH) if is_wide else text for text, is_wide in zip(cells["圧力"], wide, strict=True)
    ]
    for name in ("湿度", "炉温度"):
        cells[name] = cells[name].mask(draw.random(len(lots)) < 0.04, "-")
    return cells
