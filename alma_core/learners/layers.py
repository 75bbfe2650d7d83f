"""Layers that carry a leading learner axis K: K learners of one shape in one batched matrix product.

Images are kept as [K, channels, height, width, n], the examples last: every copy and every sum then runs over long
stretches of memory however thin the network is. No learner's numbers may depend on how many stand beside it. A product
or sum over several learners keeps that for some sizes and numbers of threads only, so what works on images, where one
learner is work enough for a CPU, is done there learner by learner (`together`).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import max_pool2d, pad

PATCH_VALUES = {"cpu": 2**19, "cuda": 2**28}
"""Gathered values of one product of a convolution: what a core's cache holds, or a gigabyte."""

MOMENTUM = 0.1
"""Weight of the newest minibatch in the running statistics, as in torch.nn.BatchNorm2d."""

EPSILON = 1e-5
"""Added to a variance before its root is taken, as in torch.nn.BatchNorm2d."""


def together(x: Tensor) -> int:
    """Return how many learners of [K, ...] share a product or a sum over images: all on CUDA, one on a CPU."""
    return len(x) if x.is_cuda else 1


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map each learner's rows by its own weights.

    Args:
        x: [K, n, n_in].
        weight: [K, n_in, n_out]. Of one output the sums are taken without a matrix product: batched products of that
            shape are several times slower, and those of a lone learner differ in the last bit.
        bias: [K, 1, n_out].
    """
    if weight.shape[2] == 1:
        return product(x, weight) + bias  # [K, n, 1]
    return torch.baddbmm(bias, x, weight)  # [K, n, n_out]


def product(x: Tensor, weight: Tensor) -> Tensor:
    """Multiply each learner's rows by its own weights; arguments as `linear`."""
    if weight.shape[2] == 1:
        return (x * weight.mT).sum(2, keepdim=True)  # [K, n, 1]
    return torch.bmm(x, weight)  # [K, n, n_out]


def linear_of_images(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map each learner's images of a single position by its own weights.

    Args:
        x: [K, c, 1, 1, n].
        weight: [K, c, n_out].
        bias: [K, 1, n_out].
    """
    rows, size = x.flatten(1, 3).mT, together(x)  # [K, n, c]
    parts = zip(torch.split(rows, size), torch.split(weight, size), torch.split(bias, size), strict=True)
    return torch.cat([linear(*part) for part in parts])  # [K, n, n_out]


def initial_linear(
    draws: np.random.Generator, n_in: int, n_out: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw one learner's weight [n_in, n_out] and bias [1, n_out], uniform in +-1/sqrt(n_in) (as torch.nn.Linear)."""
    bound = n_in**-0.5
    weight = draws.uniform(-bound, bound, (n_in, n_out)).astype(np.float32)
    bias = draws.uniform(-bound, bound, (1, n_out)).astype(np.float32)
    return weight, bias


def convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve each learner's images, padded with a border of one zero, by its own 3x3 kernels.

    Args:
        x: [K, c_in, H, W, n].
        weight: [K, c_out, c_in * 9], a kernel's values by channel, row, column.
        bias: [K, c_out, 1].
    """
    out: Tensor = _Convolution.apply(x, weight, bias)  # type: ignore[no-untyped-call]  # [K, c_out, H, W, n]
    return out


def initial_convolution(
    draws: np.random.Generator, c_in: int, c_out: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw a weight [c_out, c_in * 9] and bias [c_out, 1], uniform in +-1/sqrt(9 c_in) (as torch.nn.Conv2d)."""
    bound = (9 * c_in) ** -0.5
    weight = draws.uniform(-bound, bound, (c_out, c_in * 9)).astype(np.float32)
    bias = draws.uniform(-bound, bound, (c_out, 1)).astype(np.float32)
    return weight, bias


def max_pool(x: Tensor) -> Tensor:
    """Keep the largest value of each square of 2x2 positions.

    Args:
        x: [K, c, H, W, n], H and W even.
    """
    images = x.flatten(0, 1).permute(0, 3, 1, 2)  # [K * c, n, H, W]
    pooled = max_pool2d(images, 2).permute(0, 2, 3, 1)  # [K * c, H/2, W/2, n]
    return pooled.view(*x.shape[:2], *pooled.shape[1:])  # [K, c, H/2, W/2, n]


def batch_norm(
    x: Tensor,
    scale: Tensor,
    shift: Tensor,
    running_mean: Tensor,
    running_variance: Tensor,
    row_weights: Tensor | None,
) -> Tensor:
    """Normalise each channel of each learner, by the minibatch in training and by the running statistics after it.

    Args:
        x: [K, c, H, W, n].
        scale, shift: [K, c, 1].
        running_mean, running_variance: [K, c, 1], moved in place in training.
        row_weights: [K, n], 1 / real rows on real rows and zero on padding, which then counts for nothing; None
            where nothing is trained.
    """
    if row_weights is None:
        factor = scale * (running_variance + EPSILON).rsqrt()  # [K, c, 1]
        return (x * _over_images(factor)).add_(_over_images(shift - running_mean * factor))
    with torch.no_grad():
        mean = _average(x, row_weights)  # [K, c, 1]
        centred = x - _over_images(mean)
        variance = _average(centred.square(), row_weights)  # [K, c, 1]
        values = row_weights.count_nonzero(1)[:, None, None] * (x.shape[2] * x.shape[3])  # [K, 1, 1]
        unbiased = variance * (values / (values - 1).clamp(min=1))  # [K, c, 1]
        running_mean.mul_(1 - MOMENTUM).add_(mean * MOMENTUM)
        running_variance.mul_(1 - MOMENTUM).add_(unbiased * MOMENTUM)
    out: Tensor = _BatchNorm.apply(x, centred, variance, scale, shift, row_weights)  # type: ignore[no-untyped-call]
    return out  # [K, c, H, W, n]


class _Convolution(torch.autograd.Function):
    """Patches are gathered again on the way back: to keep nine copies of every image would cost more."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _convolved(x, weight, bias)  # [K, c_out, H, W, n]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        of_x = None
        if ctx.needs_input_grad[0]:
            kernels = weight.view(*weight.shape[:2], -1, 9)  # [K, c_out, c_in, 9]
            kernels = kernels.flip(3).transpose(1, 2).flatten(2)  # [K, c_in, c_out * 9]
            of_x = _convolved(gradient, kernels, kernels.new_zeros(len(x), kernels.shape[1], 1))  # [K, c_in, H, W, n]
        of_weight = torch.zeros_like(weight)  # [K, c_out, c_in * 9]
        for learners, rows, patches in _patches(x):
            of_weight[learners] += torch.bmm(gradient[learners, :, rows].flatten(2), patches.mT)
        return of_x, of_weight, _sums(gradient).sum(2, keepdim=True)  # ..., [K, c_out, 1]


def _convolved(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    out = x.new_empty(len(x), weight.shape[1], *x.shape[2:])  # [K, c_out, H, W, n]
    for learners, rows, patches in _patches(x):
        here = out[learners, :, rows]  # [k, c_out, h, W, n]
        here.copy_(torch.baddbmm(bias[learners], weight[learners], patches).view_as(here))
    return out


def _patches(x: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """Gather what the 3x3 kernels see, some learners and some rows of the images at a time.

    Yields:
        which learners (k of them), which rows (h of them), and [k, c * 9, h * W * n].
    """
    n_learners, channels, height, width, n = x.shape
    k = together(x)
    n_rows = min(height, max(1, PATCH_VALUES[x.device.type] // (k * channels * 9 * width * n)))
    for first in range(0, n_learners, k):
        for top in range(0, height, n_rows):
            bottom = min(top + n_rows, height)
            seen = x[first : first + k, :, max(top - 1, 0) : bottom + 1]
            bordered = pad(seen, (0, 0, 1, 1, int(top == 0), int(bottom == height)))  # [k, c, h + 2, W + 2, n]
            windows = bordered.unfold(2, 3, 1).unfold(3, 3, 1)  # [k, c, h, W, n, 3, 3]
            patches = windows.permute(0, 1, 5, 6, 2, 3, 4).flatten(4).flatten(1, 3)  # [k, c * 9, h * W * n]
            yield slice(first, first + k), slice(top, bottom), patches


class _BatchNorm(torch.autograd.Function):
    """Written out, because a sum that autograd inserts for a broadcast may run in an order that depends on K."""

    @staticmethod
    def forward(
        ctx: Any, _x: Tensor, centred: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, row_weights: Tensor
    ) -> Tensor:
        root = (variance + EPSILON).rsqrt()  # [K, c, 1]
        ctx.save_for_backward(centred, root, scale, row_weights)
        return (centred * _over_images(root * scale)).add_(_over_images(shift))  # [K, c, H, W, n]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        centred, root, scale, row_weights = ctx.saved_tensors
        of_shift = _sums(gradient).sum(2, keepdim=True)  # [K, c, 1]
        of_scale = _sums(gradient * centred).sum(2, keepdim=True) * root  # [K, c, 1]
        share = row_weights[:, None, None, None] / (centred.shape[2] * centred.shape[3])  # [K, 1, 1, 1, n]
        pull = (centred * _over_images(root * of_scale)).add_(_over_images(of_shift)).mul_(share)  # [K, c, H, W, n]
        of_x = (gradient - pull).mul_(_over_images(root * scale))  # [K, c, H, W, n]
        return of_x, None, None, of_scale, of_shift, None


def _sums(x: Tensor) -> Tensor:
    """Return the sums of [K, c, H, W, n] over positions."""
    return torch.cat([part.sum((2, 3)) for part in torch.split(x, together(x))])  # [K, c, n]


def _average(x: Tensor, row_weights: Tensor) -> Tensor:
    """Return the mean of [K, c, H, W, n] over positions, and over examples by their weights [K, n]."""
    weighted = _sums(x) * row_weights.unsqueeze(1)  # [K, c, n]
    return weighted.sum(2, keepdim=True) / (x.shape[2] * x.shape[3])  # [K, c, 1]


def _over_images(channels: Tensor) -> Tensor:
    """Return [K, c, 1] such that it broadcasts over images."""
    return channels[..., None, None]  # [K, c, 1, 1, 1]
