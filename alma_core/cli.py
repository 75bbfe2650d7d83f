"""The command line: the same functions that the pages use."""

import argparse
import dataclasses
import importlib
import io
import json
import os
import runpy
import socket
import sys
from collections.abc import Sequence

import alma_core
from alma_core import asked, language, library, specs
from alma_core.commands import data, findings, policies, run
from alma_core.commands.parsing import Parser, list_of
from alma_core.decide import measure, prices
from alma_core.decide.advise import Question, answer
from alma_core.errors import AlmaError, QuestionError
from alma_core.home import home
from alma_core.language import _, mark
from alma_core.report import text
from alma_core.simulate.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 after a sentence on what was wrong."""
    language.use(language.of_the_terminal())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the sign shows a question mark
    try:
        options = _parser().parse_args(arguments)
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except AlmaError as error:
        return _sorry(str(error))
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        sentence = _(
            "{path} cannot be read or written ({problem}); check the name, its permissions and the room there."
        )
        return _sorry(sentence.format(path=error.filename or "(output)", problem=error.strerror or error))
    except KeyboardInterrupt:
        print("\nalma:", _("Stopped before the end; the same command goes on from there."), file=sys.stderr)
        return 130


def _sorry(sentence: str) -> int:
    """Print what was wrong on one line and return the exit status of a mistake."""
    print("alma:", " ".join(sentence.split()), file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="alma", description="Decide when to update a machine-learning model.")
    parser.add_argument("--version", action="version", version=f"alma {alma_core.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    run.add_options(commands.add_parser("run", help="simulate policies on a stream and write a run folder"))
    data.add_options(commands.add_parser("data", help="keep your own files as a data set, check, list or remove"))
    policies.add_options(commands.add_parser("policies", help="list the policies by name, or explain one"))
    commands.add_parser("runs", help="list the finished runs").set_defaults(run=_runs)
    _decide_options(commands.add_parser("decide", help="which policy to adopt, from a run and prices"))
    findings.add_options(commands.add_parser("findings", help="what runs say to the claims that are made"))
    store = commands.add_parser("store", help="how much the store of finished updates holds")
    store.add_argument("--prune", action="store_true", help="remove all weights that no running simulation needs")
    store.set_defaults(run=_store)
    serve = commands.add_parser("serve", help="open the dashboard")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8501)
    serve.set_defaults(run=_serve)
    return parser


def _decide_options(parser: argparse.ArgumentParser) -> None:
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
    for name, what in prices.WORDS.items():
        default = getattr(prices.Prices(), name)
        shown = "as many as arrive next" if default is None else f"{default:g}"
        if name == "price_per_error":
            shown += "); where numbers are predicted, of one unit too high or too low (by the scale of the target"
        add(f"--{name.replace('_', '-')}", type=float, metavar="X", help=f"{what.lower()} ({shown})")
    add("--currency", help="ISO code of your prices (JPY)")
    add("--policies", choices=("everyday", "all"), default="everyday", help="all: research methods too (everyday)")
    add("--capacities", type=list_of(str), help="model sizes compared (all)")
    add("--first-updates", choices=("w", "1", "both"), help="policies that start after a wait, at once, or both (w)")
    add("--mega-batch-size", type=int, default=1, metavar="M", help="arrivals that come as one mega-batch (1)")
    add("--json", action="store_true", help="print the whole answer as one JSON object")
    parser.set_defaults(run=_decide)


def _runs(_options: argparse.Namespace) -> int:
    print(text.runs_table(library.runs()))
    for sentence in library.unreadable():
        print(f"alma: {sentence}", file=sys.stderr)
    return 0


def _store(options: argparse.Namespace) -> int:
    folder = home() / "store"
    with Store(folder) as store:
        size = store.prune() if options.prune else store.size()
    print(text.store(size, folder))
    return 0


def _decide(options: argparse.Namespace) -> int:
    found = library.find(options.name)
    for capacity in options.capacities or ():
        asked.one_of(specs.CAPACITIES, capacity, mark("the capacity"))
    measured = measure.of_run(found)
    stated = {name: getattr(options, name) for name in prices.WORDS if getattr(options, name) is not None}
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
        prices=_stated_prices(prices.examples(measured), options.currency, stated),
    )
    result = answer(found.ledger, question, measured)
    if options.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False))
    else:
        print(text.decision(result, found.unit))
    return 0


def _stated_prices(example: prices.Prices, currency: str | None, stated: dict[str, float]) -> prices.Prices:
    """Return the example prices with those stated; the user's own once the two that matter most are stated."""
    own = {"price_per_error", "price_per_update"} <= stated.keys()
    if currency is not None and not own:
        raise QuestionError(
            _(
                "{currency} was given as the currency, but the example prices are in JPY; state at least "
                "--price-per-error and --price-per-update in {currency} too."
            ).format(currency=currency)
        )
    return dataclasses.replace(example, currency=currency or example.currency, confirmed=own, **stated)


def _serve(options: argparse.Namespace) -> int:
    app = library.dashboard() / "app.py"
    if not options.host or not 1 <= options.port <= 65_535:
        raise QuestionError(
            _(
                "{host}:{port} was given to listen on, an address and a port from 1 to 65535 were expected; change it."
            ).format(host=options.host, port=options.port)
        )
    socket.getaddrinfo(options.host, options.port)  # an unknown host fails here, with its reason
    importlib.import_module("alma_core.report.offline")  # with what it needs: else the first visitor waits for it
    print(f"http://{options.host}:{options.port}", flush=True)
    # A folder called pages makes Streamlit take the first visitor's deep link for a page that does not exist, until
    # app.py has run once; the pages are those that app.py names.
    importlib.import_module("streamlit.runtime.pages_manager").PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", str(app)]
    sys.argv += ["--server.address", options.host, "--server.port", str(options.port)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0
