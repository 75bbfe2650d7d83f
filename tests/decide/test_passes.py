"""More passes over one mega-batch: runs that differ in their epochs alone."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core import library, specs
from alma_core.decide.evidence import Passes
from alma_core.decide.findings import FAILS, HOLDS, UNCLEAR
from alma_core.decide.passes import more_passes_hurt
from alma_core.decide.trials import Trial, of_run
from tests.decide import hand

ROWS = 4


def run(epochs: int, error: float, noise: float = 0.002, setting: str = "a", **facts: object) -> Trial:
    draws = np.random.default_rng(epochs)
    errors = hand.repeated([0.5] * (ROWS - 1) + [error], draws, noise=noise)
    plain = hand.rows("plain", errors, list(range(1, ROWS + 1)), **facts)
    return hand.trial(plain, name=f"mnist-epochs-{epochs}", epochs=epochs, setting=setting)


@pytest.mark.parametrize(
    ("errors", "noise", "verdict"),
    [
        ({1: 0.1, 2: 0.15, 5: 0.12, 20: 0.3}, 0.002, HOLDS),
        ({1: 0.3, 2: 0.15, 5: 0.12, 20: 0.1}, 0.002, FAILS),
        ({1: 0.2, 2: 0.21, 5: 0.2, 20: 0.205}, 0.03, UNCLEAR),
    ],
)
def test_the_fewest_against_the_most(errors: dict[int, float], noise: float, verdict: str):
    runs = [run(epochs, error, noise) for epochs, error in errors.items()]
    (found,) = more_passes_hurt([runs[2], runs[0], runs[3], runs[1]])
    assert (found.verdict, found.run) == (verdict, "mnist-epochs-*")
    ends = [(part.one, part.other, part.counts) for part in found.parts]
    assert ends == [
        (Passes(1), Passes(20), True),
        (Passes(1), Passes(2), False), (Passes(2), Passes(5), False), (Passes(5), Passes(20), False),
    ]  # fmt: skip
    if noise < 0.01:
        means = [part.found.mean for part in found.parts]
        steps = [errors[one] - errors[other] for one, other in ((1, 20), (1, 2), (2, 5), (5, 20))]
        assert means == pytest.approx(steps, abs=0.005)


def test_two_runs_are_one_comparison():
    (found,) = more_passes_hurt([run(1, 0.1), run(5, 0.2)])
    assert len(found.parts) == 1


def test_a_run_that_differs_in_more_is_left_out():
    assert more_passes_hurt([run(1, 0.1), run(5, 0.2, setting="b")]) == []
    (found,) = more_passes_hurt([run(1, 0.1), run(5, 0.2, setting="b"), run(2, 0.3)])
    assert [part.other for part in found.parts] == [Passes(2)]


def test_one_number_of_passes_has_nothing_to_be_compared_with():
    assert more_passes_hurt([run(1, 0.1), run(1, 0.2)]) == []
    assert more_passes_hurt([]) == []


@pytest.mark.parametrize(
    "facts", [{"replay": 1.0}, {"waiting_time": 2, "first_update": 2}, {"start": "scratch"}, {"method": "ema"}]
)
def test_only_a_network_that_continues_on_new_data_at_every_arrival(facts: dict[str, object]):
    assert more_passes_hurt([run(1, 0.1, **facts), run(5, 0.2, **facts)]) == []


def test_names_without_a_common_beginning_are_all_named():
    one, other = (dataclasses.replace(run(epochs, 0.1), name=name) for epochs, name in ((1, "few"), (5, "many")))
    (found,) = more_passes_hurt([one, other])
    assert found.run == "few, many"


def finished(table: pd.DataFrame, data: str = "d" * 64, **changes: object) -> Trial:
    """Return a trial of a run of the digits, changed in one respect."""
    recipe = specs.recipe("quick", int(str(changes.pop("epochs", 5))))
    stream = specs.StreamSpec("digits", int(str(changes.pop("mega_batches", 20))))
    spec = dataclasses.replace(specs.RunSpec(stream, specs.grid([1]), recipe, 2), **changes)  # type: ignore[arg-type]
    made = library.Run(Path("run"), {"data": {"sha256": data}, "device": "cpu"}, spec)
    made.__dict__["ledger"] = table
    return of_run(made)


def test_runs_differ_in_their_epochs_alone_if_all_else_is_equal():
    table = hand.example()
    first = finished(table)
    assert (first.epochs, first.name, first.panel.horizon) == (5, "run", 4)
    assert finished(table, epochs=20).setting == first.setting
    assert finished(table, policies=specs.grid([1, 2])).setting == first.setting
    others = [finished(table, seeds=3), finished(table, mega_batches=10), finished(table, data="e" * 64),
              finished(table, recipe=specs.recipe("paper"))]  # fmt: skip
    assert first.setting not in {other.setting for other in others}
