"""Price sheets as files that people edit: whatever stands in one, it is a sheet or a sentence."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_core import library
from alma_core.decide import devices, priced, record, sheets
from alma_core.decide.limits import Limits
from alma_core.decide.prices import EVERY, Prices
from alma_core.decide.sheets import Sheet
from alma_core.errors import QuestionError
from alma_core.methods import METHODS
from alma_core.policyspec import CAPACITIES

amounts = st.floats(0, 1e9) | st.integers(0, 10**6)
shares = st.floats(0, 1)
maybe = st.none()


def tables(names: tuple[str, ...]) -> st.SearchStrategy[tuple[tuple[str, float], ...]]:
    return st.dictionaries(st.sampled_from(names), amounts, max_size=3).map(lambda table: tuple(table.items()))


@st.composite
def ways(draw: st.DrawFn) -> dict[str, Any]:
    """Draw how errors are priced."""
    way = draw(st.sampled_from(("per error", "matrix", "classes", "sides")))
    if way == "matrix":
        n = draw(st.integers(2, 4))
        return {"price_matrix": tuple(tuple(draw(amounts) for _ in range(n)) for _ in range(n))}
    if way == "classes":
        return {"miss_price": draw(amounts), "false_alarm_price": draw(amounts), "positives": draw(maybe | shares)}
    return {} if way == "per error" else {"shortage_price": draw(amounts), "excess_price": draw(amounts)}


@st.composite
def prices(draw: st.DrawFn) -> Prices:
    """Draw prices, every field of them."""
    second = draw(maybe | st.tuples(st.integers(0, 50), amounts))
    found = Prices(
        **draw(ways()),
        currency=draw(st.sampled_from(("JPY", "USD", "EUR"))),
        price_per_error=draw(amounts),
        use=draw(shares),
        volume=draw(maybe | amounts),
        days_per_update=draw(amounts),
        day_rate=draw(amounts),
        updates_included=second and second[0],
        day_rate_beyond=second and second[1],
        upkeep=draw(tables((EVERY, *METHODS))),
        price_per_label=draw(amounts),
        price_per_device_hour=draw(amounts),
        peak_flops=draw(st.floats(1, 1e20)),
        utilisation=draw(st.floats(1e-6, 1)),
        nightly_hours=draw(amounts),
        hardware=draw(tables(CAPACITIES)),
        discount_rate=draw(shares),
        label_delay=draw(amounts),
        release_days=draw(amounts),
        freeze_months=tuple(draw(st.sets(st.integers(1, 12)))),
        fiscal_year_from=draw(st.integers(1, 12)),
        days_per_arrival=draw(maybe | st.floats(0.01, 1e4)),
        incumbent_rates=draw(maybe | st.tuples(amounts, amounts)),
        confirmed=draw(st.booleans()),
    )
    ranged = [name for name in ("use", "day_rate", "price_per_error", "miss_price", "discount_rate")
              if getattr(found, name) is not None and draw(st.booleans())]  # fmt: skip
    return dataclasses.replace(found, ranges=tuple((n, getattr(found, n) / 2, getattr(found, n)) for n in ranged))


limits = st.builds(Limits, **dict.fromkeys(Limits.__dataclass_fields__, maybe | amounts))
words = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.builds(
        Sheet,
        name=words.filter(bool),
        about=words,
        japanese=st.none() | st.tuples(words, words),
        prices=prices(),
        limits=limits,
    )
)
@settings(max_examples=150)
def test_what_is_saved_is_what_is_loaded(sheet: Sheet):
    found = sheets.read(sheets.written(sheet), "any.toml")
    assert found == sheet


def test_a_file_is_replaced_whole(tmp_path: Path):
    path = tmp_path / "ours.toml"
    for rate in (1.0, 2.0):
        sheet = Sheet("私たちの価格", "年度 2026", prices=Prices(day_rate=rate), limits=Limits(one_off=5.0))
        sheets.save(sheet, path)
        assert sheets.load(path) == sheet
    assert [file.name for file in tmp_path.iterdir()] == ["ours.toml"]


SHIPPED = sorted((library.dashboard() / "cached_runs").glob("*/prices/*.toml"))


def test_there_are_two_sheets_for_each_of_three_runs():
    assert [path.parent.parent.name for path in SHIPPED] == sorted(["machine-failure", "mnist", "monthly-demand"] * 2)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_sheet_suits_its_run(path: Path):
    run = library.open_run(path.parent.parent)
    sheet = sheets.load(path)
    assert sheets.read(sheets.written(sheet), path.name) == sheet
    assert not sheet.prices.confirmed
    panel = priced.panel_for(record.of_run(run), sheet.prices)
    assert panel.horizon == int(run.ledger["t"].max())
    one, other = (sheets.load(beside).prices for beside in sheets.beside(run.path))
    differing = [f.name for f in dataclasses.fields(Prices) if getattr(one, f.name) != getattr(other, f.name)]
    assert differing
    assert all("price" in name or name == "ranges" for name in differing)


@pytest.mark.parametrize(
    ("run", "of", "says"),
    [
        ("mnist", "machine-failure", "holds no operating points"),
        ("mnist", "monthly-demand", "units too few and too many, but this run tells classes apart"),
        ("machine-failure", "monthly-demand", "units too few and too many, but this run tells classes apart"),
        ("monthly-demand", "machine-failure", "wrong classes, but this run predicts a number"),
    ],
)
def test_a_sheet_made_for_another_task(run: str, of: str, says: str):
    found = record.of_run(library.find(run))
    for path in SHIPPED:
        if path.parent.parent.name == of:
            with pytest.raises(QuestionError, match=says):
                priced.panel_for(found, sheets.load(path).prices)


def test_a_matrix_for_another_number_of_classes():
    with pytest.raises(QuestionError, match="for 3 classes was given, but the run tells 2 apart"):
        priced.panel_for(record.of_run(library.find("machine-failure")), Prices(price_matrix=((0.0,) * 3,) * 3))


PLAIN = 'currency = "JPY"\n[errors]\nper_error = 300\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("currency = JPY", "does not read as TOML"),
        ("\x00", "does not read as TOML"),
        ("[errors]\nper_error = 300", "states no currency"),
        ("currency = 3\n[errors]\nper_error = 300", "states no currency"),
        ('currency = "GBP"\n[errors]\nper_error = 300', "GBP was given for Currency, one of JPY, USD, EUR"),
        ('currency = "JPY"', "states no price of errors"),
        ('currency = "JPY"\n[errors]\nuse = 0.5', "states no price of errors"),
        (PLAIN + "per_eror = 3", r"any.toml \[errors\] holds per_eror, which is not known there"),
        (PLAIN + "[devise]\nutilisation = 0.5", "any.toml holds devise"),
        (PLAIN + 'use = "half"', r"half was given for any.toml \[errors\] use, a number was expected"),
        (PLAIN + "use = true", "True was given"),
        (PLAIN + "use = 1.5", "a share from 0 to 1"),
        (PLAIN + "use = [1]", "a number was expected"),
        (PLAIN + "use = 2026-04-01", "a number was expected"),
        ('currency = "JPY"\n[errors]\nper_error = -1', "-1.0 was given for Price of one error, zero or a positive"),
        ('currency = "JPY"\n[errors]\nper_error = nan', "nan was given for Price of one error"),
        ('currency = "JPY"\n[errors]\nper_error = inf', "inf was given for Price of one error"),
        ('currency = "JPY"\n[errors]\nmiss = 3', "Price of a miss was given without Price of a false alarm"),
        ('currency = "JPY"\n[errors]\nper_error = 3\nfalse_alarm = 3', "without Price of a miss"),
        ('currency = "JPY"\n[errors]\nshortage = 3', "without Price of a unit too many"),
        ('currency = "JPY"\n[errors]\nmiss = 3\nfalse_alarm = 1\nshortage = 1\nexcess = 1', "were given together"),
        ('currency = "JPY"\n[errors]\nmatrix = 3', "a list of numbers was expected"),
        ('currency = "JPY"\n[errors]\nmatrix = []', "a square one was expected"),
        ('currency = "JPY"\n[errors]\nmatrix = [[1, 2], [3]]', "a square one was expected"),
        ('currency = "JPY"\n[errors]\nmatrix = [[1, "2"], [3, 4]]', "a number was expected"),
        ('currency = "JPY"\nerrors = 3', r"any.toml \[errors\] is no section"),
        (PLAIN + "[people]\nupdates_included = 3", "Updates a year at that price was given without"),
        (PLAIN + "[people]\nupdates_included = 3.5\nday_rate_beyond = 1", "a whole number was expected"),
        (PLAIN + "[people]\nupkeep = 3", "a table of numbers was expected"),
        (PLAIN + "[people.upkeep]\nmagic = 3", "magic was given for Upkeep a year, one of every, single"),
        (PLAIN + '[device]\npreset = "abacus"', "names the device abacus; known are cpu, t4"),
        (PLAIN + "[device]\npreset = [1]", "names the device"),
        (PLAIN + "[device]\nutilisation = 0", "utilisation of 0.0"),
        (PLAIN + "[device.hardware]\nXXL = 3", "XXL was given for Hardware to buy, one of S, M, L, XL"),
        (PLAIN + "[time]\nfreeze_months = [0]", "numbers from 1 to 12"),
        (PLAIN + "[time]\nfreeze_months = [3.5]", "numbers from 1 to 12"),
        (PLAIN + "[time]\nfreeze_months = [nan]", "numbers from 1 to 12"),
        (PLAIN + "[time]\nfreeze_months = [inf]", "numbers from 1 to 12"),
        (PLAIN + "[time]\nfreeze_months = 3", "a list of numbers was expected"),
        (PLAIN + "[time]\nfiscal_year_from = 13", "numbers from 1 to 12"),
        (PLAIN + "[time]\ndays_per_arrival = 0", "Days between two arrivals"),
        (PLAIN + "[today]\nrates = [0.1]", "two numbers was expected"),
        (PLAIN + "[limits]\nworst_error = -1", "-1.0 was given as the limit of the worst moment"),
        (PLAIN + "[limits]\nspeed = 1", "holds speed"),
        (PLAIN + "[ranges]\nper_error = [400, 500]", "one that holds the price itself, 300.0"),
        (PLAIN + "[ranges]\nper_error = 400", "two numbers was expected"),
        (PLAIN + "[ranges]\nmiss = [1, 2]", "one that holds the price itself"),
        (PLAIN + "[ranges]\nuse = [0.5, 3]", "a share from 0 to 1"),
        (PLAIN + "[ranges]\nmatrix = [1, 2]", "holds matrix"),
        ("confirmed = 1\n" + PLAIN, "1 was given for any.toml confirmed, true or false was expected"),
        ("name = 3\n" + PLAIN, "3 was given for any.toml name, text was expected"),
        (f'currency = "JPY"\n[errors]\nper_error = 1{"0" * 400}', "was given for Price of one error"),
        (f'currency = "JPY"\n[errors]\nper_error = 1{"0" * 5000}', "does not read as TOML"),
        (f'currency = "JPY"\n[errors]\nper_error = 0x{"f" * 5000}', "was given for Price of one error"),
        (PLAIN + f"[people]\nupdates_included = 1{'0' * 400}\nday_rate_beyond = 1", "Updates a year at that price"),
        ("a = " + "[" * 3000, "does not read as TOML"),
    ],
)
def test_a_file_that_makes_no_sense_is_one_sentence(text: str, says: str):
    with pytest.raises(QuestionError, match=says) as refused:
        sheets.read(text, "any.toml")
    assert "\n" not in str(refused.value).strip()


def test_files_that_do_not_read(tmp_path: Path):
    (tmp_path / "cp932.toml").write_bytes('name = "価格"\n'.encode("cp932"))
    for name, says in (
        ("cp932.toml", "is not UTF-8 text"),
        ("none.toml", "There is no price sheet"),
        (".", "There is no"),
    ):
        with pytest.raises(QuestionError, match=says):
            sheets.load(tmp_path / name)


def test_the_mark_that_windows_writes_before_utf_8_is_no_text(tmp_path: Path):
    (tmp_path / "notepad.toml").write_bytes(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())
    assert sheets.load(tmp_path / "notepad.toml").prices == Prices(price_per_error=300)


def test_a_file_without_a_name_is_called_by_its_own():
    assert sheets.read(PLAIN, "our-prices.toml").name == "our-prices"


@pytest.mark.parametrize("currency", ["JPY", "USD", "EUR"])
def test_a_preset_costs_what_it_costs_in_the_currency_of_the_sheet(currency: str):
    found = sheets.read(PLAIN.replace("JPY", currency) + '[device]\npreset = "h100"', "any.toml").prices
    assert devices.of(found) == "h100"
    assert found.price_per_device_hour == devices.hourly(devices.DEVICES["h100"], currency)


def test_what_is_stated_beside_a_preset_holds():
    text = PLAIN + '[device]\npreset = "cpu"\nprice_per_hour = 12\nnightly_hours = 3'
    found = sheets.read(text, "any.toml").prices
    assert (found.price_per_device_hour, found.nightly_hours, found.peak_flops) == (12, 3, 1e12)


KEYS = sorted({*sheets.TOP, *sheets.SECTIONS, "limits", "ranges", *(k for s in sheets.SECTIONS.values() for k in s),
               *Limits.__dataclass_fields__, "preset", "every", "S", "any"})  # fmt: skip
leaves = (
    st.none().flatmap(lambda _none: st.sampled_from(["JPY", "GBP", "cpu", ""]))
    | st.booleans() | st.integers(-3, 13) | st.integers(-(10**30), 10**30) | st.floats() | st.dates() | st.times()
)  # fmt: skip
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
)


def section(names: Any) -> st.SearchStrategy[Any]:
    """Draw a section whose keys are known and whose values mostly are of their kind."""
    numbers = st.floats() | st.integers(-1, 13) | st.floats(0, 1)
    lists = st.lists(numbers, max_size=3) | st.lists(st.lists(st.floats(0, 9), min_size=2, max_size=2), max_size=3)
    inner = st.dictionaries(st.sampled_from(["every", "single", "S", "XL", "any"]), numbers, max_size=2)
    values = st.one_of(numbers, numbers, numbers, lists, inner, leaves, st.sampled_from(list(devices.DEVICES)))
    return st.dictionaries(st.sampled_from([*names, "preset"]), values, max_size=4)


near_misses = st.fixed_dictionaries(
    {"currency": st.sampled_from(["JPY", "USD"]),
     "errors": st.just({"per_error": 3}) | section(sheets.SECTIONS["errors"])},
    optional={name: section(names) for name, names in sheets.SECTIONS.items() if name != "errors"}
    | {"limits": section(Limits.__dataclass_fields__), "confirmed": leaves, "name": leaves,
       "ranges": st.dictionaries(st.sampled_from(KEYS), st.lists(st.floats() | st.integers(0, 400), max_size=3))},
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), anything, max_size=5) | near_misses)
@settings(max_examples=400)
def test_whatever_a_file_holds_it_is_a_sheet_or_a_sentence(data: dict[str, Any]):
    said, found = "", None
    try:
        found = sheets.read(tomli_w.dumps(data), "any.toml")
    except QuestionError as refused:
        said = str(refused)
    if found is None:
        assert said.endswith(".")
        assert "\n" not in said
    else:
        assert sheets.read(sheets.written(found), "any.toml") == found


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_whatever_text_it_is_it_is_a_sentence(text: str):
    with pytest.raises(QuestionError):
        sheets.read(text, "any.toml")
