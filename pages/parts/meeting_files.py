"""The files of the meeting: what is in them, in which language, on whose slides; each alone, or all as one zip."""

from collections.abc import Callable, Collection
from functools import partial

import streamlit as st

from alma_core import language
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import deck, handouts, printing
from alma_core.report.moment import moment
from alma_core.report.paper import Paper
from pages.parts import address, chart
from pages.parts.view import View

MOST_MB = 20  # of a company's template
USUAL = (handouts.PPTX, handouts.XLSX, handouts.DOCX)


def draw(seen: View) -> None:
    """Let the reader choose what to take along, and offer it."""
    has_browser = printing.browser() is not None
    kinds = [kind for kind in handouts.KINDS if has_browser or kind not in handouts.BY_BROWSER]
    spoken = _language()
    template = _template()
    st.markdown("### " + _("Files"))
    for kind in handouts.KINDS:
        _offer(seen, kind, spoken, template, is_there=kind in kinds)
    if not has_browser:
        st.info(chart.plain(printing.no_browser()))
    _all(seen, kinds, spoken, template)


def paper(seen: View) -> Paper:
    """Return what the files show: the answer that the page shows."""
    return Paper(seen.run, seen.answer, seen.sheet, moment())


def _language() -> str:
    """Return the language of the files; that of the page unless another is chosen."""
    page = language.current()
    address.seed("files_in", page, options=list(language.LANGUAGES))
    st.segmented_control(
        _("Language of the files"), list(language.LANGUAGES), key="files_in", format_func=language.LANGUAGES.__getitem__,
        required=True,
    )  # fmt: skip
    address.publish("files_in", page)
    return str(st.session_state["files_in"])


def _template() -> bytes | None:
    """Return the company's own slides, where the reader has brought some that can be used."""
    given = st.file_uploader(_("Your company's slides (.pptx), whose look the deck takes"), type="pptx",
                             max_upload_size=MOST_MB)  # fmt: skip
    if given is None:
        return None
    template = given.getvalue()
    try:
        deck.check(template)
    except AlmaError as error:
        st.error(chart.plain(str(error)))
        return None
    return template


def _offer(seen: View, kind: str, spoken: str, template: bytes | None, is_there: bool) -> None:
    told = handouts.HANDOUTS[kind]
    suffix = "zip" if kind in handouts.BY_CHART else kind
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_(told.title)}**  \n{_(told.purpose)}", width="content")
        st.download_button(
            kind.upper(), partial(_made, seen, [kind], spoken, template), f"{paper(seen).stem}-{kind}.{suffix}"
            if suffix == "zip" else f"{paper(seen).stem}.{suffix}",
            told.mime, key=f"take-{kind}", on_click="ignore", icon=":material/download:", disabled=not is_there,
        )  # fmt: skip


def _all(seen: View, kinds: Collection[str], spoken: str, template: bytes | None) -> None:
    """Offer several files as one zip."""
    words = {kind: kind.upper() for kind in kinds}
    address.seed("take", list(USUAL), lambda said: said.split(","), options=list(words))
    st.pills(_("In one zip"), list(words), selection_mode="multi", key="take", format_func=words.__getitem__)
    address.publish("take", list(USUAL))
    chosen = st.session_state["take"]
    st.download_button(
        _("All of it as one zip"), partial(_made, seen, chosen, spoken, template, as_zip=True), f"{paper(seen).stem}.zip",
        handouts.ZIP, key="take-all", on_click="ignore", icon=":material/folder_zip:", type="primary",
        disabled=not chosen,
    )  # fmt: skip


def _made(seen: View, kinds: Collection[str], spoken: str, template: bytes | None, as_zip: bool = False) -> bytes:
    """Return a file, or several as a zip; it is called in a thread of its own."""
    language.use(spoken)
    made = handouts.made(paper(seen), kinds, template)
    return handouts.zipped(made, paper(seen)) if as_zip or len(made) > 1 else next(iter(made.values()))


Make = Callable[[], bytes]
