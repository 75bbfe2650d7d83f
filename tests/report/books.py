"""Papers for workbooks, workbooks with other prices, and the same as LibreOffice reckons them anew."""

import dataclasses
import io
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.utils.cell import range_boundaries

from alma_core import ledger, library, specs, writing
from alma_core.decide import advise, limits, panel, record, sheets
from alma_core.decide.advise import Answer
from alma_core.decide.costs import costs
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.sheets import Sheet
from alma_core.home import home
from alma_core.report.paper import Paper
from alma_core.simulate import costs as described
from tests.decide import hand

MADE = datetime(2026, 11, 29, 8, 15, tzinfo=UTC)
SOFFICE = shutil.which("soffice")
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""
"""LibreOffice reckons every formula anew when it opens a file."""


def shipped(name: str, prices: Prices | None = None, **asked: Any) -> Paper:
    """Return the paper of a shipped run, at its first price sheet or at `prices`."""
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    if prices is not None:
        sheet = dataclasses.replace(sheet, prices=prices)
    question = Question(**{"prices": sheet.prices, "limits": sheet.limits, **asked})
    return Paper(run, advise.answer(known, question), sheet, MADE)


def by_hand(policies: int, seeds: int = 3, arrivals: int = 8, sheet: Sheet | None = None, **facts: Any) -> Paper:
    """Return the paper of a run that was made up: policies that differ in their waiting time, and their errors."""
    specs_of = [
        specs.PolicySpec(wait, wait, start, replay, specs.LearnerSpec("mlp", size))
        for size in ("S", "M", "L", "XL")
        for start, replay in (("warm", 0.0), ("warm", 1.0), ("scratch", 1.0))
        for wait in range(1, 1 + max(1, -(-policies // 12)))
    ][:policies]
    blocks = [hand.incumbent([[0.9] * arrivals] * seeds)]
    for n, policy in enumerate(specs_of, 1):
        curves = [[0.9 / (t + 0.013 * n + 0.1 * seed) for t in range(1, arrivals + 1)] for seed in range(seeds)]
        updates = list(range(policy.waiting_time, arrivals + 1, policy.waiting_time))
        blocks.append(hand.rows(specs.fingerprint(policy), curves, updates, **described.described(policy)))
    stream = specs.StreamSpec(facts.pop("source", "parts"), arrivals, "month")
    spec = specs.RunSpec(stream, tuple(specs_of), specs.recipe("quick"), seeds)
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    path = home() / "runs" / "book"
    data = {"name": "parts", "sha256": "0" * 64, "target": "", "unit": "", **facts}
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish({"ledger": hand.table(*blocks), "confusion": confusion}, data=data, device="cpu")
    run = library.open_run(path)
    sheet = sheet or Sheet("by hand", "made up", prices=Prices(price_per_error=50.0))
    answer = advise.answer(record.of_run(run), Question(prices=sheet.prices, limits=sheet.limits))
    return Paper(run, answer, sheet, MADE)


def at(answer: Answer, limits_: limits.Limits | None = None, **changes: Any) -> Answer:
    """Return the answer at other prices and limits, with models at the levels that it chose at its own."""
    prices = dataclasses.replace(answer.question.prices, ranges=(), **changes)
    rows = panel.with_volume(answer.panel, prices.volume)
    priced = costs(rows, prices, answer.costs.levels)
    kept = limits_ or answer.question.limits
    question = dataclasses.replace(answer.question, prices=prices, limits=kept)
    excesses = limits.exceeded(rows, priced, prices, kept)
    return dataclasses.replace(answer, question=question, panel=rows, costs=priced, excesses=excesses)


def read(book: bytes, values: bool = False) -> openpyxl.Workbook:
    """Return a workbook as openpyxl reads it: its formulas, or what they came to."""
    return openpyxl.load_workbook(io.BytesIO(book), data_only=values)


def place(book: openpyxl.Workbook, name: str) -> tuple[str, tuple[int, int, int, int]]:
    """Return the sheet and the cells (column, row, last column, last row) that a name stands for."""
    sheet, cells = book.defined_names[name].attr_text.rsplit("!", 1)
    return sheet.strip("'"), range_boundaries(cells.replace("$", ""))


def named(book: openpyxl.Workbook, name: str) -> list[Any]:
    """Return the values of the cells that a name stands for, row by row."""
    sheet, (left, top, right, bottom) = place(book, name)
    return [cell.value for row in book[sheet].iter_rows(top, bottom, left, right) for cell in row]


def priced(book: bytes, changes: dict[str, Any]) -> bytes:
    """Return a workbook with other numbers in its cells for prices, and all else as it was.

    Args:
        book: the workbook.
        changes: by name of a cell; of `price_matrix` all its rows.
    """
    known = read(book)
    cells: dict[tuple[str, str], float] = {}
    for name, value in changes.items():
        sheet, (left, top, _right, _bottom) = place(known, name)
        rows = [[value]] if isinstance(value, int | float) else value
        for down, row in enumerate(rows):
            for along, number in enumerate(row):
                cells[sheet, known[sheet].cell(top + down, left + along).coordinate] = number
    members = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(known.sheetnames, 1)}
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            text = source.read(member)
            for (sheet, cell), number in cells.items():
                if members.get(member.filename) == sheet:
                    text, count = re.subn(rb'(<c r="%s"[^>]*><v>)[^<]*' % cell.encode(), rb"\g<1>%r" % number, text)
                    assert count == 1, cell
            target.writestr(member.filename, text)
    return written.getvalue()


def recalculated(folder: Path, books: dict[str, bytes]) -> dict[str, openpyxl.Workbook]:
    """Return workbooks as LibreOffice reckons them anew, all in one start of it; values only."""
    profile, given, made = (folder / name for name in ("profile", "given", "made"))
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    given.mkdir()
    for name, book in books.items():
        (given / f"{name}.xlsx").write_bytes(book)
    assert SOFFICE is not None
    command = [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    paths = [str(given / f"{name}.xlsx") for name in books]
    done = subprocess.run([*command, "--outdir", str(made), *paths], capture_output=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    return {name: read((made / f"{name}.xlsx").read_bytes(), values=True) for name in books}
