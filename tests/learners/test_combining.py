"""Several networks as one, by hand."""

import numpy as np
import pytest
import torch

from alma_core.learners.combining import VOTE, average, bare, mean_of, votes_of
from alma_core.learners.examples import Examples, Learner
from alma_core.learners.judging import judge_stack
from alma_core.learners.networks import forward, initial, stacked
from alma_core.simulate.steps import AVERAGED
from alma_core.sizes import Shape


def test_the_average_by_hand():
    """0; then half way to 8 is 4; half way to 4 is 4; half way to 10 is 7. Each weight by itself."""
    states = [{"w": np.array([w], np.float32), "b": np.array([-w], np.float32)} for w in (0, 8, 4, 10)]
    assert [float(average(states[:n])["w"][0]) for n in (1, 2, 3, 4)] == [0, 4, 4, 7]
    assert average(states)["b"].tolist() == [-7]
    assert [float(state["w"][0]) for state in states] == [0, 8, 4, 10]  # it leaves them as they are


def test_the_newest_of_n_counts_a_half_and_the_oldest_two_as_much_as_each_other():
    """Shares of 1/8, 1/8, 1/4, 1/2: each is found by setting one to 1 and the rest to 0."""
    shares = []
    for one in range(4):
        states = [{"w": np.array([float(place == one)], np.float32)} for place in range(4)]
        shares.append(float(average(states)["w"][0]))
    assert shares == [0.125, 0.125, 0.25, 0.5]


def test_the_mean_of_probabilities_by_hand():
    """3/4 and 1/4 say 1/2; the logits 0, ln 3 are 1/4, 3/4. A mean of logits would say otherwise with 1/10."""
    ln = np.log
    said = torch.tensor([[[[ln(3), 0.0]], [[0.0, ln(3)]]], [[[ln(9), 0.0]], [[0.0, 0.0]]]], dtype=torch.float32)
    assert torch.allclose(mean_of(said).exp(), torch.tensor([[[0.5, 0.5]], [[0.7, 0.3]]]))  # [K = 2, n = 1, 2]


def test_a_mean_of_very_small_probabilities_is_finite():
    """Two members who are sure of one class by 200 and 150 nats: the other's mean probability is half of exp(-150)."""
    said = torch.tensor([[[[200.0, 0.0]], [[150.0, 0.0]]]])  # [K = 1, members = 2, n = 1, 2]
    assert torch.allclose(mean_of(said), torch.tensor([[[0.0, -150.0 - np.log(2)]]], dtype=torch.float32))


def test_an_average_over_many_updates_needs_only_the_last():
    """AVERAGED of them: all that is older counts for less than single precision can tell."""
    draws = np.random.default_rng(0)
    states = [{"w": draws.normal(size=50).astype(np.float32)} for _ in range(60)]
    np.testing.assert_allclose(average(states)["w"], average(states[-AVERAGED:])["w"], rtol=0, atol=3e-7)


def test_the_mean_of_values_by_hand():
    said = torch.tensor([[[[1.0], [10.0]], [[2.0], [20.0]], [[6.0], [60.0]]]])  # [K = 1, members = 3, n = 2, 1]
    assert mean_of(said).tolist() == [[[3.0], [30.0]]]


def test_votes_by_hand():
    """Two light votes together outweigh a heavy one only where they agree; how sure a member is does not count."""
    said = torch.tensor(
        [[[[9.0, 0, 0], [9.0, 0, 0]], [[0, 0.1, 0], [0, 0.1, 0]], [[0, 0.2, 0], [0, 0, 0.2]]]]
    )  # [K = 1, members = 3, n = 2, classes = 3]
    found = votes_of(said, torch.tensor([[1.0, 0.75, 0.5]]))
    assert found.tolist() == [[[1.0, 1.25, 0.0], [1.0, 0.75, 0.5]]]
    assert found.argmax(2).tolist() == [[1, 0]]


def test_votes_that_weigh_nothing_leave_the_first_class():
    assert votes_of(torch.rand(1, 2, 3, 4), torch.zeros(1, 2)).argmax(2).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("members", [2, 3, 7])
def test_a_group_does_not_depend_on_its_neighbours(members: int):
    logits = torch.randn(5, members, 64, 10, generator=torch.Generator().manual_seed(0))
    votes = torch.rand(5, members, generator=torch.Generator().manual_seed(1))
    for k in range(5):
        assert torch.equal(mean_of(logits)[k], mean_of(logits[k : k + 1])[0])
        assert torch.equal(votes_of(logits, votes)[k], votes_of(logits[k : k + 1], votes[k : k + 1])[0])


def test_a_vote_is_no_weight_of_the_network():
    state = {"0.weight": np.ones(1, np.float32), VOTE: np.ones(1, np.float32)}
    assert list(bare(state)) == ["0.weight"]
    assert VOTE in state


@pytest.mark.parametrize("members", [1, 16, 37])
def test_many_members_are_judged_some_at_a_time(members: int):
    """Two learners, each on rows of its own: what they say is what all their members say one by one."""
    shape = Shape(5, (8, 8), 3)
    draws = np.random.default_rng(0)
    x, y = torch.from_numpy(draws.random((90, 5), np.float32)), torch.from_numpy(draws.integers(0, 3, 90))
    states = [initial(shape, draws) for _ in range(2 * members)]
    rows = [draws.integers(90, size=n) for n in (40, 70)]
    learners = [Learner(states[0], rows[0][:0], rows[0][:0], draws) for _ in range(2)]
    judged = judge_stack(stacked(states, "cpu"), shape, learners, rows, Examples(x, y), combine=mean_of)
    for k in range(2):
        own = states[k * members : (k + 1) * members]
        each = [forward(shape, stacked([state], "cpu"), x[rows[k]][None], None)[0].softmax(1) for state in own]
        mean = torch.stack(each).mean(0)  # [n, classes]
        assert judged.predicted[k].tolist() == mean.argmax(1).tolist()
        truth = y[rows[k]]
        np.testing.assert_allclose(judged.loss[k], -mean.log()[torch.arange(len(truth)), truth], rtol=1e-4)
