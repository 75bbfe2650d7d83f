"""The pages Decide and Compare as one offline file each: the same words, rows and charts."""

from alma_core import language
from alma_core.decide import findings, kpis, tables
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import catalogue
from alma_core.report import figures, statements, text
from alma_core.report.page import Section, page


def subject(run: Run, answer: Answer) -> str:
    """Say in one line what the answer rests on."""
    return _("{run}: {data}, {span}, {policies} policies compared, repeats: {seeds}").format(
        run=run.id,
        data=run.manifest["data"]["name"],
        span=statements.span(answer, answer.panel.horizon, run.unit),
        policies=len(answer.panel.policies),
        seeds=answer.panel.seeds,
    )


def styles(run: Run, answer: Answer) -> dict[int, figures.Style]:
    """Return how each policy of the answer is drawn."""
    places = answer.panel.policies["place"]
    return {n: figures.style(int(place), statements.name(answer, n, run.unit)) for n, place in enumerate(places)}


def decision_page(run: Run, answer: Answer, spoken: str) -> bytes:
    """Return Decide in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    currency = answer.question.prices.currency
    points = tables.early_and_late(answer)
    sections = [
        _over_time(run, answer, answer.podium),
        Section(
            _("Early against late: lower left is better, larger is dearer"),
            figures.early_against_late(points, styles(run, answer), currency),
        ),
        Section(_("Ranking"), rows=text.ranking(answer, run.unit)),
    ]
    sentences = [subject(run, answer), *statements.all_but_headline(answer, run.unit)]
    return _written(run, answer, statements.headline(answer, run.unit), sentences, sections)


def comparison_page(
    run: Run, answer: Answer, shown: list[int], kpi: str, start: str, replay: float, spoken: str
) -> bytes:
    """Return Compare as it is set, in the language `spoken`; it may be called in a thread of its own."""
    language.use(spoken)
    rows = tables.heat(answer, kpi, start, replay)
    waits = {int(wait): statements.span(answer, int(wait), run.unit) for wait in rows["waiting_time"]}
    title = _("Waiting time and model size: {figure}").format(figure=_(kpis.KPIS[kpi]))
    way = _(", ").join(catalogue.way(start, replay, 0, run.unit))
    heat = figures.heat_map(rows, waits, kpi != "cost", answer.question.prices.currency, "light")
    sections = [
        *([_over_time(run, answer, shown)] if shown else []),
        Section(f"{title} ({way})", heat),
    ]
    claims = [f"{verdict}: {sentence}" for verdict, sentence in claims_of(answer)]
    return _written(run, answer, _("Comparison of policies"), [subject(run, answer), *claims], sections)


def claims_of(answer: Answer) -> list[tuple[str, str]]:
    """Return, for each claim that the run can test, its verdict and the claim with its estimate, in words."""
    said = []
    for finding in findings.findings(answer):
        mean, low, high, seeds = finding.difference
        estimate = _("Difference {mean} (90 % interval {low} to {high}, repeats: {seeds}).").format(
            mean=language.points(mean, 2), low=language.points(low, 2), high=language.points(high, 2), seeds=seeds
        )
        said.append((_(finding.verdict), language.joined(_(finding.claim).format(**finding.names), estimate)))
    return said


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
        device=known["device"],
        date=known["finished"][:10],
    )


def _over_time(run: Run, answer: Answer, shown: list[int]) -> Section:
    drawn = figures.error_over_time(
        tables.curves(answer, shown),
        styles(run, answer),
        catalogue.time_axis(run.unit),
        answer.question.prices.currency,
    )
    return Section(_("Error over time, and what it has cost so far"), drawn)


def _written(run: Run, answer: Answer, title: str, sentences: list[str], sections: list[Section]) -> bytes:
    mark = _("example prices") if not answer.question.prices.confirmed else ""
    footer = language.joined(statements.coverage(answer), provenance(run))
    return page(title, mark, sentences, sections, footer).encode()
