"""The pages Decide and Compare as one offline file each: the same words, rows and charts."""

from collections.abc import Callable
from functools import partial

from alma_core import about, language
from alma_core.decide import findings, kpis, tables
from alma_core.decide.advise import Answer
from alma_core.decide.panel import learns, plain
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report import figures, progress, reasons, statements, terms, text
from alma_core.report.page import Section, page


def subject(run: Run, answer: Answer) -> str:
    """Say in one line what the answer rests on."""
    return _("{run}: {data}, {span}, {policies} policies compared, repeats: {seeds}").format(
        run=about.called(run.path),
        data=run.manifest["data"]["name"],
        span=terms.span(answer, answer.panel.horizon, run.unit),
        policies=len(answer.panel.policies),
        seeds=answer.panel.seeds,
    )


def styles(run: Run, answer: Answer) -> dict[int, figures.Style]:
    """Return how each policy of the answer is drawn."""
    places = answer.panel.policies["place"]
    return {n: figures.style(int(place), terms.name(answer, n, run.unit)) for n, place in enumerate(places)}


def writer(answer: Answer, kpi: str) -> Callable[[float], str]:
    """Return what writes a figure by its name, without the unit of an error."""
    return partial(terms.amount, answer) if kpi == "cost" else answer.measure.figure


def over_time_title(answer: Answer) -> str:
    """Return the title of the chart of errors over time."""
    return answer.measure.worded(
        _("Error over time, and what it has cost so far"), _("Prediction error over time, and what it has cost so far")
    )


def heat_title(answer: Answer, kpi: str) -> str:
    """Return the title of the chart of one figure by waiting time and model size."""
    name = _(kpis.words(answer.measure)[kpi])
    figure = name if kpi == "cost" else answer.measure.heading(name)
    return _("Waiting time and model size: {figure}").format(figure=figure)


def decision_page(run: Run, answer: Answer, spoken: str) -> bytes:
    """Return Decide in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    currency = answer.question.prices.currency
    points = tables.early_and_late(answer)
    sections = [
        _over_time(run, answer, answer.podium),
        Section(
            _("Early against late: lower left is better, larger is dearer"),
            figures.early_against_late(points, styles(run, answer), answer.measure, currency),
        ),
        Section(_("Ranking"), rows=text.ranking(answer, run.unit)),
    ]
    sentences = [subject(run, answer), *statements.all_but_headline(answer, run.unit)]
    sentences += reasons.reasons(answer, run.unit)
    return _written(run, answer, statements.headline(answer, run.unit), sentences, sections)


def comparison_page(
    run: Run, answer: Answer, shown: list[int], heat: tuple[str, tables.Way] | None, spoken: str
) -> bytes:
    """Return Compare as it is set, in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    sections = [*([_over_time(run, answer, shown)] if shown else []), *([_heat(run, answer, *heat)] if heat else [])]
    claims = [f"{verdict}: {sentence}" for verdict, sentence in claims_of(answer)]
    sentences = [subject(run, answer), *claims, untested(answer), heat_covers(answer) if heat else ""]
    return _written(run, answer, _("Comparison of policies"), sentences, sections)


def _heat(run: Run, answer: Answer, kpi: str, way: tables.Way) -> Section:
    rows = tables.heat(answer, kpi, way)
    waits = {int(wait): terms.span(answer, int(wait), run.unit) for wait in rows["waiting_time"]}
    title = f"{heat_title(answer, kpi)} ({way_named(way, run.unit)})"
    return Section(title, figures.heat_map(rows, waits, writer(answer, kpi), "light"))


def heat_covers(answer: Answer) -> str:
    """Say of which policies the chart by wait and size is, where others are compared too; else nothing."""
    policies = answer.panel.policies
    if (plain(policies) | ~learns(policies)).all():
        return ""
    return _("The chart by waiting time and model size is of single networks updated at every wait only.")


def way_named(way: tables.Way, unit: str) -> str:
    """Say from which weights and on which data an update trains."""
    return _(", ").join(wording.way(*way, unit))


def claims_of(answer: Answer) -> list[tuple[str, str]]:
    """Return, for each claim that the run can test, its verdict and the claim with its estimate, in words."""
    said = []
    for finding in findings.findings(answer):
        mean, low, high = (answer.measure.change(value, 2) for value in finding.difference[:3])
        estimate = _("Difference {mean} (90 % interval {low} to {high}, repeats: {seeds}).").format(
            mean=mean, low=low, high=high, seeds=finding.difference.n
        )
        claim = answer.measure.worded(_(finding.claim.of_shares), _(finding.claim.of_numbers))
        said.append((_(finding.verdict), language.joined(claim.format(**finding.names), estimate)))
    return said


def untested(answer: Answer) -> str:
    """Name the claims that the run cannot test; empty where it tests all."""
    topics = [_(claim.topic) for claim in findings.untested(findings.findings(answer))]
    if not topics:
        return ""
    return _("Not tested here, as no two policies of this run differ in it alone: {topics}.").format(
        topics=_(", ").join(topics)
    )


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


def _over_time(run: Run, answer: Answer, shown: list[int]) -> Section:
    drawn = figures.error_over_time(
        tables.curves(answer, shown),
        styles(run, answer),
        answer.measure,
        wording.time_axis(run.unit),
        answer.question.prices.currency,
    )
    return Section(over_time_title(answer), drawn)


def _written(run: Run, answer: Answer, title: str, sentences: list[str], sections: list[Section]) -> bytes:
    mark = _("example prices") if not answer.question.prices.confirmed else ""
    footer = language.joined(statements.coverage(answer, run.unit), provenance(run))
    return page(title, mark, sentences, sections, footer).encode()
