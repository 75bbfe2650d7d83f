"""The deck, read back with python-pptx: its charts, fonts, sizes, templates."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation
from pptx.oxml.ns import qn

from alma_core import language
from alma_core.errors import AlmaError, SpecError
from alma_core.report import paper as names
from alma_core.report import terms
from alma_core.report.deck import deck, outline
from alma_core.report.paper import Paper
from alma_core.report.phrases import SLIDES, phrases
from tests.report import letters, papers

EVERY = (*papers.SHIPPED, *papers.BY_HAND)
CALLED = [one if isinstance(one, str) else one.__name__ for one in EVERY]


def paper_of(one: str | Callable[[], Paper]) -> Paper:
    return papers.paper_of(one) if isinstance(one, str) else one()


def opened(paper: Paper, template: bytes | None = None) -> Any:
    return Presentation(io.BytesIO(deck(paper, template)))


def charts(presentation: Any, slide: str) -> list[Any]:
    return [shape.chart for shape in presentation.slides[SLIDES.index(slide)].shapes if shape.has_chart]


def lines(chart: Any) -> dict[str, tuple[list[float], list[float]]]:
    """Return the series of a chart over two axes: x and y by name."""
    found = {}
    for series in chart.plots[0].series:
        x = [float(value.text) for value in series._element.findall(f"{qn('c:xVal')}//{qn('c:v')}")]
        found[series.name] = (x, list(series.values))
    return found


@pytest.fixture(scope="module")
def shown() -> tuple[Paper, Any]:
    paper = papers.paper_of("mnist")
    return paper, opened(paper)


def test_errors_and_costs_over_time_are_those_of_the_rows(shown: tuple[Paper, Any]):
    paper, made = shown
    rows = paper.charts()[names.OVER_TIME].rows
    error, cost = map(lines, charts(made, "over-time"))
    for number, of in rows.groupby("number"):
        name = paper.styles[number].name
        assert error[name] == (of["t"].tolist(), pytest.approx(of["error"].tolist()))
        assert cost[name] == (of["t"].tolist(), pytest.approx(of["cost_so_far"].tolist()))
        for column, called in (("low", "lowest"), ("high", "highest")):
            assert error[f"{name}: {called} repeat"][1] == pytest.approx(of[column].tolist())


def test_every_policy_stands_once_among_early_and_late(shown: tuple[Paper, Any]):
    paper, made = shown
    rows = paper.charts()[names.EARLY_LATE].rows
    series = lines(charts(made, "early-late")[0])
    points = sorted(point for x, y in series.values() for point in zip(x, y, strict=True))
    assert points == sorted(zip(rows["short_term_error"], rows["long_term_error"], strict=True))
    for which, role in (("is_best", "recommended"), ("is_baseline", "today's")):
        (number,) = rows.index[rows[which]]
        x, y = series[f"{role}: {paper.styles[number].name}"]
        assert (x, y) == ([rows["short_term_error"][number]], [rows["long_term_error"][number]])


def test_bars_stack_what_policies_cost(shown: tuple[Paper, Any]):
    paper, made = shown
    rows = paper.charts()[names.CAUSES].rows
    plot = charts(made, "causes")[0].plots[0]
    for series, (cause, of) in zip(plot.series, rows.groupby("cause", sort=False), strict=True):
        assert series.name == terms.cause(paper.answer, str(cause))
        assert list(series.values) == pytest.approx(of["amount"].tolist())
    shown_ = [category.split("\n")[0] for category in plot.categories]
    assert shown_ == [paper.styles[number].name for number in dict.fromkeys(rows["number"])]


def test_break_evens_are_drawn_over_the_number(shown: tuple[Paper, Any]):
    paper, made = shown
    rows = paper.charts()[names.BREAK_EVEN].rows
    series = lines(charts(made, "break-even")[0])
    for number, of in rows.groupby("number"):
        assert series[paper.styles[number].name] == (
            pytest.approx(of["x"].tolist()),
            pytest.approx(of["cost"].tolist()),
        )
    turns = rows[rows["turns"]]
    assert series["the cheapest changes"][1] == pytest.approx(turns["cost"].tolist())


def test_the_sheet_behind_a_chart_holds_its_figures(shown: tuple[Paper, Any]):
    for slide in ("over-time", "early-late", "break-even"):
        for chart in charts(shown[1], slide):
            sheet = openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
            held = {_rounded(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
            for name, (_x, y) in lines(chart).items():
                assert name in held
                assert set(map(_rounded, y)) <= held


def _rounded(cell: Any) -> Any:
    """Excel keeps 16 figures."""
    return float(f"{cell:.12g}") if isinstance(cell, int | float) else cell


def test_nothing_is_a_picture(shown: tuple[Paper, Any]):
    assert not [shape for slide in shown[1].slides for shape in slide.shapes if shape.shape_type == 13]


def runs(presentation: Any) -> Iterator[tuple[str, Any]]:
    """Yield where each run of text stands, and its properties: on slides, in tables, notes and charts."""
    for number, slide in enumerate(presentation.slides, 1):
        for part, where in ((slide, "slide"), (slide.notes_slide, "notes")):
            for tag in ("a:r", "a:fld"):
                for run in part._element.iter(qn(tag)):
                    yield f"{where} {number}: {run.findtext(qn('a:t'))}", run.find(qn("a:rPr"))
        for shape in slide.shapes:
            if shape.has_chart:
                for tag in ("a:rPr", "a:defRPr"):
                    for found in shape.chart._chartSpace.iter(qn(tag)):
                        yield f"chart {number}: {found.getparent().getparent().getparent().tag}", found


@pytest.mark.parametrize(("spoken", "tag"), [("en", "en-GB"), ("ja", "ja-JP")])
def test_every_run_of_text_has_both_fonts_and_its_language(spoken: str, tag: str):
    language.use(spoken)
    seen = 0
    for where, properties in runs(opened(papers.paper_of("monthly-demand"))):
        fonts = {name: properties.find(qn(f"a:{name}")) for name in ("latin", "ea")}
        assert all(font is not None and font.get("typeface") for font in fonts.values()), where
        assert fonts["ea"].get("typeface") == "Yu Gothic", where
        assert properties.get("lang") == tag, where
        seen += 1
    assert seen > 200


@letters.needs_fonts
@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("one", EVERY, ids=CALLED)
def test_no_text_is_larger_than_its_place(one: str | Callable[[], Paper], spoken: str):
    language.use(spoken)
    made = opened(paper_of(one))
    for number, slide in enumerate(made.slides, 1):
        assert letters.too_much(slide) == [], number
        assert letters.outside(slide, made.slide_width, made.slide_height) == [], number


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("one", EVERY, ids=CALLED)
def test_every_slide_has_what_it_must(one: str | Callable[[], Paper], spoken: str):
    language.use(spoken)
    paper = paper_of(one)
    made, said = opened(paper), phrases(paper)
    assert len(made.slides) == len(SLIDES)
    for number, (slide, name) in enumerate(zip(made.slides, SLIDES, strict=True), 1):
        texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert slide.shapes.title.text_frame.text
        assert set(paper.marks) <= set(texts)
        assert [field.findtext(qn("a:t")) for field in slide._element.iter(qn("a:fld"))] == [str(number)]
        notes = slide.notes_slide.notes_text_frame.text.split("\n")
        assert len(notes) >= 3
        assert not re.findall(r"\bnan\b|\bNaN\b|\binf\b|\bNone\b(?! of)|\{\w*\}", " ".join([*texts, *notes])), number
        if one is not papers.hostile:
            assert notes[:3] == said[name]


def test_a_long_name_is_whole_in_the_notes():
    language.use("ja")
    made = opened(papers.long_names())
    cut = [shape.text_frame.text for slide in made.slides for shape in slide.shapes if shape.has_text_frame]
    assert any("…" in text for text in cut)
    assert papers.EIGHTY in made.slides[0].notes_slide.notes_text_frame.text


def test_signs_that_xml_forbids_and_formulas_do_no_harm():
    made = opened(papers.hostile())
    for slide in made.slides:
        for shape in slide.shapes:
            if shape.has_chart:
                blob = shape.chart.part.chart_workbook.xlsx_part.blob
                cells = [c for row in openpyxl.load_workbook(io.BytesIO(blob)).active.iter_rows() for c in row]
                assert {cell.data_type for cell in cells} <= {"n", "s"}
    said = [shape.text_frame.text for slide in made.slides for shape in slide.shapes if shape.has_text_frame]
    assert any("=1+1<b>& 😀" in text for text in said)


def test_the_same_paper_gives_the_same_bytes():
    paper = papers.paper_of("machine-failure")
    made = deck(paper)
    assert made == deck(paper)
    known = Presentation(io.BytesIO(made)).core_properties
    assert (known.author, known.created, known.modified) == ("ALMA dashboard", *2 * [papers.MADE.replace(tzinfo=None)])


def company(*, titles: bool = True, is_wide: bool = False) -> bytes:
    """Return a company's file: three slides of its own, sections that name them, layouts by its own names."""
    made = Presentation()
    if is_wide:
        made.slide_width = made.slide_width * 4 // 3
    for place, layout in enumerate(made.slide_layouts):
        layout.name = f"Firma {place}"
        for placeholder in list(layout.placeholders):
            if not titles and placeholder.placeholder_format.type in (1, 3, 5):
                placeholder._element.getparent().remove(placeholder._element)
    for number in range(3):
        slide = made.slides.add_slide(made.slide_layouts[1 if titles else 6])
        slide.shapes.add_textbox(0, 0, 99, 99).text_frame.text = f"Geheim {number}"
        slide.notes_slide.notes_text_frame.text = "Geheim"
    made.core_properties.comments = "Geheim"
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


@pytest.mark.parametrize("is_wide", [False, True])
def test_a_template_keeps_its_layouts_and_size_and_none_of_its_slides(is_wide: bool):
    given = company(is_wide=is_wide)
    had, made = Presentation(io.BytesIO(given)), deck(papers.paper_of("mnist"), given)
    has = Presentation(io.BytesIO(made))
    assert [layout.name for layout in has.slide_layouts] == [layout.name for layout in had.slide_layouts]
    assert (has.slide_width, has.slide_height) == (had.slide_width, had.slide_height)
    assert {slide.slide_layout.name for slide in has.slides} == {"Firma 1"}
    assert all(slide.shapes.title.is_placeholder for slide in has.slides)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = archive.namelist()
        assert not [name for name in parts if b"Geheim" in archive.read(name)]
    assert len([name for name in parts if name.startswith("ppt/slides/slide")]) == len(SLIDES)
    assert "docProps/app.xml" not in parts


@letters.needs_fonts
def test_a_deck_is_laid_out_in_the_proportions_of_its_template():
    made = opened(papers.paper_of("monthly-demand"), company())
    for slide in made.slides:
        assert letters.too_much(slide) == []
        assert letters.outside(slide, made.slide_width, made.slide_height) == []


def with_content_type(old: bytes, new: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(company())) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old, new))
    return written.getvalue()


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/media/image1.png", bytes(64 * 1024**2))
    return written.getvalue()


MACROS = b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
MAIN = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: b"", "no PowerPoint file"),
        (lambda: b"\xd0\xcf\x11\xe0 locked", "no PowerPoint file"),
        (lambda: company()[:3000], "damaged"),
        (lambda: zip_of("word/document.xml"), "no PowerPoint file"),
        (bomb, "unpacks to"),
        (lambda: with_content_type(MAIN, MACROS), "macros"),
        (lambda: company(titles=False), "no layout with a title"),
    ],
)  # fmt: skip
def test_what_is_no_template_is_refused_in_one_sentence(given: Callable[[], bytes], said: str):
    with pytest.raises(AlmaError, match=said):
        deck(papers.paper_of("mnist"), given())


def zip_of(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, b"<x/>")
    return written.getvalue()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.slow
def test_another_program_opens_it(tmp_path: Path):
    language.use("ja")
    (tmp_path / "deck.pptx").write_bytes(deck(papers.paper_of("mnist")))
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "deck.pptx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "deck.pdf").read_bytes())
    assert len(pages) == len(SLIDES)


@pytest.mark.parametrize("missing", ["theme", "sldSz"])
def test_a_template_that_lacks_a_part_is_refused_in_one_sentence(missing: str):
    damaged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(company())) as whole, zipfile.ZipFile(damaged, "w") as target:
        for name in whole.namelist():
            content = whole.read(name)
            if missing == "theme" and name.endswith("slideMaster1.xml.rels"):
                content = re.sub(rb"<Relationship [^>]*relationships/theme[^>]*>", b"", content)
            if missing == "sldSz" and name == "ppt/presentation.xml":
                content = re.sub(rb"<p:sldSz[^>]*/>", b"", content)
            target.writestr(name, content)
    with pytest.raises(SpecError, match=r"\.pptx"):
        deck(papers.paper_of("machine-failure"), damaged.getvalue())


def test_a_deck_of_some_slides_keeps_their_order_and_its_source():
    paper = papers.paper_of("machine-failure")
    made = Presentation(io.BytesIO(deck(paper, slides=["causes", "recommendation"])))
    assert [slide.shapes.title.text_frame.text for slide in made.slides] == [
        one.title for one, _said in outline(paper, ["recommendation", "causes"])
    ]
    assert paper.run.id in made.slides[-1].notes_slide.notes_text_frame.text
