"""What was decided on a run, kept with it."""

import datetime
import io
import json
import multiprocessing
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core import (
    about,
    actual_table,
    adoption,
    decision_file,
    jobs,
    library,
    listing,
    parcels,
    rights,
    trash,
    writing,
)
from alma_core.about import LOCAL, NOBODY, About
from alma_core.adoption import ANEW, ONWARD, Actual, Adoption
from alma_core.decide import record, sheets
from alma_core.decide.advise import answer
from alma_core.decide.expected import Expected, Promise
from alma_core.decide.question import Question
from alma_core.errors import DataError, RunError, SpecError
from alma_core.home import home

PLACE = Expected(0.1, 0.09, 0.11, 0.01, 0.0, 0.09, 360.0)
NOTED = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
HERS, HIS = "suzuki@example.com", "tanaka@example.com"


def adopted(on: str = "2026-12-01", unit: str = "month", **facts: object) -> Adoption:
    """Return an adoption by hand: three places, all alike."""
    told = {
        "policy": "p", "adopted_on": datetime.date.fromisoformat(on), "approver": "=1+1 田中 & <b>", "note": "初回 😀",
        "prices": sheets.written(sheets.Sheet("単価")), "unit": unit, "factor": 1, "horizon": 3, "baseline": "q",
        "behind": 0, "promise": Promise((PLACE,) * 3, PLACE, True), "made_on": "2026-11-30T00:00:00.000+00:00",
    }  # fmt: skip
    return Adoption(**(told | facts))


def test_what_is_written_is_read(kept: Path):
    one, other = adopted(), adopted("2027-01-15", made_on="later", actuals=(Actual(1, 0.125, 80, "メモ"),))
    assert decision_file.read(kept) == []
    decision_file.adopt(kept, one)
    decision_file.adopt(kept, other)
    assert decision_file.read(kept) == [one, other]
    assert adoption.in_force(decision_file.read(kept)) == other
    assert json.loads((kept / "decision.json").read_text("utf-8"))["schema_version"] == 1


def test_entries_add_up_and_are_taken_back_one_by_one(kept: Path):
    decision_file.adopt(kept, adopted())
    seen = decision_file.read(kept)[-1]
    decision_file.enter(kept, seen, [Actual(1, 0.1, 50)])
    decision_file.enter(kept, seen, [Actual(2, 0.1, 50), Actual(3, 0.2, 50)])
    decision_file.enter(kept, seen, [Actual(1, 0.3, 60)])  # a correction
    (found,) = decision_file.read(kept)
    assert [(a.period, a.error, a.entry) for a in found.actuals] == [(1, 0.1, 1), (2, 0.1, 2), (3, 0.2, 2), (1, 0.3, 3)]
    assert [(a.period, a.error) for a in found.known] == [(1, 0.3), (2, 0.1), (3, 0.2)]
    for left in (3, 1, 0):
        decision_file.take_back(kept, decision_file.read(kept))
        assert len(decision_file.read(kept)[-1].actuals) == left
    decision_file.take_back(kept, decision_file.read(kept))
    assert decision_file.read(kept) == []
    with pytest.raises(RunError, match="nothing to take back"):
        decision_file.take_back(kept, [])


def test_what_has_changed_meanwhile_is_not_undone_nor_entered(kept: Path):
    decision_file.adopt(kept, adopted())
    seen = decision_file.read(kept)
    decision_file.enter(kept, seen[-1], [Actual(1, 0.1, 50)])
    with pytest.raises(RunError, match="Somebody has changed"):
        decision_file.take_back(kept, seen)
    decision_file.adopt(kept, adopted(made_on="later"))
    with pytest.raises(RunError, match="Somebody has changed"):
        decision_file.enter(kept, seen[-1], [Actual(2, 0.1, 50)])
    assert [len(one.actuals) for one in decision_file.read(kept)] == [1, 0]


def _enter_ten(home_: str, folder: str, first: int) -> None:
    import os

    os.environ["ALMA_HOME"] = home_
    seen = decision_file.read(Path(folder))[-1]
    for period in range(first, first + 10):
        decision_file.enter(Path(folder), seen, [Actual(period, 0.1, 50)])


def test_two_processes_lose_nothing(kept: Path):
    decision_file.adopt(kept, adopted())
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_enter_ten, args=(str(home()), str(kept), first)) for first in (1, 11)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    (found,) = decision_file.read(kept)
    assert sorted(one.period for one in found.actuals) == list(range(1, 21))
    assert sorted(one.entry for one in found.actuals) == list(range(1, 21))


def spoiled(**changes: object) -> str:
    told = json.loads(decision_file.written([adopted()]))
    told["adoptions"][0] |= changes
    return json.dumps(told)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "5", '{"schema_version": 1}', '{"schema_version": 1, "adoptions": [5]}', "[" * 100_000,
        spoiled(policy=5), spoiled(factor=0), spoiled(factor=True), spoiled(behind=9), spoiled(adopted_on="soon"),
        spoiled(unit="fortnight"), spoiled(prices="nothing"), spoiled(approver="x" * 101), spoiled(note="a\nb"),
        spoiled(promise={}), spoiled(actuals=[{"period": 1, "error": 2.0, "cases": 1, "note": "", "entry": 1}]),
        spoiled(actuals=[{"period": 1.5, "error": 0.1, "cases": 1, "note": "", "entry": 1}]),
        spoiled(actuals=[{"period": 1, "error": float("nan"), "cases": 1, "note": "", "entry": 1}]),
    ],
)  # fmt: skip
def test_what_does_not_read_is_said_and_left_as_it_is(kept: Path, text: str):
    (kept / "decision.json").write_text(text, "utf-8")
    with pytest.raises(RunError, match=r"does not read as a decision record .* left as it is"):
        decision_file.read(kept)
    with pytest.raises(RunError, match="does not read"):
        decision_file.adopt(kept, adopted())
    assert (kept / "decision.json").read_text("utf-8") == text
    assert library.open_run(kept).ledger is not None


def test_what_a_newer_version_wrote_is_refused(kept: Path):
    (kept / "decision.json").write_text('{"schema_version": 2}', "utf-8")
    with pytest.raises(RunError, match=r"newer version \(schema 2"):
        decision_file.read(kept)


def test_of_a_shipped_run_it_lies_beside_the_user_s_runs():
    folder = library.find("digits").path
    decision_file.adopt(folder, adopted())
    assert not (folder / "decision.json").exists()
    assert decision_file.place(folder) == home() / "decisions" / "digits.json"
    assert decision_file.read(folder) == [adopted()]


def test_a_run_with_a_record_opens_and_is_deleted_and_brought_back(kept: Path):
    decision_file.adopt(kept, adopted())
    assert library.open_run(kept).id == "kept"
    assert writing.left_by_a_run("decision.json")
    assert writing.left_by_a_run(".decision.json.tmp")
    assert [one.id for one in listing.own()] == ["kept"]
    assert jobs.state(kept).name == jobs.FINISHED
    trash.discard(kept)
    trash.undo("kept")
    assert decision_file.read(kept) == [adopted()]


def test_it_travels_with_the_run(kept: Path):
    decision_file.adopt(kept, adopted())
    parcel = parcels.packed(library.open_run(kept))
    assert parcel == parcels.packed(library.open_run(kept))
    trash.discard(kept)
    taken = parcels.take_in(io.BytesIO(parcel), "kept.zip")  # the same run as the shipped one, which has no record yet
    assert taken.was_there
    assert decision_file.read(taken.folder) == [adopted()]
    decision_file.adopt(taken.folder, adopted(made_on="later"))
    assert parcels.take_in(io.BytesIO(parcel), "kept.zip").was_there
    assert len(decision_file.read(taken.folder)) == 2  # a record that is there stays


def test_it_arrives_where_the_run_is_new(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    decision_file.adopt(kept, adopted())
    parcel = parcels.packed(library.open_run(kept))
    monkeypatch.setenv("ALMA_HOME", str(tmp_path / "other"))
    monkeypatch.setattr(library, "shipped_folder", lambda: tmp_path / "shipped")
    taken = parcels.take_in(io.BytesIO(parcel), "kept.zip")
    assert not taken.was_there
    assert decision_file.read(taken.folder) == [adopted()]


def test_a_parcel_with_a_spoiled_record_is_refused(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    decision_file.adopt(kept, adopted())
    parcel = io.BytesIO(parcels.packed(library.open_run(kept)))
    monkeypatch.setattr(library, "shipped_folder", lambda: tmp_path / "shipped")
    trash.discard(kept)
    spoiled_ = io.BytesIO()
    with zipfile.ZipFile(parcel) as source, zipfile.ZipFile(spoiled_, "w") as target:
        for entry in source.infolist():
            is_record = entry.filename.endswith("decision.json")
            target.writestr(entry.filename, b"{" if is_record else source.read(entry))
    with pytest.raises(RunError, match="decision record"):
        parcels.take_in(spoiled_, "kept.zip")
    assert library.own() == []


@pytest.mark.parametrize(
    ("who", "owner", "is_shared", "may"),
    [
        (HERS, HERS, False, True), (HERS, HIS, True, False), (HERS, HIS, False, False), (HERS, LOCAL, False, True),
        (LOCAL, HIS, False, True), (NOBODY, LOCAL, False, False), (HERS, about.UNKNOWN, False, False),
    ],
)  # fmt: skip
def test_who_may_write(kept: Path, who: str, owner: str, is_shared: bool, may: bool):
    about.write(kept, About(owner=owner, shared=is_shared))
    acts = (
        lambda: rights.adopt(who, kept, adopted()),
        lambda: rights.enter(who, kept, rights.decided(who, kept)[-1], [Actual(1, 0.1, 5)]),
        lambda: rights.take_back(who, kept, rights.decided(who, kept)),
    )
    if may:
        for act in acts:
            act()
        assert rights.decided(who, kept) == [adopted()]
        return
    decision_file.adopt(kept, adopted())
    for act in acts:
        with pytest.raises(RunError, match=r"belongs to somebody else|sign in first"):
            act()
    assert decision_file.read(kept) == [adopted()]


def test_whoever_may_not_see_a_run_does_not_see_its_record(kept: Path):
    about.write(kept, About(owner=HIS))
    with pytest.raises(RunError, match="somebody else"):
        rights.decided(HERS, kept)


@pytest.mark.parametrize(
    ("on", "unit", "factor", "third"),
    [
        ("2026-12-01", "month", 1, "2027-02-01"), ("2026-11-29", "month", 1, "2027-02-01"),
        ("2026-11-29", "month", 3, "2027-06-01"), ("2026-11-29", "week", 1, "2026-12-14"),
        ("2026-11-30", "week", 1, "2026-12-14"), ("2026-11-29", "day", 1, "2026-12-01"),
        ("2026-11-29", "quarter", 1, "2027-07-01"), ("2026-10-01", "quarter", 1, "2027-04-01"),
        ("2026-04-01", "year", 1, "2028-04-01"), ("2026-04-02", "year", 1, "2028-05-01"),
    ],
)  # fmt: skip
def test_the_third_period_begins(on: str, unit: str, factor: int, third: str):
    found = adopted(on, unit, factor=factor)
    day = datetime.date.fromisoformat(third)
    assert found.begins_on(3) == day
    assert found.period_on(day) == 3
    assert found.period_on(day - datetime.timedelta(days=1)) == 2


@given(
    st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)),
    st.sampled_from(["day", "week", "month", "quarter", "year"]), st.integers(1, 5), st.integers(1, 200),
)  # fmt: skip
def test_a_period_holds_its_first_day(on: datetime.date, unit: str, factor: int, period: int):
    found = adopted(on.isoformat(), unit, factor=factor)
    first = found.begins_on(period)
    assert first is not None
    assert first >= on
    assert found.period_on(first) == period


def test_lots_have_no_dates():
    found = adopted(unit="lot")
    assert found.begins_on(1) is None
    with pytest.raises(SpecError, match="lots have no dates"):
        found.period_on(datetime.date(2026, 12, 1))
    with pytest.raises(SpecError, match="a day from 2026-12-01 on"):
        adopted().period_on(datetime.date(2026, 11, 1))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Actual(0, 0.1, 5), "0 was given for the period"),
        (lambda: Actual(1, 0.1, 0), "0 was given for the number of cases"),
        (lambda: Actual(1, -0.1, 5), "-0.1 was given for the error"),
        (lambda: Actual(1, float("nan"), 5), "nan was given for the error"),
        (lambda: adopted("1600-01-01"), "a day from 1900 to 2200"),
        (lambda: adopted(approver="x" * 101), "at most 100 letters"),
        (lambda: adopted(note="a\x00b"), "at most 500 letters"),
        (lambda: adopted(actuals=(Actual(1, 2.1, 5),)), "0 to 100 %"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(wrong, said: str):
    with pytest.raises(SpecError, match=said):
        wrong()


@pytest.mark.parametrize(("name", "begins", "behind"), [("digits", ANEW, 0), ("monthly-demand", ONWARD, 23)])
def test_a_real_answer_is_adopted(name: str, begins: str, behind: int):
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    said = answer(known, Question(prices=sheet.prices, limits=sheet.limits))
    found = adoption.adopted(said, sheet, run.unit, said.adopted, NOTED.date(), NOTED, "  A  B ")
    assert (adoption.usual(said), found.behind, found.approver) == (begins, behind, "A B")
    assert found.promise.places[-1].error == pytest.approx(said.kpis["final_error"][said.adopted].mean())
    assert found.promise.onward.error == pytest.approx(said.kpis["long_term_error"][said.adopted].mean())
    assert sheets.read(found.prices, "x").prices == sheet.prices
    dearer = replace(said.question, prices=replace(sheet.prices, day_rate=1.0))
    changed = adoption.adopted(
        answer(known, dearer), sheet, run.unit, said.adopted, NOTED.date(), NOTED
    )  # fmt: skip
    assert sheets.read(changed.prices, "x").name == f"{sheet.name}, changed"
    decision_file.adopt(run.path, found)
    assert decision_file.read(run.path) == [found]


JAPANESE = '対象月,誤り率(%),件数,備考\r\n2026年12月,12.5,"1,200",初月\r\n2027年1月,8,900,\r\n合計,20.5,2100,\r\n'


def test_a_table_in_japanese_of_windows():
    found = actual_table.read(JAPANESE.encode("cp932"), "実績.csv", adopted())
    assert found.actuals == [Actual(1, 0.125, 1200, "初月"), Actual(2, 0.08, 900, "")]
    assert any("合計" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "scale", "errors"),
    [
        ("period,error,cases\n1,12.5,9\n2,0.5,9\n", None, [0.125, 0.005]),
        ("period,error,cases\n1,12.5%,9\n2,0.5%,9\n", None, [0.125, 0.005]),
        ("period,error (%),cases\n1,0.5,9\n", None, [0.005]),
        ("period,error,cases\n1,0.5,9\n", "share", [0.5]),
        ("period,error,cases\n1,0.5,9\n", "percent", [0.005]),
        ("N,Error rate,Period\n9,50,3\n", None, [0.5]),
    ],
)
def test_percent_and_shares(text: str, scale: str | None, errors: list[float]):
    found = actual_table.read(text.encode(), "t.csv", adopted(), scale)
    assert [one.error for one in found.actuals] == pytest.approx(errors)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,error,cases\n1,0.5,9\n", "may be percent or shares"),
        ("period,error,cases\n1,50%,9\n2,0.5,9\n", "a percent sign, as in other rows"),
        ("period,error\n1,50\n", "no column called cases"),
        ("error,cases\n50,9\n", "no column called period or date"),
        ("period,error,cases\n1,x,9\n2,5,9\n", "'x' as “error” in row 1"),
        ("period,error,cases\n1,,9\n2,5,9\n", "nothing as “error” in row 1"),
        ("period,error,cases\n1.5,50,9\n", "a whole number was expected"),
        ("period,error,cases\n0,50,9\n", "0 was given for the period"),
        ("period,error,cases\n1,50,9\n1,40,9\n", "more than one row of period 1"),
        ("date,error,cases\n2026-11-01,50,9\n", "a day from 2026-12-01 on"),
        ("date,error,cases\n9999-11-01,50,9\n", "was given for the period"),
        ("period,error,cases\n1,150,9\n", "0 to 100 %"),
        ("period,error,cases\n", "no row of data|no rows|nothing"),
        ("", "empty|no row"),
    ],
)
def test_tables_that_do_not_do(text: str, said: str):
    with pytest.raises((DataError, SpecError), match=said):
        actual_table.read(text.encode(), "t.csv", adopted())


def test_a_workbook_of_shares_with_percent_above_is_asked_about(tmp_path: Path):
    import pandas as pd

    path = tmp_path / "t.xlsx"
    pd.DataFrame({"date": [datetime.date(2026, 12, 5)], "error (%)": [0.021], "cases": [1200]}).to_excel(
        path, index=False
    )
    with pytest.raises(DataError, match="percent or shares"):
        actual_table.read(path.read_bytes(), "t.xlsx", adopted())
    assert actual_table.read(path.read_bytes(), "t.xlsx", adopted(), "share").actuals == [Actual(1, 0.021, 1200)]


def test_numbers_are_taken_as_they_are():
    found = adopted(promise=Promise((PLACE,), PLACE, False))
    table = "期,予測のずれ(件),件数\n1,52.3,700\n"
    assert actual_table.read(table.encode(), "t.csv", found).actuals == [Actual(1, 52.3, 700)]
