"""The workbook: its prices are live, to the yen; text stays text; it opens, whatever people call things."""

import dataclasses
import io
import re
import zipfile
from functools import cache
from typing import Any

import numpy as np
import openpyxl
import pytest

from alma_core import about, language
from alma_core.decide import tables
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.sheets import Sheet
from alma_core.report.workbook import workbook
from alma_core.report.workbook_book import ROWS, clean
from alma_core.report.workbook_costs import TOP
from alma_core.report.workbook_live import Live
from tests.report import books

needs_office = pytest.mark.skipif(books.SOFFICE is None, reason="LibreOffice (soffice) is not installed")
"""The first of these tests starts it, for a minute or so."""
SHEETS = ["Summary", "Ranking", "Prices", "Cost by cause", "Curves", "Quantities", "Repeats", "Ledger", "Provenance"]
RICH = Prices(
    price_per_error=300.0, volume=900.0, use=0.8, updates_included=10, day_rate_beyond=75_000.0, price_per_label=2.5,
    upkeep=(("single", 120_000.0), ("every", 90_000.0)), hardware=(("M", 200_000.0), ("L", 1_500_000.0)),
    discount_rate=0.08, price_per_device_hour=5000.0, peak_flops=1e9, release_days=2.0,
)  # fmt: skip
TIGHT = Limits(one_off=1_200_000.0, worst_error=0.95, update_hours=1.0)
MATRIX = Prices(price_matrix=tuple(tuple(0.0 if i == j else 10.0 * i + j + 1 for j in range(10)) for i in range(10)))


def dearer(i: int, j: int) -> float:
    return 0.0 if i == j else 900.0 if i == 3 else 7.0 * j + 0.25


CASES: dict[str, tuple[str, Prices | None, dict[str, Any], list[dict[str, Any]]]] = {
    "mnist": ("mnist", None, {"horizon": 20}, [
        {}, {"price_per_error": 61.5, "day_rate": 90_000.0, "use": 0.5},
        {"price_per_label": 1.25, "price_per_device_hour": 90_000.0, "peak_flops": 2e10, "utilisation": 0.07,
         "upkeep": (("every", 40_000.0),), "hardware": (("S", 1e5), ("L", 3e6)), "days_per_update": 1.75},
    ]),
    "machine": ("machine-failure", None, {}, [
        {}, {"miss_price": 9_000.0, "false_alarm_price": 5_000.0, "day_rate": 900.0},
    ]),
    "positives": ("machine-failure", Prices(miss_price=50_000.0, false_alarm_price=800.0, positives=0.02), {}, [
        {}, {"positives": 0.3, "use": 0.9},
    ]),
    "demand": ("monthly-demand", None, {}, [
        {}, {"shortage_price": 15.0, "excess_price": 400.0, "use": 1.0, "day_rate": 1_000.0},
    ]),
    "rich": ("mnist", RICH, {"horizon": 20, "limits": TIGHT}, [
        {}, {"volume": 2500.0, "day_rate_beyond": 1.0, "upkeep": (("single", 1e6), ("every", 5.0)),
             "hardware": (("S", 2e6), ("M", 1e6), ("L", 0.0)), "utilisation": 0.02},
    ]),
    "night": ("mnist-policies", Prices(nightly_hours=0.001, peak_flops=1e10, price_per_device_hour=1e6), {}, [
        {}, {"price_per_device_hour": 2e5, "price_per_error": 10.0},
    ]),
    "matrix": ("digits", MATRIX, {}, [
        {}, {"price_matrix": tuple(tuple(dearer(i, j) for j in range(10)) for i in range(10)), "use": 0.25},
    ]),
}  # fmt: skip
"""Run, prices of the export, what else is asked, and the changes tried on the workbook."""


def of_cells(changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes of prices by the names of the cells."""
    found = {name: value for name, value in changes.items() if name not in ("upkeep", "hardware")}
    for name in ("upkeep", "hardware"):
        found |= {f"{name}_{key}": amount for key, amount in changes.get(name, ())}
    return found


@cache
def paper(case: str) -> Any:
    run, prices, asked, _changes = CASES[case]
    return books.shipped(run, prices, **asked)


@cache
def made(case: str) -> bytes:
    return workbook(paper(case))


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> dict[str, openpyxl.Workbook]:
    """Every workbook with every change, as LibreOffice reckons it, in one start."""
    changed = {
        f"{case}-{n}": books.priced(made(case), of_cells(changes))
        for case, (_run, _prices, _asked, tried) in CASES.items()
        for n, changes in enumerate(tried)
    }
    return books.recalculated(tmp_path_factory.mktemp("office"), changed)


TRIED = [(case, n) for case, (_run, _prices, _asked, tried) in CASES.items() for n in range(len(tried))]


@pytest.mark.slow
@needs_office
@pytest.mark.parametrize(("case", "n"), TRIED)
def test_a_changed_price_gives_what_the_dashboard_gives_at_those_levels(case: str, n: int, anew: Any):
    exported = paper(case).answer
    found, now = anew[f"{case}-{n}"], books.at(exported, **CASES[case][3][n])
    order = exported.order
    assert books.named(found, "all_cost") == pytest.approx(now.costs.total.mean(1)[order], abs=0.01, rel=1e-12)
    assert [order[place - 1] for place in of_ranking(found, "place, as exported")] == now.order.tolist()
    rows = tables.ranking(now)
    assert of_ranking(found, "cost") == pytest.approx(rows["cost"], abs=0.01)
    assert of_ranking(found, "saving (") == pytest.approx(rows["saving"], abs=0.01)
    times = 1 if tables.ranking(exported)["device_hours"].max() >= 1 else 3600
    assert of_ranking(found, "device time") == pytest.approx(rows["device_hours"] * times, rel=1e-9, abs=1e-12)
    if Live(exported).has_live_intervals:
        assert of_ranking(found, "saving, low") == pytest.approx(rows["saving_low"], abs=0.01)
        assert of_ranking(found, "saving, high") == pytest.approx(rows["saving_high"], abs=0.01)
    for cause in Live(exported).formulas:
        amounts = now.costs.of(cause).sum(-1).mean(1)[order]
        assert books.named(found, f"all_of_{cause}") == pytest.approx(amounts, abs=0.01, rel=1e-12), cause


def of_ranking(book: openpyxl.Workbook, heading: str) -> list[Any]:
    """Return a column of the ranking whose heading begins so."""
    sheet = book["Ranking"]
    (column,) = [cell.column for cell in sheet[6] if str(cell.value).startswith(heading)]
    return [sheet.cell(row, column).value for row in range(7, sheet.max_row + 1)]


@pytest.mark.slow
@needs_office
def test_the_summary_says_who_is_cheapest_now(anew: dict[str, openpyxl.Workbook]):
    told = {n: " | ".join(str(cell.value) for row in anew[f"mnist-{n}"]["Summary"] for cell in row) for n in (0, 1)}
    assert "the same policy as in the export" in told[0]
    assert "At the exported prices." in told[0]
    assert "another policy than in the export" in told[1]
    assert "Prices changed in the sheet “Prices”: 3" in told[1]
    now = books.at(paper("mnist").answer, **CASES["mnist"][3][1])
    assert paper("mnist").styles[now.recommended].name in told[1]


@pytest.mark.slow
@needs_office
def test_no_cell_is_an_error(anew: dict[str, openpyxl.Workbook]):
    for name, book in anew.items():
        wrong = [cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type == "e"]
        assert wrong == [], name


@pytest.mark.parametrize("case", CASES)
def test_the_file_holds_what_the_dashboard_shows_before_anything_recalculates(case: str):
    book, answer = books.read(made(case), values=True), paper(case).answer
    rows = tables.ranking(answer)
    assert of_ranking(book, "place, as exported") == list(range(1, len(rows) + 1))
    for heading, name in (("cost", "cost"), ("saving (", "saving"), ("short-term", "short_term_error")):
        assert of_ranking(book, heading) == pytest.approx(rows[name], abs=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_the_same_formulas_in_python_give_the_same(case: str):
    """The naive twin: each formula evaluated as it stands."""
    answer = paper(case).answer
    live = Live(answer)
    for changes in CASES[case][3]:
        now = books.at(answer, **changes)
        assert by_formula(live, now.question.prices) == pytest.approx(now.costs.total, abs=0.01, rel=1e-12)


def by_formula(live: Live, prices: Prices) -> Any:
    known = {field.name: getattr(prices, field.name) for field in dataclasses.fields(prices)}
    upkeep, hardware = dict(prices.upkeep), dict(prices.hardware)
    known |= {f"upkeep_{name}": upkeep.get(name, upkeep.get("every", 0.0)) for name in live.upkeeps}
    known |= {f"hardware_{name}": hardware.get(name, 0.0) for name in live.capacities}
    total = np.zeros_like(live.answer.costs.total)  # [P, S]
    for formulas in live.formulas.values():
        for policy, formula in enumerate(formulas):
            cells = [values[policy] for name, values in live.quantities.items() if name.startswith("cell_")]
            if "SUMPRODUCT" in formula:
                formula = re.sub(r"SUMPRODUCT\(.*?\)", "wrong", formula)
                known["wrong"] = np.array(prices.price_matrix).ravel() @ np.array(cells)
            gaps = {name: f"quantities[{name!r}][{policy}]" for name in live.quantities}
            total[policy] += eval(formula.format_map(gaps), {"quantities": live.quantities, **known})
    return total


def written(book: openpyxl.Workbook) -> dict[str, str]:
    """Return by sheet all that stands on it."""
    return {
        sheet.title: "\n".join(str(cell.value) for row in sheet for cell in row if cell.value is not None)
        for sheet in book
    }


def parts(book: bytes, pattern: str) -> dict[str, str]:
    """Return the members of a file whose names match."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if re.search(pattern, name)}


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_every_sheet_has_its_marks_a_fixed_heading_and_prints_across_a_page(spoken: str):
    language.use(spoken)
    book = books.read(workbook(paper("mnist")))
    names = SHEETS if spoken == "en" else ["要約", "順位", "単価", "費目別の費用", "推移", "数量"]
    assert book.sheetnames[: len(names)] == names
    assert book.active.title == names[0]
    marks = {"en": ("example prices", "example data"), "ja": ("仮の単価", "例示データ")}[spoken]
    for sheet in book:
        assert len(sheet.title) <= 31
        assert not re.search(r"[\[\]:*?/\\]", sheet.title)
        assert all(mark in sheet["A2"].value for mark in marks), sheet.title
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)  # not stated, it is 1
        assert sheet.title == names[0] or sheet.freeze_panes, sheet.title


def test_nothing_is_said_in_english_on_japanese_sheets():
    language.use("ja")
    for sheet, text in written(books.read(workbook(paper("machine")))).items():
        lines = [line for line in text.split("\n") if not re.search(r"^[=\d]|alma run|SHA|UTC|numpy", line)]
        english = [line for line in lines if re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", line)]
        assert english == [], sheet


def test_charts_are_those_of_excel_itself():
    charts = parts(made("mnist"), r"charts/chart\d+\.xml")
    kinds = sorted(re.findall(r"<c:(barChart|lineChart|scatterChart)>", "".join(charts.values())))
    assert kinds == ["barChart", "barChart", "lineChart", "lineChart", "scatterChart"]
    of_causes = [text for text in charts.values() if "barChart" in text]
    answer = paper("mnist").answer
    of_today = str(int(answer.costs.errors[answer.baseline].sum(-1).mean()))
    assert all("'Cost by cause'!$C$7:$C$14" in text and of_today in text for text in of_causes)
    assert all('<c:min val="0"/>' in text for text in of_causes)  # lengths are compared


def test_no_chart_stands_beside_headings_that_every_printed_page_repeats():
    drawings = parts(made("mnist"), r"drawings/drawing\d+\.xml")
    rows = [int(row) for text in drawings.values() for row in re.findall(r"<xdr:from>.*?<xdr:row>(\d+)", text)]
    assert len(rows) >= 5
    assert all(row >= TOP + 1 or row == 3 for row in rows)  # the summary repeats none


def test_the_same_paper_gives_the_same_bytes_at_any_hour():
    first = workbook(paper("machine"))
    later = dataclasses.replace(paper("machine"))
    assert workbook(later) == first
    assert b"2026-11-29T08:15:00Z" in zipfile.ZipFile(io.BytesIO(first)).read("docProps/core.xml")


NASTY = [
    "=1+1",
    '=HYPERLINK("http://x.test","x")',
    "http://x.test/",
    "<b>&",
    "a\x01\x0b\ud800\ufffeb",
    "12",
    "😀",
    "漢" * 80,
]


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_what_people_call_things_stays_text_and_breaks_nothing(nasty: str):
    unit = nasty.encode("utf-8", "replace").decode()
    sheet = Sheet(nasty, nasty, (nasty, nasty), Prices(price_per_error=20.0))
    made_up = books.by_hand(6, sheet=sheet, name=unit, target=unit, unit=unit)
    about.write(made_up.run.path, about.About(name=unit[: about.LONGEST_NAME]))
    book = workbook(made_up)
    formulas = re.findall(r"<f>(.*?)</f>", "".join(parts(book, "worksheets/").values()))
    assert formulas
    assert not [formula for formula in formulas if "1+1" in formula or "HYPERLINK" in formula or "x.test" in formula]
    assert "hyperlink" not in "".join(parts(book, "worksheets/").values()).lower()
    said = written(books.read(book))
    assert clean(nasty) in said["Provenance"]
    assert clean(nasty) in said["Prices"]


def test_text_is_cleaned_of_what_xml_cannot_hold():
    assert clean("a\x00\x08\x0b\x1f\ud800\ufffe\uffffb\tc\n😀") == "a b c 😀"
    assert len(clean("x" * 40_000)) == 32_767


@pytest.mark.parametrize(("policies", "seeds"), [(1, 1), (60, 1), (60, 3), (200, 2)])
def test_few_and_many_policies_have_their_rows(policies: int, seeds: int):
    made_up = books.by_hand(policies, seeds, 20)
    count = len(made_up.answer.order)
    book = books.read(workbook(made_up), values=True)
    assert of_ranking(book, "cost") == pytest.approx(made_up.answer.costs.total.mean(1)[made_up.answer.order])
    assert len(of_ranking(book, "policy")) == count
    assert ("Repeats" in book.sheetnames) == (seeds > 1)
    headings = [str(cell.value) for cell in book["Ranking"][6]]
    assert any(heading.startswith("saving, low") for heading in headings) == (seeds > 1)


def test_a_ledger_that_is_too_long_is_cut_and_says_so():
    made_up = books.by_hand(30, 10, 90)
    count = len(made_up.answer.order)
    assert count * 10 * 90 > 15_000
    sheet = books.read(workbook(made_up))["Ledger"]
    shown = {sheet.cell(row, 1).value for row in range(7, sheet.max_row + 1)}
    assert 7 + 12_000 < sheet.max_row < 15_010 < ROWS
    assert f"the rows of {count - len(shown)} policies further down the ranking are left out" in sheet["A4"].value
    assert {made_up.styles[number].name for number in made_up.answer.podium} <= shown


def test_the_ledger_adds_up_to_the_ranking():
    made_up = books.by_hand(4)
    book = books.read(workbook(made_up))
    sheet, answer = book["Ledger"], made_up.answer
    headings = [cell.value for cell in sheet[6]]
    money = [headings.index(name) for name in ("cost of errors (JPY)", "all other costs (JPY)")]
    for number in range(len(answer.order)):
        of_it = [row for row in sheet.iter_rows(7, values_only=True) if row[0] == made_up.styles[number].name]
        total = sum(row[column] for row in of_it for column in money) / answer.panel.seeds
        assert total == pytest.approx(answer.costs.total[number].mean())


def test_what_no_formula_can_follow_is_listed_and_what_can_is_not():
    text = written(books.read(made("night")))["Prices"]
    fixed = text.split("These need the dashboard")[1]
    assert "Hours a night on a server of your own\n0.001" in fixed
    assert "Peak of the device, operations a second\n1e+10" in fixed
    assert "peak_flops" not in text.split("These need")[0]
    rich = written(books.read(made("rich")))["Prices"]
    assert "Discount rate a year\n8.0" in rich.split("These need")[1]
    assert "volume" in rich.split("These need")[0]


def test_limits_put_policies_last_and_name_what_they_exceed():
    answer = paper("rich").answer
    assert 0 < sum(bool(one) for one in answer.excesses) < len(answer.excesses)
    rows = of_ranking(books.read(made("rich"), values=True), "exceeds")
    assert [bool(text) for text in rows] == [bool(answer.excesses[number]) for number in answer.order]


def test_a_sheet_says_at_which_thresholds_it_holds():
    said = written(books.read(made("machine")))
    for name in ("Summary", "Ranking", "Prices", "Cost by cause", "Quantities"):
        assert "thresholds that are cheapest at the exported prices" in said[name], name
    assert "thresholds" not in written(books.read(made("mnist")))["Prices"]
