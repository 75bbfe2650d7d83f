"""`alma adopt`, `alma actual`: which policy was adopted, what came of it, and whether it keeps its promise."""

import argparse
import datetime
from pathlib import Path

from alma_core import actual_table, adoption, library, rights
from alma_core.about import LOCAL
from alma_core.adoption import Actual, Adoption
from alma_core.commands.question import sheet_for
from alma_core.decide import measure as measures
from alma_core.decide import record
from alma_core.decide.advise import answer
from alma_core.decide.measure import Measure
from alma_core.decide.question import Question
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.report import kept_promise, text


def add_adopt_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma adopt` its options."""
    add = parser.add_argument
    add("name", metavar="RUN", help="id of a run (see `alma runs`) or its folder")
    add("--policy", metavar="POLICY", help="fingerprint of the policy (what `alma decide` says to follow)")
    add("--approver", default="", metavar="X", help="who approved it")
    add("--date", type=_day, metavar="D", help="the day from which it holds, as 2026-12-01 (today)")
    add("--note", default="", metavar="N", help="what else is to be kept")
    add("--prices", type=Path, metavar="SHEET", help="price sheet, as in `alma decide`")
    add("--begins", choices=(adoption.ANEW, adoption.ONWARD), help="its schedule: with the adoption, or after the data "
        "(onward where the data stands in the order of time, else anew)")  # fmt: skip
    alone = parser.add_mutually_exclusive_group().add_argument
    alone("--list", action="store_true", help="write nothing, print what was adopted and entered")
    alone(
        "--undo", action="store_true", help="take back the last entry, or the adoption where nothing was entered since"
    )
    parser.set_defaults(run=_adopt)


def add_actual_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma actual` its options."""
    add = parser.add_argument
    add("name", metavar="RUN", help="id of a run on which a policy was adopted, or its folder")
    when, what = (parser.add_mutually_exclusive_group().add_argument for _group in range(2))
    when("--period", type=int, metavar="T", help="which one since the adoption, from 1 (the next)")
    when("--date", type=_day, metavar="D", help="a day of the period, in its place")
    what("--error", type=float, metavar="Q", help="a share 0..1, or in the unit of a number predicted")
    add("--cases", type=int, metavar="N", help="labelled cases it was measured on")
    add("--note", default="", metavar="N", help="what else is to be kept")
    what("--file", type=Path, metavar="FILE", help="a table in their place: columns period (or date), error, cases")
    add("--errors", choices=(actual_table.PERCENT, actual_table.SHARE), help="what errors of the table are (as found)")
    parser.set_defaults(run=_actual)


def _day(given: str) -> datetime.date:
    return datetime.date.fromisoformat(given)


_day.__name__ = "day"


def _adopt(options: argparse.Namespace) -> int:
    run = library.find(options.name)
    known = record.of_run(run)
    if options.undo:
        rights.take_back(LOCAL, run.path, rights.decided(LOCAL, run.path))
    elif not options.list:
        sheet = sheet_for(run, known, options.prices)
        said = answer(known, Question(prices=sheet.prices, limits=sheet.limits))
        policy = said.adopted if options.policy is None else said.panel.number(options.policy)
        now = datetime.datetime.now(datetime.UTC)
        day = options.date or datetime.date.today()
        new = adoption.adopted(
            said, sheet, run.unit, policy, day, now, options.approver, options.note, options.begins
        )  # fmt: skip
        rights.adopt(LOCAL, run.path, new)
    _tell(run, known.measure, with_history=options.list)
    return 0


def _actual(options: argparse.Namespace) -> int:
    run = library.find(options.name)
    newest = adoption.in_force(rights.decided(LOCAL, run.path))
    if newest is None:
        raise QuestionError(
            _("No policy was adopted on the run {run}; adopt one with `alma adopt {run}` first.").format(run=run.id)
        )
    rights.enter(LOCAL, run.path, newest, _given(options, newest))
    _tell(run, measures.of_run(run), with_history=False)
    return 0


def _given(options: argparse.Namespace, newest: Adoption) -> list[Actual]:
    """Return the actuals that the options state."""
    if options.file is not None:
        found = actual_table.read(options.file.read_bytes(), options.file.name, newest, options.errors)
        print("".join(f"- {note}\n" for note in found.notes), end="")
        return found.actuals
    if options.error is None or options.cases is None:
        raise adoption.incomplete()
    period = adoption.next_period(newest) if options.period is None else options.period
    if options.date is not None:
        period = newest.period_on(options.date)
    return [Actual(period, options.error, options.cases, " ".join(options.note.split()))]


def _tell(run: library.Run, measure: Measure, with_history: bool) -> None:
    """Print what is in force and how it does, and all that was written down where that is asked for."""
    adoptions = rights.decided(LOCAL, run.path)
    newest = adoption.in_force(adoptions)
    if newest is None:
        print(_("No policy is adopted on the run {run}.").format(run=run.id))
        return
    said = [kept_promise.headline(newest, measure), kept_promise.in_force(run, newest)]
    said += [kept_promise.to_do(run, newest), kept_promise.covers(newest, measure)]
    print("\n".join(filter(None, said)))
    if with_history:
        print("\n" + text.listed(kept_promise.history(run, adoptions, measure)))
