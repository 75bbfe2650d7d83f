"""The workbook: its prices are live, to the yen; text stays text; it opens, whatever people call things."""

import dataclasses
import re
from functools import cache
from typing import Any

import numpy as np
import openpyxl
import pytest

from alma_core.decide import tables
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.report.workbook import workbook
from alma_core.report.workbook_live import Live
from tests.report import books

needs_office = pytest.mark.skipif(books.SOFFICE is None, reason="LibreOffice (soffice) is not installed")
SHEETS = ["Summary", "Ranking", "Prices", "Cost by cause", "Curves", "Quantities", "Repeats", "Ledger", "Provenance"]
RICH = Prices(
    price_per_error=300.0, volume=900.0, use=0.8, updates_included=10, day_rate_beyond=75_000.0, price_per_label=2.5,
    upkeep=(("single", 120_000.0), ("every", 90_000.0)), hardware=(("M", 200_000.0), ("L", 1_500_000.0)),
    discount_rate=0.08, price_per_device_hour=5000.0, peak_flops=1e9, release_days=2.0,
)  # fmt: skip
MATRIX = Prices(price_matrix=tuple(tuple(0.0 if i == j else 10.0 * i + j + 1 for j in range(10)) for i in range(10)))


def dearer(i: int, j: int) -> float:
    return 0.0 if i == j else 900.0 if i == 3 else 7.0 * j + 0.25


CASES: dict[str, tuple[str, Prices | None, dict[str, Any], list[dict[str, Any]]]] = {
    "mnist": ("mnist", None, {}, [
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
    "rich": ("mnist", RICH, {"limits": Limits(one_off=1_600_000.0, worst_error=0.95, update_hours=1.0)}, [
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
    hours = of_ranking(found, "device time")
    assert hours == pytest.approx(rows["device_hours"], rel=1e-9, abs=1e-12)
    if Live(exported).has_live_intervals:
        assert of_ranking(found, "saving, low") == pytest.approx(rows["saving_low"], abs=0.01)
        assert of_ranking(found, "saving, high") == pytest.approx(rows["saving_high"], abs=0.01)
    for cause in Live(exported).formulas:
        amounts = now.costs.of(cause).sum(-1).mean(1)[order]
        assert books.named(found, f"all_of_{cause}") == pytest.approx(amounts, abs=0.01, rel=1e-12), cause


def of_ranking(book: openpyxl.Workbook, heading: str) -> list[Any]:
    """Return a column of the ranking whose heading begins so."""
    sheet = book["Ranking"]
    (column,) = [cell.column for cell in sheet[6] if str(cell.value).startswith(heading) and cell.value != "saving_"]
    return [sheet.cell(row, column).value for row in range(7, sheet.max_row + 1)]


@needs_office
def test_the_summary_says_who_is_cheapest_now(anew: dict[str, openpyxl.Workbook]):
    told = {n: " | ".join(str(cell.value) for row in anew[f"mnist-{n}"]["Summary"] for cell in row) for n in (0, 1)}
    assert "the same policy as in the export" in told[0]
    assert "At the exported prices." in told[0]
    assert "another policy than in the export" in told[1]
    assert "Prices changed in the sheet “Prices”: 3" in told[1]
    now = books.at(paper("mnist").answer, **CASES["mnist"][3][1])
    assert paper("mnist").styles[now.recommended].name in told[1]


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
