"""The rows behind a chart, as words."""

import datetime
import math

import pandas as pd
import pytest

from alma_core import language
from alma_core.decide.measure import Measure
from alma_core.report import columns
from alma_core.report.columns import AS_THEY_ARE, Units

SHARES = Units(Measure(), "JPY")
RENTALS = Units(Measure("regression", 140.0, "rentals"), "JPY")


def cell(code: str, value: object, units: Units) -> tuple[str, str]:
    told = columns.in_words(pd.DataFrame({code: [value]}), units)
    return str(told.columns[0]), str(told.iloc[0, 0]).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("code", "value", "units", "english", "spoken"),
    [
        ("error", 0.0264, SHARES, ("error", "2.6 %"), ("誤り率", "2.6%")),
        ("error", 0.0264, AS_THEY_ARE, ("error", "0.0264"), ("誤り率", "0.0264")),
        ("error (rentals)", 52.34, RENTALS, ("prediction error (rentals)", "52.3"), ("予測のずれ(件)", "52.3")),
        ("cost_so_far", 4_200_000.0, SHARES, ("cost so far", "4.20 M JPY"), ("これまでの費用", "420万円")),
        ("cost_so_far", 4_200_000.0, AS_THEY_ARE, ("cost so far", "4,200,000"), ("これまでの費用", "4,200,000")),
        ("cause", "errors", RENTALS, ("cause", "prediction errors"), ("費目", "予測のずれ")),
        ("updates_so_far", 2.5, SHARES, ("updates so far", "2.5"), ("これまでの更新回数", "2.5")),
        ("is_best", True, SHARES, ("recommended", "yes"), ("推奨", "はい")),
        ("is_best", False, SHARES, ("recommended", ""), ("推奨", "")),
        ("sign", -1, SHARES, ("against today's", "less"), ("現在の運用より", "少ない")),
        ("cost_difference", -950.0, SHARES, ("difference in cost", "−950 JPY"), ("費用の差", "−950円")),
        ("low", math.nan, SHARES, ("low", "–"), ("最小", "–")),
        ("arrived_on", datetime.date(2026, 4, 1), SHARES, ("arrived on", "1 April 2026"), ("到着日", "2026年4月1日")),
        ("炉温度", "x = 1", SHARES, ("炉温度", "x = 1"), ("炉温度", "x = 1")),
    ],
)
def test_a_column_is_named_and_its_figures_written_as_the_page_writes_them(
    code: str, value: object, units: Units, english: tuple[str, str], spoken: tuple[str, str]
):
    with language.speaking("en"):
        assert cell(code, value, units) == english
    with language.speaking("ja"):
        assert cell(code, value, units) == spoken
