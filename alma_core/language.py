"""The words of the screen: gettext lookup, and numbers as each language writes them.

The language is a context variable, so two browser sessions in one process never see each other's.
"""

import datetime
import gettext
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, reduce
from pathlib import Path
from typing import Final

from babel.dates import format_date, format_skeleton, get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

LANGUAGES: Final = {"en": "English", "ja": "日本語"}
_WRITTEN_IN: Final = {"en": "en_GB", "ja": "ja_JP"}
"""Where dates are written as this project writes them: the day before the month, with no sign between them."""
NO_BREAK: Final = "\u00a0"
"""Between a number and its unit, so that no line ends there."""
CATALOGUES: Final = Path(__file__).parent / "locale"

_current: ContextVar[str] = ContextVar("language", default="en")


def use(language: str) -> None:
    """Speak `language` ("en" or "ja") from here on in this context; anything else means English."""
    _current.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` within a `with` block."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> str:
    """Return the language in use."""
    return _current.get()


def preferred(tag: str | None) -> str:
    """Return the language of LANGUAGES that a tag such as "ja-JP" or "ja_JP.UTF-8" asks for."""
    start = (tag or "").replace("_", "-").split("-")[0].lower()
    return start if start in LANGUAGES else "en"


def of_the_terminal() -> str:
    """Return the language that the environment asks for, by the variables that POSIX reads in this order."""
    asked = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return preferred(next(filter(None, asked), None))


@cache
def catalogue(language: str) -> gettext.GNUTranslations:
    """Read `locale/<language>/LC_MESSAGES/alma.po`: the source itself, so that nothing compiled goes stale."""
    with (CATALOGUES / language / "LC_MESSAGES" / "alma.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(message: str) -> str:
    """Return `message` in the language in use."""
    return catalogue(current()).gettext(message)


def n_(singular: str, plural: str, count: int) -> str:
    """Return the form of a message that fits `count`, in the language in use."""
    return catalogue(current()).ngettext(singular, plural, count).format(count=count)


def mark(message: str) -> str:
    """Mark `message` for the catalogues where it is written down before it is looked up."""
    return message


def joined(*sentences: str) -> str:
    """Put sentences side by side as the language does; empty ones are left out."""
    said = [sentence for sentence in sentences if sentence]
    return reduce(lambda one, other: _("{one} {other}").format(one=one, other=other), said, said.pop(0) if said else "")


def number(value: float, digits: int = 0) -> str:
    """Write a number with `digits` decimals and the language's thousands separator; from 1e15 on to three figures."""
    if abs(value) >= 1e15:
        return f"{value:.3g}"
    return f"{round(value, digits):,.{digits}f}".translate(_signs(current()))


@cache
def _signs(language: str) -> dict[int, str]:
    """Return what a language writes in the place of the signs in an English number."""
    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})


def percent(share: float, digits: int = 1) -> str:
    """Write a share 0..1 as percent: 0.0264 is "2.6 %" (Japanese: "2.6%")."""
    if math.isnan(share):
        return "–"
    return number(100 * share, digits) + ("%" if current() == "ja" else f"{NO_BREAK}%")


def points(difference: float, digits: int = 1) -> str:
    """Write a signed difference of two shares in percentage points: 0.021 is "+2.1 pt"."""
    sign = "−" if round(100 * difference, digits) < 0 else "+"
    return sign + number(abs(100 * difference), digits) + ("" if current() == "ja" else NO_BREAK) + _("pt")


def money(amount: float, currency: str) -> str:
    """Write an amount to about three figures: 4.2 M JPY; in Japanese 420万円 or 1.2億円.

    Args:
        amount: in `currency`, any sign.
        currency: ISO code.
    """
    size = float(f"{abs(amount):.3g}") if abs(amount) >= 1000 else abs(amount)
    if currency == "JPY":
        size = round(size)
    sign = "−" if amount < 0 and size else ""
    if current() == "ja" and currency == "JPY":
        return sign + _yen(size)
    for unit, name in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= unit:
            return NO_BREAK.join((sign + number(size / unit, _digits(size / unit)), name, currency))
    return sign + number(size, 0 if currency == "JPY" or size >= 100 else 2) + NO_BREAK + currency


def flops(count: float) -> str:
    """Write a number of floating-point operations to about two figures: 2.4 T, in Japanese 2.4兆.

    Args:
        count: >= 0.
    """
    steps = (1e16, "京"), (1e12, "兆"), (1e8, "億"), (1e4, "万")
    if current() != "ja":
        steps = (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")
    for unit, name in steps:
        if count >= unit:
            return number(count / unit, 0 if count >= 10 * unit else 1) + ("" if current() == "ja" else NO_BREAK) + name
    return number(count)


def month(number: int) -> str:
    """Write a month, 1..12, by its name: April, 4月."""
    return str(get_month_names("wide", locale=current())[number])


def date(day: datetime.date | str) -> str:
    """Write a date: 29 November 2026, in Japanese 2026年11月29日.

    Args:
        day: a date, or text that begins with one as ISO 8601 writes it.

    >>> date("2026-11-29T08:15:00+00:00")
    '29 November 2026'
    """
    read = datetime.date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return format_date(read, "long", locale=_WRITTEN_IN[current()])


def month_of_year(text: str) -> str:
    """Write a month of a year, given as ISO 8601 writes it.

    >>> month_of_year("2026-05")
    'May 2026'
    """
    return format_skeleton("yMMMM", datetime.date.fromisoformat(f"{text}-01"), locale=_WRITTEN_IN[current()])


def duration(hours: float) -> str:
    """Write a time to about two figures in the unit that suits it: 0.004 is "14 s".

    Args:
        hours: >= 0.
    """
    seconds = 3600 * hours
    if seconds == 0:
        return _("{seconds} s").format(seconds=0)
    if seconds < 1:
        return _("{milliseconds} ms").format(milliseconds=number(1000 * seconds)) if seconds > 1e-3 else _("under 1 ms")
    if seconds < 100:
        return _("{seconds} s").format(seconds=number(seconds))
    if seconds < 6000:
        return _("{minutes} min").format(minutes=number(seconds / 60))
    return _("{hours} h").format(hours=number(hours, 0 if hours >= 10 else 1))


def _yen(size: float) -> str:
    for unit, name in ((1e8, "億円"), (1e4, "万円")):
        if size >= unit:
            return number(size / unit, _digits(size / unit)) + name
    return number(size) + "円"


def _digits(leading: float) -> int:
    return 0 if leading >= 100 else 1 if leading >= 10 else 2
