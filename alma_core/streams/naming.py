"""Names of files and columns: the date in a name, the natural order of names, header names made plain and distinct."""

import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

from alma_core.streams.cells import plain_text
from alma_core.streams.dates import ERAS, LETTERS, MONTH_WORD, MONTHS

FISCAL_START: Final = 4
"""The month in which a fiscal year (年度, FY) begins."""
SHOWN_LENGTH: Final = 40
"""Characters of a text from a file that stand in a sentence."""
SHOWN_TEXTS: Final = 5
"""Texts from a file that stand in a sentence."""
_YEAR: Final = r"(?<!\d)(?P<year>(?:19|20)\d{2})"
_ERA: Final = rf"(?:(?P<era>{'|'.join(ERAS)})|(?<![A-Za-z])(?P<letter>[{''.join(LETTERS)}]))\.?(?P<of_era>元|\d{{1,2}})"
_QUARTER: Final = r"[\s_\-.]*(?:Q(?P<q1>[1-4])|第?(?P<q2>[1-4])(?:四半期|Q))"
_MONTH: Final = rf"(?P<word>{MONTH_WORD})"
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}年度{_QUARTER}",
        rf"{_ERA}年度{_QUARTER}",
        rf"(?:FY|年度)[\s_\-]?{_YEAR}{_QUARTER}",
        rf"{_YEAR}年?{_QUARTER}",
        rf"{_YEAR}年度?[\s_]?(?P<month>\d{{1,2}})月(?:(?P<day>\d{{1,2}})日)?",
        rf"{_ERA}年度?[\s_]?(?P<month>\d{{1,2}})月(?:(?P<day>\d{{1,2}})日)?",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?:\d{{4}}|\d{{6}})?(?!\d)",
        rf"{_YEAR}(?P<month>0[1-9]|1[0-2])(?!\d)",
        rf"{_YEAR}[\-_./ ](?P<month>0?[1-9]|1[0-2])(?:[\-_./ ](?P<day>0?[1-9]|[12]\d|3[01]))?(?!\d)",
        rf"{_ERA}[\-_./ ](?P<month>0?[1-9]|1[0-2])(?:[\-_./ ](?P<day>0?[1-9]|[12]\d|3[01]))?(?!\d)",
        rf"(?<![a-z]){_MONTH}[\s_\-.,]*{_YEAR}(?!\d)",
        rf"{_YEAR}[\s_\-.]*{_MONTH}(?![a-z])",
        rf"(?:FY[\s_\-]?{_YEAR}(?!\d)|{_YEAR.replace('year', 'fiscal')}年度)",
        rf"{_YEAR}(?:年|(?!\d|[\s_\-]?W\d))",
    )
)
"""Forms of a date in a name, the most telling first."""


def date_in(name: str) -> datetime.date | None:
    """Return the date that a file's name carries, or None; a month, quarter or year is its first day.

    >>> [str(date_in(name)) for name in ("売上2024年10月.csv", "a_202404.csv", "R6.4.csv", "FY2024Q1.csv", "a1.csv")]
    ['2024-10-01', '2024-04-01', '2024-04-01', '2024-04-01', 'None']
    """
    return next(_dates_in(_stem(name)), None)


def in_order(names: Sequence[str]) -> list[int]:
    """Return the positions of `names` in natural order: by the dates they carry if all do, else by their numbers.

    Equal names keep the order in which they were given.

    >>> in_order(["2024年10月.csv", "2024年4月.csv"]), in_order(["lot10.csv", "lot9.csv"])
    ([1, 0], [1, 0])
    """
    days = [date_in(name) for name in names]
    dated = [day for day in days if day is not None]
    if len(dated) == len(names):
        return sorted(range(len(names)), key=lambda i: (dated[i], _natural(names[i])))
    return sorted(range(len(names)), key=lambda i: _natural(names[i]))


def plain_name(name: str) -> str:
    """Return a header name after NFKC, on one line, with single spaces and no control characters.

    >>> plain_name("  不良率 (%)\\n")
    '不良率 (%)'
    """
    shown = "".join(" " if character.isspace() else character for character in name)
    return plain_text("".join(c for c in shown if unicodedata.category(c) not in ("Cc", "Cf", "Cs")))


def excerpt(text: str) -> str:
    """Return text from a file as it stands in a sentence: plain, and no longer than SHOWN_LENGTH.

    >>> excerpt("a\\nb"), len(excerpt("x" * 1000))
    ('a b', 41)
    """
    plain = plain_name(text[: 10 * SHOWN_LENGTH])
    return plain if len(plain) <= SHOWN_LENGTH else plain[:SHOWN_LENGTH] + "…"


def listed(texts: Sequence[str]) -> str:
    """Return the first of several texts from a file as they stand in a sentence.

    >>> listed(["a", "b"]), listed("abcdefg")
    ('a, b', 'a, b, c, d, e, …')
    """
    return ", ".join([*map(excerpt, texts[:SHOWN_TEXTS]), *["…"][: len(texts) > SHOWN_TEXTS]])


def distinct(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return plain names, one for each column and no two alike, and those that came more than once.

    A blank name becomes c and the number of its column. The second column of a name gets (2) behind it.

    >>> distinct(["備考", "", " 備考 "])
    (['備考', 'c2', '備考 (2)'], ['備考'])
    """
    plain = [plain_name(name) or f"c{number}" for number, name in enumerate(names, 1)]
    taken: set[str] = set()
    given, repeated = [], []
    for name in plain:
        numbered = (name, *(f"{name} ({k})" for k in range(2, len(plain) + 2)))
        # A later column may be called so from the start: it keeps its name.
        free = next(n for n in numbered if n not in taken and (n == name or n not in plain))
        if free != name and name not in repeated:
            repeated.append(name)
        taken.add(free)
        given.append(free)
    return given, repeated


def _stem(name: str) -> str:
    plain = plain_text(PurePath(name.replace("\\", "/")).name)
    return re.sub(r"(?:\.(?:csv|tsv|txt|xlsx|parquet|npz|gz))+$", "", plain, flags=re.IGNORECASE)


def _dates_in(stem: str) -> Iterator[datetime.date]:
    for form in _FORMS:
        for found in form.finditer(stem):
            day = _date(found.groupdict(), fiscal="年度" in found.group() or found.group().upper().startswith("FY"))
            if day:
                yield day


def _date(parts: dict[str, str | None], fiscal: bool) -> datetime.date | None:
    """Return the date that the parts of a name make, or None where there is no such day."""
    year = _year(parts)
    quarter = parts.get("q1") or parts.get("q2")
    word = parts.get("word")
    if quarter:
        month = 3 * (int(quarter) - 1) + (FISCAL_START if fiscal else 1)
    elif word:
        month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(word.lower()))
    else:
        month = int(parts.get("month") or (FISCAL_START if fiscal else 1))
    # The first three months of a calendar year end the fiscal year before.
    year += fiscal and (month > 12 or (month < FISCAL_START and bool(parts.get("month"))))
    try:
        return datetime.date(year, (month - 1) % 12 + 1, int(parts.get("day") or 1))
    except ValueError:
        return None


def _year(parts: dict[str, str | None]) -> int:
    era = parts.get("era") or LETTERS.get((parts.get("letter") or "").upper())
    if era:
        written = parts["of_era"] or ""
        return ERAS[era] + (1 if written == "元" else int(written))
    return int(parts.get("year") or parts.get("fiscal") or 0)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key in which 9 stands before 10 and letters are compared without case."""
    pieces = re.findall(r"\d+|\D+", _stem(name).lower())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)
