"""From a question to its answer."""

import dataclasses
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide import advise, flips, select
from alma_core.decide.lines import Lines
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from alma_core.report import whole
from tests.decide import hand

CHEAP = Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)
DEAR_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)


def names(found: advise.Answer) -> list[str]:
    return [found.panel.policies["policy"][int(n)] for n in found.order]


def test_the_cheapest_policy_wins():
    """Errors cost 12,000 and 11,000 (every), 14,000 (two), 36,000 (none); an update of 5,000 turns it round."""
    assert names(hand.answer(hand.example(), Question(prices=CHEAP))) == ["every", "two", "incumbent"]
    assert names(hand.answer(hand.example(), Question(prices=DEAR_UPDATES))) == ["two", "every", "incumbent"]
    dearer = Prices(price_per_error=10, days_per_update=1, day_rate=20_000, price_per_device_hour=0)
    assert names(hand.answer(hand.example(), Question(prices=dearer))) == ["incumbent", "two", "every"]


def test_what_it_saves_is_paired():
    found = hand.answer(hand.example(), Question(prices=DEAR_UPDATES))
    assert found.baseline == 1
    # every: 12,000 and 11,000 + 20,000; two: 14,000 + 10,000
    assert found.savings.of(found.recommended).mean == pytest.approx(7500)
    assert 7400 < found.saving(found.recommended).mean < 7500  # less what its pick flatters it by
    assert found.verdict == advise.RECOMMEND
    assert found.kpis["cost"][2].tolist() == pytest.approx([24_000, 24_000])


@pytest.mark.parametrize(
    ("prices", "baseline", "verdict"),
    [
        (DEAR_UPDATES, "every", advise.RECOMMEND),
        (CHEAP, "every", advise.KEEP),
        (
            Prices(price_per_error=10, days_per_update=1, day_rate=20_000, price_per_device_hour=0),
            "every",
            advise.DO_NOT_UPDATE,
        ),
        # every costs 12,000 and 11,000 + 4 x 1,300, two 14,000 + 2 x 1,300: 600 more in one seed, 400 less in the other
        (
            Prices(price_per_error=10, days_per_update=1, day_rate=1_300, price_per_device_hour=0),
            "every",
            advise.NOT_ENOUGH,
        ),
    ],
)
def test_verdicts(prices: Prices, baseline: str, verdict: str):
    assert hand.answer(hand.example(), Question(prices=prices, baseline=baseline)).verdict == verdict


def test_one_seed_is_never_enough_evidence():
    table = hand.example()
    found = hand.answer(table[table["seed"] == 0], Question(prices=DEAR_UPDATES))
    assert found.verdict == advise.NOT_ENOUGH
    assert np.isnan(found.saving(found.recommended).low)


FREE = Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)


def test_ties_go_to_today_s_then_to_no_update_then_to_less_compute_then_by_name():
    table = hand.table(
        hand.incumbent([[0.3, 0.3]] * 2),
        hand.rows("today", [[0.2, 0.4]] * 2, [1, 2]),
        hand.rows("c", [[0.4, 0.2]] * 2, [1, 2]),
        hand.rows("b", [[0.1, 0.5]] * 2, [1]),
        hand.rows("a", [[0.5, 0.1]] * 2, [1]),
    )
    assert names(hand.answer(table, Question(prices=FREE, baseline="today"))) == ["today", "incumbent", "a", "b", "c"]


def test_what_comes_to_the_same_is_listed_once_and_today_s_policy_always():
    same = [[0.2, 0.2]] * 2
    table = hand.table(
        hand.incumbent([[0.9] * 2] * 2),
        hand.rows("a", same, [1]),
        hand.rows("b", same, [1]),
        hand.rows("c", same, [1, 2]),
    )
    assert sorted(names(hand.answer(table, Question(prices=FREE, baseline="c")))) == ["a", "c", "incumbent"]
    assert sorted(names(hand.answer(table, Question(prices=FREE, baseline="b")))) == ["b", "c", "incumbent"]


def test_a_policy_whose_first_update_lies_beyond_the_horizon_is_no_update():
    table = hand.example()
    found = hand.answer(table, Question(horizon=1, incumbent_error=0.01, prices=DEAR_UPDATES))
    assert names(found) == ["incumbent", "every"]
    assert found.verdict == advise.DO_NOT_UPDATE


def test_today_s_policy_stays_whatever_the_filters():
    blocks = [hand.incumbent([[0.9] * 2] * 2)]
    blocks += [hand.rows(c, [[e] * 2] * 2, [1, 2], capacity=c) for c, e in (("S", 0.3), ("M", 0.2), ("L", 0.1))]
    found = hand.answer(hand.table(*blocks), Question(capacities=("L",), baseline="S"))
    assert names(found) == ["L", "S", "incumbent"]
    assert found.panel.policies["policy"][found.baseline] == "S"


def test_today_is_by_default_every_arrival_continuing_on_new_data():
    table = hand.table(
        hand.incumbent([[0.9] * 2]),
        hand.rows("wait", [[0.1] * 2], [2], waiting_time=2, first_update=2),
        hand.rows("scratch", [[0.1] * 2], [1, 2], start="scratch", replay=1.0),
        hand.rows("large", [[0.1] * 2], [1, 2], capacity="L"),
        hand.rows("plain", [[0.1] * 2], [1, 2]),
    )
    found = hand.answer(table, Question())
    assert found.panel.policies["policy"][found.baseline] == "plain"


def test_spans_follow_the_horizon_unless_stated():
    full = hand.answer(hand.example(), Question())
    assert (full.question.horizon, full.question.short, full.question.long) == (4, 1, 1)
    stated = hand.answer(hand.example(), Question(horizon=3, short=2, long=3))
    assert stated.kpis["short_term_error"][1, 0] == pytest.approx(0.35)
    assert stated.kpis["long_term_error"][1, 0] == pytest.approx(1.0 / 3)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question(horizon=9), "choose one from 1 to 4"),
        (Question(short=5), "1 to 4 were expected"),
        (Question(long=0), "1 to 4 were expected"),
        (Question(baseline="nobody"), "There is no policy nobody"),
        (Question(capacities=("XL",)), "No policy of this run fits"),
        (Question(factor=3), "exists at such large mega-batches"),
        (Question(factor=2, baseline="every"), "Today's policy updates more often"),
        (Question(incumbent_error=2.0), "from 0 to 1"),
    ],
)
def test_questions_that_cannot_be_answered(question: Question, says: str):
    with pytest.raises(QuestionError, match=says):
        hand.answer(hand.example(), question)


def test_the_incumbent_error_at_which_the_winner_changes():
    """With an error of q in service, `two` pays 10,000 q for its first arrival, the incumbent 40,000 q for all four."""
    found = hand.answer(hand.example(), Question(prices=DEAR_UPDATES, incumbent_error=0.5))
    winners = [(q, found.panel.policies["policy"][n]) for q, n in flips.over_incumbent_error(found)]
    # incumbent 40,000 q against two 5,000 + 10,000 + 10,000 q
    assert winners == [(0.0, "incumbent"), (pytest.approx(0.5), "two")]
    for q, expected in ((0.49, "incumbent"), (0.51, "two")):
        assert names(hand.answer(hand.example(), Question(prices=DEAR_UPDATES, incumbent_error=q)))[0] == expected


def test_re_ranking_around_each_flip_shows_the_change(small_run):
    """On a real ledger: just before and just after each closed-form point, by exact re-evaluation."""
    _spec, table, _confusion = small_run
    prices = Prices(volume=2000.0)
    asked = hand.answer(table, Question(prices=prices))
    for winners, ask in (
        (flips.over_incumbent_error(asked), lambda x: Question(prices=prices, incumbent_error=x)),
        (flips.over(asked, "price_per_error"), lambda x: Question(prices=Prices(volume=2000.0, price_per_error=x))),
    ):
        assert len(winners) > 1
        for (_, before), (x, after) in pairwise(winners):
            step = 1e-4 * x
            assert hand.answer(table, ask(x - step)).recommended == before
            lowest = hand.answer(table, ask(x + step))
            assert lowest.costs.total[after].mean() <= lowest.costs.total[lowest.recommended].mean() * (1 + 1e-9)


RENTAL_PRICES = Prices(price_per_error=0.5, days_per_update=1, day_rate=5000, price_per_device_hour=0)
"""As DEAR_UPDATES: an error of 1 is 20 rentals."""


def test_numbers_are_answered_in_their_unit():
    """The example again, with 0.5 a rental and 20 rentals to an error of 1: the same amounts, other errors."""
    shares = hand.answer(hand.example(), Question(prices=DEAR_UPDATES, incumbent_error=0.4))
    found = hand.answer(hand.numbers(hand.example()), Question(prices=RENTAL_PRICES, incumbent_error=8.0), hand.RENTALS)
    assert found.order.tolist() == shares.order.tolist()
    assert found.costs.total == pytest.approx(shares.costs.total)
    assert found.kpis["mean_error"] == pytest.approx(20 * shares.kpis["mean_error"])
    as_shares = [(pytest.approx(20 * q), n) for q, n in flips.over_incumbent_error(shares)]
    # beyond 20 rentals, a share of 1: two 15,000 + 500 x against every 31,500
    assert flips.over_incumbent_error(found) == [*as_shares, (pytest.approx(33), 1)]
    assert flips.over(found, "price_per_error") == [
        (pytest.approx(p / 20), n) for p, n in flips.over(shares, "price_per_error")
    ]


def test_an_incumbent_may_be_off_by_any_number():
    """`two` beats no update where what is in service is off by 10 rentals, whatever more."""
    for off, expected in ((9.9, "incumbent"), (10.1, "two"), (1e9, "every")):
        question = Question(prices=RENTAL_PRICES, incumbent_error=off)
        assert names(hand.answer(hand.numbers(hand.example()), question, hand.RENTALS))[0] == expected


def test_flips_of_numbers_re_ranked():
    table = hand.numbers(hand.example())
    asked = hand.answer(table, Question(prices=RENTAL_PRICES))
    prices = dataclasses.asdict(RENTAL_PRICES)
    for winners, ask in (
        (flips.over_incumbent_error(asked), lambda x: Question(prices=RENTAL_PRICES, incumbent_error=x)),
        (flips.over(asked, "price_per_error"), lambda x: Question(prices=Prices(**prices | {"price_per_error": x}))),
    ):
        assert len(winners) > 1
        for (_, before), (x, after) in pairwise(winners):
            assert hand.answer(table, ask(0.999 * x)).recommended == before
            assert hand.answer(table, ask(1.001 * x)).recommended == after


def test_today_is_on_new_data_before_a_window():
    blocks = [hand.rows("window", [[0.1] * 2], [1, 2], window=3), hand.rows("new", [[0.2] * 2], [1, 2])]
    found = hand.answer(hand.table(*blocks), Question())
    assert found.panel.policies["policy"][found.baseline] == "new"


def test_windows_that_see_the_same_are_listed_once():
    blocks = [hand.rows("new", [[0.2] * 2], [1, 2]), hand.rows("three", [[0.1] * 2], [1, 2], window=3)]
    blocks += [hand.rows("six", [[0.1] * 2], [1, 2], window=6), hand.rows("one", [[0.15] * 2], [1, 2], window=1)]
    assert names(hand.answer(hand.table(*blocks), Question())) == ["three", "one", "new"]


TREES = {"architecture": "trees", "capacity": "none", "start": "scratch", "compute_basis": "seconds",
         "train_flops": 0.0, "inference_flops": 0.0, "seconds": 2.0}  # fmt: skip


def test_what_has_no_size_stays_whatever_sizes_are_chosen():
    blocks = [hand.incumbent([[0.9] * 2] * 2), hand.rows("trees", [[0.25] * 2] * 2, [1, 2], **TREES)]
    blocks += [hand.rows(c, [[e] * 2] * 2, [1, 2], capacity=c) for c, e in (("S", 0.3), ("M", 0.2), ("L", 0.1))]
    found = hand.answer(hand.table(*blocks), Question(capacities=("L",), baseline="S"))
    assert names(found) == ["L", "trees", "S", "incumbent"]
    assert select.capacities(found.panel.policies) == ["S", "L"]


ALL_SORTS = {
    "trees": TREES,
    "ensemble": {"method": "ensemble", "k": 3},
    "never": {"schedule": "once"},
    "error": {"schedule": "error", "threshold": 0.1},
    "perturb": {"start": "shrink_perturb"},
    "replay": {"replay": 1.0},
}


@pytest.mark.parametrize("order", [1, -1])
def test_today_is_one_network_that_goes_on_where_a_run_has_one(order: int):
    sorts = list(ALL_SORTS.items())[::order]
    blocks = [hand.rows(name, [[0.1] * 2], [1, 2], **facts) for name, facts in sorts]
    plain = hand.rows("plain", [[0.2] * 2], [1, 2], capacity="L")
    found = hand.answer(hand.table(hand.incumbent([[0.9] * 2]), *blocks, plain), Question())
    assert found.panel.policies["policy"][found.baseline] == "plain"


@pytest.mark.parametrize(
    ("there", "expected"),
    [(("trees", "ensemble"), "trees"), (("ensemble", "never"), "ensemble"), (("trees", "replay"), "replay"),
     (("perturb", "ensemble"), "perturb")],
)  # fmt: skip
def test_today_without_one_is_what_comes_nearest(there: tuple[str, ...], expected: str):
    """Of two special ones at one wait, the one without past data that comes first."""
    blocks = [hand.rows(name, [[0.1 * n] * 2], [1, 2], **ALL_SORTS[name]) for n, name in enumerate(there, 1)]
    found = hand.answer(hand.table(hand.incumbent([[0.9] * 2]), *blocks), Question())
    assert found.panel.policies["policy"][found.baseline] == expected


def test_the_json_says_what_compute_is_charged_by():
    blocks = [hand.rows("trees", [[0.1] * 2] * 2, [1, 2], **TREES), hand.rows("plain", [[0.2] * 2] * 2, [1, 2])]
    ranking = {
        row["policy"]: row for row in whole.as_json(hand.answer(hand.table(*blocks), Question()), "lot")["ranking"]
    }
    charged = {name: (row["compute_basis"], row["train_flops"], row["train_seconds"]) for name, row in ranking.items()}
    assert charged == {"trees": ("seconds", 0.0, 4.0), "plain": ("flops", 2e12, None)}


lines = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12)


@given(lines)
def test_the_envelope_against_brute_force(given_lines: list[tuple[int, int]]):
    at_zero, slope = (np.array(column, float) for column in zip(*given_lines, strict=True))
    envelope = Lines(at_zero, slope).winners(0.0, 1.0, np.ones(len(slope), bool))
    starts = [x for x, _ in envelope]
    assert starts[0] == 0
    assert starts == sorted(starts)
    for x in np.linspace(0, 1, 41):
        number = [n for start, n in envelope if start <= x][-1]
        assert at_zero[number] + slope[number] * x == pytest.approx((at_zero + slope * x).min())


def test_the_answer_as_json_has_what_is_promised():
    data = json.loads(json.dumps(whole.as_json(hand.answer(hand.example(), Question(prices=DEAR_UPDATES)), "lot")))
    assert {"verdict", "recommended", "ranking", "baseline", "saving"} <= data.keys()
    promised = {
        "policy",
        "label",
        "mean_error",
        "short_term_error",
        "long_term_error",
        "final_error",
        "train_flops",
        "cost",
    }
    assert all(promised <= row.keys() for row in data["ranking"])
    assert data["recommended"] == data["ranking"][0]
    assert data["ranking"][0]["train_flops"] == 2e12
    costs = [row["cost"] for row in data["ranking"]]
    assert costs == sorted(costs)


def test_the_json_states_numbers_twice():
    """As the ledger has them, and in the target's unit."""
    question = Question(prices=RENTAL_PRICES, incumbent_error=12.0)
    data = json.loads(
        json.dumps(whole.as_json(hand.answer(hand.numbers(hand.example()), question, hand.RENTALS), "lot"))
    )
    best = data["recommended"]
    assert (best["final_error"], best["final_error_in_unit"]) == (pytest.approx(0.1), pytest.approx(2.0))
    assert best["cumulative_error"] == pytest.approx(100 * (0.6 + 0.2 + 0.2 + 0.1))
    assert (data["incumbent_error"], data["incumbent_error_in_unit"]) == (0.6, 12.0)
    first, second = data["winner_by_incumbent_error"][:2]
    assert (first["from"], first["from_in_unit"]) == (0.0, 0.0)
    assert second["from_in_unit"] == pytest.approx(20 * second["from"])
    assert data["measure"] == {
        "task": "regression", "scale": 20.0, "unit": "rentals", "judged": "next", "in_order": True,
        "dates_labels": False,
    }  # fmt: skip


def test_the_json_of_shares_has_no_unit():
    data = whole.as_json(hand.answer(hand.example(), Question()), "lot")
    assert not [name for name in data["recommended"] if name.endswith("_in_unit")]
    assert "incumbent_error_in_unit" not in data
