"""The deck for the meeting: a PowerPoint file with native charts that can be edited, and what to say in its notes."""

import io
from collections.abc import Callable, Collection
from typing import Any, Final

from alma_core import language
from alma_core.language import _, mark
from alma_core.report import deck_money, deck_slides, offline, statements, terms
from alma_core.report.deck_house import House, of_template, own, without_leftovers
from alma_core.report.deck_layout import board, finished, say
from alma_core.report.deck_slides import Charts, Said, Slide
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


NAMES: Final = dict(
    zip(
        SLIDES,
        (
            mark("Recommendation"), mark("Over time"), mark("Early and late"), mark("Cost by cause"),
            mark("What would flip it"), mark("Staged plan"), mark("Assumptions"), mark("Method"),
        ),
        strict=True,
    )
)  # fmt: skip
"""What the slides are called where they are chosen."""


def deck(paper: Paper, template: bytes | None = None, slides: Collection[str] = SLIDES) -> bytes:
    """Return the deck in the language in use; the same paper and template give the same bytes.

    Args:
        paper: what is taken to the meeting.
        template: a company's .pptx, whose theme, size and places are used; None: our own, 16:9.
        slides: which of SLIDES it has, at least one; they keep their order.

    Raises:
        SpecError: the template is no .pptx, holds macros, or has no layout with a title and room below it.
        DataError: the template is damaged, or unpacks to more than such a file does.
    """
    house = own() if template is None else of_template(template)
    shown = outline(paper, slides)
    for slide, said in shown:
        _slide(house, paper, slide, said, is_last=slide is shown[-1][0])
    _properties(house.deck, paper)
    without_leftovers(house.deck)
    written = io.BytesIO()
    house.deck.save(written)
    return dated(written.getvalue(), paper.made)


def outline(paper: Paper, slides: Collection[str] = SLIDES) -> list[tuple[Slide, Said]]:
    """Return the slides of a deck, each with what to say on it, in the language in use."""
    charts, said = paper.charts(), phrases(paper)
    return [(FILLED[name](paper, charts, said[name]), said[name]) for name in SLIDES if name in slides]


def _slide(house: House, paper: Paper, slide: Slide, said: Said, is_last: bool) -> None:
    """Add one slide with its notes: what to say, and in full what had to be shortened."""
    footer = language.joined(_("Run “{run}”.").format(run=paper.called), paper.made_on)
    one = board(house, slide.title, slide.subject, paper.marks, footer)
    slide.draw(one)
    finished(one)
    in_full = list(dict.fromkeys(one.in_full))
    notes = [*said, *([_("In full:"), *in_full] if in_full else [])]
    if is_last:
        notes.append(offline.provenance(paper.run))
    say(one, notes)


def _properties(presentation: Any, paper: Paper) -> None:
    """Set what the file says of itself; what a template said of its own is gone."""
    known, made = presentation.core_properties, paper.made.replace(tzinfo=None)
    known.title = terms.clean(statements.headline(paper.answer, paper.unit))[:255]
    known.author = known.last_modified_by = AUTHOR
    known.subject = terms.clean(paper.called)[:255]
    known.keywords = known.comments = known.category = known.content_status = ""
    known.language, known.revision = language.current(), 1
    known.created = known.modified = made
