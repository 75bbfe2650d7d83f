"""The command line: the same functions that the pages use."""

import argparse
import gc
import importlib
import io
import os
import runpy
import socket
import sys
from collections.abc import Sequence

import alma_core
from alma_core import language, library, listing
from alma_core.commands import adopt, backtest, data, decide, findings, jobs, parcels, policies, report, run
from alma_core.commands.parsing import Parser
from alma_core.errors import AlmaError, QuestionError
from alma_core.home import home
from alma_core.jobs import FINISHED
from alma_core.language import _
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
    commands.add_parser("runs", help="list the runs, finished or not").set_defaults(run=_runs)
    jobs.add_status(commands.add_parser("status", help="how far a run is, and what it said last"))
    jobs.add_cancel(commands.add_parser("cancel", help="end a run that is queued or running; what is done stays"))
    jobs.add_resume(commands.add_parser("resume", help="go on with a run that ended before it was done"))
    decide.add_options(commands.add_parser("decide", help="which policy to adopt, from a run and prices"))
    adopt.add_adopt_options(commands.add_parser("adopt", help="write down which policy was adopted"))
    adopt.add_actual_options(commands.add_parser("actual", help="how a period turned out, against what was promised"))
    report.add_options(commands.add_parser("report", help="slides, workbook, written policy, charts: for the meeting"))
    backtest.add_options(commands.add_parser("backtest", help="what following the advice would have cost"))
    findings.add_options(commands.add_parser("findings", help="what runs say to the claims that are made"))
    parcels.add_export_options(commands.add_parser("export", help="write a run to one zip file, to carry it elsewhere"))
    parcels.add_import_options(commands.add_parser("import", help="take in a run that was written to a zip file"))
    store = commands.add_parser("store", help="how much the store of finished updates holds")
    store.add_argument("--prune", action="store_true", help="remove all weights that no running simulation needs")
    store.set_defaults(run=_store)
    serve = commands.add_parser("serve", help="open the dashboard")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serve.add_argument("--port", type=int, default=8501)
    serve.set_defaults(run=_serve)
    return parser


def _runs(_options: argparse.Namespace) -> int:
    print(text.runs_table(library.runs(), [one for one in listing.own() if one.state.name != FINISHED]))
    for sentence in library.unreadable():
        print(f"alma: {sentence}", file=sys.stderr)
    return 0


def _store(options: argparse.Namespace) -> int:
    folder = home() / "store"
    with Store(folder) as store:
        size = store.prune() if options.prune else store.size()
    print(text.store(size, folder))
    return 0


def _serve(options: argparse.Namespace) -> int:
    app = library.dashboard() / "app.py"
    if not options.host or not 1 <= options.port <= 65_535:
        raise QuestionError(
            _(
                "{host}:{port} was given to listen on, an address and a port from 1 to 65535 were expected; change it."
            ).format(host=options.host, port=options.port)
        )
    socket.getaddrinfo(options.host, options.port)  # an unknown host fails here, with its reason
    importlib.import_module("alma_core.report.making")  # with what it needs: else the first visitor waits for it
    print(f"http://{options.host}:{options.port}", flush=True)
    # A folder called pages makes Streamlit take the first visitor's deep link for a page that does not exist, until
    # app.py has run once; the pages are those that app.py names.
    importlib.import_module("streamlit.runtime.pages_manager").PagesManager.uses_pages_directory = False
    importlib.import_module("streamlit.web.bootstrap")
    gc.collect()
    gc.freeze()  # Streamlit collects garbage after every rerun: all that is loaded by now is none
    sys.argv = ["streamlit", "run", str(app)]
    sys.argv += ["--server.address", options.host, "--server.port", str(options.port)]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)
    return 0
