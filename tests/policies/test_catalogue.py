"""The named policies: each valid, each its own, each with its words in both languages."""

import re

import pytest

from alma_core import language
from alma_core.errors import SpecError
from alma_core.language import LANGUAGES
from alma_core.methods import ESTIMATORS, METHODS, SCHEDULES, STARTS
from alma_core.policies import catalogue, wording
from alma_core.policies.catalogue import CATALOGUE, PRESETS, Named
from alma_core.simulate.costs import described
from alma_core.specs import LearnerSpec, PolicySpec, fingerprint

EACH = pytest.mark.parametrize("named", CATALOGUE, ids=lambda named: named.name)


def everything(waits: tuple[int, ...] = (1, 5, 20), capacities: tuple[str, ...] = ("S", "M")) -> tuple[PolicySpec, ...]:
    return catalogue.expand(CATALOGUE, waits, capacities, ("w", "1"))


def test_names_are_typed_easily_and_everyday_ones_come_first():
    names = [named.name for named in CATALOGUE]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name) for name in names)
    groups = [named.group for named in CATALOGUE]
    assert groups == sorted(groups)
    assert set(groups) == catalogue.GROUPS.keys()


def test_whatever_there_is_has_a_name():
    policies = [named.policy for named in CATALOGUE]
    assert {policy.method for policy in policies} == METHODS.keys()
    assert {policy.schedule for policy in policies} == set(SCHEDULES)
    assert {policy.start for policy in policies} == set(STARTS)
    assert {p.learner.architecture for p in policies if not p.learner.is_network} == set(ESTIMATORS)


def test_each_policy_is_its_own():
    policies = everything()
    assert len({fingerprint(policy) for policy in policies}) == len(policies)
    assert len({fingerprint(named.policy) for named in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_no_two_are_called_the_same(spoken: str):
    language.use(spoken)
    for say in (wording.label, wording.sentence):
        said = [say(described(policy), "month") for policy in everything()]
        assert len(set(said)) == len(said)
        assert not any("{" in one for one in said)


@EACH
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_each_is_explained(named: Named, spoken: str):
    language.use(spoken)
    meaning, about = named.told(named.meaning), named.told(named.about)
    assert "{" not in meaning + about
    assert len(about) > 2 * len(meaning)
    assert (meaning == named.meaning.format(**vars(named.policy))) == (spoken == "en")


def test_presets_hold_names():
    assert len(PRESETS["quick"]) <= 8
    assert PRESETS["all"] == tuple(named.name for named in CATALOGUE)
    for name, held in PRESETS.items():
        assert [one.name for one in catalogue.chosen([name], "classification")[0]] == list(held)
        assert name not in PRESETS["all"]


def test_names_and_presets_mix_and_each_counts_once():
    kept, left_out = catalogue.chosen(["trees", "quick", "ema", "trees"], "classification")
    assert [named.name for named in kept] == [
        "trees", "never", "single", "window", "scratch", "triggered-error", "ensemble-3", "ema"
    ]  # fmt: skip
    assert left_out == []


def test_waits_first_updates_and_capacities_multiply():
    named, _left_out = catalogue.chosen(["shrink-perturb"], "classification")
    assert catalogue.expand(named, (1, 5), ("S", "M"), ("w", "1"), "vgg") == tuple(
        PolicySpec(wait, first, "shrink_perturb", 1.0, LearnerSpec("vgg", capacity))
        for capacity in "SM"
        for wait, first in ((1, 1), (5, 5), (5, 1))
    )


def test_what_is_no_network_has_no_capacity_and_what_updates_once_no_wait():
    trees, never = (catalogue.expand([catalogue.find(n)], (1, 5), ("S", "M"), ("w", "1")) for n in ("trees", "never"))
    assert trees == tuple(
        PolicySpec(wait, first, "scratch", 1.0, LearnerSpec("trees")) for wait, first in ((1, 1), (5, 5), (5, 1))
    )
    assert never == tuple(PolicySpec(schedule="once", learner=LearnerSpec("mlp", capacity)) for capacity in "SM")


def test_presets_leave_out_what_needs_classes():
    kept, left_out = catalogue.chosen(["paper"], "regression")
    assert [named.name for named in left_out] == ["adaboost-3"]
    assert [named.name for named in kept] == [name for name in PRESETS["paper"] if name != "adaboost-3"]


@pytest.mark.parametrize("words", [["adaboost-3", "all"], ["all", "adaboost-3"]])
def test_a_policy_that_is_named_is_never_left_out(words: list[str]):
    kept, left_out = catalogue.chosen(words, "regression")
    assert "adaboost-3" in [named.name for named in kept]
    assert [named.name for named in left_out] == ["adaboost-5"]


def test_what_needs_classes_is_refused_for_numbers():
    for named in CATALOGUE:
        catalogue.check_fits(named.policy, "classification")
    with pytest.raises(SpecError) as caught:
        catalogue.check_fits(catalogue.find("adaboost-3").policy, "regression")
    assert str(caught.value) == (
        "The method adaboost was given for data whose target is a number, classes were expected; leave it out."
    )


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("esemble-3", "ensemble-3, ensemble-5, batch-ensemble-3"),
        ("Quick", "quick"),
        ("gmoe_random", "gmoe-random"),
        ("zzz", "quick, paper, all"),
        ("", "quick, paper, all"),
    ],
)
def test_an_unknown_name_gets_the_nearest(given: str, near: str):
    with pytest.raises(SpecError) as caught:
        catalogue.chosen(["quick", given], "classification")
    said = str(caught.value)
    assert said.startswith(f"{given or chr(39) * 2} was given as a policy, but neither a policy nor a preset is called")
    assert f"such as {near}" in said
    assert said.count(".") == 1


def test_a_first_update_is_w_or_1():
    with pytest.raises(SpecError, match="only these exist: w, 1"):
        catalogue.expand(CATALOGUE, (5,), first_updates=("7",))
