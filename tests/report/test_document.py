"""The report as one offline page: what it holds, that it fetches nothing, that no name becomes markup or a formula."""

import base64
import csv
import html as markup
import io
import re

import pytest

from alma_core import language
from alma_core.report import assumptions, cards, costing, document, reasons, statements
from tests.report import documents


def parts(page: str) -> str:
    """Return a page without its scripts and its look."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)


def words(page: str) -> str:
    return markup.unescape(re.sub(r"<[^>]*>", "\n", parts(page)))


def saved(page: str) -> dict[str, bytes]:
    """Return what the page lets be saved, by the name of the file."""
    links = re.findall(r'download="([^"]*)" href="data:text/csv;charset=utf-8;base64,([^"]*)"', page)
    return {name: base64.b64decode(content) for name, content in links}


@pytest.mark.parametrize("spoken", ["en", "ja"])
@pytest.mark.parametrize("name", ["mnist", "monthly-demand"])
def test_it_holds_all_there_is_to_say(name: str, spoken: str):
    language.use(spoken)
    paper = documents.paper(name)
    page = document.document(paper).decode()
    said, answer, unit = words(page), paper.answer, paper.unit
    joined = said.replace("\n", "")
    assert f'<html lang="{spoken}">' in page
    assert statements.headline(answer, unit) in said
    for sentence in (*statements.all_but_headline(answer, unit), *reasons.reasons(answer, unit), paper.footer):
        bare = sentence.replace(": ", ":")
        assert bare in joined.replace(": ", ":"), sentence
    assert " · ".join(paper.marks) in said
    for card in cards.of(answer):
        assert f"{card.label}\n" in said
        assert f"\n{card.figure}\n" in said
    for chart in paper.charts().values():
        assert chart.title in said
        assert language.joined(*chart.said) in said
    for rows in (costing.break_evens(answer, unit), costing.staged(answer, paper.plan, unit), assumptions.rows(paper)):
        for cell in rows.to_numpy().ravel():
            assert not cell or f"\n{cell}\n" in said, cell


def test_rows_of_each_chart_stand_in_a_table_and_in_a_file():
    paper = documents.paper()
    page = document.document(paper).decode()
    files = saved(page)
    for name, chart in paper.charts().items():
        lines = list(csv.reader(io.StringIO(files[f"alma-{name}.csv"].decode("utf-8-sig"))))
        assert len(lines) == 1 + len(chart.rows)
        assert lines[0] == list(paper.named(chart.rows))
        section = page.split(f'<section id="{name}"')[1].split("</section>")[0]
        assert section.count("<tr>") == 1 + len(chart.rows)
        assert section.count("<details>") == 1
    assert len(list(csv.reader(io.StringIO(files["alma-ranking.csv"].decode("utf-8-sig"))))) == 50


def test_one_plotly_and_nothing_is_fetched():
    page = document.document(documents.paper()).decode()
    assert page.count("plotly.js v") == 1
    assert page.count('class="plotly-graph-div"') == 7
    assert page.count("Plotly.newPlot(") == 7
    assert "default-src 'none'" in page
    assert not re.search(r"<(link|iframe|img|object|embed|base)\b", parts(page))
    assert not re.search(r'(src|href)="(?!#|data:)', parts(page))
    assert "@import" not in page.split("</style>")[0]
    assert len(page) < 6_000_000


def test_the_same_paper_gives_the_same_bytes():
    assert document.document(documents.paper()) == document.document(documents.paper())


def test_marks_stand_at_the_foot_of_every_printed_page():
    language.use("ja")
    page = document.document(documents.paper()).decode()
    assert '@bottom-left { content: "仮の単価\\20 \\b7 \\20 例示データ"' in page


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_names_are_no_markup_and_no_formula(spoken: str):
    language.use(spoken)
    paper = documents.odd()
    page = document.document(paper).decode()
    assert documents.LONG in page
    assert "<b>&amp;\"'" not in page
    assert page.count("</script>") == page.count("<script")
    assert "&lt;b&gt;&amp;amp;" in page
    for name, content in saved(page).items():
        for line in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            assert not [cell for cell in line if re.match(r"[=+@\t\r]", cell)], name


def test_sixty_policies_are_all_ranked_and_the_bars_are_few():
    page = document.document(documents.odd()).decode()
    ranking = page.split('<section id="ranking"')[1].split("</section>")[0]
    assert ranking.count("<tr>") == 1 + 61
    assert page.split('<section id="costs"')[1].split("</section>")[0].count("<tr>") == 1 + 8


def test_no_english_is_left_in_japanese():
    language.use("ja")
    page = document.document(documents.paper())
    found = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"SHA-256|[0-9a-f]{12,}", "", words(page.decode()))))
    assert found <= {"JPY", "mnist", "quick", "CSV", "CPU"}


def test_a_run_without_a_plan_says_what_it_needs():
    paper = documents.paper(horizon=20, factor=5)
    page = words(document.document(paper).decode())
    assert paper.plan is None
    assert costing.no_plan() in page
