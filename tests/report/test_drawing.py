"""What goes to the browser unchecked is what Plotly would have made of it."""

import json
from typing import Any

import plotly.graph_objects as go
import plotly.io
import pytest

from alma_core.decide import tables
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.report import drawing, figures
from tests.decide import hand
from tests.report import test_cost_figures as of_cost

FOUND = hand.answer(hand.example(), Question(prices=Prices(price_per_error=10, days_per_update=1, day_rate=5000)))
STYLES = {number: figures.style(number, f"policy {number}, with a comma") for number in range(3)}


def drawn() -> dict[str, drawing.Drawing]:
    """Draw every chart of Decide, and each of the Cost page for three runs."""
    rows, points = tables.curves(FOUND, [0, 1, 2]), tables.early_and_late(FOUND)
    found = {
        "over time": figures.error_over_time(rows, STYLES, FOUND.measure, "time", "JPY"),
        "early": figures.early_against_late(points, STYLES, FOUND.measure, "JPY", "dark"),
    }
    return found | {f"{run} {key}": figure for run in of_cost.RUNS for key, figure in of_cost.drawn(run)}


def sent(figure: go.Figure | drawing.Drawing) -> dict[str, Any]:
    """Return what the browser gets, without the template: Plotly fills an empty one with empty traces."""
    words: dict[str, Any] = json.loads(plotly.io.to_json(figure, validate=False))
    del words["layout"]["template"]
    return words


def test_plotly_reads_every_word_as_it_stands():
    """The naive twin: the same words, read and checked by Plotly, which would refuse one that is none of its own."""
    for key, figure in drawn().items():
        assert sent(figure) == sent(go.Figure(figure.to_dict())), key


def revision(y: list[float], said: str = "a", height: int = 200) -> int:
    figure = figures.canvas("light", height, [{"type": "scatter", "x": [1, 2], "y": y, "customdata": [said, said]}])
    return int(figure.to_dict()["layout"]["datarevision"])


def test_the_revision_changes_with_the_data_and_only_with_them():
    """Plotly draws data anew where it changes, and nowhere else."""
    assert revision([1.0, 2.0]) == revision([1.0, 2.0]) == revision([1.0, 2.0], height=300)
    assert len({revision([1.0, 2.0]), revision([1.0, 2.5]), revision([1.0, 2.0], "b")}) == 3


def test_a_word_that_is_none_of_plotlys_is_found_out():
    figure = figures.canvas("light", 200, [{"type": "scatter", "x": [1], "y": [2], "colour": "red"}])
    assert figure.to_dict()["data"][0]["colour"] == "red"
    with pytest.raises(ValueError, match="colour"):
        _ = figure.data
