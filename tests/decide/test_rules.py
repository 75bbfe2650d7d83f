"""Four simple rules, on stakes by hand."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide import rules
from alma_core.decide.oracle import Stakes, evaluate
from tests.decide import stakes as hand

AGEING = {(row, 0): [10.0 + 4 * age for age in range(9 - row)] for row in range(1, 9)}
"""A new model costs 10 in its row, and 4 more in each row after it; without one a row costs 90."""


def ageing(update: float = 7.0, **facts: object) -> Stakes:
    return hand.by_hand([90.0] * 8, AGEING, update, **facts)


def test_each_rule_by_hand():
    """After 4 rows the model of row 4 serves; the four rows to come cost 10, 14, 18, ... by its age.

    On what was seen, k = 1 cost 4 x 17, k = 2 90 + 17 + 14 + 17, k = 3 and 4 more. Of a row, staleness is 0 for a new
    model and 4, 8, ... for older ones. An update costs 7: once 0.7, 1.75 or 3.5 is exceeded means every second row (a
    new model is stale by nothing yet), and so do 7 and more after every second and third: seen, the first is cheapest.
    """
    found = rules.costs(ageing(), 0, 4)
    assert found[rules.ALWAYS] == 4 * 17
    assert found[rules.NEVER] == 14 + 18 + 22 + 26
    assert found[rules.EVERY_K] == 4 * 17
    schedules = rules.schedules(ageing(), 0, 4)
    assert schedules[rules.THRESHOLD] == [6, 8]
    assert found[rules.THRESHOLD] == 14 + 17 + 14 + 17


def test_k_is_the_cheapest_on_what_was_seen():
    """At 30 an update k = 1 has cost 160 in four rows, k = 2 90 + 40 + 14 + 40 = 184; a cheaper start turns it."""
    assert rules.schedules(ageing(30), 0, 4)[rules.EVERY_K] == [5, 6, 7, 8]
    cheap = hand.by_hand([40.0] * 8, AGEING, 30.0)
    assert rules.schedules(cheap, 0, 4)[rules.EVERY_K] == [6, 8]  # 40 + 40 + 14 + 40 against 4 x 40
    assert rules.schedules(cheap, 0, 5)[rules.EVERY_K] == [7]  # counted from the last row that is known
    dear = hand.by_hand([10.0] * 8, AGEING, 30.0)
    assert rules.schedules(dear, 0, 4)[rules.EVERY_K] == [8]  # k = 4: 3 x 10 + 40


def test_the_threshold_grows_with_what_an_update_costs():
    """Models age by 4: after 1, 2, 3 rows they have been stale by 4, 12, 24 together."""
    seen = [len(rules.schedules(ageing(update), 0, 4)[rules.THRESHOLD]) for update in (0.1, 7.0, 500.0)]
    assert seen == [2, 2, 0]
    least = rules._stale(ageing(), 0, np.full(8, 10.0), 12.0, [4], range(5, 9))
    assert least == [7]  # stale by 0 when row 5 is decided on, by 4 at row 6, by 12 at row 7
    assert rules._stale(ageing(), 0, np.full(8, 10.0), 0.1, [4], range(5, 9)) == [6, 8]
    assert rules._stale(ageing(), 0, np.full(8, 10.0), 99.0, [], range(1, 9)) == [1]  # no model yet: at once


def test_updates_so_far_are_paid():
    """An update of 1,000 at the last known row is over; the next one is not."""
    found = rules.costs(ageing(1000), 0, 7)
    assert (found[rules.NEVER], found[rules.ALWAYS]) == (14.0, 1010.0)


def test_nothing_is_released_where_nothing_can_be():
    """Rows 4, 5 and 7 are closed: the model of row 3 serves on; of all rows to come 6 and 8 are open."""
    closed = ageing(allowed=~np.isin(np.arange(1, 9), (4, 5, 7)))
    found = rules.costs(closed, 0, 4)
    assert found[rules.NEVER] == 18 + 22 + 26 + 30
    assert found[rules.ALWAYS] == 18 + 17 + 14 + 17
    missing = hand.by_hand([90.0] * 8, {key: rows for key, rows in AGEING.items() if key[0] > 5}, 7.0)
    found = rules.costs(missing, 0, 4)
    assert (found[rules.NEVER], found[rules.ALWAYS]) == (4 * 90.0, 90 + 3 * 17)
    assert found[rules.THRESHOLD] == 90 + 3 * 17  # at once, and nothing seen says that an older one would do


def test_a_cap_on_updates_of_a_fiscal_year_is_kept():
    """Two a year, rows 1-4 and 5-8: of those after row 4 only the first two are released."""
    capped = ageing(most=2, year=np.repeat([0, 1], 4))
    found = rules.costs(capped, 0, 4)
    assert found[rules.ALWAYS] == 17 + 17 + 14 + 18
    assert found[rules.NEVER] == 14 + 18 + 22 + 26
    assert rules.costs(ageing(most=0), 0, 4)[rules.ALWAYS] == 4 * 90.0


def test_a_second_capacity_is_another_size():
    models = AGEING | {(row, 1): [5.0] * (9 - row) for row in range(1, 9)}
    assert rules.costs(hand.by_hand([90.0] * 8, models, 7.0), 1, 4)[rules.NEVER] == 20.0


def looked_up_to(stakes: Stakes, row: int, draws: np.random.Generator) -> Stakes:
    """Return stakes of which everything from a row on, counted from 1, is something else."""
    later = np.arange(stakes.n_rows) >= row - 1
    noise = draws.uniform(0, 2, stakes.n_rows)
    return dataclasses.replace(
        stakes,
        serve=np.where(later, stakes.serve * noise, stakes.serve),
        incumbent=np.where(later, stakes.incumbent * noise, stakes.incumbent),
        update=np.where(later[:, None], stakes.update * noise[:, None], stakes.update),
        hardware=np.where(later[:, None], stakes.hardware * noise[:, None], stakes.hardware),
        extra=np.where(later, stakes.extra * noise, stakes.extra),
    )


@given(st.integers(0, 10**6), st.integers(4, 20), st.integers(1, 12))
def test_no_rule_looks_at_later_rows(seed: int, known: int, ahead: int):
    """Whether there is an update at a row follows from the rows before it alone."""
    stakes = hand.at_random(32, 2, seed, allowed=np.ones(32, bool))
    row = known + ahead
    changed = looked_up_to(stakes, row, np.random.default_rng(seed))
    before, after = (rules.schedules(of, 1, known) for of in (stakes, changed))
    for name in rules.RULES:
        assert [at for at in before[name] if at <= row] == [at for at in after[name] if at <= row], name


@given(hand.drawn(), st.data())
def test_costs_are_those_of_the_schedules(stakes: Stakes, data: st.DataObject):
    """Priced row by row in the plain way; whatever the cap, the closed rows and the models that there are."""
    if not stakes.possible.all():
        stakes = dataclasses.replace(stakes, update=np.nan_to_num(stakes.update))
    known = data.draw(st.integers(1, stakes.n_rows))
    found = rules.costs(stakes, 0, known)
    for name, rows in rules.schedules(stakes, 0, known).items():
        releases, so_far = [], []
        last = [row for row in range(1, known + 1) if stakes.possible[row - 1, 0]][-1:]
        for row in last + rows:
            year = stakes.year[row - 1]
            if stakes.possible[row - 1, 0] and (stakes.most is None or so_far.count(year) < stakes.most):
                releases.append((row, 0))
                so_far.append(year)
        assert found[name] == pytest.approx(sum(hand.priced(stakes, releases)[known:]))
        assert found[name] == pytest.approx(evaluate(stakes, releases)[known:].sum())
