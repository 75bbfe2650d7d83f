"""A price sheet: prices, limits and a name in a small TOML file that people can read, edit and send."""

import dataclasses
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomli_w

from alma_core import language
from alma_core.decide import devices
from alma_core.decide.limits import Limits
from alma_core.decide.measure import Measure
from alma_core.decide.prices import Prices, examples
from alma_core.errors import QuestionError
from alma_core.language import _, mark

SECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "errors": {
        "per_error": "price_per_error", "matrix": "price_matrix", "miss": "miss_price",
        "false_alarm": "false_alarm_price", "positives": "positives", "shortage": "shortage_price",
        "excess": "excess_price", "use": "use", "volume": "volume",
    },
    "people": {
        "days_per_update": "days_per_update", "day_rate": "day_rate", "updates_included": "updates_included",
        "day_rate_beyond": "day_rate_beyond", "per_label": "price_per_label", "upkeep": "upkeep",
    },
    "device": {
        "price_per_hour": "price_per_device_hour", "peak_flops": "peak_flops", "utilisation": "utilisation",
        "nightly_hours": "nightly_hours", "hardware": "hardware",
    },
    "time": {
        "discount_rate": "discount_rate", "label_delay": "label_delay", "release_days": "release_days",
        "freeze_months": "freeze_months", "fiscal_year_from": "fiscal_year_from",
        "days_per_arrival": "days_per_arrival",
    },
    "today": {"rates": "incumbent_rates"},
}  # fmt: skip
"""What the sections of a sheet hold, and what `Prices` calls it."""
TABLES: Final = ("upkeep", "hardware")
LISTS: Final = ("price_matrix", "freeze_months", "incumbent_rates")
WHOLE: Final = ("updates_included", "fiscal_year_from")
NO_RANGE: Final = ("updates_included", "fiscal_year_from", "label_delay", "release_days", "days_per_arrival")
"""Numbers of a sheet that cannot be given as a range: they are no prices."""
PRICES_OF_ERRORS: Final = ("per_error", "matrix", "miss", "shortage")
EXAMPLES: Final = mark("example prices")
TOP: Final = ("name", "about", "ja", "currency", "confirmed")


@dataclass(frozen=True)
class Sheet:
    """A price sheet.

    Args:
        name: what it is called where one is chosen.
        about: where its figures come from.
        japanese: name and about in Japanese; None: as they are.
        prices: as in the file.
        limits: what no adopted policy may exceed.
    """

    name: str
    about: str = ""
    japanese: tuple[str, str] | None = None
    prices: Prices = field(default_factory=Prices)
    limits: Limits = field(default_factory=Limits)

    @property
    def spoken(self) -> tuple[str, str]:
        """Name and about in the language in use."""
        return self.japanese if self.japanese and language.current() == "ja" else (self.name, self.about)


def load(path: Path) -> Sheet:
    """Read a sheet.

    Raises:
        QuestionError: the file is no TOML, holds what is not known, or lacks a price of errors or the currency.
    """
    try:
        return read(path.read_text("utf-8-sig"), path.name)  # editors on Windows put a mark before UTF-8
    except OSError as error:
        raise QuestionError(
            _("There is no price sheet {path}; give the path of a .toml file.").format(path=path)
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionError(
            _("{path} is not UTF-8 text, a price sheet in TOML was expected; save it as UTF-8.").format(path=path)
        ) from error


def read(text: str, name: str) -> Sheet:
    """Read a sheet from the text of a file of that name; raises as `load` does."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: no TOML, or a whole number of thousands of digits
        raise QuestionError(
            _("{path} does not read as TOML ({problem}); correct that line.").format(path=name, problem=error)
        ) from error
    _only(data, {*TOP, *SECTIONS, "limits", "ranges"}, name)
    if not isinstance(data.get("currency"), str):
        raise QuestionError(_('{path} states no currency; add a line such as currency = "JPY".').format(path=name))
    for key, kind, expected in (
        ("name", str, _("text")),
        ("about", str, _("text")),
        ("confirmed", bool, _("true or false")),
    ):
        if not isinstance(data.get(key, kind()), kind):
            raise _wrong(data[key], f"{name} {key}", expected)
    given: dict[str, Any] = {"currency": data["currency"], "confirmed": data.get("confirmed", False)}
    for section, names in SECTIONS.items():
        given |= _section(data.get(section, {}), section, names, name)
    if not any(key in data.get("errors", {}) for key in PRICES_OF_ERRORS):
        raise QuestionError(
            _(
                "{path} states no price of errors, one of {known} was expected under [errors]; add the one that suits "
                "your predictions."
            ).format(path=name, known=", ".join(PRICES_OF_ERRORS))
        )
    preset, usual = given.pop("preset", None), Prices(currency=data["currency"])
    prices = dataclasses.replace(usual if preset is None else devices.on(usual, preset), **given)
    return Sheet(
        data.get("name") or Path(name).stem,
        data.get("about", ""),
        _japanese(data.get("ja"), name),
        dataclasses.replace(prices, ranges=_ranges(data.get("ranges", {}), name)),
        Limits(**_section(data.get("limits", {}), "limits", {n: n for n in Limits.__dataclass_fields__}, name)),
    )


def beside(run: Path) -> list[Path]:
    """Return the sheets that lie with a run, in the folder `prices`, by name."""
    return sorted((run / "prices").glob("*.toml"))


def offered(run: Path, measure: Measure) -> list[Sheet]:
    """Return the sheets that lie with a run, else one of example prices.

    Raises:
        QuestionError: one of them does not read.
    """
    return [load(path) for path in beside(run)] or [of_examples(measure)]


def of_examples(measure: Measure) -> Sheet:
    """Return a sheet of example prices, with its name in every language: files may be in another than the page."""
    with language.speaking("ja"):
        japanese = _(EXAMPLES)
    return Sheet(EXAMPLES, japanese=(japanese, ""), prices=examples(measure))


def is_changed(sheet: Sheet, prices: Prices, limits: Limits) -> bool:
    """Return whether prices and limits in use are others than a sheet's; that they are one's own changes none of it."""
    return (dataclasses.replace(sheet.prices, confirmed=prices.confirmed), sheet.limits) != (prices, limits)


def kept(home: Path) -> list[Path]:
    """Return the sheets that a reader has kept in their library, by name."""
    return sorted((home / "prices").glob("*.toml"))


def save(sheet: Sheet, path: Path) -> None:
    """Write a sheet, whole or not at all; what is as by default is left out, prices of errors are not."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(written(sheet), "utf-8")
    beside.replace(path)


def written(sheet: Sheet) -> str:
    """Return a sheet as the text of its file."""
    prices, usual = sheet.prices, Prices()
    data: dict[str, Any] = {"name": sheet.name, "about": sheet.about, "currency": prices.currency}
    data["confirmed"] = prices.confirmed
    if sheet.japanese is not None:
        data["ja"] = dict(zip(("name", "about"), sheet.japanese, strict=True))
    for section, names in SECTIONS.items():
        values = {key: getattr(prices, field_) for key, field_ in names.items()}
        stated = {
            key: dict(value) if names[key] in TABLES else value
            for key, value in values.items()
            if value is not None and value != getattr(usual, names[key])
        }
        if section == "errors" and not any(key in stated for key in PRICES_OF_ERRORS):
            stated["per_error"] = prices.price_per_error
        if stated:
            data[section] = stated
    if sheet.limits.given:
        data["limits"] = sheet.limits.given
    if prices.ranges:
        short = {field_: key for names in SECTIONS.values() for key, field_ in names.items()}
        data["ranges"] = {short[name]: [low, high] for name, low, high in prices.ranges}
    return tomli_w.dumps(data)


def _japanese(data: Any, path: str) -> tuple[str, str] | None:
    """Return name and about in Japanese, where a file states them."""
    if data is None:
        return None
    if not isinstance(data, dict):
        raise _wrong(data, f"{path} [ja]", _("a table of texts"))
    _only(data, {"name", "about"}, f"{path} [ja]")
    return str(data.get("name", "")), str(data.get("about", ""))


def _only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise QuestionError(
            _("{where} holds {unknown}, which is not known there; known are {known}.").format(
                where=where, unknown=", ".join(unknown), known=", ".join(sorted(known))
            )
        )


def _section(data: Any, section: str, names: Mapping[str, str], path: str) -> dict[str, Any]:
    """Return the fields that a section of a file states."""
    where = f"{path} [{section}]"
    if not isinstance(data, dict):
        raise QuestionError(_("{where} is no section; write it in brackets on a line of its own.").format(where=where))
    _only(data, {*names, *(("preset",) if section == "device" else ())}, where)
    stated = {names[key]: _value(data[key], names[key], f"{where} {key}") for key in data if key in names}
    if "preset" in data:
        if data["preset"] not in list(devices.DEVICES):
            raise QuestionError(
                _("{where} names the device {given}; known are {known}.").format(
                    where=where, given=data["preset"], known=", ".join(devices.DEVICES)
                )
            )
        stated["preset"] = data["preset"]
    return stated


def _value(value: Any, name: str, where: str) -> Any:
    if name in TABLES and isinstance(value, dict):
        return tuple((key, _number(amount, f"{where} {key}")) for key, amount in value.items())
    if name == "price_matrix" and isinstance(value, list) and all(isinstance(row, list) for row in value):
        return tuple(tuple(_number(amount, where) for amount in row) for row in value)
    if name in ("freeze_months", "incumbent_rates") and isinstance(value, list):
        numbers = tuple(_number(item, where) for item in value)
        if name == "freeze_months":
            return tuple(int(item) if item.is_integer() else item for item in numbers)
        if len(numbers) == 2:
            return numbers
        raise _wrong(value, where, _("two numbers"))
    if name in TABLES or name in LISTS:
        raise _wrong(value, where, _("a table of numbers") if name in TABLES else _("a list of numbers"))
    if name in WHOLE and (not isinstance(value, int) or isinstance(value, bool)):
        raise _wrong(value, where, _("a whole number"))
    amount = _number(value, where)
    return value if name in WHOLE and math.isfinite(amount) else amount


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(value, where, _("a number"))
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf


def _wrong(value: Any, where: str, expected: str) -> QuestionError:
    return QuestionError(
        _("{given} was given for {where}, {expected} was expected; change it.").format(
            given=value, where=where, expected=expected
        )
    )


def _ranges(data: Any, path: str) -> tuple[tuple[str, float, float], ...]:
    """Return the ranges of a file: under the name of a price a low and a high value."""
    where = f"{path} [ranges]"
    names = {
        key: name for names in SECTIONS.values() for key, name in names.items() if name not in TABLES + LISTS + NO_RANGE
    }
    if not isinstance(data, dict):
        raise _wrong(data, where, _("a table of numbers"))
    _only(data, set(names), where)
    found = []
    for key, value in data.items():
        if not isinstance(value, list) or len(value) != 2:
            raise _wrong(value, f"{where} {key}", _("two numbers"))
        found.append((names[key], _number(value[0], f"{where} {key}"), _number(value[1], f"{where} {key}")))
    return tuple(found)
