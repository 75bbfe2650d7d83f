"""A form's wishes: the words they become, and a run turned back into one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import library, specs
from alma_core.commands.parsing import Parser
from alma_core.commands.run import add_options, spec_of
from alma_core.commands.wish import WINDOW, Wish, window_of, wish_of
from alma_core.policies import catalogue
from alma_core.specs import RunSpec
from alma_core.streams.source import Source
from alma_core.streams.sources import load

NAMES = [named.name for named in catalogue.CATALOGUE]


@pytest.fixture(scope="module")
def digits() -> Source:
    return load("digits")


def asked(wish: Wish, source: Source) -> RunSpec:
    parser = Parser(prog="alma run")
    add_options(parser)
    return spec_of(parser.parse_args(wish.words()), source)


wishes = st.builds(
    Wish,
    data=st.just("digits"),
    mega_batches=st.integers(12, 60),
    arrival_unit=st.sampled_from(list(specs.ARRIVAL_UNITS)),
    horizon=st.none() | st.integers(12, 12),
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True).map(tuple),
    waits=st.lists(st.integers(2, 12), min_size=1, max_size=4, unique=True).map(lambda w: tuple(sorted(w))),
    capacities=st.sampled_from([("S",), ("S", "M"), ("L", "XL")]),
    firsts=st.sampled_from([("w",), ("1",), ("w", "1")]),
    window=st.integers(1, 12),
    recipe=st.sampled_from(["quick", "paper"]),
    seeds=st.integers(1, 9),
)


@given(wish=wishes)
def test_a_run_is_asked_for_again_by_the_wish_that_is_read_off_it(wish: Wish, digits: Source):
    spec = asked(wish, digits)
    again, left_out = wish_of(spec, "auto", cut_by_number=True)
    assert left_out == 0
    assert set(again.names) == set(wish.names)
    assert set(asked(again, digits).policies) == set(spec.policies)
    assert (asked(again, digits).stream, asked(again, digits).recipe) == (spec.stream, spec.recipe)


def test_the_words_of_the_usual_wish(digits: Source):
    wish = Wish("digits", 10, "month", 8, waits=(1, 2), window=6, seeds=2)
    assert wish.words() == [
        "--data", "digits", "--mega-batches", "10", "--arrival-unit", "month", "--arrived", "8",
        "--policies", "single,scratch", "--waits", "1,2", "--capacities", "S,M", "--first-updates", "w",
        "--architecture", "mlp",
        "--also=--starts scratch --window 6 --waits 1,2 --capacities S,M --first-updates w --architecture mlp",
        "--seeds", "2", "--recipe", "quick",
    ]  # fmt: skip
    spec = asked(wish, digits)
    assert len(spec.policies) == 3 * 2 * 2
    assert {policy.window for policy in spec.policies} == {0, 6}


def test_only_the_window(digits: Source):
    spec = asked(Wish("digits", names=(WINDOW,), window=3, waits=(1,), capacities=("S",)), digits)
    assert [(policy.window, policy.start) for policy in spec.policies] == [(3, "scratch")]


def test_what_has_no_name_is_counted_and_what_has_no_control_is_kept():
    wish, left_out = wish_of(library.find("digits").spec, "cpu", cut_by_number=True)
    assert left_out == 18  # from scratch on new data alone
    assert wish.names == ("single", "replay", "scratch")
    wish, left_out = wish_of(library.find("mnist-epochs-20").spec, "cpu", cut_by_number=True)
    assert (wish.more, left_out) == (("--epochs", "20"), 0)
    noisy = specs.StreamSpec("digits", label_noise=0.1, labelled_share=0.5)
    spec = RunSpec(noisy, specs.grid([1]), specs.recipe("quick"), 1)
    assert wish_of(spec, "cpu", cut_by_number=True)[0].more == ("--label-noise", "0.1", "--labelled", "0.5")


def test_data_that_brings_its_cut_is_not_asked_for_one():
    wish, _left_out = wish_of(library.find("elec2").spec, "cpu", cut_by_number=False)
    assert (wish.mega_batches, wish.arrival_unit) == (None, None)
    assert "--mega-batches" not in wish.words()


def test_the_window_that_stands_for_what_is_recent():
    assert [window_of("month", rows) for rows in (1, 5, 6, 24)] == [1, 5, 6, 6]
