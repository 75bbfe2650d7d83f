"""The claims tested on a run, in words."""

from collections.abc import Sequence

from alma_core import language
from alma_core.decide import findings
from alma_core.decide.advise import Answer
from alma_core.decide.findings import Finding
from alma_core.language import _


def claims_of(answer: Answer, found: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return, for each claim that the run can test, its verdict and the claim with its estimate, in words."""
    said = []
    for finding in found:
        mean, low, high = (answer.measure.change(value, 2) for value in finding.difference[:3])
        estimate = _("Difference {mean} (90 % interval {low} to {high}, repeats: {seeds}).").format(
            mean=mean, low=low, high=high, seeds=finding.difference.n
        )
        claim = answer.measure.worded(_(finding.claim.of_shares), _(finding.claim.of_numbers))
        said.append((_(finding.verdict), language.joined(claim.format(**finding.names), estimate)))
    return said


def untested(found: Sequence[Finding]) -> str:
    """Name the claims that the run cannot test; empty where it tests all."""
    topics = [_(claim.topic) for claim in findings.untested(found)]
    if not topics:
        return ""
    return _("Not tested here, as no two policies of this run differ in it alone: {topics}.").format(
        topics=_(", ").join(topics)
    )
