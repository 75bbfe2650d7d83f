"""Late service: labels that come late, updates that take days to release, months in which nothing is released.

With lag = (label delay + release days) / days per arrival, n = floor(lag) and f = lag - n, the model of row s serves
from row s + n + f on. Nothing is released while row t is closed. It trains nothing (DESIGN, section 7).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.panel import Panel
from alma_core.decide.prices import Prices
from alma_core.errors import QuestionError
from alma_core.language import _

MIXED = ("error", "loss", "inference_flops", "inference_seconds")
"""What a row has of each model that serves in it, by the share of the row."""
OF_THE_NEWEST = ("model_t", "members", "params")
OF_AN_UPDATE = ("train_flops", "train_macs_forward", "evaluation_flops", "seconds", "examples_trained")
"""What an update takes: it stands at the row where it trains, and counts if a model that holds it is released."""


@dataclass(frozen=True, eq=False)
class Service:
    """Who serves at each row.

    Args:
        served: [J, T] rows s whose model serves; below 0: the incumbent.
        shares: [J, T] of the row; they add up to 1.
        released: [T] row at which an update of each row goes into service; T: beyond the horizon.
        held: [T] whether that is the start of that row, and one release with all others that are held until then;
            else it is released by itself, within the row.
    """

    served: NDArray[np.int64]
    shares: NDArray[np.float64]
    released: NDArray[np.int64]
    held: NDArray[np.bool_]


def service(rows: int, lag: float, is_open: NDArray[np.bool_]) -> Service:
    """Return who serves at each of T rows.

    Args:
        rows: T.
        lag: in arrivals, >= 0.
        is_open: [T] whether something may be released there.

    >>> service(3, 1.25, np.ones(3, bool)).served.tolist()
    [[-1, 0, 1], [-2, -1, 0]]
    >>> service(3, 1.25, np.ones(3, bool)).shares.tolist()
    [[0.75, 0.75, 0.75], [0.25, 0.25, 0.25]]
    """
    whole, part = whole_and_part(lag)
    t = np.arange(rows)
    last_open = np.maximum.accumulate(np.where(is_open, t, -1))  # [T] itself where open; -1: none yet
    newest = np.where(last_open >= 0, last_open - whole, -1)
    served = np.stack([newest, np.where(is_open, newest - 1, newest)])  # [2, T]
    shares = np.stack([np.where(is_open, 1 - part, 1.0), np.where(is_open, part, 0.0)])  # [2, T]
    if not part:
        served, shares = served[:1], shares[:1]
    released = np.searchsorted(np.maximum.accumulate(newest), t, side="left")  # [T] first row whose newest is as new
    is_held = (released > t + whole) | (part == 0)  # [T] what is ready as a row begins joins what waited for it
    return Service(served, shares, released, is_held)


def whole_and_part(lag: float) -> tuple[int, float]:
    """Return the whole arrivals of a lag, and what is left of it, 0..1; rounding is no lag.

    >>> whole_and_part(1.25), whole_and_part(0.1 + 0.2 + 0.7)
    ((1, 0.25), (1, 0.0))
    """
    whole = math.floor(lag + 1e-9)
    return whole, lag - whole if lag - whole >= 1e-9 else 0.0


def lateness(panel: Panel, prices: Prices) -> tuple[float, NDArray[np.bool_]]:
    """Return how many arrivals late a model goes into service, and [T] whether something may be released at a row.

    Raises:
        QuestionError: time is asked for and not known.
    """
    days = prices.release_days + (0.0 if panel.measure.dates_labels else prices.label_delay)
    lag = days / panel.calendar.known_days() if days else 0.0
    if not prices.freeze_months:
        return lag, np.ones(panel.horizon, bool)
    return lag, ~np.isin(panel.calendar.months(), prices.freeze_months)


def in_service(panel: Panel, prices: Prices) -> Panel:
    """Return the panel as its models go into service; without lateness, as it is.

    Raises:
        QuestionError: time is asked for and not known, or a model would be judged later than the run tells.
    """
    lag, is_open = lateness(panel, prices)
    if not lag and is_open.all():
        return replace(panel, models={name: array[..., :1] for name, array in panel.models.items()})
    who = service(panel.horizon, lag, is_open)
    judged = {name for name in panel.models if not name.startswith("validation")}
    models = {
        name: _judged(array, panel, who) if name in judged else _taken(array[..., 0], panel, who)
        for name, array in panel.models.items()
    }
    mixed = {name: _taken(panel.rows[name], panel, who) for name in MIXED} | {"error": models["error"]}
    rows = dict(panel.rows)
    rows |= {name: (array * who.shares.T).sum(-1) for name, array in mixed.items()}  # [P, S, T, J] -> [P, S, T]
    rows |= {name: _taken(panel.rows[name], panel, who)[..., 0] for name in OF_THE_NEWEST}
    rows |= {name: panel.rows[name] * (who.released < panel.horizon) for name in OF_AN_UPDATE}
    rows |= {name: _releases(panel.rows[name], who) for name in ("updated", "deployed")}
    return replace(panel, rows=rows, models=models, shares=who.shares, released=who.released)


def when_released(panel: Panel, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [P, S, T] amounts of updates, which stand where they train, at the rows where they are released."""
    return amounts if panel.released is None else _moved(amounts, panel.released)


def _judged(array: NDArray[np.float64], panel: Panel, who: Service) -> NDArray[np.float64]:
    """Return [..., P, S, T, J] how the models that serve at each row do there, of [..., P, S, T, D].

    On a fixed test set a model does alike at every later row.

    Raises:
        QuestionError: a model serves at a later row than the run judges it at.
    """
    t, depth = np.arange(panel.horizon), array.shape[-1]
    shown = []
    for rows in who.served:  # [T]
        late = np.where(rows < 0, 0, t - rows) if panel.measure.judged == "next" else np.zeros_like(t)
        if late.max() >= depth:
            raise QuestionError(
                _(
                    "Models go into service {given} arrivals late at times, but this run judges a model at {known} "
                    "later ones at most; state a shorter delay, fewer months without releases, or the run's own size "
                    "of mega-batch."
                ).format(given=int(late.max()), known=depth - 1)
            )
        of_models = array[..., np.maximum(rows, 0), late]  # [..., P, S, T]
        shown.append(_or_incumbent(of_models, array[..., 0], panel, rows))
    return np.stack(shown, -1)


def _taken(values: NDArray[np.float64], panel: Panel, who: Service) -> NDArray[np.float64]:
    """Return [..., P, S, T, J] what the models that serve at each row are, of [..., P, S, T]."""
    shown = [_or_incumbent(values[..., np.maximum(rows, 0)], values, panel, rows) for rows in who.served]
    return np.stack(shown, -1)


def _or_incumbent(
    of_models: NDArray[np.float64], values: NDArray[np.float64], panel: Panel, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Put the incumbent's values [..., S, T] where rows are below 0.

    Raises:
        QuestionError: nothing is known of the incumbent.
    """
    if (rows >= 0).all():
        return of_models
    before = np.flatnonzero(~panel.learns)
    if not len(before):
        raise QuestionError(_("The run's ledger holds no rows of what serves before the first update; make it again."))
    return np.where(rows >= 0, of_models, values[..., before[:1], :, :])


def _releases(updated: NDArray[np.float64], who: Service) -> NDArray[np.float64]:
    """Return [P, S, T] releases in each row, of [P, S, T] updates: at its start one at most, for all that are held."""
    together = _moved(updated * who.held, who.released)
    return np.minimum(together, 1.0) + _moved(updated * ~who.held, who.released)


def _moved(values: NDArray[np.float64], released: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return [P, S, T] values with those of each row added up at the row where it is released."""
    result = np.zeros_like(values)
    for row, at in enumerate(released.tolist()):
        if at < values.shape[-1]:
            result[..., at] += values[..., row]
    return result
