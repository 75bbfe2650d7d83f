"""The best schedule in hindsight: when to update and at which capacity, had all amounts been known (DESIGN, section 7).

An exact dynamic programme. Mahadevan and Mathioudakis (CARA, 2024) solve the case of one capacity without one-off
costs, caps and rates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stakes:
    """What every choice would have cost: B rows, C capacities, small first; amounts in money, discounted already.

    A model exists where `serve` has a number for its first row; then it has one for every later row.

    Args:
        serve: [B, C, B] of row j, if the model released at row i at capacity c serves there; NaN for j < i and where
            there is no such model.
        incumbent: [B] of row j before any release.
        update: [B, C] of releasing at row i at capacity c: people, training, labels.
        hardware: [B, C] one-off, where c exceeds all capacities so far; what lies between is not charged.
        allowed: [B] whether something may be released; freeze months are not.
        year: [B] fiscal year, never falling.
        extra: [B] of an update beyond the first `included` ones of its fiscal year, on top of `update`.
        overlap: 0..1, share of the row of a release that is still served by what served before.
        included: updates of a fiscal year without `extra`; None: all.
        most: updates of a fiscal year at most; None: any number.

    Raises:
        ValueError: amounts are missing, years fall, or the overlap is no share.
    """

    serve: Array
    incumbent: Array
    update: Array
    hardware: Array
    allowed: NDArray[np.bool_]
    year: NDArray[np.int64]
    extra: Array
    overlap: float = 0.0
    included: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        later = np.triu(np.ones((self.n_rows, self.n_rows), bool))[:, None]  # [B, 1, B]
        amounts = (self.serve[self.exists[:, :, None] & later], self.update[self.exists], self.hardware[self.exists])
        if np.isnan(np.concatenate([self.incumbent, self.extra, *amounts])).any():
            raise ValueError("An amount of the incumbent, an update or a model that exists is missing.")
        if (np.diff(self.year) < 0).any() or not 0 <= self.overlap <= 1:
            raise ValueError("Fiscal years must not fall, and the overlap must be a share from 0 to 1.")

    @property
    def n_rows(self) -> int:
        """B."""
        return len(self.incumbent)

    @property
    def n_capacities(self) -> int:
        """C."""
        return int(self.serve.shape[1])

    @property
    def exists(self) -> NDArray[np.bool_]:
        """[B, C] whether there is a model of row i at capacity c."""
        own = np.arange(self.n_rows)
        return ~np.isnan(self.serve[own, :, own])

    @property
    def possible(self) -> NDArray[np.bool_]:
        """[B, C] whether it may be released, the cap apart."""
        return self.exists & self.allowed[:, None]

    @property
    def n_counts(self) -> int:
        """How many numbers of updates so far in a fiscal year must be told apart; 1 without cap and second rate."""
        matters = self.most if self.most is not None else self.included or 0
        longest = int(np.unique_counts(self.year).counts.max())
        return min(matters, longest) + 1


class Release(NamedTuple):
    """A model goes into service: row 1..B, and the number of its capacity in the ladder, from 0."""

    row: int
    capacity: int


@dataclass(frozen=True, eq=False)
class Plan:
    """A schedule and what it costs.

    Args:
        releases: in the order of their rows; none: never update.
        rows: [B] amount of each row.
    """

    releases: list[Release]
    rows: Array

    @property
    def total(self) -> float:
        """Amount of the whole horizon."""
        return float(self.rows.sum())


class Outlay(NamedTuple):
    """What one release costs at its row: the update, with `extra` where it is due, and the hardware."""

    update: float
    hardware: float


def evaluate(stakes: Stakes, releases: Sequence[tuple[int, int]]) -> Array:
    """Return [B] what each row costs under a schedule.

    Args:
        stakes: the amounts; a plan solved on the mean of several seeds is priced here on each of them.
        releases: (row 1..B, capacity 0..C-1), rows rising.

    Raises:
        ValueError: a release is out of order, not possible, or beyond the cap of its fiscal year.
    """
    once = outlays(stakes, releases)
    rows = served(stakes, releases)
    for (row, _capacity), outlay in zip(releases, once, strict=True):
        rows[row - 1] += sum(outlay)
    return rows


def served(stakes: Stakes, releases: Sequence[tuple[int, int]]) -> Array:
    """Return [B] the amounts of what serves under a schedule, without updates and hardware; see `evaluate`."""
    rows = stakes.incumbent.copy()
    for row, capacity in releases:
        at = row - 1
        before = rows[at]
        rows[at:] = stakes.serve[at, capacity, at:]
        rows[at] = stakes.overlap * before + (1 - stakes.overlap) * rows[at]
    return rows


def outlays(stakes: Stakes, releases: Sequence[tuple[int, int]]) -> list[Outlay]:
    """Return what each release of a schedule costs, once.

    Args:
        stakes: the amounts.
        releases: (row 1..B, capacity 0..C-1), rows rising.

    Raises:
        ValueError: a release is out of order, not possible, or beyond the cap of its fiscal year.
    """
    found: list[Outlay] = []
    years: list[int] = []
    last, largest, possible = 0, -1, stakes.possible
    for row, capacity in releases:
        at = row - 1
        is_in_order = last < row <= stakes.n_rows
        so_far = years.count(stakes.year[at]) if is_in_order else 0
        is_beyond = stakes.most is not None and so_far >= stakes.most
        if not is_in_order or is_beyond or not possible[at, capacity]:
            raise ValueError(f"A release at row {row} at capacity {capacity} is not possible here.")
        is_extra = stakes.included is not None and so_far >= stakes.included
        hardware = float(stakes.hardware[at, capacity]) if capacity > largest else 0.0
        found.append(Outlay(float(stakes.update[at, capacity] + is_extra * stakes.extra[at]), hardware))
        last, largest = row, max(largest, capacity)
        years.append(int(stakes.year[at]))
    return found


def best_plan(stakes: Stakes) -> Plan:
    """Return the cheapest schedule; of several, the one with the fewest updates.

    Of those the one whose first release has the smaller capacity, then is later; then its second, and so on. Amounts
    are equal if they are so to the last bit.

    Args:
        stakes: the amounts.

    >>> serve = np.array([[[5.0, 9.0, 9.0]], [[np.nan, 2.0, 2.0]], [[np.nan, np.nan, 1.0]]])  # one capacity
    >>> none, free, year = np.zeros((3, 1)), np.ones(3, bool), np.zeros(3, int)
    >>> plan = best_plan(Stakes(serve, np.full(3, 9.0), none + 4, none, free, year, np.zeros(3)))
    >>> plan.releases, plan.rows.tolist()
    ([Release(row=2, capacity=0)], [9.0, 6.0, 2.0])
    """
    moves, rank = _decided(stakes)
    releases, state, largest, count = [], 0, 0, 0
    for at in range(stakes.n_rows):
        if at and stakes.year[at] != stakes.year[at - 1]:
            count = 0
        if moves[at, state, largest, count]:
            capacity = int(rank[at, largest, count] % stakes.n_capacities)
            releases.append(Release(at + 1, capacity))
            state = 1 + at * stakes.n_capacities + capacity
            largest, count = max(largest, capacity + 1), min(count + 1, stakes.n_counts - 1)
    return Plan(releases, evaluate(stakes, releases))


def _decided(stakes: Stakes) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return for every row and state whether to release, [B, S, M, K], and `rank` of the best release, [B, M, K].

    S = 1 + B C states: what serves, the incumbent first, then the models by row and capacity. M = 1 + C: the largest
    capacity so far, 0 for none. K: updates so far in the fiscal year. A rank orders schedules of equal cost: updates
    from here on x C + capacity of the next, 0 if there is none.
    """
    n_rows, n_sizes, n_counts = stakes.n_rows, stakes.n_capacities, stakes.n_counts
    amounts = np.vstack([stakes.incumbent, stakes.serve.reshape(-1, n_rows)])  # [S, B]
    cost = np.zeros((len(amounts), n_sizes + 1, n_counts))  # [S, M, K] of the rows from here on
    rank = np.zeros(cost.shape, np.int64)  # [S, M, K]
    moves = np.zeros((n_rows, *cost.shape), bool)  # [B, S, M, K]
    rank_of_move = np.zeros((n_rows, *cost.shape[1:]), np.int64)  # [B, M, K]
    for at in range(n_rows - 1, -1, -1):
        if at + 1 < n_rows and stakes.year[at + 1] != stakes.year[at]:
            cost[..., 1:], rank[..., 1:] = cost[..., :1], rank[..., :1]  # the next row starts counting at 0
        first = 1 + at * n_sizes
        older, own = slice(0, first), slice(first, first + n_sizes)
        move, rank_of_move[at] = _best_release(stakes, at, cost[own], rank[own])  # [M, K]
        late = stakes.overlap * amounts[older, at, None, None]  # [s, 1, 1] is paid whether or not there is a release
        keep = (1 - stakes.overlap) * amounts[older, at, None, None] + cost[older]  # [s, M, K]
        is_tie = (move == keep) & (rank_of_move[at] < rank[older])  # equal ranks: the later release
        moves[at, older] = (move < keep) | is_tie
        cost[older] = late + np.where(moves[at, older], move, keep)
        rank[older] = np.where(moves[at, older], rank_of_move[at], rank[older])
    return moves, rank_of_move


def _best_release(stakes: Stakes, at: int, cost: Array, rank: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64]]:
    """Return [M, K] the least that a release at row `at` costs from there on, inf if there is none, and its rank.

    Args:
        stakes: the amounts.
        at: from 0.
        cost, rank: [C, M, K] of the rows after `at`, if the model released at it serves.
    """
    size = np.arange(stakes.n_capacities)[:, None, None]  # [C, 1, 1]
    largest = np.arange(stakes.n_capacities + 1)[:, None]  # [M, 1]
    count = np.arange(stakes.n_counts)  # [K]
    after = size, np.maximum(largest, size + 1), np.minimum(count + 1, stakes.n_counts - 1)  # [C, M, K] together
    is_extra = stakes.included is not None and count >= stakes.included  # [K]
    once = (1 - stakes.overlap) * stakes.serve[at, :, at] + stakes.update[at]  # [C]
    amount = once[:, None, None] + np.where(size >= largest, stakes.hardware[at][:, None, None], 0)  # [C, M, 1]
    amount = amount + is_extra * stakes.extra[at] + cost[after]  # [C, M, K]
    is_open = stakes.possible[at][:, None, None] & (stakes.most is None or count < stakes.most)  # [C, 1, K]
    amount = np.where(is_open, amount, np.inf)
    lowest = amount.min(0)  # [M, K]
    ranks = (rank[after] // stakes.n_capacities + 1) * stakes.n_capacities + size  # [C, M, K]
    return lowest, np.where(amount == lowest, ranks, np.iinfo(np.int64).max).min(0)
