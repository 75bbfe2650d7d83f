"""The sheets that reckon: what each policy costs at the prices of the workbook, who is cheapest, and by how much."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from alma_core.decide import limits as keeping
from alma_core.decide import tables
from alma_core.language import _, mark
from alma_core.report import terms
from alma_core.report.figures import GREY, QUIET
from alma_core.report.workbook_book import Book, Column, Place, literal, placed
from alma_core.report.workbook_live import Live
from alma_core.report.workbook_prices import at_levels

TOP: Final = 5
"""Row of the headings."""
NEAR: Final = "*(1+1E-12)"
"""So that rounding alone exceeds no limit."""
WORDS: Final = {
    "errors": mark("wrong predictions"), "misses": mark("misses"), "false_alarms": mark("false alarms"),
    "shortage": mark("units too few"), "excess": mark("units too many"), "people": mark("updates"),
    "people_beyond": mark("updates beyond those included"), "upkeep": mark("years of upkeep"),
    "labels": mark("labels"), "hardware": mark("purchases of hardware"),
    "training_operations": mark("training: operations"), "training_hours": mark("training: hours"),
    "predicting_operations": mark("predictions: operations"), "predicting_hours": mark("predictions: hours"),
    "device_operations": mark("all updates: operations"), "device_hours": mark("all updates: hours"),
}  # fmt: skip
"""What quantities are called."""


def in_order(live: Live, values: NDArray[Any]) -> NDArray[Any]:
    """Return [P, ...] values of policies in the exported order, the cheapest first."""
    return np.asarray(values)[live.answer.order]


def formulas_in_order(live: Live, formulas: list[str]) -> list[str]:
    """Return [P] formulas of policies in the exported order."""
    return [formulas[number] for number in live.answer.order.tolist()]


def quantity(live: Live, name: str) -> str:
    """Return what a quantity is called: of all predictions, or of those acted on."""
    if name.startswith("cell_"):
        true, predicted = name.split("_")[1:]
        return _("true {true}, predicted {predicted}").format(true=true, predicted=predicted)
    if name == "errors":
        return live.answer.measure.worded(_("wrong predictions"), _("units off"))
    return _(WORDS[name])


def _quantities(live: Live, of_seeds: bool) -> list[Column]:
    """Return the columns of what prices are multiplied by: the mean over repeats, or a row each."""
    found = []
    for name, values in live.quantities.items():
        shown = in_order(live, values)  # [P, S]
        style = "0.000E+00" if name.endswith("_operations") else "#,##0.00"
        found.append(Column(name, quantity(live, name), shown.ravel() if of_seeds else shown.mean(1), style, width=14))
    return found


def today(live: Live) -> int:
    """Return the place of today's policy in the exported order, from 0."""
    return int(np.flatnonzero(live.answer.order == live.answer.baseline)[0])


def write(book: Book, live: Live) -> Place:
    """Write both sheets, and give their columns names."""
    columns = _columns(book, live)
    here = placed(book.sheets["quantities"].get_name(), TOP, columns)
    for key in here.columns:
        if not key.startswith("cell_"):
            book.name(f"all_{key}", here.span(key))
    book.name("todays_cost", here.span("cost", today(live), 1))
    said = [
        _("What stands behind ranking and costs: quantities, which prices do not change, times the prices, by policy."),
        at_levels(live) or _("Means over repeats, over the whole horizon."),
    ]
    sheet = book.sheet("quantities", _("Quantities times prices"), said, min(len(columns), 9), 150)
    book.table(sheet, TOP, columns)
    sheet.freeze_panes(TOP + 1, 2)
    sheet.set_tab_color(GREY)
    _flattened(book, live, sheet, here)
    if live.has_live_intervals:
        _repeats(book, live)
    return here


def _columns(book: Book, live: Live) -> list[Column]:
    answer = live.answer
    rows = tables.ranking(answer)
    names = [book.styles[number].name for number in answer.order.tolist()]
    total = in_order(live, answer.costs.total).mean(1)
    causes = [
        Column(
            f"of_{cause}", book.in_money(terms.cause(answer, cause)), in_order(live, live.amounts[cause]).mean(1),
            book.money, formulas_in_order(live, formulas), width=14,
        )
        for cause, formulas in live.formulas.items()
    ]  # fmt: skip
    measure, count, (word, times) = answer.measure, len(names), device_time(live)
    return [
        Column("place", _("place, as exported"), np.arange(1, count + 1), "0", width=9),
        Column("policy", _("policy"), names),
        Column("rank", _("place"), np.arange(1, count + 1), "0", [_rank(live)] * count, 8),
        Column("cost", book.in_money(_("cost")), total, book.money,
               [f"SUM({{{causes[0].key}}}:{{{causes[-1].key}}})"] * count, 15),
        Column("saving", book.in_money(_("saving")), total[today(live)] - total, book.money,
               ["todays_cost-{cost}"] * count, 15),
        *_interval(book, live),
        Column("short", measure.heading(_("short-term")), rows["short_term_error"].to_numpy(), book.error, width=12),
        Column("long", measure.heading(_("long-term")), rows["long_term_error"].to_numpy(), book.error, width=12),
        Column("mean", measure.heading(_("mean")), rows["mean_error"].to_numpy(), book.error, width=12),
        Column("updates", _("updates"), rows["updates"].to_numpy(), "#,##0.0", width=10),
        Column("time", word, rows["device_hours"].to_numpy() * times, "#,##0.00",
               [f"{hours or 0}*{times}" for hours in formulas_in_order(live, live.device_hours)], 13),
        *_limits(live),
        Column("rounded", _("cost, to the hundredth"), np.round(total, 2), "#,##0.00", ["ROUND({cost},2)"] * count, 15),
        *causes,
        *_quantities(live, of_seeds=False),
    ]  # fmt: skip


def device_time(live: Live) -> tuple[str, int]:
    """Return how the time of devices is headed, and by what hours are multiplied: small ones are in seconds."""
    if tables.ranking(live.answer)["device_hours"].max() >= 1:
        return _("device time (hours)"), 1
    return _("device time (seconds)"), 3600


def ends(live: Live) -> dict[str, str]:
    """Return what the ends of the 90 % interval of a saving are called; none where a single repeat gives none."""
    if tables.ranking(live.answer)["saving_low"].isna().all():
        return {}
    if live.has_live_intervals:
        return {"low": _("saving, low (90 %)"), "high": _("saving, high (90 %)")}
    return {"low": _("saving, low (90 %), as exported"), "high": _("saving, high (90 %), as exported")}


def _rank(live: Live) -> str:
    """Return the place of a policy: of equal costs, the exported order stands."""
    cheaper = "(all_rounded<{rounded})+(all_rounded={rounded})*(all_place<{place})"
    if not live.limits:
        return f"1+SUMPRODUCT({cheaper})"
    return f"1+SUMPRODUCT((all_allowed>{{allowed}})+(all_allowed={{allowed}})*({cheaper}))"


def _interval(book: Book, live: Live) -> list[Column]:
    """Return the ends of the 90 % interval of the saving: by formula over repeats, or as they were exported."""
    answer = live.answer
    words = ends(live)
    values = {key: tables.ranking(answer)[f"saving_{key}"].to_numpy() for key in words}
    if not words or not live.has_live_intervals:
        return [Column(key, book.in_money(words[key]), values[key], book.money, width=15) for key in words]
    seeds, there = answer.panel.seeds, placed(book.sheets["repeats"].get_name(), TOP, _of_repeats(book, live))
    halves = [
        f"TINV(0.1,{seeds - 1})*STDEV({there.span('saving', place * seeds, seeds)})/SQRT({seeds})"
        for place in range(len(answer.order))
    ]
    return [
        Column(key, book.in_money(words[key]), values[key], book.money,
               [f"{{saving}}{sign}{half}" for half in halves], 15)
        for key, sign in (("low", "-"), ("high", "+"))
    ]  # fmt: skip


def _limits(live: Live) -> list[Column]:
    """Return what policies have of what is limited, which limits they exceed, and whether they may be adopted."""
    answer, count = live.answer, len(live.answer.order)
    if not live.limits:
        return []
    words = keeping.words(answer.measure)
    bases, has = [], []
    for name, (base, values, formulas) in live.limits.items():
        bases.append(Column(f"most_{name}", _("{what}: basis").format(what=_(words[name])), in_order(live, base),
                            "General", width=14))  # fmt: skip
        has.append(Column(f"has_{name}", _(words[name]), in_order(live, values), "General",
                          formulas_in_order(live, formulas), 14))  # fmt: skip
    exceeded = [_(", ").join(_(words[excess.limit]) for excess in one) for one in answer.excesses]
    listed = {name: literal(_(", ") + _(words[name])) for name in live.limits}
    after = 1 + len(_(", "))
    told = "&".join(f'IF({{has_{name}}}>limit_{name}{NEAR},{word},"")' for name, word in listed.items())
    ratios = ",".join(
        f"IF(limit_{name}=0,IF({{has_{name}}}>0,1E+300,0),{{has_{name}}}/limit_{name})" for name in live.limits
    )
    limits = list(answer.question.limits.given.items())
    ratio = np.max([[_ratio(live.limits[name][1][n], most) for name, most in limits] for n in range(count)], axis=1)
    keeps = np.array([float(not one) for one in answer.excesses])
    least = "IF({place}=MATCH(MIN(all_ratio),all_ratio,0),1,0)"
    return [
        Column("exceeds", _("exceeds"), [exceeded[n] for n in answer.order.tolist()], "cell",
               [f"MID({told},{after},999)"] * count, 26),
        *has,
        Column("keeps", _("keeps to all limits"), in_order(live, keeps), "0",
               ['IF({exceeds}="",1,0)'] * count, 10),
        Column("ratio", _("times a limit"), in_order(live, ratio), "0.00", [f"MAX({ratios})"] * count, 10),
        Column("allowed", _("may be adopted"), in_order(live, answer.allowed.astype(float)), "0",
               [f"IF(SUM(all_keeps)>0,{{keeps}},{least})"] * count, 10),
        *bases,
    ]  # fmt: skip


def _ratio(has: float, most: float) -> float:
    return has / most if most else 1e300 if has else 0.0


def _flattened(book: Book, live: Live, sheet: Any, here: Place) -> None:
    """Write the matrix of prices in one row above the predictions by class, as they are multiplied."""
    matrix = live.matrix()
    if matrix is None:
        return
    size, first = len(matrix), here.columns["cell_0_0"]
    for n, value in enumerate(matrix.ravel().tolist()):
        formula = f"=INDEX(price_matrix,{n // size + 1},{n % size + 1})"
        sheet.write_formula(TOP - 1, first + n, formula, book.style("General", font_color=QUIET), value)
    ends = f"${xl_col_to_name(first)}${TOP}:${xl_col_to_name(first + size * size - 1)}${TOP}"
    book.name("price_cells", f"{quote_sheetname(sheet.get_name())}!{ends}")


def _of_repeats(book: Book, live: Live) -> list[Column]:
    answer, seeds = live.answer, live.answer.panel.seeds
    count = len(answer.order)
    names = [book.styles[number].name for number in answer.order.tolist()]
    by_cause = [formulas_in_order(live, formulas) for formulas in live.formulas.values()]
    costs = ["+".join(dict.fromkeys(parts)) for parts in zip(*by_cause, strict=True)]
    total = in_order(live, answer.costs.total)  # [P, S]
    column = xl_col_to_name(3)
    first = TOP + 2 + today(live) * seeds
    return [
        Column("place", _("place, as exported"), np.repeat(np.arange(1, count + 1), seeds), "0", width=9),
        Column("policy", _("policy"), np.repeat(np.array(names, object), seeds)),
        Column("repeat", _("repeat"), np.tile(np.arange(1, seeds + 1), count), "0", width=8),
        Column("cost", book.in_money(_("cost")), total.ravel(), book.money, np.repeat(costs, seeds).tolist(), 15),
        Column("saving", book.in_money(_("saving")), (total[today(live)] - total).ravel(), book.money,
               [f"${column}${first + n}-{{cost}}" for n in range(seeds)] * count, 15),
        *_quantities(live, of_seeds=True),
    ]  # fmt: skip


def _repeats(book: Book, live: Live) -> None:
    """Write the costs of each repeat, over which intervals are taken."""
    columns = _of_repeats(book, live)
    said = [
        _("The same for each repeat with other random draws; savings are taken repeat by repeat."),
        _("Their spread is what the 90 % intervals of the ranking cover (Student's t)."),
    ]
    sheet = book.sheet("repeats", _("Costs by repeat"), said, min(len(columns), 9), 150)
    here = book.table(sheet, TOP, columns)
    sheet.freeze_panes(TOP + 1, 3)
    sheet.autofilter(TOP, 0, TOP + here.rows, 2)
    sheet.set_tab_color(GREY)
