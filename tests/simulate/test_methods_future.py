"""No policy of the whole catalogue sees the future, whatever its weights start from and whatever it is judged on."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_core import specs
from alma_core.methods import METHODS
from alma_core.policies import catalogue
from alma_core.simulate.progress import Tables
from alma_core.streams.source import Source
from alma_core.streams.stream import cut
from tests.conftest import few_of, run_of, unequal
from tests.simulate.test_next import months

QUICK = specs.Recipe("test", "adam", 5e-3, 32, 2)
B = 6


def policies(task: str) -> tuple[specs.PolicySpec, ...]:
    """Return the catalogue, and what it lacks: other starts, and methods that wait for a rule."""
    named, _left_out = catalogue.chosen(["all"], task)
    of_names = catalogue.expand(named, [1], ["S"])
    starts = [
        dataclasses.replace(policy, start=start, waiting_time=2, first_update=1, replay=1.0, window=0)
        for policy in of_names
        if policy.learner.is_network and policy.schedule == "every"
        for start in METHODS[policy.method].starts[1:]
    ]
    ruled = [
        dataclasses.replace(policy, schedule=rule, threshold=threshold)
        for policy in of_names
        if policy.method in ("keep_better", "gens_best", "ema", "distilled")
        for rule, threshold in (("shift", 0.5), ("cumulative", 0.8))
    ]
    return tuple(dict.fromkeys([*of_names, *starts[::2], *ruled]))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def found(source: Source, judged: str) -> Tables:
    b = source.cut.mega_batches if source.cut else B
    stream = specs.StreamSpec(source.name, b, in_order=True, judged=judged)
    tables = run_of(specs.RunSpec(stream, policies(source.task), QUICK, 1), source, jobs=1).tables
    assert tables is not None
    return tables._replace(ledger=tables.ledger.assign(inference_seconds=0.0))


def shuffled(source: Source, later: np.ndarray, noise: int) -> Source:
    """Return the source with the rows `later` given the features and the targets of others among them."""
    draws = np.random.default_rng(noise)
    x, y = source.x.copy(), source.y.copy()
    x[later], y[later] = x[draws.permutation(later)], draws.permutation(y[later])
    return dataclasses.replace(source, x=x, y=y)


@pytest.fixture(scope="module")
def on_a_test_set(digits: Source) -> tuple[Source, pd.DataFrame]:
    few = few_of(digits)
    return few, found(few, "test").ledger


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, B - 1), st.integers(0, 2**16))
def test_on_a_test_set_rows_up_to_t_do_not_know_what_comes_after(on_a_test_set, t: int, noise: int):
    """Shuffle all that arrives after t: which updates happen, what serves, and what all of it costs stay as well."""
    source, one = on_a_test_set
    stream = specs.StreamSpec("few", B, in_order=True)
    later = np.arange(cut(source, stream, 0).boundaries[t], 400)
    other = found(shuffled(source, later, noise), "test").ledger
    upto = (one["t"] <= t).to_numpy()
    assert unequal(one[upto], other[upto]) == []
    networks = one["method"].ne("incumbent").to_numpy()
    assert unequal(one[~upto & networks], other[~upto & networks]) != []


@pytest.fixture(scope="module", params=["classification", "regression"])
def on_the_next(request: pytest.FixtureRequest) -> tuple[Source, Tables]:
    source = months(request.param)
    return source, found(source, "next")


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 6), st.integers(0, 2**16))
def test_on_the_next_month_rows_up_to_t_do_not_know_what_comes_after(on_the_next, t: int, noise: int):
    """Labels come late and rows are corrected: up to t - 1 all stays, and at t all that does not judge."""
    source, one = on_the_next
    later = np.flatnonzero(np.where(source.cut.arrives > 0, source.cut.arrives, source.cut.trains) > t)
    other = found(shuffled(source, later, noise), "next")
    for name in ("ledger", "judged", "operating"):
        before = [table[table["t"] < t].reset_index(drop=True) for table in (getattr(one, name), getattr(other, name))]
        a, b = (table.drop(columns="seconds", errors="ignore") for table in before)
        pd.testing.assert_frame_equal(a, b)
    rows = [tables.ledger[tables.ledger["t"] == t].reset_index(drop=True) for tables in (one, other)]
    assert set(unequal(*rows)) <= {"error", "loss"}
