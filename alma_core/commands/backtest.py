"""`alma backtest RUN...`: what following the advice would have cost, beside simple rules."""

import argparse
import dataclasses
import json
import math
from typing import Any

from alma_core import library
from alma_core.commands.parsing import list_of
from alma_core.decide import backtest, record, sheets
from alma_core.decide.question import Question
from alma_core.report import text


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say which options the command has."""
    add = parser.add_argument
    add("names", nargs="+", metavar="RUN", help="ids of runs (see `alma runs`) or their folders")
    add("--seen", type=list_of(float), default=backtest.SHARES, help="shares of a run that are seen (0.2,0.4,0.6)")
    add("--policies", choices=("everyday", "all"), default="everyday", help="all: research methods too (everyday)")
    add("--json", action="store_true", help="print all figures as one JSON object")
    parser.set_defaults(run=_backtest)


def _backtest(options: argparse.Namespace) -> int:
    found = []
    for name in options.names:
        run = library.find(name)
        known = record.of_run(run)
        for sheet in sheets.offered(run.path, known.measure):
            question = Question(prices=sheet.prices, limits=sheet.limits, with_research=options.policies == "all")
            found += backtest.tried(run.id, sheet.name, known, question, options.seen)
    if options.json:
        data = {"tried": [_as_json(one) for one in found], "verdicts": backtest.shares_of_verdicts(found)}
        print(json.dumps(data, ensure_ascii=False, allow_nan=False))
    else:
        print(text.backtest(found))
    return 0


def _as_json(one: backtest.Tried) -> dict[str, Any]:
    """Return one advice as plain data; a regret that is none is None."""
    data = dataclasses.asdict(one)
    data["rules"] = {name: _or_none(regret) for name, regret in one.rules.items()}
    return data | {"regret": _or_none(one.regret), "today": _or_none(one.today)}


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number
