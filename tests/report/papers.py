"""Papers to be made into files: of shipped runs, and of runs written by hand that leave little, or very much."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime

import pandas as pd

from alma_core import about, ledger, library, specs, writing
from alma_core.decide import advise, record, sheets
from alma_core.decide.question import Question
from alma_core.decide.sheets import Sheet
from alma_core.home import home
from alma_core.report.paper import Paper
from alma_core.simulate import costs
from tests.decide import hand

MADE = datetime(2026, 11, 29, 23, 6, 40, tzinfo=UTC)
EIGHTY = (
    "関東第二工場組立ライン検査工程における外観不良の自動判定と再検査および出荷判定までを"
    "含む全社横断の品質管理高度化計画に関する検討資料その一その二その三その四その五"
)[:80]
assert len(EIGHTY) == 80
SHIPPED = ("mnist", "monthly-demand", "machine-failure", "elec2")


def paper_of(name: str, **asked: object) -> Paper:
    """Return the paper of a run by its name, at its first price sheet; `asked` as of `Question`."""
    run = library.find(name)
    known = record.of_run(run)
    return paper(run, sheets.offered(run.path, known.measure)[0], **asked)


def paper(run: library.Run, sheet: Sheet, **asked: object) -> Paper:
    """Return the paper of a run at a price sheet."""
    question = Question(**{"prices": sheet.prices, "limits": sheet.limits} | asked)  # type: ignore[arg-type]
    return Paper(run, advise.answer(record.of_run(run), question), sheet, MADE)


def kept(
    blocks: Iterable[pd.DataFrame],
    policies: Iterable[specs.PolicySpec],
    arrivals: int,
    seeds: int,
    number_unit: str = "",
    shift: pd.DataFrame | None = None,
) -> library.Run:
    """Write a run whose ledger is given, of predicted numbers where their unit is, and open it."""
    spec = specs.RunSpec(specs.StreamSpec("parts", arrivals, "month"), tuple(policies), specs.recipe("quick"), seeds)
    table = hand.table(*blocks)
    tables = {"ledger": hand.numbers(table) if number_unit else table}
    tables["confusion"] = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    if shift is not None:
        tables["shift"] = ledger.shaped(shift, ledger.SHIFT)
    path = home() / "runs" / f"hand-{len(library.own()) + 1}"
    data = {"name": "parts", "sha256": "0" * 64, "target": "", "unit": number_unit}
    with writing.writing(path, spec, "alma run") as writer:
        writer.finish(tables, data=data, device="cpu")
    return library.open_run(path)


def block(policy: specs.PolicySpec, errors: list[list[float]]) -> pd.DataFrame:
    """Return the rows of one policy, updated after each of its waits."""
    updates = list(range(policy.waiting_time, len(errors[0]) + 1, policy.waiting_time))
    return hand.rows(specs.fingerprint(policy), errors, updates, **costs.described(policy))


def waits(*waiting: int) -> list[specs.PolicySpec]:
    """Return a policy for each waiting time."""
    return [specs.PolicySpec(wait, wait) for wait in waiting]


def falling(policies: list[specs.PolicySpec], arrivals: int, seeds: int) -> list[pd.DataFrame]:
    """Return rows whose errors fall: those of later policies less, by different amounts over seeds."""
    blocks = [hand.incumbent([[0.9] * arrivals] * seeds)]
    for place, policy in enumerate(policies):
        curve = [0.6 / (1 + 0.2 * t) / (1 + 0.03 * place) for t in range(arrivals)]
        blocks.append(block(policy, [[error * (1 + 0.01 * seed) for error in curve] for seed in range(seeds)]))
    return blocks


def sixty() -> Paper:
    """Sixty policies of four sizes."""
    sizes = [specs.LearnerSpec("mlp", size) for size in ("S", "M", "L", "XL")]
    policies = [
        specs.PolicySpec(wait, wait, start, 1.0, learner)
        for learner in sizes for start in ("warm", "scratch", "shrink_perturb") for wait in range(1, 6)
    ]  # fmt: skip
    assert len(policies) == 60
    run = kept(falling(policies, 20, 3), policies, 20, 3)
    return paper(run, Sheet("example prices"))


def one_seed() -> Paper:
    """One seed: nothing has an interval."""
    policies = waits(1, 2, 3)
    return paper(kept(falling(policies, 6, 1), policies, 6, 1), Sheet("example prices"))


def one_policy() -> Paper:
    """One policy that learns, one arrival, one seed."""
    policies = waits(1)
    return paper(kept([hand.incumbent([[0.9]]), block(policies[0], [[0.3]])], policies, 1, 1), Sheet("example prices"))


def no_errors() -> Paper:
    """Nothing costs anything but updates."""
    policies = waits(1, 2)
    blocks = [hand.incumbent([[0.0] * 4] * 2), *(block(one, [[0.0] * 4] * 2) for one in policies)]
    return paper(kept(blocks, policies, 4, 2), Sheet("example prices"))


def long_names() -> Paper:
    """Names of 80 Japanese signs wherever somebody may give one: run, unit, price sheet, column that shifted."""
    policies = waits(1, 2, 3)
    rows = [(4, test, 0.4, p) for test, p in (("psi", None), ("ks", 1e-9))]
    shift = pd.DataFrame(
        [
            {"t": t, "column": EIGHTY, "test": test, "statistic": size, "p": p, "p_adjusted": p}
            for t, test, size, p in rows
        ]
    )
    run = kept(falling(policies, 8, 3), policies, 8, 3, number_unit=EIGHTY, shift=shift)
    about.rename(run.path, EIGHTY)
    sheet = Sheet(EIGHTY)
    dear = dataclasses.replace(sheet.prices, price_per_error=20_000.0)
    return paper(run, dataclasses.replace(sheet, prices=dear))


def hostile() -> Paper:
    """Names that would be a formula, markup, or no XML at all."""
    policies = waits(1, 2)
    run = kept(falling(policies, 6, 2), policies, 6, 2, number_unit="=1+1<b>&\x0b\x00😀")
    return paper(run, Sheet('=HYPERLINK("http://x")<i>&amp;\x07\x1b'))


BY_HAND = (sixty, one_seed, one_policy, no_errors, long_names, hostile)
