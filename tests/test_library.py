"""Run folders: written whole or not at all, and refused in one sentence."""

import dataclasses
import hashlib
import json
import multiprocessing
import time
from pathlib import Path

import pandas as pd
import pytest

from alma_core import ledger, library, provenance, specs, writing
from alma_core.errors import AlmaError, RunError
from tests.conftest import unequal


@pytest.fixture
def run(small_run, tmp_path: Path) -> library.Run:
    return write(small_run, tmp_path / "run")


def write(small_run, path: Path) -> library.Run:
    spec, table, confusion = small_run
    with writing.writing(path, spec, "alma run") as writer:
        writer.progress({"updates_done": 1}, lambda: table.iloc[:9])
        writer.finish({"ledger": table, "confusion": confusion}, data={"name": "few", "sha256": "0" * 64}, device="cpu")
    return library.open_run(path)


def test_what_was_written_is_read_back(small_run, run: library.Run):
    spec, table, confusion = small_run
    assert run.spec == spec
    assert run.unit == "month"
    assert unequal(run.ledger, table) == []
    pd.testing.assert_frame_equal(run.confusion, confusion, check_categorical=False)
    assert sorted(p.name for p in run.path.iterdir()) == [
        ".gate", ".lock", "confusion.parquet", "ledger.parquet", "manifest.json", "spec.json"
    ]  # fmt: skip


def test_a_manifest_names_what_the_run_rests_on(run: library.Run):
    assert run.manifest["state"] == "finished"
    assert run.manifest["schema_version"] == ledger.SCHEMA_VERSION
    assert set(run.manifest["libraries"]) == {*provenance.LIBRARIES, "python"}
    assert run.manifest["data"]["sha256"] == "0" * 64
    assert run.manifest["source_revision"]


@pytest.mark.parametrize("name", ["spec.json", "ledger.parquet", "confusion.parquet"])
def test_a_damaged_file_is_named(run: library.Run, name: str):
    content = bytearray((run.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run.path / name).write_bytes(content)
    with pytest.raises(RunError, match=f"{name} in .* is damaged"):
        library.open_run(run.path)


@pytest.mark.parametrize("name", ["spec.json", "ledger.parquet", "confusion.parquet"])
def test_a_missing_file_is_named(run: library.Run, name: str):
    (run.path / name).unlink()
    with pytest.raises(RunError, match=f"{name} in .* is damaged"):
        library.open_run(run.path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema_version": ledger.SCHEMA_VERSION + 1}, "newer version"),
        ({"state": "running"}, "has not finished"),
        ({"sha256": 3}, r"manifest\.json in .* does not read"),
        ({"data": None}, r"manifest\.json in .* does not read"),
        ({"finished": 3}, r"manifest\.json in .* does not read"),
        ({"schema_version": "x"}, r"manifest\.json in .* does not read"),
        ({"source_revision": "\ud800"}, r"manifest\.json in .* does not read"),
        ({"libraries": ["torch"]}, r"manifest\.json in .* does not read"),
    ],
)
def test_a_manifest_that_does_not_fit(run: library.Run, change: dict[str, object], says: str):
    path = run.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RunError, match=says):
        library.open_run(run.path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spec.json", b"{"), ("spec.json", b"[]"), ("ledger.parquet", b"PAR1"), ("ledger.parquet", None),
        ("confusion.parquet", None),
    ],
)  # fmt: skip
def test_nonsense_under_a_valid_checksum_is_named(run: library.Run, name: str, content: bytes | None):
    path = run.path / name
    if content is None:
        pd.DataFrame({column: ["x"] for column in pd.read_parquet(path)}).to_parquet(path)
    else:
        path.write_bytes(content)
    manifest = json.loads((run.path / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (run.path / "manifest.json").write_text(json.dumps(manifest))

    def read() -> None:
        opened = library.open_run(run.path)
        assert len(opened.ledger) + len(opened.confusion) >= 0

    with pytest.raises(AlmaError):
        read()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"'])
def test_a_manifest_that_is_no_manifest(run: library.Run, content: str):
    (run.path / "manifest.json").write_text(content)
    with pytest.raises(RunError, match=r"manifest\.json in .* does not read"):
        library.open_run(run.path)


def test_a_finished_run_is_never_overwritten(small_run, run: library.Run):
    before = (run.path / "manifest.json").read_bytes()
    with pytest.raises(RunError, match="holds a finished run already"):
        write(small_run, run.path)
    assert (run.path / "manifest.json").read_bytes() == before


def test_other_people_s_files_are_left_alone(small_run, tmp_path: Path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").write_text("dear")
    for path in (tmp_path / "letters", tmp_path / "letters" / "mother.txt"):
        with pytest.raises(RunError, match="is not an empty folder"):
            write(small_run, path)
    assert [p.name for p in (tmp_path / "letters").iterdir()] == ["mother.txt"]


def test_how_far_it_is_is_told_before_there_is_a_row_and_while_rows_take_long(small_run, tmp_path: Path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(writing.time, "monotonic", lambda: now[0])
    asked: list[float] = []

    def slow() -> pd.DataFrame:
        asked.append(now[0])
        now[0] += 2.0
        return small_run[1].iloc[:9]

    with writing.writing(tmp_path / "run", small_run[0], "") as writer:
        for done in (0, 1, 2, 3, 4, 5):
            writer.progress({"updates_done": done}, slow)
            assert json.loads((tmp_path / "run" / "progress.json").read_text()) == {"updates_done": done}
            now[0] += 5.0
    assert asked == [105.0, 127.0]  # two seconds for them, at most a tenth of the time


def test_an_interrupted_run_can_be_made_again(small_run, tmp_path: Path):
    spec, _, _ = small_run

    def interrupted() -> None:
        with writing.writing(tmp_path / "run", spec, "") as writer:
            writer.progress({"updates_done": 3}, lambda: small_run[1].iloc[:9])
            writer.progress({"updates_done": 4}, lambda: small_run[1].iloc[:9])  # too soon after the last
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with pytest.raises(RunError, match="no finished run"):
        library.open_run(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "progress.json").read_text()) == {"updates_done": 3}
    assert len(pd.read_parquet(tmp_path / "run" / "partial.parquet")) == 9
    other = dataclasses.replace(spec, seeds=2)
    with pytest.raises(RunError, match="interrupted run of something else"):
        write((other, *small_run[1:]), tmp_path / "run")
    assert write(small_run, tmp_path / "run").spec == spec
    assert not (tmp_path / "run" / "partial.parquet").exists()


def _hold(path: Path, spec: specs.RunSpec) -> None:
    with writing.writing(path, spec, ""):
        time.sleep(30)


def test_two_processes_cannot_write_one_folder(small_run, tmp_path: Path):
    path = tmp_path / "run"
    other = multiprocessing.get_context("spawn").Process(target=_hold, args=(path, small_run[0]))
    other.start()
    try:
        deadline = time.monotonic() + 30
        while not (path / "spec.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with pytest.raises(RunError, match="written by another run"):
            write(small_run, path)
    finally:
        other.kill()
        other.join()
    assert write(small_run, path).id == "run"


def test_a_folder_that_cannot_be_made(small_run):
    with pytest.raises(RunError, match="cannot be written"):
        write(small_run, Path("/proc/alma/run"))


def test_runs_are_found_by_id_or_folder(small_run):
    ours = write(small_run, library.home() / "runs" / "ours")
    assert library.find("ours").path == ours.path
    assert library.find(str(ours.path)).id == "ours"
    assert "ours" in [run.id for run in library.runs()]
    with pytest.raises(RunError, match=r"the runs here are .*ours"):
        library.find("theirs")
    with pytest.raises(RunError):
        library.find("../ours")


def test_an_unreadable_run_is_named_and_does_not_hide_the_others(small_run):
    ours = write(small_run, library.home() / "runs" / "ours")
    broken = write(small_run, library.home() / "runs" / "broken")
    (broken.path / "ledger.parquet").write_bytes(b"")
    assert ours.id in [run.id for run in library.runs()]
    assert "broken" not in [run.id for run in library.runs()]
    (sentence,) = library.unreadable()
    assert "ledger.parquet" in sentence


def test_an_id_says_data_and_spec():
    spec = specs.RunSpec(specs.StreamSpec("../my data.npz"), specs.grid([1]), specs.recipe("quick"))
    assert library.run_id(spec, "0" * 64) == f"my-data-{specs.fingerprint((spec, '0' * 64))[:8]}"
    assert library.run_id(spec, "1" * 64) != library.run_id(spec, "0" * 64)
