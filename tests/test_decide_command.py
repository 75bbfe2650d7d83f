"""`alma decide` and `alma backtest` as they are typed: shipped runs with their sheets, and one line where it fails."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alma_core import cli, ledger, library, specs, writing
from alma_core.decide import sheets
from alma_core.home import home
from tests.decide import hand

RUNS = sorted(path.name for path in (Path(__file__).parents[1] / "cached_runs").iterdir())
SHEETS = [(name, sheet) for name in RUNS for sheet in sheets.beside(library.find(name).path)]

Said = Callable[..., str]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs a command and returns what it prints; it must succeed."""
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "en")

    def run(*words: str) -> str:
        status = cli.main(words)
        out, err = capsys.readouterr()
        assert (status, err) == (0, "")
        return out.replace("\u00a0", " ")

    return run


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs a command and returns its one line of complaint; it must fail with status 2."""
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "en")
    monkeypatch.setattr("sys.argv", ["alma"])

    def run(*words: str) -> str:
        status = cli.main(words)
        out, err = capsys.readouterr()
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("alma: ")
        return err

    return run


def answered(said: Said, *words: str) -> dict[str, Any]:
    """Return the answer as JSON; NaN and infinities are refused."""

    def refuse(token: str) -> None:
        raise AssertionError(token)

    found: dict[str, Any] = json.loads(said("decide", *words, "--json"), parse_constant=refuse)
    return found


@pytest.mark.parametrize(
    ("words", "prices"),
    [
        (["--price-per-error", "1000"], {"price_per_error": 1000, "day_rate": 40_000}),
        (["--price-per-update", "20000"], {"price_per_error": 300, "days_per_update": 1, "day_rate": 20_000}),
        (["--price-per-error", "2", "--price-per-update", "9", "--currency", "EUR"], {"currency": "EUR"}),
        (["--currency", "JPY"], {"currency": "JPY"}),
    ],
)
def test_a_stated_price_has_no_range(said: Said, words: list[str], prices: dict[str, Any]):
    """The sheet of mnist gives both prices a range, which need not hold what is stated instead."""
    found = answered(said, "mnist", *words)["prices"]
    assert {name: found[name] for name in prices} == prices
    left = {name for name, _low, _high in found["ranges"]}
    assert ("price_per_error" in left) == ("--price-per-error" not in words)
    assert ("day_rate" in left) == ("--price-per-update" not in words)


PROMISED = {
    "verdict", "recommended", "baseline", "ranking", "saving", "runner_up", "flips", "weak_point", "oracle", "regret",
    "reasons", "adopted", "prices", "example_prices", "horizon", "seeds", "measure",
}  # fmt: skip


def seconds(said: str) -> float:
    """Return the time that an answer says it took."""
    number, unit = re.search(r"Computed in ([\d.]+) (ms|s)\.$", said.rstrip()).groups()
    return float(number) / (1000 if unit == "ms" else 1)


@pytest.mark.parametrize(("name", "sheet"), [(name, None) for name in RUNS] + SHEETS, ids=str)
def test_every_shipped_run_is_decided_on(said: Said, name: str, sheet: Path | None):
    words = [name] if sheet is None else [name, "--prices", str(sheet)]
    told = said("decide", *words)
    assert "nan" not in told
    assert "None" not in told
    for title in ("Reasons", "Ranking", "What it costs", "When the answer flips", "The next money"):
        assert f"\n{title}\n-" in told
    assert seconds(told) < 3
    found = answered(said, *words)
    assert found.keys() >= PROMISED
    assert set(found["saving"]) >= {"mean", "low", "high"}
    assert found["recommended"] == found["ranking"][0]
    assert found["runner_up"] in (*found["ranking"][1:2], None)
    for code in ("en", "ja"):
        assert len(found["reasons"][code]) == 3
        assert all(found["reasons"][code])
    costs = [row["cost"] for row in found["ranking"]]
    assert costs == sorted(costs)
    assert all(sum(row["cost_by_cause"].values()) == pytest.approx(row["cost"]) for row in found["ranking"])


def test_an_answer_takes_under_a_second_of_computing(said: Said):
    """The best of three: a noisy neighbour may spoil one, a slow answer spoils all."""
    assert any(seconds(said("decide", "mnist")) < 1 for _ in range(3))


@pytest.mark.parametrize("name", ["mnist", "machine-failure", "monthly-demand", "mnist-policies", "elec2"])
def test_no_english_is_left(said: Said, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: "ja")
    told = said("decide", name)
    facts = library.find(name).manifest["data"]
    allowed = {"JPY", "Ens", "gEns", "UMix", "AdaBoost", "Firefly", "gMoE", "MoE", "XL", "CPU", "ms", "rentals"}
    words = set(re.findall(r"[A-Za-z]{2,}", told)) - allowed - set(re.findall(r"[A-Za-z]{2,}", str(facts)))
    shifted = set(library.find(name).shift["column"]) if len(library.find(name).shift) else set()
    assert words <= shifted, words - shifted
    if name == "monthly-demand":
        assert "誤り" not in told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["mnist", "--horizon", "80"], "allow an estimate of what comes with --forecast"),
        (["mnist", "--horizon", "0"], "choose one from 1 to 50"),
        (["mnist", "--horizon", "0", "--forecast"], "choose one from 1 to 50"),
        (["mnist", "--seen", "0"], "1 to 50 were expected"),
        (["mnist", "--seen", "51"], "1 to 50 were expected"),
        (["monthly-demand", "--seen", "1"], "2 to 23 were expected"),
        (["mnist", "--seen", "30", "--horizon", "20"], "To arrival 20"),
        (["mnist", "--seen", "3"], "Today's policy cannot be foretold"),
        (["mnist", "--seen", "ten"], "--seen"),
        (["mnist", "--baseline", "every day"], "There is no policy every day among those compared"),
        (["mnist", "--baseline", "every day", "--seen", "20"], "There is no policy every day"),
        (["mnist", "--currency", "GBP"], "GBP was given as the currency"),
        (["mnist", "--currency", "GBP", "--price-per-error", "1", "--price-per-update", "2"], "one of JPY, USD, EUR"),
        (["mnist", "--prices", "nowhere.toml"], "There is no price sheet nowhere.toml"),
        (["mnist", "--prices", "."], "There is no price sheet ."),
        (["mnist", "--price-per-update", "-1"], "zero or a positive number"),
        (["mnist", "--price-per-label", "nan"], "zero or a positive number"),
        (["mnist", "--peak-flops", "0"], "a peak of at least 1"),
        (["mnist", "--mega-batch-size", "51"], "choose 1 to 50"),
        (["mnist", "--mega-batch-size", "0"], "choose 1 to 50"),
        (["monthly-demand", "--incumbent-error", "-1"], "zero or a positive number in the target's unit"),
    ],
    ids=str,
)
def test_questions_that_make_no_sense(refused: Said, words: list[str], says: str):
    assert says.lower() in refused("decide", *words).lower()


PEOPLE = "[people]\nday_rate = 5\n"


@pytest.mark.parametrize(
    ("name", "sheet", "says"),
    [
        ("mnist", "[errors]\nshortage = 1\nexcess = 2", "this run tells classes apart"),
        ("mnist", "[errors]\nmiss = 1\nfalse_alarm = 2", "the run holds no operating points"),
        ("monthly-demand", "[errors]\nmiss = 1\nfalse_alarm = 2", "this run predicts a number"),
        ("monthly-demand", "[errors]\nmatrix = [[0, 1], [1, 0]]", "this run predicts a number"),
        ("machine-failure", "[errors]\nmatrix = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]", "tells 2 apart"),
        ("mnist", "[errors]\nper_error = -1", "-1.0 was given for Price of one error"),
        ("mnist", "[errors]\nper_error = nan", "nan was given for Price of one error"),
        ("mnist", "[errors]\nmiss = 1", "was given without Price of a false alarm"),
        ("mnist", PEOPLE, "states no price of errors"),
        ("mnist", "[errors]\nper_error = 'ten'", "a number was expected"),
        ("mnist", "[errors\nper_error = 1", "does not read as TOML"),
        ("monthly-demand", "[errors]\nper_error = 1\n[time]\nrelease_days = 200", "state a shorter delay"),
        ("mnist", "[errors]\nper_error = 1\n[time]\nfreeze_months = [3]", "this run's arrivals have no dates"),
        ("digits", "[errors]\nper_error = 1\n[time]\ndiscount_rate = 0.1", "state how many days a lot is"),
    ],
)
def test_sheets_that_make_no_sense(refused: Said, tmp_path: Path, name: str, sheet: str, says: str):
    path = tmp_path / "prices.toml"
    path.write_text(f'currency = "JPY"\n{sheet}\n', "utf-8")
    assert says in refused("decide", name, "--prices", str(path))


@pytest.mark.parametrize("currency", ['"GBP"', '""', "5"])
def test_currencies_that_amounts_are_not_written_in(refused: Said, tmp_path: Path, currency: str):
    path = tmp_path / "prices.toml"
    path.write_text(f"currency = {currency}\n[errors]\nper_error = 1\n", "utf-8")
    line = refused("decide", "mnist", "--prices", str(path))
    assert "currency" in line.lower()


def made(table: pd.DataFrame, name: str = "ours") -> str:
    """Leave a run of this ledger in the library; return its id."""
    spec = specs.RunSpec(specs.StreamSpec("few", 4, "month"), specs.grid([1], ["S"]), specs.recipe("quick", 1), 2)
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    with writing.writing(home() / "runs" / name, spec, "alma run") as writer:
        writer.finish({"ledger": table, "confusion": confusion}, data={"name": "few", "sha256": "0" * 64}, device="cpu")
    return name


def with_error(value: float) -> pd.DataFrame:
    table = hand.example()
    table.loc[5, "error"] = value
    return table


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.1])
def test_a_ledger_without_an_error_somewhere(refused: Said, value: float):
    for words in (["decide"], ["decide", "--json"], ["backtest"]):
        assert "rows without an error" in refused(
            words[0], made(with_error(value), f"ours{len(words)}{words[0]}"), *words[1:]
        )


def test_a_ledger_without_some_rows(refused: Said):
    assert "lacks rows for some policies or seeds" in refused("decide", made(hand.example().iloc[1:]))


def test_one_repeat_has_no_interval(said: Said):
    table = hand.example()
    name = made(table[table["seed"] == 0].reset_index(drop=True))
    dear = ["--price-per-error", "10", "--price-per-update", "5000"]
    assert "a single repeat gives no interval" in said("decide", name, *dear)
    found = answered(said, name, *dear)
    assert found["verdict"] == "not enough evidence"
    assert (found["saving"]["low"], found["saving"]["high"], found["seeds"]) == (None, None, 1)
    assert found["adopted"] == found["baseline"]["policy"] != found["recommended"]["policy"]


@pytest.mark.parametrize(
    "table",
    [
        hand.example().assign(error=0.3),
        hand.example().assign(error=0.0),
        hand.example()[hand.example()["policy"] == "every"].reset_index(drop=True),
        hand.example()[hand.example()["policy"] != "two"].reset_index(drop=True),
    ],
    ids=["all equal", "no error at all", "one policy", "one policy that learns"],
)
def test_runs_in_which_there_is_little_to_choose(said: Said, table: pd.DataFrame):
    name = made(table)
    found = answered(said, name)
    assert found.keys() >= PROMISED
    assert len(found["reasons"]["en"]) == 3
    assert "Computed in" in said("decide", name)
    assert (found["runner_up"] is None) == (len(found["ranking"]) == 1)


def test_prices_of_nothing(said: Said, tmp_path: Path):
    path = tmp_path / "free.toml"
    path.write_text('currency = "EUR"\n[errors]\nper_error = 0\n[people]\nday_rate = 0\n[device]\nprice_per_hour = 0\n')
    for name in ("digits", "monthly-demand"):
        found = answered(said, name, "--prices", str(path))
        assert (found["verdict"], found["recommended"]["cost"]) == ("keep", 0)
        assert "0.00 EUR" in said("decide", name, "--prices", str(path))


def test_a_forecast_is_allowed_by_its_option(said: Said):
    found = answered(said, "digits", "--horizon", "30", "--forecast")
    assert (found["horizon"], found["foreseen"]["known"], found["foreseen"]["sunk"]) == (30, 20, 0)
    assert (found["oracle"], found["regret"]) == (None, None)
    told = said("decide", "digits", "--seen", "8")
    assert "only the first 8 lots are known" in told
    assert "Staged plan" not in told
    coarse = answered(said, "mnist", "--seen", "20", "--mega-batch-size", "5")
    assert coarse["baseline"]["label"].startswith("every 5 days") or coarse["baseline"]["label"].startswith("every day")
    assert coarse["foreseen"]["sunk"] == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["digits", "--seen", "1.0"], "above 0 and below 1"),
        (["digits", "--seen", "nan"], "above 0 and below 1"),
        (["digits", "--seen", "0.2,40"], "above 0 and below 1"),
        (["digits", "--seen", "half"], "--seen"),
        (["nowhere"], "There is no run nowhere"),
        ([], "RUN"),
    ],
    ids=str,
)
def test_back_tests_that_make_no_sense(refused: Said, words: list[str], says: str):
    assert says in refused("backtest", *words)


def test_a_back_test_as_text_and_as_json(said: Said):
    lines = said("backtest", "digits", "machine-failure").splitlines()
    assert len(lines) == 1 + 3 * (1 + 2) + 1 + 1 + 2
    assert lines[0].split()[:3] == ["run", "price", "sheet"]
    assert lines[10].startswith("mean")
    found = json.loads(said("backtest", "digits", "--seen", "0.1,0.4", "--json"))
    first, second = found["tried"]
    assert (first["seen"], first["verdict"]) == (2, "")
    assert "fewer than four points" in first["refused"]
    assert set(second["rules"]) == {"always", "never again", "every k", "threshold"}
    assert sum(found["verdicts"].values()) == pytest.approx(1)
    regrets = np.array([second["regret"], second["today"], *second["rules"].values()])
    assert np.isfinite(regrets).all()
