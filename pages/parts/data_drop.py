"""The zone where files are dropped; they are copied to disk at once. Beside it, files to try the page with."""

import io
from typing import IO, Final

import streamlit as st

from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.streams import factory
from alma_core.streams.archives import LARGEST_FILE_BYTES
from pages.parts import chart, data_draft

LARGEST_MB: Final = LARGEST_FILE_BYTES // 1024**2
# Streamlit writes its own words into the zone, in English and with the size rounded.
_ZONE: Final = """<style>
[data-testid=stFileUploaderDropzone] button p, [data-testid=stFileUploaderDropzoneInstructions] span {{ font-size: 0; }}
[data-testid=stFileUploaderDropzone] button p::after {{ content: "{choose}"; font-size: .95rem; }}
[data-testid=stFileUploaderDropzoneInstructions] span::after {{ content: "{drop}"; font-size: .9rem; }}
</style>"""


def drop(token: str, label: str) -> None:
    """Draw the zone where files are dropped; they are copied to disk at once, and the page goes on with them.

    Args:
        token: the draft that takes them; empty: a new one.
        label: what is asked for.
    """
    st.html(
        _ZONE.format(
            choose=_("Choose files"), drop=_("or drop them here, up to {size} MB each").format(size=LARGEST_MB)
        )
    )
    turn = st.session_state.setdefault("_drops", 0)
    key = f"drop-{token}-{turn}"
    st.file_uploader(
        label, accept_multiple_files=True, key=key, max_upload_size=LARGEST_MB,
        on_change=_take, args=(key, token),
    )  # fmt: skip
    if "_not_stored" in st.session_state:
        st.error(chart.plain(st.session_state.pop("_not_stored")))


def _take(key: str, token: str) -> None:
    """Copy what was dropped and empty the zone, which holds it in memory."""
    dropped = st.session_state[key]
    if not dropped:
        return
    st.session_state["_drops"] += 1
    _store(token, [(file.name, file) for file in dropped])


def _store(token: str, files: list[tuple[str, IO[bytes]]]) -> None:
    try:
        token = token or data_draft.begin()
        data_draft.add(token, files)
        st.session_state["draft"] = token
    except AlmaError as error:
        st.session_state["_not_stored"] = str(error)


def sample() -> None:
    """Offer the files of an invented factory, to try at once or to take along."""
    tries, takes = st.columns(2)
    tries.button(
        _("Try it with 24 files of an invented factory (架空)"), icon=":material/factory:", key="_sample",
        on_click=_take_sample,
    )  # fmt: skip
    takes.download_button(
        _("Download these files (zip; unpack before dropping)"), factory.zipped, "kakuu-factory.zip",
        "application/zip", on_click="ignore", icon=":material/download:", type="tertiary",
    )  # fmt: skip


def _take_sample() -> None:
    _store("", [(name, io.BytesIO(content)) for name, content in factory.sample().items()])
