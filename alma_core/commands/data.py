"""`alma data`: keep files as a data set or add to one, check them without keeping any, list, remove, write a sample."""

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from alma_core.commands.parsing import Parser
from alma_core.errors import SpecError
from alma_core.language import _
from alma_core.report import data as shown
from alma_core.streams import adding, datasets, deliveries, factory, schema, suggestions
from alma_core.streams.adding import Contents
from alma_core.streams.buckets import BUCKETS
from alma_core.streams.columns import check_columns
from alma_core.streams.cutting import Cutting, cutting_of
from alma_core.streams.deliveries import Delivery
from alma_core.streams.readings import Reading
from alma_core.streams.schema import COMBINE, Schema
from alma_core.streams.values import KINDS

SINGLE_ROLES: Final = ("target", "time", "label_date", "key", "quantity")
LISTED_ROLES: Final = ("label", "feature", "personal", "ignore")
READING: Final = ("encoding", "delimiter", "quote", "decimal", "header", "sheet")
SETTLED: Final = (
    *SINGLE_ROLES,
    *(role for role in LISTED_ROLES if role != "feature"),
    *("kind", "renamed", "task", "combine", "latest", "hash_personal"),
    *("cut", "unit", "not_in_order", "judged", "aggregate", "target_unit"),
)
"""Options that are settled when a data set is first added."""
CONTROLS: Final = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\n")}, "�")
"""Signs in files that would steer the terminal."""
TABS: Final = {"tab": "\t", r"\t": "\t"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give `alma data` its commands and options."""
    commands = parser.add_subparsers(dest="data_command", required=True, metavar="COMMAND", parser_class=Parser)
    add = commands.add_parser("add", help="keep files as a new data set, or add them to one that is kept")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a folder of files")
    add.add_argument("--name", required=True, help="how the data set is called")
    _role_options(add)
    _cut_options(add)
    _reading_options(add)
    add.set_defaults(run=_add)
    check = commands.add_parser("check", help="say what is in files, how they would be cut, and what is odd in them")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a folder of files")
    _role_options(check)
    _cut_options(check)
    _reading_options(check)
    check.set_defaults(run=_check)
    commands.add_parser("list", help="list the data sets that are kept").set_defaults(run=_list)
    remove = commands.add_parser("remove", help="delete a data set for good; its runs stay")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help="yes, delete it")
    remove.set_defaults(run=_remove)
    sample = commands.add_parser("sample", help="write 24 monthly files of an invented factory")
    sample.add_argument("folder", type=Path, metavar="DIR")
    sample.set_defaults(run=_sample)


def _say(text: str) -> None:
    print(text.translate(CONTROLS))


def _role_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--target", metavar="COL", help="the column to predict (guessed)")
    add("--time", metavar="COL", help="the time of each row (guessed)")
    add("--label-date", metavar="COL", help="the day from which a row's label is known (guessed)")
    add("--key", metavar="COL", help="rows with an equal key are about one thing (guessed)")
    add("--latest", action="store_true", help="a row with the key of an earlier one replaces it (both are kept)")
    add("--quantity", metavar="COL", help="predictions that each row asks for (guessed; else one)")
    for role, what in zip(
        LISTED_ROLES,
        ("other labels, which no model sees", "inputs", "about people: dropped before anything is kept", "left out"),
        strict=True,
    ):
        text = f"{what}; a name, or several between commas; may be repeated (guessed)"
        add(f"--{role}", action="append", default=[], metavar="COLS", help=text)
    add("--hash-personal", action="store_true", help="keep columns about people as a salted hash instead")
    add(
        "--kind", action="append", default=[], metavar="COL=KIND", help=f"{', '.join(KINDS)} (guessed); may be repeated"
    )
    add("--renamed", action="append", default=[], metavar="OLD=NEW", help="a column that was called OLD in some files")
    add("--task", choices=("classification", "regression"), help="whether the target is a class or a number (guessed)")
    add(
        "--combine",
        choices=COMBINE,
        default="one",
        help="the target alone, else the labels where blank, or any NG (one)",
    )
    add("--target-unit", default="", metavar="TEXT", help="unit of a target that is a number")


def _cut_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--cut", metavar="CUT", help="file, day, week, month, quarter, fiscal-year, rows:N or number:B (guessed)")
    add("--unit", help="what one arrival is called: day, week, month, quarter or lot (as the cut)")
    add("--not-in-order", action="store_true", help="the rows stand in no order of time; cut by number only")
    add(
        "--judged",
        choices=("next", "test"),
        help="on the next mega-batch, or on a share held back (next; no order: test)",
    )
    add("--aggregate", choices=tuple(BUCKETS), default="", help="put the rows of a file together by bucket of time")


def _reading_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--encoding", help="utf-8, utf-8-sig, cp932, euc_jp or utf-16 (found)")
    add("--delimiter", help="between cells: , ; | or tab (found)")
    add("--quote", help="around cells: \" or ' (found)")
    add("--decimal", help="decimal mark: . or , (found)")
    add("--header", type=int, metavar="LINE", help="line of the header row from 1, 0: none (found)")
    add("--sheet", help="sheet of a workbook (the first with a table)")
    add("--as-given", action="store_true", help="the files stand in order already (by the dates in their names)")


def _add(options: argparse.Namespace) -> int:
    name = datasets.plain_name(options.name)
    if datasets.exists(name):
        _refuse_settled(options, name)
        delivery = _delivered(options, _reading(options, datasets.load(name).reading))
        contents = adding.extend(name, delivery, _columns(options.feature, delivery.cells.columns))
    else:
        contents = adding.keep(_drafted(options, name)[1])
    _say(shown.whole(contents))
    return 0


def _check(options: argparse.Namespace) -> int:
    delivery, draft = _drafted(options, _("these files"))
    _say("\n\n".join((shown.heads(delivery), shown.whole(draft), shown.quality_and_shift(draft))))
    return 0


def _drafted(options: argparse.Namespace, name: str) -> tuple[Delivery, Contents]:
    reading = _reading(options, Reading())
    delivery = _delivered(options, reading)
    roles = _schema(options, delivery)
    cutting = _cutting(options, delivery, roles)
    joined = delivery.renamed(roles.renamed)
    return delivery, adding.drafted(name, joined, roles, cutting, options.target_unit, options.aggregate, reading)


def _list(_options: argparse.Namespace) -> int:
    _say(shown.listed(datasets.listed()))
    for sentence in datasets.damaged():
        print(f"alma: {sentence}", file=sys.stderr)
    return 0


def _remove(options: argparse.Namespace) -> int:
    if datasets.exists(options.name) and not options.yes:
        raise SpecError(
            _("{name} would be deleted for good, a yes was expected; give --yes too.").format(name=options.name)
        )
    datasets.remove(options.name)
    print(_("{name} is deleted; runs that were made from it stay.").format(name=options.name))
    return 0


def _sample(options: argparse.Namespace) -> int:
    paths = factory.write_to(options.folder)
    print(_("{count} files of an invented factory lie in {folder}.").format(count=len(paths), folder=options.folder))
    return 0


def _refuse_settled(options: argparse.Namespace, name: str) -> None:
    """Refuse options that would change what is settled of a data set that is kept."""
    standard = vars(_nothing_asked())
    asked = [option for option in SETTLED if getattr(options, option) != standard[option]]
    if asked:
        raise SpecError(
            _(
                "{name} is kept already with its roles and its cut, but {options} was given; leave it out to add to "
                "{name}, or choose another name."
            ).format(name=name, options=", ".join(f"--{option.replace('_', '-')}" for option in asked))
        )


def _nothing_asked() -> argparse.Namespace:
    parser = Parser()
    _role_options(parser)
    _cut_options(parser)
    return parser.parse_args([])


def _reading(options: argparse.Namespace, known: Reading) -> Reading:
    """Return how the files are read: as asked, else as is known of the data set."""
    asked = {name: getattr(options, name) for name in READING if getattr(options, name) is not None}
    if "delimiter" in asked:
        asked["delimiter"] = TABS.get(asked["delimiter"], asked["delimiter"])
    return replace(known, **asked)


def _delivered(options: argparse.Namespace, reading: Reading) -> Delivery:
    files = [file for path in options.files for file in _files_in(path)]
    return deliveries.deliver(files, reading, as_given=options.as_given)


def _files_in(path: Path) -> list[Path]:
    """Return the files of a folder that are not hidden, by name; of a file, itself."""
    return sorted(f for f in path.iterdir() if f.is_file() and not f.name.startswith(".")) if path.is_dir() else [path]


def _schema(options: argparse.Namespace, delivery: Delivery) -> Schema:
    """Return the roles as asked, the others guessed."""
    renamed = dict(_pair(given, "OLD=NEW", delivery.cells.columns) for given in options.renamed)
    joined = delivery.renamed(renamed)
    there = [str(name) for name in joined.cells.columns]
    given = {column: role for role in LISTED_ROLES for column in _columns(getattr(options, role), there)}
    given |= {getattr(options, role): role for role in SINGLE_ROLES if getattr(options, role) is not None}
    kinds = deliveries.kinds_of(joined) | dict(_pair(one, "COL=KIND", there) for one in options.kind)
    return schema.guess(
        joined.cells,
        kinds,
        task=options.task,
        given=given,
        decimal=joined.decimal,
        combine=options.combine,
        corrections="latest" if options.latest else "both",
        personal="hash" if options.hash_personal else "drop",
        renamed=renamed,
    )


def _columns(given: Sequence[str], there: Collection[str]) -> list[str]:
    """Return the columns that were named: each word is a column's whole name, or several between commas."""
    return [name for word in given for name in ([word] if word in there else word.split(","))]


def _pair(given: str, form: str, there: Collection[str]) -> tuple[str, str]:
    """Return both sides of the equals sign after a column's name, which may hold such signs itself."""
    column = max((name for name in there if given.startswith(f"{name}=")), key=len, default=None)
    if column is None:
        check_columns(list(there), [given.partition("=")[0]])
        raise SpecError(
            _("{given} was given, {form} was expected; put an equals sign between the two.").format(
                given=given, form=form
            )
        )
    return column, given[len(column) + 1 :]


def _cutting(options: argparse.Namespace, delivery: Delivery, roles: Schema) -> Cutting:
    """Return the cut as asked, else a guess."""
    words = options.cut
    if words is None and options.not_in_order:
        words = f"number:{min(suggestions.LOTS, len(delivery.cells))}"
    elif words is None:
        guess = suggestions.suggested(delivery, roles)
        words = f"{guess.by}:{guess.size}" if guess.size else guess.by
    unit = options.unit or (suggestions.unit_of_files(delivery) if words == "file" else None)
    return cutting_of(words, unit, not options.not_in_order, options.judged)
