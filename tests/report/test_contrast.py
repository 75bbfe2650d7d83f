"""Text can be read on the grounds it stands on, in both themes: a contrast of 4.5 to 1 and more, as WCAG 2 has it."""

import tomllib
from pathlib import Path

import pytest

from alma_core.report.figures import INK

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
CAPTION = 0.6
"""How much of the colour of text Streamlit gives to captions, the rest is the ground."""


def channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(text: list[float], ground: list[float]) -> float:
    dark, light = sorted((luminance(text), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def mixed(text: str, ground: str, share: float) -> list[float]:
    return [share * one + (1 - share) * other for one, other in zip(channels(text), channels(ground), strict=True)]


def test_the_formula():
    assert contrast(channels("#000000"), channels("#FFFFFF")) == pytest.approx(21)
    assert contrast(channels("#767676"), channels("#FFFFFF")) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_stand_in_the_colours_of_the_page(theme: str):
    assert (INK[theme].text, INK[theme].paper) == (THEME[theme]["textColor"], THEME[theme]["backgroundColor"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("share", [1, CAPTION])
def test_text_and_captions_can_be_read(theme: str, ground: str, share: float):
    colours = THEME[theme]
    assert contrast(mixed(colours["textColor"], colours[ground], share), channels(colours[ground])) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_links_and_chosen_options_can_be_read(theme: str):
    colours = THEME[theme]
    assert contrast(channels(colours["primaryColor"]), channels(colours["backgroundColor"])) >= 4.5
