"""The charts of money with their titles, rows and findings, as the page Cost and the files of a meeting show them."""

from collections.abc import Mapping
from typing import Final

from alma_core.decide import cost_tables, flips
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES
from alma_core.language import _
from alma_core.report import cost_figures, costing, figures, terms
from alma_core.report import flips as said
from alma_core.report.comparison import Chart
from alma_core.report.figures import Style

MOST_BARS: Final = 8
Styles = Mapping[int, Style]


def dearest(answer: Answer) -> list[int]:
    """Return the policies whose costs stand side by side: those of a first look, then the cheapest."""
    return list(dict.fromkeys([*answer.podium, *map(int, answer.order)]))[:MOST_BARS]


def causes(answer: Answer, styles: Styles, unit: str, theme: str = "light") -> Chart:
    """Return what policies cost by cause; no rows where nothing costs anything at these prices."""
    rows, currency = cost_tables.causes(answer, dearest(answer)), answer.question.prices.currency
    names = {number: style.name for number, style in styles.items()}
    words = {cause: terms.cause(answer, cause) for cause in CAUSES}
    drawn = cost_figures.by_cause(rows, names, words, currency, theme) if len(rows) else figures.canvas(theme)
    return Chart(_("What policies cost, by cause"), drawn, rows, costing.money_in_words(answer, unit))


def tornado(answer: Answer, theme: str = "light") -> Chart:
    """Return the saving with each assumption halved and doubled; no rows where none moves it."""
    rows = cost_tables.tornado(answer)
    named = rows.assign(assumption=[said.named(answer, name) for name in rows["name"]])
    named, title = named[["assumption", "halved", "doubled"]], _("Which assumption matters most")
    if not len(rows):
        return Chart(title, figures.canvas(theme), named, [])
    saving = float(answer.savings.means[answer.recommended])  # as its ends are: nothing off for the pick
    drawn = cost_figures.tornado(named, saving, answer.question.prices.currency, theme)
    return Chart(title, drawn, named, [_("Widest: {assumption}").format(assumption=named["assumption"].iloc[0])])


def break_even(answer: Answer, styles: Styles, unit: str, over: str, theme: str = "light") -> Chart:
    """Return costs over one number of `cost_tables.drawable`, and where the cheapest changes."""
    rows, given = cost_tables.over_number(answer, over), flips.value(answer, over)
    name, currency = said.named(answer, over), answer.question.prices.currency
    drawn = cost_figures.break_even(rows, styles, given, name, currency, theme)
    return Chart(_("Where the answer flips"), drawn, rows, said.by_number(answer, unit))


def where(answer: Answer, styles: Styles, unit: str, theme: str = "light") -> Chart:
    """Return which policy is cheapest by horizon and by how dear errors are."""
    rows = cost_tables.best_where(answer)
    spans = {int(horizon): terms.span(answer, int(horizon), unit) for horizon in rows["horizon"].unique()}
    title = answer.measure.worded(_("price of an error"), _("price of a unit of error"))
    dear = [costing.dearness(answer, times) for times in cost_tables.TIMES]
    drawn = cost_figures.best_where(rows, styles, spans, dear, title, theme)
    often = styles[int(rows["number"].value_counts().index[0])].name
    is_most = _("“{policy}” is cheapest most often.").format(policy=often)
    return Chart(_("Best policy by horizon and price"), drawn, rows, [is_most])


def spending(answer: Answer, styles: Styles, unit: str, most: float, theme: str = "light") -> Chart:
    """Return what errors cost over what is spent, and what the next money buys; a line marks a spend of `most`."""
    rows, currency = cost_tables.frontier(answer), answer.question.prices.currency
    title = answer.measure.worded(_("cost of errors"), _("cost of prediction errors"))
    drawn = cost_figures.frontier(rows, styles, most, title, currency, theme)
    had = costing.next_in_words(answer, costing.a_million(answer), unit)
    return Chart(_("What spending buys"), drawn, rows, had)
