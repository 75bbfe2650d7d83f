"""The manager takes it to the meeting: every file from the page, in both languages, on the company's own slides."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from playwright.sync_api import Page, expect

from alma_core.report import handouts, printing
from tests.browser.test_stories import nothing_broke, settled

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # Playwright's own sockets at exit
Visit = Callable[..., Page]
A_WHILE = 60_000
OPENED: dict[str, Callable[[bytes], str]] = {
    "pptx": lambda data: "\n".join(
        shape.text_frame.text
        for slide in pptx.Presentation(io.BytesIO(data)).slides
        for shape in slide.shapes
        if shape.has_text_frame
    ),
    "xlsx": lambda data: "\n".join(
        str(cell)
        for sheet in openpyxl.load_workbook(io.BytesIO(data))
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ),
    "docx": lambda data: "\n".join(one.text for one in docx.Document(io.BytesIO(data)).paragraphs),
    "html": lambda data: data.decode(),
    "md": lambda data: data.decode(),
    "txt": lambda data: data.decode("utf-8-sig"),
}
"""The words of a file, by its kind."""


def taken(page: Page, key: str) -> bytes:
    """Press the button of a file and return what comes."""
    with page.expect_download(timeout=A_WHILE) as waiting:
        page.locator(f".st-key-{key} button").click()
    return Path(waiting.value.path()).read_bytes()


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize(("spoken", "mark"), [("en", "example data"), ("ja", "例示データ")])
def test_every_file_comes_from_the_page(server: str, visit: Visit, spoken: str, mark: str):
    page = visit(f"{server}/report?lang={spoken}&run=monthly-demand", sees=".st-key-take-all")
    settled(page)
    for kind, words in OPENED.items():
        assert mark in words(taken(page, f"take-{kind}")).lower(), kind
    rows = files_of(taken(page, "take-csv"))
    assert all(content.startswith(b"\xef\xbb\xbf") for content in rows.values())
    if printing.browser() is not None:
        assert taken(page, "take-pdf").startswith(b"%PDF")
        assert {content[:4] for content in files_of(taken(page, "take-png")).values()} == {b"\x89PNG"}
        assert all(b"<svg" in content[:400] for content in files_of(taken(page, "take-svg")).values())
    nothing_broke(page)


def test_files_in_another_language_than_the_page(server: str, visit: Visit):
    page = visit(f"{server}/report?lang=en&run=mnist&files_in=ja&take=docx,md", sees=".st-key-take-all")
    settled(page)
    made = files_of(taken(page, "take-all"))
    assert sorted(name.rpartition(".")[2] for name in made) == ["docx", "md"]
    assert all(re.search("[ぁ-ん]", OPENED[name.rpartition(".")[2]](content)) for name, content in made.items())
    expect(page.get_by_role("heading", name="Take it to the meeting")).to_be_visible()


def test_a_company_template_is_used_and_one_that_is_none_is_refused(server: str, visit: Visit, tmp_path: Path):
    company, broken = tmp_path / "company.pptx", tmp_path / "broken.pptx"
    own = pptx.Presentation()
    own.slide_width, own.slide_height = 12_192_000, 6_858_000
    own.slide_layouts[0].name = "Our cover"
    own.save(str(company))
    broken.write_bytes(b"no slides")
    page = visit(f"{server}/report?lang=en&run=mnist", sees=".st-key-take-all")
    settled(page)
    page.get_by_text("Slides: which, and on whose template").click()
    upload = page.locator(".st-key-template input[type=file]")
    upload.set_input_files(broken)
    refused = page.locator("[data-testid=stAlertContentError]")
    expect(refused).to_contain_text(".pptx", timeout=A_WHILE)
    upload.set_input_files(company)
    expect(refused).to_have_count(0, timeout=A_WHILE)
    settled(page)
    made = pptx.Presentation(io.BytesIO(taken(page, f"take-{handouts.PPTX}")))
    assert "Our cover" in [layout.name for layout in made.slide_layouts]


def test_the_preview_shows_what_is_said_the_policy_and_the_charts(server: str, visit: Visit):
    page = visit(f"{server}/report?lang=en&run=mnist", sees=".st-key-take-all")
    settled(page)
    for look, seen in (("Written policy", "Rule"), ("Charts", "Rows as CSV")):
        page.get_by_role("radio", name=look).click()
        settled(page)
        expect(page.get_by_text(seen).first).to_be_visible(timeout=A_WHILE)
    assert "preview=charts" in page.url
    nothing_broke(page)
