"""From files to rows of a ledger: nothing of the future, one more month, worse data. Real files, real runs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core import cli, home, library
from alma_core.library import Run
from alma_core.streams import adding, deliveries, schema
from alma_core.streams.cutting import cutting_of
from tests.conftest import unequal

MONTHS = [f"2024-{month:02d}" for month in range(1, 8)]
WAYS = ["--waits", "1,2", "--capacities", "S", "--starts", "warm,scratch", "--replay", "0,1", "--seeds", "2"]


def month(name: str, rows: int = 70) -> pd.DataFrame:
    """Return the pressings of a month: vibration is measured from April on, and the last verdicts are not in yet."""
    draws = np.random.default_rng(int(name[-2:]))
    heat, force = draws.normal(200, 9, rows).round(2), draws.normal(50, 5, rows).round(2)
    day = np.sort(draws.integers(1, 29, rows))
    bad = heat + 2 * force + draws.normal(0, 4, rows) > 306
    table = pd.DataFrame({
        "日付": [f"{name}-{d:02d}" for d in day], "温度": heat, "圧力": force,
        "ライン": draws.choice(["A", "B", "C"], rows), "判定": np.where(bad, "NG", "OK"),
    })  # fmt: skip
    if name >= MONTHS[3]:
        table["振動"] = draws.normal(0, 1, rows).round(3)
    table.loc[draws.random(rows) < 0.05, "判定"] = ""
    return table


def written(folder: Path, tables: dict[str, pd.DataFrame]) -> list[Path]:
    paths = [folder / f"検査_{name}.csv" for name in tables]
    for path, table in zip(paths, tables.values(), strict=True):
        table.to_csv(path, index=False, encoding="cp932")
    return paths


def kept(name: str, paths: Sequence[Path]) -> None:
    delivery = deliveries.deliver(paths)
    roles = schema.guess(delivery.cells, deliveries.kinds_of(delivery), target="判定", time="日付")
    adding.keep(adding.drafted(name, delivery, roles, cutting_of("month")))


def ran(name: str, folder: Path, *more: str, ways: Sequence[str] = WAYS) -> Run:
    assert cli.main(["run", "--data", name, *ways, *more, "--out", str(folder)]) == 0
    return library.open_run(folder)


def moved(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("ALMA_HOME", str(path))
    assert home.home() == path


@pytest.mark.parametrize("t", [2, 4])
def test_nothing_of_later_months_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, t: int):
    """Every value after month t changes, in a column too that begins then: rows up to t - 1 stay to the bit."""
    tables = {name: month(name) for name in MONTHS}
    runs = []
    for which in ("one", "other"):
        moved(monkeypatch, tmp_path / which)
        if which == "other":
            for name in MONTHS[t:]:
                table = tables[name]
                table["温度"], table["圧力"] = table["圧力"] * 7, table["温度"] - 90
                table["ライン"], table["判定"] = "D", table["判定"].to_numpy()[::-1]
                if "振動" in table:
                    table["振動"] = table["振動"] * 50 + 3
        folder = tmp_path / which
        folder.mkdir()
        kept("press", written(folder, tables))
        runs.append(ran("press", folder / "run"))
    one, other = (run.ledger for run in runs)
    upto = (one["t"] < t).to_numpy()
    assert unequal(one[upto], other[upto]) == []
    assert unequal(one, other) != []
    judged = [run.judged[run.judged["t"] < t] for run in runs]
    pd.testing.assert_frame_equal(*judged)


def test_the_next_month_costs_its_own_updates_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    moved(monkeypatch, tmp_path / "home")
    paths = written(tmp_path, {name: month(name) for name in MONTHS})
    kept("press", paths[:-1])
    before = ran("press", tmp_path / "before")
    capsys.readouterr()
    adding.extend("press", deliveries.deliver(paths[-1:]))
    after = ran("press", tmp_path / "after")
    new = after.manifest["updates"]["distinct"] - before.manifest["updates"]["distinct"]
    assert f"{new} of {after.manifest['updates']['distinct']} updates trained" in capsys.readouterr().out
    assert 0 < new <= 2 * 8  # two seeds, eight policies
    rows = after.ledger["t"] <= 5
    assert unequal(after.ledger[rows].reset_index(drop=True), before.ledger) == []
    assert len(after.shift) > len(before.shift) > 0


def test_rows_that_are_held_back_stay_so_when_a_month_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    moved(monkeypatch, tmp_path / "home")
    paths = written(tmp_path, {name: month(name) for name in MONTHS})
    delivery = deliveries.deliver(paths[:-1])
    roles = schema.guess(delivery.cells, deliveries.kinds_of(delivery), target="判定", time="日付")
    adding.keep(adding.drafted("press", delivery, roles, cutting_of("month", judged="test")))
    before = ran("press", tmp_path / "before")
    adding.extend("press", deliveries.deliver(paths[-1:]))
    after = ran("press", tmp_path / "after")
    assert before.ledger["test_size"].iloc[0] > 50
    rows = after.ledger["t"] <= 6
    # What the last month asks for is known only once it has arrived.
    shown = [table.drop(columns="volume").assign(volume=0) for table in (after.ledger[rows], before.ledger)]
    assert unequal(shown[0].reset_index(drop=True), shown[1]) == []


@pytest.mark.parametrize("worse", [["--missing", "0.6"], ["--label-noise", "0.4"], ["--labelled", "0.1"]])
def test_worse_data_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worse: list[str]):
    moved(monkeypatch, tmp_path / "home")
    kept("press", written(tmp_path, {name: month(name, 300) for name in MONTHS}))
    ways = ["--waits", "1", "--starts", "scratch", "--replay", "1", "--epochs", "20"]
    clean = ran("press", tmp_path / "clean", ways=ways).ledger.query("method == 'single'")
    dirty = ran("press", tmp_path / "dirty", *worse, ways=ways).ledger.query("method == 'single'")
    assert dirty["error"].mean() > clean["error"].mean() + 0.01
    assert dirty["test_size"].tolist() == clean["test_size"].tolist()
    column = {"--missing": "missing_share", "--label-noise": "label_noise", "--labelled": "labelled_share"}[worse[0]]
    assert set(dirty[column]) == {np.float32(worse[1])}


def test_late_corrections_leave_the_test_set_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    moved(monkeypatch, tmp_path / "home")
    tables = {name: month(name) for name in MONTHS[:3]}
    for name, table in tables.items():
        table.insert(0, "番号", [f"{name}-{n}" for n in range(len(table))])
    paths = written(tmp_path, tables)
    delivery = deliveries.deliver(paths)
    roles = schema.guess(
        delivery.cells, deliveries.kinds_of(delivery), target="判定", time="日付", given={"番号": "key"},
        corrections="latest",
    )  # fmt: skip
    before = adding.keep(adding.drafted("press", delivery, roles, cutting_of("month", judged="test"))).arrays.source
    late = tables[MONTHS[2]].iloc[:40].assign(判定="OK", 温度=1.0)
    late.to_csv(tmp_path / "訂正.csv", index=False, encoding="cp932")
    after = adding.extend("press", deliveries.deliver([tmp_path / "訂正.csv"])).arrays.source
    assert len(after.y) > len(before.y)
    assert after.test.tolist() == before.test.tolist()
    assert np.array_equal(after.x[after.test], before.x[before.test])
    assert np.array_equal(after.y[after.test], before.y[before.test])
    assert after.digest != before.digest


def test_rows_in_no_order_ask_for_as_much_as_their_quantity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    moved(monkeypatch, tmp_path / "home")
    table = month(MONTHS[0], 400).drop(columns="日付").assign(数量=7)
    table.to_csv(tmp_path / "all.csv", index=False, encoding="cp932")
    delivery = deliveries.deliver([tmp_path / "all.csv"])
    roles = schema.guess(delivery.cells, deliveries.kinds_of(delivery), target="判定", given={"数量": "quantity"})
    adding.keep(adding.drafted("press", delivery, roles, cutting_of("number:10", in_order=False)))
    rows = ran("press", tmp_path / "run").ledger.query("method == 'incumbent' and seed == 0")
    assert rows["volume"].sum() == pytest.approx(400 * 7, rel=0.02)
