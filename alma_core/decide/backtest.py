"""What following the advice would have cost: decided after a part of a run, held against the rest of it.

Regret is the cost of the rest with the policy adopted, over that of the policy that was best in hindsight, less one.
Whoever switches after t arrivals is taken to be where the policy would be by then: its rows after t are those of the
run. "Not enough evidence" keeps today's policy and is scored so.
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from alma_core.decide import advise, pilot, rules
from alma_core.decide import panel as panels
from alma_core.decide.advise import NOT_ENOUGH, Answer
from alma_core.decide.costs import costs
from alma_core.decide.hindsight import Hindsight, hindsight
from alma_core.decide.priced import panel_for
from alma_core.decide.question import Question, placed
from alma_core.decide.record import Record
from alma_core.errors import QuestionError
from alma_core.language import _

SHARES: Final = (0.2, 0.4, 0.6)
"""Parts of a run after which the advice is asked."""


@dataclass(frozen=True)
class Tried:
    """One advice, after a part of a run.

    Args:
        run: its name.
        sheet: of the prices.
        seen: arrivals by then.
        verdict: of the advice; "": it could not be given.
        adopted: fingerprint of the policy that is followed.
        best: fingerprint of the policy that was best in hindsight.
        cost: of the rest with the best policy.
        regret: of the advice; NaN where the best policy costs nothing and it something.
        today: regret of keeping today's policy.
        rules: regret of each simple rule; none where the run lacks the models that they retrain.
        refused: why no advice could be given, in a sentence.
    """

    run: str
    sheet: str
    seen: int
    verdict: str
    adopted: str
    best: str
    cost: float
    regret: float
    today: float
    rules: dict[str, float]
    refused: str = ""


def tried(run: str, sheet: str, record: Record, question: Question, shares: Sequence[float] = SHARES) -> list[Tried]:
    """Ask for advice after parts of a run, and hold each against what came.

    Args:
        run, sheet: names.
        record: the run.
        question: what is asked; its horizon counts.
        shares: of the horizon, above 0 and below 1.

    Raises:
        QuestionError: the run cannot answer the question at all, or a share is none.
    """
    if not all(0 < share < 1 for share in shares):
        raise QuestionError(
            _(
                "{given} was given for the shares of a run that are seen, numbers above 0 and below 1 were expected; "
                "change them."
            ).format(given=", ".join(map(str, shares)))
        )
    full = panel_for(record, question.prices)
    known = advise.of_panel(full, question)
    plan = hindsight(record, question)
    found = []
    for seen in dict.fromkeys(_arrivals(share, known.panel.horizon) for share in shares):
        try:
            rows = pilot.rows_known(full, seen)
            advice = pilot.of_panel(full, record, question, seen)
        except QuestionError as error:
            found.append(_refused(run, sheet, known, seen, str(error)))
            continue
        verdict, adopted = advice.verdict, advice.panel.policies["policy"][advice.adopted]
        one = _scored(Tried(run, sheet, seen, verdict, adopted, "", 0.0, 0.0, 0.0, {}), known, rows)
        of_rules = {} if plan is None else _of_rules(plan, known, rows, one.cost)
        found.append(dataclasses.replace(one, rules=of_rules))
    return found


def _arrivals(share: float, horizon: int) -> int:
    """Return how many arrivals a share of the horizon is: at least one, and not all."""
    return max(1, min(round(share * horizon), horizon - 1))


def _refused(run: str, sheet: str, known: Answer, seen: int, why: str) -> Tried:
    """Return that no advice could be given; it keeps today's policy."""
    today = known.panel.policies["policy"][known.baseline]
    rows = seen - (known.measure.judged == "next")
    return _scored(Tried(run, sheet, seen, "", today, "", 0.0, 0.0, 0.0, {}, why), known, max(rows, 0))


class Score(NamedTuple):
    """How a policy did in the rest of a run.

    Args:
        cost, regret: its own.
        kept, today: those of today's policy.
        best, least: who was best, and at what cost.
    """

    cost: float
    regret: float
    kept: float
    today: float
    best: int
    least: float


def scored(known: Answer, adopted: str, rows: int) -> Score:
    """Hold a policy, by its fingerprint, against the rows of a run after the first ones.

    Args:
        known: the answer of the whole run.
        adopted: the policy that is followed.
        rows: those that had happened.
    """
    rest = known.costs.rows.mean(1)[:, rows:].sum(1)  # [P]
    best = int(np.where(known.allowed, rest, np.inf).argmin())
    listed = np.flatnonzero(known.panel.policies["policy"] == adopted)
    cost = float(rest[listed[0]]) if len(listed) else _of_unlisted(known, adopted, rows)
    kept, least = float(rest[known.baseline]), float(rest[best])
    return Score(cost, regret(cost, least), kept, regret(kept, least), best, least)


def _of_unlisted(known: Answer, policy: str, rows: int) -> float:
    """Return what a policy costs after the first rows that is not listed, for another comes to the same."""
    panel = placed(known.full, known.question)
    keep = np.arange(len(panel.policies)) == panel.number(policy)
    return float(costs(panels.chosen(panel, keep), known.question.prices).rows[..., rows:].sum(-1).mean())


def regret(cost: float, least: float) -> float:
    """Return what a cost is beyond the least of all policies in hindsight, as a share of that least cost.

    Formula: cost / least cost - 1.
    Unit: share of the least cost.
    Range: from 0 up; below 0 if better than all compared.

    >>> round(regret(12.0, 10.0), 2)
    0.2
    >>> regret(0.0, 0.0), regret(1.0, 0.0)  # of nothing there are no shares
    (0.0, nan)
    """
    if not least:
        return math.nan if cost else 0.0
    return cost / least - 1


def _scored(one: Tried, known: Answer, rows: int) -> Tried:
    score = scored(known, one.adopted, rows)
    best = str(known.panel.policies["policy"][score.best])
    return dataclasses.replace(one, best=best, cost=score.least, regret=score.regret, today=score.today)


def _of_rules(plan: Hindsight, known: Answer, rows: int, best: float) -> dict[str, float]:
    size = known.panel.policies["capacity"][known.baseline]
    capacity = plan.capacities.index(size) if size in plan.capacities else len(plan.capacities) // 2
    running = float(plan.running[rows:].sum())
    return {name: regret(cost + running, best) for name, cost in rules.costs(plan.stakes, capacity, rows).items()}


def shares_of_verdicts(found: Sequence[Tried]) -> dict[str, float]:
    """Return how often each verdict was given, as a share; NOT_ENOUGH is there even if it never was."""
    verdicts = [one.verdict for one in found]
    return {name: verdicts.count(name) / len(verdicts) for name in dict.fromkeys([*verdicts, NOT_ENOUGH])}
