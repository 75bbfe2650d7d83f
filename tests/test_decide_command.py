"""`alma decide` and `alma backtest` as they are typed: shipped runs with their sheets, and one line where it fails."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alma_core import cli, library
from alma_core.decide import sheets

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
