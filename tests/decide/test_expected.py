"""What error a policy promises, and what is said of the errors that came."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from alma_core.decide import expected
from alma_core.decide.compare import SIGMAS
from alma_core.decide.expected import (
    ABOVE,
    AS_PREDICTED,
    BETTER,
    IN_A_ROW,
    ON_AVERAGE,
    REVIEW,
    WIDE,
    Expected,
    Observed,
)
from alma_core.decide.measure import Measure
from alma_core.decide.question import Question
from tests.decide import hand

T2 = 2.919985580353725
"""Student's t with two degrees of freedom, 95 %."""
EDGE = Expected(0.10, 0.10, 0.10, 0.0, (0.02 / SIGMAS) ** 2, 0.0, 1.0)
"""A band of exactly 0.02 on either side, whatever the cases."""


def promised(errors: list[list[float]], judged: int = 100, measure: Measure | None = None, **asked: int):
    """What the policy of a run by hand promises."""
    blocks = [hand.incumbent([[0.9] * len(errors[0])] * len(errors)), hand.rows("one", errors, [1], test_size=judged)]
    table = hand.table(*blocks)
    if measure is not None and not measure.is_share:
        table = hand.numbers(table, measure.scale)
    answer = hand.answer(table, Question(**asked), measure)
    return expected.promise(answer, answer.panel.number("one"))


def of(*errors: float, cases: int = 100) -> list[Observed]:
    return [Observed(EDGE, error, cases) for error in errors]


def test_a_fixed_test_set_by_hand():
    found = promised([[0.30, 0.10], [0.40, 0.20], [0.50, 0.30]], judged=100, long=1)
    place = found.places[0]
    assert (place.error, place.least, place.most, place.judged) == (pytest.approx(0.4), 0.3, 0.5, 100)
    assert place.training == pytest.approx(T2 * 0.1 * math.sqrt(4 / 3))
    assert place.arrivals == 0.0
    share = (0.4 * 100 + 0.5) / 101
    assert place.one_case == pytest.approx(share * (1 - share))
    run = SIGMAS * math.sqrt(place.one_case / 100)
    own = SIGMAS * math.sqrt(place.one_case / 400) + 0.5 / 400
    half = math.sqrt(place.training**2 + run**2 + own**2)
    assert place.band(400, True) == (pytest.approx(0.4 - half), pytest.approx(0.4 + half))
    assert found.at(3) == found.onward
    assert found.onward.error == pytest.approx(0.2)


def test_the_next_mega_batch_varies_from_arrival_to_arrival():
    measure = Measure("classification", judged="next", in_order=True)
    jumpy = promised([[0.2, 0.4, 0.2, 0.4, 0.2]], 10**6, measure).places[2]
    assert jumpy.arrivals == pytest.approx(2 * 0.04 / (2 * 0.6744897501960817**2), rel=1e-3)
    level = promised([[0.2, 0.2, 0.2, 0.9, 0.9]], 10**6, measure).places[2]
    assert level.arrivals == 0.0  # one jump is an update, not noise
    assert promised([[0.2, 0.4, 0.2, 0.4, 0.2]], 10**6).places[2].arrivals == 0.0  # a fixed test set


def test_numbers_err_in_their_unit_and_have_no_upper_end():
    place = promised([[0.5, 0.5]], 100, hand.RENTALS).places[0]
    assert place.error == pytest.approx(10.0)
    assert place.one_case == pytest.approx(100.0)
    low, high = place.band(1, False)
    assert (low, high > 25) == (0.0, True)


def test_one_seed_gives_no_interval_of_training_but_cases_still_count():
    place = promised([[0.3, 0.3]]).places[0]
    assert place.training == 0.0
    low, high = place.band(100, True)
    assert low < 0.3 < high


def test_never_narrower_than_the_seeds():
    seeds = [[0.2]] * 9 + [[0.6]]
    low, high = promised(seeds, judged=10**9, long=1).places[0].band(10**9, True)
    assert low <= 0.2
    assert high >= 0.6


def test_shares_stay_between_nothing_and_all():
    assert promised([[0.0], [0.0]], 10, long=1).places[0].band(1, True)[0] == 0.0
    assert promised([[1.0], [1.0]], 10, long=1).places[0].band(1, True)[1] == 1.0


def test_no_error_in_the_simulation_is_no_promise_of_none():
    high = promised([[0.0]] * 3, 1000, long=1).places[0].band(1000, True)[1]
    assert high > 0.001


def test_rows_that_are_judged_on_nothing_are_judged_as_others_are():
    blocks = hand.rows("one", [[0.3, 0.3]], [1]).assign(test_size=[0, 50])
    answer = hand.answer(hand.table(hand.incumbent([[0.9] * 2]), blocks), Question())
    assert [one.judged for one in expected.promise(answer, answer.panel.number("one")).places] == [50.0, 50.0]


def test_after_the_horizon_the_last_rows_go_on_with_their_spread():
    onward = promised([[0.9, 0.1, 0.3]] * 2, 10**9, long=2).onward
    assert onward.error == pytest.approx(0.2)
    assert onward.arrivals == pytest.approx(0.02 * 1.5)
    assert (onward.least, onward.most) == (pytest.approx(0.2), pytest.approx(0.2))


@pytest.mark.parametrize(
    ("errors", "verdicts", "overall", "reason"),
    [
        ([], [], AS_PREDICTED, ""),
        ([0.12], [AS_PREDICTED], AS_PREDICTED, ""),
        ([0.125], [ABOVE], AS_PREDICTED, ""),
        ([0.125, 0.125], [ABOVE, REVIEW], REVIEW, IN_A_ROW),
        ([0.125, 0.1, 0.125], [ABOVE, AS_PREDICTED, ABOVE], AS_PREDICTED, ""),
        ([0.141], [REVIEW], REVIEW, WIDE),
        ([0.141, 0.1, 0.1], [REVIEW, AS_PREDICTED, AS_PREDICTED], REVIEW, WIDE),
        ([0.07, 0.1], [BETTER, AS_PREDICTED], AS_PREDICTED, ""),
        ([0.07, 0.07], [BETTER, BETTER], BETTER, ""),
        ([0.07] * 2 + [0.125] * 2, [BETTER, BETTER, ABOVE, REVIEW], REVIEW, IN_A_ROW),
        ([0.11] * 6, [AS_PREDICTED] * 6, AS_PREDICTED, ""),
        ([0.114] * 6, [AS_PREDICTED] * 5 + [REVIEW], REVIEW, ON_AVERAGE),
        ([0.086] * 6, [AS_PREDICTED] * 6, BETTER, ""),
    ],
)
def test_verdicts_by_hand(errors: list[float], verdicts: list[str], overall: str, reason: str):
    def rounded(error: float) -> Observed:
        return Observed(EDGE, error, 10**9)

    assert expected.judged([rounded(e) for e in errors], True) == (verdicts, overall, reason)


def test_the_same_error_on_few_cases_is_no_review():
    place = Expected(0.10, 0.10, 0.10, 0.0, 0.0, 0.09, 10**9)
    assert expected.judged([Observed(place, 0.15, 10_000)], True).overall == REVIEW
    assert expected.judged([Observed(place, 0.15, 20)], True).periods == [AS_PREDICTED]


@pytest.mark.parametrize(("seeds", "most_above", "most_years"), [(3, 0.07, 0.11), (1, 0.10, 0.18)])
def test_false_alarms_are_as_rare_as_is_said(seeds: int, most_above: float, most_years: float):
    """400 cases judged, 400 a period, seeds that differ by half a point: the hardest of those that were tried."""
    draws, above, years, records = np.random.default_rng(seeds), 0, 0, 600
    for _ in range(records):
        truth = np.clip(0.05 + 0.005 * draws.normal(size=(seeds, 1)), 0, 1)
        same = draws.random(400)  # the cases of the test set, for every seed
        errors = np.array([[(same < share).mean()] * 2 for (share,) in truth])
        answer = SimpleNamespace(
            panel={"error": errors[None], "test_size": np.full((1, seeds, 2), 400.0)},
            measure=Measure(), question=Question(long=1),
        )  # fmt: skip
        promise = expected.promise(answer, 0)
        share = float(np.clip(0.05 + 0.005 * draws.normal(), 0, 1))
        came = [Observed(promise.at(1), wrong / 400, 400) for wrong in draws.binomial(400, share, 12).tolist()]
        above += sum(one.error > one.expected.band(400, True)[1] for one in came)
        years += expected.judged(came, True).overall == REVIEW
    assert 0.02 < above / (12 * records) < most_above
    assert 0.01 < years / records < most_years


def test_a_real_rise_is_found():
    draws = np.random.default_rng(0)
    place = Expected(0.05, 0.05, 0.05, 0.005, 0.0, 0.0475, 5000.0)
    found = [
        expected.judged([Observed(place, wrong / 1000, 1000) for wrong in draws.binomial(1000, 0.08, 6)], True).overall
        for _ in range(200)
    ]
    assert found.count(REVIEW) > 190
