"""`alma run`: simulate policies on a stream and write a run folder; `--dry-run` says beforehand what that will take."""

import argparse
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alma_core import about, asked, library, specs
from alma_core.about import About
from alma_core.commands import carry
from alma_core.commands.parsing import Parser, as_command, list_of
from alma_core.errors import SpecError
from alma_core.language import _, mark
from alma_core.methods import ESTIMATORS, NETWORKS
from alma_core.policies import catalogue
from alma_core.report import text
from alma_core.sizes import shape_of
from alma_core.streams.source import Cut, Source
from alma_core.streams.sources import load
from alma_core.streams.stream import cut

DEFAULT_WAITS: Final = (1, 5, 20)

FIXED_BY_NAME: Final = ("starts", "replay", "window")
"""Options that say what a named policy says already."""

WHERE: Final = ("run", "command", "out", "dry_run", "device", "jobs", "threads", "scheduler", "stack_memory")
"""Options that say how and where a run is made, not what it is."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma run` its options."""
    add = parser.add_argument
    add("--data", default="digits", help="digits, a name under ALMA_DATA, a path.npz, or openml:NAME (digits)")
    add("--mega-batches", type=int, help="arrivals B (as the data set says, else 20)")
    add("--arrival-unit", help="day, week, month, quarter, year or lot (as the data set says, else lot)")
    add("--in-order", action="store_true", help="the examples stand in the order of time: no seed permutes them")
    add("--judged", help="test: on a fixed test set, next: on the mega-batch that arrives next (as the data set says)")
    add("--arrived", type=int, metavar="N", help="only the first N of the B mega-batches have arrived (all)")
    add("--label-noise", type=float, default=0.0, metavar="X", help="share of labels made wrong on purpose, 0..1 (0)")
    add("--missing", type=float, default=0.0, metavar="X", help="share of a table's cells blanked on purpose (0)")
    add("--labelled", type=float, default=1.0, metavar="X", help="share of the examples that get a label (1)")
    _grid_options(parser)
    add("--also", action="append", metavar="OPTIONS", help="a second grid of policies, its options in one string")
    add("--seeds", type=int, default=3, help="number of seeds (3)")
    add("--recipe", default="quick", help="quick, paper, and quick-vgg or paper-vgg for the VGG (quick)")
    add("--epochs", type=int, help="passes over an update's examples, instead of the recipe's")
    add("--out", type=Path, help="folder to write (default: the library of your own runs)")
    add("--dry-run", action="store_true", help="train nothing; say how many updates there are and how long they take")
    add("--device", default="auto", help="auto, cpu or cuda (auto)")
    add("--jobs", type=int, metavar="N", help="processes on this machine (one for each core where that pays)")
    add("--threads", type=int, default=1, metavar="N", help="threads of each process; above 1 last digits may move (1)")
    cluster = os.environ.get("ALMA_SCHEDULER") or None
    add("--scheduler", default=cluster, metavar="ADDRESS", help="a Dask scheduler, tcp://host:8786 (ALMA_SCHEDULER)")
    add("--stack-memory", type=float, metavar="GB", help="memory of updates that train together (a quarter)")
    parser.set_defaults(run=run)


def _grid_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--policies", type=list_of(str), metavar="NAMES", help="quick, paper, all, or names that `alma policies` lists")
    add("--waits", type=list_of(int), help="waiting times (those of 1,5,20 that do not exceed B)")
    add("--architecture", default="mlp", help="mlp, or vgg for images (mlp)")
    add("--capacities", type=list_of(str), default=("M",), help="S, M, L, XL (M)")
    add("--starts", type=list_of(str), help="warm, scratch, shrink_perturb (warm)")
    add("--replay", type=list_of(float), help="0: new data only, 1: all data so far (0)")
    add("--window", type=int, metavar="K", help="updates see the last K mega-batches only (0: no window)")
    add("--first-updates", type=list_of(str), default=("w",), help="w: after the first wait, 1: at once (w)")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    request = requested(options)
    if options.dry_run:
        print(text.dry_run(carry.foreseen(request.spec, request.source, request.asked)))
    else:
        folder: Path = options.out or library.place_of(request.spec, request.asked.data)
        print(carry.out(request.spec, request.source, folder, request.asked))
    for line in _remarks(options, request.spec, request.source):
        print(line)
    return 0


@dataclass(frozen=True, eq=False)
class Request:
    """A run as it is asked for, checked as far as can be before anything is trained.

    Args:
        spec: what is asked.
        source: of which data.
        asked: by whom, and how it is to be carried out.
    """

    spec: specs.RunSpec
    source: Source
    asked: About


def requested(options: argparse.Namespace, source: Source | None = None) -> Request:
    """Return what the options ask for.

    Args:
        source: the data, where it is at hand without cells blanked on purpose.

    Raises:
        AlmaError: it makes no sense, or the data cannot be read or cut so.
    """
    missing = asked.share(options.missing, mark("the share of blank cells"))
    if source is None or missing:
        source = load(options.data, missing)
    spec = spec_of(options, source)
    # What is wrong with the cut, or for the networks, is said before anything is written.
    cut(source, spec.stream, seed=0)
    for policy in spec.policies:
        catalogue.check_fits(policy, source.task)
        shape_of(policy.learner, source.x.shape[1], source.outputs, source.image)
    how = {name: getattr(options, name) for name in ("device", "jobs", "threads", "stack_memory", "scheduler")}
    command = as_command(options, WHERE)
    return Request(spec, source, About(requested=about.now(), command=command, data=source.digest, **how))


def request_of(words: Sequence[str], source: Source | None = None) -> Request:
    """Return what `alma run` with these words asks for.

    Args:
        source: as in `requested`.

    Raises:
        AlmaError: as `requested`.
    """
    parser = Parser(prog="alma run")
    add_options(parser)
    return requested(parser.parse_args(words), source)


def _remarks(options: argparse.Namespace, spec: specs.RunSpec, source: Source) -> list[str]:
    """Say which policies of a preset were left out, and which waits leave arrivals over at the end."""
    named = [grid.policies for grid in _grids(options) if grid.policies is not None]
    left_out = {one.name for words in named for one in catalogue.chosen(words, source.task)[1]}
    waits = {policy.waiting_time for policy in spec.policies if policy.schedule != "once"}
    remarks = [never_trained_on(waits, spec.stream.rows)]
    if left_out:
        remarks.append(_("Left out, as they need classes: {names}.").format(names=_(", ").join(sorted(left_out))))
    return [remark for remark in remarks if remark]


def spec_of(options: argparse.Namespace, source: Source) -> specs.RunSpec:
    """Return the spec that the options describe; what they leave open, the data set says.

    Raises:
        SpecError: they describe none.
    """
    own = source.cut or Cut(20, in_order=False, judged="test")
    stream = specs.StreamSpec(
        options.data,
        own.mega_batches if options.mega_batches is None else options.mega_batches,
        own.arrival_unit if options.arrival_unit is None else options.arrival_unit,
        options.in_order or own.in_order,
        options.arrived,
        own.judged if options.judged is None else options.judged,
        options.label_noise,
        options.missing,
        options.labelled,
    )
    policies = [policy for grid in _grids(options) for policy in _policies(grid, stream, source.task)]
    recipe = specs.recipe(options.recipe, options.epochs)
    return specs.RunSpec(stream, tuple(dict.fromkeys(policies)), recipe, options.seeds)


def _grids(options: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the options of the policies themselves, and those of each --also."""
    parser = Parser(prog="alma run --also")
    _grid_options(parser)
    return [options, *(parser.parse_args(_words(more)) for more in options.also or ())]


def _words(given: str) -> list[str]:
    try:
        return shlex.split(given)
    except ValueError as error:
        raise SpecError(
            _("--also {text} does not read as options ({problem}); close the quotation marks.").format(
                text=given, problem=error
            )
        ) from error


def _policies(grid: argparse.Namespace, stream: specs.StreamSpec, task: str) -> tuple[specs.PolicySpec, ...]:
    """Return the policies that one set of options describes: by name, or by what they start from and see."""
    waits = grid.waits or [wait for wait in DEFAULT_WAITS if wait <= stream.rows]
    if grid.policies is None:
        return specs.grid(
            waits,
            grid.capacities,
            grid.starts or ("warm",),
            grid.replay or (0.0,),
            grid.first_updates,
            grid.architecture,
            grid.window or 0,
        )
    for name in FIXED_BY_NAME:
        if getattr(grid, name) is not None:
            raise SpecError(
                _("--{option} was given together with --policies, whose names fix it; leave one of them out.").format(
                    option=name
                )
            )
    if grid.architecture in ESTIMATORS:
        raise SpecError(
            _(
                "--architecture {given} was given together with --policies, one of {choices} was expected; leave it "
                "out, and name {given} among the policies."
            ).format(given=grid.architecture, choices=", ".join(NETWORKS))
        )
    named, _left_out = catalogue.chosen(grid.policies, task)
    return catalogue.expand(named, waits, grid.capacities, grid.first_updates, grid.architecture)


def never_trained_on(waits: set[int], rows: int) -> str:
    """Say how many of the last arrivals come after the last update, for each wait; empty where none do.

    Args:
        waits: waiting times, in arrivals.
        rows: arrivals at which a policy may update.
    """
    parts = [
        _("with a wait of {wait} the last {count} of {rows} arrivals").format(wait=wait, count=rows % wait, rows=rows)
        for wait in sorted(waits)
        if rows % wait
    ]
    return _("Never trained on: {parts}.").format(parts=_("; ").join(parts)) if parts else ""
