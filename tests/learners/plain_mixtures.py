"""The naive twin: one learner, one expert and one row's member at a time, by torch's own layers."""

import torch
from torch import Tensor
from torch.nn import functional

from alma_core.learners.networks import Stack
from alma_core.sizes import AnyShape, Mixture, Network, RankOne, Shape, VggShape


def plain(shape: AnyShape, w: Stack, x: Tensor, n: int | None, places: list[int] | None = None) -> Tensor:
    """Return the logits of one learner on real rows x.

    Args:
        n: in training, the places of a minibatch.
        places: those at which x stand; None: the first.
    """
    if isinstance(shape, Mixture):
        return plain_mixture(shape, w, x, n)
    if isinstance(shape, RankOne):
        if n is not None:
            at = range(len(x)) if places is None else places
            return plain_network(shape.base, w, x, True, [i * shape.members // n for i in at])
        said = [plain_network(shape.base, w, x, False, [j] * len(x)) for j in range(shape.members)]
        mean = sum(said if shape.outputs == 1 else [one.softmax(1) for one in said]) / shape.members
        return mean if shape.outputs == 1 else mean.log()
    assert isinstance(shape, Shape | VggShape)
    return plain_network(shape, w, x, n is not None, None)


def plain_mixture(shape: Mixture, w: Stack, x: Tensor, n: int | None) -> Tensor:
    total = torch.zeros(len(x), shape.outputs, dtype=x.dtype)
    for e in range(shape.experts):
        share = torch.ones(len(x), dtype=x.dtype)
        for j in range(shape.gates):
            way = w["gate.paths"][e, j]
            if way != 0:
                share = share * torch.sigmoid(way * (x @ w["gate.weight"][:, j] + w["gate.bias"][0, j]))
        own = {name: value[e] for name, value in w.items() if not name.startswith("gate.")}
        total = total + share[:, None] * plain(shape.base, own, x, n)
    return total


def plain_network(shape: Network, w: Stack, x: Tensor, training: bool, members: list[int] | None) -> Tensor:
    if isinstance(shape, Shape):
        for layer in range(len(shape.layers)):
            x = plain_layer(w, layer, functional.relu(x) if layer else x, members)
        return x
    channels, height, width = shape.image
    top, left = (32 - height) // 2, (32 - width) // 2
    x = x.view(-1, height, width, channels).permute(0, 3, 1, 2)
    x = functional.pad(x, (left, 32 - width - left, top, 32 - height - top))
    for layer in range(16):
        x = plain_layer(w, layer, x, members)
        running = w[f"{layer}.running_mean"].flatten(), w[f"{layer}.running_variance"].flatten()
        scale, shift = w[f"{layer}.scale"].flatten(), w[f"{layer}.shift"].flatten()
        x = functional.relu(functional.batch_norm(x, *running, scale, shift, training))
        x = functional.max_pool2d(x, 2) if layer in (1, 3, 7, 11, 15) else x
    return plain_layer(w, 16, x.flatten(1), members)


def plain_layer(w: Stack, layer: int, x: Tensor, members: list[int] | None) -> Tensor:
    weight, bias = w[f"{layer}.weight"], w[f"{layer}.bias"]
    of_rows = (len(x), -1) + (1,) * (x.ndim - 2)
    if members is not None:
        x = x * w[f"{layer}.in"][members].reshape(of_rows)
    x = functional.conv2d(x, weight.reshape(len(weight), -1, 3, 3), padding=1) if x.ndim == 4 else x @ weight
    if members is not None:
        x = x * w[f"{layer}.out"][members].reshape(of_rows)
        bias = bias[members] if x.ndim == 2 else bias
    return x + (bias.reshape(of_rows) if members is not None and x.ndim == 2 else bias.reshape(1, *of_rows[1:]))


def loss_of(said: Tensor, truth: Tensor) -> Tensor:
    """Return the mean loss of said [n, outputs] on classes, standardised targets or probabilities."""
    if said.shape[1] == 1:
        return functional.huber_loss(said[:, 0], truth)
    return functional.cross_entropy(said, truth)


def taught(shape: AnyShape, size: tuple[int, ...], draws: torch.Generator, soft: bool) -> Tensor:
    """Draw what networks of `shape` are taught about rows [*size]: classes, or doubles."""
    if shape.outputs == 1:
        return 2 * torch.randn(size, generator=draws, dtype=torch.float64)
    if soft:
        return torch.randn(*size, shape.outputs, generator=draws, dtype=torch.float64).softmax(-1)
    return torch.randint(0, shape.outputs, size, generator=draws)


def counting(n_real: list[int], n: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return row weights [K, n] of minibatches whose first n_real[k] rows are real."""
    real = torch.tensor(n_real)[:, None]
    return torch.where(torch.arange(n) < real, 1 / real.to(dtype), 0)


def around(base: Network) -> list[AnyShape]:
    """Return `base`, and what stands side by side of it."""
    return [base, Mixture(base, 3), Mixture(base, 2, gated=True), Mixture(base, 4, gated=True), RankOne(base, 3)]
