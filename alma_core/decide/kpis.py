"""The figures a policy is judged by; each is a pure function of arrays whose last axis is the arrival.

Errors are shares 0..1, or numbers >= 0 in the target's unit; so are the figures, of which each has a hand-made
example, which is a test. The Guide shows what the docstrings say: their first sentence, the lines of formula, unit and
range, and the first example.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alma_core.decide.measure import Measure
from alma_core.language import mark

Array = NDArray[np.float64]


def default_span(horizon: int) -> int:
    """Return how many rows "short-term" and "long-term" cover: 20 % of the horizon, rounded half up, at least 1.

    >>> [default_span(horizon) for horizon in (1, 2, 12, 13, 50)]
    [1, 1, 2, 3, 10]
    """
    return max(1, math.floor(0.2 * horizon + 0.5))


def mean_error(error: Array) -> Array:
    """Return the plain mean over all arrivals: how good the model is on average.

    Formula: sum of all errors / number of arrivals.
    Unit: share of wrong predictions, or the target's unit.
    Range: 0 to 1 for a share, else from 0 up.

    >>> float(mean_error(np.array([0.8, 0.4, 0.2, 0.2])).round(3))
    0.4
    """
    return np.asarray(error.mean(-1))


def cumulative_error(error: Array, test_size: Array) -> Array:
    """Return the sum of error x predictions judged: the paper's CER, a count of wrong predictions.

    Where numbers are predicted it is how far all predictions together are off.

    Formula: error x predictions judged, added up over arrivals.
    Unit: wrong predictions, or the target's unit.
    Range: from 0 up.

    >>> float(cumulative_error(np.array([0.5, 0.25]), np.array([100, 200])))
    100.0
    """
    return np.asarray((error * test_size).sum(-1))


def short_term_error(error: Array, rows: int) -> Array:
    """Return the mean error over the first arrivals: how soon the model is useful.

    Formula: mean of the first errors, by default a fifth of all.
    Unit: share of wrong predictions, or the target's unit.
    Range: 0 to 1 for a share, else from 0 up.

    >>> float(short_term_error(np.array([0.8, 0.4, 0.2, 0.2]), 2).round(3))
    0.6
    """
    return np.asarray(error[..., :rows].mean(-1))


def long_term_error(error: Array, rows: int) -> Array:
    """Return the mean error over the last arrivals: how good the model becomes.

    Formula: mean of the last errors, by default a fifth of all.
    Unit: share of wrong predictions, or the target's unit.
    Range: 0 to 1 for a share, else from 0 up.

    >>> float(long_term_error(np.array([0.8, 0.4, 0.2, 0.2]), 2).round(3))
    0.2
    """
    return np.asarray(error[..., -rows:].mean(-1))


def final_error(error: Array) -> Array:
    """Return the error at the last arrival: how good the model is that remains.

    Formula: the last error.
    Unit: share of wrong predictions, or the target's unit.
    Range: 0 to 1 for a share, else from 0 up.

    >>> float(final_error(np.array([0.8, 0.1, 0.3])))
    0.3
    """
    return error[..., -1]


def worst_error(error: Array) -> Array:
    """Return the largest error at any arrival: the worst moment.

    Formula: the largest of all errors.
    Unit: share of wrong predictions, or the target's unit.
    Range: 0 to 1 for a share, else from 0 up.

    >>> float(worst_error(np.array([0.2, 0.8, 0.3])))
    0.8
    """
    return np.asarray(error.max(-1))


def spread(figure: Array) -> Array:
    """Return the standard deviation over seeds: how far chance moves a figure.

    Formula: square root of (squared distances from the mean added up / (seeds - 1)).
    Unit: that of the figure.
    Range: from 0 up; none with a single seed.

    Args:
        figure: [..., S].

    >>> float(spread(np.array([0.1, 0.2, 0.3])).round(3))
    0.1
    """
    return np.asarray(figure.std(-1, ddof=1)) if figure.shape[-1] > 1 else np.full(figure.shape[:-1], math.nan)


def shape_changes(members: Array, params: Array, model_t: Array) -> Array:
    """Return how often what serves changed its shape: other networks in number, or other weights.

    Formula: changes from one arrival to the next, counted.
    Unit: changes.
    Range: from 0 up.

    Args:
        members: [..., T] networks that predict together.
        params: [..., T] weights in service.
        model_t: [..., T] arrival of the model in service; that it follows on the incumbent (0) is no change.

    >>> float(shape_changes(np.array([0, 1, 1, 2]), np.array([0, 9, 9, 18]), np.array([0, 2, 3, 4])))
    1.0
    """
    changed = (np.diff(members) != 0) | (np.diff(params) != 0)
    return np.asarray((changed & (model_t[..., :-1] > 0)).sum(-1, dtype=np.float64))


KPIS: Final = {
    "short_term_error": mark("Short-term error"),
    "long_term_error": mark("Long-term error"),
    "mean_error": mark("Mean error"),
    "final_error": mark("Final error"),
    "worst_error": mark("Worst moment"),
    "cost": mark("Total cost"),
}
"""The figures that pages offer, and what they call them."""

OF_NUMBERS: Final = {
    "short_term_error": mark("Error, short-term"),
    "long_term_error": mark("Error, long-term"),
    "mean_error": mark("Error on average"),
    "final_error": mark("Error at the end"),
}
"""What they are called where numbers are predicted, if otherwise."""


def words(measure: Measure) -> dict[str, str]:
    """Return KPIS as they suit the errors of a run."""
    return KPIS if measure.is_share else KPIS | OF_NUMBERS


def kpis(error: Array, test_size: Array, short: int, long: int) -> dict[str, Array]:
    """Return every error figure of [..., T] rows.

    Args:
        error: [..., T].
        test_size: [..., T] rows judged.
        short, long: rows of the short-term and long-term figure.
    """
    return {
        "short_term_error": short_term_error(error, short),
        "long_term_error": long_term_error(error, long),
        "mean_error": mean_error(error),
        "final_error": final_error(error),
        "worst_error": worst_error(error),
        "cumulative_error": cumulative_error(error, test_size),
    }
