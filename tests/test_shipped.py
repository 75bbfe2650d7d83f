"""What the shipped runs are called."""

import pytest

from alma_core import about, language, library, listing, shipped
from alma_core.decide import measure


def test_each_has_a_name_in_either_language():
    assert {folder.name for folder in library.shipped()} == shipped.NAMES.keys()
    assert shipped.FIRST in shipped.NAMES


@pytest.mark.parametrize(
    ("spoken", "name", "error"), [("en", "Monthly demand", "2.0 rentals"), ("ja", "月次需要", "2.0件")]
)
def test_the_first_one_speaks_the_reader_s_language(spoken: str, name: str, error: str):
    language.use(spoken)
    run = library.find(shipped.FIRST)
    assert about.called(run.path).startswith(name)
    assert listing.listed(run.path).name == about.called(run.path)
    assert measure.of_run(run).text(2.0).replace(language.NO_BREAK, " ") == error


def test_a_run_of_one_s_own_keeps_the_name_it_was_given(tmp_path):
    folder = tmp_path / shipped.FIRST
    folder.mkdir()
    assert about.called(folder) == shipped.FIRST
    about.rename(folder, "Ours")
    assert about.called(folder) == "Ours"
    assert not about.is_shipped(folder)


def test_a_unit_that_a_user_names_is_left_as_it_is():
    language.use("ja")
    assert measure.Measure("regression", 10.0, "days").spoken_unit == "days"
