"""What money buys: against trying all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core.decide import budget
from alma_core.decide.advise import Answer
from alma_core.decide.limits import Limits
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from tests.decide import hand
from tests.decide.test_lines import CASES, asked

PRICES = Prices(price_per_error=1.0, days_per_update=1.0, day_rate=1.0, price_per_device_hour=0.0)


def of(points: list[tuple[int, int]], limits: Limits | None = None) -> Answer:
    """Return an answer of policies by (updates, wrong predictions in a thousand); spend is 100 an update."""
    blocks = [hand.rows(f"p{n}", [[wrong / 3000] * 3], list(range(1, updates + 1)), k=n + 2, method="ensemble")
              for n, (updates, wrong) in enumerate(points)]  # fmt: skip
    prices = Prices(price_per_error=1.0, days_per_update=1.0, day_rate=100.0, price_per_device_hour=0.0)
    return hand.answer(
        hand.table(hand.incumbent([[0.9] * 3]), *blocks), Question(prices=prices, limits=limits or Limits())
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=7), st.integers(-1, 4))
@settings(max_examples=30)
def test_the_fewest_errors_for_a_spend_against_trying_all(points: list[tuple[int, int]], hundreds: int):
    answer = of(points)
    spend, errors = (array.sum(-1).mean(1) for array in (answer.costs.spend, answer.costs.errors))
    found = budget.within(answer, 100.0 * hundreds)
    affordable = [n for n in range(len(spend)) if spend[n] <= 100.0 * hundreds]
    if not affordable:
        assert found is None
        return
    best = min((errors[n], spend[n]) for n in affordable)
    assert (found.errors, found.spend) == pytest.approx(best)
    assert (spend[found.policy], errors[found.policy]) == pytest.approx((found.spend, found.errors))
    front = budget.frontier(answer)
    points_ = list(zip(spend.tolist(), errors.tolist(), strict=True))
    unbeaten = {(x, y) for x, y in points_ if not any(a <= x and b <= y and (a, b) != (x, y) for a, b in points_)}
    assert {(s.spend, s.errors) for s in front} == unbeaten
    assert [s.spend for s in front] == sorted(s.spend for s in front)


def test_what_a_limit_excludes_is_not_bought():
    free, held = of([(1, 9), (3, 1)]), of([(1, 9), (3, 1)], Limits(worst_error=0.002))
    assert budget.within(free, 100.0).errors == pytest.approx(9)
    assert budget.within(held, 100.0) is None
    assert [spent.policy for spent in budget.frontier(held)] == [2]


def ladder() -> Answer:
    """Return sizes S, M, L at waits 1, 2, 3: fewer errors the larger and the more often; one of a kind apart."""
    blocks = [hand.incumbent([[0.9] * 6])]
    for size, less in (("S", 0.0), ("M", 0.01), ("L", 0.03)):
        for wait, more in ((1, 0.0), (2, 0.02), (3, 0.05)):
            updates = [t for t in range(1, 7) if t % wait == 0]
            error = 0.2 - less + more
            blocks.append(hand.rows(f"{size}{wait}", [[error] * 6], updates, capacity=size, waiting_time=wait,
                                    first_update=wait, inference_flops=0.0))  # fmt: skip
    blocks.append(
        hand.rows("other", [[0.01] * 6], [3, 6], capacity="XL", waiting_time=3, first_update=3, start="scratch")
    )
    prices = Prices(
        price_per_error=1.0, days_per_update=1.0, day_rate=100.0, price_per_device_hour=0.0, hardware=(("L", 250.0),)
    )
    return hand.answer(hand.table(*blocks), Question(prices=prices))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (99.0, [("larger model", "M3", 0.0, 60.0)]),
        (100.0, [("larger model", "M3", 0.0, 60.0), ("more updates", "S2", 100.0, 180.0)]),
        (250.0, [("larger model", "L3", 250.0, 180.0), ("more updates", "S2", 100.0, 180.0)]),
        (400.0, [("larger model", "L3", 250.0, 180.0), ("more updates", "S1", 400.0, 300.0)]),
    ],
)
def test_what_the_next_amount_buys_by_hand(amount: float, expected: list[tuple[str, str, float, float]]):
    answer = ladder()
    names = answer.panel.policies["policy"].tolist()
    found = budget.next_money(answer, amount, names.index("S3"))
    assert [(s.kind, names[s.policy], pytest.approx(s.more), pytest.approx(s.saved)) for s in found] == expected


def test_nothing_further_is_bought_from_the_top_or_from_what_serves_today():
    answer = ladder()
    names = answer.panel.policies["policy"].tolist()
    assert budget.next_money(answer, 1e9, names.index("L1")) == []
    assert budget.next_money(answer, 1e9, names.index("incumbent")) == []
    assert budget.next_money(answer, 1e9) == budget.next_money(answer, 1e9, answer.adopted)


@pytest.mark.parametrize("case", CASES[1::3], ids=str)
def test_the_best_policy_by_horizon_and_price_is_that_of_the_answer_asked_so(case: tuple[int, str, str, bool]):
    """Levels move with the prices, not with their size; late service and discount count from the first row."""
    answer = asked(*case, day_rate=20.0)
    prices = answer.question.prices
    names = ("price_per_error", "miss_price", "false_alarm_price", "shortage_price", "excess_price")
    cells = budget.best_where(answer, (0.1, 1.0, 7.0), (1, 3, 5))
    assert cells[["horizon", "times"]].to_numpy().tolist() == [[h, k] for h in (1, 3, 5) for k in (0.1, 1.0, 7.0)]
    for horizon, times, number in cells.itertuples(index=False):
        dearer = {name: value * times for name in names if (value := getattr(prices, name)) is not None}
        matrix = prices.price_matrix and tuple(tuple(x * times for x in row) for row in prices.price_matrix)
        anew = answer.replaced(prices=Prices(**vars(prices) | dearer | {"price_matrix": matrix}), horizon=horizon)
        total = anew.costs.total.mean(1)
        assert total[number] == pytest.approx(total.min(), rel=1e-6)


def test_a_map_leaves_out_what_limits_exclude():
    held = of([(1, 9), (3, 1)], Limits(worst_error=0.002))
    assert set(budget.best_where(held, (0.01, 100.0), (1, 3))["number"]) == {2}
    assert set(budget.best_where(of([(1, 9), (3, 1)]), (0.01, 1e4), (1, 3))["number"]) > {2}


def test_a_frontier_leads_from_nothing_to_the_fewest_errors():
    answer = ladder()
    front = budget.frontier(answer)
    names = [answer.panel.policies["policy"][spent.policy] for spent in front]
    assert names == ["incumbent", "other"]
    assert front[0].spend == 0
    assert front[1].errors == pytest.approx(60)
