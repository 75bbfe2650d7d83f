"""`alma findings`, on runs that are shipped and on one that is made for it."""

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core import cli, language, ledger, library, specs, writing
from alma_core.commands import findings
from alma_core.decide.evidence import Data, Estimate, Evidence, Kind, Part, Passes, Wait
from alma_core.decide.findings import HOLDS
from alma_core.decide.measure import Measure
from alma_core.decide.trials import of_run
from alma_core.report import tested
from tests.decide import hand

SHIPPED = ["digits", "elec2", "machine-failure", "mnist", "monthly-demand"]


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def plain(text: str) -> str:
    return text.replace(language.NO_BREAK, " ")


def written(folder: Path, epochs: int = 5, error: float = 0.2) -> Path:
    """Write a run with a growing model and an ensemble, two sizes, new data and all data."""
    draws = np.random.default_rng(epochs)
    sorts = {
        "new": {}, "small": {"capacity": "S"}, "all": {"replay": 1.0, "train_flops": 7e12},
        "scratch": {"replay": 1.0, "start": "scratch"}, "ensemble": {"method": "ensemble", "k": 3, "members": 3},
        "gens": {"method": "gens_newest", "growth": "members", "k": 3, "members": [1, 2, 3, 3]},
    }  # fmt: skip
    blocks = [hand.incumbent([[0.9] * 4] * 3)]
    for n, (name, facts) in enumerate(sorts.items()):
        errors = hand.repeated([error + n / 100] * 4, draws, seeds=3)
        blocks.append(hand.rows(name, errors, [1, 2, 3, 4], **facts))
    spec = specs.RunSpec(specs.StreamSpec("digits", 4), specs.grid([1]), specs.recipe("quick", epochs), 3)
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    with writing.writing(folder, spec, "alma run") as writer:
        tables = {"ledger": hand.table(*blocks), "confusion": confusion}
        writer.finish(tables, data={"name": "digits", "sha256": "d" * 64}, device="cpu", updates={})
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert cli.main(["findings", *words]) == 0
    return plain(capsys.readouterr().out).splitlines()


def test_a_line_for_each_comparison_under_its_claim(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    lines = said(capsys, str(written(tmp_path / "made")))
    at = lines.index(
        "Replay of all past data has the least mean error of single networks, at 5 to 10 times the compute."
    )
    cells = [line.split("  ") for line in lines[at + 1 : at + 4]]
    assert [[cell.strip() for cell in row if cell][:3] for row in cells] == [
        ["made", "all data − new data", "does not hold"], ["made", "all data / new data", "holds"],
        ["made", "together", "does not hold"],
    ]  # fmt: skip
    assert "× 7.00" in lines[at + 2]
    (portrait,) = [line for line in lines if line.startswith("made") and "gens-newest-3" in line and "%" in line]
    assert portrait.endswith("2.0")


def test_passes_are_compared_across_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folders = [str(written(tmp_path / f"made-{epochs}", epochs, 0.1 + epochs / 100)) for epochs in (1, 5, 20)]
    lines = said(capsys, *folders)
    about = [line for line in lines if line.startswith("made-*")]
    compared = [line.split("  ")[1].strip() for line in about]
    assert compared == ["1 pass − 20 passes", "1 pass − 5 passes", "5 passes − 20 passes"]
    assert "  holds  " in about[0]
    assert "  (holds)  " in about[1]
    assert not any("--epochs" in line for line in lines)


def test_what_no_run_could_test_stands_last(capsys: pytest.CaptureFixture[str]):
    lines = said(capsys, "elec2")
    untested = lines[lines.index("", len(lines) - 6) + 1 :]
    assert [line.split(";")[0] for line in untested] == [
        "Not tested: past data and its price", "Not tested: growing against ensembles",
        "Not tested: growing against fixed", "Not tested: continuing or starting afresh",
        "Not tested: passes per mega-batch",
    ]  # fmt: skip


def test_a_run_named_twice_is_one_run(capsys: pytest.CaptureFixture[str]):
    folder = str(library.dashboard() / "cached_runs" / "mnist")
    assert said(capsys, "mnist", folder) == said(capsys, folder)


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_it_reads_in_a_hundred_columns(spoken: str, tmp_path: Path):
    trials = [of_run(library.find(name)) for name in (*SHIPPED, str(written(tmp_path / "made")))]
    with language.speaking(spoken):
        lines = findings.report(trials).splitlines()
    assert len(lines) > 40
    assert [line for line in lines if width(line) > 100] == []


def test_a_folder_that_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for word, says in ((str(tmp_path), "holds no finished run"), ("nothing", "There is no run nothing")):
        assert cli.main(["findings", "mnist", word]) == 2
        output, complaint = capsys.readouterr()
        assert output == ""
        assert complaint.count("\n") == 1
        assert says in complaint


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("L", "S", "L − S"),
        (Wait(5), Wait(1), "5 months − 1 month"),
        (Passes(1), Passes(20), "1 pass − 20 passes"),
        (Data("warm", 1.0, 0), Data("warm", 0.0, 3), "all data − last 3 months"),
        (Data("scratch", 1.0, 0), Data("warm", 1.0, 0), "from scratch − continue"),
        (Data("warm", 1.0, 0), Data("scratch", 0.0, 0), "continue, all data − from scratch, new data"),
        (Data("warm", 1.0, 0), Kind("keep_better"), "continue, all data − keep-better"),
        (Kind("gmoe", grow_every=2), Kind("moe", 3), "gmoe, g = 2 − moe-3"),
        (Kind("hybrid", grow_after=3), Kind("ensemble", 5), "hybrid, u = 3 − ensemble-5"),
        (Kind("gens", start="scratch"), Kind("ensemble", 5), "gens, from scratch − ensemble-5"),
    ],
)
def test_how_two_sides_are_named(one, other, expected: str):
    part = Part(one, other, Estimate(0.012345, 0.01, 0.02, 3))
    evidence = Evidence(findings.claims.BIGGER, "run", "month", Measure(), (part,))
    (row,) = tested.verdicts(evidence)
    assert row["compared"] == expected


@pytest.mark.parametrize(
    ("found", "measure", "is_ratio", "expected"),
    [
        (Estimate(-0.0123, -0.02, -0.01, 3), Measure(), False, ("−1.23 pt", "−2.00 to −1.00")),
        (Estimate(7.5, 7.0, 8.0, 3), Measure(), True, ("× 7.50", "7.00 to 8.00")),
        (Estimate(-3.0, -4.0, -2.0, 3), hand.RENTALS, False, ("−3.00 rentals", "−4.00 to −2.00")),
        (Estimate(-0.0123, np.nan, np.nan, 1), Measure(), False, ("−1.23 pt", "–")),
    ],
)
def test_how_an_estimate_is_written(found: Estimate, measure: Measure, is_ratio: bool, expected: tuple[str, str]):
    part = Part("L", "S", found, is_ratio=is_ratio)
    (row,) = tested.verdicts(Evidence(findings.claims.BIGGER, "run", "month", measure, (part,)))
    assert (plain(row["difference"]), row["95 % interval"]) == expected


def test_figures_in_the_target_s_unit():
    """A run of numbers is answered in its unit throughout."""
    lines = plain(findings.report([of_run(library.find("monthly-demand"))])).splitlines()
    assert sum("rentals" in line for line in lines) >= 3
    assert not any(" pt" in line for line in lines)
    assert any(HOLDS in line for line in lines)
