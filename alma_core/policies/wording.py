"""How policies are called on screen, in short for charts and in words for the recommendation."""

from collections.abc import Mapping
from typing import Any

from alma_core.language import _, joined, mark, n_

INCUMBENT = "incumbent"
"""The method of the policy that never updates: what is in service before the first update."""

CAPACITY_WORDS = {"S": mark("small"), "M": mark("medium"), "L": mark("large"), "XL": mark("extra large")}


def arrivals(count: int, unit: str) -> str:
    """Write a number of arrivals in the stream's own unit: "5 months", in Japanese "5か月"."""
    forms = {
        "day": lambda: n_("{count} day", "{count} days", count),
        "week": lambda: n_("{count} week", "{count} weeks", count),
        "month": lambda: n_("{count} month", "{count} months", count),
        "quarter": lambda: n_("{count} quarter", "{count} quarters", count),
        "year": lambda: n_("{count} year", "{count} years", count),
        "lot": lambda: n_("{count} lot", "{count} lots", count),
    }
    return forms[unit]()


def every(count: int, unit: str) -> str:
    """Say how often: "every month", "every 5 months", in Japanese "毎月", "5か月ごと"."""
    if count > 1:
        return _("every {wait}").format(wait=arrivals(count, unit))
    words = {
        "day": _("every day"),
        "week": _("every week"),
        "month": _("every month"),
        "quarter": _("every quarter"),
        "year": _("every year"),
        "lot": _("every lot"),
    }
    return words[unit]


def time_axis(unit: str) -> str:
    """Say what the time axis of a chart counts."""
    words = {
        "day": _("time, in days"),
        "week": _("time, in weeks"),
        "month": _("time, in months"),
        "quarter": _("time, in quarters"),
        "year": _("time, in years"),
        "lot": _("time, in lots"),
    }
    return words[unit]


def label(policy: Mapping[str, Any], unit: str) -> str:
    """Name a policy in a few words, such as "every 5 months, from scratch, all data, M".

    Args:
        policy: a row of the ledger, or any mapping with its policy columns.
        unit: the arrival unit.
    """
    if policy["method"] == INCUMBENT:
        return _("no update")
    parts = [
        every(policy["waiting_time"], unit),
        *way(policy["start"], policy["replay"], policy.get("window", 0), unit),
        policy["capacity"] if policy.get("architecture", "mlp") == "mlp" else f"VGG {policy['capacity']}",
    ]
    if policy["first_update"] < policy["waiting_time"]:
        parts.append(_("start at once"))
    return _(", ").join(parts)


def way(start: str, replay: float, window: int, unit: str) -> tuple[str, str]:
    """Say from which weights and on which data an update trains, in two words each."""
    data = _("all data") if replay == 1 else _("new data")
    if window:
        data = _("last {window}").format(window=arrivals(window, unit))
    return (_("from scratch") if start == "scratch" else _("continue"), data)


def sentence(policy: Mapping[str, Any], unit: str) -> str:
    """Say what a policy does, as it would be adopted."""
    if policy["method"] == INCUMBENT:
        return _("Do not update: keep what is in service.")
    wait = policy["waiting_time"]
    opening = (
        _("Update {every}:").format(every=every(1, unit))
        if wait == 1
        else _("Collect {wait}, then update:").format(wait=arrivals(wait, unit))
    )
    how = _how(policy["start"], policy["replay"], policy.get("window", 0), unit)
    word = CAPACITY_WORDS[policy["capacity"]]
    size = _("{size} model.").format(size=_(word))
    first = _("The first update comes with the first arrival.") if policy["first_update"] < wait else ""
    return joined(opening, how, size, first)


def _how(start: str, replay: float, window: int, unit: str) -> str:
    if window:
        words = {
            "warm": _("continue training on the last {window},"),
            "scratch": _("retrain from scratch on the last {window},"),
        }
        return words[start].format(window=arrivals(window, unit))
    return {
        ("warm", 0): _("continue training on the new data,"),
        ("warm", 1): _("continue training on all data so far,"),
        ("scratch", 0): _("retrain from scratch on the new data only,"),
        ("scratch", 1): _("retrain from scratch on all data so far,"),
    }[start, int(replay)]
