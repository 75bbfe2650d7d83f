"""What can be taken along to the meeting?"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from alma_core import language
from alma_core.decide import tables
from alma_core.decide.hindsight import hindsight
from alma_core.decide.record import Record
from alma_core.language import _
from alma_core.report import offline, reasons, statements, text
from pages.parts import chart, decision_record, view

seen = view.current()
answer, unit, run, spoken = seen.answer, seen.run.unit, seen.run, language.current()


def to_say() -> None:
    """What to say in the meeting, in the order in which it is asked."""
    st.caption(chart.plain(offline.subject(run, answer)))
    st.markdown("## " + _("Take it to the meeting"))
    st.markdown("### " + _("To say in the meeting"))
    said = [statements.headline(answer, unit), statements.worth(answer, unit), *reasons.reasons(answer, unit)]
    st.markdown("\n".join(f"1. {chart.plain(sentence)}" for sentence in said))
    if not answer.question.prices.confirmed:
        st.badge(_("example prices"), icon=":material/info:", color="orange")
    st.caption(chart.plain(statements.not_included(answer)))


def whole_answer() -> bytes:
    """Return the whole answer as text; it may be called in a thread of its own."""
    language.use(spoken)
    return text.decision(answer, unit, hindsight(Record(run, answer.measure), answer.question)).encode("utf-8-sig")


def to_hand_out() -> None:
    st.markdown("### " + _("To hand out"))
    _offer(
        _("The answer on one page"),
        _("Words, charts and ranking in one file that opens without network and prints on A4."),
        lambda: offline.decision_page(run, answer, spoken), f"alma-decide-{run.id}.html", "text/html",
    )  # fmt: skip
    _offer(
        _("The whole answer as text"),
        _("All of it, with cost by cause, break-evens and the staged plan, to quote from."),
        whole_answer, f"alma-answer-{run.id}.txt", "text/plain",
    )  # fmt: skip
    _offer(
        _("The ranking as a table"),
        _("Each policy's saving, errors, cost and updates, for a spreadsheet."),
        partial(chart.csv_of, partial(seen.named, tables.ranking(answer))), f"alma-ranking-{run.id}.csv", "text/csv",
    )  # fmt: skip
    st.caption(
        _("Each chart saves itself as a picture on its page; the address above opens this view for a colleague.")
    )


def _offer(title: str, purpose: str, make: Callable[[], bytes], file: str, kind: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{title}**  \n{purpose}", width="content")
        st.download_button(
            file.rpartition(".")[2].upper(), make, file, kind, key=file, on_click="ignore", icon=":material/download:"
        )


def kept_promise() -> None:
    """Whether the policy that was adopted keeps what it promised."""
    decision_record.draw(seen)


to_say()
to_hand_out()
st.caption(chart.plain(language.joined(statements.coverage(answer, unit), offline.provenance(run))))
kept_promise()
