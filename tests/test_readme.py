"""The README is true: its command blocks run as they stand, its figures are those of the shipped runs."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from alma_core import library
from alma_core.decide import findings
from alma_core.decide.advise import Question, answer
from tests.conftest import needs_mnist

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh( \w+)?\n(.*?)```", README, re.S)
COMMANDS = [line for slow, block in BLOCKS if not slow for line in block.splitlines() if ".venv/bin/alma" in line]
SLOW = [line for kind, block in BLOCKS if kind == " slow" for line in block.splitlines()]


def ran(line: str, folder: Path) -> str:
    """Run one line of the README in `folder`, with this Python's own `alma`."""
    words = shlex.split(line.replace(".venv/bin/alma", str(Path(sys.executable).parent / "alma")))
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout


def test_every_block_is_known():
    others = {line for slow, block in BLOCKS if not slow for line in block.splitlines()} - set(COMMANDS)
    assert others == {"make run", "make test"}
    assert len(COMMANDS) >= 7
    assert len(SLOW) == 2
    kinds = {kind for kind, _block in BLOCKS}
    assert kinds == {"", " slow", " cluster", " benchmark"}  # a cluster and the benchmarks have tests of their own


def test_the_commands_run_as_they_stand(tmp_path: Path):
    for line in COMMANDS:
        if "alma run --data digits --waits" not in line:
            continue
        ran(line, tmp_path)
    for line in COMMANDS:
        if " run " not in line:
            assert ran(line, tmp_path).strip(), line


@pytest.mark.slow
def test_the_shipped_digits_can_be_made_again(tmp_path: Path):
    ran(SLOW[0], tmp_path)
    again, shipped = library.open_run(tmp_path / "again" / "digits"), library.find("digits")
    assert again.spec == shipped.spec
    assert again.manifest["data"] == shipped.manifest["data"]
    # Another processor may round differently, so curves agree to a few test examples, not to the bit.
    difference = (again.ledger["error"].to_numpy() - shipped.ledger["error"].to_numpy()).__abs__()
    assert difference.mean() < 0.002


@needs_mnist
def test_the_shipped_mnist_rests_on_the_data_at_hand():
    from alma_core.streams.sources import load

    assert library.find("mnist").manifest["data"]["sha256"] == load("mnist").digest


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_a_shipped_run_names_the_command_that_makes_it(name: str):
    from alma_core import cli
    from alma_core.commands.run import spec_of

    run = library.find(name)
    command = shlex.split(run.manifest["command"])
    assert spec_of(cli._parser().parse_args(command[1:])) == run.spec
    (line,) = [line for line in SLOW if f"--data {name}" in line]
    assert spec_of(cli._parser().parse_args(shlex.split(line)[1:])) == run.spec


def test_shipped_runs_are_small():
    size = sum(path.stat().st_size for path in (ROOT / "cached_runs").rglob("*") if path.is_file())
    assert size < 3_000_000


def test_the_findings_stand_in_the_readme():
    for finding in findings.findings(answer(library.find("mnist").ledger, Question())):
        mean, low, high = (f"{100 * value:.2f}" for value in finding.difference[:3])
        assert finding.verdict == findings.HOLDS
        assert f"{mean} points ({low} to {high})" in README


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_the_counts_of_updates_stand_in_the_readme(name: str):
    updates = library.find(name).manifest["updates"]
    assert f"{updates['distinct']:,} distinct of {updates['asked_for']:,} asked for" in README


def test_its_pictures_and_files_are_there():
    for path in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / path).is_file(), path
