"""What the name and the cells of a column say about the part it plays; a guess, for a person to correct."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import pandas as pd

DISTINCT_SHARE: Final = 0.8
"""A column called a number or an ID is a key if so many of its cells differ; rows sent twice are corrections."""
PATTERN_SAMPLE: Final = 1000
"""So many filled cells are held against the patterns of personal data; half of them must match."""
FEATURE: Final = "feature"

Words = tuple[frozenset[str], frozenset[str], tuple[str, ...]]


def _words(whole: str = "", parts: str = "", pieces: str = "") -> Words:
    """Return words that must be the whole name, words that must be one of its words, and pieces anywhere in it."""
    return frozenset(whole.split()), frozenset(parts.split()), tuple(pieces.split())


CHOSEN_TARGETS: Final = _words("target y class label", "target", "目的 正解 教師")
LIKELY_TARGETS: Final = _words(
    "okng",
    "label result failure defect outcome judgement judgment verdict churn ng",
    "判定 結果 不良 合否 良否 可否 ラベル",
)
FINAL: Final = _words("", "final confirmed", "最終 確定")
NAMES: Final[Mapping[str, Words]] = {
    "personal": _words(
        "name",
        "email mail phone tel telephone mobile address birthday birthdate birth surname firstname lastname fullname",
        "氏名 名前 姓名 フリガナ メールアドレス 電話 携帯番号 住所 生年月日 誕生日 担当者 作業者 従業員名 顧客名",
    ),
    "label_date": _words(
        "", "labelled labeled inspected inspection judged confirmed", "検査日 判定日 確定日 検収日 結果日"
    ),
    "time": _words(
        "",
        "date time datetime timestamp month day dteday",
        "日付 日時 年月 受注日 製造日 生産日 計測日 出荷日",
    ),
    "key": _words("no", "id no uid uuid key serial", "番号 ロット シリアル 管理no 伝票no コード"),
    "quantity": _words("", "qty quantity pieces units", "数量 台数 個数 件数 枚数 本数"),
}
OF_PEOPLE: Final = (
    "first name",
    "last name",
    "full name",
    "customer name",
    "user name",
    "employee name",
    "person name",
)
PATTERNS: Final = (
    r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",  # an address for mail
    r"\(?0\d{1,4}\)?[-ー ]\d{1,4}[-ー ]\d{3,4}",  # a Japanese telephone number
    r"\+\d{1,3}[- ]?\d[\d -]{6,14}",  # one with its country
    r"(?:〒?\d{3}-\d{4}\s*)?(?:東京都|北海道|(?:京都|大阪)府|.{2,3}県).{1,12}[市区町村郡].*",  # a place to live
)


def words_of(name: str) -> list[str]:
    """Return the words of a column's name, whichever way they are joined.

    >>> words_of("Product ID"), words_of("orderNo"), words_of("検査日_2")
    (['product', 'id'], ['order', 'no'], ['検査日', '2'])
    """
    plain = unicodedata.normalize("NFKC", name)
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+", plain)
    return [word.casefold() for word in found]


def is_called(name: str, words: Words) -> bool:
    """Return whether a column's name has one of `words`.

    >>> is_called("最終判定", LIKELY_TARGETS), is_called("passenger class", CHOSEN_TARGETS)
    (True, False)
    """
    whole, parts, pieces = words
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return plain in whole or not parts.isdisjoint(words_of(name)) or any(piece in plain for piece in pieces)


def is_personal(name: str, values: "pd.Series[str]") -> bool:
    """Return whether a column looks like one about people: by its name, or by half of its first filled cells."""
    if is_called(name, NAMES["personal"]) or " ".join(words_of(name)) in OF_PEOPLE:
        return True
    filled = values.dropna().head(PATTERN_SAMPLE)
    if filled.empty or not isinstance(filled.dtype, pd.StringDtype):
        return False
    return any(filled.str.fullmatch(pattern).mean() >= 0.5 for pattern in PATTERNS)


def is_distinct(values: "pd.Series[str]", share: float = DISTINCT_SHARE) -> bool:
    """Return whether so large a share (0..1) of the filled cells differ from each other."""
    filled = int(values.count())
    return filled > 1 and values.nunique() >= share * filled


def find_target(frame: pd.DataFrame, kinds: Mapping[str, str], taken: Mapping[str, str]) -> str | None:
    """Return the column that looks most like what is to be predicted: by its name, else the last one that may be.

    Args:
        frame: cells as read.
        kinds: of each column, one of values.KINDS.
        taken: roles that are given; such columns are passed over.
    """
    open_to_it = [name for name in frame.columns if name not in taken and kinds[name] != "date"]
    likely = [name for name in open_to_it if _target_rank(name) > 0]
    if likely:
        return max(reversed(likely), key=_target_rank)
    plausible = [name for name in open_to_it if role_of(name, frame[name], kinds[name]) in (FEATURE, "quantity")]
    return plausible[-1] if plausible else None


def role_of(name: str, values: "pd.Series[str]", kind: str) -> str:
    """Return the part that a column other than the target seems to play.

    Args:
        name: of the column.
        values: its cells as read.
        kind: one of values.KINDS.
    """
    if is_personal(name, values):
        return "personal"
    if kind == "date":
        return next((role for role in ("label_date", "time") if is_called(name, NAMES[role])), FEATURE)
    if is_called(name, NAMES["key"]) and kind != "boolean" and is_distinct(values):
        return "key"
    return "quantity" if kind == "number" and is_called(name, NAMES["quantity"]) else FEATURE


def is_other_label(name: str, kind: str, target_kind: str) -> bool:
    """Return whether a column looks like a second label: it is named like a target, and holds the same sort of cells.

    >>> is_other_label("一次判定", "category", "category"), is_other_label("検査結果温度", "number", "boolean")
    (True, False)
    """
    return _target_rank(name) > 0 and (kind in ("number", "date", "text")) == (
        target_kind in ("number", "date", "text")
    )


def guess_roles(
    frame: pd.DataFrame, kinds: Mapping[str, str], target: str, task: str, given: Mapping[str, str]
) -> dict[str, str]:
    """Return the role of each column: as given, else as name and cells suggest; one time, label date, key, quantity.

    Of several keys the first is the key and the others are ignored; a label date without another date is the time;
    a quantity stands apart only where classes are predicted (a number to predict has its unit already).
    """
    roles = {name: given.get(name) or role_of(name, frame[name], kinds[name]) for name in frame.columns}
    roles[target] = "target"
    for name in frame.columns:
        if name not in given and name != target and roles[name] == FEATURE:
            roles[name] = "label" if is_other_label(name, kinds[name], kinds[target]) else FEATURE
    _keep_one(roles, given, "key", "ignore")
    _keep_one(roles, given, "label_date", FEATURE)
    _keep_one(roles, given, "quantity", FEATURE, 1 if task == "classification" else 0)
    _find_time(roles, given, kinds)
    return roles


def _target_rank(name: str) -> int:
    rank = 4 * is_called(name, CHOSEN_TARGETS) or 2 * is_called(name, LIKELY_TARGETS)
    return rank and rank + is_called(name, FINAL)


def _keep_one(roles: dict[str, str], given: Mapping[str, str], role: str, otherwise: str, most: int = 1) -> None:
    """Leave `role` to what was given it, else to the first column that seems to play it."""
    guessed = [name for name, played in roles.items() if played == role and name not in given]
    kept = 0 if role in given.values() else most
    roles.update(dict.fromkeys(guessed[kept:], otherwise))


def _find_time(roles: dict[str, str], given: Mapping[str, str], kinds: Mapping[str, str]) -> None:
    """Settle on one time: given, else named so, else any date, else the date of the label."""
    _keep_one(roles, given, "time", FEATURE)
    if "time" in roles.values():
        return
    for role in (FEATURE, "label_date"):
        dates = [n for n, played in roles.items() if played == role and kinds[n] == "date" and n not in given]
        if dates:
            roles[dates[0]] = "time"
            return
