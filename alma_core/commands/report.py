"""`alma report`: the deck, the workbook, the written policy and the charts of an answer, as files."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alma_core import files, language
from alma_core.commands import question
from alma_core.errors import QuestionError
from alma_core.language import _
from alma_core.report import handouts

ONE: Final = tuple(kind for kind in handouts.KINDS if kind not in handouts.BY_CHART)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say which options the command has."""
    question.add_options(parser)
    add = parser.add_argument
    add("--lang", choices=tuple(language.LANGUAGES), help="language of the files (that of the terminal)")
    add("--template", type=Path, metavar="FILE", help="your company's .pptx, whose look the slides take")
    for kind in ONE:
        add(f"--{kind}", type=Path, metavar="FILE", help=f"{handouts.HANDOUTS[kind].title}: write it to this file")
    for kind in handouts.BY_CHART:
        add(f"--{kind}", type=Path, metavar="FOLDER", help=f"write a {kind.upper()} of each chart to this folder")
    add("--zip", type=Path, metavar="FILE", help="write all of it to this zip file; without a browser, no pictures")
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    wanted = {kind: path for kind in (*handouts.KINDS, "zip") if (path := getattr(options, kind)) is not None}
    if not wanted:
        raise QuestionError(
            _("No file was asked for, at least one was expected; give one of {known}.").format(
                known=", ".join(f"--{kind}" for kind in (*handouts.KINDS, "zip"))
            )
        )
    # What writes Office files takes half a second to come in, which no other command is to wait for.
    from alma_core.report import making, printing
    from alma_core.report.moment import moment
    from alma_core.report.paper import Paper

    if set(wanted) & set(handouts.BY_BROWSER):
        printing.needed()  # before anything is written
    template = None if options.template is None else options.template.read_bytes()
    found = question.answered(options)
    with language.speaking(options.lang or language.current()):
        paper = Paper(found.run, found.answer, found.sheet, moment())
        kinds = [kind for kind in handouts.KINDS if kind not in handouts.BY_BROWSER or printing.browser()]
        for kind, path in wanted.items():
            made = making.made(paper, kinds if kind == "zip" else [kind], template)
            _write(kind, path, {"": making.zipped(made, paper)} if kind == "zip" else made)
    return 0


def _write(kind: str, path: Path, made: Mapping[str, bytes]) -> None:
    """Write what was made to a file, of charts to a folder, and print where it is."""
    if kind in handouts.BY_CHART:
        path.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        place = path / Path(name).name if kind in handouts.BY_CHART else path
        with files.put(place) as temporary:
            temporary.write_bytes(content)
        print(place)
