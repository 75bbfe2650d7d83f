"""What error a policy promises, period by period, with the band in which one later period should lie; and its verdict.

A band is a 90 % prediction interval of ONE period's error, measured on n labelled cases:

    low, high = error -/+ hypot(training + run, own)
    training  = t(S - 1) x s x sqrt(1 + 1 / S)           another training run; s: standard deviation over the S seeds
    run       = z x sqrt(c / m)                          the m cases that the simulation was judged on
    own       = z x sqrt(2 v + c / n) + 1 / (2 n)        the period itself (the last term for shares alone)

(`training` and `run` are added as squares too.) z is the normal's 1.645, t Student's. c, the variance of one case, is
p (1 - p) for a share, p with half a wrong case added to the run's; for a number it is the squared error, as of absolute
errors that are distributed exponentially. v, the variance between arrivals judged on the next mega-batch, is taken from
the median square of the differences of neighbouring rows, less what seeds and cases explain; it counts twice, for the
run's own arrival is a draw too. On a fixed test set arrivals are alike and v is 0. The band is never narrower than the
seeds' own spread. With one seed there is no `training`. No band covers a change of the data.

Beyond the horizon the last L rows (the long-term error) go on: their mean, and the spread between them where that is
larger than 2 v.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from alma_core.decide.advise import Answer
from alma_core.decide.compare import LEVEL, SIGMAS

AS_PREDICTED, BETTER, ABOVE, REVIEW = VERDICTS = ("as predicted", "better", "above once", "review")
"""Of a period; of all together there is no ABOVE."""
WIDE, IN_A_ROW, ON_AVERAGE = REASONS = ("far above", "twice in a row", "on average")
"""Why there is a review."""
WIDE_TIMES: Final = 2.0
"""A single period calls for a review so many times as far above what was expected as the band reaches."""
LAST: Final = 6
"""Periods over which errors are averaged."""
MEAN_TIMES: Final = 1.5
"""Their mean calls for a review so many times as far above as the band of a mean reaches."""
_MEDIAN_SQUARE: Final = float(ndtri(0.75)) ** 2
"""Of a standard normal."""


@dataclass(frozen=True)
class Expected:
    """What is expected at one place of a schedule; errors as the run's measure has them.

    Args:
        error: mean over seeds.
        least, most: lowest and highest seed.
        training: half width of the 90 % interval for another training run; 0 with one seed.
        arrivals: variance of one arrival beside the run's own.
        one_case: variance of the error of one case.
        judged: cases that the run was judged on, above 0.
    """

    error: float
    least: float
    most: float
    training: float
    arrivals: float
    one_case: float
    judged: float

    @property
    def common(self) -> float:
        """Half width of what later periods share, so that no mean over them takes it away."""
        return math.hypot(self.training, SIGMAS * math.sqrt(self.one_case / self.judged))

    def own(self, cases: float, is_share: bool) -> float:
        """Return the half width of what is one period's own."""
        rounding = 0.5 / cases if is_share else 0.0  # a count of wrong cases moves in steps
        return SIGMAS * math.sqrt(self.arrivals + self.one_case / cases) + rounding

    def band(self, cases: float, is_share: bool) -> tuple[float, float]:
        """Return low and high of the error that is expected on so many labelled cases.

        >>> sure = Expected(0.1, 0.1, 0.1, 0.0, 0.0, 0.09, 1e9)
        >>> [round(end, 3) for end in sure.band(900, True)]
        [0.083, 0.117]
        """
        half = math.hypot(self.common, self.own(cases, is_share))
        low, high = min(self.error - half, self.least), max(self.error + half, self.most)
        return max(low, 0.0), min(high, 1.0) if is_share else high


@dataclass(frozen=True)
class Promise:
    """What a policy promises.

    Args:
        places: what is expected at each row of the horizon.
        onward: and after the last of them: an estimate.
        is_share: whether errors are shares 0..1.
    """

    places: tuple[Expected, ...]
    onward: Expected
    is_share: bool

    def at(self, place: int) -> Expected:
        """Return what is expected at a place of the schedule, from 1."""
        return self.places[place - 1] if place <= len(self.places) else self.onward


def promise(answer: Answer, policy: int) -> Promise:
    """Return what a policy of an answer promises; see the head of this module.

    Args:
        answer: what a run says.
        policy: its number.
    """
    errors = answer.panel["error"][policy]  # [S, T]
    sizes = answer.panel["test_size"][policy].mean(0)  # [T]
    judged = np.where(sizes > 0, sizes, sizes[sizes > 0].min(initial=np.inf))  # [T] an empty row is judged as before
    judged = np.where(np.isfinite(judged), judged, 1.0)
    is_share = answer.measure.is_share
    means = errors.mean(0)  # [T]
    spread = errors.var(0, ddof=1) if len(errors) > 1 else np.zeros_like(means)  # [T]
    one_case = _one_case(means, judged, is_share)  # [T]
    between = 0.0
    if answer.measure.judged == "next":
        between = _between(means, float((one_case / judged).mean() + spread.mean() / len(errors)))
    training = _training(spread, len(errors))
    arrivals = np.full_like(means, 2 * between)
    columns = np.stack([means, errors.min(0), errors.max(0), training, arrivals, one_case, judged])
    places = tuple(Expected(*place) for place in columns.T.tolist())
    return Promise(places, _onward(errors, spread, judged, 2 * between, answer), is_share)


def _onward(
    errors: NDArray[np.float64],
    spread: NDArray[np.float64],
    judged: NDArray[np.float64],
    between: float,
    answer: Answer,
) -> Expected:
    """Return what is expected after the last row: what the last L rows have in common, and how far they lie apart."""
    long = answer.question.long or 1
    last = errors[:, -long:]  # [S, L]
    apart = float(last.mean(0).var(ddof=1)) * (1 + 1 / long) if long > 1 else 0.0
    mean, by_seed, size = float(last.mean()), last.mean(1), float(judged[-long:].mean())
    training = float(_training(spread[-long:].mean(keepdims=True), len(errors))[0])
    one_case = float(_one_case(np.array([mean]), np.array([size]), answer.measure.is_share)[0])
    least, most = float(by_seed.min()), float(by_seed.max())
    return Expected(mean, least, most, training, max(between, apart), one_case, size)


def _training(spread: NDArray[np.float64], seeds: int) -> NDArray[np.float64]:
    """Return half widths for another training run, of variances over seeds."""
    if seeds < 2:
        return np.zeros_like(spread)
    return np.asarray(stdtrit(seeds - 1, (1 + LEVEL) / 2) * np.sqrt(spread * (1 + 1 / seeds)))


def _one_case(means: NDArray[np.float64], judged: NDArray[np.float64], is_share: bool) -> NDArray[np.float64]:
    """Return the variance of one case's error."""
    if not is_share:
        return np.square(means)
    share = (means * judged + 0.5) / (judged + 1)  # none wrong among few does not mean that none ever is
    return np.asarray(share * (1 - share))


def _between(means: NDArray[np.float64], explained: float) -> float:
    """Return the variance between arrivals, of the means of rows [T] in their order.

    >>> round(_between(np.array([1.0, 3.0, 1.0, 9.0, 7.0, 9.0]), 0.0), 2)
    4.4
    """
    if len(means) < 2:
        return 0.0
    found = float(np.median(np.square(np.diff(means)))) / (2 * _MEDIAN_SQUARE)
    return max(found - explained, 0.0)


class Observed(NamedTuple):
    """One period as it turned out.

    Args:
        expected: what was expected there.
        error: what it came to.
        cases: on so many labelled cases, 1 or more.
    """

    expected: Expected
    error: float
    cases: int


class Judgement(NamedTuple):
    """What to say of several periods.

    Args:
        periods: a verdict of VERDICTS for each.
        overall: AS_PREDICTED, BETTER or REVIEW.
        reason: of REASONS, of the first review; empty: there is none.
    """

    periods: list[str]
    overall: str
    reason: str


def judged(observed: Sequence[Observed], is_share: bool) -> Judgement:
    """Judge periods in their order; those that are missing are passed over.

    A period is "better" below its band, else "as predicted" within it, else "above once", unless it calls for a review:

    - its error is more than WIDE_TIMES as far above what was expected as the band reaches, or
    - it is above its band, and so is the period before it, or
    - the mean of the last LAST periods is more than MEAN_TIMES as far above as the band of such a mean reaches.

    A review stays until a policy is adopted anew. Without one, all together are "better" where the last two are, or
    where the mean of the last LAST is by the third rule turned round.

    False alarms, in simulated runs that keep what they promise (1 to 10 seeds, 100 to 400 cases a period, one model
    throughout or another each time): a period lies above its band in 0.003 to 0.06, and a year of twelve calls for a
    review in 0.00 to 0.09, with three seeds or more; with one seed in 0.02 to 0.09, and 0.01 to 0.16. The least where
    `arrivals` says that they differ and the long-term rows go on, the most where few cases were judged.

    Args:
        observed: in the order of time.
        is_share: whether errors are shares 0..1.
    """
    verdicts: list[str] = []
    first, was_above = "", False
    for n, one in enumerate(observed, 1):
        low, high = one.expected.band(one.cases, is_share)
        reason = _reason(observed[:n], high, was_above, is_share)
        was_above = one.error > high
        first = first or reason
        verdicts.append(REVIEW if reason else ABOVE if was_above else BETTER if one.error < low else AS_PREDICTED)
    is_better = verdicts[-2:] == [BETTER, BETTER] or _mean_beyond(observed, is_share) < -MEAN_TIMES
    return Judgement(verdicts, REVIEW if first else BETTER if is_better else AS_PREDICTED, first)


def _reason(so_far: Sequence[Observed], high: float, was_above: bool, is_share: bool) -> str:
    """Return why the last of the periods so far calls for a review; empty: it does not."""
    now = so_far[-1]
    if now.error > now.expected.error + WIDE_TIMES * (high - now.expected.error):
        return WIDE
    if was_above and now.error > high:
        return IN_A_ROW
    return ON_AVERAGE if _mean_beyond(so_far, is_share) > MEAN_TIMES else ""


def _mean_beyond(so_far: Sequence[Observed], is_share: bool) -> float:
    """Return how far the last periods are above what was expected on average, in half widths of a mean; 0: too few."""
    last = so_far[-LAST:]
    if len(last) < LAST:
        return 0.0
    above = sum(one.error - one.expected.error for one in last) / LAST
    common = sum(one.expected.common for one in last) / LAST
    own = math.sqrt(sum(one.expected.own(one.cases, is_share) ** 2 for one in last)) / LAST
    half = math.hypot(common, own)
    return above / half if half else math.inf * above if above else 0.0
