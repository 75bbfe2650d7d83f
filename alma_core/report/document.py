"""The report of the meeting as one offline HTML page: all that there is to say, see and check of an answer."""

import pandas as pd

from alma_core import language
from alma_core.decide import tables
from alma_core.language import _
from alma_core.report import (
    assumptions,
    cards,
    cost_charts,
    costing,
    offline,
    page,
    reasons,
    spreadsheet,
    statements,
    text,
    told,
)
from alma_core.report.page import Section
from alma_core.report.paper import Paper


def document(paper: Paper) -> bytes:
    """Return the page in the language in use; the same paper gives the same bytes."""
    answer, unit = paper.answer, paper.unit
    return page.page(
        statements.headline(answer, unit), " · ".join(paper.marks), [offline.subject(paper.run, answer), paper.made_on],
        [*_words(paper), *_charts(paper), *_tables(paper), _more(paper)], paper.footer, contents=True,
    ).encode()  # fmt: skip


def _words(paper: Paper) -> list[Section]:
    """Return what is said first, and the figures of the recommended policy."""
    answer, unit = paper.answer, paper.unit
    said = told.told(answer, unit)
    looks = _("The policy that looks cheapest; beneath each figure, the change against today's policy.")
    is_it = _("The recommended policy; beneath each figure, the change against today's policy.")
    beneath = is_it if answer.adopted == answer.recommended else looks
    return [
        Section(_("To say in the meeting"), said=[said.worth], listed=said.brief, name="say"),
        Section(_("Why"), listed=reasons.reasons(answer, unit), name="why"),
        Section(_("Key figures"), said=[beneath], cards=cards.of(answer), name="figures"),
    ]


def _charts(paper: Paper) -> list[Section]:
    return [
        Section(
            chart.title, chart.figure, paper.in_words(chart.rows), [language.joined(*chart.said)], name=name,
            left=_texts(chart.rows), folded=True, csv=spreadsheet.csv(paper.named(chart.rows)),
        )
        for name, chart in paper.charts().items()
    ]  # fmt: skip


def _texts(rows: pd.DataFrame) -> int:
    """Return how many columns of a chart's rows are names, which come first."""
    return 1 + ("cause" in rows)


def _tables(paper: Paper) -> list[Section]:
    """Return what can be looked up and checked."""
    answer, unit = paper.answer, paper.unit
    plan = paper.plan
    ranked = spreadsheet.csv(paper.named(tables.ranking(answer)))
    costs = costing.by_cause(answer, cost_charts.dearest(answer), unit)
    return [
        Section(_("Ranking"), rows=text.ranking(answer, unit), csv=ranked, name="ranking"),
        Section(_("Costs by cause, in figures"), rows=costs, name="costs"),
        Section(_("Break-evens"), rows=costing.break_evens(answer, unit), left=4, name="flips"),
        Section(
            _("Staged plan"), said=[costing.no_plan() if plan is None else costing.plan_in_words(answer, plan, unit)],
            rows=None if plan is None else costing.staged(answer, plan, unit), left=2, name="plan",
        ),
        Section(_("Assumptions and prices"), rows=assumptions.rows(paper), left=3, name="assumptions-made"),
    ]  # fmt: skip


def _more(paper: Paper) -> Section:
    """Return what else is said of the answer, and what it leaves out."""
    said = told.told(paper.answer, paper.unit)
    return Section(_("More about this answer"), said=[said.not_included], listed=said.details, name="more")
