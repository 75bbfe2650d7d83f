"""The waiting rule as an operating policy: a text to fill in, of which an answer gives what it can."""

import numpy as np

from alma_core import about
from alma_core.decide.advise import Answer
from alma_core.decide.sheets import Sheet
from alma_core.language import _
from alma_core.library import Run
from alma_core.policies import wording
from alma_core.report import flips, offline, statements, sureness, terms


def parts(answer: Answer, run: Run, sheet: Sheet) -> list[tuple[str, list[str]]]:
    """Return the parts of the policy, each a heading and its sentences; what only the reader knows is in brackets."""
    unit = run.unit
    return [
        (_("Rule"), [wording.sentence(terms.policy(answer, answer.adopted), unit)]),
        (_("Exception that triggers an update at once"), _exception(answer)),
        (_("Who decides"), [_("[name and role]; in their absence [name and role]."), _("In force from [date].")]),
        (_("When it is reviewed"), _review(answer, unit)),
        (_("What stops it"), _stop(answer, unit)),
        (_("Test that confirms it"), _trial(answer, unit)),
        (_("What it rests on"), _basis(answer, run, sheet)),
    ]


def written(answer: Answer, run: Run, sheet: Sheet) -> str:
    """Return the whole policy as plain text."""
    title = _("Operating policy: when the model is updated")
    sections = [
        "\n".join([f"{n}. {heading}", *(f"   - {sentence}" for sentence in sentences if sentence)])
        for n, (heading, sentences) in enumerate(parts(answer, run, sheet), 1)
    ]
    return "\n\n".join([title, *sections]) + "\n"


def _exception(answer: Answer) -> list[str]:
    said = answer.measure.worded(
        _("The error rate on newly labelled data exceeds {level}, the most that the simulation saw with this rule."),
        _("The prediction error on newly labelled data exceeds {level}, the most that the simulation saw with it."),
    )
    changed = _("Or the product, the process or the way of measuring has changed: [list].")
    return [said.format(level=answer.measure.text(_most(answer))), changed]


def _most(answer: Answer) -> float:
    """Return the largest error of the policy to follow while a model of its own served, the mean over seeds."""
    error, model_t = (answer.panel[name][answer.adopted].mean(0) for name in ("error", "model_t"))  # [T]
    served = error[model_t > 0]
    return float((served if len(served) else error).max())


def _review(answer: Answer, unit: str) -> list[str]:
    regular = _("Every [half-year], and as soon as an assumption no longer holds.")
    return [regular, *flips.sentences(answer, unit)]


def _stop(answer: Answer, unit: str) -> list[str]:
    limit = float(np.max(answer.kpis["long_term_error"][answer.adopted]))
    said = answer.measure.worded(
        _("The mean error rate over {span} exceeds {limit}, the most that any repeat gave at the end."),
        _("The mean prediction error over {span} exceeds {limit}, the most that any repeat gave at the end."),
    ).format(span=terms.span(answer, answer.question.long or 1, unit), limit=answer.measure.text(limit))
    if answer.adopted == answer.baseline:
        return [said, _("Then decide anew.")]
    today = terms.name(answer, answer.baseline, unit)
    return [said, _("Then go back to “{today}” and decide anew.").format(today=today)]


def _trial(answer: Answer, unit: str) -> list[str]:
    if answer.adopted == answer.baseline:
        return [_("None is needed: the rule is in force already.")]
    wait = max(1, int(answer.panel.policies["waiting_time"].iloc[answer.adopted]))
    return [
        _(
            "An A/B test before it becomes the rule: for at least {span} a random half of the cases is handled under "
            "it, the other half under “{today}”; labels are taken from both alike."
        ).format(span=terms.span(answer, 2 * wait, unit), today=terms.name(answer, answer.baseline, unit)),
        _("It stays if it errs no more than item 5 allows and costs less."),
    ]


def _basis(answer: Answer, run: Run, sheet: Sheet) -> list[str]:
    prices = _("Run “{run}”, prices “{sheet}”.").format(run=about.called(run.path), sheet=sheet.spoken[0])
    return [
        statements.worth(answer, run.unit),
        sureness.certainty(answer, run.unit),
        statements.not_included(answer),
        prices,
        offline.provenance(run),
    ]
