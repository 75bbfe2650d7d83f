"""What an answer assumes, as text."""

from dataclasses import replace

import pytest

from alma_core import language
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.report import assumptions
from tests.report import documents

PRICES = Prices(
    price_per_error=310, use=0.5, volume=2000, day_rate=0, price_per_label=0.25, upkeep=(("every", 5e5),),
    hardware=(("L", 1e6),), discount_rate=0.03, ranges=(("price_per_error", 100, 900),),
)  # fmt: skip


def told(prices: Prices, **asked: object) -> dict[str, tuple[str, ...]]:
    paper = documents.paper(prices=prices, **asked)
    rows = assumptions.rows(paper)
    return {
        what: tuple(cell.replace(language.NO_BREAK, " ") for cell in cells)
        for what, *cells in rows.itertuples(index=False)
    }


def test_every_number_stands_with_its_unit():
    rows = told(PRICES, limits=Limits(worst_error=0.95))
    assert {what: cells[0] for what, cells in rows.items()} == {
        "Today's policy": "every day, continue, new data, M", "Error today": "no model yet", "Horizon": "50 days",
        "Mega-batch size": "1 day", "Short-term: the first": "10 days", "Long-term: the last": "10 days",
        "Price sheet": "Wrong documents come back from the customer, changed (example prices)", "Currency": "JPY",
        "Price of one error": "310 JPY", "Share of predictions acted on": "50.0 %",
        "Predictions between two arrivals": "2,000", "Person-days per update": "0.50", "Price of a person-day": "0 JPY",
        "Price of one label": "0.25 JPY", "Price of one device hour": "80 JPY",
        "Peak of the device, operations a second": "8.1 T", "Share of the peak reached": "30.0 %",
        "Discount rate a year": "3.0 %", "Upkeep a year": "all methods: 500 k JPY",
        "Hardware to buy": "large: 1.00 M JPY", "First month of the fiscal year": "April",
        "Limit: the worst moment": "95.0 %",
    }  # fmt: skip
    assert rows["Price of one error"][1] == "100 JPY to 900 JPY"
    assert rows["Horizon"][1] == ""


def test_without_ranges_there_is_no_column_of_them():
    assert len(told(replace(PRICES, ranges=()))["Horizon"]) == 1


def test_a_price_that_is_not_in_force_is_not_shown():
    rows = told(replace(PRICES, volume=None, price_per_error=0.0, ranges=()))
    assert rows["Predictions between two arrivals"] == ("as in the data",)
    assert rows["Price of one error"] == ("0 JPY",)
    assert "Price of a miss" not in rows
    assert "Price of one label" not in told(replace(PRICES, price_per_label=0.0))


def test_prices_of_both_sides_and_closed_months_are_named():
    paper = documents.paper("monthly-demand")
    closed = replace(paper.answer.question.prices, freeze_months=(3, 12))
    rows = assumptions.rows(documents.paper("monthly-demand", prices=closed))
    found = dict(zip(rows["assumption"], rows["as it is"], strict=True))
    assert found["Price of a unit too few"] == "150\u00a0JPY"
    assert "Price of one error" not in found
    assert found["Months without releases"] == "March, December"
    assert "Prediction error today" in found


@pytest.mark.parametrize(
    ("method", "called"), [("single", "plain network"), ("ensemble", "ensemble of k"), ("moe", "mixture of k experts")]
)
def test_upkeep_names_its_method(method: str, called: str):
    assert told(replace(PRICES, upkeep=((method, 5e5),)))["Upkeep a year"][0] == f"{called}: 500 k JPY"
