"""`alma data` as a person uses it."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alma_core import language
from alma_core.commands import data
from alma_core.commands.parsing import Parser
from alma_core.errors import AlmaError, DataError, SpecError
from alma_core.streams import adding, datasets
from tests.conftest import DATA

has_real_sets = pytest.mark.skipif(
    not (Path(DATA) / "elec2.parquet").is_file() or not DATA,
    reason="ALMA_DATA does not name a folder with elec2.parquet",
)
REAL = Path(DATA)


def alma_data(*words: object) -> None:
    parser = Parser(prog="alma data")
    data.add_options(parser)
    options = parser.parse_args([str(word) for word in words])
    assert options.run(options) == 0


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=200, freq="D").strftime("%Y/%m/%d"),
            "size, in cm": draw.normal(size=200).round(2),
            "line": draw.choice(["A", "B"], 200),
            "no": [f"N{k:03}" for k in range(200)],
            "first look": draw.choice(["OK", "NG"], 200),
            "verdict": draw.choice(["OK", "NG"], 200),
        }
    )
    table.to_csv(tmp_path / "orders.csv", index=False)
    return tmp_path / "orders.csv"


def test_add_then_list_then_remove(orders: Path, capsys: pytest.CaptureFixture[str]):
    alma_data("add", orders, "--name", "orders", "--target", "verdict", "--cut", "month")
    said = capsys.readouterr().out
    assert said.startswith("orders: rows 200, files 1, mega-batches 7 (by month); predicts verdict (OK, NG)")
    assert "2024-07" in said
    alma_data("list")
    assert "orders" in capsys.readouterr().out
    alma_data("remove", "orders", "--yes")
    alma_data("list")
    assert "No data sets yet" in capsys.readouterr().out.splitlines()[-1]


def test_check_keeps_nothing(orders: Path, capsys: pytest.CaptureFixture[str]):
    alma_data("check", orders, "--target", "verdict")
    said = capsys.readouterr().out
    assert "orders.csv, as read (utf-8" in said
    assert "2024/01/01" in said
    assert "blank cells" in said
    assert datasets.listed() == []


def test_signs_that_would_steer_the_terminal_are_not_printed(orders: Path, capsys: pytest.CaptureFixture[str]):
    table = pd.read_csv(orders)
    table["line"] = "A\x1b[2J"
    table.to_csv(orders, index=False)
    alma_data("check", orders, "--target", "verdict")
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "A�[2J" in said


def test_check_shows_what_gives_the_target_away_and_what_shifted(orders: Path, capsys: pytest.CaptureFixture[str]):
    table = pd.read_csv(orders)
    table["copy"] = table["verdict"].map({"OK": "good", "NG": "bad"})
    table.loc[table["day"] >= "2024/04/01", "size, in cm"] += 9
    table.to_csv(orders, index=False)
    alma_data("check", orders, "--target", "verdict", "--cut", "month")
    said = capsys.readouterr().out
    assert "What gives the target away" in said
    assert "2024-04 differs from 2024-03: columns size, in cm" in said


def test_roles_are_as_asked(orders: Path):
    alma_data(
        *("add", orders, "--name", "a", "--target", "verdict", "--label", "first look", "--combine", "any"),
        *("--ignore", "size, in cm", "--key", "no", "--latest", "--time", "day", "--cut", "week", "--unit", "lot"),
        *("--judged", "test"),
    )
    kept = datasets.load("a")
    roles = {c.name: c.role for c in kept.schema.columns}
    assert roles.pop("size, in cm") == "ignore"
    assert roles == {"day": "time", "line": "feature", "no": "key", "first look": "label", "verdict": "target"}
    assert (kept.schema.combine, kept.schema.corrections) == ("any", "latest")
    assert (kept.cutting.by, kept.cutting.unit, kept.cutting.judged) == ("week", "lot", "test")


def test_a_name_with_a_comma_and_names_between_commas(orders: Path):
    alma_data(
        "add", orders, "--name", "a", "--target", "verdict", "--ignore", "size, in cm", "--ignore", "no,first look"
    )
    roles = {c.name: c.role for c in datasets.load("a").schema.columns}
    assert [name for name, role in roles.items() if role == "ignore"] == ["size, in cm", "no", "first look"]


def test_kinds_and_renamed_columns(orders: Path, tmp_path: Path):
    table = pd.read_csv(orders).rename(columns={"line": "process=line"}).assign(code=np.arange(200) % 4)
    table["day"] = pd.date_range("2024-08-01", periods=200, freq="D").strftime("%Y/%m/%d")
    table.to_csv(tmp_path / "more.csv", index=False)
    words = ["--target", "verdict", "--kind", "code=category", "--renamed", "process=line=line", "--as-given"]
    alma_data("add", orders, tmp_path / "more.csv", "--name", "a", *words)
    columns = {c.name: c for c in datasets.load("a").schema.columns}
    assert columns["code"].kind == "category"
    assert columns["line"].formerly == ("process=line",)
    assert adding.opened("a").rows.frame["line"].notna().all()


def test_adding_to_a_data_set(orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    alma_data("add", orders, "--name", "a", "--target", "verdict", "--cut", "month")
    table = pd.read_csv(orders).assign(day="2024-08-01", load=1.5)
    table.to_csv(tmp_path / "august.csv", index=False)
    alma_data("add", tmp_path / "august.csv", "--name", "a", "--feature", "load")
    assert "mega-batches 8" in capsys.readouterr().out
    assert datasets.load("a").schema.kinds["load"] == "number"
    with pytest.raises(SpecError, match="a is kept already with its roles and its cut, but --target, --cut was given"):
        alma_data("add", orders, "--name", "a", "--target", "verdict", "--cut", "month")


def test_how_files_are_read_is_remembered(tmp_path: Path):
    for month in ("01", "02"):
        text = "x|y\n" + "".join(f"1,{k}|{'OK' if k % 2 else 'NG'}\n" for k in range(20))
        (tmp_path / f"2024-{month}.csv").write_text(text + f"9,{month}|OK\n", "cp932")
    words = ["--target", "y", "--delimiter", "|", "--decimal", ",", "--encoding", "cp932", "--cut", "file"]
    alma_data("add", tmp_path / "2024-01.csv", "--name", "a", *words)
    alma_data("add", tmp_path / "2024-02.csv", "--name", "a")
    assert datasets.load("a").reading.delimiter == "|"
    assert adding.opened("a").rows.frame["x"].iloc[-1] == 9.02


def test_the_unit_of_files_is_found(tmp_path: Path):
    for month in ("01", "02", "03"):
        rows = "".join(f"{k},{'OK' if k % 2 else 'NG'}\n" for k in range(int(month), 20))
        (tmp_path / f"2024-{month}.csv").write_text("x,y\n" + rows, "utf-8")
    alma_data("add", *sorted(tmp_path.glob("*.csv")), "--name", "a", "--target", "y", "--cut", "file")
    assert datasets.load("a").cutting.unit == "month"


def test_a_sample_can_be_written_and_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    alma_data("sample", tmp_path / "sample")
    assert "24 files of an invented factory" in capsys.readouterr().out
    language.use("ja")
    alma_data("add", *(tmp_path / "sample").iterdir(), "--name", "架空工場")
    said = capsys.readouterr().out
    assert "到着データ24回(月ごと)" in said
    assert "2023年4月" in said


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (["--target", "verdct"], DataError, "The column verdct was asked for, but only these are there: verdict"),
        (["--ignore", "nothing"], DataError, "The column nothing was asked for"),
        (["--kind", "verdict=colour"], SpecError, "colour was given for the kind of a column"),
        (["--kind", "verdict"], SpecError, "verdict was given, COL=KIND was expected"),
        (["--kind", "vrdict=text"], DataError, "The column vrdict was asked for"),
        (["--renamed", "gone=line"], DataError, "The column gone was asked for"),
        (["--cut", "year"], SpecError, "year was given as the cut"),
        (["--cut", "number:500"], DataError, "500 mega-batches were asked of 200 rows"),
        (["--unit", "century"], SpecError, "century was given for the arrival unit"),
        (["--cut", "month", "--not-in-order"], SpecError, "stand in no order"),
        (["--aggregate", "hour", "--time", "line"], SpecError, "the kind date was expected"),
        (["--latest", "--ignore", "no"], SpecError, "no column is the key"),
        (["--judged", "later"], SpecError, "invalid choice"),
        (["--combine", "any", "--ignore", "first look"], SpecError, "Labels were to be combined"),
    ],
)
def test_mistakes_are_one_sentence(orders: Path, words: list[str], kind: type[AlmaError], sentence: str):
    with pytest.raises(kind, match=sentence) as caught:
        alma_data("add", orders, "--name", "a", *(["--target", "verdict"] if "--target" not in words else []), *words)
    assert "\n" not in str(caught.value)
    assert datasets.listed() == []


def test_remove_asks_for_a_yes(orders: Path):
    alma_data("add", orders, "--name", "a", "--target", "verdict")
    with pytest.raises(SpecError, match="give --yes too"):
        alma_data("remove", "a")
    assert datasets.exists("a")
    with pytest.raises(DataError, match="There is no data set b, only these are kept: a"):
        alma_data("remove", "b", "--yes")


def test_a_damaged_data_set_is_listed_as_such(orders: Path, capsys: pytest.CaptureFixture[str]):
    alma_data("add", orders, "--name", "a", "--target", "verdict")
    (datasets.load("a").folder / datasets.ABOUT).write_text("{", "utf-8")
    capsys.readouterr()
    alma_data("list")
    assert "does not read" in capsys.readouterr().err


@has_real_sets
@pytest.mark.parametrize(
    ("file", "words", "expected"),
    [
        (
            "bike_sharing_hour",
            "--target cnt --time dteday --cut month --ignore instant,casual,registered --target-unit rentals",
            ("regression", 24, 17_379, 0),
        ),
        ("elec2", "--target class --cut number:45 --unit week", ("classification", 45, 45_312, 0)),
        (
            "ai4i2020",
            "--target 'Machine failure' --ignore 'UDI,Product ID,TWF,HDF,PWF,OSF,RNF' --cut number:20 --not-in-order",
            ("classification", 20, 10_000, 1_978),
        ),
    ],
)
def test_the_sets_that_are_shipped(file: str, words: str, expected: tuple[str, int, int, int]):
    alma_data("add", REAL / f"{file}.parquet", "--name", file, *shlex.split(words))
    made = adding.opened(file).arrays.source
    assert (made.task, made.cut.mega_batches, len(made.x), len(made.test)) == expected
    assert np.isfinite(made.x).all()
