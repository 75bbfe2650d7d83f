"""`alma report` as it is typed: every file opens, both languages, the same bytes again, one line where it fails."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from alma_core import cli, library
from alma_core.home import home
from alma_core.report import printing

Run = Callable[..., str]
EPOCH = "1795993600"
OFFICE = ("pptx", "xlsx", "docx")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `alma report` and returns what it prints; it must succeed."""
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "en")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)

    def run(*words: str | Path) -> str:
        status = cli.main(["report", *map(str, words)])
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return out

    return run


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `alma report` and returns its one line of complaint; it must fail with status 2."""
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "en")
    monkeypatch.setattr("sys.argv", ["alma"])

    def run(*words: str | Path) -> str:
        status = cli.main(["report", *map(str, words)])
        out, err = capsys.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("alma: ")
        return err

    return run


def words_of(path: Path) -> str:
    """Return the words of a file of any kind."""
    if path.suffix == ".pptx":
        shapes = [shape for slide in pptx.Presentation(str(path)).slides for shape in slide.shapes]
        return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)
    if path.suffix == ".xlsx":
        sheets = openpyxl.load_workbook(path)
        return "\n".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    if path.suffix == ".docx":
        return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    return path.read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("spoken", "marks"), [("en", ("example prices", "example data")), ("ja", ("仮の単価", "例示データ"))]
)
def test_every_file_opens_and_says_that_it_is_an_example(
    said: Run, tmp_path: Path, spoken: str, marks: tuple[str, str]
):
    asked = {kind: tmp_path / f"a.{kind}" for kind in (*OFFICE, "html", "md", "txt")}
    out = said(
        "monthly-demand", "--lang", spoken, *(word for kind, path in asked.items() for word in (f"--{kind}", path))
    )
    assert out.split() == [str(asked[kind]) for kind in ("pptx", "xlsx", "docx", "html", "md", "txt")]
    for path in asked.values():
        words = words_of(path)
        assert all(mark.lower() in words.lower() for mark in marks), (path.name, words[:300])


def test_the_same_run_gives_the_same_bytes(said: Run, tmp_path: Path):
    for name in ("one.zip", "two.zip"):
        said("mnist", "--lang", "ja", "--csv", tmp_path / name[:3], *(
            word for kind in (*OFFICE, "html", "md", "txt") for word in (f"--{kind}", tmp_path / f"{name}.{kind}")
        ))  # fmt: skip
    for kind in (*OFFICE, "html", "md", "txt"):
        assert (tmp_path / f"one.zip.{kind}").read_bytes() == (tmp_path / f"two.zip.{kind}").read_bytes(), kind
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_rows_of_every_chart_and_the_ranking(said: Run, tmp_path: Path):
    said("machine-failure", "--csv", tmp_path / "rows")
    names = {path.name for path in (tmp_path / "rows").iterdir()}
    assert {"over-time.csv", "early-late.csv", "causes.csv", "break-even.csv", "ranking.csv"} <= names
    assert (tmp_path / "rows" / "over-time.csv").read_bytes().startswith("\ufeffpolicy,".encode())


def test_other_prices_are_said(said: Run, tmp_path: Path):
    sheet = tmp_path / "ours.toml"
    sheet.write_text('name = "Ours"\ncurrency = "EUR"\nconfirmed = true\n[errors]\nper_error = 2.0\n', "utf-8")
    said("mnist", "--prices", sheet, "--horizon", "30", "--md", tmp_path / "a.md", "--txt", tmp_path / "a.txt")
    for name in ("a.md", "a.txt"):
        words = (tmp_path / name).read_text("utf-8-sig")
        assert "Ours" in words
        assert "EUR" in words
        assert "30 days" in words.replace("\u00a0", " ")
        assert "example prices" not in words


def test_all_as_one_zip(said: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "browser", lambda: None)
    said("monthly-demand", "--zip", tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
        assert names[:6] == [f"alma-monthly-demand.{kind}" for kind in ("pptx", "xlsx", "docx", "html", "md", "txt")]
        assert "charts/over-time.csv" in names
        assert not [name for name in names if name.endswith((".pdf", ".png", ".svg"))]
        assert (
            len(pptx.Presentation(io.BytesIO(archive.read("alma-monthly-demand/alma-monthly-demand.pptx"))).slides) > 5
        )
        assert {member.date_time for member in archive.infolist()} == {(2026, 11, 29, 23, 6, 40)}


@pytest.mark.browser
def test_pictures_and_pdf(said: Run, tmp_path: Path):
    if printing.browser() is None:
        pytest.skip("there is no Chromium here")
    said(
        "monthly-demand",
        "--lang",
        "ja",
        "--pdf",
        tmp_path / "a.pdf",
        "--png",
        tmp_path / "png",
        "--svg",
        tmp_path / "svg",
    )
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert {path.read_bytes()[:4] for path in (tmp_path / "png").iterdir()} == {b"\x89PNG"}
    assert all("<svg" in path.read_text("utf-8")[:400] for path in (tmp_path / "svg").iterdir())


def test_without_a_browser_nothing_is_written(refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(printing, "browser", lambda: None)
    error = refused("mnist", "--md", tmp_path / "a.md", "--pdf", tmp_path / "a.pdf")
    assert "Chrom" in error
    assert list(tmp_path.iterdir()) == [home()] or not [p for p in tmp_path.iterdir() if p.name.startswith("a.")]


def test_what_is_wrong_is_said_in_one_line(refused: Run, tmp_path: Path):
    assert "--pptx" in refused("mnist")
    assert "nothing-of-that-name" in refused("nothing-of-that-name", "--md", tmp_path / "a.md")
    assert "absent" in refused("mnist", "--md", tmp_path / "absent" / "a.md")
    assert "none.pptx" in refused("mnist", "--pptx", tmp_path / "a.pptx", "--template", tmp_path / "none.pptx")
    (tmp_path / "text.pptx").write_text("no slides", "utf-8")
    assert ".pptx" in refused("mnist", "--pptx", tmp_path / "a.pptx", "--template", tmp_path / "text.pptx")
    assert not (tmp_path / "a.pptx").exists()
    assert "--price" in refused("mnist", "--currency", "EUR", "--md", tmp_path / "a.md")


def test_a_date_that_is_none_is_refused(refused: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert "SOURCE_DATE_EPOCH" in refused("mnist", "--md", tmp_path / "a.md")


def test_a_run_with_a_wild_name(said: Run, tmp_path: Path):
    """What people call a run goes into every file as it stands: no formula, no markup, whatever its length."""
    folder = home() / "runs" / "wild"
    shutil.copytree(library.find("monthly-demand").path, folder)
    (folder / "about.json").write_text('{"name": "=1+1 <b>|`*需要*& 予測"}', "utf-8")
    asked = {kind: tmp_path / f"a.{kind}" for kind in (*OFFICE, "html", "md", "txt")}
    said("wild", *(word for kind, path in asked.items() for word in (f"--{kind}", path)))
    for kind in OFFICE:
        assert "=1+1 <b>|`*需要*& 予測" in words_of(asked[kind]), kind
    html = asked["html"].read_text("utf-8")
    assert "=1+1 &lt;b&gt;|`*需要*&amp; 予測" in html
    sheets = openpyxl.load_workbook(asked["xlsx"])
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if "=1+1" in str(cell.value)]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}
