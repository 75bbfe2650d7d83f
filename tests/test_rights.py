"""Whose runs are whose: who sees them, who may change them, where sign-in is on."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_core import about, jobs, library, parcels, rights, trash
from alma_core.about import LOCAL, NOBODY, About
from alma_core.errors import RunError
from alma_core.home import home

HERS, HIS = "suzuki@example.com", "tanaka@example.com"


@pytest.fixture
def put() -> Callable[..., Path]:
    """Return a function that puts a finished run of somebody's into the library."""

    def copy(called: str, **told: object) -> Path:
        folder = home() / "runs" / called
        shutil.copytree(library.find("digits").path, folder)
        about.write(folder, About(**told))
        return folder

    return copy


@pytest.fixture
def nothing_shipped(put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return his run in a library without shipped ones."""
    folder = put("his", owner=HIS)
    monkeypatch.setattr(library, "shipped_folder", lambda: tmp_path / "shipped")
    return folder


@pytest.mark.parametrize(
    ("who", "owner", "is_shared", "sees", "owns"),
    [
        (HERS, HERS, False, True, True),
        (HERS, HIS, False, False, False),
        (HERS, HIS, True, True, False),
        (HERS, LOCAL, False, True, False),  # of the command line, or from before sign-in was set up
        (NOBODY, HIS, False, False, False),
        (NOBODY, NOBODY, False, False, False),
        (LOCAL, HIS, False, True, True),  # the operator
        (LOCAL, LOCAL, False, True, True),
    ],
)
def test_who_sees_and_who_owns(put, who: str, owner: str, is_shared: bool, sees: bool, owns: bool):
    folder = put("one", owner=owner, shared=is_shared)
    assert (about.sees(who, folder), about.owns(who, folder)) == (sees, owns)


@pytest.mark.parametrize(
    "told", ['{"owner": "%s"}', '{"owner": "%s", "shared": "yes"}', '{"owner": "%s", "shared": 1}']
)
def test_a_run_is_not_shared_unless_its_file_says_so(put, told: str):
    folder = put("one")
    (folder / about.ABOUT).write_text(told % HIS, "utf-8")
    assert about.read(folder).owner == HIS
    assert not about.sees(HERS, folder)


@pytest.mark.parametrize("told", ["", "{", "[]", '{"owner": 5}', '{"owner": ["a@b"]}'])
def test_whose_run_it_is_does_not_read_is_open_to_the_operator_alone(put, told: str):
    folder = put("plans", owner=HIS)
    (folder / about.ABOUT).write_text(told, "utf-8")
    for who in (HIS, HERS, NOBODY):
        assert not about.sees(who, folder)
        assert not about.owns(who, folder)
    assert about.sees(about.LOCAL, folder)
    assert about.owns(about.LOCAL, folder)


def test_the_list_holds_ones_own_shared_and_shipped_ones(put):
    put("hers", owner=HERS)
    put("his", owner=HIS)
    put("shown", owner=HIS, shared=True)
    shipped = {path.name for path in library.shipped()}
    assert {one.id for one in rights.everything(HERS)} == {"hers", "shown"} | shipped
    assert {one.id for one in rights.everything(NOBODY)} == {"shown"} | shipped
    assert {one.id for one in rights.everything(LOCAL)} == {"hers", "his", "shown"} | shipped


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("who", [HERS, NOBODY])
@pytest.mark.parametrize(
    "act",
    [
        rights.cancel,
        rights.resume,
        rights.discard,
        lambda who, folder: rights.rename(who, folder, "mine now"),
        lambda who, folder: rights.share(who, folder, True),
    ],
    ids=["cancel", "resume", "discard", "rename", "share"],
)
def test_only_the_owner_changes_a_run(put, act: Callable[[str, Path], None], who: str, is_shared: bool):
    folder = put("his", owner=HIS, shared=is_shared, name="as it was")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(RunError, match="belongs to somebody else"):
        act(who, folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_owner_renames_shares_deletes_and_brings_back(put):
    folder = put("his", owner=HIS)
    rights.rename(HIS, folder, "Spring")
    rights.share(HIS, folder, True)
    assert about.read(folder) == About(name="Spring", owner=HIS, shared=True)
    assert about.sees(HERS, folder)
    rights.share(HIS, folder, False)
    assert not about.sees(HERS, folder)
    rights.discard(HIS, folder)
    assert (rights.deleted(HIS), rights.deleted(HERS), rights.deleted(LOCAL)) == (["his"], [], ["his"])
    with pytest.raises(RunError, match="belongs to somebody else"):
        rights.undo(HERS, "his")
    assert trash.listed() == ["his"]
    assert rights.undo(HIS, "his") == folder


def test_the_same_question_twice_is_one_run_only_where_it_may_be_seen(
    nothing_shipped: Path, monkeypatch: pytest.MonkeyPatch
):
    started: list[tuple[Path, About]] = []
    monkeypatch.setattr(jobs, "_start", lambda folder, asked, _spec: started.append((folder, asked)))
    folder = nothing_shipped
    run = library.open_run(folder)
    asked = About(data=run.manifest["data"]["sha256"])
    assert rights.launch(HIS, run.spec, asked) == folder
    assert started == []
    other = rights.launch(HERS, run.spec, asked)
    assert started == [(other, About(data=asked.data, owner=HERS))]
    assert other not in (folder, jobs.place_of(run.spec, asked))
    rights.share(HIS, folder, True)
    assert rights.launch(HERS, run.spec, asked) == folder
    with pytest.raises(RunError, match="sign in first"):
        rights.launch(NOBODY, run.spec, asked)


def test_the_same_parcel_is_one_run_for_each_who_brings_it(nothing_shipped: Path):
    parcel = parcels.packed(library.open_run(nothing_shipped))
    assert rights.take_in(HIS, io.BytesIO(parcel), "run.zip") == nothing_shipped
    hers = rights.take_in(HERS, io.BytesIO(parcel), "run.zip")
    assert about.read(hers).owner == HERS
    assert not about.sees(HIS, hers)
    assert rights.take_in(HERS, io.BytesIO(parcel), "run.zip") == hers
    with pytest.raises(RunError, match="sign in first"):
        rights.take_in(NOBODY, io.BytesIO(parcel), "run.zip")


def test_what_leaves_in_a_parcel_says_nothing_of_whose_it_was(put):
    told = json.dumps({"owner": HIS, "shared": True, "name": "Spring"})
    folder = put("his")
    (folder / about.ABOUT).write_text(told, "utf-8")
    assert HIS.encode() not in parcels.packed(library.open_run(folder))
