"""What the page Compare says: how policies differ early and late, and what each of its charts shows."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from alma_core import language
from alma_core.decide import by_size, compare_tables, kpis
from alma_core.decide.advise import Answer
from alma_core.decide.compare_tables import EARLY, LATE
from alma_core.decide.panel import learns, plain
from alma_core.language import _, n_
from alma_core.policies import wording
from alma_core.report import statements, terms
from alma_core.specs import CAPACITIES

MOST_NAMED = 2
"""Pairs of policies in a sentence; more are counted."""


def headline(answer: Answer, unit: str) -> str:
    """Say whether early and late rank policies differently, and who is best when."""
    found, worded = answer.disagreement, answer.measure.worded
    names = {"early": terms.name(answer, found.early, unit), "late": terms.name(answer, found.late, unit)}
    if all((answer.kpis[name].mean(1) == answer.kpis[name].mean(1)[0]).all() for name in (EARLY, LATE)):
        return worded(
            _("All policies err alike, at first and in the end."),
            _("All policies are off alike, at first and in the end."),
        )
    if answer.panel.horizon == 1:
        said = worded(
            _("“{early}” errs least; with one arrival judged, early and late are the same."),
            _("“{early}” is off least; with one arrival judged, early and late are the same."),
        )
    elif found.early == found.late:
        said = worded(
            _("Early and late agree on the best: “{early}” errs least at first and in the end."),
            _("Early and late agree on the best: “{early}” is off least at first and in the end."),
        )
    elif found.is_real:
        return statements.early_and_late(answer, unit)
    elif math.isnan(found.at_first.low):
        said = _("“{early}” is ahead at first, “{late}” in the end; a single repeat cannot tell if that is chance.")
    elif found.at_first.sign > 0:
        said = worded(
            _("“{early}” errs least at first; in the end “{late}” is ahead, but not beyond chance."),
            _("“{early}” is off least at first; in the end “{late}” is ahead, but not beyond chance."),
        )
    elif found.at_last.sign > 0:
        said = worded(
            _("“{late}” errs least in the end; at first “{early}” is ahead, but not beyond chance."),
            _("“{late}” is off least in the end; at first “{early}” is ahead, but not beyond chance."),
        )
    else:
        said = _("“{early}” is ahead at first, “{late}” in the end, neither of them beyond chance.")
    return said.format(**names)


def standings(answer: Answer, unit: str) -> pd.DataFrame:
    """Return as text how the best at first, the best in the end, the recommended and today's policy do, a row each."""
    found, total = answer.disagreement, len(answer.panel.policies)
    roles = [
        (found.early, _("best at first")), (found.late, _("best in the end")),
        (answer.recommended, _("costs least")), (answer.baseline, _("today's policy")),
    ]  # fmt: skip
    numbers = list(dict.fromkeys(number for number, _role in roles))
    stands = [compare_tables.standing(answer, number) for number in numbers]
    rows = {
        "": [_(", ").join(role for one, role in roles if one == number) for number in numbers],
        _("policy"): [terms.name(answer, number, unit) for number in numbers],
    }
    for kpi, span, reached in zip((EARLY, LATE), early_and_late(answer, unit), zip(*stands, strict=True), strict=True):
        errors = [answer.measure.text(float(answer.kpis[kpi][number].mean())) for number in numbers]
        rows[span] = [
            _("{error} ({place} of {total})").format(error=error, place=place, total=total)
            for error, place in zip(errors, reached, strict=True)
        ]
    return pd.DataFrame(rows)


def early_and_late(answer: Answer, unit: str) -> tuple[str, str]:
    """Say which arrivals count as early, and which as late."""
    early, late = (terms.span(answer, rows or 1, unit) for rows in (answer.question.short, answer.question.long))
    return _("first {span}").format(span=early), _("last {span}").format(span=late)


def of_places(answer: Answer, shown: Sequence[int], unit: str) -> str:
    """Name the policies shown that change places between early and late beyond chance; say so where none do."""
    found = compare_tables.crossings(answer, shown)
    real = [crossing for crossing in found if crossing.is_real]
    if len(shown) < 2:
        return _("One policy is shown: choose another above to see whether they change places.")
    if not found:
        return _("None of those shown change places between early and late.")
    if answer.panel.seeds == 1:
        return _("Some lines cross, but a single repeat cannot tell whether that is chance.")
    if not real:
        return _("Lines that cross here do so within chance: no two of those shown truly change places.")
    pair = answer.measure.worded(
        _("“{early}” errs less than “{late}” at first, and more in the end."),
        _("“{early}” is off less than “{late}” at first, and more in the end."),
    )
    named = [
        pair.format(early=terms.name(answer, one.early, unit), late=terms.name(answer, one.late, unit))
        for one in real[:MOST_NAMED]
    ]
    more = len(real) - MOST_NAMED
    others = n_("{count} more pair changes places likewise.", "{count} more pairs change places likewise.", more)
    return language.joined(*named, others if more > 0 else "")


def of_differences(answer: Answer, rows: pd.DataFrame, kpi: str) -> list[str]:
    """Say how many policies differ from today's beyond chance: of those drawn, then of all."""
    if not len(rows):
        return [_("Today's policy is the only one shown: choose another above.")]
    if answer.panel.seeds == 1 or bool(rows["low"].isna().all()):
        return [_("There is no interval, so which differences are chance cannot be told.")]
    others = [number for number in range(len(answer.panel.policies)) if number != answer.baseline]
    said = [_("Against today's policy, of the {total} drawn: {counts}.").format(total=len(rows), counts=_counted(rows))]
    if len(others) > len(rows):
        of_all = compare_tables.against_today(answer, others, kpi)
        said.append(_("Of all {total}: {counts}.").format(total=len(of_all), counts=_counted(of_all)))
    if kpi != "cost" and answer.by_arrivals:
        said.append(_("These intervals cover chance in training, not the choice of period."))
    return said


def _counted(rows: pd.DataFrame) -> str:
    """Count those that are lower, higher, and not told apart; what there is none of is left out."""
    words = ((-1, _("{count} lower")), (1, _("{count} higher")), (0, _("{count} not told apart")))
    counts = [(word, int((rows["sign"] == sign).sum())) for sign, word in words]
    return _(", ").join(word.format(count=language.number(count)) for word, count in counts if count)


def of_panels(answer: Answer, way: by_size.Way, drawn: pd.DataFrame, unit: str) -> list[str]:
    """Name the wait with which each size errs least on average, and say so where not all waits are drawn."""
    rows = by_size.heat(answer, "mean_error", way)
    best = rows.sort_values("value", kind="stable").drop_duplicates("capacity")
    waits = dict(zip(best["capacity"], best["waiting_time"], strict=True))
    parts = [
        _("{size} at a wait of {wait}").format(size=size, wait=terms.span(answer, waits[size], unit))
        for size in CAPACITIES
        if size in waits
    ]
    shown, known = (frame["waiting_time"].nunique() for frame in (drawn, rows))
    some = _("{shown} of {known} waiting times are drawn.").format(shown=shown, known=known)
    best_of_sizes = answer.measure.worded(_("Least error on average: {parts}."), _("Off least on average: {parts}."))
    return [best_of_sizes.format(parts=_("; ").join(parts)), *([some] if shown < known else [])]


def of_heat(answer: Answer, rows: pd.DataFrame, unit: str) -> str:
    """Say where a figure is lowest by wait and size."""
    lowest = by_size.least(rows)
    if not len(lowest):
        return _("The same at every wait and size.")
    cells = [
        _("a wait of {wait} and size {size}").format(wait=terms.span(answer, int(wait), unit), size=size)
        for wait, size in zip(lowest["waiting_time"], lowest["capacity"], strict=True)
    ]
    return _("Lowest at {cells}.").format(cells=_("; ").join(cells[: MOST_NAMED + 1]))


def heat_covers(answer: Answer) -> str:
    """Say of which policies the charts by wait and size are, where others are compared too; else nothing."""
    policies = answer.panel.policies
    if (plain(policies) | ~learns(policies)).all():
        return ""
    return _("The chart by waiting time and model size is of single networks updated at every wait only.")


def of_front(answer: Answer, rows: pd.DataFrame, unit: str) -> str:
    """Say between which policies cost and error must be weighed, and where today's stands."""
    ends = compare_tables.front(rows)
    first, last = (_priced(answer, row, unit) for row in (ends.iloc[0], ends.iloc[-1]))
    if len(ends) == 1:
        weighed = answer.measure.worded(
            _("{first} both costs and errs least."), _("{first} both costs least and is off least.")
        ).format(first=first)
    else:
        weighed = answer.measure.worded(
            _("Cheapest: {first}. Fewest errors: {last}."), _("Cheapest: {first}. Off least: {last}.")
        ).format(first=first, last=last)
    today = rows[rows["is_baseline"]].iloc[0]
    beaten = int(((rows["mean_error"] <= today["mean_error"]) & (rows["cost"] <= today["cost"])
                  & ((rows["mean_error"] < today["mean_error"]) | (rows["cost"] < today["cost"]))).sum())  # fmt: skip
    by = n_("{count} policy beats today's in both.", "{count} policies beat today's in both.", beaten)
    return language.joined(weighed, by if beaten else _("None beats today's policy in both."))


def _priced(answer: Answer, row: "pd.Series[float]", unit: str) -> str:
    return _("“{policy}” ({cost}, {error})").format(
        policy=terms.name(answer, int(row["number"]), unit),
        cost=terms.amount(answer, float(row["cost"])),
        error=answer.measure.text(float(row["mean_error"])),
    )


def no_sizes() -> str:
    """Say why there is no chart by size."""
    return _(
        "There is no chart by model size: among what is compared is no single network that is updated at every wait; "
        "boosted trees and linear models have no size."
    )


def way_named(way: by_size.Way, unit: str) -> str:
    """Say from which weights and on which data an update trains."""
    return _(", ").join(wording.way(*way, unit))


def writer(answer: Answer, figure: str) -> Callable[[float], str]:
    """Return what writes a figure by its name, without the unit of an error."""
    others: dict[str, Callable[[float], str]] = {
        "cost": partial(terms.amount, answer), "updates": terms.count, "device_hours": language.duration,
    }  # fmt: skip
    return others.get(figure, answer.measure.figure)


def change_writer(answer: Answer, kpi: str) -> Callable[[float], str]:
    """Return what writes a difference of a figure with its sign; of an error without its unit, which the title has."""
    if kpi != "cost":
        return answer.measure.signed
    return lambda change: ("+" if change > 0 else "") + terms.amount(answer, change)


def places_title(answer: Answer) -> str:
    """Return the title of the chart of places early and late."""
    return answer.measure.worded(
        _("Early against late: place among those shown, by error"),
        _("Early against late: place among those shown, by prediction error"),
    )


def differences_title(answer: Answer, kpi: str, unit: str) -> str:
    """Return the title of the chart of differences from today's policy."""
    if kpi == "cost":
        return _("Total cost against today's policy, {currency} over {span}: left is cheaper").format(
            currency=answer.question.prices.currency, span=terms.span(answer, answer.panel.counted, unit)
        )
    points = answer.measure.unit or answer.measure.worded(_("percentage points"), "")
    name = _(kpis.words(answer.measure)[kpi])
    named = _("{name} ({unit})").format(name=name, unit=points) if points else name
    return _("{figure} against today's policy: left is better").format(figure=named)


def panels_title(answer: Answer, way: by_size.Way, unit: str) -> str:
    """Return the title of the chart of errors over time by size."""
    word = answer.measure.worded(_("Error over time by model size"), _("Prediction error over time by model size"))
    return _("{title}: {way}").format(title=answer.measure.heading(word), way=way_named(way, unit))


def heat_title(answer: Answer, figure: str, way: by_size.Way, unit: str) -> str:
    """Return the title of the map of one figure by waiting time and model size."""
    name = _(by_size.words(answer.measure)[figure])
    headed = name if figure in ("cost", *by_size.EFFORT) else answer.measure.heading(name)
    return _("Waiting time and model size: {figure} ({way})").format(figure=headed, way=way_named(way, unit))


def front_title(answer: Answer) -> str:
    """Return the title of the chart of error against cost."""
    return answer.measure.worded(
        _("Mean error and total cost: lower left is better"),
        _("Mean prediction error and total cost: lower left is better"),
    )


def kpi_words(answer: Answer) -> dict[str, str]:
    """Return the figures that policies can be held against today's by, the cost first, in the language in use."""
    words = kpis.words(answer.measure)
    return {name: _(words[name]) for name in sorted(words, key=lambda name: name != "cost")}
