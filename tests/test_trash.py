"""Runs that are deleted, and brought back."""

import os
import shutil
import time
from pathlib import Path

import pytest

from alma_core import jobs, library, listing, presence, trash
from alma_core.errors import RunError
from alma_core.home import home
from tests.launching import LONG, kill, launch, name_of


def test_deleted_and_brought_back(kept: Path):
    before = library.open_run(kept).ledger
    trash.discard(kept)
    assert not kept.exists()
    assert [one.id for one in listing.own()] == []
    assert trash.listed() == ["kept"]
    assert trash.undo("kept") == kept
    assert library.open_run(kept).ledger.equals(before)
    assert trash.listed() == []


def test_deleted_twice_the_latest_is_brought_back(kept: Path):
    trash.discard(kept)
    shutil.copytree(library.find("elec2").path, kept)
    trash.discard(kept)
    assert library.open_run(trash.undo("kept")).spec.stream.source == "elec2"


def test_what_has_been_made_again_is_not_overwritten(kept: Path):
    trash.discard(kept)
    shutil.copytree(library.find("elec2").path, kept)
    with pytest.raises(RunError, match="kept has been made again meanwhile"):
        trash.undo("kept")
    assert library.open_run(kept).spec.stream.source == "elec2"
    assert trash.listed() == ["kept"]


@pytest.mark.parametrize("name", ["never-there", "../runs/kept", "", "."])
def test_what_was_not_deleted_is_said(kept: Path, name: str):
    with pytest.raises(RunError, match="was not deleted"):
        trash.undo(name)
    assert kept.exists()


def test_shipped_runs_stay():
    with pytest.raises(RunError, match="shipped runs stay"):
        trash.discard(library.find("digits").path)


def test_one_that_is_under_way_is_not_deleted():
    folder = launch(LONG)
    try:
        with pytest.raises(RunError, match="is under way; cancel it"):
            trash.discard(folder)
        assert folder.exists()
    finally:
        kill(folder)
    trash.discard(folder)
    assert name_of(folder) == jobs.NONE
    back = trash.undo(folder.name)
    assert name_of(back) == jobs.INTERRUPTED
    assert not presence.lives(back)


def test_after_a_month_it_is_gone_for_good_at_the_next_deletion(kept: Path):
    trash.discard(kept)
    old = home() / "trash" / "kept"
    long_ago = time.time() - 24 * 3600 * (trash.KEPT_DAYS + 1)
    os.utime(old, (long_ago, long_ago))
    other = home() / "runs" / "other"
    shutil.copytree(library.find("digits").path, other)
    trash.discard(other)
    assert trash.listed() == ["other"]
