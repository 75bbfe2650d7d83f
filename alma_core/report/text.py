"""What the terminal shows."""

import numpy as np
import pandas as pd

from alma_core import language
from alma_core.decide.advise import Answer
from alma_core.language import _
from alma_core.library import Run
from alma_core.report import statements


def runs_table(runs: list[Run]) -> str:
    """Return the runs, a line each."""
    rows = [
        {
            _("run"): run.id,
            _("data"): run.manifest["data"]["name"],
            _("mega-batches"): run.spec.stream.mega_batches,
            _("policies"): len(run.spec.policies),
            _("seeds"): run.spec.seeds,
            _("recipe"): run.spec.recipe.name,
            _("finished"): run.manifest["finished"][:10],
        }
        for run in runs
    ]
    return _table(pd.DataFrame(rows)) if rows else _("No runs yet; `alma run` makes one.")


def decision(answer: Answer, unit: str) -> str:
    """Return the whole answer in words, then the ranking."""
    lines = [
        statements.headline(answer, unit),
        statements.worth(answer, unit),
        statements.certainty(answer),
        statements.runner_up(answer, unit),
        *statements.flips(answer, unit),
        statements.weak_point(answer, unit),
        statements.not_included(answer),
    ]
    return "\n".join([*filter(None, lines), "", _table(ranking(answer, unit))])


def ranking(answer: Answer, unit: str) -> pd.DataFrame:
    """Return the ranking as text, the cheapest first."""
    hours = answer.question.prices.device_hours(1.0) * answer.panel["train_flops"].sum(2).mean(1)  # [P]
    mean = {name: values.mean(1) for name, values in answer.kpis.items()}
    rows = [
        {
            _("policy"): statements.name(answer, number, unit),
            _("short-term"): language.percent(mean["short_term_error"][number]),
            _("long-term"): language.percent(mean["long_term_error"][number]),
            _("mean"): language.percent(mean["mean_error"][number]),
            _("updates"): language.number(float(np.mean(answer.panel["updated"][number].sum(-1)))),
            _("device hours"): f"{hours[number]:.2g}",
            _("cost"): statements.amount(answer, float(mean["cost"][number])),
        }
        for number in map(int, answer.order)
    ]
    return pd.DataFrame(rows)


def _table(frame: pd.DataFrame) -> str:
    with pd.option_context("display.unicode.east_asian_width", True, "display.width", None):  # noqa: FBT003
        return frame.to_string(index=False, justify="left")
