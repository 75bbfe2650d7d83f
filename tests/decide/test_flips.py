"""Where the answer flips: just before and just after, by pricing anew; and nowhere in between."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from alma_core import library
from alma_core.decide import advise, flips, sheets
from alma_core.decide.advise import Answer
from alma_core.decide.costs import costs
from alma_core.decide.flips import Flip
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.record import of_run
from tests.decide import hand, made
from tests.decide.test_lines import CASES, asked


@cache
def shipped(run: str, sheet: int) -> Answer:
    """Return the answer of a shipped run with one of its sheets; lots are weeks, so that every number has a say."""
    found = library.open_run(library.dashboard() / "cached_runs" / run)
    prices = sheets.load(sheets.beside(found.path)[sheet]).prices
    if found.unit == "lot":
        prices = dataclasses.replace(prices, days_per_arrival=7.0)
    return advise.answer(of_run(found), Question(prices=prices))


def at(answer: Answer, name: str, x: float) -> np.ndarray:
    """Return [P] what policies cost with one number at x, priced anew; those beyond a limit infinitely much."""
    panel, prices = flips.moved(answer, name, x)
    return np.where(answer.allowed, costs(panel, prices).total.mean(1), np.inf)


def is_cheapest(answer: Answer, name: str, x: float, policy: int | None) -> bool:
    """Return whether no other policy costs less at x, but for rounding."""
    found = at(answer, name, x)
    return bool(found[policy] <= found.min() + 1e-7 * abs(found.min()))


def turns(answer: Answer, name: str, x: float, sign: int, policy: int | None) -> bool:
    """Return whether the recommended policy is cheapest just on this side of x, and another just beyond.

    Levels are chosen in single precision: at a thousandth of a per mille they may already be those beyond.
    """
    return any(
        is_cheapest(answer, name, x * (1 - sign * step), answer.recommended)
        and is_cheapest(answer, name, x * (1 + sign * step), policy)
        for step in (1e-6, 1e-5, 1e-4)
    )


def check(answer: Answer, points: int) -> int:
    """Hold every flip of an answer against pricing anew, and look for any that is missed; return how many there are."""
    found = {flip.name: flip for flip in flips.flips(answer)}
    n = 0
    for name in flips.names(answer):
        flip = found.get(name, Flip(name, None))
        given = flips.value(answer, name)
        ends = {-1: (flip.below, flip.below_policy, 0.02 if name == flips.SPEED else 0.0),
                1: (flip.above, flip.above_policy, min(4 * given or 1.0, flips.AT_MOST.get(name, np.inf)))}  # fmt: skip
        for sign, (x, policy, end) in ends.items():
            assert (x is None) == (policy is None)
            if x is not None:
                n += 1
                assert policy != answer.recommended
                assert turns(answer, name, x, sign, policy), (name, x)
                end = min(sign * end, sign * x) * sign
            for between in np.linspace(given, end, points + 2)[1:-1].tolist():
                assert is_cheapest(answer, name, between, answer.recommended), (name, between, x)
    return n


@pytest.mark.parametrize("sheet", [0, 1])
@pytest.mark.parametrize("run", ["machine-failure", "monthly-demand"])
def test_on_a_shipped_run_every_flip_is_there_and_none_is_missed(run: str, sheet: int):
    answer = shipped(run, sheet)
    assert {"volume", "seconds_per_flop", "discount_rate"} < set(flips.names(answer))
    assert check(answer, points=6) >= 8


@pytest.mark.parametrize("case", CASES, ids=str)
def test_on_runs_at_random_every_flip_is_there_and_none_is_missed(case: tuple[int, str, str, bool]):
    cheap = {"day_rate": 20.0, "price_per_device_hour": 2.0, "price_per_label": 0.1, "upkeep": ()}
    answer = asked(*case, **cheap)
    answer = answer.replaced(incumbent_error=2 * made.SCALE if case[1] == made.NUMBER else 0.95)
    assert check(answer, points=15) >= 3


def test_a_price_by_hand():
    """`every` errs 1,150 times at 10 and pays for 4 updates, `two` 1,400 times and for 2; no update 3,600 times."""
    prices = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
    answer = hand.answer(hand.example(), Question(prices=prices))
    found = {flip.name: flip for flip in flips.flips(answer)}
    # 1,150 x + 20,000 = 1,400 x + 10,000; 3,600 x = 1,400 x + 10,000
    assert found["price_per_error"] == Flip("price_per_error", 10, pytest.approx(4.5454545), 0, pytest.approx(40.0), 1)
    assert found["day_rate"] == Flip("day_rate", 5000, pytest.approx(1250), 1, pytest.approx(11_000), 0)
    assert found["volume"] == Flip("volume", 1, pytest.approx(5 / 11), 0, pytest.approx(4.0), 1)
    assert found["use"].above is None  # 4 would be more than all
    assert "price_per_device_hour" in found  # all of them pay for labels alike, not for hours
    assert "hardware" not in found


def test_what_moves_all_policies_alike_flips_nothing():
    prices = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
    answer = hand.answer(hand.table(hand.incumbent([[0.9] * 2] * 2), hand.rows("a", [[0.2] * 2] * 2, [1, 2]),
                                    hand.rows("b", [[0.3] * 2] * 2, [1, 2])), Question(prices=prices))  # fmt: skip
    found = {flip.name: flip for flip in flips.flips(answer)}
    assert "seconds_per_flop" not in found
    assert found["day_rate"].above_policy == 0


def test_limits_leave_out_who_takes_over():
    prices = Prices(
        price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0, days_per_arrival=90.0
    )
    free, held = (
        hand.answer(hand.example(), Question(prices=prices, limits=limits))
        for limits in (Limits(), Limits(updates_per_year=2))
    )
    assert [flip.above_policy for flip in flips.flips(free) if flip.name == "price_per_error"] == [1]
    assert [flip.above for flip in flips.flips(held) if flip.name == "price_per_error"] == [None]


def test_where_a_line_jumps_the_cheapest_of_those_it_passes_takes_over():
    """One level serves up to a price of 2, another beyond it: the recommended policy jumps above two rivals at once."""
    policies = {"jumps": (5.0, 60.0), "dear": (30.0, 30.0), "less": (20.0, 20.0)}
    table = hand.table(hand.incumbent([[0.5]]), *(hand.rows(name, [[0.1]], [1]) for name in policies))

    def points(place: hand.Place) -> hand.Points:
        policy, _seed, model, t = place
        if policy == "incumbent" or not model:
            return hand.flat(90.0, 90.0)
        if t == 0:  # two units too many at level 10, one too few at level 12: they cost alike at a ratio of 2
            return [1.0] * 10 + [1.0] + [0.0] * 10, [9.0] * 9 + [0.0] + [9.0] + [2.0] * 10, 50, 50
        low, high = policies[policy]
        return [low] * 11 + [high] * 10, [0.0] * 21, 50, 50

    prices = Prices(shortage_price=1.0, excess_price=1.0, day_rate=0.0, price_per_device_hour=0.0)
    answer = hand.answer(
        hand.numbers(table), Question(prices=prices), hand.RENTALS, operating=hand.operating(table, points)
    )
    assert answer.panel.policies["policy"][answer.recommended] == "jumps"
    (flip,) = [flip for flip in flips.flips(answer) if flip.name == "shortage_price"]
    assert flip.above == pytest.approx(2.0)
    assert answer.panel.policies["policy"][flip.above_policy] == "less"
    back = answer.replaced(prices=dataclasses.replace(prices, shortage_price=3.0))
    assert back.panel.policies["policy"][back.recommended] == "less"
    (flip,) = [flip for flip in flips.flips(back) if flip.name == "shortage_price"]
    assert flip.below == pytest.approx(2.0)
    assert back.panel.policies["policy"][flip.below_policy] == "jumps"
    turned = back.replaced(prices=dataclasses.replace(prices, shortage_price=3.0, excess_price=1.4))
    (flip,) = [flip for flip in flips.flips(turned) if flip.name == "excess_price"]
    assert flip.above == pytest.approx(1.5)


def nightly(hours: dict[str, float], errors: dict[str, float]) -> Answer:
    """Return an answer of policies that update once, in so many hours, on a server that is free for ten."""
    blocks = [
        hand.rows(name, [[errors[name]]], [1], train_flops=h * 3600e12, inference_flops=0.0)
        for name, h in hours.items()
    ]
    prices = Prices(price_per_error=1.0, day_rate=0.0, price_per_device_hour=1.0, peak_flops=1e12, utilisation=1.0,
                    nightly_hours=10.0)  # fmt: skip
    return hand.answer(hand.table(hand.incumbent([[0.9]]), *blocks), Question(prices=prices))


def test_where_the_night_is_too_short_by_hand():
    """`long` is better by 5 errors. From 1.25 x on it pays 10 hours and more, from 2.5 x on the other one does."""
    answer = nightly({"long": 8.0, "short": 4.0}, {"long": 0.100, "short": 0.105})
    (flip,) = [flip for flip in flips.flips(answer) if flip.name == flips.SPEED]
    assert (flip.below, flip.above) == (None, pytest.approx(1.25))
    assert flips.over(answer, flips.SPEED)[:2] == [(0.0, 1), (pytest.approx(1.25), 2)]  # 8 x is never 4 x + 5 again
    assert check(answer, points=15) > 0


def test_a_night_that_is_too_short_for_one_and_soon_for_the_other_is_not_missed():
    """`long` loses at 1.25 and wins again at 1.28, where `short` pays too: 10 more than 8 x 1.28 in no case."""
    answer = nightly({"long": 8.0, "short": 7.8}, {"long": 0.100, "short": 0.105})
    assert flips.over(answer, flips.SPEED)[:4] == [
        (0.0, 1), (pytest.approx(10 / 8), 2), (pytest.approx(10 / 7.8), 1), (pytest.approx(25.0), 2),
    ]  # fmt: skip
    (flip,) = [flip for flip in flips.flips(answer) if flip.name == flips.SPEED]
    assert flip.above == pytest.approx(1.25)
    assert flip.above_policy == 2


def early_or_late(rate: float) -> Answer:
    """Return an answer of two policies over two years: 100 errors now and none then, or none now and 110 then."""
    blocks = [hand.rows("now", [[0.1, 0.0]], [1]), hand.rows("then", [[0.0, 0.11]], [1])]
    prices = Prices(
        price_per_error=1.0, day_rate=0.0, price_per_device_hour=0.0, days_per_arrival=365.25, discount_rate=rate
    )
    return hand.answer(hand.table(hand.incumbent([[0.9] * 2]), *blocks), Question(prices=prices))


def test_a_discount_rate_by_hand():
    (flip,) = [flip for flip in flips.flips(early_or_late(0.0)) if flip.name == flips.DISCOUNT]
    assert flip == Flip("discount_rate", 0.0, None, None, pytest.approx(0.1), 2)
    (flip,) = [flip for flip in flips.flips(early_or_late(0.3)) if flip.name == flips.DISCOUNT]
    assert flip == Flip("discount_rate", 0.3, pytest.approx(0.1), 1, None, None)


def test_a_discount_rate_beyond_what_is_looked_at_turns_nothing_above_it():
    """Up to a half; given 0.8, what lies below it is below."""
    (flip,) = [flip for flip in flips.flips(early_or_late(0.8)) if flip.name == flips.DISCOUNT]
    assert flip == Flip("discount_rate", 0.8, pytest.approx(0.1), 1, None, None)
    halved = {name: (low, high) for name, low, high in flips.tornado(early_or_late(0.8))}["discount_rate"]
    saving = {rate: early_or_late(rate) for rate in (0.4, 0.8)}
    expected = [a.costs.total[1].mean() - a.costs.total[2].mean() for a in saving.values()]
    assert halved == pytest.approx(expected)


def test_a_tornado_by_hand():
    """`two` saves 7,500 against `every`: 10,000 of people, less 250 errors of 10."""
    prices = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
    found = {
        name: (low, high) for name, low, high in flips.tornado(hand.answer(hand.example(), Question(prices=prices)))
    }
    assert found["day_rate"] == pytest.approx((2500, 17_500))
    assert found["price_per_error"] == pytest.approx((8750, 5000))
    assert found["use"] == pytest.approx((8750, 7500))  # no share beyond all
    assert "price_per_label" not in found
    widths = [abs(low - high) for low, high in found.values()]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("name", ["price_per_error", "day_rate", "price_per_label"])
def test_a_price_can_be_as_large_as_one_may_be(name: str):
    """It is not doubled beyond that, and no sentence says that somebody gave such a price."""
    prices = dataclasses.replace(Prices(price_per_error=10, day_rate=5000), **{name: 1e12})
    answer = hand.answer(hand.example(), Question(prices=prices))
    assert name in [flip.name for flip in flips.flips(answer)]
    assert all(np.isfinite(ends).all() for _name, *ends in flips.tornado(answer))


def test_a_number_with_a_range_moves_beyond_it():
    ranges = (("price_per_error", 9.0, 11.0), ("peak_flops", 8e12, 9e12), ("day_rate", 4000.0, 6000.0))
    prices = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
    plain, ranged = (
        hand.answer(hand.example(), Question(prices=dataclasses.replace(prices, ranges=some))) for some in ((), ranges)
    )
    assert flips.flips(ranged) == flips.flips(plain)
    assert flips.tornado(ranged) == flips.tornado(plain)


def test_a_tornado_moves_levels_too():
    answer = shipped("machine-failure", 0)
    for name, *ends in flips.tornado(answer):
        given = flips.value(answer, name)
        for x, saving in zip((given / 2, min(2 * given, flips.AT_MOST.get(name, np.inf))), ends, strict=True):
            anew = at(answer, name, x)
            assert saving == pytest.approx(anew[answer.baseline] - anew[answer.recommended])
