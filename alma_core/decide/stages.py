"""A schedule read as a staged investment: what each step costs, what it saves, and when it has paid back."""

from typing import NamedTuple

import numpy as np

from alma_core.decide.oracle import Array, Plan, Stakes, outlays, served


class Stage(NamedTuple):
    """One release of a plan as an investment: taken on top of the steps before it, as if none came after.

    Args:
        row: of the release, 1..B.
        capacity: its number in the ladder.
        moves_up: it is larger than the model it replaces; the first release replaces none.
        update: outlay for the update itself.
        hardware: outlay for hardware.
        saving: what serving costs less, from this row to the end of the horizon, with this model kept to the end
            rather than with what served before kept to the end. Updates and hardware are not in it.
        pay_back: rows, that of the release included, until what was saved so far covers the outlay for the first
            time; 0 if there is no outlay, None if never within the horizon. As amounts are discounted, so is it. A
            model that ages may lose it again if no step follows; then `net` is negative.
    """

    row: int
    capacity: int
    moves_up: bool
    update: float
    hardware: float
    saving: float
    pay_back: int | None

    @property
    def outlay(self) -> float:
        """What has to be spent at this step."""
        return self.update + self.hardware

    @property
    def net(self) -> float:
        """Saving less outlay; over all stages of a plan it adds up to what the plan saves against never updating."""
        return self.saving - self.outlay


def stages(stakes: Stakes, plan: Plan) -> list[Stage]:
    """Read a plan as a staged investment: what each step costs, what it saves, and when it has paid back.

    Each step is held against stopping just before it, as whoever approves it would: what is in service stays there.
    So the steps add up to the plan. One of them may have a negative net and still belong to the best plan: later
    steps use the hardware it buys, or replace its model before that ages.

    Args:
        stakes: the amounts, of the mean or of one seed.
        plan: any, not only the best.
    """
    staged, before = [], served(stakes, [])
    for n, (release, outlay) in enumerate(zip(plan.releases, outlays(stakes, plan.releases), strict=True)):
        then = served(stakes, plan.releases[: n + 1])
        saved = np.cumsum((before - then)[release.row - 1 :])  # [B - row + 1] so far
        moves_up = n > 0 and release.capacity > plan.releases[n - 1].capacity
        pay_back = _pay_back(saved, sum(outlay))
        staged.append(Stage(*release, moves_up, *outlay, float(saved[-1]), pay_back))
        before = then
    return staged


def _pay_back(saved: Array, outlay: float) -> int | None:
    """Return after how many rows `saved` [n] so far covers an outlay.

    >>> [_pay_back(np.array([1.0, 3.0, 2.0, 4.0]), outlay) for outlay in (0, 1, 2, 3, 4, 5)]
    [0, 1, 2, 2, 4, None]
    """
    covered = np.flatnonzero(np.append(0.0, saved) >= outlay)  # rows after which it is
    return int(covered[0]) if len(covered) else None
