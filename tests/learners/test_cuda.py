"""On CUDA: one step to float32 tolerance, whole curves within what the seeds do; a captured step is the step."""

import numpy as np
import pytest
import torch

from alma_core import seeds, specs
from alma_core.learners import training
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.networks import initial
from alma_core.learners.training import train_stack
from alma_core.sizes import AnyShape, Shape, VggShape
from alma_core.streams.sources import Source
from alma_core.streams.stream import inputs
from tests.conftest import ledger_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device"),
]

MLP = Shape(64, (16, 16), 10)
VGG = VggShape((1, 8, 8), 4, 10)
SHORT = specs.recipe("quick", 1)


def learners(shape: AnyShape, counts: list[int]) -> list[Learner]:
    made = []
    for number, count in enumerate(counts):
        rows = np.random.default_rng(number).permutation(1437)[:count]
        start = initial(shape, seeds.generator(number, "initialisation", 0))
        made.append(Learner(start, rows, rows[:0], seeds.generator(number, "order", number)))
    return made


def examples(digits: Source, device: str) -> Examples:
    return Examples(torch.from_numpy(inputs(digits)).to(device), torch.from_numpy(digits.y).to(device))


@pytest.mark.parametrize("shape", [MLP, VGG], ids=["mlp", "vgg"])
def test_one_step_is_that_of_the_cpu(digits: Source, shape: AnyShape):
    counts = [64, 40, 64]
    here, there = (
        train_stack(learners(shape, counts), shape, SHORT, examples(digits, device)) for device in ("cpu", "cuda")
    )
    for one, other in zip(here, there, strict=True):
        for name in one.state:
            assert np.allclose(one.state[name], other.state[name], atol=2e-3), name


@pytest.mark.parametrize("shape", [MLP, VGG], ids=["mlp", "vgg"])
def test_a_captured_step_is_the_step(digits: Source, shape: AnyShape, monkeypatch: pytest.MonkeyPatch):
    """Ragged minibatches, learners that leave, moments that go on: as launched one by one."""
    counts, how = [200, 130, 64, 300], specs.recipe("quick", 3)
    captured = train_stack(learners(shape, counts), shape, how, examples(digits, "cuda"))
    monkeypatch.setattr(training, "launched", lambda step, *_: step)
    called = train_stack(learners(shape, counts), shape, how, examples(digits, "cuda"))
    for one, other in zip(captured, called, strict=True):
        for name in one.state:
            assert np.allclose(one.state[name], other.state[name], atol=1e-4), name


def test_curves_are_those_of_the_cpu_within_the_seeds(digits: Source):
    policies = specs.grid([1, 5], ["S", "M"], ["warm", "scratch"], [1.0])
    spec = specs.RunSpec(specs.StreamSpec("digits", 10), policies, specs.recipe("quick"), 4)
    here, there = (ledger_of(spec, digits, device=device)[0].query("method == 'single'") for device in ("cpu", "cuda"))
    difference = (here["error"].to_numpy() - there["error"].to_numpy()).reshape(len(policies), 4, 10).mean((1, 2))
    spread = here.groupby(["policy", "seed"], observed=True)["error"].mean().groupby("policy", observed=True).std()
    assert (np.abs(difference) < 2 * spread.max()).all()
