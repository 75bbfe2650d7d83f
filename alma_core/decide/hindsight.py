"""What every schedule of full retraining would have cost: a run's models, from scratch on all data at each arrival.

With such policies in a run, an error depends only on when a model was trained, at which capacity, and when it is
judged. Judged on the next mega-batch these models are held against every later row; on a fixed test set they do alike
at all of them.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import costs as amounts
from alma_core.decide import operating
from alma_core.decide import panel as panels
from alma_core.decide.compare import Estimate, paired
from alma_core.decide.costs import Costs, costs
from alma_core.decide.late import lateness, whole_and_part
from alma_core.decide.matching import rungs
from alma_core.decide.oracle import Plan, Stakes, best_plan, evaluate
from alma_core.decide.panel import Panel
from alma_core.decide.priced import needed, with_models
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices, check
from alma_core.decide.question import Question, at_its_place
from alma_core.decide.record import Record

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hindsight:
    """The best schedule in hindsight of a run's own models.

    Args:
        capacities: [C] of the ladder, small first.
        stakes: the mean over seeds.
        plan: solved on it.
        totals: [S] what the plan costs with each seed, with the labels and the upkeep of a policy that updates.
        running: [B] those labels and that upkeep, the mean over seeds; they are in no amount of the stakes.
    """

    capacities: tuple[str, ...]
    stakes: Stakes
    plan: Plan
    totals: Array
    running: Array

    def regret(self, total: Array) -> Estimate:
        """Return what a policy of these totals [S] costs more than the plan, paired over seeds; it may be negative."""
        return paired(total, self.totals)


def hindsight(record: Record, question: Question) -> Hindsight | None:
    """Return the best schedule in hindsight; None where the run lacks such models, or mega-batches are made coarser.

    None too where updates of a fiscal year count and dates go back, as those of files may.
    None, too, where models are not judged at all later rows.

    Args:
        record: the run.
        question: its horizon, capacities, prices and limits count.

    Raises:
        QuestionError: the run cannot answer the question as put.
    """
    check(question.prices, record.measure)
    if question.factor != 1:
        return None
    full = _retrained(record, needed(question.prices))
    wanted = full.learns
    if question.capacities is not None:
        wanted = wanted & full.policies["capacity"].isin(question.capacities).to_numpy()
    if not wanted.any():
        return None
    panel = at_its_place(panels.chosen(full, wanted | ~full.learns), question)
    years = _years(panel, question)
    if (np.diff(years) < 0).any() or not _is_judged_throughout(panel):
        return None
    return _solved(panel, question, years)


@lru_cache(maxsize=4)  # whatever is asked of a run, its models and what they did stay the same
def _retrained(record: Record, needs: Prices) -> Panel:
    """Return the rows of the policies that such a plan is made of and of the incumbent, with all that prices need."""
    full = panels.panel(record.ledger, record.measure)
    some = panels.chosen(full, full_retraining(full.policies) | ~full.learns)
    if not some.learns.any():
        return some
    return with_models(some, record, needs, full.horizon - 1 if record.measure.judged == "next" else 0)


def _is_judged_throughout(panel: Panel) -> bool:
    """Return whether every model is judged at each later row; runs made before there was such a table lack it."""
    error = panel.models["error"][panel.learns]  # [P, S, T, D]
    horizon, depth = error.shape[2:]
    inside = np.arange(horizon)[:, None] + np.arange(depth) < horizon  # [T, D]
    return not np.isnan(error[..., inside]).any()


def full_retraining(policies: pd.DataFrame) -> NDArray[np.bool_]:
    """Return [P] which policies train one network from scratch on all data at every arrival."""
    is_full = (policies["start"] == "scratch") & (policies["replay"] == 1) & (policies["window"] == 0)
    return panels.plain(policies) & is_full.to_numpy() & (policies["waiting_time"] == 1).to_numpy()


def _years(panel: Panel, question: Question) -> NDArray[np.int64]:
    """Return [T] the fiscal year of each row where updates of a year count; else one for all."""
    prices = question.prices
    if prices.updates_included is None and question.limits.updates_per_year is None:
        return np.zeros(panel.horizon, np.int64)
    return panel.calendar.fiscal_years(panel.horizon, prices.fiscal_year_from)


def _solved(panel: Panel, question: Question, years: NDArray[np.int64]) -> Hindsight:
    prices = question.prices
    rung = rungs(panel.policies)
    ladder = sorted(np.flatnonzero(panel.learns).tolist(), key=lambda number: float(rung[number]))  # [C]
    now = replace(panel, models={name: array[..., :1] for name, array in panel.models.items()})
    priced = costs(now, prices)  # as if nothing were late
    lag, is_open = lateness(panel, prices)
    late = (*whole_and_part(lag), is_open)
    by_seed = [_stakes(panel, priced, question, ladder, seed, late, years) for seed in range(panel.seeds)]
    mean = replace(
        by_seed[0],
        serve=np.mean([one.serve for one in by_seed], 0),
        incumbent=np.mean([one.incumbent for one in by_seed], 0),
        update=np.mean([one.update for one in by_seed], 0),
    )
    running = priced.of("labels", "upkeep")[ladder[0]]  # [S, T] whatever is updated when
    of_learning = running.sum(-1)  # [S]
    plan = best_plan(mean)
    if plan.releases and plan.total + of_learning.mean() >= mean.incumbent.sum():
        plan = Plan([], evaluate(mean, []))
    totals = np.array([evaluate(one, plan.releases).sum() for one in by_seed])
    totals += of_learning if plan.releases else 0.0
    return Hindsight(tuple(panel.policies["capacity"].iloc[ladder]), mean, plan, totals, running.mean(0))


def _stakes(
    panel: Panel,
    priced: Costs,
    question: Question,
    ladder: list[int],
    seed: int,
    late: tuple[int, float, NDArray[np.bool_]],
    years: NDArray[np.int64],
) -> Stakes:
    """Return the amounts of one seed; a model of row i goes into service `whole` rows later."""
    whole, overlap, is_open = late
    prices, worth, horizon = question.prices, priced.worth, panel.horizon
    trained = np.arange(horizon) - whole  # [T] row at which the model released at each row was trained
    exists = (panel["updated"][ladder, seed].T > 0)[np.maximum(trained, 0)] & (trained >= 0)[:, None]  # [T, C]
    serve = np.stack([_serving(panel, prices, number, seed) for number in ladder], 1)  # [T, C, T]
    is_later = np.arange(horizon) >= np.arange(horizon)[:, None]  # [T, T]
    serve = np.where(exists[..., None] & is_later[:, None], serve[np.maximum(trained, 0)] * worth, np.nan)
    training = (priced.of("training")[ladder, seed] / worth).T[np.maximum(trained, 0)]  # [T, C]
    hardware = np.array([dict(prices.hardware).get(name, 0.0) for name in panel.policies["capacity"].iloc[ladder]])
    before = np.flatnonzero(~panel.learns)[0]
    beyond = 0.0 if prices.day_rate_beyond is None else prices.day_rate_beyond - prices.day_rate
    most = question.limits.updates_per_year
    return Stakes(
        serve=serve,
        incumbent=priced.of(*amounts.OF_ERRORS, "predicting")[before, seed],
        update=(training + prices.price_per_update) * worth[:, None],
        hardware=hardware * worth[:, None],
        allowed=is_open,
        year=years,
        extra=beyond * prices.days_per_update * worth,
        overlap=overlap,
        included=prices.updates_included,
        most=None if most is None else math.floor(most),
    )


def _serving(panel: Panel, prices: Prices, number: int, seed: int) -> Array:
    """Return [T, T] what the model of each row i costs at each row j >= i if it serves there, before discounting."""
    wrong = _priced_errors(panel, prices, number, seed)  # [T, D] by row of the model and rows after it
    horizon, i = panel.horizon, np.arange(panel.horizon)
    late = np.clip(i - i[:, None], 0, wrong.shape[1] - 1)  # [T, T] on a fixed test set always 0
    seconds = amounts.seconds_per_prediction(panel, prices)[number, seed]  # [T]
    predicting = seconds * (not prices.nightly_hours) * prices.price_per_device_hour / 3600
    each = prices.use * np.take_along_axis(wrong, late, 1) + predicting[:, None]  # [T, T] of one prediction
    return np.asarray(each * panel["volume"][number, seed][:horizon])


def _priced_errors(panel: Panel, prices: Prices, number: int, seed: int) -> Array:
    """Return [T, D] what the errors of one prediction cost."""
    models = {name: array[..., number : number + 1, seed : seed + 1, :, :] for name, array in panel.models.items()}
    if prices.kind == PER_ERROR:
        return np.asarray(prices.price_per_error * models["error"][0, 0])
    if prices.kind == MATRIX:
        return np.asarray(np.tensordot(np.array(prices.price_matrix), models["cells"], 2)[0, 0])
    level = operating.levels(replace(panel, models=models), prices)  # [1, 1, T, 1]
    deep = np.broadcast_to(level, models["cases"].shape[1:])  # [1, 1, T, D]
    rates = operating.at(models["rates"], deep)  # [2, 1, 1, T, D]
    return np.asarray(operating.priced(rates, models["cases"], prices)[0, 0])
