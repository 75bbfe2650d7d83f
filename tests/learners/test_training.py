"""The stack against the naive twin, and a learner's independence of its neighbours."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from alma_core import seeds
from alma_core.learners import training
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import initial, initial_mlp, mlp, stacked, taken
from alma_core.learners.training import epoch, minibatch_sizes, train_stack
from alma_core.sizes import RankOne, Shape, VggShape
from alma_core.specs import Recipe, recipe
from alma_core.streams.sources import Source
from alma_core.streams.stream import inputs
from tests.learners import plain

SHAPE = Shape(64, (16, 16), 10)
IMPATIENT = Recipe("impatient", "adadelta", 1.0, 32, 12, patience=2, min_delta=0.001)


@pytest.fixture(scope="module")
def examples(digits: Source) -> Examples:
    return Examples(torch.from_numpy(inputs(digits)), torch.from_numpy(digits.y))


def learner(number: int, count: int, validation: int = 40, shape: Shape = SHAPE) -> Learner:
    """Return a learner of its own weights, examples and order."""
    draws = np.random.default_rng(number)
    rows = draws.permutation(1437)[: count + validation]
    start = initial_mlp(shape, seeds.generator(number, "initialisation", 0))
    return Learner(start, rows[:count], rows[count:], seeds.generator(number, "order", number))


def same(one, other) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_outputs_and_gradients_match_plain_networks():
    states = [initial_mlp(SHAPE, seeds.generator(k, "initialisation", 0)) for k in range(5)]
    draws = torch.Generator().manual_seed(0)
    x = torch.rand(5, 32, 64, generator=draws)
    y = torch.randint(0, 10, (5, 32), generator=draws)
    weights = stacked(states, "cpu")
    for weight in weights.values():
        weight.requires_grad_()
    logits = mlp(weights, x)
    nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="none").view(5, 32).mean(
        1
    ).sum().backward()
    for k, state in enumerate(states):
        network = plain.sequential(state)
        said = network(x[k])
        nn.functional.cross_entropy(said, y[k]).backward()
        assert torch.allclose(logits[k], said, atol=1e-6)
        linears = [module for module in network if isinstance(module, nn.Linear)]
        for layer, linear in enumerate(linears):
            assert linear.weight.grad is not None
            assert torch.allclose(weights[f"{layer}.weight"].grad[k], linear.weight.grad.T, atol=1e-6)
            assert torch.allclose(weights[f"{layer}.bias"].grad[k, 0], linear.bias.grad, atol=1e-6)


@pytest.mark.parametrize("how", [recipe("quick", 3), IMPATIENT], ids=["quick", "early stop"])
def test_training_matches_the_plain_loop(digits: Source, examples: Examples, how: Recipe):
    """Ragged minibatches, different lengths, early stops: each learner ends where it would have ended alone."""
    counts = [200, 37, 64, 129, 1]
    trained = train_stack([learner(k, n) for k, n in enumerate(counts)], SHAPE, how, examples)
    for k, n in enumerate(counts):
        twin = learner(k, n)
        state, epochs = plain.train(twin.start, inputs(digits), digits.y, twin.train, twin.validation, how, twin.order)
        assert trained[k].epochs == epochs
        for name in state:
            assert np.allclose(trained[k].state[name], state[name], atol=2e-4), (k, name)


@pytest.mark.parametrize("how", [recipe("quick", 3), IMPATIENT], ids=["quick", "early stop"])
def test_regression_matches_the_plain_loop(digits: Source, how: Recipe):
    """Two learners are taught one kind of target, three another: numbers that a network of one output learns."""
    x = inputs(digits)
    level = x.sum(1)
    kinds = [((y - y.mean()) / y.std()).astype(np.float32) for y in (level, np.exp(x[:, 20] * 3))]
    data = Examples(torch.from_numpy(x), torch.from_numpy(np.concatenate(kinds)))
    shape = Shape(64, (16, 16), 1)

    def one(k: int) -> Learner:
        made = learner(k, [200, 37, 64, 129, 1][k], shape=shape)
        return Learner(made.start, made.train, made.validation, made.order, offset=len(x) * (k % 2))

    trained = train_stack([one(k) for k in range(5)], shape, how, data)
    for k in range(5):
        twin = one(k)
        state, epochs = plain.train(twin.start, x, kinds[k % 2], twin.train, twin.validation, how, twin.order)
        assert trained[k].epochs == epochs
        for name in state:
            assert np.allclose(trained[k].state[name], state[name], atol=5e-4), (k, name)
    alone = train_stack([one(3)], shape, how, data)[0]
    assert same(alone.state, trained[3].state)


def test_early_stop_happens_and_keeps_the_best_epoch(examples: Examples):
    lengths = {t.epochs for t in train_stack([learner(k, 150) for k in range(6)], SHAPE, IMPATIENT, examples)}
    assert min(lengths) < IMPATIENT.epochs
    for left in train_stack([learner(k, 150) for k in range(6)], SHAPE, IMPATIENT, examples):
        assert left.validation_rows == 40 * left.epochs


@pytest.mark.parametrize("width", [16, 64, 256])
@pytest.mark.parametrize("how", [recipe("quick", 2), recipe("paper", 2), IMPATIENT], ids=["quick", "paper", "early"])
def test_a_learner_is_bit_identical_in_any_stack(examples: Examples, width: int, how: Recipe):
    shape = Shape(64, (width, width), 10)
    counts = [130, 64, 200, 17, 90, 128, 77]
    alone = [train_stack([learner(k, n, shape=shape)], shape, how, examples)[0] for k, n in enumerate(counts)]
    for members in ([0, 1], [6, 5, 4, 3, 2, 1, 0], [2, 0, 4]):
        together = train_stack([learner(k, counts[k], shape=shape) for k in members], shape, how, examples)
        for k, left in zip(members, together, strict=True):
            assert same(left.state, alone[k].state), (k, members)
            assert left.epochs == alone[k].epochs


def test_a_vgg_is_bit_identical_in_any_stack(examples: Examples):
    """Early stops, a lone last row, running statistics: as alone."""
    shape = VggShape((1, 8, 8), 4, 10)
    how = Recipe("impatient", "sgd", 0.01, 32, 3, patience=1, min_delta=0.2, momentum=0.9, weight_decay=1e-4)

    def vgg(number: int, count: int) -> Learner:
        rows = np.random.default_rng(number).permutation(1437)[: count + 20]
        start = initial(shape, seeds.generator(number, "initialisation", 0))
        return Learner(start, rows[:count], rows[count:], seeds.generator(number, "order", number))

    counts = [33, 64, 97]
    together = train_stack([vgg(k, n) for k, n in enumerate(counts)], shape, how, examples)
    for k, n in enumerate(counts):
        (alone,) = train_stack([vgg(k, n)], shape, how, examples)
        assert same(alone.state, together[k].state)
        assert (alone.epochs, alone.validation_rows) == (together[k].epochs, together[k].validation_rows)
    assert len({left.epochs for left in together} | {how.epochs}) > 1


@pytest.mark.parametrize("threads", [1, 2])
def test_judging_is_bit_identical_in_any_stack_and_matches_the_plain_network(
    digits: Source, examples: Examples, threads: int
):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        learners = [learner(k, 10) for k in range(7)]
        rows = [np.arange(n) for n in (300, 1, 256, 0, 512, 77, 1797)]
        weights = stacked([one.start for one in learners], "cpu")
        together = judge_stack(weights, SHAPE, learners, rows, examples)
        for k, one in enumerate(learners):
            alone = judge_stack(stacked([one.start], "cpu"), SHAPE, [one], [rows[k]], examples)
            assert np.array_equal(alone.loss[0], together.loss[k])
            assert np.array_equal(alone.predicted[0], together.predicted[k])
            wrong = plain.errors(plain.sequential(one.start), inputs(digits), digits.y, rows[k])
            assert np.array_equal(wrong, together.wrong[k])
    finally:
        torch.set_num_threads(before)


def test_a_learner_without_examples_keeps_its_weights(examples: Examples):
    empty, full = train_stack([learner(0, 0), learner(1, 70)], SHAPE, recipe("quick", 2), examples)
    assert same(empty.state, learner(0, 0).start)
    assert (empty.epochs, full.epochs) == (0, 2)
    assert not same(full.state, learner(1, 70).start)


def test_without_validation_nothing_stops_early(examples: Examples):
    (left,) = train_stack([learner(0, 50, validation=0)], SHAPE, IMPATIENT, examples)
    assert (left.epochs, left.validation_rows) == (IMPATIENT.epochs, 0)


def test_learning_does_not_touch_what_it_is_given(examples: Examples):
    one = learner(0, 70)
    start, rows, x = {n: w.copy() for n, w in one.start.items()}, one.train.copy(), examples.x.clone()
    train_stack([one], SHAPE, recipe("quick", 1), examples)
    assert same(start, one.start)
    assert np.array_equal(rows, one.train)
    assert torch.equal(x, examples.x)


def test_minibatches_are_full_and_every_example_comes_once_an_epoch():
    one, how = learner(0, 70), Recipe("r", "adam", 1e-3, 32, 2)
    epochs = [epoch(one, how, SHAPE) for _ in range(2)]
    assert not np.array_equal(epochs[0][0], epochs[1][0])
    for indices, weights in epochs:
        assert indices.shape == weights.shape == (3, 32)
        assert sorted(indices[weights > 0]) == sorted(one.train)
        assert np.allclose(weights.sum(1), 1)


@pytest.mark.parametrize(
    ("count", "size", "lone_row", "expected"),
    [
        (8, 4, True, [4, 4]),
        (9, 4, True, [4, 4, 1]),
        (9, 4, False, [4, 3, 2]),
        (5, 4, False, [3, 2]),
        (1, 4, False, [1]),
        (6, 4, False, [4, 2]),
        (65, 64, False, [33, 32]),
    ],
)
def test_minibatch_sizes(count: int, size: int, lone_row: bool, expected: list[int]):
    assert minibatch_sizes(count, size, lone_row) == expected


def test_places_may_stand_idle(examples: Examples, monkeypatch: pytest.MonkeyPatch):
    """On CUDA a stack is closed up only when half of it is idle: nobody's numbers change, idle or not."""
    counts = [130, 64, 200, 17, 90, 128, 77]
    at_once = train_stack([learner(k, n) for k, n in enumerate(counts)], SHAPE, IMPATIENT, examples)
    monkeypatch.setitem(training.IDLE_SHARE, "cpu", 0.5)
    later = train_stack([learner(k, n) for k, n in enumerate(counts)], SHAPE, IMPATIENT, examples)
    assert all(same(one.state, other.state) for one, other in zip(at_once, later, strict=True))


def test_long_epochs_come_in_segments(examples: Examples, monkeypatch: pytest.MonkeyPatch):
    (whole,) = train_stack([learner(0, 200)], SHAPE, recipe("quick", 2), examples)
    monkeypatch.setattr(training, "SEGMENT", 3)
    (cut,) = train_stack([learner(0, 200)], SHAPE, recipe("quick", 2), examples)
    assert same(whole.state, cut.state)


@pytest.mark.parametrize("count", [1, 2, 5, 31, 32, 70])
def test_members_share_what_rows_there_are(count: int):
    """Each row once an epoch, whatever the place; over 60 epochs three members meet about a third of them each."""
    one, met = learner(0, count), np.zeros(3)
    for _ in range(60):
        rows, weights = epoch(one, recipe("quick"), RankOne(SHAPE, 3))  # [steps, 64] each
        assert sorted(rows[weights > 0]) == sorted(one.train)
        assert weights.sum(1) == pytest.approx(1)
        met += [((weights > 0) * (np.arange(64) * 3 // 64 == member)).sum() for member in range(3)]
        for real in weights:
            gaps = np.diff(np.flatnonzero(real > 0))
            assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
    assert met / met.sum() == pytest.approx(1 / 3, abs=0.2 / count**0.5)


@pytest.mark.parametrize("inputs", [5, 13, 64, 784])
def test_places_change_no_bit(inputs: int):
    """The fused optimiser works in cache lines: a learner's weights must begin and end on one.

    On several threads a product may be cut differently, by its size and the processor; on one, which is what runs use,
    never.
    """
    draws = np.random.default_rng(0)
    data = Examples(
        torch.from_numpy(draws.random((300, inputs), np.float32)), torch.from_numpy(draws.integers(0, 7, 300))
    )
    shape = Shape(inputs, (16, 16), 7)

    def trained(members: list[int]) -> list[dict[str, np.ndarray]]:
        learners = [
            Learner(
                initial_mlp(shape, seeds.generator(k, "initialisation", 0)),
                np.arange(200), np.arange(0), seeds.generator(k, "order", 0),
            )
            for k in members
        ]  # fmt: skip
        return [left.state for left in train_stack(learners, shape, recipe("quick", 3), data)]

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = {k: trained([k])[0] for k in range(5)}
        for members in ([4, 2], [0, 1, 2, 3, 4], [3, 1, 0], [2]):
            for k, state in zip(members, trained(members), strict=True):
                assert same(state, alone[k])
    finally:
        torch.set_num_threads(before)


def test_scaled_rows_are_what_a_plain_network_would_be_given(digits: Source):
    raw = Examples(torch.from_numpy(digits.x.astype(np.float32)), torch.from_numpy(digits.y))
    centre, spread = np.full(64, 3.0, np.float32), np.full(64, 5.0, np.float32)
    scaled = (digits.x.astype(np.float32) - centre) / spread
    one = learner(0, 90)
    (left,) = train_stack(
        [Learner(one.start, one.train, one.validation, one.order, (centre, spread))], SHAPE, recipe("quick", 2), raw
    )
    twin = learner(0, 90)
    state, _ = plain.train(twin.start, scaled, digits.y, twin.train, twin.validation, recipe("quick", 2), twin.order)
    assert all(np.allclose(left.state[name], state[name], atol=1e-4) for name in state)


def test_taken_and_stacked_are_inverse():
    states = [initial_mlp(SHAPE, seeds.generator(k, "initialisation", 0)) for k in range(3)]
    assert all(map(same, taken(stacked(states, "cpu"), [2, 0]), [states[2], states[0]]))


def test_annealing_shortens_each_step_by_half_a_cosine(digits: Source, examples: Examples):
    """Four steps over two epochs: the first in full, then 0.854, 0.5, and the last 0.146, which still moves."""
    how = Recipe("plain", "sgd", 0.1, 32, 2)
    (left,) = train_stack([learner(0, 64)], SHAPE, how, examples, anneals=True)
    twin = learner(0, 64)
    network = plain.sequential(twin.start)
    rates = iter([1.0, (2 + 2**0.5) / 4, 0.5, (2 - 2**0.5) / 4])
    for _ in range(2):
        shuffled = twin.train[twin.order.permutation(64)]
        for rows in (shuffled[:32], shuffled[32:]):
            network.zero_grad()
            loss = plain.loss_of(network(torch.from_numpy(inputs(digits)[rows])), torch.from_numpy(digits.y[rows]))
            loss.backward()
            rate = 0.1 * next(rates)
            with torch.no_grad():
                for weight in network.parameters():
                    weight -= rate * weight.grad
    state = plain.state_of(network)
    assert all(np.allclose(left.state[name], state[name], atol=1e-6) for name in state)
    assert next(rates, None) is None


@pytest.mark.parametrize("name", ["quick", "paper", "paper-vgg"])
def test_annealing_is_a_rate_that_falls(digits: Source, examples: Examples, name: str):
    """Whatever the optimiser and its moments: as torch's own with the rate set before each step. Epochs end ragged."""
    how = dataclasses.replace(recipe(name, 3), minibatch=32, patience=None)
    (left,) = train_stack([learner(0, 70)], SHAPE, how, examples, anneals=True)
    twin = learner(0, 70)
    network = plain.sequential(twin.start)
    kinds = {
        "adam": lambda w: torch.optim.Adam(w, lr=how.learning_rate),
        "adadelta": lambda w: torch.optim.Adadelta(w, lr=how.learning_rate),
        "sgd": lambda w: torch.optim.SGD(w, how.learning_rate, how.momentum, weight_decay=how.weight_decay),
    }
    optimiser = kinds[how.optimiser](network.parameters())
    for step in range(9):
        if step % 3 == 0:
            shuffled = twin.train[twin.order.permutation(70)]
        rows = shuffled[32 * (step % 3) : 32 * (step % 3) + 32]
        optimiser.zero_grad()
        plain.loss_of(network(torch.from_numpy(inputs(digits)[rows])), torch.from_numpy(digits.y[rows])).backward()
        optimiser.param_groups[0]["lr"] = how.learning_rate * (1 + np.cos(np.pi * step / 9)) / 2
        optimiser.step()
    state = plain.state_of(network)
    assert all(np.allclose(left.state[name], state[name], atol=1e-5) for name in state)


def soft(number: int, count: int, outputs: int = 10) -> Learner:
    """Return a learner that is taught what a teacher says of each example."""
    shape = Shape(64, (16, 16), outputs)
    draws = np.random.default_rng(100 + number)
    said = draws.dirichlet(np.ones(10), count) if outputs > 1 else draws.normal(size=count)
    return dataclasses.replace(learner(number, count, 0, shape), soft=said.astype(np.float32))


@pytest.mark.parametrize("outputs", [10, 1])
def test_what_teachers_say_is_learnt_as_in_the_plain_loop(digits: Source, examples: Examples, outputs: int):
    """Each example has its own teacher's word, whatever the order and whoever trains beside."""
    how, counts, shape = recipe("quick", 3), [70, 33, 129], Shape(64, (16, 16), outputs)
    together = train_stack([soft(k, n, outputs) for k, n in enumerate(counts)], shape, how, examples)
    for k, n in enumerate(counts):
        twin = soft(k, n, outputs)
        assert twin.soft is not None
        said = np.zeros((len(digits.x), *twin.soft.shape[1:]), np.float32)
        said[twin.train] = twin.soft
        state = plain_soft(twin, inputs(digits), said, how)
        assert all(np.allclose(together[k].state[name], state[name], atol=2e-4) for name in state)


def plain_soft(one: Learner, x: np.ndarray, said: np.ndarray, how: Recipe) -> dict[str, np.ndarray]:
    network = plain.sequential(one.start)
    optimiser = torch.optim.Adam(network.parameters(), lr=how.learning_rate)
    for _ in range(how.epochs):
        shuffled = one.train[one.order.permutation(len(one.train))]
        for first in range(0, len(shuffled), how.minibatch):
            rows = shuffled[first : first + how.minibatch]
            logits, truth = network(torch.from_numpy(x[rows])), torch.from_numpy(said[rows])
            if logits.shape[1] == 1:
                loss = nn.functional.huber_loss(logits[:, 0], truth)
            else:
                loss = -(truth * logits.log_softmax(1)).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return plain.state_of(network)


@pytest.mark.parametrize("anneals", [False, True])
@pytest.mark.parametrize("make", [learner, soft], ids=["labels", "teachers"])
def test_neither_teachers_nor_annealing_make_neighbours_matter(make, anneals: bool, examples: Examples):
    """Learners of different lengths, so that rates and steps differ, and some leave before others."""
    how, counts = recipe("quick", 3), [130, 17, 64]
    together = train_stack([make(k, n) for k, n in enumerate(counts)], SHAPE, how, examples, anneals)
    for k, n in enumerate(counts):
        (alone,) = train_stack([make(k, n)], SHAPE, how, examples, anneals)
        assert same(alone.state, together[k].state)
