"""The files of the meeting: in which language, on whose slides, with what in them; each alone, or some as one zip."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import streamlit as st

from alma_core import language
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import deck, deck_house, handouts, making, phrases, printing
from alma_core.report.paper import Paper
from pages.parts import address, chart

MOST_MB = 20
"""Of a company's own slides."""
USUAL = (handouts.PPTX, handouts.XLSX, handouts.DOCX)


@dataclass(frozen=True, eq=False)
class Wanted:
    """What the reader has chosen.

    Args:
        paper: what the files show.
        spoken: the language of the files.
        template: the company's own slides.
        slides: which the deck has.
    """

    paper: Paper
    spoken: str
    template: bytes | None = None
    slides: Sequence[str] = phrases.SLIDES

    def made(self, kinds: Collection[str], as_zip: bool = False) -> bytes:
        """Return a file, or several as a zip; it may be called in a thread of its own."""
        language.use(self.spoken)
        made = making.made(self.paper, kinds, self.template, self.slides)
        return making.zipped(made, self.paper) if as_zip else next(iter(made.values()))


def draw(paper: Paper) -> Wanted:
    """Let the reader choose what to take along, and offer it."""
    wanted = Wanted(paper, _language())
    with st.expander(_("Slides: which, and on whose template"), icon=":material/slideshow:"):
        wanted = replace(wanted, slides=_slides(), template=_template())
    has_browser = printing.browser() is not None
    kinds = [kind for kind in handouts.KINDS if has_browser or kind not in handouts.BY_BROWSER]
    for kind in handouts.KINDS:
        _offer(wanted, kind, is_there=kind in kinds)
    if not has_browser:
        st.info(
            _(
                "PDF and pictures are drawn by a Chromium or Chrome, and none was found on the machine that serves "
                "this page. Everything else is there; each chart still saves itself as PNG and SVG on its page."
            )
        )
    _several(wanted, kinds)
    return wanted


def _language() -> str:
    """Return the language of the files: that of the page unless another is chosen."""
    page = language.current()
    address.seed("files_in", page, options=list(language.LANGUAGES))
    st.segmented_control(
        _("Language of the files"), list(language.LANGUAGES), key="files_in", required=True,
        format_func=language.LANGUAGES.__getitem__,
    )  # fmt: skip
    address.publish("files_in", page)
    return str(st.session_state["files_in"])


def _slides() -> list[str]:
    """Return which slides the deck has: all where the reader has taken out every one."""
    every = list(phrases.SLIDES)
    address.seed("slides", every, address.listed, options=every)
    st.pills(_("Slides"), every, selection_mode="multi", key="slides", format_func=lambda name: _(deck.NAMES[name]))
    address.publish("slides", every)
    return list(st.session_state["slides"]) or every


def _template() -> bytes | None:
    """Return the company's own slides, where the reader has brought some that can be used."""
    given = st.file_uploader(
        _("Your company's slides (.pptx), whose look the deck takes"), "pptx", key="template", max_upload_size=MOST_MB
    )
    if given is None:
        return None
    template = bytes(given.getvalue())
    if wrong := _wrong(template, language.current()):
        st.error(chart.plain(wrong))
        return None
    return template


@lru_cache(maxsize=4)  # a template is looked at once, not at every rerun
def _wrong(template: bytes, _spoken: str) -> str:
    """Say why a template cannot be used, in the language that is spoken; nothing where it can."""
    try:
        deck_house.of_template(template)
    except AlmaError as error:
        return str(error)
    return ""


def _offer(wanted: Wanted, kind: str, is_there: bool) -> None:
    """Offer one kind of file; of charts, all of them as a zip."""
    told, as_zip = handouts.HANDOUTS[kind], kind in handouts.BY_CHART
    name = f"{wanted.paper.stem}-{kind}.zip" if as_zip else f"{wanted.paper.stem}.{kind}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_(told.title)}**  \n{_(told.purpose)}", width="content")
        st.download_button(
            kind.upper(), partial(wanted.made, [kind], as_zip), name, told.mime, key=f"take-{kind}",
            on_click="ignore", icon=":material/download:", disabled=not is_there,
        )  # fmt: skip


def _several(wanted: Wanted, kinds: Sequence[str]) -> None:
    """Offer several files as one zip."""
    usual = list(USUAL)
    address.seed("take", usual, address.listed, options=list(kinds))
    with st.container(border=True, horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.pills(_("Several in one zip"), list(kinds), selection_mode="multi", key="take", format_func=str.upper)
        address.publish("take", usual)
        chosen = list(st.session_state["take"])
        st.download_button(
            _("All of these"), partial(wanted.made, chosen, as_zip=True), f"{wanted.paper.stem}.zip", handouts.ZIP,
            key="take-all", on_click="ignore", icon=":material/folder_zip:", type="primary", disabled=not chosen,
        )  # fmt: skip
