"""The written policy as Word and Markdown, read back."""

import dataclasses
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from alma_core import about, language
from alma_core.decide import advise
from alma_core.decide.ladder import ladder
from alma_core.decide.limits import Limits
from alma_core.report import memo, memo_parts, reasons, statements
from alma_core.report.paper import Paper
from tests.report import memos

SHIPPED = ("mnist", "monthly-demand", "machine-failure")
HEADINGS = [
    "1. Rule", "2. Exception that triggers an update at once", "3. Why, and what it should bring", "4. Who decides",
    "5. When it is reviewed", "6. What stops it", "7. Test that confirms it", "8. Investment in stages",
    "9. What it rests on",
]  # fmt: skip
BAD = "=1+1|<b>`x`</b>&amp; [a](javascript:x) *_# 😀\u202e"


def plain(text: str) -> str:
    return text.replace(language.NO_BREAK, " ")


def opened(paper: Paper) -> Document:
    return docx.Document(io.BytesIO(memo.docx(paper)))


def items(paper: Paper) -> dict[str, str]:
    """Return the sentences of each part, by the number and heading of the part."""
    return {
        f"{n}. {part.heading}": plain(" ".join(part.sentences)) for n, part in enumerate(memo_parts.parts(paper), 1)
    }


def told(document: Document) -> str:
    """Return all text of a Word file, tables too."""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return plain("\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells]))


@pytest.mark.parametrize("name", SHIPPED)
def test_word_has_every_part_in_its_order(name: str):
    paper = memos.shipped(name)
    document = opened(paper)
    headings = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 2"]
    assert headings == HEADINGS
    assert document.paragraphs[0].text == "Operating policy: when the model is updated"
    said = told(document)
    for sentence in (statements.worth(paper.answer, paper.unit), *reasons.reasons(paper.answer, paper.unit)):
        assert plain(sentence) in said
    for part in memo_parts.parts(paper):
        assert all(plain(sentence) in said for sentence in part.sentences)


@pytest.mark.parametrize("name", SHIPPED)
def test_word_and_markdown_and_plain_text_say_the_same(name: str):
    paper = memos.shipped(name)
    marked = plain(re.sub(r"\\(.)", r"\1", memo.markdown(paper).decode()))
    text, word = plain(memo_parts.written(paper)), told(opened(paper))
    for part in memo_parts.parts(paper):
        cells = [cell for table in part.tables for cell in [*table.rows, *table.rows.to_numpy().ravel()]]
        for one in [part.heading, *part.sentences, *(table.caption for table in part.tables), *cells]:
            assert plain(one) in marked
            assert plain(one) in text
            assert plain(one) in word


def test_the_rule_of_mnist_with_its_figures():
    found = items(memos.shipped("mnist"))
    assert found["1. Rule"].startswith(
        "Collect 2 days, then update: continue training on all data so far, large model. How long to wait is laid down"
    )
    assert "(1,200 cases) exceeds 12.6 %" in found["2. Exception that triggers an update at once"]
    assert "the limit is 5.8 %" in found["2. Exception that triggers an update at once"]
    assert "Saves 675 k JPY over 50 days" in found["3. Why, and what it should bring"]
    assert "over 10 days exceeds 2.6 %: the most that any repeat gave at the end, 2.2 %" in found["6. What stops it"]
    assert "go back to “every day, continue, new data, M”" in found["6. What stops it"]
    test = found["7. Test that confirms it"]
    assert "8,690 labelled cases in each half show the simulated difference (6.0 % today, 5.0 % then)" in test
    assert (
        "It lasts at least 15 days, two updates of both policies among them, and begins after 10 days" in test
    )  # 17,380 cases at 1,200 a day


def test_a_test_that_takes_too_long_is_said_to():
    found = items(memos.shipped("machine-failure"))["7. Test that confirms it"]
    assert "401 labelled cases arrive in 1 lot" in found
    assert "longer than the 20 lots that were simulated" in found
    assert "Within 20 lots only a difference of 1.1 pt or more would show." in found
    assert "Kinds of errors are counted apart" in found
    assert "In its place: start with [one line or branch]" in found


def test_numbers_are_tested_by_period():
    found = items(memos.shipped("monthly-demand"))
    assert found["1. Rule"].startswith("Update every month: continue training on the new data, medium model.")
    assert "today's rule: that another one is cheaper is not shown beyond chance (item 3)" in found["1. Rule"]
    assert "exceeds 145.0 rentals, the most that any repeat" in found["2. Exception that triggers an update at once"]
    assert "shift, as in the past in “yr”" in found["2. Exception that triggers an update at once"]
    assert (
        "over 5 months exceeds 107.0 rentals, the most that any repeat gave over so long" in found["6. What stops it"]
    )
    assert "Earlier the limit is 66.3 rentals from the start." in found["6. What stops it"]
    test = found["7. Test that confirms it"]
    assert "Sample size: 279 months show the simulated difference (88.2 rentals today, 85.5 rentals then)" in test
    assert "single cases are not recorded, so periods count" in test


VERDICTS: dict[str, tuple[Any, dict[str, Any], dict[str, str]]] = {
    advise.RECOMMEND: (memos.DEAR_UPDATES, {}, {
        "1. Rule": "Collect 2 lots, then update", "6. What stops it": "go back to “every lot, continue",
        "7. Test that confirms it": "872 labelled cases in each half", "3. Why, and what it should bring": "Saves",
    }),
    advise.KEEP: (memos.CHEAP, {}, {
        "1. Rule": "This is today's rule: it costs least of those compared.", "6. What stops it": "Then decide anew.",
        "7. Test that confirms it": "None is needed", "3. Why, and what it should bring": "costs least of the 3",
    }),
    advise.NOT_ENOUGH: (memos.UNSURE, {}, {
        "1. Rule": "Update every lot", "6. What stops it": "Then decide anew.",
        "7. Test that confirms it": "To learn whether another does better", "8. Investment in stages": "Start small",
    }),
    advise.DO_NOT_UPDATE: (memos.DEAREST_UPDATES, {}, {
        "1. Rule": "Do not introduce a model", "6. What stops it": "go back to “every lot, continue",
        "7. Test that confirms it": "labels are taken from both alike. Sample size: 9 labelled cases",
        "8. Investment in stages": "No stage is released: at these prices none pays for itself",
        "2. Exception that triggers an update at once": "Then decide anew whether a model is to be updated (item 5)",
    }),
    advise.NONE_ALLOWED: (memos.DEAR_UPDATES, {"limits": Limits(worst_error=0.001)}, {
        "1. Rule": "Update every lot: continue training on the new data, medium model. How long to wait",
        "3. Why, and what it should bring": "Nothing is to be expected", "8. Investment in stages": "No stage",
        "7. Test that confirms it": "None yet",
    }),
}  # fmt: skip


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict(verdict: str, spoken: str):
    prices, asked, says = VERDICTS[verdict]
    paper = memos.by_hand(prices, **asked)
    assert paper.answer.verdict == verdict
    language.use(spoken)
    found = items(paper)
    if spoken == "en":
        assert list(found) == HEADINGS
        assert {heading: text for heading, text in says.items() if text not in found[heading]} == {}
    text = told(opened(paper)) + memo.markdown(paper).decode()
    assert not re.search(r"\bnan\b|\bNone\b(?! yet| is)|{\w*}|\binf\b", text)


def test_a_rule_that_rests_on_a_condition_names_it():
    shifts = memos.shipped("monthly-demand").answer.shifts
    paper = memos.shipped("mnist")
    paper = dataclasses.replace(paper, answer=dataclasses.replace(paper.answer, shifts=shifts))
    assert paper.answer.verdict == advise.ON_CONDITION
    assert "On condition that the data go on as they did" in items(paper)["1. Rule"]
    assert "as in the past in “yr”" in items(paper)["2. Exception that triggers an update at once"]


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_one_repeat_shows_no_interval(spoken: str):
    language.use(spoken)
    paper = memos.by_hand(memos.DEAR_UPDATES, seeds=1)
    text = told(opened(paper))
    assert "nan" not in text
    if spoken == "en":
        assert "a single repeat gives no interval" in text


def test_short_and_long_term_stand_apart():
    (table,) = memo_parts.parts(memos.shipped("mnist"))[2].tables
    rows = table.rows.map(plain).to_numpy().tolist()
    assert rows[0] == [
        "Short-term KPI (first 10 days)",
        "10.1 %",
        "14.7 %",
        "+4.6 pt (+3.9 to +5.4)",
        "3.4 % to 10.0 %",
    ]
    assert rows[2][:3] == ["Long-term KPI (last 10 days)", "4.0 %", "2.1 %"]


def test_sizes_are_stages():
    ladder, plan = memo_parts.parts(memos.shipped("mnist"))[7].tables
    assert ladder.rows["stage"].tolist() == ["small", "medium", "large"]
    assert plain(ladder.rows["saving against today's, a year"].iloc[-1]) == "4.93 M JPY"  # as the answer says
    assert plain(ladder.rows["on to the next stage"].iloc[0]) == "yes, to medium: 3.43 M JPY less"
    assert len(plan.rows) == 6
    assert plain(plan.caption).startswith("Best plan in hindsight: 6 updates")


def test_savings_of_the_sizes_and_what_lets_one_go_on_agree():
    """As simulated: the recommended policy's saving with its luck taken off would lie below that of a smaller size."""
    for name in ("elec2", *SHIPPED):
        answer = memos.shipped(name).answer
        for rung in ladder(answer):
            if rung.gate is not None:
                larger = next(one.policy for one in ladder(answer) if one.capacity == rung.gate.capacity)
                apart = answer.simulated(larger).mean - answer.simulated(rung.policy).mean
                assert rung.gate.saving.mean == pytest.approx(apart)


def test_columns_are_quoted_as_the_language_does():
    language.use("ja")
    assert "「yr」・「mnth」" in plain(" ".join(memo_parts.parts(memos.shipped("monthly-demand"))[1].sentences))


def test_every_run_of_letters_has_its_east_asian_font():
    language.use("ja")
    document = opened(memos.shipped("mnist"))
    section = document.sections[0]
    paragraphs = [
        *document.paragraphs, *section.header.paragraphs, *section.footer.paragraphs,
        *(p for table in document.tables for row in table.rows for cell in row.cells for p in cell.paragraphs),
    ]  # fmt: skip
    runs = [run for paragraph in paragraphs for run in paragraph.runs]
    assert len(runs) > 50
    for run in runs:
        assert run._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "Yu Gothic", run.text
    for name in ("Normal", "Heading 1", "Heading 2", "List Bullet", "Header", "Footer"):
        fonts = document.styles[name].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == "Yu Gothic"
        assert [attribute for attribute in fonts.attrib if "Theme" in attribute] == []
        size = document.styles[name].font.size
        assert size is not None
        assert size.pt >= 9


def test_the_page_and_its_margins_say_what_it_is():
    document = opened(memos.shipped("mnist"))
    section = document.sections[0]
    assert (section.page_width.mm, section.page_height.mm) == (pytest.approx(210, abs=0.1), pytest.approx(297, abs=0.1))
    for side in ("left", "right", "top", "bottom"):
        assert getattr(section, f"{side}_margin").mm == pytest.approx(20, abs=0.1)
    assert section.header.paragraphs[0].text == "example prices, example data"
    assert "Run mnist" in section.footer.paragraphs[0].text
    assert [field.text for field in section.footer._element.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]
    known = document.core_properties
    assert (known.author, known.title) == ("ALMA", "Operating policy: when the model is updated")
    assert known.created == known.modified == memos.MADE


def test_tables_are_written_in_the_order_that_word_asks_for():
    order = ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook")
    for table in opened(memos.shipped("mnist")).tables:
        found = [child.tag.rpartition("}")[2] for child in table._tbl.tblPr]
        assert found == [name for name in order if name in found]
        assert {"tblBorders", "tblCellMar"} <= set(found)


def test_what_is_to_be_filled_in_is_marked():
    document = opened(memos.shipped("mnist"))
    shaded = {
        run.text
        for table in document.tables for row in table.rows for cell in row.cells
        for run in cell.paragraphs[0].runs if run._r.rPr.find(qn("w:shd")) is not None
    }  # fmt: skip
    assert shaded == {"[name and role]", "[date]"}


def test_confirmed_prices_of_ones_own_run_carry_no_mark():
    paper = memos.by_hand(dataclasses.replace(memos.DEAR_UPDATES, confirmed=True))
    assert paper.marks == []
    assert "example" not in told(opened(paper)) + memo.markdown(paper).decode()
    assert opened(paper).sections[0].header.paragraphs[0].text == memo_parts.title()


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_the_same_paper_gives_the_same_bytes(spoken: str):
    language.use(spoken)
    paper = memos.shipped("mnist")
    assert memo.docx(paper) == memo.docx(paper)
    assert memo.markdown(paper) == memo.markdown(paper)
    with zipfile.ZipFile(io.BytesIO(memo.docx(paper))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2026, 11, 30, 9, 30, 0)}


def test_japanese_leaves_no_english_behind():
    language.use("ja")
    for name in SHIPPED:
        paper = memos.shipped(name)
        words = set(re.findall(r"[A-Za-z]{3,}", told(opened(paper))))
        known = {*re.findall(r"[A-Za-z]{3,}", paper.footer), "KPI", "season", "mnth"}
        assert words <= known, words - known


def test_names_of_users_become_neither_markup_nor_links():
    paper = memos.by_hand(memos.DEAR_UPDATES, sheet=BAD)
    about.rename(paper.run.path, BAD.removesuffix("\u202e"))
    text = memo.markdown(paper).decode()
    assert "\\<b\\>\\`x\\`\\</b\\>\\&amp; \\[a\\](javascript:x) \\*\\_\\# 😀" in text
    assert not re.search(r"(?<!\\)[<`\[*]", text)
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} <= {6, 7}
    assert "\u202e" not in text
    assert text.splitlines()[2].startswith("\\=1+1")
    word = told(opened(paper))
    assert "prices “=1+1|<b>`x`</b>&amp; [a](javascript:x) *_# 😀”" in word


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("1. one", "1\\. one"), ("12) twelve", "12\\) twelve"), ("66.1 rentals", "66.1 rentals"), ("- a", "\\- a"),
        ("=1+1", "\\=1+1"), ("a|b", "a\\|b"), ("`a`", "\\`a\\`"), ("<b>", "\\<b\\>"),
        ("see http://x and www.x", "see http:\\//x and www\\.x"), ("![a](b)", "\\!\\[a\\](b)"),
    ],
)  # fmt: skip
def test_markup_is_escaped(text: str, escaped: str):
    assert memo._plain(text) == escaped


def test_signs_that_no_file_can_hold_are_left_out():
    paper = memos.by_hand(memos.DEAR_UPDATES, sheet="a\x00b\x0bc\nd\ud800e\ufffff")
    assert "“ab cdef”" in told(opened(paper)).replace("b c d", "b cd")
    assert "\x00" not in memo.markdown(paper).decode()


def pages(files: list[Path], folder: Path) -> dict[str, int]:
    """Return how many pages each Word file has as LibreOffice lays it out."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {
        file.stem: len(re.findall(rb"/Type\s*/Page\b", (folder / f"{file.stem}.pdf").read_bytes())) for file in files
    }


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed: no pages to count")
def test_it_takes_two_pages(tmp_path: Path):
    files = []
    papers = {name: memos.shipped(name) for name in SHIPPED}
    papers["long"] = memos.by_hand(memos.DEAR_UPDATES, sheet=memos.LONG, called=memos.LONG)
    papers["shifts"] = _with_long_columns(memos.shipped("monthly-demand"))
    for name, paper in papers.items():
        for spoken in ("en", "ja"):
            language.use(spoken)
            files.append(tmp_path / f"{name}-{spoken}.docx")
            files[-1].write_bytes(memo.docx(paper))
    found = pages(files, tmp_path)
    assert {name: count for name, count in found.items() if not 1 <= count <= 2} == {}
    assert len(found) == 10


def _with_long_columns(paper: Paper) -> Paper:
    shifts = [one._replace(column=memos.LONG) for one in paper.answer.shifts]
    return dataclasses.replace(paper, answer=dataclasses.replace(paper.answer, shifts=shifts))
