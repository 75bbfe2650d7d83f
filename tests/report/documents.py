"""Papers to make documents of: a shipped run, and one of 60 policies whose names hold what they like."""

from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd

from alma_core import ledger, library, specs, writing
from alma_core.decide import advise, record, sheets
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.sheets import Sheet
from alma_core.home import home
from alma_core.report.paper import Paper
from alma_core.simulate import costs
from tests.decide import hand

MADE = datetime(2026, 11, 30, 4, 30, tzinfo=UTC)
LONG = (
    "第三工場の検査工程で集めた外観画像と測定値からなる不良判定用の月次データ" + "一二三四五六七八九十" * 4 + "終わり迄"
)
"""80 signs."""
ODD = "=1+1<b>&amp;\"'</script>\x01\U0001f600" + LONG
"""What a name may hold."""


def paper(name: str = "mnist", **asked: object) -> Paper:
    """Return the paper of a shipped run at its own prices."""
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    question = Question(prices=sheet.prices, limits=sheet.limits)
    return Paper(run, advise.answer(known, replace(question, **asked)), sheet, MADE)


def odd() -> Paper:
    """Return the paper of a run of 60 policies that predicts a number, with odd names of data, target, unit, prices."""
    policies = [
        specs.PolicySpec(wait, wait, start, replay, specs.LearnerSpec("mlp", size))
        for size in ("S", "M", "L", "XL")
        for start, replay in (("warm", 0.0), ("warm", 1.0), ("scratch", 1.0))
        for wait in (1, 2, 3, 4, 6)
    ]
    spec = specs.RunSpec(specs.StreamSpec("parts", 12, "month"), tuple(policies), specs.recipe("quick"), 3)
    blocks = [_block(one, place) for place, one in enumerate(policies, 1)]
    rows = hand.numbers(hand.table(hand.incumbent([[0.95] * 12] * 3), *blocks))
    confusion = ledger.shaped(pd.DataFrame(columns=list(ledger.CONFUSION)), ledger.CONFUSION)
    data = {"name": ODD, "sha256": "0" * 64, "target": ODD, "unit": ODD}
    with writing.writing(home() / "runs" / "odd", spec, "alma run") as writer:
        writer.finish({"ledger": rows, "confusion": confusion}, data=data, device="cpu")
    run = library.open_run(home() / "runs" / "odd")
    sheet = Sheet(ODD, prices=Prices(price_per_error=20.0))
    return Paper(run, advise.answer(record.of_run(run), Question(prices=sheet.prices)), sheet, MADE)


def _block(policy: specs.PolicySpec, place: int) -> pd.DataFrame:
    updates = list(range(policy.waiting_time, 13, policy.waiting_time))
    errors = [[0.9 / (t + 0.05 * place) + 0.01 * seed for t in range(1, 13)] for seed in range(3)]
    return hand.rows(specs.fingerprint(policy), errors, updates, **costs.described(policy))
