"""The palette, as eyes that see fewer colours have it, and as a printer without colour prints it."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from alma_core.report import figures
from alma_core.report.cost_figures import OF_CAUSES, PATTERNS

# Linear RGB as those see it who lack one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
SEEN_WITHOUT = {
    "red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(1)
JUST_SEEN = 2.3
"""CIE Lab distance at which two patches side by side are told apart."""


def linear(colour: str) -> NDArray[np.float64]:
    """[3] linear light of #RRGGBB, 0..1."""
    sent = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(sent <= 0.04045, sent / 12.92, ((sent + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3] CIE Lab of linear light."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    bent = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])])


def contrast(one: str, other: str) -> float:
    """Contrast of WCAG 2, 1..21."""
    low, high = sorted(0.05 + float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) for colour in (one, other))
    return high / low


def test_the_measures_themselves():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert lab(linear("#FF0000")).round(1).tolist() == pytest.approx([53.2, 80.1, 67.2], abs=0.1)


@pytest.mark.parametrize("without", SEEN_WITHOUT)
def test_hues_are_told_apart_without_one_kind_of_cone(without: str):
    seen = np.array(SEEN_WITHOUT[without])
    apart = {
        (one, other): float(np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other))))
        for one, other in combinations((*figures.HUES, figures.GREY), 2)
    }
    assert min(apart.values()) > 3 * JUST_SEEN, min(apart.items(), key=lambda pair: pair[1])


def test_lines_of_different_places_differ_without_any_colour():
    styles = [figures.style(place, str(place)) for place in range(43)]
    assert len({(style.dash, style.marker) for style in styles}) == 43


def test_causes_that_stand_in_one_bar_differ_without_any_colour():
    for together in (("errors",), ("misses", "false_alarms"), ("shortage", "excess")):
        others = ("people", "people_beyond", "upkeep", "training", "predicting", "labels")
        patterns = [PATTERNS[cause] for cause in (*together, *others)]
        assert len(set(patterns)) == len(patterns)
    assert PATTERNS.keys() == OF_CAUSES.keys()


@pytest.mark.parametrize("theme", figures.INK)
def test_text_on_charts_is_legible(theme: str):
    assert contrast(figures.INK[theme].text, figures.INK[theme].paper) > 7


@pytest.mark.parametrize("theme", figures.INK)
def test_every_hue_stands_out_from_the_paper(theme: str):
    weakest = min(figures.HUES, key=lambda hue: contrast(hue, figures.INK[theme].paper))
    assert contrast(weakest, figures.INK[theme].paper) > 2, weakest  # lines bear a dash and a mark as well
