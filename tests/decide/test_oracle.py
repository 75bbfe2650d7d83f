"""The best schedule in hindsight."""

import dataclasses
import math
import time
from itertools import pairwise
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide.oracle import Stakes, best_plan, evaluate
from tests.decide.stakes import at_random, best_of_all, by_hand, drawn, every, priced

INCUMBENT = [10.0] * 4


@given(drawn())
def test_against_every_schedule_there_is(stakes: Stakes):
    plan = best_plan(stakes)
    total, _n, releases = best_of_all(stakes)
    assert plan.total == total
    assert plan.releases == releases


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "facts",
    [
        {"hardware": np.zeros((8, 2)), "allowed": np.ones(8, bool)},
        {"year": np.arange(8) // 3, "included": 1, "overlap": 0.3},
        {"year": np.arange(8) // 4, "most": 1},
        {"year": np.arange(8) // 4, "most": 2, "included": 1, "extra": np.full(8, 90.0), "overlap": 0.7},
    ],
    ids=["plain", "second rate", "cap", "both"],
)
def test_eight_rows_two_capacities_against_every_schedule(seed: int, facts: dict[str, object]):
    stakes = at_random(8, 2, seed, **facts)
    plan = best_plan(stakes)
    total, _n, releases = best_of_all(stakes)
    assert plan.total == pytest.approx(total, rel=1e-12)
    assert plan.releases == releases
    assert releases  # some update pays: the test tells something


@given(drawn(), st.randoms(use_true_random=False))
def test_a_schedule_is_priced_as_the_words_say(stakes: Stakes, chance: Random):
    schedule = chance.choice(list(every(stakes)))
    rows = priced(stakes, schedule)
    if rows is None:
        with pytest.raises(ValueError, match="is not possible here"):
            evaluate(stakes, schedule)
    else:
        assert evaluate(stakes, schedule).tolist() == rows


def test_a_schedule_by_hand():
    """S at 1, L at 2, S at 4; the second and third update of the year cost 5 more, L needs hardware of 7."""
    models = {(1, 0): [8.0, 6.0, 6.0, 6.0], (2, 1): [4.0, 4.0, 2.0], (4, 0): [1.0]}
    facts = {"hardware": [3, 7], "extra": 5, "included": 1, "overlap": 0.25}
    stakes = by_hand(INCUMBENT, models, [1, 2], **facts)
    found = evaluate(stakes, [(1, 0), (2, 1), (4, 0)])
    first = 0.25 * 10 + 0.75 * 8 + 1 + 3
    second = 0.25 * 6 + 0.75 * 4 + 2 + 7 + 5
    fourth = 0.25 * 2 + 0.75 * 1 + 1 + 5  # its hardware is there: L came before
    assert found.tolist() == [first, second, 4, fourth]


@pytest.mark.parametrize(
    ("schedule", "most"),
    [([(2, 0), (1, 0)], None), ([(1, 0), (1, 0)], None), ([(3, 0)], None), ([(4, 0)], None), ([(0, 0)], None),
     ([(5, 0)], None), ([(1, 0), (2, 0)], 1)],
    ids=["out of order", "twice at once", "in a freeze", "no such model", "too soon", "too late", "beyond the cap"],
)  # fmt: skip
def test_schedules_that_cannot_be(schedule: list[tuple[int, int]], most: int | None):
    models = {(row, 0): [1.0] * (5 - row) for row in (1, 2, 3)}
    stakes = by_hand(INCUMBENT, models, 1, allowed=np.array([True, True, False, True]), most=most)
    with pytest.raises(ValueError, match="is not possible here"):
        evaluate(stakes, schedule)


class Matrix:
    """Stakes as RetrainOpt's `exact` method reads them, hardware, overlap, caps and second rates apart.

    Its model of time is ours: a model trained at step t serves slice t itself and pays for training there, and a tie
    keeps what serves. Its steps count from 0, our rows from 1. Its candidates at a step are sizes of training sets,
    min(choice, what there is): capacity c is size c + 1, and at each step there are as many examples as capacities
    exist, so small ones must come first; none in a freeze. The incumbent is its initial model.
    """

    def __init__(self, stakes: Stakes) -> None:
        self.stakes, self.num_steps = stakes, stakes.n_rows

    def train_size(self, step: int) -> int:
        return int(self.stakes.possible[step].sum())

    def _evaluation(self, step: int, size: int, price: float, amounts: np.ndarray) -> SimpleNamespace:
        losses = dict(enumerate(amounts.tolist()))
        facts = {"training_cost": price, "future_losses": {at: x for at, x in losses.items() if at >= step}}
        return SimpleNamespace(
            model_id=(step, size), observed=True, training_seconds=0.0, to_state_cost=lambda: facts,
            dataset_size=self.train_size(step) if step >= 0 else 0, **facts,
        )  # fmt: skip

    def evaluate_initial_model(self, initial_model: object = None) -> SimpleNamespace:
        assert initial_model is None
        return self._evaluation(-1, 0, 0.0, self.stakes.incumbent)

    def evaluate_candidate(self, step: int, size: int) -> SimpleNamespace:
        return self._evaluation(
            step, size, float(self.stakes.update[step, size - 1]), self.stakes.serve[step, size - 1]
        )

    evaluate_candidate_uncached = evaluate_candidate

    def iter_cached_candidates(self) -> list[SimpleNamespace]:
        return []


@pytest.mark.parametrize(("n_rows", "n_sizes", "seed"), [(1, 1, 0), (8, 2, 1), (12, 3, 2), (50, 4, 3), (50, 4, 4)])
def test_agrees_with_retrainopt(n_rows: int, n_sizes: int, seed: int):
    retrainopt = pytest.importorskip(
        "retrainopt", reason="retrainopt, of the extra `test`, is not installed: its exact planner was not asked"
    )
    plain = at_random(n_rows, n_sizes, seed, hardware=np.zeros((n_rows, n_sizes)))
    late = (np.arange(n_sizes) > 1) & (np.arange(n_rows)[:, None] < n_rows // 3)  # [B, C] L and XL come later
    stakes = dataclasses.replace(plain, serve=np.where(late[:, :, None], np.nan, plain.serve))
    matrix = Matrix(stakes)
    config = retrainopt.PlannerConfig(n_choices=tuple(range(1, n_sizes + 1)))
    theirs = retrainopt.RetrainingPlanner(matrix, None, config, evaluator=matrix).plan("exact")
    ours = best_plan(stakes)
    assert ours.total == pytest.approx(theirs.total_cost, rel=1e-12)
    chosen = [(row, decision.n_samples - 1) for row, decision in enumerate(theirs.decisions, 1) if decision.n_samples]
    assert ours.releases == chosen
    assert n_rows < 50 or (len(chosen) > 3 and len({capacity for _row, capacity in chosen}) > 1)


def best_of_five(stakes: Stakes) -> float:
    """Return the seconds that the quickest of five takes."""
    seconds = []
    for _repeat in range(5):
        started = time.perf_counter()
        best_plan(stakes)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def test_fifty_rows_and_four_capacities_take_less_than_a_tenth_of_a_second():
    """Some 4 ms on two shared cores, so that the margin is wide."""
    plain = at_random(50, 4, 0, overlap=0.3)
    seconds = {
        "no count": best_of_five(plain),
        "second rate after 2": best_of_five(dataclasses.replace(plain, included=2)),
        "cap of 6, second rate after 2": best_of_five(dataclasses.replace(plain, included=2, most=6)),
    }
    print({name: f"{1000 * one:.1f} ms" for name, one in seconds.items()})
    assert max(seconds.values()) < 0.1


def test_no_update_pays():
    plan = best_plan(by_hand(INCUMBENT, {(row, 0): [8.0] * (5 - row) for row in range(1, 5)}, 9))
    assert plan.releases == []
    assert plan.rows.tolist() == INCUMBENT


def test_a_freeze_over_the_whole_horizon():
    models = {(row, 0): [0.0] * (5 - row) for row in range(1, 5)}
    assert best_plan(by_hand(INCUMBENT, models, 1)).releases == [(1, 0)]
    assert best_plan(by_hand(INCUMBENT, models, 1, allowed=np.zeros(4, bool))).releases == []


@pytest.mark.parametrize(("update", "releases", "total"), [(3.0, [(1, 0)], 9.0), (4.0, [], 10.0), (5.0, [], 10.0)])
def test_one_row(update: float, releases: list[tuple[int, int]], total: float):
    """Saves 4 of 10; where the update costs as much, nothing is done."""
    plan = best_plan(by_hand([10.0], {(1, 0): [6.0]}, update))
    assert (plan.releases, plan.total) == (releases, total)


@pytest.mark.parametrize(
    ("models", "update", "releases"),
    [
        ({(1, 0): [8.0] * 4}, [8], []),
        ({(1, 0): [6.0, 6.0, 5.0, 5.0], (3, 0): [4.0, 4.0]}, [2], [(1, 0)]),
        ({(2, 0): [5.0] * 3, (2, 1): [4.0] * 3}, [2, 5], [(2, 0)]),
        ({(1, 0): [6.0, 6.0, 4.0, 4.0], (2, 1): [2.0] * 3}, [4, 8], [(1, 0)]),
        ({(1, 0): [6.0] * 4, (2, 0): [5.0, 5.0, 4.0]}, [4], [(2, 0)]),
        ({(1, 0): [6.0] * 4, (3, 0): [5.0, 3.0], (4, 0): [2.0]}, [1], [(1, 0), (4, 0)]),
    ],
    ids=[
        "none or one",
        "one or two",
        "small or large",
        "small and soon or large and late",
        "soon or late",
        "the second",
    ],
)
def test_ties(models: dict[tuple[int, int], list[float]], update: list[float], releases: list[tuple[int, int]]):
    """Fewer updates, then the smaller capacity, then the later row, release by release."""
    stakes = by_hand(INCUMBENT, models, update)
    totals = [sum(rows) for schedule in every(stakes) if (rows := priced(stakes, schedule)) is not None]
    assert totals.count(min(totals)) > 1
    assert best_plan(stakes).releases == releases


def test_ties_across_fiscal_years():
    """One a year: S at 1 gains nothing over waiting for L at 2, though S is smaller and the year's count ends."""
    stakes = by_hand([10.0, 10.0], {(1, 0): [8.0, 8.0], (2, 1): [1.0]}, [2, 3], year=np.array([0, 1]), most=1)
    assert evaluate(stakes, [(1, 0), (2, 1)]).sum() == evaluate(stakes, [(2, 1)]).sum()
    assert best_plan(stakes).releases == [(2, 1)]


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.7])
def test_models_that_are_alike_are_not_released_even_for_free(overlap: float):
    """Sums of such amounts are not exact; both ways of getting them must round alike."""
    models = {(row, capacity): [0.1] * (8 - row) for row in range(1, 8) for capacity in (0, 1)}
    assert best_plan(by_hand([0.1] * 7, models, 0, overlap=overlap)).releases == []


def test_a_capacity_that_exists_only_from_some_row_on():
    """L comes at 3 and is worth it there, and would be at once: what S costs until then is not waited out."""
    small = {(row, 0): [6.0] * (5 - row) for row in range(1, 5)}
    large = {(row, 1): [1.0] * (5 - row) for row in range(1, 5)}
    late = {key: amounts for key, amounts in large.items() if key[0] >= 3}
    assert best_plan(by_hand(INCUMBENT, small | late, 2)).releases == [(1, 0), (3, 1)]
    assert best_plan(by_hand(INCUMBENT, small | large, 2)).releases == [(1, 1)]


def test_hardware_is_paid_once_and_not_for_what_lies_between():
    """S at 1, XL at 3 and at 4: the hardware of M is never paid, that of XL at 3."""
    models = {(1, 0): [5.0] * 4, (1, 1): [5.0] * 4, (3, 2): [2.0, 9.0], (4, 2): [0.0]}
    plan = best_plan(by_hand([20.0] * 4, models, 1, hardware=[0, 100, 4]))
    assert plan.releases == [(1, 0), (3, 2), (4, 2)]
    assert plan.rows.tolist() == [6, 5, 7, 1]


def test_hardware_is_still_there_after_a_smaller_model():
    """L, S, L: neither S nor the second L would pay if hardware of 4 were due again after S."""
    models = {(1, 1): [5.0, 9.0, 9.0], (2, 0): [7.0, 4.0], (3, 1): [1.0]}
    plan = best_plan(by_hand([20.0] * 3, models, 1, hardware=[0, 4]))
    assert plan.releases == [(1, 1), (2, 0), (3, 1)]
    assert plan.rows.tolist() == [5 + 1 + 4, 7 + 1, 1 + 1]


def test_hardware_that_later_updates_use_too_decides_today_s_capacity():
    """Either size is as good at 1; the large one pays because it has to be bought for 3 anyway, where it costs more."""
    models = {(1, 0): [5.0] * 4, (1, 1): [5.0] * 4, (3, 1): [1.0, 1.0]}
    grows_dear = np.array([[0.0, 2.0], [0.0, 2.0], [0.0, 6.0], [0.0, 6.0]])
    assert best_plan(by_hand(INCUMBENT, models, 1, hardware=grows_dear)).releases == [(1, 1), (3, 1)]
    assert best_plan(by_hand(INCUMBENT, models, 1, hardware=[0, 2])).releases == [(1, 0), (3, 1)]


def test_a_cap_and_a_second_rate_count_by_fiscal_year():
    """Every update pays; if a year has one, or a second costs 20 more, 2 and 3 are best: 12 + 5 + 1 + 2 + 1 + 2."""
    models = {(1, 0): [9.0] * 4, (2, 0): [5.0, 5.0, 5.0], (3, 0): [2.0, 2.0], (4, 0): [0.0]}
    facts = {"year": np.array([2026, 2026, 2027, 2027]), "extra": 20}
    stakes = by_hand([12.0] * 4, models, 1, **facts)
    assert best_plan(stakes).releases == [(1, 0), (2, 0), (3, 0), (4, 0)]
    for one_a_year in (dataclasses.replace(stakes, most=1), dataclasses.replace(stakes, included=1)):
        plan = best_plan(one_a_year)
        assert (plan.releases, plan.total) == ([(2, 0), (3, 0)], 23)
    assert best_plan(dataclasses.replace(stakes, most=1, year=np.zeros(4, int))).releases == [(2, 0)]
    assert best_plan(dataclasses.replace(stakes, most=0)).releases == []


@pytest.mark.parametrize(
    ("facts", "counts"),
    [({}, 1), ({"included": 2}, 3), ({"most": 3, "included": 1}, 4), ({"most": 1, "included": 3}, 2),
     ({"most": 90}, 13), ({"included": 90}, 13)],
)  # fmt: skip
def test_counts_are_told_apart_only_where_it_matters(facts: dict[str, int], counts: int):
    """At the cap, or where the second rate has begun, more is the same; a year of twelve months has no thirteenth."""
    assert at_random(20, 2, 0, **facts).n_counts == counts


def test_counts_that_are_merged_change_nothing():
    plain = at_random(40, 3, 1, included=11, most=12)
    assert best_plan(plain).releases == best_plan(dataclasses.replace(plain, included=None, most=None)).releases


@given(drawn())
def test_more_freedom_never_costs_more(stakes: Stakes):
    freer = dataclasses.replace(stakes, allowed=np.ones(stakes.n_rows, bool), most=None, included=None)
    assert best_plan(freer).total <= best_plan(stakes).total
    assert best_plan(stakes).total <= math.fsum(stakes.incumbent)


def test_a_plan_of_the_mean_is_priced_on_every_seed():
    """Amounts are linear, so the mean over seeds is what the plan said; a seed's own best is never dearer."""
    seeds = [at_random(24, 3, seed, included=1, overlap=0.4) for seed in range(5)]
    fields = ("serve", "incumbent", "update")
    mean = {name: np.mean([getattr(one, name) for one in seeds], axis=0) for name in fields}
    plan = best_plan(dataclasses.replace(seeds[0], **mean))
    each = [evaluate(one, plan.releases).sum() for one in seeds]
    assert plan.total == pytest.approx(np.mean(each), rel=1e-12)
    own = [best_plan(one).total for one in seeds]
    assert all(low <= amount + 1e-9 for low, amount in zip(own, each, strict=True))
    assert min(own) < min(each)


def test_the_rows_of_a_plan_add_up_to_its_total():
    stakes = at_random(50, 4, 5, included=1, most=4, overlap=0.2)
    plan = best_plan(stakes)
    assert plan.rows.tolist() == evaluate(stakes, plan.releases).tolist()
    assert plan.total == pytest.approx(sum(priced(stakes, plan.releases) or []), rel=1e-12)
    assert all(one.row < other.row for one, other in pairwise(plan.releases))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"serve": np.array([[[1.0, np.nan]], [[np.nan, 1.0]]])}, "is missing"),
        ({"update": np.array([[1.0], [np.nan]])}, "is missing"),
        ({"hardware": np.array([[1.0], [np.nan]])}, "is missing"),
        ({"incumbent": np.array([np.nan, 1.0])}, "is missing"),
        ({"extra": np.array([np.nan, 1.0])}, "is missing"),
        ({"year": np.array([2027, 2026])}, "must not fall"),
        ({"overlap": 1.5}, "a share from 0 to 1"),
        ({"overlap": math.nan}, "a share from 0 to 1"),
    ],
)
def test_stakes_that_would_be_misread(wrong: dict[str, object], says: str):
    stakes = by_hand([2.0, 2.0], {(1, 0): [1.0, 1.0], (2, 0): [1.0]}, 1)
    with pytest.raises(ValueError, match=says):
        dataclasses.replace(stakes, **wrong)


def test_what_does_not_exist_needs_no_amounts():
    stakes = by_hand([2.0, 2.0], {(2, 0): [0.0]}, 1)
    plan = best_plan(dataclasses.replace(stakes, update=np.array([[np.nan], [1.0]])))
    assert plan.releases == [(2, 0)]
