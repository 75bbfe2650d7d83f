"""The deck for the meeting: a PowerPoint file with native charts that can be edited, and what to say in its notes."""

import io
from collections.abc import Callable
from typing import Any, Final

from alma_core import language
from alma_core.language import _
from alma_core.report import deck_money, deck_slides, offline, statements
from alma_core.report.deck_house import House, of_template, own, without_leftovers
from alma_core.report.deck_layout import board, finished, say
from alma_core.report.deck_slides import Charts, Said, Slide
from alma_core.report.deck_text import clean
from alma_core.report.moment import dated
from alma_core.report.paper import Paper
from alma_core.report.phrases import SLIDES, phrases

AUTHOR: Final = "ALMA dashboard"
FILLED: Final[dict[str, Callable[[Paper, Charts, Said], Slide]]] = dict(
    zip(
        SLIDES,
        (
            deck_slides.recommendation, deck_slides.over_time, deck_slides.early_late, deck_money.causes,
            deck_money.break_even, deck_slides.plan, deck_slides.assumptions, deck_slides.method,
        ),
        strict=True,
    )
)  # fmt: skip


def deck(paper: Paper, template: bytes | None = None) -> bytes:
    """Return the deck in the language in use; the same paper and template give the same bytes.

    Args:
        paper: what is taken to the meeting.
        template: a company's .pptx, whose theme, size and places are used; None: our own, 16:9.

    Raises:
        SpecError: the template is no .pptx, holds macros, or has no layout with a title and room below it.
        DataError: the template is damaged, or unpacks to more than such a file does.
    """
    house = own() if template is None else of_template(template)
    charts, said = paper.charts(), phrases(paper)
    for name in SLIDES:
        _slide(house, paper, FILLED[name](paper, charts, said[name]), said[name], name)
    _properties(house.deck, paper)
    without_leftovers(house.deck)
    written = io.BytesIO()
    house.deck.save(written)
    return dated(written.getvalue(), paper.made)


def _slide(house: House, paper: Paper, slide: Slide, said: Said, name: str) -> None:
    """Add one slide with its notes: what to say, and in full what had to be shortened."""
    footer = language.joined(_("Run “{run}”.").format(run=paper.called), paper.made_on)
    one = board(house, slide.title, slide.subject, paper.marks, footer)
    slide.draw(one)
    finished(one)
    in_full = list(dict.fromkeys(one.in_full))
    notes = [*said, *([_("In full:"), *in_full] if in_full else [])]
    if name == SLIDES[-1]:
        notes.append(offline.provenance(paper.run))
    say(one, notes)


def _properties(presentation: Any, paper: Paper) -> None:
    """Set what the file says of itself; what a template said of its own is gone."""
    known, made = presentation.core_properties, paper.made.replace(tzinfo=None)
    known.title = clean(statements.headline(paper.answer, paper.unit))[:255]
    known.author = known.last_modified_by = AUTHOR
    known.subject = clean(paper.called)[:255]
    known.keywords = known.comments = known.category = known.content_status = ""
    known.language, known.revision = language.current(), 1
    known.created = known.modified = made
