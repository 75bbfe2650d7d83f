"""What a run will take: counted, shared, done already; here and on a cluster."""

from pathlib import Path

import pytest

from alma_core import specs
from alma_core.policies import catalogue
from alma_core.simulate import estimate
from alma_core.simulate.estimate import Pace
from alma_core.simulate.outlook import Outlook, outlook
from alma_core.simulate.plan import Plan
from alma_core.specs import LearnerSpec
from alma_core.streams.source import Source
from tests.conftest import ledger_of


def pace(seconds: float) -> Pace:
    return Pace((1, 64), (seconds, 64 * seconds), (0.0, 0.0))


@pytest.fixture(autouse=True)
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device on which a step of a network takes a second, and one of trees ten."""

    def paces(plan: Plan, *_how: object) -> dict[LearnerSpec, Pace]:
        learners = {update.learner for update in plan.graph.updates.values()}
        return {one: pace(1.0 if one.is_network else 10.0) for one in learners}

    monkeypatch.setattr(estimate, "paces", paces)


def asked(few: Source, tmp_path: Path, *names: str, **how: int) -> tuple[specs.RunSpec, Outlook]:
    policies = catalogue.expand([catalogue.find(name) for name in names], [1, 2], ["S"])
    spec = specs.RunSpec(specs.StreamSpec("few", 4), policies, specs.recipe("quick", 1), 2)
    return spec, outlook(spec, few, "cpu", 1, 1, None, tmp_path, **how)


def test_counted_shared_and_done(few: Source, tmp_path: Path):
    spec, before = asked(few, tmp_path, "single", "ensemble-3")
    assert before.asked_for == 2 * (4 + 2) * (1 + 3)
    assert before.updates == 2 * (4 + 2) * 3  # the single network is the first of three members
    assert (before.in_store, before.device, before.jobs) == (0, "cpu", 1)
    assert before.flops > 0
    ledger_of(spec, few, tmp_path / "store")
    _spec, after = asked(few, tmp_path, "single", "ensemble-3")
    assert (after.in_store, after.flops, after.seconds) == (after.updates, 0, 0)


def test_what_no_gpu_speeds_up(few: Source, tmp_path: Path):
    _spec, networks = asked(few, tmp_path, "single")
    _spec, trees = asked(few, tmp_path, "trees")
    _spec, both = asked(few, tmp_path, "single", "trees")
    assert networks.cpu_seconds == 0 < networks.seconds
    assert trees.cpu_seconds == trees.seconds > 0
    assert both.cpu_seconds == trees.seconds
    assert both.seconds == networks.seconds + trees.seconds
    assert both.flops == networks.flops


def test_on_a_cluster_stacks_run_at_once_but_chains_do_not(few: Source, tmp_path: Path):
    _spec, here = asked(few, tmp_path, "single", "scratch")
    _spec, there = asked(few, tmp_path, "single", "scratch", elsewhere=2)
    _spec, large = asked(few, tmp_path, "single", "scratch", elsewhere=1000)
    assert there.jobs == 2
    assert here.seconds / 2 <= there.seconds < here.seconds
    assert 0 < large.seconds <= there.seconds  # no less than the longest chain
