"""What is taken to the meeting: one answer of one run, and what its files share: charts, rows, marks, dates."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd

from alma_core import about, language
from alma_core.decide import cost_tables, sheets, tables
from alma_core.decide.advise import Answer
from alma_core.decide.hindsight import Hindsight, hindsight
from alma_core.decide.record import Record
from alma_core.decide.sheets import Sheet
from alma_core.language import _
from alma_core.library import Run
from alma_core.report import columns, cost_charts, figures, offline, statements
from alma_core.report.comparison import Chart

OVER_TIME, EARLY_LATE, CAUSES, TORNADO, BREAK_EVEN, WHERE, SPENDING = CHARTS = (
    *("over-time", "early-late", "causes", "assumptions", "break-even", "where", "spending"),
)
"""Names of the charts, in their order; files are called by them."""


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
        name, asked = self.sheet.spoken[0], self.answer.question
        is_changed = sheets.is_changed(self.sheet, asked.prices, asked.limits)
        return _("{sheet}, changed").format(sheet=name) if is_changed else name

    @property
    def marks(self) -> list[str]:
        """What must stand on every file: that prices, or data, are examples."""
        return offline.marks(self.run, self.answer)

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
        styles = self.styles
        names = [styles[number].name for number in sorted(styles)]
        return columns.named(rows, names, self.answer.measure)

    def in_words(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of a chart as text under headings."""
        return columns.in_words(self.named(rows), columns.Units(self.answer.measure, self.currency))

    def charts(self) -> dict[str, Chart]:
        """Return the charts that there are, by their names of CHARTS; policies of their rows by number."""
        answer, styles, unit = self.answer, self.styles, self.unit
        spend = float(answer.costs.spend[answer.recommended].sum(-1).mean())
        drawn = {
            OVER_TIME: self._over_time(),
            EARLY_LATE: self._early_late(),
            CAUSES: cost_charts.causes(answer, styles, unit),
            TORNADO: cost_charts.tornado(answer),
            BREAK_EVEN: cost_charts.break_even(answer, styles, unit, cost_tables.drawable(answer)[0]),
            WHERE: cost_charts.where(answer, styles, unit),
            SPENDING: cost_charts.spending(answer, styles, unit, spend),
        }
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
