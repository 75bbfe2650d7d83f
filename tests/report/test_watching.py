"""The curves of a run under way: which policies, which means, what is drawn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core import language, library
from alma_core.decide import measure as measures
from alma_core.report import watching
from alma_core.writing import PARTIAL


@pytest.fixture(scope="module")
def ledger() -> pd.DataFrame:
    return library.find("digits").ledger


def test_the_mean_over_the_seeds_that_are_known(ledger: pd.DataFrame):
    code = ledger[ledger["method"] != "incumbent"]["policy"].iloc[0]
    own = ledger[ledger["policy"] == code]
    known = own[(own["seed"] == 0) & (own["t"] <= 5) | (own["seed"] == 1) & (own["t"] <= 2)]
    rows = watching.rows(known, "lot")
    assert rows["seeds"].tolist() == [2, 2, 1, 1, 1]
    for row in rows.to_dict("records"):
        expected = np.mean([e for e, t in zip(known["error"], known["t"], strict=True) if t == row["t"]])
        assert row["error"] == pytest.approx(expected)
    assert set(rows["policy"]) == {"every lot, continue, new data, S"}


def test_a_few_policies_from_first_to_last_and_never_the_incumbent(ledger: pd.DataFrame):
    rows = watching.rows(ledger, "month")
    trained = list(dict.fromkeys(ledger[ledger["method"] != "incumbent"]["policy"]))
    assert rows["place"].unique().tolist() == list(range(1, watching.MOST_LINES + 1))
    assert not rows["policy"].str.contains("no update").any()
    first, last = (ledger[ledger["policy"] == code] for code in (trained[0], trained[-1]))
    for place, own in ((1, first), (watching.MOST_LINES, last)):
        shown = rows[rows["place"] == place]["error"].to_numpy()
        assert shown == pytest.approx(own.groupby("t")["error"].mean().to_numpy())


def test_before_anything_is_trained_there_is_nothing_to_draw(ledger: pd.DataFrame):
    assert len(watching.rows(ledger[ledger["method"] == "incumbent"], "lot")) == 0


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_the_figure_shows_what_is_known_on_the_whole_axis(ledger: pd.DataFrame, spoken: str):
    run = library.find("digits")
    with language.speaking(spoken):
        rows = watching.rows(ledger[ledger["t"] <= 7], "day")
        figure = watching.figure(rows, measures.of_run(run), 20, "day", "light")
    assert figure.layout.xaxis.range == (0.5, 20.5)
    assert len(figure.data) == watching.MOST_LINES
    drawn = figure.data[0]
    assert list(drawn.x) == list(range(1, 8))
    assert list(drawn.y) == pytest.approx(rows[rows["place"] == 1]["error"].tolist())
    assert ("日" in figure.layout.xaxis.title.text) == (spoken == "ja")


def test_a_number_is_shown_in_its_unit():
    run = library.find("monthly-demand")
    measure = measures.of_run(run)
    rows = watching.rows(run.ledger, "month")
    figure = watching.figure(rows, measure, 23, "month", "dark")
    assert max(figure.data[0].y) == pytest.approx(rows[rows["place"] == 1]["error"].max() * measure.scale)
    assert "rentals" in figure.data[0].customdata[0][0]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table"])
def test_a_table_that_is_half_written_is_none(tmp_path: Path, content: bytes):
    assert watching.partial(tmp_path) is None
    (tmp_path / PARTIAL).write_bytes(content)
    assert watching.partial(tmp_path) is None


def test_a_table_of_something_else_is_none(tmp_path: Path):
    pd.DataFrame({"policy": ["a"], "t": [1]}).to_parquet(tmp_path / PARTIAL)
    assert watching.partial(tmp_path) is None


def test_the_table_of_a_run_is_read(tmp_path: Path, ledger: pd.DataFrame):
    ledger.head(100).to_parquet(tmp_path / PARTIAL)
    found = watching.partial(tmp_path)
    assert found is not None
    assert len(found) == 100
