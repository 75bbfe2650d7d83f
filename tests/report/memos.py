"""Papers of which policies are written down: of shipped runs, and of runs whose ledger is made by hand."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from alma_core import about, library, specs
from alma_core.decide import advise, record, sheets
from alma_core.decide.prices import Prices
from alma_core.decide.question import Question
from alma_core.decide.sheets import Sheet
from alma_core.report.paper import Paper
from tests.decide import hand
from tests.test_hard_runs import block, kept

MADE = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
CHEAP = Prices(price_per_error=10, days_per_update=1, day_rate=0, price_per_device_hour=0)
DEAR_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=5000, price_per_device_hour=0)
DEAREST_UPDATES = Prices(price_per_error=10, days_per_update=1, day_rate=20_000, price_per_device_hour=0)
UNSURE = Prices(price_per_error=10, days_per_update=1, day_rate=1_300, price_per_device_hour=0)
LONG = (
    "製造第二課における外観検査装置の不良判定モデルの更新時期に関する検討結果(二〇二六年度"
    "上期、量産ライン三号機、再集計後の確定版)その二、品質保証部の承認前の案文"
)
"""A name of 80 Japanese signs."""


@cache
def shipped(name: str) -> Paper:
    """Return the paper of a shipped run at its first price sheet."""
    run = library.find(name)
    known = record.of_run(run)
    sheet = sheets.offered(run.path, known.measure)[0]
    question = Question(prices=sheet.prices, limits=sheet.limits, with_research=False)
    return Paper(run, advise.answer(known, question), sheet, MADE)


def by_hand(prices: Prices, sheet: str = "sheet", called: str = "", seeds: int = 2, **asked: Any) -> Paper:
    """Return the paper of `hand.example` as a run of its own, with policies that a run can hold.

    Args:
        prices: of the sheet.
        sheet: its name.
        called: name of the run; empty: none.
        seeds: 1 or 2.
        asked: the rest of the question.
    """
    every, two = specs.PolicySpec(), specs.PolicySpec(2, 2)
    errors = [[0.4, 0.3, 0.3, 0.2], [0.4, 0.3, 0.2, 0.2]][:seeds]
    blocks = [
        hand.incumbent([[0.9] * 4] * seeds),
        block(every, errors, "every"),
        block(two, [[0.9, 0.2, 0.2, 0.1]] * seeds, "two"),
    ]
    run = kept(blocks, [every, two], 4, seeds)
    if called:
        about.rename(run.path, called)
    found = advise.answer(record.of_run(run), Question(prices=prices, **asked))
    return Paper(run, found, Sheet(name=sheet, about="", prices=prices), MADE)
