"""The A/B test of the written policy, in words: its design, how long it takes and why, what follows from it."""

from alma_core import language
from alma_core.decide import abtest, advise
from alma_core.decide.abtest import Design
from alma_core.decide.advise import Answer
from alma_core.decide.prices import MATRIX, TWO_CLASSES
from alma_core.language import _
from alma_core.report import sureness, terms


def sentences(answer: Answer, unit: str, effect: int, stop: int) -> list[str]:
    """Return what the test is that would confirm the policy, or why there is none.

    Args:
        answer: the answer.
        unit: the arrival unit.
        effect: number of the item that says what errors are expected.
        stop: number of the item that says what stops the policy.
    """
    design = abtest.design(answer)
    if answer.verdict == advise.NONE_ALLOWED:
        return [_("None yet: there is no policy to be tested that keeps to all limits.")]
    if design is None:
        return [_("None is needed: the rule is in force already.")]
    if answer.verdict == advise.NOT_ENOUGH:
        return [
            _("None is needed: the rule is in force already. To learn whether another does better:"),
            _halves(answer, unit),
            *_needed(answer, design, unit),
            _lasts(answer, design, unit) if design.is_feasible else "",
            sureness.to_settle(answer, unit),
        ]
    needed = [_halves(answer, unit), *_needed(answer, design, unit)]
    if not design.is_feasible:
        return [*needed, _without(effect, stop)]
    return [
        *needed,
        _lasts(answer, design, unit),
        _("It stays if it errs no more than item {item} allows and costs less.").format(item=stop),
    ]


def _halves(answer: Answer, unit: str) -> str:
    """Say how the two policies are held against each other."""
    new, old = answer.recommended, answer.baseline
    halves = _(
        "A/B test: a random half of the cases is handled under “{policy}”, the other half under “{today}”, at the same "
        "time; labels are taken from both alike."
    ).format(policy=terms.name(answer, new, unit), today=terms.name(answer, old, unit))
    both_learn = not (answer.is_incumbent(new) or answer.is_incumbent(old))
    return language.joined(halves, _("Both models are trained on the labels of both halves.") if both_learn else "")


def _lasts(answer: Answer, design: Design, unit: str) -> str:
    """Say when the test begins and how long it takes."""
    assert design.rows is not None  # it is feasible
    span = terms.span(answer, design.rows, unit)
    if answer.is_incumbent(answer.recommended):
        return _("It lasts at least {span}.").format(span=span)
    return _(
        "It lasts at least {span}, two updates of both policies among them, and begins after {short}: until then "
        "errors are still large."
    ).format(span=span, short=terms.span(answer, answer.question.short or 1, unit))


def _needed(answer: Answer, design: Design, unit: str) -> list[str]:
    """Say how large the test has to be, by what reckoning, and whether that can be waited for."""
    both = {"before": answer.measure.text(design.before), "after": answer.measure.text(design.after)}
    both |= {"power": language.percent(abtest.POWER, 0), "level": language.percent(abtest.ALPHA, 0)}
    apart = design.before - design.after
    if design.size is None and apart:
        return [_("A single {span} of a single repeat shows no variance: how long it takes cannot be said.").format(
            span=terms.span(answer, 1, unit)
        )]  # fmt: skip
    if design.size is None or answer.measure.size(apart) == answer.measure.size(0.0):
        return [
            _(
                "No test of errors can confirm it, nor need it: both err alike in the simulation ({after}); what it "
                "saves is spending, which the accounts show."
            ).format(**both)
        ]
    said = (
        _of_shares(answer, design, unit, both) if answer.measure.is_share else _of_numbers(answer, design, unit, both)
    )
    return [language.joined(said, _apart(answer)), *_limits(answer, design, unit)]


def _of_shares(answer: Answer, design: Design, unit: str, both: dict[str, str]) -> str:
    return _(
        "Sample size: {count} labelled cases in each half show the simulated difference ({before} today, {after} then) "
        "with {power} power at the two-sided {level} level (two proportions, pooled variance); {labelled} labelled "
        "cases arrive in {one}."
    ).format(
        count=language.number(design.size or 0),
        labelled=language.number(design.labelled),
        one=terms.span(answer, 1, unit),
        **both,
    )


def _of_numbers(answer: Answer, design: Design, unit: str, both: dict[str, str]) -> str:
    return _(
        "Sample size: {span} show the simulated difference ({before} today, {after} then) with {power} power at the "
        "two-sided {level} level. Variance: of the difference of both mean absolute errors within a period, over "
        "periods and repeats; single cases are not recorded, so periods count. The chance of which half a case falls "
        "into comes on top."
    ).format(span=terms.span(answer, design.size or 0, unit), **both)


def _limits(answer: Answer, design: Design, unit: str) -> list[str]:
    """Say that nobody can wait so long, where that is so, and what can be seen in the time there is."""
    if design.is_feasible:
        return []
    most = terms.span(answer, design.most, unit)
    if design.rows is None:
        return [_("No labels arrive, so no test can confirm it.")]
    takes = _("That takes {span}, longer than the {most} that were simulated: no such test can confirm it.").format(
        span=terms.span(answer, design.rows, unit), most=most
    )
    if design.least is None:
        return [takes]
    seen = _("Within {most} only a difference of {least} or more would show.")
    return [language.joined(takes, seen.format(most=most, least=answer.measure.size(design.least)))]


def _apart(answer: Answer) -> str:
    """Say that errors of two kinds are counted apart, where their prices differ; else nothing."""
    if answer.question.prices.kind not in (TWO_CLASSES, MATRIX):
        return ""
    return _("Kinds of errors are counted apart, as they cost differently.")


def _without(effect: int, stop: int) -> str:
    """Say what is done in the place of a test that nobody can wait for."""
    said = _(
        "In its place: start with [one line or branch], hold its errors against item {effect}, and stop by item {item}."
    )
    return said.format(effect=effect, item=stop)
