"""The terms of an answer as they are written: its policies, times, counts and amounts."""

import math
import unicodedata
from typing import Any, Final

from alma_core import language
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES
from alma_core.language import _
from alma_core.policies import wording

JOINERS: Final = "\u200c\u200d"
"""Signs without width that make one sign of several."""


def name(answer: Answer, number: int, unit: str) -> str:
    """Name a policy of the answer in the language in use."""
    return wording.label(policy(answer, number), unit)


def names(answer: Answer, unit: str) -> list[str]:
    """Name all policies of the answer in the language in use; of equal names, the later ones are numbered."""
    found: dict[str, int] = {}
    told = []
    for number in range(len(answer.panel.policies)):
        called = name(answer, number, unit)
        found[called] = found.get(called, 0) + 1
        told.append(called if found[called] == 1 else _("{name} ({count})").format(name=called, count=found[called]))
    return told


def policy(answer: Answer, number: int) -> dict[str, Any]:
    """Return a policy's columns with its times in arrivals, however many of them come as one mega-batch."""
    columns = answer.panel.described[number]
    times = ("waiting_time", "first_update", "window")
    return columns | {name: int(columns[name]) * answer.question.factor for name in times}


def span(answer: Answer, rows: int, unit: str) -> str:
    """Write so many rows of the answer as arrivals in the stream's unit."""
    return wording.arrivals(int(rows) * answer.question.factor, unit)


def columns(text: str) -> int:
    """Return how many columns text takes where letters are of one width; a Japanese sign takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def clean(text: str) -> str:
    """Return text on one line, without signs that no reader sees and files cannot hold.

    >>> clean("a\\x00b\\nc\\u202ed")
    'ab cd'
    """
    if text.isprintable():
        return text
    line = " ".join(text.splitlines()).replace("\t", " ")
    return "".join(sign for sign in line if _shows(sign))


def _shows(sign: str) -> bool:
    return sign in JOINERS or (unicodedata.category(sign) not in ("Cc", "Cf", "Cs") and ord(sign) & 0xFFFE != 0xFFFE)


def count(mean: float) -> str:
    """Write how many on average over repeats: whole, or with one decimal where repeats differ."""
    return language.number(mean, 0 if round(mean, 6) == round(mean) else 1)


def amount(answer: Answer, value: float) -> str:
    """Write an amount in the answer's currency."""
    return language.money(value, answer.question.prices.currency)


def currency(answer: Answer) -> str:
    """Return what the answer's currency is called beside a heading."""
    code = answer.question.prices.currency
    return _("JPY") if code == "JPY" else code


def price(answer: Answer, value: float) -> str:
    """Write a price: as an amount, but one below 1 with two figures, where an amount would be rounded away."""
    if not 0 < value < 1:
        return amount(answer, value)
    currency = answer.question.prices.currency
    in_yen = currency == "JPY" and language.current() == "ja"
    digits = min(1 - math.floor(math.log10(value)), 12)
    return language.number(value, digits) + ("円" if in_yen else language.NO_BREAK + currency)


def cause(answer: Answer, name: str) -> str:
    """Return what a cause of costs.CAUSES is called; where numbers are predicted, an error is how far one is off."""
    return answer.measure.worded(_("errors"), _("prediction errors")) if name == "errors" else _(CAUSES[name])


def limit(answer: Answer, name: str, value: float) -> str:
    """Write what a limit is about: an error, updates, hours, seconds or an amount."""
    if name == "worst_error":
        return answer.measure.text(value)
    if name == "one_off":
        return amount(answer, value)
    if name == "updates_per_year":
        return count(value)
    return language.duration(value if name == "update_hours" else value / 3600)


def exact(answer: Answer, value: float) -> str:
    """Write an amount in full: 12,345 JPY, 12,345円; a price that is not whole with two decimals."""
    currency = answer.question.prices.currency
    in_yen = currency == "JPY" and language.current() == "ja"
    sign = "−" if value < 0 else ""
    digits = 0 if value == round(value) else 2
    return sign + language.number(abs(value), digits) + ("円" if in_yen else language.NO_BREAK + currency)


def interval(answer: Answer, low: float, high: float) -> str:
    """Write the ends of an interval of amounts; a dash where one repeat gives none."""
    if math.isnan(low):
        return "–"
    return _("{low} to {high}").format(low=amount(answer, low), high=amount(answer, high))
