"""Images as training sees them: cropped out of a border and mirrored at random, each minibatch anew."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from alma_core.sizes import AnyShape, Mixture, RankOne, VggShape

BORDER: Final = 4
"""Pixels of zeros around an image out of which it is cropped (the ALMA paper's recipe for CIFAR-10)."""


def image_of(shape: AnyShape) -> tuple[int, int, int] | None:
    """Return channels, height and width of what a network sees as images; None where it sees rows of values."""
    base = shape.base if isinstance(shape, Mixture | RankOne) else shape
    return base.image if isinstance(base, VggShape) else None


def moves(draws: np.random.Generator, steps: int, minibatch: int) -> NDArray[np.int64]:
    """Draw, for each image of each step, how far down and right its crop begins, and whether it is mirrored.

    Returns:
        [steps, minibatch, 3], 0..2 BORDER twice, and 0 or 1.
    """
    return draws.integers(0, [2 * BORDER + 1, 2 * BORDER + 1, 2], (steps, minibatch, 3))


def moved(x: Tensor, image: tuple[int, int, int], by: Tensor) -> Tensor:
    """Crop and mirror images.

    Args:
        x: [K, m, inputs], rows as height, width, channels.
        image: channels, height, width.
        by: [K, m, 3] as `moves` draws them.
    """
    channels, height, width = image
    images = x.reshape(-1, height, width, channels)  # [K * m, H, W, c]
    bordered = pad(images, (0, 0, BORDER, BORDER, BORDER, BORDER))  # [K * m, H + 8, W + 8, c]
    down, right, mirrored = by.flatten(0, 1).unbind(1)  # [K * m] each
    rows = torch.arange(height, device=x.device) + down[:, None]  # [K * m, H]
    along = torch.arange(width, device=x.device)
    columns = torch.where(mirrored[:, None] == 1, along.flip(0), along) + right[:, None]  # [K * m, W]
    which = torch.arange(len(images), device=x.device)[:, None, None]
    return bordered[which, rows[:, :, None], columns[:, None]].view_as(x)  # [K, m, inputs]
