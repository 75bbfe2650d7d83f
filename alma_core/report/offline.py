"""The Decide page as one offline file: the same words, rows and charts."""

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import catalogue
from alma_core.report import figures, statements, text
from alma_core.report.page import Section, page


def subject(run: Run, answer: Answer) -> str:
    """Say in one line what the answer rests on."""
    return _("{run}: {data}, {span}, {policies} policies compared, seeds: {seeds}").format(
        run=run.id,
        data=run.manifest["data"]["name"],
        span=statements.span(answer, answer.panel.horizon, run.unit),
        policies=len(answer.panel.policies),
        seeds=answer.panel.seeds,
    )


def decision_page(run: Run, answer: Answer, spoken: str) -> bytes:
    """Return the page in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    unit, currency = run.unit, answer.question.prices.currency
    points = tables.early_and_late(answer)
    places = answer.panel.policies["place"]
    styles = {n: figures.style(int(places[n]), statements.name(answer, n, unit)) for n in map(int, points["number"])}
    sections = [
        Section(
            _("Error over time, and what it has cost so far"),
            figures.error_over_time(tables.curves(answer, answer.podium), styles, catalogue.time_axis(unit), currency),
        ),
        Section(
            _("Early against late: lower left is better, larger is dearer"),
            figures.early_against_late(points, styles, currency),
        ),
        Section(_("Ranking"), rows=text.ranking(answer, unit)),
    ]
    sentences = [
        subject(run, answer),
        statements.worth(answer, unit),
        statements.certainty(answer),
        statements.runner_up(answer, unit),
        *statements.flips(answer, unit),
        statements.weak_point(answer, unit),
        statements.not_included(answer),
    ]
    mark = _("example prices") if answer.question.prices.are_examples else ""
    return page(statements.headline(answer, unit), mark, sentences, sections, provenance(run)).encode()


def provenance(run: Run) -> str:
    """Say where the figures come from: run, data, recipe, seeds, source, device, date."""
    known = run.manifest
    return _(
        "Run {run}; data {data}, SHA-256 {sha}; recipe {recipe}; seeds: {seeds}; source {source}; device {device}; "
        "{date}."
    ).format(
        run=run.id,
        data=known["data"]["name"],
        sha=known["data"]["sha256"][:16],
        recipe=run.spec.recipe.name,
        seeds=run.spec.seeds,
        source=known["source_revision"],
        device=known["device"],
        date=known["finished"][:10],
    )
