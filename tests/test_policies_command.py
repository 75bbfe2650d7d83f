"""`alma policies`: every policy in a line, any of them in a paragraph, costs that can be checked by hand."""

import unicodedata

import pytest

from alma_core import cli
from alma_core.commands import policies
from alma_core.policies import catalogue
from alma_core.sizes import Mixture, Shape, train_flops, widened
from alma_core.streams.source import Source

M = Shape(64, (64, 64), 10)


@pytest.fixture(scope="module")
def costs() -> dict[str, float]:
    return policies.relative_costs(catalogue.CATALOGUE)


@pytest.fixture(scope="module")
def arrived(digits: Source) -> list[int]:
    """Return how many examples have arrived at t = 0..20."""
    n = len(digits.y) - len(digits.test)
    return [t * n // 20 for t in range(21)]


def test_plain_costs_are_counts_of_examples(costs: dict[str, float], arrived: list[int]):
    n = arrived[-1]
    assert costs["single"] == 1
    assert costs["never"] == pytest.approx(arrived[1] / n)
    assert costs["replay"] == costs["scratch"] == costs["shrink-perturb"] == pytest.approx(sum(arrived) / n)
    assert costs["window"] == pytest.approx(sum(arrived[t] - arrived[max(0, t - 5)] for t in range(1, 21)) / n)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("keep-better", 1), ("gens", 1), ("gens-fresh", 1), ("gens-newest-3", 1), ("gens-best-3", 1), ("hybrid", 1),
        ("ema", 1), ("snapshot-3", 1), ("ensemble-3", 3), ("ensemble-5", 5), ("umix-3", 3), ("bagging-5", 5),
        ("adaboost-3", 3), ("distilled-3", 4),
    ],
)  # fmt: skip
def test_costs_in_networks(costs: dict[str, float], name: str, times: int):
    assert costs[name] == pytest.approx(times)


def test_costs_of_what_grows(costs: dict[str, float], arrived: list[int]):
    """At every second update after the first an expert is added, or the network becomes wider."""
    experts, wider = 0.0, 0.0
    network = M
    for number in range(1, 21):
        share = (arrived[number] - arrived[number - 1]) / arrived[-1]
        if number % 2 == 1 and number > 1:
            network = widened(network, M)
        held = 1 + (number - 1) // 2
        experts += share * train_flops(Mixture(M, held, gated=True)) / train_flops(M)
        wider += share * train_flops(network) / train_flops(M)
    assert costs["gmoe"] == costs["gmoe-random"] == pytest.approx(experts)
    assert costs["firefly"] == pytest.approx(wider)


def test_what_is_not_known_ahead_has_no_figure(costs: dict[str, float]):
    unknown = {named.name for named in catalogue.CATALOGUE} - costs.keys()
    assert unknown == {
        "triggered-shift", "triggered-error", "threshold", "cumulative",
        "trees", "trees-window", "linear", "linear-window", "sgd",
    }  # fmt: skip


@pytest.mark.parametrize("spoken", ["en", "ja"])
def test_all_of_them_in_a_line_each(spoken: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cli.language, "of_the_terminal", lambda: spoken)
    assert cli.main(["policies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [named.name for named in catalogue.CATALOGUE]
    table = [line for line in lines if line.split("  ")[0] in names]
    assert [line.split("  ")[0] for line in table] == names
    widths = [sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line) for line in table]
    assert len(set(widths)) == 1
    assert widths[0] <= 100


def test_what_a_line_says(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["policies", "quick"]) == 0
    lines = {line.split()[0]: line.split("  ") for line in capsys.readouterr().out.splitlines() if line}
    assert lines["never"][-1].split() == ["0.05", "x"]
    assert lines["triggered-error"][-1].strip() == "up to 1.00 x"
    assert lines["trees"][-1].strip() == "CPU seconds"
    assert "gmoe" not in lines
    assert lines["quick:"] == ["quick: never, single, window, scratch, triggered-error, ensemble-3, trees"]


def test_one_of_them_in_a_paragraph(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["policies", "distilled-3"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("distilled-3: 3 networks teach one of the same size, which alone serves\nResearch: ")
    assert "Hinton" in out
    assert "Training cost: 4.00 x.\n" in out
