"""Crops and mirrors against naive slicing, and what training makes of them."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from alma_core import seeds
from alma_core.learners.augmenting import BORDER, image_of, moved, moves
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.networks import initial
from alma_core.learners.training import train_stack
from alma_core.sizes import Mixture, RankOne, Shape, VggShape
from alma_core.specs import Recipe

VGG = VggShape((2, 6, 5), 4, 3)
SGD = Recipe("test", "sgd", 0.01, 16, 2, momentum=0.9, weight_decay=1e-4)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As runs do: on several, convolutions may be cut differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("image", [(1, 8, 8), (3, 5, 7), (2, 6, 2), (1, 1, 9)])
def test_images_move_as_if_cut_one_by_one(image: tuple[int, int, int]):
    channels, height, width = image
    draws = np.random.default_rng(0)
    x = draws.random((2, 40, channels * height * width), np.float32)  # [K, m, inputs]
    by = moves(draws, 2, 40)  # [K, m, 3]
    found = moved(torch.from_numpy(x), image, torch.from_numpy(by)).numpy()
    for k in range(2):
        for row in range(40):
            wide = np.zeros((height + 2 * BORDER, width + 2 * BORDER, channels), np.float32)
            wide[BORDER : BORDER + height, BORDER : BORDER + width] = x[k, row].reshape(height, width, channels)
            down, right, mirrored = by[k, row]
            crop = wide[down : down + height, right : right + width]
            assert np.array_equal(found[k, row], (crop[:, ::-1] if mirrored else crop).ravel()), by[k, row]


def test_in_the_middle_and_not_mirrored_an_image_stays():
    x = torch.rand(1, 3, 24)
    stay = torch.tensor([BORDER, BORDER, 0]).expand(1, 3, 3)
    assert torch.equal(moved(x, (2, 4, 3), stay), x)
    mirrored = moved(x, (2, 4, 3), torch.tensor([BORDER, BORDER, 1]).expand(1, 3, 3))
    assert torch.equal(mirrored.view(3, 4, 3, 2), x.view(3, 4, 3, 2).flip(2))


def test_every_crop_and_both_ways_are_drawn_alike():
    drawn = moves(np.random.default_rng(0), 900, 10)  # [steps, minibatch, 3]
    assert drawn.shape == (900, 10, 3)
    for axis in (0, 1):
        assert np.bincount(drawn[..., axis].ravel()) == pytest.approx(np.full(9, 1000), abs=150)
    assert np.bincount(drawn[..., 2].ravel()) == pytest.approx(np.full(2, 4500), abs=250)


def test_only_what_sees_images_moves_them():
    assert image_of(Shape(64, (16,), 10)) is None
    assert image_of(Mixture(Shape(64, (16,), 10), 2)) is None
    assert [image_of(shape) for shape in (VGG, Mixture(VGG, 2), RankOne(VGG, 2))] == [VGG.image] * 3


def images() -> Examples:
    draws = np.random.default_rng(1)
    return Examples(torch.from_numpy(draws.random((120, 60), np.float32)), torch.from_numpy(draws.integers(0, 3, 120)))


def learner(k: int, count: int, moving: bool = True) -> Learner:
    start = initial(VGG, seeds.generator(k, "initialisation", 0))
    rows = np.random.default_rng(k).permutation(120)[:count]
    draws = seeds.generator(k, "moves", 0) if moving else None
    return Learner(start, rows, np.arange(0), seeds.generator(k, "order", 0), moves=draws)


def test_training_sees_the_moved_images_in_its_order():
    """One step on 16 images is the step that a network makes which is given them moved."""
    data, how = images(), dataclasses.replace(SGD, epochs=1)
    (left,) = train_stack([learner(0, 16)], VGG, how, data)
    shown = learner(0, 16)
    shuffled = shown.train[shown.order.permutation(16)]
    x = data.x.clone()
    by = torch.from_numpy(moves(seeds.generator(0, "moves", 0), 1, 16))  # [1, 16, 3]
    x[shuffled] = moved(x[shuffled][None], VGG.image, by)[0]
    (twin,) = train_stack([learner(0, 16, moving=False)], VGG, how, Examples(x, data.y))
    assert all(np.array_equal(left.state[name], twin.state[name]) for name in twin.state)
    (still,) = train_stack([learner(0, 16, moving=False)], VGG, how, data)
    assert not np.array_equal(left.state["0.weight"], still.state["0.weight"])


def test_each_minibatch_moves_its_images_anew():
    """Two epochs differ from twice the same moves: from training on images that were moved once and for all."""
    data = images()
    (left,) = train_stack([learner(0, 16)], VGG, SGD, data)
    shown = learner(0, 16)
    shuffled = shown.train[shown.order.permutation(16)]
    x = data.x.clone()
    by = torch.from_numpy(moves(seeds.generator(0, "moves", 0), 1, 16))
    x[shuffled] = moved(x[shuffled][None], VGG.image, by)[0]
    (twin,) = train_stack([learner(0, 16, moving=False)], VGG, SGD, Examples(x, data.y))
    assert not np.array_equal(left.state["0.weight"], twin.state["0.weight"])


def test_a_learner_that_moves_images_does_not_depend_on_its_neighbours():
    """Ragged minibatches, and one that leaves early: as alone."""
    counts, data = [33, 7, 64], images()
    together = train_stack([learner(k, n) for k, n in enumerate(counts)], VGG, SGD, data)
    for k, n in enumerate(counts):
        (alone,) = train_stack([learner(k, n)], VGG, SGD, data)
        assert all(np.array_equal(alone.state[name], together[k].state[name]) for name in alone.state)
