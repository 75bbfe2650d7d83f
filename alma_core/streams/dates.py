"""Texts -> dates: ISO, slashes, 年月日, Japanese eras, compact digits, English months, with or without a time."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from alma_core.streams.cells import fields, flags

ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
"""Year 1 of an era is the year after this one."""
LETTERS: Final = {"R": "令和", "H": "平成", "S": "昭和"}
"""Not M and T: M6-10 is a screw."""
LONG_YEAR: Final = "(?P<y>(?:1[89]|2[01])[0-9]{2}|9999)"
"""9999 is how many systems write "never"."""
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTH_WORD: Final = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)
MONTH: Final = rf"(?P<m>(?i:{MONTH_WORD}))\.?"
REST: Final = r"(?P<rest>(?:[T (].*)?)$"
AFTER_YEAR: Final = r" ?[-/.年] ?(?P<m>[0-9]{1,2})(?: ?[-/.月] ?(?P<d>[0-9]{1,2})日?|月)?"
PATTERNS: Final = (
    rf"^{LONG_YEAR}{AFTER_YEAR}{REST}",
    rf"^(?P<era>{'|'.join(ERAS)}) ?(?P<y>元|[0-9]{{1,2}}){AFTER_YEAR}{REST}",
    rf"^(?P<era>{'|'.join(LETTERS)})(?P<y>[0-9]{{1,2}})[./](?P<m>[0-9]{{1,2}})(?:[./](?P<d>[0-9]{{1,2}}))?{REST}",
    rf"^{LONG_YEAR}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})(?P<rest>(?:[T ]?[0-9]{{4}}(?:[0-9]{{2}})?)?)$",
    rf"^{LONG_YEAR}(?P<m>[0-9]{{2}})(?P<d>)(?P<rest>)$",
    rf"^(?P<d>[0-9]{{1,2}})[- ]{MONTH}[- ,]+{LONG_YEAR}{REST}",
    rf"^{MONTH} ?(?P<d>[0-9]{{1,2}}), ?{LONG_YEAR}{REST}",
    rf"^{MONTH}[- ,]?(?P<d>){LONG_YEAR}{REST}",
)
"""Each form with the year first or the month in letters."""
YEAR_LAST: Final = {
    "month first": r"^(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})[-/.]" + LONG_YEAR + REST,
    "day first": r"^(?P<d>[0-9]{1,2})[-/.](?P<m>[0-9]{1,2})[-/.]" + LONG_YEAR + REST,
}
WEEKDAY: Final = r"(?: ?\((?:[月火水木金土日]|[A-Za-z]{3})\))?"
TIMES: Final = (
    rf"^{WEEKDAY}[T ]*(?P<half>午前|午後)?(?P<hour>[0-9]{{1,2}})(?::|時 ?)(?P<minute>[0-9]{{1,2}})(?:(?::|分 ?)"
    r"(?P<second>[0-9]{1,2})(?:[.,](?P<fraction>[0-9]{1,9}))?秒?|分)?(?: ?(?P<english>AM|PM|am|pm))?"
    r"(?: ?(?:Z|UTC|JST|[-+][0-9]{2}:?[0-9]{2}))?$",
    r"^[T ]?(?P<half>)(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<fraction>)(?P<english>)$",
    rf"^{WEEKDAY}[T ]*(?P<half>午前|午後)?(?P<hour>[0-9]{{1,2}})時?"
    r"(?P<minute>)(?P<second>)(?P<fraction>)(?P<english>)$",
    rf"^{WEEKDAY}$",
)


def dates(texts: Any, decimal: str = ".") -> NDArray[np.datetime64]:
    """Return [W] the date each text reads as, in microseconds; NaT where it is none.

    A month alone is its first day. An offset from UTC is left out: the clock on the wall counts. Where the year
    stands last, the order of day and month is the one that reads more of the texts (see `order`).

    Args:
        texts: [W] Arrow array of text after NFKC and trimming.
        decimal: the decimal mark; with a comma a tie goes to the day, else to the month.

    >>> dates(pa.array(["令和6年4月1日", "R6.4", "2024/4/1 9:05", "20240401", "x"])).astype(str).tolist()[:2]
    ['2024-04-01T00:00:00.000000', '2024-04-01T00:00:00.000000']
    """
    read = np.full(len(texts), "NaT", dtype="datetime64[us]")
    for pattern in PATTERNS:
        _fill(read, texts, pattern)
    _fill(read, texts, YEAR_LAST[order(texts, decimal)])
    return read


def order(texts: Any, decimal: str = ".") -> str:
    """Return "day first" or "month first": how dates with the year last are read among `texts`."""
    by_day, by_month = (int(fit.sum()) for fit in fits(texts))
    preferred = "day first" if decimal == "," else "month first"
    return preferred if by_day == by_month else ("day first" if by_day > by_month else "month first")


def fits(texts: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return [W] whether a text is a date with its day first, and with its month first; the year is last in both."""
    day, month = (~np.isnat(_dated(texts, YEAR_LAST[name])) for name in ("day first", "month first"))
    return day, month


def written_plainly(texts: Any) -> NDArray[np.datetime64] | None:
    """Return [N] dates where every text that is not null is ISO with a full date and no offset, else None.

    Slashes may stand for hyphens.
    """
    try:
        written = pc.replace_substring(texts, pattern="/", replacement="-").cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    read = np.asarray(written.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    year = read.astype("datetime64[Y]").astype(np.int64) + 1970
    return read if (np.isnat(read) | ((year >= 1800) & (year < 2200)) | (year == 9999)).all() else None


def _fill(read: NDArray[np.datetime64], texts: Any, pattern: str) -> None:
    """Look for dates of one form among the texts that have not been read yet."""
    unread = np.isnat(read)
    if unread.any():
        read[unread] = _dated(texts.filter(pa.array(unread)), pattern)


def _dated(texts: Any, pattern: str) -> NDArray[np.datetime64]:
    found = fields(texts, pattern)
    if found["y"].null_count == len(texts):
        return np.full(len(texts), "NaT", dtype="datetime64[us]")
    year = _year(found)
    month, day = _month(found["m"]), _whole(found["d"], 1)
    clock = _clock(found["rest"])
    is_date = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (clock >= 0)
    first = np.where(is_date, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    read = first.astype("datetime64[D]") + np.where(is_date, day - 1, 0).astype("timedelta64[D]")
    is_date &= read.astype("datetime64[M]") == first  # no 31 April
    moment = read.astype("datetime64[us]") + np.where(is_date, clock, 0).astype("timedelta64[us]")
    return np.where(is_date, moment, np.datetime64("NaT", "us"))


def _year(found: dict[str, Any]) -> NDArray[np.int64]:
    first = pc.replace_substring(found["y"], pattern="元", replacement="1")
    year = _whole(first, -1)
    if "era" not in found:
        return year
    eras = np.asarray(found["era"].fill_null("").to_numpy(zero_copy_only=False), dtype=str)
    starts = {**ERAS, **{letter: ERAS[era] for letter, era in LETTERS.items()}}
    return np.where(year >= 1, year + np.array([starts.get(era, 0) for era in eras], dtype=np.int64), -1)


def _month(texts: Any) -> NDArray[np.int64]:
    for number, name in enumerate(MONTHS, 1):
        texts = pc.replace_substring_regex(texts, pattern=f"(?i)^{name[:3]}.*$", replacement=str(number))
    return _whole(texts, 1)


def _clock(texts: Any) -> NDArray[np.int64]:
    """Return [W] microseconds since midnight, 0 where there is no time of day, -1 where it is none."""
    read = np.where(flags(pc.equal(texts, "")), 0, -1)
    for pattern in TIMES[:-1]:
        found = fields(texts, pattern)
        if found["hour"].null_count < len(texts):
            read = np.where(read < 0, _microseconds(found), read)
    return np.where((read < 0) & flags(pc.match_substring_regex(texts, pattern=TIMES[-1])), 0, read)


def _microseconds(found: dict[str, Any]) -> NDArray[np.int64]:
    hour, minute, second = (_whole(found[name], 0) for name in ("hour", "minute", "second"))
    late = flags(pc.or_(pc.equal(found["half"], "午後"), pc.match_substring_regex(found["english"], pattern="(?i)pm")))
    early = flags(pc.or_(pc.equal(found["half"], "午前"), pc.match_substring_regex(found["english"], pattern="(?i)am")))
    hour = np.where(late & (hour < 12), hour + 12, np.where(early & (hour == 12), 0, hour))
    padded = pc.utf8_rpad(pc.utf8_slice_codeunits(found["fraction"], 0, 6), 6, "0")
    microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000 + _whole(padded, 0)
    is_time = flags(found["hour"].is_valid()) & (hour < 24) & (minute < 60) & (second < 60)
    return np.where(is_time, microseconds, -1)


def _whole(texts: Any, absent: int) -> NDArray[np.int64]:
    """Return [W] whole numbers; `absent` where a part was not written, -1 where the text did not fit at all."""
    filled = pc.if_else(pc.equal(texts, ""), str(absent), texts).fill_null("-1")
    return np.asarray(filled.cast(pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)
