"""Dropped files on their way to a data set: what has been chosen outlives the visit, and nothing leaves its folder."""

import io
import os
import time

import pytest

from alma_core.errors import DataError
from alma_core.home import home
from alma_core.streams.readings import Reading
from pages.parts import data_draft


def uploads() -> list[str]:
    return sorted(str(path.relative_to(home() / "uploads")) for path in (home() / "uploads").rglob("*"))


def test_names_of_files_never_become_paths():
    token = data_draft.begin()
    data_draft.add(token, [("../../../etc/passwd", io.BytesIO(b"a")), ("/b", io.BytesIO(b"b"))])
    draft = data_draft.load(token)
    assert uploads() == [token, f"{token}/0", f"{token}/1", f"{token}/draft.json"]
    assert [path.read_bytes() for path in draft.used.values()] == [b"a", b"b"]
    assert [key.partition("/")[2] for key in draft.used] == ["../../../etc/passwd", "/b"]


@pytest.mark.parametrize("token", ["", ".", "..", "../other", "0123456789abcdef", "0123456789ABCDEF", "0" * 17])
def test_an_address_that_names_no_draft_reaches_no_folder(token: str):
    """Other folders have such a file too, and deleting the draft deletes none of them."""
    others = [home() / "draft.json", home() / "uploads" / "draft.json", home() / "other" / "draft.json"]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    assert not data_draft.is_there(token)
    data_draft.discard(token)
    assert all(path.is_file() for path in others)


def test_a_choice_outlives_the_visit_and_can_be_undone():
    token = data_draft.begin()
    assert not data_draft.has_before(token)
    data_draft.settle(token, task="regression")
    data_draft.settle(token, task="classification", roles={"a": "target"})
    assert data_draft.load(token).roles == {"a": "target"}
    data_draft.undo(token)
    assert (data_draft.load(token).task, data_draft.load(token).roles) == ("regression", {})
    assert not data_draft.has_before(token)


def test_files_that_are_left_out_keep_their_numbers():
    token = data_draft.begin()
    data_draft.add(token, [(name, io.BytesIO(name.encode())) for name in ("a.csv", "b.csv", "c.csv")])
    data_draft.settle(token, left_out=[1])
    draft = data_draft.load(token)
    assert list(draft.used) == ["0/a.csv", "2/c.csv"]
    assert [path.read_bytes() for path in draft.used.values()] == [b"a.csv", b"c.csv"]


def test_the_next_file_is_read_as_those_before_it_unless_told_otherwise():
    token = data_draft.begin()
    data_draft.settle(token, reading={"decimal": ","})
    known = Reading(encoding="euc_jp", decimal=".", header=3)
    assert data_draft.load(token).read_as(known).how_read == Reading(encoding="euc_jp", decimal=",", header=3)


def test_what_changes_the_files_changes_their_key():
    token = data_draft.begin()
    data_draft.add(token, [("a.csv", io.BytesIO(b"a"))])
    first = data_draft.load(token)
    assert first.read_as(Reading(header=2)).of_files != first.of_files
    data_draft.settle(token, task="regression")
    second = data_draft.load(token)
    assert second.of_files == first.of_files
    assert second.whole != first.whole


def test_nobody_s_files_are_deleted_after_three_days():
    old, young = data_draft.begin(), data_draft.begin()
    past = time.time() - 24 * 3600 * data_draft.KEPT_DAYS - 60
    os.utime(home() / "uploads" / old, (past, past))
    (home() / "uploads" / "not-a-draft").mkdir()
    data_draft.begin()
    assert not data_draft.is_there(old)
    assert data_draft.is_there(young)
    assert (home() / "uploads" / "not-a-draft").is_dir()


def test_a_draft_that_is_gone_is_said():
    token = data_draft.begin()
    data_draft.discard(token)
    assert uploads() == []
    with pytest.raises(DataError, match="no longer here"):
        data_draft.load(token)


def test_files_are_for_their_owner_only():
    token = data_draft.begin()
    assert (home() / "uploads" / token).stat().st_mode & 0o077 == 0
