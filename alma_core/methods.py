"""What each method asks of a policy: what it may start from, what it needs to be told, which networks it fits."""

from dataclasses import dataclass
from typing import Final

NETWORKS: Final = ("mlp", "vgg")
ESTIMATORS: Final = ("trees", "linear", "sgd")
"""What a user would pick instead of a network: scikit-learn's models, which have no size ladder."""

STARTS: Final = ("warm", "scratch", "shrink_perturb")
SCHEDULES: Final = ("every", "once", "shift", "error", "threshold", "cumulative")
TRIGGERED: Final = ("shift", "error", "threshold", "cumulative")
"""Schedules that look at what arrives; the others are known ahead."""


@dataclass(frozen=True)
class Method:
    """What a method asks of a policy.

    Args:
        starts: what its updates may start from.
        has_members: it is told how many networks, experts or snapshots it has (k >= 2).
        grows: what it adds: "none", "members", "experts" or "width".
        grows_by: which of a policy's numbers says when it grows: "", "grow_every" or "grow_after".
        architectures: what it may be made of.
        needs_classes: it makes no sense where numbers are predicted.
        divides_minibatches: its members divide the examples of a minibatch among them.
    """

    starts: tuple[str, ...] = STARTS
    has_members: bool = False
    grows: str = "none"
    grows_by: str = ""
    architectures: tuple[str, ...] = NETWORKS
    needs_classes: bool = False
    divides_minibatches: bool = False


WARM: Final = ("warm",)

METHODS: Final = {
    "single": Method(architectures=NETWORKS + ESTIMATORS),
    "keep_better": Method(),
    "ensemble": Method(has_members=True),
    "umix": Method(has_members=True),
    "bagging": Method(has_members=True),
    "adaboost": Method(has_members=True, needs_classes=True),
    "gens": Method(("warm", "scratch"), grows="members"),
    "gens_newest": Method(("warm", "scratch"), has_members=True, grows="members"),
    "gens_best": Method(("warm", "scratch"), has_members=True, grows="members"),
    "hybrid": Method(("warm", "scratch"), grows="members", grows_by="grow_after"),
    "moe": Method(has_members=True),
    "gmoe": Method(WARM, grows="experts", grows_by="grow_every"),
    "gmoe_random": Method(WARM, grows="experts", grows_by="grow_every"),
    "firefly": Method(WARM, grows="width", grows_by="grow_every"),
    "ema": Method(WARM),
    "snapshot": Method(("warm", "scratch"), has_members=True),
    "batch_ensemble": Method(has_members=True, divides_minibatches=True),
    "distilled": Method(has_members=True),
}
"""The methods by name; `policies.wording` says what each is."""

STARTS_OF: Final = {"trees": ("scratch",), "linear": ("scratch",), "sgd": ("warm",)}
"""What an estimator may start from: trees and linear models are refitted, stochastic gradient descent goes on."""
