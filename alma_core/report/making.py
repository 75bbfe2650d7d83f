"""The files of the meeting, made: each by itself, several as one zip."""

import io
from collections.abc import Callable, Collection, Mapping
from functools import partial
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from alma_core.decide import tables
from alma_core.report import deck, document, memo, phrases, pictures, printing, spreadsheet, text, workbook
from alma_core.report.handouts import BY_CHART, CSV, DOCX, HTML, KINDS, MD, PDF, PNG, PPTX, TXT, XLSX
from alma_core.report.paper import Paper


def made(
    paper: Paper, kinds: Collection[str], template: bytes | None = None, slides: Collection[str] = phrases.SLIDES
) -> dict[str, bytes]:
    """Return files by their names, those of charts in a folder of their own.

    Args:
        paper: what they show.
        kinds: of KINDS.
        template: a company's own slides, whose look the deck takes.
        slides: which the deck has.

    Raises:
        AlmaError: the template is none, or a kind needs a browser and there is none.
    """
    files: dict[str, bytes] = {}
    for kind in (kind for kind in KINDS if kind in kinds):
        if kind in BY_CHART:
            files |= _of_charts(paper, kind)
        else:
            files[f"{paper.stem}.{kind}"] = _whole(paper, kind, template, slides)
    return files


def zipped(files: Mapping[str, bytes], paper: Paper) -> bytes:
    """Return files as one zip archive, dated as the paper is."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            place = ZipInfo(f"{paper.stem}/{name}", paper.made.timetuple()[:6])
            place.compress_type, place.external_attr = ZIP_DEFLATED, 0o644 << 16
            archive.writestr(place, content)
    return written.getvalue()


def _whole(paper: Paper, kind: str, template: bytes | None, slides: Collection[str]) -> bytes:
    """Return the one file of a kind."""
    makers: dict[str, Callable[[], bytes]] = {
        PPTX: partial(deck.deck, paper, template, slides),
        XLSX: partial(workbook.workbook, paper),
        DOCX: partial(memo.docx, paper),
        HTML: partial(document.document, paper),
        PDF: lambda: printing.pdf(document.document(paper)),
        MD: partial(memo.markdown, paper),
        TXT: partial(_answer, paper),
    }
    return makers[kind]()


def _answer(paper: Paper) -> bytes:
    """Return the whole answer as text, with what it rests on."""
    said = text.decision(paper.answer, paper.unit, paper.plan)
    return "\n\n".join(["\n".join(paper.marks), said, paper.made_on]).lstrip().encode("utf-8-sig")


def _of_charts(paper: Paper, kind: str) -> dict[str, bytes]:
    """Return a file for each chart; as rows, the ranking too."""
    if kind == CSV:
        files = {name: spreadsheet.csv(paper.named(chart.rows)) for name, chart in paper.charts().items()}
        files["ranking"] = spreadsheet.csv(paper.named(tables.ranking(paper.answer)))
    else:
        files = pictures.of(paper, "png" if kind == PNG else "svg")
    return {f"charts/{name}.{kind}": content for name, content in files.items()}
