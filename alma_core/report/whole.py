"""The whole answer as plain data: what `alma decide --json` prints; the README names its keys."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from alma_core import language
from alma_core.decide import flips, value
from alma_core.decide.advise import Answer
from alma_core.decide.chances import chance
from alma_core.decide.compare import Estimate
from alma_core.decide.foreseen import Foreseen
from alma_core.decide.hindsight import Hindsight
from alma_core.decide.ranged import ranged
from alma_core.decide.stages import stages
from alma_core.report import reasons, statements


def as_json(answer: Answer, unit: str, plan: Hindsight | None = None) -> dict[str, Any]:
    """Return the answer as plain data, means over seeds; errors as in the ledger, then in the target's unit.

    Args:
        answer: what a run says.
        unit: the arrival unit.
        plan: the best schedule in hindsight, where the run has one.
    """
    best = answer.recommended
    saving = answer.saving(best)
    return {
        "verdict": answer.verdict,
        "recommended": row(answer, best),
        "adopted": fingerprint(answer, answer.adopted),
        "baseline": row(answer, answer.baseline),
        "saving": estimate(saving),
        "saving_simulated": float(answer.savings.means[best]),
        "probability_best": _probability(answer),
        "to_settle": answer.to_settle,
        "intervals_cover": "seeds and arrivals" if answer.by_arrivals else "seeds",
        "saving_per_year": estimate(value.per_year(answer, saving)),
        "value": _value(answer, best),
        "runner_up": None if answer.runner_up is None else row(answer, answer.runner_up),
        "lead": estimate(answer.lead),
        "ranking": [row(answer, int(number)) for number in answer.order],
        "set_aside": _aside(answer),
        "flips": [_flip(answer, flip) for flip in flips.flips(answer)],
        "winner_by_incumbent_error": _by_incumbent_error(answer),
        "tornado": [{"name": name, "halved": low, "doubled": high} for name, low, high in flips.tornado(answer)],
        "ranges": _ranges(answer),
        "weak_point": _weak_point(answer),
        "early_and_late": _early_and_late(answer),
        "shifts": [one._asdict() for one in answer.shifts],
        "limits": answer.question.limits.given,
        "excluded": _excluded(answer),
        "oracle": None if plan is None else _oracle(plan),
        "regret": None if plan is None else _regret(answer, plan),
        "reasons": _in_both(lambda: reasons.reasons(answer, unit)),
        "not_included": _in_both(lambda: statements.not_included(answer)),
        **_errors(answer, {"incumbent_error": answer.question.incumbent_error}),
        "measure": dataclasses.asdict(answer.measure),
        "prices": dataclasses.asdict(answer.question.prices),
        "example_prices": not answer.question.prices.confirmed,
        "horizon": answer.panel.horizon,
        "foreseen": None if answer.foreseen is None else _foreseen(answer, answer.foreseen),
        "short_term_rows": answer.question.short,
        "long_term_rows": answer.question.long,
        "seeds": answer.panel.seeds,
    }


def row(answer: Answer, number: int) -> dict[str, Any]:
    """Return one policy: what it is, its errors, its cost by cause, its updates."""
    policy = answer.panel.policies.iloc[number]
    errors = {name: float(values[number].mean()) for name, values in answer.kpis.items() if name != "cost"}
    priced = answer.costs
    is_by_seconds = policy["compute_basis"] == "seconds"
    causes = {name: float(priced.of(name)[number].sum(-1).mean()) for name in priced.quantities}
    return {
        "policy": policy["policy"],
        "label": policy["label"],
        **_errors(answer, errors),
        "cost": float(priced.total[number].mean()),
        "cost_by_cause": {name: amount for name, amount in causes.items() if amount},
        "saving": estimate(answer.simulated(number)),
        "compute_basis": policy["compute_basis"],
        "train_flops": _of_rows_that_count(answer, number, "train_flops"),
        "train_seconds": _of_rows_that_count(answer, number, "seconds") if is_by_seconds else None,
        "updates": _of_rows_that_count(answer, number, "updated"),
        "keeps_to_limits": not answer.excesses[number],
    }


def fingerprint(answer: Answer, number: int | None) -> str | None:
    """Return the fingerprint of a policy; None of none."""
    return None if number is None else str(answer.panel.policies["policy"].iloc[number])


def estimate(found: Estimate | None) -> dict[str, float | None] | None:
    """Return an estimate as plain data; ends that one seed does not give are None."""
    if found is None:
        return None
    return {name: None if math.isnan(number) else number for name, number in found._asdict().items()}


def _value(answer: Answer, number: int) -> dict[str, Any]:
    rows = value.pay_back_rows(answer, number)
    return {
        "first_year_outlay": value.first_year_outlay(answer, number),
        "pay_back_rows": rows,
        "pay_back_months": None if rows is None else value.months(answer, rows),
        "worst_moment": value.worst_moment(answer, number)._asdict(),
        "parts": [part._asdict() for part in value.parts(answer, number)],
    }


def _aside(answer: Answer) -> list[dict[str, Any]]:
    """Return the policies left out for their method, the cheapest first, as in the ranking."""
    aside = answer.set_aside
    return [] if aside is None else [row(aside, int(n)) for n in aside.order if n != aside.baseline]


def _flip(answer: Answer, flip: flips.Flip) -> dict[str, Any]:
    policies = {name: fingerprint(answer, getattr(flip, name)) for name in ("below_policy", "above_policy")}
    return flip._asdict() | policies


def _by_incumbent_error(answer: Answer) -> list[dict[str, Any]]:
    return [
        {**_errors(answer, {"from": error}), "policy": fingerprint(answer, number)}
        for error, number in flips.over_incumbent_error(answer)
    ]


def _probability(answer: Answer) -> dict[str, Any] | None:
    """Return how probable it is that the recommended policy is the cheapest; in tenths with fewer than ten seeds."""
    found = chance(float(answer.probability_best[answer.recommended]), answer.panel.seeds)
    return None if found is None else found._asdict() | {"among": int(answer.allowed.sum())}


def _early_and_late(answer: Answer) -> dict[str, Any]:
    found = answer.disagreement
    return {
        "early": fingerprint(answer, found.early),
        "late": fingerprint(answer, found.late),
        "is_real": found.is_real,
        "rank_correlation": None if math.isnan(found.correlation) else found.correlation,
    }


def _ranges(answer: Answer) -> dict[str, Any] | None:
    found = ranged(answer)
    return None if found is None else {"saving": estimate(found.saving), "cheapest": found.cheapest}


def _weak_point(answer: Answer) -> dict[str, Any] | None:
    weak = value.weak_point(answer)
    if weak is None:
        return None
    return {"rows": weak.rows, "first": weak.first, **_errors(answer, {"more": weak.more})}


def _foreseen(answer: Answer, found: Foreseen) -> dict[str, Any]:
    """Return which rows are known, how many of them cost nothing any more, and who could not be foretold, and why."""
    return {"known": found.known, "sunk": answer.panel.sunk, "refused": dict(found.refused)}


def _excluded(answer: Answer) -> list[dict[str, Any]]:
    return [
        {"policy": fingerprint(answer, number), "exceeds": [excess._asdict() for excess in excesses]}
        for number, excesses in enumerate(answer.excesses)
        if excesses
    ]


def _oracle(plan: Hindsight) -> dict[str, Any]:
    """Return the best schedule in hindsight, step by step."""
    return {
        "total": float(plan.totals.mean()),
        "stages": [
            stage._asdict() | {"capacity": plan.capacities[stage.capacity], "outlay": stage.outlay, "net": stage.net}
            for stage in stages(plan.stakes, plan.plan)
        ],
    }


def _regret(answer: Answer, plan: Hindsight) -> dict[str, float | None] | None:
    return estimate(plan.regret(answer.costs.total[answer.recommended]))


def _in_both(say: Any) -> dict[str, Any]:
    """Return what is said in either language."""
    found = {}
    for code in language.LANGUAGES:
        with language.speaking(code):
            found[code] = say()
    return found


def _of_rows_that_count(answer: Answer, number: int, column: str) -> float:
    """Return the sum of a column over the rows whose cost counts, the mean over seeds."""
    return float(answer.panel[column][number][:, answer.panel.sunk :].sum(-1).mean())


def _errors(answer: Answer, shown: Mapping[str, float | None]) -> dict[str, Any]:
    """Return errors as the ledger has them, and for a number once more, by name with `_in_unit`, as shown."""
    scale = answer.measure.scale
    as_stored = {name: None if error is None else error / scale for name, error in shown.items()}
    in_unit = {} if answer.measure.is_share else {f"{name}_in_unit": error for name, error in shown.items()}
    return {**as_stored, **in_unit}
