"""Each file in benchmarks/ runs alone and prints its figures as one JSON object on the last line."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
TINY = ["--small", "--data", "digits", "--capacities", "S", "--seeds", "2", "--jobs", "1", "--threads", "1"]


def figures_of(name: str, *words: str, says: str = "", seconds: float = 300) -> dict[str, Any]:
    """Run a benchmark and return its figures; the table above them says so and so."""
    command = [sys.executable, ROOT / "benchmarks" / f"{name}.py", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


@pytest.fixture(scope="module")
def sweep_figures() -> dict[str, Any]:
    return figures_of("sweep", *TINY, "--repeats", "2")


@pytest.fixture(scope="module")
def forecast_figures() -> dict[str, Any]:
    return figures_of("forecast", seconds=120)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import contest
    import sweep

    return contest, sweep


@pytest.mark.slow
@pytest.mark.parametrize("name", ["b_over_a", "c_over_a", "peak_share"])
def test_sweep_gives_each_ratio_with_its_spread(sweep_figures: dict[str, Any], name: str):
    ratio = sweep_figures[name]
    assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"]


@pytest.mark.slow
def test_sweep_counts_the_work_before_and_after_sharing(sweep_figures: dict[str, Any]):
    """By hand: B = 10, w in 1, 2, 5, 10: 10 + 5 + 2 + 1 = 18 updates, for three ways to update and two seeds.

    Scratch + replay at t is one update whoever asks, so 10 of 18 are distinct. Either warm way begins with a scratch
    update on all that has arrived at t = 1, 2, 5 or 10, so 4 of its 18 are among those.
    """
    work = sweep_figures["work"]
    assert work["updates_asked_for"] == 18 * 3 * 2
    assert work["updates_distinct"] == (10 + (18 - 4) + (18 - 4)) * 2
    assert work["sharing"] > 1
    assert work["steps"] * 64 >= work["examples"]


@pytest.mark.slow
def test_the_ways_find_the_same_errors(sweep_figures: dict[str, Any]):
    assert sweep_figures["within_seed_noise"]
    for error in sweep_figures["errors"].values():
        assert error["largest_difference"] < 0.03


def test_a_way_that_skips_a_step_is_found_out(modules: tuple[ModuleType, ModuleType]):
    contest, _sweep = modules
    ledger = pd.DataFrame(
        {"method": ["incumbent", "single", "single"], "policy": ["-", "p", "p"], "seed": 0, "epochs": [0, 3, 3],
         "examples_trained": [0, 64, 65]}
    )  # fmt: skip
    contest.assert_same_work(ledger, {("p", 0): contest.Walked(steps=3 + 6, examples=3 * 129)}, 64)
    with pytest.raises(AssertionError, match="differ in optimiser steps"):
        contest.assert_same_work(ledger, {("p", 0): contest.Walked(steps=8, examples=3 * 129)}, 64)
    with pytest.raises(AssertionError, match="differ in optimiser steps"):
        contest.assert_same_work(ledger, {}, 64)


def test_a_spread_is_minimum_median_and_maximum(modules: tuple[ModuleType, ModuleType]):
    _contest, sweep = modules
    assert sweep.spread([3.0, 1.0, 9.0]) == {"min": 1.0, "median": 3.0, "max": 9.0}


def test_forecast_intervals_hold_as_often_as_they_say(forecast_figures: dict[str, Any]):
    """On a thousand curves, of which at least half are of families that are not fitted."""
    families = {name: one for name, one in forecast_figures["curves"].items() if name != "all"}
    everything = forecast_figures["curves"]["all"]
    assert everything["curves"] == sum(one["curves"] for one in families.values()) == 1000
    assert families["pow3"]["curves"] + families["mmf4"]["curves"] <= 500
    assert families["not monotone"]["curves"] == round(1000 / 7)
    assert 0.85 <= everything["covered"] <= 0.95
    assert everything["refused"] == 0


def test_forecast_beats_the_last_value(forecast_figures: dict[str, Any]):
    curves = forecast_figures["curves"]["all"]
    assert curves["off_combined"] < 0.5 * curves["off_last"]
    assert curves["off_combined"] < 1.1 * min(curves["off_pow3"], curves["off_mmf4"])


def test_forecast_says_how_every_shipped_run_went(forecast_figures: dict[str, Any]):
    runs = {one["run"]: one for one in forecast_figures["runs"]}
    assert set(runs) == {path.name for path in (ROOT / "cached_runs").iterdir()}
    assert runs["cifar10"]["refused"] == {"too_few": 2}
    assert runs["mnist"]["off_forecast"] < 0.5 * runs["mnist"]["off_last"]
    assert all(0 <= one["covered"] <= 1 and one["foretold"] <= one["policies"] for one in runs.values())


@pytest.fixture(scope="module")
def coverage_figures() -> dict[str, Any]:
    return figures_of("coverage", "--small", says="3 seeds, 50 policies, normal noise: coverage")


@pytest.mark.slow
def test_coverage_holds_what_is_used_against_what_was_tried(coverage_figures: dict[str, Any]):
    def mean(table: str, way: str, **world: object) -> float:
        those = [one for one in coverage_figures[table] if one["way"] == way and world.items() <= one.items()]
        return sum(one["coverage"] for one in those) / len(those)

    assert 0.86 < mean("seeds", "Student's t (used)") < 0.94
    assert mean("seeds", "pooled, as if independent", sizes="one") < 0.75
    assert mean("seeds", "bootstrap, percentiles", seeds=3) < 0.8
    assert mean("arrivals", "blocks that fade, t (used)") > mean("arrivals", "blocks, percentiles") + 0.08
    assert mean("picked", "after") > mean("picked", "before")


@pytest.mark.slow
def test_coverage_counts_every_statement_once(coverage_figures: dict[str, Any]):
    for one in coverage_figures["chances"]:
        runs = sum(one["statements"]) / one["family"]
        assert runs == (6 if "order" in one["data"] else 2)
        assert sum(one["said"]) == pytest.approx(runs)
        assert sum(one["right"]) == runs


@pytest.fixture(scope="module")
def load_figures() -> dict[str, Any]:
    few = ["--sessions", "3", "--seconds", "4", "--every", "1"]
    return figures_of("app_load", *few, says="rerun, a simulation going")


@pytest.mark.slow
def test_load_counts_every_move_of_every_reader(load_figures: dict[str, Any]):
    reruns = load_figures["seconds"]
    assert load_figures["errors"] == []
    assert reruns["rerun"]["n"] == 3 * 4
    assert reruns["open"]["n"] == reruns["rerun_alone"]["n"] == 3
    for one in reruns.values():
        assert 0 < one["min"] <= one["median"] <= one["p95"] <= one["max"]


@pytest.mark.slow
def test_load_has_a_simulation_going_beside_the_app(load_figures: dict[str, Any]):
    assert load_figures["cpu_seconds"]["simulation"] > 0.1
    assert load_figures["cpu_seconds"]["app"] > 0.1
    rss = load_figures["rss_mb"]
    assert rss["per_session"] == pytest.approx((rss["after"] - rss["before"]) / 3)


def test_a_page_that_does_not_follow_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """The same page again, or one that shows an error, is told from one that moves with the slider."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import app_load
    import browser_session
    from streamlit.proto.Element_pb2 import Element

    def page(words: str, *more: Element) -> browser_session.Rerun:
        slider = Element()
        slider.slider.id, said = "$$ID-1-horizon", Element()
        slider.slider.options.extend(f"{days} days" for days in range(1, 51))
        said.markdown.body = f"Handwritten digits: {words}, 49 policies compared"
        return browser_session.Rerun(0.1, [slider, said, *more], 0)

    red = Element()
    red.alert.format, red.alert.body = 1, "cannot be read"
    follows = [page(f"{days} days") for days in app_load.HORIZONS]

    class Scripted:
        async def move(self, _slider: Any, to: str) -> browser_session.Rerun:
            return answers[to]

    def errors() -> list[str]:
        reader = app_load.Reader(Scripted(), np.random.default_rng(0))
        reader.page = page("50 days")
        with ThreadPoolExecutor(1) as apart:  # the tests of the browser keep a loop of their own in this thread
            apart.submit(lambda: asyncio.run(reader.move(0.0))).result()
        return reader.errors

    answers = dict(zip((f"{days} days" for days in app_load.HORIZONS), follows, strict=True))
    assert errors() == []
    answers = dict.fromkeys(answers, page("50 days"))
    assert len(errors()) == 1
    answers = {words: page(words, red) for words in answers}
    assert errors() == ["error on the page: cannot be read"]


@pytest.fixture(scope="module")
def speed_figures() -> dict[str, Any]:
    few = ["--changes", "2", "--openings", "1", "--policies", "60"]
    return figures_of("app_speed", *few, says="of these, horizon", seconds=400)


@pytest.mark.slow
@pytest.mark.browser
def test_speed_times_every_change_on_every_page(speed_figures: dict[str, Any]):
    seconds = speed_figures["seconds"]
    assert speed_figures["errors"] == []
    assert speed_figures["shipped"] == "mnist"
    for run in ("mnist", "made"):
        for page in ("decide", "compare", "cost"):
            assert seconds[f"{run}, {page}"]["n"] == 3 * seconds[f"{run}, {page}, price"]["n"] == 3 * 2
            assert speed_figures["app_cpu_seconds"][f"{run}, {page}"] > 0
    assert seconds["opened"]["n"] == seconds["opened first"]["n"] == 1
    for one in seconds.values():
        assert 0 < one["min"] <= one["median"] <= one["p95"] <= one["max"]


def test_speed_holds_each_page_against_its_own_bar(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import app_speed

    reading = app_speed.Reading(errors=["another", app_speed.TORCH])
    for run, page in ((run, page) for run in ("shipped", "made") for page in app_speed.PAGES):
        reading.seconds[f"{run}, {page}, price"] += [0.1] * 19 + [0.5 if page == "cost" else 0.2]
        reading.seconds[f"{run}, {page}, size"] += [0.1] * 10 + ([0.5] if page == "cost" else [0.1])
    reading.seconds["opened"].append(3.5)
    holds = app_speed.figures_of(reading, "shipped")["holds"]
    assert {bar for bar, is_met in holds.items() if not is_met} == {
        "shipped, cost", "opened", "no torch in the app's process"
    }  # fmt: skip


@pytest.fixture(scope="module")
def report_figures() -> dict[str, Any]:
    return figures_of("report", "--repeats", "2", says="without a browser, in all")


@pytest.mark.slow
def test_report_times_every_file_of_the_meeting(report_figures: dict[str, Any]):
    seconds = report_figures["seconds"]
    files = ["deck", "workbook", "page", "policy"]
    assert list(seconds)[:4] == files
    assert list(seconds)[4:] in ([], ["PDF", "PNG", "SVG"])
    for one in seconds.values():
        assert one["n"] == 2
        assert 0 < one["min"] <= one["median"] <= one["max"]
    assert report_figures["total"] == pytest.approx(sum(seconds[name]["first"] for name in files))


def test_report_holds_files_and_pictures_against_bars_of_their_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import report

    files = {name: {"first": 1.2, "median": 0.1} for name in report.WITHOUT}
    drawn = {"PNG": {"first": 2.0, "median": 0.31}, "SVG": {"first": 0.2, "median": 0.2}}
    assert report.figures_of(files)["holds"] == {"without a browser": True}
    assert report.figures_of(files | drawn)["holds"] == {"without a browser": True, "a picture": False}
    dear = files | {"deck": {"first": 1.5, "median": 0.1}}
    assert report.figures_of(dear)["holds"] == {"without a browser": False}
