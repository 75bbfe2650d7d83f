"""What each method's updates and predictions cost, written out by hand; who shares which training and which stack."""

# ruff: noqa: ARG005 - in the table by hand every count takes both n and v

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from alma_core import seeds, specs
from alma_core.methods import METHODS
from alma_core.simulate import stacks
from alma_core.simulate.graph import Known
from alma_core.simulate.nodes import Model, Update
from alma_core.simulate.plan import Plan
from alma_core.simulate.results import Results
from alma_core.simulate.steps import METHOD
from alma_core.streams.source import Source
from alma_core.streams.stream import cut
from tests.conftest import ledger_of

SMALL = specs.LearnerSpec(capacity="S")
QUICK = specs.recipe("quick", 3)

# 64-16-16-10: 64 x 16 + 16 x 16 + 16 x 10 = 1,440 multiply-adds
PREDICTS = 2 * 1440
TRAINS = 3 * PREDICTS - 2 * 64 * 16  # nobody needs the gradient of the data
HOLDS = 65 * 16 + 17 * 16 + 17 * 10
# a gate: 64 weights and a bias; forward and the gradient of its weights
GATE_PREDICTS, GATE_TRAINS, GATE_HOLDS = 2 * 64, 4 * 64, 65
# 64-26-26-10, as 0.6 of 16 is 10: 64 x 26 + 26 x 26 + 26 x 10 = 2,600
WIDER_PREDICTS = 2 * 2600
WIDER_TRAINS = 3 * WIDER_PREDICTS - 2 * 64 * 26
WIDER_HOLDS = 65 * 26 + 27 * 26 + 27 * 10
# all candidates: 52 units a layer, two for each of 26: 64 x 52 + 52 x 52 + 52 x 10 = 6,552
CANDIDATES_TRAIN = 3 * 2 * 6552 - 2 * 64 * 52
# factors for what enters and leaves each layer, of each member, and biases of two members more
SHARED_HOLDS = HOLDS + 3 * (64 + 16 + 16 + 16 + 16 + 10) + 2 * (16 + 16 + 10)


def of_method(name: str, start: str = "warm", **more) -> specs.PolicySpec:
    method = METHODS[name]
    told = {"members": 3} if method.has_members else {}
    told |= {method.grows_by: 2} if method.grows_by else {}
    return specs.PolicySpec(start=start, method=name, learner=SMALL, **(told | more))


# At the third update, on n rows for 3 epochs, with v validation rows: FLOPs of training an example for an epoch, those
# of choosing, those of a prediction, weights, members, and multiply-adds of an example's forward pass
BY_HAND = {
    "single": (TRAINS, lambda n, v: 0, PREDICTS, HOLDS, 1, 1440),
    "keep_better": (TRAINS, lambda n, v: 2 * v * PREDICTS, PREDICTS, HOLDS, 1, 1440),
    "ensemble": (3 * TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 3 * 1440),
    "umix": (3 * TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 3 * 1440),
    "bagging": (3 * TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 3 * 1440),
    "adaboost": (3 * TRAINS, lambda n, v: 3 * n * PREDICTS, 3 * PREDICTS, 3 * HOLDS, 3, 3 * 1440),
    "gens": (TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 1440),
    "gens_newest": (TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 1440),
    "gens_best": (TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 1440),
    "hybrid": (TRAINS, lambda n, v: 0, 2 * PREDICTS, 2 * HOLDS, 2, 1440),
    "moe": (
        3 * TRAINS + 2 * GATE_TRAINS, lambda n, v: 0, 3 * PREDICTS + 2 * GATE_PREDICTS, 3 * HOLDS + 2 * GATE_HOLDS, 3,
        3 * 1440 + 2 * 64,
    ),
    "gmoe": (
        2 * TRAINS + GATE_TRAINS, lambda n, v: 0, 2 * PREDICTS + GATE_PREDICTS, 2 * HOLDS + GATE_HOLDS, 2,
        2 * 1440 + 64,
    ),
    "gmoe_random": (
        2 * TRAINS + GATE_TRAINS, lambda n, v: 0, 2 * PREDICTS + GATE_PREDICTS, 2 * HOLDS + GATE_HOLDS, 2,
        2 * 1440 + 64,
    ),
    "firefly": (WIDER_TRAINS, lambda n, v: n * CANDIDATES_TRAIN, WIDER_PREDICTS, WIDER_HOLDS, 1, 2600),
    "ema": (TRAINS, lambda n, v: 0, PREDICTS, HOLDS, 1, 1440),
    "snapshot": (TRAINS, lambda n, v: 0, 3 * PREDICTS, 3 * HOLDS, 3, 1440),
    "batch_ensemble": (3 * PREDICTS, lambda n, v: 0, 3 * PREDICTS, SHARED_HOLDS, 3, 1440),
    "distilled": (4 * TRAINS, lambda n, v: 3 * n * PREDICTS, PREDICTS, HOLDS, 1, 4 * 1440),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(few: Source) -> pd.DataFrame:
    """Every method that goes on from its weights, six arrivals."""
    spec = specs.RunSpec(specs.StreamSpec("few", 6), tuple(map(of_method, METHODS)), QUICK, 1)
    return ledger_of(spec, few)[0]


def rows_of(few: Source, t: int, b: int = 6) -> tuple[int, int]:
    """Return how many examples of mega-batch t are trained on, and how many are held back."""
    held_back = seeds.is_validation(cut(few, specs.StreamSpec("few", b), 0)[t].indices)
    return int((~held_back).sum()), int(held_back.sum())


def test_every_method_is_costed_by_hand():
    assert list(BY_HAND) == list(METHODS) == list(METHOD)


@pytest.mark.parametrize("name", BY_HAND)
def test_costs_of_the_third_update(name: str, run: pd.DataFrame, few: Source):
    trains, chooses, predicts, holds, members, macs = BY_HAND[name]
    n, v = rows_of(few, 3)
    row = run[(run["method"] == name) & (run["t"] == 3)].iloc[0]
    assert row["train_flops"] == trains * n * 3
    assert row["train_macs_forward"] == macs * n * 3
    assert row["examples_trained"] == n
    assert row["evaluation_flops"] == chooses(n, v)
    if name not in ("keep_better", "gens_best"):  # what serves there is what was chosen
        assert row["deployed"]
        assert (row["inference_flops"], row["params"], row["members"]) == (predicts, holds, members)


def test_the_second_split_is_chosen_by_a_gate_on_validation_rows(run: pd.DataFrame, few: Source):
    """Two gates then; a random split looks at nothing, and where a single network is split there is no choice."""
    n, v = rows_of(few, 5)
    fifth = run[run["t"] == 5].set_index("method")
    assert v > 0
    assert fifth.loc["gmoe", "evaluation_flops"] == v * GATE_PREDICTS
    assert fifth.loc["gmoe_random", "evaluation_flops"] == 0
    for name in ("gmoe", "gmoe_random"):
        assert fifth.loc[name, "train_flops"] == (3 * TRAINS + 2 * GATE_TRAINS) * n * 3
        assert fifth.loc[name, "members"] == 3
    assert run[(run["method"] == "gmoe") & (run["t"] != 5)]["evaluation_flops"].tolist() == [0] * 5


def test_firefly_grows_from_the_width_it_began_with(run: pd.DataFrame):
    """16, 26 and 36 units: 1,482, 2,662 and 4,042 weights, at the first, third and fifth update."""
    third = 65 * 36 + 37 * 36 + 37 * 10
    rows = run[run["method"] == "firefly"]
    assert rows["params"].tolist() == [HOLDS, HOLDS, WIDER_HOLDS, WIDER_HOLDS, third, third]


def test_choosing_is_a_pass_of_each_rival_over_the_validation_rows_of_the_update(run: pd.DataFrame, few: Source):
    """The first has no rival. Keep the better: two. Up to three all serve, then four are held against each other."""
    held_back = [rows_of(few, t)[1] for t in range(1, 7)]
    for name, rivals in (("keep_better", [0, 2, 2, 2, 2, 2]), ("gens_best", [0, 0, 0, 4, 4, 4])):
        found = run[run["method"] == name]["evaluation_flops"].tolist()
        assert found == [count * v * PREDICTS for count, v in zip(rivals, held_back, strict=True)]


def test_choosing_on_all_data_takes_all_validation_rows(few: Source):
    policy = of_method("keep_better", replay=1.0)
    table, _ = ledger_of(specs.RunSpec(specs.StreamSpec("few", 6), (policy,), QUICK, 1), few)
    held_back = np.cumsum([rows_of(few, t)[1] for t in range(1, 7)])
    found = table[table["method"] == "keep_better"]["evaluation_flops"].tolist()
    assert found == [0, *(2 * v * PREDICTS for v in held_back[1:].tolist())]


def test_watching_when_to_stop_is_a_pass_an_epoch(few: Source):
    """Of an ensemble each member watches by itself; snapshots run all their epochs and watch nothing."""
    how = specs.Recipe("test", "adam", 0.02, 32, 9, patience=1, min_delta=0.01)
    policies = tuple(map(of_method, ("single", "keep_better", "ensemble", "snapshot")))
    table, _ = ledger_of(specs.RunSpec(specs.StreamSpec("few", 4), policies, how, 1), few)
    n, v = rows_of(few, 3, 4)
    third = table[table["t"] == 3].set_index("method")
    epochs = third.loc["single", "epochs"]
    assert 1 < epochs < 9
    assert third.loc["single", "evaluation_flops"] == epochs * v * PREDICTS
    assert third.loc["keep_better", "evaluation_flops"] == (epochs + 2) * v * PREDICTS
    assert third.loc["snapshot", "evaluation_flops"] == 0
    assert third.loc["snapshot", "train_flops"] == 9 * n * TRAINS
    passes = third.loc["ensemble", "train_flops"] / (n * TRAINS)  # of the three members together
    assert third.loc["ensemble", "evaluation_flops"] == passes * v * PREDICTS


# Four arrivals, one seed: trainings asked for, and trainings
SHARED = {
    # members 0 to 4; a single network is member 0
    "single and ensembles": ((of_method("single"), of_method("ensemble"), of_method("ensemble", members=5)), 36, 20),
    "bagging": ((of_method("bagging"), of_method("bagging", members=5)), 32, 20),
    # a fourth booster changes nothing of the first three
    "boosting": ((of_method("adaboost"), of_method("adaboost", members=5)), 32, 20),
    # one chain, whoever serves of it
    "one chain": (
        tuple(map(of_method, ("single", "gens", "gens_newest", "gens_best", "hybrid", "ema", "keep_better"))), 28, 4,
    ),
    # the teachers are the ensemble's members; each update has one student
    "teachers": ((of_method("distilled"), of_method("ensemble")), 28, 16),
    # gens afresh trains member t - 1 at t, so it shares members 0, 1, 2 of 3; the fourth is its own
    "afresh": ((of_method("gens", "scratch", replay=1.0), of_method("ensemble", "scratch", replay=1.0)), 16, 13),
    # three cycles an update, one after the other
    "snapshots": ((of_method("snapshot"), of_method("single")), 16, 16),
    # until the first growth (at the third update) the three are a single network; then each is alone
    "growth": (tuple(map(of_method, ("single", "gmoe", "gmoe_random", "firefly"))), 16, 4 + 3 * 2),
    # a network that starts from weights together with others is another one
    "mixtures": (tuple(map(of_method, ("umix", "moe", "batch_ensemble"))), 12, 12),
}  # fmt: skip


@pytest.mark.parametrize("case", SHARED)
def test_equal_trainings_are_one(case: str, few: Source):
    policies, asked_for, updates = SHARED[case]
    plan = planned(policies, few, 4, 1)
    assert (plan.graph.asked_for, len(plan.graph.updates)) == (asked_for, updates)


def planned(policies: tuple[specs.PolicySpec, ...], few: Source, b: int, n_seeds: int) -> Plan:
    plan = Plan(specs.RunSpec(specs.StreamSpec("few", b), policies, QUICK, n_seeds), few, "cpu")
    plan.grow(Results())
    return plan


def test_stacks_of_what_goes_on(few: Source, monkeypatch: pytest.MonkeyPatch):
    """Two seeds, three arrivals, at each of them:

    first the three members of the ensemble (one of which is the single network), those of bagging, and the first
    booster, (3 + 3 + 1) x 2 seeds, in one stack; then the second boosters, then the third; then the means of three,
    2 x 2 seeds, and the votes.
    """
    monkeypatch.setattr(stacks, "cores", lambda: 1)
    plan = planned(tuple(map(of_method, ("single", "ensemble", "bagging", "adaboost"))), few, 3, 2)
    assert sizes_of(plan, Update) == {14: 3, 2: 3 * 2}
    assert sizes_of(plan, Model) == {4: 3, 2: 3}


def test_stacks_of_what_begins_afresh(few: Source, monkeypatch: pytest.MonkeyPatch):
    """Nothing waits for an arrival but boosters: 2 x 3 members x 2 seeds x 3 arrivals fill two stacks of 18."""
    monkeypatch.setattr(stacks, "cores", lambda: 1)
    names = ("single", "ensemble", "bagging", "adaboost")
    plan = planned(tuple(of_method(name, "scratch", replay=1.0) for name in names), few, 3, 2)
    assert sizes_of(plan, Update) == {18: 2, 2: 3 * 3}
    assert sizes_of(plan, Model) == {4: 3, 2: 3}


def sizes_of(plan: Plan, kind: type) -> dict[int, int]:
    """Return how many stacks of updates, or of models, there are of each size."""
    return dict(Counter(len(stack) for stack in plan.stacks if isinstance(stack[0], kind)))


# Of five updates: rows that each gets wrong and its loss, and the numbers of those that serve after each update
CHOICES = {
    # alike; a smaller loss; fewer wrong at a larger loss; more wrong at a smaller loss
    "keep_better": ([(3, 1.0), (3, 1.0), (3, 0.9), (2, 5.0), (4, 0.1)], [[1], [1], [3], [4], [4]]),
    # of two alike and a third the newer two; a smaller loss drives out the older one; the worst never serves
    "gens_best": ([(3, 1.0), (3, 1.0), (3, 1.0), (3, 0.9), (9, 0.1)], [[1], [1, 2], [2, 3], [3, 4], [3, 4]]),
}


@pytest.mark.parametrize("name", CHOICES)
def test_ties_and_what_counts_before_what(name: str, few: Source):
    marks, serve = CHOICES[name]
    policy = of_method(name, **({"members": 2} if name == "gens_best" else {}))
    graph = planned((policy,), few, 5, 1).graph
    number = {key: place for place, key in enumerate(graph.updates, 1)}
    graph.grow(Known(compared=lambda key, _first, _last: marks[number[key] - 1]))
    served = [[number[key] for key in graph.members(model)] for model in graph.chains[0, 0].serving if model]
    assert served == serve
