"""Prices that make no sense, each refused in one sentence."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_core.decide import devices, prices
from alma_core.decide.measure import Measure
from alma_core.decide.price_words import MOST, WORDS, words
from alma_core.decide.prices import Prices
from alma_core.errors import QuestionError

NUMBERS = [f.name for f in dataclasses.fields(Prices) if f.type in (float, int, float | None, int | None)]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, -math.inf])
def test_no_number_is_negative_or_not_finite(name: str, value: float):
    with pytest.raises(QuestionError, match="was given") as refused:
        Prices(**{name: value})
    assert WORDS[name] in str(refused.value)
    assert str(refused.value).count(".") - str(value).count(".") == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"price_per_error": 2 * MOST}, "up to 1e\\+12 was expected"),
        ({"price_matrix": ((0.0, -1.0), (1.0, 0.0))}, "-1.0 was given for Prices by true and predicted class"),
        ({"incumbent_rates": (-0.1, 0.2)}, "-0.1 was given for Errors of both kinds before the first update"),
        ({"price_matrix": ((0.0,),)}, "a square one"),
        ({"price_matrix": ((0.0, 1.0), (1.0,))}, "entries was given, a square one"),
        ({"miss_price": 1.0}, "Price of a miss was given without Price of a false alarm"),
        ({"false_alarm_price": 1.0}, "without Price of a miss"),
        ({"excess_price": 1.0}, "Price of a unit too many was given without Price of a unit too few"),
        ({"updates_included": 1}, "without Price of a person-day beyond them"),
        ({"day_rate_beyond": 1.0}, "without Updates a year at that price"),
        ({"price_matrix": ((0.0, 1.0),) * 2, "miss_price": 1.0, "false_alarm_price": 1.0}, "given together"),
        ({"upkeep": (("magic", 1.0),)}, "magic was given for Upkeep a year, one of every, single"),
        ({"upkeep": (("single", -1.0),)}, "-1.0 was given for Upkeep a year"),
        ({"hardware": (("S", math.nan),)}, "nan was given for Hardware to buy"),
        ({"currency": "yen"}, "yen was given for Currency, one of JPY, USD, EUR"),
        ({"use": 1.01}, "a share from 0 to 1"),
        ({"positives": 1.01}, "a share from 0 to 1"),
        ({"discount_rate": 1.01}, "a share from 0 to 1"),
        ({"utilisation": 0.0}, "a share above 0, up to 1"),
        ({"peak_flops": 0.5}, "a peak of at least 1"),
        ({"days_per_arrival": 0.0}, "0.0 was given for Days between two arrivals, a number above 0"),
        ({"freeze_months": (13,)}, "13, 4 were given as months, numbers from 1 to 12"),
        ({"fiscal_year_from": 0}, "0 were given as months"),
        ({"ranges": (("day_rate", 1.0, 2.0),)}, "A range of 1.0 to 2.0 was given for Price of a person-day"),
        ({"ranges": (("use", 0.5, 1.5),)}, "1.5 was given for Share of predictions acted on, a share from 0 to 1"),
        ({"ranges": (("utilisation", 0.0, 0.5),)}, "utilisation of 0.0"),
        ({"ranges": (("nothing", 0.0, 0.5),)}, "A range of 0.0 to 0.5 was given for nothing"),
        ({"ranges": (("positives", 0.0, 0.5),)}, "one that holds the price itself, None"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(wrong: dict[str, object], says: str):
    with pytest.raises(QuestionError, match=says):
        Prices(**wrong)


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        ({}, prices.PER_ERROR), ({"price_matrix": ((0.0, 1.0),) * 2}, prices.MATRIX),
        ({"miss_price": 0.0, "false_alarm_price": 0.0}, prices.TWO_CLASSES),
        ({"shortage_price": 0.0, "excess_price": 0.0}, prices.TWO_SIDES),
    ],
)  # fmt: skip
def test_a_price_of_nothing_is_a_price(given_: dict[str, object], kind: str):
    found = Prices(**given_)
    assert found.kind == kind
    share, number = Measure(), Measure("regression", 3.0)
    suited = {prices.MATRIX: (share,), prices.TWO_CLASSES: (share,), prices.TWO_SIDES: (number,)}.get(
        kind, (share, number)
    )
    for measure in (share, number):
        if measure in suited:
            prices.check(found, measure)
        else:
            with pytest.raises(QuestionError, match="but this run"):
                prices.check(found, measure)


@given(st.sampled_from(list(devices.DEVICES)), st.sampled_from(("JPY", "USD", "EUR")))
def test_a_device_is_known_again_until_it_is_edited(name: str, currency: str):
    found = devices.on(Prices(currency=currency, day_rate=3.0), name)
    assert devices.of(found) == name
    assert devices.of(dataclasses.replace(found, price_per_device_hour=found.price_per_device_hour + 1)) is None
    assert found.day_rate == 3.0


@pytest.mark.parametrize("device", devices.DEVICES.values(), ids=lambda device: device.name)
def test_a_device_says_where_its_price_is_from_and_when(device: devices.Device):
    assert device.source
    assert device.dated.startswith("20")
    for currency, rate in devices.PER_USD.items():
        assert devices.hourly(device, currency) == pytest.approx(device.usd_per_hour * rate, rel=0.05)


def test_prices_have_words():
    assert set(NUMBERS) <= set(WORDS)
    assert words(Measure("regression", 3.0))["price_per_error"] != WORDS["price_per_error"]


def test_a_range_holds_until_its_price_is_replaced():
    ranges = (("price_per_device_hour", 70.0, 90.0), ("use", 0.5, 1.0), ("day_rate", 1.0, 50_000.0))
    found = Prices(ranges=ranges)
    assert devices.of(found) == "t4"
    assert devices.on(found, "h100").ranges == ranges[1:]
    assert prices.per_update(found, 3.0).ranges == ranges[:2]
