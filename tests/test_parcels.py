"""A run as one zip file: the same run elsewhere, or one sentence and nothing left behind."""

import dataclasses
import hashlib
import io
import json
import multiprocessing
import os
import resource
import shutil
import stat
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_core import about as about_a_run
from alma_core import cli, language, ledger, library, parcel_files, parcels, writing
from alma_core.errors import AlmaError, RunError
from alma_core.streams import archives
from tests.streams.badfiles import columns, zipped

MAIN = "import sys; from alma_core.cli import main; sys.exit(main())"
TABLES = ("ledger", "confusion", "judged", "operating", "shift")
QUICK = ["--mega-batches", "4", "--waits", "1,2", "--seeds", "2", "--epochs", "1", "--capacities", "S"]
SPAWN = multiprocessing.get_context("spawn")

Said = Callable[..., str]


@pytest.fixture
def run(small_run, tmp_path: Path) -> library.Run:
    """A small run of ours, outside the library."""
    return write(small_run, tmp_path / "made" / "ours")


def write(small_run, path: Path) -> library.Run:
    spec, table, confusion = small_run
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish({"ledger": table, "confusion": confusion}, data={"name": "few", "sha256": "0" * 64}, device="cpu")
    return library.open_run(path)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine that has no shipped runs."""
    monkeypatch.setattr(library, "dashboard", lambda: tmp_path / "elsewhere")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs a command and returns what it prints: status 0, or 2 and a single line."""
    monkeypatch.setattr(cli.language, "of_the_terminal", language.current)
    monkeypatch.setattr("sys.argv", ["alma"])

    def run(*words: str, status: int = 0) -> str:
        assert cli.main(words) == status
        out, err = capsys.readouterr()
        assert (out, err.count("\n"))[status != 0 :] == ((out, 0) if status == 0 else (1,))
        return out if status == 0 else err

    return run


def files_of(run: library.Run, top: str = "ours/") -> dict[str, bytes]:
    return {f"{top}{name}": (run.path / name).read_bytes() for name in ("manifest.json", *run.manifest["sha256"])}


def signed(files: dict[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """Replace a file and its checksum."""
    manifest = json.loads(files["ours/manifest.json"])
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    return files | {f"ours/{name}": content, "ours/manifest.json": json.dumps(manifest).encode()}


def arrive(content: bytes, name: str = "ours.zip") -> parcels.Taken:
    return parcels.take_in(io.BytesIO(content), name)


def in_library() -> list[str]:
    """Return all that lies among the user's runs, hidden or not; locks aside."""
    runs = library.home() / "runs"
    return sorted(str(path.relative_to(runs)) for path in runs.rglob("*") if path.suffix != ".lock")


def refused(content: bytes, name: str = "ours.zip") -> str:
    """Return the sentence with which a parcel is refused: nothing is left of it, nor does it say where it lay."""
    before = in_library()
    with pytest.raises(AlmaError) as error:
        arrive(content, name)
    assert in_library() == before
    sentence = str(error.value)
    assert "\n" not in sentence
    assert parcels.ARRIVING not in sentence
    return sentence


def equal(one: library.Run, other: library.Run) -> bool:
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))
    return one.spec == other.spec and one.manifest == other.manifest


def alma(*words: str, **how: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words], capture_output=True, text=True, check=False, env=environment, **how
    )


# --- there and back


@pytest.mark.parametrize("name", ["machine-failure", "monthly-demand", "digits"])
def test_a_shipped_run_is_the_same_elsewhere(name: str, request: pytest.FixtureRequest, said: Said):
    shipped = library.find(name)
    answer = said("decide", name, "--json")
    content = parcels.packed(shipped)
    request.getfixturevalue("elsewhere")
    taken = arrive(content, "download.zip")
    assert taken == (library.home() / "runs" / name, False)
    assert equal(library.find(name), shipped)
    sheets = [path.relative_to(shipped.path) for path in sorted(shipped.path.glob("prices/*"))]
    assert [path.relative_to(taken.folder) for path in sorted(taken.folder.glob("prices/*"))] == sheets
    assert all((taken.folder / path).read_bytes() == (shipped.path / path).read_bytes() for path in sheets)
    assert json.loads(said("decide", name, "--json")) == json.loads(answer)


def test_a_run_goes_from_one_machine_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As typed, in processes of their own: made and packed under one ALMA_HOME, taken in under another."""
    assert alma("run", *QUICK, "--out", "gpu", cwd=tmp_path).returncode == 0
    done = alma("export", "gpu.zip", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "The run gpu is packed; `alma import gpu.zip` takes it in on another machine.\n"
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "other"))
    for expected in ("gpu.zip is now the run gpu here; ", "gpu.zip holds the run gpu, which is here already; "):
        done = alma("import", "gpu.zip", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == expected + "open it on the pages or with `alma decide gpu`.\n"
    assert alma("decide", "gpu", cwd=tmp_path.parent).returncode == 0
    assert equal(library.open_run(tmp_path / "other" / "runs" / "gpu"), library.open_run(tmp_path / "gpu"))


def test_only_what_a_run_holds_is_carried_and_the_same_bytes_each_time(run: library.Run, tmp_path: Path):
    first = parcels.packed(run)
    for name in (".lock", ".job.lock", "run.log", "partial.parquet", "progress.json", ".spec.json.tmp", "notes.txt"):
        (run.path / name).write_text("secret")
    (run.path / "prices").mkdir()
    (run.path / "prices" / "letter.txt").write_text("secret")
    os.utime(run.path / "ledger.parquet", (0, 10**9))
    again = tmp_path / "again.zip"
    parcels.write(run, again)
    assert again.read_bytes() == first == parcels.packed(library.open_run(run.path))
    with zipfile.ZipFile(again) as archive:
        assert archive.namelist() == [
            f"ours/{name}" for name in ("manifest.json", "spec.json", "ledger.parquet", "confusion.parquet")
        ]


@pytest.mark.parametrize(
    ("about", "called"),
    [
        ('{"name": "需要予測 夏", "owner": "suzuki@example.com", "requested": "x"}', "需要予測 夏"),
        ('{"name": "a\\u202eb"}', ""),
        ('{"name": "two\\nlines"}', ""),
        (json.dumps({"name": "x" * 101}), ""),
        ('{"name": 3}', ""),
        ("[1]", ""),
        ("{", ""),
        ("[" * 100_000, ""),
    ],
    ids=lambda x: x[:20],
)
def test_of_what_is_noted_about_a_run_its_name_travels(run: library.Run, about: str, called: str):
    (run.path / "about.json").write_text(about)
    own = parcels.packed(run)
    assert b"suzuki" not in own
    for number, content in enumerate((own, zipped(files_of(run) | {"ours/about.json": about.encode()}))):
        folder = arrive(content).folder
        noted = about_a_run.read(folder)
        assert (noted.name, noted.owner, noted.command) == (called, "local", run.manifest["command"]), number
        assert "suzuki" not in (folder / "about.json").read_text("utf-8")
        shutil.rmtree(folder)


def test_a_damaged_run_does_not_leave(run: library.Run, tmp_path: Path):
    (run.path / "ledger.parquet").write_bytes(b"PAR1")
    with pytest.raises(RunError, match=r"ledger\.parquet in .* is damaged"):
        parcels.write(run, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


# --- one run, one folder


def test_the_same_run_is_one_under_whatever_name(run: library.Run):
    taken = arrive(parcels.packed(run))
    renamed = zipped(files_of(run, "other/") | {"other/prices/a.toml": b'currency = "JPY"\n[errors]\nper_error = 1\n'})
    assert arrive(renamed, "third.zip") == (taken.folder, True)
    assert arrive(parcels.packed(library.find("digits"))).folder == library.find("digits").path
    assert {path.split("/")[0] for path in in_library()} == {"ours"}


def test_the_same_run_that_is_damaged_here_is_taken_in_again(run: library.Run):
    first = arrive(parcels.packed(run)).folder
    (first / "ledger.parquet").write_bytes(b"")
    again = arrive(parcels.packed(run))
    assert again == (first.with_name("ours-2"), False)
    assert equal(library.open_run(again.folder), run)


def test_another_run_of_the_same_name_gets_a_number(run: library.Run, small_run, tmp_path: Path):
    spec, table, confusion = small_run
    others = [write((spec, table[table["seed"] < n], confusion), tmp_path / str(n) / "ours") for n in (1, 2)]
    assert [arrive(parcels.packed(one)).folder.name for one in (run, *others)] == ["ours", "ours-2", "ours-3"]
    assert [arrive(parcels.packed(one)).was_there for one in (run, *others)] == [True] * 3


def test_a_shipped_run_keeps_its_name(small_run, tmp_path: Path):
    run = write(small_run, tmp_path / "mnist")
    assert arrive(parcels.packed(run)).folder.name == "mnist-2"
    assert library.find("mnist").path != library.find("mnist-2").path


def test_what_lies_under_the_name_is_left_alone(run: library.Run):
    (library.home() / "runs" / "ours").mkdir(parents=True)
    (library.home() / "runs" / "ours" / "partial.parquet").write_text("of a run under way")
    assert arrive(parcels.packed(run)).folder.name == "ours-2"
    assert "ours/partial.parquet" in in_library()


@pytest.mark.parametrize(
    ("top", "name", "expected"),
    [
        ("需要予測-2026/", "x.zip", "需要予測-2026"),
        ("", "倉庫A (1).zip", "倉庫A-1"),
        ("", "C:\\fake path\\run.zip", "C-fake-path-run"),
        ("", "/tmp/.hidden.zip", "hidden"),
        ("--help/", "x.zip", "help"),
        ("..../", "x.zip", "run"),
        ("x" * 200 + "/", "x.zip", "x" * 60),
        ("か\u3099/", "x.zip", "が"),
        ("a\x1b[31mb/", "x.zip", "a-31mb"),
    ],
)
def test_the_id_is_the_parcel_s_folder_or_the_file_s_name(run: library.Run, top: str, name: str, expected: str):
    folder = arrive(zipped(files_of(run, top)), name).folder
    assert folder == library.home() / "runs" / expected
    assert library.find(expected).path == folder


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_names_that_are_not_marked_as_utf_8(run: library.Run, encoding: str):
    """As a Mac writes them, and a Windows in Japanese: 表 ends in a backslash there."""
    content = zipped(files_of(run, "XXXX" + "X" * (encoding == "utf-8") * 2 + "/"))
    content = content.replace(b"XXXXXX/", "月表/".encode(encoding)).replace(b"XXXX/", "月表/".encode(encoding))
    assert arrive(content).folder.name == "月表"


def test_a_folder_that_was_zipped_by_hand(run: library.Run):
    """With what a run, a Mac and a zip program leave in it."""
    for name in (".job.lock", "run.log", ".DS_Store"):
        (run.path / name).write_text("x")
    left = {f"ours/{path.name}": path.read_bytes() for path in run.path.iterdir()}
    macs = {
        "ours/": b"",
        "ours/prices/": b"",
        "__MACOSX/": b"",
        "__MACOSX/ours/._manifest.json": b"x",
        ".DS_Store": b"",
    }
    assert ".lock" in {path.name for path in run.path.iterdir()}
    folder = arrive(zipped(macs | left)).folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "about.json", "confusion.parquet", "ledger.parquet", "manifest.json", "spec.json"
    ]  # fmt: skip


# --- what is refused


@pytest.mark.parametrize(
    "evil",
    [
        "../evil", "ours/../../evil", "/evil", "/etc/evil", "ours//evil", "./evil", "..\\evil", "ours\\..\\evil",
        "C:evil", "C:/evil", "ours/..", "..", "\\\\host\\share\\evil", "ours/prices/../../../x.toml",
    ],
)  # fmt: skip
def test_a_name_that_leads_out_of_the_archive(run: library.Run, evil: str):
    for files in ({evil: b"x"} | files_of(run), files_of(run) | {evil: b"x"}):
        assert "its name leads out of the archive" in refused(zipped(files))
    assert not list(library.home().rglob("evil"))


def test_a_name_that_ends_early(run: library.Run):
    """Python's zipfile reads a name up to the sign 0, other programs read on."""
    content = zipped(files_of(run) | {"ours/about.json/../x": b"x"}).replace(b"about.json/../x", b"about.json\0/x/x")
    assert "its name leads out of the archive" in refused(content)


@given(
    name=st.text(st.sampled_from("./\\:a0表\x7f\u202e \n~-"), min_size=1, max_size=9), top=st.sampled_from(["", "a/"])
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_ever_written_outside_the_run(run: library.Run, tmp_path: Path, name: str, top: str):
    files = {f"{name}/{file.removeprefix('ours/')}": content for file, content in files_of(run).items()}
    before = {path for path in tmp_path.rglob("*") if "home" not in path.parts}
    for content in (zipped(files), zipped(files_of(run, top) | {top + name: b"x"})):
        try:
            folder = arrive(content, name).folder
        except AlmaError:
            continue
        assert folder.parent == library.home() / "runs"
        assert not folder.name.startswith((".", "-"))
        assert {path.split("/")[0] for path in in_library()} == {folder.name}
        shutil.rmtree(folder)
    assert {path for path in tmp_path.rglob("*") if "home" not in path.parts} == before
    assert in_library() == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
@pytest.mark.parametrize("name", ["ours/about.json", "ours/ledger.parquet"])
def test_a_link_is_refused(run: library.Run, kind: int, name: str):
    files = files_of(run)
    content = files.pop(name, b"/etc/passwd")
    buffer = io.BytesIO(zipped(files))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(entry, content)
    assert f"{name} (a link or a device)" in refused(buffer.getvalue())


@pytest.mark.parametrize("twin", ["ours/ledger.parquet", "ours/prices/a.toml"])
def test_a_name_that_stands_there_twice(run: library.Run, twin: str):
    """On some disks, names that differ in capitals only are one."""
    buffer = io.BytesIO(zipped(files_of(run) | {"ours/prices/A.toml": b"x"}))
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the same name
        archive.writestr(twin, b"x")
    assert "the same name twice" in refused(buffer.getvalue())


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ("ours/notes.txt", r"ours/notes.txt (no part of a run)"),
        ("ours/weights.safetensors", "no part of a run"),
        ("ours/ledger.parquet/x", "no part of a run"),
        ("ours/prices/letter.txt", "no part of a run"),
        ("ours/prices/more/a.toml", "no part of a run"),
        ("ours/prices/.a.toml", "no part of a run"),
        ("theirs/manifest.json", "theirs/manifest.json (no part of a run)"),
        ("manifest.json", "(no part of a run)"),
        ("ours/judged.parquet", "ours.zip holds judged.parquet (not named in its manifest)"),
        ("ours/prices/a.toml", "a.toml holds x, which is not known there"),
    ],
)
def test_what_is_no_part_of_a_run(run: library.Run, extra: str, says: str):
    assert says in refused(zipped(files_of(run) | {extra: b"PAR1" if extra.endswith("parquet") else b"x = 1"}))


@pytest.mark.parametrize("name", ["spec.json", "ledger.parquet", "confusion.parquet"])
def test_a_file_that_is_missing_or_was_changed(run: library.Run, name: str):
    files = files_of(run)
    content = bytearray(files.pop(f"ours/{name}"))
    assert f"ours.zip lacks {name}, all files" in refused(zipped(files))
    content[len(content) // 2] ^= 1
    says = f"{name} in ours.zip is damaged (its checksum is not the one recorded)"
    assert says in refused(zipped(files | {f"ours/{name}": bytes(content)}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema_version": ledger.SCHEMA_VERSION + 1}, "ours.zip was written by a newer version (schema 2,"),
        ({"state": "running"}, "ours.zip holds a run that has not finished"),
        ({"data": None}, "manifest.json in ours.zip does not read"),
    ],
)
def test_a_run_that_cannot_be_opened_here(run: library.Run, change: dict[str, object], says: str):
    files = files_of(run)
    files["ours/manifest.json"] = json.dumps(json.loads(files["ours/manifest.json"]) | change).encode()
    assert says in refused(zipped(files))


def parquet_of(frame: pd.DataFrame, **how: object) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, **how)
    return buffer.getvalue()


def test_tables_that_do_not_read_as_the_ledger(run: library.Run):
    files = files_of(run)
    for content, says in (
        (b"PAR1", "ledger.parquet in ours.zip is damaged"),
        (parquet_of(pd.DataFrame({"policy": ["x"]})), "lacks the columns label, method"),
        (parquet_of(run.ledger.assign(t="x")), "ledger.parquet in ours.zip is damaged"),
        (parquet_of(run.ledger.assign(t=[[1]] * len(run.ledger))), "ledger.parquet in ours.zip has the column t of"),
    ):
        assert says in refused(zipped(signed(files, "ledger.parquet", content)))


def test_a_table_that_is_small_as_it_lies_and_large_as_it_is_read(run: library.Run):
    """A value repeated takes a few bytes, however often: rows without end, and one long text in each of them."""
    files = files_of(run)
    long = pa.DictionaryArray.from_arrays(np.zeros(20_000, np.int8), ["x" * 32_000])
    zeros = np.zeros(500_000, np.int8)
    for table in ({"policy": long, "seed": zeros[:20_000]}, dict.fromkeys(ledger.CONFUSION, zeros)):
        content = columns(pa.table(table))
        assert len(content) < 50_000
        assert "confusion.parquet in ours.zip unpacks to" in refused(
            zipped(signed(files, "confusion.parquet", content))
        )


def test_a_bomb_that_says_so(run: library.Run):
    files = files_of(run)
    bomb = bytes(archives.SMALL_BYTES + 1)
    assert "ours.zip unpacks to" in refused(zipped(files | {"ours/judged.parquet": bomb}))
    assert "ours.zip holds 1," in refused(zipped(files | {f"{n}": b"" for n in range(1500)}))
    assert "far too large" in refused(zipped(files | {"ours/prices/a.toml": os.urandom(2**20 + 1)}))
    content = bytearray(zipped(files))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 2**32 - 2)
    assert "unpacks to 4,096 MB or more, at most 1,024 MB" in refused(bytes(content))


def test_a_bomb_that_says_it_is_none(run: library.Run, monkeypatch: pytest.MonkeyPatch):
    """Of an entry that is said to be short no more than that is ever written."""
    content = bytearray(zipped(files_of(run) | {"ours/about.json": bytes(10**7)}))
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 1000)
    written = []
    copy = shutil.copyfileobj

    def measured(source, target, length):
        try:
            copy(source, target, length)
        finally:
            written.append(target.tell())

    monkeypatch.setattr(parcels.shutil, "copyfileobj", measured)
    assert "ours.zip is damaged or was cut off" in refused(bytes(content))
    assert written[-1] <= 1000


def test_other_files(run: library.Run):
    whole = zipped(files_of(run))
    assert "is no zip file" in refused(b"")
    assert "is no zip file" in refused(b"PAR1 and more")
    assert "holds no finished run (no manifest.json)" in refused(zipped({"a/b/manifest.json": b"1"}))
    assert "holds no finished run (no manifest.json)" in refused(zipped({}))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "packed in an unusual way" in refused(zipped(files_of(run), method))
    locked = bytearray(whole)
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "is locked with a password" in refused(bytes(locked))
    for length in (3, 100, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        assert "ours.zip is damaged or was cut off" in refused(whole[:length])


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_parcel_that_was_damaged_on_its_way_is_refused_or_the_same_run(run: library.Run, data: st.DataObject):
    content = bytearray(parcels.packed(run))
    for _time in range(data.draw(st.integers(1, 3))):
        # most of the file are tables: half of the damage goes to the names and the directory at the end
        at = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - 400, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    try:
        folder = arrive(bytes(content)).folder
    except AlmaError:
        assert in_library() == []
        return
    assert folder.parent == library.home() / "runs"
    taken = library.open_run(folder)
    assert taken.manifest["sha256"] == run.manifest["sha256"]
    pd.testing.assert_frame_equal(taken.ledger, run.ledger)
    shutil.rmtree(folder)


# --- processes


def _import(file: Path, home: Path, start, results) -> None:
    os.environ["ALMA_HOME"] = str(home)
    start.wait()
    results.put(tuple(parcels.take_in(file, file.name)))


def at_once(files: list[Path]) -> list[tuple[Path, bool]]:
    """Import files in processes of their own that begin together, and return what each was told."""
    start, results = SPAWN.Barrier(len(files)), SPAWN.Queue()
    others = [SPAWN.Process(target=_import, args=(file, library.home(), start, results)) for file in files]
    for other in others:
        other.start()
    told = [results.get(timeout=60) for _file in files]
    for other in others:
        other.join()
    return told


def test_imports_of_one_file_at_once_end_as_one_run(run: library.Run, tmp_path: Path):
    parcels.write(run, tmp_path / "ours.zip")
    told = at_once([tmp_path / "ours.zip"] * 3)
    assert {folder for folder, _was_there in told} == {library.home() / "runs" / "ours"}
    assert sorted(was_there for _folder, was_there in told) == [False, True, True]
    assert equal(library.find("ours"), run)
    assert {path.split("/")[0] for path in in_library()} == {"ours"}


def test_imports_of_two_runs_of_one_name_at_once(run: library.Run, small_run, tmp_path: Path):
    spec, table, confusion = small_run
    other = write((dataclasses.replace(spec, seeds=2), table[table["seed"] < 2], confusion), tmp_path / "2" / "ours")
    for name, one in (("one.zip", run), ("other.zip", other)):
        parcels.write(one, tmp_path / name)
    told = at_once([tmp_path / "one.zip", tmp_path / "other.zip"])
    assert sorted(folder.name for folder, _was_there in told) == ["ours", "ours-2"]
    assert {library.find(name).spec.seeds for name in ("ours", "ours-2")} == {2, 3}


def _stand_still(file: Path, home: Path) -> None:
    os.environ["ALMA_HOME"] = str(home)
    parcels._same = lambda _run, _owner: time.sleep(60)  # unpacked and read, not yet in its place
    parcels.take_in(file, file.name)


def test_an_import_that_is_killed_leaves_nothing_that_is_listed(
    run: library.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    parcels.write(run, tmp_path / "ours.zip")
    other = SPAWN.Process(target=_stand_still, args=(tmp_path / "ours.zip", library.home()))
    other.start()
    half_way = library.home() / "runs" / parcels.ARRIVING / "run"
    try:
        end = time.monotonic() + 60
        while not (half_way / "confusion.parquet").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        monkeypatch.setattr(parcels, "WAIT_SECONDS", 0.3)
        with pytest.raises(RunError, match="has waited a minute for another import"):
            arrive(parcels.packed(run))
        assert (half_way / "manifest.json").exists()  # whoever lives keeps what it works on
    finally:
        other.kill()
        other.join()
    assert (half_way / "manifest.json").exists()
    assert library.home() not in [folder.parents[1] for folder, _changed in library.listed()]
    assert library.unreadable() == []
    assert arrive(parcels.packed(run)) == (library.home() / "runs" / "ours", False)
    assert not half_way.parent.exists()


def without_room(size: int, *words: str, cwd: Path) -> str:
    """Run a command that may write no more than so many bytes to a file, and return the line with which it fails."""
    done = alma(*words, cwd=cwd, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


def test_a_disk_that_is_full(run: library.Run, tmp_path: Path):
    content = parcels.packed(run)
    for size in (1000, len(content) - 10):  # at once, and only with the last bytes, which wait in a buffer
        said = without_room(size, "export", "made/ours", cwd=tmp_path)
        assert said.startswith("alma: ours.zip cannot be written (File too large); ")
        assert not (tmp_path / "ours.zip").exists()
    (tmp_path / "ours.zip").write_bytes(content)
    said = without_room(20_000, "import", "ours.zip", cwd=tmp_path)
    assert said.startswith("alma: The run in ours.zip cannot be kept in ")
    assert "(File too large); make room there" in said
    assert in_library() == []


def test_a_library_that_cannot_be_written(run: library.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", Path("/proc/alma")):
        monkeypatch.setenv("ALMA_HOME", str(place))
        with pytest.raises(RunError, match=f"ours.zip cannot be kept in {place}/runs .*make room there"):
            arrive(parcels.packed(run))


# --- as it is typed


@pytest.mark.usefixtures("run")
def test_what_export_takes_and_where_it_writes(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for words, written in (
        (["mnist"], "mnist.zip"),
        (["digits.zip"], "digits.zip"),
        (["made/ours"], "ours.zip"),
        (["made/ours.zip", "--out", "made/b.zip"], "made/b.zip"),
    ):
        assert f"`alma import {written}`" in said("export", *words)
        with zipfile.ZipFile(written) as archive:
            assert archive.namelist()[0].endswith("/manifest.json")
    before = Path("mnist.zip").read_bytes()
    for words in (["mnist"], ["digits", "--out", "mnist.zip"], ["mnist", "--out", "made"]):
        assert "is there already, a new file was expected; give another name with --out." in said(
            "export", *words, status=2
        )
    assert Path("mnist.zip").read_bytes() == before
    assert "There is no run nothing;" in said("export", "nothing.zip", status=2)
    assert "cannot be written (No such file" in said("export", "mnist", "--out", "no/where.zip", status=2)


def test_a_run_that_is_called_zip(run: library.Run, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run.path, tmp_path / "ours.zip")
    shutil.copytree(run.path, library.home() / "runs" / "kept.zip")
    assert "The run ours.zip is packed; `alma import ours.zip.zip`" in said("export", "ours.zip")
    assert "The run kept.zip is packed" in said("export", "kept.zip")


def test_what_import_takes(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "text.zip").write_text("dear")
    assert "nothing.zip cannot be read (No such file" in said("import", "nothing.zip", status=2)
    assert "home cannot be read (Is a directory)" in said("import", "home", status=2)
    assert "text.zip is no zip file" in said("import", "text.zip", status=2)
    language.use("ja")
    assert "text.zip はzipファイルではありません" in said("import", "text.zip", status=2)


@pytest.mark.usefixtures("elsewhere")
def test_shipped_runs_pass_what_is_asked_of_a_parcel():
    """The limits leave room: a shipped run takes a hundredth of what a parcel may come to."""
    for path in sorted((Path(__file__).parents[1] / "cached_runs").iterdir()):
        content = parcels.packed(library.open_run(path))
        assert len(content) < parcel_files.LARGEST_BYTES / 100
        assert arrive(content).folder.name == path.name
