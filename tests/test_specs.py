"""What is asked: validated, and named by what it means."""

import json

import pytest

from alma_core import specs
from alma_core.errors import SpecError


def test_first_update_is_w_unless_said():
    assert specs.PolicySpec(5).first_update == 5
    assert specs.PolicySpec(5, 1).first_update == 1


def test_at_w_1_both_first_updates_are_one_policy():
    assert specs.grid([1, 5], first_updates=["w", "1"]) == (
        specs.PolicySpec(1),
        specs.PolicySpec(5),
        specs.PolicySpec(5, 1),
    )


def test_the_issue_s_digits_grid_has_72_policies():
    """5 waits x 2 sizes x 2 starts x 2 replays x 2 first updates, less the 8 doubles at w = 1."""
    assert len(specs.grid([1, 2, 5, 10, 20], ["S", "M"], ["warm", "scratch"], [0.0, 1.0], ["w", "1"])) == 72


def test_fingerprints_differ_with_meaning_and_not_with_defaults():
    one = specs.PolicySpec(5)
    assert specs.fingerprint(one) == specs.fingerprint(specs.PolicySpec(5, 5, "warm", 0.0))
    others = [
        specs.PolicySpec(4), specs.PolicySpec(5, 1), specs.PolicySpec(5, start="scratch"),
        specs.PolicySpec(5, replay=1.0), specs.PolicySpec(5, learner=specs.LearnerSpec(capacity="L")),
    ]  # fmt: skip
    assert len({specs.fingerprint(policy) for policy in [one, *others]}) == 6


def test_a_spec_survives_json():
    spec = specs.RunSpec(
        specs.StreamSpec("digits", 20), specs.grid([1, 5], ["S", "L"], ["scratch"], [1.0]), specs.recipe("paper"), 2
    )
    assert specs.from_json(json.loads(json.dumps(specs.to_json(spec)))) == spec


@pytest.mark.parametrize("broken", [{}, {"stream": {}}, {"stream": {"source": "x"}, "policies": 3}, {"unknown": 1}])
def test_a_broken_json_is_refused(broken: dict[str, object]):
    with pytest.raises(SpecError, match=r"spec\.json"):
        specs.from_json(broken)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: specs.PolicySpec(0), "0 was given for the waiting time"),
        (lambda: specs.PolicySpec(5, 3), "only these exist: 1, 5"),
        (lambda: specs.PolicySpec(start="cold"), "warm, scratch"),
        (lambda: specs.PolicySpec(replay=0.3), "0.3 was given for replay"),
        (lambda: specs.LearnerSpec(capacity="XXL"), "S, M, L, XL"),
        (lambda: specs.LearnerSpec("tree"), "only these exist: mlp"),
        (lambda: specs.recipe("slow"), "quick, quick-vgg, paper"),
        (lambda: specs.recipe("quick", 0), "from 1 to 10000"),
        (lambda: specs.StreamSpec("digits", 0), "0 was given for the number of mega-batches"),
        (lambda: specs.StreamSpec("digits", 5, "century"), "day, week, month, quarter, year, lot"),
        (lambda: specs.RunSpec(specs.StreamSpec("digits"), (), specs.recipe("quick")), "No policy"),
        (
            lambda: specs.RunSpec(specs.StreamSpec("digits", 4), (specs.PolicySpec(5),), specs.recipe("quick")),
            "choose a waiting time from 1 to 4",
        ),
        (
            lambda: specs.RunSpec(
                specs.StreamSpec("digits"),
                (specs.PolicySpec(method="batch_ensemble", members=65),),
                specs.recipe("quick"),
            ),
            "65 members were given to share minibatches of 64 examples",
        ),
        (
            lambda: specs.RunSpec(specs.StreamSpec("digits"), (specs.PolicySpec(),), specs.recipe("quick"), 0),
            "0 was given for the number of seeds",
        ),
        (lambda: specs.grid([1], first_updates=["2"]), "only these exist: w, 1"),
    ],
)
def test_what_makes_no_sense_is_said(make, says: str):
    with pytest.raises(SpecError, match=says):
        make()
