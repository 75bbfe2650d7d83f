"""The advice from the first arrivals only, or beyond the last one: what is not known yet is foretold.

An estimate: each policy's rows to come are read off the learning curves of what was seen (`forecast`), and the interval
of every saving is widened by how uncertain those curves are.
"""

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alma_core.decide import advise, operating
from alma_core.decide import panel as panels
from alma_core.decide.advise import Answer
from alma_core.decide.coarsening import coarser
from alma_core.decide.compare import SIGMAS
from alma_core.decide.conditions import shifted
from alma_core.decide.costs import worth_of_rows
from alma_core.decide.forecast import REASONS, Forecast, forecast
from alma_core.decide.foreseen import Foreseen
from alma_core.decide.panel import Panel
from alma_core.decide.pooling import curves
from alma_core.decide.priced import panel_for
from alma_core.decide.prices import MATRIX, PER_ERROR, Prices
from alma_core.decide.question import Question, at_its_place
from alma_core.decide.record import Record
from alma_core.decide.select import today
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.ledger import LEVELS

Array = NDArray[np.float64]


def pilot(record: Record, question: Question, seen: int | None = None) -> Answer:
    """Answer a question from the first `seen` arrivals; the rest of its horizon is foretold.

    What was seen is over: only the cost of the rest counts.

    Args:
        record: the run.
        question: what the reader asks; its horizon may lie beyond the data.
        seen: arrivals that have happened; judged on the next mega-batch, the newest one is not judged yet. None: all
            that there are, and their cost counts too.

    Raises:
        QuestionError: nothing lies beyond what is seen, the prices cannot be foretold, or today's policy cannot.
    """
    return of_panel(panel_for(record, question.prices), record, question, seen)


def of_panel(full: Panel, record: Record, question: Question, seen: int | None = None) -> Answer:
    """As `pilot`, from the rows of the whole run with what the prices need."""
    horizon = full.horizon if question.horizon is None else question.horizon
    known = full.horizon if seen is None else rows_known(full, seen)
    _check(full, question)
    first = at_its_place(full, dataclasses.replace(question, horizon=known))
    first = dataclasses.replace(first, models={name: array[..., :1] for name, array in first.models.items()})
    baseline = today(first, coarser(first, question.factor), question.baseline)
    rows, foreseen = _foretold(first, question.prices, horizon, 0 if seen is None else known)
    if baseline in foreseen.refused:
        raise QuestionError(
            _("Today's policy cannot be foretold ({reason}); choose another one, or less to foretell.").format(
                reason=_(REASONS[foreseen.refused[baseline]])
            )
        )
    answer = advise.of_panel(rows, dataclasses.replace(question, horizon=horizon, baseline=baseline))
    return dataclasses.replace(answer, foreseen=foreseen, shifts=shifted(record.tables.shift, known))


def rows_known(full: Panel, seen: int) -> int:
    """Return how many rows of a run are known once so many arrivals have happened.

    Raises:
        QuestionError: none are, or the run has fewer arrivals.
    """
    is_next = int(full.measure.judged == "next")
    if not 1 + is_next <= seen <= full.horizon:
        raise QuestionError(
            _("{given} arrivals were given as seen, {least} to {most} were expected; change it.").format(
                given=seen, least=1 + is_next, most=full.horizon
            )
        )
    return seen - is_next


def _check(full: Panel, question: Question) -> None:
    prices = question.prices
    if prices.kind == MATRIX or (prices.is_late and full.measure.judged == "next"):
        raise QuestionError(
            _(
                "A forecast was asked for with a matrix of prices, or with late service judged on the next mega-batch, "
                "which cannot be foretold; state one or two prices per error and no delay, or a horizon that is known."
            )
        )


def _foretold(first: Panel, prices: Prices, horizon: int, sunk: int) -> tuple[Panel, Foreseen]:
    """Return the rows up to the horizon, of which the first are sunk, and how uncertain what they cost is."""
    calendar = first.calendar.longer(horizon)
    if prices.kind == PER_ERROR:
        found = forecast(first, horizon)
        models = {"error": found.panel["error"][..., None]}
        priced, price = found, prices.price_per_error
    else:
        found, models, priced = _of_two_kinds(first, prices, horizon)
        price = 1.0
    rows = dataclasses.replace(found.panel, models=models, calendar=calendar, sunk=sunk)
    return rows, _doubt(rows, prices, priced, price)


def _of_two_kinds(first: Panel, prices: Prices, horizon: int) -> tuple[Forecast, dict[str, Array], Forecast]:
    """Continue both kinds of errors, at the levels that are chosen at these prices, and what they cost together."""
    level = operating.levels(first, prices)  # [P, S, T, 1]
    rates = operating.at(first.models["rates"], level)[..., 0]  # [2, P, S, T]
    cost = operating.priced(rates[..., None], first.models["cases"], prices)[..., 0]  # [P, S, T] of one prediction
    of_each = [forecast(first, horizon, values) for values in (*rates.astype(np.float64), cost)]
    refused = of_each[0].refused | of_each[1].refused | of_each[2].refused
    kept = ~first.policies["policy"].isin(list(refused)).to_numpy()  # [P]
    names = first.policies["policy"][kept]
    of_each = [dataclasses.replace(_only(one, names), refused=refused) for one in of_each]
    both = np.stack([one.value for one in of_each[:2]])  # [2, P', S, H]
    known, later = first.horizon, horizon - first.horizon
    before = panels.chosen(first, kept).models
    flat = np.broadcast_to(both[:, None, ..., known:, None], (2, LEVELS, *both.shape[1:3], later, 1))
    models = {
        "error": of_each[2].panel["error"][..., None],
        "rates": np.concatenate([before["rates"], flat], -2),
        "cases": _lengthened(before["cases"], later),
        "validation": np.concatenate([before["validation"], np.zeros(flat.shape)], -2),
        # no level is chosen for a model to come: its rates are those at the levels of today's prices
        "validation_cases": np.concatenate([before["validation_cases"], np.zeros((2, *flat.shape[2:]))], -2),
    }
    return of_each[0], models, of_each[2]


def _only(found: Forecast, names: "pd.Series[str]") -> Forecast:
    """Return a forecast of these policies only; it holds all of them."""
    keep = found.panel.policies["policy"].isin(names).to_numpy()
    return dataclasses.replace(
        found,
        panel=panels.chosen(found.panel, keep),
        value=found.value[keep],
        low=found.low[keep],
        high=found.high[keep],
    )


def _lengthened(array: Array, later: int) -> Array:
    """Return [..., H, 1] of [..., T, 1], continued at its mean."""
    return np.concatenate([array, np.repeat(array.mean(-2, keepdims=True), later, -2)], -2)


def _doubt(rows: Panel, prices: Prices, priced: Forecast, price: float) -> Foreseen:
    """Return the standard deviation of what each policy's future errors cost, as far as curves are uncertain."""
    acted = (rows["volume"] * prices.use).mean(1) * worth_of_rows(rows, prices.discount_rate)  # [P, H]
    spread = (priced.high - priced.low) / (2 * SIGMAS) * price  # [P, H] of one prediction
    curve = np.zeros(len(rows.policies), np.int64)
    for number, members in enumerate(curves(rows.policies)):
        curve[members] = number
    names, known = rows.policies["policy"], priced.known
    seen: dict[str, Array] = {}
    if rows.measure.judged == "next":
        cost = (rows["volume"] * prices.use * priced.value * price).mean(1)  # [P, H]
        has_model = np.asarray((rows["model_t"] > 0).all(1)) | ~rows.learns[:, None]
        cost = np.where(has_model, cost, np.nan)
        seen = dict(zip(names, cost, strict=True))
    of_policy = dict(zip(names, zip((acted * spread).sum(1).tolist(), curve.tolist(), strict=True), strict=True))
    return Foreseen(known, of_policy, seen, priced.refused)
