"""Stakes by hand and at random, and the plain way to price a schedule and to find the best: try them all."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from alma_core.decide.oracle import Stakes

Schedule = list[tuple[int, int]]
Key = tuple[float, int, Schedule]
MOST_ROWS = {1: 8, 2: 6, 3: 4}
"""By the number of capacities: a few hundred schedules."""


def by_hand(
    incumbent: Sequence[float], models: dict[tuple[int, int], list[float]], update: Any, **facts: Any
) -> Stakes:
    """Return stakes in which only these models exist.

    Args:
        incumbent: [B].
        models: by (row 1..B, capacity): the amounts from that row on.
        update, hardware: one number, or [C].
        facts: the rest; one fiscal year, no freeze, nothing extra.
    """
    n_rows, n_sizes = len(incumbent), 1 + max(capacity for _row, capacity in models)
    serve = np.full((n_rows, n_sizes, n_rows), np.nan)
    for (row, capacity), amounts in models.items():
        serve[row - 1, capacity, row - 1 :] = amounts
    each, plain = np.ones((n_rows, n_sizes)), np.ones(n_rows)
    facts |= {"hardware": each * facts.get("hardware", 0), "extra": plain * facts.get("extra", 0)}
    given = {"allowed": plain > 0, "year": np.zeros(n_rows, int)} | facts
    return Stakes(serve, np.array(incumbent, float), each * update, **given)


@st.composite
def drawn(draw: st.DrawFn) -> Stakes:
    """Draw stakes of few rows in small whole amounts: sums are exact, so ties are ties."""
    n_sizes = draw(st.sampled_from(list(MOST_ROWS)))
    n_rows = draw(st.integers(1, MOST_ROWS[n_sizes]))
    small = st.integers(0, 6).map(float)
    exists = draw(arrays(bool, (n_rows, n_sizes), elements=st.sampled_from([True, True, True, False])))
    serves = exists[:, :, None] & np.triu(np.ones((n_rows, n_rows), bool))[:, None]  # [B, C, B]
    hardware = draw(st.just(np.zeros(exists.shape)) | arrays(float, exists.shape, elements=small))
    return Stakes(
        serve=np.where(serves, draw(arrays(float, serves.shape, elements=small)), np.nan),
        incumbent=draw(arrays(float, n_rows, elements=st.integers(0, 12).map(float))),
        update=np.where(exists, draw(arrays(float, exists.shape, elements=small)), np.nan),
        hardware=np.where(exists, hardware, np.nan),
        allowed=draw(st.just(np.ones(n_rows, bool)) | arrays(bool, n_rows)),
        year=np.cumsum(draw(arrays(bool, n_rows))),
        extra=draw(arrays(float, n_rows, elements=small)),
        overlap=draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        included=draw(st.sampled_from([None, 0, 1, 2, 3])),
        most=draw(st.sampled_from([None, 0, 1, 2, 3])),
    )


def at_random(n_rows: int, n_sizes: int, seed: int, **facts: Any) -> Stakes:
    """Return stakes that look like a run: models age, and err less the more they saw, the larger ones in the end only.

    Some ten updates pay among fifty rows, of several capacities; months, a freeze each March, hardware.
    """
    draws = np.random.default_rng(seed)
    row, size = np.arange(n_rows), np.arange(n_sizes)
    by_size = 1.3 - 0.15 * size * np.tanh((row[:, None] - 8) / 8)  # [B, C]
    seen = 300 + 700 * (row[:, None] + 1.0) ** -0.4 * by_size  # [B, C]
    age = row[None, None] - row[:, None, None]  # [B, 1, B]
    noise = draws.normal(0, 10, (n_rows, n_sizes, n_rows))
    serve = np.where(age >= 0, seen[:, :, None] + 4.0 * age + noise, np.nan)  # [B, C, B]
    given = {
        "hardware": np.outer(np.ones(n_rows), 150.0 * size),
        "allowed": row % 12 != 2,
        "year": row // 12,
        "extra": np.full(n_rows, 60.0),
    } | facts
    update = 80 + 15 * size + draws.normal(0, 3, (n_rows, n_sizes))
    return Stakes(serve, 900 + draws.normal(0, 10, n_rows), update, **given)


def priced(stakes: Stakes, schedule: Schedule) -> list[float] | None:
    """Return what each row costs, by going through them as the words of `Stakes` say; None: it is not permitted."""
    released, serve, years = dict(schedule), stakes.serve.tolist(), stakes.year.tolist()
    in_service, bought, rows = stakes.incumbent.tolist(), set[int](), list[float]()
    for at, amount in enumerate(in_service):
        if at + 1 not in released:
            rows.append(in_service[at])
            continue
        capacity = released[at + 1]
        so_far = sum(years[row - 1] == years[at] for row in released if row <= at)
        is_missing = np.isnan(stakes.serve[at, capacity, at])
        if is_missing or not stakes.allowed[at] or (stakes.most is not None and so_far + 1 > stakes.most):
            return None
        before, in_service = in_service[at], serve[at][capacity]
        amount = stakes.overlap * before + (1 - stakes.overlap) * in_service[at] + stakes.update[at, capacity]
        if all(capacity > other for other in bought):
            amount += stakes.hardware[at, capacity]
        if stakes.included is not None and so_far + 1 > stakes.included:
            amount += stakes.extra[at]
        bought.add(capacity)
        rows.append(float(amount))
    return rows


def every(stakes: Stakes) -> Iterator[Schedule]:
    """Return every schedule there is, permitted or not."""
    n_rows, n_sizes, _ = stakes.serve.shape
    for choice in product([None, *range(n_sizes)], repeat=n_rows):
        yield [(row, capacity) for row, capacity in enumerate(choice, 1) if capacity is not None]


def best_of_all(stakes: Stakes) -> Key:
    """Return the total and the releases of the best schedule of all, ties as `best_plan` breaks them."""
    found = ((priced(stakes, schedule), schedule) for schedule in every(stakes))
    keys = ((sum(rows), len(s), [(c, -row) for row, c in s]) for rows, s in found if rows is not None)
    total, n, order = min(keys)
    return total, n, [(-row, capacity) for capacity, row in order]
