"""The gradient of a stack's loss, written where the optimiser reads it."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from alma_core.learners.layers import linear, product
from alma_core.learners.mixtures import by_expert, by_rows, expert, shares, slopes, towards, write_by_member
from alma_core.learners.networks import Stack, forward
from alma_core.learners.weights import Weights
from alma_core.shapes import AnyShape, Mixture, RankOne, Shape

HUBER: Final = 1.0
"""Standard deviations of the target beyond which a miss counts in proportion, no longer by its square."""

Passed = tuple[Tensor, Callable[[Tensor], None]]
"""What a forward pass leaves: logits [K, m, outputs], and what writes the gradient for a pull on them of that shape."""


@torch.no_grad()
def write_gradient(weights: Weights, shape: AnyShape, x: Tensor, truth: Tensor, row_weights: Tensor) -> None:
    """Write the gradient of each learner's weighted loss into `weights.gradient`.

    The loss is the cross-entropy; of a network with one output, which is a standardised target, Huber's.

    Args:
        x: [K, m, inputs].
        truth: [K, m] class numbers, or standardised targets; or [K, m, classes] probabilities, of soft targets.
        row_weights: [K, m], 1 / real rows on real rows and zero on padding.
    """
    logits, back = _passed(shape, weights.views, weights.gradients, x, row_weights)
    back(_of_logits(logits, truth, row_weights))


def _passed(shape: AnyShape, weights: Stack, into: Stack, x: Tensor, row_weights: Tensor) -> Passed:
    """Run networks of `shape` forward; the way back writes into `into`.

    MLPs are run by hand: a thin one spends more time in autograd's bookkeeping than in its products.
    """
    match shape:
        case Shape():
            return _through_mlp(weights, into, x)
        case Mixture():
            return _through_experts(shape, weights, into, x, row_weights)
        case RankOne(base=Shape()):
            return _through_members(len(shape.base.products), weights, into, x)
    return _through_autograd(shape, weights, into, x, row_weights)


def _through_mlp(weights: Stack, into: Stack, x: Tensor) -> Passed:
    last = len(weights) // 2 - 1
    seen = [x]
    for layer in range(last):
        seen.append(linear(seen[-1], weights[f"{layer}.weight"], weights[f"{layer}.bias"]).relu_())  # [K, m, hidden]

    def back(pull: Tensor) -> None:
        for layer in range(last, -1, -1):
            _write_linear(seen[layer], pull, into, layer)
            if layer:
                pull = _before(pull, weights[f"{layer}.weight"])  # [K, m, hidden]
                pull = _where_on(pull, seen[layer])

    return linear(seen[-1], weights[f"{last}.weight"], weights[f"{last}.bias"]), back


def _through_experts(shape: Mixture, weights: Stack, into: Stack, x: Tensor, row_weights: Tensor) -> Passed:
    each = [_passed(shape.base, expert(weights, e), expert(into, e), x, row_weights) for e in range(shape.experts)]
    said, backs = torch.stack([logits for logits, _back in each]), [back for _logits, back in each]
    if shape.gated:
        return _through_gates(said, backs, weights, into, x)

    def back(pull: Tensor) -> None:
        for expert_back in backs:
            expert_back(pull)

    return said.sum(0), back


def _through_gates(
    said: Tensor, backs: list[Callable[[Tensor], None]], weights: Stack, into: Stack, x: Tensor
) -> Passed:
    """Weigh what experts say, [E, K, m, outputs], by their shares; pulls go back to the experts and to the gates."""
    turned, paths = towards(weights, x), by_expert(weights)  # [E, K, m, E-1], [E, K, 1, E-1]
    share = shares(turned, paths)  # [E, K, m, 1]
    weighted = said * share  # [E, K, m, outputs]

    def back(pull: Tensor) -> None:
        for expert_back, pulled in zip(backs, pull * share, strict=True):
            expert_back(pulled)
        felt = (pull * weighted).sum(3, keepdim=True)  # [E, K, m, 1], along the logarithm of each share
        _write_linear(x, (felt * slopes(turned, paths)).sum(0), into, "gate")

    return weighted.sum(0), back


def _through_members(n_layers: int, weights: Stack, into: Stack, x: Tensor) -> Passed:
    """Run MLPs shared by members of rank one, each of which meets its own rows of the minibatch."""
    m, last = x.shape[1], n_layers - 1
    seen, entered, left = [x], [], []
    for layer in range(n_layers):
        before, after, bias = (by_rows(weights[f"{layer}.{name}"], m, 1) for name in ("in", "out", "bias"))
        entered.append(before.mul_(seen[-1]))  # [K, m, n_in]
        left.append(product(entered[-1], weights[f"{layer}.weight"]))  # [K, m, n_out]
        said = bias.addcmul_(left[-1], after)  # [K, m, n_out]
        seen.append(said if layer == last else said.relu_())

    def back(pull: Tensor) -> None:
        for layer in range(last, -1, -1):
            write_by_member(pull, into[f"{layer}.bias"])
            write_by_member(pull * left[layer], into[f"{layer}.out"])
            pull = pull * by_rows(weights[f"{layer}.out"], m, 1)  # [K, m, n_out]
            _write_product(entered[layer], pull, into[f"{layer}.weight"])
            pull = _before(pull, weights[f"{layer}.weight"])  # [K, m, n_in]
            write_by_member(pull * seen[layer], into[f"{layer}.in"])
            if layer:
                pull = _where_on(pull * by_rows(weights[f"{layer}.in"], m, 1), seen[layer])  # [K, m, n_in]

    return seen[-1], back


def _through_autograd(shape: AnyShape, weights: Stack, into: Stack, x: Tensor, row_weights: Tensor) -> Passed:
    leaves = {name: weights[name].detach().requires_grad_() for name in into}
    with torch.enable_grad():
        logits = forward(shape, weights | leaves, x, row_weights)  # [K, m, outputs]

    def back(pull: Tensor) -> None:
        found = torch.autograd.grad(logits, list(leaves.values()), pull)
        for name, gradient in zip(leaves, found, strict=True):
            into[name].copy_(gradient)

    return logits.detach(), back


def _write_linear(seen: Tensor, pull: Tensor, into: Stack, layer: int | str) -> None:
    """Write the gradient of a linear layer from what it saw [K, m, n_in] and the pull on its outputs [K, m, n_out]."""
    _write_product(seen, pull, into[f"{layer}.weight"])
    torch.sum(pull, 1, keepdim=True, out=into[f"{layer}.bias"])  # [K, 1, n_out]


def _write_product(seen: Tensor, pull: Tensor, into: Tensor) -> None:
    if pull.shape[2] == 1:  # as in `linear`
        torch.sum(seen * pull, 1, out=into.squeeze(2))  # [K, n_in]
    else:
        torch.bmm(seen.mT, pull, out=into)  # [K, n_in, n_out]


def _before(pull: Tensor, weight: Tensor) -> Tensor:
    """Return the pull [K, m, n_in] on what a product was given, from that on what it gave [K, m, n_out]."""
    back = weight.mT  # [K, n_out, n_in]
    return pull * back if back.shape[1] == 1 else torch.bmm(pull, back)  # [K, m, n_in]


def _where_on(pull: Tensor, seen: Tensor) -> Tensor:
    """Return the pull, zero where the unit was off."""
    pulled: Tensor = torch.ops.aten.threshold_backward(pull, seen, 0)
    return pulled


def _of_logits(logits: Tensor, truth: Tensor, row_weights: Tensor) -> Tensor:
    """Return [K, m, classes] the gradient of the weighted cross-entropy: (softmax - truth) x weight.

    Classes are few: a softmax over them is fast only where the examples lie side by side in memory. With one output
    it is that of Huber's loss: the miss, at most HUBER either way, x weight.
    """
    if logits.shape[2] == 1:
        return ((logits[..., 0] - truth).clamp_(-HUBER, HUBER) * row_weights).unsqueeze(2)  # [K, m, 1]
    pull = logits.mT.contiguous().softmax(1)  # [K, classes, m]
    if truth.ndim == 3:
        pull.sub_(truth.mT)
    else:
        pull.scatter_add_(1, truth[:, None], -torch.ones_like(pull[:, :1]))
    return pull.mul_(row_weights[:, None]).mT  # [K, m, classes]
