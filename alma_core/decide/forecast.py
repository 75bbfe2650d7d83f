"""What policies would do beyond the last arrival: an estimate, read off the learning curves of a run."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from alma_core.decide.compare import LEVEL
from alma_core.decide.continued import continued
from alma_core.decide.learning_curves import FEWEST, Array
from alma_core.decide.panel import KNOWN_AHEAD, Panel, chosen, learns
from alma_core.decide.pooling import Points, curves, offsets, persistence, points, read_off, term
from alma_core.decide.timeline import Timeline, timeline
from alma_core.errors import QuestionError
from alma_core.language import _, mark

LOOKS: Final = "looks"
TOO_FEW: Final = "too_few"
UNKNOWN: Final = "unknown"
REASONS: Final = {
    LOOKS: mark("its rule looks at what arrives, so nobody knows when it would update"),
    TOO_FEW: mark("its learning curve has fewer than four points so far"),
    UNKNOWN: mark("some of its rows are unknown"),
}
"""Why a policy's future is not foretold."""
APART: Final = 1.05
"""Numbers of examples that differ by a smaller factor are one point where a curve is extended beyond them."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """A run with rows that have not happened.

    Args:
        panel: H rows of the policies that are foretold; the first T are those given.
        value: [P, S, H] what was asked for; the error, unless something else was.
        low, high: [P, H] 90 % interval of its mean over seeds; that mean itself where it is known.
        known: T. Beyond it all is estimated.
        refused: by the fingerprint of a policy that is left out, why: of REASONS.
    """

    panel: Panel
    value: Array
    low: Array
    high: Array
    known: int
    refused: dict[str, str]


class _Foretold(NamedTuple):
    """[P, S, H] values, [P, H] interval; NaN where a policy's curve has too few points."""

    values: Array
    low: Array
    high: Array


def forecast(panel: Panel, horizon: int, values: Array | None = None) -> Forecast:
    """Continue the rows of a run beyond its last arrival.

    Each policy updates by its rule, and each model to come does what the learning curve says that its policy shares
    with all that differ from it in their waits alone. A model that is there already goes on as it does: on a fixed
    test set exactly. A seed stays better or worse than the others as far as it did so in what was seen.

    Args:
        panel: T rows.
        horizon: H > T.
        values: [P, S, T] what to continue beside the error, >= 0, such as the price of a prediction's error.

    Raises:
        QuestionError: the horizon does not lie beyond the last arrival.
    """
    if horizon <= panel.horizon:
        raise QuestionError(
            _("A forecast to arrival {given} was asked for, but {known} are known; ask for a later one.").format(
                given=horizon, known=panel.horizon
            )
        )
    when = timeline(panel, horizon)
    refused = _not_foretold(panel, panel["error"] if values is None else values)  # [P]
    error = _Foretold(*(
        np.minimum(part, panel.measure.most) for part in _foretold(panel, panel["error"], when, refused == "")
    ))  # fmt: skip
    asked = error if values is None else _foretold(panel, values, when, refused == "")
    is_short = np.isnan(error.values).any((1, 2)) | np.isnan(asked.values).any((1, 2))
    refused = np.where((refused == "") & is_short, TOO_FEW, refused)
    kept = refused == ""
    rows = {"error": error.values[kept]} | continued(panel, when, kept)
    return Forecast(
        replace(chosen(panel, kept), rows=rows),
        asked.values[kept],
        asked.low[kept],
        asked.high[kept],
        panel.horizon,
        {str(name): str(code) for name, code in zip(panel.policies["policy"], refused, strict=True) if code},
    )


def _not_foretold(panel: Panel, values: Array) -> NDArray[np.str_]:
    """Return [P] why a policy is refused whatever its curve; "": it is not."""
    looks = learns(panel.policies) & ~panel.policies["schedule"].isin(KNOWN_AHEAD).to_numpy()
    is_known = np.isfinite(values).all((1, 2)) & np.isfinite(panel["error"]).all((1, 2))
    return np.where(looks, LOOKS, np.where(is_known, "", UNKNOWN))


def _foretold(panel: Panel, values: Array, when: Timeline, kept: NDArray[np.bool_]) -> _Foretold:
    """Continue `values` [P, S, T] of the policies in `kept` [P]; others stay NaN."""
    seen, mean = panel.horizon, values.mean(1)
    later = when.since.shape[1] - seen
    found = _Foretold(*(_lengthened(known, later) for known in (values, mean, mean)))
    groups = [numbers[kept[numbers]] for numbers in curves(panel.policies)]
    groups = [numbers for numbers in groups if len(numbers)]
    of = [points(panel, values, when, numbers) for numbers in groups]
    stays = persistence(of)
    for numbers, curve in zip(groups, of, strict=True):
        _hold(found, panel, when, numbers)
        _follow(found, panel, when, numbers, curve, stays)
    return found


def _lengthened(known: Array, later: int) -> Array:
    """Return [..., T + later] with NaN where nothing is known."""
    return np.concatenate([known, np.full((*known.shape[:-1], later), np.nan)], -1)


def _hold(found: _Foretold, panel: Panel, when: Timeline, numbers: NDArray[np.int64]) -> None:
    """Fill in the rows that are served by what serves at T: on a fixed test set the value stays.

    Judged on the next mega-batch only what is in service before the first update is held, at its mean; models follow
    their curve.
    """
    seen = panel.horizon
    for number in numbers:
        rows = np.flatnonzero(when.since[number, seen:] <= seen) + seen
        if panel.measure.judged != "next":
            found.values[number][:, rows] = found.values[number, :, seen - 1 : seen]
            found.low[number, rows] = found.high[number, rows] = found.low[number, seen - 1]
        elif when.since[number, seen - 1] == 0 and seen >= FEWEST:
            known = found.values[number, :, :seen]  # [S, T]
            found.values[number][:, rows] = known.mean(1, keepdims=True)
            spread = known.mean(0).std(ddof=1) * np.sqrt(1 + 1 / seen)
            half = float(stdtrit(seen - 1, (1 + LEVEL) / 2)) * spread
            found.low[number, rows] = max(known.mean() - half, 0)
            found.high[number, rows] = known.mean() + half


def _follow(
    found: _Foretold, panel: Panel, when: Timeline, numbers: NDArray[np.int64], curve: Points, stays: float
) -> None:
    """Fill in what follows the curve, where it has points enough."""
    if len(curve.x) < FEWEST:
        return
    seen = panel.horizon
    is_open = np.isnan(found.values[numbers, 0, seen:]) & (when.since[numbers, seen:] > 0)  # [n, H - T]
    farthest = (when.examples[numbers, seen:] * is_open).max(1)  # [n] examples of the largest model to come
    if _sizes(curve.x) < FEWEST:
        is_open &= (farthest <= APART * curve.x.max())[:, None]
    who, later = np.nonzero(is_open)
    if not len(who):
        return
    who, later = numbers[who], later + seen  # [M] each
    x = when.examples[who, later]
    said = read_off(curve, x, term(panel, when)[who, later])
    found.values[who, :, later] = said.mean[:, None] * (1 + stays * offsets(curve))  # [M, S]
    found.low[who, later], found.high[who, later] = said.low_measured, said.high_measured


def _sizes(x: Array) -> int:
    """Return how many numbers of examples [N] a curve has seen, those that hardly differ as one.

    >>> _sizes(np.array([71.0, 72.0, 143.0, 144.0]))
    2
    """
    counted, last = 0, 0.0
    for size in np.sort(x):
        if size > APART * last:
            counted, last = counted + 1, float(size)
    return counted
