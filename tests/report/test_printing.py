"""A page as PDF, printed by the browser that is there."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from alma_core import language
from alma_core.errors import AlmaError, BrowserError
from alma_core.report import document, printing, statements
from tests.report import documents

needs_browser = pytest.mark.skipif(printing.browser() is None, reason="no Chromium or Chrome is installed")
needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext, of poppler, is installed")


def fake(folder: Path, does: str) -> Path:
    """Write a program that is taken for the browser."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


def printed(pdf: bytes) -> list[str]:
    """Return the text of each page."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


@needs_browser
@needs_pdftotext
@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_the_report_is_printed_with_all_its_charts(spoken: str):
    language.use(spoken)
    paper = documents.paper()
    pdf = printing.pdf(document.document(paper))
    assert pdf.startswith(b"%PDF")
    pages = printed(pdf)
    together = re.sub(r"\s", "", "".join(pages))
    for text in (
        statements.headline(paper.answer, paper.unit),
        *(chart.title for chart in paper.charts().values()),
        paper.made_on,
    ):
        assert re.sub(r"\s", "", text) in together
    assert {"en": "time,indays", "ja": "経過(日)"}[spoken] in together  # along an axis of a chart
    for number, page in enumerate(pages, 1):
        assert re.search(rf"\b{number} ?/ ?{len(pages)}\b", page)
        assert paper.marks[0] in page
    assert 5 < len(pages) < 15
    size = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "(A4)" in size


@needs_browser
@needs_pdftotext
def test_sixty_policies_and_odd_names_are_printed():
    language.use("ja")
    pages = printed(printing.pdf(document.document(documents.odd())))
    together = re.sub(r"\s", "", "".join(pages))
    assert documents.LONG in together
    assert len(pages) < 20


def test_the_variable_names_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = fake(tmp_path, "exit 0")
    monkeypatch.setenv("BROWSER_PATH", str(path))
    assert printing.browser() == path
    path.chmod(0o644)
    assert printing.browser() is None or os.access(path, os.X_OK)  # to root, everything may be run


def test_without_a_browser_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    assert printing.browser() is None
    with pytest.raises(AlmaError, match=r"A picture or a PDF was asked for.*install one"):
        printing.pdf(b"<p>page</p>")
    language.use("ja")
    with pytest.raises(BrowserError, match="BROWSER_PATHで"):
        printing.pdf(b"<p>page</p>")


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("echo first >&2; echo 'cannot open display' >&2; exit 1", r"\(cannot open display\)"),
        ("exit 0", r"\(it said nothing\)"),
        ("head -c 3000 /dev/zero | tr '\\0' 'x' >&2", "x{200}…"),
    ],
)
def test_a_browser_that_fails_gives_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, reason: str):
    monkeypatch.setenv("BROWSER_PATH", str(fake(tmp_path, does)))
    with pytest.raises(BrowserError, match=f"chromium failed .*{reason}"):
        printing.pdf(b"<p>page</p>")


def test_a_browser_that_cannot_be_started_gives_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "chromium"
    path.write_text("no program")
    path.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(path))
    with pytest.raises(BrowserError, match="Exec format error"):
        printing.pdf(b"<p>page</p>")


def test_a_browser_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    child = tmp_path / "child"
    monkeypatch.setenv("BROWSER_PATH", str(fake(tmp_path, f"sleep 300 & echo $! > {child}; wait")))
    monkeypatch.setattr(printing, "SECONDS", 1.0)
    started = time.monotonic()
    with pytest.raises(BrowserError, match="no answer within 1 seconds"):
        printing.pdf(b"<p>page</p>")
    assert time.monotonic() - started < 10
    number = int(child.read_text())
    for _try in range(50):
        state = Path(f"/proc/{number}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("what it started goes on")
