"""Three reasons for the answer, in words and made from its numbers: its errors, its updates, what lies next to it."""

import numpy as np

from alma_core.decide.advise import DO_NOT_UPDATE, KEEP, Answer
from alma_core.decide.matching import ALIKE, rungs
from alma_core.language import _, n_
from alma_core.report import terms


def reasons(answer: Answer, unit: str) -> list[str]:
    """Return three reasons, in the language in use.

    Where the recommended policy is today's, it is held against the runner-up.
    """
    other = answer.baseline
    if answer.recommended == answer.baseline:
        other = answer.baseline if answer.runner_up is None else answer.runner_up
    return [_errors(answer, other, unit), _updates(answer, other), _beside(answer, unit)]


def _errors(answer: Answer, other: int, unit: str) -> str:
    """Say what errors cost, against the other policy."""
    error = answer.panel["error"][..., answer.panel.sunk :].mean(-1).mean(1)  # [P] of the rows that count
    cost = answer.costs.errors.sum(-1).mean(1)
    less = float(cost[other] - cost[answer.recommended])
    of_shares = (
        _("Errors cost {amount} less than with “{other}”: {error} on average against {before}."),
        _("Errors cost {amount} more than with “{other}”: {error} on average against {before}."),
    )
    of_numbers = (
        _("Prediction errors cost {amount} less than with “{other}”: {error} on average against {before}."),
        _("Prediction errors cost {amount} more than with “{other}”: {error} on average against {before}."),
    )
    said = (of_shares if answer.measure.is_share else of_numbers)[less < 0]
    return said.format(
        amount=terms.amount(answer, abs(less)),
        other=terms.name(answer, other, unit),
        error=answer.measure.text(float(error[answer.recommended])),
        before=answer.measure.text(float(error[other])),
    )


def _updates(answer: Answer, other: int) -> str:
    """Say what updates and all else that is spent come to, against the other policy."""
    counts = answer.panel["updated"][..., answer.panel.sunk :].sum(-1).mean(1)
    spend = answer.costs.spend.sum(-1).mean(1)
    less = float(spend[other] - spend[answer.recommended])
    if abs(less) < 1:
        return _("People, computing and labels cost the same: {updates} either way.").format(
            updates=_counted(float(counts[answer.recommended]))
        )
    said = (
        _("People, computing and labels cost {amount} less: {updates} instead of {before}.")
        if less >= 0
        else _("People, computing and labels cost {amount} more: {updates} instead of {before}.")
    )
    return said.format(
        amount=terms.amount(answer, abs(less)),
        updates=_counted(float(counts[answer.recommended])),
        before=terms.count(float(counts[other])),
    )


def _counted(updates: float) -> str:
    if updates != round(updates):
        return _("{count} updates on average").format(count=terms.count(updates))
    return n_("{count} update", "{count} updates", round(updates))


def _beside(answer: Answer, unit: str) -> str:
    """Say what the nearest alternatives would cost more: another wait, or another size."""
    best, cost = answer.recommended, answer.costs.total.mean(1)
    near = [n for column in ("waiting_time", "capacity") for n in _neighbours(answer, column)]
    near = sorted(dict.fromkeys(near), key=lambda n: float(cost[n]))[:2]
    if not near:
        order = [int(n) for n in answer.order if n != best][:2]
        near = order
    if not near:
        return _("It is the only policy compared.")
    parts = [
        _("“{policy}” {amount} more").format(
            policy=terms.name(answer, n, unit), amount=terms.amount(answer, float(cost[n] - cost[best]))
        )
        for n in near
    ]
    said = _("What lies next to it costs more: {parts}.")
    if answer.verdict in (KEEP, DO_NOT_UPDATE):
        said = _("What lies nearest costs more: {parts}.")
    return said.format(parts=_("; ").join(parts))


def _neighbours(answer: Answer, column: str) -> list[int]:
    """Return the policies next to the recommended one in one column, alike in all others."""
    described, policies, best = answer.panel.described, answer.panel.policies, answer.recommended
    apart = (column, "first_update") if column == "waiting_time" else (column,)
    same = [name for name in ALIKE if name not in apart]
    allowed = np.flatnonzero(answer.allowed).tolist()
    alike = [n for n in allowed if all(described[n][name] == described[best][name] for name in same)]
    rank = policies[column].to_numpy(float) if column == "waiting_time" else rungs(policies)
    below = [n for n in alike if rank[n] < rank[best]]
    above = [n for n in alike if rank[n] > rank[best]]
    return [*sorted(below, key=lambda n: -rank[n])[:1], *sorted(above, key=lambda n: float(rank[n]))[:1]]
