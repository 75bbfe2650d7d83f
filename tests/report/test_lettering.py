"""Text in charts: lines that fit, and no sign that a picture cannot hold."""

import numpy as np

from alma_core.report import lettering, terms
from alma_core.report.figures import canvas
from tests.report.documents import LONG


def test_every_line_fits_and_nothing_is_lost():
    for text in (LONG, "every 2 days, continue, all data, L " * 5, "短い", ""):
        found = lettering.lines(text, 30)
        assert all(0 < terms.columns(line) <= 30 for line in found)
        assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_no_line_begins_with_a_full_stop():
    assert lettering.lines("四文字だ。次", 8) == ["四文字", "だ。次"]


def test_long_titles_of_axes_take_more_lines_and_short_ones_stay():
    drawn = lettering.fitted(canvas("light", xaxis={"title": LONG}, yaxis={"title": "error"}))
    assert drawn.layout.xaxis.title.text.count("<br>") == 1
    assert drawn.layout.yaxis.title.text == "error"


def test_control_characters_are_left_out_wherever_they_stand():
    traces = [{"type": "scatter", "name": "a\x01b", "y": np.array([1.0]), "customdata": [["c\x1fd"]]}]
    drawn = lettering.fitted(canvas("light", traces=traces)).to_dict()
    assert drawn["data"][0]["name"] == "ab"
    assert drawn["data"][0]["customdata"] == [["cd"]]
    assert drawn["data"][0]["y"] is traces[0]["y"]
