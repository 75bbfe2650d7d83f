"""What a command asks of a run: the options that all such commands share, and the answer."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any, Final, NamedTuple

from alma_core import asked, library, specs
from alma_core.commands.parsing import list_of
from alma_core.decide import price_words, prices, record, sheets
from alma_core.decide.advise import Answer, answer
from alma_core.decide.pilot import pilot
from alma_core.decide.question import Question
from alma_core.decide.sheets import Sheet
from alma_core.errors import QuestionError
from alma_core.home import home
from alma_core.language import _, mark

STATED: Final = (
    "price_per_error", "price_per_label", "price_per_device_hour", "volume", "peak_flops", "utilisation"
)  # fmt: skip
"""The prices that may be stated one by one; all others stand in a sheet."""


class Answered(NamedTuple):
    """What a run says to the options of a command.

    Args:
        run: the one that is named.
        known: what it left.
        sheet: where the prices come from.
        answer: what it says.
    """

    run: library.Run
    known: record.Record
    sheet: Sheet
    answer: Answer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say which options a command has that asks something of a run."""
    add = parser.add_argument
    add("name", metavar="RUN", help="id of a run (see `alma runs`) or its folder")
    add("--horizon", type=int, help="arrivals that count (all)")
    add("--short", type=int, help="rows of the short-term error (20 %% of the horizon)")
    add("--long", type=int, help="rows of the long-term error (20 %% of the horizon)")
    add(
        "--incumbent-error",
        type=float,
        metavar="Q",
        help="error in service before the first update: a share 0..1, or in the unit of a number predicted (no model)",
    )
    add(
        "--baseline",
        metavar="POLICY",
        help="fingerprint of today's policy (every arrival, continue, new data)",
    )
    add(
        "--prices",
        type=Path,
        metavar="SHEET",
        help="price sheet: a .toml file, or the name of one that lies with the run or was kept (the run's first)",
    )
    add("--price-per-update", type=float, metavar="X", help="people of one update (20000)")
    for name in STATED:
        what, default = price_words.WORDS[name], getattr(prices.Prices(), name)
        shown = "as many as arrive next" if default is None else f"{default:g}"
        if name == "price_per_error":
            shown += "); where numbers are predicted, of one unit too high or too low (by the scale of the target"
        add(f"--{name.replace('_', '-')}", type=float, metavar="X", help=f"{what.lower()} ({shown})")
    add("--seen", type=int, metavar="T", help="advise from the first T arrivals; the rest is foretold (all)")
    add("--forecast", action="store_true", help="allow a horizon beyond the data; what lies there is an estimate")
    add("--currency", help="ISO code of your prices (JPY)")
    add("--policies", choices=("everyday", "all"), default="everyday", help="all: research methods too (everyday)")
    add("--capacities", type=list_of(str), help="model sizes compared (all)")
    add("--first-updates", choices=("w", "1", "both"), help="policies that start after a wait, at once, or both (w)")
    add("--mega-batch-size", type=int, default=1, metavar="M", help="arrivals that come as one mega-batch (1)")


def answered(options: argparse.Namespace) -> Answered:
    """Return what a run says to the options.

    Raises:
        AlmaError: there is no such run, or it cannot answer the question as put.
    """
    found = library.find(options.name)
    for capacity in options.capacities or ():
        asked.one_of(specs.CAPACITIES, capacity, mark("the capacity"))
    known = record.of_run(found)
    sheet = sheet_for(found, known, options.prices)
    question = Question(
        horizon=options.horizon,
        factor=options.mega_batch_size,
        capacities=options.capacities,
        first_updates=options.first_updates,
        with_research=options.policies == "all",
        baseline=options.baseline,
        incumbent_error=options.incumbent_error,
        short=options.short,
        long=options.long,
        prices=_stated(sheet.prices, options),
        limits=sheet.limits,
    )
    return Answered(found, known, sheet, _answered(known, question, options.seen, options.forecast))


def _answered(known: record.Record, question: Question, seen: int | None, may_forecast: bool) -> Answer:
    """Return the answer.

    Raises:
        QuestionError: the horizon lies beyond the data, and no forecast is allowed.
    """
    rows = int(known.ledger["t"].nunique())
    beyond = question.horizon is not None and question.horizon > rows
    if beyond and seen is None and not may_forecast:
        raise QuestionError(
            _(
                "A horizon of {given} was given, but this run judges policies at {known} arrivals; give one up to "
                "{known}, or allow an estimate of what comes with --forecast."
            ).format(given=question.horizon, known=rows)
        )
    if beyond or seen is not None:
        return pilot(known, question, seen)
    return answer(known, question)


def sheet_for(run: library.Run, known: record.Record, given: Path | None) -> Sheet:
    """Return the price sheet that is given, by its path or its name, else the first with the run, else example prices.

    Raises:
        QuestionError: the sheet that is given does not read, or there is none.
    """
    if given is None:
        return sheets.offered(run.path, known.measure)[0]
    named = {path.stem: path for path in (*sheets.kept(home()), *sheets.beside(run.path))}
    return sheets.load(given if given.exists() else named.get(str(given), given))


def _stated(sheet: prices.Prices, options: argparse.Namespace) -> prices.Prices:
    """Return the prices of a sheet with those stated; the user's own once the two that matter most are stated."""
    stated: dict[str, Any] = {name: value for name in STATED if (value := getattr(options, name)) is not None}
    own = "price_per_error" in stated and options.price_per_update is not None
    if options.currency not in (None, sheet.currency) and not own:
        raise QuestionError(
            _(
                "{currency} was given as the currency, but the example prices are in JPY; state at least "
                "--price-per-error and --price-per-update in {currency} too."
            ).format(currency=options.currency)
        )
    if "price_per_error" in stated:
        stated |= dict.fromkeys(prices.OTHER_WAYS)
    replaced = (*stated, *(("days_per_update", "day_rate") if options.price_per_update is not None else ()))
    stated["ranges"] = tuple(one for one in sheet.ranges if one[0] not in replaced)  # what is stated is exact
    result = dataclasses.replace(
        sheet, currency=options.currency or sheet.currency, confirmed=own or sheet.confirmed, **stated
    )
    return result if options.price_per_update is None else prices.per_update(result, options.price_per_update)
