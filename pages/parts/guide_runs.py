"""The topics of the Guide that are read off runs: what they say to the paper's claims, and a policy written down."""

from functools import lru_cache
from pathlib import Path

import pandas as pd
import streamlit as st

from alma_core import about, library, shipped
from alma_core.decide import claims
from alma_core.decide import measure as measures
from alma_core.decide.evidence import Evidence
from alma_core.decide.question import Question
from alma_core.decide.sheets import offered
from alma_core.decide.trials import of_run
from alma_core.errors import AlmaError
from alma_core.language import _
from alma_core.report import memo_parts, tested
from alma_core.report.moment import moment
from alma_core.report.paper import Paper
from pages.parts import address, chart, price_sheet, sidebar, view


def findings() -> None:
    """Show what is claimed of learning from mega-batches, and what the shipped runs say."""
    st.markdown(
        _(
            "The claims are those of the ALMA paper in its versions, of Ash and Adams (2020) on starting afresh, and "
            "the usual advice on growing models. Each was put to the test on the runs that come with this program."
        )
    )
    try:
        with st.spinner(_("The claims are being held against the shipped runs…")):
            found = _evidence(tuple(_shipped()))
    except AlmaError as error:
        st.error(chart.plain(str(error)))
        return
    tested_claims = list(dict.fromkeys(one.claim for one in found))
    rows = pd.DataFrame(
        {
            _("Claim"): [_(claim.says) for claim in tested_claims],
            _("What the shipped runs say"): [_("; ").join(tested.in_short(claim, found)) for claim in tested_claims],
        }
    )
    st.table(chart.plain_rows(rows), border="horizontal", hide_index=True, alt=_("Claims and what the runs say"))
    st.caption(_("“Holds” and “does not hold”: the whole 95 % interval lies on one side. A star: runs compared."))
    with st.expander(_("For analysts: every comparison with its interval")):
        detail = pd.DataFrame([row for one in found for row in tested.verdicts(one)])
        st.dataframe(detail, hide_index=True)
        st.caption(chart.plain(tested.coverage()).replace("\n", "  \n"))


def _shipped() -> list[tuple[Path, int]]:
    return [(path, changed) for path, changed in library.listed() if about.is_shipped(path)]


@lru_cache(maxsize=2)
def _evidence(runs: tuple[tuple[Path, int], ...]) -> tuple[Evidence, ...]:
    """Return what runs say to the claims, computed again only once one of them has changed."""
    return tuple(claims.evidence([of_run(library.open_run(path)) for path, _changed in runs]))


def policy() -> None:
    """Show the waiting rule as an operating policy, filled from a run."""
    runs = view.runs()
    if not runs:
        st.info(_("There is no simulation yet. Bring your data, or simulate policies on data that is there."))
        return
    st.markdown(
        _(
            "A rule that is not written down is not followed. Copy this text, fill in the brackets and have it signed; "
            "what the run below says is filled in already, at its first price sheet and without your own settings."
        )
    )
    run = _run(runs)
    try:
        measure = measures.of_run(run)
        sheet = offered(run.path, measure)[0]
        question = Question(prices=sheet.prices, limits=sheet.limits, with_research=False)
        text = memo_parts.written(Paper(run, view.answered(run, measure, question), sheet, moment()))
    except AlmaError as error:
        st.error(chart.plain(str(error)))
        return
    st.code(text, language=None, wrap_lines=True)
    st.download_button(
        _("As a text file"), text.encode("utf-8-sig"), f"alma-policy-{run.id}.txt", "text/plain", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _run(runs: dict[str, library.Run]) -> library.Run:
    default = shipped.FIRST if shipped.FIRST in runs else next(iter(runs))
    address.seed("run", default, options=list(runs))
    names = {name: about.called(run.path) for name, run in runs.items()}
    st.selectbox(
        _("Run"), list(runs), key="run", format_func=names.__getitem__, on_change=address.forget,
        args=(*sidebar.OF_A_RUN, *price_sheet.KEYS),
    )  # fmt: skip
    address.publish("run", default)
    return runs[st.session_state["run"]]
