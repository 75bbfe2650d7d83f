"""The page Decide as one offline file, and what every such file has: the same words, rows and charts."""

import pandas as pd

from alma_core import about, language
from alma_core.decide import tables
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report import figures, progress, reasons, statements, terms, text
from alma_core.report.drawing import Drawing
from alma_core.report.page import Section, page


def subject(run: Run, answer: Answer) -> str:
    """Say in one line what the answer rests on; an example's name says what its data are."""
    whole = _("{run}: {data}, {span}, {policies} policies compared, repeats: {seeds}")
    if about.is_shipped(run.path):
        whole = _("{run}: {span}, {policies} policies compared, repeats: {seeds}")
    return whole.format(
        run=about.called(run.path),
        data=run.manifest["data"]["name"],
        span=terms.span(answer, answer.panel.horizon, run.unit),
        policies=len(answer.panel.policies),
        seeds=answer.panel.seeds,
    )


def styles(run: Run, answer: Answer) -> dict[int, figures.Style]:
    """Return how each policy of the answer is drawn."""
    places = zip(answer.panel.policies["place"], terms.names(answer, run.unit), strict=True)
    return {n: figures.style(int(place), name) for n, (place, name) in enumerate(places)}


def over_time_title(answer: Answer) -> str:
    """Return the title of the chart of errors over time."""
    return answer.measure.worded(
        _("Error over time, and what it has cost so far"), _("Prediction error over time, and what it has cost so far")
    )


def decision_page(run: Run, answer: Answer, spoken: str) -> bytes:
    """Return Decide in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    currency = answer.question.prices.currency
    points = tables.early_and_late(answer)
    sections = [
        over_time(run, answer, answer.podium),
        Section(
            _("Early against late: lower left is better, larger is dearer"),
            figures.early_against_late(points, styles(run, answer), answer.measure, currency),
        ),
        Section(_("Ranking"), rows=text.ranking(answer, run.unit)),
    ]
    sentences = [subject(run, answer), *statements.all_but_headline(answer, run.unit)]
    sentences += reasons.reasons(answer, run.unit)
    return written(run, answer, statements.headline(answer, run.unit), sentences, sections)


def provenance(run: Run) -> str:
    """Say where the figures come from: run, data, recipe, seeds, source, device, date."""
    known = run.manifest
    return _(
        "Run {run}; data {data}, SHA-256 {sha}; recipe {recipe}; repeats: {seeds}; source {source}; device {device}; "
        "{date}."
    ).format(
        run=run.id,
        data=known["data"]["name"],
        sha=known["data"]["sha256"][:16],
        recipe=run.spec.recipe.name,
        seeds=run.spec.seeds,
        source=known["source_revision"],
        device=progress.device_name(known["device"]),
        date=language.date(known["finished"]),
    )


def over_time(run: Run, answer: Answer, shown: list[int]) -> Section:
    """Return the chart of errors over time as a section."""
    return Section(over_time_title(answer), drawn_over_time(run, answer, tables.curves(answer, shown)))


def drawn_over_time(run: Run, answer: Answer, rows: pd.DataFrame) -> Drawing:
    """Draw rows of `tables.curves`."""
    currency, axis = answer.question.prices.currency, wording.time_axis(run.unit)
    return figures.error_over_time(rows, styles(run, answer), answer.measure, axis, currency)


def marks(run: Run, answer: Answer) -> list[str]:
    """Return what must stand on every file: that prices, or data, are examples."""
    examples = (
        _("example prices") if not answer.question.prices.confirmed else "",
        _("example data") if about.is_shipped(run.path) else "",
    )
    return list(filter(None, examples))


def written(run: Run, answer: Answer, title: str, sentences: list[str], sections: list[Section]) -> bytes:
    """Return a page about a run, with what its figures rest on at its foot."""
    footer = language.joined(statements.coverage(answer, run.unit), provenance(run))
    return page(title, " · ".join(marks(run, answer)), sentences, sections, footer).encode()
