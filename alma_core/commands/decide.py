"""`alma decide`: which policy to adopt, what it is worth, how sure that is, and when it flips."""

import argparse
import json
import time

from alma_core import language
from alma_core.commands import question
from alma_core.decide.hindsight import hindsight
from alma_core.language import _
from alma_core.report import text, whole


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say which options the command has."""
    question.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the whole answer as one JSON object")
    parser.set_defaults(run=_decide)


def _decide(options: argparse.Namespace) -> int:
    started = time.perf_counter()
    found = question.answered(options)
    answer, unit = found.answer, found.run.unit
    plan = None if answer.foreseen is not None else hindsight(found.known, answer.question)
    if options.json:
        print(json.dumps(whole.as_json(answer, unit, plan), ensure_ascii=False, allow_nan=False))
    else:
        print(text.decision(answer, unit, plan))
        print("\n" + _("Computed in {time}.").format(time=language.duration((time.perf_counter() - started) / 3600)))
    return 0
