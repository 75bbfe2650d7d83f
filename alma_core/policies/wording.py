"""How policies are called on screen, in short for charts and in words for the recommendation."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from alma_core import language
from alma_core.language import _, joined, mark, n_

INCUMBENT = "incumbent"
"""The method of the policy that never updates: what is in service before the first update."""

CAPACITY_WORDS = {"S": mark("small"), "M": mark("medium"), "L": mark("large"), "XL": mark("extra large")}

ESTIMATOR_WORDS: Final = {
    "trees": (mark("boosted trees"), mark("boosted decision trees.")),
    "linear": (mark("linear model"), mark("linear model.")),
    "sgd": (mark("online linear model"), mark("linear model that learns step by step.")),
}
"""What is no network, in short and as it ends a sentence."""

METHOD_WORDS: Final = {
    "keep_better": (
        mark("keep the better"),
        mark("A new model goes into service only if it does better than the old one on data held back."),
    ),
    "ensemble": (
        mark("ensemble of {k}"),
        mark("{k} models are trained apart, and the mean of their answers counts."),
    ),
    "umix": (
        mark("joint ensemble of {k}"),
        mark("{k} models are trained together as one (UMix), and the sum of their answers counts."),
    ),
    "bagging": (
        mark("bagged ensemble of {k}"),
        mark("{k} models are each trained on a random draw of the data, and the mean of their answers counts."),
    ),
    "adaboost": (
        mark("boosted ensemble of {k}"),
        mark("{k} models are trained in turn, each mostly on what the ones before it got wrong, and they vote."),
    ),
    "gens": (
        mark("growing ensemble"),
        mark("Each update adds a model to the earlier ones, and the mean of their answers counts."),
    ),
    "gens_newest": (
        mark("growing ensemble, newest {k}"),
        mark("Each update adds a model, and the mean of what the newest {k} answer counts."),
    ),
    "gens_best": (
        mark("growing ensemble, best {k}"),
        mark("Each update adds a model, and the mean of what the {k} best on data held back answer counts."),
    ),
    "hybrid": (
        mark("growing ensemble after {updates}"),
        mark("After {updates}, each further one adds a model, and the mean of their answers counts."),
    ),
    "moe": (
        mark("mixture of {k} experts"),
        mark("{k} expert models share the work: each case decides how much each of them counts."),
    ),
    "gmoe": (
        mark("busiest expert split {often}"),
        mark(
            "The expert model that does most of the work is split in two {often}; each case decides which ones count."
        ),
    ),
    "gmoe_random": (
        mark("random expert split {often}"),
        mark("An expert model picked at random is split in two {often}; each case decides which ones count."),
    ),
    "firefly": (
        mark("wider {often}"),
        mark("The model is made wider {often}, where that promises most."),
    ),
    "ema": (
        mark("running mean"),
        mark("In service is a running mean of the models so far, in which newer ones weigh more."),
    ),
    "snapshot": (
        mark("{k} snapshots"),
        mark("{k} stages of each training are kept, and the mean of their answers counts."),
    ),
    "batch_ensemble": (
        mark("light ensemble of {k}"),
        mark("{k} variants share most of one model, and the mean of their answers counts."),
    ),
    "distilled": (
        mark("{k} distilled into one"),
        mark("{k} models are trained at each update and teach one of the same size, which alone goes into service."),
    ),
}
"""What each method but the single model is called, and what it does, in words that need no textbook."""

RULE_WORDS: Final = {
    "shift": (
        mark("when the data shifts (p < {threshold})"),
        mark("Check {every}, and update when new data differs from the data before it beyond chance ({level}):"),
    ),
    "error": (
        mark("when the error rises by {threshold}"),
        mark("Check {every}, and update when the error on new data is {level} above that after the last update:"),
    ),
    "threshold": (
        mark("when the error exceeds {threshold}"),
        mark("Check {every}, and update when the error on new data exceeds {level}:"),
    ),
    "cumulative": (
        mark("when errors add up to {threshold}"),
        mark("Check {every}, and update when the errors on new data since the last update add up to over {level}:"),
    ),
}
"""When a policy updates that looks at what arrives."""


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
        policy: a row of the ledger, or any mapping with its policy columns; columns that older ledgers lack may be
            missing.
        unit: the arrival unit.
    """
    return _label(tuple(policy.items()), unit, language.current())


@lru_cache(maxsize=16_384)  # pages name every policy of a run several times at each rerun
def _label(facts: tuple[tuple[str, Any], ...], unit: str, _spoken: str) -> str:
    policy = dict(facts)
    if policy["method"] == INCUMBENT:
        return _("no update")
    parts = [*_method(policy, long=False), *_when(policy, unit), _size(policy)]
    if policy["first_update"] < policy["waiting_time"]:
        parts.append(_("start at once"))
    return _(", ").join(parts)


def _method(policy: Mapping[str, Any], long: bool) -> list[str]:
    """Name the method, or say in a sentence what it does; a single model goes without saying."""
    if policy["method"] == "single":
        return []
    growth = int(policy.get("grow_every", 0))
    return [
        _(METHOD_WORDS[policy["method"]][long]).format(
            k=int(policy.get("k", 1)),
            updates=n_("{count} update", "{count} updates", int(policy.get("grow_after", 0))),
            often=_("at every update") if growth == 1 else _("every {count} updates").format(count=growth),
        )
    ]


def _when(policy: Mapping[str, Any], unit: str) -> list[str]:
    """Say when a policy updates and how; where there is only one update, it always begins afresh."""
    schedule, wait = policy.get("schedule", "every"), every(policy["waiting_time"], unit)
    if schedule == "once":
        return [_("one update only, after {first}").format(first=arrivals(policy["first_update"], unit))]
    when = [wait]
    if schedule in RULE_WORDS:
        rule = _(RULE_WORDS[schedule][0]).format(threshold=f"{policy['threshold']:g}")
        when = [rule, _("checked {every}").format(every=wait)]
    return [*when, *way(policy["start"], policy["replay"], policy.get("window", 0), unit)]


def way(start: str, replay: float, window: int, unit: str) -> tuple[str, str]:
    """Say from which weights and on which data an update trains, in two words each."""
    data = _("all data") if replay == 1 else _("new data")
    if window:
        data = _("last {window}").format(window=arrivals(window, unit))
    begins = {"warm": _("continue"), "scratch": _("from scratch"), "shrink_perturb": _("shrink and perturb")}
    return begins[start], data


def _size(policy: Mapping[str, Any]) -> str:
    architecture = policy.get("architecture", "mlp")
    if architecture in ESTIMATOR_WORDS:
        return _(ESTIMATOR_WORDS[architecture][0])
    return str(policy["capacity"]) if architecture == "mlp" else f"VGG {policy['capacity']}"


def sentence(policy: Mapping[str, Any], unit: str) -> str:
    """Say what a policy does, as it would be adopted."""
    if policy["method"] == INCUMBENT:
        return _("Do not update: keep what is in service.")
    return joined(*_opening(policy, unit), _model(policy), *_method(policy, long=True), _first(policy))


def _opening(policy: Mapping[str, Any], unit: str) -> tuple[str, ...]:
    """Say when a policy updates and from what, up to the model that it updates."""
    schedule, wait = policy.get("schedule", "every"), policy["waiting_time"]
    if schedule == "once":
        first = arrivals(policy["first_update"], unit)
        return (_("Train once, after {first}, and never again:").format(first=first),)
    how = _how(policy["start"], policy["replay"], policy.get("window", 0), unit)
    if schedule in RULE_WORDS:
        said = _(RULE_WORDS[schedule][1])
        return said.format(every=every(wait, unit), level=_level(policy)), how
    if wait == 1:
        return _("Update {every}:").format(every=every(1, unit)), how
    return _("Collect {wait}, then update:").format(wait=arrivals(wait, unit)), how


def _level(policy: Mapping[str, Any]) -> str:
    """Write the threshold of a rule: where numbers are predicted, errors are no shares of a whole."""
    schedule, threshold = policy["schedule"], float(policy["threshold"])
    if schedule == "shift":
        return _("{share} false alarms").format(share=language.percent(threshold))
    if policy.get("task") == "regression":
        return _("{amount} of the usual spread").format(amount=f"{threshold:g}")
    return language.points(threshold).removeprefix("+") if schedule == "error" else language.percent(threshold)


def _how(start: str, replay: float, window: int, unit: str) -> str:
    if window:
        words = {
            "warm": _("continue training on the last {window},"),
            "scratch": _("retrain from scratch on the last {window},"),
            "shrink_perturb": _("continue from a weakened copy on the last {window},"),
        }
        return words[start].format(window=arrivals(window, unit))
    return {
        ("warm", 0): _("continue training on the new data,"),
        ("warm", 1): _("continue training on all data so far,"),
        ("scratch", 0): _("retrain from scratch on the new data only,"),
        ("scratch", 1): _("retrain from scratch on all data so far,"),
        ("shrink_perturb", 0): _("continue from a weakened copy on the new data,"),
        ("shrink_perturb", 1): _("continue from a weakened copy on all data so far,"),
    }[start, int(replay)]


def _model(policy: Mapping[str, Any]) -> str:
    architecture = policy.get("architecture", "mlp")
    if architecture in ESTIMATOR_WORDS:
        return _(ESTIMATOR_WORDS[architecture][1])
    word = CAPACITY_WORDS[policy["capacity"]]
    return _("{size} model.").format(size=_(word))


def _first(policy: Mapping[str, Any]) -> str:
    at_once = policy["first_update"] < policy["waiting_time"]
    return _("The first update comes with the first arrival.") if at_once else ""
