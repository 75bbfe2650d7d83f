"""Finished work by key: whole or not at all, the first commit counts, and damage is told from health."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from alma_core import specs
from alma_core.errors import StoreError
from alma_core.simulate import database
from alma_core.simulate.executor import simulate
from alma_core.simulate.results import Finished, Judged, Judgement, Outcome, Range, Results
from alma_core.simulate.store import Store
from alma_core.streams.sources import Source
from tests.conftest import ledger_of, run_of, unequal

STATE = {"0.weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
COUNTS = np.array([[3, 1], [0, 4]])
TEST = Range("test", "t")


def finished(key: str, epochs: int = 2) -> Finished:
    return Finished(key, Outcome(10, epochs, 0, 0.5), STATE, [Judged(key, TEST, Judgement(COUNTS, 3.0, 1.5))])


def test_what_is_committed_is_found_by_anybody(tmp_path: Path):
    with Store(tmp_path) as one, Store(tmp_path) as other:
        one.commit([finished("a"), finished("b")], newest=[])
        found = other.results(["a", "b", "c"])
        assert set(found.outcomes) == {"a", "b"}
        assert found.outcomes["a"] == Outcome(10, 2, 0, 0.5)
        judged = found.judgement("a", TEST)
        assert judged is not None
        assert (judged.wrong, judged.rows, judged.loss) == (3.0, 8, 1.5)
        assert np.array_equal(other.state("b")["0.weight"], STATE["0.weight"])
        assert other.states(["a", "c"]) == {"a"}


def test_the_first_commit_of_a_key_counts(tmp_path: Path):
    with Store(tmp_path) as store:
        store.commit([finished("a", epochs=2)], newest=[])
        store.commit([finished("a", epochs=9)], newest=[])
        assert store.results(["a"]).outcomes["a"].epochs == 2


def test_a_stack_is_written_whole_or_not_at_all(tmp_path: Path):
    broken = Finished("b", Outcome(10, 2, 0, 0.5), None, [Judged("b", TEST, None)])  # type: ignore[arg-type]
    with Store(tmp_path) as store:
        with pytest.raises(AttributeError):
            store.commit([finished("a"), broken], newest=[])
        assert not store.results(["a", "b"]).outcomes
        assert not store.states(["a"])


def test_a_claim_is_for_all_or_none(tmp_path: Path):
    with Store(tmp_path) as one, Store(tmp_path) as other:
        assert one.claim(["a", "b"])
        assert one.claim(["a", "b"])  # by the same process
        assert not other.claim(["b", "c"])
        assert one.claim(["c"])
        one.commit([finished("a")], newest=[])
        one.release(["b"])
        assert other.claim(["a", "b"])
        assert not other.claim(["c"])
    with Store(tmp_path) as later:
        assert later.claim(["a", "b", "c"])


def test_the_claims_of_a_killed_process_are_free(tmp_path: Path):
    code = (
        "import sys, time; from pathlib import Path; from alma_core.simulate.store import Store\n"
        "store = Store(Path(sys.argv[1])); print(store.claim(['a']), flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    with Store(tmp_path) as store:
        assert not store.claim(["a"])
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert store.claim(["a"])


def test_weights_stay_while_somebody_needs_them(tmp_path: Path):
    with Store(tmp_path) as one, Store(tmp_path) as other:
        one.commit([finished("a"), finished("b"), finished("c")], newest=["c"])
        other.need(["a"])
        one.drop(["a", "b", "c"])
        assert one.states("abc") == {"a", "c"}
        other.drop(["a"])
        assert one.states("abc") == {"c"}
        one.keep(["c"])
        assert one.prune().states == 0
        assert not list((tmp_path / "states").glob("*/*"))
        assert set(one.results("abc").outcomes) == set("abc")


def test_prune_leaves_what_a_live_process_needs(tmp_path: Path):
    with Store(tmp_path) as one, Store(tmp_path) as other:
        one.commit([finished("a"), finished("b")], newest=["b"])
        other.need(["a"])
        assert one.prune().states == 1
        assert np.array_equal(other.state("a")["0.weight"], STATE["0.weight"])


def test_ranges_that_meet_add_up():
    results = Results()
    for since, until, wrong in (("p", "q", 1), ("q", "r", 2), ("r", "s", 0), ("p", "x", 3)):
        results.add([Judged("a", Range(since, until), Judgement(np.array([[4, wrong], [0, 3]]), wrong, float(wrong)))])
    whole = results.judgement("a", Range("p", "s"))
    assert whole is not None
    assert whole.counts.tolist() == [[12, 3], [0, 9]]
    assert whole.loss == 3
    assert results.judgement("a", Range("x", "s")) is None
    assert results.judgement("b", Range("p", "q")) is None


@pytest.mark.timeout(20)
def test_ranges_are_put_together_in_time_and_depth_that_do_not_explode():
    """A state judged at N, 2 N and 4 N: many ways lead from one position to the next."""
    results, one = Results(), Judgement(np.eye(2, dtype=np.int64), 0.0, 1.0)
    for size in (2, 3, 4):
        results.add([Judged("a", Range(str(t), str(t + size)), one) for t in range(3000)])
    assert results.judgement("a", Range("0", "odd")) is None
    results.add([Judged("a", Range("2999", "end"), one)])
    assert results.judgement("a", Range("0", "end")) is not None


def test_damaged_weights_are_struck_out_and_said(tmp_path: Path):
    with Store(tmp_path) as store:
        store.commit([finished("a")], newest=["a"])
        (path,) = (tmp_path / "states").glob("*/*")
        path.write_bytes(path.read_bytes()[:-3])
        with pytest.raises(StoreError, match="run the same command again"):
            store.state("a")
        assert not store.states(["a"])


def test_a_newer_store_is_refused(tmp_path: Path):
    Store(tmp_path).__exit__()
    with sqlite3.connect(tmp_path / "results.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer version"):
        Store(tmp_path)


def test_a_store_held_by_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Store(tmp_path) as store:
        other = sqlite3.connect(tmp_path / "results.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="held by another program"):
            store.commit([finished("a")], newest=[])
        other.execute("ROLLBACK")
        other.close()
        store.commit([finished("a")], newest=[])


@pytest.mark.parametrize("home", ["/proc/nowhere", "file"])
def test_a_folder_that_cannot_be_written(home: str, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="set ALMA_HOME to another folder"):
        Store(tmp_path / home / "store")


def test_a_need_keeps_weights_even_where_another_process_is_about_to_drop_them(tmp_path: Path):
    """Whether somebody needs them and their removal are one transaction."""
    with Store(tmp_path) as one, Store(tmp_path) as other:
        one.commit([finished("a")], newest=[])
        other.need(["a"])
        one.drop(["a"])
        assert other.state("a")
        one.need(["a"])
        one.prune()  # a process that prunes keeps what it needs itself
        assert one.states(["a"]) == {"a"}


def test_a_blob_that_does_not_unpack_is_damage(tmp_path: Path):
    with Store(tmp_path) as store:
        store.commit([finished("a")], newest=[])
    with sqlite3.connect(tmp_path / "results.sqlite") as db:
        db.execute("UPDATE judgements SET counts = x'00'")
    with Store(tmp_path) as store, pytest.raises(StoreError, match="remove that folder"):
        store.results(["a"])


SPEC = specs.RunSpec(
    specs.StreamSpec("few", 8), specs.grid([1, 2], ["S"], ["warm"], [0.0, 1.0]), specs.recipe("quick", 1), 2
)


@pytest.fixture(scope="module")
def killed(few: Source, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as a process killed half-way leaves it, its write-ahead log not yet folded in."""
    folder = tmp_path_factory.mktemp("killed")
    with Store(folder / "store") as store:
        for progress in simulate(SPEC, few, store):
            if progress.updates_done > progress.updates / 2:
                shutil.copytree(folder / "store", folder / "copy")
                break
    return folder / "copy"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != "holders")


@pytest.mark.parametrize("left", [0, 0.3, 0.9])
@pytest.mark.parametrize("name", ["results.sqlite", "results.sqlite-wal", "results.sqlite-shm", ".safetensors"])
def test_a_truncated_file_costs_work_or_a_sentence_but_never_a_number(
    name: str, left: float, killed: Path, few: Source, tmp_path: Path
):
    folder = tmp_path / "store"
    shutil.copytree(killed, folder)
    torn = [path for path in files(folder) if path.name.endswith(name)]
    assert torn
    for path in torn:
        os.truncate(path, int(path.stat().st_size * left))
    whole = ledger_of(SPEC, few)[0]
    sentence = "(nothing yet)"
    while sentence:
        sentence = said_by(few, folder)
        assert not sentence or "run the same command again" in sentence
        if "remove that folder" in sentence:
            shutil.rmtree(folder)
    assert unequal(ledger_of(SPEC, few, folder)[0], whole) == []


def said_by(few: Source, folder: Path) -> str:
    """Run on a store and return the sentence it ends with, empty where it finishes."""
    try:
        run_of(SPEC, few, folder)
    except StoreError as error:
        return str(error)
    return ""


def test_a_finished_run_trains_nothing_the_second_time(few: Source, tmp_path: Path):
    first, second = run_of(SPEC, few, tmp_path), run_of(SPEC, few, tmp_path)
    assert (first.trained, second.trained) == (first.updates, 0)
    assert first.tables is not None
    assert second.tables is not None
    assert unequal(first.tables[0], second.tables[0]) == []


def test_after_a_run_only_the_newest_weights_of_each_chain_are_kept(few: Source, tmp_path: Path):
    run_of(SPEC, few, tmp_path)
    with Store(tmp_path) as store:
        assert store.size().states == len(SPEC.policies) * SPEC.seeds
        assert store.size().state_bytes == sum(p.stat().st_size for p in (tmp_path / "states").glob("*/*"))
