"""The command line as a person uses it: real processes, one line where something is wrong."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from alma_core import cli, library
from alma_core.commands import run
from alma_core.streams.sources import load
from tests.conftest import needs_mnist, unequal

MAIN = "import sys; from alma_core.cli import main; sys.exit(main())"
QUICK = ["--mega-batches", "4", "--waits", "1,2", "--seeds", "2", "--epochs", "1", "--capacities", "S"]


def alma(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"} | environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "run"
    done = alma("run", *QUICK, "--starts", "warm,scratch", "--replay", "0,1", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_run_then_decide(made: Path):
    done = alma("decide", str(made))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") > 12
    assert "example prices" in done.stdout


def test_decide_as_json_is_one_object(made: Path):
    done = alma(
        "decide", str(made), "--json", "--incumbent-error", "0.5", "--price-per-error", "1000", "--horizon", "3"
    )
    answer = json.loads(done.stdout)
    assert answer["horizon"] == 3
    assert answer["prices"]["price_per_error"] == 1000
    assert answer["incumbent_error"] == 0.5
    assert answer["example_prices"]
    assert len(answer["ranking"]) == 6  # of 9: within 3 arrivals some come to the same


def test_prices_are_the_user_s_own_once_the_two_that_matter_are_stated(made: Path):
    done = alma("decide", str(made), "--json", "--price-per-error", "2", "--price-per-update", "9", "--currency", "EUR")
    assert not json.loads(done.stdout)["example_prices"]
    done = alma("decide", str(made), "--currency", "EUR")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_one_seed_is_still_strict_json(tmp_path: Path):
    assert alma("run", *QUICK[:-6], "--seeds", "1", "--epochs", "1", "--out", str(tmp_path / "run")).returncode == 0
    done = alma("decide", str(tmp_path / "run"), "--json")

    def refuse(token: str) -> None:
        raise AssertionError(token)

    assert json.loads(done.stdout, parse_constant=refuse)["saving"]["low"] is None


def test_a_run_does_not_depend_on_who_makes_it(made: Path, tmp_path: Path):
    words = ["--starts", "warm,scratch", "--replay", "0,1", "--out", str(tmp_path / "run")]
    assert alma("run", *QUICK, *words, LC_ALL="ja_JP.UTF-8").returncode == 0
    assert unequal(library.open_run(made).ledger, library.open_run(tmp_path / "run").ledger) == []


def test_the_answer_comes_in_japanese(made: Path):
    done = alma("decide", str(made), LC_ALL="ja_JP.UTF-8", LANG="ja_JP.UTF-8")
    assert "仮の単価" in done.stdout


def test_the_manifest_s_command_makes_the_same_run(made: Path, tmp_path: Path):
    command = library.open_run(made).manifest["command"].split()
    done = alma(*command[1:], "--out", str(tmp_path / "again"))
    assert done.returncode == 0, done.stderr
    one, other = (library.open_run(path) for path in (made, tmp_path / "again"))
    assert one.spec == other.spec
    assert one.ledger.drop(columns="seconds").equals(other.ledger.drop(columns="seconds"))


def test_the_library_is_the_default_place(tmp_path: Path):
    done = alma("run", *QUICK, ALMA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    listed = alma("runs", ALMA_HOME=str(tmp_path))
    assert folder.name in listed.stdout
    assert "mnist" in listed.stdout


def test_defaults():
    options = cli._parser().parse_args(["run"])
    digits = load("digits")
    spec = run.spec_of(options, digits)
    assert [p.waiting_time for p in spec.policies] == [1, 5, 20]
    assert (spec.stream.mega_batches, spec.seeds, spec.recipe.name) == (20, 3, "quick")
    short = run.spec_of(cli._parser().parse_args(["run", "--mega-batches", "6"]), digits)
    assert [p.waiting_time for p in short.policies] == [1, 5]


def test_also_adds_a_second_grid():
    words = ["run", "--waits", "1,5", "--also", "--waits 5 --starts warm,scratch --replay 1"]
    spec = run.spec_of(cli._parser().parse_args(words), load("digits"))
    assert [(p.waiting_time, p.start, p.replay) for p in spec.policies] == [
        (1, "warm", 0), (5, "warm", 0), (5, "warm", 1), (5, "scratch", 1)
    ]  # fmt: skip


def test_policies_by_name():
    words = ["run", "--policies", "never,scratch", "--waits", "1,5", "--also", "--policies trees --waits 5"]
    spec = run.spec_of(cli._parser().parse_args(words), load("digits"))
    assert [(p.waiting_time, p.start, p.replay, p.schedule, p.learner.architecture) for p in spec.policies] == [
        (1, "warm", 0, "once", "mlp"), (1, "scratch", 1, "every", "mlp"), (5, "scratch", 1, "every", "mlp"),
        (5, "scratch", 1, "every", "trees"),
    ]  # fmt: skip


def test_a_run_of_policies_by_name_can_be_made_again(tmp_path: Path):
    quick = ["--mega-batches", "3", "--seeds", "1", "--epochs", "1", "--capacities", "S"]
    done = alma("run", *quick, "--policies", "never,linear", "--waits", "2", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Never trained on: with a wait of 2 the last 1 of 3 arrivals."
    made = library.open_run(tmp_path / "run")
    assert set(made.ledger["label"]) == {
        "no update", "one update only, after 1 lot, S", "every 2 lots, from scratch, all data, linear model"
    }  # fmt: skip
    options = cli._parser().parse_args(shlex.split(made.manifest["command"])[1:])
    assert run.spec_of(options, load("digits")) == made.spec


@pytest.fixture
def numbers(tmp_path: Path) -> str:
    """Keep a data set whose target is a number, in three mega-batches."""
    draws = np.random.default_rng(0)
    pd.DataFrame(draws.normal(50, 9, (120, 3)).round(2), columns=["heat", "force", "weight"]).to_csv(
        tmp_path / "presses.csv", index=False
    )
    words = ["--name", "presses", "--target", "weight", "--task", "regression", "--cut", "number:3", "--not-in-order"]
    assert cli.main(["data", "add", str(tmp_path / "presses.csv"), *words]) == 0
    return "presses"


def test_presets_say_what_they_leave_out(numbers: str, capsys: pytest.CaptureFixture[str]):
    words = ["run", "--data", numbers, "--waits", "1,2", "--seeds", "1", "--dry-run", "--policies", "single"]
    assert cli.main([*words, "--also", "--policies paper --waits 2"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Never trained on: with a wait of 2 the last 1 of 3 arrivals.",
        "Left out, as they need classes: adaboost-3.",
    ]


def test_boosting_is_for_classes(numbers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["run", "--data", numbers, "--waits", "1", "--policies", "adaboost-3"]
    capsys.readouterr()
    assert cli.main([*words, "--out", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == (
        "alma: The method adaboost was given for data whose target is a number, classes were expected; leave it out.\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "--data", "minst"], "only these are known: digits"),
        (["run", "--data", "missing.npz"], "There is no file missing.npz"),
        (["run", "--mega-batches", "2000"], "ask for 1437 or fewer"),
        (["run", "--mega-batches", "0"], "a whole number from 1 to 100000"),
        (["run", "--mega-batches", "4", "--waits", "5"], "choose a waiting time from 1 to 4"),
        (["data", "add", "missing.csv", "--name", "a"], "missing.csv cannot be read"),
        (["data", "add", "missing.csv"], "--name"),
        (["data", "remove", "nothing", "--yes"], "There is no data set nothing"),
        (["data", "check", "."], "No file was given"),
        (["run", "--judged", "later"], "only these exist: test, next"),
        (["run", "--window", "-1"], "-1 was given for the window"),
        (["run", "--policies", "esemble-3"], "such as ensemble-3, ensemble-5, batch-ensemble-3"),
        (["run", "--policies", "quick,"], "'' was given as a policy"),
        (["run", "--policies", "quick", "--waits", "21"], "choose a waiting time from 1 to 20"),
        (["run", "--policies", "quick", "--capacities", "XXL"], "only these exist: S, M, L, XL"),
        (["run", "--policies", "gmoe", "--architecture", "trees"], "name trees among the policies"),
        (["run", "--policies", "quick", "--starts", "warm"], "--starts was given together with --policies"),
        (["run", "--policies", "quick", "--replay", "0"], "--replay was given together with --policies"),
        (["run", "--also", "--policies quick --window 0"], "--window was given together with --policies"),
        (["policies", "esemble-3"], "such as ensemble-3, ensemble-5, batch-ensemble-3"),
        (["run", "--window", "2", "--replay", "1"], "A window of 2 mega-batches was given together with replay"),
        (["run", "--label-noise", "1.5"], "1.5 was given for the share of wrong labels"),
        (["run", "--labelled", "0"], "No label of digits arrives"),
        (["run", "--missing", "0.1"], "which is no table"),
        (["run", "--waits", "0"], "0 was given for the waiting time"),
        (["run", "--waits", "one"], "--waits"),
        (["run", "--capacities", "XXL"], "only these exist: S, M, L, XL"),
        (["run", "--recipe", "slow"], "only these exist: quick, quick-vgg, paper"),
        (["run", "--starts", "cold"], "only these exist: warm, scratch"),
        (["run", "--replay", "0.5"], "0.5 was given for replay"),
        (["run", "--first-updates", "7"], "only these exist: w, 1"),
        (["run", "--seeds", "0"], "0 was given for the number of seeds"),
        (["run", "--epochs", "0"], "0 was given for the number of epochs"),
        (["run", "--arrival-unit", "century"], "day, week, month, quarter, year, lot"),
        (["run", "--also", "--wait 3"], "--wait"),
        (["run", "--also", "--waits '3"], "close the quotation marks"),
        (["run", "--waits", ""], "--waits"),
        (["run", "--out", "/"], "is not an empty folder"),
        (["run", "--seeds", "100000000"], "a whole number from 1 to 1000"),
        (["run", "--data", "x" * 300 + ".npz"], "File name too long"),
        (["run", "--out", "x" * 300], "File name too long"),
        (["decide", "x" * 300], "x" * 300),
        (["decide", "digits", "--volume", "1e34"], "up to 1e+12"),
        (["decide", "digits", "--utilisation", "1e-300"], "share above 0"),
        (["decide", "digits", "--capacities", "S,Q"], "only these exist: S, M, L, XL"),
        (["serve", "--port", "99999"], "99999"),
        (["serve", "--host", ""], "an address"),
        (["run", "--device", "gpu"], "only these exist: auto, cpu, cuda"),
        (["run", "--jobs", "0"], "0 was given for the number of processes"),
        (["run", "--threads", "0"], "0 was given for the number of threads"),
        (["run", "--stack-memory", "0"], "gigabytes from 0.01"),
        (["run", "--arrived", "21"], "a whole number from 1 to 20"),
        (["run", "--arrived", "3", "--waits", "5"], "choose a waiting time from 1 to 3"),
        (["run", "--architecture", "cnn"], "only these exist: mlp, vgg"),
        (["run", "--nonsense"], "--nonsense"),
        (["decide"], "RUN"),
        (["decide", "nowhere"], "There is no run nowhere"),
        (["decide", "digits", "--horizon", "99"], "give one up to 20"),
        (["decide", "digits", "--short", "0"], "1 to 20 were expected"),
        (["decide", "digits", "--incumbent-error", "8"], "a share from 0 to 1"),
        (["decide", "digits", "--baseline", "abc"], "There is no policy abc"),
        (["decide", "digits", "--price-per-error", "-3"], "zero or a positive number"),
        (["decide", "digits", "--price-per-error", "ten"], "--price-per-error"),
        (["serve", "--port", "http"], "--port"),
        (["dance"], "dance"),
        ([], "COMMAND"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_mistakes_get_one_line_and_status_2(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["alma"])
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "en")
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("alma: ")
    assert err.count("\n") == 1
    assert says in err
    assert not list((tmp_path / "home").rglob("*"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_is_asked_for_where_there_is_none(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["run", "--device", "cuda"]) == 2
    assert "finds no CUDA device" in capsys.readouterr().err


def test_vgg_is_for_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    np.savez(tmp_path / "rows.npz", x=np.random.default_rng(0).random((90, 7)), y=np.arange(90) % 3)
    assert cli.main(["run", "--data", str(tmp_path / "rows.npz"), "--architecture", "vgg", "--waits", "5"]) == 2
    assert "images were expected" in capsys.readouterr().err
    assert not list((tmp_path / "home").rglob("*"))


def test_a_vgg_runs(tmp_path: Path):
    words = ["--architecture", "vgg", "--recipe", "paper-vgg", "--epochs", "1", "--mega-batches", "2", "--waits", "2"]
    done = alma("run", *words, "--capacities", "S", "--seeds", "1", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "VGG S" in alma("decide", str(tmp_path / "run")).stdout


def test_a_dry_run_trains_nothing_and_counts_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def figures(*words: str) -> list[str]:
        assert cli.main(["run", *QUICK, "--starts", "warm,scratch", "--replay", "1", *words]) == 0
        return [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]]

    # warm and scratch, w = 1, 2, two seeds: 2 x 2 x (4 + 2) asked for; from scratch 4 distinct; warm another 3 + 1
    before = figures("--dry-run")
    assert before[:3] == ["24", "16", "0"]
    assert float(before[4]) > 0
    assert not (tmp_path / "home" / "runs").exists()
    assert cli.main(["run", *QUICK, "--starts", "warm,scratch", "--replay", "1"]) == 0
    assert "16 of 16 updates trained" in capsys.readouterr().out
    assert figures("--dry-run")[:5] == ["24", "16", "16", "0", "0.00e+00"]


def test_a_dry_run_in_japanese():
    done = alma("run", *QUICK, "--dry-run", LC_ALL="ja_JP.UTF-8")
    assert "重複を除いた更新" in done.stdout


@needs_mnist
def test_a_dry_run_of_the_mnist_grid_takes_seconds(tmp_path: Path):
    """1.2 s where nobody disturbs, once the device is measured; here the processor's time, with room for noise."""
    waits = "--waits 1,2,5,10,25,50 --capacities S,M,L"
    also = f"{waits} --starts warm,scratch --replay 1"
    words = ["run", "--data", "mnist", "--mega-batches", "50", *waits.split(), "--also", also, "--dry-run"]
    assert alma(*words, ALMA_HOME=str(tmp_path)).returncode == 0
    before = os.times()
    done = alma(*words, ALMA_HOME=str(tmp_path))
    assert os.times().children_user - before.children_user < 4
    assert done.stdout.splitlines()[1].split()[-1] == "2,511"


def test_the_store_shows_its_size_and_is_pruned(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["run", *QUICK]) == 0
    capsys.readouterr()

    def counts(*words: str) -> list[int]:
        assert cli.main(["store", *words]) == 0
        return [int(line.split()[1]) for line in capsys.readouterr().out.splitlines()[1:]]

    # Two seeds of 4 + 2 updates, each judged on the test set, 3 + 2 arrivals judged; the newest of each chain
    assert counts() == [12 + 12 + 10, 4]
    assert counts("--prune") == [34, 0]
    assert cli.main(["run", *QUICK, "--out", "/tmp/never", "--dry-run"]) == 0
    assert not Path("/tmp/never").exists()


def test_a_finished_run_is_not_overwritten(made: Path):
    before = (made / "ledger.parquet").read_bytes()
    done = alma("run", *QUICK, "--out", str(made))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "holds a finished run already" in done.stderr
    assert (made / "ledger.parquet").read_bytes() == before


def test_a_truncated_npz(tmp_path: Path):
    np.savez(tmp_path / "a.npz", x=np.zeros((50, 4)), y=np.arange(50) % 3)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:-100])
    done = alma("run", "--data", str(tmp_path / "a.npz"), "--out", str(tmp_path / "run"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "run").exists()


def test_a_reader_that_has_seen_enough():
    command = f"{sys.executable} -c '{MAIN}' decide digits | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_version(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out.startswith("alma 0.")


@needs_mnist
@pytest.mark.slow
def test_mnist_by_name(tmp_path: Path):
    words = ["--data", "mnist", "--mega-batches", "50", "--waits", "25", "--capacities", "S", "--seeds", "1"]
    done = alma("run", *words, "--epochs", "1", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    table = library.open_run(tmp_path / "run").ledger
    assert table.loc[(table["method"] == "single") & (table["t"] == 50), "error"].item() < 0.15
