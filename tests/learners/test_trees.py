"""Estimators against plain scikit-learn, on all the data that a stream may bring: few classes, one class, numbers."""

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import log_expit
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from threadpoolctl import threadpool_info, threadpool_limits

from alma_core.learners import states, trees
from alma_core.learners.trees import Fitted, fit, pooled, restored, seconds_per_prediction
from alma_core.seeds import generator
from alma_core.sizes import Estimator

KINDS = ("trees", "linear", "sgd")
Array = NDArray[Any]


def drawn(rows: int = 400, classes: int = 3, seed: int = 0) -> tuple[Array, Array]:
    """Return rows of five features, and which class the first of them say, or the number (0 classes)."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 5)).astype(np.float32)
    score = x @ np.array([1.0, -0.5, 0.2, 0.0, 0.0]) + 0.2 * random.normal(size=rows)
    if not classes:
        return x, (score / score.std()).astype(np.float32)
    return x, np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score)


def fitted(kind: str, outputs: int, x: Array, y: Array, **more: Any) -> Fitted:
    return fit(Estimator(kind, x.shape[1], outputs), x, y, **({"start": None, "seed_draw": 3, "epochs": 2} | more))


def step(x: Array) -> float:
    return float(np.float32(0.2 / ((x.astype(np.float64) ** 2).sum(axis=1).mean() + 1)))


def plain_descent(model: Any, passes: list[Array], y_of: Array, x: Array, **classes: Any) -> Any:
    for rows in passes:
        model.partial_fit(x[rows], y_of[rows], **classes)
    return model


def orders(rows: int, epochs: int, seed_draw: int = 3) -> list[Array]:
    random = generator(seed_draw, "passes")
    return [random.permutation(rows) for _ in range(epochs)]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_classes_as_scikit_learn_says(classes: int):
    x, y = drawn(classes=classes)
    new, _y = drawn(seed=1)
    boosted = HistGradientBoostingClassifier(max_iter=50, early_stopping=False).fit(x, y)
    linear = LogisticRegression(max_iter=100).fit(x.astype(float), y)
    descent = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=step(x), shuffle=False)
    plain_descent(descent, orders(400, 2), y, x, classes=np.arange(classes))
    for kind, model in zip(KINDS, (boosted, linear, descent), strict=True):
        said = fitted(kind, classes, x, y).predict(new)
        assert (said.dtype, said.shape) == (np.dtype("float32"), (400, classes))
        np.testing.assert_allclose(np.exp(said), model.predict_proba(new), atol=2e-6, err_msg=kind)
        assert (said.argmax(axis=1) == model.predict(new)).all()


def test_numbers_as_scikit_learn_says():
    x, y = drawn(classes=0)
    new, _y = drawn(seed=1)
    descent = SGDRegressor(loss="huber", epsilon=1.0, learning_rate="constant", eta0=step(x), shuffle=False)
    models = (
        HistGradientBoostingRegressor(max_iter=50, early_stopping=False).fit(x, y),
        Ridge().fit(x.astype(float), y.astype(float)),
        plain_descent(descent, orders(400, 2), y, x),
    )
    for kind, model in zip(KINDS, models, strict=True):
        said = fitted(kind, 1, x, y).predict(new)
        assert (said.dtype, said.shape) == (np.dtype("float32"), (400, 1))
        np.testing.assert_allclose(said[:, 0], model.predict(new), atol=2e-6, err_msg=kind)
        assert np.abs(said[:, 0] - drawn(classes=0, seed=1)[1]).mean() < 0.5 * np.abs(y).mean()


@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_arguments_give_the_same_bits(kind: str, outputs: int):
    x, y = drawn(classes=0 if outputs == 1 else outputs)
    one, other = (fitted(kind, outputs, x, y).predict(x) for _ in range(2))
    assert (one == other).all()


def test_the_order_of_descent_is_drawn_from_the_seed():
    x, y = drawn()
    one, other = (fitted("sgd", 3, x, y, seed_draw=seed).predict(x) for seed in (3, 4))
    assert (one != other).any()


@pytest.mark.parametrize("kind", KINDS)
def test_classes_that_have_not_come_yet(kind: str):
    """Of five classes, 1 and 4 have come: each keeps its number, and the others are as good as impossible."""
    x, y = drawn(classes=2)
    said = fitted(kind, 5, x, np.array([1, 4])[y], epochs=20).predict(x)
    assert said.shape == (400, 5)
    assert np.isfinite(said).all()
    assert (said.argmax(axis=1) == np.array([1, 4])[y]).mean() > 0.9
    unseen = np.exp(said[:, [0, 2, 3]])
    assert (unseen.max() == pytest.approx(1e-13)) if kind != "sgd" else (unseen.mean() < 0.02)
    assert np.exp(said).sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("error")
def test_many_classes_on_few_rows_are_nothing_to_warn_of(kind: str):
    x, _y = drawn(rows=30)
    said = fitted(kind, 25, x, np.arange(30) % 25).predict(x)
    assert said.shape == (30, 25)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [2, 3])
def test_a_single_class(kind: str, outputs: int):
    x, _y = drawn()
    model = fitted(kind, outputs, x, np.full(400, 1), epochs=20)
    said = model.predict(x)
    assert (said.argmax(axis=1) == 1).all()
    assert np.isfinite(said).all()
    if kind != "sgd":
        assert np.exp(said[:, 1]) == pytest.approx(1)
        assert model.params == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_hardly_any_rows(kind: str, outputs: int, rows: int):
    x = drawn(rows)[0]
    truth = x[:, 0] if outputs == 1 else np.arange(rows) % outputs
    said = fitted(kind, outputs, x, truth).predict(drawn()[0])
    assert np.isfinite(said).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", [1, 3])
def test_nothing_to_predict(kind: str, outputs: int):
    x, y = drawn(classes=0 if outputs == 1 else outputs)
    assert fitted(kind, outputs, x, y).predict(x[:0]).shape == (0, outputs)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_descent_goes_on_from_its_state_as_if_never_interrupted(classes: int):
    """Three updates through bytes, against one plain model of scikit-learn's that sees the same rows on and on."""
    outputs, named = classes or 1, {"classes": np.arange(classes)} if classes else {}
    x, y = drawn(900, classes)
    how: dict[str, Any] = {"learning_rate": "constant", "eta0": step(x[:300]), "shuffle": False}
    plain: Any = SGDClassifier(loss="log_loss", **how) if classes else SGDRegressor(loss="huber", epsilon=1.0, **how)
    state = None
    for number, (first, last) in enumerate(pairwise((0, 300, 600, 900))):
        now, truth = x[first:last], y[first:last]
        model = fitted("sgd", outputs, now, truth, start=state, seed_draw=number)
        assert model.state is not None
        state = states.from_bytes(states.to_bytes(model.state))
        plain_descent(plain, orders(300, 2, number), truth, now, **named)
        assert {name: part.dtype for name, part in state.items()} == dict.fromkeys(state, np.dtype("float32"))
        np.testing.assert_allclose(state["coef"], np.atleast_2d(plain.coef_), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(state["intercept"], plain.intercept_, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(restored(Estimator("sgd", 5, outputs), state)(x), model.predict(x))


def test_descent_leaves_what_it_starts_from_alone():
    x, y = drawn(classes=0)
    start = fitted("sgd", 1, x, y).state
    assert start is not None
    before = {name: part.copy() for name, part in start.items()}
    after = fitted("sgd", 1, x, y, start=start).state
    assert after is not None
    assert all((start[name] == before[name]).all() for name in before)
    assert (after["coef"] != start["coef"]).any()


def test_descent_still_follows_what_changes_late():
    """After 50 updates of one rule, ten of its opposite are enough."""
    x, y = drawn(200, 2)
    state = None
    for number in range(60):
        model = fitted("sgd", 2, x, y if number < 50 else 1 - y, start=state, seed_draw=number)
        state = model.state
    assert (model.predict(x).argmax(axis=1) == 1 - y).mean() > 0.9


def test_descent_does_not_run_away_from_rows_that_are_longer_than_the_first():
    x, y = drawn(200, 0)
    start = fitted("sgd", 1, x, y).state
    far = fitted("sgd", 1, 30 * x, 30 * y, start=start, epochs=50)
    assert np.abs(far.predict(30 * x)[:, 0] - 30 * y).max() < 1000


def test_descent_of_scores_far_from_zero_stays_finite():
    state = {"coef": np.full((3, 5), -1e4, np.float32), "intercept": np.zeros(3, np.float32)}
    said = restored(Estimator("sgd", 5, 3), state)(np.ones((2, 5), np.float32))
    assert said == pytest.approx(np.log(1 / 3))


def test_descent_by_hand():
    """One row of class 1 of 2: the step is 0.2 / (1 + 4 + 1), the gradient 1/2, the prediction what that moves."""
    x = np.array([[1.0, 2.0]], np.float32)
    model = fitted("sgd", 2, x, np.array([1]), epochs=1)
    moved = 0.2 / 6 / 2
    assert model.state is not None
    np.testing.assert_allclose(model.state["coef"], [[moved, 2 * moved]], rtol=1e-4)
    np.testing.assert_allclose(model.predict(x)[0], log_expit(np.array([-6, 6]) * moved), rtol=1e-4)


@pytest.mark.parametrize("kind", ["trees", "linear"])
def test_what_is_fitted_anew_leaves_no_state(kind: str):
    x, y = drawn()
    assert fitted(kind, 3, x, y).state is None


@pytest.mark.parametrize(
    ("kind", "outputs", "params"),
    [("linear", 1, 6), ("linear", 2, 6), ("linear", 3, 18), ("sgd", 1, 6), ("sgd", 2, 6), ("sgd", 3, 18)],
)
def test_parameters(kind: str, outputs: int, params: int):
    x, y = drawn(classes=0 if outputs == 1 else outputs)
    assert fitted(kind, outputs, x, y).params == params


def test_nodes_of_trees():
    x, y = drawn()
    model = HistGradientBoostingClassifier(max_iter=50, early_stopping=False).fit(x, y)
    nodes = sum(len(tree.nodes) for of_round in model._predictors for tree in of_round)
    assert fitted("trees", 3, x, y).params == nodes > 150


def test_one_thread(monkeypatch: pytest.MonkeyPatch):
    """With eight allowed outside, fitting and predicting see one, and eight are allowed again afterwards."""
    x, y = drawn(classes=0)
    inside: list[int] = []

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info()}

    def watched(method: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            inside.extend(threads())
            return method(*args, **more)

        return call

    for name in ("fit", "predict"):
        monkeypatch.setattr(HistGradientBoostingRegressor, name, watched(getattr(HistGradientBoostingRegressor, name)))
    with threadpool_limits(8):
        assert threads() == {8}  # of BLAS and of OpenMP
        fitted("trees", 1, x, y).predict(x)
        assert threads() == {8}
    assert inside == [1, 1]


@pytest.mark.parametrize(("kind", "works"), [("trees", "_trees"), ("linear", "_linear"), ("sgd", "_descended")])
def test_seconds_are_those_of_the_cpu(kind: str, works: str, monkeypatch: pytest.MonkeyPatch):
    """Waiting takes none of them, so they are fewer than what the clock on the wall says by as much."""
    x, y = drawn(classes=0)
    method = getattr(trees, works)

    def slow(*given: Any) -> Any:
        time.sleep(0.5)
        return method(*given)

    monkeypatch.setattr(trees, works, slow)
    spent, began = time.thread_time(), time.perf_counter()
    seconds = fitted(kind, 1, x, y).seconds
    assert 0 < seconds <= time.thread_time() - spent
    assert seconds < time.perf_counter() - began - 0.45


def test_seconds_per_prediction():
    """Of 1,000 rows at most, the median of several: one slow call does not count."""
    sizes: list[int] = []

    def predict(x: Array) -> Array:
        sizes.append(len(x))
        busy_until = time.thread_time() + (0.5 if len(sizes) == 1 else 0.02)
        while time.thread_time() < busy_until:
            pass
        return x

    assert seconds_per_prediction(predict, np.zeros((5000, 2), np.float32)) == pytest.approx(2e-5, rel=0.2)
    assert set(sizes) == {1000}
    assert len(sizes) >= 3
    assert seconds_per_prediction(predict, np.zeros((10, 2), np.float32)) == pytest.approx(2e-3, rel=0.2)


def test_pooling_by_hand():
    """14 x 14 pixels of one channel: each mean is of 2 x 2."""
    image = np.arange(196, dtype=np.float32)
    means = pooled(np.stack([image, 2 * image]), (1, 14, 14)).reshape(2, 7, 7)
    assert means[0, 0, :2].tolist() == [(0 + 1 + 14 + 15) / 4, (2 + 3 + 16 + 17) / 4]
    assert means[1, 6, 6] == 2 * (180 + 181 + 194 + 195) / 4


@pytest.mark.parametrize(("height", "width"), [(7, 7), (8, 8), (28, 28), (9, 31), (3, 20), (5, 6)])
def test_pooling_as_torch_does(height: int, width: int):
    x = np.random.default_rng(0).random((4, height * width * 3), np.float32)
    upright = torch.from_numpy(x).view(4, height, width, 3).permute(0, 3, 1, 2)  # [n, channels, height, width]
    sides = min(height, 7), min(width, 7)
    expected = torch.nn.functional.adaptive_avg_pool2d(upright, sides).permute(0, 2, 3, 1)  # [n, a, b, channels]
    np.testing.assert_allclose(pooled(x, (3, height, width)), expected.flatten(1), atol=1e-6)


def test_only_trees_pool_images():
    """A pattern that the means of windows do not show is lost on trees alone; they are as if given the means."""
    random = np.random.default_rng(0)
    x, y = random.random((300, 196), np.float32), random.integers(0, 2, 300)
    checks = np.where(np.indices((14, 14)).sum(axis=0) % 2 == 0, 0.3, -0.3).ravel().astype(np.float32)
    x += checks * np.where(y, 1, -1)[:, None].astype(np.float32)
    image = (1, 14, 14)
    one, two, three = (fit(Estimator(kind, 196, 2, image), x, y, None, 0, 5).predict(x) for kind in KINDS)
    plain = fit(Estimator("trees", 49, 2), pooled(x, image), y, None, 0, 5).predict(pooled(x, image))
    assert (one == plain).all()
    for said in (two, three):
        assert (said.argmax(axis=1) == y).mean() > 0.95
