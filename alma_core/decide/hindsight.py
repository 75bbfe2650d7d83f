"""What every schedule of full retraining would have cost: a run's models, from scratch on all data at each arrival.

With such policies in a run, an error depends only on when a model was trained, at which capacity, and when it is
judged. Judged on the next mega-batch these models are held against every later row; on a fixed test set they do alike
at all of them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import costs as amounts
from alma_core.decide import operating, panel as panels, priced, select
from alma_core.decide import record as records
from alma_core.decide.advise import Answer
from alma_core.decide.incumbent import with_incumbent
from alma_core.decide.late import Service, lateness
from alma_core.decide.oracle import Plan, Stakes, best_plan, evaluate
from alma_core.decide.panel import Panel
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices
from alma_core.decide.record import Record

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hindsight:
    """The best schedule in hindsight of a run's own models.

    Args:
        capacities: [C] of the ladder, small first.
        stakes: the mean over seeds.
        plan: solved on it.
        totals: [S] what the plan costs with each seed, labels and upkeep of a policy that updates included.
    """

    capacities: tuple[str, ...]
    stakes: Stakes
    plan: Plan
    totals: Array

    def regret(self, answer: Answer) -> Array:
        """Return [S] what the recommended policy costs more than the plan; below 0 where it beats it."""
        return np.asarray(answer.costs.total[answer.recommended] - self.totals)


def full_retraining(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies train one network from scratch on all data at every arrival."""
    is_full = (policies["start"] == "scratch") & (policies["replay"] == 1) & (policies["window"] == 0)
    return panels.plain(policies) & is_full.to_numpy() & (policies["waiting_time"] == 1).to_numpy()
