"""Charts as PNG and SVG, drawn by the browser that is there."""

import io
import re
import threading
import xml.etree.ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from alma_core import language
from alma_core.errors import BrowserError
from alma_core.report import pictures, printing, studio
from alma_core.report.paper import CHARTS
from tests.report import documents

needs_browser = pytest.mark.skipif(printing.browser() is None, reason="no Chromium or Chrome is installed")


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    studio.close()


def shown(svg: bytes) -> str:
    """Return the text of an SVG, which must be XML."""
    return "\n".join(xml.etree.ElementTree.fromstring(svg).itertext())


def test_a_header_stands_above_the_figure():
    paper = documents.paper()
    for chart in paper.charts().values():
        drawn = pictures.headed(chart, paper.marks, ["from <here>", "on that day"])
        before = chart.figure.to_dict()["layout"]
        header = drawn.layout.height - before["height"]
        assert drawn.layout.title.text == f"<b>{chart.title}</b>"
        below = drawn.layout.title.subtitle.text
        assert '<b style="color:#8A5A00">example prices  ·  example data</b>' in below
        assert below.endswith("from &lt;here&gt;<br>on that day")
        assert language.joined(*chart.said).replace(" ", "") in below.replace("<br>", "").replace(" ", "")
        assert drawn.layout.margin.t == before["margin"]["t"] + header
        assert drawn.layout.legend.y == pytest.approx(before["height"] / drawn.layout.height)
        assert [trace["type"] for trace in drawn.to_dict()["data"]] == [trace.type for trace in chart.figure.data]


@needs_browser
def test_every_chart_is_a_png_of_the_size_it_is_shown_at():
    found = pictures.of(documents.paper(), "png")
    assert tuple(found) == CHARTS
    for name, content in found.items():
        with Image.open(io.BytesIO(content)) as image:
            assert image.format == "PNG", name
            assert image.width == 2400
            assert 800 < image.height < 2000
            assert len(image.convert("RGB").resize((60, 60)).getcolors(3600) or ()) > 20, name


@needs_browser
def test_an_svg_says_what_it_shows_in_japanese():
    language.use("ja")
    paper = documents.paper()
    found = pictures.of(paper, "svg")
    for name, chart in paper.charts().items():
        said = shown(found[name])
        assert chart.title in said, name
        assert "仮の単価  ·  例示データ" in said.replace("\u00a0", " ")
        assert paper.made_on in said
        assert "手書き数字" in said
    assert b"Noto Sans CJK JP" in found["over-time"]


@needs_browser
def test_the_same_charts_give_the_same_svg():
    paper = documents.paper()
    one, other = (pictures.of(paper, "svg") for _again in range(2))
    assert one == other
    marks = {re.search(rb'id="defs-([0-9a-f]{6})"', svg)[1] for svg in one.values()}  # type: ignore[index]
    assert len(marks) == len(one)  # two of them on one page do not share a clip


@needs_browser
def test_odd_names_break_no_picture():
    language.use("ja")
    paper = documents.odd()
    found = pictures.of(paper, "svg")
    said = shown(found["over-time"]).replace("\n", "")
    assert documents.LONG in said
    assert "<b>&amp;" in said
    assert tuple(pictures.of(paper, "png")) == tuple(found)


@needs_browser
def test_sessions_in_threads_of_their_own_share_one_browser():
    charts = dict(list(documents.paper().charts().items())[:2])
    found: list[dict[str, bytes]] = []
    threads = [threading.Thread(target=lambda: found.append(pictures.pictures(charts, "svg"))) for _session in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert len([thread for thread in threading.enumerate() if thread.name == "studio"]) == 1


@needs_browser
def test_a_closed_browser_is_gone_and_the_next_picture_opens_another():
    charts = dict(list(documents.paper().charts().items())[:1])
    one = pictures.pictures(charts, "svg")
    process = studio._studios[0].drawer.subprocess
    studio.close()
    assert process.poll() is not None
    assert [thread for thread in threading.enumerate() if thread.name == "studio"] == []
    assert pictures.pictures(charts, "svg") == one


@needs_browser
def test_a_browser_that_died_is_an_error_once_and_then_replaced():
    charts = dict(list(documents.paper().charts().items())[:1])
    pictures.pictures(charts, "svg")
    printing.end(studio._studios[0].drawer.subprocess)
    with pytest.raises(BrowserError, match="failed"):
        pictures.pictures(charts, "svg")
    assert pictures.pictures(charts, "svg")


def test_without_a_browser_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    with pytest.raises(BrowserError, match="install one"):
        pictures.of(documents.paper(), "png")


@pytest.mark.parametrize("does", ["exit 3", "sleep 60"])
def test_a_browser_that_does_not_work_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str):
    fake = tmp_path / "chromium"
    fake.write_text(f"#!/bin/sh\n{does}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(fake))
    monkeypatch.setattr(studio, "SECONDS", 2.0)
    monkeypatch.setattr(studio, "GRACE_SECONDS", 1.0)
    with pytest.raises(BrowserError, match="failed"):
        pictures.of(documents.paper(), "png")
    assert studio._studios == []
