"""Every string has its Japanese, with the same gaps to fill."""

import ast
import datetime
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from alma_core import language
from alma_core.report import guide_figures

ROOT = Path(__file__).parents[1]
KEYWORDS = {"_": None, "mark": None, "n_": (1, 2)}


def strings() -> set[str | tuple[str, ...]]:
    """Return all that is looked up: what stands in the code, and what the Guide reads off docstrings."""
    files = [ROOT / "app.py", *(ROOT / "pages").rglob("*.py"), *(ROOT / "alma_core").rglob("*.py")]
    found: set[str | tuple[str, ...]] = set()
    for path in files:
        with path.open("rb") as file:
            found |= {message for _line, message, _comments, _context in extract("python", file, keywords=KEYWORDS)}
    return found | set(guide_figures.messages())


def japanese() -> dict[str | tuple[str, ...], str]:
    with (language.CATALOGUES / "ja" / "LC_MESSAGES" / "alma.po").open("rb") as file:
        messages = read_po(file, locale="ja")
    return {m.id: (m.string if isinstance(m.string, str) else m.string[0]) for m in messages if m.id}


def test_strings_are_found():
    assert len(strings()) > 150


def test_every_string_has_its_japanese():
    assert sorted(map(str, strings() - {m for m, text in japanese().items() if text})) == []


def test_no_japanese_is_left_over():
    assert sorted(map(str, japanese().keys() - strings())) == []


@pytest.mark.parametrize(("message", "text"), japanese().items(), ids=lambda x: str(x)[:30])
def test_the_same_gaps(message: str | tuple[str, ...], text: str):
    one = message if isinstance(message, str) else message[0]
    assert set(re.findall(r"{[^}]*}", one)) == set(re.findall(r"{[^}]*}", text))


def test_no_string_hides_in_an_f_string():
    """Babel does not look inside f-strings, so a lookup there would escape the tests above."""
    for path in [*(ROOT / "pages").rglob("*.py"), *(ROOT / "alma_core").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                inside = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
                literal = [n for n in inside if n.func.id in KEYWORDS and isinstance(n.args[0], ast.Constant)]
                assert not literal, f"{path}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    ("write", "english", "spoken"),
    [
        (lambda: language.percent(0.0264), "2.6 %", "2.6%"),
        (lambda: language.percent(float("nan")), "–", "–"),
        (lambda: language.points(-0.013), "−1.3 pt", "−1.3ポイント"),
        (lambda: language.points(0.021), "+2.1 pt", "+2.1ポイント"),
        (lambda: language.points(-0.0000001), "+0.0 pt", "+0.0ポイント"),
        (lambda: language.money(4_200_000, "JPY"), "4.20 M JPY", "420万円"),
        (lambda: language.money(-123_456_789, "JPY"), "−123 M JPY", "−1.23億円"),
        (lambda: language.money(950, "JPY"), "950 JPY", "950円"),
        (lambda: language.money(3.5, "USD"), "3.50 USD", "3.50 USD"),
        (lambda: language.number(1234567.891, 1), "1,234,567.9", "1,234,567.9"),
        (lambda: language.duration(0), "0 s", "0秒"),
        (lambda: language.duration(0.0001), "360 ms", "360ミリ秒"),
        (lambda: language.duration(1e-8), "under 1 ms", "1ミリ秒未満"),
        (lambda: language.money(-0.3, "JPY"), "0 JPY", "0円"),
        (lambda: language.money(999_700, "JPY"), "1.00 M JPY", "100万円"),
        (lambda: language.duration(0.004), "14 s", "14秒"),
        (lambda: language.date(datetime.date(2026, 11, 29)), "29 November 2026", "2026年11月29日"),
        (lambda: language.month_of_year("2026-05"), "May 2026", "2026年5月"),
        (lambda: language.date("2026-04-01T08:15:00+09:00"), "1 April 2026", "2026年4月1日"),
        (lambda: language.duration(0.5), "30 min", "30分"),
        (lambda: language.duration(2.25), "2.2 h", "2.2時間"),
        (lambda: language.joined("One.", "", "Two."), "One. Two.", "One.Two."),
        (lambda: language.joined(), "", ""),
    ],
)
def test_numbers_as_each_language_writes_them(write, english: str, spoken: str):
    language.use("en")
    assert write().replace(language.NO_BREAK, " ") == english
    language.use("ja")
    assert write().replace(language.NO_BREAK, " ") == spoken


@pytest.mark.parametrize(
    ("tag", "expected"), [("ja-JP", "ja"), ("ja_JP.UTF-8", "ja"), ("de", "en"), (None, "en"), ("", "en"), ("C", "en")]
)
def test_the_language_a_tag_asks_for(tag: str | None, expected: str):
    assert language.preferred(tag) == expected
