"""What the terminal shows."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final

import pandas as pd

from alma_core import language
from alma_core.decide import advise, rules, tables
from alma_core.decide.advise import NOT_ENOUGH, Answer
from alma_core.decide.backtest import Tried, shares_of_verdicts
from alma_core.decide.compare import estimates
from alma_core.decide.hindsight import Hindsight
from alma_core.language import _, mark
from alma_core.library import Run
from alma_core.listing import Listed
from alma_core.report import costing, progress, reasons, statements, terms
from alma_core.simulate.outlook import Outlook
from alma_core.simulate.store import Size


def runs_table(runs: Sequence[Run], others: Sequence[Listed]) -> str:
    """Return the finished runs and then those that are not, a line each."""
    about = [(run.id, run.manifest["data"]["name"], run.spec, run.manifest["finished"][:10]) for run in runs]
    about += [(one.id, one.spec.stream.source, one.spec, progress.state_in_words(one.state)) for one in others]
    rows = [
        {
            _("run"): name,
            _("data"): data,
            _("mega-batches"): spec.stream.mega_batches,
            _("policies"): len(spec.policies),
            _("seeds"): spec.seeds,
            _("recipe"): spec.recipe.name,
            _("finished on, or state"): state,
        }
        for name, data, spec, state in about
    ]
    return _table(pd.DataFrame(rows)) if rows else _("No runs yet; `alma run` makes one.")


def status(one: Listed, said: Sequence[str]) -> str:
    """Return how far a run is, a line for each fact, and below them the last lines of what it said."""
    facts = [(what, value) for what, value in progress.facts(one) if value]
    return "\n".join([_table(pd.DataFrame(facts, columns=[one.id, " "])), *(f"| {line}" for line in said)])


def dry_run(seen: Outlook) -> str:
    """Return what a run will take, a line for each figure."""
    rows = [
        (_("updates asked for"), language.number(seen.asked_for)),
        (_("distinct updates"), language.number(seen.updates)),
        (_("of these in the store already"), language.number(seen.in_store)),
        (_("stacks to train"), language.number(seen.stacks)),
        (_("training FLOPs to do"), f"{seen.flops:.2e}"),
        (_("expected time here (an estimate)"), language.duration(seen.seconds / 3600)),
        (_("device"), seen.device),
        (_("processes"), language.number(seen.jobs)),
    ]
    return _table(pd.DataFrame(rows, columns=["", " "]))


def store(size: Size, folder: Path) -> str:
    """Return how much the store holds, a line for each kind."""
    rows = [
        (_("results"), language.number(size.outcomes + size.judgements), _megabytes(size.result_bytes)),
        (_("weights"), language.number(size.states), _megabytes(size.state_bytes)),
    ]
    return _table(pd.DataFrame(rows, columns=[str(folder), _("number"), "MB"]))


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f}"


def decision(answer: Answer, unit: str, plan: Hindsight | None = None) -> str:
    """Return the whole answer: in words, its reasons, the ranking, what money goes to, what would turn it."""
    lines = [statements.headline(answer, unit), *statements.all_but_headline(answer, unit)]
    parts = [
        "\n".join(lines),
        _titled(_("Reasons"), "\n".join(f"- {reason}" for reason in reasons.reasons(answer, unit))),
        _titled(_("Ranking"), _table(ranking(answer, unit))),
        _titled(_("What it costs"), "\n".join(costing.money_in_words(answer, unit))),
        _table(costing.by_cause(answer, answer.podium, unit)),
        _titled(_("When the answer flips"), _table(costing.break_evens(answer, unit), left=4)),
        _titled(_("Which assumption matters most"), _table(costing.tornado(answer))),
        _titled(_("The next money"), "\n".join(costing.next_in_words(answer, costing.a_million(answer), unit))),
    ]
    if plan is not None:
        steps = costing.staged(answer, plan, unit)
        parts += [_titled(_("Staged plan"), costing.plan_in_words(answer, plan, unit))]
        parts += [_table(steps, left=2)] if len(steps) else []
    return "\n\n".join([*parts, statements.coverage(answer, unit)])


def backtest(found: Sequence[Tried]) -> str:
    """Return what following the advice would have cost, a line for each advice, with the means beneath."""
    shown = list(dict.fromkeys(name for one in found for name in one.rules))
    rows = [
        {
            _("run"): one.run,
            _("price sheet"): one.sheet,
            _("seen"): str(one.seen),
            _("verdict"): _(VERDICTS[one.verdict]),
            _("advice"): language.percent(one.regret),
            _("today's policy"): language.percent(one.today),
            **{_(RULES[name]): language.percent(one.rules[name]) if name in one.rules else "–" for name in shown},
        }
        for one in found
    ]
    compared = [one for one in found if one.rules]
    means = {
        _("advice"): _mean(one.regret for one in found),
        _("today's policy"): _mean(one.today for one in found),
        **{_(RULES[name]): _mean(one.rules[name] for one in compared) for name in shown},
    }
    rows.append(dict.fromkeys(rows[0], "") | {_("run"): _("mean")} | means)
    share = shares_of_verdicts(found)[NOT_ENOUGH]
    notes = [
        _("Regret: what the rest of the run costs beyond the policy that was best in hindsight; below 0 it beats all."),
        _("Not enough evidence, which keeps today's policy: {share} of {count} times.").format(
            share=language.percent(share, 0), count=len(found)
        ),
        *dict.fromkeys(one.refused for one in found if one.refused),
    ]
    return "\n".join([_table(pd.DataFrame(rows), left=4), "", *notes])


def _mean(shares: Iterable[float]) -> str:
    """Write the mean of those shares that are numbers."""
    known = [share for share in shares if not math.isnan(share)]
    return language.percent(fmean(known) if known else math.nan)


VERDICTS: Final = {
    advise.RECOMMEND: mark("recommend"),
    advise.ON_CONDITION: mark("on condition"),
    advise.KEEP: mark("keep today's"),
    advise.DO_NOT_UPDATE: mark("do not update"),
    advise.NOT_ENOUGH: mark("not enough evidence"),
    advise.NONE_ALLOWED: mark("none keeps to the limits"),
    "": mark("no advice"),
}
RULES: Final = {
    rules.ALWAYS: mark("always"),
    rules.NEVER: mark("never again"),
    rules.EVERY_K: mark("every k"),
    rules.THRESHOLD: mark("threshold"),
}


def _titled(title: str, body: str) -> str:
    return f"{title}\n{'-' * terms.columns(title)}\n{body}"


def ranking(answer: Answer, unit: str, most: int | None = None) -> pd.DataFrame:
    """Return the ranking as text, the cheapest first; of more than `most` policies, as many."""
    measure = answer.measure
    rows = {str(name): column.tolist() for name, column in tables.ranking(answer)[:most].items()}
    ends = zip(rows["saving_low"], rows["saving_high"], strict=True)
    return pd.DataFrame(
        {
            _("policy"): [terms.name(answer, number, unit) for number in rows["number"]],
            _("saving"): [terms.amount(answer, saving) for saving in rows["saving"]],
            _("90 % interval"): [terms.interval(answer, low, high) for low, high in ends],
            measure.heading(_("short-term")): _errors(answer, "short_term_error", most),
            measure.heading(_("long-term")): _errors(answer, "long_term_error", most),
            _("cost"): [terms.amount(answer, cost) for cost in rows["cost"]],
            _("updates"): [terms.count(updates) for updates in rows["updates"]],
            measure.heading(_("mean")): [measure.figure(error) for error in rows["mean_error"]],
            _("device time"): [language.duration(hours) for hours in rows["device_hours"]],
        }
    )


def _errors(answer: Answer, name: str, most: int | None) -> list[str]:
    """Write policies' figures, the cheapest first, each with half the width of its 90 % interval over repeats."""
    figure, found = answer.measure.figure, estimates(answer.kpis[name])
    halves = found.highs - found.means
    return [
        figure(found.means[n])
        if math.isnan(halves[n])
        else f"{figure(found.means[n])} ±{language.NO_BREAK}{figure(halves[n])}"
        for n in answer.order[:most].tolist()
    ]


def policies(rows: pd.DataFrame) -> str:
    """Return named policies, a line each, under a heading for each group.

    Args:
        rows: `group`, `name`, `meaning` and `cost`, in words, groups together.
    """
    columns = {"name": _("name"), "meaning": _("meaning"), "cost": _("training cost")}
    header, *lines = _table(rows[list(columns)].rename(columns=columns), left=2).split("\n")
    shown = [header]
    for group, places in rows.reset_index(drop=True).groupby("group", sort=False).groups.items():
        shown += ["", str(group), *(lines[place] for place in places)]
    return "\n".join(shown)


def listed(rows: pd.DataFrame) -> str:
    """Return rows of text as a table without figures, all to the left."""
    return _table(rows, left=rows.shape[1])


def grouped(rows: pd.DataFrame, left: int) -> str:
    """Return rows as a table with a line for each heading above the rows it belongs to.

    Args:
        rows: text; the first column holds the headings, equal ones together.
        left: columns after it that stand to the left; the others are figures.
    """
    header, *lines = _table(rows.iloc[:, 1:], left).split("\n")
    shown = [header]
    for heading, line in zip(rows.iloc[:, 0], lines, strict=True):
        shown += [line] if heading in shown else ["", str(heading), line]
    return "\n".join(shown)


def _table(frame: pd.DataFrame, left: int = 1) -> str:
    """Lay text out in columns, the first `left` of them to the left, figures to the right.

    A Japanese sign is two columns wide.
    """
    lines = [list(frame.columns), *frame.astype(str).to_numpy().tolist()]
    widths = [max(map(terms.columns, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - terms.columns(cell)) if i < left else " " * (width - terms.columns(cell)) + cell
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
