"""The README is true: its command blocks run as they stand, its figures are those of the shipped runs."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from alma_core import library
from alma_core.decide import claims, findings
from alma_core.decide.question import Question
from alma_core.decide.trials import of_run
from tests.conftest import needs_mnist
from tests.decide import hand

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh( \w+)?\n(.*?)```", README, re.S)
COMMANDS = [line for slow, block in BLOCKS if not slow for line in block.splitlines() if ".venv/bin/alma" in line]
TABLES = ("monthly-demand", "elec2", "machine-failure")
EPOCHS = tuple(f"mnist-epochs-{n}" for n in (1, 2, 5, 20))
OF_IMAGES = ("mnist", "mnist-policies", *EPOCHS, "cifar10")
DATA_LINES = [line for kind, block in BLOCKS if kind == " data" for line in block.splitlines()]
SLOW = [line for kind, block in BLOCKS if kind == " slow" for line in block.splitlines()]


def ran(line: str, folder: Path) -> str:
    """Run one line of the README in `folder`, with this Python's own `alma`."""
    words = shlex.split(os.path.expandvars(line).replace(".venv/bin/alma", str(Path(sys.executable).parent / "alma")))
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def test_every_block_is_known():
    others = {line for slow, block in BLOCKS if not slow for line in block.splitlines()} - set(COMMANDS)
    assert others == {"make run", "make test"}
    assert len(COMMANDS) >= 11
    assert len(SLOW) == len(OF_IMAGES) + 1
    kinds = {kind for kind, _block in BLOCKS}
    assert kinds == {"", " slow", " data", " cluster", " benchmark"}  # a cluster and the benchmarks are tested apart


def test_the_commands_run_as_they_stand(tmp_path: Path):
    makes = ("alma run --data", "alma data ")
    for line in COMMANDS:
        if any(words in line for words in makes):
            assert ran(line, tmp_path).strip(), line
    for line in COMMANDS:
        if not any(words in line for words in makes):
            assert ran(line, tmp_path).strip(), line


@pytest.mark.slow
def test_the_shipped_digits_can_be_made_again(tmp_path: Path):
    ran(SLOW[0], tmp_path)
    again, shipped = library.open_run(tmp_path / "again" / "digits"), library.find("digits")
    assert again.spec == shipped.spec
    assert again.manifest["data"]["sha256"] == shipped.manifest["data"]["sha256"]
    # Another processor may round differently, so curves agree to a few test examples, not to the bit.
    difference = (again.ledger["error"].to_numpy() - shipped.ledger["error"].to_numpy()).__abs__()
    assert difference.mean() < 0.002


@pytest.mark.parametrize("name", ["digits", *(pytest.param(n, marks=needs_mnist) for n in (*OF_IMAGES, *TABLES))])
def test_a_shipped_run_names_the_command_that_makes_it(name: str, tmp_path: Path):
    from alma_core import cli
    from alma_core.commands.run import spec_of
    from alma_core.streams.sources import load

    for line in DATA_LINES:
        if f"--name {name}" in line:
            ran(line, tmp_path)
    run = library.find(name)
    source = load(run.spec.stream.source)
    assert source.digest == run.manifest["data"]["sha256"]
    command = shlex.split(run.manifest["command"])
    assert spec_of(cli._parser().parse_args(command[1:]), source) == run.spec
    (line,) = [line for line in SLOW + DATA_LINES if line.endswith(f"--out again/{name}")]
    assert spec_of(cli._parser().parse_args(shlex.split(line)[1:]), source) == run.spec


@pytest.mark.slow
@needs_mnist
def test_a_shipped_table_can_be_made_again(tmp_path: Path):
    for line in DATA_LINES:
        if "machine-failure" in line:
            ran(line, tmp_path)
    again, shipped = library.open_run(tmp_path / "again" / "machine-failure"), library.find("machine-failure")
    assert again.spec == shipped.spec
    assert again.manifest["data"] == shipped.manifest["data"]
    difference = (again.ledger["error"].to_numpy() - shipped.ledger["error"].to_numpy()).__abs__()
    assert difference.mean() < 0.002


def test_shipped_runs_are_small():
    size = sum(path.stat().st_size for path in (ROOT / "cached_runs").rglob("*") if path.is_file())
    assert size < 5_000_000


def test_the_findings_stand_in_the_readme():
    for finding in findings.findings(hand.answer(library.find("mnist").ledger, Question())):
        mean, low, high = (f"{100 * value:.2f}" for value in finding.difference[:3])
        assert finding.verdict == findings.HOLDS
        assert f"{mean} points ({low} to {high})" in README


def test_what_the_runs_say_of_the_paper_stands_in_the_readme():
    """Every estimate with its interval in the table of claims is one that `alma findings` gives, in points."""
    found = claims.evidence([of_run(library.find(name)) for name in ("mnist", "mnist-policies", *EPOCHS)])
    assert not claims.missing(found)
    estimates = {
        tuple(f"{100 * value:.2f}" for value in part.found[:3])
        for one in found
        for part in one.parts
        if not part.is_ratio
    }
    table = README.split("Do the paper's claims hold here?")[1].split("With the paper's recipe")[0]
    quoted = re.findall(r"\+?(-?\d+\.\d\d) \((-?\d+\.\d\d) to (-?\d+\.\d\d)\)", table)
    assert len(quoted) == 9
    assert set(quoted) <= estimates


@pytest.mark.parametrize("name", ["digits", *OF_IMAGES, *TABLES])
def test_the_counts_of_updates_stand_in_the_readme(name: str):
    updates = library.find(name).manifest["updates"]
    assert f"{updates['distinct']:,} distinct of {updates['asked_for']:,} asked for" in README


def test_its_pictures_and_files_are_there():
    for path in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / path).is_file(), path
