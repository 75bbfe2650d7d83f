"""What is taken to the meeting: one answer of one run, and what its files share: charts, rows, marks, dates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final

import pandas as pd

from alma_core import about, language
from alma_core.decide import cost_tables, flips, tables
from alma_core.decide.advise import Answer
from alma_core.decide.costs import CAUSES
from alma_core.decide.hindsight import Hindsight, hindsight
from alma_core.decide.record import Record
from alma_core.decide.sheets import Sheet
from alma_core.language import _
from alma_core.library import Run
from alma_core.report import columns, cost_figures, costing, figures, offline, statements, terms
from alma_core.report import flips as said
from alma_core.report.comparison import Chart

OVER_TIME, EARLY_LATE, CAUSES_, TORNADO, BREAK_EVEN, WHERE, SPENDING = CHARTS = (
    *("over-time", "early-late", "causes", "assumptions", "break-even", "where", "spending"),
)
"""Names of the charts, in their order; files are called by them."""
MOST_BARS: Final = 8


@dataclass(frozen=True, eq=False)
class Paper:
    """One answer, as the files of the meeting show it; words come in the language that is in use when they are read.

    Args:
        run: where the rows come from.
        answer: what it says.
        sheet: the price sheet that the prices come from.
        made: when the files are made, in UTC.
    """

    run: Run
    answer: Answer
    sheet: Sheet
    made: datetime

    @property
    def unit(self) -> str:
        """The arrival unit of the stream."""
        return self.run.unit

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.answer.question.prices.currency

    @cached_property
    def plan(self) -> Hindsight | None:
        """The best schedule in hindsight; None where the run cannot give one, or the answer is foretold."""
        if self.answer.foreseen is not None:
            return None
        return hindsight(Record(self.run, self.answer.measure), self.answer.question)

    @property
    def styles(self) -> dict[int, figures.Style]:
        """How each policy is drawn, and called."""
        return offline.styles(self.run, self.answer)

    @property
    def called(self) -> str:
        """The run as people call it."""
        return about.called(self.run.path)

    @property
    def prices_called(self) -> str:
        """The prices as people call them."""
        name, used = self.sheet.spoken[0], self.answer.question.prices
        is_same = replace(self.sheet.prices, confirmed=used.confirmed) == used
        return name if is_same else _("{sheet}, changed").format(sheet=name)

    @property
    def marks(self) -> list[str]:
        """What must stand on every file: that prices, or data, are examples."""
        examples = (
            _("example prices") if not self.answer.question.prices.confirmed else "",
            _("example data") if about.is_shipped(self.run.path) else "",
        )
        return list(filter(None, examples))

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return f"alma-{self.run.id}"

    @property
    def footer(self) -> str:
        """What the figures rest on: how errors are measured, what intervals cover, where all of it comes from."""
        rests_on = statements.coverage(self.answer, self.unit)
        return language.joined(rests_on, offline.provenance(self.run), self.made_on)

    @property
    def made_on(self) -> str:
        """When the files were made, and at which prices."""
        return _("Made on {date} at the prices “{sheet}”.").format(
            date=language.date(self.made.date()), sheet=self.prices_called
        )

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with each policy's name in the place of its number, and the unit of the errors."""
        names = [self.styles[number].name for number in sorted(self.styles)]
        return columns.named(rows, names, self.answer.measure)

    def in_words(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of a chart as text under headings."""
        return columns.in_words(self.named(rows), columns.Units(self.answer.measure, self.currency))

    def charts(self) -> dict[str, Chart]:
        """Return the charts that there are, by their names of CHARTS; policies of their rows by number."""
        made: dict[str, Callable[[], Chart]] = {
            OVER_TIME: self._over_time, EARLY_LATE: self._early_late, CAUSES_: self._causes, TORNADO: self._tornado,
            BREAK_EVEN: self._break_even, WHERE: self._where, SPENDING: self._spending,
        }  # fmt: skip
        drawn = {name: made[name]() for name in CHARTS}
        return {name: chart for name, chart in drawn.items() if len(chart.rows)}

    def _over_time(self) -> Chart:
        rows = tables.curves(self.answer, self.answer.podium)
        title, drawn = offline.over_time_title(self.answer), offline.drawn_over_time(self.run, self.answer, rows)
        weak = statements.weak_point(self.answer, self.unit)
        return Chart(title, drawn, rows, [weak or statements.worth(self.answer, self.unit)])

    def _early_late(self) -> Chart:
        rows = tables.early_and_late(self.answer)
        drawn = figures.early_against_late(rows, self.styles, self.answer.measure, self.currency)
        disagree = statements.early_and_late(self.answer, self.unit)
        return Chart(
            _("Early against late: lower left is better, larger is dearer"), drawn, rows, [disagree] if disagree else []
        )

    def _causes(self) -> Chart:
        shown = list(dict.fromkeys([*self.answer.podium, *map(int, self.answer.order)]))[:MOST_BARS]
        rows = cost_tables.causes(self.answer, shown)
        names = {number: style.name for number, style in self.styles.items()}
        words = {cause: terms.cause(self.answer, cause) for cause in CAUSES}
        drawn = cost_figures.by_cause(rows, names, words, self.currency) if len(rows) else figures.canvas("light")
        return Chart(_("What policies cost, by cause"), drawn, rows, costing.money_in_words(self.answer, self.unit))

    def _tornado(self) -> Chart:
        rows = cost_tables.tornado(self.answer)
        named = rows.assign(assumption=[said.named(self.answer, name) for name in rows["name"]])
        saving = float(self.answer.savings.means[self.answer.recommended])
        drawn = cost_figures.tornado(named, saving, self.currency) if len(rows) else figures.canvas("light")
        widest = _("Widest: {assumption}").format(assumption=named["assumption"].iloc[0]) if len(rows) else ""
        return Chart(
            _("Which assumption matters most"),
            drawn,
            named[["assumption", "halved", "doubled"]],
            [widest] if widest else [],
        )

    def _break_even(self) -> Chart:
        over = cost_tables.drawable(self.answer)[0]
        rows = cost_tables.over_number(self.answer, over)
        name, given = said.named(self.answer, over), flips.value(self.answer, over)
        drawn = cost_figures.break_even(rows, self.styles, given, name, self.currency)
        return Chart(_("Where the answer flips"), drawn, rows, said.by_number(self.answer, self.unit))

    def _where(self) -> Chart:
        answer = self.answer
        rows = cost_tables.best_where(answer)
        spans = {int(horizon): terms.span(answer, int(horizon), self.unit) for horizon in rows["horizon"].unique()}
        title = answer.measure.worded(_("price of an error"), _("price of a unit of error"))
        dear = [costing.dearness(answer, times) for times in cost_tables.TIMES]
        drawn = cost_figures.best_where(rows, self.styles, spans, dear, title)
        often = self.styles[int(rows["number"].value_counts().index[0])].name
        is_most = _("“{policy}” is cheapest most often.").format(policy=often)
        return Chart(_("Best policy by horizon and price"), drawn, rows, [is_most])

    def _spending(self) -> Chart:
        answer = self.answer
        rows = cost_tables.frontier(answer)
        title = answer.measure.worded(_("cost of errors"), _("cost of prediction errors"))
        spend = float(answer.costs.spend[answer.recommended].sum(-1).mean())
        drawn = cost_figures.frontier(rows, self.styles, spend, title, self.currency)
        had = costing.next_in_words(answer, costing.a_million(answer), self.unit)
        return Chart(_("What spending buys"), drawn, rows, had)
