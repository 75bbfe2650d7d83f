"""`alma adopt` and `alma actual`."""

import datetime
import re
import shutil
from pathlib import Path

import pytest

from alma_core import decision_file, library
from alma_core.cli import main
from alma_core.home import home


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(words) == status
    out, err = capsys.readouterr()
    return (err if status else out).replace("\u00a0", " ")


@pytest.fixture
def ours() -> Path:
    folder = home() / "runs" / "ours"
    shutil.copytree(library.find("monthly-demand").path, folder)
    return folder


def test_adopted_entered_reviewed_listed_and_taken_back(ours: Path, capsys: pytest.CaptureFixture[str]):
    told = said(
        capsys, "adopt", "ours", "--approver", "Board", "--date", "2026-12-01", "--note", "first", "--begins", "anew"
    )
    assert "Nothing has been entered yet; December 2026 comes first." in told
    assert "since 1 December 2026, approved by Board" in told
    (found,) = decision_file.read(ours)
    assert (found.adopted_on, found.note, found.behind) == (datetime.date(2026, 12, 1), "first", 0)
    assert "As predicted: 1 of 1 month" in said(capsys, "actual", "ours", "--error", str(found.promise.at(1).error),
                                                "--cases", "700")  # fmt: skip
    told = said(capsys, "actual", "ours", "--period", "3", "--error", "900", "--cases", "700", "--note", "=1")
    assert "Review: the error of 900.0 rentals (February 2027) is far above its band" in told
    assert "hold the next update back" in told
    told = said(capsys, "adopt", "ours", "--list")
    assert "900.0 rentals on 700 cases" in told
    assert "hold the next update back" not in said(capsys, "adopt", "ours", "--undo")
    assert [one.period for one in decision_file.read(ours)[-1].actuals] == [1]


def test_a_policy_by_its_fingerprint_and_a_day_in_the_place_of_a_period(ours: Path, capsys: pytest.CaptureFixture[str]):
    policy = str(library.open_run(ours).ledger["policy"].iloc[-1])
    said(capsys, "adopt", "ours", "--policy", policy, "--date", "2026-11-29")
    said(capsys, "actual", "ours", "--date", "2027-01-31", "--error", "50", "--cases", "9")
    (found,) = decision_file.read(ours)
    assert (found.policy, found.behind, found.actuals[0].period) == (policy, 23, 2)


def test_a_table(ours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    said(capsys, "adopt", "ours", "--date", "2026-12-01")
    table = tmp_path / "実績.csv"
    table.write_bytes("月,誤差,件数\n2026年12月,50,700\n2027年1月,51,700\n".encode("cp932"))
    said(capsys, "actual", "ours", "--file", str(table))
    assert [one.error for one in decision_file.read(ours)[-1].known] == [50.0, 51.0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("actual", "ours", "--error", "5", "--cases", "9"), "No policy was adopted on the run ours"),
        (("adopt", "ours", "--policy", "nothing"), "There is no policy nothing"),
        (("adopt", "ours", "--date", "soon"), "invalid day value"),
        (("adopt", "ours", "--date", "1500-01-01"), "1500-01-01 was given for the date"),
        (("adopt", "ours", "--undo"), "holds nothing to take back"),
        (("adopt", "ours", "--prices", "nowhere.toml"), "There is no price sheet"),
        (("adopt", "no-such-run"), "There is no run no-such-run"),
    ],
)
def test_what_is_wrong_is_one_sentence(ours: Path, words, sentence: str, capsys: pytest.CaptureFixture[str]):
    told = said(capsys, *words, status=2)
    assert re.search(sentence, told)
    assert told.count("\n") == 1
    assert decision_file.read(ours) == []


@pytest.mark.usefixtures("ours")
def test_an_entry_that_lacks_something_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    said(capsys, "adopt", "ours")
    assert "Nothing was entered" in said(capsys, "actual", "ours", "--error", "5", status=2)
    assert "0 was given for the number of cases" in said(
        capsys, "actual", "ours", "--error", "5", "--cases", "0", status=2
    )
    assert "cannot be read" in said(capsys, "actual", "ours", "--file", "nowhere.csv", status=2)


def test_nothing_adopted_is_said(capsys: pytest.CaptureFixture[str]):
    assert "No policy is adopted on the run digits." in said(capsys, "adopt", "digits", "--list")
