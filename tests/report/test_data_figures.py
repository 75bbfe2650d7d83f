"""Charts of a data set: what they hold, not how they look."""

import numpy as np
import pandas as pd
import pytest

from alma_core.report import data_figures
from alma_core.streams import shift

LEVEL = 0.01


def arriving(names: list[str], balance: list[float]) -> pd.DataFrame:
    count = len(names)
    return pd.DataFrame(
        {"t": range(1, count + 1), "name": names, "labelled": [30] * count, "blank": [2] * count, "balance": balance}
    )


def compared(*found: tuple[int, str, float, float]) -> pd.DataFrame:
    """Return a table of shift from (t, column, psi, p)."""
    rows = [
        row
        for t, column, psi, p in found
        for row in (
            shift.Row(t, column, "ks", 0.1, p, p),
            shift.Row(t, column, "psi", psi, np.nan, np.nan),
        )
    ]
    return pd.DataFrame([*rows, shift.Row(2, "", "auc", 0.9, 0.001, 0.001)])


def test_bars_show_rows_with_and_without_a_label():
    drawn = data_figures.arrivals(arriving(["2024-01", "2024-02"], [0.1, np.nan]), "share of NG", True)
    with_label, without, line = drawn.data
    assert (list(with_label.y), list(without.y)) == ([30, 30], [2, 2])
    assert line.y[0] == 0.1
    assert np.isnan(line.y[1])


def test_nothing_to_balance_draws_no_line():
    assert len(data_figures.arrivals(arriving(["a", "b"], [np.nan, np.nan]), "", True).data) == 2


@pytest.mark.parametrize(("is_share", "says_percent"), [(True, True), (False, False)])
def test_a_mean_below_one_is_no_percentage(is_share: bool, says_percent: bool):
    drawn = data_figures.arrivals(arriving(["a", "b"], [0.2, 0.3]), "mean of kWh", is_share)
    assert ("%" in drawn.layout.yaxis2.tickformat) == says_percent
    assert ("%" in drawn.layout.yaxis2.hoverformat) == says_percent


def test_names_from_files_are_no_markup():
    drawn = data_figures.arrivals(arriving(["<b>x", "&amp;"], [0.2, 0.3]), "share of <i>", True)
    assert list(drawn.data[0].customdata) == ["&lt;b&gt;x", "&amp;amp;"]
    assert list(drawn.layout.xaxis.ticktext) == ["&lt;b&gt;x", "&amp;amp;"]
    assert "<i>" not in drawn.layout.yaxis2.title.text
    cells = data_figures.shifted(compared((2, "<b>", 0.3, 0.001)), ["<i>", "<u>"], LEVEL).data[1]
    assert list(cells.y) == ["&lt;b&gt;"]
    assert cells.customdata[0][0][0] == "&lt;u&gt;"


def test_only_what_is_more_than_chance_is_coloured():
    """A stability index of few rows is large by chance."""
    table = compared((2, "price", 0.9, 0.4), (3, "price", 0.2, 0.001), (2, "line", 0.01, 0.2), (3, "line", 0.7, 0.009))
    by_chance, beyond = data_figures.shifted(table, ["1", "2", "3"], LEVEL).data[:2]
    assert list(beyond.y) == ["line", "price"] or list(beyond.y) == ["price", "line"]
    drawn = pd.DataFrame(beyond.z, index=list(beyond.y), columns=list(beyond.x))
    assert np.isnan(drawn.loc["price", 2])
    assert drawn.loc["price", 3] == 0.2
    assert drawn.loc["line", 3] == 0.5
    grey = pd.DataFrame(by_chance.z, index=list(by_chance.y), columns=list(by_chance.x))
    assert grey.notna().equals(drawn.isna())


def test_a_mega_batch_that_was_not_compared_stays_empty():
    by_chance, beyond = data_figures.shifted(
        compared((2, "a", 0.1, 0.5), (4, "a", 0.1, 0.5)), list("1234"), LEVEL
    ).data[:2]
    assert list(by_chance.x) == [2, 3, 4]
    assert np.isnan(by_chance.z[0][1])
    assert np.isnan(beyond.z).all()


def test_of_many_columns_those_that_differ_most_often_are_shown_on_top():
    calm = [(t, f"c{i:02}", 0.4, 0.5) for i in range(30) for t in (2, 3)]
    table = compared(
        *calm, (2, "once", 0.2, 0.001), (3, "once", 0.2, 0.5), (2, "twice", 0.1, 0.001), (3, "twice", 0.1, 0.001)
    )
    cells = data_figures.shifted(table, list("123"), LEVEL).data[1]
    assert len(cells.y) == data_figures.MOST_COLUMNS
    assert list(cells.y)[-2:] == ["once", "twice"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("2024-{:02}", 13), ("week of 2024-01-{:02}", 6), ("検査記録_第二工場_2024年{}月_最終版.csv", 13)],
)
def test_as_many_ticks_as_fit(name: str, shown: int):
    names = [name.format(t) for t in range(1, 27)]
    axis = data_figures.arrivals(arriving(names, [0.1] * 26), "share of NG", True).layout.xaxis
    assert len(axis.tickvals) <= shown
    is_long = len(names[0]) > data_figures.LONGEST_TICK
    assert axis.ticktext[1] == (str(axis.tickvals[1]) if is_long else names[axis.tickvals[1] - 1])
    assert bool(axis.title.text) == is_long
