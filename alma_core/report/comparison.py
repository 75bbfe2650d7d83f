"""The charts of the page Compare with their titles, rows and findings, and the page as one offline file."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import pandas as pd

from alma_core import language
from alma_core.decide import by_size, compare_tables, findings
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report import compare_figures, comparing, figures, offline, size_figures, terms
from alma_core.report import findings as said
from alma_core.report.drawing import Drawing
from alma_core.report.page import Section

PLACES, DIFFERENCES, PANELS, MAP, FRONT = "places", "today", "sizes", "heat", "front"
CHARTS: Final = (PLACES, DIFFERENCES, PANELS, MAP, FRONT)
OF_SIZES: Final = (PANELS, MAP)
"""Those that show single networks by their size."""


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart as pages and files show it.

    Args:
        title: with the unit of what it shows.
        figure: the drawing.
        rows: what it shows; none where there is nothing to draw; policies by number, errors
            under the names of `tables.ERRORS`.
        said: its finding, a sentence or a few.
    """

    title: str
    figure: Drawing
    rows: pd.DataFrame
    said: list[str]


@dataclass(frozen=True, eq=False)
class Comparison:
    """What is compared, as the page is set.

    Args:
        run: where the rows come from.
        answer: what it says.
        shown: the policies chosen, by number; at least one.
        kpi: what policies are held against today's by.
        figure: what the map shows.
        way: how updates train in the charts of sizes; None: the run holds no single networks.
        theme: light or dark.
    """

    run: Run
    answer: Answer
    shown: list[int]
    kpi: str
    figure: str
    way: by_size.Way | None
    theme: str = "light"

    @cached_property
    def styles(self) -> dict[int, figures.Style]:
        """How each policy is drawn."""
        return offline.styles(self.run, self.answer)

    def chart(self, name: str) -> Chart:
        """Return one of CHARTS; those of sizes only where there is a `way`."""
        drawn: Chart = getattr(self, f"_{name}")()
        return drawn

    def _places(self) -> Chart:
        rows = compare_tables.places(self.answer, self.shown)
        spans = comparing.early_and_late(self.answer, self.run.unit)
        drawn = compare_figures.places(rows, self.styles, self.answer.measure, spans, self.theme)
        changes = comparing.of_places(self.answer, self.shown, self.run.unit)
        return Chart(comparing.places_title(self.answer), drawn, rows, [changes])

    def _today(self) -> Chart:
        answer, kpi = self.answer, self.kpi
        rows = compare_tables.against_today(answer, [*self.shown, answer.recommended], kpi)
        title = comparing.differences_title(answer, kpi, self.run.unit)
        drawn = compare_figures.differences(rows, self.styles, comparing.change_writer(answer, kpi), self.theme)
        return Chart(title, drawn, _of(kpi, rows), comparing.of_differences(answer, rows, kpi))

    def _sizes(self) -> Chart:
        assert self.way is not None
        rows, answer, unit = by_size.panels(self.answer, self.way), self.answer, self.run.unit
        waits = {
            int(wait): wording.every(int(wait) * answer.question.factor, unit) for wait in set(rows["waiting_time"])
        }
        sizes = {size: f"{size} {_(wording.CAPACITY_WORDS[size])}" for size in rows["capacity"].unique()}
        axis = wording.time_axis(unit)
        drawn = size_figures.panels(rows, self.styles, waits, sizes, answer.measure, axis, self.theme)
        title = comparing.panels_title(answer, self.way, unit)
        return Chart(title, drawn, rows, comparing.of_panels(answer, self.way, rows, unit))

    def _heat(self) -> Chart:
        assert self.way is not None
        rows, unit = by_size.heat(self.answer, self.figure, self.way), self.run.unit
        waits = {int(wait): terms.span(self.answer, int(wait), unit) for wait in rows["waiting_time"]}
        write = comparing.writer(self.answer, self.figure)
        drawn = size_figures.heat_map(rows, by_size.least(rows), waits, write, self.theme)
        title = comparing.heat_title(self.answer, self.figure, self.way, unit)
        return Chart(title, drawn, _of(self.figure, rows), [comparing.of_heat(self.answer, rows, unit)])

    def _front(self) -> Chart:
        answer, currency = self.answer, self.answer.question.prices.currency
        rows = compare_tables.error_and_cost(answer)
        front = compare_tables.front(rows)
        drawn = compare_figures.error_against_cost(rows, front, self.styles, answer.measure, currency, self.theme)
        weighed = comparing.of_front(answer, rows, self.run.unit)
        return Chart(comparing.front_title(answer), drawn, rows, [weighed])


def _of(figure: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose columns say which figure they hold, where it is no error: those would get an error's unit."""
    if figure.endswith("_error"):
        return rows
    return rows.rename(columns={name: f"{figure}_{name}" for name in ("value", "difference", "low", "high")})


def comparison_page(compared: Comparison, spoken: str) -> bytes:
    """Return Compare as it is set, in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    compared = replace(compared, theme="light")
    run, answer, unit = compared.run, compared.answer, compared.run.unit
    charts = [compared.chart(name) for name in CHARTS if compared.way or name not in OF_SIZES]
    drawn = [Section(chart.title, chart.figure) for chart in charts if len(chart.rows)]
    sections = [
        Section(_("Early and late"), rows=comparing.standings(answer, unit)),
        offline.over_time(run, answer, compared.shown),
        *drawn,
    ]
    found = findings.findings(answer)
    sentences = [
        offline.subject(run, answer),
        *(language.joined(f"{chart.title}:", *chart.said) for chart in charts),
        comparing.heat_covers(answer) if compared.way else comparing.no_sizes(),
        *(f"{verdict}: {claim}" for verdict, claim in said.claims_of(answer, found)),
        said.untested(found),
    ]
    return offline.written(run, answer, comparing.headline(answer, unit), sentences, sections)
