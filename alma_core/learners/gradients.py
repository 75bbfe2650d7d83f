"""The gradient of a stack's loss, written where the optimiser reads it."""

from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, huber_loss

from alma_core.learners.layers import linear
from alma_core.learners.networks import Stack, forward
from alma_core.learners.weights import Weights
from alma_core.sizes import AnyShape, Shape

HUBER: Final = 1.0
"""Standard deviations of the target beyond which a miss counts in proportion, no longer by its square."""


def write_gradient(weights: Weights, shape: AnyShape, x: Tensor, truth: Tensor, row_weights: Tensor) -> None:
    """Write the gradient of each learner's weighted loss into `weights.gradient`.

    The loss is the cross-entropy; of a network with one output, which is a standardised target, Huber's.

    Args:
        x: [K, m, inputs].
        truth: [K, m] class numbers, or standardised targets.
        row_weights: [K, m], 1 / real rows on real rows and zero on padding.
    """
    if isinstance(shape, Shape):
        _of_mlp(weights.views, weights.gradients, x, truth, row_weights)
    else:
        _by_autograd(weights, shape, x, truth, row_weights)


@torch.no_grad()
def _of_mlp(weights: Stack, into: Stack, x: Tensor, truth: Tensor, row_weights: Tensor) -> None:
    """Back-propagate by hand: a thin MLP spends more time in autograd's bookkeeping than in its products."""
    last = len(weights) // 2 - 1
    seen = [x]
    for layer in range(last):
        seen.append(linear(seen[-1], weights[f"{layer}.weight"], weights[f"{layer}.bias"]).relu_())  # [K, m, hidden]
    logits = linear(seen[-1], weights[f"{last}.weight"], weights[f"{last}.bias"])  # [K, m, classes]
    pull = _of_logits(logits, truth, row_weights)  # [K, m, classes]
    for layer in range(last, -1, -1):
        if pull.shape[2] == 1:  # as in `linear`
            torch.sum(seen[layer] * pull, 1, out=into[f"{layer}.weight"].squeeze(2))  # [K, n_in]
        else:
            torch.bmm(seen[layer].mT, pull, out=into[f"{layer}.weight"])  # [K, n_in, n_out]
        torch.sum(pull, 1, keepdim=True, out=into[f"{layer}.bias"])  # [K, 1, n_out]
        if layer:
            back = weights[f"{layer}.weight"].mT  # [K, n_out, n_in]
            pull = pull * back if len(back[0]) == 1 else torch.bmm(pull, back)  # [K, m, hidden]
            pull = torch.ops.aten.threshold_backward(pull, seen[layer], 0)  # zero where the unit was off


def _of_logits(logits: Tensor, truth: Tensor, row_weights: Tensor) -> Tensor:
    """Return [K, m, classes] the gradient of the weighted cross-entropy: (softmax - truth) x weight.

    Classes are few: a softmax over them is fast only where the examples lie side by side in memory. With one output
    it is that of Huber's loss: the miss, at most HUBER either way, x weight.
    """
    if logits.shape[2] == 1:
        return ((logits[..., 0] - truth).clamp_(-HUBER, HUBER) * row_weights).unsqueeze(2)  # [K, m, 1]
    pull = logits.mT.contiguous().softmax(1)  # [K, classes, m]
    pull.scatter_add_(1, truth[:, None], -torch.ones_like(pull[:, :1]))
    return pull.mul_(row_weights[:, None]).mT  # [K, m, classes]


def _by_autograd(weights: Weights, shape: AnyShape, x: Tensor, truth: Tensor, row_weights: Tensor) -> None:
    leaves = {name: weights.views[name].detach().requires_grad_() for name in weights.gradients}
    logits = forward(shape, leaves | weights.carried, x, row_weights)  # [K, m, classes]
    if logits.shape[2] == 1:
        losses = huber_loss(logits.flatten(), truth.flatten(), reduction="none", delta=HUBER)  # [K * m]
    else:
        losses = cross_entropy(logits.flatten(0, 1), truth.flatten(), reduction="none")  # [K * m]
    found = torch.autograd.grad((losses * row_weights.flatten()).sum(), list(leaves.values()))
    for into, gradient in zip(weights.gradients.values(), found, strict=True):
        into.copy_(gradient)
