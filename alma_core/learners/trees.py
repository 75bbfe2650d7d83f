"""What a user would pick instead of a network: scikit-learn's models, whose work is counted in CPU seconds. No torch.

Trees and linear models are fitted anew by each update; stochastic gradient descent goes on from the update before.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from alma_core.learners.states import State
from alma_core.seeds import generator
from alma_core.sizes import Estimator

ROUNDS: Final = 50
"""Of boosting; each adds one tree, or one for each class where there are more than two."""

ITERATIONS: Final = 100
"""Of the solver of logistic regression at most: where it is not done by then, what it has is what a user would get."""

STEP: Final = 0.2
"""Of stochastic gradient descent, over the mean squared length of the rows of its first update.

So a row moves its own prediction by the same share whatever the number of features. The step stays as it is: one that
shrank with the rows seen would follow what changes later more and more slowly, as if the stream were about to end.
"""

HUBER: Final = 1.0
"""Standard deviations of the target beyond which a miss counts linearly, as for networks: squared, the misses of rows
that are longer than those of the first update would grow without bounds under a constant step."""

LEAST: Final = 1e-13
"""Probability of a class at least, so that one never seen has a finite loss (30 nats)."""

SIDE: Final = 7
"""Means a side that trees see of an image: a tree asks for one number at a time, and a single pixel tells it little."""

MANY_CLASSES: Final = "The number of unique classes is greater than 50%"
"""How scikit-learn begins to wonder about a target that takes many values: here they are classes for certain."""

MOST_TIMED: Final = 1000
REPEATS: Final = 5

Rows = NDArray[np.float32]
Predict = Callable[[Rows], NDArray[np.float32]]
_Answer = Callable[[Rows], NDArray[np.floating[Any]]]


@dataclass(frozen=True, eq=False)
class Fitted:
    """One model, fitted.

    Args:
        predict: x [n, inputs] -> [n, C] log-probabilities, of classes it has never seen too; or [n, 1] standardised
            values. On one thread; n may be 0.
        state: of "sgd", all that the next update needs to go on as if there had been no break (to single precision):
            "coef" [C, inputs] and "intercept" [C], one row where there are two classes, or a number; and "step" [1].
            Else None.
        seconds: of this thread's CPU time that fitting took.
        params: coefficients and intercepts, or the nodes of all trees; 0 where only one class has been seen, which then
            is all that it says.
    """

    predict: Predict
    state: State | None
    seconds: float
    params: int


def fit(shape: Estimator, x: Rows, y: NDArray[Any], start: State | None, seed_draw: int, epochs: int) -> Fitted:
    """Fit one model on one thread; the same arguments give the same bits.

    Args:
        shape: which model, and what it maps from and to.
        x: [n, inputs] scaled, n >= 1.
        y: [n] class numbers, of any of the C classes; or standardised targets.
        start: what "sgd" goes on from; None: from nothing.
        seed_draw: draws the order of rows, and where trees may cut; 0 .. 2^32 - 1.
        epochs: passes of "sgd" over the rows.
    """
    kept = None
    with _one_thread(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", MANY_CLASSES, UserWarning)
        began = time.thread_time()  # unlike the process's, it leaves out what other threads of a worker do
        if shape.kind == "sgd":
            kept, params = _descended(shape, x, y, start, seed_draw, epochs)
            answer = _answer_of(shape, kept)
        elif shape.outputs > 1 and (y == y[0]).all():
            answer, params = _only(int(y[0]), shape.outputs), 0
        elif shape.kind == "trees":
            answer, params = _trees(shape, x, y, seed_draw)
        else:
            answer, params = _linear(shape, x, y)
        seconds = time.thread_time() - began
    return Fitted(_predict(answer, shape.outputs), kept, seconds, params)


def restored(shape: Estimator, state: State) -> Predict:
    """Return how the model that left `state` predicts, as in `Fitted`."""
    return _predict(_answer_of(shape, state), shape.outputs)


def seconds_per_prediction(predict: Predict, x: Rows) -> float:
    """Return the CPU seconds that a prediction takes: the median of several measurements on many rows at once.

    Args:
        predict: of `Fitted`.
        x: [n, inputs], n >= 1; the first MOST_TIMED are looked at.
    """
    rows, taken = x[:MOST_TIMED], []
    for _ in range(REPEATS):
        began = time.thread_time()
        predict(rows)
        taken.append(time.thread_time() - began)
    return float(np.median(taken)) / len(rows)


def pooled(x: Rows, image: tuple[int, int, int]) -> Rows:
    """Return images as means over SIDE x SIDE windows that cover them; a side that is shorter stays as it is.

    Args:
        x: [n, height * width * channels].
        image: channels, height, width.
    """
    channels, height, width = image
    n, down, across = len(x), _windows(height), _windows(width)  # [a, height], [b, width]
    by_row = down @ x.reshape(n, height, width * channels)  # [n, a, width * channels]
    means = across @ by_row.reshape(n, len(down), width, channels)  # [n, a, b, channels]
    return means.reshape(n, len(down) * len(across) * channels)  # [n, a * b * channels]


def _windows(side: int) -> Rows:
    """Return [windows, side] weights of the pixels in each window; two share a pixel where a side is not divisible.

    >>> _windows(8)[:2, :4].tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0]]
    """
    count = min(side, SIDE)
    firsts, lasts = np.arange(count) * side // count, -(-np.arange(1, count + 1) * side // count)
    place = np.arange(side)
    inside = (place >= firsts[:, None]) & (place < lasts[:, None])  # [windows, side]
    return np.asarray(inside / inside.sum(axis=1, keepdims=True), np.float32)


@cache
def _thread_pools() -> Any:
    """Find the thread pools of the libraries that scikit-learn uses; looking anew would take longer than predicting."""
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401 - both bring their libraries, which have to be there to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _one_thread() -> Any:
    return _thread_pools().limit(limits=1)


def _predict(answer: _Answer, outputs: int) -> Predict:
    def predict(x: Rows) -> NDArray[np.float32]:
        if not len(x):  # scikit-learn refuses none
            return np.zeros((0, outputs), np.float32)
        with _one_thread():
            return answer(x).astype(np.float32).reshape(len(x), outputs)  # [n, C] or [n, 1]

    return predict


def _only(seen: int, classes: int) -> _Answer:
    """Return what is said where all rows were of one class."""
    said = np.full(classes, np.log(LEAST))
    said[seen] = 0.0
    return lambda x: np.tile(said, (len(x), 1))  # [n, C]


def _log_probabilities(model: Any, classes: int, x: NDArray[Any]) -> NDArray[np.float64]:
    """Return [n, C] of a model that may have seen only some of the classes."""
    found = np.zeros((len(x), classes))
    found[:, model.classes_] = model.predict_proba(x)
    return np.log(np.maximum(found, LEAST))


def _trees(shape: Estimator, x: Rows, y: NDArray[Any], seed_draw: int) -> tuple[_Answer, int]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    def seen(rows: Rows) -> Rows:
        return rows if shape.image is None else pooled(rows, shape.image)

    kind = HistGradientBoostingClassifier if shape.outputs > 1 else HistGradientBoostingRegressor
    model = kind(max_iter=ROUNDS, early_stopping=False, random_state=seed_draw).fit(seen(x), y)
    # scikit-learn tells the trees only so; a binary tree of n leaves has 2 n - 1 nodes
    nodes = sum(2 * tree.get_n_leaf_nodes() - 1 for trees in model._predictors for tree in trees)
    if shape.outputs > 1:
        return lambda rows: _log_probabilities(model, shape.outputs, seen(rows)), nodes
    return lambda rows: model.predict(seen(rows)), nodes


def _linear(shape: Estimator, x: Rows, y: NDArray[Any]) -> tuple[_Answer, int]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression, Ridge

    exact = x.astype(np.float64)  # in single precision the solvers stop short where columns nearly repeat each other
    if shape.outputs == 1:
        ridge = Ridge().fit(exact, y.astype(np.float64))
        return lambda rows: ridge.predict(rows.astype(np.float64)), ridge.coef_.size + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=ITERATIONS).fit(exact, y)
    params = model.coef_.size + model.intercept_.size
    return lambda rows: _log_probabilities(model, shape.outputs, rows.astype(np.float64)), params


def _descended(
    shape: Estimator, x: Rows, y: NDArray[Any], start: State | None, seed_draw: int, epochs: int
) -> tuple[State, int]:
    """Return the state after `epochs` passes over the rows, each in an order of its own, and its parameters."""
    from sklearn.linear_model import SGDClassifier, SGDRegressor

    before = _nothing(shape, x) if start is None else start
    how = {"learning_rate": "constant", "eta0": float(before["step"][0]), "shuffle": False}
    if shape.outputs > 1:
        model, classes = SGDClassifier(loss="log_loss", **how), {"classes": np.arange(shape.outputs)}
    else:
        model, classes = SGDRegressor(loss="huber", epsilon=HUBER, **how), {}
    # Copies, since it writes into them. Coefficients stay in single precision, as the rows are.
    coef, intercept = before["coef"].copy(), before["intercept"].copy()
    model.coef_, model.intercept_ = (coef, intercept) if shape.outputs > 1 else (coef[0], intercept)
    order = generator(seed_draw, "passes")
    for _ in range(epochs):
        rows = order.permutation(len(x))
        model.partial_fit(x[rows], y[rows], **classes)
    ended = model.coef_.reshape(coef.shape), model.intercept_.astype(np.float32)
    after = {"coef": ended[0], "intercept": ended[1], "step": before["step"]}
    return after, coef.size + intercept.size


def _nothing(shape: Estimator, x: Rows) -> State:
    """Return the state before the first update, with the step that fits the length of its rows."""
    count = shape.outputs if shape.outputs > 2 else 1
    length = np.square(x, dtype=np.float64).sum(axis=1).mean() + 1  # the intercept's input is 1
    coef, intercept = np.zeros((count, shape.inputs), np.float32), np.zeros(count, np.float32)
    return {"coef": coef, "intercept": intercept, "step": np.array([STEP / length], np.float32)}


def _answer_of(shape: Estimator, state: State) -> _Answer:
    """Return what a state of "sgd" says: one logistic curve for each class against the rest, brought to a sum of 1."""
    from scipy.special import log_expit, logsumexp

    coef, intercept = state["coef"].astype(np.float64), state["intercept"].astype(np.float64)

    def answer(x: Rows) -> NDArray[np.float64]:
        scores = x @ coef.T + intercept  # [n, 1] or [n, C]
        if shape.outputs == 1:
            return scores
        if shape.outputs == 2:
            return np.asarray(log_expit(np.column_stack([-scores, scores])))  # [n, 2]
        each = log_expit(scores)  # [n, C]
        return np.asarray(each - logsumexp(each, axis=1, keepdims=True))

    return answer
