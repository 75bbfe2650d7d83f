"""The command line: the same functions that the pages use."""

import argparse
import importlib
import io
import json
import os
import runpy
import shlex
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import alma_core
from alma_core import language, library, specs
from alma_core.decide import prices
from alma_core.decide.advise import Question, answer
from alma_core.errors import AlmaError, QuestionError, SpecError
from alma_core.language import _, mark
from alma_core.report import text

DEFAULT_WAITS = (1, 5, 20)


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
        print("\nalma:", _("Stopped before the end; the same command makes the run again."), file=sys.stderr)
        return 130


def _sorry(sentence: str) -> int:
    """Print what was wrong on one line and return the exit status of a mistake."""
    print("alma:", " ".join(sentence.split()), file=sys.stderr)
    return 2


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line, and which never guesses an option from its beginning."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise SpecError(
            _("{message}; see `{program} --help` for what is expected.").format(message=message, program=self.prog)
        )


def _list_of(kind: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    def read(given: str) -> tuple[Any, ...]:
        return tuple(kind(part) for part in given.split(","))

    read.__name__ = f"list of {kind.__name__}"
    return read


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="alma", description="Decide when to update a machine-learning model.")
    parser.add_argument("--version", action="version", version=f"alma {alma_core.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _run_options(commands.add_parser("run", help="simulate policies on a stream and write a run folder"))
    commands.add_parser("runs", help="list the finished runs").set_defaults(run=_runs)
    _decide_options(commands.add_parser("decide", help="which policy to adopt, from a run and prices"))
    serve = commands.add_parser("serve", help="open the dashboard")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8501)
    serve.set_defaults(run=_serve)
    return parser


def _run_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--data", default="digits", help="digits, a name under ALMA_DATA, a path.npz, or openml:NAME (digits)")
    add("--mega-batches", type=int, default=20, help="arrivals B (20)")
    add("--arrival-unit", default="lot", help="day, week, month, quarter or lot (lot)")
    add(
        "--in-order",
        action="store_true",
        help="the examples stand in the order of time: no seed permutes them",
    )
    _grid_options(parser)
    add(
        "--also",
        action="append",
        metavar="OPTIONS",
        help="a second grid of policies, its options in one string",
    )
    add("--seeds", type=int, default=3, help="number of seeds (3)")
    add("--recipe", default="quick", help="quick or paper (quick)")
    add("--epochs", type=int, help="passes over an update's examples, instead of the recipe's")
    add("--out", type=Path, help="folder to write (default: the library of your own runs)")
    parser.set_defaults(run=_run)


def _grid_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--waits", type=_list_of(int), help="waiting times (those of 1,5,20 that do not exceed B)")
    add("--capacities", type=_list_of(str), default=("M",), help="S, M, L, XL (M)")
    add("--starts", type=_list_of(str), default=("warm",), help="warm, scratch (warm)")
    add("--replay", type=_list_of(float), default=(0.0,), help="0: new data only, 1: all data so far (0)")
    add("--first-updates", type=_list_of(str), default=("w",), help="w: after the first wait, 1: at once (w)")


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
        help="error in service before the first update, 0..1 (no model)",
    )
    add(
        "--baseline",
        metavar="POLICY",
        help="fingerprint of today's policy (every arrival, continue, new data)",
    )
    for name, what in prices.WORDS.items():
        default = getattr(prices.Prices(), name)
        shown = "as many as arrive next" if default is None else f"{default:g}"
        add(f"--{name.replace('_', '-')}", type=float, metavar="X", help=f"{what.lower()} ({shown})")
    add("--currency", help="ISO code of your prices (JPY)")
    add("--capacities", type=_list_of(str), help="model sizes compared (all)")
    add("--first-updates", choices=("w", "1", "both"), help="policies that start after a wait, at once, or both (w)")
    add("--mega-batch-size", type=int, default=1, metavar="M", help="arrivals that come as one mega-batch (1)")
    add("--json", action="store_true", help="print the whole answer as one JSON object")
    parser.set_defaults(run=_decide)


def _run(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from alma_core.simulate.executor import simulate
    from alma_core.streams.sources import load
    from alma_core.streams.stream import cut

    spec = _spec(options)
    source = load(spec.stream.source)
    cut(source, spec.stream, seed=0)  # says what is wrong with the cut before anything is written
    folder: Path = options.out or library.home() / "runs" / library.run_id(spec)
    with (
        library.writing(folder, spec, _command(options)) as writer,
        tqdm(unit=" updates", leave=False, disable=None) as bar,
    ):
        for progress in simulate(spec, source):
            bar.total = progress.updates
            bar.update(progress.updates_done - bar.n)
            writer.progress(
                updates_done=progress.updates_done,
                updates=progress.updates,
                flops_done=progress.flops_done,
                flops=progress.flops,
                seconds=progress.seconds,
            )
        if progress.tables is not None:
            writer.finish(*progress.tables, {"name": source.name, "sha256": source.digest}, "cpu")
    print(
        _("{updates} updates in {seconds:.1f} s; {folder} is ready for `alma decide`.").format(
            updates=progress.updates, seconds=progress.seconds, folder=folder
        )
    )
    return 0


def _spec(options: argparse.Namespace) -> specs.RunSpec:
    stream = specs.StreamSpec(options.data, options.mega_batches, options.arrival_unit, options.in_order)
    policies = _grid(options, stream)
    for more in options.also or ():
        parser = _Parser(prog="alma run --also")
        _grid_options(parser)
        policies += _grid(parser.parse_args(_words(more)), stream)
    recipe = specs.recipe(options.recipe, options.epochs)
    return specs.RunSpec(stream, tuple(dict.fromkeys(policies)), recipe, options.seeds)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise SpecError(
            _("--also {text} does not read as options ({problem}); close the quotation marks.").format(
                text=text, problem=error
            )
        ) from error


def _grid(options: argparse.Namespace, stream: specs.StreamSpec) -> tuple[specs.PolicySpec, ...]:
    waits = options.waits or [wait for wait in DEFAULT_WAITS if wait <= stream.mega_batches]
    return specs.grid(waits, options.capacities, options.starts, options.replay, options.first_updates)


def _command(options: argparse.Namespace) -> str:
    """Return the command that makes this run again, apart from where it is written."""
    words = ["alma", "run"]
    for name, value in vars(options).items():
        if name in ("run", "command", "out") or value is None or value is False:
            continue
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif isinstance(value, list):
            words += [word for one in value for word in (flag, one)]
        else:
            words += [flag, ",".join(map(_plain, value)) if isinstance(value, tuple) else str(value)]
    return shlex.join(words)


def _plain(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _runs(_options: argparse.Namespace) -> int:
    print(text.runs_table(library.runs()))
    for sentence in library.unreadable():
        print(f"alma: {sentence}", file=sys.stderr)
    return 0


def _decide(options: argparse.Namespace) -> int:
    run = library.find(options.name)
    for capacity in options.capacities or ():
        specs.one_of(specs.CAPACITIES, capacity, mark("the capacity"))
    stated = {name: getattr(options, name) for name in prices.WORDS if getattr(options, name) is not None}
    question = Question(
        horizon=options.horizon,
        factor=options.mega_batch_size,
        capacities=options.capacities,
        first_updates=options.first_updates,
        baseline=options.baseline,
        incumbent_error=options.incumbent_error,
        short=options.short,
        long=options.long,
        prices=_stated_prices(options.currency, stated),
    )
    result = answer(run.ledger, question)
    if options.json:
        print(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False))
    else:
        print(text.decision(result, run.unit))
    return 0


def _stated_prices(currency: str | None, stated: dict[str, float]) -> prices.Prices:
    """Return the price list; it counts as the user's own once the two prices that matter most are stated."""
    own = {"price_per_error", "price_per_update"} <= stated.keys()
    if currency is not None and not own:
        raise QuestionError(
            _(
                "{currency} was given as the currency, but the example prices are in JPY; state at least "
                "--price-per-error and --price-per-update in {currency} too."
            ).format(currency=currency)
        )
    return prices.Prices(currency=currency or prices.Prices().currency, confirmed=own, **stated)


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
